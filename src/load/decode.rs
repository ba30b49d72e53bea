//! Are a file's bytes text that YAML allows?

use crate::diagnostic::Diagnostic;
use crate::origin::{Origin, Place};
use crate::rules;

/// Where text stops being UTF-8.
pub(super) struct Invalid {
    byte: usize,
    value: u8,
    utf16: bool,
}

/// Bytes as text without a byte-order mark. Bytes that are not UTF-8 become replacement characters, so that
/// the lines can be shown.
pub(super) fn decode(mut bytes: Vec<u8>) -> (String, Option<Invalid>) {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_or_else(
        |error| {
            let byte = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let invalid = Invalid {
                byte,
                value: bytes[byte],
                utf16: bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF"),
            };
            let text = String::from_utf8_lossy(bytes).into_owned();
            (text, Some(invalid))
        },
        |text| (text, None),
    )
}

impl Invalid {
    fn diagnostic(&self, source: u32) -> Diagnostic {
        // The text up to here is as it was, so the place is right.
        let start = u32::try_from(self.byte).unwrap_or(u32::MAX);
        let end = start.saturating_add(char::REPLACEMENT_CHARACTER.len_utf8() as u32);
        let origin = Origin::Input(Place {
            file: source,
            start,
            end,
        });
        Diagnostic::new(
            &rules::FILE_NOT_UTF8,
            origin,
            format!(
                "the file is not UTF-8: byte {} is 0x{:02x}",
                self.byte, self.value
            ),
        )
        .help(if self.utf16 {
            "it looks like UTF-16: save it as UTF-8"
        } else {
            "save it as UTF-8"
        })
    }
}

/// Why a file is not text that YAML allows.
pub(super) fn not_text(text: &str, invalid: Option<Invalid>, source: u32) -> Option<Diagnostic> {
    match invalid {
        Some(invalid) => Some(invalid.diagnostic(source)),
        None => control_character(text, source),
    }
}

/// The first control character that YAML does not allow.
fn control_character(text: &str, source: u32) -> Option<Diagnostic> {
    let start = text
        .bytes()
        .position(|b| (b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) || b == 0x7F)?;
    let code = text.as_bytes()[start];
    let start = u32::try_from(start).ok()?;
    let origin = Origin::Input(Place {
        file: source,
        start,
        end: start + 1,
    });
    let name = match code {
        0 => " (NUL)",
        0x1B => " (escape)",
        _ => "",
    };
    let diagnostic = Diagnostic::new(
        &rules::CONTROL_CHARACTER,
        origin,
        format!("the file contains the control character U+{code:04X}{name}"),
    );
    Some(diagnostic.help(if code == 0 {
        "remove it; is this a text file?".to_owned()
    } else {
        format!("remove it, or write it in double quotes as \"\\x{code:02x}\"")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        let (text, invalid) = decode(b"\xEF\xBB\xBFa: 1\n".to_vec());
        assert_eq!(text, "a: 1\n");
        assert!(invalid.is_none());
    }

    #[test]
    fn invalid_bytes_keep_their_place() {
        let (text, invalid) = decode(b"a: caf\xE9\n".to_vec());
        assert_eq!(invalid.map(|i| (i.byte, i.value)), Some((6, 0xE9)));
        assert!(text.starts_with("a: caf\u{FFFD}"));
    }
}
