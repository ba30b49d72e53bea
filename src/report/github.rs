//! Workflow commands of GitHub Actions, which are shown beside the lines they are about.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::location::{self, Location};
use super::{Report, sorted};
use crate::diagnostic::{self, Diagnostic};
use crate::rules::Severity;
use crate::rules::reference::word;
use crate::secret;

/// How many annotations of one severity GitHub keeps for a step.
const MOST: usize = 10;

/// How many characters of a message GitHub keeps.
const LONGEST: usize = 4_096;

/// The annotations, errors first. Of a severity with more findings than GitHub shows, the last annotation
/// counts the rest, and they follow as plain lines for the log.
pub(super) fn write(report: &Report<'_>) -> String {
    let mut text = String::new();
    let mut rest = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let mut of_severity = sorted(report.found);
        of_severity.retain(|finding| finding.severity == severity);
        let kept = match of_severity.len() {
            count if count > MOST => MOST - 1,
            count => count,
        };
        let left = of_severity.split_off(kept);
        for finding in of_severity {
            annotate(&mut text, report, finding);
        }
        if !left.is_empty() {
            let message = format!("{}, all in the log: {}", count(&left), by_code(&left));
            let _ = writeln!(
                text,
                "::{} title=graphwright::{}",
                level(severity),
                data(&message)
            );
        }
        rest.extend(left);
    }
    for finding in rest {
        let location = Location::of(report, finding);
        let message = location::message(report, finding, &location);
        let line = format!(
            "{}:{}:{}: {}[{}]: {message}",
            location.path,
            location.start.line,
            location.start.column,
            word(finding.severity),
            finding.rule.code
        );
        text.push_str(&plain(&line));
        text.push('\n');
    }
    if let Some(summary) = diagnostic::summary(report.found) {
        let _ = writeln!(text, "{summary}");
    }
    text
}

fn annotate(text: &mut String, report: &Report<'_>, finding: &Diagnostic) {
    let location = Location::of(report, finding);
    let Location {
        path, start, end, ..
    } = &location;
    let _ = write!(
        text,
        "::{} file={},line={},endLine={}",
        level(finding.severity),
        property(path),
        start.line,
        end.line
    );
    // Columns are not allowed where several lines are meant.
    if start.line == end.line {
        let _ = write!(text, ",col={},endColumn={}", start.column, end.column);
    }
    let mut message = location::message(report, finding, &location);
    if let Some(subject) = &finding.subject {
        let _ = write!(message, "\nin {}", secret::mask(subject));
    }
    for help in &finding.help {
        let _ = write!(message, "\nhelp: {}", secret::mask(help));
    }
    let _ = writeln!(text, ",title={}::{}", finding.rule.code, data(&message));
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// `4 more errors`
fn count(findings: &[&Diagnostic]) -> String {
    let word = findings.first().map_or("", |one| word(one.severity));
    let plural = if findings.len() == 1 { "" } else { "s" };
    format!("{} more {word}{plural}", findings.len())
}

/// `3 schema, 1 unknown-field`
fn by_code(findings: &[&Diagnostic]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.rule.code).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let counts: Vec<String> = counts
        .into_iter()
        .map(|(code, count)| format!("{count} {code}"))
        .collect();
    counts.join(", ")
}

/// A message as GitHub reads it, no longer than it keeps.
fn data(message: &str) -> String {
    let cut: String = match message.chars().count() > LONGEST {
        true => message.chars().take(LONGEST - 1).chain(['…']).collect(),
        false => message.to_owned(),
    };
    cut.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property's value as GitHub reads it.
fn property(value: &str) -> String {
    data(value).replace(':', "%3A").replace(',', "%2C")
}

/// A line of the log in which the runner finds no command.
fn plain(line: &str) -> String {
    let line = line.replace(['\r', '\n'], " ").replace("##[", "## [");
    match line.trim_start().starts_with("::") {
        true => format!("./{}", line.trim_start()),
        false => line,
    }
}
