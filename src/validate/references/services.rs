//! What refers to Services and InferencePools: the backends of an Ingress, an HTTPRoute or a VirtualService.

use super::super::Subject;
use super::{Missing, Provided};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::Manifest;
use crate::rules;
use crate::yaml::Node;

/// The group of InferencePools.
const INFERENCE: &str = "inference.networking.k8s.io";

/// One backend of an entry.
struct Backend<'a> {
    kind: &'static str,
    name: &'a str,
    namespace: &'a str,
    port: Option<&'a Node>,
    /// Where its name and its port stand.
    pointer: String,
    port_pointer: &'static str,
    name_pointer: &'static str,
}

pub(super) fn check(
    subject: &Subject<'_>,
    manifest: &Manifest,
    provided: &Provided<'_>,
    missing: &mut Missing,
    found: &mut Vec<Diagnostic>,
) {
    let backends = match (manifest.key.group(), manifest.key.kind.as_str()) {
        ("networking.k8s.io", "Ingress") => of_ingress(manifest, missing, provided),
        ("gateway.networking.k8s.io", "HTTPRoute") => of_route(manifest),
        ("networking.istio.io", "VirtualService") => of_virtual_service(manifest),
        _ => return,
    };
    let own = namespace_of(manifest);
    for backend in backends {
        match provided.find(backend.kind, backend.namespace, backend.name) {
            Some(Some(service)) if backend.kind == "Service" => {
                port(subject, manifest, &backend, service, found);
            }
            Some(_) => {}
            None => match provided.made(backend.kind, backend.namespace, backend.name) {
                Some(is_frontend) if is_frontend => {
                    port_of_frontend(subject, manifest, &backend, found);
                }
                Some(_) => {}
                // What is in other namespaces is not known.
                None if backend.namespace == own => missing.add(
                    backend.kind,
                    backend.name,
                    format!("{}{}", backend.pointer, backend.name_pointer),
                ),
                None => {}
            },
        }
    }
}

fn namespace_of(manifest: &Manifest) -> &str {
    manifest.key.namespace.as_deref().unwrap_or("default")
}

fn items(node: Option<&Node>) -> impl Iterator<Item = (usize, &Node)> {
    let items = node.and_then(Node::as_list).unwrap_or_default();
    items.iter().enumerate()
}

fn of_ingress<'a>(
    manifest: &'a Manifest,
    missing: &mut Missing,
    provided: &Provided<'_>,
) -> Vec<Backend<'a>> {
    let namespace = namespace_of(manifest);
    let mut found = Vec::new();
    let mut add = |service: Option<&'a Node>, pointer: &dyn Fn() -> String| {
        let port = service.and_then(|service| service.get("port"));
        let by_name = port.and_then(|port| port.get("name")?.as_str());
        let name = service.and_then(|service| service.get("name")?.as_str());
        // The name is one of an action then, which an annotation describes.
        if let Some(name) = name.filter(|_| by_name != Some("use-annotation")) {
            found.push(Backend {
                kind: "Service",
                name,
                namespace,
                port,
                pointer: pointer(),
                port_pointer: "/port",
                name_pointer: "/name",
            });
        }
    };
    let object = &manifest.object;
    add(object.at(&["spec", "defaultBackend", "service"]), &|| {
        "/spec/defaultBackend/service".to_owned()
    });
    for (rule, node) in items(object.at(&["spec", "rules"])) {
        for (path, node) in items(node.at(&["http", "paths"])) {
            add(node.at(&["backend", "service"]), &|| {
                format!("/spec/rules/{rule}/http/paths/{path}/backend/service")
            });
        }
    }
    for (index, node) in items(object.at(&["spec", "tls"])) {
        if let Some(secret) = node.get("secretName").and_then(Node::as_str)
            && provided.find("Secret", namespace, secret).is_none()
        {
            missing.add("Secret", secret, format!("/spec/tls/{index}/secretName"));
        }
    }
    found
}

fn of_route(manifest: &Manifest) -> Vec<Backend<'_>> {
    let mut found = Vec::new();
    for (rule, node) in items(manifest.object.at(&["spec", "rules"])) {
        for (index, node) in items(node.get("backendRefs")) {
            let text = |key: &str| node.get(key).and_then(Node::as_str);
            let kind = match (
                text("group").unwrap_or_default(),
                text("kind").unwrap_or("Service"),
            ) {
                ("", "Service") => "Service",
                (INFERENCE, "InferencePool") => "InferencePool",
                _ => continue,
            };
            let Some(name) = text("name") else { continue };
            found.push(Backend {
                kind,
                name,
                namespace: text("namespace").unwrap_or(namespace_of(manifest)),
                port: node.get("port"),
                pointer: format!("/spec/rules/{rule}/backendRefs/{index}"),
                port_pointer: "/port",
                name_pointer: "/name",
            });
        }
    }
    found
}

