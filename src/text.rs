//! Text for people: broken into lines that fit.

use std::fmt::Write as _;

/// Puts `words` into lines that end before `width` where that can be. The first line begins at column
/// `first`, the others are indented by `indent`.
pub(crate) fn wrap<'a>(
    words: impl Iterator<Item = &'a str>,
    first: usize,
    indent: usize,
    width: usize,
) -> String {
    let mut text = String::new();
    let mut column = first;
    for (index, word) in words.enumerate() {
        let length = word.chars().count();
        if index > 0 && column + 1 + length > width {
            let _ = write!(text, "\n{:indent$}", "");
            column = indent;
        } else if index > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_before_the_edge() {
        let wrapped = |first, indent, width| {
            let words = "one two three four".split_whitespace();
            wrap(words, first, indent, width)
        };
        assert_eq!(wrapped(0, 0, 80), "one two three four");
        assert_eq!(wrapped(0, 0, 7), "one two\nthree\nfour");
        assert_eq!(wrapped(4, 2, 12), "one two\n  three four");
        assert_eq!(wrapped(0, 1, 2), "one\n two\n three\n four");
    }
}
