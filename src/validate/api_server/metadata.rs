//! Names, labels, annotations and data.

use graphwright_validators::formats;

use super::{Report, syntax};
use crate::model::pod::PodTemplate;
use crate::rules;
use crate::yaml::{Node, pointer_push};

/// The most bytes of all annotations of an object, keys included.
const MOST_ANNOTATIONS: usize = 262_144;

/// The most bytes of a ConfigMap's or Secret's data.
const MOST_DATA: usize = 1_048_576;

/// Looks at an object's own metadata.
pub(super) fn check(report: &mut Report<'_, '_>) {
    let manifest = report.manifest;
    name(report);
    if let Some(metadata) = manifest.object.get("metadata") {
        if let Some(namespace) = metadata.get("namespace").and_then(Node::as_str)
            && let Some(why) = syntax::dns_label(namespace)
        {
            report.add(
                &rules::OBJECT_NAME_SYNTAX,
                "/metadata/namespace",
                format!("the namespace `{}` {why}", shown(namespace)),
                "namespaces are DNS labels, such as `inference`",
            );
        }
        labels(metadata.get("labels"), "/metadata/labels", report);
        annotations(metadata.get("annotations"), "/metadata/annotations", report);
        from_cluster(metadata, report);
    }
    let status = manifest.object.get("status").and_then(Node::as_map);
    if status.is_some_and(|status| !status.is_empty()) {
        report.add(
            &rules::CLUSTER_FIELD,
            "/status",
            "`status` is written by the cluster",
            "remove it: an apply ignores it, and tools that compare see a difference for ever",
        );
    }
    match (manifest.key.group(), manifest.key.kind.as_str()) {
        ("", "ConfigMap" | "Secret") => data(report),
        ("nvidia.com", "DynamoGraphDeployment" | "DynamoComponentDeployment") => {
            let of_spec = |field: &str| manifest.object.at(&["spec", field]);
            labels(of_spec("labels"), "/spec/labels", report);
            annotations(of_spec("annotations"), "/spec/annotations", report);
        }
        _ => {}
    }
}

/// Looks at the metadata of a template of pods, and at the labels it selects nodes by.
pub(super) fn of_pods(template: &PodTemplate<'_>, report: &mut Report<'_, '_>) {
    // A Pod's own metadata is the object's.
    if !template.pointer.is_empty()
        && let Some(metadata) = template.node.get("metadata")
    {
        let at = |below: &str| format!("{}/metadata/{below}", template.pointer);
        labels(metadata.get("labels"), &at("labels"), report);
        annotations(metadata.get("annotations"), &at("annotations"), report);
    }
    let selector = template.spec().and_then(|spec| spec.get("nodeSelector"));
    labels(selector, &template.at("/nodeSelector"), report);
}

fn name(report: &mut Report<'_, '_>) {
    let key = &report.manifest.key;
    let name = key.name.as_str();
    let (why, help) = match (key.group(), key.kind.as_str()) {
        ("", "Service") => {
            let digit = name.starts_with(|c: char| c.is_ascii_digit());
            let why = syntax::dns_label(name).or(digit.then_some("begins with a digit"));
            (
                why,
                "Services are named by labels of at most 63 characters that begin with a letter",
            )
        }
        ("", "Namespace") => (
            syntax::dns_label(name),
            "namespaces are named by DNS labels of at most 63 characters",
        ),
        // Names such as `system:reader` are of use in RBAC.
        ("rbac.authorization.k8s.io", _) => {
            let is_path =
                name.is_empty() || name == "." || name == ".." || name.contains(['/', '%']);
            (
                is_path.then_some("is no segment of a path"),
                "use a name without `/` and `%`",
            )
        }
        _ => (
            syntax::dns_subdomain(name),
            "use lower-case letters, digits, `-` and `.`, at most 253 characters",
        ),
    };
    if let Some(why) = why {
        let message = format!("the name `{}` {why}", shown(name));
        report.add(&rules::OBJECT_NAME_SYNTAX, "/metadata/name", message, help);
    }
}

/// A name as a message shows it: not longer than a line.
fn shown(name: &str) -> String {
    let short: String = name.chars().take(70).collect();
    match short.len() < name.len() {
        true => format!("{}…", short.escape_debug()),
        false => short.escape_debug().to_string(),
    }
}

