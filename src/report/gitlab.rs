//! The code quality report of GitLab: a JSON array, also when there is nothing to report.

use serde_json::json;

use super::location::{self, Fingerprints, Location};
use super::{Report, sorted};
use crate::rules::Severity;
use crate::secret;

pub(super) fn write(report: &Report<'_>) -> String {
    let mut fingerprints = Fingerprints::default();
    let mut list = Vec::new();
    for finding in sorted(report.found) {
        let location = Location::of(report, finding);
        // GitLab drops all but one of those that have the same.
        let fingerprint = match fingerprints.next(finding, &location) {
            (name, 0) => name,
            (name, before) => format!("{name}-{before}"),
        };
        let help: Vec<_> = finding.help.iter().map(|help| secret::mask(help)).collect();
        let mut entry = json!({
            "description": location::message(report, finding, &location),
            "check_name": finding.rule.code,
            "fingerprint": fingerprint,
            "severity": match finding.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Note => "info",
            },
            "location": {
                "path": location.path,
                "lines": {"begin": location.start.line, "end": location.end.line},
            },
        });
        if !help.is_empty() {
            entry["content"] = json!({"body": help.join("\n")});
        }
        list.push(entry);
    }
    format!("{:#}\n", serde_json::Value::Array(list))
}
