//! Which nodes a cluster has.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::At;

/// Nodes that are all alike.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pool {
    /// The name by which a release asks for the pool.
    pub name: At<String>,
    /// The provider's machine type, such as `p5.48xlarge`.
    #[serde(default)]
    pub machine_type: Option<At<String>>,
    /// What a whole machine has of `cpu` and `memory`, as Kubernetes quantities: the provider's figures. Pods get
    /// less; where `allocatable` says nothing it is the most that they can get. One GB is taken as 1 GiB.
    #[serde(default)]
    pub machine: BTreeMap<String, At<String>>,
    /// The processor's architecture.
    #[serde(default)]
    pub arch: Arch,
    /// The GPUs of one node; absent for a CPU pool.
    #[serde(default)]
    pub gpu: Option<At<Gpu>>,
    /// How the nodes are paid for, and whether they can be taken back.
    #[serde(default)]
    pub capacity: Capacity,
    /// Labels every node of the pool has.
    #[serde(default)]
    pub labels: BTreeMap<String, At<String>>,
    /// The labels a pod selects the pool by: keys of `labels`.
    #[serde(default)]
    pub select_by: Vec<At<String>>,
    /// Taints every node of the pool has, exactly.
    #[serde(default)]
    pub taints: Vec<At<Taint>>,
    /// What pods can ask of one node, by resource name (`cpu`, `memory`, `ephemeral-storage`,
    /// `hugepages-2Mi`, `vpc.amazonaws.com/efa` …), as Kubernetes quantities.
    #[serde(default)]
    pub allocatable: BTreeMap<String, At<String>>,
    /// How many nodes the pool can have at most.
    #[serde(default)]
    pub max_nodes: Option<At<u32>>,
    /// The zones the nodes are in.
    #[serde(default)]
    pub zones: Vec<At<String>>,
    /// How far NVLink reaches.
    #[serde(default)]
    pub nvlink: Option<At<Nvlink>>,
    /// RDMA devices of one node that workers may use, such as `mlx5_0`, in order; the fabric's environment
    /// names them by `{hcas}`.
    #[serde(default)]
    pub hcas: Vec<At<String>>,
}

/// A processor architecture, as in the node label `kubernetes.io/arch`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// x86-64
    #[default]
    Amd64,
    /// Grace
    Arm64,
}

impl Arch {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

/// The GPUs of one node.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gpu {
    /// The model, such as `H100`.
    pub model: At<String>,
    /// How many one node has.
    #[schemars(range(min = 1))]
    pub count: At<u32>,
    /// Memory of one GPU in MiB, as the provider states it; where the provider says GB, one GB is taken as
    /// 1024 MiB.
    #[serde(default)]
    pub memory_mib: Option<At<u32>>,
    /// The extended resource pods ask for.
    #[serde(default = "nvidia_gpu")]
    pub resource: String,
}

fn nvidia_gpu() -> String {
    "nvidia.com/gpu".to_owned()
}

/// How nodes are paid for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Capacity {
    /// By the hour, kept as long as wanted.
    #[default]
    OnDemand,
    /// Cheap, taken back at short notice.
    Spot,
    /// Reserved beforehand.
    Reserved,
}

/// A taint of a node.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taint {
    /// The key, such as `nvidia.com/gpu`.
    pub key: String,
    /// The value; some taints have none.
    #[serde(default)]
    pub value: Option<String>,
    /// What happens to pods that do not tolerate it.
    pub effect: TaintEffect,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum TaintEffect {
    /// New ones stay away.
    NoSchedule,
    /// New ones stay away if they can.
    PreferNoSchedule,
    /// Running ones leave as well.
    NoExecute,
}

impl TaintEffect {
    /// The effect's name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }
}

/// How far NVLink reaches.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Nvlink {
    /// Nodes in one NVLink domain: 1 where NVLink ends at the node, 18 for an NVL72 rack.
    #[schemars(range(min = 1))]
    pub nodes: u32,
    /// The node label that names the domain, such as `nvidia.com/gpu.clique`.
    #[serde(default)]
    pub topology_key: Option<String>,
}
