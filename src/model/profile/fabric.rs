//! What pods need to use the network between GPU nodes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::TaintEffect;
use crate::yaml::At;

/// The network between GPU nodes and what a pod needs to use it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fabric {
    /// What it is.
    pub kind: FabricKind,
    /// Whether only what upstream's provider components patch is set (`exact`), or also what upstream's
    /// documents require and its overlays forget (`safe`). A release may say otherwise.
    #[serde(default)]
    pub strictness: Strictness,
    /// Devices a pod asks for, as requests and limits.
    #[serde(default)]
    pub resources: Vec<At<FabricResource>>,
    /// Environment of the main container, in this order, before the author's.
    #[serde(default)]
    pub env: Vec<At<EnvVar>>,
    /// Environment that only `safe` adds, in this order, after `env`.
    #[serde(default)]
    pub safe_env: Vec<At<EnvVar>>,
    /// Pod annotations.
    #[serde(default)]
    pub annotations: BTreeMap<String, At<String>>,
    /// Volumes and where the main container mounts them.
    #[serde(default)]
    pub mounts: Vec<At<FabricMount>>,
    /// Tolerations that `exact` sets in place of those computed from the pool's taints.
    #[serde(default)]
    pub exact_tolerations: Vec<At<Toleration>>,
    /// What the main container must be allowed to do.
    #[serde(default)]
    pub security: FabricSecurity,
    /// How the KV cache moves from prefill to decode workers.
    #[serde(default)]
    pub kv_transfer: KvTransfer,
    /// Image tags that carry the fabric's libraries, by the version they start at, oldest first.
    #[serde(default)]
    pub image_suffixes: Vec<At<ImageSuffix>>,
    /// Where workers must and must not stand.
    #[serde(default)]
    pub placement: FabricPlacement,
    /// `/dev/shm` that upstream's component asks for, as a quantity.
    #[serde(default)]
    pub shared_memory: Option<At<String>>,
    /// Environment for one role only, before `env`, by component type (`prefill`, `decode`).
    #[serde(default)]
    pub role_env: BTreeMap<String, Vec<At<EnvVar>>>,
    /// Resources that components of one type request beside the devices, without a limit: by component type
    /// (`frontend`, `prefill` …), then by resource name, as quantities.
    #[serde(default)]
    pub component_requests: BTreeMap<String, BTreeMap<String, At<String>>>,
    /// Devices a pod claims through dynamic resource allocation.
    #[serde(default)]
    pub claims: Vec<At<FabricClaim>>,
    /// Whether a ComputeDomain gives every multinode worker a channel on the NVLink fabric (`safe` only).
    #[serde(default)]
    pub compute_domain: At<bool>,
}

/// Kinds of fabric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FabricKind {
    /// AWS Elastic Fabric Adapter.
    Efa,
    /// InfiniBand.
    Infiniband,
    /// RDMA over Converged Ethernet.
    Roce,
    /// Google's GPUDirect-TCPX: NCCL only.
    Tcpx,
    /// Google's GPUDirect-TCPXO: NCCL only.
    Tcpxo,
}

impl FabricKind {
    /// The fabric's usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Efa => "EFA",
            Self::Infiniband => "InfiniBand",
            Self::Roce => "RoCE",
            Self::Tcpx => "GPUDirect-TCPX",
            Self::Tcpxo => "GPUDirect-TCPXO",
        }
    }
}

/// How much a fabric adds to a graph.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "camelCase")]
pub enum Strictness {
    /// What upstream's provider components patch and nothing else.
    Exact,
    /// Also what upstream's documents require and its overlays forget.
    #[default]
    Safe,
}

/// A device a pod asks for.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FabricResource {
    /// The extended resource, such as `rdma/ib`.
    pub name: String,
    /// How many.
    #[schemars(range(min = 1))]
    pub count: u32,
    /// For each what.
    #[serde(default)]
    pub per: Per,
    /// With `per: gpu`, for how many GPUs `count` is: 2 where two GPUs of the machine share a device.
    #[serde(default = "one_gpu")]
    #[schemars(range(min = 1))]
    pub gpus: u32,
}

