//! What must be measured of a graph before it gets more traffic?
//!
//! The questions and limits are those of the alerts. Who asks them, and when, is for whoever moves the traffic.

use super::alerts::{error_ratio_or_zero, missing, quantile, up_frontends, up_workers};
use super::contexts::{AnalysisTemplate, MetricTemplate};
use super::nodes::{self, int, list, map, text};
use super::{Site, monitors};
use crate::diagnostic::Diagnostic;
use crate::model::graph::ComponentKind;
use crate::model::release::{Analysis, StrategyKind};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::At;

/// Seconds for which nothing of a graph may be away (ai-dynamo/dynamo tests/fault_tolerance/deploy/checkers.py).
const RECOVERY_SECONDS: f64 = 60.0;
/// Seconds between two looks at whether something is away; finer than any scrape.
const STEP: u32 = 5;
/// Seconds of an outage that a measurement must see beside those since the last one: with them every outage of
/// up to two minutes is whole in one measurement.
const BEFORE: u32 = 120;
/// What rates are taken over, as in the alerts.
const WINDOW: &str = "[5m]";
/// The same where Flagger says how long.
const FLAGGER_WINDOW: &str = "[{{ interval }}]";

/// One thing that is measured: a question with at most one number as its answer.
struct Gate {
    name: String,
    query: String,
    most: At<f64>,
    /// Whether a measurement can be bad by chance.
    is_noisy: bool,
}

/// What the release wants measured of each graph that traffic can move to.
fn wanted(site: &Site<'_>) -> Option<Analysis> {
    let strategy = site.release.strategy.as_ref()?;
    let analysis = strategy.analysis.as_ref();
    let is_wanted = match *strategy.kind {
        StrategyKind::BlueGreen => analysis.is_none_or(|analysis| analysis.enabled),
        StrategyKind::Rolling => analysis.is_some_and(|analysis| analysis.enabled),
    };
    is_wanted.then(|| analysis.map_or_else(Analysis::default, |analysis| analysis.value.clone()))
}

/// Says why a release that wants gates gets none.
pub(super) fn check(site: &mut Site<'_>) {
    let Some(strategy) = site
        .release
        .strategy
        .as_ref()
        .filter(|_| wanted(site).is_some())
    else {
        return;
    };
    let written = strategy.analysis.as_ref().map(|analysis| analysis.origin);
    let capabilities = &site.profile.capabilities;
    let claimed = [
        (&capabilities.argo_rollouts, "Argo Rollouts"),
        (&capabilities.flagger, "Flagger"),
    ];
    let Some((claim, name)) = claimed.into_iter().find(|(claim, _)| claim.value) else {
        if let Some(written) = written {
            site.report(
                Diagnostic::new(
                    &rules::ANALYSIS_CAPABILITY,
                    written,
                    "the cluster has neither Argo Rollouts nor Flagger, so there is no gate",
                )
                .help("give the profile `capabilities.argoRollouts` or `capabilities.flagger` if it has one of them, or take `analysis` out"),
            );
        }
        return;
    };
    if !monitors::watched(site) {
        if let Some(written) = written {
            site.report(
                Diagnostic::new(
                    &rules::ANALYSIS_CAPABILITY,
                    written,
                    "nothing is measured of the graph, so there is no gate",
                )
                .help("monitors need `monitoring.enabled` in the release and `capabilities.prometheusOperator` in the profile"),
            );
        }
        return;
    }
    if site.profile.monitoring.prometheus_url.is_none() {
        site.report(
            Diagnostic::new(
                &rules::ANALYSIS_PROMETHEUS,
                written.unwrap_or(strategy.kind.origin),
                format!("nothing says where Prometheus answers {name}, so there is no gate"),
            )
            .label(claim.origin, "claimed here")
            .help("give the profile a `monitoring.prometheusUrl`, such as `http://prometheus-operated.monitoring.svc:9090`, or write `analysis: {enabled: false}` in the strategy"),
        );
    }
}

pub(super) fn plan(site: &mut Site<'_>) {
    let Some(analysis) = wanted(site) else {
        return;
    };
    let Some(address) = site.profile.monitoring.prometheus_url.as_ref() else {
        return;
    };
    // A graph on standby may have no pods: it is measured when it has its size.
    if !monitors::watched(site) || site.pair.is_on_standby() {
        return;
    }
    let capabilities = &site.profile.capabilities;
    let (rollouts, flagger) = (&capabilities.argo_rollouts, &capabilities.flagger);
    if rollouts.value {
        template(site, &analysis, address, rollouts.origin);
    }
    if flagger.value {
        questions(site, address, flagger.origin);
    }
}

