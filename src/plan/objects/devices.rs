//! The objects that claims on devices refer to.

use super::Site;
use super::contexts::{ComputeDomain, ResourceClaimTemplate};
use super::nodes::{int, text};
use crate::model::graph::Component;
use crate::model::profile::FabricClaim;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{At, Node};

/// The template for a claim of the fabric, and its name. All components of the graph share it.
pub(super) fn claim_template(site: &mut Site<'_>, claim: &At<FabricClaim>) -> Node {
    let rule = &rules::OBJECT_DEVICE_CLAIM;
    let origin = site.decide(rule, [claim.origin], None);
    let name = site.name(&claim.name, origin);
    let context = ResourceClaimTemplate {
        name: name.clone(),
        namespace: site.namespace.clone(),
        labels: site.labels("fabric"),
        request: text(&claim.name, claim.origin),
        device_class: text(&claim.device_class, claim.origin),
        count: int(claim.count, claim.origin),
    };
    site.add(rule, origin, None, context);
    name
}

/// A component's own domain on the NVLink fabric, and the name of the template the driver makes for it.
pub(super) fn compute_domain(
    site: &mut Site<'_>,
    component: &Component,
    wanted: &At<bool>,
    reach: Origin,
) -> Node {
    let rule = &rules::OBJECT_COMPUTE_DOMAIN;
    let origin = site.decide(rule, [wanted.origin, reach], None);
    let channel = site.name(&format!("{}-channel", component.name), origin);
    let context = ComputeDomain {
        name: site.name(&component.name, origin),
        namespace: site.namespace.clone(),
        labels: site.labels(&component.name),
        channel: channel.clone(),
    };
    site.add(rule, origin, Some(component), context);
    channel
}
