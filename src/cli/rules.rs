//! `rules`: what is checked and decided, and why.

use std::io;

use clap::{Args, Subcommand, ValueEnum};
use graphwright::diagnostic::{Diagnostic, did_you_mean};
use graphwright::origin::Origin;
use graphwright::rules::{self, reference};
use serde_json::{Value, json};

use super::Exit;
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  graphwright rules list
  graphwright rules list --format json | jq -r '.[] | select(.kind == \"error\") | .code'
  graphwright rules show yaml-duplicate-key

Every message has the code of its rule in brackets. Rules that are decisions set fields;
`graphwright why` names the one behind a field.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print every rule: its code, how bad it is to break it, what it says
    List {
        /// The form of the answer: text or json
        #[arg(
            long,
            value_name = "FORMAT",
            default_value = "text",
            hide_possible_values = true
        )]
        format: Form,
    },
    /// Print what a rule says, why, where it comes from, and an example
    Show {
        /// A code that `list` prints
        #[arg(value_name = "CODE")]
        code: String,
        /// The form of the answer: text or json
        #[arg(
            long,
            value_name = "FORMAT",
            default_value = "text",
            hide_possible_values = true
        )]
        format: Form,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    let text = match arguments.action {
        Action::List { format: Form::Text } => reference::list(),
        Action::List { format: Form::Json } => {
            let list: Vec<Value> = rules::all().map(reference::to_json).collect();
            format!("{:#}\n", Value::Array(list))
        }
        Action::Show { code, format } => {
            let Some(rule) = rules::by_code(&code) else {
                return output.refuse(&unknown(&code));
            };
            match format {
                Form::Text => reference::show(rule),
                Form::Json => {
                    let mut json = reference::to_json(rule);
                    if let Some(example) = reference::example(rule.code) {
                        json["example"] =
                            json!({"message": example.message, "change": example.change});
                    }
                    format!("{json:#}\n")
                }
            }
        }
    };
    output.answer(&text)?;
    Ok(Exit::Done)
}

fn unknown(code: &str) -> Diagnostic {
    let refusal = Diagnostic::new(
        &rules::NO_SUCH_RULE,
        Origin::None,
        format!("there is no rule `{code}`"),
    );
    match did_you_mean(code, rules::all().map(|rule| rule.code)) {
        Some(suggestion) => refusal.help(suggestion),
        None => refusal.help("`graphwright rules list` prints the codes"),
    }
}
