//! Does an update change what cannot be changed?

use super::{Object, below, field, items, text};
use crate::model::Manifest;
use crate::model::quantity::Quantity;
use crate::rules;
use crate::yaml::{Node, Value};

/// A field that stays as it was made.
struct Fixed {
    group: &'static str,
    kinds: &'static [&'static str],
    keys: &'static [&'static str],
    /// What it is where it is not given.
    default: Option<&'static str>,
    /// Whether the cluster fills it in, so that leaving it out changes nothing.
    is_filled: bool,
    help: &'static str,
}

const REMAKE: &str = "delete the object and apply it again (Argo CD: the annotation `argocd.argoproj.io/sync-options: Replace=true,Force=true`; Flux: `kustomize.toolkit.fluxcd.io/force: enabled`), or give it another name";
const RENAME_CLASS: &str =
    "make a class of another name: claims keep the class that they were made with";
const RENAME_JOB: &str = "give the Job another name, or delete it first (Argo CD: `argocd.argoproj.io/sync-options: Force=true,Replace=true`; Flux: `kustomize.toolkit.fluxcd.io/force: enabled`)";
const RENAME_CLAIM: &str =
    "make a claim of another name and copy the data: deleting this one may delete its volume";
const RENAME: &str = "give it another name, and change what refers to it";
const ORPHAN: &str =
    "delete it with `kubectl delete --cascade=orphan`, which keeps its pods, and apply it again";

const fn fixed(
    group: &'static str,
    kinds: &'static [&'static str],
    keys: &'static [&'static str],
    help: &'static str,
) -> Fixed {
    Fixed {
        group,
        kinds,
        keys,
        default: None,
        is_filled: false,
        help,
    }
}

const fn filled(mut fixed: Fixed) -> Fixed {
    fixed.is_filled = true;
    fixed
}

const fn default(mut fixed: Fixed, default: &'static str) -> Fixed {
    fixed.default = Some(default);
    fixed
}

const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";

const FIXED: &[Fixed] = &[
    fixed(
        "apps",
        &["Deployment", "DaemonSet", "ReplicaSet"],
        &["spec", "selector"],
        REMAKE,
    ),
    fixed("batch", &["Job"], &["spec", "template"], RENAME_JOB),
    filled(fixed("batch", &["Job"], &["spec", "selector"], RENAME_JOB)),
    default(
        fixed("batch", &["Job"], &["spec", "completionMode"], RENAME_JOB),
        "NonIndexed",
    ),
    fixed("batch", &["Job"], &["spec", "podFailurePolicy"], RENAME_JOB),
    fixed("batch", &["Job"], &["spec", "successPolicy"], RENAME_JOB),
    fixed(
        "batch",
        &["Job"],
        &["spec", "backoffLimitPerIndex"],
        RENAME_JOB,
    ),
    fixed("batch", &["Job"], &["spec", "managedBy"], RENAME_JOB),
    fixed(STORAGE, &["StorageClass"], &["provisioner"], RENAME_CLASS),
    fixed(STORAGE, &["StorageClass"], &["parameters"], RENAME_CLASS),
    default(
        fixed(STORAGE, &["StorageClass"], &["reclaimPolicy"], RENAME_CLASS),
        "Delete",
    ),
    default(
        fixed(
            STORAGE,
            &["StorageClass"],
            &["volumeBindingMode"],
            RENAME_CLASS,
        ),
        "Immediate",
    ),
    fixed(
        "",
        &["PersistentVolumeClaim"],
        &["spec", "accessModes"],
        RENAME_CLAIM,
    ),
    filled(fixed(
        "",
        &["PersistentVolumeClaim"],
        &["spec", "storageClassName"],
        RENAME_CLAIM,
    )),
    default(
        fixed(
            "",
            &["PersistentVolumeClaim"],
            &["spec", "volumeMode"],
            RENAME_CLAIM,
        ),
        "Filesystem",
    ),
    filled(fixed(
        "",
        &["PersistentVolumeClaim"],
        &["spec", "volumeName"],
        RENAME_CLAIM,
    )),
    fixed(
        "",
        &["PersistentVolumeClaim"],
        &["spec", "selector"],
        RENAME_CLAIM,
    ),
    filled(fixed(
        "",
        &["PersistentVolumeClaim"],
        &["spec", "dataSource"],
        RENAME_CLAIM,
    )),
    filled(fixed(
        "",
        &["PersistentVolumeClaim"],
        &["spec", "dataSourceRef"],
        RENAME_CLAIM,
    )),
    fixed("", &["PersistentVolume"], &["spec", "csi"], RENAME),
    fixed("", &["PersistentVolume"], &["spec", "nfs"], RENAME),
    fixed("", &["PersistentVolume"], &["spec", "hostPath"], RENAME),
    fixed("", &["PersistentVolume"], &["spec", "local"], RENAME),
    default(
        fixed("", &["PersistentVolume"], &["spec", "volumeMode"], RENAME),
        "Filesystem",
    ),
    default(fixed("", &["Secret"], &["type"], REMAKE), "Opaque"),
    fixed(
        RBAC,
        &["RoleBinding", "ClusterRoleBinding"],
        &["roleRef"],
        REMAKE,
    ),
    default(
        fixed("scheduling.k8s.io", &["PriorityClass"], &["value"], RENAME),
        "0",
    ),
    default(
        fixed(
            "scheduling.k8s.io",
            &["PriorityClass"],
            &["preemptionPolicy"],
            RENAME,
        ),
        "PreemptLowerPriority",
    ),
    fixed(
        "networking.k8s.io",
        &["IngressClass"],
        &["spec", "controller"],
        RENAME,
    ),
    fixed("node.k8s.io", &["RuntimeClass"], &["handler"], RENAME),
    fixed(
        "resource.k8s.io",
        &["ResourceClaim", "ResourceClaimTemplate"],
        &["spec"],
        RENAME,
    ),
];

