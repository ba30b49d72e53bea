//! `networking.gke.io/v1` and `cloud.google.com/v1`: what Google's load balancers are told about backends.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// How a backend's health is checked.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthCheckPolicy {
    /// `networking.gke.io/v1`.
    pub api_version: String,
    /// `HealthCheckPolicy`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// Check and backend.
    pub spec: Option<HealthCheckPolicySpec>,
    /// Written by the controller.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Check and backend.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthCheckPolicySpec {
    /// The check.
    pub default: Option<HealthCheck>,
    /// The backend.
    pub target_ref: TargetRef,
}

/// A health check.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthCheck {
    /// Seconds from one check to the next.
    #[schemars(default, schema_with = "seconds")]
    pub check_interval_sec: Option<u32>,
    /// Seconds until an answer must be there.
    #[schemars(default, schema_with = "seconds")]
    pub timeout_sec: Option<u32>,
    /// Good answers in a row that make it healthy.
    #[schemars(default, schema_with = "threshold")]
    pub healthy_threshold: Option<u32>,
    /// Bad answers in a row that make it unhealthy.
    #[schemars(default, schema_with = "threshold")]
    pub unhealthy_threshold: Option<u32>,
    /// What is asked.
    pub config: Option<HealthCheckConfig>,
    /// Whether checks are logged.
    pub log_config: Option<LogConfig>,
}

/// Whether checks are logged.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogConfig {
    /// Yes or no.
    pub enabled: Option<bool>,
}

/// What is asked, in the words of one protocol.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HealthCheckConfig {
    /// The protocol.
    #[serde(rename = "type")]
    pub kind: HealthCheckKind,
    /// For `HTTP`.
    pub http_health_check: Option<HttpHealthCheck>,
    /// For `HTTPS`.
    pub https_health_check: Option<HttpHealthCheck>,
    /// For `HTTP2`.
    pub http2_health_check: Option<HttpHealthCheck>,
    /// For `GRPC`.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub grpc_health_check: Option<Value>,
    /// For `TCP`.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub tcp_health_check: Option<Value>,
}

/// Protocols of health checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum HealthCheckKind {
    #[serde(rename = "TCP")]
    Tcp,
    #[serde(rename = "HTTP")]
    Http,
    #[serde(rename = "HTTPS")]
    Https,
    #[serde(rename = "HTTP2")]
    Http2,
    #[serde(rename = "GRPC")]
    Grpc,
}

/// A request and the answer to it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpHealthCheck {
    /// The `Host` header.
    #[schemars(length(max = 2048))]
    pub host: Option<String>,
    /// The port.
    #[schemars(default, schema_with = "port")]
    pub port: Option<u16>,
    /// The port, by name.
    #[schemars(length(max = 63))]
    pub port_name: Option<String>,
    /// Which of them holds.
    pub port_specification: Option<PortSpecification>,
    /// Whether the request starts with a proxy header.
    pub proxy_header: Option<ProxyHeader>,
    /// The path.
    #[schemars(default, schema_with = "path")]
    pub request_path: Option<String>,
    /// How the answer's body must start.
    #[schemars(length(max = 1024))]
    pub response: Option<String>,
}

/// Which port is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum PortSpecification {
    #[serde(rename = "USE_FIXED_PORT")]
    UseFixedPort,
    #[serde(rename = "USE_NAMED_PORT")]
    UseNamedPort,
    #[serde(rename = "USE_SERVING_PORT")]
    UseServingPort,
}

/// Proxy headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum ProxyHeader {
    #[serde(rename = "NONE")]
    None,
    #[serde(rename = "PROXY_V1")]
    ProxyV1,
}

/// How load balancers treat a backend.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GcpBackendPolicy {
    /// `networking.gke.io/v1`.
    pub api_version: String,
    /// `GCPBackendPolicy`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// Treatment and backend.
    pub spec: Option<GcpBackendPolicySpec>,
    /// Written by the controller.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Treatment and backend.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GcpBackendPolicySpec {
    /// The treatment.
    pub default: Option<BackendDefaults>,
    /// The backend.
    pub target_ref: TargetRef,
}

