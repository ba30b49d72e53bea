//! What changes the number of a component's replicas, and by what does it tell?
//!
//! A scaler moves the scaling adapter that the operator makes for a component; the adapter moves the graph.

use super::alerts::{COMPONENT, of_frontend, of_graph, quantile};
use super::contexts::{HorizontalPodAutoscaler, ScaledObject};
use super::nodes::{self, int, list, map, text};
use super::{Site, monitors};
use crate::diagnostic::Diagnostic;
use crate::model::graph::{Component, ComponentKind, Framework};
use crate::model::release::{MetricName, Scaler, Scaling, ScalingMetric};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{At, Node};

/// Seconds of higher load before replicas are added.
const UP: u32 = 60;
/// Seconds of lower load before replicas are taken away: a new one takes minutes to load its model.
const DOWN: u32 = 600;
/// Seconds between two steps. What a step brings shows in the load only when the model is loaded.
const STEP: u32 = 300;

pub(super) fn plan(site: &mut Site<'_>) {
    let has_planner = site.has(ComponentKind::Planner);
    for component in site.components() {
        let own = site.release.components.get(&component.name);
        let Some(scaling) = own.and_then(|own| own.scaling.as_ref()) else {
            continue;
        };
        let replicas = own.and_then(|own| own.replicas.as_ref());
        if !check(site, component, scaling, replicas, has_planner) {
            continue;
        }
        let Some(scaler) = scaler(site, scaling) else {
            continue;
        };
        if !monitors::watched(site) {
            unwatched(site, component, scaling);
        }
        match scaler {
            Scaler::Keda => keda(site, component, scaling),
            Scaler::HorizontalPodAutoscaler => autoscaler(site, component, scaling),
        }
    }
}

/// Whether the scaling makes sense for the component.
fn check(
    site: &mut Site<'_>,
    component: &Component,
    scaling: &At<Scaling>,
    replicas: Option<&At<u32>>,
    has_planner: bool,
) -> bool {
    let before = site.diagnostics.len();
    let name = &component.name;
    if let Some(replicas) = replicas {
        site.report(
            Diagnostic::new(
                &rules::SCALING_OWNER,
                replicas.origin,
                format!("`{name}` has replicas of its own and is scaled"),
            )
            .label(scaling.origin, "scaled here")
            .help("take `replicas` out; the scaler starts with `minReplicas`"),
        );
    }
    if has_planner && component.kind.is_worker() {
        site.report(
            Diagnostic::new(
                &rules::SCALING_OWNER,
                scaling.origin,
                format!("the graph's planner scales `{name}` already"),
            )
            .help("take `scaling` out, or the planner out of the graph"),
        );
    }
    if matches!(
        component.kind,
        ComponentKind::Planner | ComponentKind::Epp | ComponentKind::Plain
    ) {
        site.report(
            Diagnostic::new(
                &rules::SCALING_METRIC,
                scaling.origin,
                format!("nothing is measured that `{name}` could be scaled by"),
            )
            .help("only frontends and workers can be scaled; give it `replicas`"),
        );
    }
    if *scaling.min_replicas > *scaling.max_replicas {
        site.report(
            Diagnostic::new(
                &rules::SCALING_METRIC,
                scaling.max_replicas.origin,
                format!(
                    "`maxReplicas` is {}, below `minReplicas`",
                    scaling.max_replicas.value
                ),
            )
            .label(scaling.min_replicas.origin, "the least")
            .help("give a number that is at least as large"),
        );
    }
    for (index, metric) in scaling.metrics.iter().enumerate() {
        let target = metric.target.value;
        let is_share = *metric.metric == MetricName::KvCacheUsage;
        if !(target > 0.0 && target.is_finite() && (!is_share || target <= 1.0)) {
            site.report(
                Diagnostic::new(
                    &rules::SCALING_METRIC,
                    metric.target.origin,
                    format!("the target {target} can never be kept"),
                )
                .help(match is_share {
                    true => "give a share above 0 and at most 1, such as 0.8",
                    false => "give a number above 0",
                }),
            );
        }
        let of_workers = matches!(
            *metric.metric,
            MetricName::QueueDepth | MetricName::KvCacheUsage
        );
        if of_workers && component.kind == ComponentKind::Frontend {
            site.report(
                Diagnostic::new(
                    &rules::SCALING_METRIC,
                    metric.metric.origin,
                    "frontends have no queue and no KV cache of their own",
                )
                .help("scale them by `activeRequests`"),
            );
        }
        let earlier = &scaling.metrics[..index];
        if let Some(first) = earlier
            .iter()
            .find(|one| one.metric.value == metric.metric.value)
        {
            site.report(
                Diagnostic::new(
                    &rules::SCALING_METRIC,
                    metric.metric.origin,
                    "the metric is given twice",
                )
                .label(first.metric.origin, "first given here")
                .help("keep the lower target: the largest answer wins"),
            );
        }
    }
    site.diagnostics.len() == before
}

