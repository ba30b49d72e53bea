//! The answer as text: the chain behind a field, or a whole object with the origin of every line.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Subject, path};
use crate::model::Manifest;
use crate::model::object::Maker;
use crate::origin::{Origin, Place};
use crate::rules::Rule;
use crate::text;
use crate::yaml::{Node, Value, write};

/// The width everything is written for.
const WIDTH: usize = 80;

/// The chain behind the field at `pointer`, a JSON pointer to something that is there.
pub fn field(subject: Subject<'_>, pointer: &str) -> String {
    let object = &subject.manifest.object;
    let mut text = format!(
        "{}\n{}\n\n",
        subject.manifest.key,
        path::dotted(object, pointer)
    );
    let Some(node) = object.pointer(pointer) else {
        return text;
    };
    let hidden = is_secret(subject.manifest, pointer);
    let shown = if hidden {
        "(hidden)\n".to_owned()
    } else {
        write::to_string(node)
    };
    const MOST_LINES: usize = 12;
    for line in shown.lines().take(MOST_LINES) {
        let _ = writeln!(text, "  {line}");
    }
    if let more @ 1.. = shown.lines().count().saturating_sub(MOST_LINES) {
        let _ = writeln!(text, "  … {more} more lines");
    }
    text.push('\n');
    let origin = match node.origin {
        Origin::None => object.origin_of(pointer),
        origin => origin,
    };
    let mut chain = Chain {
        subject,
        hidden,
        told: BTreeSet::new(),
        text,
    };
    chain.link(origin, 0);
    let mut below = BTreeSet::new();
    origins_below(node, &mut below, subject);
    below.remove(&short_origin(subject, origin));
    if !below.is_empty() {
        let list: Vec<String> = below.into_iter().collect();
        chain.text.push('\n');
        wrap(
            &mut chain.text,
            "Fields below it are also set by ",
            &list.join(", "),
            2,
        );
    }
    chain.text
}

/// The chain of causes as it is written down.
struct Chain<'a> {
    subject: Subject<'a>,
    hidden: bool,
    told: BTreeSet<u32>,
    text: String,
}

impl Chain<'_> {
    fn link(&mut self, origin: Origin, depth: usize) {
        let indent = "  ".repeat(depth);
        match origin {
            Origin::Input(place) => {
                let _ = writeln!(
                    self.text,
                    "{indent}{} {}",
                    if depth == 0 { "written in" } else { "-" },
                    self.subject.sources.describe(place)
                );
                self.source_line(place, depth);
            }
            Origin::Decision(number) => {
                let Some(decision) = self.subject.decisions.get(origin) else {
                    return;
                };
                let Rule {
                    code,
                    severity: _,
                    table: _,
                    summary,
                    reason,
                    source,
                } = decision.rule;
                let lead = if depth == 0 { "set by rule" } else { "- rule" };
                let _ = writeln!(self.text, "{indent}{lead} {code}");
                if !self.told.insert(number) {
                    return;
                }
                let mut fact = |name: &str, fact: &str| {
                    wrap(
                        &mut self.text,
                        &format!("{indent}  {name:<8}"),
                        fact,
                        indent.len() + 10,
                    );
                };
                fact("rule", summary);
                if let Some(outcome) = &decision.outcome {
                    fact("result", outcome);
                }
                fact("why", reason);
                fact("source", source);
                if !decision.inputs.is_empty() {
                    let _ = writeln!(self.text, "{indent}  from");
                    for input in &decision.inputs {
                        self.link(*input, depth + 2);
                    }
                }
            }
            Origin::Template(_) => {
                let _ = writeln!(self.text, "{indent}written in {}", self.template());
            }
            Origin::None => {
                let _ = writeln!(self.text, "{indent}set by {}", self.template());
            }
        }
    }

    fn template(&self) -> String {
        match &self.subject.manifest.maker {
            Maker::Template(name) => format!("template `{name}`"),
            Maker::Graph => "graphwright, from the graph as a whole".to_owned(),
            Maker::Author => "the object as it was given".to_owned(),
        }
    }

    /// The line of a place with a mark under it.
    fn source_line(&mut self, place: Place, depth: usize) {
        let (Some(source), Some(position)) = (
            self.subject.sources.get(place.file),
            self.subject.sources.position(place),
        ) else {
            return;
        };
        let Some(line) = source.line(position.line) else {
            return;
        };
        if self.hidden {
            return;
        }
        let indent = "  ".repeat(depth + 1);
        let number = position.line.to_string();
        let room = WIDTH.saturating_sub(indent.len() + number.len() + 3);
        let _ = writeln!(self.text, "{indent}{number} | {}", cut(line, room));
        let length = self
            .subject
            .sources
            .text(place)
            .and_then(|text| text.lines().next())
            .map_or(1, |text| text.trim_end().chars().count().max(1));
        if position.column <= room {
            let _ = writeln!(
                self.text,
                "{indent}{} | {}{}",
                " ".repeat(number.len()),
                " ".repeat(position.column - 1),
                "^".repeat(length.min(room + 1 - position.column))
            );
        }
    }
}

