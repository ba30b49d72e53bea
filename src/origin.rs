//! Where did a value come from: a line of an input, a decision of a rule, or a template?
//!
//! An [`Origin`] is sixteen bytes that travel with every value of every manifest, so knowing where a
//! field came from costs nothing until somebody asks.

/// What set a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// Nothing that can be named.
    #[default]
    None,
    /// Bytes of a file the user (or a built-in profile) wrote.
    Input(Place),
    /// A decision of the plan, by its number in the release's [`Decisions`](crate::rules::Decisions).
    Decision(u32),
    /// Literal text of a template, by its number among the templates of the run.
    Template(u32),
}

/// A stretch of one source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, by its number in [`Sources`](crate::source::Sources).
    pub file: u32,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Origin {
    /// The place in an input, if it is one.
    pub fn place(self) -> Option<Place> {
        match self {
            Self::Input(place) => Some(place),
            Self::None | Self::Decision(_) | Self::Template(_) => None,
        }
    }
}
