//! Writes test cases for other YAML readers: `emit_yaml SEED COUNT`.
//!
//! One JSON object a line: `yaml` is what our writer makes of `data`, which a reader must give back;
//! `object` says that it is a Kubernetes object; `hazards` names what some reader is known not to survive
//! (see `.ci/yaml-readers/exceptions.tsv`). Every string of `tests/yaml_readers/strings.txt` comes as a value, as a
//! list item, as a key and as a document of its own; then COUNT strings and COUNT trees made from SEED,
//! the trees once more with remarks. Last, COUNT bare scalars, with what our reader makes of them: where it sees no
//! ambiguity all readers must agree with it, and kubectl's reader always.

use std::error::Error;
use std::io::{BufWriter, Write};

use graphwright::origin::Origin;
use graphwright::yaml::{Node, read, write};
use serde_json::{Map, Value, json};

const STRINGS: &str = include_str!("../tests/yaml_readers/strings.txt");

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise: u64| arguments.next().map_or(Ok(otherwise), |text| text.parse());
    let (seed, count) = (number(1)?, number(1000)?);
    let mut cases = Cases {
        out: BufWriter::new(std::io::stdout().lock()),
        number: 0,
    };

    for line in STRINGS.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let text = match serde_json::from_str(line)? {
            Value::String(text) => text,
            run => {
                let (text, times): (String, usize) = serde_json::from_value(run)?;
                text.repeat(times)
            }
        };
        cases.positions(&text)?;
        cases.case(&json!(text), false)?;
        cases.bare(&text)?;
    }

    let mut random = Random(seed);
    for _ in 0..count {
        let text = random.text();
        cases.positions(&text)?;
    }
    for _ in 0..count {
        let data = random.tree(4);
        cases.object(data.clone())?;
        // Some readers take a lone null for no document at all.
        if !data.is_null() {
            let mut remark = |_: &str, _: &Node| Some(random.text());
            let yaml = write::annotated(&Node::from_json(&data, Origin::None), &mut remark);
            cases.write(yaml, &data, false)?;
        }
    }
    for _ in 0..count {
        let text = random.pieces(DIGITS, 6);
        cases.bare(&text)?;
    }
    cases.out.flush()?;
    Ok(())
}

struct Cases<W> {
    out: W,
    number: usize,
}

impl<W: Write> Cases<W> {
    /// A string as value, list item and key.
    fn positions(&mut self, text: &str) -> std::io::Result<()> {
        self.object(json!({"value": text, "next": 1}))?;
        self.object(json!({"items": [text, [text], {"a": text}], "next": 1}))?;
        self.object(json!({text: "v", "next": {text: {text: [1]}}}))
    }

    fn object(&mut self, data: Value) -> std::io::Result<()> {
        let object = json!({
            "apiVersion": "graphwright.dev/v1",
            "kind": "Case",
            "metadata": {"name": format!("case-{}", self.number)},
            "data": data,
        });
        self.case(&object, true)
    }

    fn case(&mut self, data: &Value, object: bool) -> std::io::Result<()> {
        let yaml = write::to_string(&Node::from_json(data, Origin::None));
        self.write(yaml, data, object)
    }

    fn write(&mut self, yaml: String, data: &Value, object: bool) -> std::io::Result<()> {
        let mut hazards = Vec::new();
        find_hazards(data, &mut hazards);
        self.line(yaml, data, object, hazards)
    }

    /// A bare scalar; nothing where our reader refuses the text or no JSON could hold it.
    fn bare(&mut self, text: &str) -> std::io::Result<()> {
        if text.contains(|c: char| !c.is_ascii_alphanumeric() && !"_.:+=~/%-".contains(c)) {
            return Ok(());
        }
        let yaml = format!("v: {text}\n");
        let mut mistakes = Vec::new();
        let nodes = read::documents(&yaml, 0, &read::Limits::default(), &mut mistakes);
        let [node] = nodes.as_slice() else {
            return Ok(());
        };
        let mut hazards = Vec::new();
        match mistakes.as_slice() {
            [] => {}
            [one] if one.rule.code == "ambiguous-scalar" && !one.message.contains("finite") => {
                hazards.push("ambiguous");
            }
            _ => return Ok(()),
        }
        let digits = text.trim_start_matches(['+', '-']);
        if digits.starts_with('0') && !text.contains('.') {
            hazards.push("octal");
        }
        let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
        if !mantissa.contains(|c: char| c != '.' && c != '_') {
            hazards.push("no-mantissa");
        }
        self.line(yaml, &node.to_json(), false, hazards)
    }

