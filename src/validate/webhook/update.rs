//! May a graph that runs become this one?

use crate::diagnostic::Diagnostic;
use crate::rules::{self, Severity};
use crate::validate::graph::{Graph, Part, Pathway, mode, text};
use crate::yaml::Node;

/// What to do instead of a change that is refused.
const BESIDE: &str =
    "make a new graph of another name beside this one, and move the traffic over when it is ready";

const PROVIDER: &str = "nvidia.com/workload-provider";

pub(super) fn check(graph: &Graph<'_>, before: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    if graph.is_graph {
        of_graph(graph, before, found);
        restart(graph, before, found);
    }
    for part in &graph.parts {
        let same = |old: &&Part<'_>| !graph.is_graph || old.name == part.name;
        if let Some(old) = before.parts.iter().find(same) {
            of_component(graph, part, old, found);
            replicas(graph, part, old, found);
        }
    }
}

fn of_graph(graph: &Graph<'_>, before: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    let mut report = |pointer: &str, message: String| {
        found.push(
            graph
                .finding(&rules::GRAPH_IMMUTABLE, pointer, message)
                .help(BESIDE),
        );
    };
    let is_in = |part: &Part<'_>, graph: &Graph<'_>| {
        graph.parts.iter().any(|other| other.name == part.name)
    };
    for part in graph.parts.iter().filter(|part| !is_in(part, before)) {
        let message = format!(
            "component `{}` cannot be added to a graph that runs",
            part.name
        );
        report(&part.at("/name"), message);
    }
    for part in before.parts.iter().filter(|part| !is_in(part, graph)) {
        let message = format!(
            "component `{}` cannot be taken out of a graph that runs",
            part.name
        );
        report("/spec/components", message);
    }
    let framework = |graph: &Graph<'_>| graph.framework().unwrap_or_default().to_owned();
    let (old, new) = (framework(before), framework(graph));
    if old != new {
        let shown = |text: &str| match text {
            "" => "not set".to_owned(),
            text => format!("`{text}`"),
        };
        let message = format!(
            "`backendFramework` is {} and cannot become {}",
            shown(&old),
            shown(&new)
        );
        report("/spec/backendFramework", message);
    }
    let constraint = |graph: &Graph<'_>| {
        let text = |key| text(graph.spec, &["topologyConstraint", key]).map(str::to_owned);
        let is_there = graph.spec.get("topologyConstraint").is_some();
        is_there.then(|| (text("clusterTopologyName"), text("packDomain")))
    };
    if constraint(graph) != constraint(before) {
        let message = "the topology constraint of a graph cannot change".to_owned();
        report("/spec/topologyConstraint", message);
    }
    if policy(graph) != policy(before) {
        let message = "the policy of KV transfer cannot change".to_owned();
        report("/spec/experimental/kvTransferPolicy", message);
    }
    // The webhook writes the provider on creation, so what is in Git may lack it.
    let providers = (before.annotation(PROVIDER), graph.annotation(PROVIDER));
    if let (Some(old), Some(new)) = providers
        && old != new
    {
        let message = format!("the graph runs on `{old}` and cannot move to `{new}`");
        let pointer = format!("/metadata/annotations/{}", PROVIDER.replace('/', "~1"));
        report(&pointer, message);
    }
}

/// The policy of KV transfer with its defaults.
fn policy<'a>(graph: &Graph<'a>) -> Option<[Option<&'a Node>; 5]> {
    let policy = graph.spec.at(&["experimental", "kvTransferPolicy"])?;
    let enforcement = policy
        .get("enforcement")
        .filter(|node| node.as_str() != Some("required"));
    let key = |key| policy.get(key);
    Some([
        key("domain"),
        key("labelKey"),
        key("clusterTopologyName"),
        key("preferredWeight"),
        enforcement,
    ])
}

