//! How pods get identities, secrets and images.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::At;

/// How pods get a cloud identity.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Identity {
    /// The mechanism.
    pub kind: IdentityKind,
}

/// Mechanisms of cloud identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum IdentityKind {
    /// None.
    #[default]
    None,
    /// IAM roles for service accounts: an annotation with the role's ARN.
    Irsa,
    /// EKS Pod Identity: an association outside the cluster's objects.
    PodIdentity,
    /// Azure Workload Identity: an annotation with the client id and a pod label.
    AzureWorkload,
    /// Workload Identity Federation for GKE: an annotation with the Google service account.
    GkeWorkload,
}

/// Where secrets come from.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Secrets {
    /// The mechanism that fills Secrets.
    pub backend: SecretsBackend,
    /// External Secrets: the store to ask.
    pub store: Option<At<SecretStore>>,
    /// Secrets Store CSI driver: the provider and its parameters.
    pub provider: Option<At<SecretProvider>>,
}

/// Mechanisms that fill Secrets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SecretsBackend {
    /// Secrets exist in the cluster; nothing is rendered for them.
    #[default]
    Existing,
    /// External Secrets Operator.
    ExternalSecrets,
    /// Secrets Store CSI driver.
    SecretsStoreCsi,
}

/// A store of the External Secrets Operator.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretStore {
    /// `SecretStore` or `ClusterSecretStore`.
    pub kind: SecretStoreKind,
    /// Its name.
    pub name: String,
    /// How often to look, such as `1h`.
    #[serde(default = "one_hour")]
    pub refresh_interval: String,
}

fn one_hour() -> String {
    "1h".to_owned()
}

/// Kinds of store of the External Secrets Operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum SecretStoreKind {
    /// In the namespace.
    SecretStore,
    /// For the whole cluster.
    ClusterSecretStore,
}

impl SecretStoreKind {
    /// The kind's name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecretStore => "SecretStore",
            Self::ClusterSecretStore => "ClusterSecretStore",
        }
    }
}

/// A provider of the Secrets Store CSI driver.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretProvider {
    /// `aws`, `azure`, `gcp` …
    pub name: String,
    /// The CSI driver; the upstream one unless the cloud has its own.
    #[serde(default = "secrets_store_driver")]
    pub driver: String,
    /// Parameters besides `objects`, which the release's secrets fill.
    #[serde(default)]
    pub parameters: BTreeMap<String, At<String>>,
}

fn secrets_store_driver() -> String {
    "secrets-store.csi.k8s.io".to_owned()
}

/// Where images come from.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Registry {
    /// Prefixes of image names and what stands in their place; the longest match wins.
    pub mirrors: Vec<At<Mirror>>,
    /// Secrets of type `kubernetes.io/dockerconfigjson` that every pod names.
    pub pull_secrets: Vec<At<String>>,
}

/// A prefix of image names and its replacement.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mirror {
    /// The prefix, up to a `/`, such as `nvcr.io` or `nvcr.io/nvidia`.
    pub from: String,
    /// What stands in its place.
    pub to: String,
}

/// An object that is in the cluster already, so that it can be referred to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Existing {
    /// Its kind, such as `Secret` or `PersistentVolumeClaim`.
    pub kind: String,
    /// Its name, in the namespace of whatever refers to it.
    pub name: String,
}
