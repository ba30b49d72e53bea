//! JUnit XML: a suite for each file, a failed case for each error, a passed one for a file without errors.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::location::{self, Location};
use super::{Report, Style};
use crate::diagnostic::Diagnostic;
use crate::rules::Severity;
use crate::secret;

/// The suite of findings that are in no file.
const NO_FILE: &str = "graphwright";

/// The cases of one file.
#[derive(Debug, Default)]
struct Suite {
    cases: String,
    tests: usize,
    failures: usize,
    skipped: usize,
}

pub(super) fn write(report: &Report<'_>) -> String {
    let files = report.sources.iter().filter(|file| location::is_file(file));
    let mut suites: BTreeMap<String, Suite> = files
        .map(|file| (report.base.path(&file.name), Suite::default()))
        .collect();
    for (finding, waived) in report.everything() {
        let location = Location::of(report, finding);
        let path = match finding.origin.place() {
            Some(_) => location.path.clone(),
            None => NO_FILE.to_owned(),
        };
        let suite = suites.entry(path.clone()).or_default();
        suite.add(&path, report, finding, waived, &location);
    }
    if suites.is_empty() {
        suites.insert(NO_FILE.to_owned(), Suite::default());
    }
    for (path, suite) in &mut suites {
        if suite.failures == 0 {
            suite.tests += 1;
            let name = attribute(path);
            let _ = writeln!(
                suite.cases,
                "    <testcase name=\"no errors\" classname=\"{name}\" time=\"0\"/>"
            );
        }
    }
    let sum = |of: fn(&Suite) -> usize| suites.values().map(of).sum::<usize>();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"graphwright\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"0\">\n",
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
    );
    for (path, suite) in &suites {
        let Suite {
            cases,
            tests,
            failures,
            skipped,
        } = suite;
        let _ = write!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" \
             skipped=\"{skipped}\" time=\"0\">\n{cases}  </testsuite>\n",
            attribute(path)
        );
    }
    xml.push_str("</testsuites>\n");
    xml
}

impl Suite {
    fn add(
        &mut self,
        path: &str,
        report: &Report<'_>,
        finding: &Diagnostic,
        waived: Option<&str>,
        location: &Location<'_>,
    ) {
        let code = finding.rule.code;
        let message = location::message(report, finding, location);
        self.tests += 1;
        let _ = writeln!(
            self.cases,
            "    <testcase name=\"{}\" classname=\"{}\" time=\"0\">",
            attribute(&format!("{code}: {message}")),
            attribute(path)
        );
        let text = finding.to_text(report.sources, Style::default());
        let text = content(text.trim_end());
        if let Some(reason) = waived {
            self.skipped += 1;
            let reason = content(&format!("waived: {}", secret::mask(reason)));
            let _ = writeln!(self.cases, "      <skipped>{reason}</skipped>");
        } else if finding.severity == Severity::Error {
            self.failures += 1;
            let _ = writeln!(
                self.cases,
                "      <failure type=\"{code}\" message=\"{}\">{text}</failure>",
                attribute(&message)
            );
        } else {
            // A test has no other way to pass and say something.
            let _ = writeln!(self.cases, "      <system-out>{text}</system-out>");
        }
        self.cases.push_str("    </testcase>\n");
    }
}

/// Text between tags. What XML cannot hold at all is replaced.
fn content(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' => escaped.push(c),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The value of an attribute between double quotes.
fn attribute(text: &str) -> String {
    content(text)
        .replace('"', "&quot;")
        .replace('\n', "&#10;")
        .replace('\t', "&#9;")
}
