//! Which images do manifests name, custom resources included?

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Manifest;
use crate::yaml::{Node, Value, pointer_push};

/// Where an image is used: the field of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Use {
    /// The object, `Kind/namespace/name`.
    pub object: String,
    /// The field as a JSON pointer.
    pub field: String,
}

/// The images of `manifests` and where each is used, sorted.
pub fn images(manifests: &[Manifest]) -> BTreeMap<String, BTreeSet<Use>> {
    let mut found: BTreeMap<String, BTreeSet<Use>> = BTreeMap::new();
    for manifest in manifests {
        let mut add = |image: &str, field: &str| {
            found.entry(image.to_owned()).or_default().insert(Use {
                object: manifest.key.to_string(),
                field: field.to_owned(),
            });
        };
        let search = match (manifest.key.group(), manifest.key.kind.as_str()) {
            ("", "Pod") => Search::Pod("/spec"),
            ("", "PodTemplate") => Search::Pod("/template/spec"),
            ("", "ReplicationController")
            | ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
            | ("batch", "Job") => Search::Pod("/spec/template/spec"),
            ("batch", "CronJob") => Search::Pod("/spec/jobTemplate/spec/template/spec"),
            // Nothing else that is built in runs anything; its text may speak of images all the same.
            ("" | "apps" | "batch" | "policy" | "autoscaling" | "apiextensions.k8s.io", _) => {
                continue;
            }
            (group, _) if group.ends_with(".k8s.io") && !is_extension(group) => continue,
            _ => Search::Anywhere,
        };
        match search {
            Search::Pod(pointer) => {
                if let Some(pod) = manifest.object.pointer(pointer) {
                    of_pod(pod, pointer, &mut add);
                }
            }
            Search::Anywhere => {
                if let Some(spec) = manifest.object.get("spec") {
                    anywhere(spec, &mut "/spec".to_owned(), &mut add);
                }
            }
        }
    }
    found
}

enum Search {
    /// The pod at this pointer.
    Pod(&'static str),
    /// Every field called `image` of a custom resource.
    Anywhere,
}

/// Whether a group with the suffix of built-in ones is served by an add-on.
fn is_extension(group: &str) -> bool {
    group.contains(".x-k8s.io") || group == "gateway.networking.k8s.io"
}

/// The images of a pod: its containers' and those mounted as volumes.
fn of_pod(pod: &Node, pointer: &str, add: &mut dyn FnMut(&str, &str)) {
    let lists = [
        ("containers", &["image"][..]),
        ("initContainers", &["image"]),
        ("ephemeralContainers", &["image"]),
        ("volumes", &["image", "reference"]),
    ];
    for (list, path) in lists {
        let items = pod.get(list).and_then(Node::as_list).unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            if let Some(image) = item.at(path).and_then(Node::as_str)
                && !image.is_empty()
            {
                add(
                    image,
                    &format!("{pointer}/{list}/{index}/{}", path.join("/")),
                );
            }
        }
    }
}

/// Pods stand at many places in custom resources, and some have an image without a pod.
fn anywhere(node: &Node, pointer: &mut String, add: &mut dyn FnMut(&str, &str)) {
    let length = pointer.len();
    match &node.value {
        Value::Map(map) => {
            for entry in map {
                pointer_push(pointer, &entry.key);
                match (entry.key.as_str(), &entry.value.value) {
                    ("image", Value::String(image)) if !image.is_empty() => add(image, pointer),
                    // A volume's.
                    ("image", Value::Map(image)) => {
                        if let Some(reference) = image.get("reference").and_then(Node::as_str) {
                            pointer_push(pointer, "reference");
                            add(reference, pointer);
                        }
                    }
                    // What these hold is the user's, not a field.
                    ("labels" | "annotations" | "matchLabels" | "nodeSelector", _) => {}
                    _ => anywhere(&entry.value, pointer, add),
                }
                pointer.truncate(length);
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer_push(pointer, &index.to_string());
                anywhere(item, pointer, add);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectKey;
    use crate::model::object::Maker;
    use crate::origin::Origin;
    use serde_json::json;

    fn found(objects: &[serde_json::Value]) -> Vec<(String, String)> {
        let manifests: Vec<Manifest> = objects
            .iter()
            .map(|object| Node::from_json(object, Origin::None))
            .map(|object| Manifest {
                key: ObjectKey::of(&object).unwrap(),
                object,
                component: None,
                maker: Maker::Author,
            })
            .collect();
        images(&manifests)
            .into_iter()
            .flat_map(|(image, uses)| uses.into_iter().map(move |one| (image.clone(), one.field)))
            .collect()
    }

    #[test]
    fn graphs_of_both_versions_are_searched() {
        let graphs = [
            json!({
                "apiVersion": "nvidia.com/v1beta1", "kind": "DynamoGraphDeployment", "metadata": {"name": "a"},
                "spec": {"components": [{"podTemplate": {"spec": {
                    "containers": [{"name": "main", "image": "b:1"}],
                    "volumes": [{"name": "m", "image": {"reference": "model:1"}}],
                }}}]},
            }),
            json!({
                "apiVersion": "nvidia.com/v1alpha1", "kind": "DynamoGraphDeployment", "metadata": {"name": "b"},
                "spec": {"services": {"F": {
                    "frontendSidecar": {"image": "c:1"},
                    "extraPodSpec": {"mainContainer": {"image": "a:1"}},
                }}},
            }),
        ];
        assert_eq!(
            found(&graphs),
            [
                ("a:1", "/spec/services/F/extraPodSpec/mainContainer/image"),
                (
                    "b:1",
                    "/spec/components/0/podTemplate/spec/containers/0/image"
                ),
                ("c:1", "/spec/services/F/frontendSidecar/image"),
                (
                    "model:1",
                    "/spec/components/0/podTemplate/spec/volumes/0/image/reference"
                ),
            ]
            .map(|(image, field)| (image.to_owned(), field.to_owned()))
        );
    }

    #[test]
    fn only_pods_of_built_in_kinds_are_searched() {
        let objects = [
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"image": "no:1"}}),
            json!({
                "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a"},
                "spec": {"jobTemplate": {"spec": {"template": {"spec": {
                    "containers": [{"image": "yes:1"}],
                    "initContainers": [{"image": "yes:2"}],
                    "nodeSelector": {"image": "no:2"},
                }}}}},
            }),
        ];
        let images: Vec<String> = found(&objects)
            .into_iter()
            .map(|(image, _)| image)
            .collect();
        assert_eq!(images, ["yes:1", "yes:2"]);
    }
}
