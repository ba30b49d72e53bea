//! `promote`, `rollback` and `retire`: the traffic of a blue/green release, changed in its file.

use std::io;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use graphwright::diagnostic::{self, Diagnostic};
use graphwright::emit::changed_file;
use graphwright::load::{self, Reason, Request};
use graphwright::model::release::Color;
use graphwright::origin::Origin;
use graphwright::policy::Policy;
use graphwright::promotion::{self, Change};
use graphwright::rules;
use graphwright::source::Sources;
use graphwright::yaml::Node;
use similar::TextDiff;

use super::output::Output;
use super::{Exit, inputs};

pub(super) const PROMOTE: &str = "\
Examples:
  graphwright promote release.yaml
  graphwright promote release.yaml --weight 10
  graphwright promote release.yaml --profile eks-p5 --dry-run

Changes `strategy.live` (with --weight, `strategy.canary.weight`) and nothing else: comments and
layout stay. Commit the file and what it renders to; undo it with `graphwright rollback`.";

pub(super) const ROLLBACK: &str = "\
Examples:
  graphwright rollback release.yaml

Ends a canary if one runs; else makes the other colour live, as it was before a promotion.";

pub(super) const RETIRE: &str = "\
Examples:
  graphwright retire release.yaml
  graphwright retire release.yaml blue

Removes the colour that gets no traffic from the file. Its objects go when what the file renders
to is delivered; a colour that is live or gets part of the traffic is not removed.";

/// The file of a release.
#[derive(Debug, Args)]
struct File {
    /// The release's file
    #[arg(value_name = "RELEASE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// The release, by name, if the file holds several
    #[arg(long, value_name = "NAME")]
    release: Option<String>,
    /// Print what would change, as a diff, and change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct PromoteArguments {
    #[command(flatten)]
    file: File,
    /// Send only this part of the traffic, in percent, to the colour that is not live
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    weight: Option<u8>,
    /// Only on this profile, and those that share its override: it has a `live` of its own there
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct RollbackArguments {
    #[command(flatten)]
    file: File,
    /// Only on this profile, and those that share its override: it has a `live` of its own there
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct RetireArguments {
    #[command(flatten)]
    file: File,
    /// The colour to remove; the one that is not live if left out
    #[arg(id = "which", value_name = "COLOR")]
    color: Option<Shade>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shade {
    Blue,
    Green,
}

pub(super) fn promote(arguments: PromoteArguments, output: &Output) -> io::Result<Exit> {
    let change = arguments.weight.map_or(Change::Promote, Change::Weigh);
    arguments
        .file
        .change(arguments.profile.as_deref(), change, output)
}

pub(super) fn rollback(arguments: RollbackArguments, output: &Output) -> io::Result<Exit> {
    let profile = arguments.profile.as_deref();
    arguments.file.change(profile, Change::Rollback, output)
}

pub(super) fn retire(arguments: RetireArguments, output: &Output) -> io::Result<Exit> {
    let color = arguments.color.map(|color| match color {
        Shade::Blue => Color::Blue,
        Shade::Green => Color::Green,
    });
    arguments.file.change(None, Change::Retire(color), output)
}

impl File {
    fn change(&self, profile: Option<&str>, change: Change, output: &Output) -> io::Result<Exit> {
        let input = match inputs::input(&self.file) {
            Ok(input) => input,
            Err(error) => return output.refuse(&error),
        };
        let request = Request {
            inputs: vec![input],
            standing: super::current_directory(),
            ..Request::default()
        };
        let mut sources = Sources::default();
        let (inputs, mut found) = load::load(&request, &mut sources);
        let given = inputs.files.iter();
        let releases: Vec<&Node> = given
            .filter(|file| file.reason == Reason::Named)
            .flat_map(|file| &file.releases)
            .collect();
        let is_read = !diagnostic::has_errors(&found);
        let changed = match self.choose(&releases) {
            // Why the file has no release has been said.
            Err(_) if !is_read && releases.is_empty() => Err(Vec::new()),
            Ok(release) => promotion::change(release, profile, change, &mut sources),
            // What keeps the file from being read was said.
            Err(_) if releases.is_empty() && diagnostic::has_errors(&found) => Err(Vec::new()),
            Err(mistake) => Err(vec![mistake]),
        };
        let changed = match changed {
            Ok(changed) => Some(changed),
            Err(mistakes) => {
                found.extend(mistakes);
                None
            }
        };
        Policy::new(&inputs.settings, None).judge(&mut found);
        output.diagnostics(&found, &sources)?;
        let Some(changed) = changed.filter(|_| !diagnostic::has_errors(&found)) else {
            return Ok(Exit::NotDone);
        };
        let place = changed.place.place();
        let source = place.and_then(|place| sources.get(place.file));
        let name = source.map_or_else(
            || self.file.display().to_string(),
            |source| source.name.clone(),
        );
        let before = source.map_or("", |source| &source.text);
        if self.dry_run {
            let diff = TextDiff::from_lines(before, &changed.text);
            let diff = diff.unified_diff().header(&name, &name).to_string();
            output.answer(&diff)?;
            return Ok(Exit::Done);
        }
        if before == changed.text {
            output.note(&format!("{name} says so already"))?;
            return Ok(Exit::Done);
        }
        if let Err(error) = changed_file(&self.file, &changed.text) {
            return output.refuse(&error);
        }
        output.answer(&format!("{}\n", changed.summary))?;
        Ok(Exit::Done)
    }

    /// The release that is meant.
    fn choose<'a>(&self, releases: &[&'a Node]) -> Result<&'a Node, Diagnostic> {
        let name = |node: &'a Node| node.at(&["metadata", "name"]).and_then(Node::as_str);
        let refuse = |message: String, help: String| {
            Err(Diagnostic::new(&rules::PROMOTION, Origin::None, message).help(help))
        };
        let names = || {
            let names: Vec<String> = releases
                .iter()
                .filter_map(|node| Some(format!("`{}`", name(node)?)))
                .collect();
            names.join(", ")
        };
        let file = self.file.display();
        match (&self.release, releases) {
            (_, []) => refuse(
                format!("there is no release in `{file}`"),
                "give the file of a `Release`".to_owned(),
            ),
            (None, [one]) => Ok(one),
            (None, _) => refuse(
                format!("`{file}` holds several releases"),
                format!("say which with `--release`: {}", names()),
            ),
            (Some(wanted), _) => {
                let found = releases.iter().find(|node| name(node) == Some(wanted));
                found.copied().map_or_else(
                    || {
                        refuse(
                            format!(
                                "`{file}` holds no release named `{}`",
                                wanted.escape_debug()
                            ),
                            format!("it holds {}", names()),
                        )
                    },
                    Ok,
                )
            }
        }
    }
}
