//! `docs/rules.md` is what the rules and their cases say: `UPDATE_GOLDEN=1` writes it.
//!
//! A rule's example is a case of `tests/rules` or `tests/errors`: the message that it gives, and the
//! difference to its neighbour. Of several the shortest is taken.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail and may use files"
)]

mod error_cases;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use graphwright::rules::{self, Rule, Severity, reference};

const PAGE: &str = "docs/rules.md";

const INTRODUCTION: &str = "\
# Rules

Everything that Graphwright checks or decides is a rule with a code. The code stands in brackets in every message,
`graphwright rules show CODE` prints what is below, and `graphwright why` names the rule behind a field.

- An **error** is refused by the cluster, or can never run: nothing is written.
- A **warning** may surprise or waste.
- A **note** is worth knowing.
- A **decision** sets fields of the output and is never reported.

Below the rules that complain stands an example: what is said about an input, and what mends it.

";

/// Longer ones teach less.
const LONGEST: usize = 24;

/// A message and what mends it.
struct Example {
    message: String,
    change: Option<String>,
}

fn examples(rule: &Rule, cases: &[String]) -> Vec<Example> {
    let mut examples = Vec::new();
    let directory = Path::new("tests/rules").join(rule.code);
    for breaks in sorted(&directory) {
        let name = breaks.file_name().unwrap().to_str().unwrap();
        let Some(variant) = name.strip_prefix("breaks") else {
            continue;
        };
        if !variant.ends_with(".yaml") {
            continue;
        }
        let holds = breaks.with_file_name(format!("holds{variant}"));
        let text = fs::read_to_string(breaks.with_extension("txt")).unwrap();
        let text = text.replace(breaks.to_str().unwrap(), "manifests.yaml");
        examples.extend(message(&text, rule).map(|message| Example {
            message,
            change: Some(difference(&breaks, &holds, "")),
        }));
    }
    let of_rule = |case: &&String| error_cases::code_of(case) == Some(rule.code);
    for case in cases.iter().filter(of_rule) {
        let directory = Path::new(error_cases::DIRECTORY);
        let text = fs::read_to_string(directory.join(format!("{case}.txt"))).unwrap();
        let file = format!("{case}.yaml");
        let neighbours = directory.join("neighbours");
        let change = [file, case.clone()].into_iter().find_map(|name| {
            let after = neighbours.join(&name);
            after
                .exists()
                .then(|| difference(&directory.join(&name), &after, ""))
        });
        examples.extend(message(&text, rule).map(|message| Example { message, change }));
    }
    examples.sort_by_key(|one| {
        let change = one.change.as_ref();
        let lines = one.message.lines().count() + change.map_or(0, |text| text.lines().count());
        // One that is milder or worse than the rule is a special case of it.
        let usual = one.message.starts_with(reference::word(rule.severity));
        (change.is_none(), !usual, lines)
    });
    examples
}

/// The first message of the rule in a text with all that was found.
fn message(text: &str, rule: &Rule) -> Option<String> {
    let mut messages = text.split("\n\n");
    let message = messages.find(|message| {
        let head = message.lines().next().unwrap_or_default();
        head.contains(&format!("[{}]: ", rule.code))
    })?;
    (message.lines().count() <= LONGEST).then(|| format!("{}\n", message.trim_end()))
}

