//! How do requests reach a graph, and which of its colours?
//!
//! Two Services with names that stay lead to the live graph and to the other one. What stands before them, an
//! Ingress, an HTTPRoute or a VirtualService, is what the release asks for and the profile offers.

mod gateway;
mod ingress;
mod istio;
mod services;
mod tls;

use super::Site;
use super::nodes::{self, list, map, text};
use super::traffic::{self, Traffic};
use crate::diagnostic::Diagnostic;
use crate::model::object::is_subdomain;
use crate::model::profile::{CertificateSource, EntryKind, IngressController, Scope};
use crate::model::release::Exposure;
use crate::origin::Origin;
use crate::rules::{self, Rule};
use crate::yaml::{At, Node};

/// Seconds until an answer must be complete, where nobody says otherwise: load balancers give up after 30 to
/// 60, and long answers take minutes.
const TIMEOUT: u32 = 600;

pub(super) fn plan(site: &mut Site<'_>) {
    let asked = site.release.exposure.as_ref();
    if asked.is_none() && site.pair.colors.is_empty() {
        return;
    }
    let traffic = traffic::of(site);
    if traffic.live.frontend().is_none() && traffic.live.pool().is_none() {
        let origin = asked.map_or(site.graph.origin, |asked| asked.origin);
        site.report(
            Diagnostic::new(
                &rules::EXPOSURE_FRONTEND,
                origin,
                "the graph has no frontend, so there is nothing to send requests to",
            )
            .help("give it a component of type `frontend`, or take the exposure out"),
        );
        return;
    }
    services::plan(site, &traffic);
    let Some(asked) = asked else {
        without_route(site, &traffic);
        return;
    };
    let Some(door) = Door::of(site, asked) else {
        return;
    };
    match door.kind {
        EntryKind::Service => {
            without_entry(site, asked);
            without_route(site, &traffic);
        }
        EntryKind::Ingress => ingress::plan(site, &door, &traffic),
        EntryKind::Gateway => gateway::plan(site, &door, &traffic),
        EntryKind::Istio => istio::plan(site, &door, &traffic),
    }
}

/// What a release asks for, with the profile's word where it says nothing.
struct Door<'a> {
    asked: &'a At<Exposure>,
    kind: EntryKind,
    /// What says so.
    input: Origin,
    scope: Scope,
    timeout: u32,
    timeout_input: Origin,
    tls: Option<&'a At<CertificateSource>>,
}

impl<'a> Door<'a> {
    fn of(site: &mut Site<'a>, asked: &'a At<Exposure>) -> Option<Self> {
        let entry = &site.profile.entry;
        let kind = asked.kind.as_ref().or(entry.kind.as_ref());
        let Some(kind) = kind else {
            site.report(
                Diagnostic::new(
                    &rules::EXPOSURE_KIND,
                    asked.origin,
                    "nothing says how requests get into this cluster",
                )
                .help("write `kind: service`, `ingress`, `gateway` or `istio` here, or `entry.kind` in the profile"),
            );
            return None;
        };
        let timeout = asked
            .timeout_seconds
            .as_ref()
            .or(entry.timeout_seconds.as_ref());
        let door = Self {
            asked,
            kind: kind.value,
            input: kind.origin,
            scope: asked
                .scope
                .as_ref()
                .map_or(Scope::Internal, |scope| scope.value),
            timeout: timeout.map_or(TIMEOUT, |seconds| seconds.value),
            timeout_input: timeout.map_or(Origin::None, |seconds| seconds.origin),
            tls: asked.tls.as_ref().or(entry.tls.as_ref()),
        };
        let mut fine = true;
        for host in asked.hosts.iter().chain(&asked.preview_hosts) {
            let bare = host.strip_prefix("*.").unwrap_or(host);
            if !is_subdomain(bare) || !bare.contains('.') && bare != "localhost" {
                fine = false;
                site.report(
                    Diagnostic::new(
                        &rules::EXPOSURE_HOST,
                        host.origin,
                        format!("`{}` is not a host name", host.value.escape_debug()),
                    )
                    .help("write a name such as `chat.example.com`, in lower case, without scheme, port or path"),
                );
            }
        }
        for (index, host) in asked.preview_hosts.iter().enumerate() {
            let earlier = asked.hosts.iter().chain(&asked.preview_hosts[..index]);
            if let Some(first) = earlier.into_iter().find(|one| one.value == host.value) {
                fine = false;
                site.report(
                    Diagnostic::new(
                        &rules::EXPOSURE_HOST,
                        host.origin,
                        format!("`{}` would lead to two graphs", host.value),
                    )
                    .label(first.origin, "it is taken here")
                    .help("give the preview a host name of its own"),
                );
            }
        }
        for (index, host) in asked.hosts.iter().enumerate() {
            if let Some(first) = asked.hosts[..index]
                .iter()
                .find(|one| one.value == host.value)
            {
                fine = false;
                site.report(
                    Diagnostic::new(
                        &rules::EXPOSURE_HOST,
                        host.origin,
                        format!("`{}` is given twice", host.value.escape_debug()),
                    )
                    .label(first.origin, "the first one")
                    .help("remove one of them"),
                );
            }
        }
        for path in asked.paths.iter().filter(|path| !path.starts_with('/')) {
            fine = false;
            site.report(
                Diagnostic::new(
                    &rules::EXPOSURE_HOST,
                    path.origin,
                    format!(
                        "the path `{}` does not start with `/`",
                        path.value.escape_debug()
                    ),
                )
                .help(format!("write `/{}`", path.value.escape_debug())),
            );
        }
        fine.then_some(door)
    }

