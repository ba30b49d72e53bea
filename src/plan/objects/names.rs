//! What may an object be called, and what does a label hold?

use sha2::{Digest, Sha256};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::is_subdomain;

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
