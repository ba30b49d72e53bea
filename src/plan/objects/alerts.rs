//! When is a graph not serving as it should?

use super::contexts::PrometheusRule;
use super::nodes::{list, map, text};
use super::promql::{Metric, regex_escape};
use super::{Site, environment, monitors};
use crate::diagnostic::Diagnostic;
use crate::model::graph::{Component, ComponentKind};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::Node;

/// The pod label of a component's name, as Prometheus writes label names.
pub(super) const COMPONENT: &str = "nvidia_com_dynamo_component";

/// One alert.
struct Alert {
    name: &'static str,
    expr: String,
    hold: &'static str,
    severity: &'static str,
    summary: String,
    description: String,
    /// The component it is for, where several alerts have one name: alerts are told apart by labels.
    component: Option<String>,
}

pub(super) fn plan(site: &mut Site<'_>) {
    if !monitors::watched(site) {
        return;
    }
    let objectives = &site.release.monitoring.objectives;
    let mut fine = true;
    for (name, value, most) in [
        (
            "timeToFirstTokenSeconds",
            &objectives.time_to_first_token_seconds,
            f64::MAX,
        ),
        (
            "interTokenLatencySeconds",
            &objectives.inter_token_latency_seconds,
            f64::MAX,
        ),
        ("errorRatio", &objectives.error_ratio, 1.0),
    ] {
        if !(value.value > 0.0 && value.value <= most) {
            fine = false;
            site.report(
                Diagnostic::new(
                    &rules::OBJECTIVE_RANGE,
                    value.origin,
                    format!("the objective `{name}` is {}", value.value),
                )
                .help(match most {
                    1.0 => "give a share above 0 and at most 1, such as 0.01",
                    _ => "give seconds above 0",
                }),
            );
        }
    }
    if !fine {
        return;
    }
    let origin = site.decide(
        &rules::OBJECT_ALERTS,
        [
            site.profile.capabilities.prometheus_operator.origin,
            site.graph.origin,
        ],
        None,
    );
    let alerts: Vec<Node> = alerts(site)
        .into_iter()
        .map(|alert| to_node(site, alert, origin))
        .collect();
    let name = site.name("slo", origin);
    let context = PrometheusRule {
        group: name.clone(),
        name,
        namespace: site.namespace.clone(),
        labels: monitors::labels(site, "alerts", origin),
        alerts: list(origin, alerts),
    };
    site.add(&rules::OBJECT_ALERTS, origin, None, context);
}

fn alerts(site: &Site<'_>) -> Vec<Alert> {
    let graph = site.graph_name();
    let objectives = &site.release.monitoring.objectives;
    let mut alerts = Vec::new();
    // A graph on standby may have no pods, and that is no reason to wake anybody.
    let is_up = |component: &Component| site.replicas(component) > 0;
    let serves = |component: &Component| component.kind == ComponentKind::Frontend;
    if site.has(ComponentKind::Frontend) {
        let first = objectives.time_to_first_token_seconds.value;
        alerts.push(Alert {
            name: "DynamoTimeToFirstTokenHigh",
            expr: format!("{} > {first}", quantile(site, 0.95, "time_to_first_token_seconds", "[5m]")),
            hold: "10m",
            severity: "warning",
            summary: format!("Requests of graph {graph} wait too long for their first token"),
            description: format!(
                "For 10 minutes, 5 of 100 requests of model {{{{ $labels.model }}}} waited {{{{ $value | humanizeDuration }}}} or more; the objective is {first} s."
            ),
 component: None,
 });
        let between = objectives.inter_token_latency_seconds.value;
        alerts.push(Alert {
            name: "DynamoInterTokenLatencyHigh",
            expr: format!("{} > {between}", quantile(site, 0.95, "inter_token_latency_seconds", "[5m]")),
            hold: "10m",
            severity: "warning",
            summary: format!("Tokens of graph {graph} come too slowly"),
            description: format!(
                "For 10 minutes, 5 of 100 gaps between tokens of model {{{{ $labels.model }}}} were {{{{ $value | humanizeDuration }}}} or longer; the objective is {between} s."
            ),
 component: None,
 });
        let share = objectives.error_ratio.value;
        alerts.push(Alert {
            name: "DynamoErrorRatioHigh",
            expr: format!("{} > {share}", error_ratio(site, "[5m]")),
            hold: "5m",
            severity: "critical",
            summary: format!("Too many requests of graph {graph} fail"),
            description: format!(
                "For 5 minutes, {{{{ $value | humanizePercentage }}}} of the requests of model {{{{ $labels.model }}}} failed; the objective is at most {}%.",
                percent(share)
            ),
 component: None,
 });
    }
    if site
        .components()
        .iter()
        .any(|one| serves(one) && is_up(one))
    {
        alerts.push(Alert {
            name: "DynamoNoFrontend",
            expr: missing(&up_frontends(site)),
            hold: "5m",
            severity: "critical",
            summary: format!("Graph {graph} has no frontend"),
            description:
                "No frontend answered a scrape for 5 minutes, so no request can be served."
                    .to_owned(),
            component: None,
        });
    }
    for component in site.components() {
        if !component.kind.is_worker() || !is_up(component) {
            continue;
        }
        alerts.push(Alert {
            name: "DynamoNoWorkers",
            expr: missing(&up_workers(site, component)),
            hold: "5m",
            severity: "critical",
            summary: format!("Graph {graph} has no {} workers", component.name),
            description: format!(
                "No pod of component {} answered a scrape for 5 minutes.",
                component.name
            ),
            component: Some(component.name.clone()),
        });
    }
    let restarts = Metric::new("kube_pod_container_status_restarts_total")
        .equal("namespace", &site.pair.release.namespace)
        .regex("pod", &pods(site));
    alerts.push(Alert {
        name: "DynamoRestarts",
        expr: format!("sum by (pod, container) (increase({restarts}[30m])) > 2"),
        hold: "1m",
        severity: "warning",
        summary: format!("Containers of graph {graph} restart again and again"),
        description: "Container {{ $labels.container }} of pod {{ $labels.pod }} restarted {{ $value | humanize }} times in 30 minutes; each restart loads the model anew.".to_owned(),
 component: None,
 });
    alerts
}

