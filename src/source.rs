//! Which files does a run know, and which line and column is a byte of theirs?

use std::sync::{Arc, OnceLock};

use crate::origin::Place;

/// The text of every file of a run, numbered in the order they were added.
#[derive(Debug, Default, Clone)]
pub struct Sources {
    files: Vec<Source>,
}

/// One file's name and text.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path as the user would type it, or `profiles/<name>.yaml (built in)`, or `<stdin>`.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
    /// Where each line begins, once somebody has asked for a line.
    starts: OnceLock<Vec<u32>>,
}

/// A line and column, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Sources {
    /// Adds a file and gives its number.
    ///
    /// # Panics
    /// After 2³² files.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> u32 {
        self.files.push(Source {
            name: name.into(),
            text: text.into(),
            starts: OnceLock::new(),
        });
        u32::try_from(self.files.len() - 1).expect("fewer than 2^32 files")
    }

    /// The number that the next file will have.
    pub(crate) fn next(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX)
    }

    /// The file with this number.
    pub fn get(&self, file: u32) -> Option<&Source> {
        self.files.get(file as usize)
    }

    /// The files in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.files.iter()
    }

    /// The line and column where `place` starts.
    pub fn position(&self, place: Place) -> Option<Position> {
        Some(self.get(place.file)?.position(place.start))
    }

    /// `file:line:column` of `place`.
    pub fn describe(&self, place: Place) -> String {
        match (self.get(place.file), self.position(place)) {
            (Some(source), Some(Position { line, column })) => {
                format!("{}:{line}:{column}", source.name)
            }
            _ => "<unknown>".to_owned(),
        }
    }

    /// The bytes of `place`, as written.
    pub fn text(&self, place: Place) -> Option<&str> {
        self.get(place.file)?
            .text
            .get(place.start as usize..place.end as usize)
    }
}

impl Source {
    /// The line and column of a byte.
    pub fn position(&self, byte: u32) -> Position {
        let byte = floor_char_boundary(&self.text, byte as usize);
        let line = self
            .starts()
            .partition_point(|start| *start as usize <= byte);
        let start = self.starts()[line - 1] as usize;
        Position {
            line,
            column: self.text[start..byte].chars().count() + 1,
        }
    }

    /// The text of a line, counted from 1, without its end.
    pub fn line(&self, line: usize) -> Option<&str> {
        let start = *self.starts().get(line.checked_sub(1)?)? as usize;
        self.text[start..].lines().next()
    }

    fn starts(&self) -> &[u32] {
        self.starts.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            // Files of 4 GiB and more are refused when they are read.
            std::iter::once(0)
                .chain(ends.map(|(end, _)| end as u32 + 1))
                .collect()
        })
    }
}

fn floor_char_boundary(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "x: 1\né: 2\n");
        let start = "x: 1\né: ".len() as u32;
        let place = Place {
            file,
            start,
            end: start + 1,
        };
        assert_eq!(sources.describe(place), "a.yaml:2:4");
    }

    #[test]
    fn a_place_past_the_end_is_the_end() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "x");
        let place = Place {
            file,
            start: 99,
            end: 99,
        };
        assert_eq!(sources.describe(place), "a.yaml:1:2");
    }
}
