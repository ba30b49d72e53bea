//! `fit`: where the pods of everything that is rendered stand, cluster by cluster.

use std::collections::BTreeMap;
use std::io;

use clap::{Args, ValueEnum};
use graphwright::diagnostic::{self, Diagnostic};
use graphwright::fit::{self, Fit, Verdict};
use graphwright::model::Manifest;
use graphwright::{Rendered, validate};

use super::Exit;
use super::inputs::{Paths, Selection};
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  Where the pods of a graph would stand:
    graphwright fit graph.yaml --profile eks-p5
  All releases of a fleet together, cluster by cluster:
    graphwright fit . --format json

Counted is what the profiles tell of the nodes: `allocatable`, `maxNodes`, `zones` and `quotas`.
A pool without `maxNodes` grows as needed; what is not known is said and taken to be enough.

Exit status:
  0  everything fits, as far as is known
  1  something does not fit, or no placement was found
  2  not done";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    selection: Selection,
    /// A table, or JSON with every placement
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true,
        help_heading = "Output",
        help = "`text`: a table for each cluster; `json`: a list with every placement"
    )]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    let job = match arguments.selection.job(&arguments.paths.paths) {
        Ok(job) => job,
        Err(error) => return output.refuse(&error),
    };
    let all = job.everything();
    // What is said of one release alone is said of all together below.
    let (_, mut found): (Vec<Diagnostic>, Vec<Diagnostic>) =
        all.diagnostics.into_iter().partition(fit::is_complaint);
    if diagnostic::has_errors(&found) {
        output.diagnostics(&found, &all.sources)?;
        return Ok(Exit::NotDone);
    }
    let mut clusters: BTreeMap<&str, Vec<&Rendered>> = BTreeMap::new();
    for pair in &all.pairs {
        clusters.entry(&pair.profile).or_default().push(pair);
    }
    let mut texts = Vec::new();
    let mut list = Vec::new();
    let mut fits = true;
    for (profile, pairs) in clusters {
        let mut fit = together(&pairs);
        fits &= fit.verdict == Verdict::Fits;
        match arguments.format {
            Format::Text => texts.push(fit::to_text(&fit, profile)),
            Format::Json => list.push(fit::to_json(&fit, profile)),
        }
        let complaints = std::mem::take(&mut fit.complaints);
        found.extend(complaints.into_iter().map(|one| placed(one, &pairs)));
    }
    output.diagnostics(&found, &all.sources)?;
    output.answer(&match arguments.format {
        Format::Text => texts.join("\n"),
        Format::Json => format!("{:#}\n", serde_json::Value::Array(list)),
    })?;
    Ok(if fits { Exit::Done } else { Exit::No })
}

/// All releases of one cluster.
fn together(pairs: &[&Rendered]) -> Fit {
    // What cannot be converted has been complained about when it was rendered.
    let stored: Vec<_> = pairs
        .iter()
        .map(|pair| validate::stored(&pair.manifests, &mut Vec::new()))
        .collect();
    let manifests: Vec<&Manifest> = stored.iter().flat_map(|all| all.iter()).collect();
    match pairs.first() {
        Some(pair) => fit::fit(&manifests, &pair.cluster.spec),
        None => fit::fit(&manifests, &Default::default()),
    }
}

/// A complaint that points at inputs: those behind the decisions of the release that it is about.
fn placed(mut complaint: Diagnostic, pairs: &[&Rendered]) -> Diagnostic {
    let object = complaint
        .subject
        .as_deref()
        .and_then(|s| s.split(' ').next());
    let owner = pairs.iter().find(|pair| {
        let mut keys = pair
            .manifests
            .iter()
            .map(|manifest| manifest.key.to_string());
        keys.any(|key| Some(key.as_str()) == object)
    });
    if let Some(pair) = owner {
        let input_of = |origin| {
            let decision = pair.decisions.get(origin);
            let inputs = decision.into_iter().flat_map(|decision| &decision.inputs);
            let mut inputs = inputs.copied().filter(|input| input.place().is_some());
            inputs.next().unwrap_or(origin)
        };
        complaint.origin = input_of(complaint.origin);
        for (origin, _) in &mut complaint.labels {
            *origin = input_of(*origin);
        }
    }
    complaint
}
