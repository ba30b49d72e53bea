//! How may names be spelled?

use graphwright_validators::formats;

/// Why a text is no DNS label; nothing if it is one.
pub(super) fn dns_label(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty")
    } else if text.len() > 63 {
        Some("has more than 63 characters")
    } else if !formats::is_dns_label(text) {
        Some("must be lower-case letters, digits and hyphens, with a letter or digit at both ends")
    } else {
        None
    }
}

/// Why a text is no DNS subdomain; nothing if it is one.
pub(super) fn dns_subdomain(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty")
    } else if text.len() > 253 {
        Some("has more than 253 characters")
    } else if !formats::is_dns_subdomain(text) {
        Some(
            "must be lower-case letters, digits, hyphens and dots, with a letter or digit at both ends of each part",
        )
    } else {
        None
    }
}

/// Why a text is no qualified name, as keys of labels and annotations are; nothing if it is one.
pub(super) fn qualified_name(text: &str) -> Option<&'static str> {
    let (prefix, name) = text.split_once('/').unwrap_or(("", text));
    if name.contains('/') {
        Some("has more than one slash")
    } else if text.starts_with('/') {
        Some("has nothing before the slash")
    } else if prefix.len() > 253 {
        Some("has more than 253 characters before the slash")
    } else if name.is_empty() {
        Some("has no name")
    } else if name.len() > 63 {
        Some("has a name of more than 63 characters")
    } else if !formats::is_label_key(text) {
        Some("must be letters, digits, `-`, `_` and `.`, with a letter or digit at both ends")
    } else {
        None
    }
}

/// Why a text is no label's value; nothing if it is one.
pub(super) fn label_value(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    let is_end = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    if bytes.len() > 63 {
        Some("has more than 63 characters")
    } else if !text.is_empty() && !formats::is_data_key(text)
        || !is_end(bytes.first())
        || !is_end(bytes.last())
    {
        Some("must be letters, digits, `-`, `_` and `.`, with a letter or digit at both ends")
    } else {
        None
    }
}

/// Why a text is no port name; nothing if it is one.
pub(super) fn port_name(text: &str) -> Option<&'static str> {
    if text.len() > 15 {
        Some("has more than 15 characters")
    } else if !formats::is_dns_label(text) {
        Some("must be lower-case letters, digits and hyphens, with a letter or digit at both ends")
    } else if text.contains("--") {
        Some("has two hyphens in a row")
    } else if !text.bytes().any(|b| b.is_ascii_lowercase()) {
        Some("has no letter")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_the_api_server_reads_them() {
        for text in ["a", "a-b", "0", "0a"] {
            assert_eq!(dns_label(text), None, "{text}");
        }
        for text in ["", "-a", "a-", "A", "a.b", &"a".repeat(64)] {
            assert!(dns_label(text).is_some(), "{text}");
        }
        for text in ["app", "a.b/c", "example.com/A_b.c", "A"] {
            assert_eq!(qualified_name(text), None, "{text}");
        }
        for text in ["", "/a", "a/", "a/b/c", "A.b/c", "a b", "-a"] {
            assert!(qualified_name(text).is_some(), "{text}");
        }
        for text in ["", "a", "A_b.c-d", "1.2.3"] {
            assert_eq!(label_value(text), None, "{text}");
        }
        for text in ["a b", "-a", "a-", "a/b", &"a".repeat(64)] {
            assert!(label_value(text).is_some(), "{text}");
        }
        for text in ["http", "a1", "grpc-web"] {
            assert_eq!(port_name(text), None, "{text}");
        }
        for text in ["", "80", "a--b", "Http", "much-too-long-for-a-port"] {
            assert!(port_name(text).is_some(), "{text}");
        }
    }
}
