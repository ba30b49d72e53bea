//! What did a project decide about its checks? Reads `graphwright.yaml` at the project's root.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::classify::{Reference, What};
use super::project::{Home, normal, project_of};
use super::{Input, Loader, Reason, typed};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::project::{Level, Project};
use crate::origin::Origin;
use crate::rules::{self, Severity};
use crate::yaml::{At, Node};

/// The project file's name.
pub const PROJECT_FILE: &str = "graphwright.yaml";

/// More lines than there will ever be rules.
const MOST_RULES: usize = 10_000;

/// Where imported schemas are, if the project file does not say.
const SCHEMAS: &str = "schemas";

/// What a project decided.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// How bad broken rules are, by code; none where nothing is reported. Rules that are not in it are as bad
    /// as they say.
    pub severities: BTreeMap<&'static str, Option<Severity>>,
    /// The folders with imported schemas, as real paths.
    pub schemas: Vec<PathBuf>,
}

impl Loader<'_> {
    /// Reads the project file of the project that the inputs are in, and complains about others.
    pub(super) fn settings(&mut self) {
        let root = self.root();
        let index = root.as_ref().and_then(|root| self.project_file(root));
        if let Some(root) = root.filter(|_| index.is_none()) {
            let folder = root.real.join(SCHEMAS);
            if folder.is_dir() {
                self.inputs.settings.schemas.push(folder);
            }
        }
        let projects = self.inputs.files.iter().enumerate().flat_map(|(at, file)| {
            let projects = file.projects.iter().enumerate();
            projects.map(move |(document, project)| (at, document, project.clone()))
        });
        for (at, document, project) in projects.collect::<Vec<_>>() {
            if Some(at) == index && document == 0 {
                self.read_project(at, &project);
            } else {
                self.diagnostics.push(unused(&project));
            }
        }
    }

    /// The root of the project: that of the first input that is a file, else of where texts come from.
    fn root(&self) -> Option<Root> {
        let given = self.request.project.as_deref();
        let of_input = self.request.inputs.iter().find_map(|input| match input {
            Input::Path(path) => match Home::find(path, given).ok()?.0 {
                Home::Disk {
                    directory,
                    shown,
                    project,
                    ..
                } => Some(Root::above(&directory, &shown, project)),
                Home::Text(_) => None,
            },
            Input::Text { .. } => None,
        });
        of_input.or_else(|| {
            let standing = self.request.standing.as_deref().or(given)?;
            let real = standing.canonicalize().ok()?;
            let project = project_of(&real, true);
            Some(Root::above(&real, Path::new(""), project))
        })
    }

    fn project_file(&mut self, root: &Root) -> Option<usize> {
        let path = root.real.join(PROJECT_FILE);
        path.symlink_metadata().ok()?;
        let (home, is_directory) = self.home(&path)?;
        let Home::Disk {
            file,
            directory,
            project,
            ..
        } = home
        else {
            return None;
        };
        if is_directory {
            return None;
        }
        let home = Home::Disk {
            file,
            directory,
            shown: root.shown.clone(),
            project,
        };
        let shown = root.shown.join(PROJECT_FILE);
        self.file(&shown, home, Reason::Referenced, Origin::None)
    }

    fn read_project(&mut self, index: usize, node: &Node) {
        let mut node = node.clone();
        self.take_off_for_a_word(&mut node);
        let node = &node;
        let Some(project) = typed::<Project>(node, self.sources, &mut self.diagnostics) else {
            return;
        };
        let written = node.at(&["spec", "rules"]).and_then(Node::as_map);
        for entry in written
            .into_iter()
            .flat_map(|map| map.iter().take(MOST_RULES))
        {
            let Some(level) = project.spec.rules.get(&entry.key) else {
                continue;
            };
            self.rule(&entry.key, entry.key_origin, level);
        }
        match &project.spec.schemas {
            Some(folders) => {
                for folder in folders {
                    self.schemas(index, folder);
                }
            }
            None => {
                if let Ok((home, _)) = self.inputs.files[index].home.join(SCHEMAS)
                    && home.key().is_dir()
                {
                    let folder = home.key().to_owned();
                    self.inputs.settings.schemas.push(folder);
                }
            }
        }
    }

    /// `off` is what people mean by a level that readers of YAML 1.1 take for `false`.
    fn take_off_for_a_word(&mut self, node: &mut Node) {
        let levels = node.at_mut(&["spec", "rules"]).and_then(Node::as_map_mut);
        for level in levels.into_iter().flat_map(|map| map.iter_mut()) {
            let level = &mut level.value;
            if level.as_bool() == Some(false) {
                *level = Node::new("off", level.origin);
                let origin = level.origin;
                self.diagnostics.retain(|one| {
                    one.rule.code != rules::AMBIGUOUS_SCALAR.code || one.origin != origin
                });
            }
        }
    }

    fn rule(&mut self, code: &str, origin: Origin, level: &At<Level>) {
        let Some(rule) = rules::by_code(code) else {
            let message = format!("there is no rule `{}`", code.escape_debug());
            let mut diagnostic = Diagnostic::new(&rules::PROJECT_RULE, origin, message);
            if let Some(meant) = did_you_mean(code, rules::all().map(|rule| rule.code)) {
                diagnostic = diagnostic.help(meant);
            }
            let help = "the codes are those that messages have in brackets";
            self.diagnostics.push(diagnostic.help(help));
            return;
        };
        let severity = level.severity();
        let is_milder = severity.is_none_or(|severity| severity > rule.severity);
        if rules::is_fixed(rule) && is_milder {
            self.diagnostics.push(
                Diagnostic::new(
                    &rules::PROJECT_RULE_FIXED,
                    level.origin,
                    format!("`{code}` cannot be made milder"),
                )
                .help(format!(
                    "a run relies on it: {}; remove this line",
                    rule.summary
                )),
            );
            return;
        }
        let severities = &mut self.inputs.settings.severities;
        severities.insert(rule.code, severity);
    }

    fn schemas(&mut self, index: usize, folder: &At<String>) {
        let reference = Reference {
            path: folder.value.clone(),
            origin: folder.origin,
            what: What::Templates,
        };
        match self.inputs.files[index].home.join(&folder.value) {
            Ok((home, _)) if home.key().is_dir() => {
                let folder = home.key().to_owned();
                self.inputs.settings.schemas.push(folder);
            }
            Ok(_) => {
                let message = format!("`{}` is not a directory", folder.escape_debug());
                self.diagnostics.push(
                    Diagnostic::new(&rules::WRONG_FILE, folder.origin, message)
                        .help("name the folder that `schema import` writes to"),
                );
            }
            Err(problem) => self.diagnostics.push(problem.diagnostic(&reference)),
        }
    }
}

/// The root of a project: its real path, and its name in messages.
struct Root {
    real: PathBuf,
    shown: PathBuf,
}

impl Root {
    /// The root above a directory that is called `shown`.
    fn above(directory: &Path, shown: &Path, root: PathBuf) -> Self {
        let below = directory.strip_prefix(&root).unwrap_or(Path::new(""));
        let up: PathBuf = below.components().map(|_| "..").collect();
        Self {
            real: root,
            shown: normal(&shown.join(up)),
        }
    }
}

fn unused(project: &Node) -> Diagnostic {
    let message = format!("only `{PROJECT_FILE}` at the project's root is looked at, not this one");
    Diagnostic::new(
        &rules::PROJECT_UNUSED,
        project.origin_of("/kind"),
        message,
    )
    .help("move it there, or remove it; the root is the nearest directory above the inputs that has `.git`, or else `graphwright.yaml`")
}
