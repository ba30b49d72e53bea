//! How requests reach a graph.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::profile::{CertificateSource, EntryKind, GatewayRef, Scope};
use crate::yaml::At;

/// How requests reach a graph. What is left out is the profile's.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Exposure {
    /// The kind of entry; the profile's if left out.
    pub kind: Option<At<EntryKind>>,
    /// The ingress class, if not the profile's.
    pub class: Option<At<String>>,
    /// The Gateway that routes attach to, if not the profile's.
    pub gateway: Option<At<GatewayRef>>,
    /// Host names of the live graph; none take every host.
    pub hosts: Vec<At<String>>,
    /// Paths that lead to the graph, as prefixes; `/` if left out.
    pub paths: Vec<At<String>>,
    /// Host names of the colour that is not live. Without them it is reached inside the cluster only.
    pub preview_hosts: Vec<At<String>>,
    /// Who can come in from outside.
    pub scope: Option<At<Scope>>,
    /// The certificate of the hosts.
    pub tls: Option<At<CertificateSource>>,
    /// Seconds until an answer must be complete, streams included.
    #[schemars(range(min = 1, max = 86400))]
    pub timeout_seconds: Option<At<u32>>,
    /// What requests go to; the endpoint picker where the graph has one.
    pub to: Option<At<ExposureTarget>>,
    /// More annotations for the entry: the Ingress, HTTPRoute or VirtualService.
    pub annotations: BTreeMap<String, At<String>>,
    /// More labels for the entry.
    pub labels: BTreeMap<String, At<String>>,
}

/// What requests go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ExposureTarget {
    /// The frontend's Service.
    Frontend,
    /// The InferencePool that the endpoint picker chooses from.
    InferencePool,
}
