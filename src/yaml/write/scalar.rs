//! How is one scalar spelt so that no reader takes it for something else?
//!
//! Three spellings, the plainest that is safe: bare (`nvidia.com/gpu`), single quotes where the text has
//! quotes or backslashes of its own (`'{"a": 1}'`), double quotes with escapes for the rest. Text of several
//! lines becomes a literal block where a person could review it. Bare text is a closed set: what is not known
//! to be read alike is quoted. `.ci/yaml-readers` asks the readers.

use std::fmt::Write as _;

/// May stand anywhere in bare text.
const SAFE: u8 = 1;
/// May stand in bare text after its first byte.
const INNER: u8 = 1 << 1;
/// May begin bare text without a further look.
const START: u8 = 1 << 2;
/// No spelling of a number or a date has it, in any reader.
const NEVER_NUMBER: u8 = 1 << 3;
/// May stand in bare text that begins with a digit.
const AFTER_DIGIT: u8 = 1 << 4;

/// What is known of every byte; nothing of those that bare text never holds.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        class[byte] = match b {
            b'a'..=b'f' | b'o' | b't' | b'x' | b'z' | b'p' => SAFE | START | AFTER_DIGIT,
            b'A'..=b'F' | b'O' | b'T' | b'X' | b'Z' | b'P' => SAFE | START | AFTER_DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' => SAFE | START | AFTER_DIGIT | NEVER_NUMBER,
            b'0'..=b'9' | b'.' | b'-' => SAFE | AFTER_DIGIT,
            b'_' => SAFE | START | AFTER_DIGIT,
            b'/' => SAFE | START | AFTER_DIGIT | NEVER_NUMBER,
            b'%' => INNER | AFTER_DIGIT | NEVER_NUMBER,
            b'+' => INNER | AFTER_DIGIT,
            b'$' => INNER | START,
            b' ' | b':' | b'(' | b')' | b'=' | b'@' | b',' | b';' | b'!' | b'?' | b'^' | b'~'
            | b'<' | b'>' | b'*' | b'&' | b'|' => INNER,
            _ => 0,
        };
        byte += 1;
    }
    class
};

/// The longest word that readers take for something other than text: `false`.
const LONGEST_WORD: usize = 5;

/// A key, or text on the line of its key or dash: bare or quoted.
pub(super) fn text(text: &str, out: &mut String) {
    if is_bare(text) {
        out.push_str(text);
    } else if is_single_quotable(text) {
        out.push('\'');
        out.push_str(text);
        out.push('\'');
    } else {
        double_quoted(text, out);
    }
}

/// Whether every reader takes `text` for itself without quotes.
fn is_bare(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(&first) = bytes.first() else {
        return false;
    };
    let mut all = SAFE | INNER | AFTER_DIGIT;
    let mut any = 0;
    for &byte in bytes {
        let class = CLASS[usize::from(byte)];
        if class & (SAFE | INNER) == 0 {
            return false;
        }
        all &= class;
        any |= class;
    }
    if any & INNER != 0 && !are_indicators_harmless(bytes) {
        return false;
    }
    match first {
        b'0'..=b'9' => all & AFTER_DIGIT != 0 && any & NEVER_NUMBER != 0,
        b'-' => is_flag(bytes),
        b'.' => text.starts_with("./") || text.starts_with("../"),
        _ => {
            CLASS[usize::from(first)] & START != 0
                && !(bytes.len() <= LONGEST_WORD && is_word(text))
                && !is_bare_exponent(bytes)
        }
    }
}

/// Whether colons and blanks are where they mean nothing.
fn are_indicators_harmless(bytes: &[u8]) -> bool {
    !matches!(bytes.last(), Some(b':' | b' ')) && !bytes.windows(2).any(|pair| pair == b": ")
}

/// `-c`, `--model`: a dash that begins neither a list item, a number nor a document.
fn is_flag(bytes: &[u8]) -> bool {
    match bytes {
        // Some readers take `-e3` for a number.
        [b'-', b'e' | b'E', ..] => false,
        [b'-', letter, ..] if letter.is_ascii_alphabetic() => true,
        [b'-', b'-', letter, ..] => letter.is_ascii_alphabetic(),
        _ => false,
    }
}

/// Words that are booleans, nulls or numbers to some reader, in any case.
fn is_word(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf",
    ];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// `e3`, `E+1`: some readers see the exponent of a number that has no digits.
