//! Rules of the plan: each sets fields of the graph and says why, or says why it cannot.

use super::rules;

rules! {
    POOL_UNKNOWN, "pool-unknown", Error,
        "a release names only pools that the profile has",
        "A pool that does not exist has no labels to select and no taints to tolerate.",
        "docs/guarantees.md#nothing-is-guessed";
    POOL_MISFIT, "pool-misfit", Error,
        "a component runs only on a pool that fits it",
        "Pods that ask for more GPUs than a node has, or select other nodes, stay pending for ever.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/";
    NO_POOL_FITS, "no-pool-fits", Error,
        "every component must fit a pool of the profile",
        "Pods that ask for more GPUs than any node has, or select other nodes, stay pending for ever.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/";
    POOL_AMBIGUOUS, "pool-ambiguous", Error,
        "a component with GPUs must fit exactly one pool, or the release chooses",
        "Which of several fitting pools is meant cannot be guessed, and a wrong guess costs money.",
        "docs/guarantees.md#nothing-is-guessed";
    POOL_SELECTOR, "pool-selector", Note,
        "pods select the nodes of their pool",
        "Without a selector a pod may land on any node whose taints it tolerates.",
        "ai-dynamo/dynamo examples/deployments/EKS/manifests/vllm/disagg-p5.yaml";
    POOL_TOLERATIONS, "pool-tolerations", Note,
        "pods tolerate the taints of their pool",
        "`Exists` fits whatever value a cluster's taint has; upstream recipes disagree about the value.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/";
    FRONTEND_SPREAD, "frontend-spread", Note,
        "frontends spread over zones and nodes",
        "Frontends hold no model; losing a zone or a node should not lose all of them.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/";
    FABRIC_DEVICES, "fabric-devices", Note,
        "workers that talk GPU to GPU ask for the fabric's devices",
        "Without the device the KV cache and collectives go over TCP. Requests and limits are equal, as extended resources need.",
        "ai-dynamo/dynamo recipes/kustomize/components";
    FABRIC_REQUESTS, "fabric-requests", Note,
        "components request what the profile gives to all of their type",
        "Some clusters need a request that graphs do not make, such as ephemeral storage for images.",
        "ai-dynamo/dynamo recipes/kustomize/components/aks-ib";
    FABRIC_FOREIGN_DEVICE, "fabric-foreign-device", Warning,
        "devices of another cluster's fabric are left out",
        "What a fabric's device is called is a fact of the cluster; a pod that asks for one that no node has stays pending.",
        "ai-dynamo/dynamo recipes/kustomize/components";
    DEVICE_NOT_OFFERED, "device-not-offered", Warning,
        "a component asks only for devices that its pool lists",
        "A pod that asks for a device that no node has stays pending.",
        "https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/";
    FABRIC_CLAIM, "fabric-claim", Note,
        "workers claim the fabric's devices where they are given out by dynamic resource allocation",
        "A claim's template is an object of its own, so that every pod gets devices of its own.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/";
    FABRIC_ENV, "fabric-env", Note,
        "workers that use the fabric get its environment, before the author's own",
        "NCCL, UCX, libfabric and NIXL find the fabric by environment variables.",
        "ai-dynamo/dynamo recipes/kustomize/components; docs: rdma-setup";
    FABRIC_ANNOTATIONS, "fabric-annotations", Note,
        "pods that use the fabric carry its annotations",
        "On some clouds the network interfaces of a pod are attached by annotation.",
        "ai-dynamo/dynamo recipes/kustomize/components/disagg-workers/gke-roce";
    FABRIC_MOUNTS, "fabric-mounts", Note,
        "workers that use the fabric mount what it needs from the host",
        "Device files and user-space libraries of the fabric live on the node.",
        "ai-dynamo/dynamo recipes/kustomize/components";
    FABRIC_SECURITY, "fabric-security", Note,
        "workers that use the fabric get the rights it needs",
        "RDMA pins memory; the container must be allowed to.",
        "ai-dynamo/dynamo recipes/kustomize/components/disagg-workers/rdma-defaults";
    FABRIC_APART, "fabric-apart", Note,
        "prefill and decode workers stand on different nodes",
        "EFA does not work between pods of one node; transfers fail with EAGAIN.",
        "ai-dynamo/dynamo docs: disagg-communication";
    FABRIC_TOGETHER, "fabric-together", Note,
        "workers that talk GPU to GPU stand where the fabric reaches",
        "RDMA does not cross zones, InfiniBand not scale sets, NVLink not racks.",
        "ai-dynamo/dynamo examples/deployments/EKS/manifests/vllm/disagg.yaml";
    NVLINK_TOGETHER, "nvlink-together", Note,
        "all nodes of one multi-node worker stand in one NVLink domain",
        "NVLink between nodes reaches no farther than its rack.",
        "ai-dynamo/dynamo recipes for GB200";
    KV_TRANSFER, "kv-transfer", Note,
        "the KV cache moves over the fabric",
        "Each engine selects the transport in its own way and falls back to TCP without an error when it is wrong.",
        "ai-dynamo/dynamo docs: efa-on-aws";
    KV_TRANSFER_TCP, "kv-transfer-tcp", Warning,
        "a disaggregated graph runs where the KV cache can move over RDMA",
        "GPUDirect-TCPX and TCPXO serve NCCL; NIXL has no backend for them and uses plain TCP.",
        "GoogleCloudPlatform/container-engine-accelerators gpudirect-tcpxo";
    KV_TRANSFER_UNSET, "kv-transfer-unset", Warning,
        "a disaggregated vLLM worker says how the KV cache moves",
        "Without backends in `--kv-transfer-config` the KV cache falls back to TCP, which is a hundred times slower.",
        "ai-dynamo/dynamo docs: efa-on-aws";
    SHARED_MEMORY, "shared-memory", Note,
        "GPU workers get room in /dev/shm",
        "The operator's default of 8Gi is too small for NCCL and engine processes of large models.",
        "ai-dynamo/dynamo docs: disagg-communication";
    SHARED_MEMORY_FROM_VOLUME, "shared-memory-from-volume", Note,
        "a memory volume at /dev/shm becomes `sharedMemorySize`",
        "The operator drops the author's volume there and mounts its own of 8Gi.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/shared_memory.go";
    IMAGE_FABRIC_SUFFIX, "image-fabric-suffix", Note,
        "images of workers that use the fabric are those with its libraries",
        "The plain images lack libfabric, so transfers would fall back to TCP.",
        "ai-dynamo/dynamo docs: release-artifacts";
    IMAGE_WITHOUT_FABRIC, "image-without-fabric", Warning,
        "an image's tag should say that it has the fabric's libraries",
        "Tags other than plain releases have no known counterpart with the libraries.",
        "ai-dynamo/dynamo docs: release-artifacts";
    IMAGE_RELOCATED, "image-relocated", Note,
        "images come from the registries the cluster may use",
        "The longest matching prefix is replaced; tags and digests stay, as the operator reads the version from the tag.",
        "ai-dynamo/dynamo deploy/operator/internal/runtimeversion/runtimeversion.go";
    PULL_SECRETS, "pull-secrets", Note,
        "every pod names the profile's pull secrets",
        "The operator finds pull secrets by itself only when it can read them; listed ones always work.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/graph.go";
    STORAGE_MOUNT, "storage-mount", Note,
        "workers mount the release's claims",
        "Models are read once from shared storage instead of downloaded by every pod.",
        "ai-dynamo/dynamo docs: model-storage";
    STORAGE_SCRATCH, "storage-scratch", Note,
        "workers get scratch room that is made and removed with the pod",
        "A generic ephemeral volume needs no claim that outlives the pod or is shared.",
        "https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/";
    SECRET_VOLUME, "secret-volume", Note,
        "workers and frontends mount the classes that fill the release's secrets",
        "The Secrets Store CSI driver makes a Secret only while a pod mounts its SecretProviderClass.",
        "https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret.html";
    EXPLICIT_REPLICAS, "explicit-replicas", Note,
        "replicas are written out",
        "The webhook fills in 1; written out, no tool reports it as drift.",
        "ai-dynamo/dynamo deploy/operator/internal/webhook/defaulting";
    RELEASE_OVERRIDE, "release-override", Note,
        "the release's word on a component replaces the graph's",
        "A release says what is special about one environment.",
        "docs/guarantees.md#nothing-is-invented";
    RELEASE_LABELS, "release-labels", Note,
        "everything carries the release's labels",
        "The release asks for them.",
        "docs/guarantees.md#nothing-is-invented";
    OBJECT_LABELS, "object-labels", Note,
        "every object carries the standard labels",
        "People and tools find what belongs together by app.kubernetes.io labels; none of them is ever used in a selector of something another tool owns.",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/";
    NAMESPACE, "namespace", Note,
        "every object says its namespace",
        "What is applied must not depend on the context of whoever applies it.",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/";
    RESTART_REMOVED, "restart-removed", Warning,
        "`spec.restart` is never rendered",
        "The API server refuses it on creation, so a graph with it cannot be created anew.",
        "ai-dynamo/dynamo deploy/operator/config/crd/bases (x-kubernetes-validations)";
    DISCOVERY, "discovery", Note,
        "a graph says how its components find one another where it is not the default",
        "The operator uses Kubernetes discovery unless an annotation says otherwise.",
        "ai-dynamo/dynamo deploy/operator/internal/dynamo/component_common.go";
    SIDECAR_DISCOVERY, "sidecar-discovery", Note,
        "sidecars that run Dynamo are told how to find the others",
        "The runtime's own default is etcd, and the operator tells only the main container and the frontend sidecar.",
        "ai-dynamo/dynamo lib/runtime/src/distributed.rs";
    SCHEDULER, "scheduler", Note,
        "workers use the cluster's scheduler and priorities",
        "The profile names them and the graph does not.",
        "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-multiple-schedulers/; https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/";
    SCHEDULER_QUEUE, "scheduler-queue", Note,
        "the graph waits in the cluster's queue",
        "The operator hands the queue's name to the scheduler by annotation.",
        "ai-dynamo/dynamo deploy/operator/internal/consts/consts.go";
    SPOT_GRACE, "spot-grace", Note,
        "pods on nodes that can be taken back end within the notice",
        "A node that is taken back ends all pods when the notice is over, whatever they asked for.",
        "https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms";
    SPOT_MULTINODE, "spot-multinode", Warning,
        "workers that span nodes do not stand on nodes that can be taken back",
        "Losing one node ends the whole replica.",
        "ai-dynamo/dynamo deploy/operator/internal/controller/testdata/dcd/lws/output.yaml";
    SERVICE_ACCOUNT, "service-account", Note,
        "workers and frontends run as the release's account",
        "The account carries the cloud identity.",
        "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/";
    AZURE_WORKLOAD_LABEL, "azure-workload-label", Note,
        "pods with an Azure identity carry the label that injects it",
        "Without the label the webhook injects nothing and says nothing.",
        "https://learn.microsoft.com/azure/aks/workload-identity-overview";
    SECRET_IN_GRAPH, "secret-in-graph", Error,
        "a graph never holds a secret's value",
        "Manifests are in Git, and Git keeps a token for ever.",
        "docs/guarantees.md#secrets-stay-out-of-outputs";
    PATCH, "patch", Note,
        "a release's patches are applied last",
        "What no rule knows, its author may still change.",
        "RFC 6902";
    PATCH_INVALID, "patch-invalid", Error,
        "a patch is made of JSON Patch operations",
        "Anything else has no defined meaning.",
        "RFC 6902 section 4";
    PATCH_NO_TARGET, "patch-no-target", Error,
        "a patch must find an object",
        "A patch that changes nothing is a mistake, or was one that upstream has since mended.",
        "docs/guarantees.md#nothing-is-lost";
    PATCH_FAILED, "patch-failed", Error,
        "every operation of a patch must find its path",
        "An operation on a path that is not there would silently do nothing.",
        "RFC 6902 section 5";
}
