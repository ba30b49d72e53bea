//! How long may a pod take to end, and does every container find the others?

use super::component::{env_var, is_named, pod_mut, prepend_env};
use super::pool::component_origin;
use super::{Notes, Site};
use crate::diagnostic::Diagnostic;
use crate::model::graph::ComponentKind;
use crate::model::profile::{Capacity, Discovery};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Node, Value};

pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    spot(site, node, notes);
    sidecar_discovery(site, node, notes);
}

/// On nodes that can be taken back a pod has only the notice's time to end; the operator's default is longer.
fn spot(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let Some(pool) = site.pool.filter(|pool| pool.capacity == Capacity::Spot) else {
        return;
    };
    if site.component.node_count > 1 {
        notes.diagnostics.push(
            Diagnostic::new(
                &rules::SPOT_MULTINODE,
                component_origin(node),
                format!(
                    "component `{}` spans {} nodes of pool `{}`, any of which can be taken back",
                    site.component.name, site.component.node_count, *pool.name
                ),
            )
            .label(pool.origin, "a spot pool")
            .help(
                "losing one node ends the whole replica; use a pool that is on demand or reserved",
            ),
        );
    }
    let Some(notice) = &site.pair.profile.spec.spot.grace_seconds else {
        return;
    };
    let default = match site.component.kind {
        ComponentKind::Epp => 130,
        _ => 60,
    };
    let Some(pod) = pod_mut(node) else { return };
    match pod.get("terminationGracePeriodSeconds") {
        None if i64::from(notice.value) < default => {
            let origin = notes.decide(&rules::SPOT_GRACE, [notice.origin, pool.origin]);
            pod.set(
                "terminationGracePeriodSeconds",
                Node::new(i64::from(notice.value), origin),
            );
        }
        Some(written)
            if written
                .as_int()
                .is_some_and(|s| s > i64::from(notice.value)) =>
        {
            notes.diagnostics.push(
                Diagnostic::new(
                    &rules::SPOT_GRACE,
                    written.origin,
                    format!(
                        "component `{}` asks for {} s to end, a node of pool `{}` is gone after {} s",
                        site.component.name,
                        written.to_json(),
                        *pool.name,
                        notice.value
                    ),
                )
                .severity(rules::Severity::Warning)
                .label(notice.origin, "the notice")
                .help("requests still running then are lost; ask for no more than the notice"),
            );
        }
        _ => {}
    }
}

/// The operator tells `main` and the frontend sidecar where to look; other containers that run Dynamo
/// would look for etcd (ai-dynamo/dynamo lib/runtime/src/distributed.rs).
fn sidecar_discovery(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    if site.pair.profile.spec.dynamo.discovery != Discovery::Kubernetes {
        return;
    }
    let frontend_sidecar = node
        .get("frontendSidecar")
        .and_then(Node::as_str)
        .map(str::to_owned);
    let containers = pod_mut(node)
        .and_then(|pod| pod.get_mut("containers"))
        .and_then(Node::as_list_mut);
    for container in containers.into_iter().flatten() {
        let told = is_named(container, "main")
            || frontend_sidecar
                .as_deref()
                .is_some_and(|name| is_named(container, name));
        if told || !runs_dynamo(container) {
            continue;
        }
        let origin = notes.decide(&rules::SIDECAR_DISCOVERY, [container.origin]);
        let mut variables = vec![env_var("DYN_DISCOVERY_BACKEND", "kubernetes", origin)];
        for (name, path) in [
            ("POD_NAME", "metadata.name"),
            ("POD_NAMESPACE", "metadata.namespace"),
            ("POD_UID", "metadata.uid"),
        ] {
            variables.push(field_variable(name, path, origin));
        }
        prepend_env(container, variables, origin);
    }
}

/// Whether a container's command starts a Dynamo module.
fn runs_dynamo(container: &Node) -> bool {
    ["command", "args"]
        .iter()
        .filter_map(|list| container.get(list)?.as_list())
        .flatten()
        .any(|word| matches!(&word.value, Value::String(text) if text.contains("dynamo.")))
}

fn field_variable(name: &str, path: &str, origin: Origin) -> Node {
    let mut variable = Node::map(origin);
    variable.set("name", Node::new(name, origin));
    variable
        .ensure_map("valueFrom", origin)
        .ensure_map("fieldRef", origin)
        .set("fieldPath", Node::new(path, origin));
    variable
}
