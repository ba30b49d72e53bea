//! Rules about what a release changes in a graph.

use super::rules;

rules! {
    OVERRIDE_PROFILE, "override-profile", Error,
        "an override is for profiles that the release is rendered for",
        "An override for another profile would never apply, and nobody would notice.",
        "docs/releases.md#overrides";
    OVERRIDE_FIXED, "override-fixed", Error,
        "an override leaves the graph, the profiles and the templates alone",
        "What is rendered at all is one for all profiles of a release.",
        "docs/releases.md#overrides";
    OVERRIDE_MODEL, "override-model", Error,
        "the release's model replaces the one that the graph's components name",
        "Engines take the model as `--model` or `--model-path`; a release that names another one would otherwise change nothing.",
        "docs/releases.md#overrides";
    OVERRIDE_IMAGE, "override-image", Error,
        "the release's version of an image replaces the tag or digest of every container that runs it",
        "A version for an image that nothing runs would change nothing, and nobody would notice.",
        "docs/releases.md#overrides";
    OVERRIDE_FLAG, "override-flag", Error,
        "a single flag of a component can be set, added or removed by its name",
        "The rest of the command line stays as its author wrote it, in a list or in a script. A flag that is to go must be there once.",
        "docs/releases.md#overrides";
    OVERRIDE_RESOURCES, "override-resources", Error,
        "the release's requests and limits are laid over the graph's",
        "Devices are set on both sides, for Kubernetes refuses limits of devices that differ from their requests.",
        "https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/";
}
