//! v1alpha1 to v1beta1, as the operator's conversion webhook does it (ai-dynamo/dynamo
//! deploy/operator/api/v1alpha1/dynamographdeployment_conversion.go).
//!
//! Nulls are gone before this is called. Every key is taken out by name; what is left is an error.

mod pod;

use super::claims;
use super::ingress::{self, Owner};
use super::report::{Report, join, keep, push};
use super::{quantity, rename_mode, retype, topology_constraint};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::profile::GraphVersion;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Entry, Map, Node, Value};

/// The name the frontend sidecar's container gets.
pub(super) const SIDECAR: &str = "sidecar-frontend";

const SPEC: [&str; 11] = [
    "annotations",
    "backendFramework",
    "envs",
    "experimental",
    "labels",
    "priorityClassName",
    "providerOverride",
    "pvcs",
    "restart",
    "services",
    "topologyConstraint",
];

const SERVICE: [&str; 34] = [
    "annotations",
    "autoscaling",
    "checkpoint",
    "componentType",
    "dynamoNamespace",
    "envFromSecret",
    "envs",
    "eppConfig",
    "extraPodMetadata",
    "extraPodSpec",
    "failover",
    "frontendSidecar",
    "globalDynamoNamespace",
    "gpuMemoryService",
    "ingress",
    "labels",
    "livenessProbe",
    "minAvailable",
    "modelRef",
    "multinode",
    "providerOverride",
    "readinessProbe",
    "replicas",
    "resources",
    "runtimeVersionOverride",
    "scalingAdapter",
    "serviceName",
    "sharedMemory",
    "subComponentType",
    "topologyConstraint",
    "volumeMounts",
    // Names that people expect at this level; they are keys of the container.
    "args",
    "command",
    "image",
];

/// The graph in v1beta1, and the claims that its `pvcs` and the entries that its `ingress` ask to create.
pub(super) fn graph(object: Node, report: &mut Report<'_>) -> (Node, Vec<Node>) {
    let origin = object.origin;
    let owner = Owner {
        name: object.at(&["metadata", "name"]).cloned(),
        namespace: object.at(&["metadata", "namespace"]).cloned(),
    };
    let mut out = Map::default();
    let mut objects = Vec::new();
    for entry in report.entries(object, "") {
        match entry.key.as_str() {
            "apiVersion" => keep(&mut out, retype(entry, GraphVersion::V1Beta1)),
            "kind" | "metadata" => keep(&mut out, entry),
            "spec" => {
                let (spec, created) = spec(entry.value, &owner, report);
                objects = created;
                push(&mut out, "spec", entry.key_origin, spec);
            }
            _ => report.unknown("", &entry, &["apiVersion", "kind", "metadata", "spec"], &[]),
        }
    }
    (Node::new(out, origin), objects)
}

fn spec(node: Node, owner: &Owner, report: &mut Report<'_>) -> (Node, Vec<Node>) {
    let origin = node.origin;
    let mut out = Map::default();
    let mut created = Vec::new();
    for entry in report.entries(node, "spec") {
        let path = join("spec", &entry.key);
        match entry.key.as_str() {
            "annotations" | "labels" | "backendFramework" | "priorityClassName"
            | "providerOverride" | "restart" | "experimental" => keep(&mut out, entry),
            "envs" => push(&mut out, "env", entry.key_origin, entry.value),
            "topologyConstraint" => {
                let names = ("topologyProfile", "clusterTopologyName");
                let constraint = topology_constraint(entry.value, names, &path, report);
                push(&mut out, "topologyConstraint", entry.key_origin, constraint);
            }
            "pvcs" => {
                let namespace = owner.namespace.as_ref();
                created.extend(claims::create(entry.value, namespace, &path, report));
            }
            "services" => {
                let origin = entry.value.origin;
                let components = report
                    .entries(entry.value, &path)
                    .into_iter()
                    .map(|entry| component(entry, &path, owner, &mut created, report))
                    .collect::<Vec<_>>();
                let components = Node::new(components, origin);
                push(&mut out, "components", entry.key_origin, components);
            }
            _ => report.unknown(
                "spec",
                &entry,
                &SPEC,
                &[("components", "services"), ("env", "envs")],
            ),
        }
    }
    (Node::new(out, origin), created)
}

/// What of a service is told by several keys together.
#[derive(Default)]
struct Parts {
    kind: Option<Entry>,
    sub_kind: Option<Entry>,
    ingress: Option<Entry>,
    experimental: Map,
    experimental_origin: Origin,
    pod: pod::Parts,
}

