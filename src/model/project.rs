//! What a team decided about its checks: the `Project` kind, `graphwright.yaml` at a project's root.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::profile::{ApiVersion, Metadata};
use crate::rules::Severity;
use crate::yaml::At;

/// How a project is checked.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Project {
    /// `graphwright.dev/v1alpha1`
    pub api_version: ApiVersion,
    /// `Project`
    pub kind: ProjectKind,
    /// The project's name, for people.
    #[serde(default)]
    pub metadata: Option<Metadata>,
    /// The decisions.
    #[serde(default)]
    pub spec: ProjectSpec,
}

/// The kind of a [`Project`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ProjectKind {
    /// `Project`
    Project,
}

/// The body of a [`Project`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProjectSpec {
    /// How bad a broken rule is, by the rule's code.
    pub rules: BTreeMap<String, At<Level>>,
    /// Folders with imported schemas, relative to this file; `schemas` if left out.
    pub schemas: Option<Vec<At<String>>>,
}

/// How bad a broken rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The run fails.
    Error,
    /// It is reported.
    Warning,
    /// It is mentioned.
    Note,
    /// It is not looked at.
    Off,
}

impl Level {
    /// The severity; none if nothing is reported.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Off => None,
        }
    }
}
