//! How much is read before a run gives up?

use crate::yaml::read;

/// Bounds of a run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bounds of one file.
    pub file: read::Limits,
    /// Files of one run.
    pub files: usize,
    /// Entries of directories looked at in one run.
    pub entries: usize,
    /// Bytes of one run.
    pub bytes: usize,
}

impl Default for Limits {
    /// 100,000 files, a million directory entries, 1 GiB: the largest fleet that is promised to work.
    fn default() -> Self {
        Self {
            file: read::Limits::default(),
            files: 100_000,
            entries: 1_000_000,
            bytes: 1 << 30,
        }
    }
}