fn component(
    service: Entry,
    services: &str,
    owner: &Owner,
    created: &mut Vec<Node>,
    report: &mut Report<'_>,
) -> Node {
    let Entry {
        key: name,
        key_origin,
        value,
    } = service;
    let path = &join(services, &name);
    let origin = value.origin;
    let mut parts = Parts::default();
    let mut rest = Map::default();
    for entry in report.entries(value, path) {
        let field = join(path, &entry.key);
        match entry.key.as_str() {
            "replicas"
            | "minAvailable"
            | "multinode"
            | "modelRef"
            | "topologyConstraint"
            | "eppConfig"
            | "providerOverride"
            | "runtimeVersionOverride"
            | "globalDynamoNamespace" => keep(&mut rest, entry),
            "componentType" => parts.kind = Some(entry),
            "subComponentType" => parts.sub_kind = Some(entry),
            "serviceName" => {
                if entry.value.as_str() != Some(&name) {
                    report.ignored(
                        &field,
                        entry.key_origin,
                        "is ignored: the key of the service is its name",
                    );
                }
            }
            "dynamoNamespace" => {
                report.ignored(&field, entry.key_origin, "is ignored by the operator");
            }
            "autoscaling" => report.ignored(
                &field,
                entry.key_origin,
                "is ignored by the operator; ask for scaling in a release instead",
            ),
            "ingress" => parts.ingress = Some(entry),
            "labels" | "annotations" => metadata(entry, &field, report),
            "sharedMemory" => shared_memory(entry, &field, &mut rest, report),
            "scalingAdapter" => scaling_adapter(entry, &field, &mut rest, report),
            "gpuMemoryService" | "failover" | "checkpoint" => {
                parts.experimental_origin = entry.key_origin;
                experimental(entry, &field, &mut parts.experimental, report);
            }
            "volumeMounts" => {
                let cache = parts.pod.volume_mounts(entry, &field, report);
                if let Some(cache) = cache {
                    keep(&mut rest, cache);
                }
            }
            "frontendSidecar" => {
                let reference = Node::new(SIDECAR, entry.value.origin);
                push(&mut rest, "frontendSidecar", entry.key_origin, reference);
                parts.pod.sidecar(entry, &field, report);
            }
            "envs" | "envFromSecret" | "resources" | "livenessProbe" | "readinessProbe"
            | "extraPodMetadata" | "extraPodSpec" => parts.pod.take(entry),
            _ => unknown(path, &entry, report),
        }
    }
    if let Some(entry) = parts.ingress {
        let kind = parts.kind.as_ref().and_then(|kind| kind.value.as_str());
        let is_frontend = kind == Some("frontend");
        let field = join(path, "ingress");
        created.extend(ingress::create(
            entry,
            &name,
            is_frontend,
            owner,
            &field,
            report,
        ));
    }
    let mut out = Map::default();
    push(&mut out, "name", key_origin, Node::new(name, key_origin));
    if let Some(kind) = kind(parts.kind, parts.sub_kind, path, report) {
        keep(&mut out, kind);
    }
    for entry in rest {
        keep(&mut out, entry);
    }
    if !parts.experimental.is_empty() {
        let origin = parts.experimental_origin;
        push(
            &mut out,
            "experimental",
            origin,
            Node::new(parts.experimental, origin),
        );
    }
    if let Some(template) = parts.pod.template(path, report) {
        let origin = template.origin;
        push(&mut out, "podTemplate", origin, template);
    }
    Node::new(out, origin)
}

fn unknown(path: &str, entry: &Entry, report: &mut Report<'_>) {
    if matches!(entry.key.as_str(), "image" | "command" | "args") {
        let message = format!("unknown field `{}`", entry.key);
        report.add(
            &join(path, &entry.key),
            Diagnostic::new(&rules::GRAPH_UNKNOWN_FIELD, entry.key_origin, message).help(format!(
                "it belongs under `extraPodSpec.mainContainer.{}`",
                entry.key
            )),
        );
        return;
    }
    let renamed = [
        ("type", "componentType"),
        ("env", "envs"),
        ("podTemplate", "extraPodSpec"),
        ("sharedMemorySize", "sharedMemory.size"),
        ("compilationCache", "volumeMounts[].useAsCompilationCache"),
        ("name", "the key of the service"),
    ];
    report.unknown(path, entry, &SERVICE, &renamed);
}

/// `type`, from `componentType` and `subComponentType`.
fn kind(
    kind: Option<Entry>,
    sub_kind: Option<Entry>,
    path: &str,
    report: &mut Report<'_>,
) -> Option<Entry> {
    const KINDS: [&str; 6] = ["frontend", "worker", "prefill", "decode", "planner", "epp"];
    let sub_path = join(path, "subComponentType");
    let mut sub = sub_kind.filter(|entry| entry.value.as_str() != Some(""));
    let mut result = None;
    if let Some(mut entry) = kind {
        let path = join(path, "componentType");
        let written = report.text(&entry.value, &path)?;
        if written == "worker" {
            sub = match sub {
                Some(sub) if matches!(sub.value.as_str(), Some("prefill" | "decode")) => {
                    entry.value = sub.value;
                    None
                }
                sub => sub,
            };
        }
        if !KINDS.contains(&entry.value.as_str().unwrap_or_default()) && !written.is_empty() {
            let message = format!("component type `{written}` is unknown");
            let mut diagnostic =
                Diagnostic::new(&rules::GRAPH_NO_COUNTERPART, entry.value.origin, message);
            if let Some(meant) = did_you_mean(&written, KINDS) {
                diagnostic = diagnostic.help(meant);
            }
            let diagnostic = diagnostic.help(format!("v1beta1 has: {}", KINDS.join(", ")));
            report.add(&path, diagnostic);
        }
        if !written.is_empty() {
            entry.key = "type".to_owned();
            result = Some(entry);
        }
    }
    if let Some(sub) = sub
        && report.text(&sub.value, &sub_path).is_some()
    {
        report.ignored(
            &sub_path,
            sub.value.origin,
            "has a meaning only as `prefill` or `decode` of a `worker`",
        );
    }
    result
}

