//! Nodes to text that every YAML reader reads alike.
//!
//! Block style throughout, two spaces a level, keys in the order of the node, nothing folded, no anchors
//! and no aliases. How one scalar is spelt is for `scalar` to say.

mod scalar;

use super::tree::pointer_push;
use super::{Map, Node, Value};

/// One document. Lines end with LF, and so does the text.
pub fn to_string(node: &Node) -> String {
    let mut out = String::with_capacity(4096);
    write(node, &mut out);
    out
}

/// Appends one document to `out`, which is empty or ends with a newline.
pub fn write(node: &Node, out: &mut String) {
    let mut writer = Writer { out, notes: Silent };
    writer.document(node);
}

/// Appends several documents to `out`, with `---` between them.
pub fn stream<'a>(nodes: impl IntoIterator<Item = &'a Node>, out: &mut String) {
    for (index, node) in nodes.into_iter().enumerate() {
        if index > 0 {
            out.push_str("---\n");
        }
        write(node, out);
    }
}

/// One document with remarks: `comment` is asked about every key and every scalar list item by its JSON
/// pointer, and what it answers stands behind it as ` # …`, on one line whatever it holds.
///
/// A list item that is itself a mapping or a list has no line of its own and is not asked about.
pub fn annotated(node: &Node, comment: &mut dyn FnMut(&str, &Node) -> Option<String>) -> String {
    let mut out = String::with_capacity(4096);
    let mut writer = Writer {
        out: &mut out,
        notes: Remarks {
            pointer: String::new(),
            comment,
        },
    };
    writer.document(node);
    out
}

/// What goes behind a key or a scalar.
trait Notes {
    /// Enters the value under `key`; gives what [`Notes::leave`] wants back.
    fn enter_key(&mut self, key: &str) -> usize;
    /// Enters a list item.
    fn enter_item(&mut self, index: usize) -> usize;
    /// Leaves the value entered last.
    fn leave(&mut self, mark: usize);
    /// Appends the remark on `node`, if there is one.
    fn note(&mut self, node: &Node, out: &mut String);
}

/// No remarks, at no cost.
struct Silent;

impl Notes for Silent {
    fn enter_key(&mut self, _: &str) -> usize {
        0
    }

    fn enter_item(&mut self, _: usize) -> usize {
        0
    }

    fn leave(&mut self, _: usize) {}

    fn note(&mut self, _: &Node, _: &mut String) {}
}

/// Remarks by JSON pointer.
struct Remarks<'c> {
    pointer: String,
    comment: &'c mut dyn FnMut(&str, &Node) -> Option<String>,
}

impl Notes for Remarks<'_> {
    fn enter_key(&mut self, key: &str) -> usize {
        let mark = self.pointer.len();
        pointer_push(&mut self.pointer, key);
        mark
    }

    fn enter_item(&mut self, index: usize) -> usize {
        let mark = self.pointer.len();
        pointer_push(&mut self.pointer, &index.to_string());
        mark
    }

    fn leave(&mut self, mark: usize) {
        self.pointer.truncate(mark);
    }

    fn note(&mut self, node: &Node, out: &mut String) {
        if let Some(text) = (self.comment)(&self.pointer, node) {
            out.push_str(" # ");
            // A comment ends with its line, and some readers refuse unprintable characters in it.
            out.extend(
                text.chars()
                    .map(|c| if scalar::is_printable(c) { c } else { ' ' }),
            );
            out.truncate(out.trim_end().len());
        }
    }
}

struct Writer<'o, N> {
    out: &'o mut String,
    notes: N,
}

