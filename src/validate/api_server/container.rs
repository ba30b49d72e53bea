//! Containers: names, images, environment, ports, probes and hooks.

use super::{Report, is_of_graph, items, syntax, text};
use crate::diagnostic::did_you_mean;
use crate::model::pod::{Container, PodTemplate};
use crate::rules;
use crate::yaml::{Node, Value};

/// The ports that the operator gives a graph's container without ports of its own
/// (ai-dynamo/dynamo deploy/operator/internal/dynamo/component_worker.go, component_frontend.go).
const OPERATOR_PORTS: [&str; 4] = ["http", "system", "nixl", "grpc"];

pub(super) fn check(
    template: &PodTemplate<'_>,
    container: &Container<'_>,
    report: &mut Report<'_, '_>,
) {
    if let Some(why) = container
        .node
        .get("name")
        .and_then(Node::as_str)
        .and_then(syntax::dns_label)
    {
        report.add(
            &rules::CONTAINER_NAME,
            &container.at("/name"),
            format!(
                "the container name `{}` {why}",
                container.name().escape_debug()
            ),
            "use a DNS label, such as `main`",
        );
    }
    let image = container.node.get("image").and_then(Node::as_str);
    // What a graph's containers need is the webhook's and the CRD's to say.
    if !is_of_graph(template) && image.is_none_or(|image| image.trim().is_empty()) {
        report.add(
            &rules::CONTAINER_IMAGE,
            &container.at(if image.is_some() { "/image" } else { "" }),
            format!(
                "the container `{}` has no image",
                container.name().escape_debug()
            ),
            "give it an `image`",
        );
    }
    environment(container, report);
    ports(container, report);
    probes(template, container, report);
}

fn environment(container: &Container<'_>, report: &mut Report<'_, '_>) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, variable) in items(container.node, "env") {
        let at = |below: &str| container.at(&format!("/env/{index}{below}"));
        let Some(name) = variable.get("name").and_then(Node::as_str) else {
            continue;
        };
        let is_good = !name.is_empty()
            && name
                .bytes()
                .all(|b| (b' '..=b'~').contains(&b) && b != b'=');
        if !is_good {
            report.add(
                &rules::ENV_NAME,
                &at("/name"),
                format!(
                    "`{}` is no name of an environment variable",
                    name.escape_debug()
                ),
                "use letters, digits and `_`",
            );
        }
        if seen.contains(&name) {
            report.add(
                &rules::ENV_DUPLICATE,
                &at("/name"),
                format!("the variable `{}` is given twice", name.escape_debug()),
                "remove one: the last one would win",
            );
        }
        seen.push(name);
        let Some(from) = variable.get("valueFrom").filter(|from| !from.is_null()) else {
            continue;
        };
        let has_value = !text(variable, "value").is_empty();
        let sources = from
            .as_map()
            .map_or(1, |map| map.iter().filter(|e| !e.value.is_null()).count());
        if has_value {
            report.add(
                &rules::ENV_SOURCE,
                &at("/valueFrom"),
                format!("`{}` has a value and a source", name.escape_debug()),
                "remove `value` or `valueFrom`",
            );
        } else if sources != 1 {
            report.add(
                &rules::ENV_SOURCE,
                &at("/valueFrom"),
                format!("`{}` has {sources} sources", name.escape_debug()),
                "give exactly one of `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef`, `fileKeyRef`",
            );
        }
    }
    for (index, source) in items(container.node, "envFrom") {
        let count = ["configMapRef", "secretRef"]
            .iter()
            .filter(|key| source.get(key).is_some_and(|node| !node.is_null()))
            .count();
        if source.as_map().is_some() && count != 1 {
            report.add(
                &rules::ENV_SOURCE,
                &container.at(&format!("/envFrom/{index}")),
                format!("an item of `envFrom` has {count} sources"),
                "give exactly one of `configMapRef` and `secretRef`",
            );
        }
    }
}

fn ports(container: &Container<'_>, report: &mut Report<'_, '_>) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, port) in items(container.node, "ports") {
        let at = |below: &str| container.at(&format!("/ports/{index}/{below}"));
        for field in ["containerPort", "hostPort"] {
            if let Some(number) = port.get(field).and_then(Node::as_int)
                && !is_port(number)
                && (field == "containerPort" || number != 0)
            {
                report.add(
                    &rules::PORT_NUMBER,
                    &at(field),
                    format!("{number} is no port"),
                    "use a number between 1 and 65535",
                );
            }
        }
        let Some(name) = port
            .get("name")
            .and_then(Node::as_str)
            .filter(|name| !name.is_empty())
        else {
            continue;
        };
        if let Some(why) = syntax::port_name(name) {
            report.add(
                &rules::PORT_NAME,
                &at("name"),
                format!("the port name `{}` {why}", name.escape_debug()),
                "use a short name, such as `http`",
            );
        } else if seen.contains(&name) {
            report.add(
                &rules::PORT_NAME,
                &at("name"),
                format!("two ports of the container are named `{name}`"),
                "give each port a name of its own",
            );
        }
        seen.push(name);
    }
}

