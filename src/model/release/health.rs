//! How a release is tried: before it is applied, after it, and while it runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::yaml::At;

/// A Job that asks the graph for a token.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SmokeTest {
    /// The model that must be listed; any if left out.
    pub model: Option<At<String>>,
    /// Whether to ask for a chat completion, a completion, or both.
    pub asks: Vec<At<Ask>>,
    /// Seconds to wait until the model is listed; as long as workers may take to start if left out.
    #[schemars(range(min = 1, max = 86400))]
    pub timeout_seconds: Option<At<u32>>,
    /// An image with Python 3, in place of the frontend's own.
    pub image: Option<At<String>>,
}

/// What a smoke test asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Ask {
    /// One token of `/v1/chat/completions`.
    Chat,
    /// One token of `/v1/completions`.
    Completion,
}

/// A Job that looks at the cluster before anything is applied.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Preflight {
    /// An image with Python 3, in place of the frontend's own.
    pub image: Option<At<String>>,
    /// Whether the cluster adds nodes when pods wait for them, so that too few are none of its findings; what the
    /// profile's `variant` does if left out.
    pub elastic: Option<At<bool>>,
}

/// What tells that workers still answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReleaseHealth {
    /// Whether idle workers are asked for a token now and then, with the payload of their framework. Liveness
    /// depends on the answer.
    pub canary: Option<At<bool>>,
    /// The model's size in billions of parameters, for how long workers may take to start.
    pub model_billions: Option<At<f64>>,
    /// Seconds that workers may take to start, if not by the model's size.
    #[schemars(range(min = 10, max = 86400))]
    pub startup_seconds: Option<At<u32>>,
}
