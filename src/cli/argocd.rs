//! `argocd`: what Argo CD must be told about the manifests that it delivers.

use std::io;

use clap::{Args, Subcommand};
use graphwright::health;
use graphwright::yaml::Node;

use super::Exit;
use super::delivery::{Inputs, named};
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  graphwright argocd health > argocd-cm.yaml
  kubectl -n argocd patch configmap argocd-cm --patch-file argocd-cm.yaml
  graphwright argocd ignore-differences releases/";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print a patch of `argocd-cm` with health checks for custom resources
    Health {
        #[command(flatten)]
        inputs: Inputs,
        /// Argo CD's namespace
        #[arg(long, value_name = "NAME", default_value = "argocd")]
        namespace: String,
    },
    /// Print the `ignoreDifferences` of an Application for replicas that scalers set
    IgnoreDifferences {
        #[command(flatten)]
        inputs: Inputs,
    },
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    match arguments.action {
        Action::Health { inputs, namespace } => inputs.answer(output, true, |manifests| {
            health::config_map(&health::of(manifests), &namespace)
        }),
        Action::IgnoreDifferences { inputs } => inputs.answer(output, false, |manifests| {
            let found = health::ignore_differences(manifests);
            let is_empty = found.is_empty();
            let mut spec = named("ignoreDifferences", found);
            if !is_empty {
                // Without it a sync would still write the replicas back.
                let option = Node::new("RespectIgnoreDifferences=true", Default::default());
                spec.set("syncPolicy", named("syncOptions", vec![option]));
            }
            let mut whole = Node::map(Default::default());
            whole.set("spec", spec);
            whole
        }),
    }
}
