//! Where pods may stand, and for how long.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::At;

/// How nodes that can be taken back behave.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Spot {
    /// Seconds between the notice and the end that pods can use.
    pub grace_seconds: Option<At<u32>>,
}

/// Levels of the network.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Topology {
    /// Widest first.
    pub levels: Vec<At<TopologyLevel>>,
    /// The ClusterTopology object that Grove knows these levels by.
    pub cluster_topology: Option<At<String>>,
}

/// One level of the network.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TopologyLevel {
    /// The domain's name, such as `zone`, `block` or `host`.
    pub name: String,
    /// The node label that names a node's domain.
    pub label: String,
}

/// Who places pods.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scheduler {
    /// `schedulerName` of GPU workers that do not say their own.
    pub name: Option<At<String>>,
    /// The queue they wait in: KAI's or Volcano's by annotation, Kueue's by label.
    pub queue: Option<At<String>>,
    /// `priorityClassName` of GPU workers that do not say their own.
    pub priority_class: Option<At<String>>,
    /// `priorityClassName` of frontends that do not say their own.
    pub frontend_priority_class: Option<At<String>>,
}
