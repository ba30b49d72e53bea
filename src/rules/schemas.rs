//! Rules about what schemas say beyond fields and types, and about schemas themselves.

use super::rules;

rules! {
    CEL, "cel", Error,
        "every object keeps the rules that its kind's schema spells as expressions",
        "The API server evaluates `x-kubernetes-validations` and refuses an object that breaks one. Rules about changes are asked when there is something to compare with.",
        "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules";
    CEL_NOT_EVALUATED, "cel-not-evaluated", Warning,
        "every rule of a schema can be evaluated",
        "A rule with a function that is not known here, or one that takes too many steps, leaves its object unchecked in this point.",
        "https://kubernetes.io/docs/reference/using-api/cel/";
    LIST_DUPLICATE, "list-duplicate", Error,
        "no two entries of a list have the same key where the schema gives it keys",
        "The API server refuses a second entry with the same key in a list of type `map`, and a second equal entry in one of type `set`.",
        "https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy";
    SCHEMA_FILE, "schema-file", Error,
        "a schema that was imported can be read",
        "Objects of its kind would leave unchecked.",
        "docs/guarantees.md#nothing-invalid-leaves";
    SCHEMA_IMPORT, "schema-import", Error,
        "what is imported is a CustomResourceDefinition or the JSON Schema of a kind",
        "Nothing else tells which fields a kind has.",
        "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/";
    SCHEMA_PATTERN, "schema-pattern", Warning,
        "every pattern of a schema that is imported can be read",
        "Patterns are written for Go, and a few of them mean nothing elsewhere. The field is checked without its pattern.",
        "https://github.com/google/re2/wiki/Syntax";
    SCHEMA_IMPORT_TEMPLATE, "schema-import-template", Error,
        "what is imported is YAML, not a template of YAML",
        "A chart's templates mean something only once Helm has filled them in.",
        "https://helm.sh/docs/chart_best_practices/custom_resource_definitions/";
}
