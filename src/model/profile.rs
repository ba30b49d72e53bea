//! What a cluster is: the `ClusterProfile` kind.
//!
//! Everything a rule of the plan may ask about a cluster is a field here, and every value keeps its place
//! in the file that gave it. Profiles extend one another; `resolve` merges the layers
//! before this type is filled, so a layer may leave out whatever another one gives.

mod access;
mod exposure;
mod fabric;
mod platform;
mod pool;
mod scheduling;
mod storage;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::At;

pub use access::*;
pub use exposure::*;
pub use fabric::*;
pub use platform::*;
pub use pool::*;
pub use scheduling::*;
pub use storage::*;

/// The facts of one cluster: pools, fabric, storage, add-ons and defaults.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterProfile {
    /// `graphwright.dev/v1alpha1`
    pub api_version: ApiVersion,
    /// `ClusterProfile`
    pub kind: ClusterProfileKind,
    /// The profile's name and what it is for.
    pub metadata: Metadata,
    /// The facts.
    #[serde(default)]
    pub spec: ClusterProfileSpec,
}

/// The version of Graphwright's own kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ApiVersion {
    /// The only version so far.
    #[serde(rename = "graphwright.dev/v1alpha1")]
    V1Alpha1,
}

/// The kind of a [`ClusterProfile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ClusterProfileKind {
    /// `ClusterProfile`
    ClusterProfile,
}

/// The name of one of our own objects and what it is for.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    /// A DNS label: lower-case letters, digits and hyphens, at most 63.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub name: At<String>,
    /// One phrase for `profile list`. A profile without one is a layer for others to build on and is left
    /// out of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The body of a [`ClusterProfile`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClusterProfileSpec {
    /// Profiles this one builds on: names of built-in ones or paths beside this file (`./base.yaml`). Later
    /// ones win over earlier ones and this file wins over all. Mappings merge key by key; lists whose items
    /// have a `name` merge item by item, other lists are replaced; `null` removes what a layer below gave.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extends: Vec<At<String>>,
    /// Whose Kubernetes it is.
    pub provider: Provider,
    /// How nodes come to be, where a provider has several ways.
    pub variant: Option<Variant>,
    /// The Kubernetes the cluster runs.
    pub kubernetes: Kubernetes,
    /// The Dynamo platform the cluster runs.
    pub dynamo: Dynamo,
    /// Which add-ons the cluster has.
    pub capabilities: Capabilities,
    /// The strictest Pod Security Standard that namespaces with GPU workloads are held to.
    pub pod_security: PodSecurity,
    /// The node pools that graphs run on.
    pub pools: Vec<At<Pool>>,
    /// What all pods of a namespace may ask for together, by the names of a ResourceQuota
    /// (`requests.nvidia.com/gpu`, `requests.cpu`, `limits.memory`, `pods` …), as Kubernetes quantities.
    pub quotas: BTreeMap<String, At<String>>,
    /// The network between GPU nodes.
    pub fabric: Option<At<Fabric>>,
    /// `/dev/shm` of workers that do not say their own, by framework.
    pub shared_memory: SharedMemory,
    /// Storage classes and what they are used for.
    pub storage: Storage,
    /// How nodes that can be taken back behave.
    pub spot: Spot,
    /// How pods get a cloud identity.
    pub identity: Identity,
    /// Where secrets come from.
    pub secrets: Secrets,
    /// Objects that every namespace with graphs has, and that nothing is rendered for.
    pub existing: Vec<At<Existing>>,
    /// Where images come from.
    pub registry: Registry,
    /// How requests get in.
    pub entry: Entry,
    /// Who delivers manifests to the cluster; a release may say otherwise.
    pub delivery: Option<At<Delivery>>,
    /// Levels of the network, widest first.
    pub topology: Topology,
    /// Who places pods.
    pub scheduler: Scheduler,
    /// What the monitoring stack looks for.
    pub monitoring: Monitoring,
    /// What the cluster's network policies must let through.
    pub network: Network,
}
