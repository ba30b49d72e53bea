//! Which field do people mean?

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Node, Value, pointer_push, pointer_segments};

/// One step from a value to one below it.
#[derive(Debug, Clone)]
enum Step {
    Key(String),
    /// An item by its index and, if it is a mapping that has one, its name.
    Item(usize, Option<String>),
}

/// The JSON pointer of the field that `wanted` means in `object`: a JSON pointer, or a path with dots such as
/// `spec.components[name=main].replicas` or `spec.components[0].replicas`, or the end of one if only one
/// field ends so.
///
/// # Errors
/// No field is meant, or several are.
pub fn find(object: &Node, wanted: &str) -> Result<String, Diagnostic> {
    if wanted.is_empty() || wanted.starts_with('/') && object.pointer(wanted).is_some() {
        return Ok(wanted.to_owned());
    }
    let mut whole = None;
    let mut ends = Vec::new();
    let mut names = Vec::new();
    let asked = wanted.trim_start_matches('.');
    visit(object, &mut Vec::new(), &mut |steps| {
        if let Some(all) = fit(steps, asked) {
            if all {
                whole = Some(pointer(steps));
            }
            ends.push((pointer(steps), spell(steps)));
        }
        names.push(spell(steps));
    });
    if let Some(pointer) = whole {
        return Ok(pointer);
    }
    let refuse = |message: String| Diagnostic::new(&rules::NO_SUCH_FIELD, Origin::None, message);
    match ends.as_slice() {
        [(pointer, _)] => Ok(pointer.clone()),
        [] => {
            let refusal = refuse(format!("the object has no field `{wanted}`"));
            Err(match near(asked, &names) {
                Some(suggestion) => refusal.help(suggestion),
                None => refusal.help("`graphwright why OBJECT` shows all fields"),
            })
        }
        several => {
            let names = several.iter().take(8).map(|(_, name)| format!("`{name}`"));
            let names: Vec<String> = names.collect();
            Err(
                refuse(format!("`{wanted}` may be any of {} fields", several.len()))
                    .help(format!("name one, such as\n{}", names.join("\n"))),
            )
        }
    }
}

/// The path with dots of a JSON pointer.
pub fn dotted(object: &Node, pointer: &str) -> String {
    let mut node = Some(object);
    let mut steps = Vec::new();
    for segment in pointer_segments(pointer) {
        let here = node;
        steps.push(match here.and_then(Node::as_list) {
            Some(items) => {
                let index = segment.parse().unwrap_or(usize::MAX);
                node = items.get(index);
                Step::Item(index, node.and_then(name_of))
            }
            None => {
                node = here.and_then(|node| node.get(&segment));
                Step::Key(segment)
            }
        });
    }
    spell(&steps)
}

/// The nearest field: by its whole path, or by its last part among fields that begin alike.
fn near(wanted: &str, names: &[String]) -> Option<String> {
    let last = |path: &str| path.rsplit(['.', ']']).next().unwrap_or(path).to_owned();
    let end = last(wanted);
    did_you_mean(wanted, names.iter().map(String::as_str)).or_else(|| {
        let ends: Vec<String> = names.iter().map(|name| last(name)).collect();
        did_you_mean(&end, ends.iter().map(String::as_str))
    })
}

fn visit(node: &Node, steps: &mut Vec<Step>, each: &mut dyn FnMut(&[Step])) {
    if !steps.is_empty() {
        each(steps);
    }
    match &node.value {
        Value::Map(map) => {
            for entry in map {
                steps.push(Step::Key(entry.key.clone()));
                visit(&entry.value, steps, each);
                steps.pop();
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                steps.push(Step::Item(index, name_of(item)));
                visit(item, steps, each);
                steps.pop();
            }
        }
        _ => {}
    }
}

fn name_of(item: &Node) -> Option<String> {
    item.get("name").and_then(Node::as_str).map(str::to_owned)
}

/// Whether the path ends with `wanted`, and if so, whether it is no more than that. Keys may hold dots, so
/// `wanted` is taken apart from its end as the path tells.
fn fit(steps: &[Step], wanted: &str) -> Option<bool> {
    let mut rest = wanted;
    for (index, step) in steps.iter().enumerate().rev() {
        rest = match step {
            Step::Key(key) => {
                let before = rest.strip_suffix(key.as_str())?;
                match before.strip_suffix('.') {
                    Some(before) => before,
                    None if before.is_empty() => before,
                    None => return None,
                }
            }
            Step::Item(position, name) => {
                let inner = rest.strip_suffix(']')?;
                let (before, selector) = inner.rsplit_once('[')?;
                let fits = selector == position.to_string()
                    || name.as_deref().is_some_and(|name| {
                        selector == name || selector.strip_prefix("name=") == Some(name)
                    });
                if !fits {
                    return None;
                }
                before
            }
        };
        if rest.is_empty() {
            return Some(index == 0);
        }
    }
    None
}

fn spell(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            Step::Item(_, Some(name)) => path.push_str(&format!("[name={name}]")),
            Step::Item(index, None) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

fn pointer(steps: &[Step]) -> String {
    let mut pointer = String::new();
    for step in steps {
        match step {
            Step::Key(key) => pointer_push(&mut pointer, key),
            Step::Item(index, _) => pointer_push(&mut pointer, &index.to_string()),
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object() -> Node {
        Node::from_json(
            &json!({
                "metadata": {"name": "chat", "labels": {"app.kubernetes.io/name": "chat"}},
                "spec": {"components": [
                    {"name": "a", "replicas": 1, "env": [{"name": "X", "value": "1"}]},
                    {"name": "b", "replicas": 2},
                ], "args": ["x", "y"]},
            }),
            Origin::None,
        )
    }

    #[test]
    fn pointers_paths_and_unique_ends_are_understood() {
        let object = object();
        for (wanted, pointer) in [
            ("/spec/args/1", "/spec/args/1"),
            ("spec.args[1]", "/spec/args/1"),
            (
                "spec.components[name=b].replicas",
                "/spec/components/1/replicas",
            ),
            ("components[1].replicas", "/spec/components/1/replicas"),
            ("[b].replicas", "/spec/components/1/replicas"),
            ("env[name=X].value", "/spec/components/0/env/0/value"),
            (".spec.args", "/spec/args"),
            (
                "metadata.labels.app.kubernetes.io/name",
                "/metadata/labels/app.kubernetes.io~1name",
            ),
        ] {
            assert_eq!(
                find(&object, wanted).ok().as_deref(),
                Some(pointer),
                "{wanted}"
            );
        }
    }

    #[test]
    fn an_end_of_several_fields_lists_them() {
        let refusal = find(&object(), "replicas").unwrap_err();
        assert_eq!(refusal.message, "`replicas` may be any of 2 fields");
        assert_eq!(
            refusal.help,
            [
                "name one, such as\n`spec.components[name=a].replicas`\n`spec.components[name=b].replicas`"
            ]
        );
    }

    #[test]
    fn a_near_miss_is_suggested() {
        let refusal = find(&object(), "spec.components[name=a].replica").unwrap_err();
        assert_eq!(
            refusal.help,
            ["did you mean `spec.components[name=a].replicas`?"]
        );
    }

    #[test]
    fn pointers_are_spelt_with_names() {
        assert_eq!(
            dotted(&object(), "/spec/components/0/env/0/value"),
            "spec.components[name=a].env[name=X].value"
        );
    }
}
