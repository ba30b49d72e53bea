//! One file, bounded, as text and documents.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::decode::{decode, not_text};
use super::glance::{self, Glance};
use super::project::{self, Home, show};
use super::{InputFile, Limits, Loader, Reason, Scope, classify};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::origin::Origin;
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
        self.add_documents(source, name, home, reason, documents, found)
    }

    /// Takes a file's documents among the inputs.
    pub(super) fn add_documents(
        &mut self,
        source: u32,
        name: &str,
        home: Home,
        reason: Reason,
        documents: Vec<yaml::Node>,
        mut found: Vec<Diagnostic>,
    ) -> usize {
        let mut file = InputFile {
            source,
            name: name.to_owned(),
            reason,
            releases: Vec::new(),
            profiles: Vec::new(),
            graphs: Vec::new(),
            others: Vec::new(),
            projects: Vec::new(),
            kustomizations: Vec::new(),
            input: self.input,
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
        let bytes = bytes_of(file, name, origin, &self.request.limits)?;
        self.count(bytes.len(), name, origin)?;
        Ok(bytes)
    }

    /// Counts a file against the limits of the run.
    pub(super) fn count(
        &mut self,
        bytes: usize,
        name: &str,
        origin: Origin,
    ) -> Result<(), Diagnostic> {
        self.bytes = self.bytes.saturating_add(bytes);
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
        Ok(())
    }
}

/// The bytes of a regular file that is not too large.
pub(super) fn bytes_of(
    file: &Path,
    name: &str,
    origin: Origin,
    limits: &Limits,
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
    let limit = limits.file.bytes;
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
    Ok(bytes)
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
