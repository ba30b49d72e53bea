//! Does a graph ask for Grove where it has it, and in a way that Grove takes?

use crate::diagnostic::Diagnostic;
use crate::rules::{self, Severity};
use crate::validate::graph::{Graph, Part, Pathway, text};
use crate::yaml::Node;

/// Characters that Grove leaves for the names of a graph, a scaling group and a clique.
const BUDGET: usize = 45;

/// The operator cuts a graph's name no shorter than this.
const SHORTEST: usize = 8;

const VERSION: &str = "grove.io/v1alpha1";

pub(super) fn check(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    match graph.pathway {
        Pathway::Component(help) => {
            for (pointer, what) in asked(graph) {
                let message = format!("{what} needs Grove, which does not run this graph");
                found.push(
                    graph
                        .finding(&rules::NEEDS_GROVE, &pointer, message)
                        .help(help),
                );
            }
        }
        Pathway::Grove => names(graph, found),
        Pathway::Unknown => {}
    }
    overrides(graph, found);
}

/// What only Grove can do: where it stands, and what it is.
fn asked(graph: &Graph<'_>) -> Vec<(String, String)> {
    let mut asked = Vec::new();
    if graph.is_graph {
        let mut of_graph = |below: &str, key: &[&str]| {
            let given = graph.spec.at(key);
            if given.is_some_and(|node| !node.is_null() && node.as_str() != Some("")) {
                let field = key.last().copied().unwrap_or_default();
                asked.push((format!("/spec{below}"), format!("`{field}` of a graph")));
            }
        };
        of_graph("/priorityClassName", &["priorityClassName"]);
        of_graph("/topologyConstraint", &["topologyConstraint"]);
        of_graph("/providerOverride", &["providerOverride"]);
        of_graph(
            "/experimental/kvTransferPolicy/clusterTopologyName",
            &["experimental", "kvTransferPolicy", "clusterTopologyName"],
        );
    }
    for part in &graph.parts {
        let mut of_part = |below: &str, is_asked: bool| {
            if is_asked {
                let field = below.rsplit('/').next().unwrap_or_default();
                let what = match field {
                    "mode" => format!(
                        "a GPU memory service between pods of component `{}`",
                        part.name
                    ),
                    field => format!("`{field}` of component `{}`", part.name),
                };
                asked.push((part.at(below), what));
            }
        };
        let has = |keys: &[&str]| part.node.at(keys).is_some_and(|node| !node.is_null());
        of_part("/minAvailable", has(&["minAvailable"]));
        of_part(
            "/topologyConstraint",
            graph.is_graph && has(&["topologyConstraint"]),
        );
        of_part("/providerOverride", has(&["providerOverride"]));
        for role in ["leader", "worker"] {
            let below = format!("/multinode/{role}/providerOverride");
            of_part(&below, has(&["multinode", role, "providerOverride"]));
        }
        let forced = part
            .node
            .at(&["experimental", "grove", "forceScalingGroup"]);
        of_part(
            "/experimental/grove/forceScalingGroup",
            forced.and_then(Node::as_bool) == Some(true),
        );
        of_part(
            "/experimental/gpuMemoryService/mode",
            part.memory_service() == Some("InterPod"),
        );
    }
    asked
}

/// Characters that the names of a component's scaling group and clique take.
fn taken(part: &Part<'_>) -> usize {
    let name = part.name.len();
    if !part.is_scaling_group() {
        return name;
    }
    let nodes = part.view.node_count;
    let suffix = if part.memory_service() == Some("InterPod") {
        // `-gms-<rank>`, with a rank for every node.
        "-gms-".len() + nodes.saturating_sub(1).max(1).to_string().len()
    } else if nodes > 1 {
        "-ldr".len()
    } else {
        0
    };
    name + name + suffix
}

