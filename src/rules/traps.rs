//! Rules about what the operator and the runtime do behind one's back.

use super::rules;

rules! {
    DISCOVERY_BACKEND, "discovery-backend", Warning,
        "every container that runs Dynamo is told how to find the others",
        "The runtime's own default is etcd, and the operator tells only the main container and the frontend sidecar.",
        "ai-dynamo/dynamo lib/runtime/src/distributed.rs; ai-dynamo/dynamo deploy/operator/internal/dynamo/component_common.go";
    NAMESPACE_PREFIX, "namespace-prefix", Warning,
        "graphs of one namespace do not see the workers of one another",
        "A frontend takes every worker whose Dynamo namespace starts with its own: `chat` finds those of `chat-green`, and a global namespace finds all.",
        "ai-dynamo/dynamo lib/llm/src/namespace.rs; ai-dynamo/dynamo deploy/operator/internal/dynamo/component_frontend.go";
    MODEL_SERVICE_SHARED, "model-service-shared", Warning,
        "graphs of one namespace do not share the Service of a model",
        "The Service is named after the model and selects the pods of every graph that has it.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/model_service.go";
    OPERATOR_PORT, "operator-port", Error,
        "the ports that the operator's probes and Services ask are there",
        "A list of ports replaces the operator's; its probes ask a port by name, and so do Services and monitors.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/component_worker.go; ai-dynamo/dynamo deploy/operator/internal/dynamo/component_frontend.go; ai-dynamo/dynamo deploy/operator/internal/dynamo/graph.go";
    SYSTEM_PORT, "system-port", Error,
        "the system port is at most 32767",
        "The runtime reads it as a signed number of 16 bits and does not start with a larger one.",
        "ai-dynamo/dynamo lib/runtime/src/config.rs";
    CANARY_LIVENESS, "canary-liveness", Warning,
        "a worker that checks itself is not killed by one failed check",
        "Liveness and health are one answer, and the operator's liveness probe gives up after one failure: the pod restarts and loads its model anew.",
        "ai-dynamo/dynamo lib/runtime/src/system_status_server.rs; ai-dynamo/dynamo deploy/operator/internal/dynamo/component_worker.go";
    ENV_ORDER, "env-order", Warning,
        "a variable refers only to variables that sort before it",
        "The operator sorts the variables of the main container by name, and Kubernetes expands only what stands earlier.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/graph.go; https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/";
    ENV_SHELL_SYNTAX, "env-shell-syntax", Warning,
        "a variable's value is not shell syntax",
        "Kubernetes expands `$(NAME)` only; `${NAME}` is handed over as it stands.",
        "https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/";
    SHARED_MEMORY_VOLUME, "shared-memory-volume", Warning,
        "shared memory has the size that its author means",
        "The operator mounts its own volume at /dev/shm, of 8Gi unless `sharedMemorySize` says otherwise, and drops the author's.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/shared_memory.go";
    SHARED_MEMORY_LIMIT, "shared-memory-limit", Warning,
        "shared memory leaves the container most of its memory",
        "What is written to /dev/shm counts as memory of the container, which is killed above its limit.",
        "https://kubernetes.io/docs/concepts/storage/volumes/#emptydir; ai-dynamo/dynamo docs: disagg-communication";
    SHELL_COMMAND, "shell-command", Error,
        "arguments without a command are what the operator's command takes",
        "Where none is written the command is `/bin/sh -c`, which runs its first argument as a script and nothing else; a frontend's is `python3`. The image's entry point never runs.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/component_common.go; ai-dynamo/dynamo deploy/operator/internal/dynamo/component_frontend.go";
    MULTINODE_ARGS, "multinode-args", Error,
        "a component that spans nodes has arguments",
        "The operator makes no LeaderWorkerSet of a container without a command or arguments.",
        "ai-dynamo/dynamo deploy/operator/internal/controller/dynamocomponentdeployment_controller.go";
    MULTINODE_ORCHESTRATOR, "multinode-orchestrator", Error,
        "a component that spans nodes has somebody who starts its pods together",
        "That is Grove, or LeaderWorkerSet with Volcano: the operator looks for both APIs, and fails the graph without.",
        "ai-dynamo/dynamo deploy/operator/internal/features/gates.go; ai-dynamo/dynamo deploy/operator/internal/controller/dgd_component_program.go";
    MULTINODE_SIZES, "multinode-sizes", Error,
        "a vLLM worker that spans nodes says its sizes where the operator reads them",
        "The operator reads them from `args` alone, under their long names and as words of their own. What it does not see it takes for 1, and every pod starts as an engine of its own.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/backend_vllm.go";
    FLAG_INJECTION, "flag-injection", Warning,
        "the last word of a script that names the engine is one that flags may follow",
        "The operator puts the flags of a component that spans nodes behind the last mention of the engine, even between quotes or between a flag and its value.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/utils.go";
    BACKEND_MISMATCH, "backend-mismatch", Error,
        "workers run the engine that the graph names",
        "The operator fails a graph whose command runs another engine than `backendFramework`.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/graph.go";
    EXECUTOR_UNSAID, "executor-unsaid", Note,
        "a component deployment that spans nodes says how its pods work together",
        "Only graphs get the annotation that makes the operator choose multiprocessing; without it vLLM runs on Ray.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/backend_vllm.go; ai-dynamo/dynamo deploy/operator/internal/features/compatibility/gates.go";
    GPU_MISSING, "gpu-missing", Warning,
        "a worker that runs an engine asks for GPUs",
        "The operator adds none, and starts a component that spans nodes without GPUs as separate engines.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/backend_vllm.go; ai-dynamo/dynamo deploy/operator/internal/controller/testdata/dgd/components/output.yaml";
    PROVIDER_ANNOTATION, "provider-annotation", Warning,
        "the pathway of a graph is chosen by `nvidia.com/enable-grove`",
        "The webhook overwrites `nvidia.com/workload-provider` when a graph is created.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/defaulting/dynamographdeployment_handler.go";
    NAMESPACE_EPHEMERAL, "namespace-ephemeral", Warning,
        "a graph is not in a namespace that the operator passes over",
        "An operator of a whole cluster does nothing, and says nothing, about namespaces with `ephemeral` in their name.",
        "ai-dynamo/dynamo deploy/operator/internal/controller_common/predicate.go";
    GRAPH_SERVICE_NAME, "graph-service-name", Error,
        "names of a graph and a component make names of Services",
        "A Service's name starts with a letter and has at most 63 characters; the operator makes it of both names, and of a hash for workers without Grove.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/graph.go; https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#rfc-1035-label-names";
    GENERATED_LABEL, "generated-label", Warning,
        "selectors use labels that stay",
        "`nvidia.com/selector` and `nvidia.com/dynamo-worker-hash` change with every generation of workers and differ between pathways; graph and component names do not. `nvidia.com/dynamo-component` is a component's name, not its type.",
        "ai-dynamo/dynamo deploy/operator/internal/consts/consts.go; ai-dynamo/dynamo deploy/operator/internal/controller/testdata/dgd/components/output.yaml";
    GRAPH_PORTS, "graph-ports", Warning,
        "network policies leave the pods of a graph every port among themselves",
        "Requests, responses, events and bootstrap use ports that are chosen when a pod starts.",
        "ai-dynamo/dynamo lib/runtime/src/pipeline/network/manager.rs; ai-dynamo/dynamo lib/runtime/src/transports/event_plane/mod.rs";
    INGRESS_DROPPED, "ingress-dropped", Warning,
        "an ingress of v1alpha1 becomes the Ingress that its author means",
        "The operator always adds a suffix to the host, `.local` if none is given, and leaves out annotations and labels.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/graph.go; ai-dynamo/dynamo deploy/operator/internal/consts/consts.go";
    KV_TRANSFER_BACKEND, "kv-transfer-backend", Warning,
        "the KV cache moves by a backend that the cluster's fabric has",
        "Another one falls back to TCP without a word, which is a hundred times slower.",
        "ai-dynamo/dynamo docs: efa-on-aws";
    HCA_UNKNOWN, "hca-unknown", Warning,
        "UCX is told of network devices that nodes have",
        "A device that a node does not have is left out or fails the worker, and those that are not named stay idle.",
        "ai-dynamo/dynamo recipes/kustomize/components/aks-ib";
}
