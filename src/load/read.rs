//! One file's bytes as text, bounded and checked before anything looks at it.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::glance::{self, Glance};
use super::project::{self, Home, show};
use super::{InputFile, Loader, Reason, Scope, classify};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::origin::{Origin, Place};
use crate::rules;
use crate::yaml;

impl Loader<'_> {
    /// Reads a file, unless it has been read, and gives its index. `path` is its name in messages, `origin`
    /// the place that refers to it. None if it cannot be read or, for files found in directories, if it
    /// holds nothing of ours.
    pub(super) fn file(
        &mut self,
        path: &Path,
        home: Home,
        reason: Reason,
        origin: Origin,
    ) -> Option<usize> {
        if let Some(index) = self.inputs.by_key.get(home.key()) {
            if reason == Reason::Named {
                self.inputs.files[*index].reason = Reason::Named;
            }
            return Some(*index);
        }
        if self.full {
            return None;
        }
        let name = show(&project::normal(path));
        // Whatever else is in a directory is of no concern.
        let is_searched = reason == Reason::Found && self.request.scope == Scope::Ours;
        let bytes = match self.bytes(home.key(), &name, origin) {
            Ok(bytes) => bytes,
            Err(diagnostic) => {
                let is_huge = diagnostic.rule.code == rules::FILE_TOO_LARGE.code;
                if is_searched && is_huge && !self.huge_may_be_ours(home.key()) {
                    self.inputs.ignored += 1;
                } else {
                    self.diagnostics.push(diagnostic);
                }
                return None;
            }
        };
        if is_searched && !classify::may_be_ours(&bytes) {
            match glance::glance(path, &bytes, &self.request.limits.file) {
                Glance::Ours => {}
                Glance::Other => {
                    self.inputs.ignored += 1;
                    return None;
                }
                Glance::Broken => {
                    self.leave_out(&name, bytes);
                    return None;
                }
            }
        }
        Some(self.add(&name, home, reason, bytes))
    }

    /// Takes a file's bytes among the inputs, sorted by kind, and gives its index.
    pub(super) fn add(&mut self, name: &str, home: Home, reason: Reason, bytes: Vec<u8>) -> usize {
        let mut found = Vec::new();
        let (source, documents) = self.documents(name, bytes, &mut found);
        let mut file = InputFile {
            source,
            name: name.to_owned(),
            reason,
            releases: Vec::new(),
            profiles: Vec::new(),
            graphs: Vec::new(),
            others: Vec::new(),
            broken: false,
            home,
            references: BTreeMap::new(),
        };
        classify::sort(documents, &mut file, self.request.scope, &mut found);
        file.broken = has_errors(&found);
        self.diagnostics.append(&mut found);
        let index = self.inputs.files.len();
        self.inputs.by_key.insert(file.home.key().to_owned(), index);
        self.inputs.files.push(file);
        index
    }

    /// Says that a file of a directory is left out, and why it cannot be read.
    fn leave_out(&mut self, name: &str, bytes: Vec<u8>) {
        let mut found = Vec::new();
        let _ = self.documents(name, bytes, &mut found);
        if let Some(mistake) = found.into_iter().find(glance::hides_everything) {
            self.diagnostics.push(glance::left_out(name, mistake));
        }
    }

    /// Whether the part of a file that would be read mentions anything of ours.
    fn huge_may_be_ours(&self, file: &Path) -> bool {
        let limit = self.request.limits.file.bytes as u64;
        let mut bytes = Vec::new();
        File::open(file)
            .and_then(|file| file.take(limit).read_to_end(&mut bytes))
            .map_or(true, |_| classify::may_be_ours(&bytes))
    }

    fn documents(
        &mut self,
        name: &str,
        bytes: Vec<u8>,
        found: &mut Vec<Diagnostic>,
    ) -> (u32, Vec<yaml::Node>) {
        let (text, invalid) = decode(bytes);
        let text: Arc<str> = text.into();
        let source = self.sources.add(name, text.clone());
        if let Some(mistake) = not_text(&text, invalid, source) {
            found.push(mistake);
            return (source, Vec::new());
        }
        let documents = yaml::read::documents(&text, source, &self.request.limits.file, found);
        (source, documents)
    }

    /// Adds a template to the sources and gives its number.
    pub(super) fn template(
        &mut self,
        file: &Path,
        name: &str,
        origin: Origin,
    ) -> Result<u32, Diagnostic> {
        let (text, invalid) = decode(self.bytes(file, name, origin)?);
        let source = self.sources.add(name, text.as_str());
        match not_text(&text, invalid, source) {
            Some(mistake) => Err(mistake),
            None => Ok(source),
        }
    }

    /// The bytes of a regular file that is not too large.
    pub(super) fn bytes(
        &mut self,
        file: &Path,
        name: &str,
        origin: Origin,
    ) -> Result<Vec<u8>, Diagnostic> {
        let unreadable = |error: io::Error| {
            Diagnostic::new(
                &rules::FILE_UNREADABLE,
                origin,
                format!("`{name}` cannot be read: {error}"),
            )
        };
        // Before it is opened: opening a pipe waits for a writer, and opening a device may do anything.
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(Diagnostic::new(
                &rules::FILE_NOT_REGULAR,
                origin,
                format!("`{name}` is {}, not a regular file", kind_of(&metadata)),
            )
            .help(if metadata.is_dir() {
                "name a file in it"
            } else {
                "only regular files are read; `-` stands for standard input"
            }));
        }
        let limit = self.request.limits.file.bytes;
        let too_large = |size: u64| {
            Diagnostic::new(
                &rules::FILE_TOO_LARGE,
                origin,
                format!("`{name}` has {size} bytes; at most {limit} are read"),
            )
            .help("manifests are small: check that this is the file you mean, or split it")
        };
        if metadata.len() > limit as u64 {
            return Err(too_large(metadata.len()));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
        File::open(file)
            .map_err(unreadable)?
            // Files of /proc and files that grow say less than they have.
            .take(limit as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() > limit {
            return Err(too_large(bytes.len() as u64));
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        let limits = &self.request.limits;
        if self.bytes > limits.bytes || self.inputs.files.len() >= limits.files {
            self.full = true;
            let what = if self.bytes > limits.bytes {
                format!("{} bytes", limits.bytes)
            } else {
                format!("{} files", limits.files)
            };
            return Err(Diagnostic::new(
                &rules::TOO_MANY_FILES,
                origin,
                format!("the inputs have more than {what}; `{name}` and what follows is not read"),
            )
            .help("give the directory of one project, or render its parts one by one"));
        }
        Ok(bytes)
    }
}

/// What a file is that is not a regular one.
fn kind_of(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() {
        return "a directory";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = metadata.file_type();
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    "a device"
}

/// Where text stops being UTF-8.
pub(super) struct Invalid {
    byte: usize,
    value: u8,
    utf16: bool,
}

/// Bytes as text without a byte-order mark. Bytes that are not UTF-8 become replacement characters, so that
/// the lines can be shown.
pub(super) fn decode(mut bytes: Vec<u8>) -> (String, Option<Invalid>) {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_or_else(
        |error| {
            let byte = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let invalid = Invalid {
                byte,
                value: bytes[byte],
                utf16: bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF"),
            };
            let text = String::from_utf8_lossy(bytes).into_owned();
            (text, Some(invalid))
        },
        |text| (text, None),
    )
}

impl Invalid {
    fn diagnostic(&self, source: u32) -> Diagnostic {
        // The text up to here is as it was, so the place is right.
        let start = u32::try_from(self.byte).unwrap_or(u32::MAX);
        let end = start.saturating_add(char::REPLACEMENT_CHARACTER.len_utf8() as u32);
        let origin = Origin::Input(Place {
            file: source,
            start,
            end,
        });
        Diagnostic::new(
            &rules::FILE_NOT_UTF8,
            origin,
            format!(
                "the file is not UTF-8: byte {} is 0x{:02x}",
                self.byte, self.value
            ),
        )
        .help(if self.utf16 {
            "it looks like UTF-16: save it as UTF-8"
        } else {
            "save it as UTF-8"
        })
    }
}

/// Why a file is not text that YAML allows.
pub(super) fn not_text(text: &str, invalid: Option<Invalid>, source: u32) -> Option<Diagnostic> {
    match invalid {
        Some(invalid) => Some(invalid.diagnostic(source)),
        None => control_character(text, source),
    }
}

/// The first control character that YAML does not allow.
fn control_character(text: &str, source: u32) -> Option<Diagnostic> {
    let start = text
        .bytes()
        .position(|b| (b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) || b == 0x7F)?;
    let code = text.as_bytes()[start];
    let start = u32::try_from(start).ok()?;
    let origin = Origin::Input(Place {
        file: source,
        start,
        end: start + 1,
    });
    let name = match code {
        0 => " (NUL)",
        0x1B => " (escape)",
        _ => "",
    };
    let diagnostic = Diagnostic::new(
        &rules::CONTROL_CHARACTER,
        origin,
        format!("the file contains the control character U+{code:04X}{name}"),
    );
    Some(diagnostic.help(if code == 0 {
        "remove it; is this a text file?".to_owned()
    } else {
        format!("remove it, or write it in double quotes as \"\\x{code:02x}\"")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        let (text, invalid) = decode(b"\xEF\xBB\xBFa: 1\n".to_vec());
        assert_eq!(text, "a: 1\n");
        assert!(invalid.is_none());
    }

    #[test]
    fn invalid_bytes_keep_their_place() {
        let (text, invalid) = decode(b"a: caf\xE9\n".to_vec());
        assert_eq!(invalid.map(|i| (i.byte, i.value)), Some((6, 0xE9)));
        assert!(text.starts_with("a: caf\u{FFFD}"));
    }
}
