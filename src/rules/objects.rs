//! Rules about the objects rendered around a graph, and about the templates that render them.

use super::rules;

rules! {
    OBJECT_NAMESPACE, "object-namespace", Note,
        "a release that owns its namespace renders it",
        "A namespace must exist before anything in it can be applied.",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/";
    OBJECT_POD_SECURITY, "object-pod-security", Note,
        "an owned namespace enforces the strictest Pod Security Standard its pods can live with",
        "Fabrics need privileges that the baseline standard refuses; everything else runs under baseline. Images run as root, so restricted is never assumed.",
        "https://kubernetes.io/docs/concepts/security/pod-security-standards/";
    POD_SECURITY, "pod-security", Error,
        "the Pod Security Standard must allow what the pods ask for",
        "The admission plugin refuses the pods otherwise, and the graph waits for ever.",
        "https://kubernetes.io/docs/concepts/security/pod-security-admission/";
    OBJECT_CLAIM, "object-claim", Note,
        "a storage role that the release uses gets a claim",
        "A v1beta1 graph cannot make claims, and a claim that a graph names must exist.",
        "ai-dynamo/dynamo deploy/operator/internal/controller/dgd_pvc_reconciler.go";
    OBJECT_STORAGE_CLASS, "object-storage-class", Note,
        "a storage class that the profile marks with `create` is rendered with the first claim that uses it",
        "Clouds have few classes of their own for shared file systems.",
        "https://kubernetes.io/docs/concepts/storage/storage-classes/";
    OBJECT_VOLUME, "object-volume", Note,
        "a claim on a file system that exists gets a volume that is bound to it by name",
        "Drivers without dynamic provisioning make no volumes, and a volume without a claim reference can be taken by another claim.",
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reserving-a-persistentvolume";
    STORAGE_CLAIM_WRITTEN, "storage-claim-written", Note,
        "a claim in the graph's file wins over the release's",
        "Two objects of one name would overwrite each other.",
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/";
    STORAGE_INCOMPLETE, "storage-incomplete", Error,
        "a claim needs a class, a size and an access mode from the release or the profile",
        "Without them the claim is refused or falls to whatever the cluster's default class is.",
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#persistentvolumeclaims";
    STORAGE_CLASS_UNKNOWN, "storage-class-unknown", Warning,
        "a claim should name a storage class that the profile knows",
        "A claim on a class that does not exist waits for ever.",
        "https://kubernetes.io/docs/concepts/storage/storage-classes/";
    STORAGE_ACCESS_MODE, "storage-access-mode", Error,
        "a claim's access mode must be one that its class's driver can give",
        "Drivers refuse other modes, some of them only when the second pod mounts the volume.",
        "https://kubernetes-csi.github.io/docs/drivers.html";
    STORAGE_SIZE, "storage-size", Warning,
        "a claim's size should be one that its class makes",
        "Drivers round sizes up without asking, and the difference is paid for.",
        "https://github.com/kubernetes-sigs/aws-fsx-csi-driver/blob/master/docs/README.md";
    STORAGE_SHARED, "storage-shared", Error,
        "a volume for one node must not be mounted by several pods",
        "Pods on other nodes wait for ever for a ReadWriteOnce volume.",
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes";
    OBJECT_DEVICE_CLAIM, "object-device-claim", Note,
        "devices that pods claim are described by a ResourceClaimTemplate",
        "Each pod gets a claim of its own from the template, and its devices go back when the pod ends.",
        "https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/";
    OBJECT_COMPUTE_DOMAIN, "object-compute-domain", Note,
        "a worker that spans nodes of an NVLink rack gets a ComputeDomain",
        "NVLink between nodes needs an IMEX channel, which the driver sets up for the nodes that the pods run on.",
        "ai-dynamo/dynamo recipes/kimi-k3/vllm/disagg-gb200-agentic";
    OBJECT_DISRUPTION, "object-disruption", Note,
        "one pod of a component may be away at once",
        "One is the number that neither blocks a drain for ever, as 0 would with one replica, nor lets several replicas go together. It also holds for multinode components: their pods share all labels, and losing one pod ends its whole replica, so a budget of a replica's size would allow one pod of every replica to go. Pods that are not ready may always be evicted, so the rest of a broken replica does not block the drain. The number is an integer, because percentages count pods, not replicas, and a planner gets no budget, because it serves no requests.",
        "https://kubernetes.io/docs/tasks/run-application/configure-pdb/; ai-dynamo/dynamo deploy/operator/internal/dynamo/graph.go (pod labels)";
    OBJECT_MONITOR, "object-monitor", Note,
        "every component type with metrics is scraped exactly once",
        "Workers, planners and endpoint pickers are scraped by PodMonitors, because a worker's Service lacks the NIXL port; frontends by a ServiceMonitor, because their Service has every port they have. All take the graph's name as job, so that queries tell them from the monitors of the platform's chart.",
        "ai-dynamo/dynamo deploy/helm/charts/platform/components/operator/templates (PodMonitors); https://prometheus-operator.dev/docs/api-reference/api/";
    METRICS_DISABLED, "metrics-disabled", Note,
        "a graph that turns its metrics off is not watched",
        "The annotation takes the label from the pods that monitors select them by; alerts on what is not measured would fire for ever.",
        "ai-dynamo/dynamo deploy/operator/internal/consts/consts.go";
    OBJECT_ALERTS, "object-alerts", Note,
        "a graph gets alerts for its service levels",
        "Time to first token, time between tokens, failed requests, missing workers and restarts are what users notice. The frontend's metrics and its `status` label are upstream's; restarts need kube-state-metrics.",
        "ai-dynamo/dynamo lib/runtime/src/metrics/prometheus_names.rs; ai-dynamo/dynamo lib/llm/src/http/service/metrics.rs";
    OBJECTIVE_RANGE, "objective-range", Error,
        "an objective must be a positive time or a share between 0 and 1",
        "An alert on any other threshold fires always or never.",
        "https://prometheus.io/docs/practices/alerting/";
    OBJECT_DASHBOARD, "object-dashboard", Note,
        "a graph gets a dashboard where Grafana picks them up from ConfigMaps",
        "The panels show what the alerts watch, so that a reader of an alert sees its history.",
        "https://github.com/grafana/helm-charts/blob/main/charts/grafana/README.md";
    OBJECT_NETWORK_DENY, "object-network-deny", Note,
        "pods of a graph talk to nobody unless a policy says so",
        "Policies add up; the first one that selects a pod turns everything else off.",
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-ingress-and-all-egress-traffic";
    OBJECT_NETWORK_MESH, "object-network-mesh", Note,
        "pods of one graph may talk to one another on every port",
        "Request plane, response streams, event plane and bootstrap choose free ports at start, so a list of ports would break the graph.",
        "ai-dynamo/dynamo lib/runtime/src/pipeline/network/manager.rs";
    OBJECT_NETWORK_FRONTEND, "object-network-frontend", Note,
        "frontends are reached from the namespaces that are named, or from anywhere if none is",
        "Requests come in through a gateway, and which one only the profile or the release knows; a profile that names none leaves the door open rather than cutting off an address it does not know.",
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/";
    OBJECT_NETWORK_METRICS, "object-network-metrics", Note,
        "the monitoring namespace may scrape the metrics ports",
        "Prometheus connects to the pods themselves.",
        "ai-dynamo/dynamo dev/observability/prometheus.yml";
    OBJECT_NETWORK_EGRESS, "object-network-egress", Note,
        "pods may ask DNS, the API server, HTTPS services and, with etcd discovery, the platform",
        "Discovery watches the API server, and models and tokens come over HTTPS. Neither the API server nor a model hub has an address that a policy can select on every cloud, so ports 443 and 6443 are open to any address.",
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/; ai-dynamo/dynamo lib/runtime/src/discovery/kube.rs";
    OBJECT_SERVICE_ACCOUNT, "object-service-account", Note,
        "the account that the release names is rendered with the identity mechanism's annotation",
        "The mechanisms read the cloud identity from the account's annotations; EKS Pod Identity keeps it outside the cluster.",
        "https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html; https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html; https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity";
    OBJECT_DISCOVERY_RIGHTS, "object-discovery-rights", Note,
        "an account of the release's own may do what discovery needs",
        "The operator gives these rights only to its own account, and pods that run as another one find no workers.",
        "ai-dynamo/dynamo deploy/operator/internal/discovery";
    IDENTITY_UNSUPPORTED, "identity-unsupported", Error,
        "a cloud identity needs a mechanism in the profile",
        "Without one the pods run without the identity, and fail at the first call to the cloud.",
        "https://kubernetes.io/docs/concepts/security/service-accounts/";
    IDENTITY_FORM, "identity-form", Warning,
        "a cloud identity should look like what its mechanism expects",
        "A wrong identity is noticed only when a pod asks for a token.",
        "https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html";
    IDENTITY_ASSOCIATION, "identity-association", Note,
        "EKS Pod Identity needs an association that no manifest holds",
        "The association of role and account is an object of the EKS API.",
        "https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html";
    DISCOVERY_RIGHTS, "discovery-rights", Note,
        "an account that exists must be allowed to do what discovery needs",
        "Its rights cannot be seen from here, and pods without them find no workers.",
        "ai-dynamo/dynamo deploy/operator/internal/discovery";
    OBJECT_SECRET, "object-secret", Note,
        "a secret that the release declares is filled by the profile's backend",
        "Values never stand in a file: the backend fetches them in the cluster.",
        "https://external-secrets.io/latest/api/externalsecret/; https://secrets-store-csi-driver.sigs.k8s.io/";
    SECRET_BACKEND, "secret-backend", Error,
        "a secret that does not exist yet needs a backend to fill it",
        "Pods that read a Secret which nobody makes never start.",
        "https://external-secrets.io/latest/introduction/overview/";
    SECRET_NOT_DECLARED, "secret-not-declared", Note,
        "a secret that the graph reads should be among those the release declares",
        "A release that lists its secrets is complete only if it lists all of them.",
        "https://kubernetes.io/docs/concepts/configuration/secret/";
    OBJECT_NAME_SHORTENED, "object-name-shortened", Note,
        "a name that is too long is cut and ends in a hash of the whole",
        "Two long names stay different, and the same name is cut the same way every time.",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/";
    OBJECT_NAME, "object-name", Error,
        "an object's name must be a DNS subdomain",
        "The API server refuses any other.",
        "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/";
    OBJECT_ADDED, "object-added", Note,
        "a template of the user's own makes one object for each release",
        "What Graphwright does not know can travel with a release.",
        "docs/templates.md";
    TEMPLATE_UNKNOWN, "template-unknown", Error,
        "a template must exist",
        "Nothing can be rendered without it.",
        "docs/templates.md";
    TEMPLATE_SYNTAX, "template-syntax", Error,
        "a template must be well formed, and so must the YAML it prints",
        "What cannot be read cannot be checked.",
        "docs/templates.md";
    TEMPLATE_VARIABLE, "template-variable", Error,
        "a template may only use the variables of its context",
        "A misspelt variable would silently leave a field out.",
        "docs/templates.md";
    TEMPLATE_VALUE, "template-value", Error,
        "a value in a template must be a whole scalar or key",
        "Values inside quotes or next to other text can break out of their place.",
        "docs/templates.md";
    TEMPLATE_RESULT, "template-result", Error,
        "a template must make one Kubernetes object without empty fields",
        "An empty loop leaves a key without a value, which the API server drops or refuses.",
        "docs/templates.md";
    SCHEMA, "schema", Error,
        "every object has the fields its kind has, with the types they have",
        "The API server refuses wrong types and silently drops unknown fields.",
        "https://kubernetes.io/docs/reference/using-api/api-concepts/#setting-the-field-validation-level";
    SCHEMA_MISSING, "schema-missing", Warning,
        "the schema of every kind is known",
        "An object whose schema is not known leaves unchecked.",
        "docs/guarantees.md#nothing-invalid-leaves";
}
