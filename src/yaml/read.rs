//! Text to nodes: YAML and JSON documents, bounded, with every mistake found on the way.
//!
//! The parser is `granit-parser`; this module builds the tree, expands aliases and merge keys within a
//! budget, refuses duplicate keys and reports scalars that readers disagree about.

use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::{Map, Node, Value, scalar, syntax};
use crate::diagnostic::{Diagnostic, Fix};
use crate::origin::{Origin, Place};
use crate::rules;

/// How much of a document is read before the reader gives up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one file, and again of the text its aliases repeat.
    pub bytes: usize,
    /// Nested mappings and lists.
    pub depth: usize,
    /// Values of one file after aliases are expanded.
    pub values: usize,
    /// Mistakes reported for one file.
    pub mistakes: usize,
}

impl Default for Limits {
    /// 8 MiB, 100 levels, a million values, 50 mistakes: several times the largest real manifest.
    fn default() -> Self {
        Self {
            bytes: 8 << 20,
            depth: 100,
            values: 1_000_000,
            mistakes: 50,
        }
    }
}

/// The documents of one file, in order; empty documents are left out.
///
/// `file` is the file's number in [`Sources`](crate::source::Sources), for the origins. What is wrong goes
/// into `mistakes`; a document that is not well formed is left out and the next one is tried.
pub fn documents(
    text: &str,
    file: u32,
    limits: &Limits,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<Node> {
    if text.len() > limits.bytes || u32::try_from(text.len()).is_err() {
        mistakes.push(Diagnostic::new(
            &rules::FILE_TOO_LARGE,
            Origin::Input(Place {
                file,
                start: 0,
                end: 0,
            }),
            format!(
                "the file has {} bytes; at most {} are read",
                text.len(),
                limits.bytes
            ),
        ));
        return Vec::new();
    }
    let mut reader = Reader {
        file,
        text,
        limits,
        mistakes,
        found: 0,
        values: 0,
        repeated: 0,
        documents: Vec::new(),
        stack: Vec::new(),
        anchors: BTreeMap::new(),
        root: None,
    };
    reader.run();
    reader.documents
}

/// A container under construction.
struct Frame {
    node: Node,
    anchor: usize,
    /// The key that waits for its value.
    key: Option<(String, Origin)>,
    /// Keys seen, once there are enough that looking through the entries is slow.
    seen: Option<BTreeSet<String>>,
    /// Entries from `<<`, which lose against the mapping's own.
    merged: Vec<Node>,
}

struct Reader<'a> {
    file: u32,
    text: &'a str,
    limits: &'a Limits,
    mistakes: &'a mut Vec<Diagnostic>,
    found: usize,
    values: usize,
    /// Bytes of text that aliases stand for.
    repeated: usize,
    documents: Vec<Node>,
    stack: Vec<Frame>,
    /// What every anchor of the document stands for, by the parser's number for it.
    anchors: BTreeMap<usize, (Node, Size)>,
    root: Option<Node>,
}

/// The document cannot be read further.
struct GiveUp;