/// Fields of a StatefulSet's spec that may change.
const STATEFUL_SET_MAY: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

pub(super) fn check(object: &mut Object<'_, '_>, before: &Manifest) {
    let change = Change {
        before: &before.object,
        // An object that was read from a cluster has the defaults that the manifest leaves to the cluster.
        is_live: before.object.at(&["metadata", "uid"]).is_some(),
    };
    let (group, kind) = (object.manifest.key.group(), object.kind());
    for fixed in FIXED {
        if fixed.group == group && fixed.kinds.contains(&kind) {
            check_field(object, &change, fixed);
        }
    }
    match (group, kind) {
        ("apps", "StatefulSet") => check_stateful_set(object, &change),
        ("batch", "Job") => check_completions(object, &change),
        ("", "PersistentVolumeClaim") => check_size(object, &change),
        ("", "Service") => check_service(object, &change),
        ("", "ConfigMap" | "Secret") => check_sealed(object, &change),
        _ => {}
    }
}

/// What an object was.
struct Change<'a> {
    before: &'a Node,
    is_live: bool,
}

impl Change<'_> {
    /// Whether a value is what it was.
    fn keeps(&self, before: &Node, after: &Node) -> bool {
        if before.kind() != after.kind() {
            // A value of another type is the schema's.
            true
        } else if self.is_live {
            has_all(before, after)
        } else {
            before == after
        }
    }

    /// Reports a field that has changed.
    fn report(&self, object: &mut Object<'_, '_>, pointer: &str, message: String, help: &str) {
        object.report(
            &rules::IMMUTABLE_FIELD,
            format_args!("{pointer}"),
            message,
            help,
        );
        let origin = object.subject.input_of(self.before.origin_of(pointer));
        if let Some(last) = object.found.last_mut() {
            last.labels.push((origin, "as it is now".into()));
        }
    }
}

