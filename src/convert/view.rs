//! What the plan asks about the components of a graph in the shape of v1beta1.

use super::quantity;
use crate::model::graph::{Component, ComponentKind, Framework};
use crate::yaml::{Map, Node};

/// A view of every component, in order.
pub(crate) fn components(graph: &Node) -> Vec<Component> {
    let spec = graph.get("spec");
    let written = spec
        .and_then(|spec| spec.get("backendFramework"))
        .and_then(Node::as_str)
        .and_then(framework);
    let components = spec
        .and_then(|spec| spec.get("components"))
        .and_then(Node::as_list)
        .unwrap_or_default();
    let prefills = components.iter().any(|c| kind(c) == ComponentKind::Prefill);
    components
        .iter()
        .map(|component| view(component, written, prefills))
        .collect()
}

/// A view of a component that stands alone: the spec of a `DynamoComponentDeployment`.
pub(crate) fn component(spec: &Node) -> Component {
    let written = spec.get("backendFramework").and_then(Node::as_str);
    view(spec, written.and_then(framework), false)
}

fn view(component: &Node, written: Option<Framework>, prefills: bool) -> Component {
    let kind = kind(component);
    let main = main(component);
    let words = main.map(words).unwrap_or_default();
    let count = |keys: &[&str]| {
        let count = component.at(keys).and_then(Node::as_int)?;
        u32::try_from(count).ok()
    };
    let claims = |keys: &[&str], node: Option<&Node>| {
        let list = node.and_then(|node| node.at(keys)).and_then(Node::as_list);
        list.is_some_and(|list| !list.is_empty())
    };
    Component {
        name: component
            .get("name")
            .and_then(Node::as_str)
            .unwrap_or_default()
            .to_owned(),
        kind,
        replicas: count(&["replicas"]).unwrap_or(1),
        node_count: match component.get("multinode") {
            Some(_) => count(&["multinode", "nodeCount"]).unwrap_or(2),
            None => 1,
        },
        gpus: main.map_or(0, gpus),
        claims_devices: claims(&["podTemplate", "spec", "resourceClaims"], Some(component))
            || claims(&["resources", "claims"], main),
        framework: kind
            .is_worker()
            .then(|| written.or_else(|| running(&words)))
            .flatten(),
        disaggregated: match kind {
            ComponentKind::Prefill => true,
            ComponentKind::Decode if prefills => true,
            _ => says_disaggregated(&words),
        },
    }
}

fn kind(component: &Node) -> ComponentKind {
    match component.get("type").and_then(Node::as_str) {
        Some("frontend") => ComponentKind::Frontend,
        Some("worker") => ComponentKind::Worker,
        Some("prefill") => ComponentKind::Prefill,
        Some("decode") => ComponentKind::Decode,
        Some("planner") => ComponentKind::Planner,
        Some("epp") => ComponentKind::Epp,
        _ => ComponentKind::Plain,
    }
}

fn framework(name: &str) -> Option<Framework> {
    [Framework::Vllm, Framework::Sglang, Framework::Trtllm]
        .into_iter()
        .find(|framework| framework.as_str() == name)
}

fn main(component: &Node) -> Option<&Node> {
    component
        .at(&["podTemplate", "spec", "containers"])?
        .as_list()?
        .iter()
        .find(|container| container.get("name").and_then(Node::as_str) == Some("main"))
}

/// GPUs and MIG slices of the container: its limits, or its requests where the limits name none.
fn gpus(main: &Node) -> u32 {
    let count = |side: &str| -> Option<u32> {
        let amounts = main.at(&["resources", side]).and_then(Node::as_map)?;
        let is_gpu = |key: &str| key == "nvidia.com/gpu" || key.starts_with("nvidia.com/mig-");
        let of = |map: &Map| -> Vec<f64> {
            map.iter()
                .filter(|entry| is_gpu(&entry.key))
                .filter_map(|entry| quantity::amount(&entry.value))
                .collect()
        };
        let amounts = of(amounts);
        (!amounts.is_empty()).then(|| amounts.iter().sum::<f64>().clamp(0.0, 65_536.0) as u32)
    };
    count("limits").or_else(|| count("requests")).unwrap_or(0)
}

/// The words of `command` and `args`, whatever shell syntax is around them. Ends of shell commands are words
/// of their own.
pub(crate) fn words(main: &Node) -> Vec<String> {
    let texts = ["command", "args"]
        .into_iter()
        .filter_map(|key| main.get(key).and_then(Node::as_list))
        .flatten()
        .filter_map(Node::as_str);
    let mut words = Vec::new();
    for text in texts {
        let spaced = text
            .replace(['|', '&', ';', '\n'], " ; ")
            .replace("\\ ; ", " ");
        for word in spaced.split_whitespace() {
            let word = word.trim_matches(['"', '\'', '(', ')', '`', '\\', '{', '}']);
            if !word.is_empty() {
                words.push(word.to_owned());
            }
        }
    }
    words
}

