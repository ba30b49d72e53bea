//! Which ports of a graph are scraped, and by which monitor?

use super::contexts::{PodMonitor, ServiceMonitor};
use super::nodes::{map, text, texts};
use super::{COMPONENT_LABEL, GRAPH_LABEL, Site, TYPE_LABEL, environment};
use crate::diagnostic::Diagnostic;
use crate::model::graph::ComponentKind;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Map, Node, Value};

/// Takes a pod's metrics label away.
const ENABLE_METRICS: &str = "nvidia.com/enable-metrics";

/// Whether the graph is watched: the release wants it, the cluster can, and the graph does not forbid it.
pub(super) fn watched(site: &Site<'_>) -> bool {
    site.release.monitoring.enabled
        && site.profile.capabilities.prometheus_operator.value
        && disabled(site).is_none()
}

/// Where the graph turns its metrics off.
fn disabled<'a>(site: &Site<'a>) -> Option<&'a Node> {
    let annotation = site
        .pair
        .graph
        .object
        .at(&["metadata", "annotations", ENABLE_METRICS])?;
    (annotation.as_str() == Some("false")).then_some(annotation)
}

pub(super) fn plan(site: &mut Site<'_>) {
    let wanted =
        site.release.monitoring.enabled && site.profile.capabilities.prometheus_operator.value;
    if let Some(annotation) = disabled(site).filter(|_| wanted) {
        site.report(
            Diagnostic::new(
                &rules::METRICS_DISABLED,
                annotation.origin,
                "the graph turns its metrics off; no monitors and alerts are rendered",
            )
            .help(format!("remove the annotation `{ENABLE_METRICS}`")),
        );
    }
    if !watched(site) {
        return;
    }
    if site.has(ComponentKind::Frontend) {
        frontends(site);
    }
    let workers = [
        ComponentKind::Worker,
        ComponentKind::Prefill,
        ComponentKind::Decode,
    ];
    if workers.iter().any(|kind| site.has(*kind)) {
        // Graphs from before 1.2 keep pods of type `worker` for prefill and decode, so all three are
        // selected whichever the graph has.
        let mut ports = vec!["system"];
        if has_failover(site) {
            ports.extend(["system-0", "system-1"]);
        }
        if has_nixl(site) {
            ports.push("nixl");
        }
        pods(site, "workers", &workers, &ports);
    }
    for kind in [ComponentKind::Planner, ComponentKind::Epp] {
        if site.has(kind) {
            pods(site, kind.as_str(), &[kind], &["metrics"]);
        }
    }
}

fn frontends(site: &mut Site<'_>) {
    let origin = decide(site, "frontends");
    let path = environment::variable_of(site, ComponentKind::Frontend, "DYN_HTTP_SVC_METRICS_PATH");
    let context = ServiceMonitor {
        name: site.name("frontend", origin),
        namespace: site.namespace.clone(),
        labels: labels(site, "frontend", origin),
        job_label: text(GRAPH_LABEL, origin),
        match_labels: site.graph_selector(origin),
        // Only frontends' Services have a port of this name.
        port: text("http", origin),
        path: text(path.unwrap_or("/metrics"), origin),
        interval: text(&site.profile.monitoring.interval, origin),
    };
    site.add(&rules::OBJECT_MONITOR, origin, None, context);
}

fn pods(site: &mut Site<'_>, name: &str, kinds: &[ComponentKind], ports: &[&str]) {
    let origin = decide(site, name);
    let mut match_labels = site.graph_selector(origin);
    match_labels.set("nvidia.com/metrics-enabled", text("true", origin));
    let context = PodMonitor {
        name: site.name(name, origin),
        namespace: site.namespace.clone(),
        labels: labels(site, name, origin),
        job_label: text(GRAPH_LABEL, origin),
        target_labels: texts(origin, [COMPONENT_LABEL]),
        match_labels,
        type_label: text(TYPE_LABEL, origin),
        types: texts(origin, kinds.iter().map(|kind| kind.as_str())),
        ports: texts(origin, ports.iter().copied()),
        interval: text(&site.profile.monitoring.interval, origin),
    };
    site.add(&rules::OBJECT_MONITOR, origin, None, context);
}

fn decide(site: &mut Site<'_>, what: &str) -> Origin {
    let operator = site.profile.capabilities.prometheus_operator.origin;
    site.decide(
        &rules::OBJECT_MONITOR,
        [operator, site.graph.origin],
        Some(what.to_owned()),
    )
}

/// Standard labels and those that Prometheus selects monitors and rules by.
pub(super) fn labels(site: &Site<'_>, part: &str, origin: Origin) -> Node {
    let mut labels = site.labels(part);
    for (key, label) in &site.profile.monitoring.labels {
        labels.set(key, super::nodes::at(label, origin));
    }
    labels
}

fn has_nixl(site: &Site<'_>) -> bool {
    const TELEMETRY: &str = "NIXL_TELEMETRY_ENABLE";
    let mut workers = site
        .components()
        .iter()
        .filter(|component| component.kind.is_worker());
    workers.any(
        |worker| match environment::variable(site, worker, TELEMETRY) {
            Some(value) => value == "y",
            None => environment::fabric_sets(site, TELEMETRY, "y"),
        },
    )
}

fn has_failover(site: &Site<'_>) -> bool {
    site.components().iter().any(|component| {
        environment::written(site, component)
            .is_some_and(|written| written.at(&["experimental", "failover"]).is_some())
    })
}

/// A label selector for pods of the graph of one type.
pub(super) fn of_type(site: &Site<'_>, kind: ComponentKind, origin: Origin) -> Node {
    map(
        origin,
        [
            (GRAPH_LABEL, site.graph.clone()),
            (TYPE_LABEL, text(kind.as_str(), origin)),
        ],
    )
}

/// `{matchLabels: …}`
pub(super) fn selector(labels: Node, origin: Origin) -> Node {
    let mut made = Map::default();
    made.push("matchLabels".to_owned(), origin, labels);
    Node::new(Value::Map(made), origin)
}
