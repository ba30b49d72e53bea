//! Does a disruption budget protect pods, and does it let nodes be drained?

use super::syntax::Share;
use super::{Object, field, selector};
use crate::rules;
use crate::rules::Severity;

pub(super) fn check(object: &mut Object<'_, '_>) {
    let Some(spec) = object.spec() else { return };
    let mut limits = [None, None];
    for (limit, key) in limits.iter_mut().zip(["minAvailable", "maxUnavailable"]) {
        let Some(share) = field(spec, key).and_then(Share::of) else {
            continue;
        };
        let mistake = match share {
            Ok(Share::Percent(percent)) if percent > 100 => {
                format!("`{percent}%` is more than 100%")
            }
            Ok(share) => {
                *limit = Some(share);
                continue;
            }
            Err(mistake) => mistake,
        };
        object.report(
            &rules::DISRUPTION_BUDGET,
            format_args!("/spec/{key}"),
            format!("`{key}`: {mistake}"),
            "give a number of pods such as `1`, or a share such as `50%`",
        );
    }
    let has = |key: &str| field(spec, key).is_some();
    match (has("minAvailable"), has("maxUnavailable")) {
        (true, true) => {
            object.report(
                &rules::DISRUPTION_BUDGET,
                format_args!("/spec/maxUnavailable"),
                "a budget has either `minAvailable` or `maxUnavailable`",
                "keep `maxUnavailable`, which stays right when the number of replicas changes",
            );
            return;
        }
        (false, false) if spec.as_map().is_some() => warn(
            object,
            "/spec",
            "the budget has no limit, so it protects nothing",
            "add `maxUnavailable: 1`",
        ),
        _ => {}
    }
    let Some(selector) = field(spec, "selector") else {
        if spec.as_map().is_some() {
            warn(
                object,
                "/spec",
                "the budget has no selector, so it is held against no pod",
                "name the labels of the pods, or write `selector: {}` for every pod of the namespace",
            );
        }
        return;
    };
    check_blocks(object, limits, selector);
}

/// The API server takes it, but it has no effect.
fn warn(object: &mut Object<'_, '_>, pointer: &str, message: &str, help: &str) {
    object.report(
        &rules::DISRUPTION_BUDGET,
        format_args!("{pointer}"),
        message,
        help,
    );
    if let Some(last) = object.found.last_mut() {
        last.severity = Severity::Warning;
    }
}

fn check_blocks(
    object: &mut Object<'_, '_>,
    [least, most]: [Option<Share>; 2],
    selector: &crate::yaml::Node,
) {
    const HELP: &str = "use `maxUnavailable: 1`, or remove the budget while nodes are upgraded";
    if most.is_some_and(Share::is_zero) {
        object.report(
            &rules::DISRUPTION_BUDGET_BLOCKS,
            format_args!("/spec/maxUnavailable"),
            "no pod may ever be evicted",
            HELP,
        );
    }
    match least {
        Some(Share::Percent(100)) => object.report(
            &rules::DISRUPTION_BUDGET_BLOCKS,
            format_args!("/spec/minAvailable"),
            "no pod may ever be evicted: all of them must be there",
            HELP,
        ),
        Some(Share::Count(least)) if least > 0 => {
            let Some(pods) = selector::pods(object, selector) else {
                return;
            };
            if least >= pods {
                object.report(
                    &rules::DISRUPTION_BUDGET_BLOCKS,
                    format_args!("/spec/minAvailable"),
                    format!("no pod may be evicted: {least} must be there, and the budget is held against {pods}"),
                    HELP,
                );
            }
        }
        _ => {}
    }
}