fn metadata(entry: Entry, path: &str, report: &mut Report<'_>) {
    let key = entry.key;
    if !report.entries(entry.value, path).is_empty() {
        report.add(
            path,
            Diagnostic::new(
                &rules::GRAPH_NO_COUNTERPART,
                entry.key_origin,
                format!("`{key}` of a service have no counterpart in v1beta1"),
            )
            .help(format!(
                "give them as `extraPodMetadata.{key}`, which become those of the pod template"
            )),
        );
    }
}

fn shared_memory(entry: Entry, path: &str, out: &mut Map, report: &mut Report<'_>) {
    let (mut disabled, mut size) = (None, None);
    let (key_origin, failed) = (entry.key_origin, report.failed());
    for entry in report.entries(entry.value, path) {
        match entry.key.as_str() {
            "disabled" if report.truth(&entry.value, &join(path, "disabled")) => {
                disabled = Some(entry.value.origin);
            }
            "disabled" => {}
            "size" => size = Some(entry.value),
            _ => report.unknown(path, &entry, &["disabled", "size"], &[]),
        }
    }
    let size_path = join(path, "size");
    match (disabled, size) {
        (Some(origin), size) => {
            if let Some(size) = size.filter(|size| quantity::amount(size) != Some(0.0)) {
                report.ignored(
                    &size_path,
                    size.origin,
                    "has no effect where `disabled` is true",
                );
            }
            push(out, "sharedMemorySize", key_origin, Node::new("0", origin));
        }
        (None, Some(size)) if quantity::amount(&size).is_some_and(|amount| amount > 0.0) => {
            push(out, "sharedMemorySize", key_origin, size);
        }
        (None, Some(size)) => report.add(
            &size_path,
            Diagnostic::new(
                &rules::GRAPH_QUANTITY,
                size.origin,
                "the size of shared memory must be a quantity above 0",
            )
            .help(quantity::HELP),
        ),
        // What was given could not be read.
        (None, None) if report.failed() && !failed => {}
        (None, None) => report.add(
            path,
            Diagnostic::new(
                &rules::GRAPH_MISSING_FIELD,
                key_origin,
                "`sharedMemory` needs `size` or `disabled: true`",
            ),
        ),
    }
}

fn scaling_adapter(entry: Entry, path: &str, out: &mut Map, report: &mut Report<'_>) {
    let mut enabled = None;
    let (key_origin, origin) = (entry.key_origin, entry.value.origin);
    for entry in report.entries(entry.value, path) {
        match entry.key.as_str() {
            "enabled" if report.truth(&entry.value, &join(path, "enabled")) => {
                enabled = Some(entry.value.origin);
            }
            "enabled" => {}
            _ => report.unknown(path, &entry, &["enabled"], &[]),
        }
    }
    match enabled {
        Some(_) => push(out, "scalingAdapter", key_origin, Node::map(origin)),
        None => report.disabled(path, key_origin),
    }
}

/// `gpuMemoryService`, `failover` and `checkpoint` move under `experimental`. For the first two, being there
/// means that they are enabled; a checkpoint keeps its `enabled`.
fn experimental(entry: Entry, path: &str, out: &mut Map, report: &mut Report<'_>) {
    let Entry {
        key,
        key_origin,
        value,
    } = entry;
    let origin = value.origin;
    let mut enabled = None;
    let mut block = Map::default();
    for mut entry in report.entries(value, path) {
        match (key.as_str(), entry.key.as_str()) {
            (_, "enabled") => {
                let truth = report.truth(&entry.value, &join(path, "enabled"));
                enabled = Some(Node::new(truth, entry.value.origin));
            }
            ("gpuMemoryService" | "failover", "mode") => {
                rename_mode(&mut entry.value, GraphVersion::V1Beta1);
                keep(&mut block, entry);
            }
            _ => keep(&mut block, entry),
        }
    }
    if key == "checkpoint" {
        let enabled = enabled.unwrap_or_else(|| Node::new(false, origin));
        push(&mut block, "enabled", enabled.origin, enabled);
        push(out, &key, key_origin, Node::new(block, origin));
    } else if enabled.is_some_and(|enabled| enabled.value == Value::Bool(true)) {
        push(out, &key, key_origin, Node::new(block, origin));
    } else {
        report.disabled(path, key_origin);
    }
}
