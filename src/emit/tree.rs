//! Files into a directory, whole or not at all.
//!
//! A [`Tree`] is put together beside its place and takes it in one step, so a run that is killed leaves the
//! tree as it was. Files of others that stand in the tree come along; only files of ours are replaced or
//! removed. Nothing is forced to disk: after a power failure a tree may be torn, but rendering again mends
//! it, and waiting for the disk would take longer than everything else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::change::Change;
use super::disk::{self, trouble, write_new};
use super::lock::Work;
use super::{Release, ours, swap};
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules::{self, Rule};

/// A tree under construction. Dropped before [`finish`](Self::finish), it leaves no trace.
#[derive(Debug)]
pub struct Tree {
    /// Where it goes, as the user says.
    shown: PathBuf,
    /// Where it goes: absolute, no links on the way.
    target: PathBuf,
    /// Where it is put together.
    new: PathBuf,
    work: Work,
    /// Whether the directory itself must stay, so that files are replaced one by one.
    in_place: bool,
    staged: Mutex<Staged>,
}

#[derive(Debug, Default)]
struct Staged {
    /// File names by directory.
    releases: BTreeMap<String, BTreeSet<String>>,
    /// The directories in lower case: some file systems know no other.
    folded: BTreeSet<String>,
    outcome: Outcome,
}

/// What becomes of releases that an earlier run wrote and this one did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftovers {
    /// They stay: the run was not asked about them.
    Keep,
    /// They go: the run rendered all there is.
    Remove,
}

/// What a run did to a tree, in files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Release directories written.
    pub releases: usize,
    /// Files that were not there before.
    pub added: usize,
    /// Files with new content.
    pub changed: usize,
    /// Files that stayed as they were.
    pub unchanged: usize,
    /// Files that are gone.
    pub removed: usize,
}

impl Tree {
    /// Begins a tree that will stand at `target`; a link there is followed. `standing` is a directory that
    /// must not move, such as the one a shell stands in. `waiting` is called if another run is at work.
    ///
    /// # Errors
    /// The place is not a directory, or cannot be written.
    pub fn begin(
        target: &Path,
        standing: Option<&Path>,
        waiting: &dyn Fn(),
    ) -> Result<Self, Diagnostic> {
        let shown = target.to_owned();
        let target = place(target)?;
        let mut in_place = standing.is_some_and(|standing| standing.starts_with(&target));
        let beside = match (target.parent(), target.file_name()) {
            (Some(parent), Some(name)) => {
                let name = format!(".{}.graphwright", name.to_string_lossy());
                Some(Work::begin(parent.join(name), waiting))
            }
            _ => None,
        };
        let work = match beside {
            Some(Ok(work)) => work,
            Some(Err(error)) if !target.exists() => return Err(trouble("write", &shown, &error)),
            // Only the directory itself can be written: a volume, say.
            None | Some(Err(_)) => {
                in_place = true;
                Work::begin(target.join(INSIDE), waiting)
                    .map_err(|error| trouble("write", &shown, &error))?
            }
        };
        let new = work.join("new");
        fs::create_dir(&new).map_err(|error| trouble("write", &shown, &error))?;
        Ok(Self {
            shown,
            target,
            new,
            work,
            in_place,
            staged: Mutex::default(),
        })
    }

