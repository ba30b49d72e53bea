//! `convert`: a graph in the other version of its API.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use graphwright::convert::convert;
use graphwright::diagnostic;
use graphwright::load::{self, Reason, Request};
use graphwright::model::profile::GraphVersion;
use graphwright::policy::Policy;
use graphwright::source::Sources;
use graphwright::yaml::{Node, write};

use super::output::Output;
use super::{Exit, inputs};

pub(super) const EXAMPLES: &str = "\
Examples:
  graphwright convert graph.yaml --to v1beta1 > new.yaml
  kubectl get dgd chat -o yaml | graphwright convert - --to v1beta1

Converting back gives the graph as it was, comments and the order of keys aside. What the
other version has no field for is kept in an annotation, becomes an object of its own, or is
an error that names it. Other objects of the file are printed as they are.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The graph's file; `-` is standard input
    #[arg(value_name = "GRAPH", value_hint = ValueHint::FilePath)]
    graph: PathBuf,
    /// The version to convert to: v1beta1 or v1alpha1
    #[arg(long, value_name = "VERSION", hide_possible_values = true)]
    to: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
enum Version {
    V1Beta1,
    V1Alpha1,
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    let input = match inputs::input(&arguments.graph) {
        Ok(input) => input,
        Err(error) => return output.refuse(&error),
    };
    let to = match arguments.to {
        Version::V1Beta1 => GraphVersion::V1Beta1,
        Version::V1Alpha1 => GraphVersion::V1Alpha1,
    };
    let request = Request {
        inputs: vec![input],
        standing: super::current_directory(),
        ..Request::default()
    };
    let mut sources = Sources::default();
    let (inputs, mut found) = load::load(&request, &mut sources);
    let mut documents: Vec<Node> = Vec::new();
    let given = inputs.files.iter();
    for file in given.filter(|file| file.reason != Reason::Referenced) {
        documents.extend(file.others.iter().cloned());
        for graph in &file.graphs {
            if let Some(converted) = convert(graph, to, &mut found) {
                documents.extend(converted.objects);
                documents.push(converted.object);
            }
        }
    }
    Policy::new(&inputs.settings, None).judge(&mut found);
    if documents.is_empty() && !diagnostic::has_errors(&found) {
        found.push(inputs::nothing());
    }
    output.diagnostics(&found, &sources)?;
    if diagnostic::has_errors(&found) {
        return Ok(Exit::NotDone);
    }
    let mut text = String::new();
    write::stream(&documents, &mut text);
    output.answer(&text)?;
    Ok(Exit::Done)
}
