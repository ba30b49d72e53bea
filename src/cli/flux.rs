//! `flux`: what Flux must be told about the manifests that it delivers.

use std::io;

use clap::{Args, Subcommand};
use graphwright::health;
use graphwright::yaml::Node;

use super::Exit;
use super::delivery::{Inputs, named};
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  graphwright flux health releases/
  graphwright flux ignore releases/

Both print parts of a Kustomization's `spec`.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the `healthCheckExprs` of a Kustomization for custom resources
    Health {
        #[command(flatten)]
        inputs: Inputs,
    },
    /// Print the `ignore` of a Kustomization for replicas that scalers set
    Ignore {
        #[command(flatten)]
        inputs: Inputs,
    },
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    let of_spec = |key: &'static str, items: Vec<Node>| {
        let mut whole = Node::map(Default::default());
        whole.set("spec", named(key, items));
        whole
    };
    match arguments.action {
        Action::Health { inputs } => inputs.answer(output, true, |manifests| {
            of_spec(
                "healthCheckExprs",
                health::expressions(&health::of(manifests)),
            )
        }),
        Action::Ignore { inputs } => inputs.answer(output, false, |manifests| {
            of_spec("ignore", health::ignore(manifests))
        }),
    }
}