/// How a backend is treated.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackendDefaults {
    /// `DEFAULT` or `PREFERRED`.
    pub backend_preference: Option<String>,
    /// `RATE`, `UTILIZATION` or `CUSTOM_METRICS`.
    pub balancing_mode: Option<String>,
    /// The part of its capacity that is used.
    #[schemars(range(max = 100))]
    pub capacity_scaler_percent: Option<u32>,
    /// What happens to requests of a pod that leaves.
    pub connection_draining: Option<Draining>,
    /// Metrics to balance by.
    #[schemars(default, schema_with = "two_objects")]
    pub custom_metrics: Option<Vec<Value>>,
    /// Identity-Aware Proxy.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub iap: Option<Value>,
    /// What is logged.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub logging: Option<Value>,
    /// Requests a second and endpoint.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub max_rate_per_endpoint: Option<u32>,
    /// Other treatment for some endpoints.
    #[schemars(default, schema_with = "objects")]
    pub scopes: Option<Vec<Value>>,
    /// A policy of Cloud Armor.
    pub security_policy: Option<String>,
    /// How a caller keeps its endpoint.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub session_affinity: Option<Value>,
    /// Seconds until an answer must be complete.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub timeout_sec: Option<u32>,
}

/// What happens to requests of a pod that leaves.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Draining {
    /// Seconds they may take.
    #[schemars(range(max = 3600))]
    pub draining_timeout_sec: Option<u32>,
}

/// A Service or InferencePool.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetRef {
    /// Its API group; empty for a Service.
    #[schemars(schema_with = "group")]
    pub group: String,
    /// Its kind.
    #[schemars(length(min = 1, max = 63))]
    pub kind: String,
    /// Its name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Its namespace; the policy's if left out.
    #[schemars(length(min = 1, max = 63))]
    pub namespace: Option<String>,
}

/// How Google's Ingress treats a Service.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackendConfig {
    /// `cloud.google.com/v1`.
    pub api_version: String,
    /// `BackendConfig`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// The treatment.
    pub spec: Option<BackendConfigSpec>,
    /// Written by the controller.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// How a Service is treated.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackendConfigSpec {
    /// Caching.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub cdn: Option<Value>,
    /// What happens to requests of a pod that leaves.
    pub connection_draining: Option<ServiceDraining>,
    /// Headers added to requests.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub custom_request_headers: Option<Value>,
    /// Headers added to answers.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub custom_response_headers: Option<Value>,
    /// How health is checked.
    pub health_check: Option<ServiceHealthCheck>,
    /// Identity-Aware Proxy.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub iap: Option<Value>,
    /// What is logged.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub logging: Option<Value>,
    /// A policy of Cloud Armor.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub security_policy: Option<Value>,
    /// How a caller keeps its endpoint.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub session_affinity: Option<Value>,
    /// Seconds until an answer must be complete.
    pub timeout_sec: Option<i64>,
}

/// How a Service's health is checked.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceHealthCheck {
    /// Seconds from one check to the next.
    pub check_interval_sec: Option<i64>,
    /// Good answers in a row that make it healthy.
    pub healthy_threshold: Option<i64>,
    /// The port.
    pub port: Option<i64>,
    /// The path.
    pub request_path: Option<String>,
    /// Seconds until an answer must be there.
    pub timeout_sec: Option<i64>,
    /// `HTTP`, `HTTPS` or `HTTP2`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Bad answers in a row that make it unhealthy.
    pub unhealthy_threshold: Option<i64>,
}

/// What happens to requests of a Service's pod that leaves.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceDraining {
    /// Seconds they may take.
    pub draining_timeout_sec: Option<i64>,
}

fn seconds(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": 300 })
}

fn threshold(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": 10 })
}

fn port(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": 65535 })
}

fn path(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "maxLength": 2048, "pattern": "^/" })
}

fn objects(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "maxItems": 16, "items": { "type": "object" } })
}

fn two_objects(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "maxItems": 2, "items": { "type": "object" } })
}

fn group(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "maxLength": 253,
        "pattern": r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    })
}
