//! `external-secrets.io/v1`: Secrets made from a cloud's vault.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// A Secret to make, and where its values come from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExternalSecret {
    /// `external-secrets.io/v1`.
    pub api_version: String,
    /// `ExternalSecret`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// The Secret and its sources.
    pub spec: Option<ExternalSecretSpec>,
    /// Written by the External Secrets Operator.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// A Secret and its sources.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExternalSecretSpec {
    /// Entries, each with its source.
    pub data: Option<Vec<SecretEntry>>,
    /// Sources of many entries at once.
    pub data_from: Option<Vec<SecretEntries>>,
    /// Time from one reading to the next, such as `1h0m0s`; `0` reads once.
    pub refresh_interval: Option<String>,
    /// When to read again.
    pub refresh_policy: Option<RefreshPolicy>,
    /// The store of every entry that does not name its own.
    pub secret_store_ref: Option<StoreRef>,
    /// The Secret to make.
    pub target: Option<Target>,
}

/// When a secret is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum RefreshPolicy {
    CreatedOnce,
    Periodic,
    OnChange,
}

/// A SecretStore or ClusterSecretStore.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoreRef {
    /// `SecretStore` if unset.
    pub kind: Option<StoreKind>,
    /// The store's name.
    #[schemars(default, schema_with = "object_name")]
    pub name: Option<String>,
}

/// A namespace's store or the cluster's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the names are the kinds'")]
pub enum StoreKind {
    SecretStore,
    ClusterSecretStore,
}

/// One entry of the Secret.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretEntry {
    /// What to read.
    pub remote_ref: RemoteRef,
    /// Key in the Secret.
    #[schemars(schema_with = "secret_key")]
    pub secret_key: String,
    /// Another store than the rest.
    pub source_ref: Option<SourceRef>,
}

/// A secret in a store.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoteRef {
    /// How keys become valid names.
    pub conversion_strategy: Option<ConversionStrategy>,
    /// How values are decoded.
    pub decoding_strategy: Option<DecodingStrategy>,
    /// The secret's name in the store.
    pub key: String,
    /// Whether to read tags instead of the value.
    pub metadata_policy: Option<MetadataPolicy>,
    /// Whether a value may hold a null byte.
    pub null_byte_policy: Option<NullBytePolicy>,
    /// A field of the secret.
    pub property: Option<String>,
    /// The secret's version.
    pub version: Option<String>,
}

/// How keys become valid names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum ConversionStrategy {
    Default,
    Unicode,
}

/// How values are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum DecodingStrategy {
    Auto,
    Base64,
    #[serde(rename = "Base64URL")]
    Base64Url,
    None,
}

/// Whether to read tags instead of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum MetadataPolicy {
    None,
    Fetch,
}

/// Whether a value may hold a null byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum NullBytePolicy {
    Ignore,
    Fail,
}

/// Another source than the object's store: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct SourceRef {
    /// An object that makes values up.
    pub generator_ref: Option<GeneratorRef>,
    /// A store.
    pub store_ref: Option<StoreRef>,
}

/// An object that makes values up.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GeneratorRef {
    /// `generators.external-secrets.io/v1alpha1` if unset.
    pub api_version: Option<String>,
    /// The generator's kind.
    #[schemars(schema_with = "generator_kind")]
    pub kind: String,
    /// The generator's name.
    #[schemars(schema_with = "object_name")]
    pub name: String,
}

/// A source of many entries.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretEntries {
    /// All fields of one secret.
    pub extract: Option<RemoteRef>,
    /// All secrets that match.
    pub find: Option<Find>,
    /// Changes to the keys.
    pub rewrite: Option<Vec<Rewrite>>,
    /// Another store than the rest.
    pub source_ref: Option<SourceRef>,
}

/// Which secrets to take.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Find {
    /// How keys become valid names.
    pub conversion_strategy: Option<ConversionStrategy>,
    /// How values are decoded.
    pub decoding_strategy: Option<DecodingStrategy>,
    /// By name.
    pub name: Option<FindName>,
    /// Whether a value may hold a null byte.
    pub null_byte_policy: Option<NullBytePolicy>,
    /// Where to look.
    pub path: Option<String>,
    /// By tags.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A secret's name.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindName {
    /// What the name must match.
    pub regexp: Option<String>,
}

/// One change to keys: exactly one of the three.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Rewrite {
    /// Merges secrets into one.
    pub merge: Option<RewriteMerge>,
    /// Replaces what matches.
    pub regexp: Option<RewriteRegexp>,
    /// Applies a template to the key.
    pub transform: Option<RewriteTransform>,
}

