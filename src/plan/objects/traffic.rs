//! Which graphs do requests go to, and in what parts?
//!
//! A release with one graph sends all requests to it. A blue/green release sends them to the live colour, and
//! a part of them to the other one while a canary runs. Everything that routes asks here, so that one field of
//! the release moves all of it.

use super::{COMPONENT_LABEL, GRAPH_LABEL, Site, TYPE_LABEL};
use crate::model::graph::{Component, ComponentKind};
use crate::model::release::Color;
use crate::origin::Origin;
use crate::resolve::Pair;

/// The port of a frontend's Service, which upstream names `http`.
pub(super) const FRONTEND_PORT: u32 = 8000;

/// One graph that requests can go to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backend<'a> {
    /// The graph with its release.
    pub(super) pair: &'a Pair,
    /// Its colour, if it has one.
    pub(super) color: Option<Color>,
}

impl<'a> Backend<'a> {
    /// The graph's name in the cluster.
    pub(super) fn graph(&self) -> &'a str {
        self.pair.graph_name()
    }

    /// The component that takes requests.
    pub(super) fn frontend(&self) -> Option<&'a Component> {
        let mut components = self.pair.graph.components.iter();
        components.find(|component| component.kind == ComponentKind::Frontend)
    }

    /// The Service that the operator makes for the frontend.
    pub(super) fn service(&self) -> Option<String> {
        let frontend = self.frontend()?;
        Some(format!(
            "{}-{}",
            self.graph(),
            frontend.name.to_lowercase().replace('.', "-")
        ))
    }

    /// The InferencePool that the operator makes for a graph with an endpoint picker.
    pub(super) fn pool(&self) -> Option<String> {
        let components = &self.pair.graph.components;
        components
            .iter()
            .any(|component| component.kind == ComponentKind::Epp)
            .then(|| format!("{}-pool", self.graph()))
    }

    /// Labels that select the frontend's pods, whatever generation they are of: key and value.
    pub(super) fn selector(&self) -> Vec<(&'static str, String)> {
        let mut labels = vec![(GRAPH_LABEL, self.graph().to_owned())];
        match self.frontend() {
            Some(frontend) => labels.push((COMPONENT_LABEL, frontend.name.clone())),
            None => labels.push((TYPE_LABEL, "frontend".to_owned())),
        }
        labels
    }
}

/// Where requests go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traffic<'a> {
    /// The graph that is live.
    pub(super) live: Backend<'a>,
    /// The other colour, if it has a graph.
    pub(super) other: Option<Backend<'a>>,
    /// The part of requests, in percent, that the other colour gets.
    pub(super) weight: u8,
    /// The fields that say so: which colour is live, and the canary's weight.
    pub(super) inputs: [Origin; 2],
}

impl<'a> Traffic<'a> {
    /// The graphs with their parts in percent, in the order of the colours, so that a promotion changes only
    /// numbers.
    pub(super) fn weighted(&self) -> Vec<(&Backend<'a>, u8)> {
        let Some(other) = &self.other else {
            return vec![(&self.live, 100)];
        };
        let mut both = vec![(&self.live, 100 - self.weight), (other, self.weight)];
        both.sort_by_key(|(backend, _)| backend.color);
        both
    }
}

/// Where the requests of a release go; `site` is that of the whole release.
pub(super) fn of<'a>(site: &Site<'a>) -> Traffic<'a> {
    let strategy = site.release.strategy.as_ref();
    let live = strategy.and_then(|strategy| strategy.live.as_ref());
    let backend = |color| {
        let mut colors = site.pair.colors.iter();
        let pair = colors.find(|pair| pair.color == Some(color))?;
        Some(Backend {
            pair,
            color: Some(color),
        })
    };
    let single = Backend {
        pair: site.pair,
        color: None,
    };
    let Some(color) = live else {
        return Traffic {
            live: single,
            other: None,
            weight: 0,
            inputs: [Origin::None; 2],
        };
    };
    let other = backend(color.other());
    let canary = strategy.and_then(|strategy| strategy.canary.as_ref());
    Traffic {
        live: backend(color.value).unwrap_or(single),
        weight: match (other, canary) {
            (Some(_), Some(canary)) => *canary.weight,
            _ => 0,
        },
        other,
        inputs: [
            color.origin,
            canary.map_or(Origin::None, |canary| canary.weight.origin),
        ],
    }
}
