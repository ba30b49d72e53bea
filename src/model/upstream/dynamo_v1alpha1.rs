//! `nvidia.com/v1alpha1` DynamoGraphDeployment: the older form of a graph, still served.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::dynamo_v1beta1::{
    BackendFramework, CheckpointDeletion, CheckpointJob, CheckpointMode, CheckpointStartup,
    ClientPod, ComponentTopologyConstraint, EppConfig, GraphExperimental, MultinodeRole,
    ProviderOverride, Restart,
};
use super::kubernetes;

/// An inference graph: services that serve a model together.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DynamoGraphDeployment {
    /// `nvidia.com/v1alpha1`.
    pub api_version: String,
    /// `DynamoGraphDeployment`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// What to run.
    pub spec: Option<GraphSpec>,
    /// Written by the operator.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// What a graph runs.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{ "rule": "has(self.restart) ? oldSelf.hasValue() : true", "message": "`restart` must be unset when the graph is created", "fieldPath": ".restart", "optionalOldSelf": true }]))]
pub struct GraphSpec {
    /// Annotations for every pod and Service of the graph.
    pub annotations: Option<BTreeMap<String, String>>,
    /// The inference engine of all workers. It cannot change after creation.
    pub backend_framework: Option<BackendFramework>,
    /// Environment variables for every service; a service's variable of the same name wins.
    #[schemars(default, schema_with = "kubernetes::env")]
    pub envs: Option<Value>,
    /// Features that may change.
    pub experimental: Option<GraphExperimental>,
    /// Labels for every pod and Service of the graph.
    pub labels: Option<BTreeMap<String, String>>,
    /// PriorityClass of every pod. Works only where Grove schedules the graph.
    pub priority_class_name: Option<String>,
    /// Fields to set on the objects the operator makes for the whole graph.
    pub provider_override: Option<ProviderOverride>,
    /// Volumes of the graph, at most 100.
    #[schemars(length(max = 100))]
    pub pvcs: Option<Vec<Pvc>>,
    /// Asks the operator to restart services. Must be unset when the graph is created.
    pub restart: Option<Restart>,
    /// The services by name, at most 25.
    #[schemars(extend("maxProperties" = 25))]
    pub services: Option<BTreeMap<String, Service>>,
    /// How close to one another the graph's pods must run.
    pub topology_constraint: Option<GraphTopologyConstraint>,
}

/// A volume of the graph.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{ "rule": "has(self.create) && self.create ? has(self.size) && has(self.storageClass) && has(self.volumeAccessMode) : true", "message": "a volume to create needs `size`, `storageClass` and `volumeAccessMode`" }]))]
pub struct Pvc {
    /// Whether the operator makes the claim; the fields below are needed then.
    pub create: Option<bool>,
    /// Name of the PersistentVolumeClaim.
    pub name: String,
    /// How much to ask for.
    #[schemars(default, schema_with = "kubernetes::quantity")]
    pub size: Option<Value>,
    /// StorageClass of the claim.
    pub storage_class: Option<String>,
    /// Access mode, such as `ReadWriteMany`.
    pub volume_access_mode: Option<String>,
}

/// How close to one another a graph's pods must run.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GraphTopologyConstraint {
    /// Topology level within which all pods must fit.
    #[schemars(regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub pack_domain: Option<String>,
    /// Name of the cluster topology whose levels are used.
    #[schemars(length(min = 1))]
    pub topology_profile: String,
}