fn names(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    let widest = graph.parts.iter().map(taken).max().unwrap_or(0);
    let room = BUDGET.saturating_sub(widest).max(SHORTEST);
    let set = graph.name().len().min(room);
    for part in &graph.parts {
        let length = set + taken(part);
        if length > BUDGET {
            let message = format!(
                "the names of graph `{}` and component `{}` make {length} characters of the {BUDGET} that Grove has room for",
                graph.name(),
                part.name
            );
            found.push(
                graph
                    .finding(&rules::GROVE_NAME, &part.at("/name"), message)
                    .help("shorten the component's name; that of a component which spans nodes counts twice"),
            );
        }
    }
    if graph.name().len() > room {
        let message = format!(
            "the operator cuts the name `{}` to {room} characters in the names of pods",
            graph.name()
        );
        found.push(
            graph
                .finding(&rules::GROVE_NAME, "/metadata/name", message)
                .severity(Severity::Note)
                .help("its last 5 become a hash; shorten the names if people or tools look for pods by name"),
        );
    }
}

/// A place of an override: where it stands, the override, what it may be of, and the way to the only field it
/// may set.
type Place<'a> = (String, &'a Node, &'static str, &'static [&'static str]);

fn overrides(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    const CONSTRAINT: &[&str] = &["topologyConstraint"];
    let mut places: Vec<Place<'_>> = Vec::new();
    if graph.is_graph
        && let Some(given) = graph.spec.get("providerOverride")
    {
        let path = &["spec", "template", "topologyConstraint"];
        places.push((
            "/spec/providerOverride".to_owned(),
            given,
            "PodCliqueSet",
            path,
        ));
    }
    for part in &graph.parts {
        if let Some(given) = part.node.get("providerOverride") {
            let target = match part.is_scaling_group() {
                true => "PodCliqueScalingGroupConfig",
                false => "PodCliqueTemplateSpec",
            };
            places.push((part.at("/providerOverride"), given, target, CONSTRAINT));
        }
        for role in ["leader", "worker"] {
            if let Some(given) = part.node.at(&["multinode", role, "providerOverride"]) {
                let at = part.at(&format!("/multinode/{role}/providerOverride"));
                places.push((at, given, "PodCliqueTemplateSpec", CONSTRAINT));
            }
        }
    }
    let is_typed = graph.spec.get("topologyConstraint").is_some()
        || graph
            .parts
            .iter()
            .any(|part| graph.is_graph && part.node.get("topologyConstraint").is_some());
    for (pointer, given, target, path) in places {
        let mut report = |below: &str, message: String, help: String| {
            let pointer = format!("{pointer}{below}");
            found.push(
                graph
                    .finding(&rules::PROVIDER_OVERRIDE, &pointer, message)
                    .help(help),
            );
        };
        if let Some(version) = text(given, &["apiVersion"]).filter(|text| *text != VERSION) {
            let message = format!("`{version}` is no version of a provider that can be overridden");
            report("/apiVersion", message, format!("write `{VERSION}`"));
        }
        let named = text(given, &["target"]).filter(|named| !named.is_empty() && *named != target);
        if let Some(named) = named {
            let message = format!("this place overrides a `{target}`, not a `{named}`");
            report(
                "/target",
                message,
                format!("write `{target}`, or leave `target` out"),
            );
        }
        let Some(value) = given.get("value").filter(|value| value.as_map().is_some()) else {
            continue;
        };
        if let Some(key) = stray(value, path) {
            let message = format!("`{key}` cannot be overridden");
            report("/value", message, format!("only `{}` can", path.join(".")));
        } else if is_typed {
            let message = "a topology is given twice: by an override, and by `topologyConstraint`";
            report(
                "/value",
                message.to_owned(),
                "keep one of the two".to_owned(),
            );
        }
    }
}

/// A key that is not on the path.
fn stray<'a>(value: &'a Node, path: &[&str]) -> Option<&'a str> {
    let (first, rest) = path.split_first()?;
    let map = value.as_map()?;
    if let Some(stray) = map.keys().find(|key| key != first) {
        return Some(stray);
    }
    stray(map.get(first)?, rest)
}
