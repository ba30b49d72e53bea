//! `images`: what must be in a registry that a cluster can reach.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use clap::{Args, ValueEnum};
use graphwright::diagnostic;
use serde_json::json;

use super::Exit;
use super::inputs::{Paths, Selection};
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  Copy everything a cluster pulls:
    graphwright images . | xargs -I{} skopeo copy --all docker://{} docker://mirror.example/{}
  Where each image is used:
    graphwright images graph.yaml --profile eks-p5 --format json

Listed is what the manifests name; images that operators add in the cluster are not.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    selection: Selection,
    /// One image a line, or JSON with the places each is used in
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true,
        help_heading = "Output",
        help = "`text`: one image a line; `json`: also where each is used"
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
    output.diagnostics(&all.diagnostics, &all.sources)?;
    if diagnostic::has_errors(&all.diagnostics) {
        return Ok(Exit::NotDone);
    }
    let mut images: BTreeMap<String, BTreeSet<(&str, &str, _)>> = BTreeMap::new();
    for pair in &all.pairs {
        for (image, uses) in graphwright::images::images(&pair.manifests) {
            let places = uses
                .into_iter()
                .map(|one| (pair.profile.as_str(), pair.release.as_str(), one));
            images.entry(image).or_default().extend(places);
        }
    }
    let text = match arguments.format {
        Format::Text => images.keys().map(|image| format!("{image}\n")).collect(),
        Format::Json => {
            let list: Vec<_> = images
                .iter()
                .map(|(image, uses)| {
                    let uses: Vec<_> = uses
                        .iter()
                        .map(|(profile, release, one)| {
                            json!({
                                "profile": profile,
                                "release": release,
                                "object": one.object,
                                "field": one.field,
                            })
                        })
                        .collect();
                    json!({"image": image, "uses": uses})
                })
                .collect();
            format!("{:#}\n", serde_json::Value::Array(list))
        }
    };
    output.answer(&text)?;
    Ok(Exit::Done)
}
