//! A handful of files into a directory, each whole or not at all.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use super::File;
use super::disk::{trouble, write_new};
use crate::diagnostic::Diagnostic;

/// What some editors begin a file with.
const MARK: &[u8; 3] = b"\xEF\xBB\xBF";

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

/// Writes one file in place of the one that is there. A device or pipe is written to.
///
/// # Errors
/// The file system refuses.
pub fn plain_file(path: &Path, text: String) -> Result<(), Diagnostic> {
    let is_stream = fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir());
    if is_stream {
        let write = || {
            fs::File::options()
                .write(true)
                .open(path)?
                .write_all(text.as_bytes())
        };
        return write().map_err(|error| trouble("write", path, &error));
    }
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        let error = io::Error::from(io::ErrorKind::InvalidInput);
        return Err(trouble("write", path, &error));
    };
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let file = File {
        name: name.to_owned(),
        text,
    };
    plain_files(folder.unwrap_or(Path::new(".")), &[file])
}

/// Writes a file that somebody has written by hand, changed, in place of it. Its permissions stay, and so do a
/// link that leads to it and a byte-order mark.
///
/// # Errors
/// The file cannot be read, or the file system refuses.
pub fn changed_file(path: &Path, text: &str) -> Result<(), Diagnostic> {
    let at = |error| trouble("write", path, &error);
    let whole = fs::canonicalize(path).map_err(at)?;
    let permissions = fs::metadata(&whole).map_err(at)?.permissions();
    if permissions.readonly() {
        return Err(at(io::Error::from(io::ErrorKind::PermissionDenied)));
    }
    let mut mark = [0; MARK.len()];
    let has_mark = fs::File::open(&whole)
        .and_then(|mut file| file.read_exact(&mut mark))
        .is_ok_and(|()| mark == *MARK);
    let mut bytes = Vec::with_capacity(MARK.len() + text.len());
    if has_mark {
        bytes.extend_from_slice(MARK);
    }
    bytes.extend_from_slice(text.as_bytes());
    let unfinished = tempfile::Builder::new()
        .prefix(".graphwright")
        .make_in(whole.parent().unwrap_or(Path::new(".")), |path| {
            write_new(path, &bytes)?;
            fs::set_permissions(path, permissions.clone())
        })
        .map_err(at)?;
    unfinished
        .persist(&whole)
        .map_err(|error| at(error.error))?;
    Ok(())
}
