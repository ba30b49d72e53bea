//! One version of a graph to the other, and either to what the plan works on.
//!
//! Both directions take keys out of the author's mappings one by one and complain about what is left, so
//! nothing can be lost without a word. What a version cannot say is an error if it changes what runs;
//! else [`convert`] keeps it in an annotation for the way back.

mod claims;
mod ingress;
mod quantity;
mod report;
mod resources;
mod to_alpha;
mod to_beta;
mod unconverted;
mod view;

pub use unconverted::ANNOTATION;
pub(crate) use view::{component, components, running, words};

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::graph::Graph;
use crate::model::profile::GraphVersion;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Entry, Map, Node, Value};
use report::{Report, keep, push};

/// A graph in another version.
#[derive(Debug, Clone)]
pub struct Converted {
    /// The graph.
    pub object: Node,
    /// Objects that fields of the graph became: claims from `pvcs` that say `create`, an Ingress or
    /// VirtualService from `ingress`.
    pub objects: Vec<Node>,
}

/// The graph in the shape of v1beta1, with a view of its components. `companions` are the other objects of
/// its file.
///
/// Nulls of the author's are left out, as the API server does. None if `diagnostics` got an error.
pub fn normalize(
    object: &Node,
    companions: Vec<Node>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Graph> {
    let mut report = Report::new(object, diagnostics);
    let written = version(object, &mut report)?;
    let mut tree = object.clone();
    drop_status(&mut tree, &mut report);
    unconverted::take(&mut tree);
    prune(&mut tree);
    let created = match written {
        GraphVersion::V1Beta1 => Vec::new(),
        GraphVersion::V1Alpha1 => {
            let pvcs = tree.at(&["spec", "pvcs"]).cloned();
            let (converted, created) = to_beta::graph(tree, &mut report);
            tree = converted;
            if let (Some(pvcs), Some(components)) = (pvcs, tree.at(&["spec", "components"])) {
                claims::unused(&pvcs, components, &mut report);
            }
            created
        }
    };
    let name = tree.at(&["metadata", "name"]).and_then(Node::as_str);
    let name = name.map(str::to_owned);
    if name.is_none() {
        report.add(
            "metadata",
            Diagnostic::new(
                &rules::GRAPH_MISSING_FIELD,
                tree.origin_of("/metadata"),
                "the graph has no name",
            )
            .help("give it a `metadata.name`"),
        );
    }
    names(&tree, written, &mut report);
    let components = view::components(&tree);
    if components.is_empty() && !report.failed() {
        nothing_to_run(&tree, written, &mut report);
    }
    let mut objects = companions;
    for made in created {
        let (kind, name) = (made.get("kind"), made.at(&["metadata", "name"]));
        let twin = objects
            .iter()
            .find(|object| object.get("kind") == kind && object.at(&["metadata", "name"]) == name);
        match twin {
            Some(twin) => {
                let (what, path, help) = match kind.and_then(Node::as_str) {
                    Some("PersistentVolumeClaim") => {
                        ("claim", "spec.pvcs", "remove `create: true`")
                    }
                    kind => (
                        kind.unwrap_or_default(),
                        "spec.services",
                        "remove `ingress`",
                    ),
                };
                let name = name.and_then(Node::as_str).unwrap_or_default();
                let diagnostic = Diagnostic::new(
                    &rules::GRAPH_IGNORED_FIELD,
                    made.origin,
                    format!(
                        "{what} `{name}` is also an object of this file, which is the one that counts"
                    ),
                )
                .label(twin.origin, "the object")
                .help(help);
                report.add(path, diagnostic);
            }
            None => objects.push(made),
        }
    }
    (!report.failed()).then_some(Graph {
        name: name?,
        object: tree,
        written,
        components,
        objects,
    })
}

/// The graph in version `to`. Converting the result back gives the graph as it was, the order of keys aside.
///
/// None if `diagnostics` got an error.
pub fn convert(
    object: &Node,
    to: GraphVersion,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Converted> {
    let mut report = Report::new(object, diagnostics);
    let from = version(object, &mut report)?;
    let mut original = object.clone();
    drop_status(&mut original, &mut report);
    if from == to {
        return Some(Converted {
            object: original,
            objects: Vec::new(),
        });
    }
    let kept = unconverted::take(&mut original);
    let (mut result, objects) = other_version(original.clone(), to, &mut report);
    if !has_components(&result) && !report.failed() {
        nothing_to_run(&original, from, &mut report);
    }
    if let (Some(kept), false) = (kept, report.failed()) {
        result = unconverted::apply(result, &kept, &mut report);
    }
    if report.failed() {
        return None;
    }
    let mut unheard = Vec::new();
    let mut silent = Report::new(object, &mut unheard);
    let (back, _) = other_version(result.clone(), from, &mut silent);
    if !silent.failed() {
        unconverted::put(&mut result, back, &original);
    }
    Some(Converted {
        object: result,
        objects,
    })
}

fn other_version(mut graph: Node, to: GraphVersion, report: &mut Report<'_>) -> (Node, Vec<Node>) {
    prune(&mut graph);
    match to {
        GraphVersion::V1Beta1 => to_beta::graph(graph, report),
        GraphVersion::V1Alpha1 => (to_alpha::graph(graph, report), Vec::new()),
    }
}

/// The version a graph is written in.
fn version(object: &Node, report: &mut Report<'_>) -> Option<GraphVersion> {
    let node = object.get("apiVersion");
    let text = node.and_then(Node::as_str).unwrap_or_default();
    match text {
        "nvidia.com/v1alpha1" => Some(GraphVersion::V1Alpha1),
        "nvidia.com/v1beta1" => Some(GraphVersion::V1Beta1),
        _ => {
            let mut diagnostic = Diagnostic::new(
                &rules::GRAPH_API_VERSION,
                node.map_or(object.origin, |node| node.origin),
                format!("`{text}` is not a version of DynamoGraphDeployment"),
            );
            let known = ["nvidia.com/v1alpha1", "nvidia.com/v1beta1"];
            diagnostic = match did_you_mean(text, known) {
                Some(help) => diagnostic.help(help),
                None => diagnostic.help(format!("write one of: {}", known.join(", "))),
            };
            report.add("apiVersion", diagnostic);
            None
        }
    }
}

/// The value of `apiVersion` for another version, in the old one's place.
fn retype(entry: Entry, to: GraphVersion) -> Entry {
    let text = match to {
        GraphVersion::V1Alpha1 => "nvidia.com/v1alpha1",
        GraphVersion::V1Beta1 => "nvidia.com/v1beta1",
    };
    Entry {
        value: Node::new(text, entry.value.origin),
        ..entry
    }
}

/// `intraPod` of v1alpha1 is `IntraPod` in v1beta1, and so on. Other values are left to the schema.
fn rename_mode(mode: &mut Node, to: GraphVersion) {
    const MODES: [(&str, &str); 2] = [("intraPod", "IntraPod"), ("interPod", "InterPod")];
    for (alpha, beta) in MODES {
        let (from, to) = match to {
            GraphVersion::V1Beta1 => (alpha, beta),
            GraphVersion::V1Alpha1 => (beta, alpha),
        };
        if mode.as_str() == Some(from) {
            mode.value = Value::from(to);
            return;
        }
    }
}

/// A graph's `topologyConstraint` with the name of its topology under the key of the other version.
fn topology_constraint(
    constraint: Node,
    (theirs, ours): (&str, &str),
    path: &str,
    report: &mut Report<'_>,
) -> Node {
    let origin = constraint.origin;
    let mut out = Map::default();
    for entry in report.entries(constraint, path) {
        match entry.key.as_str() {
            key if key == theirs => push(&mut out, ours, entry.key_origin, entry.value),
            "packDomain" => keep(&mut out, entry),
            _ => report.unknown(path, &entry, &[theirs, "packDomain"], &[(ours, theirs)]),
        }
    }
    Node::new(out, origin)
}

/// Whether a graph of either version has anything to run.
fn has_components(graph: &Node) -> bool {
    match graph.at(&["spec", "components"]) {
        Some(components) => components.as_list().is_some_and(|list| !list.is_empty()),
        None => graph
            .at(&["spec", "services"])
            .and_then(Node::as_map)
            .is_some_and(|services| !services.is_empty()),
    }
}

/// Names make the components' pods and Services, in lower case, so they must differ in more than that.
fn names(graph: &Node, version: GraphVersion, report: &mut Report<'_>) {
    let components = graph.at(&["spec", "components"]).and_then(Node::as_list);
    let mut seen: Vec<(&str, String, Origin)> = Vec::new();
    for (index, component) in components.unwrap_or_default().iter().enumerate() {
        let path = format!("spec.components[{index}]");
        let Some(node) = component.get("name") else {
            let diagnostic = Diagnostic::new(
                &rules::GRAPH_COMPONENT_NAME,
                component.origin,
                "a component has no name",
            );
            report.add(&path, diagnostic.help("give it a `name` of its own"));
            continue;
        };
        // Any other type is a mistake that its schema knows.
        let Some(name) = node.as_str() else { continue };
        let path = match version {
            GraphVersion::V1Alpha1 => format!("spec.services.{name}"),
            GraphVersion::V1Beta1 => path,
        };
        let lower = name.to_lowercase();
        if let Some((first, _, origin)) = seen.iter().find(|(_, other, _)| *other == lower) {
            let message = if *first == name {
                format!("two components are named `{name}`")
            } else {
                format!("the components `{first}` and `{name}` differ only in case")
            };
            let diagnostic = Diagnostic::new(&rules::GRAPH_COMPONENT_NAME, node.origin, message)
                .label(*origin, "the first one")
                .help("give one of them another name");
            report.add(&path, diagnostic);
        }
        seen.push((name, lower, node.origin));
    }
}

fn nothing_to_run(graph: &Node, version: GraphVersion, report: &mut Report<'_>) {
    let (field, other) = match version {
        GraphVersion::V1Alpha1 => ("services", "components"),
        GraphVersion::V1Beta1 => ("components", "services"),
    };
    let mut diagnostic = Diagnostic::new(
        &rules::GRAPH_MISSING_FIELD,
        graph.origin_of("/spec"),
        format!("the graph has nothing to run: `spec.{field}` is empty"),
    );
    if graph.at(&["spec", other]).is_some() {
        diagnostic = diagnostic
            .help(report.renamed(other, field))
            .help("if the fields are right, correct `apiVersion`");
    }
    report.add(&format!("spec.{field}"), diagnostic);
}

/// Takes out what the cluster wrote.
fn drop_status(graph: &mut Node, report: &mut Report<'_>) {
    let entry = graph
        .as_map_mut()
        .and_then(|map| map.remove_entry("status"));
    if let Some(entry) = entry {
        report.ignored(
            "status",
            entry.key_origin,
            "is the cluster's, and is left out",
        );
    }
}

/// Removes nulls from mappings, as the API server does, except from data of other kinds that a graph
/// holds, in which null may mean something.
fn prune(node: &mut Node) {
    prune_except(node, None);
}

fn prune_except(node: &mut Node, opaque: Option<&str>) {
    match &mut node.value {
        Value::Map(map) => {
            let nulls: Vec<String> = map
                .iter()
                .filter(|entry| entry.value.is_null())
                .map(|entry| entry.key.clone())
                .collect();
            for key in nulls {
                map.remove(&key);
            }
            for entry in map.iter_mut() {
                match entry.key.as_str() {
                    "providerOverride" => prune_except(&mut entry.value, Some("value")),
                    "eppConfig" => prune_except(&mut entry.value, Some("parameters")),
                    key if Some(key) == opaque => {}
                    _ => prune_except(&mut entry.value, opaque),
                }
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| prune_except(item, opaque)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