/// The whole object; before every line, what set it.
pub fn object(subject: Subject<'_>) -> String {
    const WIDEST: usize = 26;
    // What parts a line from its origin: as a comment that no file has.
    const MARK: &str = " # \u{25c2}";
    let manifest = subject.manifest;
    let mut files = BTreeSet::new();
    let mut used: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut object = manifest.object.clone();
    hide_values(manifest, &mut object);
    let annotated = write::annotated(&object, &mut |_, node| {
        if let Some(place) = node.origin.place()
            && let Some(source) = subject.sources.get(place.file)
        {
            files.insert(source.name.as_str());
        }
        if let Some(decision) = subject.decisions.get(node.origin) {
            used.insert((decision.rule.code, decision.rule.summary));
        }
        // A mapping is set by what sets its fields.
        let settled = match &node.value {
            Value::Map(map) => map.is_empty(),
            Value::List(items) => items.is_empty(),
            _ => true,
        };
        settled.then(|| format!("\u{25c2}{}", short_origin(subject, node.origin)))
    });
    let lines: Vec<(&str, &str)> = annotated
        .lines()
        .map(|line| line.rsplit_once(MARK).unwrap_or((line, "")))
        .collect();
    let widths = lines.iter().map(|(_, origin)| origin.chars().count());
    let gutter = widths.max().unwrap_or(0).min(WIDEST);
    let mut text = format!("{}\n\n", manifest.key);
    for (line, origin) in lines {
        let _ = writeln!(text, "{:<gutter$}  {line}", cut(origin, gutter));
    }
    if let Maker::Template(name) = &manifest.maker {
        let _ = writeln!(text, "\nTemplate\n  {name}");
    }
    if !used.is_empty() {
        text.push_str("\nRules\n");
        for (code, summary) in used {
            wrap(&mut text, &format!("  [{code}] "), summary, 6);
        }
    }
    if !files.is_empty() {
        text.push_str("\nFiles\n");
        for file in files {
            let _ = writeln!(text, "  {file}");
        }
    }
    text
}

/// `graph.yaml:12`, `[rule]` or `template`.
fn short_origin(subject: Subject<'_>, origin: Origin) -> String {
    match origin {
        Origin::Input(place) => match (
            subject.sources.get(place.file),
            subject.sources.position(place),
        ) {
            (Some(source), Some(position)) => {
                let name = source.name.trim_end_matches(" (built in)");
                let name = name.rsplit('/').next().unwrap_or(name);
                format!("{name}:{}", position.line)
            }
            _ => String::new(),
        },
        Origin::Decision(_) => subject
            .decisions
            .get(origin)
            .map_or_else(String::new, |decision| format!("[{}]", decision.rule.code)),
        Origin::Template(_) | Origin::None => match &subject.manifest.maker {
            Maker::Template(_) => "template".to_owned(),
            Maker::Graph | Maker::Author => String::new(),
        },
    }
}

