//! Which devices do pods claim, where asking for a resource by name is not enough?
//!
//! RDMA interfaces of some clouds, and channels on NVLink between nodes, are given out by dynamic resource
//! allocation: the pod names a claim, the claim a template, and the template is an object of its own.

use super::component::{has_named, main_container_mut, pod, pod_mut};
use super::objects::{self, PlannedObject};
use super::{Notes, Site};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::Node;

/// The name by which pods know their channel, as upstream's recipes have it.
const CHANNEL: &str = "compute-domain-channel";

pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let Some(fabric) = site.fabric else { return };
    for claim in &fabric.claims {
        let (template, made) = objects::claim_template(
            site.pair,
            claim,
            &mut notes.decisions,
            &mut notes.diagnostics,
        );
        let origin = notes.decide(&rules::FABRIC_CLAIM, [claim.origin]);
        if add(&claim.name, template, origin, node) {
            keep(made, notes);
        }
    }
    let reach = site.pool.and_then(|pool| pool.nvlink.as_ref());
    if let Some(reach) = reach.filter(|reach| reach.nodes > 1)
        && fabric.compute_domain.value
        && site.is_safe()
        && site.component.node_count > 1
        && !site.component.claims_devices
    {
        let (template, made) = objects::compute_domain(
            site.pair,
            site.component,
            &fabric.compute_domain,
            reach.origin,
            &mut notes.decisions,
            &mut notes.diagnostics,
        );
        let inputs = [fabric.compute_domain.origin, reach.origin];
        let origin = notes.decide(&rules::FABRIC_CLAIM, inputs);
        if add(CHANNEL, template, origin, node) {
            keep(made, notes);
        }
    }
}

/// Components share a template: it is planned once.
fn keep(made: Vec<PlannedObject>, notes: &mut Notes) {
    for object in made {
        let name = object.context.get("name");
        let is_there = notes
            .objects
            .iter()
            .any(|other| other.template == object.template && other.context.get("name") == name);
        if !is_there {
            notes.objects.push(object);
        }
    }
}

/// Adds a claim to the pod and its main container, unless the author has one of that name.
fn add(name: &str, template: Node, origin: Origin, node: &mut Node) -> bool {
    if pod(node).is_none_or(|pod| has_named(pod.get("resourceClaims"), name)) {
        return false;
    }
    let mut claim = Node::map(origin);
    claim.set("name", Node::new(name, origin));
    claim.set("resourceClaimTemplateName", template);
    if let Some(list) = pod_mut(node)
        .map(|pod| pod.ensure_list("resourceClaims", origin))
        .and_then(Node::as_list_mut)
    {
        list.push(claim);
    }
    let mut used = Node::map(origin);
    used.set("name", Node::new(name, origin));
    if let Some(list) = main_container_mut(node)
        .map(|main| {
            main.ensure_map("resources", origin)
                .ensure_list("claims", origin)
        })
        .and_then(Node::as_list_mut)
    {
        list.push(used);
    }
    true
}