    /// Adds the files of one release. May be called from several threads.
    ///
    /// # Errors
    /// Something that is not ours stands in the way, or a file cannot be written.
    pub fn add(&self, release: &Release) -> Result<(), Vec<Diagnostic>> {
        let directory = &release.directory;
        if !self.staged().folded.insert(directory.to_lowercase()) {
            return Err(vec![
                Diagnostic::new(
                    &rules::FILE_NAME,
                    Origin::None,
                    format!("two releases would be written to `{directory}`"),
                )
                .help("give one of them another name or namespace"),
            ]);
        }
        self.refuse_links(directory).map_err(|one| vec![one])?;
        let live = self.target.join(directory);
        let staged = self.new.join(directory);
        let read = |error| vec![trouble("read", &self.name(&live), &error)];
        let ours = ours::files(&live).map_err(read)?;
        let mut outcome = Outcome {
            releases: 1,
            ..Outcome::default()
        };
        let mut mistakes = Vec::new();
        fs::create_dir_all(&staged)
            .map_err(|error| vec![trouble("write", &self.name(&live), &error)])?;
        for file in &release.files {
            let (from, to) = (live.join(&file.name), staged.join(&file.name));
            let standing = Standing::of(&from, file.text.as_bytes())
                .map_err(|error| vec![trouble("read", &self.name(&from), &error)])?;
            let written = match standing {
                Standing::Nothing => {
                    outcome.added += 1;
                    write_new(&to, file.text.as_bytes())
                }
                // The same file keeps its time of change, which spares build tools and Git some work.
                Standing::Same => {
                    outcome.unchanged += 1;
                    fs::hard_link(&from, &to).or_else(|_| write_new(&to, file.text.as_bytes()))
                }
                Standing::Other if ours.contains(&file.name) => {
                    outcome.changed += 1;
                    write_new(&to, file.text.as_bytes())
                }
                Standing::Other => {
                    mistakes.push(not_ours(&self.name(&from)));
                    Ok(())
                }
                Standing::Link => {
                    mistakes.push(link(&self.name(&from)));
                    Ok(())
                }
            };
            written.map_err(|error| vec![trouble("write", &self.name(&from), &error)])?;
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let names: BTreeSet<String> = release.files.iter().map(|f| f.name.clone()).collect();
        outcome.removed = ours.difference(&names).count();
        let mut all = self.staged();
        all.releases.insert(directory.clone(), names);
        all.outcome.add(outcome);
        Ok(())
    }

    /// Whether no release has been added.
    pub fn is_empty(&self) -> bool {
        self.staged().releases.is_empty()
    }

    /// Puts the tree in its place and tells what changed.
    ///
    /// # Errors
    /// The file system refuses; the tree is as it was then.
    pub fn finish(self, leftovers: Leftovers) -> Result<Outcome, Diagnostic> {
        let read = |error: io::Error| trouble("read", &self.shown, &error);
        let mut outcome = self.staged().outcome;
        let releases = std::mem::take(&mut self.staged().releases);
        let mut gone = BTreeSet::new();
        if leftovers == Leftovers::Remove {
            for directory in ours::releases(&self.target).map_err(read)? {
                if !releases.contains_key(&directory) {
                    let files = ours::files(&self.target.join(&directory)).map_err(read)?;
                    outcome.removed += files
                        .iter()
                        .filter(|file| self.target.join(&directory).join(file).exists())
                        .count();
                    gone.insert(directory);
                }
            }
        }
        if outcome.added + outcome.changed + outcome.removed == 0 {
            return Ok(outcome);
        }
        let change = Change { releases, gone };
        self.put(&change)
            .map_err(|(path, error)| trouble("write", &self.name(&path), &error))?;
        Ok(outcome)
    }

    fn put(&self, change: &Change) -> Result<(), (PathBuf, io::Error)> {
        if self.in_place {
            return change.replace_files(&self.new, &self.target);
        }
        let unit = self.unit(change);
        let (new, live) = (self.new.join(&unit), self.target.join(&unit));
        let at = |error| (live.clone(), error);
        change.carry(&live, &new, &unit)?;
        match swap::swap(&self.work, &new, &live) {
            Ok(()) => change.rescue(&self.work.old(), &live, &unit).map_err(at),
            // Another way to fail to be whole is better than not to work in a container at all.
            Err(error) if swap::cannot_move(&error) => {
                change.replace_files(&self.new, &self.target)
            }
            Err(error) => Err(at(error)),
        }
    }

    /// What must be swapped: everything, or the one release that was written. Where its parents are not
    /// there yet, they come with it.
    fn unit(&self, change: &Change) -> String {
        let mut releases = change.releases.keys();
        match (releases.next(), releases.next(), change.gone.is_empty()) {
            (Some(only), None, true) if self.target.exists() => {
                let mut unit = only.as_str();
                while let Some((parent, _)) = unit.rsplit_once('/') {
                    if self.target.join(parent).exists() {
                        break;
                    }
                    unit = parent;
                }
                unit.to_owned()
            }
            _ => String::new(),
        }
    }

    /// A path of the tree as the user would say it.
    fn name(&self, path: &Path) -> PathBuf {
        match path.strip_prefix(&self.target) {
            Ok(below) if below == Path::new("") => self.shown.clone(),
            Ok(below) => self.shown.join(below),
            Err(_) => path.to_owned(),
        }
    }

    fn refuse_links(&self, directory: &str) -> Result<(), Diagnostic> {
        let mut path = self.target.clone();
        for part in directory.split('/') {
            path.push(part);
            match fs::symlink_metadata(&path) {
                Ok(about) if about.is_symlink() => return Err(link(&self.name(&path))),
                Ok(about) if !about.is_dir() => return Err(not_ours(&self.name(&path))),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                Err(error) => return Err(trouble("read", &self.name(&path), &error)),
            }
        }
        Ok(())
    }

    fn staged(&self) -> std::sync::MutexGuard<'_, Staged> {
        self.staged
            .lock()
            .expect("no thread panics while it holds the lock")
    }
}

