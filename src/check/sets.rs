//! Which manifests belong together?
//!
//! What one `kustomization.yaml` lists is applied together. Without one, the files of an input are taken to
//! be, unless the same object is in two of them: then they are alternatives, and each directory is a set of its own,
//! or each file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::load::{Input, InputFile, Inputs, Reason, Request, normal};
use crate::manifest;
use crate::model::object::Maker;
use crate::model::{Manifest, ObjectKey};
use crate::origin::Origin;
use crate::yaml::{Node, Value};

/// Sets that nobody declared are not larger than this: checks look from each object for others.
const MOST_OBJECTS: usize = 256;

/// Manifests that are checked together.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) manifests: Vec<Manifest>,
    pub(super) kind: Kind,
    /// For each file: its path below the input it was found in, and where its manifests end.
    files: Vec<(Option<PathBuf>, usize)>,
}

/// Why manifests are in one set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// They are applied together.
    Together,
    /// Their files lie side by side.
    Beside,
    /// It is a file of Kustomize's.
    Kustomization,
}

/// All sets, and what was counted on the way.
#[derive(Debug, Default)]
pub(super) struct Sets {
    pub(super) sets: Vec<Set>,
    pub(super) files: usize,
    pub(super) skipped: usize,
    pub(super) rendered: usize,
    pub(super) profiles: usize,
}

/// The manifests of one file.
struct Manifests {
    directory: Option<PathBuf>,
    relative: Option<PathBuf>,
    manifests: Vec<Manifest>,
}

impl Set {
    fn of(files: Vec<Manifests>, kind: Kind) -> Self {
        let mut set = Self {
            manifests: Vec::new(),
            kind,
            files: Vec::new(),
        };
        for file in files {
            set.manifests.extend(file.manifests);
            set.files.push((file.relative, set.manifests.len()));
        }
        set
    }

    /// The manifests of each file, with its path below the input it was found in.
    pub(super) fn by_file(&self) -> impl Iterator<Item = (Option<&Path>, &[Manifest])> {
        let mut start = 0;
        self.files.iter().map(move |(relative, end)| {
            let manifests = self.manifests.get(start..*end).unwrap_or_default();
            start = *end;
            (relative.as_deref(), manifests)
        })
    }
}

/// The sets of all that is not rendered, in the order of the files.
pub(super) fn of(inputs: Inputs, request: &Request, diagnostics: &mut Vec<Diagnostic>) -> Sets {
    let mut sets = Sets {
        skipped: inputs.ignored,
        rendered: inputs.rendered,
        ..Sets::default()
    };
    let rendered = rendered(&inputs);
    let profiles_given = inputs.profiles_given;
    let kustomize = Kustomize::of(&inputs.files);
    let mut listed: BTreeMap<usize, Vec<Manifests>> = BTreeMap::new();
    let mut rest: BTreeMap<usize, Vec<Manifests>> = BTreeMap::new();
    for (index, mut file) in inputs.files.into_iter().enumerate() {
        sets.profiles += file.profiles.len();
        if file.reason == Reason::Referenced {
            continue;
        }
        let path = file.path().map(Path::to_owned);
        let is_part = path
            .as_ref()
            .is_some_and(|path| kustomize.parts.contains(path));
        if is_part && file.is_only_objects() {
            sets.skipped += 1;
            continue;
        }
        let is_project = !file.projects.is_empty() && file.others.is_empty();
        sets.files += usize::from(!is_project);
        let relative = relative(&file, request);
        let named = |manifests| Manifests {
            directory: file.directory().map(Path::to_owned),
            relative: relative.clone(),
            manifests,
        };
        let kustomizations = file.kustomizations.iter();
        for kustomization in kustomizations.filter_map(|node| kustomization(node, &file)) {
            sets.sets.push(Set::of(
                vec![named(vec![kustomization])],
                Kind::Kustomization,
            ));
        }
        let is_rendered = rendered.contains(&index) || profiles_given && !file.graphs.is_empty();
        if is_rendered {
            continue;
        }
        let mut nodes = std::mem::take(&mut file.others);
        nodes.append(&mut file.graphs);
        nodes.retain(|node| ObjectKey::of(node).is_some() || has_kind(node));
        nodes.sort_by_key(|node| node.origin.place());
        let manifests: Vec<Manifest> = nodes
            .into_iter()
            .filter_map(|node| manifest(node, Maker::Author, diagnostics))
            .collect();
        if manifests.is_empty() {
            continue;
        }
        let found = Manifests {
            directory: file.directory().map(Path::to_owned),
            relative,
            manifests,
        };
        match path.and_then(|path| kustomize.lists.get(&path)) {
            Some(kustomization) => listed.entry(*kustomization).or_default().push(found),
            None => rest.entry(file.input).or_default().push(found),
        }
    }
    let together = listed.into_values();
    sets.sets
        .extend(together.map(|files| Set::of(files, Kind::Together)));
    for files in rest.into_values() {
        split(files, &mut sets.sets);
    }
    sets
}

