//! What to run where: the `Release` kind.
//!
//! A release names one graph and one or more profiles, and says what neither of them knows.

mod exposure;
mod health;
mod overrides;
mod scaling;
mod strategy;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::profile::{
    AccessMode, ApiVersion, Delivery, Existing, Metadata, Mirror, PodSecurity, Strictness,
};
use crate::yaml::At;

pub use exposure::*;
pub use health::*;
pub use overrides::*;
pub use scaling::*;
pub use strategy::*;

/// One graph on one or more clusters.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    /// `graphwright.dev/v1alpha1`
    pub api_version: ApiVersion,
    /// `Release`
    pub kind: ReleaseKind,
    /// The release's name, which is also its folder in a rendered tree.
    pub metadata: Metadata,
    /// What to run where.
    pub spec: ReleaseSpec,
}

/// The kind of a [`Release`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ReleaseKind {
    /// `Release`
    Release,
}

/// The body of a [`Release`].
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseSpec {
    /// The graph's file, relative to this one.
    pub graph: At<String>,
    /// Profiles to render for: names of built-in ones or paths relative to this file.
    #[schemars(length(min = 1))]
    pub profiles: Vec<At<String>>,
    /// The graph's name in the cluster, if not the one in its file.
    #[serde(default)]
    pub name: Option<At<String>>,
    /// Where it runs.
    #[serde(default)]
    pub namespace: Option<At<ReleaseNamespace>>,
    /// How much the fabric adds, if not what the profile says.
    #[serde(default)]
    pub fabric: Option<At<Strictness>>,
    /// The model that workers load: the value of their framework's flag for it.
    #[serde(default)]
    pub model: Option<At<String>>,
    /// Versions of images, wherever the graph names them.
    #[serde(default)]
    pub image_versions: Vec<At<ImageVersion>>,
    /// What is special about single components, by name.
    #[serde(default)]
    pub components: BTreeMap<String, At<ComponentOverride>>,
    /// What is different on some of the profiles.
    #[serde(default)]
    pub overrides: Vec<At<ProfileOverride>>,
    /// How the release takes over from the one before it; in place if left out.
    #[serde(default)]
    pub strategy: Option<At<Strategy>>,
    /// How requests reach the graph; only its own Services if left out.
    #[serde(default)]
    pub exposure: Option<At<Exposure>>,
    /// A Job that asks the graph for a token after it was applied.
    #[serde(default)]
    pub smoke_test: Option<At<SmokeTest>>,
    /// A Job that looks at the cluster before anything is applied.
    #[serde(default)]
    pub preflight: Option<At<Preflight>>,
    /// What tells that workers still answer.
    #[serde(default)]
    pub health: ReleaseHealth,
    /// Who delivers it, if not what the profile says.
    #[serde(default)]
    pub delivery: Option<At<Delivery>>,
    /// Claims for models and caches.
    #[serde(default)]
    pub storage: ReleaseStorage,
    /// Secrets the graph reads.
    #[serde(default)]
    pub secrets: Vec<At<SecretSource>>,
    /// Objects that are in the namespace already, and that nothing is rendered for.
    #[serde(default)]
    pub existing: Vec<At<Existing>>,
    /// The account the graph's pods run as.
    #[serde(default)]
    pub service_account: Option<At<ServiceAccount>>,
    /// What is watched.
    #[serde(default)]
    pub monitoring: ReleaseMonitoring,
    /// Who may talk to the graph.
    #[serde(default)]
    pub network_policy: ReleaseNetworkPolicy,
    /// How many pods may be away at once.
    #[serde(default)]
    pub disruption: ReleaseDisruption,
    /// Image names to change, before the profile's mirrors.
    #[serde(default)]
    pub images: Vec<At<Mirror>>,
    /// Labels for everything that is rendered.
    #[serde(default)]
    pub labels: BTreeMap<String, At<String>>,
    /// A folder of templates that add to the built-in ones or replace them, relative to this file.
    #[serde(default)]
    pub templates: Option<At<String>>,
    /// Changes made last.
    #[serde(default)]
    pub patches: Vec<At<Patch>>,
    /// Findings to put up with for a while.
    #[serde(default)]
    pub ignore: Vec<At<Ignore>>,
}

/// A finding to put up with for a while. It is counted, not reported.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ignore {
    /// The rule's code.
    pub rule: At<String>,
    /// The last day, as `"YYYY-MM-DD"`.
    pub until: At<String>,
    /// Why this is right for now.
    pub reason: At<String>,
    /// The only object it is for, as `Kind/name` or `Kind/namespace/name`.
    #[serde(default)]
    pub object: Option<At<String>>,
}

