//! `nvidia.com/v1beta1` DynamoGraphDeployment: a graph as the Dynamo operator stores it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// An inference graph: components that serve a model together.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DynamoGraphDeployment {
    /// `nvidia.com/v1beta1`.
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
    /// Annotations for every pod and Service of the graph; a component's own win.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Labels for every pod and Service of the graph; a component's own win.
    pub labels: Option<BTreeMap<String, String>>,
    /// The inference engine of all workers. It cannot change after creation.
    pub backend_framework: Option<BackendFramework>,
    /// The components, at most 25, each with a name of its own.
    #[schemars(
        length(max = 25),
        extend(
            "x-kubernetes-list-type" = "map",
            "x-kubernetes-list-map-keys" = ["name"],
            "x-kubernetes-validations" = [
                {
                    "rule": "self.filter(c, has(c.type) && c.type == 'epp').size() < 2",
                    "message": "a graph has at most one component of type `epp`"
                },
                {
                    "rule": "self.all(a, !has(a.name) || self.exists_one(b, has(b.name) && a.name.lowerAscii() == b.name.lowerAscii()))",
                    "message": "names of components must differ in more than the case of their letters"
                }
            ]
        )
    )]
    pub components: Option<Vec<Component>>,
    /// Environment variables for every component; a component's variable of the same name wins.
    #[schemars(default, schema_with = "kubernetes::env")]
    pub env: Option<Value>,
    /// Features that may change.
    pub experimental: Option<GraphExperimental>,
    /// PriorityClass of every pod. Works only where Grove schedules the graph.
    pub priority_class_name: Option<String>,
    /// Fields to set on the objects the operator makes for the whole graph.
    pub provider_override: Option<ProviderOverride>,
    /// Asks the operator to restart components. Must be unset when the graph is created.
    pub restart: Option<Restart>,
    /// How close to one another the graph's pods must run.
    pub topology_constraint: Option<GraphTopologyConstraint>,
}

/// An inference engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are the engines'")]
pub enum BackendFramework {
    Sglang,
    Vllm,
    Trtllm,
}

/// Features of a graph that may change.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GraphExperimental {
    /// Keeps prefill and decode workers close enough to pass KV cache to one another.
    pub kv_transfer_policy: Option<KvTransferPolicy>,
}

/// Where a prefill worker may be, seen from the decode worker it serves.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{ "rule": "has(self.labelKey) != has(self.clusterTopologyName)", "message": "set either `labelKey` or `clusterTopologyName`" }, { "rule": "(has(self.enforcement) && self.enforcement == 'preferred') == has(self.preferredWeight)", "message": "`preferredWeight` goes with enforcement `preferred`, and only with it" }]))]
pub struct KvTransferPolicy {
    /// Name of a cluster topology that defines `domain`. Either this or `labelKey`.
    #[schemars(length(min = 1))]
    pub cluster_topology_name: Option<String>,
    /// Topology level that both workers share, such as `rack` or `zone`.
    #[schemars(regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub domain: String,
    /// Whether a worker outside the domain is refused or only less welcome. `required` if unset.
    pub enforcement: Option<Enforcement>,
    /// Node label that names the domain. Either this or `clusterTopologyName`.
    #[schemars(
        length(min = 1, max = 317),
        regex(
            pattern = r"^(([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*/)?([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$"
        ),
        extend("x-kubernetes-validations" = [{
            "rule": "self.indexOf('/') <= 253",
            "message": "the prefix of a label key has at most 253 characters"
        }])
    )]
    pub label_key: Option<String>,
    /// How much a worker in the domain is preferred, 0 to 1. Only with enforcement `preferred`.
    #[schemars(range(min = 0, max = 1))]
    pub preferred_weight: Option<f64>,
}

/// How firm a placement rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum Enforcement {
    Required,
    Preferred,
}

/// Fields to set on an object that the operator makes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderOverride {
    /// API version of the object, such as `grove.io/v1alpha1`.
    #[schemars(length(min = 1))]
    pub api_version: String,
    /// Kind of the part that `value` is for.
    pub target: Option<String>,
    /// The fields, shaped as the target has them.
    #[schemars(schema_with = "kubernetes::any_object")]
    pub value: Value,
}

