//! `why`: the cause of a field.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use graphwright::diagnostic::{self, Diagnostic};
use graphwright::why::{self, Subject};

use super::Exit;
use super::inputs::Selection;
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  Every line of an object, with what set it before it:
    graphwright why DynamoGraphDeployment/chat -f graph.yaml --profile eks-p5
  One field, by its path, by the end of it, or by a JSON pointer:
    graphwright why dgd/chat spec.components[name=worker].replicas -f .
    graphwright why dgd/chat terminationGracePeriodSeconds -f .
    graphwright why pdb /spec/maxUnavailable -f releases/chat.yaml";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The object: KIND/NAME, NAME, or KIND if there is only one
    #[arg(value_name = "OBJECT")]
    object: String,
    /// The field: a path, its unique end, or a JSON pointer
    #[arg(value_name = "FIELD")]
    field: Option<String>,
    /// Graphs, releases, or directories of them; `-` is standard input
    #[arg(short = 'f', long = "input", value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath, help_heading = "Inputs")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    selection: Selection,
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    let job = match arguments.selection.job(&arguments.inputs) {
        Ok(job) => job,
        Err(error) => return output.refuse(&error),
    };
    let all = job.everything();
    let mut answers = Vec::new();
    let mut refusals: Vec<Diagnostic> = Vec::new();
    let several = all.pairs.len() > 1;
    for pair in &all.pairs {
        let answer = why::objects(&pair.manifests, &arguments.object).and_then(|manifest| {
            let subject = Subject {
                manifest,
                decisions: &pair.decisions,
                sources: &all.sources,
            };
            Ok(match &arguments.field {
                Some(field) => why::field(subject, &why::path::find(&manifest.object, field)?),
                None => why::object(subject),
            })
        });
        match answer {
            Ok(answer) if several => {
                answers.push(format!("# {} on {}\n{answer}", pair.release, pair.profile));
            }
            Ok(answer) => answers.push(answer),
            Err(refusal) => refusals.push(refusal),
        }
    }
    // A field that one release has and another has not is an answer. What is wrong with the render does not
    // matter to it: `why` is asked when something is wrong.
    if !answers.is_empty() {
        output.answer(&answers.join("\n"))?;
        return Ok(Exit::Done);
    }
    if diagnostic::has_errors(&all.diagnostics) {
        output.diagnostics(&all.diagnostics, &all.sources)?;
        return Ok(Exit::NotDone);
    }
    refusals.truncate(1);
    output.diagnostics(&refusals, &all.sources)?;
    Ok(Exit::NotDone)
}
