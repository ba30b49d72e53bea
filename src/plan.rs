//! Which decisions does a pair need before anything is rendered?

pub mod objects;
