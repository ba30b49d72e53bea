//! `render`: manifests to stdout or into a tree.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use graphwright::diagnostic;
use graphwright::emit;
use graphwright::emit::tree::{Leftovers, Outcome, Tree};
use graphwright::load;
use graphwright::policy;
use graphwright::source::Sources;

use super::Exit;
use super::inputs::{self, Job, Paths, Selection};
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  One graph on one cluster, no configuration needed:
    graphwright render graph.yaml --profile eks-p5 | kubectl apply -f -
  A directory of graphs, profiles and releases, one file an object:
    graphwright render . -o rendered
  As upstream's own overlays would do it:
    graphwright render graph.yaml --profile aks-h100 --fabric exact

With -o, files go to PROFILE/NAMESPACE/RELEASE/KIND-NAME.yaml, with a kustomization.yaml
beside them. The tree changes at once or not at all. Only files that an earlier render wrote
are replaced or removed. A release that fails leaves its files as they were; without -o,
nothing is printed if anything fails.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    selection: Selection,
    /// Write one file an object below DIR instead of printing
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Output")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    let Arguments {
        paths,
        selection,
        output: directory,
    } = arguments;
    let job = match selection.job(&paths.paths) {
        Ok(job) => job,
        Err(error) => return output.refuse(&error),
    };
    match directory {
        Some(directory) => {
            let leftovers = if job.is_fleet {
                Leftovers::Remove
            } else {
                Leftovers::Keep
            };
            into_tree(&job, &directory, leftovers, output)
        }
        None => to_stdout(&job, output),
    }
}

/// All documents, but only if nothing is wrong: half a stream must not reach a cluster.
fn to_stdout(job: &Job, output: &Output) -> io::Result<Exit> {
    let mut all = job.everything();
    for pair in &all.pairs {
        all.diagnostics.extend(emit::duplicates(&pair.manifests));
    }
    output.waived(&all.waived);
    output.diagnostics(&all.diagnostics, &all.sources)?;
    if diagnostic::has_errors(&all.diagnostics) {
        return Ok(Exit::NotDone);
    }
    if let Some(waived) = policy::summary(&all.waived) {
        output.note(&waived)?;
    }
    output.answer(&emit::stream(
        all.pairs.iter().flat_map(|pair| &pair.manifests),
    ))?;
    Ok(Exit::Done)
}

/// Files below `directory`, written as pairs are done so that memory does not grow with their number.
pub(super) fn into_tree(
    job: &Job,
    directory: &std::path::Path,
    leftovers: Leftovers,
    output: &Output,
) -> io::Result<Exit> {
    let standing = super::current_directory();
    let waiting = || {
        let _ = output.note("waiting for another run that writes the same tree");
    };
    let tree = match Tree::begin(directory, standing.as_deref(), &waiting) {
        Ok(tree) => tree,
        Err(error) => return output.refuse(&error),
    };
    let mut sources = Sources::default();
    let (mut diagnostics, waived) =
        job.each_release(&mut sources, output, &|release| tree.add(release));
    let failed = diagnostic::has_errors(&diagnostics);
    // What failed or was left out may be what is missing, so nothing is taken for a leftover then.
    let leftovers = if failed || load::left_files_out(&diagnostics) {
        Leftovers::Keep
    } else {
        leftovers
    };
    let mut outcome = None;
    if tree.is_empty() {
        if !failed {
            diagnostics.push(inputs::nothing());
        }
    } else {
        match tree.finish(leftovers) {
            Ok(done) => outcome = Some(done),
            Err(error) => diagnostics.push(error),
        }
    }
    output.waived(&waived);
    output.diagnostics(&diagnostics, &sources)?;
    if let Some(outcome) = outcome {
        let waived = inputs::waived(&waived);
        output.note(&format!("{}{waived}", summary(directory, outcome)))?;
    }
    Ok(if diagnostic::has_errors(&diagnostics) {
        Exit::NotDone
    } else {
        Exit::Done
    })
}

/// `rendered: 2 releases, 12 files: 10 added, 1 changed, 1 unchanged, 3 removed`
fn summary(directory: &std::path::Path, outcome: Outcome) -> String {
    let Outcome {
        releases,
        added,
        changed,
        unchanged,
        removed,
    } = outcome;
    let parts: Vec<String> = [
        (added, "added"),
        (changed, "changed"),
        (unchanged, "unchanged"),
        (removed, "removed"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    format!(
        "{}: {releases} {}, {}",
        directory.display(),
        if releases == 1 { "release" } else { "releases" },
        parts.join(", ")
    )
}
