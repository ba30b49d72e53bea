//! What does a reader of an alert want to see?

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::alerts::{COMPONENT, error_ratio, of_frontend, of_graph, quantile};
use super::contexts::Dashboard;
use super::nodes::text;
use super::{Site, monitors};
use crate::model::graph::ComponentKind;
use crate::rules;

/// Grafana's own window. Its variables are written without braces, which Flux would take for its own.
const WINDOW: &str = "[$__rate_interval]";

pub(super) fn plan(site: &mut Site<'_>) {
    let grafana = &site.profile.capabilities.grafana_dashboards;
    if !grafana.value || !monitors::watched(site) || !site.has(ComponentKind::Frontend) {
        return;
    }
    let origin = site.decide(
        &rules::OBJECT_DASHBOARD,
        [grafana.origin, site.graph.origin],
        None,
    );
    let mut labels = site.labels("dashboard");
    for (key, label) in &site.profile.monitoring.dashboard_labels {
        labels.set(key, super::nodes::at(label, origin));
    }
    let name = site.name("dashboard", origin);
    let mut json = serde_json::to_string_pretty(&dashboard(site)).expect("JSON values serialize");
    json.push('\n');
    let context = Dashboard {
        // Grafana keeps one file for each name, across namespaces.
        file: text(
            format!("{}-{}.json", site.pair.release.namespace, site.graph_name()),
            origin,
        ),
        name,
        namespace: site.namespace.clone(),
        labels,
        json: text(json, origin),
    };
    site.add(&rules::OBJECT_DASHBOARD, origin, None, context);
}

fn dashboard(site: &Site<'_>) -> Json {
    let namespace = &site.pair.release.namespace;
    let graph = site.graph_name();
    let per_second =
        |name: &str| format!("sum by (model) (rate({}{WINDOW}))", of_frontend(site, name));
    let total = |name: &str| format!("sum by (model) ({})", of_frontend(site, name));
    let up = of_graph(site, "up").regex("endpoint", "system(-[01])?");
    let panels = [
        panel(
            "Requests per second",
            "reqps",
            &[(per_second("requests_total"), "{{model}}")],
        ),
        panel(
            "Failed requests",
            "percentunit",
            &[(error_ratio(site, WINDOW), "{{model}}")],
        ),
        panel(
            "Time to first token",
            "s",
            &[
                (
                    quantile(site, 0.5, "time_to_first_token_seconds", WINDOW),
                    "{{model}} p50",
                ),
                (
                    quantile(site, 0.95, "time_to_first_token_seconds", WINDOW),
                    "{{model}} p95",
                ),
            ],
        ),
        panel(
            "Time between tokens",
            "s",
            &[
                (
                    quantile(site, 0.5, "inter_token_latency_seconds", WINDOW),
                    "{{model}} p50",
                ),
                (
                    quantile(site, 0.95, "inter_token_latency_seconds", WINDOW),
                    "{{model}} p95",
                ),
            ],
        ),
        panel(
            "Requests in flight",
            "short",
            &[(total("active_requests"), "{{model}}")],
        ),
        panel(
            "Output tokens per second",
            "short",
            &[(per_second("output_tokens_total"), "{{model}}")],
        ),
        panel(
            "Requests waiting in the router",
            "short",
            &[(
                format!(
                    "sum({})",
                    of_frontend(site, "router_queue_pending_requests")
                ),
                "waiting",
            )],
        ),
        panel(
            "KV cache blocks in use by decode",
            "short",
            &[(
                format!(
                    "sum by (worker_id) ({})",
                    of_frontend(site, "worker_active_decode_blocks")
                ),
                "{{worker_id}}",
            )],
        ),
        panel(
            "KV cache blocks of a worker",
            "short",
            &[(total("model_total_kv_blocks"), "{{model}}")],
        ),
        panel(
            "Workers up",
            "short",
            &[(
                format!("sum by ({COMPONENT}) ({up})"),
                "{{nvidia_com_dynamo_component}}",
            )],
        ),
    ];
    let panels: Vec<Json> = panels
        .into_iter()
        .enumerate()
        .map(|(index, mut panel)| {
            panel["id"] = json!(index + 1);
            panel["gridPos"] =
                json!({"x": (index % 2) * 12, "y": (index / 2) * 8, "w": 12, "h": 8});
            panel
        })
        .collect();
    json!({
        "title": format!("Dynamo: {namespace} / {graph}"),
        "uid": uid(namespace, graph),
        "tags": ["dynamo"],
        "schemaVersion": 39,
        "editable": false,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [{
                "name": "datasource",
                "type": "datasource",
                "query": "prometheus",
                "label": "Data source",
            }],
        },
        "panels": panels,
    })
}

fn panel(title: &str, unit: &str, queries: &[(String, &str)]) -> Json {
    let source = json!({"type": "prometheus", "uid": "$datasource"});
    let targets: Vec<Json> = queries
        .iter()
        .zip(["A", "B"])
        .map(|((expr, legend), id)| {
            json!({"refId": id, "datasource": source, "expr": expr, "legendFormat": legend})
        })
        .collect();
    json!({
        "id": 0,
        "type": "timeseries",
        "title": title,
        "datasource": source,
        "gridPos": {},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": targets,
    })
}

/// At most 40 characters, the same for the same graph, different for others.
fn uid(namespace: &str, graph: &str) -> String {
    let digest = Sha256::digest(format!("{namespace}/{graph}"));
    let hex: String = digest[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("dynamo-{hex}")
}