/// Says that nothing collects what the component is scaled by.
fn unwatched(site: &mut Site<'_>, component: &Component, scaling: &At<Scaling>) {
    site.report(
        Diagnostic::new(
            &rules::SCALING_UNWATCHED,
            scaling.origin,
            format!("`{}` is scaled, and the graph has no monitors", component.name),
        )
        .help("leave `monitoring` on, and say `prometheusOperator: true` in the profile's capabilities if it has; or give what monitors the graph its name as `job`"),
    );
}

/// The scaler that the cluster has.
fn scaler(site: &mut Site<'_>, scaling: &At<Scaling>) -> Option<Scaler> {
    let capabilities = &site.profile.capabilities;
    let (keda, adapter) = (*capabilities.keda, *capabilities.metrics_adapter);
    let asked = scaling.scaler.as_ref().map(|scaler| scaler.value);
    let origin = scaling
        .scaler
        .as_ref()
        .map_or(scaling.origin, |one| one.origin);
    let (message, help) = match asked {
        Some(Scaler::Keda) if !keda => (
            "the cluster has no KEDA",
            "say `keda: true` in the profile's capabilities if it has",
        ),
        Some(Scaler::HorizontalPodAutoscaler) if !adapter => (
            "the cluster serves no metrics of Prometheus to autoscalers",
            "say `metricsAdapter: true` in the profile's capabilities if an adapter does, or use `keda`",
        ),
        Some(scaler) => return Some(scaler),
        None if keda => return Some(Scaler::Keda),
        None if adapter => return Some(Scaler::HorizontalPodAutoscaler),
        None => (
            "the cluster has nothing that scales by Dynamo's metrics",
            "say `keda: true` or `metricsAdapter: true` in the profile's capabilities if it has",
        ),
    };
    site.report(Diagnostic::new(&rules::SCALING_SCALER, origin, message).help(help));
    None
}

/// The adapter that the operator makes for a component.
fn target(site: &Site<'_>, component: &Component, origin: Origin) -> Node {
    let name = format!("{}-{}", site.graph_name(), component.name.to_lowercase());
    map(
        origin,
        [
            ("apiVersion", text("nvidia.com/v1beta1", origin)),
            ("kind", text("DynamoGraphDeploymentScalingAdapter", origin)),
            ("name", text(name, origin)),
        ],
    )
}

fn decide(site: &mut Site<'_>, component: &Component, scaling: &At<Scaling>) -> Origin {
    let (least, most) = (scaling.min_replicas.value, scaling.max_replicas.value);
    let outcome = match component.node_count {
        ..=1 => format!("{least} to {most} replicas"),
        nodes => format!("{least} to {most} replicas of {nodes} pods"),
    };
    site.decide(&rules::OBJECT_SCALER, [scaling.origin], Some(outcome))
}

/// How fast replicas come and go.
fn behavior(site: &mut Site<'_>, scaling: &Scaling) -> Node {
    let inputs = [&scaling.scale_up_seconds, &scaling.scale_down_seconds];
    let inputs = inputs.into_iter().flatten().map(|seconds| seconds.origin);
    let origin = site.decide(&rules::SCALING_BEHAVIOR, inputs, None);
    let seconds = |given: &Option<At<u32>>, default: u32| {
        given
            .as_ref()
            .map_or(int(i64::from(default), origin), |given| {
                int(i64::from(given.value), nodes::place(given, origin))
            })
    };
    let policy = |kind: &str, value: i64| {
        map(
            origin,
            [
                ("type", text(kind, origin)),
                ("value", int(value, origin)),
                ("periodSeconds", int(i64::from(STEP), origin)),
            ],
        )
    };
    let up = map(
        origin,
        [
            (
                "stabilizationWindowSeconds",
                seconds(&scaling.scale_up_seconds, UP),
            ),
            ("selectPolicy", text("Max", origin)),
            (
                "policies",
                list(origin, [policy("Pods", 1), policy("Percent", 100)]),
            ),
        ],
    );
    let down = map(
        origin,
        [
            (
                "stabilizationWindowSeconds",
                seconds(&scaling.scale_down_seconds, DOWN),
            ),
            ("selectPolicy", text("Min", origin)),
            ("policies", list(origin, [policy("Pods", 1)])),
        ],
    );
    map(origin, [("scaleUp", up), ("scaleDown", down)])
}

