//! `completions` and `man`: what the command line says about itself.

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, ValueHint};
use clap_complete::Shell;
use graphwright::emit;

use super::output::Output;
use super::{Cli, Exit};

pub(super) const COMPLETIONS: &str = "\
Examples:
  source <(graphwright completions bash)
  graphwright completions zsh > ~/.zfunc/_graphwright
  graphwright completions fish > ~/.config/fish/completions/graphwright.fish";

pub(super) const MAN: &str = "\
Examples:
  graphwright man | man -l -
  graphwright man --out ~/.local/share/man/man1";

#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManArguments {
    /// Write a page for every command into DIR instead of printing the main one
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
}

pub(super) fn completions(arguments: CompletionsArguments, output: &Output) -> io::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Cli::command(),
        "graphwright",
        &mut script,
    );
    output.answer(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

pub(super) fn man(arguments: ManArguments, output: &Output) -> io::Result<Exit> {
    let mut command = Cli::command();
    command.build();
    let Some(directory) = arguments.out else {
        output.answer(&page(&command)?)?;
        return Ok(Exit::Done);
    };
    let mut pages = Vec::new();
    collect(&command, "graphwright", &mut pages)?;
    match emit::plain_files(&directory, &pages) {
        Ok(()) => {
            output.note(&format!("{}: {} pages", directory.display(), pages.len()))?;
            Ok(Exit::Done)
        }
        Err(error) => output.refuse(&error),
    }
}

fn collect(command: &clap::Command, name: &str, pages: &mut Vec<emit::File>) -> io::Result<()> {
    let named = command.clone().display_name(name.to_owned());
    pages.push(emit::File {
        name: format!("{name}.1"),
        text: page(&named)?,
    });
    for child in command.get_subcommands() {
        if child.get_name() != "help" && !child.is_hide_set() {
            collect(child, &format!("{name}-{}", child.get_name()), pages)?;
        }
    }
    Ok(())
}

fn page(command: &clap::Command) -> io::Result<String> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
