//! Single files: reading what may be ours, writing what is new, and what to say when that fails.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules;

/// Larger files are not of our making.
const MOST_BYTES: u64 = 64 << 20;

/// The bytes of a regular file; none if there is no such file or it is something else.
///
/// # Errors
/// The file cannot be read.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if !about.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len().min(MOST_BYTES)).unwrap_or(0));
    fs::File::open(path)?
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Writes a file that is not there yet, readable for all as far as the user's mask allows.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    options.open(path)?.write_all(bytes)
}

/// The file system's refusal, in our words.
pub fn trouble(doing: &str, path: &Path, error: &io::Error) -> Diagnostic {
    let reason = error.to_string();
    let reason = reason.split(" (os error").next().unwrap_or(&reason);
    let mut reason: Vec<char> = reason.chars().collect();
    if let Some(first) = reason.first_mut() {
        first.make_ascii_lowercase();
    }
    Diagnostic::new(
        &rules::OUTPUT_PATH,
        Origin::None,
        format!(
            "cannot {doing} `{}`: {}",
            path.display(),
            reason.into_iter().collect::<String>()
        ),
    )
}
