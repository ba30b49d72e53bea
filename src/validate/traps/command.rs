//! Does a container run what its author means?

use crate::convert;
use crate::diagnostic::Diagnostic;
use crate::model::graph::{ComponentKind, Framework};
use crate::rules::{self, Severity};
use crate::validate::graph::{Graph, MAIN, Part, list, text};
use crate::yaml::Node;

pub(super) fn check(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let has_command = part
        .main
        .is_some_and(|(_, main)| !list(main, &["command"]).is_empty());
    if part.main.is_some() && !has_command {
        match part.view.kind {
            ComponentKind::Epp => {}
            ComponentKind::Frontend => frontend(graph, part, found),
            _ => shell(graph, part, found),
        }
    }
    backend(graph, part, found);
    gpus(graph, part, found);
    discovery(graph, part, found);
}

fn report(
    graph: &Graph<'_>,
    part: &Part<'_>,
    pointer: &str,
    message: String,
    help: &str,
) -> Diagnostic {
    let pointer = part.main_at(pointer);
    graph
        .finding(&rules::SHELL_COMMAND, &pointer, message)
        .help(help)
}

/// `/bin/sh -c` takes its first argument for the script.
fn shell(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    const HELP: &str = "write the program as `command`, such as `[python3, -m, dynamo.vllm]`, and leave the rest in `args`";
    let args = part.texts("args");
    let Some((script, others)) = args.split_first() else {
        return;
    };
    let name = part.name;
    if script.starts_with('-') {
        let message = format!(
            "component `{name}` has no command, so `/bin/sh -c` runs `{script}` as a script"
        );
        found.push(report(graph, part, "/args/0", message, HELP));
    } else if !others.is_empty() && !script.contains('$') {
        let is_program = !script.contains(char::is_whitespace);
        let message = format!(
            "component `{name}` has no command, so `/bin/sh -c` runs `{}` without the arguments behind it",
            shown(script)
        );
        let finding = report(graph, part, "/args/1", message, HELP);
        found.push(match is_program {
            true => finding,
            false => finding.severity(Severity::Warning),
        });
    }
}

/// A frontend's command is `python3`.
fn frontend(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let args = part.texts("args");
    let Some(first) = args.first() else { return };
    let name = part.name;
    let program = first.rsplit('/').next().unwrap_or(first);
    let message = if first.starts_with("--") {
        format!("frontend `{name}` has no command, so `python3` is given `{first}` itself")
    } else if first.contains(char::is_whitespace)
        || program.starts_with("python")
        || matches!(program, "sh" | "bash")
    {
        format!(
            "frontend `{name}` has no command, so `python3` looks for a file `{}`",
            shown(first)
        )
    } else {
        return;
    };
    let help = "begin `args` with `-m` and `dynamo.frontend`, or write the `command` out";
    found.push(report(graph, part, "/args/0", message, help));
}

/// The beginning of a script.
fn shown(script: &str) -> String {
    let line = script.trim().lines().next().unwrap_or_default().trim_end();
    let mut short: String = line.chars().take(40).collect();
    if short.len() < script.trim().len() {
        short.push('…');
    }
    short
}

fn backend(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let (Some(written), Some((_, main))) = (graph.framework(), part.main) else {
        return;
    };
    if !part.view.kind.is_worker() {
        return;
    }
    let Some(running) = convert::running(&convert::words(main)).map(Framework::as_str) else {
        return;
    };
    if running != written {
        let message = format!(
            "component `{}` runs `dynamo.{running}`, and the graph says `{written}`",
            part.name
        );
        let names = |text: &&str| text.contains("dynamo.");
        let pointer = match part.texts("command").iter().any(names) {
            true => part.main_at("/command"),
            false => part.main_at("/args"),
        };
        found.push(
            graph
                .finding(&rules::BACKEND_MISMATCH, &pointer, message)
                .help(format!(
                    "write `backendFramework: {running}`, or leave it out"
                )),
        );
    }
}

fn gpus(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let (Some((_, main)), Some(framework)) = (part.main, part.view.framework) else {
        return;
    };
    let runs = || convert::running(&convert::words(main)).is_some();
    let asks = ["limits", "requests"].iter().any(|side| {
        let amounts = main.at(&["resources", side]).and_then(Node::as_map);
        amounts.is_some_and(|map| map.keys().any(is_device))
    });
    if asks || part.view.claims_devices || !runs() {
        return;
    }
    let message = format!(
        "component `{}` runs {} and asks for no GPU",
        part.name,
        framework.as_str()
    );
    found.push(
        graph
            .finding(&rules::GPU_MISSING, &part.main_at("/resources"), message)
            .help("ask for `nvidia.com/gpu` in the limits of the container `main`"),
    );
}

/// Whether a resource is one that a device plugin gives out.
fn is_device(key: &str) -> bool {
    key.contains('/') && !key.starts_with("kubernetes.io/")
}

fn discovery(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    if graph.annotation("nvidia.com/dynamo-discovery-backend") == Some("etcd") {
        return;
    }
    let sidecar = text(part.node, &["frontendSidecar"]);
    for (index, container) in part.containers.iter().enumerate() {
        let name = text(container, &["name"]).unwrap_or_default();
        let variables = list(container, &["env"]);
        let given = variables
            .iter()
            .position(|variable| text(variable, &["name"]) == Some("DYN_DISCOVERY_BACKEND"));
        let Some(given) = given else {
            let is_told = name == MAIN || sidecar == Some(name);
            if !is_told && runs_dynamo(container) {
                let message = format!(
                    "container `{name}` of component `{}` runs Dynamo and looks for etcd",
                    part.name
                );
                found.push(
                    graph
                        .finding(
                            &rules::DISCOVERY_BACKEND,
                            &part.container_at(index, ""),
                            message,
                        )
                        .help("give it `DYN_DISCOVERY_BACKEND` with the value `kubernetes`, and `POD_NAME`, `POD_NAMESPACE` and `POD_UID` from the pod's fields"),
                );
            }
            continue;
        };
        let value = variables
            .get(given)
            .and_then(|variable| text(variable, &["value"]));
        if let Some(value @ ("etcd" | "file" | "mem")) = value {
            let message = format!(
                "container `{name}` of component `{}` looks for the others in `{value}`, the operator's in Kubernetes",
                part.name
            );
            let pointer = part.container_at(index, &format!("/env/{given}/value"));
            found.push(
                graph
                    .finding(&rules::DISCOVERY_BACKEND, &pointer, message)
                    .help("write `kubernetes`; a whole graph uses etcd by its annotation `nvidia.com/dynamo-discovery-backend`"),
            );
        }
    }
}

/// Whether a container's command starts a Dynamo module.
fn runs_dynamo(container: &Node) -> bool {
    let words = convert::words(container);
    words
        .windows(2)
        .any(|pair| pair[0] == "-m" && pair[1].starts_with("dynamo."))
}
