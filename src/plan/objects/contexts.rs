//! What does each template see?
//!
//! One struct a template; its fields are the template's variables and their comments the reference in
//! `docs/templates.md`. A variable of an absent `Option` is `none` and must be guarded with
//! `{% if … %}`.

use super::{Site, nodes};
use crate::origin::Origin;
use crate::yaml::Node;

/// What one template sees.
#[derive(Debug)]
pub struct Context {
    /// The template's name, without `.yaml`; empty for templates that users add.
    pub template: &'static str,
    /// What the template is for.
    pub summary: &'static str,
    /// Its variables, in order.
    pub fields: &'static [Field],
}

/// One variable of a template.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub doc: &'static str,
    /// Whether it can be `none`.
    pub optional: bool,
}

impl Context {
    /// The variable with this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The context of a built-in template.
pub fn by_template(template: &str) -> Option<&'static Context> {
    ALL.iter().find(|context| context.template == template)
}

/// A struct that a template prints.
pub(super) trait Printed {
    /// The template's name.
    const TEMPLATE: &'static str;

    /// The struct as the template sees it.
    fn into_node(self) -> Node;
}

trait Variable {
    const OPTIONAL: bool;
    fn variable(self) -> Node;
}

impl Variable for Node {
    const OPTIONAL: bool = false;

    fn variable(self) -> Node {
        self
    }
}

impl Variable for Option<Node> {
    const OPTIONAL: bool = true;

    fn variable(self) -> Node {
        self.unwrap_or_default()
    }
}

