//! Graphs of one version become graphs of the other and come back as they were.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read what lies beside the repository and stop at the first surprise"
)]

#[path = "common/generated_graphs.rs"]
mod generated_graphs;
#[path = "common/upstream.rs"]
mod upstream;

use std::collections::BTreeMap;
use std::path::Path;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use graphwright::convert::{self, ANNOTATION};
use graphwright::diagnostic::{self, Diagnostic, Style};
use graphwright::model::profile::GraphVersion;
use graphwright::origin::Origin;
use graphwright::rules::Severity;
use graphwright::source::Sources;
use graphwright::yaml::{Node, read};
use upstream::{files, shared};

struct Read {
    name: String,
    sources: Sources,
    graphs: Vec<Node>,
}

fn corpus(shared: &Path) -> Vec<Read> {
    let folder = shared.join("corpus");
    files(&folder)
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&folder).unwrap().display().to_string();
            let text = std::fs::read_to_string(&path).unwrap();
            let mut sources = Sources::default();
            let file = sources.add(&name, text.as_str());
            let mut mistakes = Vec::new();
            let graphs = read::documents(&text, file, &read::Limits::default(), &mut mistakes)
                .into_iter()
                .filter(|node| {
                    node.get("kind").and_then(Node::as_str) == Some("DynamoGraphDeployment")
                })
                .collect();
            assert!(!diagnostic::has_errors(&mistakes), "{name}");
            Read {
                name,
                sources,
                graphs,
            }
        })
        .collect()
}

fn version(graph: &Node) -> GraphVersion {
    match graph.get("apiVersion").and_then(Node::as_str) {
        Some("nvidia.com/v1alpha1") => GraphVersion::V1Alpha1,
        _ => GraphVersion::V1Beta1,
    }
}

fn other(version: GraphVersion) -> GraphVersion {
    match version {
        GraphVersion::V1Alpha1 => GraphVersion::V1Beta1,
        GraphVersion::V1Beta1 => GraphVersion::V1Alpha1,
    }
}

fn told(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    diagnostic::to_text(diagnostics, sources, Style::default())
}

/// Files that are refused, and the field each refusal names.
const REFUSED: [(&str, &str); 1] = [(
    "deploy/operator/config/samples/nvidia.com_v1alpha1_dynamographdeployment.yaml",
    // A sample without a spec: there is nothing to run.
    "spec.services",
)];

#[test]
fn every_graph_of_the_corpus_comes_back_as_it_was() {
    let Some(shared) = shared() else { return };
    let mut sizes = Vec::new();
    for Read {
        name,
        sources,
        graphs,
    } in corpus(&shared)
    {
        for graph in graphs {
            let mut diagnostics = Vec::new();
            let from = version(&graph);
            let converted = convert::convert(&graph, other(from), &mut diagnostics);
            if let Some((_, field)) = REFUSED.iter().find(|(file, _)| *file == name) {
                assert!(converted.is_none(), "{name}");
                let subject = diagnostics[0].subject.clone().unwrap();
                assert!(subject.ends_with(field), "{name}: {subject}");
                continue;
            }
            let text = told(&diagnostics, &sources);
            let converted = converted.unwrap_or_else(|| panic!("{name}\n{text}"));
            assert!(text.is_empty(), "{name}\n{text}");
            let patch = converted
                .object
                .at(&["metadata", "annotations", ANNOTATION])
                .map(|node| node.as_str().unwrap().to_owned());
            sizes.push((patch.map_or(0, |patch| patch.len()), from));
            let back = convert::convert(&converted.object, from, &mut diagnostics);
            let text = told(&diagnostics, &sources);
            let back = back.unwrap_or_else(|| panic!("{name}\n{text}"));
            assert!(text.is_empty(), "{name}\n{text}");
            assert_eq!(back.object.to_json(), graph.to_json(), "{name}");
        }
    }
    let kept: Vec<&(usize, GraphVersion)> = sizes.iter().filter(|(size, _)| *size > 0).collect();
    println!(
        "{} graphs, {} with a patch: {kept:?}",
        sizes.len(),
        kept.len()
    );
    for (size, from) in sizes {
        match from {
            GraphVersion::V1Beta1 => assert_eq!(size, 0, "v1alpha1 can say all of the corpus"),
            GraphVersion::V1Alpha1 => assert!(size < 2_000, "{size} bytes are too many"),
        }
    }
}

