//! `keda.sh/v1alpha1`: scaling by events.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// What KEDA scales, and by what.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScaledObject {
    /// `keda.sh/v1alpha1`.
    pub api_version: String,
    /// `ScaledObject`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// Target, bounds and triggers.
    pub spec: ScaledObjectSpec,
    /// Written by the controller.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Target, bounds and triggers.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScaledObjectSpec {
    /// What is scaled.
    pub scale_target_ref: ScaleTarget,
    /// What is watched; the largest answer wins.
    pub triggers: Vec<Trigger>,
    /// Never fewer replicas than this.
    pub min_replica_count: Option<i32>,
    /// Never more replicas than this.
    pub max_replica_count: Option<i32>,
    /// Replicas while nothing is to do.
    pub idle_replica_count: Option<i32>,
    /// Seconds from one look to the next.
    pub polling_interval: Option<i32>,
    /// Seconds until it goes to zero.
    pub cooldown_period: Option<i32>,
    /// The same, after it was made.
    pub initial_cooldown_period: Option<i32>,
    /// How the HorizontalPodAutoscaler behaves.
    pub advanced: Option<ScaledObjectAdvanced>,
    /// Replicas while nothing can be seen.
    pub fallback: Option<Fallback>,
}

/// What is scaled.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScaleTarget {
    /// Its version; `apps/v1` if left out.
    pub api_version: Option<String>,
    /// Its kind; `Deployment` if left out.
    pub kind: Option<String>,
    /// Its name.
    pub name: String,
    /// The container whose environment triggers read.
    pub env_source_container_name: Option<String>,
}

/// One thing that is watched.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trigger {
    /// What kind of thing, such as `prometheus`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name among the triggers.
    pub name: Option<String>,
    /// Its settings, all text.
    pub metadata: BTreeMap<String, String>,
    /// How its value is compared with its threshold.
    pub metric_type: Option<MetricType>,
    /// Who asks.
    pub authentication_ref: Option<AuthenticationRef>,
    /// Whether values between two looks are remembered.
    pub use_cached_metrics: Option<bool>,
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum MetricType {
    AverageValue,
    Value,
    Utilization,
}

/// A TriggerAuthentication.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthenticationRef {
    /// Its name.
    pub name: String,
    /// `TriggerAuthentication` or `ClusterTriggerAuthentication`.
    pub kind: Option<String>,
}

/// How the HorizontalPodAutoscaler behaves.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScaledObjectAdvanced {
    /// Its name and behaviour.
    pub horizontal_pod_autoscaler_config: Option<AutoscalerConfig>,
    /// Whether deleting this brings the old replicas back.
    pub restore_to_original_replica_count: Option<bool>,
    /// One value made of several triggers.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub scaling_modifiers: Option<Value>,
}

/// Name and behaviour of a HorizontalPodAutoscaler.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutoscalerConfig {
    /// Its name.
    pub name: Option<String>,
    /// How fast it goes up and down.
    #[schemars(default, schema_with = "kubernetes::scaling_behavior")]
    pub behavior: Option<Value>,
}

/// Replicas while nothing can be seen.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fallback {
    /// Failed looks in a row.
    pub failure_threshold: i32,
    /// Replicas then.
    pub replicas: i32,
    /// How they compare with those there are.
    pub behavior: Option<String>,
}
