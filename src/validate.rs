//! Would the API server take what was made?
//!
//! Every manifest is held against the schema of its kind, unknown fields included, and a complaint points
//! at the input line that caused it.

use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::origin::Origin;
use crate::rules::{self, Decisions};
use crate::schema;

/// What is wrong with the manifests of one pair, for a Kubernetes version such as `1.34`.
pub fn validate(
    manifests: &[Manifest],
    kubernetes: &str,
    decisions: &Decisions,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for manifest in manifests {
        schema(manifest, kubernetes, decisions, &mut diagnostics);
    }
    diagnostics
}

fn schema(
    manifest: &Manifest,
    kubernetes: &str,
    decisions: &Decisions,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut pruned;
    let object = if has_null(&manifest.object) {
        pruned = manifest.object.clone();
        pruned.prune_nulls();
        &pruned
    } else {
        &manifest.object
    };
    let key = &manifest.key;
    if !schema::is_known(&key.api_version, &key.kind, kubernetes) {
        let origin = input_of(manifest.object.origin_of("/kind"), decisions);
        let message = format!(
            "`{}` of `{}` is not checked: its schema is not known",
            key.kind, key.api_version
        );
        let diagnostic =
            Diagnostic::new(&rules::SCHEMA_MISSING, origin, message).subject(key.to_string());
        let others = schema::versions(&key.kind, key.group(), kubernetes);
        diagnostics.push(match others.as_slice() {
            [] => diagnostic.help("check its fields yourself; everything else of it is as written"),
            others => diagnostic.help(format!("`{}` is known in {}", key.kind, others.join(", "))),
        });
        return;
    }
    for problem in schema::check(&object.to_json(), &key.api_version, &key.kind, kubernetes) {
        let origin = input_of(object.origin_of(&problem.pointer), decisions);
        let mut diagnostic = Diagnostic::new(&rules::SCHEMA, origin, problem.message)
            .subject(format!("{key} {}", problem.pointer));
        if let Some(help) = problem.help {
            diagnostic = diagnostic.help(help);
        }
        let is_value = ["/data/", "/stringData/"]
            .iter()
            .any(|start| problem.pointer.starts_with(start));
        if let Some(place) = origin.place().filter(|_| key.kind == "Secret" && is_value) {
            diagnostic = diagnostic.hide(place);
        }
        diagnostics.push(diagnostic);
    }
}

/// The input behind an origin: itself, or the first one that the decision looked at.
fn input_of(origin: Origin, decisions: &Decisions) -> Origin {
    match decisions.get(origin) {
        Some(decision) => decision
            .inputs
            .iter()
            .copied()
            .find(|input| input.place().is_some())
            .unwrap_or(origin),
        None => origin,
    }
}

fn has_null(node: &crate::yaml::Node) -> bool {
    use crate::yaml::Value;
    match &node.value {
        Value::Null => true,
        Value::List(items) => items.iter().any(has_null),
        Value::Map(map) => map.iter().any(|entry| has_null(&entry.value)),
        _ => false,
    }
}
