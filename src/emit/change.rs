//! How does a new tree take over from the old one without losing what others put there?

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{KUSTOMIZATION, ours};

/// What changes in a tree besides the files that are new.
pub(super) struct Change {
    /// Releases written, and their files.
    pub(super) releases: BTreeMap<String, BTreeSet<String>>,
    /// Releases to remove.
    pub(super) gone: BTreeSet<String>,
}

impl Change {
    /// The files in a directory of the old tree that have no place in the new one.
    fn replaced(&self, live: &Path, directory: &str) -> io::Result<BTreeSet<String>> {
        let written = self.releases.get(directory);
        if written.is_none() && !self.gone.contains(directory) {
            return Ok(BTreeSet::new());
        }
        let mut names = ours::files(live)?;
        names.extend(written.into_iter().flatten().cloned());
        Ok(names)
    }

    /// Takes what is not ours from the old tree along into the new one.
    pub(super) fn carry(
        &self,
        live: &Path,
        new: &Path,
        directory: &str,
    ) -> Result<(), (PathBuf, io::Error)> {
        let at = |error| (live.to_owned(), error);
        let about = match fs::symlink_metadata(live) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(at(error)),
        };
        let replaced = self.replaced(live, directory).map_err(at)?;
        let mut empty = true;
        for entry in fs::read_dir(live).map_err(at)? {
            let entry = entry.map_err(at)?;
            let name = entry.file_name();
            empty = false;
            if name.to_str().is_some_and(|name| replaced.contains(name)) {
                continue;
            }
            let (from, to) = (entry.path(), new.join(&name));
            if entry.file_type().map_err(at)?.is_dir() {
                self.carry(&from, &to, &join(directory, &name.to_string_lossy()))?;
            } else {
                fs::create_dir_all(new)
                    .and_then(|()| carry_file(&from, &to))
                    .map_err(|error| (from, error))?;
            }
        }
        if empty {
            fs::create_dir_all(new).map_err(at)?;
        }
        if new.exists() {
            fs::set_permissions(new, about.permissions()).map_err(at)?;
        }
        Ok(())
    }

    /// Moves what somebody put into the old tree while the new one took its place.
    pub(super) fn rescue(&self, old: &Path, live: &Path, directory: &str) -> io::Result<()> {
        let entries = match fs::read_dir(old) {
            Ok(entries) => entries,
            // There was no tree before.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let replaced = self.replaced(old, directory)?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| replaced.contains(name)) {
                continue;
            }
            let (from, to) = (entry.path(), live.join(&name));
            if entry.file_type()?.is_dir() {
                self.rescue(&from, &to, &join(directory, &name.to_string_lossy()))?;
            } else if !is_same_file(&from, &to) {
                fs::create_dir_all(live)?;
                fs::rename(from, to)?;
            }
        }
        Ok(())
    }

    /// Without moving a directory: each file is replaced at once, the tree is not.
    pub(super) fn replace_files(
        &self,
        new: &Path,
        target: &Path,
    ) -> Result<(), (PathBuf, io::Error)> {
        for (directory, names) in &self.releases {
            let live = target.join(directory);
            let at = |error| (live.clone(), error);
            let before = ours::files(&live).map_err(at)?;
            fs::create_dir_all(&live).map_err(at)?;
            // The list comes last: it must not name what is not there yet.
            let last = |name: &&String| name.as_str() == KUSTOMIZATION;
            let files = names.iter().filter(|name| !last(name));
            for name in files.chain(names.iter().filter(last)) {
                let to = live.join(name);
                fs::rename(new.join(directory).join(name), &to).map_err(|error| (to, error))?;
            }
            remove(&live, before.difference(names)).map_err(at)?;
        }
        for directory in &self.gone {
            let live = target.join(directory);
            let at = |error| (live.clone(), error);
            let ours = ours::files(&live).map_err(at)?;
            remove(&live, ours.iter()).map_err(at)?;
            let mut empty = live.as_path();
            while empty != target && fs::remove_dir(empty).is_ok() {
                empty = empty.parent().unwrap_or(target);
            }
        }
        Ok(())
    }
}

/// Brings one file of somebody else's along: the same file under a second name where that is possible.
fn carry_file(from: &Path, to: &Path) -> io::Result<()> {
    if fs::symlink_metadata(from)?.is_symlink() {
        #[cfg(unix)]
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
        #[cfg(not(unix))]
        return Err(io::Error::other("a link of somebody else's is in the way"));
    }
    match fs::hard_link(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => Err(error),
        Err(_) => fs::copy(from, to).map(drop),
        Ok(()) => Ok(()),
    }
}

#[cfg(unix)]
fn is_same_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (fs::symlink_metadata(a), fs::symlink_metadata(b)) {
        // Links are made anew and have nothing to lose.
        (Ok(a), Ok(b)) => a.is_symlink() && b.is_symlink() || a.ino() == b.ino(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same_file(_a: &Path, b: &Path) -> bool {
    b.exists()
}

fn remove<'a>(directory: &Path, names: impl Iterator<Item = &'a String>) -> io::Result<()> {
    for name in names {
        match fs::remove_file(directory.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else {
        format!("{directory}/{name}")
    }
}
