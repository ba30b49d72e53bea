//! Do the pods of a component that spans nodes become one engine?

use super::sizes::Sizes;
use crate::diagnostic::Diagnostic;
use crate::model::graph::Framework;
use crate::rules::{self, Severity};
use crate::validate::graph::{Graph, Part, Pathway};

/// Flags by which a command says itself who its pods are.
const BY_HAND: [&str; 6] = [
    "--nnodes",
    "--node-rank",
    "--master-addr",
    "--data-parallel-address",
    "--data-parallel-start-rank",
    "ray start",
];

pub(super) fn check(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    if part.view.node_count < 2 {
        return;
    }
    orchestrator(graph, part, found);
    if part.main.is_none() {
        return;
    }
    let (command, args) = (part.texts("command"), part.texts("args"));
    if args.is_empty() && matches!(graph.pathway, Pathway::Component(_)) {
        let message = format!("component `{}` spans nodes and has no `args`", part.name);
        found.push(
            graph
                .finding(&rules::MULTINODE_ARGS, &part.main_at(""), message)
                .help("leave the program in `command`, and move the rest into `args`"),
        );
    }
    let texts = || command.iter().chain(&args);
    if texts().any(|text| BY_HAND.iter().any(|flag| text.contains(flag))) {
        return;
    }
    if part.view.framework == Some(Framework::Vllm) {
        sizes(graph, part, &command, &args, found);
    }
    insertion(graph, part, &command, &args, found);
    executor(graph, part, found);
}

fn orchestrator(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let capabilities = &graph.subject.cluster().capabilities;
    let starts = *capabilities.lws && *capabilities.volcano;
    if !graph.subject.cluster_is_known || !matches!(graph.pathway, Pathway::Component(_)) || starts
    {
        return;
    }
    let lacks = match (*capabilities.lws, *capabilities.volcano) {
        (true, _) => "LeaderWorkerSet without Volcano",
        (_, true) => "Volcano without LeaderWorkerSet",
        _ => "neither",
    };
    let message = format!(
        "component `{}` spans nodes, which takes Grove, or LeaderWorkerSet and Volcano; the cluster has {lacks}",
        part.name
    );
    found.push(
        graph
            .finding(&rules::MULTINODE_ORCHESTRATOR, &part.at("/multinode"), message)
            .help("install what is missing and say so in the profile's `capabilities`: `grove`, or `lws` and `volcano`"),
    );
}

fn sizes(
    graph: &Graph<'_>,
    part: &Part<'_>,
    command: &[&str],
    args: &[&str],
    found: &mut Vec<Diagnostic>,
) {
    let sizes = Sizes::of(command, args);
    let gpus = u64::from(part.view.gpus);
    if gpus == 0 || sizes.seen() > gpus || sizes.unseen.is_empty() {
        return;
    }
    let needed = sizes.needed();
    if needed.is_some_and(|needed| needed <= gpus) {
        return;
    }
    let unseen = sizes.unseen.join("`, `");
    let message = match needed {
        Some(needed) => format!(
            "component `{}` needs {needed} GPUs, and the operator sees {}: it does not read `{unseen}`",
            part.name,
            sizes.seen()
        ),
        None => format!(
            "the operator takes `{unseen}` of component `{}` for 1, as it is no number",
            part.name
        ),
    };
    let pointer = match args.is_empty() {
        true => part.main_at("/command"),
        false => part.main_at("/args"),
    };
    let finding = graph
        .finding(&rules::MULTINODE_SIZES, &pointer, message)
        .help("write sizes in `args` as two words and under their long names, such as `--tensor-parallel-size 16`");
    found.push(match needed {
        Some(_) => finding,
        None => finding.severity(Severity::Warning),
    });
}

