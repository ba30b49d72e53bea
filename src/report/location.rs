//! Where is a finding, in the paths and lines that other programs expect?

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{Report, mask};
use crate::diagnostic::Diagnostic;
use crate::origin::{Origin, Place};
use crate::secret;
use crate::source::{Position, Source};

/// Where paths start: code review knows them from the top of the repository only.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// The directory the run stands in, from which sources are named.
    pub standing: PathBuf,
    /// The top of the repository.
    pub root: PathBuf,
}

impl Base {
    /// A source's path from the top of the repository; as it was named if it is not in there.
    pub(super) fn path(&self, name: &str) -> String {
        if name == STDIN {
            return "stdin".to_owned();
        }
        let path = normal(&self.standing.join(name));
        match path.strip_prefix(normal(&self.root)) {
            Ok(path) if path.is_relative() => {
                let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
                parts.join("/")
            }
            _ => name.to_owned(),
        }
    }
}

const STDIN: &str = "<stdin>";

/// A path without `.`, and with `..` resolved by its text.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

/// A path as the reference of a URI.
pub(super) fn uri(path: &str) -> String {
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

/// Whether a source is a file of the user's, and not one that comes with the program.
pub(super) fn is_file(source: &Source) -> bool {
    !source.name.ends_with(" (built in)")
}

/// A stretch of a file of the user's.
#[derive(Debug)]
pub(super) struct Location<'a> {
    /// The file, from the top of the repository.
    pub(super) path: String,
    pub(super) start: Position,
    /// Where it ends; not part of it.
    pub(super) end: Position,
    /// Whether the finding is here; otherwise this stands in for a place that has no file.
    pub(super) is_exact: bool,
    /// The first line.
    line: Cow<'a, str>,
}

const TOP: Position = Position { line: 1, column: 1 };

impl<'a> Location<'a> {
    /// Where `origin` is, if that is in a file of the user's.
    pub(super) fn exact(report: &Report<'a>, origin: Origin, hidden: &[Place]) -> Option<Self> {
        let place = origin.place()?;
        let source = report.sources.get(place.file)?;
        if !is_file(source) {
            return None;
        }
        let (start, end) = (source.position(place.start), source.position(place.end));
        let text: &str = &source.text;
        let at = (place.start as usize).min(text.len());
        let from = super::text::line_start(text, at);
        let line = text.get(from..).and_then(|rest| rest.lines().next());
        Some(Self {
            path: report.base.path(&source.name),
            start,
            end: end.max(start),
            is_exact: true,
            line: mask(line.unwrap_or_default(), from, place.file, hidden),
        })
    }

    /// Where a finding is shown: programs refuse one without a file, so the best that there is stands in.
    pub(super) fn of(report: &Report<'a>, finding: &Diagnostic) -> Self {
        let hidden = &finding.hidden;
        if let Some(exact) = Self::exact(report, finding.origin, hidden) {
            return exact;
        }
        let mut labels = finding.labels.iter();
        if let Some(near) = labels.find_map(|(label, _)| Self::exact(report, *label, hidden)) {
            return Self {
                is_exact: false,
                ..near
            };
        }
        let first = report.sources.iter().find(|source| is_file(source));
        Self {
            path: first.map_or_else(|| ".".to_owned(), |file| report.base.path(&file.name)),
            start: TOP,
            end: TOP,
            is_exact: false,
            line: Cow::Borrowed(""),
        }
    }
}

/// What a finding says, with the place that it is at if `location` stands in for that.
pub(super) fn message(
    report: &Report<'_>,
    finding: &Diagnostic,
    location: &Location<'_>,
) -> String {
    let mut message = secret::mask(&finding.message).into_owned();
    if !location.is_exact
        && let Some(place) = finding.origin.place()
    {
        let _ = write!(message, " (at {})", report.sources.describe(place));
    }
    message
}

/// Names for findings that stay when lines move: of the rule, the file, the object and the line's text.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    seen: BTreeMap<String, usize>,
}

impl Fingerprints {
    /// The name of the next finding, and how many before it have the same one.
    pub(super) fn next(
        &mut self,
        finding: &Diagnostic,
        location: &Location<'_>,
    ) -> (String, usize) {
        // The field's path has indexes in it, which move as lines do.
        let subject = finding.subject.as_deref().unwrap_or_default();
        let object = subject.split(" /").next().unwrap_or_default();
        // Where there is no line to tell findings apart, the message does.
        let text = match location.is_exact {
            true => Cow::Borrowed(location.line.trim()),
            false => secret::mask(&finding.message),
        };
        let mut hash = Sha256::new();
        for part in [finding.rule.code, &location.path, object, &text] {
            hash.update(part);
            hash.update([0]);
        }
        let mut name = String::with_capacity(32);
        for byte in hash.finalize().iter().take(16) {
            let _ = write!(name, "{byte:02x}");
        }
        let count = self.seen.entry(name.clone()).or_default();
        *count += 1;
        (name, *count - 1)
    }
}
