//! v1beta1 to v1alpha1, in the form a person would write.
//!
//! Nulls are gone before this is called. Every key is taken out by name; what is left is an error.

mod pod;

use super::report::{Report, join, keep, push};
use super::{quantity, rename_mode, retype, topology_constraint};
use crate::diagnostic::Diagnostic;
use crate::model::profile::GraphVersion;
use crate::rules;
use crate::yaml::{Entry, Map, Node, Value};

const SPEC: [&str; 10] = [
    "annotations",
    "backendFramework",
    "components",
    "env",
    "experimental",
    "labels",
    "priorityClassName",
    "providerOverride",
    "restart",
    "topologyConstraint",
];

const COMPONENT: [&str; 17] = [
    "compilationCache",
    "eppConfig",
    "experimental",
    "frontendSidecar",
    "globalDynamoNamespace",
    "minAvailable",
    "modelRef",
    "multinode",
    "name",
    "podTemplate",
    "providerOverride",
    "replicas",
    "runtimeVersionOverride",
    "scalingAdapter",
    "sharedMemorySize",
    "topologyConstraint",
    "type",
];

/// The graph in v1alpha1.
pub(super) fn graph(object: Node, report: &mut Report<'_>) -> Node {
    let origin = object.origin;
    let mut out = Map::default();
    for entry in report.entries(object, "") {
        match entry.key.as_str() {
            "apiVersion" => keep(&mut out, retype(entry, GraphVersion::V1Alpha1)),
            "kind" | "metadata" => keep(&mut out, entry),
            "spec" => push(
                &mut out,
                "spec",
                entry.key_origin,
                spec(entry.value, report),
            ),
            _ => report.unknown("", &entry, &["apiVersion", "kind", "metadata", "spec"], &[]),
        }
    }
    Node::new(out, origin)
}

fn spec(node: Node, report: &mut Report<'_>) -> Node {
    let origin = node.origin;
    let mut out = Map::default();
    for entry in report.entries(node, "spec") {
        let path = join("spec", &entry.key);
        match entry.key.as_str() {
            "annotations" | "labels" | "backendFramework" | "priorityClassName"
            | "providerOverride" | "restart" | "experimental" => keep(&mut out, entry),
            "env" => push(&mut out, "envs", entry.key_origin, entry.value),
            "topologyConstraint" => {
                let names = ("clusterTopologyName", "topologyProfile");
                let constraint = topology_constraint(entry.value, names, &path, report);
                push(&mut out, "topologyConstraint", entry.key_origin, constraint);
            }
            "components" => {
                let services = services(entry.value, &path, report);
                push(&mut out, "services", entry.key_origin, services);
            }
            _ => report.unknown(
                "spec",
                &entry,
                &SPEC,
                &[("services", "components"), ("envs", "env")],
            ),
        }
    }
    Node::new(out, origin)
}

fn services(components: Node, path: &str, report: &mut Report<'_>) -> Node {
    let origin = components.origin;
    let mut out = Map::default();
    for (index, item) in report.items(components, path).into_iter().enumerate() {
        let path = format!("{path}[{index}]");
        let item_origin = item.origin;
        let mut fields = report.entries(item, &path);
        let name = fields.remove_entry("name");
        let Some(name) = name
            .as_ref()
            .and_then(|name| Some((name.value.as_str()?, name)))
        else {
            let diagnostic = Diagnostic::new(
                &rules::GRAPH_COMPONENT_NAME,
                item_origin,
                "a component has no name",
            );
            report.add(&path, diagnostic.help("give it a `name` of its own"));
            continue;
        };
        let (name, Entry { value, .. }) = name;
        if let Some(first) = out.entry(name) {
            let diagnostic = Diagnostic::new(
                &rules::GRAPH_COMPONENT_NAME,
                value.origin,
                format!("two components are named `{name}`"),
            )
            .label(first.key_origin, "the first one")
            .help("give one of them another name");
            report.add(&path, diagnostic);
            continue;
        }
        let path = format!("spec.components.{name}");
        let service = service(fields, item_origin, &path, report);
        push(&mut out, name, value.origin, service);
    }
    Node::new(out, origin)
}

fn service(
    component: Map,
    origin: crate::origin::Origin,
    path: &str,
    report: &mut Report<'_>,
) -> Node {
    let mut out = Map::default();
    let mut pod = pod::Parts::default();
    let mut cache = None;
    for entry in component {
        let field = join(path, &entry.key);
        match entry.key.as_str() {
            "replicas"
            | "minAvailable"
            | "modelRef"
            | "topologyConstraint"
            | "eppConfig"
            | "providerOverride"
            | "runtimeVersionOverride"
            | "globalDynamoNamespace" => {
                keep(&mut out, entry);
            }
            "type" => kind(entry, &mut out),
            "multinode" => {
                let mut entry = entry;
                if let Some(map) = entry.value.as_map_mut()
                    && !map.contains("nodeCount")
                {
                    // Required in v1alpha1; the same default in v1beta1.
                    map.insert("nodeCount", Node::new(2, entry.key_origin));
                }
                keep(&mut out, entry);
            }
            "sharedMemorySize" => shared_memory(entry, &field, &mut out, report),
            "scalingAdapter" => {
                let origin = entry.value.origin;
                for entry in report.entries(entry.value, &field) {
                    report.unknown(&field, &entry, &[], &[]);
                }
                let mut adapter = Map::default();
                push(&mut adapter, "enabled", origin, Node::new(true, origin));
                push(
                    &mut out,
                    "scalingAdapter",
                    entry.key_origin,
                    Node::new(adapter, origin),
                );
            }
            "compilationCache" => cache = compilation_cache(entry, &field, report),
            "experimental" => experimental(entry.value, &field, &mut out, report),
            "frontendSidecar" => pod.sidecar = Some(entry),
            "podTemplate" => pod.template = Some(entry),
            _ => report.unknown(
                path,
                &entry,
                &COMPONENT,
                &[
                    ("componentType", "type"),
                    ("envs", "podTemplate.spec.containers[].env"),
                    ("extraPodSpec", "podTemplate.spec"),
                    ("extraPodMetadata", "podTemplate.metadata"),
                    ("sharedMemory", "sharedMemorySize"),
                    ("subComponentType", "type"),
                    ("resources", "podTemplate.spec.containers[].resources"),
                ],
            ),
        }
    }
    pod.into_service(&mut out, cache, path, report);
    Node::new(out, origin)
}

