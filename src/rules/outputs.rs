//! Rules about what a run writes, and about what people ask of it.

use super::rules;

rules! {
    OUTPUT_PATH, "output-path", Error,
        "the output directory must be a directory that can be written",
        "A tree is written whole or not at all, so a place that cannot hold it is refused before anything changes.",
        "docs/guarantees.md#trees-are-written-whole-or-not-at-all";
    OUTPUT_SYMLINK, "output-symlink", Error,
        "nothing is written through a symbolic link inside the output directory",
        "A link would let a tree change files outside of it. Name the link's target as the output directory instead.",
        "docs/guarantees.md#hostile-input-is-boring";
    FILE_NOT_OURS, "file-not-ours", Error,
        "a file that graphwright did not write is not overwritten",
        "What stands beside rendered files may be somebody's work. Files of ours are those that the kustomization.yaml of their directory lists under our first line.",
        "docs/guarantees.md#trees-are-written-whole-or-not-at-all";
    FILE_NAME, "file-name", Error,
        "every object of a release needs a file name of its own",
        "Files are named after kind and name, and some file systems do not tell upper from lower case.",
        "docs/guarantees.md#nothing-is-lost";
    DUPLICATE_OBJECT, "duplicate-object", Error,
        "a release must not hold the same object twice",
        "Only one of them could exist in the cluster, and which one would be chance.",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/";
    NOTHING_RENDERED, "nothing-rendered", Error,
        "a run that renders no object has failed",
        "An empty answer that looks like a success would let a delivery tool remove everything.",
        "docs/guarantees.md#nothing-is-lost";
    NO_SUCH_OBJECT, "no-such-object", Error,
        "an object that is asked about must be one of those rendered",
        "`why` explains what a render with the same inputs writes.",
        "docs/guarantees.md#nothing-is-guessed";
    NO_SUCH_FIELD, "no-such-field", Error,
        "a field that is asked about must be in the object",
        "`why` explains what is there. A path may be a JSON pointer, a dotted path or its unique end.",
        "docs/guarantees.md#nothing-is-guessed";
    NO_SUCH_SCHEMA, "no-such-schema", Error,
        "a schema that is asked for by name must exist",
        "Names are those that `schema list` prints.",
        "docs/guarantees.md#nothing-is-guessed";
    NO_SUCH_RULE, "no-such-rule", Error,
        "a rule that is asked for by code must exist",
        "Codes are those that `rules list` prints, and stand in brackets before every message.",
        "docs/guarantees.md#nothing-is-guessed";
    DIRECTORY_NOT_EMPTY, "directory-not-empty", Error,
        "`init` writes into a new or empty directory only",
        "A file that is there already may be somebody's work.",
        "docs/guarantees.md#trees-are-written-whole-or-not-at-all";
}
