//! What do the checks of Dynamo's kinds look at?
//!
//! A graph and a component that stands alone look alike here: parts with a main container, and the pathway
//! that the operator takes.

use super::Subject;
use crate::convert;
use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::model::graph::Component;
use crate::rules::Rule;
use crate::yaml::Node;

/// The group of Dynamo's kinds.
pub(super) const GROUP: &str = "nvidia.com";

/// The container that the operator completes.
pub(super) const MAIN: &str = "main";

/// A graph, or a component deployment.
pub(super) struct Graph<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) manifest: &'a Manifest,
    /// `spec`
    pub(super) spec: &'a Node,
    /// Whether it is a whole graph.
    pub(super) is_graph: bool,
    /// Its components, in order.
    pub(super) parts: Vec<Part<'a>>,
    /// Which objects the operator makes of it.
    pub(super) pathway: Pathway,
}

/// Which objects the operator makes of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pathway {
    /// One PodCliqueSet.
    Grove,
    /// Deployments and LeaderWorkerSets; what to do about a field that needs Grove.
    Component(&'static str),
    /// The cluster is not known.
    Unknown,
}

/// One component.
pub(super) struct Part<'a> {
    /// The entry of `spec.components`, or the spec of a component deployment.
    pub(super) node: &'a Node,
    pub(super) name: &'a str,
    pub(super) view: Component,
    /// Its containers.
    pub(super) containers: &'a [Node],
    /// The main container and its place in the list.
    pub(super) main: Option<(usize, &'a Node)>,
    /// Its place among the components; none for a component deployment.
    index: Option<usize>,
}

impl<'a> Graph<'a> {
    /// All graphs and component deployments of a subject that are written in v1beta1.
    pub(super) fn all(subject: &'a Subject<'a>) -> Vec<Self> {
        let of = |manifest: &'a Manifest| Self::of(subject, manifest);
        subject.manifests.iter().filter_map(of).collect()
    }

    /// The graph of a manifest, if it is one.
    pub(super) fn of(subject: &'a Subject<'a>, manifest: &'a Manifest) -> Option<Self> {
        if manifest.key.api_version != "nvidia.com/v1beta1" {
            return None;
        }
        let is_graph = match manifest.key.kind.as_str() {
            "DynamoGraphDeployment" => true,
            "DynamoComponentDeployment" => false,
            _ => return None,
        };
        let spec = manifest.object.get("spec")?;
        let parts = if is_graph {
            let nodes = list(spec, &["components"]);
            let views = convert::components(&manifest.object);
            let numbered = nodes.iter().zip(views).enumerate();
            numbered
                .map(|(index, (node, view))| Part::new(node, view, Some(index)))
                .collect()
        } else {
            vec![Part::new(spec, convert::component(spec), None)]
        };
        Some(Self {
            subject,
            manifest,
            spec,
            is_graph,
            parts,
            pathway: pathway(subject, manifest, is_graph),
        })
    }

    /// A finding about the value at `pointer`.
    pub(super) fn finding(
        &self,
        rule: &'static Rule,
        pointer: &str,
        message: impl Into<String>,
    ) -> Diagnostic {
        self.subject.finding(rule, self.manifest, pointer, message)
    }

    /// An annotation's text.
    pub(super) fn annotation(&self, key: &str) -> Option<&'a str> {
        text(&self.manifest.object, &["metadata", "annotations", key])
    }

    /// The graph's name.
    pub(super) fn name(&self) -> &'a str {
        &self.manifest.key.name
    }

    /// `spec.backendFramework`, if it is written.
    pub(super) fn framework(&self) -> Option<&'a str> {
        text(self.spec, &["backendFramework"])
    }

    /// The value of a variable of the main container: its own, else the graph's.
    pub(super) fn variable(&self, part: &Part<'a>, name: &str) -> Option<&'a str> {
        let own = part
            .main
            .and_then(|(_, main)| named(list(main, &["env"]), name));
        let shared = || named(list(self.spec, &["env"]), name);
        text(own.or_else(shared)?, &["value"])
    }
}

