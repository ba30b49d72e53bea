//! Are the annotations that steer the operator ones that it knows?

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::rules;
use crate::validate::graph::Graph;
use crate::yaml::Node;

/// Annotations of a graph with the only values they can have; whether case matters.
const CHOICES: [(&str, &[&str], bool); 4] = [
    (
        "nvidia.com/vllm-distributed-executor-backend",
        &["mp", "ray"],
        false,
    ),
    (
        "nvidia.com/grove-update-strategy",
        &["RollingRecreate", "OnDelete"],
        true,
    ),
    (
        "nvidia.com/dynamo-kube-discovery-mode",
        &["pod", "container"],
        true,
    ),
    (
        "nvidia.com/workload-provider",
        &["component", "grove"],
        true,
    ),
];

const ORIGIN_VERSION: &str = "nvidia.com/dynamo-operator-origin-version";

pub(super) fn check(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    if !graph.is_graph {
        return;
    }
    let annotations = graph.manifest.object.at(&["metadata", "annotations"]);
    for entry in annotations.and_then(Node::as_map).into_iter().flatten() {
        let Some(value) = entry.value.as_str() else {
            continue;
        };
        if entry.key == ORIGIN_VERSION && !is_version(value) {
            found.push(
                finding(graph, ORIGIN_VERSION, value, "a version")
                    .help("leave it out: the operator writes its own"),
            );
        }
        let choice = CHOICES.iter().find(|(key, ..)| *key == entry.key);
        let Some((key, values, is_exact)) = choice else {
            continue;
        };
        let is_one = |known: &&str| match is_exact {
            true => *known == value,
            false => known.eq_ignore_ascii_case(value),
        };
        if !values.iter().any(is_one) {
            let shown = values.join("` or `");
            let finding = finding(graph, key, value, &format!("`{shown}`"));
            let guess = did_you_mean(value, values.iter().copied());
            found.push(match guess {
                Some(help) => finding.help(help),
                None => finding.help(format!("write `{shown}`, or leave it out")),
            });
        }
    }
}

fn finding(graph: &Graph<'_>, key: &str, value: &str, wanted: &str) -> Diagnostic {
    let pointer = format!("/metadata/annotations/{}", key.replace('/', "~1"));
    let message = format!("annotation `{key}` must be {wanted}, not `{value}`");
    graph.finding(&rules::GRAPH_ANNOTATION, &pointer, message)
}

/// Whether it is a version as the operator reads it: one to three numbers, maybe after a `v`, and what
/// semantic versions have behind them.
fn is_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = split(text, '+');
    let (numbers, release) = split(text, '-');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    numbers.split('.').count() <= 3
        && numbers.split('.').all(is_number)
        && [build, release]
            .into_iter()
            .flatten()
            .all(super::image::are_identifiers)
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn versions_are_read_as_the_operator_reads_them() {
        for good in ["1.5.0", "v1.5.0", "1.5", "1.5.0-dev.1+abc", "2"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["", "latest", "1.5.x", "1.5.0.1", "1.5.0-", "V1"] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}