fn origins_below(node: &Node, found: &mut BTreeSet<String>, subject: Subject<'_>) {
    let children: Vec<&Node> = match &node.value {
        Value::Map(map) => map.iter().map(|entry| &entry.value).collect(),
        Value::List(items) => items.iter().collect(),
        _ => return,
    };
    for child in children {
        if !matches!(child.value, Value::Map(_) | Value::List(_)) {
            found.insert(short_origin(subject, child.origin));
        }
        origins_below(child, found, subject);
    }
    found.remove("");
}

fn is_secret(manifest: &Manifest, pointer: &str) -> bool {
    manifest.key.kind == "Secret"
        && (pointer.is_empty()
            || pointer.starts_with("/data")
            || pointer.starts_with("/stringData"))
}

fn hide_values(manifest: &Manifest, object: &mut Node) {
    if manifest.key.kind != "Secret" {
        return;
    }
    for field in ["data", "stringData"] {
        if let Some(values) = object.get_mut(field).and_then(Node::as_map_mut) {
            for entry in values.iter_mut() {
                entry.value.value = Value::String("(hidden)".to_owned());
            }
        }
    }
}

/// At most `room` characters of `text`.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(room.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Appends `lead` and `text`, broken between words; lines after the first are indented.
fn wrap(out: &mut String, lead: &str, text: &str, indent: usize) {
    out.push_str(lead);
    let words = text.split_whitespace();
    out.push_str(&text::wrap(words, lead.chars().count(), indent, WIDTH));
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{self, Decisions};
    use crate::source::Sources;
    use crate::why::tests::{GRAPH, manifest};

    #[test]
    fn an_input_line_is_shown_with_its_place() {
        let mut sources = Sources::default();
        let manifest = manifest(&mut sources, GRAPH);
        let decisions = Decisions::default();
        let subject = Subject {
            manifest: &manifest,
            decisions: &decisions,
            sources: &sources,
        };
        assert_eq!(
            field(subject, "/spec/components/0/replicas"),
            "\
DynamoGraphDeployment/chat
spec.components[name=worker].replicas

  2

written in graphs/chat.yaml:8:17
  8 |       replicas: 2
    |                 ^
"
        );
    }

    #[test]
    fn a_rule_is_shown_with_what_it_looked_at() {
        let mut sources = Sources::default();
        let mut manifest = manifest(&mut sources, GRAPH);
        let mut decisions = Decisions::default();
        let name = manifest.object.origin_of("/metadata/name");
        let origin = decisions.record(&rules::OBJECT_LABELS, [name], Some("chat".to_owned()));
        manifest.object.set("added", Node::new("x", origin));
        let text = field(
            Subject {
                manifest: &manifest,
                decisions: &decisions,
                sources: &sources,
            },
            "/added",
        );
        assert!(text.contains("set by rule object-labels\n"), "{text}");
        assert!(text.contains("  result  chat\n"), "{text}");
        assert!(
            text.contains("    - graphs/chat.yaml:4:9\n      4 |   name: chat\n"),
            "{text}"
        );
        // Addresses cannot be broken.
        let fits = |line: &str| line.chars().count() <= WIDTH || line.contains("://");
        assert!(text.lines().all(fits), "{text}");
    }

    #[test]
    fn every_line_of_an_object_has_its_origin_before_it() {
        let mut sources = Sources::default();
        let manifest = manifest(&mut sources, GRAPH);
        let decisions = Decisions::default();
        let text = object(Subject {
            manifest: &manifest,
            decisions: &decisions,
            sources: &sources,
        });
        assert!(text.contains("\nchat.yaml:4    name: chat\n"), "{text}");
        assert!(text.ends_with("Files\n  graphs/chat.yaml\n"), "{text}");
    }

    #[test]
    fn values_of_secrets_are_not_shown() {
        let mut sources = Sources::default();
        let manifest = manifest(
            &mut sources,
            "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {token: hunter2}\n",
        );
        let decisions = Decisions::default();
        let subject = Subject {
            manifest: &manifest,
            decisions: &decisions,
            sources: &sources,
        };
        let both = field(subject, "/stringData/token") + &object(subject);
        assert!(!both.contains("hunter2"), "{both}");
    }
}
