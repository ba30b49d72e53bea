//! A VirtualService of Istio.

use super::super::Site;
use super::super::contexts::VirtualService;
use super::super::nodes::{self, int, list, map, text};
use super::super::traffic::{Backend, FRONTEND_PORT, Traffic};
use super::{Door, services, tls};
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::At;

pub(super) fn plan<'a>(site: &mut Site<'a>, door: &Door<'a>, traffic: &Traffic<'a>) {
    if !*site.profile.capabilities.istio {
        site.report(
            Diagnostic::new(
                &rules::EXPOSURE_CAPABILITY,
                door.input,
                "the cluster has no Istio",
            )
            .help("say `istio: true` in the profile's capabilities if it has"),
        );
        return;
    }
    if door.asked.hosts.is_empty() {
        site.report(
            Diagnostic::new(
                &rules::EXPOSURE_HOST,
                door.asked.origin,
                "a VirtualService needs host names",
            )
            .help("give the exposure `hosts`"),
        );
        return;
    }
    tls::of_gateway(site, door, "a VirtualService");
    if traffic.live.frontend().is_none() {
        return;
    }
    let origin = door.decide(site, &rules::OBJECT_ROUTE, traffic);
    let weighted = traffic.weighted();
    add(site, door, None, &door.asked.hosts, &weighted, origin);
    if let Some(other) = traffic.other.as_ref()
        && !door.asked.preview_hosts.is_empty()
    {
        let hosts = &door.asked.preview_hosts;
        add(site, door, Some("preview"), hosts, &[(other, 100)], origin);
    }
}

fn add(
    site: &mut Site<'_>,
    door: &Door<'_>,
    suffix: Option<&str>,
    hosts: &[At<String>],
    weighted: &[(&Backend<'_>, u8)],
    origin: Origin,
) {
    let gateway = door
        .asked
        .gateway
        .as_ref()
        .or(site.profile.entry.gateway.as_ref());
    let gateways = gateway.map(|gateway| {
        let name = match &gateway.namespace {
            Some(namespace) => format!("{}/{}", namespace.value, gateway.name.value),
            None => gateway.name.value.clone(),
        };
        list(origin, [text(name, gateway.origin)])
    });
    let namespace = site.pair.release.namespace.clone();
    let destinations = weighted.iter().filter_map(|(backend, weight)| {
        let host = format!("{}.{namespace}.svc.cluster.local", backend.service()?);
        let port = map(origin, [("number", int(i64::from(FRONTEND_PORT), origin))]);
        let destination = map(origin, [("host", text(host, origin)), ("port", port)]);
        let mut entry = map(origin, [("destination", destination)]);
        if weighted.len() > 1 {
            entry.set("weight", int(i64::from(*weight), origin));
        }
        Some(entry)
    });
    let matches = door.paths(origin).into_iter().map(|path| {
        let prefix = map(origin, [("prefix", path)]);
        map(origin, [("uri", prefix)])
    });
    let name = services::name(site, suffix, origin);
    let context = VirtualService {
        name,
        namespace: site.namespace.clone(),
        labels: door.labels(site, origin),
        annotations: door.annotations(Vec::new(), origin),
        gateways,
        hosts: list(origin, hosts.iter().map(|host| nodes::at(host, origin))),
        matches: list(origin, matches),
        timeout: text(format!("{}s", door.timeout), origin),
        destinations: list(origin, destinations),
    };
    site.add(&rules::OBJECT_ROUTE, origin, None, context);
}
