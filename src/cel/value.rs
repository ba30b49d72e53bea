//! What do expressions work on?

use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::IpAddr;
use std::rc::Rc;

use super::functions::net::{Cidr, Url};
use super::shape::{Scalar, Shape};
use crate::model::quantity::Quantity;
use crate::yaml::{self, Node};

/// A place in a schema, as far as expressions need to know it.
#[derive(Debug, Clone, Copy, Default)]
pub struct At<'a> {
    pub(super) all: &'a [Shape],
    pub(super) index: Option<usize>,
}

impl<'a> At<'a> {
    /// What the schema says of the place.
    pub fn shape(self) -> Option<&'a Shape> {
        self.all.get(self.index?)
    }

    fn to(self, index: Option<usize>) -> Self {
        Self { index, ..self }
    }

    /// The place of a field.
    pub fn field(self, name: &str) -> Self {
        let shape = self.shape();
        self.to(shape.and_then(|it| it.properties.get(name).copied().or(it.values)))
    }

    /// The place of a list's entries.
    pub fn items(self) -> Self {
        self.to(self.shape().and_then(|it| it.items))
    }
}

/// A list or mapping of an object, seen through its schema.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The value.
    pub node: &'a Node,
    /// Its place in the schema.
    pub at: At<'a>,
}

impl<'a> View<'a> {
    /// A field; one that is absent has the schema's default.
    pub fn field(self, name: &str) -> Option<Self> {
        let at = self.at.field(name);
        let is_nullable = || at.shape().is_some_and(|shape| shape.nullable);
        let node = self
            .node
            .get(name)
            .filter(|it| !it.is_null() || is_nullable());
        let default = || at.shape().and_then(|shape| shape.default.as_ref());
        let node = node.or_else(default)?;
        Some(Self { node, at })
    }

    /// A field by the name expressions know it by: what is no identifier is escaped.
    pub(super) fn member(self, name: &str) -> Option<Self> {
        self.field(name)
            .or_else(|| name.contains("__").then(|| self.field(&unescape(name)))?)
    }

    /// The entry of a list.
    pub fn item(self, index: usize) -> Option<Self> {
        let node = self.node.as_list()?.get(index)?;
        let at = self.at.items();
        Some(Self { node, at })
    }

    /// The fields that are there, with those that have a default.
    pub(super) fn keys(self) -> Vec<&'a str> {
        let mut keys: Vec<&str> = self
            .node
            .as_map()
            .into_iter()
            .flat_map(yaml::Map::iter)
            .filter(|entry| self.field(&entry.key).is_some())
            .map(|entry| entry.key.as_str())
            .collect();
        if let Some(shape) = self.at.shape() {
            let absent = shape.properties.keys().map(String::as_str);
            let absent = absent.filter(|name| self.node.get(name).is_none_or(Node::is_null));
            keys.extend(
                absent
                    .filter(|name| !keys.contains(name) && self.field(name).is_some())
                    .collect::<Vec<_>>(),
            );
        }
        keys
    }

    /// The value as expressions see it.
    pub(super) fn value(self) -> Value<'a> {
        let scalar = self.at.shape().map_or(Scalar::Plain, |shape| shape.scalar);
        match (&self.node.value, scalar) {
            (yaml::Value::Null, _) => Value::Null,
            (yaml::Value::Bool(b), _) => Value::Bool(*b),
            #[expect(clippy::cast_precision_loss, reason = "a number field holds a double")]
            (yaml::Value::Int(i), Scalar::Number) => Value::Double(*i as f64),
            (yaml::Value::Int(i), _) => Value::Int(*i),
            (yaml::Value::Float(f), _) => Value::Double(*f),
            (yaml::Value::String(s), Scalar::Duration) => match super::functions::time::duration(s)
            {
                Some(duration) => Value::Duration(duration),
                None => Value::String(Cow::Borrowed(s)),
            },
            (yaml::Value::String(s), Scalar::Time) => match super::functions::time::timestamp(s) {
                Some(time) => Value::Time(time),
                None => Value::String(Cow::Borrowed(s)),
            },
            (yaml::Value::String(s), _) => Value::String(Cow::Borrowed(s)),
            (yaml::Value::List(_) | yaml::Value::Map(_), _) => Value::View(self),
        }
    }
}

/// Property names as expressions spell them (kubernetes/kubernetes
/// staging/src/k8s.io/apiserver/pkg/cel/escaping.go).
fn unescape(name: &str) -> String {
    const WORDS: [&str; 21] = [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ];
    let inner = name.strip_prefix("__").and_then(|it| it.strip_suffix("__"));
    if let Some(word) = inner.filter(|inner| WORDS.contains(inner)) {
        return word.into();
    }
    name.replace("__underscores__", "\0")
        .replace("__dot__", ".")
        .replace("__dash__", "-")
        .replace("__slash__", "/")
        .replace('\0', "__")
}