/// `componentType`, and `subComponentType` for the two workers that have one.
fn kind(entry: Entry, out: &mut Map) {
    let Entry {
        key_origin, value, ..
    } = entry;
    if matches!(value.as_str(), Some("prefill" | "decode")) {
        push(
            out,
            "componentType",
            key_origin,
            Node::new("worker", value.origin),
        );
        push(out, "subComponentType", key_origin, value);
    } else {
        push(out, "componentType", key_origin, value);
    }
}

fn shared_memory(entry: Entry, path: &str, out: &mut Map, report: &mut Report<'_>) {
    let origin = entry.value.origin;
    let mut memory = Map::default();
    match quantity::amount(&entry.value) {
        Some(0.0) => push(&mut memory, "disabled", origin, Node::new(true, origin)),
        Some(amount) if amount > 0.0 => push(&mut memory, "size", origin, entry.value),
        _ => report.say(
            &rules::GRAPH_QUANTITY,
            path,
            origin,
            "the size of shared memory must be a quantity of 0 or more",
        ),
    }
    push(
        out,
        "sharedMemory",
        entry.key_origin,
        Node::new(memory, origin),
    );
}

/// The `volumeMounts` entry that stands for a compilation cache.
fn compilation_cache(entry: Entry, path: &str, report: &mut Report<'_>) -> Option<Node> {
    let origin = entry.value.origin;
    let (mut name, mut mount_path) = (None, None);
    for entry in report.entries(entry.value, path) {
        match entry.key.as_str() {
            "pvcName" => name = Some(entry),
            "mountPath" => mount_path = Some(entry),
            _ => report.unknown(path, &entry, &["pvcName", "mountPath"], &[]),
        }
    }
    let Some(name) = name else {
        report.say(
            &rules::GRAPH_MISSING_FIELD,
            path,
            origin,
            "a compilation cache needs `pvcName`",
        );
        return None;
    };
    let mut mount = Map::default();
    push(&mut mount, "name", name.key_origin, name.value);
    if let Some(entry) = mount_path {
        push(&mut mount, "mountPoint", entry.key_origin, entry.value);
    }
    let flag = Node::new(true, entry.key_origin);
    push(&mut mount, "useAsCompilationCache", entry.key_origin, flag);
    Some(Node::new(mount, origin))
}

/// Blocks of `experimental` stand on their own in v1alpha1, with `enabled`.
fn experimental(node: Node, path: &str, out: &mut Map, report: &mut Report<'_>) {
    for entry in report.entries(node, path) {
        let field = join(path, &entry.key);
        let origin = entry.value.origin;
        match entry.key.as_str() {
            "gpuMemoryService" | "failover" => {
                let mut block = Map::default();
                push(
                    &mut block,
                    "enabled",
                    entry.key_origin,
                    Node::new(true, origin),
                );
                for mut inner in report.entries(entry.value, &field) {
                    match inner.key.as_str() {
                        "mode" => rename_mode(&mut inner.value, GraphVersion::V1Alpha1),
                        "enabled" => {
                            report.unknown(&field, &inner, &[], &[]);
                            continue;
                        }
                        _ => {}
                    }
                    keep(&mut block, inner);
                }
                push(out, &entry.key, entry.key_origin, Node::new(block, origin));
            }
            "checkpoint" => keep(out, entry),
            "grove" => grove(entry, &field, report),
            _ => report.unknown(
                path,
                &entry,
                &["gpuMemoryService", "failover", "checkpoint", "grove"],
                &[],
            ),
        }
    }
}

fn grove(entry: Entry, path: &str, report: &mut Report<'_>) {
    for inner in report.entries(entry.value, path) {
        match inner.key.as_str() {
            "forceScalingGroup" if inner.value.value == Value::Bool(false) => {}
            "forceScalingGroup" => report.add(
                &join(path, "forceScalingGroup"),
                Diagnostic::new(
                    &rules::GRAPH_NO_COUNTERPART,
                    inner.key_origin,
                    "`forceScalingGroup` has no counterpart in v1alpha1",
                )
                .help("keep this graph in v1beta1"),
            ),
            _ => report.unknown(path, &inner, &["forceScalingGroup"], &[]),
        }
    }
}
