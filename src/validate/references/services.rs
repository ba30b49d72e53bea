//! What refers to Services: the backends of an Ingress.

use super::super::Subject;
use super::Provided;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::Manifest;
use crate::rules;
use crate::yaml::Node;

pub(super) fn check(
    subject: &Subject<'_>,
    manifest: &Manifest,
    provided: &Provided<'_>,
    found: &mut Vec<Diagnostic>,
) {
    if (manifest.key.group(), manifest.key.kind.as_str()) != ("networking.k8s.io", "Ingress") {
        return;
    }
    let list = |node: Option<&Node>| -> Vec<Node> {
        node.and_then(Node::as_list).unwrap_or_default().to_vec()
    };
    let mut backends = vec!["/spec/defaultBackend/service".to_owned()];
    for (rule, node) in list(manifest.object.at(&["spec", "rules"]))
        .iter()
        .enumerate()
    {
        for path in 0..list(node.at(&["http", "paths"])).len() {
            backends.push(format!(
                "/spec/rules/{rule}/http/paths/{path}/backend/service"
            ));
        }
    }
    let namespace = manifest.key.namespace.as_deref().unwrap_or("default");
    for pointer in backends {
        let Some(backend) = manifest.object.pointer(&pointer) else {
            continue;
        };
        let name = backend
            .get("name")
            .and_then(Node::as_str)
            .unwrap_or_default();
        let Some(Some(service)) = provided.find("Service", namespace, name) else {
            continue;
        };
        let ports = list(service.object.at(&["spec", "ports"]));
        let names: Vec<&str> = ports
            .iter()
            .filter_map(|port| port.get("name")?.as_str())
            .collect();
        let port = backend.get("port");
        let wrong = |field: &str| port.and_then(|port| port.get(field));
        let (shown, help) = match (
            wrong("name").and_then(Node::as_str),
            wrong("number").and_then(Node::as_int),
        ) {
            (Some(name), _) if !names.contains(&name) => {
                (name.to_owned(), did_you_mean(name, names.iter().copied()))
            }
            (None, Some(number))
                if !ports
                    .iter()
                    .any(|port| port.get("port").and_then(Node::as_int) == Some(number)) =>
            {
                (number.to_string(), None)
            }
            _ => continue,
        };
        let message = format!("Service `{name}` has no port `{}`", shown.escape_debug());
        let finding = subject.finding(
            &rules::REFERENCE_PORT,
            manifest,
            &format!("{pointer}/port"),
            message,
        );
        let origin = subject.input_of(service.object.origin_of("/spec/ports"));
        let help = help.unwrap_or_else(|| "name one of the Service's ports".to_owned());
        found.push(finding.label(origin, "its ports").help(help));
    }
}
