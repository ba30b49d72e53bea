//! `monitoring.coreos.com/v1`: what the Prometheus Operator scrapes and when it alerts.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// Pods to scrape.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodMonitor {
    /// `monitoring.coreos.com/v1`.
    pub api_version: String,
    /// `PodMonitor`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// Which pods, and how.
    pub spec: PodMonitorSpec,
    /// Written by the Prometheus Operator.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Services to scrape.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceMonitor {
    /// `monitoring.coreos.com/v1`.
    pub api_version: String,
    /// `ServiceMonitor`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// Which Services, and how.
    pub spec: ServiceMonitorSpec,
    /// Written by the Prometheus Operator.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Rules that Prometheus evaluates.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrometheusRule {
    /// `monitoring.coreos.com/v1`.
    pub api_version: String,
    /// `PrometheusRule`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// The rules.
    pub spec: PrometheusRuleSpec,
    /// Written by the Prometheus Operator.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Which pods to scrape, and how.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodMonitorSpec {
    /// What to add to the labels of a target.
    pub attach_metadata: Option<AttachMetadata>,
    /// Largest answer, such as `10MB`.
    #[schemars(default, schema_with = "byte_size")]
    pub body_size_limit: Option<String>,
    /// Turns classic histograms into native ones with custom buckets.
    #[serde(rename = "convertClassicHistogramsToNHCB")]
    pub convert_classic_histograms_to_nhcb: Option<bool>,
    /// Format of answers that do not name theirs.
    pub fallback_scrape_protocol: Option<ScrapeProtocol>,
    /// Pod label whose value becomes `job`.
    pub job_label: Option<String>,
    /// Dropped targets to remember.
    pub keep_dropped_targets: Option<i64>,
    /// Most labels of a sample.
    pub label_limit: Option<i64>,
    /// Longest label name.
    pub label_name_length_limit: Option<i64>,
    /// Longest label value.
    pub label_value_length_limit: Option<i64>,
    /// Namespaces to look in; the monitor's own if unset.
    pub namespace_selector: Option<NamespaceSelector>,
    /// Most buckets of a native histogram.
    pub native_histogram_bucket_limit: Option<i64>,
    /// Smallest growth from one bucket to the next.
    #[schemars(default, schema_with = "kubernetes::quantity")]
    pub native_histogram_min_bucket_factor: Option<Value>,
    /// Ports and paths to scrape.
    pub pod_metrics_endpoints: Option<Vec<PodEndpoint>>,
    /// Pod labels to add to every sample.
    pub pod_target_labels: Option<Vec<String>>,
    /// Most samples of one scrape.
    pub sample_limit: Option<i64>,
    /// Scrape class of the Prometheus object.
    #[schemars(length(min = 1))]
    pub scrape_class: Option<String>,
    /// Keeps classic histograms beside native ones.
    pub scrape_classic_histograms: Option<bool>,
    /// Scrapes native histograms.
    pub scrape_native_histograms: Option<bool>,
    /// Formats to ask for, the best first.
    pub scrape_protocols: Option<Vec<ScrapeProtocol>>,
    /// Labels of the pods.
    #[schemars(schema_with = "kubernetes::label_selector")]
    pub selector: Value,
    /// How the selector is applied.
    pub selector_mechanism: Option<SelectorMechanism>,
    /// Most targets.
    pub target_limit: Option<i64>,
}

