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
    let mut object = manifest.object.clone();
    let mut broken = false;
    for operation in &patch.operations {
        let parsed = serde_json::from_value::<PatchOperation>(with_base(&operation.value, base));
        let parsed = match parsed {
            Ok(parsed) => parsed,
            Err(error) => {
                diagnostics.push(invalid(operation, &error));
                broken = true;
                continue;
            }
        };
        if broken {
            continue;
        }
        if let Err(error) = json_patch::patch(&mut json, std::slice::from_ref(&parsed)) {
            diagnostics.push(failed(&parsed, operation, &error, &json, manifest));
            return;
        }
        let origin = decisions.record(&rules::PATCH, [operation.origin, patch.origin], None);
        object = graft(&json, Some(&object), origin);
    }
    if !broken {
        manifest.object = object;
    }
}

fn invalid(operation: &At<Json>, error: &serde_json::Error) -> Diagnostic {
    const NAMES: [&str; 6] = ["add", "remove", "replace", "move", "copy", "test"];
    let new = |message: String| Diagnostic::new(&rules::PATCH_INVALID, operation.origin, message);
    match operation.value.get("op").and_then(Json::as_str) {
        Some(name) if NAMES.contains(&name) => new(format!("not a JSON Patch operation: {error}"))
            .help(match name {
                "remove" => "`remove` needs `path`, such as `/spec/replicas`",
                "move" | "copy" => "`move` and `copy` need `path` and `from`",
                _ => {
                    "`add`, `replace` and `test` need `path`, such as `/spec/replicas`, and `value`"
                }
            }),
        Some(name) => meant(
            new(format!(
                "`{}` is no JSON Patch operation",
                name.escape_debug()
            )),
            name,
            "the operations are",
            NAMES.to_vec(),
        ),
        None => new("a JSON Patch operation needs `op`".to_owned()).help(
            "write `{op: add|remove|replace|move|copy|test, path: …}` with `value` or `from`",
        ),
    }
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
    let diagnostic = Diagnostic::new(
        &rules::PATCH_NO_TARGET,
        patch.origin,
        format!("no object has {}", wanted.join(" and ")),
    );
    // The first thing that is wrong: only what fits so far can be meant.
    let mut left: Vec<&Manifest> = manifests.iter().collect();
    if let Some(kind) = kind {
        let kinds = left.iter().map(|m| m.key.kind.as_str()).collect();
        left.retain(|m| m.key.kind == *kind);
        if left.is_empty() {
            return meant(diagnostic, kind, "the kinds are", kinds);
        }
    }
    if let Some(name) = name {
        let names = left.iter().map(|m| m.key.name.as_str()).collect();
        left.retain(|m| m.key.name == *name);
        if left.is_empty() {
            return meant(diagnostic, name, "there are", names);
        }
    }
    match component {
        Some(component) => {
            let components = left.iter().flat_map(|m| components_of(m)).collect();
            meant(diagnostic, component, "the components are", components)
        }
        None => diagnostic,
    }
}

/// The components that a manifest is for or holds.
fn components_of(manifest: &Manifest) -> Vec<&str> {
    let spec = |key| manifest.object.at(&["spec", key]);
    let named = spec("components").and_then(Node::as_list);
    let keyed = spec("services").and_then(Node::as_map);
    let named = named
        .into_iter()
        .flatten()
        .filter_map(|item| item.get("name")?.as_str());
    let keyed = keyed.into_iter().flat_map(Map::keys);
    match manifest.key.kind.as_str() {
        "DynamoGraphDeployment" => named.chain(keyed).collect(),
        _ => manifest.component.as_deref().into_iter().collect(),
    }
}

/// Says what may have been meant by `written`, and what there is.
fn meant(
    mut diagnostic: Diagnostic,
    written: &str,
    intro: &str,
    mut there: Vec<&str>,
) -> Diagnostic {
    there.sort_unstable();
    there.dedup();
    if let Some(hint) = did_you_mean(written, there.iter().copied()) {
        diagnostic = diagnostic.help(hint);
    }
    if there.is_empty() {
        return diagnostic;
    }
    let there: Vec<String> = there.iter().map(|name| format!("`{name}`")).collect();
    diagnostic.help(format!("{intro}: {}", there.join(", ")))
}

fn failed(
    operation: &PatchOperation,
    written: &At<Json>,
    error: &json_patch::PatchError,
    json: &Json,
    manifest: &Manifest,
) -> Diagnostic {
    let key = &manifest.key;
    let new = |message: String| Diagnostic::new(&rules::PATCH_FAILED, written.origin, message);
    // `move` and `copy` may miss what they take from.
    let paths = match operation {
        PatchOperation::Move(it) => vec![it.from.to_string(), it.path.to_string()],
        PatchOperation::Copy(it) => vec![it.from.to_string(), it.path.to_string()],
        _ => vec![operation.path().to_string()],
    };
    for path in paths {
        let Some((reached, segment, at)) = dead_end(&path, json) else {
            continue;
        };
        let is_new = matches!(at, Json::Object(_)) && !path[reached.len() + 1..].contains('/');
        if is_new && matches!(operation, PatchOperation::Add(_)) {
            continue;
        }
        let diagnostic = new(format!("`{path}` is not in {key}"));
        let place = match reached.as_str() {
            "" => "the object".to_owned(),
            reached => format!("`{reached}`"),
        };
        return match at {
            Json::Object(fields) => {
                let keys = fields.keys().map(String::as_str).collect();
                meant(diagnostic, &segment, &format!("{place} has"), keys)
            }
            Json::Array(items) => diagnostic.help(match items.len() {
                0 => format!("{place} is an empty list; `-` appends to it"),
                1 => format!("{place} is a list of one item, `0`; `-` appends to it"),
                count => format!(
                    "{place} is a list of {count} items, `0` to `{}`; `-` appends to it",
                    count - 1
                ),
            }),
            _ => diagnostic.help(format!("{place} is a single value")),
        };
    }
    let path = operation.path();
    match (&error.kind, operation) {
        // The value itself may be a secret.
        (json_patch::PatchErrorKind::TestFailed, PatchOperation::Test(_)) => {
            new(format!("`{path}` of {key} is not what `test` expects"))
                .help("the patch was made for another value; look at it with `graphwright why`")
        }
        (kind, _) => new(format!("the operation on `{path}` of {key} failed: {kind}")),
    }
}

/// Where a path leads nowhere: the path up to there, the segment that is missing, and what is there instead.
fn dead_end<'a>(path: &str, json: &'a Json) -> Option<(String, String, &'a Json)> {
    let mut at = json;
    let mut reached = String::new();
    for segment in pointer_segments(path) {
        let next = match at {
            Json::Object(fields) => fields.get(&segment),
            Json::Array(items) => segment.parse::<usize>().ok().and_then(|i| items.get(i)),
            _ => None,
        };
        let Some(next) = next else {
            return Some((reached, segment, at));
        };
        pointer_push(&mut reached, &segment);
        at = next;
    }
    None
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