impl<N: Notes> Writer<'_, N> {
    fn document(&mut self, node: &Node) {
        match &node.value {
            Value::Map(map) if !map.is_empty() => self.map(map, 0, false),
            Value::List(items) if !items.is_empty() => self.list(items, 0, false),
            _ => self.scalar(node, 0),
        }
    }

    /// The entries of a mapping, each on lines of its own; `begun` when the first line is indented already.
    fn map(&mut self, map: &Map, indent: usize, mut begun: bool) {
        for entry in map {
            if !begun {
                self.indent(indent);
            }
            begun = false;
            let mark = self.notes.enter_key(&entry.key);
            self.key(&entry.key, indent);
            match &entry.value.value {
                Value::Map(map) if !map.is_empty() => {
                    self.end_line(&entry.value);
                    self.map(map, indent + 2, false);
                }
                Value::List(items) if !items.is_empty() => {
                    self.end_line(&entry.value);
                    self.list(items, indent + 2, false);
                }
                _ => {
                    self.out.push(' ');
                    self.scalar(&entry.value, indent + 2);
                }
            }
            self.notes.leave(mark);
        }
    }

    /// The items of a list; mappings and lists in it start on the line of their dash.
    fn list(&mut self, items: &[Node], indent: usize, mut begun: bool) {
        for (index, item) in items.iter().enumerate() {
            if !begun {
                self.indent(indent);
            }
            begun = false;
            let mark = self.notes.enter_item(index);
            self.out.push_str("- ");
            match &item.value {
                Value::Map(map) if !map.is_empty() => self.map(map, indent + 2, true),
                Value::List(items) if !items.is_empty() => self.list(items, indent + 2, true),
                _ => self.scalar(item, indent + 2),
            }
            self.notes.leave(mark);
        }
    }

    /// A key and its colon.
    fn key(&mut self, key: &str, indent: usize) {
        // A reader looks for the colon only so far ahead: 1024 characters, quotes and escapes counted.
        const FAR: usize = 1000;
        let start = self.out.len();
        scalar::text(key, self.out);
        if self.out.len() - start > FAR {
            self.out.insert_str(start, "? ");
            self.out.push('\n');
            self.indent(indent);
        }
        self.out.push(':');
    }

    /// A value without children, and the end of its line. Block text is indented by `indent`.
    fn scalar(&mut self, node: &Node, indent: usize) {
        match &node.value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Int(number) => scalar::int(*number, self.out),
            Value::Float(number) => scalar::float(*number, self.out),
            Value::List(_) => self.out.push_str("[]"),
            Value::Map(_) => self.out.push_str("{}"),
            Value::String(text) => {
                if let Some(header) = scalar::block_header(text) {
                    self.out.push_str(header);
                    self.end_line(node);
                    return self.block(text, indent.max(2));
                }
                scalar::text(text, self.out);
            }
        }
        self.end_line(node);
    }

    /// The lines of a literal block. Empty lines stay empty, so that no line ends in blanks.
    fn block(&mut self, text: &str, indent: usize) {
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    fn end_line(&mut self, node: &Node) {
        self.notes.note(node, self.out);
        self.out.push('\n');
    }

    fn indent(&mut self, width: usize) {
        const BLANKS: &str = "                                                                ";
        let mut left = width;
        while left > 0 {
            let now = left.min(BLANKS.len());
            self.out.push_str(&BLANKS[..now]);
            left -= now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::origin::Origin;
    use crate::yaml::read;
    use proptest::prelude::*;
    use serde_json::json;

    fn node(json: serde_json::Value) -> Node {
        Node::from_json(&json, Origin::None)
    }

    fn read(text: &str) -> (Vec<Node>, Vec<Diagnostic>) {
        let mut mistakes = Vec::new();
        let nodes = read::documents(text, 0, &read::Limits::default(), &mut mistakes);
        (nodes, mistakes)
    }

    #[test]
    fn a_manifest_reads_as_people_write_it() {
        let manifest = node(json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "a", "labels": {}, "annotations": {"on": "true"}},
            "spec": {
                "containers": [
                    {
                        "name": "main",
                        "image": "nvcr.io/nvidia/x:1.0@sha256:ab",
                        "args": ["--model", "-c", "python3 -m x", "$(POD_IP)", "8000", "/data"],
                        "command": [],
                        "env": [{"name": "N", "value": "1"}],
                        "lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", "a\n\n  b\n"]}}}
                    },
                    [["x", ["y"]], {"a": null}]
                ],
                "limits": {"cpu": "500m", "memory": "10Gi", "gpus": "8", "surge": "25%"},
                "json": "{\"a\": \"b\"}",
            }
        }));
        let text = "\
apiVersion: v1
kind: Pod
metadata:
  name: a
  labels: {}
  annotations:
    \"on\": \"true\"