/// Which Services to scrape, and how.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceMonitorSpec {
    /// What to add to the labels of a target.
    pub attach_metadata: Option<AttachMetadata>,
    /// Largest answer, such as `10MB`.
    #[schemars(default, schema_with = "byte_size")]
    pub body_size_limit: Option<String>,
    /// Turns classic histograms into native ones with custom buckets.
    #[serde(rename = "convertClassicHistogramsToNHCB")]
    pub convert_classic_histograms_to_nhcb: Option<bool>,
    /// Ports and paths to scrape.
    pub endpoints: Vec<ServiceEndpoint>,
    /// Format of answers that do not name theirs.
    pub fallback_scrape_protocol: Option<ScrapeProtocol>,
    /// Service label whose value becomes `job`.
    pub job_label: Option<String>,
    /// Dropped targets to remember.
    pub keep_dropped_targets: Option<i64>,
    /// Most labels of a sample.
    pub label_limit: Option<i64>,
    /// Longest label name.
    pub label_name_length_limit: Option<i64>,
    /// Longest label value.
    pub label_value_length_limit: Option<i64>,
    /// Namespaces to look in; the monitor's own if unset.
    pub namespace_selector: Option<NamespaceSelector>,
    /// Most buckets of a native histogram.
    pub native_histogram_bucket_limit: Option<i64>,
    /// Smallest growth from one bucket to the next.
    #[schemars(default, schema_with = "kubernetes::quantity")]
    pub native_histogram_min_bucket_factor: Option<Value>,
    /// Pod labels to add to every sample.
    pub pod_target_labels: Option<Vec<String>>,
    /// Most samples of one scrape.
    pub sample_limit: Option<i64>,
    /// Scrape class of the Prometheus object.
    #[schemars(length(min = 1))]
    pub scrape_class: Option<String>,
    /// Keeps classic histograms beside native ones.
    pub scrape_classic_histograms: Option<bool>,
    /// Scrapes native histograms.
    pub scrape_native_histograms: Option<bool>,
    /// Formats to ask for, the best first.
    pub scrape_protocols: Option<Vec<ScrapeProtocol>>,
    /// Labels of the Services.
    #[schemars(schema_with = "kubernetes::label_selector")]
    pub selector: Value,
    /// How the selector is applied.
    pub selector_mechanism: Option<SelectorMechanism>,
    /// Objects that targets are read from.
    pub service_discovery_role: Option<DiscoveryRole>,
    /// Service labels to add to every sample.
    pub target_labels: Option<Vec<String>>,
    /// Most targets.
    pub target_limit: Option<i64>,
}

/// What to add to the labels of a target.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachMetadata {
    /// Labels of the node.
    pub node: Option<bool>,
}

/// Namespaces to look in.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamespaceSelector {
    /// All of them.
    pub any: Option<bool>,
    /// These.
    pub match_names: Option<Vec<String>>,
}

/// A format of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are Prometheus's")]
pub enum ScrapeProtocol {
    PrometheusProto,
    #[serde(rename = "OpenMetricsText0.0.1")]
    OpenMetricsText001,
    #[serde(rename = "OpenMetricsText1.0.0")]
    OpenMetricsText100,
    #[serde(rename = "PrometheusText0.0.4")]
    PrometheusText004,
    #[serde(rename = "PrometheusText1.0.0")]
    PrometheusText100,
}

/// How a selector is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are the Prometheus Operator's")]
pub enum SelectorMechanism {
    RelabelConfig,
    RoleSelector,
}

/// Objects that targets are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are Kubernetes'")]
pub enum DiscoveryRole {
    Endpoints,
    EndpointSlice,
}

