//! `ingress` of v1alpha1: it becomes an object of its own, as v1beta1 has no such field.
//!
//! The host is put together as the operator does it (ai-dynamo/dynamo
//! deploy/operator/internal/dynamo/graph.go). What the operator leaves out, the object has; that is said.

use super::report::{Report, join, push};
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules::{self, Severity};
use crate::yaml::{Entry, Map, Node};

/// The port of a frontend's Service.
const PORT: i64 = 8000;

/// What the operator puts behind a host that has no suffix.
const SUFFIX: &str = "local";

const FIELDS: [&str; 10] = [
    "annotations",
    "enabled",
    "host",
    "hostPrefix",
    "hostSuffix",
    "ingressControllerClassName",
    "labels",
    "tls",
    "useVirtualService",
    "virtualServiceGateway",
];

/// The graph that a service belongs to: its name and its namespace, if they are given.
pub(super) struct Owner {
    pub(super) name: Option<Node>,
    pub(super) namespace: Option<Node>,
}

/// The fields of an ingress, read.
#[derive(Default)]
struct Asked {
    enabled: bool,
    virtual_service: bool,
    host: Option<Node>,
    prefix: Option<Node>,
    suffix: Option<Node>,
    class: Option<Node>,
    gateway: Option<Node>,
    secret: Option<Node>,
    annotations: Option<Entry>,
    labels: Option<Entry>,
}

/// The Ingress or VirtualService that the `ingress` of service `name` asks for; none if the operator makes
/// none either.
pub(super) fn create(
    entry: Entry,
    name: &str,
    is_frontend: bool,
    owner: &Owner,
    path: &str,
    report: &mut Report<'_>,
) -> Option<Node> {
    let origin = entry.key_origin;
    let asked = read(entry.value, path, report);
    if !asked.enabled {
        report.disabled(path, origin);
        return None;
    }
    if !is_frontend {
        report.ignored(
            path,
            origin,
            "has no effect: the operator looks at that of a frontend only",
        );
        return None;
    }
    let Some(host) = host(&asked, path, report) else {
        report.add(
            path,
            Diagnostic::new(
                &rules::GRAPH_MISSING_FIELD,
                origin,
                "an ingress that is enabled needs `host`",
            )
            .help("give it a `host`, the first word of the address, and a `hostSuffix`, the rest"),
        );
        return None;
    };
    let gateway = asked.gateway.as_ref().filter(|_| asked.virtual_service);
    if gateway.is_none() && (asked.virtual_service || asked.class.is_none()) {
        let (what, field) = match asked.virtual_service {
            true => ("gateway, so no VirtualService", "virtualServiceGateway"),
            false => ("class, so no Ingress", "ingressControllerClassName"),
        };
        report.add(
            path,
            Diagnostic::new(
                &rules::INGRESS_DROPPED,
                origin,
                format!("the ingress of service `{name}` has no {what} is made"),
            )
            .help(format!(
                "give it `{field}`, or take it out and expose the graph in a release"
            )),
        );
        return None;
    }
    let graph = owner.name.as_ref().and_then(Node::as_str)?;
    let service = format!("{graph}-{}", name.to_lowercase().replace('.', "-"));
    // The operator's own would be called like the Service; under another name the two never take turns.
    let mut metadata = Node::map(origin);
    metadata.set("name", Node::new(format!("{service}-ingress"), origin));
    if let Some(namespace) = &owner.namespace {
        metadata.set("namespace", namespace.clone());
    }
    let kind = if gateway.is_some() {
        "VirtualService"
    } else {
        "Ingress"
    };
    for given in [&asked.labels, &asked.annotations].into_iter().flatten() {
        metadata.set(&given.key, given.value.clone());
        let message = format!(
            "the {} of the ingress of service `{name}` reach the {kind}, where the operator leaves them out",
            given.key
        );
        let diagnostic = Diagnostic::new(&rules::INGRESS_DROPPED, given.key_origin, message);
        report.add(&join(path, &given.key), diagnostic.severity(Severity::Note));
    }
    let service = Node::new(service, origin);
    let (version, spec) = match gateway {
        Some(gateway) => {
            if let Some(secret) = &asked.secret {
                report.ignored(
                    &join(path, "tls"),
                    secret.origin,
                    "has no effect on a VirtualService: the certificate is the Gateway's",
                );
            }
            (
                "networking.istio.io/v1",
                virtual_service(host, gateway.clone(), service, origin),
            )
        }
        None => (
            "networking.k8s.io/v1",
            ingress(host, asked, service, origin),
        ),
    };
    Some(map(
        origin,
        [
            ("apiVersion", Node::new(version, origin)),
            ("kind", Node::new(kind, origin)),
            ("metadata", metadata),
            ("spec", spec),
        ],
    ))
}

