//! A stand-in for the library's pipeline until it is there: every object of a file is a manifest as it is.

use std::path::PathBuf;

use graphwright::diagnostic::Diagnostic;
use graphwright::model::object::{Maker, sort};
use graphwright::model::profile::Strictness;
use graphwright::model::{Manifest, ObjectKey};
use graphwright::origin::Origin;
use graphwright::rules::{self, Decisions};
use graphwright::source::Sources;
use graphwright::yaml::read;

pub(crate) struct Rendered {
    pub(crate) release: String,
    pub(crate) profile: String,
    pub(crate) namespace: String,
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) decisions: Decisions,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) inputs: Vec<Input>,
    pub(crate) profiles: Vec<String>,
    pub(crate) strictness: Option<Strictness>,
}

#[derive(Debug)]
pub(crate) enum Input {
    Path(PathBuf),
    Text { name: String, text: String },
}

pub(crate) fn render(
    request: &Request,
    sources: &mut Sources,
    _threads: usize,
    each: &(dyn Fn(Rendered) + Sync),
) -> Vec<Diagnostic> {
    let _ = request.strictness;
    let mut mistakes = Vec::new();
    let mut files = Vec::new();
    for input in &request.inputs {
        match input {
            Input::Text { name, text } => files.push((name.clone(), text.clone())),
            Input::Path(path) if path.is_dir() => {
                let mut found: Vec<_> = path.read_dir().into_iter().flatten().flatten().collect();
                found.sort_by_key(std::fs::DirEntry::path);
                for entry in found {
                    let path = entry.path();
                    if path.extension().is_some_and(|e| e == "yaml") {
                        files.push((path.display().to_string(), text(&path).unwrap_or_default()));
                    }
                }
            }
            Input::Path(path) => match text(path) {
                Ok(text) => files.push((path.display().to_string(), text)),
                Err(error) => mistakes.push(Diagnostic::new(
                    &rules::YAML_SYNTAX,
                    Origin::None,
                    format!("cannot read `{}`: {error}", path.display()),
                )),
            },
        }
    }
    for (name, text) in files {
        let file = sources.add(name.clone(), text.clone());
        let documents = read::documents(&text, file, &read::Limits::default(), &mut mistakes);
        let release = PathBuf::from(&name).file_stem().map_or_else(
            || "stdin".to_owned(),
            |stem| stem.to_string_lossy().into_owned(),
        );
        let mut manifests: Vec<Manifest> = documents
            .into_iter()
            .filter_map(|object| {
                Some(Manifest {
                    key: ObjectKey::of(&object)?,
                    object,
                    component: None,
                    maker: Maker::Author,
                })
            })
            .collect();
        sort(&mut manifests);
        for profile in &request.profiles {
            each(Rendered {
                release: release.clone(),
                profile: profile.clone(),
                namespace: "default".to_owned(),
                manifests: manifests.clone(),
                decisions: Decisions::default(),
                diagnostics: Vec::new(),
            });
        }
    }
    mistakes
}

#[expect(clippy::disallowed_methods, reason = "a stand-in")]
fn text(path: &std::path::Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}