fn is_port(number: i64) -> bool {
    (1..=65535).contains(&number)
}

fn probes(template: &PodTemplate<'_>, container: &Container<'_>, report: &mut Report<'_, '_>) {
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container
            .node
            .get(kind)
            .filter(|probe| probe.as_map().is_some())
        else {
            continue;
        };
        let at = |below: &str| container.at(&format!("/{kind}{below}"));
        let handler = handler(
            probe,
            &["exec", "httpGet", "tcpSocket", "grpc"],
            &at(""),
            kind,
            report,
        );
        if let Some((handler, node)) = handler {
            port_of(
                template,
                container,
                node,
                &at(&format!("/{handler}/port")),
                report,
            );
        }
        for (field, least) in [
            ("initialDelaySeconds", 0),
            ("timeoutSeconds", 0),
            ("periodSeconds", 0),
            ("successThreshold", 0),
            ("failureThreshold", 0),
            ("terminationGracePeriodSeconds", 1),
        ] {
            if let Some(number) = probe
                .get(field)
                .and_then(Node::as_int)
                .filter(|n| *n < least)
            {
                report.add(
                    &rules::PROBE_RANGE,
                    &at(&format!("/{field}")),
                    format!("`{field}` of the {kind} is {number}"),
                    format!("use a number of at least {}", least.max(1)),
                );
            }
        }
        let threshold = probe.get("successThreshold").and_then(Node::as_int);
        if kind != "readinessProbe" && threshold.is_some_and(|number| number > 1) {
            report.add(
                &rules::PROBE_RANGE,
                &at("/successThreshold"),
                format!("`successThreshold` of a {kind} must be 1"),
                "remove it",
            );
        }
        if kind == "readinessProbe" && probe.get("terminationGracePeriodSeconds").is_some() {
            report.add(
                &rules::PROBE_RANGE,
                &at("/terminationGracePeriodSeconds"),
                "a readinessProbe ends nothing, so it has no `terminationGracePeriodSeconds`",
                "remove it",
            );
        }
    }
    for hook in ["postStart", "preStop"] {
        let Some(node) = container.node.at(&["lifecycle", hook]) else {
            continue;
        };
        let at = container.at(&format!("/lifecycle/{hook}"));
        let handlers = ["exec", "httpGet", "tcpSocket", "sleep"];
        if node.as_map().is_some()
            && let Some((handler, inner)) = handler(node, &handlers, &at, hook, report)
        {
            port_of(
                template,
                container,
                inner,
                &format!("{at}/{handler}/port"),
                report,
            );
        }
    }
}

/// The one handler of a probe or hook; another number of them is reported.
fn handler<'a>(
    node: &'a Node,
    known: &[&'static str],
    at: &str,
    what: &str,
    report: &mut Report<'_, '_>,
) -> Option<(&'static str, &'a Node)> {
    let given: Vec<(&'static str, &Node)> = known
        .iter()
        .filter_map(|key| Some((*key, node.get(key).filter(|node| !node.is_null())?)))
        .collect();
    if let [one] = given.as_slice() {
        return Some(*one);
    }
    let message = match given.len() {
        0 => format!("the {what} does not say what to ask"),
        count => format!("the {what} has {count} handlers"),
    };
    let help = format!("give exactly one of `{}`", known.join("`, `"));
    report.add(&rules::PROBE_HANDLER, at, message, help);
    None
}

/// Looks at the port of a handler: a number, or the name of a port.
fn port_of(
    template: &PodTemplate<'_>,
    container: &Container<'_>,
    handler: &Node,
    at: &str,
    report: &mut Report<'_, '_>,
) {
    match handler.get("port").map(|port| &port.value) {
        Some(Value::Int(number)) if !is_port(*number) => report.add(
            &rules::PORT_NUMBER,
            at,
            format!("{number} is no port"),
            "use a number between 1 and 65535, or a port's name",
        ),
        Some(Value::String(name)) => {
            let names: Vec<&str> = items(container.node, "ports")
                .map(|(_, port)| text(port, "name"))
                .collect();
            let from_operator = is_of_graph(template)
                && items(container.node, "ports").next().is_none()
                && OPERATOR_PORTS.contains(&name.as_str());
            if names.contains(&name.as_str()) || from_operator {
                return;
            }
            let help = did_you_mean(name, names.iter().copied())
                .unwrap_or_else(|| "name a port of the container, or give its number".to_owned());
            let message = format!("the container has no port named `{}`", name.escape_debug());
            report.add(&rules::PROBE_PORT, at, message, help);
        }
        _ => {}
    }
}
