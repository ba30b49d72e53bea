//! Rules about what GitOps tools make of manifests.

use super::rules;

rules! {
    FLUX_SUBSTITUTION, "flux-substitution", Warning,
        "a manifest should not hold what Flux takes for a variable",
        "With `postBuild`, Flux replaces `${NAME}` by a value, by nothing, or, since strict substitution, fails; `$$` becomes `$`. Shell scripts mean something else by it.",
        "https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution";
    ARGO_ANNOTATION, "argo-annotation", Error,
        "an annotation for Argo CD must be one that it knows, with a value that it knows",
        "Argo CD ignores what it does not know, and syncs in another order or prunes what was to stay.",
        "https://argo-cd.readthedocs.io/en/stable/user-guide/annotations-and-labels/";
    ARGO_MISPLACED, "argo-misplaced", Warning,
        "an annotation for Argo CD belongs to the metadata of the object that is synced",
        "On pods it does nothing; in a graph's `spec.annotations` it is copied to objects that Argo CD does not manage. Some sync options are for Applications alone.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/graph.go (propagateDGDAnnotations)";
    ARGO_DRY_RUN, "argo-dry-run", Warning,
        "a custom resource that is written for Argo CD should skip the dry run while its definition is missing",
        "Argo CD dry-runs all objects first and fails on kinds that the same sync installs; the option for whole Applications is not reliable.",
        "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#skip-dry-run-for-new-custom-resources-types";
    ARGO_REPLACE, "argo-replace", Warning,
        "what holds data should not be replaced on sync",
        "`Replace=true` may delete and create: a namespace goes with all that is in it, a claim with its volume.",
        "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#replace-resource-instead-of-applying-changes";
    ARGO_INSTANCE_LABEL, "argo-instance-label", Warning,
        "a selector should not rely on `app.kubernetes.io/instance`",
        "Argo CD overwrites this label where it tracks objects by it.",
        "https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/";
    APPLY_SIZE, "apply-size", Warning,
        "an object that is applied by a client must fit into one of its annotations",
        "A client-side apply keeps a copy of the object in an annotation, of at most 262144 bytes.",
        "https://kubernetes.io/docs/reference/using-api/server-side-apply/";
    LAST_APPLIED, "last-applied", Warning,
        "a manifest should not hold the annotation of an earlier apply",
        "It is a copy of the object, secrets included, and wrong as soon as the manifest changes.",
        "https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/";
    HELM_HOOK, "helm-hook", Warning,
        "a manifest that Helm does not install should have no Helm hooks",
        "`kubectl`, Flux and Kustomize apply a hook like any other object; Argo CD runs it as a hook of its own.",
        "https://helm.sh/docs/topics/charts_hooks/";
}
