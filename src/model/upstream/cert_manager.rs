//! `cert-manager.io/v1`: certificates.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// A certificate that cert-manager keeps in a Secret.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Certificate {
    /// `cert-manager.io/v1`.
    pub api_version: String,
    /// `Certificate`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// Names, issuer and Secret.
    pub spec: Option<CertificateSpec>,
    /// Written by the controller.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// Names, issuer and Secret.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertificateSpec {
    /// The Secret it is kept in.
    pub secret_name: String,
    /// Who signs it.
    pub issuer_ref: IssuerRef,
    /// Host names it is for.
    pub dns_names: Option<Vec<String>>,
    /// Its common name.
    pub common_name: Option<String>,
    /// How long it is good, such as `2160h`.
    pub duration: Option<String>,
    /// How long before its end it is renewed.
    pub renew_before: Option<String>,
    /// The same, as a part of its duration.
    pub renew_before_percentage: Option<i32>,
    /// What its key may be used for.
    pub usages: Option<Vec<String>>,
    /// Its key.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub private_key: Option<Value>,
    /// Labels and annotations of the Secret.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub secret_template: Option<Value>,
    /// Its subject.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub subject: Option<Value>,
    /// More forms to keep it in.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub keystores: Option<Value>,
    /// Names a certificate authority may sign.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub name_constraints: Option<Value>,
    /// More forms to keep it in.
    #[schemars(default, schema_with = "objects")]
    pub additional_output_formats: Option<Vec<Value>>,
    /// More names.
    #[schemars(default, schema_with = "objects")]
    pub other_names: Option<Vec<Value>>,
    /// Addresses it is for.
    pub email_addresses: Option<Vec<String>>,
    /// Addresses it is for.
    pub ip_addresses: Option<Vec<String>>,
    /// Addresses it is for.
    pub uris: Option<Vec<String>>,
    /// Whether the request says the usages.
    pub encode_usages_in_request: Option<bool>,
    /// Whether it signs others.
    #[serde(rename = "isCA")]
    pub is_ca: Option<bool>,
    /// Its subject, as text.
    pub literal_subject: Option<String>,
    /// How many requests are kept.
    pub revision_history_limit: Option<i32>,
    /// How it is signed.
    pub signature_algorithm: Option<String>,
}

/// Who signs a certificate.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssuerRef {
    /// The issuer's API group.
    pub group: Option<String>,
    /// `Issuer` or `ClusterIssuer`.
    pub kind: Option<String>,
    /// Its name.
    pub name: String,
}

fn objects(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "object" } })
}
