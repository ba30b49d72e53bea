//! What is in a file, and what does it refer to?

use super::{InputFile, Scope};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Node, Value};

const OUR_GROUP: &str = "graphwright.dev/";
const OUR_VERSION: &str = "graphwright.dev/v1alpha1";
const GRAPH: &str = "DynamoGraphDeployment";
const GRAPH_VERSIONS: [&str; 2] = ["nvidia.com/v1beta1", "nvidia.com/v1alpha1"];

/// The operator's kinds beside the graph.
const OPERATOR: [&str; 6] = [
    "DynamoCheckpoint",
    "DynamoComponentDeployment",
    "DynamoGraphDeploymentRequest",
    "DynamoGraphDeploymentScalingAdapter",
    "DynamoModel",
    "DynamoWorkerMetadata",
];

/// A path in a document that leads to another file.
pub(super) struct Reference {
    pub(super) path: String,
    pub(super) origin: Origin,
    pub(super) what: What,
}

/// What a path is expected to lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// A file of documents: a graph or a profile.
    Document,
    /// A folder of templates.
    Templates,
}

/// Whether text may hold a graph, a release or a profile. Says yes too often, never no wrongly: a document of
/// these kinds has one of the two names in it.
pub(super) fn may_be_ours(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains(OUR_GROUP) || text.contains(GRAPH)
}

/// Whether documents that mention nothing of ours were meant to: by a kind or version that is nearly one.
pub(super) fn seem_ours(documents: Vec<Node>) -> bool {
    documents.into_iter().flat_map(items).any(|document| {
        let text = |key| document.get(key).and_then(Node::as_str);
        match (text("apiVersion"), text("kind")) {
            (Some(version), Some(kind)) => unknown_kind(&document, version, kind).is_some(),
            _ => false,
        }
    })
}

/// Sorts the documents of a file by kind.
pub(super) fn sort(
    documents: Vec<Node>,
    file: &mut InputFile,
    scope: Scope,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for document in documents.into_iter().flat_map(items) {
        let text = |key| document.get(key).and_then(Node::as_str);
        match (text("apiVersion"), text("kind")) {
            (Some(OUR_VERSION), Some("Release")) => file.releases.push(document),
            (Some(OUR_VERSION), Some("ClusterProfile")) => file.profiles.push(document),
            (Some(OUR_VERSION), Some("Project")) => file.projects.push(document),
            (version, kind)
                if scope == Scope::Everything && is_kustomization(&file.name, version, kind) =>
            {
                file.kustomizations.push(document);
            }
            (Some(version), Some(GRAPH)) if GRAPH_VERSIONS.contains(&version) => {
                // What a render made is checked as it is, not rendered again.
                match scope == Scope::Everything && is_rendered(&document) {
                    true => file.others.push(document),
                    false => file.graphs.push(document),
                }
            }
            (Some(version), Some(kind)) => {
                diagnostics.extend(unknown_kind(&document, version, kind));
                file.others.push(document);
            }
            _ => file.others.push(document),
        }
    }
    if file.is_ours() || file.without_graph().is_some() || scope == Scope::Everything {
        diagnostics.extend(file.others.iter().filter_map(not_an_object));
    }
}

/// Whether a graph says that it comes out of a render.
fn is_rendered(graph: &Node) -> bool {
    let label = graph.at(&["metadata", "labels", "app.kubernetes.io/managed-by"]);
    label.and_then(Node::as_str) == Some("graphwright")
}

/// Whether a file is called as Kustomize's own are.
pub(super) fn is_kustomization_file(name: &str) -> bool {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    matches!(
        name,
        "kustomization.yaml" | "kustomization.yml" | "Kustomization"
    )
}

/// Whether a document is for Kustomize: by its version, or by its file's name if it gives none.
fn is_kustomization(file: &str, version: Option<&str>, kind: Option<&str>) -> bool {
    match (version, kind) {
        (Some(version), _) => {
            version.starts_with("kustomize.config.k8s.io/")
                && matches!(kind, None | Some("Kustomization" | "Component"))
        }
        (None, None | Some("Kustomization" | "Component")) => is_kustomization_file(file),
        (None, Some(_)) => false,
    }
}

