//! Do the operator's probes and Services find the ports that they ask?

use crate::diagnostic::Diagnostic;
use crate::model::graph::ComponentKind;
use crate::rules::{self, Severity};
use crate::validate::graph::{Graph, Part, list, named, text};
use crate::yaml::Node;

/// What the operator gives a component of a type: the name of the port that its probes ask, the port's number,
/// the variable that moves the server, and the probes.
struct Defaults {
    name: &'static str,
    number: i64,
    variable: &'static str,
    probes: &'static [&'static str],
}

fn defaults(kind: ComponentKind) -> Option<Defaults> {
    let (name, number, variable) = match kind {
        ComponentKind::Frontend => ("http", 8000, "DYN_HTTP_PORT"),
        ComponentKind::Worker
        | ComponentKind::Prefill
        | ComponentKind::Decode
        | ComponentKind::Planner => ("system", 9090, "DYN_SYSTEM_PORT"),
        ComponentKind::Epp | ComponentKind::Plain => return None,
    };
    let probes: &[_] = match kind {
        ComponentKind::Frontend => &["livenessProbe", "readinessProbe"],
        _ => &["startupProbe", "livenessProbe", "readinessProbe"],
    };
    Some(Defaults {
        name,
        number,
        variable,
        probes,
    })
}

pub(super) fn check(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    system_port(graph, part, found);
    canary(graph, part, found);
    let (Some(defaults), Some((_, main))) = (defaults(part.view.kind), part.main) else {
        return;
    };
    let default_probes: Vec<&str> = defaults
        .probes
        .iter()
        .copied()
        .filter(|probe| main.get(probe).is_none())
        .collect();
    let ports = list(main, &["ports"]);
    let name = defaults.name;
    let component = part.name;
    let Some(port) = named(ports, name) else {
        if ports.is_empty() {
            moved(
                graph,
                part,
                &defaults,
                defaults.number,
                &default_probes,
                found,
            );
            return;
        }
        let finding = |what: &str| {
            let message =
                format!("component `{component}` lists its ports without `{name}`, {what}");
            graph
                .finding(&rules::OPERATOR_PORT, &part.main_at("/ports"), message)
                .help(format!(
                    "add `{{name: {name}, containerPort: {}}}`, or leave `ports` out: a list replaces the operator's",
                    defaults.number
                ))
        };
        found.push(match default_probes.is_empty() {
            // A planner works without being ready; others are not found then.
            false if part.view.kind == ComponentKind::Planner => {
                finding("which the operator's probes ask, so it never becomes ready")
                    .severity(Severity::Warning)
            }
            false => finding("which the operator's probes ask, so it never becomes ready"),
            true => finding("which its Service points at").severity(Severity::Warning),
        });
        return;
    };
    if let Some(number) = port.get("containerPort").and_then(Node::as_int) {
        moved(graph, part, &defaults, number, &default_probes, found);
    }
    if part.view.kind.is_worker() && named(ports, "nixl").is_none() {
        let message = format!(
            "component `{component}` lists its ports without `nixl`, so its transfers are not measured"
        );
        found.push(
            graph
                .finding(&rules::OPERATOR_PORT, &part.main_at("/ports"), message)
                .severity(Severity::Note)
                .help("add `{name: nixl, containerPort: 19090}`"),
        );
    }
}

/// The server listens elsewhere than where the probes ask.
fn moved(
    graph: &Graph<'_>,
    part: &Part<'_>,
    defaults: &Defaults,
    number: i64,
    default_probes: &[&str],
    found: &mut Vec<Diagnostic>,
) {
    let variable = graph.variable(part, defaults.variable);
    let from_variable = variable.and_then(|text| text.trim().parse::<i64>().ok());
    if variable.is_some() && from_variable.is_none() {
        return;
    }
    let flag = match part.view.kind {
        ComponentKind::Frontend => http_port(part),
        _ => None,
    };
    let listens = flag.or(from_variable).unwrap_or(defaults.number);
    // A larger number is no port at all.
    let is_number = listens <= i64::from(i16::MAX) || flag.is_some();
    if listens == number || default_probes.is_empty() || !is_number {
        return;
    }
    let message = format!(
        "component `{}` listens on port {listens}, and the operator's probes ask `{}` at {number}",
        part.name, defaults.name
    );
    let pointer = match part.main.map(|(_, main)| list(main, &["ports"]).is_empty()) {
        Some(false) => part.main_at("/ports"),
        _ if flag.is_some() => part.main_at("/args"),
        _ => part.main_at("/env"),
    };
    found.push(
        graph
            .finding(&rules::OPERATOR_PORT, &pointer, message)
            .help(format!("use {} for both", defaults.number)),
    );
}

/// The number behind `--http-port`.
fn http_port(part: &Part<'_>) -> Option<i64> {
    let texts = [part.texts("command"), part.texts("args")].concat();
    let mut words = texts.iter().flat_map(|text| text.split_whitespace());
    while let Some(word) = words.next() {
        if word == "--http-port" {
            return words.next()?.parse().ok();
        }
        if let Some(value) = word.strip_prefix("--http-port=") {
            return value.parse().ok();
        }
    }
    None
}

fn system_port(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    for (index, container) in part.containers.iter().enumerate() {
        let variables = list(container, &["env"]).iter().enumerate();
        for (place, variable) in variables {
            let is_port = text(variable, &["name"]) == Some("DYN_SYSTEM_PORT");
            let value = text(variable, &["value"]).and_then(|text| text.parse::<i64>().ok());
            if let Some(port) = value.filter(|port| is_port && *port > i64::from(i16::MAX)) {
                let message = format!(
                    "the system port {port} of component `{}` is above 32767",
                    part.name
                );
                let pointer = part.container_at(index, &format!("/env/{place}/value"));
                found.push(
                    graph
                        .finding(&rules::SYSTEM_PORT, &pointer, message)
                        .help("leave `DYN_SYSTEM_PORT` out: the operator sets 9090"),
                );
            }
        }
    }
}

fn canary(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let is_on = graph
        .variable(part, "DYN_HEALTH_CHECK_ENABLED")
        .is_some_and(|value| matches!(value, "true" | "1" | "True"));
    let Some((_, main)) = part.main.filter(|_| is_on && part.view.kind.is_worker()) else {
        return;
    };
    let forgives = match main.get("livenessProbe") {
        None => false,
        Some(probe) => probe
            .get("failureThreshold")
            .is_none_or(|threshold| threshold.as_int() != Some(1)),
    };
    if !forgives {
        let message = format!(
            "component `{}` checks itself, and is restarted as soon as one check fails",
            part.name
        );
        found.push(
            graph
                .finding(&rules::CANARY_LIVENESS, &part.main_at("/env"), message)
                .help("give it a `livenessProbe` of GET `/live` at port `system` with a `failureThreshold` of 3 or more"),
        );
    }
}
