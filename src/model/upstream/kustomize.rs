//! `kustomize.config.k8s.io/v1beta1`: the list of files that `kubectl apply -k` reads.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// A folder's manifests, in order. What is inside the fields that Graphwright does not write is not looked at.
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
    /// Folders, as `resources` now lists them.
    pub bases: Option<Vec<String>>,
    /// What the output says about its origin.
    pub build_metadata: Option<Vec<String>>,
    /// Annotations for every object.
    pub common_annotations: Option<BTreeMap<String, String>>,
    /// Labels for every object and its selectors, as `labels` now gives them.
    pub common_labels: Option<BTreeMap<String, String>>,
    /// Folders of components.
    pub components: Option<Vec<String>>,
    /// ConfigMaps to make.
    pub config_map_generator: Option<Vec<BTreeMap<String, Value>>>,
    /// Files that say which fields transformers change.
    pub configurations: Option<Vec<String>>,
    /// Files that describe custom kinds.
    pub crds: Option<Vec<String>>,
    /// What generators do alike.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub generator_options: Option<Value>,
    /// Files of generators.
    pub generators: Option<Vec<String>>,
    /// Charts to render, as `helmCharts` now gives them.
    pub helm_chart_inflation_generator: Option<Vec<BTreeMap<String, Value>>>,
    /// Charts to render.
    pub helm_charts: Option<Vec<BTreeMap<String, Value>>>,
    /// What charts have in common.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub helm_globals: Option<Value>,
    /// Images to change.
    pub images: Option<Vec<BTreeMap<String, Value>>>,
    /// Labels for every object.
    pub labels: Option<Vec<KustomizationLabels>>,
    /// A start for every name.
    pub name_prefix: Option<String>,
    /// An end for every name.
    pub name_suffix: Option<String>,
    /// Namespace of every object.
    pub namespace: Option<String>,
    /// A file that says how lists merge.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub openapi: Option<Value>,
    /// Changes.
    pub patches: Option<Vec<BTreeMap<String, Value>>>,
    /// JSON Patches, as `patches` now gives them.
    #[serde(rename = "patchesJson6902")]
    pub patches_json6902: Option<Vec<BTreeMap<String, Value>>>,
    /// Merge patches, as `patches` now gives them.
    pub patches_strategic_merge: Option<Vec<String>>,
    /// Values to copy from one field to others.
    pub replacements: Option<Vec<BTreeMap<String, Value>>>,
    /// Replicas to change.
    pub replicas: Option<Vec<BTreeMap<String, Value>>>,
    /// Files and folders, in the order they are applied.
    pub resources: Option<Vec<String>>,
    /// Secrets to make.
    pub secret_generator: Option<Vec<BTreeMap<String, Value>>>,
    /// Order of the output.
    pub sort_options: Option<SortOptions>,
    /// Files of transformers.
    pub transformers: Option<Vec<String>>,
    /// Files of validators.
    pub validators: Option<Vec<String>>,
    /// Values to copy into text, as `replacements` now does.
    pub vars: Option<Vec<BTreeMap<String, Value>>>,
}

/// Labels for every object.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KustomizationLabels {
    /// Which more fields get them.
    pub fields: Option<Vec<BTreeMap<String, Value>>>,
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
