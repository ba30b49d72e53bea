//! What the other version cannot say, kept in an annotation until the way back.
//!
//! The annotation holds a JSON Patch (RFC 6902) from what the way back alone would give to what was
//! there. Components are addressed by name, not by position, and every value that the patch takes away is
//! tested first, so that an edit in between is found and not undone.

use json_patch::{AddOperation, Patch, PatchOperation, TestOperation};
use serde_json::Value as Json;

use super::report::Report;
use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::yaml::{Node, Value};

/// The annotation's name.
pub const ANNOTATION: &str = "graphwright.dev/unconverted";

/// Takes the annotation out of a graph, with mappings that it leaves empty.
pub(super) fn take(object: &mut Node) -> Option<Node> {
    let taken = object
        .at_mut(&["metadata", "annotations"])?
        .remove(ANNOTATION)?;
    drop_empty_annotations(object);
    Some(taken)
}

fn drop_empty_annotations(object: &mut Node) {
    let is_empty = |node: &Node| node.as_map().is_some_and(crate::yaml::Map::is_empty);
    if object
        .at(&["metadata", "annotations"])
        .is_some_and(is_empty)
        && let Some(metadata) = object.get_mut("metadata")
    {
        metadata.remove("annotations");
    }
}

/// Writes into `object` how to get from `back`, which is what converting `object` back gives, to `original`.
pub(super) fn put(object: &mut Node, mut back: Node, original: &Node) {
    drop_empty_annotations(&mut back);
    let (mut left, right) = (keyed(&back), keyed(original));
    let difference = json_patch::diff(&left, &right);
    let patch = guarded(&mut left, difference);
    if patch.0.is_empty() {
        return;
    }
    let text = serde_json::to_string(&patch).expect("a patch is JSON");
    let origin = crate::origin::Origin::None;
    object
        .ensure_map("metadata", origin)
        .ensure_map("annotations", origin)
        .set(ANNOTATION, Node::new(text, origin));
}

/// The patch with a test before every operation that takes a value away.
fn guarded(document: &mut Json, patch: Patch) -> Patch {
    let mut out = Vec::new();
    for operation in patch.0 {
        let path = match &operation {
            PatchOperation::Replace(replace) => Some(replace.path.clone()),
            PatchOperation::Remove(remove) => Some(remove.path.clone()),
            _ => None,
        };
        if let Some(path) = path {
            let value = document.pointer(path.as_str()).cloned();
            let value = value.unwrap_or_default();
            out.push(PatchOperation::Test(TestOperation { path, value }));
        }
        json_patch::patch(document, std::slice::from_ref(&operation))
            .expect("a difference applies to the document it was taken from");
        out.push(operation);
    }
    Patch(out)
}

/// Applies the annotation to the graph it was taken from.
pub(super) fn apply(object: Node, annotation: &Node, report: &mut Report<'_>) -> Node {
    let path = format!("metadata.annotations.{ANNOTATION}");
    let patch = annotation
        .as_str()
        .and_then(|text| serde_json::from_str::<Patch>(text).ok());
    let Some(patch) = patch else {
        let message = format!("annotation `{ANNOTATION}` is not a JSON Patch");
        let diagnostic =
            Diagnostic::new(&rules::GRAPH_UNCONVERTED, annotation.origin, message).help(HELP);
        report.add(&path, diagnostic);
        return object;
    };
    let mut document = keyed(&object);
    for operation in &patch.0 {
        let field = operation.path().as_str().trim_start_matches('/');
        let field = field
            .replace('/', ".")
            .replace("~1", "/")
            .replace("~0", "~");
        let overwrites = matches!(operation, PatchOperation::Add(add) if is_taken(&document, add));
        let applied = !overwrites
            && json_patch::patch(&mut document, std::slice::from_ref(operation)).is_ok();
        if !applied {
            let message = format!("`{field}` was changed since the graph was converted");
            let diagnostic =
                Diagnostic::new(&rules::GRAPH_UNCONVERTED, annotation.origin, message).help(HELP);
            report.add(&field, diagnostic);
            return object;
        }
    }
    let mut result = Node::from_json(&unkeyed(document), object.origin);
    graft(&mut result, &object);
    result
}

const HELP: &str = "undo the change, or remove the annotation to convert the graph as it is now";

/// Whether an `add` would replace a member that somebody else put there.
fn is_taken(document: &Json, add: &AddOperation) -> bool {
    let Some((parent, name)) = add.path.as_str().rsplit_once('/') else {
        return true;
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    matches!(document.pointer(parent), Some(Json::Object(fields)) if fields.contains_key(&name))
}

/// The graph as JSON, its components as a mapping by name where they have names.
fn keyed(object: &Node) -> Json {
    let mut document = object.to_json();
    if let Some(components) = document.pointer_mut("/spec/components") {
        let mut by_name = serde_json::Map::new();
        let items = components.as_array().map(Vec::as_slice).unwrap_or_default();
        for item in items {
            if let Some(name) = item["name"].as_str() {
                by_name.insert(name.to_owned(), item.clone());
            }
        }
        if components.is_array() && by_name.len() == items.len() {
            *components = Json::Object(by_name);
        }
    }
    document
}

/// The reverse of [`keyed`].
fn unkeyed(mut document: Json) -> Json {
    if let Some(components) = document.pointer_mut("/spec/components")
        && let Json::Object(by_name) = components
    {
        let items = std::mem::take(by_name).into_iter().map(|(_, item)| item);
        *components = Json::Array(items.collect());
    }
    document
}

/// Gives every value that was there before the origin it had.
fn graft(new: &mut Node, old: &Node) {
    new.origin = old.origin;
    match (&mut new.value, &old.value) {
        (Value::Map(new), Value::Map(old)) => {
            for entry in new.iter_mut() {
                if let Some(before) = old.entry(&entry.key) {
                    entry.key_origin = before.key_origin;
                    graft(&mut entry.value, &before.value);
                }
            }
        }
        (Value::List(new), Value::List(old)) => {
            for (new, old) in new.iter_mut().zip(old) {
                graft(new, old);
            }
        }
        _ => {}
    }
}
