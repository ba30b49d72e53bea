//! `argocd` and `flux`: what the tools that deliver manifests must be told about them.

use std::io;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use graphwright::diagnostic;
use graphwright::health;
use graphwright::model::Manifest;
use graphwright::yaml::{Node, write};

use super::Exit;
use super::inputs::Selection;
use super::output::Output;

pub(super) const ARGOCD: &str = "\
Examples:
  graphwright argocd health > argocd-cm.yaml
  kubectl -n argocd patch configmap argocd-cm --patch-file argocd-cm.yaml
  graphwright argocd ignore-differences releases/";

pub(super) const FLUX: &str = "\
Examples:
  graphwright flux health releases/
  graphwright flux ignore releases/

Both print parts of a Kustomization's `spec`.";

#[derive(Debug, Args)]
pub(super) struct ArgoCdArguments {
    #[command(subcommand)]
    action: ArgoCd,
}

#[derive(Debug, Subcommand)]
enum ArgoCd {
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

#[derive(Debug, Args)]
pub(super) struct FluxArguments {
    #[command(subcommand)]
    action: Flux,
}

#[derive(Debug, Subcommand)]
enum Flux {
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

/// What is delivered.
#[derive(Debug, Args)]
struct Inputs {
    /// Graphs, releases or directories; for health, all kinds if left out
    #[arg(value_name = "GRAPH|RELEASE|DIR", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    selection: Selection,
}

pub(super) fn argocd(arguments: ArgoCdArguments, output: &Output) -> io::Result<Exit> {
    match arguments.action {
        ArgoCd::Health { inputs, namespace } => inputs.answer(output, true, |manifests| {
            health::config_map(&health::of(manifests), &namespace)
        }),
        ArgoCd::IgnoreDifferences { inputs } => inputs.answer(output, false, |manifests| {
            let options = vec![Node::new(
                "RespectIgnoreDifferences=true",
                Default::default(),
            )];
            let policy = named("syncOptions", options);
            let mut spec = named("ignoreDifferences", health::ignore_differences(manifests));
            // Without it a sync would still write the replicas back.
            spec.set("syncPolicy", policy);
            let mut whole = Node::map(Default::default());
            whole.set("spec", spec);
            whole
        }),
    }
}

pub(super) fn flux(arguments: FluxArguments, output: &Output) -> io::Result<Exit> {
    let of_spec = |key: &'static str, items: Vec<Node>| {
        let mut whole = Node::map(Default::default());
        whole.set("spec", named(key, items));
        whole
    };
    match arguments.action {
        Flux::Health { inputs } => inputs.answer(output, true, |manifests| {
            of_spec(
                "healthCheckExprs",
                health::expressions(&health::of(manifests)),
            )
        }),
        Flux::Ignore { inputs } => inputs.answer(output, false, |manifests| {
            of_spec("ignore", health::ignore(manifests))
        }),
    }
}

/// A mapping with one list.
fn named(key: &str, items: Vec<Node>) -> Node {
    let mut node = Node::map(Default::default());
    node.set(key, Node::new(items, Default::default()));
    node
}

impl Inputs {
    /// Renders what is asked about, if anything, and prints what is made of it.
    fn answer(
        self,
        output: &Output,
        may_be_empty: bool,
        make: impl FnOnce(&[&Manifest]) -> Node,
    ) -> io::Result<Exit> {
        let mut pairs = Vec::new();
        if !(self.paths.is_empty() && may_be_empty) {
            let paths = match self.paths.as_slice() {
                [] => vec![PathBuf::from(".")],
                paths => paths.to_vec(),
            };
            let job = match self.selection.job(&paths) {
                Ok(job) => job,
                Err(error) => return output.refuse(&error),
            };
            let all = job.everything();
            output.diagnostics(&all.diagnostics, &all.sources)?;
            if diagnostic::has_errors(&all.diagnostics) {
                return Ok(Exit::NotDone);
            }
            pairs = all.pairs;
        }
        let manifests: Vec<&Manifest> = pairs.iter().flat_map(|pair| &pair.manifests).collect();
        let mut text = String::new();
        write::write(&make(&manifests), &mut text);
        output.answer(&text)?;
        Ok(Exit::Done)
    }
}
