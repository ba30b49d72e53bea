//! References from our types into Kubernetes' definitions.
//!
//! Each function is a `schema_with` of a JSON field; [`crate::schema`] puts the definition beside the
//! type when it writes the kind's schema.

use schemars::{Schema, SchemaGenerator, json_schema};

/// Names after which a definition of `schemas/kubernetes/` is referred to.
macro_rules! references {
    ($($function:ident: $target:literal,)*) => {$(
        pub(crate) fn $function(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "$ref": concat!("#/$defs/", $target) })
        }
    )*};
}
references! {
    config_map_key: "core.v1.ConfigMapKeySelector",
    int_or_string: "IntOrString",
    job_spec: "batch.v1.JobSpec",
    label_selector: "meta.v1.LabelSelector",
    metadata: "meta.v1.NamedObjectMeta",
    pod_spec: "core.v1.PodSpec",
    probe: "core.v1.Probe",
    quantity: "Quantity",
    resources: "core.v1.ResourceRequirements",
    scaling_behavior: "autoscaling.v2.HorizontalPodAutoscalerBehavior",
    secret_key: "core.v1.SecretKeySelector",
}
/// References to lists of a definition.
macro_rules! lists {
    ($($function:ident: $target:literal,)*) => {$(
        pub(crate) fn $function(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "array", "items": { "$ref": concat!("#/$defs/", $target) } })
        }
    )*};
}
lists! {
    env: "core.v1.EnvVar",
    container_claims: "core.v1.ResourceClaim",
    metrics_list: "autoscaling.v2.MetricSpec",
    tolerations: "core.v1.Toleration",
}

/// An object with fields of its own, none of which is ours to check.
pub(crate) fn any_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object" })
}

/// A pod's spec in a graph: containers beside the main one name their images themselves.
pub(crate) fn graph_pod_spec(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "$ref": "#/$defs/core.v1.PodSpec.ofGraph" })
}

/// A pod's spec in a v1alpha1 graph: nothing is required of it, and the main container stands apart.
pub(crate) fn extra_pod_spec(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "$ref": "#/$defs/ExtraPodSpec" })
}

/// A name that Kubernetes gives containers.
pub(crate) fn container_name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "minLength": 1,
        "maxLength": 63,
        "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    })
}

/// A list of containers' names, each once.
pub(crate) fn container_names(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "uniqueItems": true, "items": container_name(generator) })
}