/// A namespace.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseNamespace {
    /// Its name.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub name: At<String>,
    /// Whether the release owns it and so renders it.
    #[serde(default)]
    pub create: bool,
    /// The Pod Security Standard to enforce; the strictest one the fabric can live with if left out.
    #[serde(default)]
    pub pod_security: Option<At<PodSecurity>>,
    /// More labels.
    #[serde(default)]
    pub labels: BTreeMap<String, At<String>>,
}

/// Claims for models and caches.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReleaseStorage {
    /// Model weights.
    pub model_cache: Option<At<Claim>>,
    /// Compiled kernels.
    pub compilation_cache: Option<At<Claim>>,
    /// Room that may be lost with the pod.
    pub scratch: Option<At<Claim>>,
}

/// A claim and where workers mount it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claim {
    /// The PersistentVolumeClaim's name.
    pub claim: At<String>,
    /// Where workers see it; left out, only the claim is rendered.
    #[serde(default)]
    pub mount_path: Option<At<String>>,
    /// Whether the claim exists already; nothing is rendered for it then.
    #[serde(default)]
    pub existing: bool,
    /// The size, if not the profile's, as a quantity.
    #[serde(default)]
    pub size: Option<At<String>>,
    /// The storage class, if not the profile's.
    #[serde(default)]
    pub class: Option<At<String>>,
    /// The access mode, if not the profile's.
    #[serde(default)]
    pub access_mode: Option<AccessMode>,
}

/// A Secret the graph reads and where its values come from. Never the values themselves.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretSource {
    /// The Secret's name in the graph's namespace.
    pub name: At<String>,
    /// Whether it exists already; nothing is rendered for it then.
    #[serde(default)]
    pub existing: bool,
    /// Its keys and where the profile's secrets backend finds them.
    #[serde(default)]
    pub data: Vec<At<SecretKey>>,
}

/// One key of a Secret.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretKey {
    /// The key in the Secret, such as `HF_TOKEN`.
    pub key: String,
    /// The name in the backend.
    pub remote: String,
    /// The property within it, where the backend keeps several.
    #[serde(default)]
    pub property: Option<String>,
}

/// The account the graph's pods run as.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceAccount {
    /// Its name.
    pub name: At<String>,
    /// The cloud identity: a role's ARN, a client id, or a Google service account's address, as the
    /// profile's identity mechanism wants it.
    #[serde(default)]
    pub identity: Option<At<String>>,
    /// Whether it exists already; nothing is rendered for it then.
    #[serde(default)]
    pub existing: bool,
}

/// What is watched.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReleaseMonitoring {
    /// Whether monitors, rules and a dashboard are rendered where the cluster has what reads them.
    pub enabled: bool,
    /// The service levels the alerts hold the graph to.
    pub objectives: Objectives,
}

impl Default for ReleaseMonitoring {
    fn default() -> Self {
        Self {
            enabled: true,
            objectives: Objectives::default(),
        }
    }
}

/// The service levels of a serving graph.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Objectives {
    /// Seconds to the first token that 95 of 100 requests stay below.
    pub time_to_first_token_seconds: At<f64>,
    /// Seconds between tokens that 95 of 100 stay below.
    pub inter_token_latency_seconds: At<f64>,
    /// The share of requests that may fail, 0 to 1.
    pub error_ratio: At<f64>,
}

impl Default for Objectives {
    /// 2 s, 0.1 s, 10 %: the last is what upstream allows (ai-dynamo/dynamo
    /// tests/fault_tolerance/deploy/checkers.py).
    fn default() -> Self {
        Self {
            time_to_first_token_seconds: At::nowhere(2.0),
            inter_token_latency_seconds: At::nowhere(0.1),
            error_ratio: At::nowhere(0.1),
        }
    }
}

/// Who may talk to the graph.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReleaseNetworkPolicy {
    /// Whether policies are rendered.
    pub enabled: bool,
    /// More namespaces whose pods may reach the frontend.
    pub from_namespaces: Vec<At<String>>,
}

impl Default for ReleaseNetworkPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            from_namespaces: Vec::new(),
        }
    }
}

/// How many pods may be away at once.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReleaseDisruption {
    /// Whether disruption budgets are rendered.
    pub enabled: bool,
}

impl Default for ReleaseDisruption {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// JSON Patch operations and the objects they are for.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Patch {
    /// Which objects.
    pub target: PatchTarget,
    /// RFC 6902 operations, in order: `{op, path, value?, from?}`.
    #[schemars(length(min = 1))]
    pub operations: Vec<At<Json>>,
}

/// Which objects a patch is for. All that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PatchTarget {
    /// The object's kind.
    pub kind: Option<String>,
    /// The object's name.
    pub name: Option<String>,
    /// The component an object belongs to. For the graph itself, paths start at the component.
    pub component: Option<String>,
    /// Profiles the patch is for; all if left out.
    pub profiles: Vec<String>,
}
