//! Which files does a run work on, and what is in them?
//!
//! The only reader of files. It finds them, bounds them, sorts their documents by kind and follows the
//! references between them, so that no later stage needs a file system. What documents mean is
//! `resolve`'s; only the references are looked at here.

mod classify;
mod decode;
mod everything;
mod glance;
mod limits;
mod project;
mod read;
mod settings;
mod templates;
mod typed;
mod walk;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use glance::left_files_out;
pub use limits::Limits;
pub use project::is_path;
pub(crate) use project::normal;
pub use settings::{PROJECT_FILE, Settings};
pub use typed::{Constrained, is_label, typed};
pub use walk::RENDERED;

use crate::date::Date;
use crate::diagnostic::Diagnostic;
use crate::model::profile::Strictness;
use crate::origin::{Origin, Place};
use crate::rules;
use crate::source::Sources;
use crate::yaml::Node;
use classify::{Reference, What};
use project::Home;

/// What a run is asked to work on.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Files, directories and texts, in the order given.
    pub inputs: Vec<Input>,
    /// Profiles to render for: names, or paths of files.
    pub profiles: Vec<String>,
    /// How much fabrics add, whatever profiles and releases say.
    pub strictness: Option<Strictness>,
    /// Which documents are kept.
    pub scope: Scope,
    /// The directory that references must not leave. Found if left out: the nearest directory above an input
    /// that has `.git`, else the directory given, else the directory of the file given.
    pub project: Option<PathBuf>,
    /// Where texts come from: the project of this directory is theirs.
    pub standing: Option<PathBuf>,
    /// Threads that files of directories are read on; one if zero.
    pub threads: usize,
    /// How much is read.
    pub limits: Limits,
    /// The day on which waivers are judged; without it none has ended.
    pub today: Option<Date>,
    /// A tree with the state before, for rules about changes.
    pub before: Option<PathBuf>,
}

/// Something to work on.
#[derive(Debug, Clone)]
pub enum Input {
    /// A file or a directory.
    Path(PathBuf),
    /// Text from somewhere else. References between texts go by their names, taken as relative paths; they
    /// never reach the file system.
    Text {
        /// What messages call it.
        name: String,
        /// The documents.
        text: String,
    },
}

/// Which documents a run keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// Graphs with the objects of their files, releases and profiles. Other files of a directory are counted
    /// and not read further; an input without any of these is a mistake.
    #[default]
    Ours,
    /// Everything, for checking manifests from anywhere.
    Everything,
}

/// What a run works on: files, what is in them, and how they refer to one another.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The files in the order they were found: those named, those of directories by path, those referred to.
    pub files: Vec<InputFile>,
    /// The profiles to render for, in the order given; those that could not be read are left out.
    pub profiles: Vec<ProfileArgument>,
    /// Whether profiles were given at all: then only they are rendered for.
    pub profiles_given: bool,
    /// How much fabrics add, whatever profiles and releases say.
    pub strictness: Option<Strictness>,
    /// Which documents were kept.
    pub scope: Scope,
    /// What the project decided about its checks.
    pub settings: Settings,
    /// How many files of directories hold nothing of ours.
    pub ignored: usize,
    /// How many directories that a render wrote are left out, because the releases beside them are there.
    pub rendered: usize,
    by_key: BTreeMap<PathBuf, usize>,
    templates: BTreeMap<PathBuf, Vec<Template>>,
}

/// One file and its documents.
#[derive(Debug)]
pub struct InputFile {
    /// Its number in [`Sources`].
    pub source: u32,
    /// Its name in messages.
    pub name: String,
    /// How it came to be read.
    pub reason: Reason,
    /// Its `Release` documents.
    pub releases: Vec<Node>,
    /// Its `ClusterProfile` documents.
    pub profiles: Vec<Node>,
    /// Its `DynamoGraphDeployment` documents.
    pub graphs: Vec<Node>,
    /// Its `Project` documents.
    pub projects: Vec<Node>,
    /// What Kustomize reads, if everything is kept.
    pub kustomizations: Vec<Node>,
    /// The input that it was given by or found in, an index into [`Request::inputs`].
    pub input: usize,
    /// Its other objects: those that travel with its graphs.
    pub others: Vec<Node>,
    /// Whether something in it could not be read. What seems to be missing may be in that part.
    pub broken: bool,
    home: Home,
    /// What its references lead to; none where that could not be read, which has been reported.
    references: BTreeMap<(What, String), Option<Target>>,
}

