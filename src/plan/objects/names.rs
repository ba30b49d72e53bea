//! What may an object be called, and what does a label hold?

use sha2::{Digest, Sha256};

/// The longest DNS subdomain, which most objects' names are.
pub(super) const SUBDOMAIN: usize = 253;
/// The longest label value.
const LABEL: usize = 63;

/// `name` if it is at most `limit` bytes, else its beginning, `-` and eight hexadecimal digits of the
/// SHA-256 of the whole, so that two long names stay different.
pub(super) fn shorten(name: &str, limit: usize) -> String {
    if name.len() <= limit {
        return name.to_owned();
    }
    let digest = Sha256::digest(name.as_bytes());
    let mut end = limit - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    // What stands before the hyphen must be able to end a name.
    let beginning = name[..end].trim_end_matches(['-', '.', '_']);
    let hex: String = digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{beginning}-{hex}")
}

/// A label's value for a name.
pub(in crate::plan) fn label_value(name: &str) -> String {
    shorten(name, LABEL)
}

/// Whether an object can be called this: a DNS subdomain.
pub(crate) fn is_subdomain(name: &str) -> bool {
    let label = |label: &str| {
        let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let bytes = label.as_bytes();
        edge(bytes.first())
            && edge(bytes.last())
            && bytes
                .iter()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
    };
    name.len() <= SUBDOMAIN && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_stay() {
        assert_eq!(shorten("chat", 63), "chat");
    }

    #[test]
    fn long_names_stay_different_and_valid() {
        let (a, b) = ("a".repeat(70), format!("{}b", "a".repeat(69)));
        let short = [shorten(&a, 63), shorten(&b, 63)];
        assert_ne!(short[0], short[1]);
        for name in short {
            assert_eq!(name.len(), 63);
            assert!(is_subdomain(&name), "{name}");
        }
        let dashed = format!("{}{}", "a".repeat(40), "-".repeat(40));
        assert!(is_subdomain(&shorten(&dashed, 63)));
    }

    #[test]
    fn subdomains_are_lower_case_labels() {
        assert!(is_subdomain("a.b-c.d1"));
        for name in ["", "A", "a..b", "-a", "a-", "a_b", ".a", "a\n"] {
            assert!(!is_subdomain(name), "{name:?}");
        }
    }
}
