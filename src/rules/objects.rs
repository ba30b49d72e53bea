//! Rules about the objects rendered around a graph.

use super::rules;

rules! {
    OBJECT_NAMESPACE, "object-namespace", Note,
        "a release that owns its namespace renders it",
        "A namespace must exist before anything in it can be applied.",
        "design section 5";
    SCHEMA, "schema", Error,
        "every object has the fields its kind has, with the types they have",
        "The API server refuses wrong types and silently drops unknown fields.",
        "https://kubernetes.io/docs/reference/using-api/api-concepts/#setting-the-field-validation-level";
    SCHEMA_MISSING, "schema-missing", Warning,
        "the schema of every kind is known",
        "An object whose schema is not known leaves unchecked.",
        "design section 6";
    DUPLICATE_OBJECT, "duplicate-object", Error,
        "no two objects of a release are the same",
        "The one applied last would silently win.",
        "design section 6";
}
