//! An HTTPRoute of the Gateway API, and the policies of Google's load balancers.

use super::super::Site;
use super::super::contexts::{GcpBackendPolicy, HealthCheckPolicy, HttpRoute};
use super::super::nodes::{self, int, list, map, text};
use super::super::traffic::{Backend, FRONTEND_PORT, Traffic};
use super::{Door, services, tls};
use crate::diagnostic::Diagnostic;
use crate::model::profile::{GatewayRef, Provider};
use crate::model::release::ExposureTarget;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::At;

/// The group of InferencePools.
const INFERENCE: &str = "inference.networking.k8s.io";

/// Seconds in which a load balancer finishes what a pod that leaves has begun.
const DRAINING: i64 = 300;

pub(super) fn plan<'a>(site: &mut Site<'a>, door: &Door<'a>, traffic: &Traffic<'a>) {
    let entry = &site.profile.entry;
    if !*site.profile.capabilities.gateway_api {
        site.report(
            Diagnostic::new(
                &rules::EXPOSURE_CAPABILITY,
                door.input,
                "the cluster has no Gateway API",
            )
            .help("say `gatewayApi: true` in the profile's capabilities if it has"),
        );
        return;
    }
    let gateway = door.asked.gateway.as_ref().or(entry.gateway.as_ref());
    let Some(gateway) = gateway else {
        site.report(
            Diagnostic::new(
                &rules::EXPOSURE_KIND,
                door.input,
                "nothing says which Gateway the route attaches to",
            )
            .help("give the exposure or the profile's `entry` a `gateway`, with its name and namespace"),
        );
        return;
    };
    tls::of_gateway(site, door, "an HTTPRoute");
    let Some(target) = target(site, door, gateway, traffic) else {
        return;
    };
    let origin = door.decide(site, &rules::OBJECT_ROUTE, traffic);
    let weighted = traffic.weighted();
    add(
        site,
        door,
        gateway,
        None,
        &door.asked.hosts,
        &weighted,
        target,
        origin,
    );
    if let Some(other) = traffic.other.as_ref()
        && !door.asked.preview_hosts.is_empty()
    {
        let hosts = &door.asked.preview_hosts;
        add(
            site,
            door,
            gateway,
            Some("preview"),
            hosts,
            &[(other, 100)],
            target,
            origin,
        );
    }
    if is_google(site, gateway) {
        let mut backends = vec![&traffic.live];
        backends.extend(&traffic.other);
        for backend in backends {
            policies(site, door, backend, target);
        }
    }
}

/// Frontend or InferencePool.
fn target(
    site: &mut Site<'_>,
    door: &Door<'_>,
    gateway: &At<GatewayRef>,
    traffic: &Traffic<'_>,
) -> Option<ExposureTarget> {
    let extension = &site.profile.capabilities.inference_extension;
    let can = extension.value && traffic.live.pool().is_some();
    let target = match &door.asked.to {
        Some(asked) => asked.value,
        None if can => ExposureTarget::InferencePool,
        None => ExposureTarget::Frontend,
    };
    let place = door.asked.to.as_ref().map_or(door.input, |to| to.origin);
    let (message, help) = match target {
        ExposureTarget::InferencePool if traffic.live.pool().is_none() => (
            "the graph has no endpoint picker, so there is no InferencePool",
            "give it a component of type `epp`, or send requests to the `frontend`",
        ),
        ExposureTarget::InferencePool if !extension.value => (
            "the cluster has no inference extension of the Gateway API",
            "say `inferenceExtension: true` in the profile's capabilities if it has",
        ),
        ExposureTarget::InferencePool if lacks_pools(gateway) => (
            "this Gateway's class does not know InferencePools",
            "attach to a Gateway of another class, or send requests to the `frontend`",
        ),
        ExposureTarget::Frontend if traffic.live.frontend().is_none() => (
            "the graph has no frontend",
            "give it one, or send requests to its `inferencePool`",
        ),
        target => return Some(target),
    };
    site.report(Diagnostic::new(&rules::EXPOSURE_CAPABILITY, place, message).help(help));
    None
}

/// AWS's controller routes to Services only, and so do Google's global load balancers.
fn lacks_pools(gateway: &GatewayRef) -> bool {
    let class = gateway
        .class
        .as_ref()
        .map_or("", |class| class.value.as_str());
    class.starts_with("gateway.k8s.aws/")
        || class.starts_with("aws-")
        || class.starts_with("gke-l7-global")
}

