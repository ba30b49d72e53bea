//! Rules of the API server about objects that no schema holds, for everything but metadata and pods; and about
//! what cannot be changed once it is there.

use super::rules;

rules! {
    LABEL_SELECTOR, "label-selector", Error,
        "a label selector's keys, operators and values must go together",
        "`In` and `NotIn` need values, `Exists` and `DoesNotExist` must have none, and keys and values must have the syntax of labels: the API server refuses any other selector.",
        "kubernetes/kubernetes staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go";
    WORKLOAD_SELECTOR, "workload-selector", Error,
        "a workload's selector must not be empty and must match the labels of its pod template",
        "The controller would make pods that it does not find again, so the API server refuses the workload.",
        "kubernetes/kubernetes pkg/apis/apps/validation/validation.go; kubernetes/kubernetes pkg/apis/batch/validation/validation.go";
    WORKLOAD_STRATEGY, "workload-strategy", Error,
        "a workload's update strategy must let at least one pod change, and its parts must fit its type",
        "A rolling update that may neither stop an old pod nor start a new one first cannot make progress, so the API server refuses it.",
        "kubernetes/kubernetes pkg/apis/apps/validation/validation.go";
    STATEFUL_SET_SERVICE, "stateful-set-service", Error,
        "a StatefulSet's `serviceName` must be the name of a Service",
        "The name becomes part of each pod's host name.",
        "kubernetes/kubernetes pkg/apis/apps/validation/validation.go";
    OBJECT_RANGE, "object-range", Error,
        "a number must be in the range that the API server takes",
        "The schema gives only the width of the integer.",
        "kubernetes/kubernetes pkg/apis (the validation package of each group)";
    JOB, "job", Error,
        "a Job's completion mode, failure policy and selector must fit together",
        "What is counted by index needs indexes, and what looks at a pod's failure needs pods that are not restarted in place.",
        "kubernetes/kubernetes pkg/apis/batch/validation/validation.go";
    CRON_JOB, "cron-job", Error,
        "a CronJob needs a schedule, a time zone and a name that its controller understands",
        "The controller adds 11 characters to the name of each Job, and time zones stand in `timeZone`, not in the schedule.",
        "kubernetes/kubernetes pkg/apis/batch/validation/validation.go";
    SERVICE_PORTS, "service-ports", Error,
        "a Service's ports must be told apart by name and by number",
        "A Service without a cluster IP may have no port and one port needs no name; everything else needs both, and node ports come from the cluster's range.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateService)";
    SERVICE_TYPE, "service-type", Error,
        "a Service may only have the fields that its type uses",
        "The API server refuses a field that would have no effect, such as a node port of a Service inside the cluster.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateService)";
    SERVICE_ADDRESS, "service-address", Error,
        "a Service's addresses must be addresses, and must fit one another",
        "Cluster IPs, external IPs and source ranges are parsed by the API server and by every node.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateService)";
    AUTOSCALER, "autoscaler", Error,
        "an autoscaler's limits, metrics and behaviour must be complete and in range",
        "Each metric has the one source that its type names and a target of a kind that the source can give.",
        "kubernetes/kubernetes pkg/apis/autoscaling/validation/validation.go";
    DISRUPTION_BUDGET, "disruption-budget", Error,
        "a disruption budget needs one limit, and pods to hold it against",
        "`minAvailable` and `maxUnavailable` exclude each other and are whole numbers or percentages up to 100%.",
        "kubernetes/kubernetes pkg/apis/policy/validation/validation.go";
    DISRUPTION_BUDGET_BLOCKS, "disruption-budget-blocks", Warning,
        "a disruption budget should let at least one pod go",
        "A budget that allows no eviction stops every node drain: upgrades of the node pool hang until someone removes it.",
        "https://kubernetes.io/docs/tasks/run-application/configure-pdb/";
    VOLUME_CLAIM, "volume-claim", Error,
        "a claim needs an access mode and a size, and a source of data that can be one",
        "The API server refuses a claim without either, and a `ReadWriteOncePod` that stands beside other modes.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidatePersistentVolumeClaimSpec)";
    PERSISTENT_VOLUME, "persistent-volume", Error,
        "a volume needs a capacity, an access mode and exactly one source",
        "The API server refuses any other volume.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidatePersistentVolumeSpec)";
    STORAGE_CLASS, "storage-class", Error,
        "a storage class's driver and topologies must be ones that the API server takes",
        "Topologies are values of labels that nodes have, and a driver has the syntax of a qualified name.",
        "kubernetes/kubernetes pkg/apis/storage/validation/validation.go";
    STORAGE_CLASS_PARAMETER, "storage-class-parameter", Warning,
        "a storage class's parameters should be ones that its driver knows",
        "A driver refuses a parameter that it does not know, or ignores it; either shows only when the first claim waits.",
        "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md; https://github.com/kubernetes-sigs/aws-efs-csi-driver/blob/master/docs/README.md; https://github.com/kubernetes-sigs/aws-fsx-csi-driver/blob/master/docs/options.md; https://github.com/kubernetes-sigs/azuredisk-csi-driver/blob/master/docs/driver-parameters.md; https://github.com/kubernetes-sigs/azurefile-csi-driver/blob/master/docs/driver-parameters.md; https://github.com/kubernetes-sigs/azurelustre-csi-driver/blob/main/docs/driver-parameters.md; https://github.com/kubernetes-sigs/gcp-compute-persistent-disk-csi-driver; https://github.com/kubernetes-sigs/gcp-filestore-csi-driver; https://github.com/GoogleCloudPlatform/lustre-csi-driver";
    STORAGE_CLASS_DRIVER, "storage-class-driver", Error,
        "a storage class must give its driver what it needs to make a volume",
        "Without it every claim of the class waits for ever, with the reason only in the driver's log.",
        "https://kubernetes-csi.github.io/docs/drivers.html";
    STORAGE_CLASS_DELETES, "storage-class-deletes", Warning,
        "a class of Lustre file systems should keep them when their claim goes",
        "Each claim is a file system of its own that takes long to make and to fill with models, and `Delete`, the default, drops it with the claim.",
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming";
    NETWORK_POLICY, "network-policy", Error,
        "a network policy's peers and ports must be complete",
        "A peer is an address block or a selector, a range of ports is two numbers in order, and exceptions lie inside their block.",
        "kubernetes/kubernetes pkg/apis/networking/validation/validation.go";
    NETWORK_POLICY_UNUSED, "network-policy-unused", Warning,
        "a network policy should name the directions that it has rules for",
        "`policyTypes` decides; rules for a direction that it leaves out are ignored.",
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/";
    INGRESS, "ingress", Error,
        "an ingress needs hosts, paths and backends that can be routed",
        "Paths are absolute, hosts are DNS names, and a backend is one Service port or one resource.",
        "kubernetes/kubernetes pkg/apis/networking/validation/validation.go";
    ROLE, "role", Error,
        "a role's rules need verbs, and either resources or URLs",
        "URLs that are no resources belong to no namespace, so only a ClusterRole may name them.",
        "kubernetes/kubernetes pkg/apis/rbac/validation/validation.go";
    ROLE_BINDING, "role-binding", Error,
        "a binding must name a role of a kind it can bind, and subjects that can be found",
        "An account lives in a namespace, and a ClusterRoleBinding has none of its own.",
        "kubernetes/kubernetes pkg/apis/rbac/validation/validation.go";
    DEVICE_CLAIM, "device-claim", Error,
        "a claim of devices needs requests with names of their own and one way to meet each",
        "Constraints and configuration refer to requests by name.",
        "kubernetes/kubernetes pkg/apis/resource/validation/validation.go";
    PRIORITY_CLASS, "priority-class", Error,
        "a priority class must leave the system's names and values alone",
        "Values above 1000000000 and names that start with `system-` are reserved.",
        "kubernetes/kubernetes pkg/apis/scheduling/validation/validation.go";
    CONFIG_KEY, "config-key", Error,
        "a key of a ConfigMap must stand in one of its maps",
        "The API server refuses a key that stands in `data` and in `binaryData`.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateConfigMap)";
    SECRET_TYPE, "secret-type", Error,
        "a Secret must have the keys of its type",
        "The API server checks the types that it knows, and whoever reads them relies on it.",
        "kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateSecret)";
    MONITOR, "monitor", Error,
        "a monitor's endpoints must make a scrape configuration that Prometheus takes",
        "The Prometheus operator leaves a monitor out that does not, and nobody is told but its log.",
        "prometheus-operator/prometheus-operator pkg/prometheus/resource_selector.go";
    MONITOR_PORT, "monitor-port", Warning,
        "a monitor's endpoint should name one port",
        "Without one every port of the pods is scraped, and with two the operator takes the first it knows.",
        "https://prometheus-operator.dev/docs/api-reference/api/";
    PROMETHEUS_RULE, "prometheus-rule", Error,
        "groups and rules must be ones that Prometheus loads",
        "Prometheus refuses a file with one bad rule, and the operator's webhook, where it runs, refuses the object.",
        "prometheus/prometheus model/rulefmt/rulefmt.go";
    IMMUTABLE_FIELD, "immutable-field", Error,
        "what an object was made with cannot be changed where the API server does not allow it",
        "The update is refused as a whole, and delivery stops there until the object is made anew.",
        "kubernetes/kubernetes pkg/apis (ValidateUpdate functions); https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/";
}
