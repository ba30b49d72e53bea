//! Which files of a tree did we write?
//!
//! A directory is ours when its `kustomization.yaml` begins with our first line; its files are those that
//! this one lists. Whatever else stands there is somebody else's.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::disk::read;
use super::{FIRST_LINE, KUSTOMIZATION};

/// The files of a release's directory that we wrote, `kustomization.yaml` included; empty if the directory
/// is not ours or not there.
///
/// # Errors
/// The directory or its `kustomization.yaml` cannot be read.
pub fn files(directory: &Path) -> io::Result<BTreeSet<String>> {
    let Some(text) = read(&directory.join(KUSTOMIZATION))? else {
        return Ok(BTreeSet::new());
    };
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        return Ok(BTreeSet::new());
    }
    // We write the list one plain name a line; a hand that changed it made the file not quite ours, and
    // what it no longer lists that way is left alone.
    let mut files: BTreeSet<String> = lines
        .skip_while(|line| *line != "resources:")
        .skip(1)
        .map_while(|line| line.trim_start().strip_prefix("- "))
        .filter(|name| super::is_safe(name))
        .map(str::to_owned)
        .collect();
    files.insert(KUSTOMIZATION.to_owned());
    Ok(files)
}

/// The directories `<profile>/<namespace>/<release>` of a tree that are ours, sorted.
///
/// # Errors
/// A directory cannot be read.
pub fn releases(tree: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for profile in directories(tree)? {
        for namespace in directories(&tree.join(&profile))? {
            let above = tree.join(&profile).join(&namespace);
            for release in directories(&above)? {
                if !files(&above.join(&release))?.is_empty() {
                    found.push(format!("{profile}/{namespace}/{release}"));
                }
            }
        }
    }
    Ok(found)
}

/// The directories in a directory whose names could be ours, sorted; links are not followed.
fn directories(path: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir()
            && let Ok(name) = entry.file_name().into_string()
            && super::is_safe(&name)
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
