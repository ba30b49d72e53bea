//! The patterns of schemas that are met in every run, as functions: a regular expression takes longer to
//! compile than everything else a validator does.
//!
//! A schema's `pattern` from the table here is a `format` of the same meaning in `schemas/emitted.json`. The
//! functions are held against the expressions by a test.

/// A pattern, the format that stands for it, and the function that decides.
type Format = (&'static str, &'static str, fn(&str) -> bool);

/// The patterns that are functions.
const FORMATS: [Format; 10] = [
    (
        r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        "x-dns-label",
        is_dns_label,
    ),
    (
        r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
        "x-dns-label",
        is_dns_label,
    ),
    (
        r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
        "x-dns-subdomain",
        is_dns_subdomain,
    ),
    (
        r"^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?$",
        "x-component-name",
        is_component_name,
    ),
    (r"^[-._a-zA-Z0-9]+$", "x-data-key", is_data_key),
    (
        r"^(([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*/)?([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$",
        "x-label-key",
        is_label_key,
    ),
    (
        r"^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$",
        "x-prometheus-duration",
        is_prometheus_duration,
    ),
    (
        r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$",
        "x-quantity",
        is_quantity,
    ),
    (
        r"^(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})$",
        "x-release-version",
        is_release_version,
    ),
    (r"^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$", "x-base64", is_base64),
];

/// The format that stands for a pattern, if one does.
pub fn of_pattern(pattern: &str) -> Option<&'static str> {
    let (_, format, _) = FORMATS.iter().find(|(known, ..)| *known == pattern)?;
    Some(format)
}

/// Letters and digits with hyphens between them.
fn is_hyphenated(text: &str, is_letter: fn(&u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    matches!((bytes.first(), bytes.last()), (Some(first), Some(last)) if is_letter(first) && is_letter(last))
        && bytes.iter().all(|b| is_letter(b) || *b == b'-')
}

fn is_lower(byte: &u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Whether a text is lower-case letters and digits with hyphens between them, of any length.
pub fn is_dns_label(text: &str) -> bool {
    is_hyphenated(text, is_lower)
}

/// Whether a text is one or more DNS labels with dots between them, of any length.
pub fn is_dns_subdomain(text: &str) -> bool {
    text.split('.').all(is_dns_label)
}

/// Whether a text is letters and digits with hyphens between them, of any length.
pub fn is_component_name(text: &str) -> bool {
    is_hyphenated(text, u8::is_ascii_alphanumeric)
}

/// Whether a text is letters, digits, `-`, `_` and `.`, and not empty.
pub fn is_data_key(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
}

/// Whether a text is the key of a label: a name, or a DNS subdomain, a slash and a name.
pub fn is_label_key(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    let is_prefix = |prefix: &str| {
        prefix
            .split('.')
            .all(|label| label.len() <= 63 && is_dns_label(label))
    };
    let bytes = name.as_bytes();
    let is_end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    prefix.is_none_or(is_prefix)
        && name.len() <= 63
        && is_end(bytes.first())
        && is_end(bytes.last())
        && is_data_key(name)
}

/// Whether a text is a duration as Prometheus writes them, such as `1h30m`, or nothing.
pub fn is_prometheus_duration(text: &str) -> bool {
    let mut rest = text;
    for unit in ["y", "w", "d", "h", "m", "s", "ms"] {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if after.len() == rest.len() {
            break;
        }
        // `5ms` are milliseconds, not minutes.
        if unit == "m" && after.starts_with("ms") {
            continue;
        }
        if let Some(after) = after.strip_prefix(unit) {
            rest = after;
        }
    }
    rest.is_empty() || text == "0"
}

/// Whether a text is spelled like a Kubernetes quantity.
pub fn is_quantity(text: &str) -> bool {
    let Some(suffix) = after_number(text) else {
        return false;
    };
    match suffix.as_bytes() {
        [] | [b'n' | b'u' | b'm' | b'k' | b'K' | b'M' | b'G' | b'T' | b'P' | b'E'] => suffix != "K",
        [b'K' | b'M' | b'G' | b'T' | b'P' | b'E', b'i'] => true,
        [b'e' | b'E', ..] => after_number(&suffix[1..]) == Some(""),
        _ => false,
    }
}

/// What follows a decimal number with an optional sign.
fn after_number(text: &str) -> Option<&str> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let after_digits =
        |text: &'_ str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let whole = after_digits(unsigned);
    let rest = &unsigned[whole..];
    match rest.strip_prefix('.') {
        None => (whole > 0).then_some(rest),
        Some(rest) => {
            let fraction = after_digits(rest);
            (whole + fraction > 0).then_some(&rest[fraction..])
        }
    }
}

/// Whether a text is three numbers of at most four digits with dots between them.
pub fn is_release_version(text: &str) -> bool {
    let is_number = |part: &str| {
        matches!(part.len(), 1..=4)
            && part.bytes().all(|b| b.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    text.split('.').count() == 3 && text.split('.').all(is_number)
}

/// Whether a text has only characters of base64.
pub fn is_base64(text: &str) -> bool {
    let lines = text.trim_end_matches(['\r', '\n']);
    let data = lines.trim_end_matches('=');
    lines.len() - data.len() <= 2
        && data
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use super::FORMATS;
    use proptest::prelude::*;
    use regex::Regex;

    #[test]
    fn a_format_is_its_pattern() {
        let hand = [
            "",
            "0",
            "00",
            "a",
            "-",
            "a-",
            "-a",
            "a.b",
            "a..b",
            ".",
            "A",
            "a/b",
            "a/",
            "/b",
            "a/b/c",
            "1h",
            "1m",
            "1ms",
            "1m1ms",
            "1ms1m",
            "1s1m",
            "5",
            "1.5",
            "1.",
            ".5",
            "+1",
            "-1Ki",
            "1K",
            "1k",
            "1Mi",
            "1e3",
            "1E",
            "1Ei",
            "1e",
            "1e+.5",
            "1.2.3",
            "01.2.3",
            "1.2.12345",
            "ab==",
            "a===",
            "a=b",
            "a\n",
            "\r\n",
            "a==\n",
            "é",
            "1.2.3.4",
            "1d1w",
        ];
        for (pattern, format, function) in FORMATS {
            let regex = Regex::new(pattern).unwrap();
            for text in hand {
                assert_eq!(function(text), regex.is_match(text), "{format}: {text:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn a_format_is_its_pattern_on_random_text(text in "[a-zAKMi0-2.+=/\\-_eEmsh\n]{0,12}", long in "[a-b.\\-/]{60,70}") {
            for (pattern, format, function) in FORMATS {
                let regex = Regex::new(pattern).unwrap();
                for text in [&text, &long] {
                    prop_assert_eq!(function(text), regex.is_match(text), "{}: {:?}", format, text);
                }
            }
        }

        #[test]
        fn a_format_takes_what_its_pattern_makes(
            duration in "(0|(([0-9]{1,3})y)?(([0-9]{1,3})w)?(([0-9]{1,3})d)?(([0-9]{1,3})h)?(([0-9]{1,3})m)?(([0-9]{1,3})s)?(([0-9]{1,3})ms)?)",
            quantity in "(\\+|-)?(([0-9]{1,3}(\\.[0-9]{0,3})?)|(\\.[0-9]{1,3}))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]{1,3}(\\.[0-9]{0,3})?)|(\\.[0-9]{1,3}))))?",
        ) {
            prop_assert!(super::is_prometheus_duration(&duration), "{}", duration);
            prop_assert!(super::is_quantity(&quantity), "{}", quantity);
        }
    }
}