fn is_bare_exponent(bytes: &[u8]) -> bool {
    matches!(bytes, [b'e' | b'E', rest @ ..]
        if !rest.is_empty() && rest.iter().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'_' | b'.')))
}

/// Whether single quotes save escapes and need none themselves.
fn is_single_quotable(text: &str) -> bool {
    text.bytes().any(|b| matches!(b, b'"' | b'\\'))
        && !text.contains('\'')
        && text.chars().all(is_printable)
}

fn double_quoted(text: &str, out: &mut String) {
    out.push('"');
    let mut done = 0;
    for (at, c) in text.char_indices() {
        let plain = match c {
            '"' | '\\' => false,
            c => is_printable(c),
        };
        if plain {
            continue;
        }
        out.push_str(&text[done..at]);
        done = at + c.len_utf8();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c => escape(u32::from(c), out),
        }
    }
    out.push_str(&text[done..]);
    out.push('"');
}

fn escape(code: u32, out: &mut String) {
    let written = match code {
        0..=0xFF => write!(out, "\\x{code:02X}"),
        0x100..=0xFFFF => write!(out, "\\u{code:04X}"),
        _ => write!(out, "\\U{code:08X}"),
    };
    written.expect("a String takes any text");
}

/// Whether a person sees `c` for what it is and readers take it as it stands. Not so: controls, line
/// breaks of any kind, blanks other than U+0020 and U+3000, what is invisible, what changes the direction of
/// the text, and what is no character.
pub(super) fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\0'..='\u{A0}' | '\u{AD}' => false,
        '\u{A1}'..='\u{2FF}' => true,
        '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{1680}' => false,
        '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' => false,
        '\u{2000}'..='\u{200F}' | '\u{2028}'..='\u{202F}' | '\u{205F}'..='\u{206F}' => false,
        '\u{3164}' | '\u{FFA0}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}' => false,
        '\u{FDD0}'..='\u{FDEF}' | '\u{E0000}'..='\u{E0FFF}' => false,
        c => u32::from(c) & 0xFFFE != 0xFFFE,
    }
}

/// The header of the literal block for `text`, if a person can review it as one and every reader gives
/// it back: lines of printable characters, none of which ends in a blank or begins with a tab, the first of
/// them neither empty nor indented.
pub(super) fn block_header(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    if !bytes.contains(&b'\n') || matches!(bytes[0], b'\n' | b' ') {
        return None;
    }
    let harmless = |line: &str| {
        !line.starts_with('\t')
            && !line.ends_with([' ', '\t', '\u{3000}'])
            && line.chars().all(|c| c == '\t' || is_printable(c))
    };
    // Most blocks are ASCII, and a look at all bytes at once is faster than one line after the other.
    let is_ascii = bytes
        .iter()
        .fold(true, |all, b| all & matches!(b, b' '..=b'~' | b'\n'));
    let is_harmless = if is_ascii {
        !text.contains(" \n") && !text.ends_with(' ')
    } else {
        text.split('\n').all(harmless)
    };
    if !is_harmless {
        return None;
    }
    Some(match text.strip_suffix('\n') {
        None => "|-",
        Some(rest) if rest.ends_with('\n') => "|+",
        Some(_) => "|",
    })
}

/// A whole number in decimal.
pub(super) fn int(number: i64, out: &mut String) {
    write!(out, "{number}").expect("a String takes any text");
}

