//! Volumes and where they are mounted.

use super::{Report, is_of_graph, items, syntax, text};
use crate::diagnostic::did_you_mean;
use crate::model::pod::{Container, PodTemplate};
use crate::model::quantity::Quantity;
use crate::rules;
use crate::yaml::Node;

/// The volume that the operator adds to a graph's pods
/// (ai-dynamo/dynamo deploy/operator/internal/dynamo/shared_memory.go).
const SHARED_MEMORY: &str = "shared-memory";

pub(super) fn check(template: &PodTemplate<'_>, report: &mut Report<'_, '_>) {
    let Some(spec) = template.spec() else {
        return;
    };
    let mut names: Vec<&str> = Vec::new();
    for (index, volume) in items(spec, "volumes") {
        let at = |below: &str| template.at(&format!("/volumes/{index}{below}"));
        if let Some(name) = volume.get("name").and_then(Node::as_str) {
            if let Some(why) = syntax::dns_label(name) {
                report.add(
                    &rules::VOLUME_NAME,
                    &at("/name"),
                    format!("the volume name `{}` {why}", name.escape_debug()),
                    "use a DNS label, such as `model-cache`",
                );
            } else if names.contains(&name) {
                report.add(
                    &rules::VOLUME_NAME,
                    &at("/name"),
                    format!("two volumes of the pod are named `{name}`"),
                    "remove one, or give it another name",
                );
            }
            names.push(name);
        }
        source(volume, &at, report);
    }
    // Claims of a StatefulSet become volumes of its pods.
    let claims = report
        .manifest
        .object
        .get("spec")
        .filter(|_| template.component.is_none());
    for (_, claim) in claims
        .into_iter()
        .flat_map(|spec| items(spec, "volumeClaimTemplates"))
    {
        if let Some(metadata) = claim.get("metadata") {
            names.push(text(metadata, "name"));
        }
    }
    if is_of_graph(template) {
        names.push(SHARED_MEMORY);
    }
    for container in template.containers() {
        mounts(&container, &names, report);
    }
}

fn source(volume: &Node, at: &dyn Fn(&str) -> String, report: &mut Report<'_, '_>) {
    let Some(map) = volume.as_map() else {
        return;
    };
    let sources: Vec<&str> = map
        .iter()
        .filter(|entry| entry.key != "name" && !entry.value.is_null())
        .map(|entry| entry.key.as_str())
        .collect();
    let name = text(volume, "name").escape_debug();
    match sources.as_slice() {
        [_] => {}
        [] => report.add(
            &rules::VOLUME_SOURCE,
            &at(""),
            format!("the volume `{name}` has no source"),
            "say what it is: `emptyDir: {}`, `persistentVolumeClaim`, `configMap` …",
        ),
        several => report.add(
            &rules::VOLUME_SOURCE,
            &at(""),
            format!(
                "the volume `{name}` has {} sources: `{}`",
                several.len(),
                several.join("`, `")
            ),
            "keep one of them",
        ),
    }
    if let Some(path) = volume.at(&["hostPath", "path"]).and_then(Node::as_str)
        && path.split('/').any(|part| part == "..")
    {
        report.add(
            &rules::VOLUME_SOURCE,
            &at("/hostPath/path"),
            "a host path must not contain `..`",
            "write the path itself",
        );
    }
    let limit = volume.at(&["emptyDir", "sizeLimit"]);
    if limit
        .and_then(Quantity::of)
        .is_some_and(|limit| limit < Quantity::ZERO)
    {
        report.add(
            &rules::VOLUME_SOURCE,
            &at("/emptyDir/sizeLimit"),
            "a size limit must not be negative",
            "give a size such as `16Gi`",
        );
    }
    for field in ["configMap", "secret"] {
        let Some(source) = volume.get(field) else {
            continue;
        };
        for (index, item) in items(source, "items") {
            let path = text(item, "path");
            if path.starts_with('/') || path.split('/').any(|part| part == "..") {
                report.add(
                    &rules::VOLUME_SOURCE,
                    &at(&format!("/{field}/items/{index}/path")),
                    format!("`{}` leads out of the volume", path.escape_debug()),
                    "give a path relative to where the volume is mounted",
                );
            }
        }
    }
}

fn mounts(container: &Container<'_>, volumes: &[&str], report: &mut Report<'_, '_>) {
    let mut paths: Vec<&str> = Vec::new();
    let lists = [
        ("volumeMounts", "mountPath"),
        ("volumeDevices", "devicePath"),
    ];
    for (list, path_field) in lists {
        for (index, mount) in items(container.node, list) {
            let at = |below: &str| container.at(&format!("/{list}/{index}/{below}"));
            let name = text(mount, "name");
            if !name.is_empty() && !volumes.contains(&name) {
                report.add(
                    &rules::MOUNT_VOLUME,
                    &at("name"),
                    format!("the pod has no volume named `{}`", name.escape_debug()),
                    did_you_mean(name, volumes.iter().copied()).unwrap_or_else(|| {
                        "add it to the pod's `volumes`, or remove the mount".to_owned()
                    }),
                );
            }
            let path = text(mount, path_field);
            if path.contains(':') && list == "volumeMounts" {
                report.add(
                    &rules::MOUNT_PATH,
                    &at(path_field),
                    format!("the mount path `{}` has a colon", path.escape_debug()),
                    "use a path without `:`",
                );
            }
            if !path.is_empty() && paths.contains(&path) {
                report.add(
                    &rules::MOUNT_PATH,
                    &at(path_field),
                    format!("two volumes are mounted at `{}`", path.escape_debug()),
                    "remove one of the mounts, or give it another path",
                );
            }
            paths.push(path);
            for field in ["subPath", "subPathExpr"] {
                let below = text(mount, field);
                if below.starts_with('/') || below.split('/').any(|part| part == "..") {
                    report.add(
                        &rules::MOUNT_PATH,
                        &at(field),
                        format!("`{}` leads out of the volume", below.escape_debug()),
                        "give a path below the volume's top, without `..`",
                    );
                }
            }
            if !text(mount, "subPath").is_empty() && !text(mount, "subPathExpr").is_empty() {
                report.add(
                    &rules::MOUNT_PATH,
                    &at("subPathExpr"),
                    "a mount has `subPath` and `subPathExpr`",
                    "keep one of them",
                );
            }
        }
    }
}
