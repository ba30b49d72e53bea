//! A YAML document as data: what a reader of the cluster would see, with the origin of every value.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::origin::Origin;

/// One value and where it came from.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// The input line, rule or template that set this value.
    pub origin: Origin,
    /// The value itself.
    pub value: Value,
}

/// What a node holds: JSON's data model, with integers kept apart from other numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// Any other finite number. One without a fraction is an integer up to 2⁵³, as the cluster reads `1.0`
    /// and `1` alike: [`Value::from`] sees to it.
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping with unique text keys, in the order they were written.
    Map(Map),
}

/// A mapping with unique text keys that keeps their order.
#[derive(Debug, Clone, Default)]
pub struct Map {
    entries: Vec<Entry>,
}

/// One key of a [`Map`] and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// Where the key stands; the value has an origin of its own.
    pub key_origin: Origin,
    /// The value under the key.
    pub value: Node,
}

/// Nodes are equal when their data is; where they came from and the order of keys do not matter.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// Maps are equal when they hold the same keys with equal values, in any order.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        if self.entries.len() != other.entries.len() {
            return false;
        }
        // Most maps that are compared have the same order; the others are looked up by key.
        let same = |(a, b): (&Entry, &Entry)| a.key == b.key;
        let ahead = self
            .iter()
            .zip(other)
            .take_while(|pair| same(*pair))
            .count();
        let (ours, theirs) = (self.entries.split_at(ahead), other.entries.split_at(ahead));
        if ours.0.iter().zip(theirs.0).any(|(a, b)| a.value != b.value) {
            return false;
        }
        let theirs: BTreeMap<&str, &Node> = theirs
            .1
            .iter()
            .map(|entry| (entry.key.as_str(), &entry.value))
            .collect();
        ours.1
            .iter()
            .all(|entry| theirs.get(entry.key.as_str()) == Some(&&entry.value))
    }
}

impl Node {
    /// A value with its origin.
    pub fn new(value: impl Into<Value>, origin: Origin) -> Self {
        Self {
            origin,
            value: value.into(),
        }
    }

    /// An empty mapping.
    pub fn map(origin: Origin) -> Self {
        Self::new(Value::Map(Map::default()), origin)
    }

    /// An empty list.
    pub fn list(origin: Origin) -> Self {
        Self::new(Value::List(Vec::new()), origin)
    }

    /// JSON data as a node; every value in it gets the same origin.
    pub fn from_json(json: &Json, origin: Origin) -> Self {
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(b) => Value::Bool(*b),
            Json::Number(n) => match n.as_i64() {
                Some(i) => Value::Int(i),
                None => Value::from(n.as_f64().unwrap_or_default()),
            },
            Json::String(s) => Value::String(s.clone()),
            Json::Array(items) => {
                Value::List(items.iter().map(|i| Self::from_json(i, origin)).collect())
            }
            Json::Object(fields) => {
                let mut map = Map::default();
                for (key, value) in fields {
                    map.push(key.clone(), origin, Self::from_json(value, origin));
                }
                Value::Map(map)
            }
        };
        Self { origin, value }
    }

    /// The same data as JSON, keys in the same order.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(i) => Json::from(*i),
            Value::Float(f) => Json::from(*f),
            Value::String(s) => Json::String(s.clone()),
            Value::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Map(map) => Json::Object(
                map.iter()
                    .map(|entry| (entry.key.clone(), entry.value.to_json()))
                    .collect(),
            ),
        }
    }

    /// The text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The whole number, if this is one.
    pub fn as_int(&self) -> Option<i64> {
        match self.value {
            Value::Int(i) => Some(i),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items to change, if this is a list.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The mapping, if this is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The mapping to change, if this is one.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// `a list`, `text`, …: what the value is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// The value under `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// The value under `key` to change, if this is a mapping that has it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.as_map_mut()?.get_mut(key)
    }

    /// The value below a chain of keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The value below a chain of keys, to change.
    pub fn at_mut(&mut self, keys: &[&str]) -> Option<&mut Self> {
        keys.iter().try_fold(self, |node, key| node.get_mut(key))
    }

    /// The value a JSON pointer (RFC 6901) names; `""` is the node itself.
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        pointer_segments(pointer).try_fold(self, |node, segment| match &node.value {
            Value::Map(map) => map.get(&segment),
            Value::List(items) => items.get(segment.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Where to point when something is wrong at `pointer`: the key if the pointer names a mapping's
    /// entry, else the value, else the nearest parent that exists.
    pub fn origin_of(&self, pointer: &str) -> Origin {
        let mut node = self;
        let mut best = self.origin;
        for segment in pointer_segments(pointer) {
            let next = match &node.value {
                Value::Map(map) => map.entry(&segment).map(|entry| {
                    (
                        &entry.value,
                        match entry.value.value {
                            Value::Map(_) | Value::List(_) => entry.key_origin,
                            _ => entry.value.origin,
                        },
                    )
                }),
                Value::List(items) => segment
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index))
                    .map(|item| (item, item.origin)),
                _ => None,
            };
            let Some((child, origin)) = next else { break };
            node = child;
            best = origin;
        }
        best
    }

    /// Makes sure a mapping stands under `key` and gives it. A value that is not a mapping is replaced.
    pub fn ensure_map(&mut self, key: &str, origin: Origin) -> &mut Self {
        self.ensure(
            key,
            origin,
            |value| matches!(value, Value::Map(_)),
            || Value::Map(Map::default()),
        )
    }

    /// Makes sure a list stands under `key` and gives it. A value that is not a list is replaced.
    pub fn ensure_list(&mut self, key: &str, origin: Origin) -> &mut Self {
        self.ensure(
            key,
            origin,
            |value| matches!(value, Value::List(_)),
            || Value::List(Vec::new()),
        )
    }

    fn ensure(
        &mut self,
        key: &str,
        origin: Origin,
        fits: fn(&Value) -> bool,
        empty: fn() -> Value,
    ) -> &mut Self {
        if !matches!(self.value, Value::Map(_)) {
            *self = Self::map(origin);
        }
        let Value::Map(map) = &mut self.value else {
            unreachable!("the line above made it a mapping")
        };
        let index = map.position(key).unwrap_or_else(|| {
            map.push(key.to_owned(), origin, Self::new(empty(), origin));
            map.entries.len() - 1
        });
        let child = &mut map.entries[index].value;
        if !fits(&child.value) {
            *child = Self::new(empty(), origin);
        }
        child
    }

    /// Sets `key` of this mapping, in place if it is there, else at the end.
    pub fn set(&mut self, key: &str, value: Self) {
        if !matches!(self.value, Value::Map(_)) {
            *self = Self::map(value.origin);
        }
        if let Some(map) = self.as_map_mut() {
            map.insert(key, value);
        }
    }

    /// Takes the value under `key` out of this mapping.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        self.as_map_mut()?.remove(key)
    }

    /// Removes every mapping entry whose value is null, at any depth: the API server drops them before
    /// it validates, where the schema does not say `nullable` (kubernetes/apiextensions-apiserver
    /// pkg/apiserver/schema/defaulting/prunenulls.go).
    pub fn prune_nulls(&mut self) {
        match &mut self.value {
            Value::Map(map) => {
                map.entries.retain(|entry| !entry.value.is_null());
                map.entries.iter_mut().for_each(|e| e.value.prune_nulls());
            }
            Value::List(items) => items.iter_mut().for_each(Self::prune_nulls),
            _ => {}
        }
    }
}