/// How a file came to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It was given itself.
    Named,
    /// It was in a directory that was given.
    Found,
    /// Another file or `--profile` refers to it.
    Referenced,
}

/// A profile asked for on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileArgument {
    /// By its name.
    Name(String),
    /// By its file: an index into [`Inputs::files`].
    File(usize),
}

/// One file of a folder of templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its path within the folder, with `/`.
    pub name: String,
    /// Its number in [`Sources`].
    pub source: u32,
}

/// What a path in a file leads to.
#[derive(Debug, Clone)]
enum Target {
    /// A file, by its index.
    File(usize),
    /// A folder of templates, by its key.
    Templates(PathBuf),
}

impl Inputs {
    /// The file that `path`, as written in the file with this index, leads to, with its index. None if it
    /// could not be read, which has been reported.
    pub fn referenced(&self, from: usize, path: &str) -> Option<(usize, &InputFile)> {
        match self.target(from, What::Document, path)? {
            Target::File(index) => Some((*index, self.files.get(*index)?)),
            Target::Templates(_) => None,
        }
    }

    /// The templates of the folder that `path`, as written in the file with this index, leads to.
    pub fn templates(&self, from: usize, path: &str) -> Option<&[Template]> {
        match self.target(from, What::Templates, path)? {
            Target::Templates(key) => self.templates.get(key).map(Vec::as_slice),
            Target::File(_) => None,
        }
    }

    fn target(&self, from: usize, what: What, path: &str) -> Option<&Target> {
        let references = &self.files.get(from)?.references;
        references.get(&(what, path.to_owned()))?.as_ref()
    }
}

impl InputFile {
    /// The place of the file as a whole: its start.
    pub fn origin(&self) -> Origin {
        start_of(self.source)
    }

    /// The real path of the file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.home {
            Home::Disk { file, .. } => Some(file),
            Home::Text(_) => None,
        }
    }

    /// The real path of the directory it was found in, if it is a file.
    pub fn directory(&self) -> Option<&Path> {
        match &self.home {
            Home::Disk { directory, .. } => Some(directory),
            Home::Text(_) => None,
        }
    }

    /// Whether it is a file, not text from somewhere else.
    pub fn is_on_disk(&self) -> bool {
        matches!(self.home, Home::Disk { .. })
    }

    /// The first object of the Dynamo operator in a file without graphs, releases and profiles: such objects
    /// are rendered as they are.
    pub fn without_graph(&self) -> Option<&Node> {
        let mut others = self.others.iter().filter(|_| !self.is_ours());
        others.find(|object| classify::is_of_operator(object))
    }

    /// Whether nothing but objects is in it: no release, no profile, no project.
    pub fn is_only_objects(&self) -> bool {
        self.releases.is_empty() && self.profiles.is_empty() && self.projects.is_empty()
    }

    fn is_ours(&self) -> bool {
        !(self.releases.is_empty() && self.profiles.is_empty() && self.graphs.is_empty())
    }
}

fn start_of(source: u32) -> Origin {
    Origin::Input(Place {
        file: source,
        start: 0,
        end: 0,
    })
}

/// Reads everything `request` names and all that those files refer to.
///
/// What is wrong is in the list; what is right is in the inputs all the same, so that one bad file does not
/// hide the others.
pub fn load(request: &Request, sources: &mut Sources) -> (Inputs, Vec<Diagnostic>) {
    let mut loader = Loader {
        request,
        sources,
        inputs: Inputs {
            strictness: request.strictness,
            scope: request.scope,
            profiles_given: !request.profiles.is_empty(),
            ..Inputs::default()
        },
        diagnostics: Vec::new(),
        bytes: 0,
        full: false,
        input: 0,
    };
    for (index, input) in request.inputs.iter().enumerate() {
        loader.input = index;
        match input {
            Input::Path(path) => loader.path(path),
            Input::Text { name, text } => loader.text(name, text),
        }
    }
    for profile in &request.profiles {
        loader.profile(profile);
    }
    // Files that are referred to are added at the end, so this reaches their references too.
    let mut index = 0;
    while index < loader.inputs.files.len() {
        loader.follow(index);
        index += 1;
    }
    loader.settings();
    (loader.inputs, loader.diagnostics)
}