fn to_node(site: &Site<'_>, alert: Alert, origin: Origin) -> Node {
    let Alert {
        name,
        expr,
        hold,
        severity,
        summary,
        description,
        component,
    } = alert;
    let mut labels = map(
        origin,
        [
            ("severity", text(severity, origin)),
            ("namespace", site.namespace.clone()),
            ("graph", site.graph.clone()),
        ],
    );
    if let Some(component) = component {
        labels.set("component", text(component, origin));
    }
    map(
        origin,
        [
            ("alert", text(name, origin)),
            ("expr", text(expr, origin)),
            ("hold", text(hold, origin)),
            ("labels", labels),
            ("summary", text(summary, origin)),
            ("description", text(description, origin)),
        ],
    )
}

/// A metric of the graph's own monitors: they all take the graph's name as job.
pub(super) fn of_graph(site: &Site<'_>, name: &str) -> Metric {
    Metric::new(name)
        .equal("namespace", &site.pair.release.namespace)
        .equal("job", site.graph_name())
}

/// A metric of the frontends, whose prefix can be set.
pub(super) fn of_frontend(site: &Site<'_>, name: &str) -> Metric {
    let prefix = environment::variable_of(site, ComponentKind::Frontend, "DYN_METRICS_PREFIX");
    let valid = |prefix: &&str| {
        prefix.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && prefix
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let prefix = prefix.filter(valid).unwrap_or("dynamo_frontend");
    of_graph(site, &format!("{prefix}_{name}"))
}

/// A quantile of a histogram of the frontends, by model.
pub(super) fn quantile(site: &Site<'_>, share: f64, histogram: &str, window: &str) -> String {
    let bucket = of_frontend(site, &format!("{histogram}_bucket"));
    format!("histogram_quantile({share}, sum by (le, model) (rate({bucket}{window})))")
}

/// The share of requests that failed, by model; nothing while none ever has.
pub(super) fn error_ratio(site: &Site<'_>, window: &str) -> String {
    let [failed, all] = requests(site, window);
    format!("{failed} / {all}")
}

/// The share of requests that failed, by model; 0 while none has, for a counter that was never raised may not
/// be there.
pub(super) fn error_ratio_or_zero(site: &Site<'_>, window: &str) -> String {
    let [failed, all] = requests(site, window);
    format!("({failed} or {all} * 0) / {all}")
}

/// Requests a second that failed, and all of them, by model.
fn requests(site: &Site<'_>, window: &str) -> [String; 2] {
    let all = of_frontend(site, "requests_total");
    let failed = of_frontend(site, "requests_total").equal("status", "error");
    [failed, all].map(|metric| format!("sum by (model) (rate({metric}{window}))"))
}

/// Whether each frontend answers scrapes.
pub(super) fn up_frontends(site: &Site<'_>) -> Metric {
    of_graph(site, "up").equal("endpoint", "http")
}

/// Whether each pod of a worker component answers scrapes.
pub(super) fn up_workers(site: &Site<'_>, component: &Component) -> Metric {
    of_graph(site, "up")
        .regex("endpoint", "system(-[01])?")
        .equal(COMPONENT, &component.name)
}

/// A share as a percentage, without the digits that binary fractions bring along.
fn percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

/// True when no series is 1, also when there is none.
pub(super) fn missing(up: &Metric) -> String {
    format!("(sum({up}) or vector(0)) == 0")
}

/// The names of the graph's pods: with Grove, `0-` stands before the component's name.
fn pods(site: &Site<'_>) -> String {
    let components: Vec<String> = site
        .components()
        .iter()
        .map(|component| regex_escape(&component.name.to_lowercase()))
        .collect();
    format!(
        "{}-(0-)?({})-.+",
        regex_escape(site.graph_name()),
        components.join("|")
    )
}
