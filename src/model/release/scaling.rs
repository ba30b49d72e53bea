//! What changes the number of a component's replicas.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::At;

/// What scales a component. The Dynamo operator makes a scaling adapter for it, and a scaler moves that.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scaling {
    /// Never fewer replicas than this; at least 1, for a model without workers is gone.
    #[schemars(range(min = 1))]
    pub min_replicas: At<u32>,
    /// Never more replicas than this.
    #[schemars(range(min = 1))]
    pub max_replicas: At<u32>,
    /// Which scaler; KEDA where the cluster has it, else a HorizontalPodAutoscaler.
    #[serde(default)]
    pub scaler: Option<At<Scaler>>,
    /// What to watch; the largest answer wins.
    #[schemars(length(min = 1))]
    pub metrics: Vec<At<ScalingMetric>>,
    /// How long the load must be higher before replicas are added, in seconds.
    #[serde(default)]
    #[schemars(range(max = 3600))]
    pub scale_up_seconds: Option<At<u32>>,
    /// How long the load must be lower before replicas are taken away, in seconds; starting one again takes
    /// minutes.
    #[serde(default)]
    #[schemars(range(max = 3600))]
    pub scale_down_seconds: Option<At<u32>>,
}

/// Scalers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Scaler {
    /// A HorizontalPodAutoscaler, with Dynamo's metrics through an adapter for Prometheus.
    HorizontalPodAutoscaler,
    /// A ScaledObject of KEDA, which asks Prometheus itself.
    Keda,
}

/// One thing to watch.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScalingMetric {
    /// What.
    pub metric: At<MetricName>,
    /// The value to keep: a number of requests for each replica, seconds, or a share of 0 to 1, as the metric
    /// is.
    pub target: At<f64>,
}

/// Metrics of Dynamo that load shows in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum MetricName {
    /// Requests that wait, for each replica.
    QueueDepth,
    /// Requests in the graph, for each replica.
    ActiveRequests,
    /// Seconds to the first token that 95 of 100 requests stay below.
    TimeToFirstToken,
    /// Seconds between tokens that 95 of 100 stay below.
    InterTokenLatency,
    /// The share of the KV cache in use, 0 to 1.
    KvCacheUsage,
}