/// Whether all that a value says is said by another, which may say more.
fn has_all(more: &Node, less: &Node) -> bool {
    match (&more.value, &less.value) {
        (Value::Map(more), Value::Map(less)) => less.iter().all(|entry| {
            entry.value.is_null()
                || more
                    .get(&entry.key)
                    .is_some_and(|value| has_all(value, &entry.value))
        }),
        (Value::List(more), Value::List(less)) => {
            more.len() == less.len()
                && more
                    .iter()
                    .zip(less)
                    .all(|(more, less)| has_all(more, less))
        }
        _ => match (Quantity::of(more), Quantity::of(less)) {
            (Some(more), Some(less)) => more == less,
            _ => more == less,
        },
    }
}

fn short(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) if text.len() <= 60 => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn check_field(object: &mut Object<'_, '_>, change: &Change<'_>, fixed: &Fixed) {
    let (before, after) = (
        below(change.before, fixed.keys),
        below(&object.manifest.object, fixed.keys),
    );
    // The pods of a Job that has not started may still be given another place.
    let is_waiting = fixed.keys == ["spec", "template"]
        && change
            .before
            .at(&["spec", "suspend"])
            .and_then(Node::as_bool)
            == Some(true);
    let is_default =
        |node: &Node| short(node).as_deref() == fixed.default && fixed.default.is_some();
    let is_kept = match (before, after) {
        (None, None) => true,
        (Some(before), Some(after)) => change.keeps(before, after),
        (Some(before), None) => fixed.is_filled || is_default(before),
        (None, Some(after)) => is_default(after),
    };
    if is_kept || is_waiting {
        return;
    }
    let name = fixed.keys.last().copied().unwrap_or_default();
    let message = match (before.and_then(short), after.and_then(short)) {
        (Some(before), Some(after)) => {
            format!("`{name}` cannot change from `{before}` to `{after}`")
        }
        _ => format!("`{name}` of this {} cannot change", object.kind()),
    };
    let pointer = format!("/{}", fixed.keys.join("/"));
    change.report(object, &pointer, message, fixed.help);
}

fn check_stateful_set(object: &mut Object<'_, '_>, change: &Change<'_>) {
    let (Some(before), Some(after)) = (field(change.before, "spec"), object.spec()) else {
        return;
    };
    let (Some(old), Some(new)) = (before.as_map(), after.as_map()) else {
        return;
    };
    let keys = old.iter().chain(new.iter()).map(|entry| entry.key.as_str());
    let keys: std::collections::BTreeSet<&str> = keys.collect();
    for key in keys {
        if STATEFUL_SET_MAY.contains(&key) {
            continue;
        }
        let is_default =
            |value: &Node| key == "podManagementPolicy" && value.as_str() == Some("OrderedReady");
        let is_kept = match (field(before, key), field(after, key)) {
            (Some(before), Some(after)) => change.keeps(before, after),
            (Some(one), None) => change.is_live && key == "serviceName" || is_default(one),
            (None, Some(one)) => is_default(one),
            (None, None) => true,
        };
        if !is_kept {
            change.report(
                object,
                &format!("/spec/{key}"),
                format!("`{key}` of a StatefulSet cannot change"),
                ORPHAN,
            );
        }
    }
}

/// Only a Job that counts by index may change its number of completions, together with its parallelism.
fn check_completions(object: &mut Object<'_, '_>, change: &Change<'_>) {
    let (Some(before), Some(after)) = (field(change.before, "spec"), object.spec()) else {
        return;
    };
    let number = |spec: &Node, key: &str| field(spec, key).and_then(Node::as_int);
    let (old, new) = (number(before, "completions"), number(after, "completions"));
    let is_filled = change.is_live && new.is_none();
    let is_elastic = text(after, "completionMode") == Some("Indexed")
        && new == number(after, "parallelism")
        && old == number(before, "parallelism");
    if old != new && !is_filled && !is_elastic {
        change.report(
            object,
            "/spec/completions",
            "`completions` of a Job cannot change".to_owned(),
            RENAME_JOB,
        );
    }
}

