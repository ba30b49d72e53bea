//! How does a directory take another one's place at once?

use std::fs;
use std::io;
use std::path::Path;

use super::lock::Work;

/// Puts the directory `new` where `live` is. What was at `live`, if anything, is [`Work::old`] afterwards.
///
/// On Linux and macOS the two change places in one step. Elsewhere, and on file systems that cannot do
/// that, there are two steps: the first is taken back if the second fails, and by the next run if this one is
/// killed between them.
pub(super) fn swap(work: &Work, new: &Path, live: &Path) -> io::Result<()> {
    if let Err(error) = fs::symlink_metadata(live)
        && error.kind() == io::ErrorKind::NotFound
    {
        return fs::rename(new, live);
    }
    let old = work.old();
    match exchange(new, live) {
        Ok(()) => fs::rename(new, old),
        Err(error) if cannot_exchange(&error) => {
            work.note(live)?;
            fs::rename(live, &old)?;
            fs::rename(new, live).inspect_err(|_| {
                // Best effort: the error that is reported is the first.
                let _ = fs::rename(&old, live);
            })
        }
        Err(error) => Err(error),
    }
}

/// Whether a directory cannot be moved at all, whatever the way: it is a mount point, or comes from a layer
/// below an overlay.
pub(super) fn cannot_move(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices
    )
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(new: &Path, live: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, new, CWD, live, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_new: &Path, _live: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn cannot_exchange(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput
    )
}