fn one_gpu() -> u32 {
    1
}

impl FabricResource {
    /// How many devices a pod with `gpus` GPUs asks for; a started group of GPUs counts whole.
    pub fn for_pod(&self, gpus: u32) -> u32 {
        match self.per {
            Per::Pod => self.count,
            Per::Gpu => gpus.div_ceil(self.gpus.max(1)).saturating_mul(self.count),
        }
    }
}

/// Devices of one class that a pod claims.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FabricClaim {
    /// The claim's name in the pod, a DNS label.
    pub name: String,
    /// The DeviceClass, such as `mrdma.google.com`.
    pub device_class: String,
    /// How many devices of it a pod gets.
    #[schemars(range(min = 1))]
    pub count: u32,
}

/// What a count is for each of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Per {
    /// For each pod.
    #[default]
    Pod,
    /// For each GPU of the pod.
    Gpu,
}

/// An environment variable with a literal value.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvVar {
    /// The name.
    pub name: String,
    /// The value. `{hcas}` stands for the pool's RDMA devices, each with port 1, comma separated.
    pub value: At<String>,
}

/// A volume and where it is mounted.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FabricMount {
    /// The volume's name.
    pub name: String,
    /// Where the main container sees it.
    pub mount_path: String,
    /// The volume's source, as a pod's volume gives it (`{hostPath: {path: …}}`).
    pub source: Json,
    /// Whether the container may only read it.
    #[serde(default)]
    pub read_only: bool,
}

/// A toleration, as a pod gives it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Toleration {
    /// The taint's key.
    pub key: String,
    /// `Exists` or `Equal`.
    pub operator: TolerationOperator,
    /// The value to equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The taint's effect.
    pub effect: TaintEffect,
}

/// How a toleration compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum TolerationOperator {
    /// Any value.
    Exists,
    /// This value.
    Equal,
}

/// What a container that uses the fabric must be allowed to do.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FabricSecurity {
    /// Runs privileged.
    pub privileged: At<bool>,
    /// The user id to run as.
    pub run_as_user: Option<At<i64>>,
    /// Capabilities to add, in this order.
    pub capabilities: Vec<At<String>>,
}

/// How the KV cache moves from prefill to decode workers, by framework.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct KvTransfer {
    /// vLLM: the NIXL backends of the connector's configuration.
    pub vllm: Option<At<VllmKvTransfer>>,
    /// SGLang: environment that selects the backend (`safe` only).
    pub sglang: Vec<At<EnvVar>>,
    /// TensorRT-LLM: environment that selects the backend (`safe` only).
    pub trtllm: Vec<At<EnvVar>>,
}

/// The NIXL backends of vLLM's `--kv-transfer-config`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VllmKvTransfer {
    /// `kv_connector_extra_config.backends`; empty removes the list, so that NIXL chooses.
    pub backends: Vec<String>,
}

/// A suffix of an image tag.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageSuffix {
    /// The first version that has it, `major.minor.patch`.
    pub from: String,
    /// The suffix, such as `-efa`.
    pub suffix: String,
    /// The repositories that have such tags, by their last path segment.
    pub repositories: Vec<String>,
}

/// Where workers must and must not stand (`safe` only).
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FabricPlacement {
    /// Whether prefill and decode workers must be on different nodes.
    pub separate_prefill_decode: At<bool>,
    /// The node label whose value all workers of a graph must share, such as the zone.
    pub same: Option<At<String>>,
}

/// `/dev/shm` by framework, as Kubernetes quantities.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SharedMemory {
    /// vLLM workers.
    pub vllm: Option<At<String>>,
    /// SGLang workers.
    pub sglang: Option<At<String>>,
    /// TensorRT-LLM workers.
    pub trtllm: Option<At<String>>,
}
