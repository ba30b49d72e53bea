//! Can a label selector be one?

use std::fmt;

use super::syntax::{is_label_value, is_qualified_name};
use super::{Object, entries, field, int, items, step, text};
use crate::rules;
use crate::yaml::{Node, Value};

/// A place in an object, built while walking and written down only when something is wrong there.
enum Path<'p> {
    Root,
    Key(&'p Self, &'p str),
    Index(&'p Self, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Key(parent, key) => write!(f, "{parent}/{}", step(key)),
            Path::Index(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// Looks at every label selector of an object, wherever it stands.
pub(super) fn check(object: &mut Object<'_, '_>) {
    let manifest = object.manifest;
    let root = match manifest.key.kind.as_str() {
        // What they hold is data.
        "ConfigMap" | "Secret" | "CustomResourceDefinition" => return,
        "ClusterRole" => "aggregationRule",
        _ => "spec",
    };
    if let Some(spec) = field(&manifest.object, root) {
        walk(object, spec, &Path::Key(&Path::Root, root));
    }
}

fn walk(object: &mut Object<'_, '_>, node: &Node, path: &Path<'_>) {
    match &node.value {
        Value::Map(map) => {
            for entry in map {
                let here = Path::Key(path, &entry.key);
                match entry.key.as_str() {
                    // The kinds' own checks look at terms of nodes, which compare numbers too.
                    "nodeAffinity" | "nodeSelectorTerms" | "nodeSelector" => {}
                    "matchLabels" => check_labels(object, &entry.value, &here),
                    "matchExpressions" => {
                        for (index, term) in items(node, "matchExpressions") {
                            check_term(object, term, &Path::Index(&here, index));
                        }
                    }
                    _ => walk(object, &entry.value, &here),
                }
            }
        }
        Value::List(list) => {
            for (index, item) in list.iter().enumerate() {
                walk(object, item, &Path::Index(path, index));
            }
        }
        _ => {}
    }
}

fn check_labels(object: &mut Object<'_, '_>, labels: &Node, path: &Path<'_>) {
    let Some(map) = labels.as_map() else { return };
    for entry in map {
        let at = Path::Key(path, &entry.key);
        if !is_qualified_name(&entry.key) {
            report_key(object, &entry.key, &at);
            object.point_at(entry.key_origin);
        }
        if let Some(value) = entry.value.as_str()
            && !is_label_value(value)
        {
            report_value(object, value, &at);
        }
    }
}

fn check_term(object: &mut Object<'_, '_>, term: &Node, path: &Path<'_>) {
    if let Some(key) = text(term, "key")
        && !is_qualified_name(key)
    {
        report_key(object, key, &Path::Key(path, "key"));
    }
    let Some(operator) = text(term, "operator") else {
        return;
    };
    let values = items(term, "values").count();
    match operator {
        "In" | "NotIn" if values == 0 => object.report(
            &rules::LABEL_SELECTOR,
            format_args!("{path}/operator"),
            format!("`{operator}` needs values"),
            "list them in `values`, or use `Exists` for any value",
        ),
        "Exists" | "DoesNotExist" if values > 0 => object.report(
            &rules::LABEL_SELECTOR,
            format_args!("{path}/values"),
            format!("`{operator}` takes no values"),
            "remove `values`, or use `In` to compare with them",
        ),
        // An unknown operator is the schema's.
        _ => {}
    }
    for (index, value) in items(term, "values") {
        if let Some(value) = value.as_str()
            && !is_label_value(value)
        {
            let values = Path::Key(path, "values");
            report_value(object, value, &Path::Index(&values, index));
        }
    }
}

fn report_key(object: &mut Object<'_, '_>, key: &str, path: &Path<'_>) {
    object.report(
        &rules::LABEL_SELECTOR,
        format_args!("{path}"),
        format!("`{key}` is no key of a label"),
        "a key is a name of at most 63 letters, digits, `-`, `_` and `.`, with a DNS name and `/` before it if need be",
    );
}

fn report_value(object: &mut Object<'_, '_>, value: &str, path: &Path<'_>) {
    object.report(
        &rules::LABEL_SELECTOR,
        format_args!("{path}"),
        format!("`{value}` is no value of a label, so nothing can match"),
        "a value has at most 63 letters, digits, `-`, `_` and `.`, and starts and ends with a letter or digit",
    );
}

/// Whether a selector selects by nothing.
pub(super) fn selects_all(selector: &Node) -> bool {
    entries(selector, "matchLabels").count() == 0
        && items(selector, "matchExpressions").count() == 0
}

/// The first requirement of a selector that labels do not meet: its place below the selector, and in words.
pub(super) fn unmet(selector: &Node, labels: Option<&Node>) -> Option<(String, String)> {
    let label = |key: &str| labels.and_then(|labels| text(labels, key));
    for entry in entries(selector, "matchLabels") {
        let wanted = entry.value.as_str()?;
        if label(&entry.key) != Some(wanted) {
            let words = match label(&entry.key) {
                Some(value) => format!("`{}` is `{value}` there, not `{wanted}`", entry.key),
                None => format!("they have no `{}`", entry.key),
            };
            return Some((format!("/matchLabels/{}", step(&entry.key)), words));
        }
    }
    for (index, term) in items(selector, "matchExpressions") {
        let (key, operator) = (text(term, "key")?, text(term, "operator")?);
        let is_listed = || items(term, "values").any(|(_, value)| value.as_str() == label(key));
        let is_met = match operator {
            "In" => label(key).is_some() && is_listed(),
            "NotIn" => label(key).is_none() || !is_listed(),
            "Exists" => label(key).is_some(),
            "DoesNotExist" => label(key).is_none(),
            _ => true,
        };
        if !is_met {
            let words = format!("`{key}` does not meet `{operator}`");
            return Some((format!("/matchExpressions/{index}"), words));
        }
    }
    None
}

/// How many pods of this run a selector selects, of those whose number is known: replicas of workloads and of
/// graphs' components. Nothing if it selects none of them, or one whose number changes.
pub(super) fn pods(object: &Object<'_, '_>, selector: &Node) -> Option<i64> {
    let namespace = &object.manifest.key.namespace;
    let mut pods: Option<i64> = None;
    for manifest in object.subject.manifests {
        if manifest.key.namespace != *namespace {
            continue;
        }
        let Some(spec) = field(&manifest.object, "spec") else {
            continue;
        };
        let mut add = |count: i64| pods = Some(pods.unwrap_or(0).saturating_add(count));
        match (manifest.key.group(), manifest.key.kind.as_str()) {
            ("apps", "Deployment" | "StatefulSet" | "ReplicaSet") => {
                let labels = spec.at(&["template", "metadata", "labels"]);
                if unmet(selector, labels).is_none() {
                    // Without a number an autoscaler may be at work.
                    add(int(spec, "replicas")?);
                }
            }
            ("nvidia.com", "DynamoGraphDeployment") => {
                for (_, component) in items(spec, "components") {
                    if selects_component(selector, manifest.key.name.as_str(), component) {
                        if field(component, "scalingAdapter").is_some() {
                            return None;
                        }
                        let replicas = int(component, "replicas").unwrap_or(1);
                        let nodes = component
                            .at(&["multinode", "nodeCount"])
                            .and_then(Node::as_int)
                            .unwrap_or(1);
                        add(replicas.saturating_mul(nodes));
                    }
                }
            }
            _ => {}
        }
    }
    pods
}

/// Whether a selector selects the pods of a graph's component by the labels that the operator gives them.
fn selects_component(selector: &Node, graph: &str, component: &Node) -> bool {
    let mut labels = component
        .at(&["podTemplate", "metadata", "labels"])
        .filter(|labels| labels.as_map().is_some())
        .cloned()
        .unwrap_or_else(|| Node::map(component.origin));
    let name = text(component, "name").unwrap_or("");
    let kind = text(component, "type").unwrap_or("");
    for (key, value) in [
        ("nvidia.com/dynamo-graph-deployment-name", graph),
        ("nvidia.com/dynamo-component", name),
        ("nvidia.com/dynamo-component-type", kind),
    ] {
        labels.set(
            key,
            Node::new(Value::String(value.to_owned()), component.origin),
        );
    }
    unmet(selector, Some(&labels)).is_none()
}