/// Whether a document looks like a Kubernetes object.
pub(super) fn is_object(document: &Node) -> bool {
    ["apiVersion", "kind"].iter().all(|key| {
        document
            .get(key)
            .is_some_and(|value| value.as_str().is_some())
    })
}

/// Whether an object is a custom resource of the Dynamo operator: a request for a graph, a model, a checkpoint.
pub(super) fn is_of_operator(object: &Node) -> bool {
    let starts = |key, start| {
        let text = object.get(key).and_then(Node::as_str);
        text.is_some_and(|text| text.starts_with(start))
    };
    starts("apiVersion", "nvidia.com/") && starts("kind", "Dynamo")
}

/// The documents of a `List`, as `kubectl get -o yaml` prints it; any other document is itself.
fn items(mut document: Node) -> Vec<Node> {
    let is_list = document.get("kind").and_then(Node::as_str) == Some("List")
        && document.get("apiVersion").and_then(Node::as_str) == Some("v1");
    let items = match document.get_mut("items") {
        Some(items) if is_list => items.as_list_mut().map(std::mem::take),
        _ => None,
    };
    items.unwrap_or_else(|| vec![document])
}

/// Complains about a kind or version of ours, or of the graph's, that does not exist.
fn unknown_kind(document: &Node, version: &str, kind: &str) -> Option<Diagnostic> {
    let origin = |key| document.get(key).map_or(Origin::None, |node| node.origin);
    if version.starts_with(OUR_GROUP) {
        let known_kind = matches!(kind, "Release" | "ClusterProfile" | "Project");
        if !known_kind {
            let mut diagnostic = Diagnostic::new(
                &rules::UNKNOWN_KIND,
                origin("kind"),
                format!("`{}` is no kind of {version}", kind.escape_debug()),
            );
            if let Some(meant) = did_you_mean(kind, ["Release", "ClusterProfile", "Project"]) {
                diagnostic = diagnostic.help(meant);
            }
            return Some(
                diagnostic.help("the kinds are `Release`, `ClusterProfile` and `Project`"),
            );
        }
        let diagnostic = Diagnostic::new(
            &rules::UNKNOWN_KIND,
            origin("apiVersion"),
            format!("`{}` is no version of {kind}", version.escape_debug()),
        );
        return Some(diagnostic.help(format!("write `{OUR_VERSION}`")));
    }
    if kind == GRAPH {
        let diagnostic = Diagnostic::new(
            &rules::UNKNOWN_KIND,
            origin("apiVersion"),
            format!("`{}` is no version of {GRAPH}", version.escape_debug()),
        );
        return Some(diagnostic.help("write `nvidia.com/v1beta1` or `nvidia.com/v1alpha1`"));
    }
    let is_ours = matches!(kind, "Release" | "ClusterProfile") && near(version, OUR_VERSION);
    if is_ours {
        let diagnostic = Diagnostic::new(
            &rules::UNKNOWN_KIND,
            origin("apiVersion"),
            format!("`{}` is no version of {kind}", version.escape_debug()),
        );
        return Some(diagnostic.help(format!("did you mean `{OUR_VERSION}`?")));
    }
    if GRAPH_VERSIONS.contains(&version) && near(kind, GRAPH) && kind != "DynamoComponentDeployment"
    {
        let diagnostic = Diagnostic::new(
            &rules::UNKNOWN_KIND,
            origin("kind"),
            format!("`{}` is no kind of {version}", kind.escape_debug()),
        );
        return Some(diagnostic.help(format!("did you mean `{GRAPH}`?")));
    }
    if GRAPH_VERSIONS.contains(&version)
        && OPERATOR.iter().all(|known| *known != kind)
        && let Some(meant) = OPERATOR.iter().find(|known| near(kind, known))
    {
        let diagnostic = Diagnostic::new(
            &rules::UNKNOWN_KIND,
            origin("kind"),
            format!("`{}` is no kind of {version}", kind.escape_debug()),
        );
        return Some(diagnostic.help(format!("did you mean `{meant}`?")));
    }
    None
}

