//! What does a reader of an alert want to see?

use serde::Serialize;
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

/// What Grafana reads of a dashboard, written in the order of the fields.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Board {
    title: String,
    uid: String,
    tags: [&'static str; 1],
    schema_version: u32,
    editable: bool,
    refresh: &'static str,
    time: Json,
    templating: Json,
    panels: Vec<Panel>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Panel {
    id: usize,
    r#type: &'static str,
    title: &'static str,
    datasource: DataSource,
    grid_pos: GridPos,
    field_config: FieldConfig,
    targets: Vec<Target>,
}

#[derive(Clone, Copy, Serialize)]
struct DataSource {
    r#type: &'static str,
    uid: &'static str,
}

#[derive(Default, Serialize)]
struct GridPos {
    x: usize,
    y: usize,
    w: usize,
    h: usize,
}

#[derive(Serialize)]
struct FieldConfig {
    defaults: Defaults,
    overrides: [(); 0],
}

#[derive(Serialize)]
struct Defaults {
    unit: &'static str,
    min: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    ref_id: &'static str,
    datasource: DataSource,
    expr: String,
    legend_format: &'static str,
}

fn dashboard(site: &Site<'_>) -> Board {
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
    let panels = panels.into_iter().enumerate().map(|(index, panel)| Panel {
        id: index + 1,
        grid_pos: GridPos {
            x: (index % 2) * 12,
            y: (index / 2) * 8,
            w: 12,
            h: 8,
        },
        ..panel
    });
    Board {
        title: format!("Dynamo: {namespace} / {graph}"),
        uid: uid(namespace, graph),
        tags: ["dynamo"],
        schema_version: 39,
        editable: false,
        refresh: "30s",
        time: json!({"from": "now-1h", "to": "now"}),
        templating: json!({
            "list": [{
                "name": "datasource",
                "type": "datasource",
                "query": "prometheus",
                "label": "Data source",
            }],
        }),
        panels: panels.collect(),
    }
}

fn panel(title: &'static str, unit: &'static str, queries: &[(String, &'static str)]) -> Panel {
    let datasource = DataSource {
        r#type: "prometheus",
        uid: "$datasource",
    };
    let targets = queries.iter().zip(["A", "B"]);
    Panel {
        id: 0,
        r#type: "timeseries",
        title,
        datasource,
        grid_pos: GridPos::default(),
        field_config: FieldConfig {
            defaults: Defaults { unit, min: 0 },
            overrides: [],
        },
        targets: targets
            .map(|((expr, legend), id)| Target {
                ref_id: id,
                datasource,
                expr: expr.clone(),
                legend_format: legend,
            })
            .collect(),
    }
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
