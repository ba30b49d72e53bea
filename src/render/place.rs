//! Which line and column of a template printed this byte of its text?

use std::ops::Range;

use super::shape::TOKEN;

/// The line and column of a byte, both counted from 1; columns count characters.
pub(super) fn line_column(text: &str, byte: usize) -> (usize, usize) {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    let before = &text[..byte];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[start..].chars().count() + 1,
    )
}

/// The first place where `word` stands by itself inside a tag.
pub(super) fn of_word(template: &str, word: &str) -> Option<usize> {
    let name = |c: char| c.is_alphanumeric() || c == '_';
    template.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = template[..*at].chars().next_back();
        let after = template[at + word.len()..].chars().next();
        let tag = template[..*at].rfind("{{").max(template[..*at].rfind("{%"));
        let closed = template[..*at].rfind("}}").max(template[..*at].rfind("%}"));
        tag > closed
            && !before.is_some_and(|c| name(c) || c == '.' || c == '"' || c == '\'')
            && !after.is_some_and(name)
    })
}

/// A line with its placeholders or tags apart from its text.
#[derive(PartialEq)]
enum Part<'a> {
    Text(&'a str),
    Value,
}

/// The stretch of the template that printed what stands at `byte` of `printed`.
///
/// Printed lines are matched with the template's by their literal text, in order; a loop's later rounds
/// find their lines by starting over.
pub(super) fn in_template(template: &str, printed: &str, byte: usize) -> Range<usize> {
    let lines: Vec<(usize, Vec<(Part<'_>, usize)>)> = offsets(template)
        .map(|(start, line)| (start, template_parts(line)))
        .collect();
    let mut current = 0;
    for (start, line) in offsets(printed) {
        let parts = printed_parts(line);
        let same = |at: &usize| {
            let parsed = &lines[*at].1;
            parsed.len() == parts.len() && parsed.iter().zip(&parts).all(|(a, b)| a.0 == b.0)
        };
        let found = (current..lines.len())
            .find(same)
            .or_else(|| (0..current).rev().find(same));
        if let Some(found) = found {
            current = found + 1;
        }
        if byte < start + line.len() + 1 || start + line.len() >= printed.len() {
            let Some(found) = found else { break };
            let (line_start, parsed) = &lines[found];
            let at = parts
                .iter()
                .rposition(|(_, offset)| start + offset <= byte)
                .unwrap_or(0);
            let Some((part, offset)) = parsed.get(at) else {
                return *line_start..*line_start;
            };
            let within = match part {
                Part::Text(_) => byte.saturating_sub(start + parts[at].1),
                Part::Value => 0,
            };
            let from = line_start + offset + within;
            let end = match part {
                Part::Value => template[from..]
                    .find("}}")
                    .map_or(from, |end| from + end + 2),
                Part::Text(_) => from + 1,
            };
            return from.min(template.len())..end.min(template.len());
        }
    }
    0..0
}

fn offsets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end())
    })
}

fn printed_parts(line: &str) -> Vec<(Part<'_>, usize)> {
    let mut parts = Vec::new();
    let mut offset = 0;
    for (index, part) in line.split(TOKEN).enumerate() {
        if index % 2 == 1 {
            parts.push((Part::Value, offset - TOKEN.len_utf8()));
        } else if !part.is_empty() {
            parts.push((Part::Text(part), offset));
        }
        offset += part.len() + TOKEN.len_utf8();
    }
    parts
}

fn template_parts(line: &str) -> Vec<(Part<'_>, usize)> {
    let mut parts = Vec::new();
    let mut offset = 0;
    while offset < line.len() {
        let rest = &line[offset..];
        let tag = ["{{", "{%", "{#"]
            .iter()
            .filter_map(|open| rest.find(open).map(|at| (at, *open)))
            .min();
        let Some((at, open)) = tag else {
            parts.push((Part::Text(rest), offset));
            break;
        };
        if at > 0 {
            parts.push((Part::Text(&rest[..at]), offset));
        }
        let close = match open {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        if open == "{{" {
            parts.push((Part::Value, offset + at));
        }
        let length = rest[at..]
            .find(close)
            .map_or(rest.len() - at, |end| end + 2);
        offset += at + length;
    }
    parts
}
