//! Do selectors and network policies fit the pods that the operator makes?

use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::rules;
use crate::validate::Subject;
use crate::validate::graph::{Graph, list, text};
use crate::yaml::Node;

const COMPONENT: &str = "nvidia.com/dynamo-component";
const GRAPH: &str = "nvidia.com/dynamo-graph-deployment-name";

/// Labels that differ between generations of workers.
const GENERATED: [&str; 2] = ["nvidia.com/selector", "nvidia.com/dynamo-worker-hash"];

pub(super) fn check(subject: &Subject<'_>, graphs: &[Graph<'_>], found: &mut Vec<Diagnostic>) {
    for manifest in subject.manifests {
        let Some((pointer, labels)) = selector(manifest) else {
            continue;
        };
        generated(subject, manifest, pointer, labels, found);
        component(subject, manifest, pointer, labels, graphs, found);
    }
    policies(subject, found);
}

/// The labels by which an object selects pods, and where they stand.
fn selector(manifest: &Manifest) -> Option<(&'static str, &Node)> {
    let pointer = match (manifest.key.group(), manifest.key.kind.as_str()) {
        ("", "Service") => "/spec/selector",
        ("networking.k8s.io", "NetworkPolicy") => "/spec/podSelector/matchLabels",
        ("policy", "PodDisruptionBudget")
        | ("monitoring.coreos.com", "PodMonitor" | "ServiceMonitor") => {
            "/spec/selector/matchLabels"
        }
        _ => return None,
    };
    Some((pointer, manifest.object.pointer(pointer)?))
}

fn generated(
    subject: &Subject<'_>,
    manifest: &Manifest,
    pointer: &str,
    labels: &Node,
    found: &mut Vec<Diagnostic>,
) {
    for key in GENERATED {
        if labels.get(key).is_some() {
            let pointer = format!("{pointer}/{}", key.replace('/', "~1"));
            let message = format!("the label `{key}` is another one after the next rollout");
            found.push(
                subject
                    .finding(&rules::GENERATED_LABEL, manifest, &pointer, message)
                    .help(format!("select by `{GRAPH}` and `{COMPONENT}`")),
            );
        }
    }
}

/// The label holds a component's name, which is easily taken for its type.
fn component(
    subject: &Subject<'_>,
    manifest: &Manifest,
    pointer: &str,
    labels: &Node,
    graphs: &[Graph<'_>],
    found: &mut Vec<Diagnostic>,
) {
    let Some(name) = text(labels, &[COMPONENT]) else {
        return;
    };
    let named = text(labels, &[GRAPH]);
    let mut beside = graphs.iter().filter(|graph| {
        graph.manifest.key.namespace == manifest.key.namespace
            && named.is_none_or(|named| graph.name() == named)
    });
    let Some(first) = beside.next() else { return };
    let has = |graph: &Graph<'_>| {
        graph
            .parts
            .iter()
            .any(|part| part.name == name || !graph.is_graph)
    };
    if has(first) || beside.any(has) {
        return;
    }
    let names: Vec<&str> = first.parts.iter().map(|part| part.name).collect();
    let message = format!("no component of graph `{}` is named `{name}`", first.name());
    let pointer = format!("{pointer}/{}", COMPONENT.replace('/', "~1"));
    let same = first
        .parts
        .iter()
        .find(|part| part.view.kind.as_str() == name || part.name.eq_ignore_ascii_case(name));
    let help = match same {
        Some(part) => format!(
            "the label is the component's name as written, `{}`",
            part.name
        ),
        None => format!("its components are `{}`", names.join("`, `")),
    };
    found.push(
        subject
            .finding(&rules::GENERATED_LABEL, manifest, &pointer, message)
            .help(help),
    );
}

/// Policies that let a graph's pods in by port lists alone.
fn policies(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let policies: Vec<&Manifest> = subject
        .of_kind("networking.k8s.io", "NetworkPolicy")
        .filter(|policy| limits_graph(policy))
        .collect();
    for policy in &policies {
        let listed = list(&policy.object, &["spec", "ingress"]);
        // A policy without rules denies everything, and leaves the rest to others.
        if listed.is_empty() {
            continue;
        }
        let mut beside = policies
            .iter()
            .filter(|other| other.key.namespace == policy.key.namespace);
        if beside.any(|other| opens_all_ports(other)) {
            continue;
        }
        let message = "the graph's pods may talk to one another on listed ports only";
        found.push(
            subject
                .finding(&rules::GRAPH_PORTS, policy, "/spec/ingress", message)
                .help(format!(
                    "let pods with the graph's label `{GRAPH}` in on every port: a rule with `from` and without `ports`"
                )),
        );
    }
}

/// Whether a policy selects pods of graphs and says who may talk to them.
fn limits_graph(policy: &Manifest) -> bool {
    let selected = selector(policy).and_then(|(_, labels)| labels.as_map());
    let types = list(&policy.object, &["spec", "policyTypes"]);
    let is_ingress = types.is_empty() || types.iter().any(|one| one.as_str() == Some("Ingress"));
    is_ingress
        && selected.is_some_and(|labels| {
            labels
                .keys()
                .any(|key| key.starts_with("nvidia.com/dynamo-") || key == "nvidia.com/selector")
        })
}

fn opens_all_ports(policy: &Manifest) -> bool {
    list(&policy.object, &["spec", "ingress"])
        .iter()
        .any(|rule| rule.as_map().is_some() && list(rule, &["ports"]).is_empty())
}
