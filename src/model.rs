//! What people write, as they wrote it.

pub mod upstream;
