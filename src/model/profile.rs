//! What a cluster is: the `ClusterProfile` kind.
//!
//! Everything a rule of the plan may ask about a cluster is a field here, and every value keeps its place
//! in the file that gave it. Profiles extend one another; `resolve` merges the layers
//! before this type is filled, so a layer may leave out whatever another one gives.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::yaml::At;

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
    /// Where images come from.
    pub registry: Registry,
    /// Levels of the network, widest first.
    pub topology: Topology,
    /// Who places pods.
    pub scheduler: Scheduler,
    /// What the monitoring stack looks for.
    pub monitoring: Monitoring,
    /// What the cluster's network policies must let through.
    pub network: Network,
}

/// Whose Kubernetes a cluster is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Provider {
    /// Amazon EKS
    Eks,
    /// Azure AKS
    Aks,
    /// Google GKE
    Gke,
    /// Any other: Nebius, Nscale, bare metal, kind.
    #[default]
    Generic,
}

/// How a provider makes nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Variant {
    /// EKS managed or self-managed node groups.
    ManagedNodeGroups,
    /// EKS with Karpenter.
    Karpenter,
    /// EKS Auto Mode.
    AutoMode,
    /// AKS node pools.
    NodePools,
    /// AKS node auto-provisioning.
    NodeAutoProvisioning,
    /// GKE Standard.
    Standard,
    /// GKE Autopilot.
    Autopilot,
}

/// The Kubernetes a cluster runs.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Kubernetes {
    /// Major and minor, such as `"1.34"`.
    #[schemars(regex(pattern = r"^1\.[0-9]{2}$"))]
    pub version: At<String>,
}

impl Default for Kubernetes {
    fn default() -> Self {
        Self {
            version: At::nowhere("1.34".to_owned()),
        }
    }
}

/// The Dynamo platform a cluster runs.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Dynamo {
    /// The version in which graphs are written out.
    pub api_version: GraphVersion,
    /// The platform chart's version.
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+\.[0-9]+$"))]
    pub version: String,
    /// How components find one another.
    pub discovery: Discovery,
}

impl Default for Dynamo {
    fn default() -> Self {
        Self {
            api_version: GraphVersion::V1Beta1,
            version: "1.5.0".to_owned(),
            discovery: Discovery::Kubernetes,
        }
    }
}

/// A version of `DynamoGraphDeployment`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum GraphVersion {
    /// `nvidia.com/v1alpha1`, with `services`.
    #[value(name = "v1alpha1")]
    V1Alpha1,
    /// `nvidia.com/v1beta1`, with `components`.
    #[default]
    #[value(name = "v1beta1")]
    V1Beta1,
}

/// How the components of a graph find one another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Discovery {
    /// EndpointSlices and DynamoWorkerMetadata objects.
    #[default]
    Kubernetes,
    /// An etcd the platform names.
    Etcd,
}

/// Which add-ons a cluster has. What is absent is not there.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Capabilities {
    /// Prometheus Operator: PodMonitor, ServiceMonitor, PrometheusRule.
    pub prometheus_operator: At<bool>,
    /// A Grafana that picks up dashboards from ConfigMaps.
    pub grafana_dashboards: At<bool>,
    /// Gateway API.
    pub gateway_api: At<bool>,
    /// Gateway API inference extension: InferencePool.
    pub inference_extension: At<bool>,
    /// KEDA.
    pub keda: At<bool>,
    /// Grove, enabled in the Dynamo platform.
    pub grove: At<bool>,
    /// LeaderWorkerSet.
    pub lws: At<bool>,
    /// KAI scheduler.
    pub kai: At<bool>,
    /// Volcano.
    pub volcano: At<bool>,
    /// Kueue.
    pub kueue: At<bool>,
    /// External Secrets Operator.
    pub external_secrets: At<bool>,
    /// Secrets Store CSI driver.
    pub secrets_store_csi: At<bool>,
    /// cert-manager.
    pub cert_manager: At<bool>,
    /// Istio.
    pub istio: At<bool>,
    /// Dynamic resource allocation (`resource.k8s.io/v1`) with the NVIDIA driver.
    pub dra: At<bool>,
    /// CSI volume snapshots.
    pub snapshots: At<bool>,
    /// A network plugin that enforces NetworkPolicy.
    pub network_policy: At<bool>,
    /// The `ExtendedResourceToleration` admission plugin: pods that ask for a device tolerate its taint.
    pub extended_resource_toleration: At<bool>,
}

