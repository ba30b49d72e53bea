//! Rules about room: whether the cluster has nodes for every pod.

use super::rules;

rules! {
    FIT_NO_POOL, "fit-no-pool", Error,
        "every pod may stand on the nodes of some pool",
        "Pods that select other nodes, or do not tolerate their taints, stay pending for ever.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/; https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/";
    FIT_POD_TOO_LARGE, "fit-pod-too-large", Error,
        "no pod asks for more than an empty node has",
        "No number of nodes helps a pod that is larger than each of them.",
        "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/";
    FIT_GANG_TOO_LARGE, "fit-gang-too-large", Error,
        "a replica of several pods is no larger than the NVLink domain that it needs",
        "NVLink between nodes ends with the rack; a ComputeDomain's channel does not reach farther.",
        "NVIDIA/k8s-dra-driver-gpu";
    FIT_POOL_TOO_SMALL, "fit-pool-too-small", Error,
        "the pods together ask for no more than the pools have",
        "A pool that may not grow any more leaves the last pods pending.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/";
    FIT_ZONES, "fit-zones", Error,
        "pods that must stand in one zone, or in different ones, have the zones for it",
        "Zones cannot be added by asking for more nodes.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/";
    FIT_NOT_FOUND, "fit-not-found", Warning,
        "a placement of all pods was found",
        "Nothing proves that there is none, but packing the largest first found none; the scheduler is not cleverer.",
        "docs/guarantees.md#nothing-is-invented";
    FIT_STRANDED_GPUS, "fit-stranded-gpus", Warning,
        "GPUs of a node do not stay idle because another resource runs out first",
        "GPUs that no pod can reach cost as much as those at work.",
        "ai-dynamo/dynamo recipes/qwen3-235b-a22b-fp8/trtllm/disagg/blackwell";
    FIT_QUOTA, "fit-quota", Error,
        "the pods of a namespace together stay within its quota",
        "The API server refuses pods beyond a ResourceQuota, and the workload waits without an event of its own.",
        "https://kubernetes.io/docs/concepts/policy/resource-quotas/";
    FIT_QUOTA_UNSPECIFIED, "fit-quota-unspecified", Error,
        "pods say what a quota of their namespace counts",
        "With a quota on cpu or memory the API server refuses pods that do not ask for any, unless a LimitRange gives a default.",
        "https://kubernetes.io/docs/concepts/policy/resource-quotas/";
    FIT_LIMIT_RANGE, "fit-limit-range", Error,
        "containers stay within the LimitRange of their namespace",
        "The API server refuses pods with a container beyond it.",
        "https://kubernetes.io/docs/concepts/policy/limit-range/";
    FIT_IMAGE_ARCH, "fit-image-arch", Error,
        "an image is for the processor of the nodes that it runs on",
        "A container of another architecture ends with `exec format error`.",
        "ai-dynamo/dynamo docs: release-artifacts";
    FIT_SHARED_MEMORY, "fit-shared-memory", Warning,
        "`/dev/shm` must not be larger than the memory of a node",
        "What is written to /dev/shm is the node's memory; a container's limit is another rule, `shared-memory-limit`.",
        "https://kubernetes.io/docs/concepts/storage/volumes/#emptydir";
    FIT_COMPUTE_DOMAIN, "fit-compute-domain", Error,
        "a ComputeDomain of a fixed size is claimed by as many pods",
        "The domain becomes ready when `numNodes` nodes have joined; with fewer claims its pods wait for ever. `0` takes any number.",
        "NVIDIA/k8s-dra-driver-gpu api/nvidia.com/resource/v1beta1/computedomain.go";
    FIT_TOLERATION, "fit-toleration", Warning,
        "a toleration names the taint that it is for",
        "A toleration without a key also keeps pods on nodes that are broken, full or about to go.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/";
    FIT_TOLERATION_UNMATCHED, "fit-toleration-unmatched", Note,
        "tolerations are for taints that some pool has",
        "A key that no pool has may be a spelling mistake.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/";
    FIT_ZONAL_VOLUME, "fit-zonal-volume", Warning,
        "pods that are spread over zones do not share a volume of one zone",
        "A volume of one zone holds every pod that mounts it there; the others stay pending.",
        "https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode";
    FIT_MACHINE, "fit-machine", Error,
        "a pool's machines can be had in the way the profile says",
        "P6e-GB200 comes by Capacity Block in node groups of Kubernetes 1.33 and later alone: neither Karpenter nor Auto Mode launches it, and there is no Spot.",
        "Amazon EKS User Guide: Use P6e-GB200 UltraServers with Amazon EKS";
}
