//! What does the parser's complaint mean to the person who wrote the file?

use granit_parser::ErrorKind;

use crate::rules::{self, Rule};

/// A syntax error in our words.
pub(super) struct Complaint {
    pub(super) rule: &'static Rule,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Puts a parser error in words that say what to look at.
pub(super) fn complaint(error: &ErrorKind) -> Complaint {
    use ErrorKind as E;
    let syntax = |message: &str, help| Complaint {
        rule: &rules::YAML_SYNTAX,
        message: message.to_owned(),
        help,
    };
    match error {
        E::RecursionLimitExceeded => Complaint {
            rule: &rules::YAML_TOO_DEEP,
            message: "the document is nested too deeply to be read".to_owned(),
            help: "no Kubernetes object is nested like this: check what made the file",
        },
        E::ExpectedBlockMappingKey => syntax(
            "this line does not fit the mapping above it",
            "check its indentation, and that it is a `key: value`",
        ),
        E::ExpectedBlockSequenceEntry => syntax(
            "this line does not fit the list above it",
            "check its indentation, and that it starts with `- `",
        ),
        E::ExpectedDocumentStart | E::InvalidIndentation => syntax(
            "this line is indented less or more than the document it follows",
            "check its indentation, or put `---` before it to start another document",
        ),
        E::MappingValueNotAllowed | E::MappingKeyNotAllowed => syntax(
            "a `key: value` cannot stand here",
            "check the indentation; text with `: ` in it needs quotes",
        ),
        E::BlockSequenceEntryNotAllowed | E::BlockEntryInFlowCollection => syntax(
            "a list item cannot stand here",
            "check the indentation; text that starts with `- ` needs quotes",
        ),
        E::SimpleKeyExpected | E::InvalidSimpleKey => syntax(
            "this line is neither `key: value` nor a list item",
            "check for a missing `:` or a missing space after it, and the indentation",
        ),
        E::InvalidMappingValueWhitespace => syntax(
            "`:` must be followed by a space",
            "add the space, or quote the text",
        ),
        E::TabNotAllowed
        | E::TabInBlockIndentation
        | E::TabInIndentation
        | E::TabAtBlockScalarStart
        | E::TabInPlainScalar => syntax(
            "a tab cannot be used for indentation",
            "use spaces: two for each level",
        ),
        E::UnclosedQuotedScalar
        | E::InvalidQuotedScalarIndent
        | E::DocumentIndicatorInQuotedScalar => syntax(
            "a quote that was opened before this is not closed",
            "close it where the text ends; lines of quoted text must be indented",
        ),
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => syntax(
            "there is more text after the closing quote",
            "quote all of it; within single quotes, write `''` for one",
        ),
        E::UnknownQuotedScalarEscape | E::InvalidQuotedScalarHexEscape => syntax(
            "`\\` in double quotes starts an escape that does not exist",
            "write `\\\\` for a backslash, or use single quotes",
        ),
        E::UnclosedFlowCollection { open } | E::MismatchedFlowCollectionEnd { open, .. } => syntax(
            &format!("a `{open}` is not closed by its own kind of bracket"),
            "close it; text that starts with a bracket needs quotes",
        ),
        E::ExpectedFlowMappingSeparator | E::ExpectedFlowSequenceSeparator => syntax(
            "a `,` or a closing bracket is missing before this",
            "text with commas, colons or brackets in it needs quotes",
        ),
        E::UnexpectedEofFlowSequence | E::UnexpectedEofFlowMapping => syntax(
            "the document ends within brackets",
            "close every `[` with `]` and every `{` with `}`",
        ),
        E::InvalidFlowScalarIndent => syntax(
            "text within brackets must be indented",
            "indent it, or check for a bracket that is not closed above",
        ),
        E::UnknownAnchor => syntax(
            "the alias stands for nothing",
            "give the value an anchor of this name (`&name`) before it is used",
        ),
        E::UnexpectedCharacter { character } => syntax(
            &format!("a value cannot start with `{}`", character.escape_default()),
            "quote it",
        ),
        other => syntax(&other.to_string(), "mend the syntax"),
    }
}

/// What to do about a construct that is refused; `text` is how it starts.
pub(super) fn advice(rule: &Rule, text: &str) -> Option<&'static str> {
    if rule.code == rules::YAML_KEY.code && text.starts_with('{') {
        return Some("quote it; if this is a template with `{{ … }}`, render that first");
    }
    if rule.code == rules::YAML_KEY.code {
        return Some("quote it, or write `key: value`");
    }
    if rule.code == rules::YAML_TAG.code {
        return Some("remove the tag and write the value itself");
    }
    if rule.code == rules::YAML_ALIAS.code {
        return Some("write the values out in place of the aliases");
    }
    None
}
