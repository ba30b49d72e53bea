//! Do names and annotations of a graph become what its author expects?

use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::validate::graph::{Graph, Pathway};
use crate::yaml::Node;

/// The longest name of a Service.
const LONGEST: usize = 63;

const PROVIDER: &str = "nvidia.com/workload-provider";

pub(super) fn check(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    services(graph, found);
    if !graph.is_graph {
        return;
    }
    let is_new = graph.subject.before(graph.manifest).is_none();
    if graph.annotation(PROVIDER).is_some() && is_new {
        let message = format!("`{PROVIDER}` is overwritten when the graph is created");
        let pointer = format!("/metadata/annotations/{}", PROVIDER.replace('/', "~1"));
        found.push(
            graph
                .finding(&rules::PROVIDER_ANNOTATION, &pointer, message)
                .help("leave it out; `nvidia.com/enable-grove: \"false\"` is what keeps a graph off Grove"),
        );
    }
    let namespace = graph.manifest.key.namespace.as_deref().unwrap_or_default();
    if namespace.contains("ephemeral") {
        let message =
            format!("an operator of the whole cluster passes over namespace `{namespace}`");
        found.push(
            graph
                .finding(&rules::NAMESPACE_EPHEMERAL, "/metadata/namespace", message)
                .help("use a namespace without `ephemeral` in its name"),
        );
    }
}

fn services(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    let name = graph.name();
    if !graph.is_graph {
        return;
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        let message = format!("the Services of graph `{name}` would start with no letter");
        found.push(
            graph
                .finding(&rules::GRAPH_SERVICE_NAME, "/metadata/name", message)
                .help("start the graph's name with a letter"),
        );
    }
    for part in graph.parts.iter().filter(|part| !part.name.is_empty()) {
        let has_hash = part.view.kind.is_worker() && matches!(graph.pathway, Pathway::Component(_));
        let hash = if has_hash { "-01234567".len() } else { 0 };
        let length = name.len() + 1 + part.name.len() + hash;
        if length > LONGEST {
            let with = if has_hash { ", with its hash," } else { "" };
            let message = format!(
                "the Service of component `{}` gets a name{with} of {length} characters, and can have {LONGEST}",
                part.name
            );
            let pointer = match part.node.get("name").and_then(Node::as_str) {
                Some(_) => part.at("/name"),
                None => part.at(""),
            };
            found.push(
                graph
                    .finding(&rules::GRAPH_SERVICE_NAME, &pointer, message)
                    .help("shorten the name of the graph or of the component"),
            );
        }
    }
}
