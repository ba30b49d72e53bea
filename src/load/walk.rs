//! Which files of a directory are inputs?

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::project::{Home, normal, parent, project_help, show};
use super::{Loader, Reason, Scope};
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules;

/// The first line of the `kustomization.yaml` of a tree that a render wrote.
pub const RENDERED: &str = "# Rendered by graphwright";

/// A directory to walk: its name in messages and its real path.
struct Branch {
    shown: PathBuf,
    real: PathBuf,
}

impl Loader<'_> {
    /// Reads the files of a directory, in the order of their paths. Hidden files and directories and
    /// rendered trees are left out; links are followed inside the project, each directory once.
    pub(super) fn directory(&mut self, path: &Path, home: &Home) {
        let Home::Disk {
            directory, project, ..
        } = home
        else {
            return;
        };
        let before = self.diagnostics.len();
        let mut files: Vec<(PathBuf, Home)> = Vec::new();
        let mut visited = BTreeSet::new();
        let mut branches = vec![Branch {
            shown: normal(path),
            real: directory.clone(),
        }];
        let mut entries = 0;
        let mut rendered = Vec::new();
        while let Some(branch) = branches.pop() {
            self.branch(
                &branch,
                project,
                &mut visited,
                &mut branches,
                &mut files,
                &mut rendered,
                &mut entries,
            );
        }
        files.sort_by(|a, b| a.0.cmp(&b.0));
        if self.request.scope == Scope::Everything {
            self.all_of(files, &rendered);
            return;
        }
        let mut ours = false;
        for (shown, home) in files {
            if let Some(index) = self.file(&shown, home, Reason::Found, Origin::None) {
                let file = &self.inputs.files[index];
                ours |= file.is_ours() || file.broken;
            }
        }
        if !ours && self.request.scope == Scope::Ours && self.diagnostics.len() == before {
            self.diagnostics.push(
                Diagnostic::new(
                    &rules::NOTHING_FOUND,
                    Origin::None,
                    format!("no graph, release or profile is in `{}`", show(&normal(path))),
                )
                .help(
                    "files named `*.yaml`, `*.yml` and `*.json` are read; hidden ones and trees that \
                     a render wrote are left out",
                ),
            );
        }
    }

    /// Reads all files of a directory. What a render wrote is left out where the releases are: they are
    /// rendered anew.
    fn all_of(&mut self, files: Vec<(PathBuf, Home)>, rendered: &[PathBuf]) {
        let (written, given): (Vec<_>, Vec<_>) = files.into_iter().partition(|(_, home)| {
            let file = home.key();
            rendered.iter().any(|directory| file.starts_with(directory))
        });
        let first = self.inputs.files.len();
        self.everything(given);
        let new = self.inputs.files.iter().skip(first);
        if new.into_iter().any(|file| !file.releases.is_empty()) {
            self.inputs.rendered += rendered.len();
        } else {
            self.everything(written);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a walk collects")]
    fn branch(
        &mut self,
        branch: &Branch,
        project: &Path,
        visited: &mut BTreeSet<PathBuf>,
        branches: &mut Vec<Branch>,
        files: &mut Vec<(PathBuf, Home)>,
        rendered: &mut Vec<PathBuf>,
        entries: &mut usize,
    ) {
        let mut walk = WalkDir::new(&branch.real).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            *entries += 1;
            if *entries > self.request.limits.entries {
                self.diagnostics
                    .push(too_many(&branch.shown, self.request.limits.entries));
                return;
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(&branch.real).to_owned();
                    let reason = error
                        .into_io_error()
                        .unwrap_or_else(|| io::Error::other("unknown reason"));
                    self.unreadable(&shown(branch, &path), &reason);
                    continue;
                }
            };
            let kind = entry.file_type();
            let hidden = entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() {
                // A directory may be reached through several links; its files are the same.
                if hidden || !visited.insert(entry.path().to_owned()) {
                    walk.skip_current_dir();
                } else if is_rendered(entry.path()) {
                    if self.request.scope == Scope::Everything {
                        rendered.push(entry.path().to_owned());
                    } else {
                        walk.skip_current_dir();
                    }
                }
            } else if hidden {
            } else if kind.is_symlink() {
                self.link(branch, &entry, project, branches, files);
            } else if is_input(entry.path()) || self.is_kustomizes(entry.path()) {
                let shown = shown(branch, entry.path());
                files.push((shown, disk(entry.path(), entry.path(), branch, project)));
            }
        }
    }

    /// Decides what becomes of a link.
    fn link(
        &mut self,
        branch: &Branch,
        entry: &DirEntry,
        project: &Path,
        branches: &mut Vec<Branch>,
        files: &mut Vec<(PathBuf, Home)>,
    ) {
        let path = entry.path();
        let shown = shown(branch, path);
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) => {
                if is_input(path) {
                    self.unreadable(&shown, &error);
                }
                return;
            }
        };
        let is_directory = real.is_dir();
        if !is_directory && !is_input(path) {
            return;
        }
        if !real.starts_with(project) {
            self.diagnostics.push(
                Diagnostic::new(
                    &rules::OUTSIDE_PROJECT,
                    Origin::None,
                    format!(
                        "`{}` is a link that leads out of the project, to `{}`",
                        show(&shown),
                        show(&real)
                    ),
                )
                .help(project_help(project)),
            );
        } else if !is_directory {
            files.push((shown, disk(&real, path, branch, project)));
        } else if path.starts_with(&real) {
            self.diagnostics.push(
                Diagnostic::new(
                    &rules::LINK_LOOP,
                    Origin::None,
                    format!("`{}` is a link to a directory that it is in", show(&shown)),
                )
                .help("remove the link, or start its name with a dot; it is left out"),
            );
        } else {
            branches.push(Branch { shown, real });
        }
    }

    /// Whether a file is Kustomize's own under the name that has no ending.
    fn is_kustomizes(&self, path: &Path) -> bool {
        self.request.scope == Scope::Everything
            && path.file_name().is_some_and(|name| name == "Kustomization")
    }

    fn unreadable(&mut self, shown: &Path, error: &io::Error) {
        self.diagnostics.push(Diagnostic::new(
            &rules::FILE_UNREADABLE,
            Origin::None,
            format!("`{}` cannot be read: {error}", show(shown)),
        ));
    }
}

fn too_many(shown: &Path, limit: usize) -> Diagnostic {
    Diagnostic::new(
        &rules::TOO_MANY_FILES,
        Origin::None,
        format!(
            "`{}` has more than {limit} files and directories",
            show(shown)
        ),
    )
    .help("give the directory of one project")
}

/// The name of a path below a branch.
fn shown(branch: &Branch, path: &Path) -> PathBuf {
    match path.strip_prefix(&branch.real) {
        Ok(rest) if rest.as_os_str().is_empty() => branch.shown.clone(),
        Ok(rest) => branch.shown.join(rest),
        Err(_) => path.to_owned(),
    }
}

fn disk(real: &Path, path: &Path, branch: &Branch, project: &Path) -> Home {
    Home::Disk {
        file: real.to_owned(),
        directory: parent(path),
        shown: parent(&shown(branch, path)),
        project: project.to_owned(),
    }
}

fn is_input(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
}

/// Whether a directory is a tree that a render wrote. Its manifests are output, not input.
fn is_rendered(directory: &Path) -> bool {
    let path = directory.join("kustomization.yaml");
    let mut start = [0; RENDERED.len()];
    path.metadata().is_ok_and(|metadata| metadata.is_file())
        && File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == *RENDERED.as_bytes()
}
