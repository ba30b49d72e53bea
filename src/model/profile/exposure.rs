//! How requests get into a cluster, and who delivers to it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::At;

/// How requests get into a cluster.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Entry {
    /// What a release that is exposed gets if it says nothing else.
    pub kind: Option<At<EntryKind>>,
    /// What answers for Ingresses.
    pub controller: Option<At<IngressController>>,
    /// The class of Ingresses that only the inside reaches.
    pub internal_class: Option<At<String>>,
    /// The class of Ingresses that the internet reaches.
    pub public_class: Option<At<String>>,
    /// The Gateway that routes attach to.
    pub gateway: Option<At<GatewayRef>>,
    /// Where certificates come from.
    pub tls: Option<At<CertificateSource>>,
    /// Seconds until an answer must be complete, streams included; 600 if left out.
    #[schemars(range(min = 1, max = 86400))]
    pub timeout_seconds: Option<At<u32>>,
}

/// Kinds of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EntryKind {
    /// A Service inside the cluster, and nothing else.
    Service,
    /// An Ingress.
    Ingress,
    /// An HTTPRoute of the Gateway API.
    Gateway,
    /// A VirtualService of Istio.
    Istio,
}

/// What answers for Ingresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum IngressController {
    /// AWS Load Balancer Controller, or EKS Auto Mode.
    Alb,
    /// NGINX, also as Azure's application routing add-on.
    Nginx,
    /// Azure Application Gateway for Containers.
    ApplicationGateway,
    /// Google's own.
    Gce,
    /// Another one, which needs no annotations of ours.
    Other,
}

/// A Gateway: of the Gateway API, or of Istio for VirtualServices.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GatewayRef {
    /// Its name.
    pub name: At<String>,
    /// Its namespace, if not the release's.
    #[serde(default)]
    pub namespace: Option<At<String>>,
    /// The listener, if not all.
    #[serde(default)]
    pub section: Option<At<String>>,
    /// The GatewayClass, where it says what policies there are: `gke-l7-regional-external-managed`, `istio`.
    #[serde(default)]
    pub class: Option<At<String>>,
}

/// Who can come in from outside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// Only the cluster's own network.
    #[default]
    Internal,
    /// The internet.
    Public,
}

/// Where certificates come from. Exactly one of them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CertificateSource {
    /// cert-manager, with this issuer.
    pub cert_manager: Option<At<Issuer>>,
    /// A Secret of type `kubernetes.io/tls` in the release's namespace, by name.
    pub secret: Option<At<String>>,
    /// The provider's: an ARN of AWS Certificate Manager, a name of a Google pre-shared certificate.
    pub certificate: Option<At<String>>,
    /// The Gateway or load balancer has it already.
    pub gateway: Option<At<bool>>,
}

/// An issuer of cert-manager.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Issuer {
    /// `Issuer` or `ClusterIssuer`.
    #[serde(default)]
    pub kind: IssuerKind,
    /// Its name.
    pub name: At<String>,
}

/// Kinds of issuer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum IssuerKind {
    /// In the namespace.
    Issuer,
    /// For the whole cluster.
    #[default]
    ClusterIssuer,
}

/// Who delivers manifests to a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Delivery {
    /// Argo CD: Jobs become hooks.
    ArgoCd,
    /// Flux: Jobs are waited for.
    Flux,
}