    fn line(
        &mut self,
        yaml: String,
        data: &Value,
        object: bool,
        hazards: Vec<&'static str>,
    ) -> std::io::Result<()> {
        self.number += 1;
        let case = json!({
            "yaml": yaml,
            "data": data,
            "object": object,
            "hazards": hazards,
        });
        writeln!(self.out, "{case}")
    }
}

fn find_hazards(data: &Value, found: &mut Vec<&'static str>) {
    let mut add = |hazard| {
        if !found.contains(&hazard) {
            found.push(hazard);
        }
    };
    let mut look = |text: &str, is_key: bool| {
        for c in text.chars() {
            match c {
                '\u{7f}'..='\u{9f}' => add("c1-control"),
                '\u{fffe}' | '\u{ffff}' => add("noncharacter"),
                _ => {}
            }
        }
        if is_key && text == "<<" {
            add("merge-key");
        }
        // Escapes take up to ten characters.
        if is_key
            && text.len() > 1000 / 10
            && write::to_string(&Node::new(text, Origin::None)).len() > 1000
        {
            add("long-key");
        }
    };
    match data {
        Value::String(text) => look(text, false),
        Value::Array(items) => items.iter().for_each(|item| find_hazards(item, found)),
        Value::Object(fields) => {
            fields.keys().for_each(|key| look(key, true));
            fields.values().for_each(|value| find_hazards(value, found));
        }
        _ => {}
    }
}

/// What numbers are made of.
const DIGITS: &[&str] = &[
    "0", "0", "1", "7", "8", "12", "59", "60", "_", "-", "+", ".", "e", "E", "e+", "e-", "0x",
    "0o", "0b", "0X", ":", "f", "2024-", "-01", "T",
];
/// Pieces of trouble, by the kind of trouble.
const NUMBERS: &[&str] = &[
    "0", "1", "9", "07", "60", ".", "_", "-", "+", "e", "E", "x", "0x", "0o", "0b", "b", ":", "T",
    "Z", "2024", "01", ",", "inf", "nan", "f", "k", "Gi", "/", "%", "=",
];
const WORDS: &[&str] = &[
    "y", "no", "on", "Yes", "true", "null", "~", "a", "b", "key", "--", "/", ".", ":", "=", "$",
    "(", ")", "@", "*", "&", "!", "|", ">", "<", "<<", "%", "?", ",", ";", "^", "1", "_", "-", "#",
];
const BREAKS: &[&str] = &[
    "\n", "\n", "\n", "\n\n", " ", "  ", "\t", "a", "b: c", "- d", "# e", "é", "'", "\"", "\\",
    ":", "|", "---", "{", "}", "[", "]", "\r", "中", "x y", "1",
];
const ODD: &[&str] = &[
    "\0",
    "\u{7}",
    "\u{1b}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{2028}",
    "\u{2029}",
    "\u{202e}",
    "\u{feff}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{1f642}",
    "é",
    "ß",
    "\u{301}",
    "\u{3000}",
    "\n",
    " ",
    "a",
    "\"",
    "\\",
    "'",
];

/// SplitMix64: the same cases for the same seed, everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// Pieces of trouble, put together.
    fn text(&mut self) -> String {
        let pieces = match self.below(10) {
            0..3 => NUMBERS,
            3..6 => WORDS,
            6..9 => BREAKS,
            _ => ODD,
        };
        self.pieces(pieces, 9)
    }

    fn pieces(&mut self, pieces: &[&str], end: usize) -> String {
        let mut text = String::new();
        for _ in 0..self.below(end) {
            text.push_str(self.pick(pieces));
        }
        text
    }

    fn tree(&mut self, depth: usize) -> Value {
        let kinds = if depth == 0 { 7 } else { 16 };
        match self.below(kinds) {
            0 => json!(self.below(2) == 0),
            1 => Value::Null,
            2 => json!(self.next() as i64 >> self.below(64)),
            3 => {
                let number = f64::from_bits(self.next());
                json!(if number.is_finite() { number } else { 0.5 })
            }
            4 => json!((self.next() as i64 >> 40) as f64 / 1000.0),
            5 | 6 => json!(self.text()),
            7..11 => (0..self.below(5)).map(|_| self.tree(depth - 1)).collect(),
            _ => {
                let mut fields = Map::new();
                for _ in 0..self.below(6) {
                    fields.insert(self.text(), self.tree(depth - 1));
                }
                Value::Object(fields)
            }
        }
    }
}
