//! Does each object keep the rules that its schema spells as expressions, and are entries of its lists
//! different where they must be?

use super::Subject;
use crate::cel::{Before, What, walk};
use crate::diagnostic::Diagnostic;
use crate::rules::{self, Severity};

/// How long an expression may be to be shown.
const SHOWN: usize = 300;

pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for manifest in subject.manifests {
        let key = &manifest.key;
        // A schema that cannot be used has been reported.
        let Ok(Some(shapes)) = subject.schemas.shapes(&key.api_version, &key.kind) else {
            continue;
        };
        let before = match subject.before(manifest) {
            Some(before) if before.key.api_version == key.api_version => {
                Before::Known(&before.object)
            }
            Some(_) => Before::Unknown,
            None => Before::Nothing,
        };
        let wrong = walk(&shapes, &manifest.object, before);
        if wrong.is_empty() {
            continue;
        }
        // Of an object that does not fit its schema, the API server asks no rules: they may err for that reason.
        let prefix = key.to_string();
        let is_malformed = found.iter().any(|other| {
            other.rule.code == rules::SCHEMA.code
                && other.subject.as_deref().is_some_and(|of| {
                    of.strip_prefix(&prefix)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
                })
        });
        for one in wrong {
            let pointer = &one.pointer;
            let diagnostic = match one.what {
                What::Broken { message, rule } => subject
                    .finding(&rules::CEL, manifest, pointer, message)
                    .help(format!("the rule of the kind's schema: {}", shown(&rule))),
                What::Error { .. } if is_malformed => continue,
                What::Error { rule, why } => subject
                    .finding(
                        &rules::CEL,
                        manifest,
                        pointer,
                        format!("a rule of the schema ends in an error: {why}"),
                    )
                    .help(format!(
                        "the API server takes that for a no; the rule: {}",
                        shown(&rule)
                    )),
                What::NotEvaluated { rule, why } => subject
                    .finding(
                        &rules::CEL_NOT_EVALUATED,
                        manifest,
                        pointer,
                        format!("a rule of the schema is not checked: {why}"),
                    )
                    .help(format!("check it yourself: {}", shown(&rule))),
                What::Duplicate { same, first } => subject
                    .finding(
                        &rules::LIST_DUPLICATE,
                        manifest,
                        pointer,
                        format!("`{same}` is in this list twice"),
                    )
                    .help(format!(
                        "the first is `{first}`; give one of them another name, or take it out"
                    )),
            };
            found.push(diagnostic);
        }
    }
}

/// Takes out what another check says of the same value: the webhook repeats rules of its schemas, and ours of
/// the webhook say more.
pub(super) fn give_way(found: &mut Vec<Diagnostic>) {
    let is_rule = |one: &Diagnostic| one.rule.code == rules::CEL.code;
    if !found.iter().any(is_rule) {
        return;
    }
    let others: Vec<String> = found
        .iter()
        .filter(|one| one.severity == Severity::Error && !is_rule(one))
        .filter_map(|one| one.subject.clone())
        .collect();
    found.retain(|one| {
        !(is_rule(one) && one.subject.as_ref().is_some_and(|of| others.contains(of)))
    });
}

/// An expression on one line.
fn shown(rule: &str) -> String {
    let line = rule.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}
