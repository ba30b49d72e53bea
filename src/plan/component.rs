//! What a component says of itself: replicas, overrides of the release, shared memory; and the way to its
//! pod and main container.

use super::{Notes, Site};
use crate::model::graph::Framework;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Node, Value};

/// The pod spec, if the component has one.
pub(super) fn pod(node: &Node) -> Option<&Node> {
    node.at(&["podTemplate", "spec"])
}

/// The pod spec to change, if the component has one. A component without one is left to validation, which
/// names what it lacks.
pub(super) fn pod_mut(node: &mut Node) -> Option<&mut Node> {
    node.at_mut(&["podTemplate", "spec"])
}

/// The container named `main`.
pub(super) fn main_container(node: &Node) -> Option<&Node> {
    pod(node)?
        .get("containers")?
        .as_list()?
        .iter()
        .find(|container| is_named(container, "main"))
}

/// The container named `main`, to change.
pub(super) fn main_container_mut(node: &mut Node) -> Option<&mut Node> {
    pod_mut(node)?
        .get_mut("containers")?
        .as_list_mut()?
        .iter_mut()
        .find(|container| is_named(container, "main"))
}

/// Whether a list item's `name` is `name`.
pub(super) fn is_named(item: &Node, name: &str) -> bool {
    item.get("name").and_then(Node::as_str) == Some(name)
}

/// Whether `list` (a node that may be absent) has an item with this name.
pub(super) fn has_named(list: Option<&Node>, name: &str) -> bool {
    list.and_then(Node::as_list)
        .is_some_and(|items| items.iter().any(|item| is_named(item, name)))
}

/// `{name: …, value: …}` with one origin for all of it.
pub(super) fn env_var(name: &str, value: &str, origin: Origin) -> Node {
    let mut node = Node::map(origin);
    node.set("name", Node::new(name, origin));
    node.set("value", Node::new(value, origin));
    node
}

/// Puts variables before the author's, in order; those whose name the author has are left out.
pub(super) fn prepend_env(container: &mut Node, variables: Vec<Node>, origin: Origin) {
    let fresh: Vec<Node> = variables
        .into_iter()
        .filter(|variable| {
            let name = variable
                .get("name")
                .and_then(Node::as_str)
                .unwrap_or_default();
            !has_named(container.get("env"), name)
        })
        .collect();
    if fresh.is_empty() {
        return;
    }
    if let Some(list) = container.ensure_list("env", origin).as_list_mut() {
        list.splice(0..0, fresh);
    }
}

/// A volume for the pod and its place in the main container.
pub(super) struct Mounted<'a> {
    /// The volume's name.
    pub(super) name: &'a str,
    /// Where the container finds it.
    pub(super) path: &'a str,
    /// Whether the container may only read it.
    pub(super) read_only: bool,
    /// The volume without its name: a map with one source.
    pub(super) source: Node,
}

/// Adds a volume and mounts it, unless the author has mounted something there. A volume of the author's with
/// this name is taken as it is.
pub(super) fn mount(mounted: Mounted<'_>, node: &mut Node, origin: Origin) {
    let is_taken = main_container(node)
        .and_then(|main| main.get("volumeMounts"))
        .and_then(Node::as_list)
        .is_some_and(|mounts| {
            let path =
                |mount: &Node| mount.get("mountPath").and_then(Node::as_str) == Some(mounted.path);
            mounts.iter().any(path)
        });
    if is_taken {
        return;
    }
    if let Some(pod) = pod_mut(node)
        && !has_named(pod.get("volumes"), mounted.name)
    {
        let mut source = mounted.source;
        let mut volume = Node::map(origin);
        volume.set("name", Node::new(mounted.name, origin));
        for entry in source.as_map_mut().map(std::mem::take).unwrap_or_default() {
            volume.set(&entry.key, entry.value);
        }
        if let Some(list) = pod.ensure_list("volumes", origin).as_list_mut() {
            list.push(volume);
        }
    }
    let Some(main) = main_container_mut(node) else {
        return;
    };
    let mut item = Node::map(origin);
    item.set("name", Node::new(mounted.name, origin));
    item.set("mountPath", Node::new(mounted.path, origin));
    if mounted.read_only {
        item.set("readOnly", Node::new(true, origin));
    }
    if let Some(list) = main.ensure_list("volumeMounts", origin).as_list_mut() {
        list.push(item);
    }
}

/// The webhook's default, written out so that no tool sees it as drift.
pub(super) fn explicit_replicas(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    // What a planner sets must not stand in Git.
    let is_free = node.get("scalingAdapter").is_none() && !super::scaling::is_planned(site);
    if node.get("replicas").is_none() && is_free {
        let origin = notes.decide(&rules::EXPLICIT_REPLICAS, []);
        let replicas = i64::from(site.component.replicas);
        node.set("replicas", Node::new(replicas, origin));
    }
}

/// `/dev/shm`: the fabric's or the framework's size where the author gives none.
pub(super) fn shared_memory(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    if !site.component.kind.is_worker()
        || site.component.gpus == 0
        || node.get("sharedMemorySize").is_some()
    {
        return;
    }
    if let Some(size) = author_shm_volume(node) {
        // The operator replaces the author's volume by its own of 8Gi (ai-dynamo/dynamo
        // deploy/operator/internal/dynamo/shared_memory.go).
        let origin = notes.decide(&rules::SHARED_MEMORY_FROM_VOLUME, [size.origin]);
        node.set("sharedMemorySize", Node::new(size.value.clone(), origin));
        return;
    }
    let defaults = &site.pair.profile.spec.shared_memory;
    let by_framework = match site.component.framework {
        Some(Framework::Vllm) => defaults.vllm.as_ref(),
        Some(Framework::Sglang) => defaults.sglang.as_ref(),
        Some(Framework::Trtllm) => defaults.trtllm.as_ref(),
        None => None,
    };
    if let Some(size) = by_framework {
        let origin = notes.decide(&rules::SHARED_MEMORY, [size.origin]);
        node.set("sharedMemorySize", Node::new(size.value.as_str(), origin));
    }
}

/// The size limit of a memory volume that the author mounts at `/dev/shm`.
fn author_shm_volume(node: &Node) -> Option<&Node> {
    let mount = main_container(node)?
        .get("volumeMounts")?
        .as_list()?
        .iter()
        .find(|mount| mount.get("mountPath").and_then(Node::as_str) == Some("/dev/shm"))?;
    let name = mount.get("name")?.as_str()?;
    let limit = pod(node)?
        .get("volumes")?
        .as_list()?
        .iter()
        .find(|volume| is_named(volume, name))?
        .at(&["emptyDir", "sizeLimit"])?;
    matches!(limit.value, Value::String(_)).then_some(limit)
}
