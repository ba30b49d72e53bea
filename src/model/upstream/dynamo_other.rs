//! The other `nvidia.com` kinds: components by themselves, requests, scaling, models, checkpoints.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::{dynamo_v1alpha1, dynamo_v1beta1, kubernetes};

/// Declares kinds that differ in their spec only.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident { $(#[$attribute:meta])* spec: $spec:ty })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $kind {
            /// The kind's API version.
            pub api_version: String,
            /// The kind's name.
            pub kind: String,
            /// Name, namespace, labels and annotations.
            #[schemars(schema_with = "kubernetes::metadata")]
            pub metadata: Value,
            $(#[$attribute])*
            pub spec: Option<$spec>,
            /// Written by the operator.
            #[schemars(default, schema_with = "kubernetes::any_object")]
            pub status: Option<Value>,
        }
    )*};
}
kinds! {
    /// A component outside a graph. Usually written by the operator.
    DynamoComponentDeployment {
        /// The component.
        #[schemars(default, schema_with = "lone_component")]
        spec: Value
    }
    /// A component outside a graph, in its older form. Usually written by the operator.
    DynamoComponentDeploymentV1alpha1 {
        /// The component.
        #[schemars(default, schema_with = "lone_service")]
        spec: Value
    }
    /// Asks the operator to find and deploy a graph for a model.
    DynamoGraphDeploymentRequest {
        /// The model and what is asked of it.
        spec: RequestSpec
    }
    /// Asks the operator to find and deploy a graph for a model, in its older form.
    DynamoGraphDeploymentRequestV1alpha1 {
        /// The model and how to profile it.
        spec: RequestSpecV1alpha1
    }
    /// What an autoscaler scales to scale a component.
    DynamoGraphDeploymentScalingAdapter {
        /// The component and its replicas.
        spec: ScalingAdapterSpec
    }
    /// What an autoscaler scales to scale a service.
    DynamoGraphDeploymentScalingAdapterV1alpha1 {
        /// The service and its replicas.
        spec: ScalingAdapterSpecV1alpha1
    }
    /// A model or an adapter that running workers serve.
    DynamoModel {
        /// The model.
        spec: ModelSpec
    }
    /// A saved process image of a worker.
    DynamoCheckpoint {
        /// What is saved, and how.
        spec: CheckpointSpec
    }
    /// What a worker tells about itself. Written by the worker.
    DynamoWorkerMetadata {
        /// The worker's data.
        spec: WorkerMetadataSpec
    }
}

/// A component with the engine beside it; its nodes' roles take no overrides.
fn lone_component(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<dynamo_v1beta1::Component>();
    json_schema!({ "$ref": "#/$defs/LoneComponent" })
}

/// A v1alpha1 service with the engine beside it; its nodes' roles take no overrides.
fn lone_service(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<dynamo_v1alpha1::Service>();
    json_schema!({ "$ref": "#/$defs/LoneService" })
}

/// A model and what is asked of it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestSpec {
    /// Deploys the graph that was found. On if unset.
    pub auto_apply: Option<bool>,
    /// The inference engine; `auto` if unset.
    pub backend: Option<RequestBackend>,
    /// Parts to add to the graph.
    pub features: Option<RequestFeatures>,
    /// The GPUs to use; found out if unset.
    pub hardware: Option<Hardware>,
    /// Image of the profiler and of the workers.
    pub image: Option<String>,
    /// The model, by Hugging Face name or path.
    #[schemars(length(min = 1))]
    pub model: String,
    /// A volume that holds the model already.
    pub model_cache: Option<ModelCache>,
    /// Changes to what the operator makes.
    pub overrides: Option<RequestOverrides>,
    /// Dynamo version in the image, as `1.2.3`. Needed when the image's tag does not say it.
    #[schemars(regex(
        pattern = r"^(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})$"
    ))]
    pub runtime_version_override: Option<String>,
    /// How long to search; `rapid` if unset. `thorough` needs an engine by name.
    pub search_strategy: Option<SearchStrategy>,
    /// The speed that is asked for.
    pub sla: Option<Sla>,
    /// The requests that are expected.
    pub workload: Option<Workload>,
}

/// An inference engine, or whichever fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are the engines'")]
pub enum RequestBackend {
    Auto,
    Sglang,
    Trtllm,
    Vllm,
}

