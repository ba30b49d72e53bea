//! Does a priority class leave the system's alone?

use super::{Object, field, int};
use crate::rules;
use crate::yaml::Node;

/// The highest value of a class that is not the system's.
const MOST: i64 = 1_000_000_000;

pub(super) fn check(object: &mut Object<'_, '_>) {
    let class = &object.manifest.object;
    let system = match object.name() {
        "system-cluster-critical" => Some(2_000_000_000),
        "system-node-critical" => Some(2_000_001_000),
        _ => None,
    };
    if object.name().starts_with("system-") && system != int(class, "value") {
        object.report(
            &rules::PRIORITY_CLASS,
            format_args!("/metadata/name"),
            "names that start with `system-` are reserved",
            "choose another name",
        );
    }
    if let Some(value) = int(class, "value")
        && value > MOST
        && system.is_none()
    {
        object.report(
            &rules::PRIORITY_CLASS,
            format_args!("/value"),
            format!(
                "{value} is more than {MOST}, the highest value of a class that is not the system's"
            ),
            format!("give {MOST} or less"),
        );
    }
    let is_default =
        |class: &Node| field(class, "globalDefault").and_then(Node::as_bool) == Some(true);
    if !is_default(class) {
        return;
    }
    let mut all = object.subject.of_kind("scheduling.k8s.io", "PriorityClass");
    let first = all.find(|other| is_default(&other.object));
    if first.is_some_and(|first| first.key != object.manifest.key) {
        object.report(
            &rules::PRIORITY_CLASS,
            format_args!("/globalDefault"),
            "another class is the default already",
            "make one of them the default: the API server refuses the second",
        );
    }
}
