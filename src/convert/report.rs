//! Reading a mapping entry by entry, so that no entry can go missing without a word.

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::origin::Origin;
use crate::rules::{self, Rule, Severity};
use crate::yaml::{Entry, Map, Node, Value};

/// Collects what is wrong, each finding with the field it is about.
pub(super) struct Report<'a> {
    diagnostics: &'a mut Vec<Diagnostic>,
    /// `DynamoGraphDeployment/<name>`
    object: String,
    /// The version it is written in, without the group, and the other one.
    versions: [&'static str; 2],
    failed: bool,
}

impl<'a> Report<'a> {
    pub(super) fn new(object: &Node, diagnostics: &'a mut Vec<Diagnostic>) -> Self {
        let name = object.at(&["metadata", "name"]).and_then(Node::as_str);
        let written = object.get("apiVersion").and_then(Node::as_str);
        Self {
            diagnostics,
            object: format!("DynamoGraphDeployment/{}", name.unwrap_or("?")),
            versions: match written {
                Some("nvidia.com/v1alpha1") => ["v1alpha1", "v1beta1"],
                _ => ["v1beta1", "v1alpha1"],
            },
            failed: false,
        }
    }

    /// Whether an error was reported.
    pub(super) fn failed(&self) -> bool {
        self.failed
    }

    /// Adds a finding about the field at `path`.
    pub(super) fn add(&mut self, path: &str, diagnostic: Diagnostic) {
        self.failed |= diagnostic.severity == Severity::Error;
        let subject = format!("{} {path}", self.object);
        self.diagnostics
            .push(diagnostic.subject(subject.trim_end()));
    }

    /// A finding of `rule` without help.
    pub(super) fn say(
        &mut self,
        rule: &'static Rule,
        path: &str,
        origin: Origin,
        message: impl Into<String>,
    ) {
        self.add(path, Diagnostic::new(rule, origin, message));
    }

    /// A field that has no effect, so leaving it out changes nothing.
    pub(super) fn ignored(&mut self, path: &str, origin: Origin, why: &str) {
        let message = format!("`{}` {why}", last(path));
        self.say(&rules::GRAPH_IGNORED_FIELD, path, origin, message);
    }

    /// A field that is switched off, which is the same as leaving it out.
    pub(super) fn disabled(&mut self, path: &str, origin: Origin) {
        let message = format!("`{}` is switched off, which is the default", last(path));
        let diagnostic = Diagnostic::new(&rules::GRAPH_IGNORED_FIELD, origin, message);
        self.add(path, diagnostic.severity(Severity::Note));
    }

    /// A field that another one says too, where only one of the two can count.
    pub(super) fn twice(&mut self, path: &str, ours: &Entry, other: Origin) {
        self.add(
            path,
            Diagnostic::new(
                &rules::GRAPH_CONFLICT,
                ours.key_origin,
                format!(
                    "`{}` is given twice, and only one of the two would count",
                    ours.key
                ),
            )
            .label(other, "also given here")
            .help("keep one of the two"),
        );
    }

    /// A key that the version at hand does not have. `renamed` are names of the other version with ours.
    pub(super) fn unknown(
        &mut self,
        path: &str,
        entry: &Entry,
        known: &[&str],
        renamed: &[(&str, &str)],
    ) {
        let message = format!("unknown field `{}`", entry.key);
        let mut diagnostic =
            Diagnostic::new(&rules::GRAPH_UNKNOWN_FIELD, entry.key_origin, message);
        let ours = renamed.iter().find(|(theirs, _)| *theirs == entry.key);
        if let Some((theirs, ours)) = ours {
            diagnostic = diagnostic.help(self.renamed(theirs, ours));
        } else if let Some(help) = did_you_mean(&entry.key, known.iter().copied()) {
            diagnostic = diagnostic.help(help);
        }
        self.add(&join(path, &entry.key), diagnostic);
    }

    /// Says that a name is one of the version that the graph is not written in.
    pub(super) fn renamed(&self, theirs: &str, ours: &str) -> String {
        let [written, other] = self.versions;
        format!("`{theirs}` is a name of {other}; in {written} it is `{ours}`")
    }

    /// The entries of a mapping; for anything else a finding and nothing.
    pub(super) fn entries(&mut self, node: Node, path: &str) -> Map {
        match node.value {
            Value::Map(map) => map,
            _ => {
                self.wrong_kind(path, &node, "a mapping");
                Map::default()
            }
        }
    }

    /// The items of a list; for anything else a finding and nothing.
    pub(super) fn items(&mut self, node: Node, path: &str) -> Vec<Node> {
        match node.value {
            Value::List(items) => items,
            _ => {
                self.wrong_kind(path, &node, "a list");
                Vec::new()
            }
        }
    }

    /// The text of a node; for anything else a finding and nothing.
    pub(super) fn text(&mut self, node: &Node, path: &str) -> Option<String> {
        match &node.value {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.wrong_kind(path, node, "a string");
                None
            }
        }
    }

    /// The truth value of a node; for anything else a finding and `false`.
    pub(super) fn truth(&mut self, node: &Node, path: &str) -> bool {
        match node.value {
            Value::Bool(truth) => truth,
            _ => {
                self.wrong_kind(path, node, "a boolean");
                false
            }
        }
    }

    fn wrong_kind(&mut self, path: &str, node: &Node, wanted: &str) {
        let message = format!("`{}` is {}, but must be {wanted}", last(path), node.kind());
        self.say(&rules::GRAPH_TYPE, path, node.origin, message);
    }
}

/// `path.key`
pub(super) fn join(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        _ => format!("{path}.{key}"),
    }
}

/// The last name of a path.
fn last(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(_, last)| last)
}

/// Appends an entry under another key; the key keeps its origin.
pub(super) fn push(map: &mut Map, key: &str, key_origin: Origin, value: Node) {
    map.push(key.to_owned(), key_origin, value);
}

/// Appends an entry as it is.
pub(super) fn keep(map: &mut Map, entry: Entry) {
    map.push(entry.key, entry.key_origin, entry.value);
}