macro_rules! contexts {
    ($(
        #[doc = $summary:literal]
        $template:literal $context:ident {
            $( $(#[doc = $doc:literal])+ $field:ident: $kind:ty, )*
        }
    )*) => {
        $(
            #[doc = $summary]
            #[derive(Debug, Clone)]
            pub(super) struct $context {
                $( $(#[doc = $doc])+ pub(super) $field: $kind, )*
            }

            impl Printed for $context {
                const TEMPLATE: &'static str = $template;

                fn into_node(self) -> Node {
                    nodes::map(
                        Origin::None,
                        [$( (stringify!($field), self.$field.variable()), )*],
                    )
                }
            }
        )*

        /// The contexts of the built-in templates.
        pub static ALL: &[Context] = &[
            $(Context {
                template: $template,
                summary: $summary.trim_ascii(),
                fields: &[
                    $(Field {
                        name: stringify!($field),
                        doc: concat!($($doc),+).trim_ascii(),
                        optional: <$kind as Variable>::OPTIONAL,
                    },)*
                ],
            },)*
        ];
    };
}

contexts! {
    /// A Namespace that the release owns.
    "namespace" Namespace {
        /// Its name.
        name: Node,
        /// Standard labels, the Pod Security Standard's and the release's own.
        labels: Node,
    }

    /// A PersistentVolumeClaim of a storage role.
    "persistent-volume-claim" PersistentVolumeClaim {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The storage class; empty text for a volume that is bound by name.
        storage_class: Node,
        /// The one access mode.
        access_mode: Node,
        /// The size, as a quantity.
        size: Node,
        /// The volume to bind, for a static one.
        volume_name: Option<Node>,
    }

    /// A StorageClass that the profile asks releases to write.
    "storage-class" StorageClass {
        /// Its name.
        name: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The CSI driver.
        provisioner: Node,
        /// The driver's parameters.
        parameters: Option<Node>,
        /// What becomes of a volume when its claim goes.
        reclaim_policy: Option<Node>,
        /// When a volume is made.
        volume_binding_mode: Option<Node>,
        /// Options the volumes are mounted with.
        mount_options: Option<Node>,
        /// Whether claims can grow. `false` differs from nothing, so ask `is not none`.
        allow_volume_expansion: Option<Node>,
        /// Topologies a volume may be made in.
        allowed_topologies: Option<Node>,
    }

    /// A PersistentVolume for a file system that exists.
    "persistent-volume" PersistentVolume {
        /// Its name.
        name: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The size, as a quantity.
        size: Node,
        /// The one access mode.
        access_mode: Node,
        /// What becomes of it when its claim goes.
        reclaim_policy: Node,
        /// The storage class; empty text for none.
        storage_class: Node,
        /// Options it is mounted with.
        mount_options: Option<Node>,
        /// The CSI driver.
        driver: Node,
        /// The driver's name of it.
        volume_handle: Node,
        /// What the driver needs to mount it.
        volume_attributes: Option<Node>,
        /// The namespace of the claim it is for.
        claim_namespace: Node,
        /// The name of the claim it is for.
        claim_name: Node,
    }

    /// A PodDisruptionBudget of one component.
    "pod-disruption-budget" PodDisruptionBudget {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// Labels of the component's pods.
        match_labels: Node,
        /// How many of them may be away at once.
        max_unavailable: Node,
    }

    /// A PodMonitor of all components of one sort.
    "pod-monitor" PodMonitor {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels, the profile's for monitors and the release's own.
        labels: Node,
        /// The pod label whose value becomes the `job` label.
        job_label: Node,
        /// Pod labels that every series gets.
        target_labels: Node,
        /// Labels that all its pods have.
        match_labels: Node,
        /// The pod label that names a component's type.
        type_label: Node,
        /// The values of it that are scraped.
        types: Node,
        /// Names of the ports to scrape.
        ports: Node,
        /// How often.
        interval: Node,
    }

    /// A ServiceMonitor of the frontends' Services.
    "service-monitor" ServiceMonitor {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels, the profile's for monitors and the release's own.
        labels: Node,
        /// The Service label whose value becomes the `job` label.
        job_label: Node,
        /// Labels of the Services.
        match_labels: Node,
        /// The name of the port to scrape.
        port: Node,
        /// The path to scrape.
        path: Node,
        /// How often.
        interval: Node,
    }

    /// A PrometheusRule with the graph's alerts.
    "prometheus-rule" PrometheusRule {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels, the profile's for rules and the release's own.
        labels: Node,
        /// The name of the one group.
        group: Node,
        /// Alerts: `alert`, `expr`, `hold` (how long it must be true), `labels`, `summary`, `description`.
        alerts: Node,
    }

    /// An AnalysisTemplate with the measurements that a graph must pass before it gets more traffic.
    "analysis-template" AnalysisTemplate {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// Where Prometheus answers.
        address: Node,
        /// Until the first measurement.
        delay: Node,
        /// From one measurement to the next.
        interval: Node,
        /// How many measurements.
        count: Node,
        /// Metrics: `name`, `query`, `success` and `failure` (conditions on the answer), `failure_limit` and
        /// `inconclusive_limit` (how many such measurements are put up with).
        gates: Node,
    }

    /// A MetricTemplate with a question that a Canary of Flagger asks.
    "metric-template" MetricTemplate {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// Where Prometheus answers.
        address: Node,
        /// The question, with Flagger's variable `interval`.
        query: Node,
    }

    /// A ConfigMap with a Grafana dashboard.
    "dashboard" Dashboard {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels, the profile's for dashboards and the release's own.
        labels: Node,
        /// The file's name.
        file: Node,
        /// The dashboard, as JSON text.
        json: Node,
    }

    /// A Job that tries the graph, or looks at the cluster.
    "job" Job {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// What delivery tools read.
        annotations: Option<Node>,
        /// Labels of its pod.
        pod_labels: Node,
        /// How often a pod is made anew that ended without an answer; an answer is final.
        backoff_limit: Node,
        /// Seconds after which it is ended.
        deadline: Node,
        /// The account it asks the API server with; none if it does not.
        service_account: Option<Node>,
        /// The nodes that the frontends run on.
        node_selector: Option<Node>,
        /// The taints of these nodes.
        tolerations: Option<Node>,
        /// Secrets to pull its image with.
        pull_secrets: Option<Node>,
        /// The container's name.
        container: Node,
        /// An image with Python 3.
        image: Node,
        /// The interpreter.
        command: Node,
        /// The script.
        args: Node,
        /// What the script is told.
        env: Node,
    }

    /// A ClusterRole with what a preflight looks at.
    "cluster-role" ClusterRole {
        /// Its name.
        name: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// What delivery tools read.
        annotations: Option<Node>,
        /// Rights: `apiGroups`, `resources` and `verbs`, as the API has them.
        rules: Node,
    }

    /// A ClusterRoleBinding of that ClusterRole.
    "cluster-role-binding" ClusterRoleBinding {
        /// Its name.
        name: Node,
        /// The namespace of the ServiceAccount.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// What delivery tools read.
        annotations: Option<Node>,
        /// The ClusterRole's name.
        role: Node,
        /// The ServiceAccount's name.
        service_account: Node,
    }

    /// A ResourceClaimTemplate for devices of the fabric.
    "resource-claim-template" ResourceClaimTemplate {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The name of its one request.
        request: Node,
        /// The DeviceClass.
        device_class: Node,
        /// How many devices a pod gets.
        count: Node,
    }

    /// A ComputeDomain: a channel on the NVLink fabric for every pod of a component.
    "compute-domain" ComputeDomain {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The name of the ResourceClaimTemplate that the driver makes for it.
        channel: Node,
    }

    /// A NetworkPolicy.
    "network-policy" NetworkPolicy {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The pods it is for, as a label selector.
        pod_selector: Node,
        /// `Ingress`, `Egress` or both.
        policy_types: Node,
        /// Who may come in: `from` and `ports`, as the API has them.
        ingress: Option<Node>,
        /// Where pods may go: `to` and `ports`, as the API has them.
        egress: Option<Node>,
    }

    /// A ScaledObject of KEDA for one component.
    "scaled-object" ScaledObject {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The scaling adapter: `apiVersion`, `kind` and `name`.
        target: Node,
        /// Never fewer replicas than this.
        min_replicas: Node,
        /// Never more replicas than this.
        max_replicas: Node,
        /// How fast replicas come and go, as the API has it.
        behavior: Node,
        /// Questions to Prometheus, as the API has them.
        triggers: Node,
    }

    /// A HorizontalPodAutoscaler for one component.
    "horizontal-pod-autoscaler" HorizontalPodAutoscaler {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The scaling adapter: `apiVersion`, `kind` and `name`.
        target: Node,
        /// Never fewer replicas than this.
        min_replicas: Node,
        /// Never more replicas than this.
        max_replicas: Node,
        /// How fast replicas come and go, as the API has it.
        behavior: Node,
        /// Metrics and their targets, as the API has them.
        metrics: Node,
    }

    /// An address of the release: a Service that leads to the frontends of one graph.
    "service" Service {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// What controllers read, and the release's own annotations.
        annotations: Option<Node>,
        /// The frontend's pods, by labels.
        selector: Node,
        /// The port that callers use.
        port: Node,
        /// The port of the pods.
        target_port: Node,
    }

    /// An Ingress.
    "ingress" Ingress {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// What controllers read, and the release's own annotations.
        annotations: Option<Node>,
        /// The IngressClass; absent where the controller reads it from an annotation.
        class: Option<Node>,
        /// Hosts and the Secrets of their certificates, as the API has them.
        tls: Option<Node>,
        /// Hosts, paths and backends, as the API has them.
        rules: Node,
    }

    /// What Google's Ingress wants to know of a Service: time-out, draining and health check.
    "backend-config" BackendConfig {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// Seconds until an answer must be complete.
        timeout: Node,
        /// Seconds in which a pod that leaves may finish.
        draining: Node,
        /// The port of the health check.
        health_port: Node,
    }

    /// An HTTPRoute of the Gateway API.
    "http-route" HttpRoute {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// What controllers read, and the release's own annotations.
        annotations: Option<Node>,
        /// The Gateways it attaches to, as the API has them.
        parents: Node,
        /// Host names; absent for all.
        hosts: Option<Node>,
        /// Paths, as the API has them.
        matches: Node,
        /// Until when an answer must be complete, such as `600s`.
        timeout: Node,
        /// Services or InferencePools with their weights, as the API has them.
        backends: Node,
    }

    /// How Google's load balancers tell whether a backend is healthy.
    "health-check-policy" HealthCheckPolicy {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The path that is asked.
        path: Node,
        /// The port that is asked.
        port: Node,
        /// The backend: `group`, `kind` and `name`.
        target: Node,
    }

    /// How Google's load balancers treat a backend.
    "gcp-backend-policy" GcpBackendPolicy {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// Seconds until an answer must be complete.
        timeout: Node,
        /// Seconds in which a pod that leaves may finish.
        draining: Node,
        /// The backend: `group`, `kind` and `name`.
        target: Node,
    }

    /// A VirtualService of Istio.
    "virtual-service" VirtualService {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// What controllers read, and the release's own annotations.
        annotations: Option<Node>,
        /// The Gateways it is for; absent for the mesh.
        gateways: Option<Node>,
        /// Host names.
        hosts: Node,
        /// Paths, as the API has them.
        matches: Node,
        /// Until when an answer must be complete, such as `600s`.
        timeout: Node,
        /// Services with their weights, as the API has them.
        destinations: Node,
    }

    /// A Certificate of cert-manager, in a Secret of the same name.
    "certificate" Certificate {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The host names it is for.
        hosts: Node,
        /// `Issuer` or `ClusterIssuer`.
        issuer_kind: Node,
        /// The issuer's name.
        issuer: Node,
    }

    /// A ServiceAccount for the graph's pods.
    "service-account" ServiceAccount {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The identity mechanism's annotations.
        annotations: Option<Node>,
    }

    /// A Role with the rights of discovery.
    "role" Role {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// What delivery tools read.
        annotations: Option<Node>,
        /// Rights: `apiGroups`, `resources` and `verbs`, as the API has them.
        rules: Node,
    }

    /// A RoleBinding of that Role to the release's ServiceAccount.
    "role-binding" RoleBinding {
        /// Its name.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// What delivery tools read.
        annotations: Option<Node>,
        /// The Role's name.
        role: Node,
        /// The ServiceAccount's name.
        service_account: Node,
    }

    /// An ExternalSecret that fills one Secret.
    "external-secret" ExternalSecret {
        /// Its name, which is the Secret's too.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// How often the store is asked.
        refresh_interval: Node,
        /// The store's kind.
        store_kind: Node,
        /// The store's name.
        store_name: Node,
        /// Keys: `secretKey` and `remoteRef`, as the API has them.
        data: Node,
    }

    /// A SecretProviderClass that fills one Secret while a pod mounts it.
    "secret-provider-class" SecretProviderClass {
        /// Its name, which is the Secret's too.
        name: Node,
        /// The release's namespace.
        namespace: Node,
        /// Standard labels and the release's own.
        labels: Node,
        /// The provider, such as `azure`.
        provider: Node,
        /// The provider's parameters, `objects` included.
        parameters: Node,
        /// Keys of the Secret: `key` and `objectName`.
        data: Node,
    }
}

macro_rules! release_context {
    ($( #[doc = $doc:literal] $field:ident, )*) => {
        /// What templates see that users add: the release, once.
        pub static RELEASE: Context = Context {
            template: "",
            summary: "A template of your own with a name that no built-in template has.",
            fields: &[$( Field { name: stringify!($field), doc: $doc.trim_ascii(), optional: false }, )*],
        };

        struct Release { $( $field: Node, )* }

        impl Release {
            fn into_node(self) -> Node {
                nodes::map(Origin::None, [$( (stringify!($field), self.$field), )*])
            }
        }
    };
}

release_context! {
    /// The release's name.
    release,
    /// The release's namespace.
    namespace,
    /// The graph's name.
    graph,
    /// The profile's name.
    profile,
    /// `eks`, `aks`, `gke` or `generic`.
    provider,
    /// The cluster's Kubernetes, such as `1.34`.
    kubernetes_version,
    /// The Dynamo platform's version, such as `1.5.0`.
    dynamo_version,
    /// Standard labels and the release's own.
    labels,
    /// The graph's components: `name`, `type`, `replicas`, `node_count`, `gpus`.
    components,
}

/// The context of a template that the user added.
pub(super) fn of_release(site: &Site<'_>, origin: Origin) -> Node {
    use nodes::{int, list, map, text};
    let provider = match site.profile.provider {
        crate::model::profile::Provider::Eks => "eks",
        crate::model::profile::Provider::Aks => "aks",
        crate::model::profile::Provider::Gke => "gke",
        crate::model::profile::Provider::Generic => "generic",
    };
    let components = site.components().iter().map(|component| {
        map(
            origin,
            [
                ("name", text(&component.name, origin)),
                ("type", text(component.kind.as_str(), origin)),
                ("replicas", int(site.replicas(component), origin)),
                ("node_count", int(component.node_count, origin)),
                ("gpus", int(component.gpus, origin)),
            ],
        )
    });
    Release {
        release: text(&site.pair.release.name, origin),
        namespace: site.namespace.clone(),
        graph: site.graph.clone(),
        profile: text(&site.pair.profile.name, origin),
        provider: text(provider, origin),
        kubernetes_version: nodes::at(&site.profile.kubernetes.version, origin),
        dynamo_version: text(&site.profile.dynamo.version, origin),
        labels: site.labels("release"),
        components: list(origin, components),
    }
    .into_node()
}
