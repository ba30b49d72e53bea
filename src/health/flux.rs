//! What Flux is told: expressions of a Kustomization, and fields that it leaves alone.

use super::{Health, owned};
use crate::model::Manifest;
use crate::origin::Origin;
use crate::yaml::{Node, pointer_push};
use serde_json::json;

/// The `healthCheckExprs` of a Kustomization, one for each kind that has expressions. Flux takes the first entry
/// of a group and kind for all its versions (fluxcd/pkg `runtime/cel/status_poller.go`).
pub fn expressions(kinds: &[&Health]) -> Vec<Node> {
    let mut found = Vec::new();
    for kind in kinds {
        let (Some(expressions), Some(version)) = (&kind.flux, kind.versions.first()) else {
            continue;
        };
        let mut entry = json!({
            "apiVersion": format!("{}/{version}", kind.group),
            "kind": kind.kind,
        });
        if let Some(in_progress) = expressions.in_progress {
            entry["inProgress"] = json!(in_progress);
        }
        if let Some(failed) = expressions.failed {
            entry["failed"] = json!(failed);
        }
        entry["current"] = json!(expressions.current);
        found.push(Node::from_json(&entry, Origin::None));
    }
    found
}

/// The `ignore` of a Kustomization for replicas that something in the cluster sets, one entry a graph. Paths
/// count components, whose order stays as the graph has it.
pub fn ignore(manifests: &[&Manifest]) -> Vec<Node> {
    let mut entries: Vec<(&Manifest, Vec<String>)> = Vec::new();
    for one in owned(manifests) {
        let is_new = entries
            .last()
            .is_none_or(|(graph, _)| !std::ptr::eq(*graph, one.manifest));
        if is_new {
            entries.push((one.manifest, Vec::new()));
        }
        let pointer = match one.index {
            Some(index) => format!("/spec/components/{index}/replicas"),
            None => {
                let mut pointer = "/spec/services".to_owned();
                pointer_push(&mut pointer, one.name);
                format!("{pointer}/replicas")
            }
        };
        if let Some((_, paths)) = entries.last_mut() {
            paths.push(pointer);
        }
    }
    let entries = entries.into_iter().map(|(graph, paths)| {
        let mut target =
            json!({"group": graph.key.group(), "kind": graph.key.kind, "name": graph.key.name});
        if let Some(namespace) = &graph.key.namespace {
            target["namespace"] = json!(namespace);
        }
        Node::from_json(&json!({"paths": paths, "target": target}), Origin::None)
    });
    super::distinct(entries)
}
