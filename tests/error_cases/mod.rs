//! The inputs with a mistake in them, each with a neighbour that does not make it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail and may use files, and one of them uses less than the other"
)]

mod made;

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use graphwright::Rendered;
use graphwright::diagnostic::{self, Diagnostic};
use graphwright::emit::Release;
use graphwright::load::{Input, Request};
use graphwright::rules;
use graphwright::source::Sources;

pub(crate) const DIRECTORY: &str = "tests/errors";

/// For a case `x.yaml` a whole file `x.yaml`, for a directory `x` those of its files that differ.
const NEIGHBOURS: &str = "tests/errors/neighbours";

/// Renders a request and gives what is wrong with its inputs, then with each pair, in order.
pub(crate) fn run(request: &Request) -> (Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let rendered = Mutex::new(Vec::new());
    let keep = |pair: Rendered, _| rendered.lock().unwrap().push(pair);
    let mut diagnostics = graphwright::render(request, &mut sources, 1, &keep);
    let mut pairs = rendered.into_inner().unwrap();
    pairs.sort_by(|a, b| (&a.profile, &a.release).cmp(&(&b.profile, &b.release)));
    for mut pair in pairs {
        let is_written = !diagnostic::has_errors(&pair.diagnostics);
        diagnostics.append(&mut pair.diagnostics);
        if is_written {
            let Rendered {
                profile,
                namespace,
                release,
                manifests,
                ..
            } = &pair;
            let files = Release::new(profile, namespace, release, manifests);
            diagnostics.extend(files.err().into_iter().flatten());
        }
    }
    (diagnostics, sources)
}

/// One case: its name and what to run.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) request: Request,
    /// Removed from the text: where the case was made.
    pub(crate) base: String,
    /// Kept until the case has run.
    _files: Option<tempfile::TempDir>,
}

/// Inputs that make one mistake.
pub(crate) fn cases() -> Vec<Case> {
    sorted(DIRECTORY, committed, made::cases())
}

/// For cases of those names: inputs that are nearly the same and do not make the mistake.
pub(crate) fn neighbours() -> Vec<Case> {
    let beside = |path: &Path| {
        if !path.is_dir() {
            return committed(path);
        }
        let name = path.file_name().unwrap();
        let files = tempfile::tempdir().unwrap();
        let whole = files.path().join(name);
        copy(&Path::new(DIRECTORY).join(name), &whole);
        copy(path, &whole);
        Case {
            _files: Some(files),
            ..committed(&whole)
        }
    };
    sorted(NEIGHBOURS, beside, made::neighbours())
}

fn sorted(directory: &str, read: impl Fn(&Path) -> Case, made: Vec<Case>) -> Vec<Case> {
    let mut cases: Vec<Case> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|e| e == "yaml"))
        .filter(|path| !path.ends_with("neighbours"))
        .map(|path| read(&path))
        .chain(made)
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}

/// How many lines of a neighbour are not those of its case, and the other way round. None if it was made.
pub(crate) fn distance(name: &str) -> Option<usize> {
    let below = |directory: &str| {
        let file = Path::new(directory).join(format!("{name}.yaml"));
        if file.exists() {
            file
        } else {
            Path::new(directory).join(name)
        }
    };
    fn lines(before: &Path, after: &Path) -> usize {
        if after.is_dir() {
            let files = fs::read_dir(after).unwrap();
            return files
                .map(|file| file.unwrap().file_name())
                .map(|file| lines(&before.join(&file), &after.join(&file)))
                .sum();
        }
        let [before, after] = [before, after].map(|f| fs::read_to_string(f).unwrap_or_default());
        similar::TextDiff::from_lines(&before, &after)
            .iter_all_changes()
            .filter(|change| change.tag() != similar::ChangeTag::Equal)
            .count()
    }
    let (before, after) = (below(DIRECTORY), below(NEIGHBOURS));
    after.exists().then(|| lines(&before, &after))
}

/// The rule that a case is named for.
pub(crate) fn code_of(name: &str) -> Option<&'static str> {
    rules::all()
        .map(|rule| rule.code)
        .filter(|code| {
            let rest = name.strip_prefix(code);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
        .max_by_key(|code| code.len())
}

fn committed(path: &Path) -> Case {
    let args = if path.is_dir() {
        fs::read_to_string(path.join("args")).unwrap_or_else(|_| ".".to_owned())
    } else {
        let text = fs::read_to_string(path).unwrap();
        let profile = text
            .lines()
            .next()
            .and_then(|l| l.strip_prefix("# profile: "));
        let name = path.file_name().unwrap().to_str().unwrap();
        profile.map_or(name.to_owned(), |p| format!("{name} --profile {p}"))
    };
    let directory = if path.is_dir() {
        path
    } else {
        path.parent().unwrap()
    };
    let mut request = Request {
        // Not the checkout: the cases must give the same outside of a Git repository.
        project: Some(directory.to_owned()),
        ..Request::default()
    };
    let mut words = args.split_whitespace();
    while let Some(word) = words.next() {
        if word == "--profile" {
            request.profiles.push(words.next().unwrap().to_owned());
        } else {
            request.inputs.push(Input::Path(directory.join(word)));
        }
    }
    Case {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        request,
        base: format!("{}/", path.parent().unwrap().display()),
        _files: None,
    }
}
