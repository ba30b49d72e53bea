//! Resources: flat in a service (`cpu`, `gpu`, `custom`), by their full names in a container.

use super::quantity;
use super::report::{Report, join, keep, push};
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Entry, Map, Node, Value};

/// The service's resources with the container's over them, resource by resource.
pub(super) fn merge(
    service: Option<Entry>,
    container: Node,
    path: &str,
    field: &str,
    report: &mut Report<'_>,
) -> Node {
    let Some(service) = service else {
        return container;
    };
    let service_path = join(path, "resources");
    let mut merged = of_container(service.value, &service_path, report);
    let Some(out) = merged.as_map_mut() else {
        return container;
    };
    for entry in report.entries(container, field) {
        let field = join(field, &entry.key);
        match (entry.key.as_str(), out.get_mut(&entry.key)) {
            ("limits" | "requests", Some(ours)) => {
                for amount in report.entries(entry.value, &field) {
                    if let Some(old) = ours.get(&amount.key).filter(|old| **old != amount.value) {
                        report.add(
                            &service_path,
                            Diagnostic::new(
                                &rules::GRAPH_IGNORED_FIELD,
                                old.origin,
                                format!(
                                    "the service's `{}` has no effect: the main container sets \
                                     it too",
                                    amount.key
                                ),
                            )
                            .label(amount.value.origin, "this one counts"),
                        );
                    }
                    ours.set(&amount.key, amount.value);
                }
            }
            ("claims", Some(ours)) => {
                let items = report.items(entry.value, &field);
                if !items.is_empty() && ours.as_list() != Some(&items) {
                    let ours = Entry {
                        key: "claims".to_owned(),
                        key_origin: ours.origin,
                        value: ours.clone(),
                    };
                    report.twice(&join(&service_path, "claims"), &ours, entry.key_origin);
                }
            }
            _ => keep(out, entry),
        }
    }
    merged
}

/// A service's `resources` as those of a container.
pub(super) fn of_container(resources: Node, path: &str, report: &mut Report<'_>) -> Node {
    each_side(resources, path, container_amounts, report)
}

/// A container's `resources` as those of a service.
pub(super) fn of_service(resources: Node, path: &str, report: &mut Report<'_>) -> Node {
    each_side(resources, path, service_amounts, report)
}

/// `resources` with `limits` and `requests` changed by `amounts`.
fn each_side(
    resources: Node,
    path: &str,
    amounts: fn(Node, &str, &mut Report<'_>) -> Node,
    report: &mut Report<'_>,
) -> Node {
    let origin = resources.origin;
    let mut out = Map::default();
    for entry in report.entries(resources, path) {
        let field = join(path, &entry.key);
        match entry.key.as_str() {
            "claims" => keep(&mut out, entry),
            "limits" | "requests" => {
                let amounts = amounts(entry.value, &field, report);
                push(&mut out, &entry.key, entry.key_origin, amounts);
            }
            _ => report.unknown(path, &entry, &["limits", "requests", "claims"], &[]),
        }
    }
    Node::new(out, origin)
}

/// `{cpu, memory, gpu, gpuType, custom}` as a container's list of resources.
fn container_amounts(amounts: Node, path: &str, report: &mut Report<'_>) -> Node {
    const KNOWN: [&str; 5] = ["cpu", "memory", "gpu", "gpuType", "custom"];
    let origin = amounts.origin;
    let mut entries = report.entries(amounts, path);
    let is_blank = |entry: &Entry| entry.value.as_str() == Some("");
    let gpu_type = entries
        .remove_entry("gpuType")
        .filter(|entry| !is_blank(entry));
    let type_path = join(path, "gpuType");
    if let Some(gpu_type) = &gpu_type {
        let has_gpu = entries.entry("gpu").is_some_and(|entry| !is_blank(entry));
        if !has_gpu {
            report.ignored(
                &type_path,
                gpu_type.key_origin,
                "has no effect without `gpu`",
            );
        }
    }
    let mut out = Map::default();
    for entry in entries {
        let field = join(path, &entry.key);
        match entry.key.as_str() {
            // The operator's types cannot tell an empty text from one that was left out.
            "cpu" | "memory" | "gpu" if is_blank(&entry) => {}
            "cpu" | "memory" => amount(&mut out, entry, &field, report),
            "gpu" => {
                let name = gpu_type
                    .as_ref()
                    .and_then(|entry| report.text(&entry.value, &type_path))
                    .unwrap_or_else(|| "nvidia.com/gpu".to_owned());
                let entry = Entry { key: name, ..entry };
                amount(&mut out, entry, &field, report);
            }
            "custom" => {
                for entry in report.entries(entry.value, &field) {
                    let field = join(&field, &entry.key);
                    amount(&mut out, entry, &field, report);
                }
            }
            name if name.contains('/') || name == "ephemeral-storage" => {
                let message = format!("unknown field `{name}`");
                report.add(
                    &field,
                    Diagnostic::new(&rules::GRAPH_UNKNOWN_FIELD, entry.key_origin, message)
                        .help("put it under `custom`"),
                );
            }
            _ => report.unknown(path, &entry, &KNOWN, &[]),
        }
    }
    Node::new(out, origin)
}

/// `{cpu, memory, gpu, custom}` from a container's list of resources.
fn service_amounts(amounts: Node, path: &str, report: &mut Report<'_>) -> Node {
    let origin = amounts.origin;
    let mut out = Map::default();
    let mut custom = Map::default();
    let mut custom_origin = Origin::None;
    for entry in report.entries(amounts, path) {
        is_quantity(&entry, &join(path, &entry.key), report);
        let value = text(entry.value);
        match entry.key.as_str() {
            "cpu" | "memory" => push(&mut out, &entry.key, entry.key_origin, value),
            "nvidia.com/gpu" => push(&mut out, "gpu", entry.key_origin, value),
            _ => {
                custom_origin = entry.key_origin;
                push(&mut custom, &entry.key, entry.key_origin, value);
            }
        }
    }
    if !custom.is_empty() {
        push(
            &mut out,
            "custom",
            custom_origin,
            Node::new(custom, custom_origin),
        );
    }
    Node::new(out, origin)
}

/// Adds one amount, which must be the only one of its name.
fn amount(out: &mut Map, entry: Entry, path: &str, report: &mut Report<'_>) {
    if !is_quantity(&entry, path, report) {
        return;
    }
    if let Some(first) = out.entry(&entry.key) {
        let first = first.clone();
        report.twice(path, &first, entry.key_origin);
    } else {
        keep(out, entry);
    }
}

/// Whether an amount is one that Kubernetes can read; if not, there is a finding.
fn is_quantity(entry: &Entry, path: &str, report: &mut Report<'_>) -> bool {
    let is_quantity = quantity::amount(&entry.value).is_some_and(|amount| amount >= 0.0);
    if !is_quantity {
        let written = entry.value.to_json();
        let message = format!("`{}: {written}` is not a quantity", entry.key);
        let diagnostic = Diagnostic::new(&rules::GRAPH_QUANTITY, entry.value.origin, message);
        report.add(path, diagnostic.help(quantity::HELP));
    }
    is_quantity
}

/// A quantity as text: v1alpha1 takes no numbers.
fn text(amount: Node) -> Node {
    match amount.value {
        Value::Int(number) => Node::new(number.to_string(), amount.origin),
        Value::Float(number) => Node::new(number.to_string(), amount.origin),
        _ => amount,
    }
}
