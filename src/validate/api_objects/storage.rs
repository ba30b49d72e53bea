//! Can a claim be met, a volume be mounted, and a storage class make volumes?

use std::fmt;

use super::{
    Object, below, class_of_claim, entries, field, is_empty, items, parameters, step, text,
};
use crate::model::object::is_subdomain;
use crate::model::quantity::Quantity;
use crate::rules;
use crate::yaml::Node;

use super::syntax::{is_label_value, is_qualified_name};

/// How many bytes the parameters of a class may have.
const MOST_PARAMETERS: usize = 256 * 1024;

pub(super) fn check_claim(object: &mut Object<'_, '_>) {
    if let Some(spec) = object.spec() {
        check_claim_spec(object, spec, format_args!("/spec"));
        class_of_claim::check(object, spec);
    }
}

/// Looks at what a claim asks for, of a claim or of a template of claims.
pub(super) fn check_claim_spec(object: &mut Object<'_, '_>, spec: &Node, at: fmt::Arguments<'_>) {
    if spec.as_map().is_none() {
        return;
    }
    check_modes(object, spec, at, &rules::VOLUME_CLAIM);
    let size = below(spec, &["resources", "requests", "storage"]);
    match size {
        None => object.report(
            &rules::VOLUME_CLAIM,
            format_args!("{at}"),
            "the claim asks for no size",
            "add `resources.requests.storage`, such as `100Gi`; drivers that ignore it need it too",
        ),
        Some(size) if Quantity::of(size).is_some_and(|size| size <= Quantity::ZERO) => object
            .report(
                &rules::VOLUME_CLAIM,
                format_args!("{at}/resources/requests/storage"),
                "the claim's size must be more than 0",
                "ask for as much as the models or caches need",
            ),
        _ => {}
    }
    if let Some(class) = text(spec, "storageClassName")
        && !class.is_empty()
        && !is_subdomain(class)
    {
        object.report(
            &rules::VOLUME_CLAIM,
            format_args!("{at}/storageClassName"),
            format!("`{class}` cannot be the name of a storage class"),
            "use lower-case letters, digits, `-` and `.`",
        );
    }
    check_source(object, spec, at);
}

fn check_source(object: &mut Object<'_, '_>, spec: &Node, at: fmt::Arguments<'_>) {
    let (source, reference) = (field(spec, "dataSource"), field(spec, "dataSourceRef"));
    for (key, source) in [("dataSource", source), ("dataSourceRef", reference)] {
        let Some(source) = source else { continue };
        let kind = text(source, "kind").unwrap_or("");
        let is_core = text(source, "apiGroup").unwrap_or("").is_empty();
        if is_core && !kind.is_empty() && kind != "PersistentVolumeClaim" {
            object.report(
                &rules::VOLUME_CLAIM,
                format_args!("{at}/{key}"),
                format!("a `{kind}` without an API group cannot be the source of a volume"),
                "for a snapshot, add `apiGroup: snapshot.storage.k8s.io`",
            );
        }
    }
    if let (Some(source), Some(reference)) = (source, reference)
        && ["apiGroup", "kind", "name"]
            .iter()
            .any(|key| text(source, key).unwrap_or("") != text(reference, key).unwrap_or(""))
    {
        object.report(
            &rules::VOLUME_CLAIM,
            format_args!("{at}/dataSourceRef"),
            "`dataSource` and `dataSourceRef` name different sources",
            "remove `dataSource`: `dataSourceRef` can name everything that it can",
        );
    }
}

fn check_modes(
    object: &mut Object<'_, '_>,
    spec: &Node,
    at: fmt::Arguments<'_>,
    rule: &'static rules::Rule,
) {
    if is_empty(spec, "accessModes") {
        object.report(
            rule,
            format_args!("{at}"),
            "there is no access mode",
            "add `accessModes`: `ReadWriteMany` for a cache that pods on several nodes share, `ReadWriteOnce` for one node's",
        );
    } else if items(spec, "accessModes").count() > 1
        && items(spec, "accessModes").any(|(_, mode)| mode.as_str() == Some("ReadWriteOncePod"))
    {
        object.report(
            rule,
            format_args!("{at}/accessModes"),
            "`ReadWriteOncePod` cannot stand beside other modes",
            "keep it alone, or remove it",
        );
    }
}

