//! Which bytes does a change of one field touch?

use std::ops::Range;

use crate::origin::{Origin, Place};
use crate::yaml::{Node, Value};

/// One change to a document and its text.
pub(super) struct Edit {
    /// What is changed, as a pointer.
    pub(super) pointer: String,
    /// The new value; none to remove the entry.
    pub(super) value: Option<Value>,
    /// Where the old value stands; of an alias, where its anchor's value does.
    pub(super) place: Place,
    /// Where its key stands, for an entry that is removed.
    pub(super) key: Place,
    /// Where the mapping begins that the entry is removed from.
    pub(super) map: Option<Place>,
}

impl Edit {
    /// Where the old value stands.
    pub(super) fn origin(&self) -> Origin {
        Origin::Input(self.place)
    }

    /// Makes the change to the document.
    pub(super) fn make(&self, document: &mut Node) {
        let steps: Vec<&str> = self.pointer.split('/').skip(1).collect();
        let Some((last, path)) = steps.split_last() else {
            return;
        };
        let mut node = document;
        for step in path {
            let next = match &mut node.value {
                Value::Map(map) => map.get_mut(step),
                Value::List(items) => step
                    .parse()
                    .ok()
                    .and_then(|index: usize| items.get_mut(index)),
                _ => None,
            };
            let Some(next) = next else { return };
            node = next;
        }
        match &self.value {
            Some(value) => {
                node.set(last, Node::new(value.clone(), Origin::None));
            }
            None => {
                node.remove(last);
            }
        }
    }

    /// The bytes that go, and what comes in their place.
    fn bytes(&self, text: &str) -> (Range<usize>, String) {
        let (start, end) = (self.place.start as usize, self.place.end as usize);
        let is_in_braces = self
            .map
            .and_then(|map| text.get(map.start as usize..))
            .is_some_and(|map| map.starts_with('{'));
        let key = self.key.start as usize;
        match &self.value {
            Some(Value::String(new)) => (start..end, new.clone()),
            Some(Value::Int(new)) => (start..end, new.to_string()),
            Some(_) => (start..end, String::new()),
            None if is_in_braces => (in_braces(text, key), String::new()),
            None => (lines(text, key), String::new()),
        }
    }
}

/// The text with the edits. What several of them say about the same bytes is done once.
pub(super) fn with(text: &str, edits: &[Edit]) -> String {
    let mut changes: Vec<_> = edits.iter().map(|edit| edit.bytes(text)).collect();
    changes.sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
    changes.dedup();
    let (mut changed, mut first) = (text.to_owned(), text.len());
    for (range, new) in changes {
        // Whoever asked holds the text against the document; bytes that cannot be right are left.
        let is_apart = range.start <= range.end && range.end <= first;
        if is_apart && text.get(range.clone()).is_some() {
            first = range.start;
            changed.replace_range(range, &new);
        }
    }
    changed
}

/// The whole lines of an entry of a mapping in block style.
fn lines(text: &str, key: usize) -> Range<usize> {
    let line = line_of(text, key);
    let indent = key - line;
    let mut end = next_line(text, key);
    let mut kept = end;
    while end < text.len() {
        let next = next_line(text, end);
        let content = &text[end..next];
        let own = content.len() - content.trim_start_matches(' ').len();
        if !content.trim().is_empty() {
            if own <= indent {
                break;
            }
            kept = next;
        }
        end = next;
    }
    line..kept
}

/// An entry of a mapping in braces, with its comma; whole lines if nothing else stands on them.
fn in_braces(text: &str, key: usize) -> Range<usize> {
    let end = end_in_braces(text, key);
    if text[end..].starts_with(',') {
        let after = end + 1;
        let next = after + (text[after..].len() - text[after..].trim_start_matches(' ').len());
        let line = line_of(text, key);
        let is_alone = text[line..key].trim().is_empty();
        let is_last = text[next..].starts_with(['\n', '\r']);
        return match (is_alone, is_last) {
            (true, true) => line..next_line(text, next),
            (false, true) => text[..key].trim_end_matches(' ').len()..next,
            _ => key..next,
        };
    }
    let value_end = text[..end].trim_end().len().max(key);
    let before = text[..key].trim_end();
    match before.strip_suffix(',') {
        Some(before) => before.len()..value_end,
        None => key..value_end,
    }
}

/// Where the entry ends that begins at `key`: at its comma, or at the brace that closes the mapping.
fn end_in_braces(text: &str, key: usize) -> usize {
    let (mut open, mut quote, mut previous) = (0_usize, None, ' ');
    let mut is_comment = false;
    for (at, c) in text[key..].char_indices() {
        match (quote, c) {
            (_, '\n') if is_comment => is_comment = false,
            _ if is_comment => {}
            (Some(end), c) if c == end && previous != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '#') if previous.is_whitespace() => is_comment = true,
            (None, '"' | '\'') => quote = Some(c),
            (None, '{' | '[') => open += 1,
            (None, ',' | '}') if open == 0 => return key + at,
            (None, '}' | ']') => open = open.saturating_sub(1),
            _ => {}
        }
        previous = c;
    }
    text.len()
}

/// Where the line begins that `at` is on.
fn line_of(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Where the line after that of `at` begins.
fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}