/// A question to Prometheus, and whether its answer is a sum over all replicas.
struct Question {
    query: String,
    is_sum: bool,
    /// The metric's name where an adapter serves it.
    served: &'static str,
    /// Whether it is measured of the component's own pods, not of the graph's frontends.
    is_own: bool,
}

fn question(site: &Site<'_>, component: &Component, metric: MetricName) -> Question {
    let is_frontend = component.kind == ComponentKind::Frontend;
    let of_component = |name: &str| {
        of_graph(site, &format!("dynamo_component_{name}")).equal(COMPONENT, &component.name)
    };
    let (query, is_sum, served) = match metric {
        MetricName::QueueDepth => (
            format!("sum({})", of_component("queue_depth")),
            true,
            "dynamo_queue_depth",
        ),
        MetricName::ActiveRequests if is_frontend => (
            format!("sum({})", of_frontend(site, "active_requests")),
            true,
            "dynamo_active_requests",
        ),
        MetricName::ActiveRequests => (
            format!("sum({})", of_component("inflight_requests")),
            true,
            "dynamo_inflight_requests",
        ),
        MetricName::TimeToFirstToken => (
            slowest(site, "time_to_first_token_seconds"),
            false,
            "dynamo_time_to_first_token_seconds",
        ),
        MetricName::InterTokenLatency => (
            slowest(site, "inter_token_latency_seconds"),
            false,
            "dynamo_inter_token_latency_seconds",
        ),
        MetricName::KvCacheUsage => (cache_usage(site, component), false, "dynamo_kv_cache_usage"),
    };
    let is_own = !is_frontend
        && match metric {
            MetricName::QueueDepth | MetricName::ActiveRequests => true,
            MetricName::KvCacheUsage => component.framework.is_some(),
            MetricName::TimeToFirstToken | MetricName::InterTokenLatency => false,
        };
    Question {
        query,
        is_sum,
        served,
        is_own,
    }
}

/// How full the KV cache is, as the engines of the component's own pods say: what frontends know is there only
/// with their KV router, and each knows of its own requests alone.
fn cache_usage(site: &Site<'_>, component: &Component) -> String {
    let gauge = match component.framework {
        Some(Framework::Vllm) => "vllm:kv_cache_usage_perc",
        Some(Framework::Sglang) => "sglang:token_usage",
        Some(Framework::Trtllm) => "trtllm_kv_cache_utilization",
        None => {
            let kind = match component.kind {
                ComponentKind::Prefill => "prefill",
                _ => "decode",
            };
            return format!(
                "avg({}) / avg({})",
                of_frontend(site, "worker_active_decode_blocks").equal("worker_type", kind),
                of_frontend(site, "model_total_kv_blocks")
            );
        }
    };
    format!(
        "avg({})",
        of_graph(site, gauge).equal(COMPONENT, &component.name)
    )
}

/// The slowest model, and 0 while frontends have no requests: a quantile of nothing is not a number. Without
/// frontends that answer there is no answer.
fn slowest(site: &Site<'_>, histogram: &str) -> String {
    let quantile = quantile(site, 0.95, histogram, "[2m]");
    let up = of_graph(site, "up").equal("endpoint", "http");
    format!("(max({quantile}) >= 0) or 0 * max({up} == 1)")
}

