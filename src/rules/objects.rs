//! Rules about the objects rendered around a graph.

use super::rules;

rules! {
    OBJECT_NAMESPACE, "object-namespace", Note,
        "a release that owns its namespace renders it",
        "A namespace must exist before anything in it can be applied.",
        "design section 5";
}
