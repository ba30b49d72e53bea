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
        "YAML 1.2.2 section 3.2.1.3";
    YAML_KEY, "yaml-key", Error,
        "a key must be a string",
        "Kubernetes objects are JSON, and JSON has no other keys.",
        "RFC 8259 section 4";
    YAML_TAG, "yaml-tag", Error,
        "a value must not carry a tag other than those of the YAML core schema",
        "The API server knows only JSON's types; other tags are dropped or refused by readers.",
        "YAML 1.2.2 section 10.3";
    YAML_ALIAS, "yaml-alias", Error,
        "aliases must expand to a bounded document",
        "A few lines of nested aliases can stand for billions of values.",
        "YAML 1.2.2 section 7.1; docs/guarantees.md#hostile-input-is-boring";
    YAML_TOO_DEEP, "yaml-too-deep", Error,
        "a document must not be nested too deeply",
        "No Kubernetes object comes near the limit; deep nesting is a mistake or an attack.",
        "docs/guarantees.md#hostile-input-is-boring";
    AMBIGUOUS_SCALAR, "ambiguous-scalar", Warning,
        "an unquoted scalar must mean the same to every reader",
        "YAML 1.1 and 1.2 readers see different data; it is read as the cluster would read it.",
        "YAML 1.1 type repository (https://yaml.org/type/); YAML 1.2.2 section 10.3; docs/guarantees.md#every-reader-reads-the-same-yaml";
    FILE_TOO_LARGE, "file-too-large", Error,
        "a file must not be larger than the reader's limit",
        "The largest real manifest is well below the limit; larger files are a mistake or an attack.",
        "docs/guarantees.md#hostile-input-is-boring";
    FILE_UNREADABLE, "file-unreadable", Error,
        "a file that is named must exist and be readable",
        "What cannot be read cannot be rendered, and leaving it out would render something else.",
        "docs/guarantees.md#nothing-is-lost";
    FILE_NOT_REGULAR, "file-not-regular", Error,
        "an input must be a regular file or a directory",
        "Devices, pipes and sockets may never end or may block; they are not even opened.",
        "docs/guarantees.md#hostile-input-is-boring";
    FILE_NOT_UTF8, "file-not-utf8", Error,
        "a file must be UTF-8 text",
        "Other encodings cannot be told apart reliably, and the API server reads UTF-8 only.",
        "RFC 8259 section 8.1; docs/guarantees.md#hostile-input-is-boring";
    FILE_LEFT_OUT, "file-left-out", Warning,
        "a file of a directory should be one that can be read",
        "A release that cannot be recognised looks like one that was removed, so nothing is taken for a leftover while there is such a file. Templates of other tools and large files that name nothing of ours are not looked at.",
        "docs/guarantees.md#trees-are-written-whole-or-not-at-all";
    CONTROL_CHARACTER, "control-character", Error,
        "a file must not contain control characters other than tab and line breaks",
        "YAML does not allow them, and terminals act on them.",
        "YAML 1.2.2 section 5.1";
    TOO_MANY_FILES, "too-many-files", Error,
        "a run must not read more files and bytes than its limits",
        "A directory that holds more is not a project of graphs, or is an attack.",
        "docs/guarantees.md#hostile-input-is-boring";
    OUTSIDE_PROJECT, "outside-project", Error,
        "a path or link in an input must stay inside the project",
        "A repository must render the same everywhere and must not read its reader's other files.",
        "docs/guarantees.md#hostile-input-is-boring";
    LINK_LOOP, "link-loop", Warning,
        "a link must not lead back to a directory it is in",
        "Following it would never end, so it is left out.",
        "docs/guarantees.md#hostile-input-is-boring";
    NOTHING_FOUND, "nothing-found", Error,
        "an input must hold something to render",
        "Rendering nothing is never a success: it would delete what runs.",
        "docs/guarantees.md#nothing-is-lost";
    NO_GRAPH, "no-graph", Note,
        "a file may hold objects of the Dynamo operator without a graph",
        "Requests for graphs, models and checkpoints stand alone. There is no graph to decide anything for, so they pass through as they are.",
        "ai-dynamo/dynamo examples/deployments/dgdr";
    NOT_AN_OBJECT, "not-an-object", Error,
        "every document beside a graph, release or profile must be a Kubernetes object",
        "The documents of a graph's file travel with it, and the cluster takes only objects.",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/";
    UNKNOWN_KIND, "unknown-kind", Error,
        "a document must be of a kind and version this tool knows",
        "A misspelt kind would otherwise be left out without a word.",
        "docs/guarantees.md#nothing-is-lost";
    UNKNOWN_FIELD, "unknown-field", Error,
        "a field must be one the kind has",
        "A misspelt field would otherwise be ignored, and its default would run.",
        "schemas/";
    MISSING_FIELD, "missing-field", Error,
        "a field the kind needs must be given",
        "There is no default that would be right for everybody.",
        "schemas/";
    WRONG_TYPE, "wrong-type", Error,
        "a value must have the type its field needs",
        "YAML reads unquoted text as numbers and booleans where it can; a string may need quotes.",
        "schemas/";
    UNKNOWN_VALUE, "unknown-value", Error,
        "a value must be one of those its field knows",
        "The field chooses between things that are named beforehand.",
        "schemas/";
    INVALID_VALUE, "invalid-value", Error,
        "a value must have the form and size its field needs",
        "The cluster or the provider would refuse it later.",
        "schemas/";
    UNKNOWN_PROFILE, "unknown-profile", Error,
        "a profile that is named must exist",
        "A name is that of a built-in profile or of a ClusterProfile among the inputs; a path has a slash or a dot in it.",
        "docs/guarantees.md#nothing-is-guessed";
    DUPLICATE_PROFILE, "duplicate-profile", Error,
        "two profiles must not have the same name",
        "The name picks the profile and is the folder of its manifests.",
        "docs/guarantees.md#nothing-is-guessed";
    PROFILE_CYCLE, "profile-cycle", Error,
        "a profile must not extend itself, directly or through others",
        "Layers are merged from the bottom up, and a cycle has no bottom.",
        "docs/guarantees.md#hostile-input-is-boring";
    PROFILE_TOO_DEEP, "profile-too-deep", Error,
        "profiles must not be layered too deeply",
        "No chain of base, provider, variant and cluster comes near the limit.",
        "docs/guarantees.md#hostile-input-is-boring";
    DUPLICATE_ITEM, "duplicate-item", Error,
        "a list whose items have names must not give the same name twice",
        "Layers of profiles merge such lists by name, so the second item would change the first.",
        "docs/guarantees.md#nothing-is-lost";
    NO_PROFILE, "no-profile", Error,
        "a graph must be rendered for some profile",
        "The manifests depend on the cluster: its pools, fabric, storage and add-ons.",
        "docs/guarantees.md#nothing-is-guessed";
    WRONG_FILE, "wrong-file", Error,
        "a reference must lead to a file with exactly one object of the kind it needs",
        "With none there is nothing to use, with several it is not clear which.",
        "docs/guarantees.md#nothing-is-guessed";
    UNKNOWN_COMPONENT, "unknown-component", Error,
        "a component that a release names must be in its graph",
        "A misspelt name would leave the component as it was.",
        "docs/guarantees.md#nothing-is-lost";
    DUPLICATE_RELEASE, "duplicate-release", Error,
        "two releases must not render the same thing to the same place",
        "One would overwrite the other in the tree and in the cluster.",
        "docs/guarantees.md#nothing-is-lost";
}