/// A port of pods to scrape.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodEndpoint {
    /// Authorization header.
    pub authorization: Option<Authorization>,
    /// User and password.
    pub basic_auth: Option<BasicAuth>,
    /// Deprecated: a Secret's key with a token.
    #[schemars(default, schema_with = "kubernetes::secret_key")]
    pub bearer_token_secret: Option<Value>,
    /// Whether to use HTTP 2.
    pub enable_http2: Option<bool>,
    /// Leaves out pods that have ended. On if unset.
    pub filter_running: Option<bool>,
    /// Whether to follow redirects.
    pub follow_redirects: Option<bool>,
    /// Lets a sample's own label win over the target's.
    pub honor_labels: Option<bool>,
    /// Keeps the sample's own time.
    pub honor_timestamps: Option<bool>,
    /// Time from one scrape to the next, such as `15s`.
    #[schemars(default, schema_with = "duration")]
    pub interval: Option<String>,
    /// Changes to samples.
    pub metric_relabelings: Option<Vec<Relabeling>>,
    /// Hosts not to reach through the proxy, separated by commas.
    pub no_proxy: Option<String>,
    /// Client credentials.
    pub oauth2: Option<OAuth2>,
    /// Parameters of the request.
    pub params: Option<BTreeMap<String, Vec<String>>>,
    /// Path of the request; `/metrics` if unset.
    pub path: Option<String>,
    /// Name of the container port.
    pub port: Option<String>,
    /// Number of the container port.
    #[schemars(range(min = 1, max = 65_535))]
    pub port_number: Option<i32>,
    /// Headers for the proxy.
    #[schemars(default, schema_with = "secret_headers")]
    pub proxy_connect_header: Option<Value>,
    /// Takes the proxy from the environment.
    pub proxy_from_environment: Option<bool>,
    /// Proxy to go through.
    #[schemars(default, schema_with = "proxy_url")]
    pub proxy_url: Option<String>,
    /// Changes to targets before they are scraped.
    pub relabelings: Option<Vec<Relabeling>>,
    /// `http` or `https`.
    pub scheme: Option<Scheme>,
    /// Time after which a scrape is given up.
    #[schemars(default, schema_with = "duration")]
    pub scrape_timeout: Option<String>,
    /// Deprecated: number or name of the container port.
    #[schemars(default, schema_with = "kubernetes::int_or_string")]
    pub target_port: Option<Value>,
    /// How to check the pod's certificate.
    pub tls_config: Option<TlsConfig>,
    /// Marks samples with their own time stale when they vanish.
    pub track_timestamps_staleness: Option<bool>,
}

/// A port of Services to scrape.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceEndpoint {
    /// Authorization header.
    pub authorization: Option<Authorization>,
    /// User and password.
    pub basic_auth: Option<BasicAuth>,
    /// Deprecated: a file of the Prometheus pod with a token.
    pub bearer_token_file: Option<String>,
    /// Deprecated: a Secret's key with a token.
    #[schemars(default, schema_with = "kubernetes::secret_key")]
    pub bearer_token_secret: Option<Value>,
    /// Whether to use HTTP 2.
    pub enable_http2: Option<bool>,
    /// Leaves out pods that have ended. On if unset.
    pub filter_running: Option<bool>,
    /// Whether to follow redirects.
    pub follow_redirects: Option<bool>,
    /// Lets a sample's own label win over the target's.
    pub honor_labels: Option<bool>,
    /// Keeps the sample's own time.
    pub honor_timestamps: Option<bool>,
    /// Time from one scrape to the next, such as `15s`.
    #[schemars(default, schema_with = "duration")]
    pub interval: Option<String>,
    /// Changes to samples.
    pub metric_relabelings: Option<Vec<Relabeling>>,
    /// Hosts not to reach through the proxy, separated by commas.
    pub no_proxy: Option<String>,
    /// Client credentials.
    pub oauth2: Option<OAuth2>,
    /// Parameters of the request.
    pub params: Option<BTreeMap<String, Vec<String>>>,
    /// Path of the request; `/metrics` if unset.
    pub path: Option<String>,
    /// Name of the Service's port.
    pub port: Option<String>,
    /// Headers for the proxy.
    #[schemars(default, schema_with = "secret_headers")]
    pub proxy_connect_header: Option<Value>,
    /// Takes the proxy from the environment.
    pub proxy_from_environment: Option<bool>,
    /// Proxy to go through.
    #[schemars(default, schema_with = "proxy_url")]
    pub proxy_url: Option<String>,
    /// Changes to targets before they are scraped.
    pub relabelings: Option<Vec<Relabeling>>,
    /// `http` or `https`.
    pub scheme: Option<Scheme>,
    /// Time after which a scrape is given up.
    #[schemars(default, schema_with = "duration")]
    pub scrape_timeout: Option<String>,
    /// Number or name of the pod's port.
    #[schemars(default, schema_with = "kubernetes::int_or_string")]
    pub target_port: Option<Value>,
    /// How to check the Service's certificate.
    pub tls_config: Option<ServiceTlsConfig>,
    /// Marks samples with their own time stale when they vanish.
    pub track_timestamps_staleness: Option<bool>,
}

