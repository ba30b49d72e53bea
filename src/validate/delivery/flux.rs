//! What Flux takes for a variable.

use super::super::Subject;
use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::rules;
use crate::yaml::{Node, Value};

/// The annotation or label by which an object is left alone.
const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// How many further places are shown.
const MOST_PLACES: usize = 3;

pub(super) fn check(subject: &Subject<'_>, manifest: &Manifest, found: &mut Vec<Diagnostic>) {
    let mut places = Vec::new();
    walk(&manifest.object, &mut places);
    let Some(((first, written), rest)) = places.split_first() else {
        return;
    };
    let is_exempt = ["annotations", "labels"].iter().any(|field| {
        let value = manifest.object.at(&["metadata", field, SUBSTITUTE]);
        value.and_then(Node::as_str) == Some("disabled")
    });
    if is_exempt {
        return;
    }
    let more = match rest.len() {
        0 => String::new(),
        1 => ", and so would one more value".to_owned(),
        count => format!(", and so would {count} more values"),
    };
    let message = format!("Flux would take `{written}` for a variable of its own{more}");
    let mut finding = Diagnostic::new(
        &rules::FLUX_SUBSTITUTION,
        subject.input_of(first.origin),
        message,
    )
    .subject(manifest.key.to_string())
    .about(&manifest.key)
    .help(format!(
        "write `\"$NAME\"` in shells, or annotate the object with `{SUBSTITUTE}: disabled`"
    ));
    for (node, written) in rest.iter().take(MOST_PLACES) {
        finding = finding.label(subject.input_of(node.origin), format!("`{written}`"));
    }
    found.push(finding);
}

/// The values with something that Flux replaces, and what it is.
fn walk<'a>(node: &'a Node, places: &mut Vec<(&'a Node, String)>) {
    match &node.value {
        Value::String(text) => {
            if let Some(written) = variable(text) {
                places.push((node, written));
            }
        }
        Value::List(items) => items.iter().for_each(|item| walk(item, places)),
        Value::Map(map) => map.iter().for_each(|entry| walk(&entry.value, places)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
    }
}

/// The first `${…}` or `$$` of a text, at most a few characters of it.
fn variable(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let at = bytes
        .windows(2)
        .position(|pair| matches!(pair, [b'$', b'{' | b'$']))?;
    let rest = &text[at..];
    let end = match rest.find('}') {
        Some(end) if bytes[at + 1] == b'{' => end + 1,
        _ => 2,
    };
    let written: String = rest[..end].chars().take(40).collect();
    Some(written.escape_debug().to_string())
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn only_braces_and_double_dollars_are_replaced() {
        assert_eq!(variable("echo ${HOME}/x").as_deref(), Some("${HOME}"));
        assert_eq!(variable("a $$ b").as_deref(), Some("$$"));
        assert_eq!(variable("${unclosed").as_deref(), Some("${"));
        for text in ["$HOME", "$(pwd)", "$1", "", "$"] {
            assert_eq!(variable(text), None, "{text}");
        }
    }
}
