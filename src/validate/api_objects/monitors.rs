//! Will Prometheus take what monitors and rules say?

use std::collections::BTreeMap;

use super::{Object, entries, field, int, is_empty, items, step, text};
use crate::rules;
use crate::yaml::Node;

pub(super) fn check(object: &mut Object<'_, '_>) {
    let Some(spec) = object.spec() else { return };
    let list = match object.kind() {
        "PodMonitor" => "podMetricsEndpoints",
        _ => "endpoints",
    };
    for (index, endpoint) in items(spec, list) {
        if endpoint.as_map().is_some() {
            check_port(object, endpoint, &format!("/spec/{list}/{index}"));
            check_times(object, endpoint, &format!("/spec/{list}/{index}"));
            for key in ["relabelings", "metricRelabelings"] {
                for (nth, relabeling) in items(endpoint, key) {
                    check_relabeling(object, relabeling, &|| {
                        format!("/spec/{list}/{index}/{key}/{nth}")
                    });
                }
            }
        }
    }
}

fn check_port(object: &mut Object<'_, '_>, endpoint: &Node, at: &str) {
    let keys = ["port", "targetPort", "portNumber"];
    let mut given = keys.iter().filter(|key| !is_empty(endpoint, key));
    let (message, help, key) = match (given.next(), given.next()) {
        (Some(_), None) => return,
        (None, _) => (
            "the endpoint names no port, so every port is scraped".to_owned(),
            "add `port` with the name of a port",
            String::new(),
        ),
        (Some(first), Some(second)) => (
            format!("the endpoint has both `{first}` and `{second}`; only one counts"),
            "keep `port`",
            format!("/{second}"),
        ),
    };
    object.report(
        &rules::MONITOR_PORT,
        format_args!("{at}{key}"),
        message,
        help,
    );
}

fn check_times(object: &mut Object<'_, '_>, endpoint: &Node, at: &str) {
    let mut times = [None, None];
    for (time, key) in times.iter_mut().zip(["interval", "scrapeTimeout"]) {
        let Some(written) = text(endpoint, key).filter(|written| !written.is_empty()) else {
            continue;
        };
        *time = duration(written).map(|milliseconds| (milliseconds, written));
    }
    if let [Some((interval, every)), Some((timeout, within))] = times
        && timeout > interval
    {
        object.report(
            &rules::MONITOR,
            format_args!("{at}/scrapeTimeout"),
            format!("`scrapeTimeout`, {within}, is more than `interval`, {every}"),
            "give at most the interval: a scrape must end before the next one starts",
        );
    }
}

/// The milliseconds of a duration as Prometheus writes it: `1h30m`, units in order, each once.
fn duration(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 7] = [
        ("y", 365 * 86_400_000),
        ("w", 7 * 86_400_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    if text == "0" {
        return Some(0);
    }
    let mut rest = text;
    let mut next = 0;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(letters);
        let index = UNITS.iter().position(|(name, _)| *name == unit)?;
        if index < next {
            return None;
        }
        let (_, milliseconds) = UNITS.get(index)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*milliseconds)?)?;
        next = index + 1;
        rest = after;
    }
    (next > 0).then_some(total)
}

fn check_relabeling(object: &mut Object<'_, '_>, relabeling: &Node, at: &dyn Fn() -> String) {
    let action = text(relabeling, "action")
        .unwrap_or("replace")
        .to_ascii_lowercase();
    let message = match action.as_str() {
        "replace" | "hashmod" | "lowercase" | "uppercase" | "keepequal" | "dropequal"
            if is_empty(relabeling, "targetLabel") =>
        {
            format!("the action `{action}` needs a `targetLabel`")
        }
        "hashmod" if int(relabeling, "modulus").is_none_or(|modulus| modulus < 1) => {
            "the action `hashmod` needs a `modulus`".to_owned()
        }
        "labeldrop" | "labelkeep"
            if ["sourceLabels", "targetLabel", "modulus", "separator"]
                .iter()
                .any(|key| !is_empty(relabeling, key)) =>
        {
            format!("the action `{action}` takes only a `regex`")
        }
        _ => return,
    };
    object.report(
        &rules::MONITOR,
        format_args!("{}", at()),
        message,
        "see the `relabel_config` section of Prometheus' configuration reference",
    );
}

pub(super) fn check_rules(object: &mut Object<'_, '_>) {
    let Some(spec) = object.spec() else { return };
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, group) in items(spec, "groups") {
        if let Some(name) = text(group, "name")
            && let Some(first) = names.insert(name, index)
        {
            object.report(
                &rules::PROMETHEUS_RULE,
                format_args!("/spec/groups/{index}/name"),
                format!("there are two groups `{name}`"),
                "give each a name of its own",
            );
            object.label(&format!("/spec/groups/{first}/name"), "the other");
        }
        for (nth, rule) in items(group, "rules") {
            if rule.as_map().is_some() {
                check_rule(object, rule, &|| {
                    format!("/spec/groups/{index}/rules/{nth}")
                });
            }
        }
    }
}

fn check_rule(object: &mut Object<'_, '_>, rule: &Node, at: &dyn Fn() -> String) {
    let (alert, record) = (!is_empty(rule, "alert"), !is_empty(rule, "record"));
    let mut report = |key: &str, message: String, help: &str| {
        object.report(
            &rules::PROMETHEUS_RULE,
            format_args!("{}{key}", at()),
            message,
            help,
        );
    };
    match (alert, record) {
        (true, true) => report(
            "/record",
            "the rule has both `alert` and `record`".into(),
            "make two rules of it",
        ),
        (false, false) => report(
            "",
            "the rule has neither `alert` nor `record`".into(),
            "name the alert, or the series that it records",
        ),
        _ => {}
    }
    if field(rule, "expr").and_then(Node::as_str) == Some("") {
        report("/expr", "the expression is empty".into(), "write PromQL");
    }
    if record {
        for key in ["for", "keep_firing_for", "annotations"] {
            if !is_empty(rule, key) {
                report(
                    &format!("/{key}"),
                    format!("a rule that records takes no `{key}`"),
                    "remove it, or make an alert of the rule",
                );
            }
        }
        if let Some(name) = text(rule, "record").filter(|name| !is_metric(name, true)) {
            report(
                "/record",
                format!("`{name}` cannot be the name of a series"),
                "use letters, digits, `_` and `:`",
            );
        }
    }
    for entry in entries(rule, "labels") {
        if !is_metric(&entry.key, false) || entry.key == "__name__" {
            report(
                &format!("/labels/{}", step(&entry.key)),
                format!("`{}` cannot be the name of a label", entry.key),
                "use letters, digits and `_`",
            );
        }
    }
}

/// Whether a series or a label can have a name, as versions of Prometheus before UTF-8 names take it too.
fn is_metric(name: &str, takes_colon: bool) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || takes_colon && b == b':';
    !name.is_empty()
        && name.bytes().all(fits)
        && !name.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_prometheus_reads_them() {
        for (text, milliseconds) in [
            ("0", Some(0)),
            ("30s", Some(30_000)),
            ("1h30m", Some(5_400_000)),
            ("5m", Some(300_000)),
            ("100ms", Some(100)),
            ("30m1h", None),
            ("1.5h", None),
            ("30", None),
            ("", None),
            ("s", None),
            ("30sec", None),
            ("30 s", None),
        ] {
            assert_eq!(duration(text), milliseconds, "{text}");
        }
    }
}
