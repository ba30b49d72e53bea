//! `secrets-store.csi.x-k8s.io/v1`: secrets of a cloud's vault as files of a pod.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// Where the Secrets Store CSI driver finds secrets.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretProviderClass {
    /// `secrets-store.csi.x-k8s.io/v1`.
    pub api_version: String,
    /// `SecretProviderClass`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// Provider and secrets.
    pub spec: Option<SecretProviderClassSpec>,
    /// Written by the driver.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// A provider and its secrets.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretProviderClassSpec {
    /// The provider's own settings, all text.
    pub parameters: Option<BTreeMap<String, String>>,
    /// `aws`, `azure`, `gcp` or `vault`.
    pub provider: Option<String>,
    /// Secrets to make of the mounted files.
    pub secret_objects: Option<Vec<SecretObject>>,
}

/// A Secret made of mounted files.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretObject {
    /// Annotations of the Secret.
    pub annotations: Option<BTreeMap<String, String>>,
    /// The Secret's entries.
    pub data: Option<Vec<SecretObjectData>>,
    /// Labels of the Secret.
    pub labels: Option<BTreeMap<String, String>>,
    /// Name of the Secret.
    pub secret_name: Option<String>,
    /// Type of the Secret, such as `Opaque`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// One entry of a Secret.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretObjectData {
    /// Key in the Secret.
    pub key: Option<String>,
    /// The mounted file, or its alias.
    pub object_name: Option<String>,
}
