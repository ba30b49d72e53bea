//! Is a committed tree what a render would write now?

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use similar::TextDiff;

use crate::diagnostic::Diagnostic;
use crate::emit::disk::{self, trouble};
use crate::emit::tree::Leftovers;
use crate::emit::{Release, ours};
use crate::origin::Origin;
use crate::yaml::{Node, Value, read, write};

/// A comparison in progress. Releases may be compared on several threads.
#[derive(Debug)]
pub struct Check {
    tree: PathBuf,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    releases: BTreeSet<String>,
    changes: Vec<Change>,
    same: usize,
}

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Files that differ, sorted by path.
    pub changes: Vec<Change>,
    /// How many files are as they would be written.
    pub same: usize,
}

/// One file that is not as it would be written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The path within the tree.
    pub path: String,
    /// How it differs.
    pub kind: ChangeKind,
    /// A unified diff from the tree to the render, without the lines that name the files. The values of
    /// Secrets are hidden.
    pub diff: String,
}

/// How a file of a tree differs from what a render writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It is rendered and not in the tree.
    Missing,
    /// It is in the tree and no longer rendered.
    Leftover,
    /// Its content is another.
    Different,
}

impl Check {
    /// Begins a comparison with the tree at `tree`.
    pub fn new(tree: &Path) -> Self {
        Self {
            tree: tree.to_owned(),
            found: Mutex::default(),
        }
    }

    /// Compares the files of one release.
    ///
    /// # Errors
    /// A file of the tree cannot be read.
    pub fn compare(&self, release: &Release) -> Result<(), Diagnostic> {
        let directory = self.tree.join(&release.directory);
        let mut leftovers = self.ours(&directory)?;
        let mut changes = Vec::new();
        let mut same = 0;
        for file in &release.files {
            leftovers.remove(&file.name);
            let path = format!("{}/{}", release.directory, file.name);
            match self.read(&path)? {
                Some(old) if old == file.text.as_bytes() => same += 1,
                Some(old) => changes.push(Change {
                    kind: ChangeKind::Different,
                    diff: diff(&String::from_utf8_lossy(&old), &file.text),
                    path,
                }),
                None => changes.push(Change {
                    kind: ChangeKind::Missing,
                    diff: diff("", &file.text),
                    path,
                }),
            }
        }
        for name in leftovers {
            changes.extend(self.leftover(&format!("{}/{name}", release.directory))?);
        }
        let mut found = self.found();
        found.releases.insert(release.directory.clone());
        found.changes.append(&mut changes);
        found.same += same;
        Ok(())
    }

    /// What was found, with the releases of ours that were not compared if those are leftovers.
    ///
    /// # Errors
    /// The tree cannot be read.
    pub fn finish(self, leftovers: Leftovers) -> Result<Comparison, Diagnostic> {
        let Found {
            releases,
            mut changes,
            same,
        } = std::mem::take(&mut *self.found());
        if leftovers == Leftovers::Remove {
            let all =
                ours::releases(&self.tree).map_err(|error| trouble("read", &self.tree, &error))?;
            for directory in all.iter().filter(|one| !releases.contains(*one)) {
                for name in self.ours(&self.tree.join(directory))? {
                    changes.extend(self.leftover(&format!("{directory}/{name}"))?);
                }
            }
        }
        changes.sort();
        Ok(Comparison { changes, same })
    }

    fn leftover(&self, path: &str) -> Result<Option<Change>, Diagnostic> {
        Ok(self.read(path)?.map(|old| Change {
            path: path.to_owned(),
            kind: ChangeKind::Leftover,
            diff: diff(&String::from_utf8_lossy(&old), ""),
        }))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Diagnostic> {
        let path = self.tree.join(path);
        disk::read(&path).map_err(|error| trouble("read", &path, &error))
    }

    fn ours(&self, directory: &Path) -> Result<BTreeSet<String>, Diagnostic> {
        ours::files(directory).map_err(|error: io::Error| trouble("read", directory, &error))
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found
            .lock()
            .expect("no thread panics while it holds the lock")
    }
}

impl Comparison {
    /// The changes as one unified diff; `name` is what the tree is called.
    pub fn to_text(&self, name: &str) -> String {
        let mut text = String::new();
        for change in &self.changes {
            let path = Path::new(name).join(&change.path);
            let path = path.display();
            let _ = match change.kind {
                ChangeKind::Missing => writeln!(text, "--- /dev/null\n+++ {path}"),
                ChangeKind::Leftover => writeln!(text, "--- {path}\n+++ /dev/null"),
                ChangeKind::Different => writeln!(text, "--- {path}\n+++ {path}"),
            };
            text.push_str(&change.diff);
        }
        text
    }

