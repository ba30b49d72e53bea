//! What a run's exit status says.

use std::process::ExitCode;

/// The exit status of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Done, and the answer is no: trees differ, a manifest is invalid.
    No,
    /// Not done: bad flags, unreadable files, inputs that do not resolve.
    NotDone,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::NotDone => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_documentation() {
        let codes = [Exit::Done, Exit::No, Exit::NotDone].map(Exit::code);
        assert_eq!(codes, [0, 1, 2]);
    }
}