impl Reader<'_> {
    fn run(&mut self) {
        let mut parser = Parser::new_from_str(self.text);
        loop {
            let step = match parser.next_event() {
                None => return,
                Some(Ok((event, span))) => self.event(event, span),
                Some(Err(error)) => {
                    let start = error.marker().byte_offset().unwrap_or(self.text.len());
                    let end = self
                        .text
                        .get(start..)
                        .and_then(|rest| rest.chars().next())
                        .map_or(start, |c| start + c.len_utf8());
                    let origin = self.origin(start, end);
                    let complaint = syntax::complaint(error.kind());
                    self.mistake(
                        Diagnostic::new(complaint.rule, origin, complaint.message)
                            .help(complaint.help),
                    );
                    Err(GiveUp)
                }
            };
            if step.is_err() {
                self.stack.clear();
                self.root = None;
                self.anchors.clear();
                match parser.proceed_next_document() {
                    Ok(true) if !self.is_exhausted() => {}
                    _ => return,
                }
            }
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), GiveUp> {
        let origin = self.span(span);
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                self.root = None;
            }
            Event::DocumentEnd => {
                if let Some(root) = self.root.take()
                    && !root.is_null()
                {
                    self.documents.push(root);
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, origin)?;
                let node = self.scalar(&text, style, tag.as_deref(), origin)?;
                // A plain `<<` is YAML's merge key; a quoted or tagged one is an ordinary key.
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                if is_plain && text == "<<" && self.expects_key() {
                    self.top().key = Some(("<<".to_owned(), Origin::None));
                    return Ok(());
                }
                self.anchor(anchor, &node)?;
                self.place(node, origin)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(Node::list(origin), anchor, tag.as_deref(), "seq")?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(Node::map(origin), anchor, tag.as_deref(), "map")?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::Alias(id) => {
                let Some((_, size)) = self.anchors.get(&id) else {
                    // The anchor stands around its own alias.
                    let message = "an alias inside the value it stands for never ends".to_owned();
                    return self.fatal(&rules::YAML_ALIAS, origin, message);
                };
                self.count_copy(*size, origin)?;
                if let Some((node, _)) = self.anchors.get(&id) {
                    let node = node.clone();
                    self.place(node, origin)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Counts values against the budget, so that nested aliases cannot multiply without end.
    fn count(&mut self, values: usize, origin: Origin) -> Result<(), GiveUp> {
        self.values = self.values.saturating_add(values);
        if self.values > self.limits.values {
            let message = format!(
                "the file has more than {} values once its aliases are expanded",
                self.limits.values
            );
            return self.fatal(&rules::YAML_ALIAS, origin, message);
        }
        Ok(())
    }

    /// Counts a copy of a value, and its text: one long string may have many aliases.
    fn count_copy(&mut self, size: Size, origin: Origin) -> Result<(), GiveUp> {
        self.repeated = self.repeated.saturating_add(size.bytes);
        if self.repeated > self.limits.bytes {
            let message = format!(
                "the file's aliases stand for more than {} bytes of text",
                self.limits.bytes
            );
            return self.fatal(&rules::YAML_ALIAS, origin, message);
        }
        self.count(size.values, origin)
    }

    /// Whether the file has used up what it may hold: every further document would fail alike.
    fn is_exhausted(&self) -> bool {
        self.values > self.limits.values
            || self.repeated > self.limits.bytes
            || self.found >= self.limits.mistakes
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        origin: Origin,
    ) -> Result<Node, GiveUp> {
        let as_text = match tag {
            None => style != ScalarStyle::Plain,
            Some(tag) => match tag.core_suffix() {
                Some("str") => true,
                Some("int" | "float" | "bool" | "null") => false,
                _ => return self.unknown_tag(tag, origin),
            },
        };
        if as_text {
            return Ok(Node::new(text, origin));
        }
        let plain = scalar::resolve(text);
        if let Some(tag) = tag
            && !fits_tag(&plain.value, tag.core_suffix())
        {
            let message = format!("`{text}` is not what the tag `{}` says", tag.original());
            return self.fatal(&rules::YAML_TAG, origin, message);
        }
        if let Some(ambiguity) = plain.ambiguity {
            let quoted = format!("\"{text}\"");
            let mut diagnostic = Diagnostic::new(
                &rules::AMBIGUOUS_SCALAR,
                origin,
                format!("`{text}` {}", ambiguity.explain()),
            )
            .help(match &plain.value {
                Value::String(_) => format!("quote it: {quoted}"),
                value => format!(
                    "quote it for text: {quoted}; or write the value the cluster reads: {}",
                    Node::new(value.clone(), origin).to_json()
                ),
            });
            if let Origin::Input(place) = origin {
                diagnostic = diagnostic.fix(Fix {
                    place,
                    replacement: quoted,
                });
            }
            self.mistake(diagnostic);
        }
        Ok(Node::new(plain.value, origin))
    }

    fn open(
        &mut self,
        node: Node,
        anchor: usize,
        tag: Option<&Tag>,
        allowed: &str,
    ) -> Result<(), GiveUp> {
        let origin = node.origin;
        self.count(1, origin)?;
        if let Some(tag) = tag
            && tag.core_suffix() != Some(allowed)
        {
            return self.unknown_tag(tag, origin);
        }
        if self.stack.len() >= self.limits.depth {
            let message = format!("nested more than {} levels deep", self.limits.depth);
            return self.fatal(&rules::YAML_TOO_DEEP, origin, message);
        }
        if self.expects_key() {
            let message = format!("a key must be a string, not {}", node.kind());
            return self.fatal(&rules::YAML_KEY, origin, message);
        }
        self.stack.push(Frame {
            node,
            anchor,
            key: None,
            seen: None,
            merged: Vec::new(),
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), GiveUp> {
        let Some(mut frame) = self.stack.pop() else {
            return Ok(());
        };
        if let Value::Map(map) = &mut frame.node.value {
            for source in frame.merged {
                let Value::Map(source) = source.value else {
                    continue;
                };
                for entry in source {
                    if !is_duplicate(map, &mut frame.seen, &entry.key) {
                        map.push(entry.key, entry.key_origin, entry.value);
                    }
                }
            }
        }
        let origin = frame.node.origin;
        self.anchor(frame.anchor, &frame.node)?;
        self.place(frame.node, origin)
    }

    /// Keeps a copy of an anchored value for its aliases. The copy counts: anchors may nest.
    fn anchor(&mut self, anchor: usize, node: &Node) -> Result<(), GiveUp> {
        if anchor != 0 {
            let size = Size::of(node);
            self.count_copy(size, node.origin)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        self.stack
            .last()
            .is_some_and(|frame| frame.key.is_none() && matches!(frame.node.value, Value::Map(_)))
    }

    fn top(&mut self) -> &mut Frame {
        self.stack.last_mut().expect("a frame is open")
    }

    /// Puts a finished value where it belongs: as the root, a list item, a key or a key's value.
    fn place(&mut self, node: Node, origin: Origin) -> Result<(), GiveUp> {
        let expects_key = self.expects_key();
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        if let Value::List(items) = &mut frame.node.value {
            items.push(node);
            return Ok(());
        }
        if expects_key {
            let key = match node.value {
                Value::String(text) => text,
                // The cluster turns these keys into text, as JSON has no others.
                Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
                    let text = node.to_json().to_string();
                    self.mistake(
                        Diagnostic::new(
                            &rules::YAML_KEY,
                            origin,
                            format!("a key must be a string, not `{text}`"),
                        )
                        .help(format!("quote it: \"{text}\"")),
                    );
                    text
                }
                _ => {
                    let message = format!("a key must be a string, not {}", node.kind());
                    return self.fatal(&rules::YAML_KEY, origin, message);
                }
            };
            self.top().key = Some((key, origin));
            return Ok(());
        }
        let Some((key, key_origin)) = frame.key.take() else {
            return Ok(());
        };
        if key == "<<" && key_origin == Origin::None {
            return self.merge(node, origin);
        }
        let Value::Map(map) = &mut frame.node.value else {
            return Ok(());
        };
        if is_duplicate(map, &mut frame.seen, &key) {
            // Looking for the first one is slow in a large mapping: only for mistakes that are shown.
            let first = (self.found < self.limits.mistakes)
                .then(|| map.entry(&key).map(|entry| entry.key_origin))
                .flatten();
            let mut diagnostic = Diagnostic::new(
                &rules::YAML_DUPLICATE_KEY,
                key_origin,
                format!("the key `{key}` is given twice"),
            )
            .help("remove one of them: readers disagree about which one counts");
            if let Some(first) = first {
                diagnostic = diagnostic.label(first, "first given here");
            }
            self.mistake(diagnostic);
            return Ok(());
        }
        map.push(key, key_origin, node);
        Ok(())
    }

    /// Takes the value of a merge key: a mapping or a list of them.
    fn merge(&mut self, node: Node, origin: Origin) -> Result<(), GiveUp> {
        let sources = match node.value {
            Value::Map(_) => vec![node],
            Value::List(items) if items.iter().all(|item| item.as_map().is_some()) => items,
            _ => {
                let message = format!("`<<` merges mappings, not {}", node.kind());
                return self.fatal(&rules::YAML_KEY, origin, message);
            }
        };
        self.top().merged.extend(sources);
        Ok(())
    }

    fn unknown_tag<T>(&mut self, tag: &Tag, origin: Origin) -> Result<T, GiveUp> {
        let message = format!("the tag `{}` means nothing to Kubernetes", tag.original());
        self.fatal(&rules::YAML_TAG, origin, message)
    }

    fn fatal<T>(
        &mut self,
        rule: &'static rules::Rule,
        origin: Origin,
        message: String,
    ) -> Result<T, GiveUp> {
        let text = origin
            .place()
            .and_then(|place| self.text.get(place.start as usize..));
        let mut diagnostic = Diagnostic::new(rule, origin, message);
        if let Some(advice) = syntax::advice(rule, text.unwrap_or_default()) {
            diagnostic = diagnostic.help(advice);
        }
        self.mistake(diagnostic);
        Err(GiveUp)
    }

    fn mistake(&mut self, diagnostic: Diagnostic) {
        self.found += 1;
        if self.found <= self.limits.mistakes {
            self.mistakes.push(diagnostic);
        }
    }

    fn span(&self, span: Span) -> Origin {
        let range = span.byte_range().unwrap_or(0..0);
        self.origin(range.start, range.end)
    }

    fn origin(&self, start: usize, end: usize) -> Origin {
        let clamp = |byte: usize| byte.min(self.text.len()) as u32;
        Origin::Input(Place {
            file: self.file,
            start: clamp(start),
            end: clamp(end.max(start)),
        })
    }
}

/// Whether an explicitly tagged scalar holds what its tag promises.
fn fits_tag(value: &Value, tag: Option<&str>) -> bool {
    match tag {
        Some("int") => matches!(value, Value::Int(_)),
        Some("float") => matches!(value, Value::Int(_) | Value::Float(_)),
        Some("bool") => matches!(value, Value::Bool(_)),
        Some("null") => matches!(value, Value::Null),
        _ => true,
    }
}

/// Small mappings are looked through; large ones get an index, so that reading stays linear.
fn is_duplicate(map: &Map, seen: &mut Option<BTreeSet<String>>, key: &str) -> bool {
    const FEW: usize = 24;
    if seen.is_none() && map.len() >= FEW {
        *seen = Some(map.keys().map(str::to_owned).collect());
    }
    match seen {
        None => map.contains(key),
        Some(seen) => !seen.insert(key.to_owned()),
    }
}

/// What a copy of a value costs.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    values: usize,
    bytes: usize,
}

impl Size {
    fn of(node: &Node) -> Self {
        let mut size = Self::default();
        size.add(node);
        size
    }

    fn add(&mut self, node: &Node) {
        self.values += 1;
        match &node.value {
            Value::String(text) => self.bytes += text.len(),
            Value::List(items) => items.iter().for_each(|item| self.add(item)),
            Value::Map(map) => map.iter().for_each(|entry| {
                self.values += 1;
                self.bytes += entry.key.len();
                self.add(&entry.value);
            }),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> (Vec<serde_json::Value>, Vec<Diagnostic>) {
        let mut mistakes = Vec::new();
        let nodes = documents(text, 0, &Limits::default(), &mut mistakes);
        (nodes.iter().map(Node::to_json).collect(), mistakes)
    }

    fn codes(text: &str) -> Vec<&'static str> {
        read(text).1.iter().map(|d| d.rule.code).collect()
    }

    #[test]
    fn documents_are_separated_and_empty_ones_dropped() {
        let (documents, mistakes) = read("a: 1\n---\n---\n# nothing\n---\n- b\n");
        assert_eq!(documents, [json!({"a": 1}), json!(["b"])]);
        assert!(mistakes.is_empty());
    }

    #[test]
    fn json_is_read_too() {
        let (documents, mistakes) = read("{\"a\": [1, \"yes\", null],\n\t\"b\": {}}");
        assert_eq!(documents, [json!({"a": [1, "yes", null], "b": {}})]);
        assert!(mistakes.is_empty(), "{mistakes:?}");
    }

    #[test]
    fn aliases_and_merge_keys_are_expanded() {
        let (documents, mistakes) =
            read("base: &b {p: 1, q: 2}\nuse: *b\nmerged:\n  <<: *b\n  q: 3\n");
        assert_eq!(
            documents,
            [
                json!({"base": {"p": 1, "q": 2}, "use": {"p": 1, "q": 2}, "merged": {"q": 3, "p": 1}})
            ]
        );
        assert!(mistakes.is_empty());
    }

    #[test]
    fn a_duplicate_key_is_a_mistake_and_the_first_value_stays() {
        let (documents, mistakes) = read("a: 1\nb: 2\na: 3\n");
        assert_eq!(documents, [json!({"a": 1, "b": 2})]);
        assert_eq!(mistakes[0].rule.code, "yaml-duplicate-key");
        assert_eq!(mistakes[0].labels.len(), 1);
    }

    #[test]
    fn an_alias_bomb_ends_within_the_budget() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            text += &format!("a{level}: &a{level} [{items}]\n");
        }
        assert_eq!(codes(&text), ["yaml-alias"]);
    }

    #[test]
    fn copies_of_long_text_and_nested_anchors_count() {
        let text = format!("- &a {}\n{}", "x".repeat(100_000), "- *a\n".repeat(1000));
        assert_eq!(codes(&text), ["yaml-alias"]);
        let anchors: String = (0..90).map(|depth| format!("&a{depth} [")).collect();
        let text = anchors + &"x, ".repeat(100_000) + &"]".repeat(90);
        assert_eq!(codes(&text), ["yaml-alias"]);
    }

    #[test]
    fn many_keys_anchors_aliases_and_merges_are_read_in_linear_time() {
        let keys: String = (0..30_000).map(|n| format!("k{n}: 1\n")).collect();
        assert_eq!(codes(&keys), [""; 0]);
        assert_eq!(codes(&(keys.clone() + &keys)).len(), 50);
        let anchors: String = (0..20_000).map(|n| format!("- &a{n} x\n")).collect();
        let aliases: String = (0..20_000).rev().map(|n| format!("- *a{n}\n")).collect();
        assert_eq!(codes(&(anchors + &aliases)), [""; 0]);
        let entries: String = (0..20_000).map(|n| format!("  k{n}: 1\n")).collect();
        let text = format!("a: &a\n{entries}b:\n  <<: [*a, *a]\n  c: 1\n");
        assert_eq!(codes(&text), [""; 0]);
    }

    #[test]
    fn an_alias_inside_its_own_anchor_is_refused() {
        assert_eq!(codes("a: &a [*a]\n").len(), 1);
    }

    #[test]
    fn deep_nesting_is_refused() {
        let lists = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(codes(&lists(100)), [""; 0]);
        assert_eq!(codes(&lists(101)), ["yaml-too-deep"]);
        assert_eq!(codes(&"[".repeat(100_000)).len(), 1);
        assert_eq!(codes(&"? ".repeat(50_000)).len(), 1);
    }

    #[test]
    fn a_broken_document_does_not_hide_the_next_one() {
        let (documents, mistakes) = read("a: [1\n---\nb: 2\n---\nc: 'x\n");
        assert_eq!(documents, [json!({"b": 2})]);
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    }

    #[test]
    fn ambiguous_scalars_are_reported_with_a_fix_and_quoted_ones_are_not() {
        let (documents, mistakes) = read("a: yes\nb: 'yes'\nc: !!str on\n");
        assert_eq!(documents, [json!({"a": true, "b": "yes", "c": "on"})]);
        assert_eq!(mistakes.len(), 1);
        assert_eq!(
            mistakes[0].fix.as_ref().map(|fix| fix.replacement.as_str()),
            Some("\"yes\"")
        );
    }

    #[test]
    fn foreign_tags_are_refused() {
        assert_eq!(codes("a: !vault x\n"), ["yaml-tag"]);
        assert_eq!(codes("a: !!binary aGk=\n"), ["yaml-tag"]);
        assert_eq!(codes("a: !!int x\n"), ["yaml-tag"]);
        assert_eq!(codes("a: !!int '8'\nb: !!float 1\n"), [""; 0]);
    }

    #[test]
    fn origins_are_the_bytes_of_the_value() {
        let text = "spec:\n  name: \"é\"\n  list: [a, bc]\n";
        let mut mistakes = Vec::new();
        let nodes = documents(text, 7, &Limits::default(), &mut mistakes);
        let place = nodes[0]
            .pointer("/spec/list/1")
            .unwrap()
            .origin
            .place()
            .unwrap();
        assert_eq!(place.file, 7);
        assert_eq!(&text[place.start as usize..place.end as usize], "bc");
    }
}
