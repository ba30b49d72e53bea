//! `networking.istio.io/v1`: routes of Istio.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// Where Istio sends requests.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VirtualService {
    /// `networking.istio.io/v1`.
    pub api_version: String,
    /// `VirtualService`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// Hosts, gateways and routes.
    pub spec: Option<VirtualServiceSpec>,
    /// Written by the controller.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Hosts, gateways and routes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VirtualServiceSpec {
    /// Host names.
    pub hosts: Option<Vec<String>>,
    /// Gateways, as `namespace/name` or `name`; the mesh if left out.
    pub gateways: Option<Vec<String>>,
    /// Namespaces that see it.
    pub export_to: Option<Vec<String>>,
    /// Routes of HTTP.
    pub http: Option<Vec<IstioRoute>>,
    /// Routes of TCP.
    #[schemars(default, schema_with = "objects")]
    pub tcp: Option<Vec<Value>>,
    /// Routes of TLS that is not ended here.
    #[schemars(default, schema_with = "objects")]
    pub tls: Option<Vec<Value>>,
}

/// Requests and where they go.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IstioRoute {
    /// The route's name.
    pub name: Option<String>,
    /// Which requests; one match is enough.
    #[schemars(default, schema_with = "objects")]
    pub r#match: Option<Vec<Value>>,
    /// Where they go, by weight.
    pub route: Option<Vec<IstioDestination>>,
    /// Until when an answer must be complete, such as `600s`.
    pub timeout: Option<String>,
    /// How often it is tried again.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub retries: Option<Value>,
    /// What browsers may do.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub cors_policy: Option<Value>,
    /// Another VirtualService that decides.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub delegate: Option<Value>,
    /// An answer without a backend.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub direct_response: Option<Value>,
    /// Faults made on purpose.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub fault: Option<Value>,
    /// Headers that are changed.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub headers: Option<Value>,
    /// Where a copy goes.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub mirror: Option<Value>,
    /// The part that is copied.
    #[serde(rename = "mirror_percent")]
    pub mirror_percent: Option<u32>,
    /// The part that is copied.
    #[serde(rename = "mirrorPercent")]
    pub mirror_percent_whole: Option<u32>,
    /// The part that is copied.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub mirror_percentage: Option<Value>,
    /// Where copies go.
    #[schemars(default, schema_with = "objects")]
    pub mirrors: Option<Vec<Value>>,
    /// Where callers are sent.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub redirect: Option<Value>,
    /// What of the request is changed.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub rewrite: Option<Value>,
}

/// A backend and its part of the requests.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IstioDestination {
    /// The backend.
    pub destination: IstioHost,
    /// Its part, of the sum of all weights.
    pub weight: Option<i32>,
    /// Headers that are changed.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub headers: Option<Value>,
}

/// A Service.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IstioHost {
    /// Its host name.
    pub host: String,
    /// Its port, if it has several.
    pub port: Option<IstioPort>,
    /// A subset that a DestinationRule names.
    pub subset: Option<String>,
}

/// A port.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IstioPort {
    /// Its number.
    pub number: Option<u32>,
}

fn objects(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "object" } })
}