/// A restart of components.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Restart {
    /// Another value than before starts a restart.
    #[schemars(length(min = 1))]
    pub id: String,
    /// In which order components restart.
    pub strategy: Option<RestartStrategy>,
}

/// In which order components restart.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestartStrategy {
    /// Every component's name, first to restart first. Only with `Sequential`.
    pub order: Option<Vec<String>>,
    /// One after the other, which is the default, or all at once.
    #[serde(rename = "type")]
    pub kind: Option<RestartKind>,
}

/// One after the other or all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum RestartKind {
    Sequential,
    Parallel,
}

/// How close to one another a graph's pods must run.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GraphTopologyConstraint {
    /// Name of the cluster topology whose levels are used.
    #[schemars(length(min = 1))]
    pub cluster_topology_name: String,
    /// Topology level within which all pods must fit.
    #[schemars(regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub pack_domain: Option<String>,
}

/// One part of a graph.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{ "rule": "has(self.eppConfig) ? has(self.type) && self.type == 'epp' : true", "message": "`eppConfig` is for a component of type `epp` only", "fieldPath": ".eppConfig" }, { "rule": "!has(self.eppConfig) || has(self.eppConfig.config) != has(self.eppConfig.configMapRef)", "message": "set either `config` or `configMapRef`", "fieldPath": ".eppConfig" }, { "rule": "!has(self.minAvailable) || (has(self.replicas) ? self.replicas == 0 || self.minAvailable <= self.replicas : self.minAvailable <= 1)", "message": "`minAvailable` may be at most `replicas`, which is 1 if unset", "fieldPath": ".minAvailable" }, { "rule": "has(oldSelf.minAvailable) ? has(self.minAvailable) && self.minAvailable == oldSelf.minAvailable : true", "message": "`minAvailable` cannot change", "fieldPath": ".minAvailable" }]))]
pub struct Component {
    /// Keeps the engine's compiled kernels on a volume, so that the next start is faster.
    pub compilation_cache: Option<CompilationCache>,
    /// Configuration of the endpoint picker. Only with type `epp`, and needed there.
    pub epp_config: Option<EppConfig>,
    /// Features that may change.
    pub experimental: Option<ComponentExperimental>,
    /// Name of the container in `podTemplate` that is a frontend beside the worker.
    pub frontend_sidecar: Option<String>,
    /// Joins the Dynamo namespace that all graphs of the Kubernetes namespace share.
    pub global_dynamo_namespace: Option<bool>,
    /// Replicas that must be up together; at most `replicas`. Works only with Grove and cannot change.
    #[schemars(range(min = 1))]
    pub min_available: Option<i32>,
    /// The model this component serves; a Service without cluster IP is made for it.
    pub model_ref: Option<ModelRef>,
    /// Spreads one replica over several nodes.
    pub multinode: Option<Multinode>,
    /// The component's name, unique in the graph whatever the case of its letters.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = "^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?$")
    )]
    pub name: String,
    /// The component's pods. The operator adds to a container `main` what Dynamo needs.
    pub pod_template: Option<PodTemplate>,
    /// Fields to set on the objects the operator makes for this component.
    pub provider_override: Option<ProviderOverride>,
    /// How many to run; 1 if unset.
    #[schemars(range(min = 0))]
    pub replicas: Option<i32>,
    /// Dynamo version in the main image, as `1.2.3`. Needed when the image's tag does not say it.
    #[schemars(regex(
        pattern = r"^(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})$"
    ))]
    pub runtime_version_override: Option<String>,
    /// Lets an autoscaler set `replicas` through a scaling adapter. Being there turns it on.
    pub scaling_adapter: Option<ScalingAdapter>,
    /// Size of `/dev/shm`; 8Gi if unset, no volume if `"0"`.
    #[schemars(default, schema_with = "kubernetes::quantity")]
    pub shared_memory_size: Option<Value>,
    /// How close to one another the component's pods must run.
    pub topology_constraint: Option<ComponentTopologyConstraint>,
    /// What the component does; it decides ports, probes and arguments. Unset means none of these.
    #[serde(rename = "type")]
    pub kind: Option<ComponentType>,
}