/// One part of a graph.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{ "rule": "!has(self.minAvailable) || (has(self.replicas) ? self.replicas == 0 || self.minAvailable <= self.replicas : self.minAvailable <= 1)", "message": "`minAvailable` may be at most `replicas`, which is 1 if unset", "fieldPath": ".minAvailable" }, { "rule": "has(oldSelf.minAvailable) ? has(self.minAvailable) && self.minAvailable == oldSelf.minAvailable : true", "message": "`minAvailable` cannot change", "fieldPath": ".minAvailable" }]))]
pub struct Service {
    /// Annotations of the service's objects.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Deprecated: the operator ignores it. Use `scalingAdapter`.
    pub autoscaling: Option<Autoscaling>,
    /// Starts pods from a saved process image.
    pub checkpoint: Option<Checkpoint>,
    /// What the service does: `frontend`, `worker`, `planner`, `epp`.
    pub component_type: Option<String>,
    /// Deprecated: the operator ignores it.
    pub dynamo_namespace: Option<String>,
    /// Name of a Secret whose entries become environment variables.
    pub env_from_secret: Option<String>,
    /// Environment variables.
    #[schemars(default, schema_with = "kubernetes::env")]
    pub envs: Option<Value>,
    /// Configuration of the endpoint picker.
    pub epp_config: Option<EppConfig>,
    /// Labels and annotations of the pods.
    pub extra_pod_metadata: Option<ExtraPodMetadata>,
    /// The pods' spec, and the main container as `mainContainer`.
    #[schemars(default, schema_with = "kubernetes::extra_pod_spec")]
    pub extra_pod_spec: Option<Value>,
    /// Keeps a second engine ready.
    pub failover: Option<Failover>,
    /// Runs a frontend beside the worker.
    pub frontend_sidecar: Option<FrontendSidecar>,
    /// Joins the Dynamo namespace that all graphs of the Kubernetes namespace share.
    pub global_dynamo_namespace: Option<bool>,
    /// Keeps weights in GPU memory outside the engine's process.
    pub gpu_memory_service: Option<GpuMemoryService>,
    /// Exposes the service outside the cluster.
    pub ingress: Option<Ingress>,
    /// Labels of the service's objects.
    pub labels: Option<BTreeMap<String, String>>,
    /// When to restart the main container.
    #[schemars(default, schema_with = "kubernetes::probe")]
    pub liveness_probe: Option<Value>,
    /// Replicas that must be up together; at most `replicas`.
    #[schemars(range(min = 1))]
    pub min_available: Option<i32>,
    /// The model this service serves.
    pub model_ref: Option<ModelRef>,
    /// Spreads one replica over several nodes.
    pub multinode: Option<Multinode>,
    /// Fields to set on the objects the operator makes for this service.
    pub provider_override: Option<ProviderOverride>,
    /// When the main container takes requests.
    #[schemars(default, schema_with = "kubernetes::probe")]
    pub readiness_probe: Option<Value>,
    /// How many to run.
    #[schemars(range(min = 0))]
    pub replicas: Option<i32>,
    /// Resources of the main container.
    pub resources: Option<Resources>,
    /// Dynamo version in the main image, as `1.2.3`. Needed when the image's tag does not say it.
    #[schemars(regex(
        pattern = r"^(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})$"
    ))]
    pub runtime_version_override: Option<String>,
    /// Lets an autoscaler set `replicas` through a scaling adapter.
    pub scaling_adapter: Option<ScalingAdapter>,
    /// Deprecated: the key in `services` is the name.
    pub service_name: Option<String>,
    /// Size of `/dev/shm`.
    pub shared_memory: Option<SharedMemory>,
    /// What a worker does in a disaggregated graph: `prefill` or `decode`.
    pub sub_component_type: Option<String>,
    /// How close to one another the service's pods must run.
    pub topology_constraint: Option<ComponentTopologyConstraint>,
    /// Volumes in the main container.
    pub volume_mounts: Option<Vec<VolumeMount>>,
}

/// Deprecated: the operator ignores it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Autoscaling {
    /// How fast to scale.
    #[schemars(default, schema_with = "kubernetes::scaling_behavior")]
    pub behavior: Option<Value>,
    /// Whether it was on.
    pub enabled: Option<bool>,
    /// Most replicas.
    pub max_replicas: Option<i64>,
    /// What to scale on.
    #[schemars(default, schema_with = "kubernetes::metrics_list")]
    pub metrics: Option<Value>,
    /// Fewest replicas.
    pub min_replicas: Option<i64>,
}

/// Starts pods from a saved process image.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{ "rule": "!(has(self.job) && has(self.checkpointRef) && self.checkpointRef != '')", "message": "`job` and `checkpointRef` exclude each other", "fieldPath": ".job" }]))]
pub struct Checkpoint {
    /// Name of a DynamoCheckpoint that exists. Not together with `job`.
    pub checkpoint_ref: Option<String>,
    /// Whether the checkpoint goes with the graph. `Delete` if unset.
    pub deletion_policy: Option<CheckpointDeletion>,
    /// Turns it on.
    pub enabled: Option<bool>,
    /// Deprecated: what makes two checkpoints the same.
    pub identity: Option<CheckpointIdentity>,
    /// How the checkpoint is taken.
    pub job: Option<CheckpointJob>,
    /// Deprecated: who makes the checkpoint.
    pub mode: Option<CheckpointMode>,
    /// Whether pods start before the checkpoint is there. `Immediate` if unset.
    pub startup_policy: Option<CheckpointStartup>,
    /// Container to save; `main` if unset.
    #[schemars(default, schema_with = "kubernetes::container_name")]
    pub target_container_name: Option<String>,
}

/// What makes two checkpoints the same.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckpointIdentity {
    /// The inference engine.
    pub backend_framework: BackendFramework,
    /// Data type of the weights.
    pub dtype: Option<String>,
    /// Dynamo version.
    pub dynamo_version: Option<String>,
    /// Whatever else tells two checkpoints apart.
    pub extra_parameters: Option<BTreeMap<String, String>>,
    /// Longest sequence, in tokens.
    #[schemars(range(min = 1))]
    pub max_model_len: Option<i32>,
    /// The model.
    pub model: String,
    /// Pipeline stages; 1 if unset.
    #[schemars(range(min = 1))]
    pub pipeline_parallel_size: Option<i32>,
    /// GPUs for each tensor; 1 if unset.
    #[schemars(range(min = 1))]
    pub tensor_parallel_size: Option<i32>,
}

/// Labels and annotations of a service's pods.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExtraPodMetadata {
    /// Annotations.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Labels.
    pub labels: Option<BTreeMap<String, String>>,
}

/// In one pod or across pods, as v1alpha1 spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum PodScope {
    IntraPod,
    InterPod,
}

