//! Does a text hold a secret of a well-known service?
//!
//! `plan` refuses graphs with such a text, and reports never print one, whatever they are about.

use std::borrow::Cow;
use std::ops::Range;

/// Beginnings by which the tokens of well-known services are recognised, and the least number of
/// characters that follow.
const PREFIXES: [(&str, usize, &str); 16] = [
    ("hf_", 20, "a Hugging Face token"),
    ("nvapi-", 20, "an NVIDIA API key"),
    ("AKIA", 16, "an AWS access key"),
    ("ASIA", 16, "an AWS access key"),
    ("ghp_", 20, "a GitHub token"),
    ("gho_", 20, "a GitHub token"),
    ("ghs_", 20, "a GitHub token"),
    ("github_pat_", 20, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("xoxb-", 20, "a Slack token"),
    ("xoxp-", 20, "a Slack token"),
    ("sk-", 32, "an API key"),
    ("AIza", 30, "a Google API key"),
    ("ya29.", 20, "a Google access token"),
    ("wandb_", 32, "a Weights & Biases key"),
    ("eyJhbGciOi", 20, "a JSON web token"),
];

/// Fewer characters are no token: `AKIA` and what follows.
const SHORTEST: usize = 20;

/// What service's token stands anywhere in a text.
pub(crate) fn known(text: &str) -> Option<&'static str> {
    // Most text of a graph is shorter than any token, and sixteen searches through all of it add up.
    if text.len() < SHORTEST {
        return None;
    }
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    tokens(text).next().map(|(_, what)| what)
}

/// The tokens in a text, each with what it is.
fn tokens(text: &str) -> impl Iterator<Item = (Range<usize>, &'static str)> {
    let body = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    PREFIXES.iter().flat_map(move |(prefix, least, what)| {
        text.match_indices(prefix).filter_map(move |(at, _)| {
            // Not the end of a longer word.
            if text[..at]
                .chars()
                .next_back()
                .is_some_and(|c| c.is_ascii_alphanumeric())
            {
                return None;
            }
            let start = at + prefix.len();
            let rest = &text[start..];
            let length = rest.find(|c| !body(c)).unwrap_or(rest.len());
            let token = &rest[..length];
            let words = ["your", "placeholder", "replace", "changeme", "xxxx"];
            let stand_in = distinct(token) < 3 || names_any(token, &words);
            (length >= *least && !stand_in).then_some((at..start + length, *what))
        })
    })
}

/// The text with `*` for every byte of a token.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    for (range, _) in tokens(text) {
        let stars = "*".repeat(range.len());
        masked.to_mut().replace_range(range, &stars);
    }
    masked
}

/// Whether any of the words stands in a text, in either case.
pub(crate) fn names_any(text: &str, words: &[&str]) -> bool {
    let lower = text.to_ascii_lowercase();
    words.iter().any(|word| lower.contains(word))
}

/// How many different characters a text has.
pub(crate) fn distinct(text: &str) -> usize {
    text.chars()
        .collect::<std::collections::BTreeSet<_>>()
        .len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_is_shorter_than_the_shortest() {
        let lengths = PREFIXES
            .iter()
            .map(|(prefix, least, _)| prefix.len() + least);
        assert_eq!(lengths.min(), Some(SHORTEST));
    }

    #[test]
    fn tokens_are_recognised_anywhere() {
        // Put together here, so that scanners of this repository stay quiet.
        let token = format!("{}{}", "hf_", "AbCdEfGhIjKlMnOpQrStUvWxYz01");
        assert!(known(&token).is_some());
        assert!(known(&format!("curl -H 'Bearer {token}' https://x")).is_some());
        assert!(known("AKIAIOSFODNN7EXAMPLE").is_some());
        assert!(known("hf_transfer").is_none());
        assert!(known("hf_${HF_TOKEN_FROM_ENVIRONMENT}").is_none());
        assert!(known("hf_token").is_none());
        assert!(known("hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxx").is_none());
        assert!(known("hf_your_token_goes_in_here_please").is_none());
        assert!(known("desk-organising-is-what-i-do-all-day-long").is_none());
    }

    #[test]
    fn a_mask_is_as_long_as_the_token() {
        let token = format!("{}{}", "hf_", "AbCdEfGhIjKlMnOpQrStUvWxYz01");
        let text = format!("a: {token}, b: {token}.");
        let masked = mask(&text);
        assert_eq!(masked.len(), text.len());
        assert!(
            !masked.contains("AbCd") && masked.starts_with("a: ***"),
            "{masked}"
        );
        assert_eq!(mask("hf_token"), "hf_token");
    }
}