impl<'a> Part<'a> {
    fn new(node: &'a Node, view: Component, index: Option<usize>) -> Self {
        let containers = list(node, &["podTemplate", "spec", "containers"]);
        let main = containers
            .iter()
            .enumerate()
            .find(|(_, container)| text(container, &["name"]) == Some(MAIN));
        Self {
            node,
            name: text(node, &["name"]).unwrap_or(""),
            view,
            containers,
            main,
            index,
        }
    }

    /// The pointer of something below the component, such as `/replicas`.
    pub(super) fn at(&self, below: &str) -> String {
        match self.index {
            Some(index) => format!("/spec/components/{index}{below}"),
            None => format!("/spec{below}"),
        }
    }

    /// The pointer of something below a container.
    pub(super) fn container_at(&self, index: usize, below: &str) -> String {
        self.at(&format!("/podTemplate/spec/containers/{index}{below}"))
    }

    /// The pointer of something below the main container, or of the pod if there is none.
    pub(super) fn main_at(&self, below: &str) -> String {
        match self.main {
            Some((index, _)) => self.container_at(index, below),
            None => self.at("/podTemplate"),
        }
    }

    /// An annotation of its pods.
    pub(super) fn annotation(&self, key: &str) -> Option<&'a str> {
        text(self.node, &["podTemplate", "metadata", "annotations", key])
    }

    /// The experimental feature `name`.
    pub(super) fn experimental(&self, name: &str) -> Option<&'a Node> {
        self.node.at(&["experimental", name])
    }

    /// The mode of the GPU memory service, if there is one.
    pub(super) fn memory_service(&self) -> Option<&'a str> {
        self.experimental("gpuMemoryService").map(mode)
    }

    /// Whether Grove groups several cliques for it.
    pub(super) fn is_scaling_group(&self) -> bool {
        let is_forced = self
            .node
            .at(&["experimental", "grove", "forceScalingGroup"]);
        self.view.node_count > 1
            || self.memory_service() == Some("InterPod")
            || is_forced.and_then(Node::as_bool) == Some(true)
    }

    /// The texts of a list of the main container, `command` or `args`.
    pub(super) fn texts(&self, key: &str) -> Vec<&'a str> {
        let main = self.main.map(|(_, main)| list(main, &[key]));
        main.unwrap_or_default()
            .iter()
            .filter_map(Node::as_str)
            .collect()
    }
}

/// The mode of a memory service or a failover; within a pod by default.
pub(super) fn mode(node: &Node) -> &str {
    text(node, &["mode"])
        .filter(|mode| !mode.is_empty())
        .unwrap_or("IntraPod")
}

fn pathway(subject: &Subject<'_>, manifest: &Manifest, is_graph: bool) -> Pathway {
    if !is_graph {
        return Pathway::Component("remove it: Grove runs whole graphs only");
    }
    let key = ["metadata", "annotations", "nvidia.com/enable-grove"];
    if text(&manifest.object, &key).is_some_and(|value| value.eq_ignore_ascii_case("false")) {
        return Pathway::Component(
            "remove it, or the annotation `nvidia.com/enable-grove: \"false\"`, which counts when a graph is created",
        );
    }
    if !subject.cluster_is_known {
        return Pathway::Unknown;
    }
    match *subject.cluster().capabilities.grove {
        true => Pathway::Grove,
        false => Pathway::Component(
            "remove it; or say `capabilities.grove: true` in the profile, if the platform has Grove switched on",
        ),
    }
}

/// The text below a chain of keys.
pub(super) fn text<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a str> {
    node.at(keys)?.as_str()
}

/// The list below a chain of keys; empty if there is none.
pub(super) fn list<'a>(node: &'a Node, keys: &[&str]) -> &'a [Node] {
    node.at(keys).and_then(Node::as_list).unwrap_or_default()
}

/// The item of a list with this name.
pub(super) fn named<'a>(items: &'a [Node], name: &str) -> Option<&'a Node> {
    items
        .iter()
        .find(|item| text(item, &["name"]) == Some(name))
}
