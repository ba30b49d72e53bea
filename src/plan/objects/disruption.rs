//! How many pods of a component may be away at once?

use super::contexts::PodDisruptionBudget;
use super::nodes::{int, map, text};
use super::{COMPONENT_LABEL, GRAPH_LABEL, Site};
use crate::model::graph::ComponentKind;
use crate::rules;

pub(super) fn plan(site: &mut Site<'_>) {
    if !site.release.disruption.enabled {
        return;
    }
    for component in site.components() {
        // A planner serves no requests, and there is only ever one.
        if component.kind == ComponentKind::Planner {
            continue;
        }
        let pods = site
            .replicas(component)
            .saturating_mul(component.node_count);
        let origin = site.decide(
            &rules::OBJECT_DISRUPTION,
            [site.graph.origin],
            Some(match component.node_count {
                0 | 1 => format!("1 of {pods} pods"),
                nodes => format!("1 of {pods} pods; {nodes} pods are one replica"),
            }),
        );
        let context = PodDisruptionBudget {
            name: site.name(&component.name, origin),
            namespace: site.namespace.clone(),
            labels: site.labels(&component.name),
            match_labels: map(
                origin,
                [
                    (GRAPH_LABEL, site.graph.clone()),
                    (COMPONENT_LABEL, text(&component.name, origin)),
                ],
            ),
            max_unavailable: int(1, origin),
        };
        site.add(&rules::OBJECT_DISRUPTION, origin, Some(component), context);
    }
}
