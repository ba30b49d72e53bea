//! Will a Job end, and does a CronJob say when it starts?

use std::fmt;

use super::{Object, below, entries, field, int, items, text, workload};
use crate::rules;
use crate::yaml::Node;

/// The longest name of a CronJob: 63 without the 11 characters that its Jobs get.
const LONGEST_CRON_JOB: usize = 52;
/// How many rules a failure policy may have.
const MOST_RULES: usize = 20;
/// How many pods an Indexed Job may run at once.
const MOST_INDEXED: i64 = 100_000;

pub(super) fn check_job(object: &mut Object<'_, '_>) {
    if let Some(spec) = object.spec() {
        check_job_spec(object, spec, format_args!("/spec"));
    }
}

fn check_job_spec(object: &mut Object<'_, '_>, spec: &Node, at: fmt::Arguments<'_>) {
    check_indexes(object, spec, at);
    check_failure_policy(object, spec, at);
    let is_manual = spec.get("manualSelector").and_then(Node::as_bool) == Some(true);
    match field(spec, "selector") {
        Some(selector) if is_manual => workload::check_selector(object, selector, spec, at),
        // Jobs that were read from a cluster have the selector that the API server made.
        Some(selector)
            if entries(selector, "matchLabels").all(|e| !e.key.ends_with("controller-uid")) =>
        {
            object.report(
                &rules::JOB,
                format_args!("{at}/selector"),
                "a Job's selector is made by the API server",
                "remove `selector`, or set `manualSelector: true` and make its labels unique yourself",
            );
        }
        None if is_manual => object.report(
            &rules::JOB,
            format_args!("{at}/manualSelector"),
            "`manualSelector` needs a selector",
            "remove `manualSelector`: the API server makes a selector",
        ),
        _ => {}
    }
}

fn check_indexes(object: &mut Object<'_, '_>, spec: &Node, at: fmt::Arguments<'_>) {
    let is_indexed = text(spec, "completionMode") == Some("Indexed");
    let has = |key: &str| field(spec, key).is_some();
    if is_indexed {
        if !has("completions") {
            object.report(
                &rules::JOB,
                format_args!("{at}/completionMode"),
                "an Indexed Job needs `completions`",
                "say how many indexes there are",
            );
        }
        if int(spec, "parallelism").is_some_and(|pods| pods > MOST_INDEXED) {
            object.report(
                &rules::JOB,
                format_args!("{at}/parallelism"),
                "an Indexed Job runs at most 100000 pods at once",
                "lower `parallelism`",
            );
        }
    } else {
        for key in ["backoffLimitPerIndex", "successPolicy"] {
            if has(key) {
                object.report(
                    &rules::JOB,
                    format_args!("{at}/{key}"),
                    format!("`{key}` needs a Job that counts by index"),
                    "set `completionMode: Indexed`, or remove the field",
                );
            }
        }
    }
    if has("maxFailedIndexes") && !has("backoffLimitPerIndex") {
        object.report(
            &rules::JOB,
            format_args!("{at}/maxFailedIndexes"),
            "`maxFailedIndexes` needs `backoffLimitPerIndex`",
            "give both, or neither",
        );
    }
}

fn check_failure_policy(object: &mut Object<'_, '_>, spec: &Node, at: fmt::Arguments<'_>) {
    let restart = below(spec, &["template", "spec", "restartPolicy"]).and_then(Node::as_str);
    for key in ["podFailurePolicy", "backoffLimitPerIndex"] {
        if field(spec, key).is_some() && restart == Some("OnFailure") {
            object.report(
                &rules::JOB,
                format_args!("{at}/{key}"),
                format!("`{key}` needs pods with `restartPolicy: Never`"),
                "a container that is started again in its pod is no failed pod",
            );
        }
    }
    let Some(policy) = field(spec, "podFailurePolicy") else {
        return;
    };
    if text(spec, "podReplacementPolicy") == Some("TerminatingOrFailed") {
        object.report(
            &rules::JOB,
            format_args!("{at}/podReplacementPolicy"),
            "`podReplacementPolicy` must be `Failed` beside a `podFailurePolicy`",
            "remove the field: `Failed` is the default then",
        );
    }
    if items(policy, "rules").count() > MOST_RULES {
        object.report(
            &rules::JOB,
            format_args!("{at}/podFailurePolicy/rules"),
            "a failure policy has at most 20 rules",
            "put exit codes with the same action into one rule",
        );
    }
    for (index, rule) in items(policy, "rules") {
        let codes = field(rule, "onExitCodes");
        let conditions = items(rule, "onPodConditions").count() > 0;
        if codes.is_some() == conditions {
            object.report(
                &rules::JOB,
                format_args!("{at}/podFailurePolicy/rules/{index}"),
                "a rule has either `onExitCodes` or `onPodConditions`",
                "make two rules of it, or add the one that is missing",
            );
        }
        if text(rule, "action") == Some("FailIndex")
            && field(spec, "backoffLimitPerIndex").is_none()
        {
            object.report(
                &rules::JOB,
                format_args!("{at}/podFailurePolicy/rules/{index}/action"),
                "`FailIndex` needs `backoffLimitPerIndex`",
                "use `FailJob`, or count failures by index",
            );
        }
        let Some(codes) = codes else { continue };
        let takes_zero = text(codes, "operator") != Some("In");
        let values = || items(codes, "values").filter_map(|(_, code)| code.as_int());
        if items(codes, "values").count() == 0 || !values().is_sorted_by(|a, b| a < b) {
            object.report(
                &rules::JOB,
                format_args!("{at}/podFailurePolicy/rules/{index}/onExitCodes/values"),
                "exit codes must be there, in ascending order, each once",
                "sort them",
            );
        } else if !takes_zero && values().any(|code| code == 0) {
            object.report(
                &rules::JOB,
                format_args!("{at}/podFailurePolicy/rules/{index}/onExitCodes/values"),
                "exit code 0 is no failure",
                "remove 0",
            );
        }
    }
}