spec:
  containers:
    - name: main
      image: nvcr.io/nvidia/x:1.0@sha256:ab
      args:
        - --model
        - -c
        - python3 -m x
        - $(POD_IP)
        - \"8000\"
        - /data
      command: []
      env:
        - name: \"N\"
          value: \"1\"
      lifecycle:
        preStop:
          exec:
            command:
              - sh
              - -c
              - |
                a

                  b
    - - - x
        - - \"y\"
      - a: null
  limits:
    cpu: 500m
    memory: 10Gi
    gpus: \"8\"
    surge: 25%
  json: '{\"a\": \"b\"}'
";
        assert_eq!(to_string(&manifest), text);
    }

    #[test]
    fn documents_of_a_stream_are_separated_not_framed() {
        let mut out = String::new();
        stream(&[node(json!({"a": 1})), node(json!(["b"]))], &mut out);
        assert_eq!(out, "a: 1\n---\n- b\n");
    }

    #[test]
    fn remarks_stand_behind_keys_and_scalars() {
        let mut asked = Vec::new();
        let data = node(json!({"a/b": {"c": [1, {"d": "x\ny"}]}, "e": []}));
        let text = annotated(&data, &mut |pointer, node| {
            asked.push(pointer.to_owned());
            (pointer != "/e").then(|| format!("{}\n{pointer}\u{85}", node.kind()))
        });
        assert_eq!(
            text,
            "a/b: # a mapping /a~1b\n  c: # a list /a~1b/c\n    - 1 # an integer /a~1b/c/0\n    \
             - d: |- # a string /a~1b/c/1/d\n        x\n        y\ne: []\n"
        );
        assert_eq!(read(&text).0, [data]);
        assert_eq!(
            asked,
            ["/a~1b", "/a~1b/c", "/a~1b/c/0", "/a~1b/c/1/d", "/e"]
        );
    }

    #[test]
    fn keys_too_long_for_a_line_get_a_question_mark() {
        for length in [120, 990, 999, 1000, 1024, 5000] {
            for key in ["k".repeat(length), "\u{1}".repeat(length / 4)] {
                let data = node(json!([{key.clone(): {"a": 1}}, {key.clone(): [2]}, {key: "x\n"}]));
                let text = to_string(&data);
                let (read, mistakes) = read(&text);
                assert_eq!(read, [data], "{text}");
                assert!(mistakes.is_empty(), "{mistakes:?}");
            }
        }
        let long = "k".repeat(1001);
        let data = node(json!({long.clone(): 1}));
        assert_eq!(to_string(&data), format!("? {long}\n: 1\n"));
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[a-zA-Z0-9_./:-]{0,12}",
            3 => "[0-9eExXoObB_.:+TZ-]{0,10}",
            2 => "[ -~]{0,16}",
            2 => "[ \\t\\na#:|'\"-]{0,12}",
            1 => ".{0,8}",
            1 => proptest::collection::vec(any::<char>(), 0..8)
                .prop_map(|chars| chars.into_iter().collect()),
        ]
    }

    fn any_node() -> impl Strategy<Value = Node> {
        let leaf = prop_oneof![
            1 => Just(Value::Null),
            1 => any::<bool>().prop_map(Value::Bool),
            2 => any::<i64>().prop_map(Value::Int),
            2 => any::<f64>().prop_map(Value::from),
            8 => any_text().prop_map(Value::String),
        ]
        .prop_map(|value| Node::new(value, Origin::None));
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6)
                    .prop_map(|items| Node::new(items, Origin::None)),
                proptest::collection::btree_map(any_text(), inner, 0..6).prop_map(|entries| {
                    let mut map = Map::default();
                    for (key, value) in entries {
                        map.push(key, Origin::None, value);
                    }
                    Node::new(map, Origin::None)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(data in any_node()) {
            prop_assume!(!data.is_null());
            let text = to_string(&data);
            let (read, mistakes) = read(&text);
            prop_assert!(mistakes.is_empty(), "{:?}\n{}", mistakes, text);
            prop_assert_eq!(read, vec![data]);
            prop_assert!(text.ends_with('\n') && !text.contains('\r'));
        }
    }
}
