//! As whom do the graph's pods run, and is a secret pasted where everybody can read it?

use super::component::{pod, pod_mut};
use super::{Notes, Site};
use crate::diagnostic::Diagnostic;
use crate::model::graph::ComponentKind;
use crate::model::profile::IdentityKind;
use crate::resolve::Pair;
use crate::rules;
use crate::yaml::Node;

/// Workers and frontends run as the release's account; planner and endpoint picker have their own.
pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let Some(account) = &site.pair.release.spec.service_account else {
        return;
    };
    if matches!(
        site.component.kind,
        ComponentKind::Planner | ComponentKind::Epp
    ) {
        return;
    }
    let Some(pod) = pod_mut(node) else { return };
    if pod.get("serviceAccountName").is_none() {
        let origin = notes.decide(&rules::SERVICE_ACCOUNT, [account.name.origin]);
        pod.set(
            "serviceAccountName",
            Node::new(account.name.value.as_str(), origin),
        );
    }
    if site.pair.profile.spec.identity.kind == IdentityKind::AzureWorkload
        && let Some(identity) = &account.identity
    {
        let origin = notes.decide(&rules::AZURE_WORKLOAD_LABEL, [identity.origin]);
        node.ensure_map("podTemplate", origin)
            .ensure_map("metadata", origin)
            .ensure_map("labels", origin)
            .set("azure.workload.identity/use", Node::new("true", origin));
    }
}

/// A token in a graph is in Git for ever. Its value never appears in a message.
pub(super) fn check_literal_secrets(pair: &Pair, notes: &mut Notes) {
    let spec = pair.graph.object.get("spec");
    let graph_env = spec.and_then(|spec| spec.get("env"));
    let components = spec
        .and_then(|spec| spec.get("components"))
        .and_then(Node::as_list)
        .unwrap_or_default();
    let container_env = components
        .iter()
        .filter_map(pod)
        .flat_map(|pod| {
            ["initContainers", "containers"]
                .into_iter()
                .filter_map(|list| pod.get(list)?.as_list())
                .flatten()
        })
        .filter_map(|container| container.get("env"));
    for variable in graph_env
        .into_iter()
        .chain(container_env)
        .filter_map(Node::as_list)
        .flatten()
    {
        let name = variable
            .get("name")
            .and_then(Node::as_str)
            .unwrap_or_default();
        let Some(value) = variable.get("value") else {
            continue;
        };
        if value.as_str().is_some_and(looks_secret) {
            notes.diagnostics.push(
                Diagnostic::new(
                    &rules::SECRET_IN_GRAPH,
                    // The name's place: the value must not be shown.
                    variable.get("name").map_or(variable.origin, |name| name.origin),
                    format!("the variable `{name}` holds a literal secret"),
                )
                .help("put it into a Secret and use `valueFrom.secretKeyRef`, or `envFrom.secretRef`; then revoke the token, as Git keeps it for ever"),
            );
        }
    }
}

/// Prefixes of tokens that their issuers document, followed by enough of a token.
fn looks_secret(value: &str) -> bool {
    const PREFIXES: [&str; 10] = [
        "hf_",
        "nvapi-",
        "ghp_",
        "github_pat_",
        "glpat-",
        "sk-proj-",
        "xoxb-",
        "AKIA",
        "ASIA",
        "-----BEGIN ",
    ];
    PREFIXES.iter().any(|prefix| {
        value.strip_prefix(prefix).is_some_and(|rest| {
            rest.len() >= 12 && (prefix.ends_with(' ') || rest.chars().all(is_token))
        })
    })
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_known_by_their_prefix_and_length() {
        let token = format!("hf_{}", "aB3".repeat(11));
        assert!(looks_secret(&token));
        assert!(looks_secret("AKIAIOSFODNN7EXAMPLE"));
        for harmless in [
            "hf_transfer",
            "true",
            "sk-",
            "hf_${HF_TOKEN_FROM_ENV}",
            "/AKIA/path",
        ] {
            assert!(!looks_secret(harmless), "{harmless}");
        }
    }
}
