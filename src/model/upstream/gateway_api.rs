//! `gateway.networking.k8s.io/v1`: routes of the Gateway API.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// Where a Gateway sends HTTP requests.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpRoute {
    /// `gateway.networking.k8s.io/v1`.
    pub api_version: String,
    /// `HTTPRoute`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// Gateways, hosts and rules.
    pub spec: HttpRouteSpec,
    /// Written by the controller.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Gateways, hosts and rules.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpRouteSpec {
    /// Gateways the route attaches to.
    #[schemars(length(max = 32))]
    pub parent_refs: Option<Vec<ParentRef>>,
    /// Host names; all of the listener's if left out.
    #[schemars(length(max = 16))]
    pub hostnames: Option<Vec<String>>,
    /// What happens to which request.
    #[schemars(length(min = 1, max = 16))]
    pub rules: Option<Vec<RouteRule>>,
    /// Whether default Gateways take the route too.
    pub use_default_gateways: Option<DefaultGateways>,
}

/// Which default Gateways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum DefaultGateways {
    All,
    None,
}

/// A Gateway, or a part of one.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParentRef {
    /// The API group; the Gateway API's if left out.
    #[schemars(default, schema_with = "group")]
    pub group: Option<String>,
    /// The kind; `Gateway` if left out.
    #[schemars(default, schema_with = "kind")]
    pub kind: Option<String>,
    /// Its name.
    #[schemars(schema_with = "name")]
    pub name: String,
    /// Its namespace; the route's if left out.
    #[schemars(default, schema_with = "namespace")]
    pub namespace: Option<String>,
    /// Only listeners on this port.
    #[schemars(default, schema_with = "port")]
    pub port: Option<u16>,
    /// Only the listener of this name.
    #[schemars(default, schema_with = "section")]
    pub section_name: Option<String>,
}

/// Requests and where they go.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RouteRule {
    /// The rule's name.
    #[schemars(default, schema_with = "section")]
    pub name: Option<String>,
    /// Which requests; one match is enough.
    #[schemars(length(max = 64))]
    pub matches: Option<Vec<RouteMatch>>,
    /// What is changed on the way.
    #[schemars(default, schema_with = "filters")]
    pub filters: Option<Vec<Value>>,
    /// Where they go, by weight.
    #[schemars(length(max = 16))]
    pub backend_refs: Option<Vec<RouteBackend>>,
    /// Until when there must be an answer.
    pub timeouts: Option<RouteTimeouts>,
    /// How often it is tried again.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub retry: Option<Value>,
    /// How a caller keeps its backend.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub session_persistence: Option<Value>,
}

/// What a request must look like.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RouteMatch {
    /// Its path.
    pub path: Option<PathMatch>,
    /// Its headers.
    #[schemars(length(max = 16))]
    pub headers: Option<Vec<ValueMatch>>,
    /// Its query.
    #[schemars(length(max = 16))]
    pub query_params: Option<Vec<ValueMatch>>,
    /// Its method.
    pub method: Option<Method>,
}

/// A path.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PathMatch {
    /// How it is compared.
    #[serde(rename = "type")]
    pub kind: Option<PathKind>,
    /// What it is compared with.
    #[schemars(length(max = 1024))]
    pub value: Option<String>,
}

/// How paths are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum PathKind {
    Exact,
    PathPrefix,
    RegularExpression,
}

/// A header or a parameter of the query.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ValueMatch {
    /// Its name.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// How it is compared.
    #[serde(rename = "type")]
    pub kind: Option<ValueKind>,
    /// What it is compared with.
    #[schemars(length(min = 1, max = 4096))]
    pub value: String,
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum ValueKind {
    Exact,
    RegularExpression,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum Method {
    #[serde(rename = "GET")]
    Get,
    #[serde(rename = "HEAD")]
    Head,
    #[serde(rename = "POST")]
    Post,
    #[serde(rename = "PUT")]
    Put,
    #[serde(rename = "DELETE")]
    Delete,
    #[serde(rename = "CONNECT")]
    Connect,
    #[serde(rename = "OPTIONS")]
    Options,
    #[serde(rename = "TRACE")]
    Trace,
    #[serde(rename = "PATCH")]
    Patch,
}

/// A backend and its part of the requests.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RouteBackend {
    /// The API group; the core group if left out.
    #[schemars(default, schema_with = "group")]
    pub group: Option<String>,
    /// The kind; `Service` if left out.
    #[schemars(default, schema_with = "kind")]
    pub kind: Option<String>,
    /// Its name.
    #[schemars(schema_with = "name")]
    pub name: String,
    /// Its namespace; the route's if left out.
    #[schemars(default, schema_with = "namespace")]
    pub namespace: Option<String>,
    /// Its port; needed for a Service.
    #[schemars(default, schema_with = "port")]
    pub port: Option<u16>,
    /// Its part, of the sum of all weights; 1 if left out.
    #[schemars(default, schema_with = "weight")]
    pub weight: Option<u32>,
    /// What is changed on the way there.
    #[schemars(default, schema_with = "filters")]
    pub filters: Option<Vec<Value>>,
}

/// Until when there must be an answer.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RouteTimeouts {
    /// The whole answer, such as `600s`.
    #[schemars(default, schema_with = "duration")]
    pub request: Option<String>,
    /// One try of a backend.
    #[schemars(default, schema_with = "duration")]
    pub backend_request: Option<String>,
}

fn group(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "maxLength": 253, "pattern": r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$" })
}

fn kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": 63, "pattern": r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$" })
}

fn namespace(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": 63, "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" })
}

fn section(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": 253, "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$" })
}

fn name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": 253 })
}

fn duration(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": r"^([0-9]{1,5}(h|m|s|ms)){1,4}$" })
}

fn port(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": 65535 })
}

fn weight(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 0, "maximum": 1000000 })
}

fn filters(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "maxItems": 16, "items": { "type": "object" } })
}
