//! How is it told that a worker still answers, and how long may it take to start?

use serde_json::{Value as Json, json};

use super::component::{env_var, has_named, main_container, main_container_mut, prepend_env};
use super::{Notes, Site};
use crate::diagnostic::Diagnostic;
use crate::model::graph::{Component, ComponentKind, Framework};
use crate::model::release::ReleaseHealth;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::Node;

/// The system server's port, where the operator's probes ask.
const SYSTEM: &str = "system";

/// Bytes a parameter, and bytes a second that weights are read at.
const BYTES: f64 = 2.0;
const SPEED: f64 = 0.25e9;
/// Seconds that an engine takes beside its weights: graphs, kernels, warm-up.
const ENGINE: f64 = 600.0;
/// Seconds between two probes.
pub(super) const PERIOD: i64 = 10;
/// Flags of workers that take other requests than tokens; their engines know what to ask.
const NOT_TOKENS: [&str; 4] = [
    "--embedding-worker",
    "--is-embedding",
    "--use-vllm-tokenizer",
    "--use-sglang-tokenizer",
];

pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    if !site.component.kind.is_worker() {
        return;
    }
    let health = &site.pair.release.spec.health;
    if let Some(canary) = health.canary.as_ref().filter(|canary| canary.value) {
        self::canary(site, canary.origin, node, notes);
    }
    startup(site, node, notes);
}

/// Asks idle workers, and gives them time to answer.
fn canary(site: &Site<'_>, asked: Origin, node: &mut Node, notes: &mut Notes) {
    // What the author says for the whole graph lies under what a component says, so ours must not cover it.
    let graph_env = site.pair.graph.object.at(&["spec", "env"]);
    let origin = notes.decide(&rules::HEALTH_CANARY, [asked]);
    let mut variables = vec![env_var("DYN_HEALTH_CHECK_ENABLED", "true", origin)];
    match site.component.framework {
        Some(framework) => {
            // Without a question of ours the engine asks its own.
            if let Some(payload) = payload(site.component, framework, node) {
                let name = "DYN_HEALTH_CHECK_PAYLOAD";
                variables.push(env_var(name, &payload.to_string(), origin));
            }
        }
        None => notes.diagnostics.push(
            Diagnostic::new(
                &rules::HEALTH_CANARY_UNKNOWN,
                asked,
                format!(
                    "which engine `{}` runs is not known, so its own question is used",
                    site.component.name
                ),
            )
            .help("write `backendFramework` in the graph"),
        ),
    }
    let Some(main) = main_container_mut(node) else {
        return;
    };
    variables.retain(|variable| {
        let name = variable.get("name").and_then(Node::as_str);
        !has_named(graph_env, name.unwrap_or_default())
    });
    prepend_env(main, variables, origin);
    if main.get("livenessProbe").is_none() {
        main.set("livenessProbe", probe("/live", PERIOD, 5, 6, origin));
    }
}

/// The question that an engine answers with one token (ai-dynamo/dynamo
/// `components/src/dynamo/*/health_check.py`). None where the engine's own is better: SGLang takes any free
/// port for the other half unless it is given one, and not every worker takes tokens.
fn payload(component: &Component, framework: Framework, node: &Node) -> Option<Json> {
    let kind = component.kind;
    if NOT_TOKENS
        .iter()
        .any(|flag| super::overrides::has_argument(node, flag))
    {
        return None;
    }
    let is_apart =
        component.disaggregated || matches!(kind, ComponentKind::Prefill | ComponentKind::Decode);
    let mut payload = match framework {
        Framework::Vllm => json!({
            "token_ids": [1],
            "sampling_options": {"temperature": 0.0},
            "stop_conditions": {
                "max_tokens": 1,
                "stop": null,
                "stop_token_ids": null,
                "include_stop_str_in_output": false,
                "ignore_eos": false,
            },
        }),
        Framework::Sglang => json!({
            "token_ids": [1],
            "stop_conditions": {"max_tokens": 1, "ignore_eos": false},
            "sampling_options": {"temperature": 0.0, "top_p": 1.0, "top_k": -1},
            "eos_token_ids": [],
            "annotations": [],
        }),
        Framework::Trtllm => json!({
            "token_ids": [1],
            "priority": 1.0,
            "stop_conditions": {"max_tokens": 1, "min_tokens": 0},
            "sampling_options": {
                "temperature": 0.0,
                "top_p": 1.0,
                "top_k": 1,
                "repetition_penalty": 1.0,
                "presence_penalty": 0.0,
                "frequency_penalty": 0.0,
                "seed": null,
            },
        }),
    };
    match framework {
        Framework::Sglang if is_apart => {
            let port = super::overrides::argument(node, "--disaggregation-bootstrap-port")?;
            let port: u16 = port.parse().ok()?;
            // The engine knows this host for a question without a partner.
            payload["bootstrap_info"] = json!({
                "bootstrap_host": "FAKE_BOOTSTRAP_HOST",
                "bootstrap_port": port,
                "bootstrap_room": 0,
            });
        }
        Framework::Trtllm if is_apart => {
            payload["disaggregated_params"] = json!({"request_type": "context_and_generation"});
        }
        _ => {}
    }
    if framework != Framework::Sglang || is_apart {
        payload["_HEALTH_CHECK"] = json!(true);
    }
    Some(payload)
}

