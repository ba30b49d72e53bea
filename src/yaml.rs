//! How is YAML read and written so that every reader of the cluster sees the same data?
//!
//! [`read`] turns text into [`Node`]s that remember where they stood; [`write`](mod@write) turns nodes into text
//! that YAML 1.1 and 1.2 readers agree on; [`from_node`] fills a typed value from a node. What the data
//! means is for others to say.

mod de;
mod scalar;
mod syntax;
mod tree;

pub mod read;
pub mod recorded;
pub mod write;

pub use de::{At, TypeMismatch, from_node};
pub use scalar::{Ambiguity, Plain, resolve};
pub use tree::{Entry, Map, Node, Value, pointer_push, pointer_segments};
