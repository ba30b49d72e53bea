//! `flagger.app/v1beta1`: the metrics of Flagger.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// A question to a monitoring system.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricTemplate {
    /// `flagger.app/v1beta1`.
    pub api_version: String,
    /// `MetricTemplate`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// Who is asked what.
    pub spec: MetricTemplateSpec,
    /// Written by Flagger.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Who is asked what.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricTemplateSpec {
    /// Who is asked.
    pub provider: MetricProvider,
    /// What.
    pub query: Option<String>,
}

/// A monitoring system.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricProvider {
    /// Its kind, such as `prometheus`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it answers.
    pub address: Option<String>,
    /// Its region, where it has several.
    pub region: Option<String>,
    /// The Secret with what it wants to see first.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub secret_ref: Option<Value>,
    /// Whether any certificate will do.
    pub insecure_skip_verify: Option<bool>,
}
