//! How a release takes over from the one before it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ComponentOverride, ImageVersion};
use crate::yaml::At;

/// How a release takes over from the one before it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Strategy {
    /// Whether there is one graph that is changed in place, or two of which one is live.
    #[serde(rename = "type")]
    pub kind: At<StrategyKind>,
    /// The colour that gets the traffic: the one field that moves it.
    #[serde(default)]
    pub live: Option<At<Color>>,
    /// Traffic that the other colour gets already.
    #[serde(default)]
    pub canary: Option<At<Canary>>,
    /// What is measured of a graph before it gets more traffic. Without it, the graphs of a blue/green release
    /// are measured where the cluster can do that.
    #[serde(default)]
    pub analysis: Option<At<Analysis>>,
    /// How many replicas each component has of a colour whose `size` is `standby`; 0 holds no nodes.
    #[serde(default)]
    pub standby_replicas: Option<At<u32>>,
    /// What is special about the blue graph. Without it there is none.
    #[serde(default)]
    pub blue: Option<At<ColorSettings>>,
    /// What is special about the green graph. Without it there is none.
    #[serde(default)]
    pub green: Option<At<ColorSettings>>,
}

impl Strategy {
    /// What is said about a colour; none if it has no graph.
    pub fn settings(&self, color: Color) -> Option<&At<ColorSettings>> {
        match color {
            Color::Blue => self.blue.as_ref(),
            Color::Green => self.green.as_ref(),
        }
    }

    /// The part of traffic, in percent, that the colour beside the live one gets.
    pub fn canary_weight(&self) -> u8 {
        self.canary.as_ref().map_or(0, |canary| *canary.weight)
    }
}

/// Ways to take over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StrategyKind {
    /// One graph, which the operator changes in place.
    Rolling,
    /// Two complete graphs, one of them live.
    BlueGreen,
}

/// One of the two graphs of a blue/green release.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Color {
    /// The blue graph, `<name>-blue`.
    Blue,
    /// The green graph, `<name>-green`.
    Green,
}

impl Color {
    /// Both, in order.
    pub const ALL: [Self; 2] = [Self::Blue, Self::Green];

    /// As it is written in a release, and at the end of names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Blue => Self::Green,
            Self::Green => Self::Blue,
        }
    }
}

/// Traffic that the colour beside the live one gets already.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Canary {
    /// Its share in percent, 0 to 100.
    #[schemars(range(max = 100))]
    pub weight: At<u8>,
}

/// What is measured of a graph before it gets more traffic. The limits are those of `monitoring.objectives`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Analysis {
    /// Whether gates are rendered.
    pub enabled: bool,
    /// Seconds until the first measurement: what is measured looks back five minutes.
    #[schemars(range(max = 86400))]
    pub delay_seconds: At<u32>,
    /// Seconds from one measurement to the next.
    #[schemars(range(min = 10, max = 3600))]
    pub interval_seconds: At<u32>,
    /// How many measurements decide. One in five latencies may be above its objective.
    #[schemars(range(min = 1, max = 1000))]
    pub measurements: At<u32>,
}

impl Default for Analysis {
    fn default() -> Self {
        Self {
            enabled: true,
            delay_seconds: At::nowhere(300),
            interval_seconds: At::nowhere(60),
            measurements: At::nowhere(10),
        }
    }
}

/// What is special about one colour.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ColorSettings {
    /// How large its graph is.
    pub size: Option<At<Size>>,
    /// The model its workers load, in place of the release's.
    pub model: Option<At<String>>,
    /// Image versions, in place of the release's for the same image.
    pub image_versions: Vec<At<ImageVersion>>,
    /// What is special about its components, laid over what the release says.
    pub components: BTreeMap<String, At<ComponentOverride>>,
}

/// How large the graph of a colour is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Size {
    /// As large as the graph and the release say: it can take all traffic.
    #[default]
    Full,
    /// `standbyReplicas` of every component, and nothing that scales it.
    Standby,
}
