//! Who may write a tree now, and where is the next tree put together?
//!
//! Beside the tree `rendered` stands, while a run lasts, the directory `.rendered.graphwright` with a lock
//! file and the tree under construction. Who holds the lock knows that whatever else is in there was left
//! by a run that died.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::disk;

const LOCK: &str = "lock";
const NOTE: &str = "live";

/// The directory in which a tree is put together. It goes away when dropped.
#[derive(Debug)]
pub(super) struct Work {
    path: PathBuf,
    _lock: File,
}

impl Work {
    /// Makes the directory at `path` and locks it. If another run has it, `waiting` is called once and the
    /// run waits.
    pub(super) fn begin(path: PathBuf, waiting: &dyn Fn()) -> io::Result<Self> {
        let mut told = false;
        let lock = loop {
            match fs::create_dir(&path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            if fs::symlink_metadata(&path)?.is_symlink() {
                return Err(io::Error::new(
                    io::ErrorKind::NotADirectory,
                    "it is a symbolic link",
                ));
            }
            let lock = match File::options()
                .write(true)
                .create(true)
                .truncate(false)
                .open(path.join(LOCK))
            {
                Ok(lock) => lock,
                // The run before us took the directory away just now.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    if !told {
                        waiting();
                        told = true;
                    }
                    lock.lock()?;
                }
                // A file system without locks: better to go on than to refuse to work there.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
            if is_still(&lock, &path.join(LOCK)) {
                break lock;
            }
        };
        let work = Self { path, _lock: lock };
        work.restore()?;
        work.clean()?;
        // Git need not see it, even when a killed run leaves it behind.
        disk::write_new(&work.path.join(".gitignore"), b"*\n")?;
        Ok(work)
    }

    /// A path in the directory.
    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where the tree that was replaced is kept until it is removed.
    pub(super) fn old(&self) -> PathBuf {
        self.path.join("old")
    }

    /// Writes down where the old tree belongs, for the time in which no tree is there.
    pub(super) fn note(&self, live: &Path) -> io::Result<()> {
        disk::write_new(&self.path.join(NOTE), live.as_os_str().as_encoded_bytes())
    }

    /// Puts the old tree back where it was if a run was killed before the new one took its place.
    fn restore(&self) -> io::Result<()> {
        if let Some(note) = disk::read(&self.path.join(NOTE))?
            && let Ok(live) = String::from_utf8(note)
            && !Path::new(&live).try_exists()?
            && self.old().try_exists()?
        {
            fs::rename(self.old(), live)?;
        }
        Ok(())
    }

    /// Removes all but the lock.
    fn clean(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else if entry.file_name() != LOCK {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        if self.clean().is_ok() && fs::remove_file(self.path.join(LOCK)).is_ok() {
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// Whether the locked file is still the one at `path`: the run before may have removed it while we waited.
#[cfg(unix)]
fn is_still(lock: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (lock.metadata(), fs::symlink_metadata(path)) {
        (Ok(ours), Ok(theirs)) => ours.dev() == theirs.dev() && ours.ino() == theirs.ino(),
        _ => false,
    }
}

/// Elsewhere an open file cannot be removed, so it is still there.
#[cfg(not(unix))]
fn is_still(_lock: &File, path: &Path) -> bool {
    path.exists()
}