/// What is no object at all has been reported; it has no name that could be missed.
fn has_kind(node: &Node) -> bool {
    ["apiVersion", "kind"]
        .iter()
        .all(|key| node.get(key).is_some_and(|value| value.as_str().is_some()))
}

/// The files whose graphs releases render, by index.
fn rendered(inputs: &Inputs) -> BTreeSet<usize> {
    let mut rendered = BTreeSet::new();
    for (index, file) in inputs.files.iter().enumerate() {
        for release in &file.releases {
            let graph = release.at(&["spec", "graph"]).and_then(Node::as_str);
            let target = graph.and_then(|path| inputs.referenced(index, path));
            rendered.extend(target.map(|(graph, _)| graph));
        }
    }
    rendered
}

/// A file's path below the directory that was given; its name if it was given itself.
fn relative(file: &InputFile, request: &Request) -> Option<PathBuf> {
    // Only the state before is found by it.
    request.before.as_ref()?;
    let path = file.path()?;
    let Some(Input::Path(given)) = request.inputs.get(file.input) else {
        return None;
    };
    let given = given.canonicalize().ok()?;
    match path.strip_prefix(&given) {
        Ok(rest) if !rest.as_os_str().is_empty() => Some(rest.to_owned()),
        _ => path.file_name().map(PathBuf::from),
    }
}

/// The set of files without a declaration, or the sets they fall into.
fn split(files: Vec<Manifests>, sets: &mut Vec<Set>) {
    if files.len() == 1 || fits(&files) {
        sets.push(Set::of(files, Kind::Beside));
        return;
    }
    let mut directories: BTreeMap<Option<PathBuf>, Vec<Manifests>> = BTreeMap::new();
    for file in files {
        directories
            .entry(file.directory.clone())
            .or_default()
            .push(file);
    }
    for files in directories.into_values() {
        if fits(&files) {
            sets.push(Set::of(files, Kind::Beside));
        } else {
            sets.extend(
                files
                    .into_iter()
                    .map(|file| Set::of(vec![file], Kind::Beside)),
            );
        }
    }
}

/// Whether files can be one set: not too many objects, and none in two files.
fn fits(files: &[Manifests]) -> bool {
    let objects: usize = files.iter().map(|file| file.manifests.len()).sum();
    if objects > MOST_OBJECTS {
        return false;
    }
    let mut seen: BTreeMap<_, usize> = BTreeMap::new();
    files.iter().enumerate().all(|(index, file)| {
        file.manifests.iter().all(|manifest| {
            let key = &manifest.key;
            let identity = (key.group(), &key.kind, &key.namespace, &key.name);
            *seen.entry(identity).or_insert(index) == index
        })
    })
}

/// What the `kustomization.yaml` files among the inputs say about the others.
#[derive(Default)]
struct Kustomize {
    /// Files that are resources, by path, each with the index of the first kustomization that lists it.
    lists: BTreeMap<PathBuf, usize>,
    /// Files that are patches, values and the like: parts of objects, if they look like objects at all.
    parts: BTreeSet<PathBuf>,
}

impl Kustomize {
    fn of(files: &[InputFile]) -> Self {
        let mut found = Self::default();
        for (index, file) in files.iter().enumerate() {
            let Some(directory) = file.directory() else {
                continue;
            };
            for kustomization in &file.kustomizations {
                for entry in kustomization
                    .as_map()
                    .into_iter()
                    .flat_map(|map| map.iter())
                {
                    let mut paths = Vec::new();
                    strings(&entry.value, &mut paths);
                    let is_list = matches!(
                        entry.key.as_str(),
                        "resources"
                            | "bases"
                            | "crds"
                            | "generators"
                            | "transformers"
                            | "validators"
                    );
                    // A patch in place is no path.
                    let paths = paths.into_iter().filter(|path| !path.contains('\n'));
                    for path in paths {
                        let path = normal(&directory.join(path));
                        if is_list {
                            found.lists.entry(path).or_insert(index);
                        } else {
                            found.parts.insert(path);
                        }
                    }
                }
            }
        }
        found.parts.retain(|path| !found.lists.contains_key(path));
        found
    }
}

fn strings<'a>(node: &'a Node, found: &mut Vec<&'a str>) {
    match &node.value {
        Value::String(text) => found.push(text),
        Value::List(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Map(map) => map.iter().for_each(|entry| strings(&entry.value, found)),
        _ => {}
    }
}

/// A `kustomization.yaml` as an object: kustomize takes one without version, kind and name.
fn kustomization(node: &Node, file: &InputFile) -> Option<Manifest> {
    node.as_map()?;
    let mut object = node.clone();
    // A component has the same fields.
    for (key, value) in [
        ("apiVersion", "kustomize.config.k8s.io/v1beta1"),
        ("kind", "Kustomization"),
    ] {
        let origin = object.get(key).map_or(Origin::None, |value| value.origin);
        object.set(key, Node::new(value, origin));
    }
    Some(Manifest {
        key: ObjectKey {
            api_version: "kustomize.config.k8s.io/v1beta1".to_owned(),
            kind: "Kustomization".to_owned(),
            namespace: None,
            name: file.name.clone(),
        },
        object,
        component: None,
        maker: Maker::Author,
    })
}
