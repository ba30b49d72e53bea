//! How does the KV cache move from prefill to decode workers on this fabric?
//!
//! Every engine selects the transport in its own way, and a wrong one falls back to TCP without an error
//! (ai-dynamo/dynamo docs: efa-on-aws). The transport is a fact of the cluster, so here, and only here, the profile
//! changes what the author wrote.

use serde_json::{Value as Json, json};

use super::component::{env_var, is_named, main_container_mut, prepend_env};
use super::pool::component_origin;
use super::{Notes, Site};
use crate::diagnostic::Diagnostic;
use crate::model::graph::Framework;
use crate::model::profile::{EnvVar, FabricKind, VllmKvTransfer};
use crate::rules;
use crate::yaml::{At, Node, Value};

/// The variable that upstream's recipes pass to `--kv-transfer-config`.
const VLLM_VARIABLE: &str = "KV_TRANSFER_CONFIG";
const VLLM_FLAG: &str = "--kv-transfer-config";

pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let Some(fabric) = site.fabric else { return };
    if !site.component.disaggregated {
        return;
    }
    if matches!(fabric.kind, FabricKind::Tcpx | FabricKind::Tcpxo) {
        notes.diagnostics.push(
            Diagnostic::new(
                &rules::KV_TRANSFER_TCP,
                component_origin(node),
                format!(
                    "the KV cache of component `{}` moves over TCP: {} carries NCCL only",
                    site.component.name,
                    fabric.kind.name()
                ),
            )
            .help("run prefill and decode together on this cluster, or the graph on one with RDMA"),
        );
    }
    let transfer = &fabric.kv_transfer;
    match site.component.framework {
        Some(Framework::Vllm) => {
            if let Some(wanted) = &transfer.vllm {
                vllm(site, wanted, node, notes);
            }
        }
        Some(Framework::Sglang) if site.is_safe() => variables(&transfer.sglang, node, notes),
        Some(Framework::Trtllm) if site.is_safe() => variables(&transfer.trtllm, node, notes),
        _ => {}
    }
}

/// SGLang and TensorRT-LLM take the transport from a variable.
fn variables(wanted: &[At<EnvVar>], node: &mut Node, notes: &mut Notes) {
    let mut nodes = Vec::with_capacity(wanted.len());
    for variable in wanted {
        let origin = notes.decide(&rules::KV_TRANSFER, [variable.origin]);
        nodes.push(env_var(&variable.name, &variable.value.value, origin));
    }
    let at = component_origin(node);
    if let Some(main) = main_container_mut(node) {
        prepend_env(main, nodes, at);
    }
}

/// vLLM takes it from the connector's configuration: a variable, an argument, or a script that has it in
/// single quotes.
fn vllm(site: &Site<'_>, wanted: &At<VllmKvTransfer>, node: &mut Node, notes: &mut Notes) {
    let at = component_origin(node);
    let Some(main) = main_container_mut(node) else {
        return;
    };
    if in_variable(wanted, main, notes) {
        return;
    }
    if !site.is_safe() {
        return;
    }
    let mut found = false;
    for list in ["args", "command"] {
        if let Some(words) = main.get_mut(list).and_then(Node::as_list_mut) {
            found |= in_words(wanted, words, notes);
        }
    }
    if !found && !wanted.backends.is_empty() {
        notes.diagnostics.push(
            Diagnostic::new(
                &rules::KV_TRANSFER_UNSET,
                at,
                format!(
                    "component `{}` has no `{VLLM_FLAG}` whose backends can be set to {}",
                    site.component.name,
                    wanted.backends.join(", ")
                ),
            )
            .help("pass the connector's configuration as `--kv-transfer-config` with literal JSON or in the variable `KV_TRANSFER_CONFIG`; without it the KV cache moves over TCP"),
        );
    }
}

fn in_variable(wanted: &At<VllmKvTransfer>, main: &mut Node, notes: &mut Notes) -> bool {
    let Some(list) = main.get_mut("env").and_then(Node::as_list_mut) else {
        return false;
    };
    let Some(index) = list.iter().position(|item| is_named(item, VLLM_VARIABLE)) else {
        return false;
    };
    let Some(written) = list[index].get("value") else {
        return false;
    };
    let inputs = [wanted.origin, written.origin];
    let Some(text) = written
        .as_str()
        .and_then(|text| with_backends(text, &wanted.backends))
    else {
        return false;
    };
    let origin = notes.decide_that(&rules::KV_TRANSFER, inputs, outcome(wanted));
    // Beside the fabric's other variables, before the author's.
    list.remove(index);
    list.insert(0, env_var(VLLM_VARIABLE, &text, origin));
    true
}

/// `--kv-transfer-config {…}` as two words or one, or inside a script.
fn in_words(wanted: &At<VllmKvTransfer>, words: &mut [Node], notes: &mut Notes) -> bool {
    let mut found = false;
    for index in 0..words.len() {
        let after_flag = index > 0 && words[index - 1].as_str() == Some(VLLM_FLAG);
        let Value::String(word) = &words[index].value else {
            continue;
        };
        let new = if after_flag {
            with_backends(word, &wanted.backends)
        } else {
            in_script(word, &wanted.backends)
        };
        let Some(new) = new else { continue };
        found = true;
        if new != *word {
            let inputs = [wanted.origin, words[index].origin];
            let origin = notes.decide_that(&rules::KV_TRANSFER, inputs, outcome(wanted));
            words[index] = Node::new(new, origin);
        }
    }
    found
}

