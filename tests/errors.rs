//! Every mistake a user can make in an input, and what the program says about it.
//!
//! A case is `tests/errors/<code>[-<variant>].yaml`, or a directory of that name, or an entry of
//! `tests/error_cases/made.rs` for what cannot be committed. Beside it stands the text that it gives, `<name>.txt`. The case must give the
//! diagnostic it is named for. A file says on its first line what to run it with (`# profile: eks-p5`), a
//! directory in a file `args` (`release.yaml --profile eks-p5`; the whole directory if there is none).
//! `tests/errors/neighbours` has, under the names of cases, what is nearly the same and right.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail and may use files"
)]

mod error_cases;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use error_cases::{DIRECTORY, cases, code_of, distance, neighbours, run};
use graphwright::diagnostic::{self, Style};
use graphwright::rules::{self, Rule, Severity};

/// How many lines a neighbour may have otherwise.
const MOST_CHANGES: usize = 16;

#[test]
fn every_mistake_is_explained_as_its_golden_says() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    let mut expected: BTreeSet<String> = BTreeSet::new();
    for case in cases() {
        let (mut diagnostics, sources) = run(&case.request);
        let code = code_of(&case.name);
        // What the plan has to remark on the parts that are right is another case's subject.
        diagnostics.retain(|d| d.severity != Severity::Note || Some(d.rule.code) == code);
        if !diagnostics.iter().any(|d| Some(d.rule.code) == code) {
            wrong.push(format!(
                "{}: no diagnostic with the code it is named for",
                case.name
            ));
        }
        let text = diagnostic::to_text(&diagnostics, &sources, Style::default());
        let text = text.replace(&case.base, "");
        let file = format!("{}.txt", case.name);
        let path = Path::new(DIRECTORY).join(&file);
        expected.insert(file);
        if update {
            fs::write(&path, &text).unwrap();
        } else if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            wrong.push(format!("{}:\n{text}", path.display()));
        }
    }
    for entry in fs::read_dir(DIRECTORY).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".txt") && !expected.contains(&name) {
            wrong.push(format!("{name}: there is no such case"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nUPDATE_GOLDEN=1 cargo test --test errors rewrites the texts",
        wrong.join("\n")
    );
}

/// Rules that report something and have no case here: why, the file that tests them instead, and its test
/// of the nearest thing that is right.
const ELSEWHERE: [(&str, &str, &str, &str); 16] = [
    (
        "waiver-expired",
        "it needs a day",
        "tests/validate.rs",
        "waivers_cover_findings_until_their_day",
    ),
    (
        "graph-api-version",
        "a graph of another version is `unknown-kind` when it is read; this is for callers of the library",
        "src/convert/tests.rs",
        "names_are_the_keys_of_services_in_the_order_written",
    ),
    (
        "graph-unconverted",
        "only `convert` brings back what a conversion kept aside",
        "src/convert/tests.rs",
        "an_edit_in_between_is_found",
    ),
    (
        "output-path",
        "it needs a place that cannot be written",
        "tests/emit.rs",
        "the_current_directory_can_be_the_tree",
    ),
    (
        "output-symlink",
        "it needs a tree with links in it",
        "tests/emit.rs",
        "the_target_itself_may_be_a_link",
    ),
    (
        "file-not-ours",
        "it needs a tree with files of others",
        "tests/emit.rs",
        "files_no_longer_rendered_go_and_others_stay",
    ),
    (
        "nothing-rendered",
        "a guard: every known way to render nothing is another mistake first",
        "src/cli/inputs.rs",
        "",
    ),
    (
        "no-such-object",
        "it is about an argument of `why`",
        "tests/cli.rs",
        "why_names_the_line_of_the_input",
    ),
    (
        "no-such-field",
        "it is about an argument of `why`",
        "tests/cli.rs",
        "why_names_the_line_of_the_input",
    ),
    (
        "no-such-schema",
        "it is about an argument of `schema`",
        "tests/cli.rs",
        "why_names_the_line_of_the_input",
    ),
    (
        "schema-import",
        "it is about an argument of `schema`",
        "tests/schema_import.rs",
        "lists_and_charts_are_read",
    ),
    (
        "schema-import-template",
        "it is about an argument of `schema`",
        "tests/schema_import.rs",
        "lists_and_charts_are_read",
    ),
    (
        "schema-pattern",
        "it is about an argument of `schema`",
        "tests/schema_import.rs",
        "a_pattern_that_cannot_be_read_is_said",
    ),
    (
        "no-such-rule",
        "it is about an argument of `rules`",
        "tests/cli.rs",
        "rules_are_listed_and_shown",
    ),
    (
        "promotion",
        "it is about the commands that change a release's file",
        "tests/blue_green.rs",
        "a_profile_with_a_field_of_its_own_moves_alone",
    ),
    (
        "directory-not-empty",
        "it is about an argument of `init`",
        "tests/cli.rs",
        "what_init_writes_renders_at_once",
    ),
];

/// Rules that are notes and are reported; the other notes only set fields, and `why` tells them.
const REPORTED_NOTES: [&str; 11] = [
    "exposure-class",
    "waiver-unused",
    "no-graph",
    "fabric-devices",
    "spot-grace",
    "storage-claim-written",
    "metrics-disabled",
    "identity-association",
    "discovery-rights",
    "secret-not-declared",
    "object-name-shortened",
];

/// Whether `tests/rules` breaks the rule, and so mends it too: a check of manifests.
fn is_check(rule: &Rule) -> bool {
    Path::new("tests/rules").join(rule.code).is_dir()
}

/// Whether a rule can complain, and does not only set fields.
fn reports(rule: &Rule) -> bool {
    rule.severity != Severity::Note || REPORTED_NOTES.contains(&rule.code)
}

#[test]
fn every_rule_that_reports_has_a_case_and_a_neighbour() {
    let codes = |cases: Vec<error_cases::Case>| -> BTreeSet<&str> {
        cases
            .iter()
            .filter_map(|case| code_of(&case.name))
            .collect()
    };
    let (broken, held) = (codes(cases()), codes(neighbours()));
    let mut missing = Vec::new();
    for rule in rules::all() {
        let code = rule.code;
        if let Some((_, _, file, neighbour)) = ELSEWHERE.iter().find(|one| one.0 == code) {
            assert!(!broken.contains(code), "{code} has a case after all");
            let test = fs::read_to_string(file).unwrap();
            let name = code.replace('-', "_").to_uppercase();
            assert!(
                test.contains(code) || test.contains(&name),
                "{file} has no {code}"
            );
            let is_there = neighbour.is_empty() || test.contains(&format!("fn {neighbour}("));
            assert!(is_there, "{file} has no {neighbour}");
        } else if reports(rule) && !is_check(rule) {
            for (codes, what) in [(&broken, "case"), (&held, "neighbour")] {
                if !codes.contains(code) {
                    missing.push(format!("{code} has no {what}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn neighbours_are_near_and_right() {
    let broken: BTreeSet<String> = cases().into_iter().map(|case| case.name).collect();
    let mut wrong = Vec::new();
    for neighbour in neighbours() {
        let name = &neighbour.name;
        if !broken.contains(name) {
            wrong.push(format!("{name}: there is no such case"));
        }
        let (mut found, sources) = run(&neighbour.request);
        // A profile alone renders nothing, however right it is.
        found.retain(|one| {
            let is_expected =
                one.rule.code == "nothing-found" && code_of(name) != Some("nothing-found");
            Some(one.rule.code) == code_of(name) || one.severity == Severity::Error && !is_expected
        });
        if !found.is_empty() {
            let text = diagnostic::to_text(&found, &sources, Style::default());
            wrong.push(format!("{name} is not right:\n{text}"));
        }
        if let Some(lines) = distance(name).filter(|lines| *lines > MOST_CHANGES) {
            wrong.push(format!("{name} is not near: {lines} lines"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A note that starts to be reported must be listed above, and so get a case.
#[test]
fn notes_that_are_reported_are_listed() {
    let mut found = BTreeSet::new();
    for case in cases() {
        let notes = run(&case.request).0;
        found.extend(
            notes
                .iter()
                .map(|d| d.rule)
                .filter(|r| r.severity == Severity::Note)
                .map(|r| r.code),
        );
    }
    let listed = REPORTED_NOTES.into_iter().collect();
    assert_eq!(found, listed);
}
