//! Rules of the API server about metadata and pods that no schema holds.

use super::rules;

rules! {
    OBJECT_NAME_SYNTAX, "object-name-syntax", Error,
        "an object's name must be one that its kind allows",
        "Most kinds take DNS subdomains, some only DNS labels, Services labels that begin with a letter; the API server refuses other names.",
        "kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/api/validation/generic.go";
    LABEL_SYNTAX, "label-syntax", Error,
        "labels must be qualified names with values of at most 63 characters",
        "A key is an optional DNS subdomain, a slash and a name; keys and values begin and end with a letter or a digit. This holds for selectors of labels, too.",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set";
    ANNOTATION_SYNTAX, "annotation-syntax", Error,
        "annotation keys must be qualified names, and all annotations of an object at most 262144 bytes",
        "The API server refuses the object otherwise.",
        "kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go";
    DATA_KEY, "data-key", Error,
        "keys of a ConfigMap or Secret must be file names, and its data at most 1 MiB",
        "A key becomes a file where the object is mounted.",
        "https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-object";
    CLUSTER_FIELD, "cluster-field", Warning,
        "a manifest should not hold what the cluster writes",
        "Fields such as `uid` and `resourceVersion` come from a live object: the first makes an apply to another cluster fail, the second makes it conflict.",
        "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/";
    CONTAINER_NAME, "container-name", Error,
        "a container's name must be a DNS label that no other container of the pod has",
        "Init containers count as well.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (validateContainers)";
    CONTAINER_IMAGE, "container-image", Error,
        "a container of a workload must have an image",
        "Nothing fills it in.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (validateContainerCommon)";
    ENV_NAME, "env-name", Error,
        "an environment variable needs a name of printable characters without `=`",
        "The container runtime could not pass it on.",
        "kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (IsRelaxedEnvVarName)";
    ENV_SOURCE, "env-source", Error,
        "an environment variable has either a value or exactly one source",
        "With both, or with two sources, it would be unclear which one counts.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (validateEnvVarValueFrom)";
    ENV_DUPLICATE, "env-duplicate", Warning,
        "an environment variable should be given once",
        "The last one wins, and server-side apply refuses the list.",
        "https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy";
    PORT_NAME, "port-name", Error,
        "a port's name must be a service name that no other port of the container has",
        "At most 15 lower-case letters, digits and single hyphens, with a letter among them.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (validateContainerPorts)";
    PORT_NUMBER, "port-number", Error,
        "a port must be between 1 and 65535",
        "There are no others.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (validateContainerPorts)";
    PROBE_HANDLER, "probe-handler", Error,
        "a probe or lifecycle hook needs exactly one way to ask",
        "One of `exec`, `httpGet`, `tcpSocket`, `grpc`, and for hooks `sleep`.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (validateHandler)";
    PROBE_RANGE, "probe-range", Error,
        "a probe's times and thresholds must be positive, and a liveness or startup probe succeeds at once",
        "The API server refuses negative numbers, and a `successThreshold` other than 1 outside of readiness probes.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (validateProbe)";
    PROBE_PORT, "probe-port", Error,
        "a probe by port name must name a port of its container",
        "The probe fails for ever otherwise. Where a graph gives no ports, the operator adds its own.",
        "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#use-a-named-port";
    MOUNT_VOLUME, "mount-volume", Error,
        "a mount must be of a volume of its pod",
        "The API server refuses the pod.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateVolumeMounts)";
    MOUNT_PATH, "mount-path", Error,
        "each mount of a container needs a path of its own, without a colon, and sub-paths stay inside the volume",
        "The API server refuses the pod.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateVolumeMounts)";
    VOLUME_NAME, "volume-name", Error,
        "a volume's name must be a DNS label that no other volume of the pod has",
        "Mounts find volumes by their names.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateVolumes)";
    VOLUME_SOURCE, "volume-source", Error,
        "a volume has exactly one source, and that source must make sense",
        "The API server refuses two; a volume without one is an empty directory, which is better written so.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (validateVolumeSource)";
    RESOURCE_QUANTITY, "resource-quantity", Error,
        "an amount of a resource must be a quantity that is not negative",
        "A number, and a suffix without a space: `500m`, `64Gi`, `2`.",
        "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/";
    RESOURCE_LIMIT, "resource-limit", Error,
        "a request must not be above its limit",
        "The API server refuses the pod.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateContainerResourceRequirements)";
    RESOURCE_EXTENDED, "resource-extended", Error,
        "devices are asked for in whole numbers, and request and limit are equal",
        "Devices cannot be shared or overcommitted. With a request alone the API server refuses the pod; with a limit alone it sets the request.",
        "https://kubernetes.io/docs/tasks/configure-pod-container/extended-resource/";
    RESOURCE_HUGEPAGES, "resource-hugepages", Error,
        "huge pages need equal request and limit in whole pages, and a request for cpu or memory beside them",
        "They cannot be overcommitted, and the API server refuses a pod that asks for nothing else.",
        "https://kubernetes.io/docs/tasks/manage-hugepages/scheduling-hugepages/";
    RESOURCE_NAME, "resource-name", Error,
        "a resource is one of Kubernetes' own or has a qualified name",
        "`gpu` alone means nothing; devices have names such as `nvidia.com/gpu`.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (validateContainerResourceName)";
    RESOURCE_UNIT, "resource-unit", Warning,
        "an amount should have the unit that its resource is measured in",
        "Memory in thousandths of a byte and hundreds of thousands of processors are slips: `m` is thousandths, `Mi` mebibytes.",
        "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#resource-units-in-kubernetes";
    RESOURCE_CLAIM, "resource-claim", Error,
        "a container's resource claim must be one of its pod, and a claim of the pod has one source",
        "The API server refuses the pod.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (validatePodResourceClaims)";
    POD_TOLERATION, "pod-toleration", Error,
        "a toleration with `Exists` has no value, one without a key tolerates everything, and seconds are for NoExecute",
        "The API server refuses other combinations.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateTolerations)";
    POD_AFFINITY, "pod-affinity", Error,
        "a term of affinity needs what its operator asks for, a topology key and a weight between 1 and 100",
        "`In` and `NotIn` want values, `Exists` and `DoesNotExist` want none, `Gt` and `Lt` one whole number.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateNodeSelectorRequirement)";
    POD_SPREAD, "pod-spread", Error,
        "a topology spread constraint needs a skew of at least 1, a key, and `minDomains` only with DoNotSchedule",
        "The API server refuses others, and two of one key and mode.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (validateTopologySpreadConstraints)";
    POD_SPREAD_SELECTOR, "pod-spread-selector", Warning,
        "a topology spread constraint should select pods",
        "Without a selector it counts no pod, and so spreads nothing.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/";
    POD_SECURITY_CONTEXT, "pod-security-context", Error,
        "a security context must not contradict itself",
        "The API server refuses `privileged` without privilege escalation; a user of 0 with `runAsNonRoot` never starts.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateSecurityContext)";
    POD_FIELD, "pod-field", Error,
        "a field of a pod must be in the range that its owner allows",
        "Deployments restart their pods always and Jobs never always; seconds are not negative; `dnsPolicy: None` needs a name server.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidatePodSpec)";
}