/// Changes every `--kv-transfer-config '{…}'` (or `={…}`) in a shell script; none if there is none that
/// can be read.
fn in_script(script: &str, backends: &[String]) -> Option<String> {
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    let mut found = false;
    while let Some(at) = rest.find(VLLM_FLAG) {
        let after = &rest[at + VLLM_FLAG.len()..];
        let gap = after.len() - after.trim_start_matches([' ', '\t', '=', '\\', '\n']).len();
        let (before, value) = rest.split_at(at + VLLM_FLAG.len() + gap);
        out.push_str(before);
        rest = value;
        let quoted = value
            .strip_prefix('\'')
            .and_then(|inner| inner.split_once('\''));
        if let Some((json, tail)) = quoted
            && let Some(new) = with_backends(json, backends)
        {
            out.push('\'');
            out.push_str(&new);
            out.push('\'');
            rest = tail;
            found = true;
        }
    }
    out.push_str(rest);
    found.then_some(out)
}

/// The connector's configuration with these backends; an empty list leaves the choice to NIXL. None if the
/// text is not such a configuration.
fn with_backends(text: &str, backends: &[String]) -> Option<String> {
    let mut config: Json = serde_json::from_str(text).ok()?;
    let object = config.as_object_mut()?;
    object.get("kv_connector")?;
    // Connectors that wrap others keep theirs in a list; only a plain NIXL connector is ours to set.
    if object.get("kv_connector") != Some(&json!("NixlConnector")) {
        return Some(text.to_owned());
    }
    if backends.is_empty() {
        if let Some(extra) = object
            .get_mut("kv_connector_extra_config")
            .and_then(Json::as_object_mut)
        {
            extra.shift_remove("backends");
            if extra.is_empty() {
                object.shift_remove("kv_connector_extra_config");
            }
        }
    } else {
        let extra = object
            .entry("kv_connector_extra_config")
            .or_insert_with(|| json!({}));
        extra
            .as_object_mut()?
            .insert("backends".to_owned(), json!(backends));
    }
    Some(config.to_string())
}

fn outcome(wanted: &VllmKvTransfer) -> String {
    match wanted.backends.as_slice() {
        [] => "no backends: NIXL chooses".to_owned(),
        list => format!("backends {}", list.join(", ")),
    }
}

/// Whether an origin is a decision, for tests that look at what changed.
#[cfg(test)]
fn is_decision(origin: crate::origin::Origin) -> bool {
    matches!(origin, crate::origin::Origin::Decision(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;

    const UCX: &str = r#"{"kv_connector":"NixlConnector","kv_role":"kv_both","kv_connector_extra_config":{"backends":["UCX"]}}"#;
    const LIBFABRIC: &str = r#"{"kv_connector":"NixlConnector","kv_role":"kv_both","kv_connector_extra_config":{"backends":["LIBFABRIC"]}}"#;
    const NONE: &str = r#"{"kv_connector":"NixlConnector","kv_role":"kv_both"}"#;

    fn libfabric() -> Vec<String> {
        vec!["LIBFABRIC".to_owned()]
    }

    #[test]
    fn backends_are_replaced_added_and_removed_and_nothing_else_changes() {
        assert_eq!(with_backends(UCX, &libfabric()).as_deref(), Some(LIBFABRIC));
        assert_eq!(
            with_backends(NONE, &libfabric()).as_deref(),
            Some(LIBFABRIC)
        );
        assert_eq!(with_backends(UCX, &[]).as_deref(), Some(NONE));
        assert_eq!(with_backends("$VARIABLE", &[]), None);
    }

    #[test]
    fn other_connectors_are_left_alone() {
        let wrapped = r#"{"kv_connector":"MultiConnector","kv_role":"kv_both"}"#;
        assert_eq!(
            with_backends(wrapped, &libfabric()).as_deref(),
            Some(wrapped)
        );
    }

    #[test]
    fn scripts_are_changed_in_place() {
        let script = format!("exec vllm \\\n  --kv-transfer-config '{UCX}' \\\n  --x 'y'\n");
        let expected =
            format!("exec vllm \\\n  --kv-transfer-config '{LIBFABRIC}' \\\n  --x 'y'\n");
        assert_eq!(in_script(&script, &libfabric()), Some(expected));
        assert_eq!(in_script("--kv-transfer-config \"$X\"", &libfabric()), None);
    }

    #[test]
    fn words_after_the_flag_are_changed_and_carry_a_decision() {
        let mut words = vec![
            Node::new(VLLM_FLAG, Origin::None),
            Node::new(UCX, Origin::None),
        ];
        let wanted = At::nowhere(VllmKvTransfer {
            backends: libfabric(),
        });
        assert!(in_words(&wanted, &mut words, &mut Notes::default()));
        assert_eq!(words[1].as_str(), Some(LIBFABRIC));
        assert!(is_decision(words[1].origin));
    }
}
