//! Short ways to write nodes of decided values.

use crate::origin::Origin;
use crate::yaml::{At, Map, Node, Value};

pub(super) fn text(value: impl Into<String>, origin: Origin) -> Node {
    Node::new(value.into(), origin)
}

pub(super) fn int(value: impl Into<i64>, origin: Origin) -> Node {
    Node::new(value.into(), origin)
}

pub(super) fn list(origin: Origin, items: impl IntoIterator<Item = Node>) -> Node {
    Node::new(items.into_iter().collect::<Vec<_>>(), origin)
}

pub(super) fn texts<'a>(origin: Origin, items: impl IntoIterator<Item = &'a str>) -> Node {
    list(origin, items.into_iter().map(|item| text(item, origin)))
}

pub(super) fn map<'a>(origin: Origin, entries: impl IntoIterator<Item = (&'a str, Node)>) -> Node {
    let mut made = Map::default();
    for (key, value) in entries {
        made.push(key.to_owned(), origin, value);
    }
    Node::new(Value::Map(made), origin)
}

/// An input's text with its place; a default, which has none, with the decision's.
pub(super) fn at(value: &At<String>, decided: Origin) -> Node {
    text(&value.value, place(value, decided))
}

pub(super) fn place<T>(value: &At<T>, decided: Origin) -> Origin {
    match value.origin {
        Origin::None => decided,
        origin => origin,
    }
}

/// A mapping of inputs, or nothing if it is empty.
pub(super) fn inputs<'a>(
    entries: impl IntoIterator<Item = (&'a String, &'a At<String>)>,
    decided: Origin,
) -> Option<Node> {
    let entries: Vec<_> = entries
        .into_iter()
        .map(|(key, value)| (key.as_str(), at(value, decided)))
        .collect();
    (!entries.is_empty()).then(|| map(decided, entries))
}
