//! The reader on bytes nobody wrote: seed documents, mutated for `GRAPHWRIGHT_FUZZ_SECONDS` (default 2).
//!
//! What must hold for any bytes: no panic, bounded time, and whatever is read can be written and read back
//! unchanged, without a word of complaint. `fuzz/` holds the same two targets for cargo-fuzz, which needs a nightly
//! toolchain; this test is for the stable one.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests measure time, read their own settings and report"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use graphwright::yaml::{Node, read, write};

/// Small documents with every feature of the language, good and bad.
const SEEDS: &[&str] = &[
    "a: 1\nb: [x, 'y', \"z\\n\"]\nc: {d: ~, e: true}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  run: |\n    set -e\n\n    a # b\n  fold: >-\n    x\n    y\n",
    "base: &b {p: 1, q: [2, 3]}\nuse: *b\nmerged:\n  <<: *b\n  q: 3\nlist:\n  - <<: [*b, *b]\n",
    "--- !!map\n? long key\n: - a\n  - - b\n    - c\n...\n%YAML 1.2\n---\n!!str on: !!int '8'\n",
    "- yes\n- 0o17\n- 1_000\n- 1:30\n- 2024-01-01\n- .inf\n- =\n- 0xFFFFFFFFFFFFFFFF\n- 1e400\n- -.5\n- 08\n",
    "{\"a\": [1, 2.5e-3, \"\\u00e9\\ud83d\\ude00\", null, {}], \"b\": \"\\\"\\\\\"}\n",
    "k: \"é\u{85}\u{2028}\u{feff}\u{1f600}\\x01\\U0001F600\"\n# comment é\nl: 'it''s'\n",
    "a: |+\n  x\n\n\nb: |2-\n    y\nc: >+1\n  z\n\td: e\n",
    "a: &x [*x]\nb: *missing\nc: !custom v\n? [a]\n: b\na: again\n",
    "---\n---\n- - - - - - a\n...\n...\n--- |\n text\n--- \"x\"\n",
];

/// What a mutation may put in.
const PIECES: &[&str] = &[
    "\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "\r\n",
    "- ",
    "? ",
    ": ",
    ":",
    "#",
    " #",
    "&a ",
    "*a",
    "<<: *a\n",
    "!",
    "!!str ",
    "!!int ",
    "|",
    ">",
    "|+\n",
    "'",
    "\"",
    "\\",
    "\\x",
    "\\U",
    "[",
    "]",
    "{",
    "}",
    ",",
    "---\n",
    "...\n",
    "%TAG ! x\n",
    "%YAML 1.1\n",
    "~",
    "yes",
    "0",
    "9",
    ".",
    "_",
    "e",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "é",
    "\u{10ffff}",
    "[[[[[[[[",
    "- - - - ",
    "? ? ? ",
    "{a: {a: {a: ",
    "&b [*a, *a, *a]\n",
];

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let end = (at + self.below(24)).min(bytes.len());
        match self.below(8) {
            0..3 => {
                let piece = PIECES[self.below(PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
            3 => drop(bytes.drain(at..end)),
            4 => {
                let copy = bytes[at..end].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            5 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            6 => {
                let piece = PIECES[self.below(PIECES.len())].repeat(self.below(300));
                bytes.splice(at..at, piece.bytes());
            }
            _ => {
                let other = SEEDS[self.below(SEEDS.len())].as_bytes();
                let from = self.below(other.len());
                bytes.splice(at..end, other[from..].iter().copied());
            }
        }
    }
}

/// Reads, writes and reads again; gives what was wrong.
fn check(bytes: &[u8]) -> Result<usize, String> {
    let text = String::from_utf8_lossy(bytes);
    let limits = read::Limits {
        values: 20_000,
        ..read::Limits::default()
    };
    let mut mistakes = Vec::new();
    let nodes: Vec<Node> = read::documents(&text, 0, &limits, &mut mistakes);
    if mistakes.len() > limits.mistakes {
        return Err(format!("{} mistakes", mistakes.len()));
    }
    for place in mistakes.iter().filter_map(|mistake| mistake.origin.place()) {
        if text.get(place.start as usize..place.end as usize).is_none() {
            return Err(format!("{place:?} is not a stretch of the text"));
        }
    }
    let mut written = String::new();
    write::stream(&nodes, &mut written);
    let mut mistakes = Vec::new();
    let again = read::documents(&written, 0, &read::Limits::default(), &mut mistakes);
    if again != nodes || !mistakes.is_empty() {
        return Err(format!("written as {written:?}: {mistakes:?}"));
    }
    Ok(nodes.len())
}

#[test]
fn no_bytes_harm_the_reader() {
    let setting = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seconds = setting("GRAPHWRIGHT_FUZZ_SECONDS").unwrap_or(2);
    let mut random = Random(setting("GRAPHWRIGHT_FUZZ_SEED").unwrap_or(1));
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut runs, mut documents, mut slowest) = (0u64, 0, Duration::ZERO);
    let mut bytes = Vec::new();
    while Instant::now() < end {
        if runs % 8 == 0 || bytes.len() > 8192 {
            bytes = SEEDS[random.below(SEEDS.len())].into();
        }
        for _ in 0..=random.below(4) {
            random.mutate(&mut bytes);
        }
        let start = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| check(&bytes)));
        let took = start.elapsed();
        let found = match result {
            Ok(Ok(count)) => {
                documents += count;
                (took > Duration::from_secs(2)).then(|| format!("took {took:?}"))
            }
            Ok(Err(wrong)) => Some(wrong),
            Err(_) => Some("panicked".to_owned()),
        };
        if let Some(wrong) = found {
            panic!("{:?}\n{wrong}", String::from_utf8_lossy(&bytes));
        }
        slowest = slowest.max(took);
        runs += 1;
    }
    eprintln!("{runs} inputs, {documents} documents read, slowest {slowest:?}");
    assert!(documents > 0);
}