fn of_virtual_service(manifest: &Manifest) -> Vec<Backend<'_>> {
    let own = namespace_of(manifest);
    let mut found = Vec::new();
    for (rule, node) in items(manifest.object.at(&["spec", "http"])) {
        for (index, node) in items(node.get("route")) {
            let Some(destination) = node.get("destination") else {
                continue;
            };
            let host = destination.get("host").and_then(Node::as_str);
            // Other names are of hosts outside the cluster, or of ServiceEntries.
            let Some((name, namespace)) = host.and_then(|host| service_of(host, own)) else {
                continue;
            };
            found.push(Backend {
                kind: "Service",
                name,
                namespace,
                port: destination.get("port"),
                pointer: format!("/spec/http/{rule}/route/{index}/destination"),
                port_pointer: "/port",
                name_pointer: "/host",
            });
        }
    }
    found
}

/// The Service that a host name of the cluster stands for, and its namespace.
fn service_of<'a>(host: &'a str, own: &'a str) -> Option<(&'a str, &'a str)> {
    let Some((name, rest)) = host.split_once('.') else {
        return (!host.is_empty()).then_some((host, own));
    };
    let (namespace, rest) = rest.split_once('.').unwrap_or((rest, ""));
    let is_service = match rest {
        "" => namespace == own,
        rest => rest == "svc" || rest.starts_with("svc."),
    };
    is_service.then_some((name, namespace))
}

/// The port of a Service that is one of the objects.
fn port(
    subject: &Subject<'_>,
    manifest: &Manifest,
    backend: &Backend<'_>,
    service: &Manifest,
    found: &mut Vec<Diagnostic>,
) {
    let ports = service.object.at(&["spec", "ports"]);
    let (name, number) = asked(backend);
    let (shown, help) = match (name, number) {
        (Some(name), _) => {
            let names = || items(ports).filter_map(|(_, port)| port.get("name")?.as_str());
            if names().any(|one| one == name) {
                return;
            }
            (name.to_owned(), did_you_mean(name, names()))
        }
        (None, Some(number)) => {
            let mut numbers = items(ports).filter_map(|(_, port)| port.get("port")?.as_int());
            if numbers.any(|one| one == number) {
                return;
            }
            (number.to_string(), None)
        }
        (None, None) => return,
    };
    let message = format!(
        "Service `{}` has no port `{}`",
        backend.name,
        shown.escape_debug()
    );
    let pointer = format!("{}{}", backend.pointer, backend.port_pointer);
    let finding = subject.finding(&rules::REFERENCE_PORT, manifest, &pointer, message);
    let origin = subject.input_of(service.object.origin_of("/spec/ports"));
    let help = help.unwrap_or_else(|| "name one of the Service's ports".to_owned());
    found.push(finding.label(origin, "its ports").help(help));
}

/// The port of a Service that the operator makes for a frontend.
fn port_of_frontend(
    subject: &Subject<'_>,
    manifest: &Manifest,
    backend: &Backend<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let shown = match asked(backend) {
        (Some("http"), _) | (None, Some(8000) | None) => return,
        (Some(name), _) => name.escape_debug().to_string(),
        (None, Some(number)) => number.to_string(),
    };
    let message = format!(
        "Service `{}`, which the operator makes, has no port `{shown}`",
        backend.name
    );
    let pointer = format!("{}{}", backend.pointer, backend.port_pointer);
    found.push(
        subject
            .finding(&rules::REFERENCE_PORT, manifest, &pointer, message)
            .help("its one port is 8000, called `http`"),
    );
}

/// The name or the number of the port: a mapping of either, or a number itself.
fn asked<'a>(backend: &Backend<'a>) -> (Option<&'a str>, Option<i64>) {
    let Some(port) = backend.port else {
        return (None, None);
    };
    let name = port.get("name").and_then(Node::as_str);
    let number = port.get("number").and_then(Node::as_int);
    (name, number.or(port.as_int()))
}