impl Map {
    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value under `key`, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries
            .iter_mut()
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.value)
    }

    /// The entry with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// Whether there is an entry with this key.
    pub fn contains(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }

    /// Sets `key`, in place if it is there, else at the end. The key's origin is the value's if it is new.
    pub fn insert(&mut self, key: &str, value: Node) {
        match self.position(key) {
            Some(index) => self.entries[index].value = value,
            None => self.push(key.to_owned(), value.origin, value),
        }
    }

    /// Appends an entry. The caller knows that the key is new.
    pub fn push(&mut self, key: String, key_origin: Origin, value: Node) {
        self.entries.push(Entry {
            key,
            key_origin,
            value,
        });
    }

    /// Takes an entry out and keeps the order of the others.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let index = self.position(key)?;
        Some(self.entries.remove(index).value)
    }

    /// Takes an entry out whole, with its key's origin.
    pub fn remove_entry(&mut self, key: &str) -> Option<Entry> {
        let index = self.position(key)?;
        Some(self.entries.remove(index))
    }

    /// The entries in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// The entries in order, to change.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Entry> {
        self.entries.iter_mut()
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Sorts the entries by key, in byte order.
    pub fn sort(&mut self) {
        self.entries.sort_by(|a, b| a.key.cmp(&b.key));
    }
}

impl IntoIterator for Map {
    type Item = Entry;
    type IntoIter = std::vec::IntoIter<Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = &'a Entry;
    type IntoIter = std::slice::Iter<'a, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// Below this size every whole number has a float of its own: 2⁵³.
pub(super) const EXACT: f64 = 9_007_199_254_740_992.0;

impl From<f64> for Value {
    /// What JSON cannot hold is null.
    fn from(number: f64) -> Self {
        if !number.is_finite() {
            Self::Null
        } else if number.fract() == 0.0 && number.abs() < EXACT {
            Self::Int(number as i64)
        } else {
            Self::Float(number)
        }
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<Vec<Node>> for Value {
    fn from(items: Vec<Node>) -> Self {
        Self::List(items)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

/// The segments of a JSON pointer, unescaped (`~1` is `/`, `~0` is `~`).
pub fn pointer_segments(pointer: &str) -> impl Iterator<Item = String> {
    pointer
        .split('/')
        .skip(1)
        .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
}

/// Appends one segment to a JSON pointer, escaped.
pub fn pointer_push(pointer: &mut String, segment: &str) {
    pointer.push('/');
    for c in segment.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(json: &Json) -> Node {
        Node::from_json(json, Origin::None)
    }

    #[test]
    fn json_survives_the_round_trip() {
        let data = json!({"b": [1, 2.5, "x", null, true], "a": {}});
        assert_eq!(node(&data).to_json().to_string(), data.to_string());
    }

    #[test]
    fn key_order_does_not_matter_for_equality() {
        assert_eq!(
            node(&json!({"a": 1, "b": 2})),
            node(&json!({"b": 2, "a": 1}))
        );
        assert_ne!(node(&json!({"a": 1})), node(&json!({"a": 1, "b": 2})));
    }

    #[test]
    fn pointers_unescape_their_segments() {
        let data = node(&json!({"a/b": {"c~d": [10, 20]}}));
        let found = data.pointer("/a~1b/c~0d/1").and_then(Node::as_int);
        assert_eq!(found, Some(20));
    }

    #[test]
    fn removing_keeps_the_order_of_the_rest() {
        let mut data = node(&json!({"a": 1, "b": 2, "l": 3}));
        data.remove("a");
        assert_eq!(data.to_json().to_string(), r#"{"b":2,"l":3}"#);
    }

    #[test]
    fn nulls_are_pruned_at_any_depth_but_stay_in_lists() {
        let mut data = node(&json!({"a": null, "b": [{"c": null, "d": 1}, null]}));
        data.prune_nulls();
        assert_eq!(data.to_json(), json!({"b": [{"d": 1}, null]}));
    }
}