/// `http` or `https`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are the protocols'")]
pub enum Scheme {
    #[serde(rename = "http")]
    LowerHttp,
    #[serde(rename = "https")]
    LowerHttps,
    #[serde(rename = "HTTP")]
    Http,
    #[serde(rename = "HTTPS")]
    Https,
}

/// An Authorization header.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Authorization {
    /// A Secret's key with the credentials.
    #[schemars(default, schema_with = "kubernetes::secret_key")]
    pub credentials: Option<Value>,
    /// `Bearer` if unset.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// User and password.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BasicAuth {
    /// A Secret's key with the password.
    #[schemars(default, schema_with = "kubernetes::secret_key")]
    pub password: Option<Value>,
    /// A Secret's key with the user name.
    #[schemars(default, schema_with = "kubernetes::secret_key")]
    pub username: Option<Value>,
}

/// OAuth 2 client credentials.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OAuth2 {
    /// The client's ID.
    pub client_id: SecretOrConfigMap,
    /// The client's secret.
    #[schemars(schema_with = "kubernetes::secret_key")]
    pub client_secret: Value,
    /// More parameters of the token request.
    pub endpoint_params: Option<BTreeMap<String, String>>,
    /// Hosts not to reach through the proxy, separated by commas.
    pub no_proxy: Option<String>,
    /// Headers for the proxy.
    #[schemars(default, schema_with = "secret_headers")]
    pub proxy_connect_header: Option<Value>,
    /// Takes the proxy from the environment.
    pub proxy_from_environment: Option<bool>,
    /// Proxy to go through.
    #[schemars(default, schema_with = "proxy_url")]
    pub proxy_url: Option<String>,
    /// Scopes to ask for.
    pub scopes: Option<Vec<String>>,
    /// How to check the token server's certificate.
    pub tls_config: Option<TlsConfig>,
    /// Where tokens come from.
    #[schemars(length(min = 1))]
    pub token_url: String,
}

/// A value in a Secret or a ConfigMap.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretOrConfigMap {
    /// Key of a ConfigMap.
    #[schemars(default, schema_with = "kubernetes::config_map_key")]
    pub config_map: Option<Value>,
    /// Key of a Secret.
    #[schemars(default, schema_with = "kubernetes::secret_key")]
    pub secret: Option<Value>,
}

/// Certificates of a connection.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TlsConfig {
    /// Authority that signs the server's certificate.
    pub ca: Option<SecretOrConfigMap>,
    /// The client's certificate.
    pub cert: Option<SecretOrConfigMap>,
    /// Does not check the server's certificate.
    pub insecure_skip_verify: Option<bool>,
    /// The client's key.
    #[schemars(default, schema_with = "kubernetes::secret_key")]
    pub key_secret: Option<Value>,
    /// Newest TLS version.
    pub max_version: Option<TlsVersion>,
    /// Oldest TLS version.
    pub min_version: Option<TlsVersion>,
    /// Name that the server's certificate must have.
    pub server_name: Option<String>,
}

/// Certificates of a connection, also from files of the Prometheus pod.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceTlsConfig {
    /// Authority that signs the server's certificate.
    pub ca: Option<SecretOrConfigMap>,
    /// The authority as a file.
    pub ca_file: Option<String>,
    /// The client's certificate.
    pub cert: Option<SecretOrConfigMap>,
    /// The client's certificate as a file.
    pub cert_file: Option<String>,
    /// Does not check the server's certificate.
    pub insecure_skip_verify: Option<bool>,
    /// The client's key as a file.
    pub key_file: Option<String>,
    /// The client's key.
    #[schemars(default, schema_with = "kubernetes::secret_key")]
    pub key_secret: Option<Value>,
    /// Newest TLS version.
    pub max_version: Option<TlsVersion>,
    /// Oldest TLS version.
    pub min_version: Option<TlsVersion>,
    /// Name that the server's certificate must have.
    pub server_name: Option<String>,
}

