//! What did the objects look like before? For rules about changes.
//!
//! A tree that a render wrote has each object in a file that its profile, namespace and release tell. Of any
//! other tree, the file of the same relative path is asked first, then whatever holds the same object.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::diagnostic::Diagnostic;
use crate::emit::disk;
use crate::load::{self, Input, Scope};
use crate::model::object::Maker;
use crate::model::{Manifest, ObjectKey};
use crate::origin::Origin;
use crate::rules;
use crate::source::Sources;
use crate::yaml::{Node, read, write};

/// The number of no file: a state before has no lines that anybody could mend.
const NO_FILE: u32 = u32::MAX;

/// A file or a tree with the state before.
#[derive(Debug)]
pub struct Before {
    path: PathBuf,
    /// All its objects, if they were needed.
    all: OnceLock<Vec<Manifest>>,
}

impl Before {
    /// The state at `path`. Nothing is read before it is needed.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            all: OnceLock::new(),
        }
    }

    /// Complains if nothing is there.
    pub fn missing(&self) -> Option<Diagnostic> {
        let error = self.path.metadata().err()?;
        let message = format!("`{}` cannot be read: {error}", self.path.display());
        Some(Diagnostic::new(
            &rules::FILE_UNREADABLE,
            Origin::None,
            message,
        ))
    }

    /// How objects of a release were that are not as they were. An object without a file was not there.
    pub fn of_release(
        &self,
        profile: &str,
        namespace: &str,
        release: &str,
        manifests: &[Manifest],
    ) -> Vec<Manifest> {
        let directory = self.path.join(profile).join(namespace).join(release);
        if !directory.is_dir() {
            return self.same(manifests);
        }
        let changed = manifests.iter().filter_map(|manifest| {
            let file = directory.join(manifest.key.file_name());
            let bytes = disk::read(&file).ok()??;
            // What is the same needs no second look, and most files are.
            if bytes == write::to_string(&manifest.object).as_bytes() {
                return None;
            }
            objects(bytes)
                .into_iter()
                .find(|old| is_same(old, &manifest.key))
        });
        changed.collect()
    }

    /// How the objects of a file were, `relative` being its path below the input it was found in.
    pub fn of_file(&self, relative: Option<&Path>, manifests: &[Manifest]) -> Vec<Manifest> {
        let file = relative.map(|relative| self.path.join(relative));
        let bytes = file.and_then(|file| disk::read(&file).ok()?);
        match bytes {
            Some(bytes) => objects(bytes),
            None => self.same(manifests),
        }
    }

    /// The objects that are the same as these, wherever they are. What is there more than once is nobody's.
    fn same(&self, manifests: &[Manifest]) -> Vec<Manifest> {
        let all = self.all.get_or_init(|| self.read());
        let found = manifests.iter().filter_map(|manifest| {
            let mut same = all.iter().filter(|old| is_same(old, &manifest.key));
            match (same.next(), same.next()) {
                (Some(only), None) => Some(only.clone()),
                _ => None,
            }
        });
        found.collect()
    }

    fn read(&self) -> Vec<Manifest> {
        let request = load::Request {
            inputs: vec![Input::Path(self.path.clone())],
            scope: Scope::Everything,
            ..load::Request::default()
        };
        // What is wrong with an earlier state is not this run's.
        let (inputs, _) = load::load(&request, &mut Sources::default());
        let files = inputs.files.into_iter();
        let nodes = files.flat_map(|file| file.graphs.into_iter().chain(file.others));
        nodes.filter_map(nowhere).collect()
    }
}

fn is_same(old: &Manifest, key: &ObjectKey) -> bool {
    let old = &old.key;
    (old.group(), &old.kind, &old.namespace, &old.name)
        == (key.group(), &key.kind, &key.namespace, &key.name)
}

fn objects(bytes: Vec<u8>) -> Vec<Manifest> {
    let Ok(text) = String::from_utf8(bytes) else {
        return Vec::new();
    };
    let documents = read::documents(&text, NO_FILE, &Default::default(), &mut Vec::new());
    documents.into_iter().filter_map(nowhere).collect()
}

/// An object whose values have no places.
fn nowhere(node: Node) -> Option<Manifest> {
    let object = Node::from_json(&node.to_json(), Origin::None);
    Some(Manifest {
        key: ObjectKey::of(&object)?,
        object,
        component: None,
        maker: Maker::Author,
    })
}
