//! Built-in and test profiles with their layers merged, for tests that look at their facts.

use std::path::Path;

use graphwright::builtin;
use graphwright::model::ClusterProfile;
use graphwright::model::profile::ClusterProfileSpec;
use graphwright::yaml::{Node, Value, from_node, read};

/// The one document of a profile's text; anything the reader complains about is a failure.
pub(crate) fn document(name: &str, text: &str) -> Node {
    let mut mistakes = Vec::new();
    let mut documents = read::documents(text, 0, &read::Limits::default(), &mut mistakes);
    assert!(mistakes.is_empty(), "{name}: {mistakes:?}");
    assert_eq!(documents.len(), 1, "{name}");
    documents.remove(0)
}

/// A built-in profile with its layers merged.
#[allow(dead_code, reason = "not every test looks at built-in profiles")]
pub(crate) fn builtin_profile(name: &str) -> ClusterProfileSpec {
    let text = builtin::profile(name).unwrap_or_else(|| panic!("no profile `{name}`"));
    settle(name, document(name, text))
}

/// A profile of `tests/fixtures/providers` with its layers merged.
#[allow(dead_code, reason = "not every test looks at fixtures")]
pub(crate) fn fixture_profile(name: &str) -> ClusterProfileSpec {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/providers")
        .join(format!("{name}.yaml"));
    let text = std::fs::read_to_string(path).unwrap();
    settle(name, document(name, &text))
}

fn settle(name: &str, document: Node) -> ClusterProfileSpec {
    let mut merged = layered(document, 0);
    merged.prune_nulls();
    let profile: ClusterProfile = from_node(&merged).unwrap_or_else(|e| panic!("{name}: {e}"));
    profile.spec
}

fn layered(document: Node, depth: usize) -> Node {
    assert!(depth < 8, "layers build on one another in a circle");
    let below = document
        .at(&["spec", "extends"])
        .and_then(Node::as_list)
        .unwrap_or_default()
        .iter()
        .map(|name| {
            let name = name.as_str().unwrap();
            let text = builtin::profile(name).unwrap_or_else(|| panic!("no profile `{name}`"));
            layered(self::document(name, text), depth + 1)
        })
        .reduce(merge);
    match below {
        Some(below) => merge(below, document),
        None => document,
    }
}

fn merge(below: Node, above: Node) -> Node {
    let origin = above.origin;
    match (below.value, above.value) {
        (Value::Map(mut below), Value::Map(above)) => {
            for entry in above {
                let value = match below.remove(&entry.key) {
                    _ if entry.value.is_null() => continue,
                    Some(old) => merge(old, entry.value),
                    None => entry.value,
                };
                below.insert(&entry.key, value);
            }
            Node::new(below, origin)
        }
        (Value::List(below), Value::List(above)) if named(&below) && named(&above) => {
            let mut items = below;
            for item in above {
                match items
                    .iter_mut()
                    .find(|old| old.get("name") == item.get("name"))
                {
                    Some(old) => *old = merge(std::mem::take(old), item),
                    None => items.push(item),
                }
            }
            Node::new(items, origin)
        }
        (_, value) => Node { origin, value },
    }
}

fn named(items: &[Node]) -> bool {
    !items.is_empty() && items.iter().all(|item| item.get("name").is_some())
}