    /// The paths that lead to the graph.
    fn paths(&self, origin: Origin) -> Vec<Node> {
        match self.asked.paths.as_slice() {
            [] => vec![text("/", origin)],
            paths => paths.iter().map(|path| nodes::at(path, origin)).collect(),
        }
    }

    /// Host names, or nothing if every host will do.
    fn hosts(hosts: &[At<String>], origin: Origin) -> Option<Node> {
        (!hosts.is_empty()).then(|| list(origin, hosts.iter().map(|host| nodes::at(host, origin))))
    }

    /// The author's annotations over `ours`, or nothing if there are none.
    fn annotations(&self, ours: Vec<(&str, Node)>, origin: Origin) -> Option<Node> {
        let mut all = map(origin, ours);
        for (key, value) in &self.asked.annotations {
            all.set(key, nodes::at(value, origin));
        }
        all.as_map()
            .is_some_and(|map| map.iter().next().is_some())
            .then_some(all)
    }

    fn labels(&self, site: &Site<'_>, origin: Origin) -> Node {
        let mut labels = site.labels("exposure");
        for (key, value) in &self.asked.labels {
            labels.set(key, nodes::at(value, origin));
        }
        labels
    }

    /// The decision that an entry exists.
    fn decide(&self, site: &mut Site<'_>, rule: &'static Rule, traffic: &Traffic<'_>) -> Origin {
        let [live, weight] = traffic.inputs;
        let inputs = [
            self.asked.origin,
            self.input,
            self.timeout_input,
            live,
            weight,
        ];
        let outcome = traffic.other.map(|other| {
            format!(
                "{} {} %, {} {} %",
                traffic.live.graph(),
                100 - traffic.weight,
                other.graph(),
                traffic.weight
            )
        });
        site.decide(
            rule,
            inputs.into_iter().filter(|input| *input != Origin::None),
            outcome,
        )
    }
}

/// Where requests to an exposed graph come from, as its network policies see it.
pub(super) enum Senders<'a> {
    /// Addresses of the cloud's network: its load balancers send to pods directly.
    Network(Origin),
    /// Pods of a Gateway's namespace.
    Namespace(&'a At<String>),
    /// Nobody that is not named anyway.
    Named,
}

/// Who sends requests to the frontends of a release.
pub(super) fn senders<'a>(site: &Site<'a>) -> Senders<'a> {
    let entry = &site.profile.entry;
    let Some(asked) = site.release.exposure.as_ref() else {
        return Senders::Named;
    };
    let Some(kind) = asked.kind.as_ref().or(entry.kind.as_ref()) else {
        return Senders::Named;
    };
    let gateway = asked.gateway.as_ref().or(entry.gateway.as_ref());
    match (kind.value, gateway) {
        (EntryKind::Ingress, _) => match &entry.controller {
            Some(controller)
                if !matches!(
                    controller.value,
                    IngressController::Nginx | IngressController::Other
                ) =>
            {
                Senders::Network(kind.origin)
            }
            _ => Senders::Named,
        },
        (EntryKind::Gateway, Some(gateway)) if gateway::is_outside(site, gateway) => {
            Senders::Network(kind.origin)
        }
        (EntryKind::Gateway | EntryKind::Istio, Some(gateway)) => {
            let namespace = gateway.namespace.as_ref();
            namespace.map_or(Senders::Named, Senders::Namespace)
        }
        (EntryKind::Gateway | EntryKind::Istio | EntryKind::Service, _) => Senders::Named,
    }
}

/// A Service leads to one graph or to the other one.
fn without_route(site: &mut Site<'_>, traffic: &Traffic<'_>) {
    if traffic.weight > 0 {
        site.report(
            Diagnostic::new(
                &rules::CANARY_ROUTE,
                traffic.inputs[1],
                "nothing routes requests here, so no part of them can go elsewhere",
            )
            .help("expose the release by an Ingress of a kind that can, a Gateway or Istio, or give a weight of 0"),
        );
    }
}

/// Host names, paths and certificates mean nothing without an entry.
fn without_entry(site: &mut Site<'_>, asked: &At<Exposure>) {
    let first = asked.hosts.first().or(asked.preview_hosts.first());
    let tls = asked.tls.as_ref().map(|tls| tls.origin);
    if let Some(origin) = first.map(|host| host.origin).or(tls) {
        site.report(
            Diagnostic::new(
                &rules::EXPOSURE_HOST,
                origin,
                "a Service inside the cluster has no host names and no certificate of its own",
            )
            .help("choose another `kind`, or take this out")
            .severity(rules::Severity::Warning),
        );
    }
}

#[cfg(test)]
mod tests;
