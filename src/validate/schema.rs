//! Which fields does an object of its kind have, and of which types?

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::rules;

/// How many mistakes of one object are told one by one.
const MOST_PROBLEMS: usize = 50;

/// Holds every manifest against the schema of its kind.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for manifest in subject.manifests {
        check_one(subject, manifest, found);
    }
}

fn check_one(subject: &Subject<'_>, manifest: &Manifest, diagnostics: &mut Vec<Diagnostic>) {
    let kubernetes = subject.kubernetes();
    let mut pruned;
    let object = if has_null(&manifest.object) {
        pruned = manifest.object.clone();
        pruned.prune_nulls();
        &pruned
    } else {
        &manifest.object
    };
    let key = &manifest.key;
    if !subject
        .schemas
        .is_known(&key.api_version, &key.kind, kubernetes)
    {
        let origin = subject.input_of(manifest.object.origin_of("/kind"));
        let message = format!(
            "`{}` of `{}` is not checked: its schema is not known",
            key.kind, key.api_version
        );
        let diagnostic = Diagnostic::new(&rules::SCHEMA_MISSING, origin, message)
            .about(key)
            .subject(key.to_string());
        let others = subject.schemas.versions(&key.kind, key.group(), kubernetes);
        diagnostics.push(match others.as_slice() {
            [] => diagnostic.help("check its fields yourself; everything else of it is as written"),
            others => diagnostic.help(format!("`{}` is known in {}", key.kind, others.join(", "))),
        });
        return;
    }
    let problems =
        subject
            .schemas
            .check(&object.to_json(), &key.api_version, &key.kind, kubernetes);
    let problems = problems.unwrap_or_else(|why| {
        let origin = subject.input_of(manifest.object.origin_of("/kind"));
        diagnostics.push(
            Diagnostic::new(&rules::SCHEMA_FILE, origin, format!("the schema {why}"))
                .about(key)
                .subject(key.to_string())
                .help("import it again with `graphwright schema import`, or remove the file"),
        );
        Vec::new()
    });
    let more = problems.len().saturating_sub(MOST_PROBLEMS);
    for problem in problems.into_iter().take(MOST_PROBLEMS) {
        let origin = subject.input_of(object.origin_of(&problem.pointer));
        let mut diagnostic = Diagnostic::new(&rules::SCHEMA, origin, problem.message)
            .about(key)
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
    if more > 0 {
        let message = format!("{more} more fields of {key} are not as its schema has them");
        diagnostics.push(
            subject
                .finding(&rules::SCHEMA, manifest, "", message)
                .help("mend these first: mistakes of one kind are often one mistake"),
        );
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