/// Fields of a volume's spec that are no sources.
const NO_SOURCES: &[&str] = &[
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

pub(super) fn check_volume(object: &mut Object<'_, '_>) {
    let Some(spec) = object.spec() else { return };
    let Some(map) = spec.as_map() else { return };
    check_modes(
        object,
        spec,
        format_args!("/spec"),
        &rules::PERSISTENT_VOLUME,
    );
    match below(spec, &["capacity", "storage"]) {
        None => object.report(
            &rules::PERSISTENT_VOLUME,
            format_args!("/spec"),
            "the volume has no capacity",
            "add `capacity.storage`; a claim is bound if it asks for no more",
        ),
        Some(size) if Quantity::of(size).is_some_and(|size| size <= Quantity::ZERO) => object
            .report(
                &rules::PERSISTENT_VOLUME,
                format_args!("/spec/capacity/storage"),
                "the volume's capacity must be more than 0",
                "a claim is bound if it asks for no more",
            ),
        _ => {}
    }
    let is_source =
        |key: &str, value: &Node| !NO_SOURCES.contains(&key) && value.as_map().is_some();
    let mut sources = map
        .iter()
        .filter(|entry| is_source(&entry.key, &entry.value));
    match (sources.next(), sources.next()) {
        (None, _) => object.report(
            &rules::PERSISTENT_VOLUME,
            format_args!("/spec"),
            "the volume has no source",
            "add `csi` with the driver and the volume's handle",
        ),
        (Some(first), Some(second)) => object.report(
            &rules::PERSISTENT_VOLUME,
            format_args!("/spec/{}", second.key),
            format!(
                "the volume has two sources, `{}` and `{}`",
                first.key, second.key
            ),
            "keep one",
        ),
        _ => {}
    }
    for key in ["driver", "volumeHandle"] {
        if below(spec, &["csi", key]).and_then(Node::as_str) == Some("") {
            object.report(
                &rules::PERSISTENT_VOLUME,
                format_args!("/spec/csi/{key}"),
                format!("`{key}` is empty"),
                "name the driver and what it calls the volume",
            );
        }
    }
    if field(spec, "local").is_some() && field(spec, "nodeAffinity").is_none() {
        object.report(
            &rules::PERSISTENT_VOLUME,
            format_args!("/spec/local"),
            "a local volume needs a `nodeAffinity`",
            "say which node it is on",
        );
    }
}

pub(super) fn check_class(object: &mut Object<'_, '_>) {
    let class = &object.manifest.object;
    if let Some(provisioner) = text(class, "provisioner")
        && !provisioner
            .split('/')
            .next_back()
            .is_some_and(|name| is_qualified_name(&name.to_ascii_lowercase()))
        && !is_qualified_name(&provisioner.to_ascii_lowercase())
    {
        object.report(
            &rules::STORAGE_CLASS,
            format_args!("/provisioner"),
            format!("`{provisioner}` is no name of a driver"),
            "name the CSI driver, such as `ebs.csi.aws.com`",
        );
    }
    check_topologies(object, class);
    let size: usize = entries(class, "parameters")
        .map(|entry| entry.key.len() + entry.value.as_str().map_or(0, str::len))
        .sum();
    if size > MOST_PARAMETERS {
        object.report(
            &rules::STORAGE_CLASS,
            format_args!("/parameters"),
            "the parameters have more than 256 KiB",
            "keep what the driver needs",
        );
    }
    parameters::check(object, class);
}

fn check_topologies(object: &mut Object<'_, '_>, class: &Node) {
    for (index, term) in items(class, "allowedTopologies") {
        for (nth, requirement) in items(term, "matchLabelExpressions") {
            let key = text(requirement, "key").unwrap_or("");
            let values = || items(requirement, "values").filter_map(|(_, value)| value.as_str());
            let message = if !is_qualified_name(key) {
                format!("`{key}` is no key of a label")
            } else if is_empty(requirement, "values") {
                format!("`{key}` has no values")
            } else if let Some(value) = values().find(|value| !is_label_value(value)) {
                format!("`{value}` is no value of a label")
            } else if let Some((_, value)) = values()
                .enumerate()
                .find(|(at, value)| values().take(*at).any(|earlier| earlier == *value))
            {
                format!("`{value}` stands there twice")
            } else {
                continue;
            };
            object.report(
                &rules::STORAGE_CLASS,
                format_args!("/allowedTopologies/{index}/matchLabelExpressions/{nth}"),
                message,
                "list values of a label that nodes have, such as zones of `topology.kubernetes.io/zone`",
            );
        }
    }
    for entry in entries(class, "parameters") {
        if entry.key.is_empty() {
            object.report(
                &rules::STORAGE_CLASS,
                format_args!("/parameters/{}", step(&entry.key)),
                "a parameter has no name",
                "remove it",
            );
        }
    }
}
