//! JSON lines, for other programs.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use super::text::line_start;
use super::{Report, mask, sorted};
use crate::diagnostic::Diagnostic;
use crate::origin::{Origin, Place};
use crate::secret;
use crate::source::{Position, Sources};

/// All findings as JSON lines, in order of place.
pub fn to_json_lines(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut text = String::new();
    for diagnostic in sorted(diagnostics) {
        let _ = writeln!(text, "{}", diagnostic.to_json(sources));
    }
    text
}

/// The findings as JSON lines; those that were set aside have the reason as `waived`.
pub(super) fn write(report: &Report<'_>) -> String {
    let mut text = String::new();
    for (finding, waived) in report.everything() {
        let mut object = finding.to_json(report.sources);
        if let Some(reason) = waived {
            object["waived"] = json!(secret::mask(reason));
        }
        let _ = writeln!(text, "{object}");
    }
    text
}

impl Diagnostic {
    /// The finding as one JSON object: `code`, `severity`, `message`, `file`, `line`, `column`,
    /// `endLine`, `endColumn`, `source` (the line), `subject`, `labels`, `help`, `fix`. What does not
    /// apply is left out; lines and columns count from 1, columns in characters, the end is exclusive.
    pub fn to_json(&self, sources: &Sources) -> serde_json::Value {
        let mut object = json!({
            "code": self.rule.code,
            "severity": self.severity,
            "message": secret::mask(&self.message),
        });
        let mut set = |key: &str, value: serde_json::Value| object[key] = value;
        if let Some(place) = JsonPlace::of(sources, self.origin, &self.hidden)
            && let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(&place)
        {
            for (key, value) in fields {
                set(&key, value);
            }
        }
        if let Some(subject) = &self.subject {
            set("subject", json!(secret::mask(subject)));
        }
        if !self.labels.is_empty() {
            let labels: Vec<_> = self
                .labels
                .iter()
                .filter_map(|(origin, text)| {
                    let place = JsonPlace::of(sources, *origin, &self.hidden)?;
                    let mut label = serde_json::to_value(&place).ok()?;
                    label["message"] = json!(secret::mask(text));
                    Some(label)
                })
                .collect();
            set("labels", json!(labels));
        }
        if !self.help.is_empty() {
            let help: Vec<_> = self.help.iter().map(|help| secret::mask(help)).collect();
            set("help", json!(help));
        }
        if let Some(fix) = super::mends(self) {
            let place = JsonPlace::of(sources, Origin::Input(fix.place), &self.hidden);
            if let Some(Ok(mut value)) = place.map(|place| serde_json::to_value(&place)) {
                value["replacement"] = json!(fix.replacement);
                set("fix", value);
            }
        }
        object
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonPlace<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Cow<'a, str>>,
}

impl<'a> JsonPlace<'a> {
    fn of(sources: &'a Sources, origin: Origin, hidden: &[Place]) -> Option<Self> {
        let place = origin.place()?;
        let source = sources.get(place.file)?;
        let Position { line, column } = source.position(place.start);
        let end = source.position(place.end);
        Some(Self {
            file: &source.name,
            line,
            column,
            end_line: end.line,
            end_column: end.column,
            source: source.line(line).map(|text| {
                let start = line_start(&source.text, (place.start as usize).min(source.text.len()));
                mask(text, start, place.file, hidden)
            }),
        })
    }
}
