//! The fields of a service that shape its pods, from a component's pod template.

use crate::convert::report::{Report, join, keep, push};
use crate::convert::resources;
use crate::convert::to_beta::SIDECAR;
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Entry, Map, Node, Value};

/// What a component says about its pods.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) template: Option<Entry>,
    pub(super) sidecar: Option<Entry>,
}

impl Parts {
    /// Writes the pod template as fields of a service; `cache` is the mount of the compilation cache.
    pub(super) fn into_service(
        self,
        out: &mut Map,
        cache: Option<Node>,
        path: &str,
        report: &mut Report<'_>,
    ) {
        let path = &join(path, "podTemplate");
        let Self { template, sidecar } = self;
        let mut pod = Map::default();
        let mut pod_origin = Origin::None;
        let mut metadata = None;
        if let Some(template) = template {
            for entry in report.entries(template.value, path) {
                match entry.key.as_str() {
                    "metadata" => metadata = Some(entry),
                    "spec" => {
                        pod_origin = entry.key_origin;
                        pod = report.entries(entry.value, &join(path, "spec"));
                    }
                    _ => report.unknown(path, &entry, &["metadata", "spec"], &[]),
                }
            }
        }
        let path = &join(path, "spec.containers");
        let mut containers = match pod.remove("containers") {
            Some(list) => report.items(list, path),
            None => Vec::new(),
        };
        let main = containers
            .iter()
            .position(|container| container.get("name").and_then(Node::as_str) == Some("main"));
        let mut main = match main {
            Some(index) => report.entries(containers.remove(index), &join(path, "main")),
            None => Map::default(),
        };
        main.remove("name");

        let mut mounts = hoist_mounts(&mut main, &mut pod, &containers);
        mounts.extend(cache);
        if let Some(entry) = main.remove_entry("envFrom") {
            match single_secret(&entry.value) {
                Some(name) => push(out, "envFromSecret", entry.key_origin, name),
                None => keep(&mut main, entry),
            }
        }
        if let Some(entry) = main.remove_entry("resources") {
            let resources =
                resources::of_service(entry.value, &join(path, "main.resources"), report);
            push(out, "resources", entry.key_origin, resources);
        }
        for probe in ["livenessProbe", "readinessProbe"] {
            if let Some(entry) = main.remove_entry(probe) {
                keep(out, entry);
            }
        }
        if !mounts.is_empty() {
            let origin = mounts[0].origin;
            push(out, "volumeMounts", origin, Node::new(mounts, origin));
        }
        if let Some(entry) = metadata {
            pod_metadata(entry, path, out, report);
        }
        if let Some(reference) = sidecar {
            frontend_sidecar(reference, &mut containers, out, path, report);
        }

        let mut spec = Map::default();
        if !main.is_empty() {
            push(
                &mut spec,
                "mainContainer",
                pod_origin,
                Node::new(main, pod_origin),
            );
        }
        if !containers.is_empty() {
            push(
                &mut spec,
                "containers",
                pod_origin,
                Node::new(containers, pod_origin),
            );
        }
        for entry in pod {
            match entry.key.as_str() {
                "mainContainer" => report.unknown(path, &entry, &[], &[]),
                _ => keep(&mut spec, entry),
            }
        }
        if !spec.is_empty() {
            push(out, "extraPodSpec", pod_origin, Node::new(spec, pod_origin));
        }
    }
}

/// The `volumeMounts` of the service: plain mounts at the end of the container's list whose volumes, at the
/// end of the pod's list, are nothing but claims of the same name. They are taken out; the operator makes
/// the same of them.
fn hoist_mounts(main: &mut Map, pod: &mut Map, others: &[Node]) -> Vec<Node> {
    let list = |map: &Map, key: &str| -> Vec<Node> {
        map.get(key)
            .and_then(Node::as_list)
            .unwrap_or_default()
            .to_vec()
    };
    let mounts = list(main, "volumeMounts");
    let volumes = list(pod, "volumes");
    let name_of = |node: &Node| node.get("name").and_then(Node::as_str).map(str::to_owned);
    let plain = |mount: &Node| {
        let keys = mount.as_map().map_or(0, Map::len);
        keys == 2 && name_of(mount).is_some() && mount.get("mountPath").is_some()
    };
    let init = list(pod, "initContainers");
    let used_elsewhere = |name: &str, first: usize| {
        let uses = |mount: &Node| name_of(mount).as_deref() == Some(name);
        let in_container = |container: &Node| {
            let mounts = container.get("volumeMounts").and_then(Node::as_list);
            mounts.is_some_and(|mounts| mounts.iter().any(uses))
        };
        mounts[..first].iter().any(uses)
            || others.iter().any(in_container)
            || init.iter().any(in_container)
    };
    let suffix = mounts.iter().rev().take_while(|mount| plain(mount)).count();
    for count in (1..=suffix).rev() {
        let first = mounts.len() - count;
        let mut names: Vec<String> = Vec::new();
        for name in mounts[first..].iter().filter_map(&name_of) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let Some(start) = volumes.len().checked_sub(names.len()) else {
            continue;
        };
        let fits = names.iter().zip(&volumes[start..]).all(|(name, volume)| {
            is_claim_of_its_name(volume, name) && !used_elsewhere(name, first)
        });
        if !fits {
            continue;
        }
        truncate(main, "volumeMounts", first);
        truncate(pod, "volumes", start);
        return mounts[first..].iter().cloned().map(service_mount).collect();
    }
    Vec::new()
}