/// What changes between two files, or files of two directories.
fn difference(before: &Path, after: &Path, name: &str) -> String {
    if after.is_dir() {
        let files = sorted(after);
        let of = |file: &PathBuf| {
            let part = file.file_name().unwrap();
            let name = Path::new(name).join(part);
            difference(&before.join(part), file, name.to_str().unwrap())
        };
        return files.iter().map(of).collect();
    }
    let [before, after] = [before, after].map(|file| fs::read_to_string(file).unwrap_or_default());
    if before == after && !name.is_empty() {
        return String::new();
    }
    // What a case is run with is no part of what mends it, unless it is all of it.
    let plain = |text: &str| {
        let rest = text
            .split_once('\n')
            .filter(|(head, _)| head.starts_with("# profile: "));
        rest.map_or_else(|| text.to_owned(), |(_, rest)| rest.to_owned())
    };
    let (before, after) = match plain(&before) == plain(&after) {
        true => (before, after),
        false => (plain(&before), plain(&after)),
    };
    let mut text = String::new();
    if !name.is_empty() {
        let _ = writeln!(text, " # {name}");
    }
    let difference = similar::TextDiff::from_lines(&before, &after);
    for (index, group) in difference.grouped_ops(2).iter().enumerate() {
        if index > 0 {
            text.push_str(" …\n");
        }
        for change in group.iter().flat_map(|op| difference.iter_changes(op)) {
            let line = format!("{}{}", change.tag(), change.value().trim_end());
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    text
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// What a table is about: the first line of its source.
fn about(table: &str) -> String {
    let file = format!("src/rules/{table}.rs");
    let text = fs::read_to_string(file).unwrap_or_default();
    let paragraph = text.lines().map_while(|line| line.strip_prefix("//! "));
    paragraph.collect::<Vec<_>>().join(" ")
}

fn page() -> String {
    let cases = error_cases::cases().into_iter();
    let cases: Vec<String> = cases.map(|case| case.name).collect();
    let mut tables: Vec<&str> = rules::all().map(|rule| rule.table).collect();
    tables.dedup();
    let mut page = INTRODUCTION.to_owned();
    for table in &tables {
        let title = reference::title(table);
        let of_table = || rules::all().filter(|rule| rule.table == *table);
        let _ = write!(
            page,
            "- [{title}](#{}): ",
            title.to_lowercase().replace(' ', "-")
        );
        // A line of the file for as many as fit.
        let mut width = title.len() * 2;
        for (index, rule) in of_table().enumerate() {
            let link = format!("[`{0}`](#{0})", rule.code);
            width += link.len() + 2;
            let gap = match index {
                0 => "",
                _ if width > 118 => ",\n  ",
                _ => ", ",
            };
            if gap.ends_with("\n  ") {
                width = link.len() + 4;
            }
            let _ = write!(page, "{gap}{link}");
        }
        page.push('\n');
    }
    for table in &tables {
        let _ = write!(
            page,
            "\n## {}\n\n{}\n",
            reference::title(table),
            about(table)
        );
        for rule in rules::all().filter(|rule| rule.table == *table) {
            section(&mut page, rule, &cases);
        }
    }
    page
}

fn section(page: &mut String, rule: &Rule, cases: &[String]) {
    let example = examples(rule, cases).into_iter().next();
    let kind = match rule.severity {
        Severity::Note if example.is_none() => "decision",
        severity => reference::word(severity),
    };
    let sources: Vec<_> = reference::sources(rule).map(reference::link).collect();
    let _ = write!(
        page,
        "\n### {}\n\n**{kind}**: {}\n\n{}\n\nSource: {}\n",
        rule.code,
        rule.summary,
        rule.reason,
        sources.join("; ")
    );
    if let Some(Example { message, change }) = example {
        let _ = write!(page, "\n```text\n{message}```\n");
        if let Some(change) = change {
            let _ = write!(page, "\n```diff\n{change}```\n");
        }
    }
}

#[test]
fn the_page_is_what_the_rules_and_their_cases_say() {
    let page = page();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(PAGE, page).unwrap();
    } else {
        let written = fs::read_to_string(PAGE).unwrap();
        assert!(
            written == page,
            "UPDATE_GOLDEN=1 cargo test --test reference rewrites {PAGE}"
        );
    }
}

/// Links inside the page and to files beside it lead somewhere.
#[test]
fn links_of_the_page_lead_somewhere() {
    let page = fs::read_to_string(PAGE).unwrap();
    let anchors: Vec<String> = page
        .lines()
        .filter(|line| line.starts_with("##"))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .replace(' ', "-")
        })
        .collect();
    for link in page.split("](").skip(1) {
        let link = link.split(')').next().unwrap();
        if let Some(anchor) = link.strip_prefix('#') {
            assert!(anchors.iter().any(|one| one == anchor), "{link}");
        } else if !link.starts_with("https://") {
            let file = link.split('#').next().unwrap();
            assert!(Path::new("docs").join(file).exists(), "{link}");
        }
    }
}
