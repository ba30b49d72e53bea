//! The repository's own commands: `cargo xtask <command>`.
#![expect(
    clippy::disallowed_methods,
    reason = "a command of the repository reads and writes it"
)]

mod schemas;

use std::process::ExitCode;

/// What `cargo xtask` without a command prints.
const USAGE: &str = "\
usage: cargo xtask COMMAND

commands:
  schemas    write schemas/kubernetes/ from the k8s-openapi crate, one file for each minor version
             (then: UPDATE_GOLDEN=1 cargo test --test schemas, for everything made from them)
";

#[expect(
    clippy::print_stderr,
    reason = "a command of the repository talks to its developer"
)]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let done = match (arguments.next().as_deref(), arguments.next()) {
        (Some("schemas"), None) => schemas::write(),
        // One version of k8s-openapi at a time: `schemas` calls this once for each.
        (Some("schemas-of-this-build"), None) => schemas::print_this_build(),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}
