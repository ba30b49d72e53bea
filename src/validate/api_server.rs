//! What would the API server refuse of an object's metadata and pods, although its schema allows it?

mod container;
mod metadata;
mod pod;
mod resources;
mod scheduling;
mod security;
mod syntax;
mod volumes;

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::model::pod::{self as model, PodTemplate};
use crate::rules::Rule;
use crate::yaml::Node;

/// Adds what the API server would refuse.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let levels = security::levels(subject);
    for manifest in subject.manifests {
        let mut report = Report {
            subject,
            manifest,
            found,
        };
        metadata::check(&mut report);
        for template in model::templates(manifest) {
            metadata::of_pods(&template, &mut report);
            pod::check(&template, &mut report);
            volumes::check(&template, &mut report);
            scheduling::check(&template, &mut report);
            for container in template.containers() {
                container::check(&template, &container, &mut report);
                resources::check(&template, &container, &mut report);
            }
            security::check(&template, &levels, &mut report);
        }
    }
}

/// Where the checks of one object put what they find.
struct Report<'a, 'f> {
    subject: &'a Subject<'a>,
    manifest: &'a Manifest,
    found: &'f mut Vec<Diagnostic>,
}

impl Report<'_, '_> {
    /// Adds a finding about the value at `pointer`, and what to do about it.
    fn add(
        &mut self,
        rule: &'static Rule,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let finding = self.subject.finding(rule, self.manifest, pointer, message);
        self.found.push(finding.help(help));
    }
}

/// The items of a list below a node, with their numbers; none if there is no list.
fn items<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = (usize, &'a Node)> {
    let list = node.get(key).and_then(Node::as_list).unwrap_or_default();
    list.iter().enumerate()
}

/// Text below a node; empty if there is none.
fn text<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::as_str).unwrap_or_default()
}

/// Whether a template is of a Dynamo graph, so that the operator completes it.
fn is_of_graph(template: &PodTemplate<'_>) -> bool {
    template.component.is_some()
}
