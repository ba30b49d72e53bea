//! Do selectors match the pods that are applied with them?

use super::super::Subject;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::Manifest;
use crate::model::pod::{self, PodTemplate};
use crate::rules;
use crate::yaml::Node;

/// The ports that the operator gives the pods of a graph
/// (ai-dynamo/dynamo deploy/operator/internal/dynamo/component_worker.go, component_frontend.go).
const OPERATOR_PORTS: [&str; 5] = ["http", "system", "nixl", "metrics", "grpc"];

/// Pods of the set and where they are.
struct Pods<'a> {
    namespace: &'a str,
    owner: &'a Manifest,
    template: PodTemplate<'a>,
}

pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let pods: Vec<Pods<'_>> = subject
        .manifests
        .iter()
        .flat_map(|owner| {
            let namespace = owner.key.namespace.as_deref().unwrap_or("default");
            let templates = pod::templates(owner).into_iter();
            templates.map(move |template| Pods {
                namespace,
                owner,
                template,
            })
        })
        .collect();
    if pods.is_empty() {
        return;
    }
    for manifest in subject.manifests {
        let pointer = match (manifest.key.group(), manifest.key.kind.as_str()) {
            ("policy", "PodDisruptionBudget") | ("monitoring.coreos.com", "PodMonitor") => {
                "/spec/selector/matchLabels"
            }
            ("networking.k8s.io", "NetworkPolicy") => "/spec/podSelector/matchLabels",
            ("", "Service") => "/spec/selector",
            _ => continue,
        };
        // Expressions beside the labels only narrow the selection: what the labels alone do not select is not
        // selected, and a port that none of these pods has is missing.
        let Some(labels) = manifest.object.pointer(pointer) else {
            continue;
        };
        if labels.as_map().is_none_or(|labels| labels.is_empty()) {
            continue;
        }
        let namespace = manifest.key.namespace.as_deref().unwrap_or("default");
        // A monitor may look into other namespaces.
        let everywhere = manifest.object.at(&["spec", "namespaceSelector"]).is_some();
        let selected: Vec<&Pods<'_>> = pods
            .iter()
            .filter(|pods| everywhere || pods.namespace == namespace)
            .filter(|pods| matches(labels, pods))
            .collect();
        if selected.is_empty() {
            let is_graphs = labels
                .as_map()
                .into_iter()
                .flatten()
                .any(|entry| is_operators(&entry.key));
            // Of manifests from elsewhere the pods may be elsewhere, too.
            if subject.is_whole || is_graphs && has_graph(&pods) {
                let message = format!(
                    "the {} selects no pod that is applied with it",
                    manifest.key.kind
                );
                let finding = subject.finding(&rules::SELECTOR_EMPTY, manifest, pointer, message);
                found.push(finding.help(nearest(labels, &pods)));
            }
        } else if manifest.key.kind == "PodMonitor" {
            ports(subject, manifest, &selected, found);
        }
    }
}

fn has_graph(pods: &[Pods<'_>]) -> bool {
    pods.iter().any(|pods| pods.template.component.is_some())
}

/// Labels that the operator puts on pods.
fn is_operators(key: &str) -> bool {
    key.starts_with("nvidia.com/") || key.starts_with("grove.io/")
}

/// Whether pods have all the labels, as far as can be known: of the operator's labels only those of a graph's
/// and a component's name are.
fn matches(labels: &Node, pods: &Pods<'_>) -> bool {
    labels.as_map().into_iter().flatten().all(|entry| {
        let Some(wanted) = entry.value.as_str() else {
            return true;
        };
        match label(pods, &entry.key) {
            Some(value) => value == wanted,
            None => {
                pods.template.component.is_some()
                    && is_operators(&entry.key)
                    && !is_known(&entry.key)
            }
        }
    })
}

fn is_known(key: &str) -> bool {
    matches!(
        key,
        "nvidia.com/dynamo-graph-deployment-name" | "nvidia.com/dynamo-component"
    )
}

/// The value of a label of pods.
fn label<'a>(pods: &'a Pods<'_>, key: &str) -> Option<&'a str> {
    let own = pods.template.node.at(&["metadata", "labels", key]);
    let of_graph = pods.owner.object.at(&["spec", "labels", key]);
    if let Some(value) = own.or(of_graph.filter(|_| pods.template.component.is_some())) {
        return value.as_str();
    }
    let component = pods.template.component?;
    match key {
        "nvidia.com/dynamo-graph-deployment-name" => Some(pods.owner.key.name.as_str()),
        "nvidia.com/dynamo-component" => Some(component.name),
        _ => None,
    }
}

/// What the selector may have meant.
fn nearest(labels: &Node, pods: &[Pods<'_>]) -> String {
    for entry in labels.as_map().into_iter().flatten() {
        let values: Vec<&str> = pods
            .iter()
            .filter_map(|pods| label(pods, &entry.key))
            .collect();
        let wanted = entry.value.as_str().unwrap_or_default();
        if !values.contains(&wanted) {
            if let Some(help) = did_you_mean(wanted, values.iter().copied()) {
                return format!("`{}`: {help}", entry.key.escape_debug());
            }
            return format!(
                "no pod has the label `{}` with that value",
                entry.key.escape_debug()
            );
        }
    }
    "no pod has all of these labels".to_owned()
}

/// The ports that a monitor names.
fn ports(
    subject: &Subject<'_>,
    monitor: &Manifest,
    pods: &[&Pods<'_>],
    found: &mut Vec<Diagnostic>,
) {
    let mut known: Vec<&str> = Vec::new();
    for pods in pods {
        for container in pods.template.containers() {
            let ports = container.node.get("ports").and_then(Node::as_list);
            known.extend(
                ports
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|port| port.get("name")?.as_str()),
            );
        }
        if pods.template.component.is_some() {
            known.extend(OPERATOR_PORTS);
        }
    }
    let endpoints = monitor
        .object
        .at(&["spec", "podMetricsEndpoints"])
        .and_then(Node::as_list);
    for (index, endpoint) in endpoints.unwrap_or_default().iter().enumerate() {
        let Some(port) = endpoint.get("port").and_then(Node::as_str) else {
            continue;
        };
        // With failover the operator numbers the ports of the engines: `system-0`.
        let numbered = port.trim_end_matches(|c: char| c.is_ascii_digit());
        let base = numbered.strip_suffix('-').unwrap_or(port);
        let is_graphs = pods.iter().any(|pods| pods.template.component.is_some());
        if known.contains(&port) || is_graphs && OPERATOR_PORTS.contains(&base) {
            continue;
        }
        let pointer = format!("/spec/podMetricsEndpoints/{index}/port");
        let message = format!(
            "no pod that it selects has a port named `{}`",
            port.escape_debug()
        );
        let help = did_you_mean(port, known.iter().copied())
            .unwrap_or_else(|| "name a port of the pods' containers".to_owned());
        found.push(
            subject
                .finding(&rules::MONITOR_TARGET, monitor, &pointer, message)
                .help(help),
        );
    }
}
