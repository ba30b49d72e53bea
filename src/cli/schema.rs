//! `schema`: the JSON Schemas that files are checked against.

use std::io;

use clap::{Args, Subcommand};
use graphwright::diagnostic::{Diagnostic, did_you_mean};
use graphwright::origin::Origin;
use graphwright::{rules, schema};

use super::Exit;
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  graphwright schema list
  graphwright schema show nvidia.com/dynamographdeployment_v1beta1 > graph.json

An editor uses a schema when a file's first line names it:
  # yaml-language-server: $schema=graph.json";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the names of the schemas
    List,
    /// Print one schema
    Show {
        /// A name that `list` prints
        #[arg(value_name = "NAME")]
        name: String,
    },
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    match arguments.action {
        Action::List => {
            let names: String = schema::list().map(|name| format!("{name}\n")).collect();
            output.answer(&names)?;
            Ok(Exit::Done)
        }
        Action::Show { name } => {
            if let Some(text) = schema::document(&name) {
                output.answer(text)?;
                return Ok(Exit::Done);
            }
            let mut refusal = Diagnostic::new(
                &rules::NO_SUCH_SCHEMA,
                Origin::None,
                format!("there is no schema `{name}`"),
            );
            refusal = match did_you_mean(&name, schema::list()) {
                Some(suggestion) => refusal.help(suggestion),
                None => refusal.help("`graphwright schema list` prints the names"),
            };
            output.refuse(&refusal)
        }
    }
}