pub(super) fn check_cron_job(object: &mut Object<'_, '_>) {
    let name = object.name();
    if name.len() > LONGEST_CRON_JOB {
        object.report(
            &rules::CRON_JOB,
            format_args!("/metadata/name"),
            format!(
                "the name of a CronJob has at most 52 characters; this one has {}",
                name.len()
            ),
            "shorten it: each Job gets 11 characters more",
        );
    }
    let Some(spec) = object.spec() else { return };
    if let Some(schedule) = text(spec, "schedule")
        && let Some((message, help)) = schedule_mistake(schedule)
    {
        object.report(
            &rules::CRON_JOB,
            format_args!("/spec/schedule"),
            message,
            help,
        );
    }
    if let Some(zone) = text(spec, "timeZone")
        && !is_time_zone(zone)
    {
        object.report(
            &rules::CRON_JOB,
            format_args!("/spec/timeZone"),
            format!("`{zone}` is no time zone"),
            "name one of the IANA database, such as `Etc/UTC` or `Europe/Berlin`",
        );
    }
    if let Some(job) = below(spec, &["jobTemplate", "spec"]) {
        check_job_spec(object, job, format_args!("/spec/jobTemplate/spec"));
    }
}

/// Whether a name can be one of the IANA database's: the API server asks the database that it was built with.
fn is_time_zone(zone: &str) -> bool {
    let part = |part: &str| {
        part.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-'))
    };
    !zone.eq_ignore_ascii_case("local") && zone.len() <= 64 && zone.split('/').all(part)
}

/// The parts of a schedule: what they are called, their least and most, and names for their numbers.
const PARTS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    (
        "month",
        1,
        12,
        &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    ),
    (
        "day of the week",
        0,
        6,
        &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    ),
];

/// What is wrong with a schedule, and what to do.
fn schedule_mistake(schedule: &str) -> Option<(String, &'static str)> {
    const FORM: &str = "a schedule is `minute hour day-of-month month day-of-week`, such as `0 3 * * 1-5`, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, `@every 90m`";
    if schedule.contains("TZ=") {
        return Some((
            "a schedule must not hold a time zone".into(),
            "move it to `timeZone`",
        ));
    }
    if let Some(word) = schedule.strip_prefix('@') {
        let is_known = matches!(
            word,
            "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly"
        ) || word
            .strip_prefix("every ")
            .is_some_and(|every| every.bytes().next().is_some_and(|b| b.is_ascii_digit()));
        return (!is_known).then(|| (format!("`{schedule}` is no schedule"), FORM));
    }
    let parts = || schedule.split_whitespace();
    if parts().count() != PARTS.len() {
        return Some((
            format!("`{schedule}` has {} parts, not 5", parts().count()),
            FORM,
        ));
    }
    for (text, part) in parts().zip(&PARTS) {
        // The controller drops empty items of a list.
        let mut items = text.split(',').filter(|one| !one.is_empty()).peekable();
        if items.peek().is_none() || items.any(|one| !is_part(one, part)) {
            let (name, least, most, _) = part;
            let message = format!("`{text}` is no {name}: those go from {least} to {most}");
            return Some((message, FORM));
        }
    }
    None
}

/// Whether a text is a part of a schedule: `*`, `5`, `1-5`, `*/15`, `mon-fri`, `10-50/20`.
fn is_part(text: &str, part: &(&str, u32, u32, &[&str])) -> bool {
    let (_, least, most, names) = *part;
    let number = |text: &str| {
        let named = names
            .iter()
            .position(|name| text.eq_ignore_ascii_case(name));
        let number = match named {
            Some(index) => u32::try_from(index).ok()?.checked_add(least)?,
            None if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (least..=most).contains(&number).then_some(number)
    };
    let (range, steps) = match text.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (text, None),
    };
    let is_step = steps.is_none_or(|step| {
        step.bytes().all(|b| b.is_ascii_digit()) && step.parse::<u32>().is_ok_and(|step| step > 0)
    });
    let is_range = match range.split_once('-') {
        _ if matches!(range, "*" | "?") => true,
        Some((from, to)) => {
            matches!((number(from), number(to)), (Some(from), Some(to)) if from <= to)
        }
        None => number(range).is_some(),
    };
    is_step && is_range
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_read_as_the_controller_reads_them() {
        for schedule in [
            "* * * * *",
            "*/15 0-6 1,15 jan-mar MON",
            "0 3 * * 1-5",
            "10-50/20 3 ? * 0",
            "@daily",
            "@every 1h30m",
        ] {
            assert_eq!(schedule_mistake(schedule), None, "{schedule}");
        }
        for schedule in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "*/0 * * * *",
            "5-1 * * * *",
            "@dayly",
            "CRON_TZ=UTC * * * * *",
            ", * * * *",
            "-1 * * * *",
        ] {
            assert!(schedule_mistake(schedule).is_some(), "{schedule}");
        }
    }
}
