//! Can an autoscaler scale what it names?

use super::{Object, below, field, int, is_empty, items, text};
use crate::model::quantity::Quantity;
use crate::rules;
use crate::rules::Severity;
use crate::yaml::Node;

/// A metric's type, the field it is described in, and what its target may be given as.
const SOURCES: [(&str, &str, &[&str]); 5] = [
    (
        "Resource",
        "resource",
        &["averageUtilization", "averageValue"],
    ),
    (
        "ContainerResource",
        "containerResource",
        &["averageUtilization", "averageValue"],
    ),
    ("Pods", "pods", &["averageValue"]),
    ("Object", "object", &["value", "averageValue"]),
    ("External", "external", &["value", "averageValue"]),
];

pub(super) fn check(object: &mut Object<'_, '_>) {
    let Some(spec) = object.spec() else { return };
    if !object.manifest.key.api_version.ends_with("/v2") {
        return;
    }
    check_limits(object, spec);
    for key in ["kind", "name"] {
        if below(spec, &["scaleTargetRef", key]).and_then(Node::as_str) == Some("") {
            object.report(
                &rules::AUTOSCALER,
                format_args!("/spec/scaleTargetRef/{key}"),
                format!("the target's `{key}` is empty"),
                "name the workload that is to be scaled",
            );
        }
    }
    for (index, metric) in items(spec, "metrics") {
        check_metric(object, metric, index);
    }
    for direction in ["scaleUp", "scaleDown"] {
        if let Some(rules) = below(spec, &["behavior", direction]) {
            check_behavior(object, rules, direction);
        }
    }
}

fn check_limits(object: &mut Object<'_, '_>, spec: &Node) {
    let (least, most) = (int(spec, "minReplicas"), int(spec, "maxReplicas"));
    if let (Some(least), Some(most)) = (least.or(Some(1)), most)
        && most >= 1
        && least > most
    {
        object.report(
            &rules::AUTOSCALER,
            format_args!("/spec/maxReplicas"),
            format!("`maxReplicas`, {most}, is less than `minReplicas`, {least}"),
            "raise the one or lower the other",
        );
        object.label("/spec/minReplicas", "the least");
    }
    if least == Some(0) {
        let is_outside =
            |metric: &Node| matches!(text(metric, "type"), Some("Object" | "External"));
        if !items(spec, "metrics").any(|(_, metric)| is_outside(metric)) {
            object.report(
                &rules::AUTOSCALER,
                format_args!("/spec/minReplicas"),
                "scaling to 0 needs a metric of the type `Object` or `External`",
                "set 1 or more: without pods there is nothing to measure",
            );
        } else {
            object.report(
                &rules::AUTOSCALER,
                format_args!("/spec/minReplicas"),
                "scaling to 0 needs the feature gate `HPAScaleToZero`",
                "set 1 or more where the gate is not on, as on managed clusters",
            );
            if let Some(last) = object.found.last_mut() {
                last.severity = Severity::Warning;
            }
        }
    }
}

fn check_metric(object: &mut Object<'_, '_>, metric: &Node, index: usize) {
    let Some(kind) = text(metric, "type") else {
        return;
    };
    let Some((_, key, targets)) = SOURCES.iter().find(|(name, ..)| *name == kind) else {
        return;
    };
    for (_, other, _) in &SOURCES {
        if other != key && field(metric, other).is_some() {
            object.report(
                &rules::AUTOSCALER,
                format_args!("/spec/metrics/{index}/{other}"),
                format!("a metric of the type `{kind}` is described in `{key}`, not in `{other}`"),
                "change the type, or make a metric of its own of it",
            );
        }
    }
    let Some(source) = field(metric, key) else {
        let has_other = SOURCES
            .iter()
            .any(|(_, other, _)| field(metric, other).is_some());
        if !has_other {
            object.report(
                &rules::AUTOSCALER,
                format_args!("/spec/metrics/{index}"),
                format!("a metric of the type `{kind}` needs `{key}`"),
                "say what is measured, and the target",
            );
        }
        return;
    };
    if below(source, &["metric", "name"]).and_then(Node::as_str) == Some("")
        || text(source, "name") == Some("")
    {
        object.report(
            &rules::AUTOSCALER,
            format_args!("/spec/metrics/{index}/{key}"),
            "the metric's name is empty",
            "name what is measured",
        );
    }
    if let Some(target) = field(source, "target").filter(|target| target.as_map().is_some()) {
        check_target(object, target, index, key, targets);
    }
}

