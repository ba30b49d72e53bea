//! Rules of the Dynamo webhook: what it refuses beyond the schemas.

use super::rules;

rules! {
    GRAPH_ANNOTATION, "graph-annotation", Error,
        "an annotation that the operator reads has one of the values it knows",
        "The webhook refuses a graph with any other value.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment.go";
    MAIN_IMAGE, "main-image", Error,
        "every component has a container `main` with an image",
        "The operator has no default image, and the webhook refuses a component without one.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_v1beta1.go";
    RUNTIME_VERSION, "runtime-version", Error,
        "the main image's tag is a version, or the component says which version it is",
        "From 1.5 on the operator must know the runtime's version; a digest after the tag does no harm, a digest alone says nothing.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_helpers.go; ai-dynamo/dynamo deploy/operator/internal/runtimeversion/runtimeversion.go";
    NEEDS_GROVE, "needs-grove", Error,
        "what only Grove can do is asked of graphs that run on Grove",
        "The webhook refuses priority classes, minimal availability, scaling groups, memory service between pods, topologies and overrides of the provider on the other pathway.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment.go; ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment_helpers.go";
    GROVE_NAME, "grove-name", Error,
        "the names of a graph, a component and its clique fit into 45 characters together",
        "Grove makes pod names of them; the operator cuts a graph's name that is too long, and the webhook refuses components that leave no room.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment_helpers.go; ai-dynamo/dynamo deploy/operator/internal/consts/consts.go";
    PROVIDER_OVERRIDE, "provider-override", Error,
        "an override of the provider says only what the provider lets it say",
        "The webhook knows one version, one target for each place, and one field: the topology constraint.",
        "ai-dynamo/dynamo deploy/operator/internal/provideroverride/grove.go; ai-dynamo/dynamo deploy/operator/internal/provideroverride/registry.go";
    EPP_SHAPE, "epp-shape", Error,
        "an endpoint picker is one pod on one node with a configuration",
        "The webhook refuses any other.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_v1beta1.go";
    INFERENCE_POOL, "inference-pool", Error,
        "an endpoint picker needs the Gateway API inference extension",
        "The webhook looks for the InferencePool API in the cluster and refuses the graph without it.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_helpers.go";
    GPU_MEMORY_SERVICE, "gpu-memory-service", Error,
        "the GPU memory service serves workers with GPUs",
        "The webhook refuses it elsewhere, clients that are no containers of the pod, and between pods any engine but vLLM.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_v1beta1.go";
    FAILOVER, "failover", Error,
        "failover goes with a GPU memory service of the same mode",
        "Shadow engines take over memory that the service holds; within a pod, containers must also be found one by one.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_v1beta1.go; ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment.go";
    POWER_LIMIT, "power-limit", Error,
        "a GPU's power limit is a number of watts, for GPUs that are counted",
        "The webhook refuses other values, and limits for devices that are claimed.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_v1beta1.go";
    ELASTIC_EP, "elastic-ep", Error,
        "elastic expert parallelism needs the container's command",
        "The operator starts Ray before the command; it cannot see the entry point of an image.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_v1beta1.go; ai-dynamo/dynamo deploy/operator/internal/dynamo/backend_vllm.go";
    CHECKPOINT_GATE, "checkpoint-gate", Warning,
        "checkpoints need an operator that has them switched on",
        "The webhook refuses them otherwise, and a profile does not tell.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_v1beta1.go";
    RESTART_ORDER, "restart-order", Error,
        "an order of restart names every component once",
        "The webhook refuses any other order, and an order of what restarts at the same time.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment.go";
    TOPOLOGY_CONSTRAINT, "topology-constraint", Error,
        "topology constraints of components go with one of the graph",
        "The graph's says which topology the domains are of; without one of a component's it must name a domain itself.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment.go";
    TOPOLOGY_DOMAIN, "topology-domain", Error,
        "a domain that a graph packs into is a level of the cluster's topology",
        "The webhook looks it up on creation; a component's domain must not be wider than the graph's.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment.go";
    MIN_AVAILABLE, "min-available", Error,
        "no more pods must be available than there are",
        "A graph that asks for more is refused, unless it has no replicas at all.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment.go";
    FRONTEND_SIDECAR, "frontend-sidecar", Error,
        "a frontend sidecar is a container of the same pod",
        "The webhook refuses a name that no container has.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_v1beta1.go";
    COMPILATION_CACHE, "compilation-cache", Error,
        "a compilation cache says where SGLang and TensorRT-LLM look for it",
        "The operator knows the path of vLLM alone.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/graph.go; ai-dynamo/dynamo deploy/operator/api/v1beta1/dynamocomponentdeployment_types.go";
    SHARED_MEMORY_SIZE, "shared-memory-size", Error,
        "the size of shared memory is not negative",
        "The webhook refuses it; `0` leaves out the operator's volume.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_v1beta1.go";
    GRAPH_OLDER, "graph-older", Error,
        "a graph of v1alpha1 gives what the webhook asks of that version",
        "An ingress needs a host, and within a pod there is one shadow.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment_v1alpha1.go; ai-dynamo/dynamo deploy/operator/internal/webhook/validation/shared_v1alpha1.go";
    GRAPH_IMMUTABLE, "graph-immutable", Error,
        "what a graph is made of stays as it was created",
        "The webhook refuses the change; a new graph beside the old one takes over without a gap.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment.go";
    SCALING_ADAPTER_REPLICAS, "scaling-adapter-replicas", Warning,
        "replicas that a scaling adapter sets are left to it",
        "The webhook refuses every other change of them, and what is in Git takes back what the scaler did.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment.go; ai-dynamo/dynamo deploy/operator/api/v1beta1/dynamocomponentdeployment_types.go";
    RESTART_DURING_ROLLOUT, "restart-during-rollout", Error,
        "a graph is not restarted while it rolls out",
        "The webhook refuses another `restart.id` until the rolling update has ended.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeployment.go";
    REQUEST_SEARCH, "request-search", Error,
        "a thorough search is made for one backend",
        "The webhook refuses `thorough` with the backend `auto`.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeploymentrequest.go";
    REQUEST_FROZEN, "request-frozen", Error,
        "a request stays as it is once it is worked on",
        "The webhook refuses changes of the spec as soon as profiling has started.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamographdeploymentrequest.go";
    MODEL_IMMUTABLE, "model-immutable", Error,
        "a model stays of its type and on its base model",
        "Endpoints are found by the base model; the webhook refuses the change.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamomodel.go";
    MODEL_SOURCE, "model-source", Error,
        "an adapter says where it comes from, in a way that workers can read",
        "The webhook refuses a LoRA without a source, or with one of another scheme.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/validation/dynamomodel.go";
}