fn read(node: Node, path: &str, report: &mut Report<'_>) -> Asked {
    let mut asked = Asked::default();
    for entry in report.entries(node, path) {
        let field = join(path, &entry.key);
        let mut text = |node: Node| {
            let text = report.text(&node, &field)?;
            (!text.is_empty()).then_some(node)
        };
        match entry.key.as_str() {
            "host" => asked.host = text(entry.value),
            "hostPrefix" => asked.prefix = text(entry.value),
            "ingressControllerClassName" => asked.class = text(entry.value),
            "virtualServiceGateway" => asked.gateway = text(entry.value),
            // An empty suffix is not the same as none.
            "hostSuffix" => {
                asked.suffix = report.text(&entry.value, &field).map(|_| entry.value);
            }
            "enabled" => asked.enabled = report.truth(&entry.value, &field),
            "useVirtualService" => asked.virtual_service = report.truth(&entry.value, &field),
            "tls" => {
                for inner in report.entries(entry.value, &field) {
                    if inner.key == "secretName" {
                        let secret = report.text(&inner.value, &join(&field, "secretName"));
                        asked.secret = secret
                            .filter(|secret| !secret.is_empty())
                            .map(|_| inner.value);
                    } else {
                        report.unknown(&field, &inner, &["secretName"], &[]);
                    }
                }
            }
            "annotations" | "labels" => {
                let entries = report.entries(entry.value.clone(), &field);
                let given = (!entries.is_empty()).then_some(entry);
                match given {
                    Some(given) if given.key == "labels" => asked.labels = Some(given),
                    given => asked.annotations = given.or(asked.annotations.take()),
                }
            }
            _ => report.unknown(
                path,
                &entry,
                &FIELDS,
                &[("class", "ingressControllerClassName")],
            ),
        }
    }
    asked
}

/// The whole host, as the operator puts it together.
fn host(asked: &Asked, path: &str, report: &mut Report<'_>) -> Option<Node> {
    let host = asked.host.as_ref()?;
    let prefix = asked.prefix.as_ref().and_then(Node::as_str);
    let first = format!("{}{}", prefix.unwrap_or_default(), host.as_str()?);
    let written = asked.suffix.as_ref().and_then(Node::as_str);
    let whole = match written {
        Some("") => first.clone(),
        suffix => format!("{first}.{}", suffix.unwrap_or(SUFFIX)),
    };
    let help = "write the first word of the address as `host`, the rest as `hostSuffix`";
    match written {
        Some("") => {
            let origin = asked.suffix.as_ref().map_or(host.origin, |one| one.origin);
            let message = format!(
                "the ingress gets the host `{whole}`; the operator would make it `{whole}.`"
            );
            let diagnostic = Diagnostic::new(&rules::INGRESS_DROPPED, origin, message);
            let diagnostic = diagnostic.severity(Severity::Note).help(help);
            report.add(&join(path, "hostSuffix"), diagnostic);
        }
        None if first.contains('.') => {
            let message = format!("the ingress gets the host `{whole}`, as from the operator");
            let diagnostic = Diagnostic::new(&rules::INGRESS_DROPPED, host.origin, message);
            report.add(&join(path, "host"), diagnostic.help(help));
        }
        _ => {}
    }
    Some(Node::new(whole, host.origin))
}

fn ingress(host: Node, asked: Asked, service: Node, origin: Origin) -> Node {
    let port = map(origin, [("number", Node::new(PORT, origin))]);
    let service = map(origin, [("name", service), ("port", port)]);
    let path = map(
        origin,
        [
            ("path", Node::new("/", origin)),
            ("pathType", Node::new("Prefix", origin)),
            ("backend", map(origin, [("service", service)])),
        ],
    );
    let http = map(origin, [("paths", list(path, origin))]);
    let rule = map(origin, [("host", host.clone()), ("http", http)]);
    let mut spec = Node::map(origin);
    if let Some(class) = asked.class {
        spec.set("ingressClassName", class);
    }
    if let Some(secret) = asked.secret {
        let tls = map(
            origin,
            [("hosts", list(host, origin)), ("secretName", secret)],
        );
        spec.set("tls", list(tls, origin));
    }
    spec.set("rules", list(rule, origin));
    spec
}

fn virtual_service(host: Node, gateway: Node, service: Node, origin: Origin) -> Node {
    let port = map(origin, [("number", Node::new(PORT, origin))]);
    let destination = map(origin, [("host", service), ("port", port)]);
    let route = map(origin, [("destination", destination)]);
    let prefix = map(origin, [("prefix", Node::new("/", origin))]);
    let uri = map(origin, [("uri", prefix)]);
    let http = map(
        origin,
        [("match", list(uri, origin)), ("route", list(route, origin))],
    );
    map(
        origin,
        [
            ("hosts", list(host, origin)),
            ("gateways", list(gateway, origin)),
            ("http", list(http, origin)),
        ],
    )
}

fn list(item: Node, origin: Origin) -> Node {
    Node::new(vec![item], origin)
}

fn map<const N: usize>(origin: Origin, entries: [(&str, Node); N]) -> Node {
    let mut map = Map::default();
    for (key, value) in entries {
        push(&mut map, key, origin, value);
    }
    Node::new(map, origin)
}

#[cfg(test)]
mod tests;