/// Shapes that make careless readers slow or overflow their stack.
#[test]
fn known_attacks_end_quickly() {
    let many = |piece: &str, times| piece.repeat(times);
    let bomb: String = (1..60)
        .map(|n| format!("a{n}: &a{n} [*a{m}, *a{m}]\n", m = n - 1))
        .collect();
    for (name, text) in [
        ("questions", many("? ", 100_000)),
        ("question lists", many("[? ", 100_000)),
        ("lists", many("[", 200_000)),
        ("maps", many("{a: ", 100_000)),
        ("dashes", many("- ", 200_000)),
        (
            "stairs",
            (0..2_000).map(|n| " ".repeat(n) + "a:\n").collect(),
        ),
        ("bomb", format!("a0: &a0 x\n{bomb}")),
        ("documents", many("---\na\n", 100_000)),
        ("broken documents", many("---\n[\n", 100_000)),
        ("tags", many("!a", 200_000)),
        ("anchors", many("&a ", 100_000)),
        ("colons", many(":", 500_000)),
        ("quote", format!("\"{}", many("a\\n", 300_000))),
        ("blanks", many(" ", 1_000_000)),
        ("empty lines", many("\n", 1_000_000)),
        ("comments", many("#\n", 300_000)),
        ("tabs", format!("a: b\n{}", many("\t", 500_000))),
        ("long plain", format!("a: {}", many("b c ", 250_000))),
        ("long lines", format!("a: b\n{}", many("  c\n", 200_000))),
        (
            "block of blanks",
            format!("a: |\n{}", many("   \n", 200_000)),
        ),
        ("long key", format!("{}: 1\n", many("k", 500_000))),
        ("directives", many("%A b\n", 100_000)),
        (
            "merges",
            format!("a: &a {{b: 1}}\nc: {{{}}}", many("<<: *a, ", 50_000)),
        ),
    ] {
        let start = Instant::now();
        let mut mistakes = Vec::new();
        read::documents(&text, 0, &read::Limits::default(), &mut mistakes);
        let took = start.elapsed();
        eprintln!(
            "{name}: {} bytes, {took:?}, {} mistakes",
            text.len(),
            mistakes.len()
        );
        // Unoptimised code on a busy machine; quadratic behaviour would take minutes.
        assert!(took < Duration::from_secs(20), "{name} took {took:?}");
    }
}
