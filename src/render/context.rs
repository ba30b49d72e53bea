//! What does a template see of a context, and where did each value it took come from?
//!
//! Scalars are plain engine values, so that tests and filters work on them as anywhere; lists and
//! mappings are objects around their nodes. Every scalar handed out is noted with its origin. Text is
//! recognised again by the identity of its allocation, other scalars by being the latest equal one.

use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value as Dynamic};

use crate::origin::Origin;
use crate::yaml::{Node, Value};

/// The scalars a template took from its context.
#[derive(Debug, Default)]
pub(super) struct Looked {
    list: Mutex<Vec<(Dynamic, Origin)>>,
}

impl Looked {
    fn note(&self, value: &Dynamic, origin: Origin) {
        self.list
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((value.clone(), origin));
    }

    fn text(&self, text: &str, origin: Origin) -> Dynamic {
        // From an `Arc`, so that even short text has an address of its own.
        let value = Dynamic::from(Arc::<str>::from(text));
        self.note(&value, origin);
        value
    }

    /// Where a printed scalar came from; nothing for one the template made.
    pub(super) fn origin(&self, value: &Dynamic) -> Option<Origin> {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.iter()
            .rev()
            .find(|(known, _)| match (known.as_str(), value.as_str()) {
                (Some(a), Some(b)) => std::ptr::eq(a, b),
                (None, None) => known.kind() == value.kind() && known == value,
                _ => false,
            })
            .map(|(_, origin)| *origin)
    }
}

/// The whole context: looking up what it does not have is an error.
#[derive(Debug)]
pub(super) struct Root {
    node: Arc<Node>,
    looked: Arc<Looked>,
}

impl Root {
    pub(super) fn new(node: Arc<Node>, looked: Arc<Looked>) -> Self {
        Self { node, looked }
    }
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Dynamic) -> Option<Dynamic> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Dynamic> {
        Some(show(self.node.get(key)?, &self.looked))
    }
}

/// A list or a mapping of the context.
#[derive(Debug)]
struct Item {
    node: Node,
    looked: Arc<Looked>,
}

impl Object for Item {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.node.value {
            Value::List(_) => ObjectRepr::Seq,
            _ => ObjectRepr::Map,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Dynamic) -> Option<Dynamic> {
        match &self.node.value {
            Value::List(items) => Some(show(items.get(key.as_usize()?)?, &self.looked)),
            _ => self.get_value_by_str(key.as_str()?),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Dynamic> {
        Some(show(self.node.get(key)?, &self.looked))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.node.value {
            Value::List(items) => Enumerator::Seq(items.len()),
            Value::Map(map) => {
                let keys: Vec<Dynamic> = map
                    .iter()
                    .map(|entry| self.looked.text(&entry.key, entry.key_origin))
                    .collect();
                Enumerator::Iter(Box::new(keys.into_iter()))
            }
            _ => Enumerator::Empty,
        }
    }
}

/// The node behind an engine value, if it is a list or a mapping of the context.
pub(super) fn as_node(value: &Dynamic) -> Option<Node> {
    value
        .downcast_object_ref::<Item>()
        .map(|item| item.node.clone())
}

fn show(node: &Node, looked: &Arc<Looked>) -> Dynamic {
    let value = match &node.value {
        Value::Null => return Dynamic::from(()),
        Value::String(text) => return looked.text(text, node.origin),
        Value::List(_) | Value::Map(_) => {
            return Dynamic::from_object(Item {
                node: node.clone(),
                looked: Arc::clone(looked),
            });
        }
        Value::Bool(truth) => Dynamic::from(*truth),
        Value::Int(number) => Dynamic::from(*number),
        Value::Float(number) => Dynamic::from(*number),
    };
    looked.note(&value, node.origin);
    value
}
