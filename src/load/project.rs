//! Where does a path lead, and is that still inside the project?

use std::io;
use std::path::{Component, Path, PathBuf};

use super::classify::Reference;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::rules;

/// Where a file is, as far as what it refers to needs to know.
#[derive(Debug, Clone)]
pub(super) enum Home {
    /// On disk.
    Disk {
        /// The real path of the file.
        file: PathBuf,
        /// The real path of the directory it was found in: the link's, if the file is a link.
        directory: PathBuf,
        /// The directory's name in messages.
        shown: PathBuf,
        /// The real path of the directory that references must not leave.
        project: PathBuf,
    },
    /// Among the texts of the request, by its name.
    Text(PathBuf),
}

/// Why a reference leads nowhere.
pub(super) enum Problem {
    Absolute,
    Outside {
        project: PathBuf,
    },
    Link {
        project: PathBuf,
        target: PathBuf,
    },
    Unreadable {
        shown: PathBuf,
        error: io::Error,
        near: Option<String>,
    },
}

impl Home {
    /// Where an input of the command line is, and whether it is a directory.
    pub(super) fn find(path: &Path, project: Option<&Path>) -> io::Result<(Self, bool)> {
        let real = path.canonicalize()?;
        let is_directory = real.is_dir();
        let project = match project.map(Path::canonicalize).transpose()? {
            // What is given by name outside of the project is a project of its own.
            Some(project) if real.starts_with(&project) => project,
            Some(_) | None => project_of(&real, is_directory),
        };
        let shown = normal(path);
        let (directory, shown) = if is_directory {
            (real.clone(), shown)
        } else {
            let directory = Path::new(".").join(parent(path)).canonicalize()?;
            (directory, parent(&shown))
        };
        let home = Self::Disk {
            file: real,
            directory,
            shown,
            project,
        };
        Ok((home, is_directory))
    }

    /// What identifies the file: two paths to one file have the same key.
    pub(super) fn key(&self) -> &Path {
        match self {
            Self::Disk { file, .. } => file,
            Self::Text(name) => name,
        }
    }

    /// The file that `reference`, written in this file, means, and its path for messages.
    pub(super) fn join(&self, reference: &str) -> Result<(Self, PathBuf), Problem> {
        let path = Path::new(reference);
        if path.is_absolute() {
            return Err(Problem::Absolute);
        }
        match self {
            Self::Text(name) => {
                let joined = normal(&name.parent().unwrap_or(Path::new("")).join(path));
                Ok((Self::Text(joined.clone()), joined))
            }
            Self::Disk {
                directory,
                shown,
                project,
                ..
            } => {
                let shown = normal(&shown.join(path));
                let file = normal(&directory.join(path));
                if !file.starts_with(project) {
                    return Err(Problem::Outside {
                        project: project.clone(),
                    });
                }
                let real = file.canonicalize().map_err(|error| Problem::Unreadable {
                    near: near(&file, path),
                    shown: shown.clone(),
                    error,
                })?;
                if !real.starts_with(project) {
                    return Err(Problem::Link {
                        project: project.clone(),
                        target: real,
                    });
                }
                let home = Self::Disk {
                    file: real,
                    directory: parent(&file),
                    shown: parent(&shown),
                    project: project.clone(),
                };
                Ok((home, shown))
            }
        }
    }
}

impl Problem {
    pub(super) fn diagnostic(self, reference: &Reference) -> Diagnostic {
        let Reference { path, origin, .. } = reference;
        let path = path.escape_debug();
        match self {
            Self::Absolute => Diagnostic::new(
                &rules::OUTSIDE_PROJECT,
                *origin,
                format!("the path `{path}` is absolute"),
            )
            .help("write it relative to this file, so that it means the same on every machine"),
            Self::Outside { project } => Diagnostic::new(
                &rules::OUTSIDE_PROJECT,
                *origin,
                format!("the path `{path}` leaves the project"),
            )
            .help(project_help(&project)),
            Self::Link { project, target } => Diagnostic::new(
                &rules::OUTSIDE_PROJECT,
                *origin,
                format!(
                    "the path `{path}` is a link that leads out of the project, to `{}`",
                    target.display()
                ),
            )
            .help(project_help(&project)),
            Self::Unreadable { shown, error, near } => {
                let mut diagnostic = Diagnostic::new(
                    &rules::FILE_UNREADABLE,
                    *origin,
                    format!("`{}` cannot be read: {error}", show(&shown)),
                );
                if let Some(near) = near {
                    diagnostic = diagnostic.help(near);
                }
                diagnostic.help("paths are relative to the file they are written in")
            }
        }
    }
}

/// How the project was found, and how to make it larger.
pub(super) fn project_help(project: &Path) -> String {
    let name = project
        .file_name()
        .map_or_else(|| "/".to_owned(), |n| n.to_string_lossy().into_owned());
    format!(
        "everything must be in the project, here the directory `{name}`: the nearest one above the \
         input that has `.git`, or else `graphwright.yaml`, or else the one that was given"
    )
}

/// Whether a reference is a path rather than a name: names of profiles have no dots and slashes.
pub fn is_path(reference: &str) -> bool {
    reference.contains(['/', '.', '\\'])
}

/// The directory that references from inputs at `path` must not leave. Both are real paths.
pub(super) fn project_of(path: &Path, is_directory: bool) -> PathBuf {
    let directory = if is_directory {
        path.to_owned()
    } else {
        parent(path)
    };
    let above_with = |name: &str| {
        let mut above = directory.ancestors();
        above.find(|ancestor| ancestor.join(name).symlink_metadata().is_ok())
    };
    let root = above_with(".git").or_else(|| above_with(super::PROJECT_FILE));
    root.unwrap_or(&directory).to_owned()
}

/// A path without `.` and with `..` resolved by its text, as far as that goes.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match normal.components().next_back() {
                Some(Component::Normal(_)) => {
                    normal.pop();
                }
                Some(Component::RootDir) => {}
                _ => normal.push(".."),
            },
            component => normal.push(component),
        }
    }
    normal
}

pub(super) fn parent(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

/// A path as messages show it: control characters made visible.
pub(super) fn show(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.chars().any(char::is_control) {
        text.escape_debug().to_string()
    } else {
        text.into_owned()
    }
}

/// The file beside `file` whose name is most like it, put the way `written` is.
pub(super) fn near(file: &Path, written: &Path) -> Option<String> {
    const LOOKED_AT: usize = 1_000;
    let wanted = file.file_name()?.to_string_lossy().into_owned();
    let mut names: Vec<String> = file
        .parent()?
        .read_dir()
        .ok()?
        .take(LOOKED_AT)
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    names.sort();
    let directory = parent(written);
    let candidates: Vec<String> = names
        .iter()
        .map(|name| directory.join(name).to_string_lossy().into_owned())
        .collect();
    let wanted = directory.join(wanted).to_string_lossy().into_owned();
    did_you_mean(&wanted, candidates.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_profiles_are_not_paths() {
        assert!(!is_path("eks-p5"));
        for path in ["./eks-p5", "eks.yaml", "a/b", "../b"] {
            assert!(is_path(path), "{path}");
        }
    }

    #[test]
    fn dots_are_resolved_by_text() {
        for (path, expected) in [
            ("./a/../b.yaml", "b.yaml"),
            ("a/../../b", "../b"),
            ("/../b", "/b"),
            ("../../b", "../../b"),
        ] {
            assert_eq!(normal(Path::new(path)), Path::new(expected), "{path}");
        }
    }
}
