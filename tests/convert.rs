//! Graphs of one version become graphs of the other and come back as they were.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read what lies beside the repository and stop at the first surprise"
)]

use std::path::{Path, PathBuf};

use graphwright::convert::{self, ANNOTATION};
use graphwright::diagnostic::{self, Diagnostic, Style};
use graphwright::model::profile::GraphVersion;
use graphwright::source::Sources;
use graphwright::yaml::{Node, read};

/// The folder of upstream files, or none with a note.
fn shared() -> Option<PathBuf> {
    let path = std::env::var_os("GRAPHWRIGHT_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    if path.join("corpus").is_dir() {
        return Some(path);
    }
    assert!(
        std::env::var_os("GRAPHWRIGHT_REQUIRE_SHARED").is_none(),
        "{} is not there",
        path.display()
    );
    eprintln!("skipped: {} is not there", path.display());
    None
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    files
}

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
            sizes.push((
                patch.as_ref().map_or(0, String::len),
                from,
                name.clone(),
                patch,
            ));
            let back = convert::convert(&converted.object, from, &mut diagnostics);
            let text = told(&diagnostics, &sources);
            let back = back.unwrap_or_else(|| panic!("{name}\n{text}"));
            assert!(text.is_empty(), "{name}\n{text}");
            assert_eq!(back.object.to_json(), graph.to_json(), "{name}");
        }
    }
    sizes.sort_by_key(|(size, ..)| *size);
    for (size, from, name, patch) in &sizes {
        println!(
            "{size:6} {from:?} {name} {}",
            patch
                .as_deref()
                .unwrap_or_default()
                .chars()
                .take(400)
                .collect::<String>()
        );
    }
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
            if let Some(normal) = normal {
                println!("{name} {:#?}", normal.components);
            }
        }
    }
}
