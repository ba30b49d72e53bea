//! A graph rendered on a profile that says nothing comes back with every field.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail loudly and read their inputs"
)]

#[path = "common/upstream.rs"]
mod upstream;

use std::path::Path;
use std::sync::Mutex;

use graphwright::convert::{ANNOTATION, convert};
use graphwright::load::{Input, Request};
use graphwright::model::profile::GraphVersion;
use graphwright::source::Sources;
use graphwright::yaml::{Node, read};
use graphwright::{Rendered, diagnostic};
use serde_json::Value as Json;

/// The graphs of a file in v1beta1, as the author wrote them.
fn authored(path: &Path) -> Vec<Json> {
    let text = std::fs::read_to_string(path).unwrap();
    let documents = read::documents(&text, 0, &read::Limits::default(), &mut Vec::new());
    documents
        .iter()
        .filter(|node| node.get("kind").and_then(Node::as_str) == Some("DynamoGraphDeployment"))
        .filter_map(|node| convert(node, GraphVersion::V1Beta1, &mut Vec::new()))
        .map(|converted| {
            let mut object = converted.object;
            object.prune_nulls();
            if let Some(annotations) = object.at_mut(&["metadata", "annotations"]) {
                annotations.remove(ANNOTATION);
            }
            object.to_json()
        })
        .collect()
}

/// Mistakes of upstream's files that rendering leaves as they are: tags that are no versions, and add-ons that
/// the cluster does not have.
const AUTHORS_OWN: [&str; 4] = [
    "runtime-version",
    "inference-pool",
    "needs-grove",
    "multinode-orchestrator",
];

fn rendered(path: &Path) -> Vec<Json> {
    let profile =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/providers/nothing.yaml");
    let request = Request {
        inputs: vec![Input::Path(path.to_owned())],
        profiles: vec![profile.display().to_string()],
        ..Request::default()
    };
    let pairs = Mutex::new(Vec::new());
    graphwright::render(
        &request,
        &mut Sources::default(),
        1,
        &|pair: Rendered, _| {
            pairs.lock().unwrap().push(pair);
        },
    );
    let pairs = pairs.into_inner().unwrap();
    let sound = pairs.into_iter().filter(|pair| {
        let mut found = pair.diagnostics.clone();
        found.retain(|one| !AUTHORS_OWN.contains(&one.rule.code));
        !diagnostic::has_errors(&found)
    });
    sound
        .flat_map(|pair| pair.manifests)
        .filter(|manifest| manifest.key.kind == "DynamoGraphDeployment")
        .map(|manifest| manifest.object.to_json())
        .collect()
}

/// Every value of `author` that is not in `rendered`, by its path.
fn missing(author: &Json, rendered: Option<&Json>, path: &str, found: &mut Vec<String>) {
    match (author, rendered) {
        (Json::Object(fields), Some(Json::Object(there))) => {
            for (key, value) in fields {
                missing(value, there.get(key), &format!("{path}/{key}"), found);
            }
        }
        // An empty mapping or list may have been filled.
        (Json::Object(fields), None) if fields.is_empty() => {}
        (Json::Array(items), Some(Json::Array(there))) => {
            for (index, value) in items.iter().enumerate() {
                missing(value, there.get(index), &format!("{path}/{index}"), found);
            }
        }
        (value, Some(there)) if value == there => {}
        _ => found.push(path.to_owned()),
    }
}

/// The release decides about the namespace; everything else is the author's.
#[test]
fn every_field_of_the_corpus_is_kept() {
    let Some(shared) = upstream::shared() else {
        return;
    };
    let mut graphs = 0;
    let mut lost = Vec::new();
    for path in upstream::files(&shared.join("corpus")) {
        for (author, rendered) in authored(&path).iter().zip(rendered(&path)) {
            let mut found = Vec::new();
            missing(author, Some(&rendered), "", &mut found);
            found.retain(|path| path != "/metadata/namespace");
            lost.extend(
                found
                    .iter()
                    .map(|field| format!("{}: {field}", path.display())),
            );
            graphs += 1;
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    // Of 98 graphs one has no spec and three have no valid namespace.
    assert_eq!(graphs, 94);
}
