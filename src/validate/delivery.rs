//! What do Flux, Argo CD and `kubectl apply` make of a manifest?

mod argo;
mod flux;

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::rules;
use crate::yaml::{Node, Value, pointer_push};

/// What an annotation can hold, and so a client-side apply's copy of the object.
const MOST_BYTES: usize = 262_144;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Adds what GitOps tools would trip over.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for manifest in subject.manifests {
        flux::check(subject, manifest, found);
        argo::check(subject, manifest, found);
        annotations(subject, manifest, found);
        size(subject, manifest, found);
    }
}

/// The pointer of an annotation.
fn annotation(below: &str, key: &str) -> String {
    let mut pointer = format!("{below}/annotations");
    pointer_push(&mut pointer, key);
    pointer
}

fn annotations(subject: &Subject<'_>, manifest: &Manifest, found: &mut Vec<Diagnostic>) {
    let annotations = manifest.object.at(&["metadata", "annotations"]);
    for entry in annotations.and_then(Node::as_map).into_iter().flatten() {
        let (rule, message, help) = match entry.key.as_str() {
            LAST_APPLIED => (
                &rules::LAST_APPLIED,
                "the manifest holds the copy of an earlier apply".to_owned(),
                "remove the annotation",
            ),
            "helm.sh/hook" => (
                &rules::HELM_HOOK,
                format!(
                    "a Helm hook (`{}`) is applied like any other object",
                    entry.value.as_str().unwrap_or_default().escape_debug()
                ),
                "let Helm install it, or write `argocd.argoproj.io/hook` for Argo CD",
            ),
            _ => continue,
        };
        let pointer = annotation("/metadata", &entry.key);
        found.push(
            subject
                .finding(rule, manifest, &pointer, message)
                .help(help),
        );
    }
}

/// Objects that are too large for the copy that a client keeps.
fn size(subject: &Subject<'_>, manifest: &Manifest, found: &mut Vec<Diagnostic>) {
    let bytes = bytes(&manifest.object);
    if bytes > MOST_BYTES {
        let message =
            format!("the object has about {bytes} bytes, a client-side apply keeps {MOST_BYTES}");
        found.push(
            subject
                .finding(&rules::APPLY_SIZE, manifest, "", message)
                .help("apply it on the server: `kubectl apply --server-side`, or the sync option `ServerSideApply=true`"),
        );
    }
}

/// The bytes of an object as JSON, nearly: without escapes.
fn bytes(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Bool(_) => 4,
        Value::Int(_) | Value::Float(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::List(items) => 2 + items.iter().map(|item| bytes(item) + 1).sum::<usize>(),
        Value::Map(map) => {
            let entries = map
                .iter()
                .map(|entry| entry.key.len() + 4 + bytes(&entry.value));
            2 + entries.sum::<usize>()
        }
    }
}
