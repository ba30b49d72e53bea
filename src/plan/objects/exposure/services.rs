//! The addresses of a release: Services with names that stay, whichever graph is behind them.

use super::super::contexts::Service;
use super::super::nodes::{int, map, text};
use super::super::traffic::{Backend, FRONTEND_PORT, Traffic};
use super::super::{Site, environment};
use crate::model::graph::ComponentKind;
use crate::model::profile::{EntryKind, IngressController};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::Node;

pub(super) fn plan(site: &mut Site<'_>, traffic: &Traffic<'_>) {
    address(site, traffic, &traffic.live, None);
    if let Some(other) = &traffic.other {
        address(site, traffic, other, Some("preview"));
    }
}

/// The name of the Service that leads to the live graph, or with a suffix to the other one.
pub(super) fn name(site: &mut Site<'_>, suffix: Option<&str>, origin: Origin) -> Node {
    match suffix {
        Some(suffix) => site.name(suffix, origin),
        None => text(site.graph_name(), origin),
    }
}

fn address(
    site: &mut Site<'_>,
    traffic: &Traffic<'_>,
    to: &Backend<'_>,
    suffix: Option<&'static str>,
) {
    if to.frontend().is_none() {
        return;
    }
    let asked = site.release.exposure.as_ref().map(|asked| asked.origin);
    let inputs = [traffic.inputs[0], asked.unwrap_or_default()];
    let origin = site.decide(
        &rules::OBJECT_ADDRESS,
        inputs.into_iter().filter(|input| *input != Origin::None),
        Some(to.graph().to_owned()),
    );
    let labels = to.selector();
    let selector = labels
        .iter()
        .map(|(key, value)| (*key, text(value.as_str(), origin)));
    let port = environment::variable_of(site, ComponentKind::Frontend, "DYN_HTTP_PORT")
        .and_then(|port| port.parse().ok())
        .unwrap_or(FRONTEND_PORT);
    let context = Service {
        name: name(site, suffix, origin),
        namespace: site.namespace.clone(),
        labels: site.labels("exposure"),
        annotations: annotations(site, origin),
        selector: map(origin, selector),
        port: int(i64::from(FRONTEND_PORT), origin),
        target_port: int(i64::from(port), origin),
    };
    site.add(&rules::OBJECT_ADDRESS, origin, None, context);
}

/// Google's Ingress takes its health check and time-out from an object that the Service names.
fn annotations(site: &mut Site<'_>, origin: Origin) -> Option<Node> {
    let asked = site.release.exposure.as_ref()?;
    let entry = &site.profile.entry;
    let kind = asked.kind.as_ref().or(entry.kind.as_ref())?;
    let controller = entry.controller.as_ref()?;
    if kind.value != EntryKind::Ingress || controller.value != IngressController::Gce {
        return None;
    }
    let name = site.name("backend", origin);
    let config = format!("{{\"default\": \"{}\"}}", name.as_str().unwrap_or_default());
    Some(map(
        origin,
        [
            ("cloud.google.com/neg", text("{\"ingress\": true}", origin)),
            ("cloud.google.com/backend-config", text(config, origin)),
        ],
    ))
}
