//! Do memory service, failover, checkpoints and power limits fit what they are asked of?

use crate::diagnostic::Diagnostic;
use crate::model::graph::ComponentKind;
use crate::model::quantity::Quantity;
use crate::rules;
use crate::validate::graph::{Graph, Part, list, mode, named, text};
use crate::yaml::Node;

const POWER_LIMIT: &str = "dynamo.nvidia.com/gpu-power-limit";
const DISCOVERY_MODE: &str = "nvidia.com/dynamo-kube-discovery-mode";

pub(super) fn check(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    for part in &graph.parts {
        memory_service(graph, part, found);
        failover(graph, part, found);
        checkpoint(graph, part, found);
        power_limit(graph, part, found);
    }
}

/// GPUs among the limits of the main container.
fn gpu_limit(part: &Part<'_>) -> Quantity {
    let limit = part
        .main
        .and_then(|(_, main)| main.at(&["resources", "limits", "nvidia.com/gpu"]));
    limit.and_then(Quantity::of).unwrap_or_default()
}

fn memory_service(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let Some(service) = part.experimental("gpuMemoryService") else {
        return;
    };
    let name = part.name;
    let mut report = |below: &str, message: String, help: &str| {
        let pointer = part.at(&format!("/experimental/gpuMemoryService{below}"));
        found.push(
            graph
                .finding(&rules::GPU_MEMORY_SERVICE, &pointer, message)
                .help(help),
        );
    };
    if !part.view.kind.is_worker() {
        let message = format!("component `{name}` is no worker and has a GPU memory service");
        report(
            "",
            message,
            "give it to components of type `worker`, `prefill` or `decode`",
        );
    } else if gpu_limit(part) < Quantity::whole(1) {
        let message = format!("component `{name}` has a GPU memory service and no GPU");
        report(
            "",
            message,
            "ask for `nvidia.com/gpu` in the limits of the container `main`",
        );
    }
    let clients = list(service, &["extraClientContainers"]);
    if mode(service) == "InterPod" {
        if graph.is_graph && graph.framework() != Some("vllm") {
            let message = format!(
                "the memory service of component `{name}` works between pods, which only vLLM can"
            );
            report(
                "/mode",
                message,
                "write `backendFramework: vllm` in the graph's spec, or use `IntraPod`",
            );
        }
        return;
    }
    for (index, client) in clients.iter().enumerate() {
        let Some(client) = client.as_str() else {
            continue;
        };
        let below = format!("/extraClientContainers/{index}");
        let earlier = clients.iter().take(index).filter_map(Node::as_str);
        if earlier.into_iter().any(|other| other == client) {
            let message = format!("the container `{client}` is listed twice");
            report(&below, message, "list it once");
        } else if named(part.containers, client).is_none() {
            let message = format!("component `{name}` has no container `{client}`");
            report(
                &below,
                message,
                "list containers of `podTemplate.spec.containers`",
            );
        }
    }
}

fn failover(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let Some(failover) = part.experimental("failover") else {
        return;
    };
    let name = part.name;
    let wanted = mode(failover);
    let report = |pointer: &str, message: String, help: String| {
        graph.finding(&rules::FAILOVER, pointer, message).help(help)
    };
    let pointer = part.at("/experimental/failover");
    match part.memory_service() {
        None => {
            let message = format!("component `{name}` has failover without a GPU memory service");
            let help = format!("add `experimental.gpuMemoryService` with `mode: {wanted}`");
            found.push(report(&pointer, message, help));
        }
        Some(has) if has != wanted => {
            let message = format!(
                "failover of component `{name}` is `{wanted}`, its GPU memory service `{has}`"
            );
            let help = format!("write `mode: {has}` for both");
            found.push(report(&format!("{pointer}/mode"), message, help));
        }
        Some(_) => {}
    }
    if wanted == "InterPod" {
        if matches!(
            part.view.kind,
            ComponentKind::Frontend | ComponentKind::Planner | ComponentKind::Epp
        ) {
            let message = format!("component `{name}` is no worker and has failover");
            found.push(report(&pointer, message, "remove `failover`".to_owned()));
        }
    } else if graph.is_graph && graph.annotation(DISCOVERY_MODE) != Some("container") {
        let message =
            format!("failover within the pods of component `{name}` needs discovery of containers");
        let help = format!("annotate the graph with `{DISCOVERY_MODE}: container`");
        found.push(report(&pointer, message, help));
    }
}

fn checkpoint(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let Some(checkpoint) = part.experimental("checkpoint") else {
        return;
    };
    let pointer = part.at("/experimental/checkpoint");
    if checkpoint.get("enabled").and_then(Node::as_bool) == Some(true) {
        let message = format!(
            "component `{}` is refused unless the operator's checkpoints are switched on",
            part.name
        );
        found.push(
            graph
                .finding(&rules::CHECKPOINT_GATE, &pointer, message)
                .help("switch them on in the platform's values, and install the snapshot agent"),
        );
    }
    let clients = list(checkpoint, &["job", "gmsClientContainers"]);
    if !clients.is_empty() && part.memory_service() != Some("IntraPod") {
        let message = format!(
            "the checkpoint job of component `{}` has clients of a memory service within the pod, and there is none",
            part.name
        );
        let pointer = format!("{pointer}/job/gmsClientContainers");
        found.push(
            graph
                .finding(&rules::GPU_MEMORY_SERVICE, &pointer, message)
                .help("add `experimental.gpuMemoryService` with `mode: IntraPod`, or remove the clients"),
        );
    }
}

fn power_limit(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let Some(limit) = part.annotation(POWER_LIMIT) else {
        return;
    };
    let pointer = part.at("/podTemplate/metadata/annotations/dynamo.nvidia.com~1gpu-power-limit");
    let is_watts = limit.parse::<i64>().is_ok_and(|watts| watts > 0);
    if !is_watts {
        let message = format!(
            "the power limit of component `{}` is `{limit}`, no number of watts",
            part.name
        );
        found.push(
            graph
                .finding(&rules::POWER_LIMIT, &pointer, message)
                .help("write a whole number above 0, such as `\"500\"`"),
        );
    }
    let claims = |container: &Node| !list(container, &["resources", "claims"]).is_empty();
    if part.memory_service().is_some() || part.containers.iter().any(claims) {
        let message = format!(
            "component `{}` has a power limit, and its GPUs are claimed",
            part.name
        );
        found.push(
            graph
                .finding(&rules::POWER_LIMIT, &pointer, message)
                .help("ask for `nvidia.com/gpu` in the limits instead, or remove the annotation"),
        );
    }
}

/// The power limit as written.
pub(super) fn power_limit_of<'a>(part: &Part<'a>) -> Option<&'a str> {
    text(
        part.node,
        &["podTemplate", "metadata", "annotations", POWER_LIMIT],
    )
}
