//! `pvcs` of v1alpha1: those to be created become objects of their own.

use super::quantity;
use super::report::{Report, join, push};
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Map, Node, Value};

/// The claims that `pvcs` asks to create, as the operator creates them (ai-dynamo/dynamo
/// deploy/operator/internal/controller/dgd_pvc_reconciler.go). Entries without `create` only say that a claim exists; the volumes that name it go on saying so.
pub(super) fn create(
    pvcs: Node,
    namespace: Option<&Node>,
    path: &str,
    report: &mut Report<'_>,
) -> Vec<Node> {
    let mut claims = Vec::new();
    for (index, item) in report.items(pvcs, path).into_iter().enumerate() {
        let path = format!("{path}[{index}]");
        let origin = item.origin;
        let mut fields = Map::default();
        let mut create = None;
        for entry in report.entries(item, &path) {
            match entry.key.as_str() {
                "create" => {
                    if report.truth(&entry.value, &join(&path, "create")) {
                        create = Some(entry.value.origin);
                    }
                }
                "name" | "size" | "storageClass" | "volumeAccessMode" => {
                    push(&mut fields, &entry.key, entry.key_origin, entry.value);
                }
                _ => report.unknown(
                    &path,
                    &entry,
                    &["name", "create", "size", "storageClass", "volumeAccessMode"],
                    &[],
                ),
            }
        }
        let required: &[&str] = match create {
            Some(_) => &["name", "size", "storageClass", "volumeAccessMode"],
            None => &["name"],
        };
        let absent: Vec<&str> = required
            .iter()
            .copied()
            .filter(|key| !fields.contains(key))
            .collect();
        for key in &absent {
            let what = if create.is_some() {
                "a claim to create"
            } else {
                "a claim"
            };
            let mut diagnostic = Diagnostic::new(
                &rules::GRAPH_MISSING_FIELD,
                origin,
                format!("{what} needs `{key}`"),
            );
            if create.is_some() {
                diagnostic = diagnostic.help("add it, or leave `create` out if the claim exists");
            }
            report.add(&path, diagnostic);
        }
        if let (Some(origin), true) = (create, absent.is_empty()) {
            if fields
                .get("size")
                .and_then(quantity::amount)
                .is_none_or(|size| size <= 0.0)
            {
                let diagnostic = Diagnostic::new(
                    &rules::GRAPH_QUANTITY,
                    fields.get("size").map_or(origin, |size| size.origin),
                    "the size of a claim must be a quantity above 0",
                );
                report.add(&join(&path, "size"), diagnostic.help(quantity::HELP));
            }
            claims.push(claim(fields, namespace, origin));
        }
    }
    claims
}

/// Says which claims of `pvcs` that should exist already are named nowhere in the components: nothing of
/// them is left in v1beta1.
pub(super) fn unused(pvcs: &Node, components: &Node, report: &mut Report<'_>) {
    let items = pvcs.as_list().unwrap_or_default().iter().enumerate();
    for (index, item) in items {
        let creates = item.get("create").and_then(Node::as_bool) == Some(true);
        let Some(name) = item.get("name").filter(|_| !creates) else {
            continue;
        };
        if !names(components, name) {
            let message = format!(
                "claim `{}` is not mounted by any component",
                name.as_str().unwrap_or_default()
            );
            let path = format!("spec.pvcs[{index}]");
            let diagnostic = Diagnostic::new(&rules::GRAPH_IGNORED_FIELD, name.origin, message)
                .help("mount it with `volumeMounts`, or remove it");
            report.add(&path, diagnostic);
        }
    }
}

/// Whether a claim's name stands where claims, volumes or mounts are named.
fn names(node: &Node, name: &Node) -> bool {
    match &node.value {
        Value::Map(map) => map.iter().any(|entry| {
            let is_name = matches!(entry.key.as_str(), "claimName" | "pvcName" | "name");
            (is_name && entry.value == *name) || names(&entry.value, name)
        }),
        Value::List(items) => items.iter().any(|item| names(item, name)),
        _ => false,
    }
}

fn claim(mut fields: Map, namespace: Option<&Node>, origin: Origin) -> Node {
    let text = |text: &str| Node::new(text, origin);
    let mut take = |key: &str| fields.remove(key).unwrap_or_default();
    let mut claim = Node::map(origin);
    claim.set("apiVersion", text("v1"));
    claim.set("kind", text("PersistentVolumeClaim"));
    let metadata = claim.ensure_map("metadata", origin);
    metadata.set("name", take("name"));
    if let Some(namespace) = namespace {
        metadata.set("namespace", namespace.clone());
    }
    let spec = claim.ensure_map("spec", origin);
    spec.set(
        "accessModes",
        Node::new(vec![take("volumeAccessMode")], origin),
    );
    spec.ensure_map("resources", origin)
        .ensure_map("requests", origin)
        .set("storage", take("size"));
    spec.set("storageClassName", take("storageClass"));
    claim
}
