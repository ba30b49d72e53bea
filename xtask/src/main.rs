//! The repository's own commands: `cargo xtask <command>`.

fn main() {}
