//! A handful of files into a directory, each whole or not at all.

use std::fs;
use std::path::Path;

use super::File;
use super::disk::{trouble, write_new};
use crate::diagnostic::Diagnostic;

/// Writes `files`, whose names may have folders, below `directory`, in place of those that are there.
///
/// # Errors
/// The file system refuses. Files before that one are written.
pub fn plain_files(directory: &Path, files: &[File]) -> Result<(), Diagnostic> {
    for file in files {
        let path = directory.join(&file.name);
        let folder = path.parent().unwrap_or(directory);
        let at = |error| trouble("write", &path, &error);
        fs::create_dir_all(folder).map_err(at)?;
        let unfinished = tempfile::Builder::new()
            .prefix(".graphwright")
            .make_in(folder, |path| write_new(path, file.text.as_bytes()))
            .map_err(at)?;
        unfinished.persist(&path).map_err(|error| at(error.error))?;
    }
    Ok(())
}