/// Looks at a map of labels, or at a selector that is one.
fn labels(labels: Option<&Node>, pointer: &str, report: &mut Report<'_, '_>) {
    for entry in labels.and_then(Node::as_map).into_iter().flatten() {
        let at = || {
            let mut at = pointer.to_owned();
            pointer_push(&mut at, &entry.key);
            at
        };
        if let Some(why) = syntax::qualified_name(&entry.key) {
            report.add(
                &rules::LABEL_SYNTAX,
                &at(),
                format!("the label key `{}` {why}", shown(&entry.key)),
                "write a key such as `app` or `example.com/team`",
            );
        }
        if let Some(value) = entry.value.as_str()
            && let Some(why) = syntax::label_value(value)
        {
            let (value, key) = (shown(value), shown(&entry.key));
            report.add(
                &rules::LABEL_SYNTAX,
                &at(),
                format!("the value `{value}` of label `{key}` {why}"),
                "shorten it, or make it an annotation: those hold any text",
            );
        }
    }
}

fn annotations(annotations: Option<&Node>, pointer: &str, report: &mut Report<'_, '_>) {
    let mut bytes = 0;
    for entry in annotations.and_then(Node::as_map).into_iter().flatten() {
        bytes += entry.key.len() + entry.value.as_str().map_or(0, str::len);
        // Annotations take upper-case letters before the slash, too.
        let is_lower = !entry.key.bytes().any(|b| b.is_ascii_uppercase());
        let why = match is_lower {
            true => syntax::qualified_name(&entry.key),
            false => syntax::qualified_name(&entry.key.to_ascii_lowercase()),
        };
        if let Some(why) = why {
            let mut at = pointer.to_owned();
            pointer_push(&mut at, &entry.key);
            report.add(
                &rules::ANNOTATION_SYNTAX,
                &at,
                format!("the annotation key `{}` {why}", shown(&entry.key)),
                "write a key such as `example.com/note`",
            );
        }
    }
    if bytes > MOST_ANNOTATIONS {
        report.add(
            &rules::ANNOTATION_SYNTAX,
            pointer,
            format!("the annotations have {bytes} bytes, of at most {MOST_ANNOTATIONS}"),
            "keep large texts in a ConfigMap",
        );
    }
}

fn from_cluster(metadata: &Node, report: &mut Report<'_, '_>) {
    const FIELDS: [&str; 6] = [
        "uid",
        "resourceVersion",
        "managedFields",
        "generation",
        "selfLink",
        "creationTimestamp",
    ];
    for field in FIELDS {
        if metadata.get(field).is_some_and(|value| !value.is_null()) {
            report.add(
                &rules::CLUSTER_FIELD,
                &format!("/metadata/{field}"),
                format!("`metadata.{field}` is written by the cluster"),
                "remove it: it is of the object that this manifest was taken from",
            );
        }
    }
}

fn data(report: &mut Report<'_, '_>) {
    let manifest = report.manifest;
    let mut bytes = 0;
    for field in ["data", "binaryData", "stringData"] {
        let is_text = field == "stringData" || field == "data" && manifest.key.kind == "ConfigMap";
        let entries = manifest.object.get(field).and_then(Node::as_map);
        for entry in entries.into_iter().flatten() {
            let length = entry.value.as_str().map_or(0, str::len);
            // Base64 is a third longer than what it stands for.
            bytes += if is_text { length } else { length / 4 * 3 };
            let why = if entry.key.len() > 253 {
                "has more than 253 characters"
            } else if entry.key == "." || entry.key.starts_with("..") {
                "is a path that leads out of a folder"
            } else if !formats::is_data_key(&entry.key) {
                "must be letters, digits, `-`, `_` and `.`"
            } else {
                continue;
            };
            let mut at = format!("/{field}");
            pointer_push(&mut at, &entry.key);
            report.add(
                &rules::DATA_KEY,
                &at,
                format!("the key `{}` {why}", shown(&entry.key)),
                "a key is a file name, such as `config.yaml`; folders come from where it is mounted",
            );
        }
    }
    if bytes > MOST_DATA {
        let message = format!("the data has {bytes} bytes, of at most {MOST_DATA}");
        let help = "split it, or put it in a volume or an image";
        report.add(&rules::DATA_KEY, "/data", message, help);
    }
}
