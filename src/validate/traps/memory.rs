//! Is `/dev/shm` as large as its author means, and no larger than its container?

use crate::diagnostic::Diagnostic;
use crate::model::quantity::Quantity;
use crate::rules;
use crate::validate::graph::{Graph, Part, list, named, text};
use crate::yaml::Node;

/// The volume that the operator makes.
const VOLUME: &str = "shared-memory";

pub(super) fn check(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let size = part.node.get("sharedMemorySize");
    let given = size.and_then(Quantity::of);
    if size.is_some() && given.is_none() {
        return;
    }
    volume(graph, part, given, found);
    limit(graph, part, given, found);
}

fn volume(
    graph: &Graph<'_>,
    part: &Part<'_>,
    given: Option<Quantity>,
    found: &mut Vec<Diagnostic>,
) {
    if given == Some(Quantity::ZERO) {
        return;
    }
    let Some((_, main)) = part.main else { return };
    let mounts = list(main, &["volumeMounts"]);
    let dropped = mounts.iter().position(|mount| {
        text(mount, &["mountPath"]) == Some("/dev/shm") || text(mount, &["name"]) == Some(VOLUME)
    });
    let Some(dropped) = dropped else { return };
    let volume = mounts
        .get(dropped)
        .and_then(|mount| text(mount, &["name"]))
        .and_then(|name| named(list(part.node, &["podTemplate", "spec", "volumes"]), name));
    let wanted = volume.and_then(|volume| volume.at(&["emptyDir", "sizeLimit"]));
    let amount = wanted.and_then(Quantity::of);
    // One that says the same, or less, has what it asks for.
    if let (Some(given), Some(wanted)) = (given, amount)
        && wanted <= given
    {
        return;
    }
    if given.is_some() && amount.is_none() {
        return;
    }
    let has = given.map_or_else(|| "8Gi".to_owned(), |given| given.to_string());
    let (asks, size) = match wanted.and_then(Node::as_str) {
        Some(size) => (format!(", of {size},"), size.to_owned()),
        None => (String::new(), "16Gi".to_owned()),
    };
    let message = format!(
        "the volume{asks} that component `{}` mounts at `/dev/shm` is dropped for one of {has}",
        part.name
    );
    let pointer = part.main_at(&format!("/volumeMounts/{dropped}"));
    found.push(
        graph
            .finding(&rules::SHARED_MEMORY_VOLUME, &pointer, message)
            .help(format!(
                "write `sharedMemorySize: {size}` and remove the volume, or `sharedMemorySize: \"0\"` to keep it"
            )),
    );
}

fn limit(graph: &Graph<'_>, part: &Part<'_>, given: Option<Quantity>, found: &mut Vec<Diagnostic>) {
    let (Some(given), Some((_, main))) = (given, part.main) else {
        return;
    };
    let limit = main.at(&["resources", "limits", "memory"]);
    let Some(limit) = limit.and_then(Quantity::of) else {
        return;
    };
    if given * 2 > limit {
        let message = format!(
            "the shared memory of component `{}` is {given}, and the container may use {limit} in all",
            part.name
        );
        found.push(
            graph
                .finding(
                    &rules::SHARED_MEMORY_LIMIT,
                    &part.at("/sharedMemorySize"),
                    message,
                )
                .help("raise the memory limit, or ask for less than half of it"),
        );
    }
}