/// What a component does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are Dynamo's")]
pub enum ComponentType {
    Frontend,
    Worker,
    Prefill,
    Decode,
    Planner,
    Epp,
}

/// A volume for the engine's compiled kernels.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompilationCache {
    /// Where the engine looks for it. Only vLLM has a default, `/root/.cache/vllm`.
    pub mount_path: Option<String>,
    /// Name of the PersistentVolumeClaim.
    #[schemars(length(min = 1))]
    pub pvc_name: String,
}

/// Configuration of the endpoint picker: in a ConfigMap or in place, not both.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EppConfig {
    /// The configuration itself.
    pub config: Option<EppPlugins>,
    /// A ConfigMap's key that holds the configuration.
    #[schemars(default, schema_with = "kubernetes::config_map_key")]
    pub config_map_ref: Option<Value>,
}

/// Plugins of the endpoint picker. Fields that are not listed are passed on.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EppPlugins {
    /// API version of the picker's configuration.
    pub api_version: Option<String>,
    /// Names of features to turn on.
    pub feature_gates: Option<Vec<String>>,
    /// Kind of the picker's configuration.
    pub kind: Option<String>,
    /// The plugins there are.
    pub plugins: Vec<EppPlugin>,
    /// When an endpoint counts as full.
    pub saturation_detector: Option<SaturationDetector>,
    /// Which plugins decide, and with which weight.
    pub scheduling_profiles: Vec<SchedulingProfile>,
}

/// One plugin of the endpoint picker.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EppPlugin {
    /// Name to refer to it by; its type if unset.
    pub name: Option<String>,
    /// The plugin's own settings.
    pub parameters: Option<Value>,
    /// Which plugin it is.
    #[serde(rename = "type")]
    pub kind: String,
}

/// When an endpoint counts as full.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SaturationDetector {
    /// Used share of the KV cache, 0 to 1.
    pub kv_cache_util_threshold: Option<f64>,
    /// Age from which metrics no longer count, such as `200ms`.
    pub metrics_staleness_threshold: Option<String>,
    /// Waiting requests.
    pub queue_depth_threshold: Option<i64>,
}

/// Which plugins decide.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SchedulingProfile {
    /// The profile's name.
    pub name: String,
    /// The plugins, by reference.
    pub plugins: Vec<SchedulingPlugin>,
}

/// A plugin's part in a decision.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SchedulingPlugin {
    /// Name of the plugin.
    pub plugin_ref: String,
    /// How much its score counts.
    pub weight: Option<i64>,
}

/// Features of a component that may change.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentExperimental {
    /// Starts pods from a saved process image.
    pub checkpoint: Option<Checkpoint>,
    /// Keeps a second engine ready. Needs `gpuMemoryService` with the same mode.
    pub failover: Option<Failover>,
    /// Keeps weights in GPU memory outside the engine's process.
    pub gpu_memory_service: Option<GpuMemoryService>,
    /// Settings for Grove.
    pub grove: Option<Grove>,
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
    pub enabled: bool,
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

/// Whether a checkpoint goes with its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum CheckpointDeletion {
    Delete,
    Retain,
}

/// Who makes a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum CheckpointMode {
    Auto,
    Manual,
}

/// Whether pods wait for a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum CheckpointStartup {
    Immediate,
    WaitForCheckpoint,
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
    #[schemars(length(min = 1))]
    pub model: String,
    /// Pipeline stages; 1 if unset.
    #[schemars(range(min = 1))]
    pub pipeline_parallel_size: Option<i32>,
    /// GPUs for each tensor; 1 if unset.
    #[schemars(range(min = 1))]
    pub tensor_parallel_size: Option<i32>,
}

