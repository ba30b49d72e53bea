//! How does one layer of a profile change the layers below it?

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::yaml::{Entry, Node, Value};

/// Lays `layer` over `base`: mappings merge key by key, lists whose items all have a `name` merge item by item,
/// anything else is replaced, and `null` removes. Every value keeps the origin of the layer that gave it.
pub fn merge(base: &mut Node, layer: &Node, diagnostics: &mut Vec<Diagnostic>) {
    match (&mut base.value, &layer.value) {
        (Value::Map(map), Value::Map(changes)) => {
            base.origin = layer.origin;
            for Entry {
                key,
                key_origin,
                value,
            } in changes
            {
                if value.is_null() {
                    map.remove(key);
                } else if let Some(below) = map.get_mut(key) {
                    merge(below, value, diagnostics);
                } else {
                    let mut fresh = Node::new(empty_like(value), value.origin);
                    merge(&mut fresh, value, diagnostics);
                    map.push(key.clone(), *key_origin, fresh);
                }
            }
        }
        (Value::List(items), Value::List(changes))
            if !changes.is_empty() && all_named(items) && all_named(changes) =>
        {
            base.origin = layer.origin;
            let mut seen = BTreeSet::new();
            for change in changes {
                let name = name_of(change);
                if !seen.insert(name) {
                    diagnostics.push(duplicate(change, changes));
                    continue;
                }
                if let Some(item) = items.iter_mut().find(|item| name_of(item) == name) {
                    merge(item, change, diagnostics);
                } else {
                    let mut fresh = Node::map(change.origin);
                    merge(&mut fresh, change, diagnostics);
                    items.push(fresh);
                }
            }
        }
        _ => {
            *base = layer.clone();
            base.prune_nulls();
        }
    }
}

/// Nothing yet, of the kind that merges with `value`.
fn empty_like(value: &Node) -> Value {
    match value.value {
        Value::Map(_) => Value::Map(crate::yaml::Map::default()),
        Value::List(_) => Value::List(Vec::new()),
        _ => Value::Null,
    }
}

fn all_named(items: &[Node]) -> bool {
    items.iter().all(|item| name_of(item).is_some())
}

fn name_of(item: &Node) -> Option<&str> {
    item.get("name").and_then(Node::as_str)
}

fn duplicate(item: &Node, items: &[Node]) -> Diagnostic {
    let name = name_of(item).unwrap_or_default();
    let origin = |item: &Node| item.get("name").map_or(item.origin, |name| name.origin);
    let diagnostic = Diagnostic::new(
        &rules::DUPLICATE_ITEM,
        origin(item),
        format!("two items of the list are named `{}`", name.escape_debug()),
    )
    .help("give one of them another name, or make them one item");
    match items.iter().find(|first| name_of(first) == Some(name)) {
        Some(first) => diagnostic.label(origin(first), "the first one"),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;
    use serde_json::{Value as Json, json};

    fn merged(layers: &[Json]) -> (Json, Vec<Diagnostic>) {
        let mut base = Node::map(Origin::None);
        let mut diagnostics = Vec::new();
        for layer in layers {
            merge(
                &mut base,
                &Node::from_json(layer, Origin::None),
                &mut diagnostics,
            );
        }
        (base.to_json(), diagnostics)
    }

    fn check(layers: &[Json], expected: &Json) {
        let (found, diagnostics) = merged(layers);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!(found.to_string(), expected.to_string());
    }

    #[test]
    fn mappings_merge_key_by_key() {
        check(
            &[
                json!({"a": {"x": 1, "y": 2}}),
                json!({"a": {"y": 3, "z": 4}}),
            ],
            &json!({"a": {"x": 1, "y": 3, "z": 4}}),
        );
    }

    #[test]
    fn named_items_merge_and_new_ones_follow() {
        check(
            &[
                json!({"l": [{"name": "a", "x": 1}, {"name": "b", "x": 2}]}),
                json!({"l": [{"name": "c"}, {"name": "a", "y": 3}]}),
            ],
            &json!({"l": [{"name": "a", "x": 1, "y": 3}, {"name": "b", "x": 2}, {"name": "c"}]}),
        );
    }

    #[test]
    fn other_lists_are_replaced_and_empty_ones_clear() {
        check(
            &[json!({"l": [1, 2]}), json!({"l": [3]})],
            &json!({"l": [3]}),
        );
        check(
            &[json!({"l": [{"name": "a"}]}), json!({"l": []})],
            &json!({"l": []}),
        );
        check(
            &[json!({"l": [{"name": "a"}]}), json!({"l": [{"key": "b"}]})],
            &json!({"l": [{"key": "b"}]}),
        );
    }

    #[test]
    fn null_removes_at_any_depth_also_without_a_layer_below() {
        check(
            &[
                json!({"a": {"x": 1, "y": null}, "l": [{"name": "a", "x": 1, "y": 2}]}),
                json!({"a": {"x": null}, "b": null, "l": [{"name": "a", "y": null}]}),
            ],
            &json!({"a": {}, "l": [{"name": "a", "x": 1}]}),
        );
    }

    #[test]
    fn one_layer_must_not_name_an_item_twice() {
        let (_, diagnostics) = merged(&[json!({"l": [{"name": "a"}, {"name": "a"}]})]);
        assert_eq!(diagnostics[0].rule.code, "duplicate-item");
    }
}