fn keda(site: &mut Site<'_>, component: &Component, scaling: &At<Scaling>) {
    let Some(address) = &site.profile.monitoring.prometheus_url else {
        site.report(
            Diagnostic::new(
                &rules::SCALING_SCALER,
                scaling.origin,
                "nothing says where Prometheus answers KEDA",
            )
            .help("give the profile a `monitoring.prometheusUrl`, such as `http://prometheus-operated.monitoring.svc:9090`"),
        );
        return;
    };
    let origin = decide(site, component, scaling);
    let triggers = scaling.metrics.iter().map(|metric| {
        let question = question(site, component, metric.metric.value);
        let metadata = map(
            origin,
            [
                ("serverAddress", nodes::at(address, origin)),
                ("query", text(question.query, origin)),
                (
                    "threshold",
                    text(metric.target.value.to_string(), metric.target.origin),
                ),
                // No answer is not a load of zero: the replicas stay as they are.
                ("ignoreNullValues", text("false", origin)),
            ],
        );
        map(
            origin,
            [
                ("type", text("prometheus", origin)),
                ("name", text(kebab(metric.metric.value), origin)),
                ("metricType", text(kind_of(question.is_sum), origin)),
                ("metadata", metadata),
            ],
        )
    });
    let triggers = list(origin, triggers.collect::<Vec<_>>());
    let behavior = behavior(site, scaling);
    let context = ScaledObject {
        name: site.name(&component.name, origin),
        namespace: site.namespace.clone(),
        labels: site.labels(&component.name),
        target: target(site, component, origin),
        min_replicas: int(
            i64::from(scaling.min_replicas.value),
            scaling.min_replicas.origin,
        ),
        max_replicas: int(
            i64::from(scaling.max_replicas.value),
            scaling.max_replicas.origin,
        ),
        behavior,
        triggers,
    };
    site.add(&rules::OBJECT_SCALER, origin, Some(component), context);
}

fn autoscaler(site: &mut Site<'_>, component: &Component, scaling: &At<Scaling>) {
    let origin = decide(site, component, scaling);
    let metrics = scaling.metrics.iter().map(|metric| {
        let question = question(site, component, metric.metric.value);
        // In the words of Prometheus: the graph's monitors take its name as job.
        let mut labels = map(
            origin,
            [
                ("job", site.graph.clone()),
                ("namespace", site.namespace.clone()),
            ],
        );
        if question.is_own {
            labels.set(COMPONENT, text(&component.name, origin));
        }
        let selector = map(origin, [("matchLabels", labels)]);
        let named = map(
            origin,
            [
                ("name", text(question.served, origin)),
                ("selector", selector),
            ],
        );
        let key = match question.is_sum {
            true => "averageValue",
            false => "value",
        };
        let target = map(
            origin,
            [
                ("type", text(kind_of(question.is_sum), origin)),
                (key, text(quantity(metric), metric.target.origin)),
            ],
        );
        let external = map(origin, [("metric", named), ("target", target)]);
        map(
            origin,
            [("type", text("External", origin)), ("external", external)],
        )
    });
    let metrics = list(origin, metrics.collect::<Vec<_>>());
    let behavior = behavior(site, scaling);
    let context = HorizontalPodAutoscaler {
        name: site.name(&component.name, origin),
        namespace: site.namespace.clone(),
        labels: site.labels(&component.name),
        target: target(site, component, origin),
        min_replicas: int(
            i64::from(scaling.min_replicas.value),
            scaling.min_replicas.origin,
        ),
        max_replicas: int(
            i64::from(scaling.max_replicas.value),
            scaling.max_replicas.origin,
        ),
        behavior,
        metrics,
    };
    site.add(&rules::OBJECT_SCALER, origin, Some(component), context);
}

/// A sum is shared among the replicas, anything else is compared as it is.
fn kind_of(is_sum: bool) -> &'static str {
    match is_sum {
        true => "AverageValue",
        false => "Value",
    }
}

/// A target as a quantity, to a thousandth.
fn quantity(metric: &ScalingMetric) -> String {
    let milli = (metric.target.value * 1000.0).round();
    match milli % 1000.0 == 0.0 {
        true => format!("{}", milli / 1000.0),
        false => format!("{milli}m"),
    }
}

/// The metric's name as the name of a trigger.
fn kebab(metric: MetricName) -> &'static str {
    match metric {
        MetricName::QueueDepth => "queue-depth",
        MetricName::ActiveRequests => "active-requests",
        MetricName::TimeToFirstToken => "time-to-first-token",
        MetricName::InterTokenLatency => "inter-token-latency",
        MetricName::KvCacheUsage => "kv-cache-usage",
    }
}
