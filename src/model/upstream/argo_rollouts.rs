//! `argoproj.io/v1alpha1`: the analysis of Argo Rollouts.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// What makes a rollout good or bad.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnalysisTemplate {
    /// `argoproj.io/v1alpha1`.
    pub api_version: String,
    /// `AnalysisTemplate`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// Arguments and metrics.
    pub spec: AnalysisTemplateSpec,
    /// Written by the controller.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Arguments and metrics.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnalysisTemplateSpec {
    /// Values that whoever runs it gives.
    pub args: Option<Vec<Argument>>,
    /// What is measured.
    pub metrics: Option<Vec<AnalysisMetric>>,
    /// Metrics that do not count.
    #[schemars(default, schema_with = "objects")]
    pub dry_run: Option<Vec<Value>>,
    /// How many measurements are kept.
    #[schemars(default, schema_with = "objects")]
    pub measurement_retention: Option<Vec<Value>>,
    /// Other templates it takes in.
    #[schemars(default, schema_with = "objects")]
    pub templates: Option<Vec<Value>>,
}

/// A value that whoever runs it gives.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Its value if nobody gives one.
    pub value: Option<String>,
    /// Where it comes from.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub value_from: Option<Value>,
}

/// One thing that is measured.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnalysisMetric {
    /// Its name.
    pub name: String,
    /// Who measures it.
    pub provider: AnalysisProvider,
    /// From one measurement to the next, such as `60s`.
    pub interval: Option<String>,
    /// Until the first one.
    pub initial_delay: Option<String>,
    /// How many measurements.
    #[schemars(default, schema_with = "kubernetes::int_or_string")]
    pub count: Option<Value>,
    /// When a measurement is good.
    pub success_condition: Option<String>,
    /// When it is bad.
    pub failure_condition: Option<String>,
    /// How many bad ones are put up with.
    #[schemars(default, schema_with = "kubernetes::int_or_string")]
    pub failure_limit: Option<Value>,
    /// How many that are neither.
    #[schemars(default, schema_with = "kubernetes::int_or_string")]
    pub inconclusive_limit: Option<Value>,
    /// How many failed measurements in a row.
    #[schemars(default, schema_with = "kubernetes::int_or_string")]
    pub consecutive_error_limit: Option<Value>,
    /// How many good ones in a row end it.
    #[schemars(default, schema_with = "kubernetes::int_or_string")]
    pub consecutive_success_limit: Option<Value>,
}

/// Who measures: one of them.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnalysisProvider {
    /// Prometheus.
    pub prometheus: Option<PrometheusProvider>,
    /// Amazon CloudWatch.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub cloud_watch: Option<Value>,
    /// Datadog.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub datadog: Option<Value>,
    /// Graphite.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub graphite: Option<Value>,
    /// InfluxDB.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub influxdb: Option<Value>,
    /// A Job.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub job: Option<Value>,
    /// Kayenta.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub kayenta: Option<Value>,
    /// New Relic.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub new_relic: Option<Value>,
    /// A plugin.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub plugin: Option<Value>,
    /// Apache SkyWalking.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub skywalking: Option<Value>,
    /// Wavefront.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub wavefront: Option<Value>,
    /// An HTTP address.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub web: Option<Value>,
}

/// A question to Prometheus.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrometheusProvider {
    /// Where it answers.
    pub address: Option<String>,
    /// The question.
    pub query: Option<String>,
    /// Who asks.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub authentication: Option<Value>,
    /// Headers of the request.
    #[schemars(default, schema_with = "objects")]
    pub headers: Option<Vec<Value>>,
    /// Whether any certificate will do.
    pub insecure: Option<bool>,
    /// The question's range.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub range_query: Option<Value>,
    /// Seconds until an answer must be there.
    pub timeout: Option<i64>,
}

fn objects(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "object" } })
}