/// A TLS version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are the versions")]
pub enum TlsVersion {
    Tls10,
    Tls11,
    Tls12,
    Tls13,
}

/// A change to labels.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Relabeling {
    /// What to do; `replace` if unset.
    #[schemars(default, schema_with = "relabel_action")]
    pub action: Option<String>,
    /// Divisor of `hashmod`.
    pub modulus: Option<i64>,
    /// What the joined labels must match.
    pub regex: Option<String>,
    /// What to put in the target label.
    pub replacement: Option<String>,
    /// Between joined labels; `;` if unset.
    pub separator: Option<String>,
    /// Labels to read.
    pub source_labels: Option<Vec<String>>,
    /// Label to write.
    pub target_label: Option<String>,
}

/// Groups of rules.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrometheusRuleSpec {
    /// The groups.
    pub groups: Option<Vec<RuleGroup>>,
}

/// Rules that are evaluated together.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleGroup {
    /// Time from one evaluation to the next.
    #[schemars(default, schema_with = "duration")]
    pub interval: Option<String>,
    /// Labels of every rule.
    pub labels: Option<BTreeMap<String, String>>,
    /// Most series or alerts a rule may make.
    pub limit: Option<i64>,
    /// The group's name, unique in the object.
    #[schemars(length(min = 1))]
    pub name: String,
    /// For Thanos Ruler: `abort` or `warn`.
    #[schemars(regex(pattern = "^([aA][bB][oO][rR][tT]|[wW][aA][rR][nN])?$"))]
    pub partial_response_strategy: Option<String>,
    /// How far in the past to evaluate.
    #[schemars(default, schema_with = "duration")]
    pub query_offset: Option<String>,
    /// The rules.
    pub rules: Option<Vec<Rule>>,
}

/// An alert or a recorded series.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name of the alert. Either this or `record`.
    pub alert: Option<String>,
    /// Annotations of the alert, such as `summary`.
    pub annotations: Option<BTreeMap<String, String>>,
    /// What to evaluate, in PromQL.
    #[schemars(schema_with = "kubernetes::int_or_string")]
    pub expr: Value,
    /// How long it must hold before the alert fires.
    #[serde(rename = "for")]
    #[schemars(default, schema_with = "duration")]
    pub hold: Option<String>,
    /// How long the alert stays after it no longer holds.
    #[schemars(default, schema_with = "needed_duration")]
    pub keep_firing_for: Option<String>,
    /// Labels of the alert or series.
    pub labels: Option<BTreeMap<String, String>>,
    /// Name of the series. Either this or `alert`.
    pub record: Option<String>,
}

const DURATION: &str =
    "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$";

fn duration(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": DURATION })
}

fn needed_duration(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "pattern": DURATION })
}

fn byte_size(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": r"(^0|([0-9]*[.])?[0-9]+((K|M|G|T|E|P)i?)?B)$" })
}

fn proxy_url(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^(http|https|socks5)://.+$" })
}

fn secret_headers(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": { "type": "array", "items": kubernetes::secret_key(generator) },
    })
}

/// The actions, each in lower case and as Go's constants are written.
fn relabel_action(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": [
        "replace", "Replace", "keep", "Keep", "drop", "Drop", "hashmod", "HashMod", "labelmap", "LabelMap",
        "labeldrop", "LabelDrop", "labelkeep", "LabelKeep", "lowercase", "Lowercase", "uppercase", "Uppercase",
        "keepequal", "KeepEqual", "dropequal", "DropEqual",
    ] })
}
