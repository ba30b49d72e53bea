//! Reading a directory of manifests from anywhere: all its files, on all threads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::decode::{decode, not_text};
use super::project::{self, Home, show};
use super::read::bytes_of;
use super::{Limits, Loader, Reason, classify, glance};
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::parallel;
use crate::rules::Severity;
use crate::yaml::{self, Node};

/// Files in memory at once before they are counted against the limits of the run.
const AT_ONCE: usize = 1024;

/// A file of a directory, read.
struct Prepared {
    name: String,
    text: Arc<str>,
    bytes: usize,
    what: What,
}

enum What {
    /// No Kubernetes object is in it.
    Other,
    Objects {
        documents: Vec<Node>,
        found: Vec<Diagnostic>,
    },
    Unreadable(Box<Diagnostic>),
}

impl Loader<'_> {
    /// Reads files of a directory, in their order; files without objects are counted only.
    pub(super) fn everything(&mut self, files: Vec<(PathBuf, Home)>) {
        let mut new: Vec<(PathBuf, Home)> = files
            .into_iter()
            .filter(|(_, home)| !self.inputs.by_key.contains_key(home.key()))
            .collect();
        let (limits, threads) = (self.request.limits, self.request.threads);
        while !new.is_empty() && !self.full {
            let rest = new.split_off(new.len().min(AT_ONCE));
            let batch = std::mem::replace(&mut new, rest);
            // The numbers that the files will have are known beforehand, so values can carry them.
            let first = self.sources.next();
            let prepared = parallel::map(&batch, threads, &|index, (shown, home)| {
                let number = u32::try_from(index).unwrap_or(u32::MAX);
                prepare(shown, home.key(), first.saturating_add(number), &limits)
            });
            for (prepared, (_, home)) in prepared.into_iter().zip(batch) {
                self.take(prepared, home);
            }
        }
    }

    fn take(&mut self, prepared: Prepared, home: Home) {
        let Prepared {
            name,
            text,
            bytes,
            what,
        } = prepared;
        // Also what is left out keeps its number.
        let source = self.sources.add(name.as_str(), text);
        match what {
            _ if self.full || self.inputs.by_key.contains_key(home.key()) => {}
            What::Other => self.inputs.ignored += 1,
            What::Unreadable(mistake) => self.diagnostics.push(*mistake),
            What::Objects { documents, found } => {
                if let Err(mistake) = self.count(bytes, &name, Origin::None) {
                    self.diagnostics.push(mistake);
                    return;
                }
                self.add_documents(source, &name, home, Reason::Found, documents, found);
            }
        }
    }
}

fn prepare(shown: &Path, file: &Path, source: u32, limits: &Limits) -> Prepared {
    let name = show(&project::normal(shown));
    let mut prepared = Prepared {
        name,
        text: Arc::from(""),
        bytes: 0,
        what: What::Other,
    };
    let bytes = match bytes_of(file, &prepared.name, Origin::None, limits) {
        Ok(bytes) => bytes,
        Err(mistake) => {
            prepared.what = What::Unreadable(Box::new(mistake));
            return prepared;
        }
    };
    prepared.bytes = bytes.len();
    let (text, invalid) = decode(bytes);
    let is_kustomization = classify::is_kustomization_file(&prepared.name);
    // Without these words there is no object, and most of what else is in a repository has none of them.
    if !(is_kustomization || text.contains("kind") && text.contains("apiVersion")) {
        return prepared;
    }
    let is_template = text.contains("{{");
    if is_template && is_of_chart(file) {
        return prepared;
    }
    let mut found = Vec::new();
    let mut documents = Vec::new();
    if let Some(mistake) = not_text(&text, invalid, source) {
        found.push(mistake);
    } else {
        documents = yaml::read::documents(&text, source, &limits.file, &mut found);
    }
    let is_wrong = found.iter().any(|one| one.severity == Severity::Error);
    if is_wrong && text.lines().any(is_template_line) {
        return prepared;
    }
    let is_broken = found.iter().any(glance::hides_everything);
    if is_kustomization || is_broken || documents.iter().any(classify::is_object) {
        prepared.text = text.into();
        prepared.what = What::Objects { documents, found };
    }
    prepared
}

/// Whether a line has a sign of Helm, Jinja or ERB where YAML has a value or nothing. In quotes and in the
/// middle of text they may be anything, such as the templates of alerts.
fn is_template_line(line: &str) -> bool {
    let line = line.trim_start();
    let value = line.split_once(": ").map_or("", |(_, value)| value);
    [line, value, line.trim_start_matches("- ")]
        .iter()
        .any(|text| {
            ["{{", "{%", "<%"]
                .iter()
                .any(|sign| text.trim_start().starts_with(sign))
        })
}

/// Whether a file is in the templates of a Helm chart: they are not YAML before they are rendered.
fn is_of_chart(file: &Path) -> bool {
    file.ancestors().skip(1).any(|directory| {
        directory
            .file_name()
            .is_some_and(|name| name == "templates")
            && directory
                .parent()
                .is_some_and(|chart| chart.join("Chart.yaml").is_file())
    })
}
