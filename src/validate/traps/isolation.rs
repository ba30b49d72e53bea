//! Do graphs that share a namespace see one another's workers?

use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::validate::graph::{Graph, text};
use crate::yaml::Node;

pub(super) fn check(graphs: &[Graph<'_>], found: &mut Vec<Diagnostic>) {
    let graphs: Vec<&Graph<'_>> = graphs.iter().filter(|graph| graph.is_graph).collect();
    for (index, graph) in graphs.iter().enumerate() {
        let others = graphs.iter().enumerate();
        let mut others = others
            .filter(|(other, _)| *other != index)
            .map(|(place, other)| (place, *other))
            .filter(|(_, other)| other.manifest.key.namespace == graph.manifest.key.namespace);
        for (place, other) in others.clone() {
            prefix(graph, other, found);
            if place > index {
                model_service(graph, other, found);
            }
        }
        if let Some((_, other)) = others.next() {
            global(graph, other, found);
        }
    }
}

fn prefix(graph: &Graph<'_>, other: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    let [own, theirs] = [graph, other].map(|graph| graph.name().replace('.', "-"));
    if own != theirs && theirs.starts_with(&own) {
        let message = format!(
            "graph `{}` also takes the workers of `{}`, whose name starts alike",
            graph.name(),
            other.name()
        );
        found.push(
            graph
                .finding(&rules::NAMESPACE_PREFIX, "/metadata/name", message)
                .label(
                    other.manifest.object.origin_of("/metadata/name"),
                    "the other graph",
                )
                .help(format!(
                    "give it a name that no other starts with, such as `{}-blue`, or a namespace of its own",
                    graph.name()
                )),
        );
    }
}

fn global(graph: &Graph<'_>, other: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    let is_global =
        |node: &Node| node.get("globalDynamoNamespace").and_then(Node::as_bool) == Some(true);
    if let Some(part) = graph.parts.iter().find(|part| is_global(part.node)) {
        let message = format!(
            "component `{}` is in the Dynamo namespace that all graphs see, and `{}` is a graph beside it",
            part.name,
            other.name()
        );
        found.push(
            graph
                .finding(
                    &rules::NAMESPACE_PREFIX,
                    &part.at("/globalDynamoNamespace"),
                    message,
                )
                .help("remove `globalDynamoNamespace`, or give the graph a namespace of its own"),
        );
    }
}

fn model_service(graph: &Graph<'_>, other: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    for part in &graph.parts {
        let Some(model) = text(part.node, &["modelRef", "name"]) else {
            continue;
        };
        let mut theirs = other.parts.iter();
        if theirs.any(|part| text(part.node, &["modelRef", "name"]) == Some(model)) {
            let message = format!(
                "graphs `{}` and `{}` share one Service for the model `{model}`",
                graph.name(),
                other.name()
            );
            found.push(
                graph
                    .finding(&rules::MODEL_SERVICE_SHARED, &part.at("/modelRef"), message)
                    .help("give one of the graphs a namespace of its own, or take `modelRef` out"),
            );
            return;
        }
    }
}
