//! A release's folder of templates.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::project::{Home, show};
use super::{Loader, Template};
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules;

impl Loader<'_> {
    /// Reads the files of a folder of templates, in the order of their paths, and gives its key. Links are not followed.
    pub(super) fn template_folder(
        &mut self,
        shown: &Path,
        home: Home,
        origin: Origin,
    ) -> Option<PathBuf> {
        let Home::Disk { file: folder, .. } = home else {
            return None;
        };
        if self.inputs.templates.contains_key(&folder) {
            return Some(folder);
        }
        if !folder.is_dir() {
            self.diagnostics.push(
                Diagnostic::new(
                    &rules::WRONG_FILE,
                    origin,
                    format!("`{}` is not a directory", show(shown)),
                )
                .help("`spec.templates` is a directory with one template a file"),
            );
            return None;
        }
        let mut templates = Vec::new();
        let entries = WalkDir::new(&folder).sort_by_file_name().into_iter();
        for entry in entries
            .take(self.request.limits.entries)
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_file())
        {
            let Ok(rest) = entry.path().strip_prefix(&folder) else {
                continue;
            };
            let name = rest.to_string_lossy().into_owned();
            if name.starts_with('.') || name.contains("/.") || self.full {
                continue;
            }
            let path = show(&shown.join(rest));
            match self.template(entry.path(), &path, origin) {
                Ok(source) => templates.push(Template { name, source }),
                Err(diagnostic) => self.diagnostics.push(diagnostic),
            }
        }
        self.inputs.templates.insert(folder.clone(), templates);
        Some(folder)
    }
}
