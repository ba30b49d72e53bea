//! `golden`: a committed tree against a fresh render.

use std::io;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use graphwright::diagnostic;
use graphwright::emit::tree::Leftovers;
use graphwright::golden::Check;
use graphwright::load;
use graphwright::source::Sources;

use super::inputs::{self, Selection};
use super::output::Output;
use super::{Exit, render};

pub(super) const EXAMPLES: &str = "\
Examples:
  Fail a pull request whose rendered files are not up to date:
    graphwright golden check
  Bring them up to date:
    graphwright golden accept
  Other places than `.` and `rendered`:
    graphwright golden check clusters graphs --tree deploy/rendered

Exit status: 0 the same, 1 different, 2 not compared.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what a render would change in the tree
    Check(Place),
    /// Render into the tree
    Accept(Place),
}

#[derive(Debug, Args)]
struct Place {
    /// Graphs, releases, or directories of them
    #[arg(value_name = "GRAPH|RELEASE|DIR", default_value = ".", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// The committed tree
    #[arg(long, value_name = "DIR", default_value = "rendered", value_hint = ValueHint::DirPath, help_heading = "Output")]
    tree: PathBuf,
    #[command(flatten)]
    selection: Selection,
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    let (place, accept) = match arguments.action {
        Action::Check(place) => (place, false),
        Action::Accept(place) => (place, true),
    };
    let mut job = match place.selection.job(&place.paths) {
        Ok(job) => job,
        Err(error) => return output.refuse(&error),
    };
    let leftovers = if job.is_fleet {
        Leftovers::Remove
    } else {
        Leftovers::Keep
    };
    if accept {
        return render::into_tree(&job, &place.tree, leftovers, output);
    }
    job.request.before = Some(place.tree.clone()).filter(|tree| tree.is_dir());
    let check = Check::new(&place.tree);
    let mut sources = Sources::default();
    let (mut diagnostics, waived) = job.each_release(&mut sources, output, &|release| {
        check.compare(release).map_err(|error| vec![error])
    });
    let failed = diagnostic::has_errors(&diagnostics);
    let leftovers = if failed || load::left_files_out(&diagnostics) {
        Leftovers::Keep
    } else {
        leftovers
    };
    let comparison = match check.finish(leftovers) {
        Ok(comparison) => comparison,
        Err(error) => return output.refuse(&error),
    };
    if !failed && comparison.same == 0 && comparison.changes.is_empty() {
        diagnostics.push(inputs::nothing());
    }
    let name = place.tree.to_string_lossy();
    output.answer(&colored(&comparison.to_text(&name), output.answer_color()))?;
    output.diagnostics(&diagnostics, &sources)?;
    if diagnostic::has_errors(&diagnostics) {
        return Ok(Exit::NotDone);
    }
    output.waived(&waived);
    let waived = inputs::waived(&waived);
    output.note(&format!("{name}: {}{waived}", comparison.summary()))?;
    if comparison.changes.is_empty() {
        return Ok(Exit::Done);
    }
    output
        .note("run `graphwright golden accept` with the same arguments to write these changes")?;
    Ok(Exit::No)
}

/// A unified diff with its signs also in colour.
fn colored(diff: &str, color: bool) -> String {
    if !color {
        return diff.to_owned();
    }
    let mut text = String::with_capacity(diff.len() * 2);
    for line in diff.lines() {
        let style = match line.as_bytes() {
            [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => "\x1b[1m",
            [b'-', ..] => "\x1b[31m",
            [b'+', ..] => "\x1b[32m",
            [b'@', ..] => "\x1b[36m",
            _ => "",
        };
        text.push_str(style);
        text.push_str(line);
        if !style.is_empty() {
            text.push_str("\x1b[0m");
        }
        text.push('\n');
    }
    text
}
