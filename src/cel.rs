//! Does an object keep the rules that its schema spells in the Common Expression Language?
//!
//! The `cel` crate reads expressions; they are evaluated here, on the object as it stands: with the types
//! and defaults of its schema, the functions that Kubernetes adds, and a budget. The budget counts steps, not
//! time, so that the answer is the same on every machine. What cannot be decided is said, never taken for
//! granted: see [`Outcome::NotEvaluated`].

mod evaluate;
mod functions;
mod parse;
mod shape;
mod value;
mod walk;

pub use evaluate::{Fuel, Outcome};
pub use parse::Expression;
pub use shape::{ListType, Rule, Shapes, shape_of_schema};
pub use value::{At, Value, View};
pub use walk::{Before, Found, What, walk};
