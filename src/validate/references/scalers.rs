//! Does a scaler move something that can be moved, and nothing else moves it?

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::Manifest;
use crate::model::object::Maker;
use crate::rules;
use crate::validate::Subject;
use crate::yaml::Node;

/// The kind of scaling adapters.
const ADAPTER: &str = "DynamoGraphDeploymentScalingAdapter";

pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut taken: BTreeMap<_, &Manifest> = BTreeMap::new();
    for manifest in subject.manifests {
        if !matches!(
            manifest.key.kind.as_str(),
            "HorizontalPodAutoscaler" | "ScaledObject"
        ) {
            continue;
        }
        let Some(target) = manifest.object.at(&["spec", "scaleTargetRef"]) else {
            continue;
        };
        let text = |key: &str| target.get(key).and_then(Node::as_str).unwrap_or_default();
        let (kind, name) = (text("kind"), text("name"));
        let key = (manifest.key.namespace.as_deref(), kind, name);
        if let Some(first) = taken.insert(key, manifest) {
            let message = format!("`{}` moves {kind} `{name}` too", first.key.name);
            let place = subject.input_of(first.object.origin_of("/spec/scaleTargetRef"));
            found.push(
                subject
                    .finding(
                        &rules::SCALER_TWICE,
                        manifest,
                        "/spec/scaleTargetRef",
                        message,
                    )
                    .label(place, "the first one")
                    .help("keep one of them, with all metrics"),
            );
        }
        adapter(subject, manifest, kind, name, found);
    }
}

fn adapter(
    subject: &Subject<'_>,
    manifest: &Manifest,
    kind: &str,
    name: &str,
    found: &mut Vec<Diagnostic>,
) {
    let namespace = &manifest.key.namespace;
    // Adapters that the graphs of the namespace have, and other names of their components.
    let (mut adapters, mut others) = (Vec::new(), Vec::new());
    for graph in subject.manifests {
        if graph.key.kind != "DynamoGraphDeployment" || graph.key.namespace != *namespace {
            continue;
        }
        let components = graph.object.at(&["spec", "components"]);
        for component in components.and_then(Node::as_list).unwrap_or_default() {
            let Some(part) = component.get("name").and_then(Node::as_str) else {
                continue;
            };
            let whole = format!("{}-{}", graph.key.name, part.to_lowercase());
            match component.get("scalingAdapter") {
                Some(_) => adapters.push(whole),
                None => others.push((whole, part)),
            }
        }
    }
    let refuse = |pointer: &str, message: String, help: String| {
        subject
            .finding(&rules::SCALER_TARGET, manifest, pointer, message)
            .help(help)
    };
    let graph_names = || {
        let graphs = subject.manifests.iter();
        let graphs = graphs.filter(|one| one.key.kind == "DynamoGraphDeployment");
        graphs.map(|one| one.key.name.as_str())
    };
    if kind == ADAPTER {
        if adapters.iter().any(|one| one == name) {
            return;
        }
        let without = others.iter().find(|(whole, _)| whole == name);
        if let Some((_, part)) = without {
            let message = format!("component `{part}` has no scaling adapter");
            let help = "give it `scalingAdapter: {}`, and leave its `replicas` out".to_owned();
            found.push(refuse("/spec/scaleTargetRef/name", message, help));
            return;
        }
        let near = did_you_mean(name, adapters.iter().map(String::as_str));
        if subject.is_whole && manifest.maker != Maker::Author || near.is_some() {
            let message = format!("no graph has a scaling adapter `{}`", name.escape_debug());
            let help = near.unwrap_or_else(|| {
                "adapters are named `<graph>-<component>`, in lower case".to_owned()
            });
            found.push(refuse("/spec/scaleTargetRef/name", message, help));
        }
        return;
    }
    let is_graph = kind == "DynamoGraphDeployment";
    let is_owned = matches!(kind, "Deployment" | "DynamoComponentDeployment" | "")
        && graph_names().any(|graph| {
            name.strip_prefix(graph)
                .is_some_and(|rest| rest.starts_with('-'))
        })
        && (adapters.iter().any(|one| name.starts_with(one.as_str()))
            || others
                .iter()
                .any(|(whole, _)| name.starts_with(whole.as_str())));
    if is_graph || is_owned {
        let message = match is_graph {
            true => "a graph has no scale of its own".to_owned(),
            false => format!("the operator owns `{name}` and sets its replicas back"),
        };
        let help = format!("name the component's adapter: kind `{ADAPTER}`, `<graph>-<component>`");
        found.push(refuse("/spec/scaleTargetRef/kind", message, help));
    }
}
