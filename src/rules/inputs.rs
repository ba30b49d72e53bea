//! Rules about the files a run reads.

use super::rules;

rules! {
    YAML_SYNTAX, "yaml-syntax", Error,
        "a file must be well-formed YAML or JSON",
        "A reader stops at the first syntax error, so nothing after it can be checked.",
        "YAML 1.2.2";
    YAML_DUPLICATE_KEY, "yaml-duplicate-key", Error,
        "a mapping must not give the same key twice",
        "Some readers take the first value, some the last and some refuse the file.",
        "YAML 1.2.2 section 3.2.1.3; facts/crates.md 1.3";
    YAML_KEY, "yaml-key", Error,
        "a key must be a string",
        "Kubernetes objects are JSON, and JSON has no other keys.",
        "RFC 8259 section 4";
    YAML_TAG, "yaml-tag", Error,
        "a value must not carry a tag other than those of the YAML core schema",
        "The API server knows only JSON's types; other tags are dropped or refused by readers.",
        "YAML 1.2.2 section 10.3; facts/crates.md 1.3";
    YAML_ALIAS, "yaml-alias", Error,
        "aliases must expand to a bounded document",
        "A few lines of nested aliases can stand for billions of values.",
        "facts/crates.md 1.3";
    YAML_TOO_DEEP, "yaml-too-deep", Error,
        "a document must not be nested too deeply",
        "No Kubernetes object comes near the limit; deep nesting is a mistake or an attack.",
        "facts/crates.md 1.3";
    AMBIGUOUS_SCALAR, "ambiguous-scalar", Warning,
        "an unquoted scalar must mean the same to every reader",
        "YAML 1.1 and 1.2 readers see different data; it is read as the cluster would read it.",
        "facts/crates.md 1.4";
    FILE_TOO_LARGE, "file-too-large", Error,
        "a file must not be larger than the reader's limit",
        "The largest real manifest is well below the limit; larger files are a mistake or an attack.",
        "design 6.5";
}
