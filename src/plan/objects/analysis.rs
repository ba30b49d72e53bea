//! When is a colour good enough to get all of the traffic?
//!
//! A graph is no Deployment, so neither Argo Rollouts nor Flagger can move its traffic; both can measure it. The
//! AnalysisTemplate asks the same questions as the alerts, of one colour, and is run by whoever promotes: an
//! AnalysisRun, a verification step of a promotion pipeline. Flagger's MetricTemplates are the same questions.

use super::alerts::{error_ratio, of_frontend, of_graph, quantile};
use super::contexts::{AnalysisTemplate, MetricTemplate};
use super::nodes::{self, int, list, map, text};
use super::{Site, monitors};
use crate::diagnostic::Diagnostic;
use crate::model::graph::ComponentKind;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{At, Node};

/// Seconds from one measurement to the next.
const INTERVAL: u32 = 60;
/// Seconds until the first one.
const DELAY: u32 = 240;
/// Measurements of one analysis: ten minutes.
const COUNT: u32 = 10;
/// Seconds that a graph may be without workers (ai-dynamo/dynamo tests/fault_tolerance/deploy/checkers.py).
const RECOVERY: u32 = 60;

/// One question and the answer it must have.
struct Gate {
    name: &'static str,
    query: String,
    /// At most this.
    most: f64,
    input: Origin,
}

pub(super) fn plan(site: &mut Site<'_>) {
    let capabilities = &site.profile.capabilities;
    let (rollouts, flagger) = (&capabilities.argo_rollouts, &capabilities.flagger);
    if !(rollouts.value || flagger.value)
        || site.pair.color.is_none()
        || site.pair.is_on_standby()
        || !site.has(ComponentKind::Frontend)
        || !monitors::watched(site)
    {
        return;
    }
    let Some(address) = &site.profile.monitoring.prometheus_url else {
        let origin = if rollouts.value {
            rollouts.origin
        } else {
            flagger.origin
        };
        site.report(
            Diagnostic::new(
                &rules::GATE_PROMETHEUS,
                origin,
                "nothing says where Prometheus answers, so no gate is rendered for a promotion",
            )
            .help("give the profile a `monitoring.prometheusUrl`, such as `http://prometheus-operated.monitoring.svc:9090`"),
        );
        return;
    };
    let gates = gates(site);
    if rollouts.value {
        let inputs = gates.iter().map(|gate| gate.input).chain([rollouts.origin]);
        let inputs: Vec<Origin> = inputs.filter(|input| *input != Origin::None).collect();
        let origin = site.decide(&rules::OBJECT_GATE, inputs, None);
        let metrics: Vec<Node> = gates
            .iter()
            .map(|gate| metric(gate, address, origin))
            .collect();
        let context = AnalysisTemplate {
            name: site.name("gate", origin),
            namespace: site.namespace.clone(),
            labels: site.labels("gate"),
            metrics: list(origin, metrics),
        };
        site.add(&rules::OBJECT_GATE, origin, None, context);
    }
    if flagger.value {
        for gate in &gates {
            let inputs = [gate.input, flagger.origin];
            let origin = site.decide(
                &rules::OBJECT_GATE,
                inputs.into_iter().filter(|input| *input != Origin::None),
                Some(format!("at most {}", gate.most)),
            );
            let context = MetricTemplate {
                name: site.name(gate.name, origin),
                namespace: site.namespace.clone(),
                labels: site.labels("gate"),
                address: nodes::at(address, origin),
                query: text(gate.query.as_str(), origin),
            };
            site.add(&rules::OBJECT_GATE, origin, None, context);
        }
    }
}

/// The objectives of the alerts, and how long the graph may be without workers.
fn gates(site: &Site<'_>) -> Vec<Gate> {
    let objectives = &site.release.monitoring.objectives;
    let slowest = |histogram: &str| format!("max({})", quantile(site, 0.95, histogram, "[5m]"));
    let up = of_graph(site, "up").regex("endpoint", "system(-[01])?");
    vec![
        Gate {
            name: "time-to-first-token",
            query: slowest("time_to_first_token_seconds"),
            most: objectives.time_to_first_token_seconds.value,
            input: objectives.time_to_first_token_seconds.origin,
        },
        Gate {
            name: "inter-token-latency",
            query: slowest("inter_token_latency_seconds"),
            most: objectives.inter_token_latency_seconds.value,
            input: objectives.inter_token_latency_seconds.origin,
        },
        Gate {
            name: "error-ratio",
            query: failing(site),
            most: objectives.error_ratio.value,
            input: objectives.error_ratio.origin,
        },
        Gate {
            name: "recovery",
            // The longest time without a worker that ended in the last two minutes, in steps of 15 seconds.
            query: format!(
                "15 * max_over_time(sum_over_time(((sum({up}) or vector(0)) == bool 0)[{}s:15s])[2m:15s])",
                RECOVERY + 15
            ),
            most: f64::from(RECOVERY),
            input: Origin::None,
        },
    ]
}

/// The share of requests that fail. A model without failures has no such series, and one without requests no
/// share.
fn failing(site: &Site<'_>) -> String {
    let all = of_frontend(site, "requests_total");
    let all = format!("sum by (model) (rate({all}[5m]))");
    format!("max({} or {all} * 0 / {all})", error_ratio(site, "[5m]"))
}

/// A metric of the analysis. Without requests there is no latency and no ratio: that is neither good nor bad,
/// and an analysis that stays so is inconclusive.
fn metric(gate: &Gate, address: &At<String>, origin: Origin) -> Node {
    let has_answer = "len(result) > 0 && !isNaN(result[0])";
    let prometheus = map(
        origin,
        [
            ("address", nodes::at(address, origin)),
            ("query", text(gate.query.as_str(), origin)),
        ],
    );
    map(
        origin,
        [
            ("name", text(gate.name, origin)),
            // A colour that has just come up has been without workers.
            ("initialDelay", text(format!("{DELAY}s"), origin)),
            ("interval", text(format!("{INTERVAL}s"), origin)),
            ("count", int(i64::from(COUNT), origin)),
            ("failureLimit", int(1, origin)),
            ("inconclusiveLimit", int(2, origin)),
            ("consecutiveErrorLimit", int(4, origin)),
            (
                "successCondition",
                text(
                    format!("{has_answer} && result[0] <= {}", gate.most),
                    origin,
                ),
            ),
            (
                "failureCondition",
                text(format!("{has_answer} && result[0] > {}", gate.most), origin),
            ),
            ("provider", map(origin, [("prometheus", prometheus)])),
        ],
    )
}