/// Parts to add to a graph.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestFeatures {
    /// Deploys simulated engines instead of real ones.
    pub mocker: Option<Mocker>,
    /// The planner's own settings.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub planner: Option<Value>,
}

/// Simulated engines.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mocker {
    /// Turns them on.
    pub enabled: Option<bool>,
}

/// The GPUs to use.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hardware {
    /// The GPU product.
    #[schemars(default, schema_with = "gpu_sku")]
    pub gpu_sku: Option<String>,
    /// What connects the GPUs of a node.
    pub interconnect: Option<String>,
    /// GPUs of one node.
    pub num_gpus_per_node: Option<i32>,
    /// Whether nodes have RDMA.
    pub rdma: Option<bool>,
    /// GPUs the graph may use.
    pub total_gpus: Option<i32>,
    /// Memory of one GPU, in MB.
    pub vram_mb: Option<f64>,
}

fn gpu_sku(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": [
        "gb200_sxm", "gb10", "b200_sxm", "h200_sxm", "h100_sxm", "h100_pcie", "a100_sxm", "a100_pcie", "a30",
        "l40s", "l40", "l4", "v100_sxm", "v100_pcie", "t4", "mi200", "mi300",
    ] })
}

/// A volume that holds the model already.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelCache {
    /// The model's folder on the volume.
    pub pvc_model_path: Option<String>,
    /// Where pods mount it; `/opt/model-cache` if unset.
    pub pvc_mount_path: Option<String>,
    /// Name of the PersistentVolumeClaim.
    pub pvc_name: Option<String>,
}

/// Changes to what the operator makes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestOverrides {
    /// A DynamoGraphDeployment whose fields replace those that were found.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub dgd: Option<Value>,
    /// Fields of the profiling Job.
    #[schemars(default, schema_with = "kubernetes::job_spec")]
    pub profiling_job: Option<Value>,
}

/// How long to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum SearchStrategy {
    Rapid,
    Thorough,
}

/// The speed that is asked for.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sla {
    /// Time for a whole answer, in ms.
    pub e2e_latency: Option<f64>,
    /// Time from one token to the next, in ms.
    pub itl: Option<f64>,
    /// What to optimise when no time is given.
    pub optimization_type: Option<Optimization>,
    /// Time to the first token, in ms.
    pub ttft: Option<f64>,
}

/// What to optimise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum Optimization {
    Latency,
    Throughput,
}

/// The requests that are expected.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Workload {
    /// Requests at a time. Either this or `requestRate`.
    pub concurrency: Option<f64>,
    /// Tokens of a question; 4000 if unset.
    pub isl: Option<i32>,
    /// Tokens of an answer; 1000 if unset.
    pub osl: Option<i32>,
    /// Requests for each second. Either this or `concurrency`.
    pub request_rate: Option<f64>,
}

/// A model and how to profile it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestSpecV1alpha1 {
    /// Deploys the graph that was found. Off if unset.
    pub auto_apply: Option<bool>,
    /// The inference engine.
    pub backend: RequestBackend,
    /// Changes to the graph that is deployed.
    pub deployment_overrides: Option<DeploymentOverrides>,
    /// Finds out which GPUs there are. On if unset.
    pub enable_gpu_discovery: Option<bool>,
    /// The model.
    pub model: String,
    /// How to profile.
    pub profiling_config: ProfilingConfig,
    /// Dynamo version in the image, as `1.2.3`. Needed when the image's tag does not say it.
    #[schemars(regex(
        pattern = r"^(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})$"
    ))]
    pub runtime_version_override: Option<String>,
    /// Deploys simulated engines instead of real ones.
    pub use_mocker: Option<bool>,
}

/// Changes to the graph that is deployed.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentOverrides {
    /// Annotations of the graph.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Labels of the graph.
    pub labels: Option<BTreeMap<String, String>>,
    /// Name of the graph.
    pub name: Option<String>,
    /// Namespace of the graph.
    pub namespace: Option<String>,
    /// Image of the workers.
    pub workers_image: Option<String>,
}