fn of_component(graph: &Graph<'_>, part: &Part<'_>, old: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let name = part.name;
    let mut report = |below: &str, message: String| {
        found.push(
            graph
                .finding(&rules::GRAPH_IMMUTABLE, &part.at(below), message)
                .help(BESIDE),
        );
    };
    if (part.view.node_count > 1) != (old.view.node_count > 1) {
        let message = match part.view.node_count > 1 {
            true => format!("component `{name}` runs on one node and cannot span several"),
            false => format!("component `{name}` spans nodes and cannot run on one"),
        };
        report("/multinode", message);
    }
    let domain = |part: &Part<'_>| {
        let is_there = part.node.get("topologyConstraint").is_some();
        is_there.then(|| text(part.node, &["topologyConstraint", "packDomain"]).map(str::to_owned))
    };
    if domain(part) != domain(old) {
        let message = format!("the topology constraint of component `{name}` cannot change");
        report("/topologyConstraint", message);
    }
    if graph.is_graph {
        // On Grove the webhook fills in 1; elsewhere it takes none.
        let default = (graph.pathway == Pathway::Grove).then_some(1);
        let least = |part: &Part<'_>| part.node.get("minAvailable").and_then(Node::as_int);
        let least = |part: &Part<'_>| least(part).or(default);
        if graph.pathway != Pathway::Unknown && least(part) != least(old)
            || least(part).zip(least(old)).is_some_and(|(a, b)| a != b)
        {
            let message = format!("`minAvailable` of component `{name}` cannot change");
            report("/minAvailable", message);
        }
        let forced = |part: &Part<'_>| {
            let node = part
                .node
                .at(&["experimental", "grove", "forceScalingGroup"]);
            node.and_then(Node::as_bool) == Some(true)
        };
        if forced(part) != forced(old) {
            let message = format!("component `{name}` cannot change how it is grouped");
            report("/experimental/grove/forceScalingGroup", message);
        }
        if super::experimental::power_limit_of(part) != super::experimental::power_limit_of(old) {
            let message = format!("the power limit of component `{name}` cannot change");
            let below = "/podTemplate/metadata/annotations/dynamo.nvidia.com~1gpu-power-limit";
            report(below, message);
        }
    }
    let between = |part: &Part<'_>| part.memory_service() == Some("InterPod");
    if between(part) != between(old) {
        let message =
            format!("component `{name}` cannot switch a GPU memory service between pods on or off");
        report("/experimental/gpuMemoryService/mode", message);
    }
    let shadows = |part: &Part<'_>| {
        let failover = part.experimental("failover")?;
        let count = failover.get("numShadows").and_then(Node::as_int);
        (mode(failover) == "InterPod").then(|| count.unwrap_or(1).max(1))
    };
    match (shadows(part), shadows(old)) {
        (Some(new), Some(old)) if new != old => {
            let message = format!("component `{name}` has {old} shadows and cannot have {new}");
            report("/experimental/failover/numShadows", message);
        }
        (Some(_), None) | (None, Some(_)) => {
            let message =
                format!("component `{name}` cannot switch failover between pods on or off");
            report("/experimental/failover", message);
        }
        _ => {}
    }
}

fn replicas(graph: &Graph<'_>, part: &Part<'_>, old: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let has_adapter = |part: &Part<'_>| part.node.get("scalingAdapter").is_some();
    let written = part.node.get("replicas").and_then(Node::as_int);
    let Some(written) = written.filter(|_| has_adapter(part) || has_adapter(old)) else {
        return;
    };
    let had = i64::from(old.view.replicas);
    if written != had {
        let message = format!(
            "component `{}` has a scaling adapter, so its {had} replicas cannot become {written} here",
            part.name
        );
        found.push(
            graph
                .finding(&rules::SCALING_ADAPTER_REPLICAS, &part.at("/replicas"), message)
                .severity(Severity::Error)
                .help("scale the DynamoGraphDeploymentScalingAdapter instead, and leave `replicas` out"),
        );
    }
}

fn restart(graph: &Graph<'_>, before: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    let phase = text(
        &before.manifest.object,
        &["status", "rollingUpdate", "phase"],
    );
    let Some(phase @ ("Pending" | "InProgress")) = phase else {
        return;
    };
    let id = |graph: &Graph<'_>| text(graph.spec, &["restart", "id"]).map(str::to_owned);
    if id(graph) != id(before) {
        let message = format!("the graph cannot be restarted while a rolling update is `{phase}`");
        found.push(
            graph
                .finding(&rules::RESTART_DURING_ROLLOUT, "/spec/restart/id", message)
                .help("wait until the rolling update has ended"),
        );
    }
}
