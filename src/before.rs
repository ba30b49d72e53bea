//! What did the objects look like before? For rules about changes.
//!
//! A tree that a render wrote has each object in a file that its profile, namespace and release tell. Of any
//! other tree, the file of the same relative path is asked first, then whatever holds the same object.

use std::collections::BTreeMap;
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

/// Group, kind, namespace and name: versions of one group show the same object.
type Identity = (String, String, Option<String>, String);

/// A file or a tree with the state before.
#[derive(Debug)]
pub struct Before {
    path: PathBuf,
    /// All its objects, if they were needed; none for what is there more than once.
    all: OnceLock<BTreeMap<Identity, Option<Manifest>>>,
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
                .find(|old| identity(&old.key) == identity(&manifest.key))
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
        let found = manifests.iter();
        found
            .filter_map(|manifest| all.get(&identity(&manifest.key))?.clone())
            .collect()
    }

    fn read(&self) -> BTreeMap<Identity, Option<Manifest>> {
        let request = load::Request {
            inputs: vec![Input::Path(self.path.clone())],
            scope: Scope::Everything,
            ..load::Request::default()
        };
        // What is wrong with an earlier state is not this run's.
        let (inputs, _) = load::load(&request, &mut Sources::default());
        let files = inputs.files.into_iter();
        let nodes = files.flat_map(|file| file.graphs.into_iter().chain(file.others));
        let mut all = BTreeMap::new();
        for manifest in nodes.filter_map(nowhere) {
            let of_one = all.entry(identity(&manifest.key));
            of_one
                .and_modify(|several| *several = None)
                .or_insert(Some(manifest));
        }
        all
    }
}

fn identity(key: &ObjectKey) -> Identity {
    (
        key.group().to_owned(),
        key.kind.clone(),
        key.namespace.clone(),
        key.name.clone(),
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    fn config(name: &str, value: &str) -> String {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  a: {value}\n")
    }

    fn manifest(name: &str, value: &str) -> Manifest {
        objects(config(name, value).into_bytes()).remove(0)
    }

    fn tree(files: &[(&str, String)]) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = tree.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            #[expect(clippy::disallowed_methods, reason = "a test makes its fixture")]
            std::fs::write(path, text).unwrap();
        }
        tree
    }

    fn values(manifests: &[Manifest]) -> Vec<&str> {
        let value = |manifest: &'_ Manifest| manifest.object.at(&["data", "a"]).is_some();
        assert!(manifests.iter().all(value));
        let values = manifests.iter();
        values
            .filter_map(|manifest| manifest.object.at(&["data", "a"])?.as_str())
            .collect()
    }

    #[test]
    fn a_release_has_its_own_directory_and_what_is_the_same_is_left_out() {
        let tree = tree(&[
            ("eks/ns/chat/configmap-a.yaml", config("a", "old")),
            ("eks/ns/chat/configmap-b.yaml", config("b", "same")),
            ("gke/ns/chat/configmap-a.yaml", config("a", "other")),
        ]);
        let now = ["a", "b", "c"].map(|name| manifest(name, "same"));
        let before = Before::new(tree.path());
        assert_eq!(
            values(&before.of_release("eks", "ns", "chat", &now)),
            ["old"]
        );
        assert!(before.missing().is_none());
        assert!(Before::new(&tree.path().join("none")).missing().is_some());
    }

    #[test]
    fn a_file_is_compared_with_the_file_of_its_path_or_else_by_object() {
        let tree = tree(&[
            ("eks/a.yaml", config("a", "eks")),
            ("gke/a.yaml", config("a", "gke")),
            ("b.yaml", config("b", "only")),
        ]);
        let before = Before::new(tree.path());
        let now = [manifest("a", "new"), manifest("b", "new")];
        let of = |path: Option<&str>| before.of_file(path.map(Path::new), &now);
        assert_eq!(values(&of(Some("gke/a.yaml"))), ["gke"]);
        // There are two of the one, so nobody knows which it was.
        assert_eq!(values(&of(None)), ["only"]);
        let file = Before::new(&tree.path().join("eks/a.yaml"));
        assert_eq!(
            values(&file.of_file(Some(Path::new("x.yaml")), &now)),
            ["eks"]
        );
    }
}