/// How often a worker is asked whether it has started before it is ended, and the field that says so.
pub(super) fn startup_tries(health: &ReleaseHealth) -> Option<(i64, Origin)> {
    let (seconds, input) = match (&health.startup_seconds, &health.model_billions) {
        (Some(seconds), _) => (f64::from(seconds.value), seconds.origin),
        (None, Some(billions)) => {
            let weights = billions.value.clamp(0.0, 100_000.0) * 1e9 * BYTES;
            (2.0 * weights / SPEED + ENGINE, billions.origin)
        }
        (None, None) => return None,
    };
    let tries = (seconds / 10.0).ceil().clamp(1.0, 100_000.0);
    #[expect(clippy::cast_possible_truncation, reason = "it was clamped")]
    let tries = tries as i64;
    Some((tries.max(1), input))
}

/// How long a worker may take to start, where its author does not say.
fn startup(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let Some((tries, input)) = startup_tries(&site.pair.release.spec.health) else {
        return;
    };
    if main_container(node).is_none_or(|main| main.get("startupProbe").is_some()) {
        return;
    }
    let outcome = format!("{} seconds", tries.saturating_mul(PERIOD));
    let origin = notes.decide_that(&rules::HEALTH_STARTUP, [input], outcome);
    if let Some(main) = main_container_mut(node) {
        main.set("startupProbe", probe("/live", PERIOD, 5, tries, origin));
    }
}

/// A probe of the system server.
fn probe(path: &str, period: i64, timeout: i64, failures: i64, origin: Origin) -> Node {
    let mut get = Node::map(origin);
    get.set("path", Node::new(path, origin));
    get.set("port", Node::new(SYSTEM, origin));
    let mut probe = Node::map(origin);
    probe.set("httpGet", get);
    probe.set("periodSeconds", Node::new(period, origin));
    probe.set("timeoutSeconds", Node::new(timeout, origin));
    probe.set("failureThreshold", Node::new(failures, origin));
    probe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::At;

    /// The question for a worker of this kind with this command line.
    fn asked(kind: ComponentKind, framework: Framework, args: &[&str]) -> Option<Json> {
        let component = Component {
            name: "w".to_owned(),
            kind,
            replicas: 1,
            node_count: 1,
            gpus: 1,
            claims_devices: false,
            framework: Some(framework),
            disaggregated: false,
        };
        let list: Vec<Node> = args
            .iter()
            .map(|arg| Node::new(*arg, Origin::None))
            .collect();
        let mut main = Node::map(Origin::None);
        main.set("name", Node::new("main", Origin::None));
        main.set("args", Node::new(list, Origin::None));
        let mut node = Node::map(Origin::None);
        node.ensure_map("podTemplate", Origin::None)
            .ensure_map("spec", Origin::None)
            .set("containers", Node::new(vec![main], Origin::None));
        payload(&component, framework, &node)
    }

    #[test]
    fn each_engine_is_asked_in_its_own_words() {
        use ComponentKind::{Decode, Prefill, Worker};
        use Framework::{Sglang, Trtllm, Vllm};
        let whole = asked(Worker, Vllm, &[]).unwrap();
        assert_eq!(whole["stop_conditions"]["max_tokens"], json!(1));
        assert_eq!(whole["_HEALTH_CHECK"], json!(true));
        assert_eq!(asked(Prefill, Vllm, &[]).unwrap(), whole);

        let whole = asked(Worker, Sglang, &[]).unwrap();
        assert_eq!(whole.get("_HEALTH_CHECK"), None);
        assert_eq!(whole.get("bootstrap_info"), None);
        let port = ["--disaggregation-bootstrap-port", "30001"];
        for kind in [Prefill, Decode] {
            assert_eq!(asked(kind, Sglang, &[]), None);
            let apart = asked(kind, Sglang, &port).unwrap();
            assert_eq!(apart["_HEALTH_CHECK"], json!(true));
            assert_eq!(
                apart["bootstrap_info"],
                json!({
                    "bootstrap_host": "FAKE_BOOTSTRAP_HOST",
                    "bootstrap_port": 30001,
                    "bootstrap_room": 0,
                })
            );
        }

        let whole = asked(Worker, Trtllm, &[]).unwrap();
        assert_eq!(whole.get("disaggregated_params"), None);
        for kind in [Prefill, Decode] {
            assert_eq!(
                asked(kind, Trtllm, &[]).unwrap()["disaggregated_params"],
                json!({"request_type": "context_and_generation"})
            );
        }
    }

    #[test]
    fn workers_that_take_no_tokens_ask_themselves() {
        for flag in NOT_TOKENS {
            assert_eq!(asked(ComponentKind::Worker, Framework::Vllm, &[flag]), None);
        }
    }

    #[test]
    fn time_to_start_grows_with_the_model() {
        let tries = |health: &ReleaseHealth| startup_tries(health).map(|(tries, _)| tries);
        let mut health = ReleaseHealth::default();
        assert_eq!(tries(&health), None);
        health.model_billions = Some(At::nowhere(70.0));
        assert_eq!(tries(&health), Some(172));
        for odd in [f64::NAN, f64::INFINITY, -1.0] {
            health.model_billions = Some(At::nowhere(odd));
            assert!(tries(&health).is_some_and(|tries| tries >= 1), "{odd}");
        }
        health.startup_seconds = Some(At::nowhere(95));
        assert_eq!(tries(&health), Some(10));
    }
}
