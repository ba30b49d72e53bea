//! As whom do the graph's pods run?

use super::component::pod_mut;
use super::{Notes, Site};
use crate::model::graph::ComponentKind;
use crate::model::profile::IdentityKind;
use crate::rules;
use crate::yaml::Node;

/// Workers and frontends run as the release's account; planner and endpoint picker have their own.
pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let Some(account) = &site.pair.release.spec.service_account else {
        return;
    };
    if matches!(
        site.component.kind,
        ComponentKind::Planner | ComponentKind::Epp
    ) {
        return;
    }
    let Some(pod) = pod_mut(node) else { return };
    if pod.get("serviceAccountName").is_none() {
        let origin = notes.decide(&rules::SERVICE_ACCOUNT, [account.name.origin]);
        pod.set(
            "serviceAccountName",
            Node::new(account.name.value.as_str(), origin),
        );
    }
    if site.pair.profile.spec.identity.kind == IdentityKind::AzureWorkload
        && let Some(identity) = &account.identity
    {
        let origin = notes.decide(&rules::AZURE_WORKLOAD_LABEL, [identity.origin]);
        node.ensure_map("podTemplate", origin)
            .ensure_map("metadata", origin)
            .ensure_map("labels", origin)
            .set("azure.workload.identity/use", Node::new("true", origin));
    }
}