#[test]
fn converted_graphs_of_the_corpus_pass_the_upstream_schemas() {
    let Some(shared) = shared() else { return };
    let path = shared.join("crds/nvidia.com_dynamographdeployments.yaml");
    let schemas: BTreeMap<String, _> = upstream::schemas_of(&path)
        .iter()
        .map(|(name, schema)| (name.clone(), upstream::compile(schema)))
        .collect();
    let with = |field: &str| {
        serde_json::json!({
            "apiVersion": "nvidia.com/v1beta1",
            "kind": "DynamoGraphDeployment",
            "metadata": {},
            "spec": {"components": [{"name": "a", field: 1}]},
        })
    };
    let beta = &schemas["nvidia.com/v1beta1/DynamoGraphDeployment"];
    assert!(beta.is_valid(&with("replicas")));
    assert!(!beta.is_valid(&with("replica")), "the schemas are strict");
    let mut checked = 0;
    for Read { name, graphs, .. } in corpus(&shared) {
        for graph in graphs {
            let to = other(version(&graph));
            let Some(converted) = convert::convert(&graph, to, &mut Vec::new()) else {
                continue;
            };
            let normal = convert::normalize(&graph, Vec::new(), &mut Vec::new()).unwrap();
            for (object, version) in [
                (converted.object, to),
                (normal.object, GraphVersion::V1Beta1),
            ] {
                let schema = match version {
                    GraphVersion::V1Alpha1 => &schemas["nvidia.com/v1alpha1/DynamoGraphDeployment"],
                    GraphVersion::V1Beta1 => beta,
                };
                let object = object.to_json();
                let errors: Vec<String> = schema
                    .iter_errors(&object)
                    .map(|error| format!("{}: {error}", error.instance_path()))
                    .collect();
                assert!(errors.is_empty(), "{name} as {version:?}: {errors:#?}");
                checked += 1;
            }
        }
    }
    assert!(checked > 150, "{checked}");
}

#[test]
fn every_graph_of_the_corpus_can_be_normalized() {
    let Some(shared) = shared() else { return };
    for Read {
        name,
        sources,
        graphs,
    } in corpus(&shared)
    {
        for graph in graphs {
            let mut diagnostics = Vec::new();
            let normal = convert::normalize(&graph, Vec::new(), &mut diagnostics);
            let refused = REFUSED.iter().any(|(file, _)| *file == name);
            let text = told(&diagnostics, &sources);
            assert_eq!(normal.is_none(), refused, "{name}\n{text}");
            assert_eq!(text.is_empty(), !refused, "{name}\n{text}");
            if let Some(normal) = normal {
                assert!(
                    normal
                        .object
                        .at(&["metadata", "annotations", ANNOTATION])
                        .is_none()
                );
                assert!(!normal.components.is_empty(), "{name}");
            }
        }
    }
}

/// Converts there and back. What is refused must be refused for a value that is given twice.
fn comes_back(graph: &serde_json::Value) -> bool {
    let graph = Node::from_json(graph, Origin::None);
    let from = version(&graph);
    let mut diagnostics = Vec::new();
    let Some(there) = convert::convert(&graph, other(from), &mut diagnostics) else {
        for diagnostic in diagnostics.iter().filter(|d| d.severity == Severity::Error) {
            assert_eq!(diagnostic.rule.code, "graph-conflict", "{diagnostic:?}");
        }
        return false;
    };
    let mut diagnostics = Vec::new();
    let back = convert::convert(&there.object, from, &mut diagnostics);
    let back = back.unwrap_or_else(|| panic!("{diagnostics:#?}\n{:#}", there.object.to_json()));
    assert_eq!(
        back.object.to_json(),
        graph.to_json(),
        "{:#}",
        there.object.to_json()
    );
    true
}

proptest::proptest! {
    #[test]
    fn any_v1beta1_graph_comes_back(graph in generated_graphs::beta()) {
        proptest::prop_assert!(comes_back(&graph));
    }

    #[test]
    fn any_v1alpha1_graph_comes_back(graph in generated_graphs::alpha()) {
        comes_back(&graph);
    }
}

/// The property above means something only if few graphs are refused.
#[test]
fn most_generated_v1alpha1_graphs_are_accepted() {
    let mut runner = TestRunner::deterministic();
    let graphs = generated_graphs::alpha();
    let accepted = (0..200)
        .filter(|_| comes_back(&graphs.new_tree(&mut runner).unwrap().current()))
        .count();
    assert!(accepted > 120, "{accepted} of 200");
}
