//! Has somebody pasted a secret into the graph?

use super::Site;
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules;
use crate::secret::{distinct, known, names_any};
use crate::yaml::{Node, Value};

pub(super) fn check(site: &mut Site<'_>) {
    let mut found = Vec::new();
    let pair = site.pair;
    let objects = std::iter::once(&pair.graph.object).chain(&pair.graph.objects);
    objects.for_each(|object| of_object(object, &mut found));
    for component in pair.release.spec.components.values() {
        for env in &component.env {
            if let Some(what) = suspicious(&env.name, &env.value.value) {
                found.push(Pasted {
                    message: format!("the variable `{}` holds {what}", env.name),
                    shown: env.value.value.origin,
                    hidden: env.value.value.origin,
                });
            }
        }
    }
    for pasted in found {
        site.report(pasted.diagnostic());
    }
}

/// The secrets pasted into objects that no graph is with.
pub(in crate::plan) fn of_objects(objects: &[Node]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    objects
        .iter()
        .for_each(|object| of_object(object, &mut found));
    found.into_iter().map(Pasted::diagnostic).collect()
}

fn of_object(object: &Node, found: &mut Vec<Pasted>) {
    if object.get("kind").and_then(Node::as_str) == Some("Secret") {
        of_secret(object, found);
    } else {
        walk(object, found);
    }
}

struct Pasted {
    message: String,
    /// Where to point.
    shown: Origin,
    /// The bytes nobody may print.
    hidden: Origin,
}

impl Pasted {
    fn diagnostic(self) -> Diagnostic {
        let diagnostic = Diagnostic::new(&rules::SECRET_IN_GRAPH, self.shown, self.message)
            .help("revoke it: whoever can read the file has it")
            .help("keep it in a Secret and read that with `valueFrom.secretKeyRef` or `envFrom`");
        match self.hidden {
            Origin::Input(place) => diagnostic.hide(place),
            _ => diagnostic,
        }
    }
}

/// Looks through an object: variables by name and value, all other text by value.
fn walk(node: &Node, found: &mut Vec<Pasted>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| walk(item, found)),
        Value::Map(map) => {
            let name = map.get("name").and_then(Node::as_str);
            if let (Some(name), Some(value)) = (name, map.get("value"))
                && let Some(text) = value.as_str()
            {
                if let Some(what) = suspicious(name, text) {
                    found.push(Pasted {
                        message: format!("the variable `{name}` holds {what}"),
                        shown: value.origin,
                        hidden: value.origin,
                    });
                }
                return;
            }
            map.iter().for_each(|entry| walk(&entry.value, found));
        }
        Value::String(text) => {
            if let Some(what) = known(text) {
                found.push(Pasted {
                    message: format!("the text holds {what}"),
                    shown: node.origin,
                    hidden: node.origin,
                });
            }
        }
        _ => {}
    }
}

/// A Secret in a graph's file may hold placeholders, but nothing that looks real.
fn of_secret(object: &Node, found: &mut Vec<Pasted>) {
    for (field, encoded) in [("stringData", false), ("data", true)] {
        let Some(entries) = object.get(field).and_then(Node::as_map) else {
            continue;
        };
        for entry in entries {
            let Some(text) = entry.value.as_str() else {
                continue;
            };
            let decoded = if encoded {
                base64(text)
            } else {
                Some(text.to_owned())
            };
            if decoded
                .as_deref()
                .is_some_and(|text| known(text).is_some() || is_random(text))
            {
                found.push(Pasted {
                    message: format!("the key `{}` of a Secret holds its value", entry.key),
                    shown: entry.value.origin,
                    hidden: entry.value.origin,
                });
            }
        }
    }
}

/// What a variable's value is, if it is a secret.
fn suspicious(name: &str, value: &str) -> Option<&'static str> {
    const NAMES: [&str; 5] = ["TOKEN", "KEY", "SECRET", "PASSWORD", "PASSWD"];
    if let Some(what) = known(value) {
        return Some(what);
    }
    let name = name.to_ascii_uppercase();
    let named = name.split('_').any(|word| NAMES.contains(&word));
    (named && is_random(value)).then_some("what looks like a secret")
}

/// Whether text looks drawn at random: long, without spaces, letters and digits mixed, not a path, a
/// reference, a placeholder or ordinary words.
fn is_random(text: &str) -> bool {
    let text = text.trim();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-+/=.~!@#%^&*".contains(c);
    let (digits, letters) = (
        text.bytes().filter(u8::is_ascii_digit).count(),
        text.bytes().filter(u8::is_ascii_alphabetic).count(),
    );
    text.len() >= 20
        && text.chars().all(allowed)
        && digits >= 3
        && letters >= 6
        && !text.starts_with(['/', '.', '$'])
        && !text.contains("://")
        && !is_placeholder(text)
}

fn is_placeholder(text: &str) -> bool {
    let words = [
        "your",
        "example",
        "placeholder",
        "changeme",
        "change-me",
        "replace",
        "redacted",
        "xxxx",
        "dummy",
    ];
    distinct(text) < 6 || names_any(text, &words)
}

/// The text that standard base64 stands for; nothing if it is not that, or not text.
fn base64(text: &str) -> Option<String> {
    let digit = |b: u8| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'a'..=b'z' => Some(b - b'a' + 26),
        b'0'..=b'9' => Some(b - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let mut bytes = Vec::new();
    let (mut bits, mut have) = (0_u32, 0);
    for b in text
        .trim_end_matches('=')
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
    {
        bits = (bits << 6) | u32::from(digit(b)?);
        have += 6;
        if have >= 8 {
            have -= 8;
            bytes.push((bits >> have) as u8);
            bits &= (1 << have) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_known_by_its_name() {
        assert!(suspicious("DB_PASSWORD", "AbC1dEf2GhIj3KlMnOp4").is_some());
    }

    #[test]
    fn ordinary_variables_are_left_alone() {
        for (name, value) in [
            ("MAX_NUM_BATCHED_TOKENS", "16384"),
            ("HF_TOKEN", "$(HF_TOKEN)"),
            (
                "TOKEN_PATH",
                "/var/run/secrets/kubernetes.io/serviceaccount/token1234",
            ),
            ("SGLANG_SIMULATE_ACC_TOKEN_ID", "1"),
            (
                "KEY_FILE",
                "https://example.com/keys/abcdef0123456789abcdef",
            ),
            ("MODEL", "nvidia/Llama-3.1-8B-Instruct-FP8-2025"),
            ("API_KEY", "<your key 1234567890 abcdef>"),
        ] {
            assert_eq!(suspicious(name, value), None, "{name}");
        }
    }

    #[test]
    fn base64_is_decoded() {
        assert_eq!(base64("aGVsbG8=").as_deref(), Some("hello"));
        assert_eq!(base64("not base64!"), None);
    }
}
