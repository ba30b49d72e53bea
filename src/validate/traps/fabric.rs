//! Does a component use the network that the cluster has?

use crate::diagnostic::Diagnostic;
use crate::model::graph::Framework;
use crate::rules;
use crate::validate::graph::{Graph, Part, list, text};
use crate::yaml::Node;

pub(super) fn check(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    if !graph.subject.cluster_is_known || !part.view.kind.is_worker() || part.view.gpus == 0 {
        return;
    }
    if part.view.disaggregated && part.view.framework == Some(Framework::Vllm) {
        backends(graph, part, found);
    }
    devices(graph, part, found);
}

/// The backends that vLLM's connector is told to use.
fn backends(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let Some(fabric) = &graph.subject.cluster().fabric else {
        return;
    };
    let Some(wanted) = &fabric.kv_transfer.vllm else {
        return;
    };
    let Some((_, main)) = part.main else { return };
    let places = ["args", "command"].iter().flat_map(|key| {
        let items = list(main, &[key]).iter().enumerate();
        items.map(move |(index, node)| (key, index, Some(node), ""))
    });
    let variables = list(main, &["env"]).iter().enumerate();
    let variables = variables.map(|(index, node)| (&"env", index, node.get("value"), "/value"));
    for (key, index, node, below) in places.chain(variables) {
        let Some(listed) = node.and_then(Node::as_str).and_then(listed) else {
            continue;
        };
        let lacks = wanted
            .backends
            .iter()
            .any(|backend| !listed.contains(&format!("\"{backend}\"")));
        if lacks {
            let message = format!(
                "component `{}` moves the KV cache by {}, the cluster by {}",
                part.name,
                listed.replace('"', ""),
                wanted.backends.join(", ")
            );
            let pointer = part.main_at(&format!("/{key}/{index}{below}"));
            found.push(
                graph
                    .finding(&rules::KV_TRANSFER_BACKEND, &pointer, message)
                    .label(wanted.origin, "the cluster's")
                    .help(format!(
                        "write `\"backends\": [\"{}\"]`",
                        wanted.backends.join("\", \"")
                    )),
            );
        }
    }
}

/// What stands between the brackets of `"backends": […]`.
fn listed(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("\"backends\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let (inner, _) = rest.strip_prefix('[')?.split_once(']')?;
    Some(inner)
}

/// The devices that UCX is told to use are some that nodes have.
fn devices(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let pools = &graph.subject.cluster().pools;
    let mut known = pools.iter().flat_map(|pool| &pool.hcas).peekable();
    let Some((_, main)) = part.main.filter(|_| known.peek().is_some()) else {
        return;
    };
    let known: Vec<&str> = known.map(|hca| hca.value.as_str()).collect();
    for (index, variable) in list(main, &["env"]).iter().enumerate() {
        if text(variable, &["name"]) != Some("UCX_NET_DEVICES") {
            continue;
        }
        let listed = text(variable, &["value"]).unwrap_or_default().split(',');
        let unknown: Vec<&str> = listed
            .map(|device| device.split(':').next().unwrap_or_default().trim())
            .filter(|device| device.starts_with("mlx5_") && !known.contains(device))
            .collect();
        if !unknown.is_empty() {
            let message = format!(
                "component `{}` names `{}`, which no node of the profile has",
                part.name,
                unknown.join("`, `")
            );
            let pointer = part.main_at(&format!("/env/{index}/value"));
            found.push(
                graph
                    .finding(&rules::HCA_UNKNOWN, &pointer, message)
                    .help(format!("its nodes have `{}`", known.join("`, `"))),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn backends_are_found_in_a_connectors_configuration() {
        let text =
            r#"--kv-transfer-config '{"kv_connector_extra_config": {"backends": ["UCX", "GDS"]}}'"#;
        assert_eq!(listed(text), Some(r#""UCX", "GDS""#));
        assert_eq!(listed(r#"{"backends": "UCX"}"#), None);
    }
}