/// The engine that a command line starts: `python… -m dynamo.<engine>`.
pub(crate) fn running(words: &[String]) -> Option<Framework> {
    let mut python = false;
    for (index, word) in words.iter().enumerate() {
        let program = word.rsplit('/').next().unwrap_or(word);
        if word == ";" {
            python = false;
        } else if let Some(version) = program.strip_prefix("python") {
            python |= version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        } else if python && word == "-m" {
            let module = words
                .get(index + 1)
                .and_then(|next| next.strip_prefix("dynamo."));
            let name = module.and_then(|module| module.split('.').next());
            if let Some(framework) = name.and_then(framework) {
                return Some(framework);
            }
        }
    }
    None
}

/// Whether arguments of an engine say that it does only one of prefill and decode.
fn says_disaggregated(words: &[String]) -> bool {
    words.iter().enumerate().any(|(index, word)| {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word.as_str(), words.get(index + 1).map(String::as_str)),
        };
        match flag {
            "--disaggregation-mode" => {
                matches!(
                    value.map(|v| v.trim_matches(['"', '\''])),
                    Some("prefill" | "decode")
                )
            }
            "--is-prefill-worker" | "--is-decode-worker" => value != Some("false"),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;
    use serde_json::{Value as Json, json};

    fn worker(main: Json, spec: Json) -> Component {
        let mut main = main;
        main["name"] = json!("main");
        let mut spec = spec;
        spec["components"] = json!([{
            "name": "w", "type": "worker", "podTemplate": {"spec": {"containers": [main]}}
        }]);
        let graph = Node::from_json(&json!({ "spec": spec }), Origin::None);
        components(&graph).remove(0)
    }

    #[test]
    fn engines_are_found_in_command_lines() {
        for (main, expected) in [
            (
                json!({"command": ["python3", "-m", "dynamo.vllm"]}),
                Some(Framework::Vllm),
            ),
            (
                json!({"command": ["sh", "-c"], "args": ["exec python3.12 \\\n  -m dynamo.sglang.worker --x"]}),
                Some(Framework::Sglang),
            ),
            (
                json!({"args": ["ulimit -l unlimited && /usr/bin/python -u -m dynamo.trtllm"]}),
                Some(Framework::Trtllm),
            ),
            (json!({"command": ["python3", "-m", "dynamo.mocker"]}), None),
            (
                json!({"command": ["python3", "-m", "dynamo.vllmish"]}),
                None,
            ),
            (
                json!({"args": ["python3 setup.py; run -m dynamo.vllm"]}),
                None,
            ),
            (json!({"command": ["vllm", "serve"]}), None),
        ] {
            assert_eq!(
                worker(main.clone(), json!({})).framework,
                expected,
                "{main}"
            );
        }
    }

    #[test]
    fn the_written_framework_comes_first() {
        let main = json!({"command": ["python3", "-m", "dynamo.vllm"]});
        let component = worker(main, json!({"backendFramework": "sglang"}));
        assert_eq!(component.framework, Some(Framework::Sglang));
    }

    #[test]
    fn gpus_are_limits_before_requests() {
        for (resources, expected) in [
            (
                json!({"limits": {"nvidia.com/gpu": "4"}, "requests": {"nvidia.com/gpu": "8"}}),
                4,
            ),
            (
                json!({"limits": {"cpu": "4"}, "requests": {"nvidia.com/gpu": 8}}),
                8,
            ),
            (json!({"limits": {"nvidia.com/mig-1g.10gb": 2}}), 2),
            (json!({"limits": {"amd.com/gpu": 2}}), 0),
        ] {
            let main = json!({ "resources": resources.clone() });
            assert_eq!(worker(main, json!({})).gpus, expected, "{resources}");
        }
    }

    #[test]
    fn prefill_and_decode_apart_are_seen_in_arguments() {
        for (args, expected) in [
            (json!(["--disaggregation-mode", "prefill"]), true),
            (json!(["--disaggregation-mode=decode"]), true),
            (json!(["--disaggregation-mode", "agg"]), false),
            (json!(["--is-prefill-worker"]), true),
            (
                json!(["python3 -m dynamo.vllm --disaggregation-mode decode"]),
                true,
            ),
            (json!([]), false),
        ] {
            let component = worker(json!({ "args": args.clone() }), json!({}));
            assert_eq!(component.disaggregated, expected, "{args}");
        }
    }
}
