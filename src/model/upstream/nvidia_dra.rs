//! `resource.nvidia.com/v1beta1`: kinds of NVIDIA's driver for dynamic resource allocation.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::kubernetes;

/// Pods on several nodes that share memory over NVLink.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComputeDomain {
    /// `resource.nvidia.com/v1beta1`.
    pub api_version: String,
    /// `ComputeDomain`.
    pub kind: String,
    /// Name, namespace, labels and annotations.
    #[schemars(schema_with = "kubernetes::metadata")]
    pub metadata: Value,
    /// The domain. It cannot change after creation.
    pub spec: Option<ComputeDomainSpec>,
    /// Written by the driver.
    #[schemars(default, schema_with = "kubernetes::any_object")]
    pub status: Option<Value>,
}

/// A domain of nodes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-kubernetes-validations" = [{ "rule": "oldSelf == self", "message": "the spec of a ComputeDomain cannot change" }]))]
pub struct ComputeDomainSpec {
    /// What pods claim to join the domain.
    pub channel: ComputeDomainChannel,
    /// Nodes that must be there before pods start; 0 lets the domain grow as pods come.
    #[schemars(range(min = 0))]
    pub num_nodes: Option<i64>,
}

/// What pods claim to join a domain.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComputeDomainChannel {
    /// One channel for each claim, which is the default, or all of them.
    pub allocation_mode: Option<ChannelAllocation>,
    /// The ResourceClaimTemplate that the driver makes for pods to refer to.
    pub resource_claim_template: ClaimTemplateName,
}

/// How many channels a claim gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the field says what the values mean")]
pub enum ChannelAllocation {
    All,
    Single,
}

/// A ResourceClaimTemplate by name.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimTemplateName {
    /// Its name.
    pub name: String,
}
