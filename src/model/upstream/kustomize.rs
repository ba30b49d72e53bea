//! `kustomize.config.k8s.io/v1beta1`: the list of files that `kubectl apply -k` reads.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// A folder's manifests, in order. Only the fields that Graphwright writes are known here.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Kustomization {
    /// `kustomize.config.k8s.io/v1beta1`.
    pub api_version: String,
    /// `Kustomization`.
    pub kind: String,
    /// Kept by tools, not used by Kustomize.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub metadata: Option<Value>,
    /// Annotations for every object.
    pub common_annotations: Option<BTreeMap<String, String>>,
    /// Labels for every object.
    pub labels: Option<Vec<KustomizationLabels>>,
    /// Namespace of every object.
    pub namespace: Option<String>,
    /// Files and folders, in the order they are applied.
    pub resources: Option<Vec<String>>,
    /// Order of the output.
    pub sort_options: Option<SortOptions>,
}

/// Labels for every object.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KustomizationLabels {
    /// Whether selectors get them too.
    pub include_selectors: Option<bool>,
    /// Whether pod templates get them too.
    pub include_templates: Option<bool>,
    /// The labels.
    pub pairs: BTreeMap<String, String>,
}

/// Order of the output.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SortOptions {
    /// As the files have it, or by kind.
    pub order: SortOrder,
}

/// Order of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum SortOrder {
    Fifo,
    Legacy,
}
