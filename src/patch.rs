//! The release's last word: JSON Patch operations on what would be written.
//!
//! The operations are applied by the `json-patch` crate on plain data; values that did not change keep
//! their origins, the others get the patch's.

use json_patch::PatchOperation;
use serde_json::Value as Json;

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::object::Manifest;
use crate::model::release::{Patch, PatchTarget};
use crate::origin::Origin;
use crate::resolve::Pair;
use crate::rules::{self, Decisions};
use crate::yaml::{At, Map, Node, Value, pointer_push, pointer_segments};

/// Applies the patches of the pair's release, in order, each to every manifest it is for.
///
/// A patch that fits no object, or an operation that finds nothing at its path, is an error that names the
/// nearest thing there is; that object then stays as it was.
pub fn apply(
    pair: &Pair,
    manifests: &mut [Manifest],
    decisions: &mut Decisions,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for patch in &pair.release.spec.patches {
        let profiles = &patch.target.profiles;
        if !profiles.is_empty() && !profiles.contains(&pair.profile.name) {
            continue;
        }
        let mut found = false;
        for manifest in manifests.iter_mut() {
            if let Some(path) = place_in(&patch.target, manifest) {
                found = true;
                apply_one(patch, &path, manifest, decisions, diagnostics);
            }
        }
        if !found {
            diagnostics.push(no_target(patch, manifests));
        }
    }
}

/// Where in a manifest the patch's paths start, if the patch is for it.
fn place_in(target: &PatchTarget, manifest: &Manifest) -> Option<String> {
    let kind_fits = target
        .kind
        .as_deref()
        .is_none_or(|kind| kind == manifest.key.kind);
    let name_fits = target
        .name
        .as_deref()
        .is_none_or(|name| name == manifest.key.name);
    if !kind_fits || !name_fits {
        return None;
    }
    match &target.component {
        None => Some(String::new()),
        Some(component) if manifest.component.as_deref() == Some(component) => Some(String::new()),
        Some(component) => component_in_graph(component, &manifest.object),
    }
}

/// The pointer of a component inside a graph of either version.
fn component_in_graph(component: &str, object: &Node) -> Option<String> {
    if object.get("kind").and_then(Node::as_str) != Some("DynamoGraphDeployment") {
        return None;
    }
    if let Some(list) = object.at(&["spec", "components"]).and_then(Node::as_list) {
        let index = list
            .iter()
            .position(|item| item.get("name").and_then(Node::as_str) == Some(component))?;
        return Some(format!("/spec/components/{index}"));
    }
    object.at(&["spec", "services", component])?;
    let mut pointer = "/spec/services".to_owned();
    pointer_push(&mut pointer, component);
    Some(pointer)
}

fn apply_one(
    patch: &At<Patch>,
    base: &str,
    manifest: &mut Manifest,
    decisions: &mut Decisions,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut json = manifest.object.to_json();
    let mut origins = Vec::new();
    for operation in &patch.operations {
        let parsed = serde_json::from_value::<PatchOperation>(with_base(&operation.value, base));
        let parsed = match parsed {
            Ok(parsed) => parsed,
            Err(error) => {
                diagnostics.push(
                    Diagnostic::new(
                        &rules::PATCH_INVALID,
                        operation.origin,
                        format!("not a JSON Patch operation: {error}"),
                    )
                    .help("an operation is `{op: add|remove|replace|move|copy|test, path: …}` with `value` or `from`"),
                );
                return;
            }
        };
        if let Err(error) = json_patch::patch(&mut json, std::slice::from_ref(&parsed)) {
            diagnostics.push(no_path(
                &parsed,
                operation,
                error.kind.to_string(),
                &json,
                manifest,
            ));
            return;
        }
        origins.push(operation.origin);
    }
    let origin = decisions.record(
        &rules::PATCH,
        [patch.origin].into_iter().chain(origins),
        None,
    );
    manifest.object = graft(&json, Some(&manifest.object), origin);
}

/// The operation with its paths starting at `base`.
fn with_base(operation: &Json, base: &str) -> Json {
    let mut operation = operation.clone();
    for key in ["path", "from"] {
        if let Some(Json::String(path)) = operation.get_mut(key) {
            path.insert_str(0, base);
        }
    }
    operation
}

/// `json` as nodes: what stands in `old` too keeps its origins, the rest gets `origin`.
fn graft(json: &Json, old: Option<&Node>, origin: Origin) -> Node {
    match (json, old.map(|node| &node.value)) {
        (Json::Object(fields), Some(Value::Map(old_map))) => {
            let mut map = Map::default();
            for (key, value) in fields {
                let entry = old_map.entry(key);
                let key_origin = entry.map_or(origin, |entry| entry.key_origin);
                let value = graft(value, entry.map(|entry| &entry.value), origin);
                map.push(key.clone(), key_origin, value);
            }
            Node::new(map, old.map_or(origin, |node| node.origin))
        }
        (Json::Array(items), Some(Value::List(old_items))) => {
            let mut rest = old_items.iter().enumerate();
            let list: Vec<Node> = items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    let plain = Node::from_json(item, origin);
                    // The next old item with the same data is the same item, moved.
                    let mut ahead = rest.clone();
                    match ahead.find(|(_, old)| **old == plain) {
                        Some((_, same)) => {
                            rest = ahead;
                            same.clone()
                        }
                        None => graft(item, old_items.get(index), origin),
                    }
                })
                .collect();
            Node::new(list, old.map_or(origin, |node| node.origin))
        }
        _ => {
            let plain = Node::from_json(json, origin);
            match old {
                Some(node) if *node == plain => node.clone(),
                _ => plain,
            }
        }
    }
}

