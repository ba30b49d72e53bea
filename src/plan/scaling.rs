//! Who says how many replicas a component has: Git, or something in the cluster?

use super::{Notes, Site};
use crate::model::graph::ComponentKind;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::Node;

/// Hands the replicas of a component over to its scaler.
pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let own = site.pair.release.spec.components.get(&site.component.name);
    let Some(scaling) = own.and_then(|own| own.scaling.as_ref()) else {
        return;
    };
    let written = node
        .get("replicas")
        .map_or(Origin::None, |node| node.origin);
    let origin = notes.decide(&rules::SCALING_ADAPTER, [scaling.origin, written]);
    node.remove("replicas");
    if node.get("scalingAdapter").is_none() {
        node.set("scalingAdapter", Node::map(origin));
    }
}

/// Whether the graph has a planner that scales this component.
pub(super) fn is_planned(site: &Site<'_>) -> bool {
    let components = &site.pair.graph.components;
    site.component.kind.is_worker()
        && components
            .iter()
            .any(|one| one.kind == ComponentKind::Planner)
}