/// Few letters apart: a slip of the finger, not another name.
fn near(written: &str, meant: &str) -> bool {
    written != meant && strsim::damerau_levenshtein(written, meant) <= 3
}

fn not_an_object(document: &Node) -> Option<Diagnostic> {
    let Value::Map(map) = &document.value else {
        return Some(
            Diagnostic::new(
                &rules::NOT_AN_OBJECT,
                document.origin,
                format!(
                    "a document must be a Kubernetes object, not {}",
                    document.kind()
                ),
            )
            .help("remove it, or check the indentation and the `---` lines around it"),
        );
    };
    for field in ["apiVersion", "kind"] {
        let problem = match map.entry(field) {
            Some(entry) if entry.value.as_str().is_some_and(|text| !text.is_empty()) => continue,
            Some(entry) => (entry.value.origin, format!("`{field}` must be a string")),
            None => (
                map.iter().next().map_or(document.origin, |e| e.key_origin),
                format!("the document has no `{field}`, so it is not a Kubernetes object"),
            ),
        };
        return Some(
            Diagnostic::new(&rules::NOT_AN_OBJECT, problem.0, problem.1).help(
                "every object has `apiVersion`, `kind` and `metadata`; check for a `---` too many",
            ),
        );
    }
    None
}

/// What to say about a file that holds nothing of ours.
pub(super) fn nothing_in(file: &InputFile) -> Diagnostic {
    let first = file.others.first();
    let origin = first
        .and_then(|object| object.get("kind").or(Some(object)))
        .map_or_else(|| file.origin(), |node| node.origin);
    if first.is_none() {
        let message = format!("there is nothing in `{}`", file.name);
        return Diagnostic::new(&rules::NOTHING_FOUND, origin, message)
            .help("give a file with a graph, a release or a profile");
    }
    let message = format!("`{}` has no graph, release or profile in it", file.name);
    let mut diagnostic = Diagnostic::new(&rules::NOTHING_FOUND, origin, message);
    let mut kinds: Vec<&str> = Vec::new();
    for object in &file.others {
        if let Some(kind) = object.get("kind").and_then(Node::as_str)
            && !kinds.contains(&kind)
        {
            kinds.push(kind);
        }
    }
    if let Some(meant) = kinds
        .iter()
        .find_map(|kind| did_you_mean(kind, [GRAPH, "Release", "ClusterProfile"]))
    {
        diagnostic = diagnostic.help(meant);
    }
    diagnostic.help(
        "a graph is a `DynamoGraphDeployment` of `nvidia.com/v1beta1` or `v1alpha1`; releases and \
         profiles are `Release` and `ClusterProfile` of `graphwright.dev/v1alpha1`",
    )
}

/// The paths in a file's documents. A value of another type is left to the check against the schema.
pub(super) fn references(file: &InputFile) -> Vec<Reference> {
    let mut paths = Vec::new();
    let mut push = |node: &Node, what| {
        if let Some(path) = node.as_str() {
            paths.push(Reference {
                path: path.to_owned(),
                origin: node.origin,
                what,
            });
        }
    };
    let is_path = |node: &&Node| node.as_str().is_some_and(super::is_path);
    let list = |document: &Node, field: &str| -> Vec<Node> {
        document
            .at(&["spec", field])
            .and_then(Node::as_list)
            .map(<[Node]>::to_vec)
            .unwrap_or_default()
    };
    for release in &file.releases {
        if let Some(graph) = release.at(&["spec", "graph"]) {
            push(graph, What::Document);
        }
        for profile in list(release, "profiles").iter().filter(is_path) {
            push(profile, What::Document);
        }
        if let Some(templates) = release.at(&["spec", "templates"]) {
            push(templates, What::Templates);
        }
    }
    for profile in &file.profiles {
        for layer in list(profile, "extends").iter().filter(is_path) {
            push(layer, What::Document);
        }
    }
    paths
}