/// How to profile a model.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfilingConfig {
    /// The profiler's own settings.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub config: Option<Value>,
    /// A ConfigMap with the graph to start from.
    pub config_map_ref: Option<ProfilingConfigMap>,
    /// Labels of the node the profiler runs on.
    pub node_selector: Option<BTreeMap<String, String>>,
    /// Name of the PersistentVolumeClaim for the results.
    #[serde(rename = "outputPVC")]
    pub output_pvc: Option<String>,
    /// Image of the profiler.
    pub profiler_image: String,
    /// Resources of the profiler.
    #[schemars(default, schema_with = "kubernetes::resources")]
    pub resources: Option<Value>,
    /// Taints the profiler's pod tolerates.
    #[schemars(default, schema_with = "kubernetes::tolerations")]
    pub tolerations: Option<Value>,
}

/// A ConfigMap with a graph.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfilingConfigMap {
    /// Its key; `disagg.yaml` if unset.
    pub key: Option<String>,
    /// Its name.
    pub name: String,
}

/// A component and its replicas.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScalingAdapterSpec {
    /// The component.
    pub dgd_ref: ComponentRef,
    /// How many to run.
    #[schemars(range(min = 0))]
    pub replicas: i32,
}

/// A component of a graph.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentRef {
    /// The component's name.
    #[schemars(length(min = 1))]
    pub component_name: String,
    /// The graph's name.
    #[schemars(length(min = 1))]
    pub name: String,
}

/// A service and its replicas.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScalingAdapterSpecV1alpha1 {
    /// The service.
    pub dgd_ref: ServiceRef,
    /// How many to run.
    #[schemars(range(min = 0))]
    pub replicas: i32,
}

/// A service of a graph.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceRef {
    /// The graph's name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The service's name.
    #[schemars(length(min = 1))]
    pub service_name: String,
}

/// A model that running workers serve.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelSpec {
    /// Name of the model the workers run. It cannot change.
    pub base_model_name: String,
    /// Name that clients ask for.
    pub model_name: String,
    /// `base` if unset. `lora` needs a source.
    pub model_type: Option<ModelType>,
    /// Where the adapter comes from.
    pub source: Option<ModelSource>,
}

/// What a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum ModelType {
    Base,
    Lora,
    Adapter,
}

/// Where an adapter comes from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelSource {
    /// `s3://`, `hf://` or `file:///`.
    pub uri: String,
}

/// What a checkpoint saves, and how.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "!has(oldSelf.identity) || self.identity == oldSelf.identity",
    "message": "the identity of a checkpoint cannot change",
    "fieldPath": ".identity"
}]))]
pub struct CheckpointSpec {
    /// Keeps weights in GPU memory outside the engine's process.
    pub gpu_memory_service: Option<dynamo_v1alpha1::GpuMemoryService>,
    /// What makes two checkpoints the same. It cannot change.
    pub identity: dynamo_v1alpha1::CheckpointIdentity,
    /// The Job that takes the checkpoint.
    pub job: CheckpointJobSpec,
}

/// The Job that takes a checkpoint.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckpointJobSpec {
    /// Seconds after which it is given up; 3600 if unset.
    #[schemars(range(min = 1))]
    pub active_deadline_seconds: Option<i64>,
    /// Tries after the first.
    #[schemars(range(min = 0))]
    pub backoff_limit: Option<i32>,
    /// The pod to save.
    pub pod_template_spec: CheckpointPodTemplate,
    /// Shared memory of the pod.
    pub shared_memory: Option<dynamo_v1alpha1::SharedMemory>,
    /// Container to save; `main` if unset.
    #[schemars(default, schema_with = "kubernetes::container_name")]
    pub target_container_name: Option<String>,
    /// Seconds after which the Job is deleted.
    #[schemars(range(min = 0))]
    pub ttl_seconds_after_finished: Option<i32>,
}

/// The pod a checkpoint saves.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckpointPodTemplate {
    /// Labels and annotations of the pod.
    pub metadata: Option<CheckpointPodMetadata>,
    /// The pod, as Kubernetes describes it.
    #[schemars(default, schema_with = "kubernetes::pod_spec")]
    pub spec: Option<Value>,
}

/// Labels and annotations of a pod.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckpointPodMetadata {
    /// Annotations.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Finalizers.
    pub finalizers: Option<Vec<String>>,
    /// Labels.
    pub labels: Option<BTreeMap<String, String>>,
    /// Not used.
    pub name: Option<String>,
    /// Not used.
    pub namespace: Option<String>,
}

/// A worker's data.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkerMetadataSpec {
    /// What the worker tells, as it likes.
    #[schemars(schema_with = "kubernetes::any_object")]
    pub data: Value,
}