/// A value of an expression.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names are those of the language")]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Cow<'a, str>),
    Bytes(Rc<[u8]>),
    /// A list or mapping of the object.
    View(View<'a>),
    List(Rc<Vec<Self>>),
    Map(Rc<Vec<(Self, Self)>>),
    /// Nanoseconds.
    Duration(i128),
    /// Nanoseconds since 1970.
    Time(i128),
    Type(&'static str),
    Optional(Option<Rc<Self>>),
    Quantity(Quantity),
    Url(Rc<Url>),
    Ip(IpAddr),
    Cidr(Cidr),
    /// A format by its name.
    Format(&'static str),
    /// Major, minor, patch and pre-release of a semantic version.
    Semver(Rc<(u64, u64, u64, String)>),
}

impl<'a> Value<'a> {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::String(Cow::Owned(text.into()))
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(items))
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The entries, if this is a list.
    pub(super) fn items(&self) -> Option<Vec<Self>> {
        match self {
            Self::List(items) => Some(items.as_ref().clone()),
            Self::View(view) => {
                let count = view.node.as_list()?.len();
                Some(
                    (0..count)
                        .filter_map(|index| view.item(index))
                        .map(View::value)
                        .collect(),
                )
            }
            _ => None,
        }
    }

    /// The keys and values, if this is a mapping.
    pub(super) fn entries(&self) -> Option<Vec<(Self, Self)>> {
        match self {
            Self::Map(entries) => Some(entries.as_ref().clone()),
            Self::View(view) => {
                view.node.as_map()?;
                let entries = view.keys().into_iter().filter_map(|key| {
                    Some((Self::String(Cow::Borrowed(key)), view.field(key)?.value()))
                });
                Some(entries.collect())
            }
            _ => None,
        }
    }

    /// How many entries, characters or bytes there are.
    pub(super) fn size(&self) -> Option<usize> {
        Some(match self {
            Self::String(text) => text.chars().count(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(items) => items.len(),
            Self::Map(entries) => entries.len(),
            Self::View(view) => match &view.node.value {
                yaml::Value::List(items) => items.len(),
                _ => view.keys().len(),
            },
            _ => return None,
        })
    }

    /// What the language calls the value's type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::View(view) if view.node.as_list().is_some() => "list",
            Self::View(_) | Self::Map(_) => "map",
            Self::List(_) => "list",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Time(_) => "google.protobuf.Timestamp",
            Self::Type(_) => "type",
            Self::Optional(_) => "optional_type",
            Self::Quantity(_) => "kubernetes.Quantity",
            Self::Url(_) => "kubernetes.URL",
            Self::Ip(_) => "net.IP",
            Self::Cidr(_) => "net.CIDR",
            Self::Format(_) => "kubernetes.NamedFormat",
            Self::Semver(_) => "kubernetes.Semver",
        }
    }

    /// Whether two values are equal; numbers are by their amount, whatever their type.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Type(a), Self::Type(b)) | (Self::Format(a), Self::Format(b)) => a == b,
            (Self::Optional(a), Self::Optional(b)) => match (a, b) {
                (Some(a), Some(b)) => a.equals(b),
                (a, b) => a.is_none() && b.is_none(),
            },
            (Self::Url(a), Self::Url(b)) => a == b,
            (Self::Cidr(a), Self::Cidr(b)) => a == b,
            // Of one object and its earlier self: the data is compared, without a copy.
            (Self::View(a), Self::View(b)) if !a.at.may_default() && !b.at.may_default() => {
                a.node == b.node
            }
            _ => {
                if let Some(order) = self.compare(other) {
                    return order == Ordering::Equal;
                }
                if let (Some(a), Some(b)) = (self.items(), other.items()) {
                    return a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.equals(b));
                }
                if let (Some(a), Some(b)) = (self.entries(), other.entries()) {
                    let find = |key: &Self| b.iter().find(|(other, _)| other.equals(key));
                    return a.len() == b.len()
                        && a.iter()
                            .all(|(key, value)| find(key).is_some_and(|(_, it)| it.equals(value)));
                }
                false
            }
        }
    }

    /// The order of two values, if they have one.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        Some(match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Uint(a), Self::Uint(b)) => a.cmp(b),
            (Self::Int(a), Self::Uint(b)) => i128::from(*a).cmp(&i128::from(*b)),
            (Self::Uint(a), Self::Int(b)) => i128::from(*a).cmp(&i128::from(*b)),
            (Self::Double(a), b) => a.partial_cmp(&b.number()?)?,
            (a, Self::Double(b)) => a.number()?.partial_cmp(b)?,
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Duration(a), Self::Duration(b)) | (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Quantity(a), Self::Quantity(b)) => a.cmp(b),
            (Self::Ip(a), Self::Ip(b)) => a.cmp(b),
            (Self::Semver(a), Self::Semver(b)) => super::functions::text::compare_versions(a, b),
            _ => return None,
        })
    }

    /// The number as a double.
    #[expect(clippy::cast_precision_loss, reason = "that is what `double()` does")]
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Uint(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// How much work it is to look at all of the value.
    pub(super) fn weight(&self) -> u64 {
        fn nodes(node: &Node) -> u64 {
            match &node.value {
                yaml::Value::List(items) => 1 + items.iter().map(nodes).sum::<u64>(),
                yaml::Value::Map(map) => {
                    1 + map.iter().map(|entry| nodes(&entry.value)).sum::<u64>()
                }
                yaml::Value::String(text) => 1 + text.len() as u64 / 10,
                _ => 1,
            }
        }
        match self {
            Self::String(text) => 1 + text.len() as u64 / 10,
            Self::List(items) => 1 + items.iter().map(Self::weight).sum::<u64>(),
            Self::Map(entries) => {
                1 + entries
                    .iter()
                    .map(|(key, value)| key.weight() + value.weight())
                    .sum::<u64>()
            }
            Self::View(view) => nodes(view.node),
            _ => 1,
        }
    }
}

impl At<'_> {
    /// Whether absent fields may stand for something here.
    fn may_default(self) -> bool {
        self.shape()
            .is_some_and(|shape| shape.has_defaults || shape.has_numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_names_are_those_of_the_schema() {
        for (escaped, name) in [
            ("__namespace__", "namespace"),
            ("a__dash__b", "a-b"),
            ("a__dot__b__slash__c", "a.b/c"),
            ("a__underscores__b", "a__b"),
        ] {
            assert_eq!(unescape(escaped), name);
        }
    }
}
