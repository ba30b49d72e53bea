//! Does a graph hold what the webhook asks of every graph?

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::graph::{ComponentKind, Framework};
use crate::model::quantity::Quantity;
use crate::rules;
use crate::validate::graph::{Graph, Part, list, text};
use crate::yaml::Node;

pub(super) fn check(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    if graph.is_graph && is_empty(graph.spec) {
        let message = "the graph has nothing to run: `spec.components` is empty";
        found.push(
            graph
                .finding(&rules::GRAPH_MISSING_FIELD, "/spec/components", message)
                .help("give it at least one component"),
        );
    }
    restart(graph, found);
    for part in &graph.parts {
        epp(graph, part, found);
        min_available(graph, part, found);
        frontend_sidecar(graph, part, found);
        compilation_cache(graph, part, found);
        shared_memory(graph, part, found);
        elastic_ep(graph, part, found);
        adapter(graph, part, found);
    }
}

/// A change of the replicas is found where it is known what they are.
fn adapter(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let has = |key| part.node.get(key).is_some();
    let is_new = graph.subject.before(graph.manifest).is_none();
    if is_new && graph.is_graph && has("scalingAdapter") && has("replicas") {
        let message = format!(
            "component `{}` has a scaling adapter and replicas of its own",
            part.name
        );
        let pointer = part.at("/replicas");
        found.push(
            graph
                .finding(&rules::SCALING_ADAPTER_REPLICAS, &pointer, message)
                .help("leave `replicas` out once the graph runs: the webhook refuses what is not the adapter's number"),
        );
    }
}

/// Whether there is nothing to run; what is of another type is the schema's to report.
fn is_empty(spec: &Node) -> bool {
    match spec.get("components") {
        Some(components) => {
            components.is_null() || components.as_list().is_some_and(<[_]>::is_empty)
        }
        None => true,
    }
}

fn restart(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    let Some(strategy) = graph.spec.at(&["restart", "strategy"]) else {
        return;
    };
    let order = list(strategy, &["order"]);
    if !graph.is_graph || order.is_empty() {
        return;
    }
    let mut report = |below: &str, message: String, help: String| {
        let pointer = format!("/spec/restart/strategy/order{below}");
        found.push(
            graph
                .finding(&rules::RESTART_ORDER, &pointer, message)
                .help(help),
        );
    };
    if text(strategy, &["type"]) == Some("Parallel") {
        let message = "`Parallel` restarts all components at the same time, in no order".to_owned();
        report(
            "",
            message,
            "remove `order`, or write `type: Sequential`".to_owned(),
        );
        return;
    }
    let names: Vec<&str> = graph.parts.iter().map(|part| part.name).collect();
    let mut seen = BTreeSet::new();
    for (index, name) in order.iter().enumerate() {
        let Some(name) = name.as_str() else { continue };
        if !names.contains(&name) {
            let help = did_you_mean(name, names.iter().copied());
            let all = || format!("the components are `{}`", names.join("`, `"));
            let message = format!("the graph has no component `{name}` to restart");
            report(&format!("/{index}"), message, help.unwrap_or_else(all));
        } else if !seen.insert(name) {
            let message = format!("component `{name}` is restarted twice");
            report(&format!("/{index}"), message, "name it once".to_owned());
        }
    }
    let left: Vec<&str> = names
        .into_iter()
        .filter(|name| !seen.contains(name))
        .collect();
    if !left.is_empty() && seen.len() == order.len() {
        let message = format!("the order leaves out `{}`", left.join("`, `"));
        report(
            "",
            message,
            "name every component, or leave `order` out".to_owned(),
        );
    }
}

