//! `profile`: what is known about clusters.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueHint};
use graphwright::diagnostic::{self, Diagnostic};
use graphwright::load::{self, Input, Request};
use graphwright::resolve::ResolvedProfile;
use graphwright::resolve::profile::{Library, resolve};
use graphwright::source::Sources;
use graphwright::{BUILTIN, builtin, profile};

use super::Exit;
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  graphwright profile list
  graphwright profile show eks-p5
  graphwright profile show clusters/prod.yaml

A cluster of your own builds on the one that is nearest:
  apiVersion: graphwright.dev/v1alpha1
  kind: ClusterProfile
  metadata: {name: prod}
  spec: {extends: [eks-p5]}";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print a table of the built-in profiles
    List {
        /// Also those that are only layers for others
        #[arg(short, long)]
        all: bool,
    },
    /// Print a profile with its layers merged; behind every value, the layer it is from
    Show {
        /// A built-in profile's name or a file
        #[arg(value_name = "NAME|FILE", value_hint = ValueHint::AnyPath)]
        name: String,
    },
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    let (name, all) = match arguments.action {
        Action::List { all } => (None, all),
        Action::Show { name } => (Some(name), true),
    };
    let path = name.as_deref().filter(|name| load::is_path(name));
    let request = Request {
        inputs: path
            .map(|path| Input::Path(PathBuf::from(path)))
            .into_iter()
            .collect(),
        ..Request::default()
    };
    let mut sources = Sources::default();
    let (inputs, mut found) = match path {
        Some(_) => load::load(&request, &mut sources),
        None => Default::default(),
    };
    let mut library = Library::new(BUILTIN, &inputs, &sources, &mut found);
    let mut get = |name: &str, sources: &mut Sources, found: &mut Vec<Diagnostic>| {
        resolve(name, &mut library, sources)
            .map_err(|mut mistakes| found.append(&mut mistakes))
            .ok()
    };
    let text = match (&name, path) {
        (None, _) => {
            let profiles: Vec<Arc<ResolvedProfile>> = builtin::profiles()
                .filter_map(|name| get(name, &mut sources, &mut found))
                .filter(|one| all || !profile::is_layer(one))
                .collect();
            Some(profile::list(profiles.iter().map(AsRef::as_ref)))
        }
        (Some(name), None) => {
            get(name, &mut sources, &mut found).map(|one| profile::show(&one, &sources))
        }
        (Some(_), Some(_)) => {
            let names: Vec<String> = inputs
                .files
                .iter()
                .filter(|file| file.reason == load::Reason::Named)
                .flat_map(|file| &file.profiles)
                .filter_map(|one| one.at(&["metadata", "name"])?.as_str().map(str::to_owned))
                .collect();
            let shown: Vec<String> = names
                .iter()
                .filter_map(|name| {
                    let one = get(name, &mut sources, &mut found)?;
                    Some(profile::show(&one, &sources))
                })
                .collect();
            (!shown.is_empty()).then(|| shown.join("---\n"))
        }
    };
    if let Some(text) = text.filter(|_| !diagnostic::has_errors(&found)) {
        output.answer(&text)?;
    }
    output.diagnostics(&found, &sources)?;
    Ok(if diagnostic::has_errors(&found) {
        Exit::NotDone
    } else {
        Exit::Done
    })
}
