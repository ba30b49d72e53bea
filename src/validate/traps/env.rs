//! Do variables have the values that their author means?

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::model::pod;
use crate::rules;
use crate::validate::Subject;
use crate::validate::graph::{Graph, Part, list, text};

/// Variables that the operator adds before it sorts.
const STANDARD: [&str; 8] = [
    "DYN_COMPONENT",
    "DYN_DISCOVERY_BACKEND",
    "DYN_NAMESPACE",
    "DYN_PARENT_DGD_K8S_NAME",
    "DYN_PARENT_DGD_K8S_NAMESPACE",
    "POD_NAME",
    "POD_NAMESPACE",
    "POD_UID",
];

/// The operator sorts the main container's variables by name.
pub(super) fn check(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let Some((_, main)) = part.main else { return };
    let own = list(main, &["env"]);
    if !own
        .iter()
        .any(|variable| has_reference(text(variable, &["value"])))
    {
        return;
    }
    let shared = list(graph.spec, &["env"]);
    let names = own.iter().chain(shared);
    let mut names: BTreeSet<&str> = names.filter_map(|one| text(one, &["name"])).collect();
    names.extend(STANDARD);
    for (index, variable) in own.iter().enumerate() {
        let (Some(name), Some(value)) = (text(variable, &["name"]), text(variable, &["value"]))
        else {
            continue;
        };
        for target in references(value) {
            if names.contains(target) && target > name {
                let message = format!(
                    "`{name}` refers to `{target}`, which sorts behind it, and stays as it is written"
                );
                let pointer = part.main_at(&format!("/env/{index}/value"));
                found.push(
                    graph
                        .finding(&rules::ENV_ORDER, &pointer, message)
                        .help(format!("write the value of `{target}` out, or use it in `args`, where every variable is known")),
                );
            }
        }
    }
}

fn has_reference(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.contains("$("))
}

/// The names in `$(NAME)`; `$$(NAME)` is no reference.
fn references(value: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        let after = rest.get(at + 1..).unwrap_or_default();
        if let Some(next) = after.strip_prefix('$') {
            rest = next;
        } else if let Some(inner) = after.strip_prefix('(') {
            let Some(end) = inner.find(')') else { break };
            names.push(inner.get(..end).unwrap_or_default());
            rest = inner.get(end..).unwrap_or_default();
        } else {
            rest = after;
        }
    }
    names
}

/// `${NAME}` in values, which nobody expands.
pub(super) fn shell_syntax(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for manifest in subject.manifests {
        for template in pod::templates(manifest) {
            for container in template.containers() {
                for (index, variable) in list(container.node, &["env"]).iter().enumerate() {
                    let Some(value) = text(variable, &["value"]) else {
                        continue;
                    };
                    let Some(name) = shell_reference(value) else {
                        continue;
                    };
                    let variable = text(variable, &["name"]).unwrap_or_default();
                    let message = format!("`${{{name}}}` in `{variable}` is not expanded");
                    let pointer = container.at(&format!("/env/{index}/value"));
                    found.push(
                        subject
                            .finding(&rules::ENV_SHELL_SYNTAX, manifest, &pointer, message)
                            .help(format!("write `$({name})` if the container has a variable `{name}` that stands before, else the whole value")),
                    );
                }
            }
        }
    }
}

/// The name in the first `${NAME}`.
fn shell_reference(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("${")?;
    let (name, _) = rest.split_once('}')?;
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (!name.is_empty() && name.bytes().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_and_escaped_ones_are_not() {
        assert_eq!(references("a$(B)c$(D)"), ["B", "D"]);
        assert!(references("$$(B) $ (C) $(").is_empty());
        assert_eq!(shell_reference("a:${PATH}"), Some("PATH"));
        assert_eq!(shell_reference("$PATH ${x-y}"), None);
    }
}