/// A Pod Security Standard.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum PodSecurity {
    /// Everything is allowed.
    #[default]
    Privileged,
    /// Known privilege escalations are not.
    Baseline,
    /// Only hardened pods are.
    Restricted,
}

impl PodSecurity {
    /// The level's name, as the namespace label wants it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// Nodes that are all alike.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pool {
    /// The name by which a release asks for the pool.
    pub name: At<String>,
    /// The provider's machine type, such as `p5.48xlarge`.
    #[serde(default)]
    pub machine_type: Option<At<String>>,
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
    /// Whether a ComputeDomain gives every multinode worker a channel on the NVLink fabric.
    #[serde(default)]
    pub compute_domain: bool,
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

/// Storage classes and what they are used for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Storage {
    /// The classes a graph's claims may name.
    pub classes: Vec<At<StorageClass>>,
    /// Which class serves which purpose.
    pub roles: StorageRoles,
}

/// A storage class.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StorageClass {
    /// Its name in the cluster. Empty for volumes that are bound by hand.
    pub name: At<String>,
    /// The CSI driver.
    pub provisioner: At<String>,
    /// Access modes the driver can give.
    pub access_modes: Vec<AccessMode>,
    /// The smallest size, as a quantity. It need not be a multiple of `step`.
    #[serde(default)]
    pub minimum: Option<At<String>>,
    /// Sizes above `minimum` are multiples of this, as a quantity.
    #[serde(default)]
    pub step: Option<At<String>>,
    /// Whether volumes live in one zone.
    #[serde(default)]
    pub zonal: bool,
    /// Whether the release writes the StorageClass; otherwise the cluster has it.
    #[serde(default)]
    pub create: bool,
    /// The driver's parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, At<String>>,
    /// What becomes of a volume when its claim goes.
    #[serde(default)]
    pub reclaim_policy: Option<ReclaimPolicy>,
    /// When a volume is made.
    #[serde(default)]
    pub volume_binding_mode: Option<VolumeBindingMode>,
    /// Options the volumes are mounted with.
    #[serde(default)]
    pub mount_options: Vec<String>,
    /// Whether claims can grow.
    #[serde(default)]
    pub allow_volume_expansion: Option<bool>,
    /// Topologies a volume may be made in, as the StorageClass gives them.
    #[serde(default)]
    pub allowed_topologies: Vec<Json>,
    /// For drivers without dynamic provisioning, or a file system that exists: the volume to bind.
    #[serde(default)]
    pub static_volume: Option<At<StaticVolume>>,
}

/// How a volume may be mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum AccessMode {
    /// By one node, reading and writing.
    ReadWriteOnce,
    /// By many nodes, reading.
    ReadOnlyMany,
    /// By many nodes, reading and writing.
    ReadWriteMany,
    /// By one pod.
    ReadWriteOncePod,
}

impl AccessMode {
    /// The mode's name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadWriteOnce => "ReadWriteOnce",
            Self::ReadOnlyMany => "ReadOnlyMany",
            Self::ReadWriteMany => "ReadWriteMany",
            Self::ReadWriteOncePod => "ReadWriteOncePod",
        }
    }
}

/// What becomes of a volume when its claim goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ReclaimPolicy {
    /// It goes too.
    Delete,
    /// It stays.
    Retain,
}

/// When a volume is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum VolumeBindingMode {
    /// With the claim.
    Immediate,
    /// With the first pod, where that pod runs.
    WaitForFirstConsumer,
}

/// A volume that exists outside the cluster.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StaticVolume {
    /// The driver's name of it, such as an FSx file system id.
    pub volume_handle: String,
    /// What the driver needs to mount it.
    #[serde(default)]
    pub volume_attributes: BTreeMap<String, At<String>>,
}

/// Which class serves which purpose.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StorageRoles {
    /// Model weights, read by every worker.
    pub model_cache: Option<At<StorageRole>>,
    /// Compiled kernels, read and written by workers of one image.
    pub compilation_cache: Option<At<StorageRole>>,
    /// Room that may be lost with the pod: a volume of each pod's own.
    pub scratch: Option<At<StorageRole>>,
}

/// A class for one purpose.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StorageRole {
    /// The name of a class in `classes`.
    pub class: At<String>,
    /// The size of a claim that does not say its own, as a quantity.
    pub size: At<String>,
    /// The access mode of a claim that does not say its own.
    pub access_mode: AccessMode,
}

