//! Runs the built command in an empty directory with a cleared environment.
#![allow(
    dead_code,
    reason = "every test file is a crate of its own and uses some of this"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A directory of its own, removed at the end.
pub(crate) struct Project {
    directory: tempfile::TempDir,
}

/// What a run answered, said, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The exit status.
    pub(crate) code: Option<i32>,
    /// The answer.
    pub(crate) stdout: String,
    /// Everything else.
    pub(crate) stderr: String,
}

impl Project {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory }
    }

    /// A directory with one of the graphs of `golden/` as `graph.yaml`.
    pub(crate) fn with_graph(name: &str) -> Self {
        let project = Self::new();
        project.write("graph.yaml", &golden(name));
        project
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Reads a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// The command with these arguments, ready to run here.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphwright"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .stdin(Stdio::null());
        command
    }

    /// Runs the command with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }

    /// Every file below `path` with its text; links by `-> target`, empty folders with a slash.
    pub(crate) fn tree(&self, path: &str) -> BTreeMap<String, String> {
        let mut tree = BTreeMap::new();
        collect(&self.path(path), "", &mut tree);
        tree
    }
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Checks the exit status and that stdout is this and stderr holds that.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, stdout: &str, stderr: &str) {
        assert!(
            self.code == Some(code) && self.stdout == stdout && self.stderr.contains(stderr),
            "{self:#?}"
        );
    }

    /// Checks that the run ended well and said nothing wrong; gives the answer.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert!(
            self.code == Some(0) && !self.stderr.contains("error"),
            "{self:#?}"
        );
        self.stdout
    }
}

/// The text of a graph of `golden/`.
pub(crate) fn golden(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join("golden").join(name).join("graph.yaml")).unwrap()
}

fn collect(path: &Path, name: &str, tree: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(path) else {
        return;
    };
    let mut empty = true;
    for entry in entries {
        empty = false;
        let entry = entry.unwrap();
        let path = entry.path();
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(&path, &name, tree);
        } else if kind.is_symlink() {
            let target = fs::read_link(path).unwrap();
            tree.insert(name, format!("-> {}", target.display()));
        } else {
            tree.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    if empty {
        tree.insert(format!("{name}/"), String::new());
    }
}
