//! `flagger.app/v1beta1`: what Flagger asks while traffic moves.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// A question whose answer is one number.
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
    /// Who is asked, and what.
    pub spec: MetricTemplateSpec,
    /// Written by the controller.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Who is asked, and what.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricTemplateSpec {
    /// Who is asked.
    pub provider: MetricProvider,
    /// The question, a Go template.
    pub query: String,
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricProvider {
    /// What kind of program it is.
    #[serde(rename = "type")]
    pub kind: MetricProviderKind,
    /// Where it answers.
    pub address: Option<String>,
    /// Headers of the request.
    pub headers: Option<BTreeMap<String, Vec<String>>>,
    /// Who asks.
    pub secret_ref: Option<SecretName>,
    /// Its region.
    pub region: Option<String>,
    /// Whether any certificate will do.
    pub insecure_skip_verify: Option<bool>,
}

/// Programs that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names of programs")]
pub enum MetricProviderKind {
    Prometheus,
    Influxdb,
    Datadog,
    Externalmetrics,
    Stackdriver,
    Cloudwatch,
    Newrelic,
    Graphite,
    Dynatrace,
    Keptn,
    Splunk,
}

/// A Secret of the same namespace.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretName {
    /// Its name.
    pub name: String,
}