/// What Argo Rollouts measures.
fn template(site: &mut Site<'_>, analysis: &Analysis, address: &At<String>, claim: Origin) {
    let origin = site.decide(
        &rules::OBJECT_ANALYSIS,
        [claim, site.graph.origin],
        Some(site.graph_name().to_owned()),
    );
    let count = analysis.measurements.value;
    let inputs = [analysis.measurements.origin];
    let limits = site.decide(&rules::ANALYSIS_LIMITS, inputs, None);
    let interval = analysis.interval_seconds.value;
    let lookback = interval.saturating_add(BEFORE);
    let away = format!("[{lookback}s:{STEP}s]");
    let metrics = gates(site, WINDOW, &away).into_iter().map(|gate| {
        let most = gate.most.value;
        let place = nodes::place(&gate.most, origin);
        let few = |allowed: bool| int(if allowed { count / 5 } else { 0 }, limits);
        // No index into the answer: newer releases take one into an empty answer for an error. What is not a
        // number is neither above nor below, so it is neither bad nor good.
        let success = format!("len(result) > 0 && all(result, {{# <= {most}}})");
        let failure = format!("any(result, {{# > {most}}})");
        map(
            origin,
            [
                ("name", text(gate.name, origin)),
                ("query", text(gate.query, origin)),
                ("success", text(success, place)),
                ("failure", text(failure, place)),
                ("failure_limit", few(gate.is_noisy)),
                ("inconclusive_limit", few(true)),
            ],
        )
    });
    let metrics = list(origin, metrics.collect::<Vec<_>>());
    let seconds = |value: &At<u32>| text(format!("{}s", value.value), nodes::place(value, origin));
    let context = AnalysisTemplate {
        name: site.name("gate", origin),
        namespace: site.namespace.clone(),
        labels: site.labels("gate"),
        address: nodes::at(address, origin),
        delay: seconds(&analysis.delay_seconds),
        interval: seconds(&analysis.interval_seconds),
        count: int(count, nodes::place(&analysis.measurements, origin)),
        gates: metrics,
    };
    site.add(&rules::OBJECT_ANALYSIS, origin, None, context);
}

/// What Flagger asks. It takes what is not a number for good, and the last of several answers for the only one.
fn questions(site: &mut Site<'_>, address: &At<String>, claim: Origin) {
    let away = format!("[{{{{ interval }}}}:{STEP}s]");
    for gate in gates(site, FLAGGER_WINDOW, &away) {
        let origin = site.decide(
            &rules::OBJECT_METRIC_TEMPLATE,
            [claim, site.graph.origin],
            Some(gate.name.clone()),
        );
        let context = MetricTemplate {
            name: site.name(&gate.name, origin),
            namespace: site.namespace.clone(),
            labels: site.labels("gate"),
            address: nodes::at(address, origin),
            query: text(format!("({}) >= 0", gate.query), origin),
        };
        site.add(&rules::OBJECT_METRIC_TEMPLATE, origin, None, context);
    }
}

/// What is measured; `away` is where outages are looked for.
fn gates(site: &mut Site<'_>, window: &str, away: &str) -> Vec<Gate> {
    let mut gates = Vec::new();
    if site.has(ComponentKind::Frontend) {
        let objectives = &site.release.monitoring.objectives;
        // One number, of the worst model: one without requests does not hide those that have some.
        let worst = |query: String| format!("max({query})");
        let latency = |histogram| worst(quantile(site, 0.95, histogram, window));
        gates.push(Gate {
            name: "time-to-first-token".to_owned(),
            query: latency("time_to_first_token_seconds"),
            most: objectives.time_to_first_token_seconds.clone(),
            is_noisy: true,
        });
        gates.push(Gate {
            name: "inter-token-latency".to_owned(),
            query: latency("inter_token_latency_seconds"),
            most: objectives.inter_token_latency_seconds.clone(),
            is_noisy: true,
        });
        gates.push(Gate {
            name: "error-ratio".to_owned(),
            query: worst(error_ratio_or_zero(site, window)),
            most: objectives.error_ratio.clone(),
            is_noisy: false,
        });
    }
    let mut frontends = false;
    for component in site.components() {
        let up = match component.kind {
            _ if site.replicas(component) == 0 => continue,
            // All frontends are one to their callers.
            ComponentKind::Frontend if frontends => continue,
            ComponentKind::Frontend => {
                frontends = true;
                up_frontends(site)
            }
            kind if kind.is_worker() => up_workers(site, component),
            _ => continue,
        };
        let origin = site.decide(&rules::ANALYSIS_RECOVERY, [], Some(component.name.clone()));
        gates.push(Gate {
            name: format!("recovery-{}", component.name.to_lowercase()),
            query: format!(
                "count_over_time(({}){away}) * {STEP} or vector(0)",
                missing(&up)
            ),
            most: At {
                value: RECOVERY_SECONDS,
                origin,
            },
            is_noisy: false,
        });
    }
    gates
}