fn check_target(
    object: &mut Object<'_, '_>,
    target: &Node,
    index: usize,
    key: &str,
    targets: &[&str],
) {
    let given = ["averageUtilization", "averageValue", "value"];
    let mut given = given.iter().filter(|name| field(target, name).is_some());
    let fits = |name: &&&str| targets.contains(*name);
    let (first, second) = (given.next(), given.next());
    let names = || {
        let names: Vec<String> = targets.iter().map(|name| format!("`{name}`")).collect();
        names.join(" or ")
    };
    let message = match (first, second) {
        (None, _) => format!("the target has no {}", names()),
        (Some(first), Some(second)) => {
            format!("the target has both `{first}` and `{second}`")
        }
        (Some(one), None) if !fits(&one) => format!("a target of `{key}` has no `{one}`"),
        _ => String::new(),
    };
    if !message.is_empty() {
        object.report(
            &rules::AUTOSCALER,
            format_args!("/spec/metrics/{index}/{key}/target"),
            message,
            format!("give {} and nothing else", names()),
        );
        return;
    }
    for name in ["averageUtilization", "averageValue", "value"] {
        let Some(amount) = field(target, name).and_then(Quantity::of) else {
            continue;
        };
        if amount <= Quantity::ZERO {
            object.report(
                &rules::AUTOSCALER,
                format_args!("/spec/metrics/{index}/{key}/target/{name}"),
                format!("`{name}` must be more than 0"),
                "give the amount that each pod should have, or all together",
            );
        }
    }
    let wanted = first.map(|name| match *name {
        "averageUtilization" => "Utilization",
        "averageValue" => "AverageValue",
        _ => "Value",
    });
    let kind = text(target, "type");
    if let (Some(kind @ ("Utilization" | "AverageValue" | "Value")), Some(wanted)) = (kind, wanted)
        && kind != wanted
    {
        object.report(
            &rules::AUTOSCALER,
            format_args!("/spec/metrics/{index}/{key}/target/type"),
            format!("the target's type is `{kind}`, but what is given is of the type `{wanted}`"),
            format!("set `type: {wanted}`"),
        );
        if let Some(last) = object.found.last_mut() {
            // The API server looks at the values alone.
            last.severity = Severity::Warning;
        }
    }
}

fn check_behavior(object: &mut Object<'_, '_>, scaling: &Node, direction: &str) {
    if field(scaling, "policies").is_some() && is_empty(scaling, "policies") {
        object.report(
            &rules::AUTOSCALER,
            format_args!("/spec/behavior/{direction}/policies"),
            "the list of policies is empty",
            "leave `policies` out for the default, or set `selectPolicy: Disabled` to never scale that way",
        );
    }
    if field(scaling, "tolerance")
        .and_then(Quantity::of)
        .is_some_and(|share| share < Quantity::ZERO)
    {
        object.report(
            &rules::AUTOSCALER,
            format_args!("/spec/behavior/{direction}/tolerance"),
            "`tolerance` is less than 0",
            "give a share such as `0.05`",
        );
    }
    for (index, policy) in items(scaling, "policies") {
        for (key, most) in [("value", i64::from(i32::MAX)), ("periodSeconds", 1_800)] {
            let Some(number) = int(policy, key) else {
                continue;
            };
            if number < 1 || number > most {
                object.report(
                    &rules::AUTOSCALER,
                    format_args!("/spec/behavior/{direction}/policies/{index}/{key}"),
                    format!("`{key}` is {number}"),
                    match key {
                        "value" => "give 1 or more".to_owned(),
                        _ => format!("give 1 to {most} seconds"),
                    },
                );
            }
        }
    }
}
