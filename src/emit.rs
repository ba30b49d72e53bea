//! How does what was rendered leave: as a stream of documents, or as a tree of files?
//!
//! This module turns manifests into text and file names; [`tree`] writes them. Nothing here decides what an
//! object says.

mod change;
pub mod disk;
mod files;
mod lock;
pub mod ours;
mod swap;
pub mod tree;

pub use files::{changed_file, plain_file, plain_files};

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::model::object::Maker;
use crate::model::{Manifest, ObjectKey};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::write;

/// The first line of every `kustomization.yaml` of ours: it tells our directories from others.
pub const FIRST_LINE: &str = "# Rendered by graphwright. Changes made here are overwritten.";

/// The file that lists the other files of a release's directory.
pub const KUSTOMIZATION: &str = "kustomization.yaml";

/// The files of one release on one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// `<profile>/<namespace>/<release>`, relative to the tree.
    pub directory: String,
    /// Its files in the order they are applied, then `kustomization.yaml`.
    pub files: Vec<File>,
}

/// One file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The name within the release's directory.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Release {
    /// The files of `manifests`, which are in the order they are applied.
    ///
    /// # Errors
    /// Objects that are there twice, or whose file names are not safe or not unique.
    pub fn new(
        profile: &str,
        namespace: &str,
        release: &str,
        manifests: &[Manifest],
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = duplicates(manifests);
        for part in [profile, namespace, release] {
            if !is_safe(part) {
                mistakes.push(Diagnostic::new(
                    &rules::FILE_NAME,
                    Origin::None,
                    format!("`{part}` cannot be the name of a directory"),
                ));
            }
        }
        let mut names: BTreeMap<String, &ObjectKey> = BTreeMap::new();
        let mut files = Vec::with_capacity(manifests.len() + 1);
        for manifest in manifests {
            let name = manifest.key.file_name();
            if !is_safe(&name) {
                mistakes.push(Diagnostic::new(
                    &rules::FILE_NAME,
                    manifest.object.origin_of("/kind"),
                    format!("`{}` cannot be part of a file name", manifest.key.kind),
                ));
                continue;
            }
            match names.insert(name.to_lowercase(), &manifest.key) {
                Some(other) if *other != manifest.key => mistakes.push(clash(manifest, other)),
                // The same object twice is reported as that.
                Some(_) => {}
                None => files.push(File {
                    name,
                    text: write::to_string(&manifest.object),
                }),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut kustomization = format!(
            "{FIRST_LINE}\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
        );
        for file in &files {
            kustomization.push_str("- ");
            kustomization.push_str(&file.name);
            kustomization.push('\n');
        }
        files.push(File {
            name: KUSTOMIZATION.to_owned(),
            text: kustomization,
        });
        Ok(Self {
            directory: format!("{profile}/{namespace}/{release}"),
            files,
        })
    }
}

fn clash(manifest: &Manifest, other: &ObjectKey) -> Diagnostic {
    Diagnostic::new(
        &rules::FILE_NAME,
        manifest.object.origin_of("/metadata/name"),
        format!(
            "`{}` would be written to the same file as `{other}`: `{}`",
            manifest.key,
            manifest.key.file_name()
        ),
    )
    .help("give one of them another name")
}

/// A mistake for every object that stands in `manifests` more than once.
pub fn duplicates(manifests: &[Manifest]) -> Vec<Diagnostic> {
    repeated(manifests, "is rendered twice")
}

/// A mistake with these words for every object that stands in `manifests` more than once.
pub(crate) fn repeated(manifests: &[Manifest], words: &str) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<(&str, &str, Option<&str>, &str), &Manifest> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for manifest in manifests {
        let ObjectKey {
            api_version: _,
            kind,
            namespace,
            name,
        } = &manifest.key;
        // Versions of one group show the same object.
        let identity = (
            manifest.key.group(),
            kind.as_str(),
            namespace.as_deref(),
            name.as_str(),
        );
        if let Some(first) = seen.insert(identity, manifest) {
            mistakes.push(twice(first, manifest, words));
        }
    }
    mistakes
}

