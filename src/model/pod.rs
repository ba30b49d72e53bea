//! Where are the pods in an object?

use crate::model::Manifest;
use crate::yaml::Node;

/// A template of pods in an object.
#[derive(Debug, Clone)]
pub struct PodTemplate<'a> {
    /// Where it stands, such as `/spec/template`; the empty pointer for a Pod. Its parts are below it:
    /// `/metadata` and `/spec`.
    pub pointer: String,
    /// The template: a map with `metadata` and `spec`.
    pub node: &'a Node,
    /// The component of a Dynamo graph that it is of.
    pub component: Option<PodComponent<'a>>,
}

/// What a graph says about the pods of one of its components.
#[derive(Debug, Clone, Copy)]
pub struct PodComponent<'a> {
    /// The entry of `spec.components`.
    pub node: &'a Node,
    /// Its name.
    pub name: &'a str,
}

/// A container of a pod.
#[derive(Debug, Clone)]
pub struct Container<'a> {
    /// Where it stands, such as `/spec/template/spec/containers/0`.
    pub pointer: String,
    /// The container.
    pub node: &'a Node,
    /// Which list it stands in.
    pub role: ContainerRole,
}

/// Which of a pod's lists a container stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerRole {
    /// `containers`
    Main,
    /// `initContainers`
    Init,
    /// `ephemeralContainers`
    Ephemeral,
}

impl<'a> PodTemplate<'a> {
    /// The pod's spec.
    pub fn spec(&self) -> Option<&'a Node> {
        self.node.get("spec")
    }

    /// The pointer of something below the spec: `/spec/template/spec/volumes`.
    pub fn at(&self, below: &str) -> String {
        format!("{}/spec{below}", self.pointer)
    }

    /// The pod's containers of every role, init containers first.
    pub fn containers(&self) -> Vec<Container<'a>> {
        let roles = [
            ("initContainers", ContainerRole::Init),
            ("containers", ContainerRole::Main),
            ("ephemeralContainers", ContainerRole::Ephemeral),
        ];
        let Some(spec) = self.spec() else {
            return Vec::new();
        };
        let lists = roles.into_iter().flat_map(|(list, role)| {
            let items = spec.get(list).and_then(Node::as_list).unwrap_or_default();
            items
                .iter()
                .enumerate()
                .map(move |(index, node)| Container {
                    pointer: self.at(&format!("/{list}/{index}")),
                    node,
                    role,
                })
        });
        lists.collect()
    }
}

impl<'a> Container<'a> {
    /// The container's name; empty if it has none.
    pub fn name(&self) -> &'a str {
        self.node.get("name").and_then(Node::as_str).unwrap_or("")
    }

    /// The pointer of something below the container.
    pub fn at(&self, below: &str) -> String {
        format!("{}{below}", self.pointer)
    }
}

/// The templates of pods in an object: of Kubernetes' workloads, and of Dynamo's graphs and components in the
/// shape of v1beta1.
pub fn templates(manifest: &Manifest) -> Vec<PodTemplate<'_>> {
    let object = &manifest.object;
    let one = |pointer: &str| {
        let node = object.pointer(pointer)?;
        Some(PodTemplate {
            pointer: pointer.to_owned(),
            node,
            component: None,
        })
    };
    match (manifest.key.group(), manifest.key.kind.as_str()) {
        ("", "Pod") => one("").into_iter().collect(),
        ("", "PodTemplate") => one("/template").into_iter().collect(),
        ("apps", _) | ("batch", "Job") | ("", "ReplicationController") => {
            one("/spec/template").into_iter().collect()
        }
        ("batch", "CronJob") => one("/spec/jobTemplate/spec/template").into_iter().collect(),
        ("leaderworkerset.x-k8s.io", "LeaderWorkerSet") => [
            one("/spec/leaderWorkerTemplate/leaderTemplate"),
            one("/spec/leaderWorkerTemplate/workerTemplate"),
        ]
        .into_iter()
        .flatten()
        .collect(),
        ("nvidia.com", "DynamoGraphDeployment") => {
            let components = object.at(&["spec", "components"]).and_then(Node::as_list);
            let components = components.unwrap_or_default().iter().enumerate();
            components
                .filter_map(|(index, node)| {
                    of_component(node, format!("/spec/components/{index}/podTemplate"))
                })
                .collect()
        }
        ("nvidia.com", "DynamoComponentDeployment") => object
            .get("spec")
            .and_then(|spec| of_component(spec, "/spec/podTemplate".to_owned()))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn of_component(node: &Node, pointer: String) -> Option<PodTemplate<'_>> {
    let name = node.get("name").and_then(Node::as_str).unwrap_or("");
    Some(PodTemplate {
        pointer,
        node: node.get("podTemplate")?,
        component: Some(PodComponent { node, name }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectKey;
    use crate::model::object::Maker;
    use crate::origin::Origin;
    use serde_json::json;

    #[test]
    fn graphs_and_workloads_have_pods() {
        let pod = json!({"spec": {"containers": [{"name": "main"}], "initContainers": [{"name": "get"}]}});
        for (api_version, kind, spec, pointer) in [
            (
                "apps/v1",
                "Deployment",
                json!({"template": pod}),
                "/spec/template",
            ),
            (
                "nvidia.com/v1beta1",
                "DynamoGraphDeployment",
                json!({"components": [{"name": "a"}, {"name": "b", "podTemplate": pod}]}),
                "/spec/components/1/podTemplate",
            ),
            (
                "batch/v1",
                "CronJob",
                json!({"jobTemplate": {"spec": {"template": pod}}}),
                "/spec/jobTemplate/spec/template",
            ),
        ] {
            let object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, "spec": spec});
            let object = Node::from_json(&object, Origin::None);
            let manifest = Manifest {
                key: ObjectKey::of(&object).unwrap(),
                object,
                component: None,
                maker: Maker::Author,
            };
            let templates = templates(&manifest);
            let [template] = templates.as_slice() else {
                panic!("{kind}: {templates:?}");
            };
            assert_eq!(template.pointer, pointer);
            let containers = template.containers();
            assert_eq!(containers[0].name(), "get");
            assert_eq!(containers[0].role, ContainerRole::Init);
            assert_eq!(
                containers[1].pointer,
                format!("{pointer}/spec/containers/0")
            );
        }
    }
}
