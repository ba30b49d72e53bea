//! What a release changes in a graph: for all clusters, for some of them, or for one colour.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::{ReleaseSpec, Scaling};
use crate::model::profile::EnvVar;
use crate::yaml::{At, Node};

/// What a release says differently on some of its profiles.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileOverride {
    /// The profiles it is for, as `profiles` of the release names them.
    #[schemars(length(min = 1))]
    pub profiles: Vec<At<String>>,
    /// Fields of the release's `spec`, laid over it: mappings merge key by key, lists whose items have a `name`
    /// merge item by item, other lists are replaced, and `null` removes. Later overrides win.
    #[schemars(schema_with = "partial_spec")]
    pub spec: At<serde_json::Value>,
}

/// The keyword of a schema whose value is laid over another one: at any depth outside of lists, fields may be left out
/// and `null` removes.
pub const PARTIAL: &str = "x-partial";

/// The schema of a release's `spec` of which any part may be left out, but for what an override cannot change.
fn partial_spec(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = ReleaseSpec::json_schema(generator);
    schema.remove("required");
    schema.insert(PARTIAL.to_owned(), true.into());
    if let Some(properties) = schema
        .get_mut("properties")
        .and_then(|properties| properties.as_object_mut())
    {
        for fixed in FIXED {
            properties.remove(fixed);
        }
    }
    schema
}

/// Fields of a release that are the same on all its profiles.
pub const FIXED: [&str; 4] = ["graph", "profiles", "templates", "overrides"];

/// What is special about one component on this release.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ComponentOverride {
    /// The profile's pool to run on.
    pub pool: Option<At<String>>,
    /// Replicas, if not the graph's.
    pub replicas: Option<At<u32>>,
    /// What scales the component, in place of a fixed number of replicas.
    pub scaling: Option<At<Scaling>>,
    /// Environment, in place of the graph's variables of the same name.
    pub env: Vec<At<EnvVar>>,
    /// Changes to the main container's arguments.
    pub args: ArgumentChanges,
    /// The main container's resources, laid over the graph's.
    pub resources: ResourceChanges,
    /// The main container's image, whole.
    pub image: Option<At<String>>,
    /// `/dev/shm`, as a quantity.
    pub shared_memory: Option<At<String>>,
}

/// Changes to a container's arguments, in this order: remove, set, add.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ArgumentChanges {
    /// Flags to take out, each with its value, by name: `--enforce-eager`.
    pub remove: Vec<At<String>>,
    /// Flags and their values, by name: a flag that is there gets the value, another one is added. `true` stands
    /// for a flag without a value.
    #[schemars(schema_with = "values")]
    pub set: BTreeMap<String, At<ArgumentValue>>,
    /// Arguments to add at the end, as they are.
    pub add: Vec<At<String>>,
}

/// Values by flag, as one schema of several types.
fn values(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": "object",
        "additionalProperties": {"type": ["boolean", "number", "string"]},
    })
}

/// The value of a flag.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum ArgumentValue {
    /// `true`: the flag stands alone.
    Alone(bool),
    /// A whole number.
    Number(i64),
    /// Another number.
    Fraction(f64),
    /// Text.
    Text(String),
}

/// Resources laid over those of a container.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ResourceChanges {
    /// Requests by resource name, as quantities.
    pub requests: BTreeMap<String, At<String>>,
    /// Limits by resource name, as quantities.
    pub limits: BTreeMap<String, At<String>>,
}

/// The version of an image, wherever a graph names it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageVersion {
    /// The image as the graph names it, without tag and digest: `nvcr.io/nvidia/ai-dynamo/vllm-runtime`. The key
    /// by which versions are laid over one another.
    pub name: At<String>,
    /// The tag, in place of the graph's.
    #[serde(default)]
    pub tag: Option<At<String>>,
    /// The digest, such as `sha256:…`.
    #[serde(default)]
    pub digest: Option<At<String>>,
}

/// The fields of a release's document that are laid over by `overrides`.
pub fn is_fixed(key: &str) -> bool {
    FIXED.contains(&key)
}

/// An override's `spec` in a release's document.
pub fn spec_of(node: &Node) -> Option<&Node> {
    node.get("spec")
}
