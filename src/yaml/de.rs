//! Nodes to typed values: a serde deserializer that can tell a value where it stood.

use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};

use super::{Map, Node, Value};
use crate::origin::{Origin, Place};

/// Fills a `T` from a node.
///
/// # Errors
/// The first value that does not fit, with its origin. To tell the user of all of them at once, check
/// the node against the type's JSON Schema; see `schema`.
pub fn from_node<T: DeserializeOwned>(node: &Node) -> Result<T, TypeMismatch> {
    T::deserialize(De(node))
}

/// A value that does not fit the type that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeMismatch {
    /// What serde says about it.
    pub message: String,
    /// The innermost value it is about.
    pub origin: Origin,
}

impl fmt::Display for TypeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TypeMismatch {}

impl de::Error for TypeMismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            origin: Origin::None,
        }
    }
}

/// A value together with where it stood in its file.
///
/// It reads any YAML value that `T` reads. Equality and order are those of the value.
#[derive(Debug, Clone, Default)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stood.
    pub origin: Origin,
}

impl<T> At<T> {
    /// A value that stands nowhere, such as a default.
    pub fn nowhere(value: T) -> Self {
        Self {
            value,
            origin: Origin::None,
        }
    }
}

impl<T> std::ops::Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: serde::Serialize> serde::Serialize for At<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

/// The name by which [`At`] asks the deserializer for the origin.
const AT: &str = "graphwright::yaml::At";
const AT_FIELDS: &[&str] = &["file", "start", "end", "value"];

impl<'de, T: de::Deserialize<'de>> de::Deserialize<'de> for At<T> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AtVisitor<T>(std::marker::PhantomData<T>);

        impl<'de, T: de::Deserialize<'de>> Visitor<'de> for AtVisitor<T> {
            type Value = At<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its place")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<At<T>, A::Error> {
                let missing = || de::Error::custom("the deserializer does not know places");
                let mut number = || seq.next_element::<u32>();
                let (file, start, end) = (number()?, number()?, number()?);
                let (Some(file), Some(start), Some(end)) = (file, start, end) else {
                    return Err(missing());
                };
                let origin = if file == u32::MAX {
                    Origin::None
                } else {
                    Origin::Input(Place { file, start, end })
                };
                let value = seq.next_element()?.ok_or_else(missing)?;
                Ok(At { value, origin })
            }
        }

        deserializer.deserialize_struct(AT, AT_FIELDS, AtVisitor(std::marker::PhantomData))
    }
}

#[derive(Clone, Copy)]
struct De<'a>(&'a Node);

impl De<'_> {
    fn at<T>(self, result: Result<T, TypeMismatch>) -> Result<T, TypeMismatch> {
        result.map_err(|mut error| {
            if error.origin == Origin::None {
                error.origin = self.0.origin;
            }
            error
        })
    }
}

impl<'de> de::Deserializer<'de> for De<'_> {
    type Error = TypeMismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypeMismatch> {
        let result = match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(*b),
            Value::Int(i) => visitor.visit_i64(*i),
            Value::Float(f) => visitor.visit_f64(*f),
            Value::String(s) => visitor.visit_str(s),
            Value::List(items) => visitor.visit_seq(Items(items.iter())),
            Value::Map(map) => visitor.visit_map(Entries::new(map)),
        };
        self.at(result)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypeMismatch> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, TypeMismatch> {
        let result = visitor.visit_newtype_struct(self);
        self.at(result)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypeMismatch> {
        if name == AT {
            let result = visitor.visit_seq(Located {
                node: self.0,
                next: 0,
            });
            return self.at(result);
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypeMismatch> {
        let result = match &self.0.value {
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Map(map) if map.len() == 1 => {
                visitor.visit_enum(de::value::MapAccessDeserializer::new(Entries::new(map)))
            }
            _ => Err(de::Error::custom(format!(
                "expected one of the names, found {}",
                self.0.kind()
            ))),
        };
        self.at(result)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'a>(std::slice::Iter<'a, Node>);

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = TypeMismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TypeMismatch> {
        self.0
            .next()
            .map(|node| seed.deserialize(De(node)))
            .transpose()
    }
}

struct Entries<'a> {
    entries: std::slice::Iter<'a, super::Entry>,
    value: Option<&'a Node>,
}

impl<'a> Entries<'a> {
    fn new(map: &'a Map) -> Self {
        Self {
            entries: map.iter(),
            value: None,
        }
    }
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = TypeMismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, TypeMismatch> {
        let Some(entry) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(&entry.value);
        let key: de::value::StrDeserializer<'_, TypeMismatch> =
            entry.key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|mut error| {
            error.origin = entry.key_origin;
            error
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, TypeMismatch> {
        let node = self.value.take().expect("a key comes before its value");
        seed.deserialize(De(node))
    }
}

/// The four values an [`At`] asks for.
struct Located<'a> {
    node: &'a Node,
    next: u8,
}

impl<'de> de::SeqAccess<'de> for Located<'_> {
    type Error = TypeMismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TypeMismatch> {
        let place = self.node.origin.place();
        let number = match self.next {
            0 => place.map_or(u32::MAX, |p| p.file),
            1 => place.map_or(0, |p| p.start),
            2 => place.map_or(0, |p| p.end),
            3 => {
                self.next += 1;
                return seed.deserialize(De(self.node)).map(Some);
            }
            _ => return Ok(None),
        };
        self.next += 1;
        seed.deserialize(number.into_deserializer()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::read;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Pool {
        name: At<String>,
        #[serde(default)]
        labels: BTreeMap<String, At<String>>,
        size: Option<u32>,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    enum Kind {
        Spot,
        OnDemand,
    }

    fn parse(text: &str) -> Result<Pool, TypeMismatch> {
        let mut mistakes = Vec::new();
        let nodes = read::documents(text, 3, &read::Limits::default(), &mut mistakes);
        from_node(&nodes[0])
    }

    #[test]
    fn values_know_their_places() {
        let text = "name: a\nlabels: {x: hello}\nsize: 4\nkind: onDemand\n";
        let pool = parse(text).unwrap();
        assert_eq!((pool.size, pool.kind), (Some(4), Some(Kind::OnDemand)));
        let place = pool.labels["x"].origin.place().unwrap();
        assert_eq!(&text[place.start as usize..place.end as usize], "hello");
        assert_eq!(place.file, 3);
    }

    #[test]
    fn a_mismatch_points_at_the_innermost_value() {
        let text = "name: a\nsize: big\n";
        let place = parse(text).unwrap_err().origin.place().unwrap();
        assert_eq!(&text[place.start as usize..place.end as usize], "big");
    }

    #[test]
    fn an_unknown_key_points_at_the_key() {
        let text = "name: a\nsise: 1\n";
        let error = parse(text).unwrap_err();
        let place = error.origin.place().unwrap();
        assert_eq!(&text[place.start as usize..place.end as usize], "sise");
    }
}
