//! `init`: a repository to start from.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use graphwright::BUILTIN;
use graphwright::init;
use graphwright::load::Inputs;
use graphwright::resolve::profile::{Library, resolve};
use graphwright::source::Sources;

use super::Exit;
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  graphwright init fleet
  graphwright init fleet --profile gke-a3-ultra
  graphwright init laptop --profile kind

Written are a cluster, a graph, a release, schemas for editors and a check for pull requests.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A new or empty directory
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    directory: PathBuf,
    /// The built-in profile that the cluster builds on
    #[arg(short, long, value_name = "NAME", default_value = "eks-p5")]
    profile: String,
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    let Arguments { directory, profile } = arguments;
    let inputs = Inputs::default();
    let mut sources = Sources::default();
    let mut found = Vec::new();
    let mut library = Library::new(BUILTIN, &inputs, &sources, &mut found);
    let base = match resolve(&profile, &mut library, &mut sources) {
        Ok(base) => base,
        Err(mistakes) => {
            output.diagnostics(&mistakes, &sources)?;
            return Ok(Exit::NotDone);
        }
    };
    let files = init::files(&base);
    if let Err(error) = init::write(&directory, &files) {
        return output.refuse(&error);
    }
    let mut list = String::new();
    for file in &files {
        list.push_str(&directory.join(&file.name).to_string_lossy());
        list.push('\n');
    }
    output.answer(&list)?;
    output.note(&format!(
        "next: cd {} && graphwright golden accept",
        directory.display()
    ))?;
    Ok(Exit::Done)
}
