//! SARIF 2.1.0, as code scanning takes it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::Report;
use super::location::{self, Fingerprints, Location};
use crate::diagnostic::{Diagnostic, Fix};
use crate::origin::Origin;
use crate::rules::Rule;
use crate::rules::reference::word;
use crate::secret;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// How many results GitHub takes for a run.
const MOST_RESULTS: usize = 25_000;

/// How many locations GitHub takes for a result.
const MOST_LOCATIONS: usize = 1_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'a str,
    message: Message,
    locations: [SarifLocation; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<SarifLocation>,
    partial_fingerprints: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Value>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifLocation {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

impl PhysicalLocation {
    fn of(location: &Location<'_>) -> Self {
        let Location {
            path, start, end, ..
        } = location;
        Self {
            artifact_location: ArtifactLocation {
                uri: location::uri(path),
            },
            region: Region {
                start_line: start.line,
                start_column: start.column,
                end_line: end.line,
                end_column: end.column,
            },
        }
    }
}

pub(super) fn write(report: &Report<'_>) -> String {
    let mut everything: Vec<_> = report.everything().collect();
    let all = everything.len();
    if all > MOST_RESULTS {
        // The worst ones matter, and what is waived least.
        everything.sort_by_key(|(finding, waived)| (waived.is_some(), finding.severity));
        everything.truncate(MOST_RESULTS);
    }
    let mut used: BTreeMap<&str, &Rule> = BTreeMap::new();
    for (finding, _) in &everything {
        used.insert(finding.rule.code, finding.rule);
    }
    let index: BTreeMap<&str, usize> = used.keys().copied().zip(0..).collect();
    let mut fingerprints = Fingerprints::default();
    let results: Vec<SarifResult<'_>> = everything
        .iter()
        .map(|(finding, waived)| {
            let index = index.get(finding.rule.code).copied().unwrap_or_default();
            result(report, finding, *waived, index, &mut fingerprints)
        })
        .collect();
    let mut invocation = json!({"executionSuccessful": true});
    if all > results.len() {
        let text = format!("{} more findings are left out", all - results.len());
        invocation["toolExecutionNotifications"] =
            json!([{"level": "warning", "message": {"text": text}}]);
    }
    let mut driver = json!({
        "name": "graphwright",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": used.values().map(|rule| describe(rule)).collect::<Vec<_>>(),
    });
    if let Some(repository) = repository() {
        driver["informationUri"] = json!(repository);
    }
    let sarif = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver},
            "automationDetails": {"id": "graphwright/"},
            "invocations": [invocation],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{sarif:#}\n")
}

fn describe(rule: &Rule) -> Value {
    let Rule {
        code,
        severity,
        summary,
        reason,
        source,
        table,
    } = rule;
    let mut described = json!({
        "id": code,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": reason},
        "help": {
            "text": format!("{reason}\n\nSource: {source}"),
            "markdown": format!("{reason}\n\n*Source:* {source}"),
        },
        "defaultConfiguration": {"level": word(*severity)},
        "properties": {"tags": ["kubernetes", table], "precision": "very-high"},
    });
    if let Some(repository) = repository() {
        described["helpUri"] = json!(format!("{repository}/blob/HEAD/docs/rules.md#{code}"));
    }
    described
}

/// The address of the source, if the package has one.
fn repository() -> Option<&'static str> {
    Some(env!("CARGO_PKG_REPOSITORY")).filter(|address| !address.is_empty())
}

fn result<'a>(
    report: &Report<'_>,
    finding: &'a Diagnostic,
    waived: Option<&str>,
    rule_index: usize,
    fingerprints: &mut Fingerprints,
) -> SarifResult<'a> {
    let location = Location::of(report, finding);
    let (fingerprint, before) = fingerprints.next(finding, &location);
    let mut text = location::message(report, finding, &location);
    for help in &finding.help {
        text.push_str("\nhelp: ");
        text.push_str(&secret::mask(help));
    }
    let subject = finding.subject.as_deref();
    let related = finding.labels.iter().filter_map(|(origin, label)| {
        let label = secret::mask(label).into_owned();
        let location = Location::exact(report, *origin, &finding.hidden)?;
        Some((PhysicalLocation::of(&location), label))
    });
    let related = related.take(MOST_LOCATIONS).enumerate();
    SarifResult {
        rule_id: finding.rule.code,
        rule_index,
        level: word(finding.severity),
        message: Message { text },
        locations: [SarifLocation {
            id: None,
            physical_location: PhysicalLocation::of(&location),
            logical_locations: subject
                .map(|subject| json!({"fullyQualifiedName": secret::mask(subject)}))
                .into_iter()
                .collect(),
            message: None,
        }],
        related_locations: related
            .map(|(index, (physical_location, text))| SarifLocation {
                id: Some(index + 1),
                physical_location,
                logical_locations: Vec::new(),
                message: Some(Message { text }),
            })
            .collect(),
        partial_fingerprints: json!({
            "primaryLocationLineHash": format!("{fingerprint}:{}", before + 1),
        }),
        fixes: super::mends(finding)
            .into_iter()
            .filter_map(|fix| self::fix(report, finding, fix))
            .collect(),
        suppressions: waived
            .map(|reason| json!({"kind": "inSource", "justification": secret::mask(reason)}))
            .into_iter()
            .collect(),
    }
}

/// A change that mends the finding.
fn fix(report: &Report<'_>, finding: &Diagnostic, fix: &Fix) -> Option<Value> {
    let location = Location::exact(report, Origin::Input(fix.place), &finding.hidden)?;
    let place = PhysicalLocation::of(&location);
    let text = finding.help.first().map_or("mend it", String::as_str);
    Some(json!({
        "description": {"text": secret::mask(text)},
        "artifactChanges": [{
            "artifactLocation": place.artifact_location,
            "replacements": [{
                "deletedRegion": place.region,
                "insertedContent": {"text": fix.replacement},
            }],
        }],
    }))
}