/// The working directory where only the tree itself can be written.
const INSIDE: &str = ".graphwright";

impl Outcome {
    fn add(&mut self, other: Self) {
        let Self {
            releases,
            added,
            changed,
            unchanged,
            removed,
        } = other;
        self.releases += releases;
        self.added += added;
        self.changed += changed;
        self.unchanged += unchanged;
        self.removed += removed;
    }
}

/// What stands where a file is to be written.
enum Standing {
    Nothing,
    Same,
    Other,
    Link,
}

impl Standing {
    fn of(path: &Path, text: &[u8]) -> io::Result<Self> {
        let about = match fs::symlink_metadata(path) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Nothing),
            Err(error) => return Err(error),
        };
        Ok(if about.is_symlink() {
            Self::Link
        } else if about.is_file()
            && about.len() == text.len() as u64
            && disk::read(path)?.as_deref() == Some(text)
        {
            Self::Same
        } else {
            Self::Other
        })
    }
}

/// The absolute path of the place named `target`, whose parents are made if need be.
fn place(target: &Path) -> Result<PathBuf, Diagnostic> {
    let refuse = |why: &str| {
        Diagnostic::new(
            &rules::OUTPUT_PATH,
            Origin::None,
            format!("`{}` {why}", target.display()),
        )
        .help("name a directory, new or not")
    };
    match fs::metadata(target) {
        Ok(about) if about.is_dir() => {
            fs::canonicalize(target).map_err(|error| trouble("read", target, &error))
        }
        Ok(_) => Err(refuse("is not a directory")),
        Err(_) if fs::symlink_metadata(target).is_ok() => Err(refuse("is a link to nothing")),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(trouble("write", target, &error))
        }
        Err(_) => {
            let name = target
                .file_name()
                .ok_or_else(|| refuse("cannot be created"))?;
            let parent = match target.parent() {
                Some(parent) if parent != Path::new("") => parent,
                _ => Path::new("."),
            };
            fs::create_dir_all(parent)
                .and_then(|()| fs::canonicalize(parent))
                .map(|parent| parent.join(name))
                .map_err(|error| trouble("write", target, &error))
        }
    }
}

fn not_ours(path: &Path) -> Diagnostic {
    complaint(
        &rules::FILE_NOT_OURS,
        path,
        "is in the way and was not written by graphwright",
    )
    .help("move it, or choose another output directory")
}

fn link(path: &Path) -> Diagnostic {
    complaint(
        &rules::OUTPUT_SYMLINK,
        path,
        "is a symbolic link, and nothing is written through it",
    )
    .help("remove the link, or name its target as the output directory")
}

fn complaint(rule: &'static Rule, path: &Path, what: &str) -> Diagnostic {
    Diagnostic::new(rule, Origin::None, format!("`{}` {what}", path.display()))
}
