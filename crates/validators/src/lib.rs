//! Is an object of a kind that Graphwright emits well-formed? A yes takes microseconds and no set-up.
//!
//! The validators are compiled at build time from `schemas/emitted.json`, in a crate of their own because
//! that takes long and changes seldom. They only say yes or no; why, the root package's `schema` says.
//! Built-in kinds are as the oldest supported minor of Kubernetes has them, so a yes holds for all of
//! them and a no may be a field of a newer one.

pub mod formats;

pub use jsonschema;
use serde_json::Value;

/// All kinds in one validator: the definitions they share, most of all a pod's, are compiled once.
#[jsonschema::validator(
    path = "schemas/emitted.json",
    draft = Draft7,
    pattern_options = { engine = regex },
    validate_formats = true,
    formats = {
        "x-base64" => crate::formats::is_base64,
        "x-component-name" => crate::formats::is_component_name,
        "x-data-key" => crate::formats::is_data_key,
        "x-dns-label" => crate::formats::is_dns_label,
        "x-dns-subdomain" => crate::formats::is_dns_subdomain,
        "x-label-key" => crate::formats::is_label_key,
        "x-prometheus-duration" => crate::formats::is_prometheus_duration,
        "x-quantity" => crate::formats::is_quantity,
        "x-release-version" => crate::formats::is_release_version,
    },
    methods = { is_valid = true, validate = false, iter_errors = false }
)]
struct Emitted;

/// The kinds with a validator, those met most often first.
const KINDS: [(&str, &str); 32] = [
    ("nvidia.com/v1beta1", "DynamoGraphDeployment"),
    ("nvidia.com/v1alpha1", "DynamoGraphDeployment"),
    ("v1", "ConfigMap"),
    ("policy/v1", "PodDisruptionBudget"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("monitoring.coreos.com/v1", "PodMonitor"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Namespace"),
    ("monitoring.coreos.com/v1", "PrometheusRule"),
    ("v1", "ServiceAccount"),
    ("external-secrets.io/v1", "ExternalSecret"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("v1", "PersistentVolume"),
    ("v1", "Service"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("v1", "Secret"),
    ("monitoring.coreos.com/v1", "ServiceMonitor"),
    ("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass"),
    ("resource.k8s.io/v1", "ResourceClaimTemplate"),
    ("resource.nvidia.com/v1beta1", "ComputeDomain"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("v1", "Pod"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("networking.k8s.io/v1", "Ingress"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
];

/// A compiled validator for one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validator {
    api_version: &'static str,
    kind: &'static str,
}

/// The validator of a kind, if one is compiled in.
pub fn validator(api_version: &str, kind: &str) -> Option<Validator> {
    let (api_version, kind) = KINDS
        .into_iter()
        .find(|known| *known == (api_version, kind))?;
    Some(Validator { api_version, kind })
}

/// The kinds that [`validator`] knows.
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.into_iter()
}

impl Validator {
    /// Whether the object is of the validator's kind and has all it needs and nothing it does not know.
    pub fn is_valid(&self, object: &Value) -> bool {
        let is =
            |field: &str, value: &str| object.get(field).and_then(Value::as_str) == Some(value);
        is("apiVersion", self.api_version) && is("kind", self.kind) && Emitted::is_valid(object)
    }
}
