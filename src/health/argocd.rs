//! What Argo CD is told: scripts in its ConfigMap, and fields of an Application that it leaves alone.

use super::{Health, owned};
use crate::model::Manifest;
use crate::origin::Origin;
use crate::yaml::{Node, pointer_push};
use serde_json::json;

/// A patch of the ConfigMap `argocd-cm` with a script for each kind that has one.
pub fn config_map(kinds: &[&Health], namespace: &str) -> Node {
    let mut object = Node::from_json(
        &json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": "argocd-cm",
                "namespace": namespace,
                "labels": {"app.kubernetes.io/name": "argocd-cm", "app.kubernetes.io/part-of": "argocd"},
            },
            "data": {},
        }),
        Origin::None,
    );
    if let Some(data) = object.get_mut("data") {
        for kind in kinds {
            if let Some(lua) = kind.lua {
                let key = format!(
                    "resource.customizations.health.{}_{}",
                    kind.group, kind.kind
                );
                data.set(&key, Node::new(lua, Origin::None));
            }
        }
    }
    object
}

/// The `ignoreDifferences` of an Application for replicas that something in the cluster sets, one entry a graph.
pub fn ignore_differences(manifests: &[&Manifest]) -> Vec<Node> {
    let mut entries: Vec<(&Manifest, Vec<String>, Vec<String>)> = Vec::new();
    for one in owned(manifests) {
        let is_new = entries
            .last()
            .is_none_or(|(graph, _, _)| !std::ptr::eq(*graph, one.manifest));
        if is_new {
            entries.push((one.manifest, Vec::new(), Vec::new()));
        }
        let Some((_, queries, pointers)) = entries.last_mut() else {
            continue;
        };
        match one.index {
            Some(_) => queries.push(format!(
                ".spec.components[] | select(.name == {}) | .replicas",
                json!(one.name)
            )),
            None => {
                let mut pointer = "/spec/services".to_owned();
                pointer_push(&mut pointer, one.name);
                pointers.push(format!("{pointer}/replicas"));
            }
        }
    }
    let entries = entries.into_iter().map(|(graph, queries, pointers)| {
        let mut entry = json!({
            "group": graph.key.group(),
            "kind": graph.key.kind,
            "name": graph.key.name,
        });
        if let Some(namespace) = &graph.key.namespace {
            entry["namespace"] = json!(namespace);
        }
        if !queries.is_empty() {
            entry["jqPathExpressions"] = json!(queries);
        }
        if !pointers.is_empty() {
            entry["jsonPointers"] = json!(pointers);
        }
        Node::from_json(&entry, Origin::None)
    });
    super::distinct(entries)
}