/// How a checkpoint is taken.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckpointJob {
    /// Containers that use the GPU memory service.
    #[schemars(default, schema_with = "kubernetes::container_names")]
    pub gms_client_containers: Option<Vec<String>>,
    /// Changes to the pod that takes the checkpoint.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub pod_template: Option<Value>,
}

/// Keeps a second engine ready.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Failover {
    /// In the same pod, which is the default, or in another.
    pub mode: Option<PodScope>,
    /// Engines that stand by; 1 is all there can be.
    #[schemars(range(min = 1, max = 1))]
    pub num_shadows: Option<i32>,
}

/// In one pod or across pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum PodScope {
    IntraPod,
    InterPod,
}

/// Keeps weights in GPU memory outside the engine's process.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{ "rule": "!has(self.extraClientContainers) || self.extraClientContainers.size() == 0 || !has(self.mode) || self.mode == 'IntraPod'", "message": "`extraClientContainers` goes with mode `IntraPod` only", "fieldPath": ".extraClientContainers" }, { "rule": "!has(self.extraClientPods) || self.extraClientPods.size() == 0", "message": "`extraClientPods` is reserved and cannot be used yet", "fieldPath": ".extraClientPods" }]))]
pub struct GpuMemoryService {
    /// DeviceClass of the GPUs; `gpu.nvidia.com` if unset.
    pub device_class_name: Option<String>,
    /// More containers that use the service. Only with `IntraPod`.
    #[schemars(default, schema_with = "kubernetes::container_names")]
    pub extra_client_containers: Option<Vec<String>>,
    /// Reserved: the operator refuses it.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub extra_client_pods: Option<Vec<ClientPod>>,
    /// In the same pod, which is the default, or in another.
    pub mode: Option<PodScope>,
}

/// A pod that uses the GPU memory service.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientPod {
    /// The pod's name.
    #[schemars(schema_with = "kubernetes::container_name")]
    pub name: String,
    /// The pod.
    #[schemars(schema_with = "kubernetes::any_object")]
    pub pod_template: Value,
}

/// Settings for Grove.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grove {
    /// Makes a scaling group even of a single pod. It cannot change.
    pub force_scaling_group: Option<bool>,
}

/// The model a component serves.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelRef {
    /// The model's name, as clients ask for it.
    #[schemars(length(min = 1))]
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
    /// Pods of each replica, the leader included; 2 if unset.
    #[schemars(range(min = 2))]
    pub node_count: Option<i32>,
    /// The other pods of each replica.
    pub worker: Option<MultinodeRole>,
}

/// One role in a replica of several nodes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MultinodeRole {
    /// Fields to set on the objects the operator makes for this role.
    pub provider_override: Option<ProviderOverride>,
}

/// Pods of a component.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodTemplate {
    /// Labels and annotations of the pods.
    pub metadata: Option<PodMetadata>,
    /// The pods, as Kubernetes describes them.
    #[schemars(default, schema_with = "kubernetes::graph_pod_spec")]
    pub spec: Option<Value>,
}

/// Labels and annotations of pods.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodMetadata {
    /// Annotations.
    #[schemars(extend("x-kubernetes-validations" = [{
        "rule": "self.all(name, name != 'nvidia.com/vllm-distributed-executor-backend' || self[name].lowerAscii() == 'mp' || self[name].lowerAscii() == 'ray')",
        "message": "`nvidia.com/vllm-distributed-executor-backend` is `mp` or `ray`"
    }]))]
    pub annotations: Option<BTreeMap<String, AnnotationText>>,
    /// Finalizers.
    pub finalizers: Option<Vec<String>>,
    /// Labels.
    pub labels: Option<BTreeMap<String, String>>,
    /// Not used: the operator names pods.
    pub name: Option<String>,
    /// Not used: pods run in the graph's namespace.
    pub namespace: Option<String>,
}

/// An annotation's value, at most 256 KiB.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct AnnotationText(#[schemars(length(max = 262_144))] pub String);

/// Being there turns the scaling adapter on.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingAdapter {}

/// How close to one another a component's pods must run.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentTopologyConstraint {
    /// Topology level within which all pods must fit.
    #[schemars(regex(pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub pack_domain: String,
}