fn twice(first: &Manifest, second: &Manifest, words: &str) -> Diagnostic {
    let origin = |manifest: &Manifest| manifest.object.origin_of("/metadata/name");
    // What somebody wrote can be pointed at; what a template made cannot.
    let (shown, other) = match origin(second).place() {
        Some(_) => (second, first),
        None => (first, second),
    };
    let message = format!("`{}` {words}", second.key);
    let diagnostic = Diagnostic::new(&rules::DUPLICATE_OBJECT, origin(shown), message);
    match &other.maker {
        Maker::Template(template) => diagnostic.help(format!(
            "the template `{template}` makes it too: rename this one, or switch off in the release what makes \
             the other"
        )),
        Maker::Graph | Maker::Author => diagnostic
            .label(origin(other), "also here")
            .help("rename or remove one of them"),
    }
}

/// The documents of `manifests` with `---` between them.
pub fn stream<'a>(manifests: impl IntoIterator<Item = &'a Manifest>) -> String {
    let mut stream = String::new();
    write::stream(
        manifests.into_iter().map(|manifest| &manifest.object),
        &mut stream,
    );
    stream
}

/// Whether `name` is one plain component of a path on every file system.
fn is_safe(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['.', '-'])
        && !name.ends_with('.')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Node;
    use serde_json::json;

    fn manifest(api_version: &str, kind: &str, name: &str) -> Manifest {
        let object = Node::from_json(
            &json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}),
            Origin::None,
        );
        Manifest {
            key: ObjectKey::of(&object).unwrap(),
            object,
            component: None,
            maker: Maker::Author,
        }
    }

    fn codes(manifests: &[Manifest]) -> Vec<&'static str> {
        Release::new("p", "n", "r", manifests)
            .unwrap_err()
            .iter()
            .map(|mistake| mistake.rule.code)
            .collect()
    }

    #[test]
    fn kustomization_lists_files_in_the_order_given() {
        let release = Release::new(
            "p",
            "n",
            "r",
            &[
                manifest("v1", "Service", "b"),
                manifest("v1", "ConfigMap", "a"),
            ],
        )
        .unwrap();
        assert_eq!(release.directory, "p/n/r");
        let last = release.files.last().unwrap();
        assert_eq!(last.name, KUSTOMIZATION);
        assert!(last.text.starts_with(FIRST_LINE));
        assert!(
            last.text
                .ends_with("resources:\n- service-b.yaml\n- configmap-a.yaml\n")
        );
    }

    #[test]
    fn the_same_object_in_two_versions_is_a_duplicate() {
        let twice = [
            manifest("nvidia.com/v1alpha1", "DynamoGraphDeployment", "a"),
            manifest("nvidia.com/v1beta1", "DynamoGraphDeployment", "a"),
        ];
        assert!(codes(&twice).contains(&"duplicate-object"));
    }

    #[test]
    fn names_that_differ_in_case_only_clash() {
        let roles = [
            manifest("rbac.authorization.k8s.io/v1", "Role", "Reader"),
            manifest("rbac.authorization.k8s.io/v1", "Role", "reader"),
        ];
        assert_eq!(codes(&roles), ["file-name"]);
    }

    #[test]
    fn a_kind_cannot_leave_the_directory() {
        assert_eq!(codes(&[manifest("v1", "../../Etc", "a")]), ["file-name"]);
        assert!(Release::new("..", "n", "r", &[]).is_err());
    }

    #[test]
    fn documents_are_separated_not_introduced() {
        let stream = stream(&[
            manifest("v1", "Service", "a"),
            manifest("v1", "Service", "b"),
        ]);
        assert!(!stream.starts_with("---"));
        assert_eq!(stream.matches("---\n").count(), 1);
    }
}