/// A number as Go would print it, but with a point in every mantissa and a sign in every exponent, as
/// without them PyYAML reads text. What is no number at all is `null`, as in JSON.
pub(super) fn float(number: f64, out: &mut String) {
    let start = out.len();
    let size = number.abs();
    let written = if !number.is_finite() {
        write!(out, "null")
    } else if number.fract() == 0.0 && size < super::super::tree::EXACT {
        write!(out, "{}", number as i64)
    } else if (1e-6..1e21).contains(&size) && number.fract() != 0.0 {
        write!(out, "{number}")
    } else {
        write!(out, "{number:e}")
    };
    written.expect("a String takes any text");
    if let Some(at) = out[start..].find('e') {
        let at = start + at;
        if !out[at..].starts_with("e-") {
            out.insert(at + 1, '+');
        }
        if !out[start..at].contains('.') {
            out.insert_str(at, ".0");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(value: &str) -> String {
        let mut out = String::new();
        text(value, &mut out);
        out
    }

    #[test]
    fn what_people_write_bare_stays_bare() {
        for value in [
            "a",
            "nvidia.com/gpu",
            "nvcr.io/nvidia/ai-dynamo/vllm-runtime:0.9.1",
            "http://x:8000/v1",
            "10Gi",
            "500m",
            "30s",
            "5k",
            "25%",
            "8xH100",
            "1.2.3-rc1",
            "10.0.0.0/16",
            "--model",
            "--tensor-parallel-size=8",
            "-c",
            "./run.sh",
            "../a",
            "$(POD_NAME)-x",
            "/dev/shm",
            "_x",
            "a, b and c (d)",
            "In",
            "node",
            "e",
            "echo",
            "yes please",
        ] {
            assert_eq!(spelt(value), value);
        }
    }

    #[test]
    fn what_some_reader_takes_for_something_else_is_quoted() {
        for value in [
            "",
            "y",
            "N",
            "yes",
            "On",
            "oFF",
            "tRUE",
            "null",
            "~",
            "NaN",
            "inf",
            ".inf",
            "-.inf",
            "1",
            "-1",
            "+1",
            "01",
            "0o17",
            "0O17",
            "0x1F",
            "0b1",
            "1_000",
            "1e3",
            "1.5",
            ".5",
            "5.",
            "1E",
            "1T",
            "e3",
            "E-5",
            "-e3",
            "1:30",
            "1:30:00",
            "2024-01-01",
            "2024-01-01T00:00:00Z",
            "1.2.3.4",
            "=",
            "<<",
            "-",
            "--",
            "---",
            "- a",
            "...",
            "? a",
            "?a",
            ": a",
            ":a",
            "a:",
            "a: b",
            "a #b",
            "#a",
            "a ",
            " a",
            "!a",
            "&a",
            "*a",
            "|",
            ">",
            "%a",
            "@a",
            "`a",
            "[a]",
            "{a}",
            ",a",
            "é",
            "${A}",
        ] {
            assert_eq!(spelt(value), format!("\"{value}\""), "{value}");
        }
    }

    #[test]
    fn quotes_in_the_text_choose_the_quotes_around_it() {
        assert_eq!(spelt(r#"{"a": "b\n"}"#), r#"'{"a": "b\n"}'"#);
        assert_eq!(spelt("it's"), "\"it's\"");
        assert_eq!(spelt(r#"it's "a""#), r#""it's \"a\"""#);
    }

    #[test]
    fn what_nobody_sees_is_escaped() {
        assert_eq!(
            spelt(
                "\0\u{1b}\t\r\n\u{7f}\u{85}\u{a0}\u{2028}\u{202e}\u{feff}\u{ffff}\u{1f600}\u{e0041}"
            ),
            "\"\\x00\\x1B\\t\\r\\n\\x7F\\x85\\xA0\\u2028\\u202E\\uFEFF\\uFFFF\u{1f600}\\U000E0041\""
        );
    }

    #[test]
    fn blocks_are_for_text_that_survives_them() {
        for (text, header) in [
            ("a\nb", Some("|-")),
            ("a\nb\n", Some("|")),
            ("a\n\n", Some("|+")),
            ("a\n\n  b\tc\n", Some("|")),
            ("é\n中\n", Some("|")),
            ("a", None),
            ("", None),
            ("\n", None),
            ("\na\n", None),
            (" a\nb\n", None),
            ("\ta\nb\n", None),
            ("a\n\tb\n", None),
            ("a \nb\n", None),
            ("a\n \nb\n", None),
            ("a\r\nb\n", None),
            ("a\u{85}\nb\n", None),
        ] {
            assert_eq!(block_header(text), header, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_numbers_to_every_reader() {
        for (number, expected) in [
            (0.5, "0.5"),
            (-0.25, "-0.25"),
            (1e3, "1000"),
            (-0.0, "0"),
            (1e16, "1.0e+16"),
            (1e21, "1.0e+21"),
            (1.5e300, "1.5e+300"),
            (1e-7, "1.0e-7"),
            (1.25e-9, "1.25e-9"),
            (0.000_001, "0.000001"),
            (f64::NAN, "null"),
        ] {
            let mut out = String::new();
            float(number, &mut out);
            assert_eq!(out, expected);
        }
    }
}
