//! Can a Deployment, StatefulSet, DaemonSet or ReplicaSet find its pods and update them?

use std::fmt;

use super::syntax::{Share, is_dns_label};
use super::{Object, below, field, int, items, selector, storage, text};
use crate::rules;
use crate::yaml::Node;

pub(super) fn check(object: &mut Object<'_, '_>) {
    let Some(spec) = object.spec() else { return };
    match object.kind() {
        "Deployment" => {
            check_rolling(object, spec, "strategy", "RollingUpdate");
            check_deployment(object, spec);
            check_deadline(object, spec);
        }
        "DaemonSet" => {
            check_rolling(object, spec, "updateStrategy", "RollingUpdate");
            check_daemon_set(object, spec);
        }
        "StatefulSet" => {
            check_rolling(object, spec, "updateStrategy", "RollingUpdate");
            check_stateful_set(object, spec);
        }
        "ReplicaSet" => {}
        _ => return,
    }
    if let Some(selector) = field(spec, "selector") {
        check_selector(object, selector, spec, format_args!("/spec"));
    }
}

/// Holds a workload's selector against the labels of its template, both below `at`.
pub(super) fn check_selector(
    object: &mut Object<'_, '_>,
    selector: &Node,
    spec: &Node,
    at: fmt::Arguments<'_>,
) {
    if selector.as_map().is_none() {
        return;
    }
    if selector::selects_all(selector) {
        object.report(
            &rules::WORKLOAD_SELECTOR,
            format_args!("{at}/selector"),
            "the selector is empty",
            "name labels of the pod template in `matchLabels`",
        );
        return;
    }
    let labels = below(spec, &["template", "metadata", "labels"]);
    let Some((below, words)) = selector::unmet(selector, labels) else {
        return;
    };
    object.report(
        &rules::WORKLOAD_SELECTOR,
        format_args!("{at}/selector{below}"),
        format!("the selector does not match the labels of the pod template: {words}"),
        "give the template the labels that the selector names",
    );
    object.label(
        &format!("{at}/template/metadata/labels"),
        "the pods' labels",
    );
}

/// Parts of a rolling update, and whether the strategy's type uses them.
fn check_rolling(object: &mut Object<'_, '_>, spec: &Node, key: &str, default: &str) {
    let Some(strategy) = field(spec, key) else {
        return;
    };
    let kind = text(strategy, "type").unwrap_or(default);
    let Some(rolling) = field(strategy, "rollingUpdate") else {
        return;
    };
    if kind != "RollingUpdate" {
        object.report(
            &rules::WORKLOAD_STRATEGY,
            format_args!("/spec/{key}/rollingUpdate"),
            format!("`rollingUpdate` does not go with the type `{kind}`"),
            "remove it, or set the type to `RollingUpdate`",
        );
        return;
    }
    for part in ["maxUnavailable", "maxSurge"] {
        let Some(share) = field(rolling, part).and_then(Share::of) else {
            continue;
        };
        let mistake = match share {
            Err(mistake) => Some(mistake),
            Ok(Share::Percent(percent)) if percent > 100 && part == "maxUnavailable" => {
                Some(format!("`{percent}%` is more than 100%"))
            }
            Ok(_) => None,
        };
        if let Some(mistake) = mistake {
            object.report(
                &rules::WORKLOAD_STRATEGY,
                format_args!("/spec/{key}/rollingUpdate/{part}"),
                format!("`{part}`: {mistake}"),
                "give a number of pods such as `1`, or a share such as `25%`",
            );
        }
    }
}

fn share(spec: &Node, strategy: &str, part: &str) -> Option<Share> {
    let node = below(spec, &[strategy, "rollingUpdate", part])?;
    Share::of(node)?.ok()
}

fn check_deployment(object: &mut Object<'_, '_>, spec: &Node) {
    let part = |part| share(spec, "strategy", part);
    if part("maxUnavailable").is_some_and(Share::is_zero)
        && part("maxSurge").is_some_and(Share::is_zero)
    {
        object.report(
            &rules::WORKLOAD_STRATEGY,
            format_args!("/spec/strategy/rollingUpdate"),
            "`maxUnavailable` and `maxSurge` are both 0, so no pod can be replaced",
            "set `maxUnavailable: 1` where a new pod finds no free GPU beside the old one, else `maxSurge: 1`",
        );
    }
}

fn check_deadline(object: &mut Object<'_, '_>, spec: &Node) {
    let ready = int(spec, "minReadySeconds").unwrap_or(0);
    let deadline = int(spec, "progressDeadlineSeconds").unwrap_or(600);
    if ready > 0 && deadline >= 0 && deadline <= ready {
        object.report(
            &rules::WORKLOAD_STRATEGY,
            format_args!("/spec/minReadySeconds"),
            format!(
                "`progressDeadlineSeconds`, {deadline}, must be more than `minReadySeconds`, {ready}"
            ),
            "raise `progressDeadlineSeconds` (600 where it is not given)",
        );
    }
}

fn check_daemon_set(object: &mut Object<'_, '_>, spec: &Node) {
    if below(spec, &["updateStrategy", "rollingUpdate"]).is_none() {
        return;
    }
    let unavailable = share(spec, "updateStrategy", "maxUnavailable").unwrap_or(Share::Count(1));
    let surge = share(spec, "updateStrategy", "maxSurge").unwrap_or(Share::Count(0));
    let message = match (unavailable.is_zero(), surge.is_zero()) {
        (true, true) => "`maxUnavailable` and `maxSurge` are both 0, so no pod can be replaced",
        (false, false) => "`maxSurge` needs `maxUnavailable: 0` in a DaemonSet; the default is 1",
        _ => return,
    };
    object.report(
        &rules::WORKLOAD_STRATEGY,
        format_args!("/spec/updateStrategy/rollingUpdate"),
        message,
        "give one of them, and set the other to 0",
    );
}

fn check_stateful_set(object: &mut Object<'_, '_>, spec: &Node) {
    if share(spec, "updateStrategy", "maxUnavailable").is_some_and(Share::is_zero) {
        object.report(
            &rules::WORKLOAD_STRATEGY,
            format_args!("/spec/updateStrategy/rollingUpdate/maxUnavailable"),
            "`maxUnavailable` is 0, so no pod can be replaced",
            "give 1 or more, or leave it out for 1",
        );
    }
    if let Some(name) = text(spec, "serviceName")
        && !name.is_empty()
        && !is_dns_label(name)
    {
        object.report(
            &rules::STATEFUL_SET_SERVICE,
            format_args!("/spec/serviceName"),
            format!("`{name}` cannot be the name of a Service"),
            "name a headless Service: lower-case letters, digits and `-`",
        );
    }
    for (index, claim) in items(spec, "volumeClaimTemplates") {
        if let Some(claim) = field(claim, "spec") {
            let at = format_args!("/spec/volumeClaimTemplates/{index}/spec").to_string();
            storage::check_claim_spec(object, claim, format_args!("{at}"));
        }
    }
}
