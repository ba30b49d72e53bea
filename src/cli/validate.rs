//! `validate`: what the cluster would refuse, in inputs and in manifests from anywhere.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use graphwright::check::{self, Checked};
use graphwright::diagnostic::{self, Diagnostic};
use graphwright::origin::Origin;
use graphwright::policy;
use graphwright::rules;
use graphwright::source::Sources;

use super::Exit;
use super::inputs::Selection;
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  Everything in a repository, releases as they would be rendered:
    graphwright validate .
  What another tool rendered:
    helm template chat ./chart | graphwright validate -
    kustomize build overlays/prod | graphwright validate - --profile eks-p5
  A rendered tree, and what a pull request changes in it:
    graphwright validate rendered --against ../main/rendered

Releases, and graphs with --profile, are rendered and checked as the cluster would get them;
nothing is written. Other objects are checked as they are. Files of directories that are no
Kubernetes objects are skipped.

Exit status: 0 valid, 1 invalid, 2 not checked.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Inputs, manifests, or directories of them; `-` is standard input
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    /// The Kubernetes that manifests are held against without --profile, such as 1.34
    #[arg(long, value_name = "VERSION", conflicts_with = "profiles", value_parser = kubernetes, help_heading = "Inputs")]
    kubernetes_version: Option<String>,
    /// The Dynamo platform that manifests are held against without --profile, such as 1.5.0
    #[arg(long, value_name = "VERSION", conflicts_with = "profiles", value_parser = dynamo, help_heading = "Inputs")]
    dynamo_version: Option<String>,
    /// The state before, for rules about changes: a tree of the same layout, or any manifests
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = "Inputs")]
    against: Option<PathBuf>,
    /// Count warnings as errors, also that of a kind without a schema
    #[arg(long, help_heading = "Output")]
    strict: bool,
    /// Exit with 0 although something is invalid
    #[arg(long, help_heading = "Output")]
    exit_zero: bool,
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    let Arguments {
        paths,
        selection,
        kubernetes_version,
        dynamo_version,
        against,
        strict,
        exit_zero,
    } = arguments;
    let mut load = match selection.request(&paths) {
        Ok(load) => load,
        Err(error) => return output.refuse(&error),
    };
    load.before = against;
    let request = check::Request {
        load,
        kubernetes: kubernetes_version,
        dynamo: dynamo_version,
        strict,
    };
    let mut sources = Sources::default();
    let checked = check::check(&request, &mut sources);
    let found = &checked.diagnostics;
    output.waived(&checked.waived);
    output.findings(found, &sources)?;
    output.note(&summary(&checked))?;
    Ok(if found.iter().any(is_undone) {
        Exit::NotDone
    } else if diagnostic::has_errors(found) && !exit_zero {
        Exit::No
    } else {
        Exit::Done
    })
}

/// Whether something could not be looked at, so that nobody knows whether it is valid.
fn is_undone(found: &Diagnostic) -> bool {
    let unread = [
        &rules::FILE_UNREADABLE,
        &rules::FILE_NOT_REGULAR,
        &rules::FILE_TOO_LARGE,
        &rules::TOO_MANY_FILES,
        &rules::OUTSIDE_PROJECT,
        &rules::NOTHING_FOUND,
    ];
    let is = |rule: &rules::Rule| rule.code == found.rule.code;
    // A profile of the command line stands in no file.
    unread.into_iter().any(is) || is(&rules::UNKNOWN_PROFILE) && found.origin == Origin::None
}

/// `checked 14 objects in 3 files: 2 errors, 1 warning; 1 waived until 2027-01-31`
fn summary(checked: &Checked) -> String {
    let Checked {
        diagnostics,
        objects,
        files,
        skipped,
        rendered,
        waived,
    } = checked;
    let result = diagnostic::summary(diagnostics).unwrap_or_else(|| "valid".to_owned());
    let mut text = format!(
        "checked {} in {}: {result}",
        count(*objects, "object"),
        count(*files, "file")
    );
    let more = [
        policy::summary(waived),
        (*skipped > 0).then(|| format!("{} skipped", count(*skipped, "other file"))),
        (*rendered > 0).then(|| {
            let what = if *rendered == 1 {
                "directory"
            } else {
                "directories"
            };
            format!("{rendered} rendered {what} left out, the releases being there")
        }),
    ];
    for part in more.into_iter().flatten() {
        text.push_str("; ");
        text.push_str(&part);
    }
    text
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn kubernetes(text: &str) -> Result<String, String> {
    let version = text.strip_prefix('v').unwrap_or(text);
    match version.as_bytes() {
        [b'1', b'.', tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit() => {
            Ok(version.to_owned())
        }
        _ => Err("write major and minor, such as `1.34`".to_owned()),
    }
}

fn dynamo(text: &str) -> Result<String, String> {
    let version = text.strip_prefix('v').unwrap_or(text);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if version.split('.').count() == 3 && version.split('.').all(is_number) {
        Ok(version.to_owned())
    } else {
        Err("write all three numbers, such as `1.5.0`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_whole() {
        assert_eq!(kubernetes("v1.34").as_deref(), Ok("1.34"));
        assert_eq!(dynamo("1.5.0").as_deref(), Ok("1.5.0"));
        for text in ["1", "1.3", "1.34.1", "latest", ""] {
            assert!(kubernetes(text).is_err(), "{text}");
        }
        for text in ["1.5", "1.5.0-rc1", "1..0", ""] {
            assert!(dynamo(text).is_err(), "{text}");
        }
    }
}