fn epp(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    if part.view.kind != ComponentKind::Epp {
        return;
    }
    let mut report = |below: &str, what: &str, help: &str| {
        let message = format!("endpoint picker `{}` {what}", part.name);
        found.push(
            graph
                .finding(&rules::EPP_SHAPE, &part.at(below), message)
                .help(help),
        );
    };
    let replicas = part.node.get("replicas").and_then(Node::as_int);
    if let Some(replicas) = replicas.filter(|replicas| *replicas != 1) {
        let what = format!("has {replicas} replicas, and can have one only");
        report("/replicas", &what, "write `replicas: 1`");
    }
    if part.view.node_count > 1 {
        report("/multinode", "spans nodes", "remove `multinode`");
    }
    if part.node.get("eppConfig").is_none() {
        let help = "give it `eppConfig` with a `config` or a `configMapRef`";
        report("", "has no configuration", help);
    }
    let cluster = graph.subject.cluster();
    if graph.is_graph
        && graph.subject.cluster_is_known
        && !*cluster.capabilities.inference_extension
    {
        let message = format!(
            "component `{}` is an endpoint picker, and the cluster has no InferencePool",
            part.name
        );
        found.push(
            graph
                .finding(&rules::INFERENCE_POOL, &part.at("/type"), message)
                .help("install the Gateway API inference extension and say `capabilities.inferenceExtension: true` in the profile, or leave the picker out"),
        );
    }
}

fn min_available(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let Some(least) = part.node.get("minAvailable").and_then(Node::as_int) else {
        return;
    };
    let replicas = i64::from(part.view.replicas);
    if replicas != 0 && least > replicas {
        let message = format!(
            "component `{}` asks for {least} available replicas and has {replicas}",
            part.name
        );
        let pointer = part.at("/minAvailable");
        found.push(
            graph
                .finding(&rules::MIN_AVAILABLE, &pointer, message)
                .help("ask for no more than `replicas`"),
        );
    }
}

fn frontend_sidecar(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let Some(sidecar) = text(part.node, &["frontendSidecar"]) else {
        return;
    };
    let names: Vec<&str> = part
        .containers
        .iter()
        .filter_map(|container| text(container, &["name"]))
        .collect();
    if names.contains(&sidecar) {
        return;
    }
    let message = format!("component `{}` has no container `{sidecar}`", part.name);
    let help = did_you_mean(sidecar, names.iter().copied()).unwrap_or_else(|| {
        "add the container to `podTemplate.spec.containers`, or name one that is there".to_owned()
    });
    let pointer = part.at("/frontendSidecar");
    found.push(
        graph
            .finding(&rules::FRONTEND_SIDECAR, &pointer, message)
            .help(help),
    );
}

fn compilation_cache(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let Some(cache) = part.node.get("compilationCache") else {
        return;
    };
    let framework = match part.view.framework {
        Some(framework @ (Framework::Sglang | Framework::Trtllm)) => framework.as_str(),
        _ => return,
    };
    if cache.as_map().is_some() && text(cache, &["mountPath"]).is_none_or(str::is_empty) {
        let message = format!(
            "the compilation cache of component `{}` has no path, which `{framework}` needs",
            part.name
        );
        let pointer = part.at("/compilationCache");
        found.push(
            graph
                .finding(&rules::COMPILATION_CACHE, &pointer, message)
                .help("give it the `mountPath` where the engine keeps what it compiles"),
        );
    }
}

fn shared_memory(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let size = part.node.get("sharedMemorySize");
    if size
        .and_then(Quantity::of)
        .is_some_and(|size| size < Quantity::ZERO)
    {
        let message = format!("the shared memory of component `{}` is negative", part.name);
        let pointer = part.at("/sharedMemorySize");
        found.push(
            graph
                .finding(&rules::SHARED_MEMORY_SIZE, &pointer, message)
                .help("write a size such as `16Gi`; `0` leaves the volume out"),
        );
    }
}

fn elastic_ep(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    if graph.framework() != Some("vllm") || !part.texts("command").is_empty() {
        return;
    }
    let args = part.texts("args");
    if !args.iter().any(|text| text.contains("--enable-elastic-ep")) {
        return;
    }
    let words: Vec<&str> = args
        .iter()
        .flat_map(|text| text.split_whitespace())
        .collect();
    let is_ray = words
        .windows(2)
        .any(|pair| matches!(pair[0], "--data-parallel-backend" | "-dpb") && pair[1] == "ray")
        || words
            .iter()
            .any(|word| matches!(*word, "--data-parallel-backend=ray" | "-dpb=ray"));
    if is_ray {
        let message = format!(
            "component `{}` asks for elastic expert parallelism without a command",
            part.name
        );
        let pointer = part.main_at("/args");
        found.push(
            graph
                .finding(&rules::ELASTIC_EP, &pointer, message)
                .help("write the `command` out, such as `[python3, -m, dynamo.vllm]`"),
        );
    }
}