fn truncate(map: &mut Map, key: &str, length: usize) {
    if length == 0 {
        map.remove(key);
    } else if let Some(list) = map.get_mut(key).and_then(Node::as_list_mut) {
        list.truncate(length);
    }
}

fn is_claim_of_its_name(volume: &Node, name: &str) -> bool {
    let text = |keys: &[&str]| volume.at(keys).and_then(Node::as_str);
    volume.as_map().map_or(0, Map::len) == 2
        && text(&["name"]) == Some(name)
        && text(&["persistentVolumeClaim", "claimName"]) == Some(name)
        && volume
            .get("persistentVolumeClaim")
            .and_then(Node::as_map)
            .map_or(0, Map::len)
            == 1
}

fn service_mount(mount: Node) -> Node {
    let origin = mount.origin;
    let mut out = Map::default();
    if let Value::Map(entries) = mount.value {
        for entry in entries {
            match entry.key.as_str() {
                "mountPath" => push(&mut out, "mountPoint", entry.key_origin, entry.value),
                _ => keep(&mut out, entry),
            }
        }
    }
    Node::new(out, origin)
}

/// The secret's name, if `envFrom` is that secret and nothing else.
fn single_secret(sources: &Node) -> Option<Node> {
    let [source] = sources.as_list()? else {
        return None;
    };
    let reference = source.get("secretRef")?;
    let one_key = |node: &Node| node.as_map().map_or(0, Map::len) == 1;
    let name = reference.get("name")?;
    (one_key(source) && one_key(reference) && !matches!(name.as_str(), None | Some("")))
        .then(|| name.clone())
}

fn pod_metadata(entry: Entry, path: &str, out: &mut Map, report: &mut Report<'_>) {
    let path = path.trim_end_matches("spec.containers");
    let path = &format!("{path}metadata");
    let (key_origin, origin) = (entry.key_origin, entry.value.origin);
    let mut metadata = Map::default();
    for entry in report.entries(entry.value, path) {
        match entry.key.as_str() {
            "labels" | "annotations" => keep(&mut metadata, entry),
            "name" | "namespace" => report.ignored(
                &join(path, &entry.key),
                entry.key_origin,
                "of a pod template is ignored: pods are named after their component",
            ),
            "finalizers" => report.add(
                &join(path, "finalizers"),
                Diagnostic::new(
                    &rules::GRAPH_NO_COUNTERPART,
                    entry.key_origin,
                    "`finalizers` of pods have no counterpart in v1alpha1",
                )
                .help("keep this graph in v1beta1"),
            ),
            _ => report.unknown(path, &entry, &["annotations", "labels"], &[]),
        }
    }
    if !metadata.is_empty() {
        push(
            out,
            "extraPodMetadata",
            key_origin,
            Node::new(metadata, origin),
        );
    }
}

/// The container that `frontendSidecar` names, as the object of v1alpha1.
fn frontend_sidecar(
    reference: Entry,
    containers: &mut Vec<Node>,
    out: &mut Map,
    path: &str,
    report: &mut Report<'_>,
) {
    let name = reference.value.as_str().unwrap_or_default();
    let named = |name: &str| {
        let name = name.to_owned();
        move |c: &Node| c.get("name").and_then(Node::as_str) == Some(&name)
    };
    let refuse = |origin: Origin, message: String, help: &str, report: &mut Report<'_>| {
        let diagnostic = Diagnostic::new(&rules::GRAPH_NO_COUNTERPART, origin, message).help(help);
        report.add(path, diagnostic);
    };
    let Some(index) = containers.iter().position(named(name)) else {
        let message =
            format!("`frontendSidecar` names `{name}`, which is not a container beside `main`");
        return refuse(
            reference.value.origin,
            message,
            "name a container of this pod template",
            report,
        );
    };
    let container = containers.remove(index);
    if containers.iter().any(named(SIDECAR)) {
        let message = format!(
            "a container called `{SIDECAR}` is in the way of the frontend sidecar `{name}`"
        );
        return refuse(
            reference.value.origin,
            message,
            "give it another name",
            report,
        );
    }
    let origin = container.origin;
    let mut sidecar = Map::default();
    for entry in report.entries(container, path) {
        match entry.key.as_str() {
            "name" => {}
            "image" | "args" => keep(&mut sidecar, entry),
            "env" => push(&mut sidecar, "envs", entry.key_origin, entry.value),
            "envFrom" if single_secret(&entry.value).is_some() => {
                let secret = single_secret(&entry.value).unwrap_or_default();
                push(&mut sidecar, "envFromSecret", entry.key_origin, secret);
            }
            key => refuse(
                entry.key_origin,
                format!("`{key}` of a frontend sidecar has no counterpart in v1alpha1"),
                "keep this graph in v1beta1",
                report,
            ),
        }
    }
    push(
        out,
        "frontendSidecar",
        reference.key_origin,
        Node::new(sidecar, origin),
    );
}