/// Whether Google's own controller reads policies beside the route.
fn is_google(site: &Site<'_>, gateway: &GatewayRef) -> bool {
    match &gateway.class {
        Some(class) => class.starts_with("gke-"),
        None => site.profile.provider == Provider::Gke,
    }
}

/// Whether the Gateway is a load balancer of the cloud, which sends to pods from outside the cluster.
pub(super) fn is_outside(site: &Site<'_>, gateway: &GatewayRef) -> bool {
    let class = gateway.class.as_ref().map_or("", |class| class.as_str());
    is_google(site, gateway)
        || class.starts_with("gateway.k8s.aws/")
        || class.starts_with("aws-")
        || class == "azure-alb-external"
}

#[expect(clippy::too_many_arguments, reason = "each is a field of the route")]
fn add(
    site: &mut Site<'_>,
    door: &Door<'_>,
    gateway: &At<GatewayRef>,
    suffix: Option<&str>,
    hosts: &[At<String>],
    weighted: &[(&Backend<'_>, u8)],
    target: ExposureTarget,
    origin: Origin,
) {
    let mut parent = map(origin, [("name", nodes::at(&gateway.name, origin))]);
    if let Some(namespace) = &gateway.namespace {
        parent.set("namespace", nodes::at(namespace, origin));
    }
    if let Some(section) = &gateway.section {
        parent.set("sectionName", nodes::at(section, origin));
    }
    let backends = weighted.iter().filter_map(|(backend, weight)| {
        let mut entry = match target {
            ExposureTarget::Frontend => map(origin, [("name", text(backend.service()?, origin))]),
            ExposureTarget::InferencePool => map(
                origin,
                [
                    ("group", text(INFERENCE, origin)),
                    ("kind", text("InferencePool", origin)),
                    ("name", text(backend.pool()?, origin)),
                ],
            ),
        };
        entry.set("port", int(i64::from(FRONTEND_PORT), origin));
        if weighted.len() > 1 {
            entry.set("weight", int(i64::from(*weight), origin));
        }
        Some(entry)
    });
    let matches = door.paths(origin).into_iter().map(|path| {
        let path = map(
            origin,
            [("type", text("PathPrefix", origin)), ("value", path)],
        );
        map(origin, [("path", path)])
    });
    let name = services::name(site, suffix, origin);
    let context = HttpRoute {
        name,
        namespace: site.namespace.clone(),
        labels: door.labels(site, origin),
        annotations: door.annotations(Vec::new(), origin),
        parents: list(origin, [parent]),
        hosts: Door::hosts(hosts, origin),
        matches: list(origin, matches),
        timeout: text(format!("{}s", door.timeout), origin),
        backends: list(origin, backends),
    };
    site.add(&rules::OBJECT_ROUTE, origin, None, context);
}

/// Health check and time-out of one backend. They are the same whichever colour is live, so a promotion leaves
/// them alone.
fn policies(site: &mut Site<'_>, door: &Door<'_>, backend: &Backend<'_>, target: ExposureTarget) {
    let (group, kind, name) = match target {
        ExposureTarget::Frontend => ("", "Service", backend.service()),
        ExposureTarget::InferencePool => (INFERENCE, "InferencePool", backend.pool()),
    };
    let Some(name) = name else { return };
    let origin = site.decide(
        &rules::OBJECT_BACKEND_POLICY,
        [door.asked.origin, door.timeout_input]
            .into_iter()
            .filter(|input| *input != Origin::None),
        None,
    );
    let mut labels = door.labels(site, origin);
    labels.set(
        "app.kubernetes.io/name",
        text(super::super::label_value(backend.graph()), origin),
    );
    let to = map(
        origin,
        [
            ("group", text(group, origin)),
            ("kind", text(kind, origin)),
            ("name", text(name.as_str(), origin)),
        ],
    );
    let health = HealthCheckPolicy {
        name: text(name.as_str(), origin),
        namespace: site.namespace.clone(),
        labels: labels.clone(),
        path: text("/health", origin),
        port: int(i64::from(FRONTEND_PORT), origin),
        target: to.clone(),
    };
    site.add(&rules::OBJECT_BACKEND_POLICY, origin, None, health);
    let policy = GcpBackendPolicy {
        name: text(name.as_str(), origin),
        namespace: site.namespace.clone(),
        labels,
        timeout: int(i64::from(door.timeout), origin),
        draining: int(DRAINING, origin),
        target: to,
    };
    site.add(&rules::OBJECT_BACKEND_POLICY, origin, None, policy);
}