fn no_target(patch: &At<Patch>, manifests: &[Manifest]) -> Diagnostic {
    let PatchTarget {
        kind,
        name,
        component,
        profiles: _,
    } = &patch.target;
    let wanted: Vec<String> = [("kind", kind), ("name", name), ("component", component)]
        .into_iter()
        .filter_map(|(key, value)| Some(format!("{key} `{}`", value.as_ref()?)))
        .collect();
    let mut diagnostic = Diagnostic::new(
        &rules::PATCH_NO_TARGET,
        patch.origin,
        format!("no object has {}", wanted.join(" and ")),
    );
    let hint = match (name, kind) {
        (Some(name), _) => did_you_mean(name, manifests.iter().map(|m| m.key.name.as_str())),
        (None, Some(kind)) => did_you_mean(kind, manifests.iter().map(|m| m.key.kind.as_str())),
        (None, None) => None,
    };
    if let Some(hint) = hint {
        diagnostic = diagnostic.help(hint);
    }
    let there: Vec<String> = manifests.iter().map(|m| m.key.to_string()).collect();
    diagnostic.help(format!("there are: {}", there.join(", ")))
}

fn no_path(
    operation: &PatchOperation,
    written: &At<Json>,
    why: String,
    json: &Json,
    manifest: &Manifest,
) -> Diagnostic {
    let path = operation.path().to_string();
    // Walk as far as the path goes, and say what is there.
    let mut at = json;
    let mut reached = String::new();
    let mut missing = None;
    for segment in pointer_segments(&path) {
        let next = match at {
            Json::Object(fields) => fields.get(&segment),
            Json::Array(items) => segment.parse::<usize>().ok().and_then(|i| items.get(i)),
            _ => None,
        };
        let Some(next) = next else {
            missing = Some(segment);
            break;
        };
        pointer_push(&mut reached, &segment);
        at = next;
    }
    let mut diagnostic = Diagnostic::new(
        &rules::PATCH_FAILED,
        written.origin,
        format!(
            "the operation on `{path}` of {} failed: {why}",
            manifest.key
        ),
    );
    if let Some(missing) = missing {
        let reached = if reached.is_empty() {
            "the object"
        } else {
            &reached
        };
        match at {
            Json::Object(fields) => {
                if let Some(hint) = did_you_mean(&missing, fields.keys().map(String::as_str)) {
                    diagnostic = diagnostic.help(hint);
                }
                let keys: Vec<&str> = fields.keys().map(String::as_str).collect();
                diagnostic = diagnostic.help(format!("{reached} has: {}", keys.join(", ")));
            }
            Json::Array(items) => {
                diagnostic =
                    diagnostic.help(format!("{reached} is a list of {} items", items.len()));
            }
            _ => diagnostic = diagnostic.help(format!("{reached} is a single value")),
        }
    }
    diagnostic
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Place;
    use serde_json::json;

    fn input(json: &Json) -> Node {
        let origin = Origin::Input(Place {
            file: 0,
            start: 1,
            end: 2,
        });
        Node::from_json(json, origin)
    }

    #[test]
    fn what_did_not_change_keeps_its_origin() {
        let old = input(&json!({"a": 1, "list": [{"name": "x"}, {"name": "y"}]}));
        let new = json!({"a": 1, "list": [{"name": "new"}, {"name": "x"}, {"name": "y"}], "b": 2});
        let grafted = graft(&new, Some(&old), Origin::Decision(7));
        assert_eq!(grafted.to_json(), new);
        let origin = |pointer| grafted.pointer(pointer).map(|node| node.origin);
        assert_eq!(origin("/b"), Some(Origin::Decision(7)));
        assert_eq!(origin("/list/0/name"), Some(Origin::Decision(7)));
        assert!(origin("/list/1/name").is_some_and(|o| o.place().is_some()));
        assert!(origin("/a").is_some_and(|o| o.place().is_some()));
    }

    #[test]
    fn paths_of_a_component_start_at_the_component() {
        let graph = input(&json!({
            "kind": "DynamoGraphDeployment",
            "spec": {"components": [{"name": "a"}, {"name": "b"}]}
        }));
        assert_eq!(
            component_in_graph("b", &graph).as_deref(),
            Some("/spec/components/1")
        );
        assert_eq!(component_in_graph("c", &graph), None);
    }
}