/// Keeps a second engine ready.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Failover {
    /// Turns it on.
    pub enabled: bool,
    /// In the same pod, which is the default, or in another.
    pub mode: Option<PodScope>,
    /// Engines that stand by; 1 if unset.
    #[schemars(range(min = 1))]
    pub num_shadows: Option<i32>,
}

/// A frontend beside the worker.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FrontendSidecar {
    /// Arguments.
    pub args: Option<Vec<String>>,
    /// Name of a Secret whose entries become environment variables.
    pub env_from_secret: Option<String>,
    /// Environment variables.
    #[schemars(default, schema_with = "kubernetes::env")]
    pub envs: Option<Value>,
    /// The frontend's image.
    pub image: String,
}

/// Keeps weights in GPU memory outside the engine's process.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{ "rule": "!has(self.extraClientContainers) || self.extraClientContainers.size() == 0 || !has(self.mode) || self.mode == 'intraPod'", "message": "`extraClientContainers` goes with mode `intraPod` only", "fieldPath": ".extraClientContainers" }, { "rule": "!has(self.extraClientPods) || self.extraClientPods.size() == 0", "message": "`extraClientPods` is reserved and cannot be used yet", "fieldPath": ".extraClientPods" }]))]
pub struct GpuMemoryService {
    /// DeviceClass of the GPUs; `gpu.nvidia.com` if unset.
    pub device_class_name: Option<String>,
    /// Turns it on.
    pub enabled: bool,
    /// More containers that use the service. Only with `intraPod`.
    #[schemars(default, schema_with = "kubernetes::container_names")]
    pub extra_client_containers: Option<Vec<String>>,
    /// Reserved: the operator refuses it.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub extra_client_pods: Option<Vec<ClientPod>>,
    /// In the same pod, which is the default, or in another.
    pub mode: Option<PodScope>,
}

/// Exposes a service outside the cluster.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ingress {
    /// Annotations of the Ingress or VirtualService.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Turns it on.
    pub enabled: Option<bool>,
    /// Host name; needed when enabled.
    pub host: Option<String>,
    /// What stands before the host name.
    pub host_prefix: Option<String>,
    /// What stands after the host name.
    pub host_suffix: Option<String>,
    /// IngressClass.
    pub ingress_controller_class_name: Option<String>,
    /// Labels of the Ingress or VirtualService.
    pub labels: Option<BTreeMap<String, String>>,
    /// Certificate for the host.
    pub tls: Option<IngressTls>,
    /// Makes an Istio VirtualService instead of an Ingress.
    pub use_virtual_service: Option<bool>,
    /// Istio gateway of the VirtualService.
    pub virtual_service_gateway: Option<String>,
}

/// Certificate of a host.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IngressTls {
    /// Secret with the certificate and its key.
    pub secret_name: Option<String>,
}

/// The model a service serves.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelRef {
    /// The model's name, as clients ask for it.
    pub name: String,
    /// Its revision.
    pub revision: Option<String>,
}

/// Spreads one replica over several nodes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Multinode {
    /// The first pod of each replica.
    pub leader: Option<MultinodeRole>,
    /// Pods of each replica, the leader included.
    #[schemars(range(min = 2))]
    pub node_count: i32,
    /// The other pods of each replica.
    pub worker: Option<MultinodeRole>,
}

/// Resources of a service's main container.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resources {
    /// Dynamic resource claims of the pod that the container uses.
    #[schemars(default, schema_with = "kubernetes::container_claims")]
    pub claims: Option<Value>,
    /// The most the container may use.
    pub limits: Option<ResourceAmounts>,
    /// What a node must have for the pod to run there.
    pub requests: Option<ResourceAmounts>,
}

/// Amounts of resources, each as text.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceAmounts {
    /// CPU, such as `"2"` or `500m`.
    pub cpu: Option<String>,
    /// Other resources by name.
    pub custom: Option<BTreeMap<String, String>>,
    /// GPUs, as text: `"8"`.
    pub gpu: Option<String>,
    /// Resource name of the GPU; `nvidia.com/gpu` if unset.
    pub gpu_type: Option<String>,
    /// Memory, such as `64Gi`.
    pub memory: Option<String>,
}

/// Lets an autoscaler set `replicas`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScalingAdapter {
    /// Turns it on.
    pub enabled: Option<bool>,
}

/// Shared memory of a service's pods.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{ "rule": "has(self.disabled) && self.disabled || has(self.size) && quantity(self.size).sign() == 1", "message": "shared memory that is not disabled needs a `size` above zero" }]))]
pub struct SharedMemory {
    /// Leaves the volume out.
    pub disabled: Option<bool>,
    /// Size of `/dev/shm`, needed unless disabled.
    #[schemars(default, schema_with = "kubernetes::quantity")]
    pub size: Option<Value>,
}

/// A volume in the main container.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VolumeMount {
    /// Where the volume appears. May be left out for a compilation cache.
    pub mount_point: Option<String>,
    /// Name of an entry of the graph's `pvcs`.
    pub name: String,
    /// Keeps the engine's compiled kernels there.
    pub use_as_compilation_cache: Option<bool>,
}
