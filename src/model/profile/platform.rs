//! What runs a cluster: its provider, Kubernetes, Dynamo and add-ons.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::At;

/// Whose Kubernetes a cluster is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Provider {
    /// Amazon EKS
    Eks,
    /// Azure AKS
    Aks,
    /// Google GKE
    Gke,
    /// Any other: Nebius, Nscale, bare metal, kind.
    #[default]
    Generic,
}

/// How a provider makes nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Variant {
    /// EKS managed or self-managed node groups.
    ManagedNodeGroups,
    /// EKS with Karpenter.
    Karpenter,
    /// EKS Auto Mode.
    AutoMode,
    /// AKS node pools.
    NodePools,
    /// AKS node auto-provisioning.
    NodeAutoProvisioning,
    /// GKE Standard.
    Standard,
    /// GKE Autopilot.
    Autopilot,
}

/// The Kubernetes a cluster runs.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Kubernetes {
    /// Major and minor, such as `"1.34"`.
    #[schemars(regex(pattern = r"^1\.[0-9]{2}$"))]
    pub version: At<String>,
}

impl Default for Kubernetes {
    fn default() -> Self {
        Self {
            version: At::nowhere("1.34".to_owned()),
        }
    }
}

/// The Dynamo platform a cluster runs.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Dynamo {
    /// The version in which graphs are written out.
    pub api_version: GraphVersion,
    /// The platform chart's version.
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+\.[0-9]+$"))]
    pub version: String,
    /// How components find one another.
    pub discovery: Discovery,
}

impl Default for Dynamo {
    fn default() -> Self {
        Self {
            api_version: GraphVersion::V1Beta1,
            version: "1.5.0".to_owned(),
            discovery: Discovery::Kubernetes,
        }
    }
}

/// A version of `DynamoGraphDeployment`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum GraphVersion {
    /// `nvidia.com/v1alpha1`, with `services`.
    #[value(name = "v1alpha1")]
    V1Alpha1,
    /// `nvidia.com/v1beta1`, with `components`.
    #[default]
    #[value(name = "v1beta1")]
    V1Beta1,
}

/// How the components of a graph find one another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Discovery {
    /// EndpointSlices and DynamoWorkerMetadata objects.
    #[default]
    Kubernetes,
    /// An etcd the platform names.
    Etcd,
}

/// Which add-ons a cluster has. What is absent is not there.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Capabilities {
    /// Prometheus Operator: PodMonitor, ServiceMonitor, PrometheusRule.
    pub prometheus_operator: At<bool>,
    /// A Grafana that picks up dashboards from ConfigMaps.
    pub grafana_dashboards: At<bool>,
    /// Gateway API.
    pub gateway_api: At<bool>,
    /// Gateway API inference extension: InferencePool.
    pub inference_extension: At<bool>,
    /// KEDA.
    pub keda: At<bool>,
    /// Grove, enabled in the Dynamo platform.
    pub grove: At<bool>,
    /// LeaderWorkerSet.
    pub lws: At<bool>,
    /// KAI scheduler.
    pub kai: At<bool>,
    /// Volcano.
    pub volcano: At<bool>,
    /// Kueue.
    pub kueue: At<bool>,
    /// External Secrets Operator.
    pub external_secrets: At<bool>,
    /// Secrets Store CSI driver.
    pub secrets_store_csi: At<bool>,
    /// cert-manager.
    pub cert_manager: At<bool>,
    /// Istio.
    pub istio: At<bool>,
    /// Argo Rollouts: AnalysisTemplate.
    pub argo_rollouts: At<bool>,
    /// Flagger: MetricTemplate and Canary.
    pub flagger: At<bool>,
    /// An adapter that serves Prometheus metrics to HorizontalPodAutoscalers.
    pub metrics_adapter: At<bool>,
    /// Dynamic resource allocation (`resource.k8s.io/v1`) with the NVIDIA driver.
    pub dra: At<bool>,
    /// CSI volume snapshots.
    pub snapshots: At<bool>,
    /// A network plugin that enforces NetworkPolicy.
    pub network_policy: At<bool>,
    /// The `ExtendedResourceToleration` admission plugin: pods that ask for a device tolerate its taint.
    pub extended_resource_toleration: At<bool>,
}

/// A Pod Security Standard.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum PodSecurity {
    /// Everything is allowed.
    #[default]
    Privileged,
    /// Known privilege escalations are not.
    Baseline,
    /// Only hardened pods are.
    Restricted,
}

impl PodSecurity {
    /// The level's name, as the namespace label wants it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// What the monitoring stack looks for.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Monitoring {
    /// Labels that Prometheus selects monitors and rules by.
    pub labels: BTreeMap<String, At<String>>,
    /// How often to scrape, such as `15s`.
    pub interval: String,
    /// The namespace Prometheus and Grafana run in.
    pub namespace: At<String>,
    /// Where Prometheus answers queries inside the cluster, such as
    /// `http://prometheus-kube-prometheus-prometheus.monitoring.svc:9090`.
    pub prometheus_url: Option<At<String>>,
    /// Labels that Grafana selects dashboard ConfigMaps by.
    pub dashboard_labels: BTreeMap<String, At<String>>,
}

impl Default for Monitoring {
    fn default() -> Self {
        Self {
            labels: BTreeMap::new(),
            interval: "15s".to_owned(),
            namespace: At::nowhere("monitoring".to_owned()),
            prometheus_url: None,
            dashboard_labels: BTreeMap::from([(
                "grafana_dashboard".to_owned(),
                At::nowhere("1".to_owned()),
            )]),
        }
    }
}

/// What the cluster's network policies must let through.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Network {
    /// Namespaces whose pods may reach frontends: those of gateways and ingress controllers.
    pub ingress_namespaces: Vec<At<String>>,
    /// The namespace of the Dynamo platform: its operator, and NATS and etcd where they are installed.
    pub platform_namespace: Option<At<String>>,
}