/// The operator puts its flags behind the last word of the command that names the engine.
fn insertion(
    graph: &Graph<'_>,
    part: &Part<'_>,
    command: &[&str],
    args: &[&str],
    found: &mut Vec<Diagnostic>,
) {
    let engine = match part.view.framework {
        Some(framework @ (Framework::Vllm | Framework::Sglang)) => framework.as_str(),
        _ => return,
    };
    let program = command
        .first()
        .map(|word| word.rsplit('/').next().unwrap_or(word));
    if program.is_some_and(|program| program.starts_with("python")) {
        return;
    }
    for (index, script) in args.iter().enumerate() {
        let Some(word) = split_word(script, engine) else {
            continue;
        };
        let message = format!(
            "the operator's flags of component `{}` go behind `{word}`, where they do not belong",
            part.name
        );
        let pointer = part.main_at(&format!("/args/{index}"));
        found.push(
            graph
                .finding(&rules::FLAG_INJECTION, &pointer, message)
                .help(format!(
                    "write `command: [python3, -m, dynamo.{engine}]` and the flags as `args`: they then go to the end"
                )),
        );
        return;
    }
}

/// The last word of a script's engine command that names the engine, if nothing may follow it: one inside
/// quotes, or a flag that a value follows.
fn split_word<'a>(script: &'a str, engine: &str) -> Option<&'a str> {
    let start = script.find(&format!("dynamo.{engine}"))?;
    let rest = script.get(start..)?;
    let rest = rest
        .find(['|', '&', ';'])
        .and_then(|end| rest.get(..end))
        .unwrap_or(rest);
    let last = rest.rfind(engine)?;
    let from = rest
        .get(..last)?
        .rfind(char::is_whitespace)
        .map_or(0, |space| space + 1);
    let until = rest
        .get(last..)?
        .find(char::is_whitespace)
        .map_or(rest.len(), |space| last + space);
    let word = rest.get(from..until)?;
    let before = rest.get(..until)?;
    let is_open = |quote: char| before.matches(quote).count() % 2 == 1;
    let next = rest.get(until..)?.trim_start();
    let takes_value = word.starts_with("--")
        && !word.contains('=')
        && !next.is_empty()
        && !next.starts_with(['-', '\\']);
    (is_open('\'') || is_open('"') || takes_value).then_some(word)
}

/// A component deployment gets no origin version, and without one the operator chooses Ray.
fn executor(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    const EXECUTOR: &str = "nvidia.com/vllm-distributed-executor-backend";
    const ORIGIN: &str = "nvidia.com/dynamo-operator-origin-version";
    let is_said = [EXECUTOR, ORIGIN].iter().any(|key| {
        graph
            .annotation(key)
            .or_else(|| part.annotation(key))
            .is_some()
    });
    if graph.is_graph || is_said || part.view.framework != Some(Framework::Vllm) {
        return;
    }
    let message = "the pods of this component deployment work together by Ray";
    found.push(
        graph
            .finding(&rules::EXECUTOR_UNSAID, "/metadata", message)
            .help(format!(
                "annotate it with `{EXECUTOR}: mp`, or `ray` if that is meant"
            )),
    );
}

#[cfg(test)]
mod tests {
    use super::split_word;

    #[test]
    fn flags_may_follow_a_word_but_not_a_flag_or_an_open_quote() {
        for fine in [
            "exec python3 -m dynamo.vllm --model x",
            "python3 -m dynamo.vllm --model /models/vllm-x --y 1",
            "python3 -m dynamo.vllm --x 'vllm' ; echo 'vllm ok",
            "python3 -m dynamo.vllm --enable-vllm-thing --y 1",
            "python3 -m dynamo.sglang --x '{\"vllm\": 1}'",
        ] {
            assert_eq!(split_word(fine, "vllm"), None, "{fine}");
        }
        for (bad, word) in [
            (
                "python3 -m dynamo.vllm --config '{\"vllm\": 1, \"x\": 2}'",
                "'{\"vllm\":",
            ),
            ("python3 -m dynamo.vllm --vllm-arg value", "--vllm-arg"),
        ] {
            assert_eq!(split_word(bad, "vllm"), Some(word), "{bad}");
        }
    }
}
