//! What does the webhook ask of graphs in v1alpha1, and what happens to their ingress?

use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::rules::{self, Severity};
use crate::validate::Subject;
use crate::validate::graph::{GROUP, text};
use crate::yaml::{Map, Node};

pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for manifest in subject.of_kind(GROUP, "DynamoGraphDeployment") {
        if manifest.key.api_version != "nvidia.com/v1alpha1" {
            continue;
        }
        let services = manifest.object.at(&["spec", "services"]);
        for service in services.and_then(Node::as_map).into_iter().flatten() {
            let at = Place {
                subject,
                manifest,
                service: &service.key,
            };
            shadows(&at, &service.value, found);
            if let Some(ingress) = service.value.get("ingress") {
                at.ingress(ingress, found);
            }
        }
    }
}

/// Fields of a service that have no place in v1beta1 (ai-dynamo/dynamo deploy/operator/api/CONVERSION.md).
const KEPT_ASIDE: [&str; 3] = ["ingress", "labels", "annotations"];

pub(super) fn without_kept_aside(graph: &Node) -> Node {
    let mut graph = graph.clone();
    let services = graph.at_mut(&["spec", "services"]);
    for service in services
        .and_then(Node::as_map_mut)
        .into_iter()
        .flat_map(Map::iter_mut)
    {
        for key in KEPT_ASIDE {
            service.value.remove(key);
        }
    }
    graph
}

/// Where a service stands.
struct Place<'a> {
    subject: &'a Subject<'a>,
    manifest: &'a Manifest,
    service: &'a str,
}

impl Place<'_> {
    fn finding(&self, rule: &'static rules::Rule, below: &str, message: String) -> Diagnostic {
        let mut pointer = "/spec/services".to_owned();
        crate::yaml::pointer_push(&mut pointer, self.service);
        pointer.push_str(below);
        self.subject.finding(rule, self.manifest, &pointer, message)
    }

    fn ingress(&self, ingress: &Node, found: &mut Vec<Diagnostic>) {
        if ingress.get("enabled").and_then(Node::as_bool) != Some(true) {
            return;
        }
        let name = self.service;
        let host = text(ingress, &["host"]).filter(|host| !host.is_empty());
        let Some(host) = host else {
            let message = format!("the ingress of service `{name}` has no host");
            found.push(self.finding(&rules::GRAPH_OLDER, "/ingress", message).help(
                "give it a `host`, the first word of the address, and a `hostSuffix`, the rest",
            ));
            return;
        };
        match text(ingress, &["hostSuffix"]) {
            Some("") => {
                let message = format!("the ingress of service `{name}` gets the host `{host}.`");
                found.push(
                    self.finding(&rules::INGRESS_DROPPED, "/ingress/hostSuffix", message)
                        .help("write the first word of the address as `host`, the rest as `hostSuffix`"),
                );
            }
            None if host.contains('.') => {
                let message =
                    format!("the ingress of service `{name}` gets the host `{host}.local`");
                found.push(
                    self.finding(&rules::INGRESS_DROPPED, "/ingress/host", message)
                        .help("write the first word of the address as `host`, the rest as `hostSuffix`"),
                );
            }
            _ => {}
        }
        for key in ["annotations", "labels"] {
            let given = ingress.get(key).and_then(Node::as_map);
            if given.is_some_and(|map| !map.is_empty()) {
                let message = format!(
                    "the {key} of the ingress of service `{name}` do not reach the Ingress"
                );
                found.push(
                    self.finding(&rules::INGRESS_DROPPED, &format!("/ingress/{key}"), message)
                        .help("write an Ingress of your own for the frontend's Service"),
                );
            }
        }
        let is_virtual = ingress.get("useVirtualService").and_then(Node::as_bool) == Some(true);
        if !is_virtual && text(ingress, &["ingressControllerClassName"]).is_none() {
            let message = format!(
                "the ingress of service `{name}` has no class, and is not made unless the operator has one"
            );
            found.push(
                self.finding(&rules::INGRESS_DROPPED, "/ingress", message)
                    .severity(Severity::Note)
                    .help("give it an `ingressControllerClassName`"),
            );
        }
    }
}

fn shadows(at: &Place<'_>, service: &Node, found: &mut Vec<Diagnostic>) {
    let Some(failover) = service.get("failover") else {
        return;
    };
    let is_enabled = failover.get("enabled").and_then(Node::as_bool) == Some(true);
    let within = text(failover, &["mode"]).is_none_or(|mode| mode == "intraPod");
    let count = failover.get("numShadows").and_then(Node::as_int);
    if let Some(count) = count.filter(|count| is_enabled && within && *count != 1) {
        let message = format!("service `{}` has {count} shadows within a pod", at.service);
        found.push(
            at.finding(&rules::GRAPH_OLDER, "/failover/numShadows", message)
                .help("write `numShadows: 1`, or leave it out"),
        );
    }
}