struct Loader<'a> {
    request: &'a Request,
    sources: &'a mut Sources,
    inputs: Inputs,
    diagnostics: Vec<Diagnostic>,
    /// Bytes read so far.
    bytes: usize,
    /// Whether a limit of the whole run is reached; it is reported once.
    full: bool,
    /// The input that is being read.
    input: usize,
}

impl Loader<'_> {
    /// Reads a file or directory that was given.
    fn path(&mut self, path: &Path) {
        let Some((home, is_directory)) = self.home(path) else {
            return;
        };
        if is_directory {
            self.directory(path, &home);
        } else if let Some(index) = self.file(path, home, Reason::Named, Origin::None) {
            self.expect_ours(index);
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        let home = Home::Text(project::normal(Path::new(name)));
        let index = self.add(name, home, Reason::Named, text.as_bytes().to_vec());
        // Of many texts, as a pipeline passes them, most may be about something else.
        if self.request.inputs.len() == 1 {
            self.expect_ours(index);
        }
    }

    fn expect_ours(&mut self, index: usize) {
        let file = &self.inputs.files[index];
        let is_rendered = file.is_ours() || file.without_graph().is_some();
        let is_empty = file.others.is_empty() && file.kustomizations.is_empty();
        let is_useless = match self.request.scope {
            Scope::Ours => !is_rendered,
            Scope::Everything => !file.is_ours() && is_empty && file.projects.is_empty(),
        };
        if is_useless && !file.broken {
            self.diagnostics.push(classify::nothing_in(file));
        }
    }

    fn profile(&mut self, argument: &str) {
        if !is_path(argument) {
            let name = argument.to_owned();
            self.inputs.profiles.push(ProfileArgument::Name(name));
            return;
        }
        let path = Path::new(argument);
        if let Some((home, _)) = self.home(path)
            && let Some(index) = self.file(path, home, Reason::Referenced, Origin::None)
        {
            self.inputs.profiles.push(ProfileArgument::File(index));
        }
    }

    /// Where an input of the command line is, and whether it is a directory; reports it if it is not there.
    fn home(&mut self, path: &Path) -> Option<(Home, bool)> {
        let project = self.request.project.as_deref();
        match Home::find(path, project) {
            Ok(found) => Some(found),
            Err(error) => {
                let message = format!("`{}` cannot be read: {error}", project::show(path));
                let mut diagnostic =
                    Diagnostic::new(&rules::FILE_UNREADABLE, Origin::None, message);
                if let Some(meant) = project::near(&Path::new(".").join(path), path) {
                    diagnostic = diagnostic.help(meant);
                }
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    /// Reads what the file with this index refers to.
    fn follow(&mut self, index: usize) {
        for reference in classify::references(&self.inputs.files[index]) {
            let key = (reference.what, reference.path.clone());
            if self.inputs.files[index].references.contains_key(&key) {
                continue;
            }
            let target = self.target(index, &reference);
            self.inputs.files[index].references.insert(key, target);
        }
    }

    fn target(&mut self, from: usize, reference: &Reference) -> Option<Target> {
        let (home, shown) = match self.inputs.files[from].home.join(&reference.path) {
            Ok(target) => target,
            Err(problem) => {
                self.diagnostics.push(problem.diagnostic(reference));
                return None;
            }
        };
        let origin = reference.origin;
        if let Home::Text(key) = &home {
            let found = self.inputs.by_key.get(key).copied().map(Target::File);
            if found.is_none() {
                let message = format!(
                    "`{}` is not among the inputs",
                    reference.path.escape_debug()
                );
                self.diagnostics.push(
                    Diagnostic::new(&rules::FILE_UNREADABLE, origin, message)
                        .help("only files can refer to files: give this one by its path"),
                );
            }
            return found;
        }
        match reference.what {
            What::Templates => self
                .template_folder(&shown, home, origin)
                .map(Target::Templates),
            What::Document => self
                .file(&shown, home, Reason::Referenced, origin)
                .map(Target::File),
        }
    }
}

#[cfg(test)]
mod tests;