/// How secrets merge.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RewriteMerge {
    /// What happens when a key is there twice.
    pub conflict_policy: Option<MergeConflict>,
    /// Key of the merged secret.
    pub into: Option<String>,
    /// Secrets that win, the first most.
    pub priority: Option<Vec<String>>,
    /// What happens when one of them is missing.
    pub priority_policy: Option<MergePriority>,
    /// What comes out.
    pub strategy: Option<MergeStrategy>,
}

/// What happens when a key is there twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum MergeConflict {
    Ignore,
    Error,
}

/// What happens when a preferred secret is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum MergePriority {
    IgnoreNotFound,
    Strict,
}

/// What comes out of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum MergeStrategy {
    Extract,
    #[serde(rename = "JSON")]
    Json,
}

/// Replaces what matches in a key.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RewriteRegexp {
    /// What to look for.
    pub source: String,
    /// What to put there.
    pub target: String,
}

/// A template for keys.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RewriteTransform {
    /// The template; `.value` is the key.
    pub template: String,
}

/// The Secret to make.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// Whether the operator owns the Secret. `Owner` if unset.
    pub creation_policy: Option<CreationPolicy>,
    /// What happens when the source is gone. `Retain` if unset.
    pub deletion_policy: Option<DeletionPolicy>,
    /// Makes the Secret immutable.
    pub immutable: Option<bool>,
    /// Makes another kind of object than a Secret.
    pub manifest: Option<TargetManifest>,
    /// Its name; the object's own if unset.
    #[schemars(default, schema_with = "object_name")]
    pub name: Option<String>,
    /// What the Secret looks like.
    pub template: Option<TargetTemplate>,
}

/// Whether the operator owns the Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum CreationPolicy {
    Owner,
    Orphan,
    Merge,
    None,
}

/// What happens when the source is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum DeletionPolicy {
    Delete,
    Merge,
    Retain,
}

/// Another kind of object than a Secret.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetManifest {
    /// Its API version.
    #[schemars(length(min = 1))]
    pub api_version: String,
    /// Its kind.
    #[schemars(length(min = 1))]
    pub kind: String,
}

/// What the Secret looks like.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetTemplate {
    /// Entries, as templates.
    pub data: Option<BTreeMap<String, String>>,
    /// Version of the template language.
    pub engine_version: Option<EngineVersion>,
    /// Whether the template's entries replace those that were read. They do if unset.
    pub merge_policy: Option<TemplateMerge>,
    /// Labels and annotations of the Secret.
    pub metadata: Option<TemplateMetadata>,
    /// Templates in other objects.
    pub template_from: Option<Vec<TemplateFrom>>,
    /// Type of the Secret.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// Version of the template language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the name is the version")]
pub enum EngineVersion {
    V2,
}

/// Whether a template's entries replace those that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum TemplateMerge {
    Replace,
    Merge,
}

/// Labels and annotations of the Secret.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateMetadata {
    /// Annotations.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Finalizers.
    pub finalizers: Option<Vec<String>>,
    /// Labels.
    pub labels: Option<BTreeMap<String, String>>,
}

/// Templates in another object or in place.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateFrom {
    /// Templates in a ConfigMap.
    pub config_map: Option<TemplateSource>,
    /// A template in place.
    pub literal: Option<String>,
    /// Templates in a Secret.
    pub secret: Option<TemplateSource>,
    /// Where the result goes; `Data` if unset.
    pub target: Option<String>,
}

/// An object with templates.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateSource {
    /// Which of its entries.
    pub items: Vec<TemplateItem>,
    /// Its name.
    #[schemars(schema_with = "object_name")]
    pub name: String,
}

/// An entry with a template.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateItem {
    /// Its key.
    #[schemars(schema_with = "secret_key")]
    pub key: String,
    /// Whether it gives values only or keys too.
    pub template_as: Option<TemplateAs>,
}

/// Whether a template gives values only or keys too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum TemplateAs {
    Values,
    KeysAndValues,
}

fn object_name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "minLength": 1,
        "maxLength": 253,
        "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    })
}

fn secret_key(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": 253, "pattern": "^[-._a-zA-Z0-9]+$" })
}

fn generator_kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": [
        "ACRAccessToken", "ClusterGenerator", "CloudsmithAccessToken", "ECRAuthorizationToken", "Fake",
        "GCRAccessToken", "GithubAccessToken", "QuayAccessToken", "Password", "SSHKey", "STSSessionToken", "UUID",
        "VaultDynamicSecret", "Webhook", "Grafana", "MFA",
    ] })
}