    /// `1 missing, 2 different, 40 the same`
    pub fn summary(&self) -> String {
        let count = |kind| self.changes.iter().filter(|c| c.kind == kind).count();
        [
            (count(ChangeKind::Missing), "missing"),
            (count(ChangeKind::Leftover), "left over"),
            (count(ChangeKind::Different), "different"),
            (self.same, "the same"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
    }
}

/// A unified diff without a header.
fn diff(old: &str, new: &str) -> String {
    let (old, new) = match masked(old, new) {
        Some((old, new)) => (old, new),
        None => (old.to_owned(), new.to_owned()),
    };
    let diff = TextDiff::from_lines(&old, &new);
    let text = diff.unified_diff().context_radius(3).to_string();
    if text.is_empty() {
        return "  (the same data in other words)\n".to_owned();
    }
    text
}

/// Both texts without the values of Secrets, if they hold any: a value that differs is hidden under another
/// word on each side.
fn masked(old: &str, new: &str) -> Option<(String, String)> {
    let documents = |text: &str| {
        let mut mistakes = Vec::new();
        let documents = read::documents(text, 0, &read::Limits::default(), &mut mistakes);
        mistakes.is_empty().then_some(documents)
    };
    // Most files hold none, and reading them again would be most of the work.
    if !(old.contains("Secret") || new.contains("Secret")) {
        return None;
    }
    let (Some(mut before), Some(mut after)) = (documents(old), documents(new)) else {
        // What cannot be read could hold anything.
        return Some((hidden_whole("before"), hidden_whole("now")));
    };
    if !before.iter().chain(&after).any(is_secret) {
        return None;
    }
    let (was, is) = (before.clone(), after.clone());
    for (index, document) in before.iter_mut().enumerate() {
        mask(document, is.get(index), "before");
    }
    for (index, document) in after.iter_mut().enumerate() {
        mask(document, was.get(index), "now");
    }
    let text = |documents: &[Node]| {
        let mut text = String::new();
        write::stream(documents, &mut text);
        text
    };
    Some((text(&before), text(&after)))
}

fn hidden_whole(when: &str) -> String {
    format!("(hidden: the file may hold a Secret; {when})\n")
}

fn is_secret(document: &Node) -> bool {
    document.get("kind").and_then(Node::as_str) == Some("Secret")
}

fn mask(document: &mut Node, other: Option<&Node>, when: &str) {
    if !is_secret(document) {
        return;
    }
    for field in ["data", "stringData"] {
        let Some(values) = document.get_mut(field).and_then(Node::as_map_mut) else {
            continue;
        };
        for entry in values.iter_mut() {
            let theirs = other.and_then(|other| other.at(&[field, &entry.key]));
            let word = if theirs == Some(&entry.value) {
                "(hidden)".to_owned()
            } else {
                format!("(hidden, {when})")
            };
            entry.value = Node::new(Value::String(word), Origin::None);
        }
    }
    // A copy of the whole object, values included.
    if let Some(annotations) = document.at_mut(&["metadata", "annotations"]) {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_values_are_hidden_but_seen_to_change() {
        let secret = |value: &str| {
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  k: same\n  token: {value}\n"
            )
        };
        let diff = diff(&secret("hunter1"), &secret("hunter2"));
        assert!(!diff.contains("hunter") && !diff.contains("same"), "{diff}");
        assert!(diff.contains("-  token: \"(hidden, before)\""), "{diff}");
        assert!(diff.contains("+  token: \"(hidden, now)\""), "{diff}");
        assert!(diff.contains("   k: \"(hidden)\""), "{diff}");
    }

    #[test]
    fn a_secret_that_cannot_be_read_is_hidden_whole() {
        let diff = diff("kind: Secret\ndata: {a: b\n", "kind: Secret\n");
        assert!(!diff.contains("a: b"), "{diff}");
    }

    #[test]
    fn signs_come_first_and_three_lines_around() {
        let old: String = (0..20).map(|n| format!("k{n}: v\n")).collect();
        let new = old.replace("k10: v", "k10: w");
        let text = diff(&old, &new);
        assert_eq!(text.lines().count(), 1 + 3 + 2 + 3, "{text}");
        assert!(text.contains("\n-k10: v\n+k10: w\n"), "{text}");
    }
}