/// How nodes that can be taken back behave.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Spot {
    /// Seconds between the notice and the end that pods can use.
    pub grace_seconds: Option<At<u32>>,
}

/// How pods get a cloud identity.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Identity {
    /// The mechanism.
    pub kind: IdentityKind,
}

/// Mechanisms of cloud identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum IdentityKind {
    /// None.
    #[default]
    None,
    /// IAM roles for service accounts: an annotation with the role's ARN.
    Irsa,
    /// EKS Pod Identity: an association outside the cluster's objects.
    PodIdentity,
    /// Azure Workload Identity: an annotation with the client id and a pod label.
    AzureWorkload,
    /// Workload Identity Federation for GKE: an annotation with the Google service account.
    GkeWorkload,
}

/// Where secrets come from.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Secrets {
    /// The mechanism that fills Secrets.
    pub backend: SecretsBackend,
    /// External Secrets: the store to ask.
    pub store: Option<At<SecretStore>>,
    /// Secrets Store CSI driver: the provider and its parameters.
    pub provider: Option<At<SecretProvider>>,
}

/// Mechanisms that fill Secrets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SecretsBackend {
    /// Secrets exist in the cluster; nothing is rendered for them.
    #[default]
    Existing,
    /// External Secrets Operator.
    ExternalSecrets,
    /// Secrets Store CSI driver.
    SecretsStoreCsi,
}

/// A store of the External Secrets Operator.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretStore {
    /// `SecretStore` or `ClusterSecretStore`.
    pub kind: SecretStoreKind,
    /// Its name.
    pub name: String,
    /// How often to look, such as `1h`.
    #[serde(default = "one_hour")]
    pub refresh_interval: String,
}

fn one_hour() -> String {
    "1h".to_owned()
}

/// Kinds of store of the External Secrets Operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum SecretStoreKind {
    /// In the namespace.
    SecretStore,
    /// For the whole cluster.
    ClusterSecretStore,
}

impl SecretStoreKind {
    /// The kind's name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecretStore => "SecretStore",
            Self::ClusterSecretStore => "ClusterSecretStore",
        }
    }
}

/// A provider of the Secrets Store CSI driver.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretProvider {
    /// `aws`, `azure`, `gcp` …
    pub name: String,
    /// The CSI driver; the upstream one unless the cloud has its own.
    #[serde(default = "secrets_store_driver")]
    pub driver: String,
    /// Parameters besides `objects`, which the release's secrets fill.
    #[serde(default)]
    pub parameters: BTreeMap<String, At<String>>,
}

fn secrets_store_driver() -> String {
    "secrets-store.csi.k8s.io".to_owned()
}

/// Where images come from.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Registry {
    /// Prefixes of image names and what stands in their place; the longest match wins.
    pub mirrors: Vec<At<Mirror>>,
    /// Secrets of type `kubernetes.io/dockerconfigjson` that every pod names.
    pub pull_secrets: Vec<At<String>>,
}

/// A prefix of image names and its replacement.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mirror {
    /// The prefix, up to a `/`, such as `nvcr.io` or `nvcr.io/nvidia`.
    pub from: String,
    /// What stands in its place.
    pub to: String,
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

/// What the monitoring stack looks for.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Monitoring {
    /// Labels that Prometheus selects monitors and rules by.
    pub labels: BTreeMap<String, At<String>>,
    /// How often to scrape, such as `15s`.
    pub interval: String,
    /// The namespace Prometheus and Grafana run in.
    pub namespace: At<String>,
    /// Labels that Grafana selects dashboard ConfigMaps by.
    pub dashboard_labels: BTreeMap<String, At<String>>,
}

impl Default for Monitoring {
    fn default() -> Self {
        Self {
            labels: BTreeMap::new(),
            interval: "15s".to_owned(),
            namespace: At::nowhere("monitoring".to_owned()),
            dashboard_labels: BTreeMap::from([(
                "grafana_dashboard".to_owned(),
                At::nowhere("1".to_owned()),
            )]),
        }
    }
}

/// What the cluster's network policies must let through.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Network {
    /// Namespaces whose pods may reach frontends: those of gateways and ingress controllers.
    pub ingress_namespaces: Vec<At<String>>,
    /// The namespace of the Dynamo platform: its operator, and NATS and etcd where they are installed.
    pub platform_namespace: Option<At<String>>,
}