/// A claim may grow.
fn check_size(object: &mut Object<'_, '_>, change: &Change<'_>) {
    const SIZE: [&str; 4] = ["spec", "resources", "requests", "storage"];
    let amount = |object: &Node| below(object, &SIZE).and_then(Quantity::of);
    let (Some(before), Some(after)) = (amount(change.before), amount(&object.manifest.object))
    else {
        return;
    };
    let pointer = format!("/{}", SIZE.join("/"));
    if after < before {
        change.report(
            object,
            &pointer,
            format!("a claim cannot shrink from `{before}` to `{after}`"),
            "keep the size; for less, make a claim of another name and copy the data",
        );
    }
    if after <= before {
        return;
    }
    let spec = object.spec();
    let Some(class) = spec.and_then(|spec| text(spec, "storageClassName")) else {
        return;
    };
    let mut classes = object.subject.of_kind(STORAGE, "StorageClass");
    let Some(class) = classes.find(|manifest| manifest.key.name == class) else {
        return;
    };
    if class
        .object
        .get("allowVolumeExpansion")
        .and_then(Node::as_bool)
        != Some(true)
    {
        change.report(
            object,
            &pointer,
            format!(
                "the claim cannot grow: its class, `{}`, does not allow it",
                class.key.name
            ),
            "set `allowVolumeExpansion: true` in the class, if its driver can do it",
        );
    }
}

fn check_service(object: &mut Object<'_, '_>, change: &Change<'_>) {
    let (Some(before), Some(after)) = (field(change.before, "spec"), object.spec()) else {
        return;
    };
    let is_external = |spec| text(spec, "type") == Some("ExternalName");
    if is_external(before) || is_external(after) {
        return;
    }
    let address = |spec| text(spec, "clusterIP").filter(|address| !address.is_empty());
    let (old, new) = (address(before), address(after));
    let is_headless = |address: Option<&str>| address == Some("None");
    let is_changed = match (old, new) {
        (Some(old), Some(new)) => old != new,
        _ => is_headless(old) != is_headless(new),
    };
    if is_changed {
        change.report(
            object,
            "/spec/clusterIP",
            format!(
                "`clusterIP` cannot change from {} to {}",
                old.map_or("the cluster's choice".into(), |old| format!("`{old}`")),
                new.map_or("the cluster's choice".into(), |new| format!("`{new}`")),
            ),
            REMAKE,
        );
    }
    let class = |spec| field(spec, "loadBalancerClass");
    let stays = [before, after]
        .iter()
        .all(|spec| text(spec, "type") == Some("LoadBalancer"));
    if stays && class(before) != class(after) {
        change.report(
            object,
            "/spec/loadBalancerClass",
            "`loadBalancerClass` cannot change while the Service is a load balancer".to_owned(),
            REMAKE,
        );
    }
    let family = |spec| items(spec, "ipFamilies").next().map(|(_, family)| family);
    if let (Some(old), Some(new)) = (family(before), family(after))
        && old != new
    {
        change.report(
            object,
            "/spec/ipFamilies",
            "the first of `ipFamilies` cannot change".to_owned(),
            REMAKE,
        );
    }
}

/// `immutable: true` seals the data and itself.
fn check_sealed(object: &mut Object<'_, '_>, change: &Change<'_>) {
    let is_sealed = |object: &Node| object.get("immutable").and_then(Node::as_bool) == Some(true);
    if !is_sealed(change.before) {
        return;
    }
    if !is_sealed(&object.manifest.object) {
        change.report(
            object,
            "/immutable",
            "an object that is immutable stays so".to_owned(),
            RENAME,
        );
    }
    for key in ["data", "binaryData", "stringData"] {
        let (before, after) = (
            field(change.before, key),
            field(&object.manifest.object, key),
        );
        let is_kept = match (before, after) {
            (Some(before), Some(after)) => before == after,
            // The API server keeps text as data.
            (None, Some(_)) if key == "stringData" && change.is_live => true,
            (before, after) => before.is_none() && after.is_none(),
        };
        if !is_kept {
            change.report(
                object,
                &format!("/{key}"),
                format!("the {} is `immutable`, so `{key}` cannot change", object.kind()),
                "give it a new name, such as one that ends in a hash of the data, and change what refers to it",
            );
        }
    }
}
