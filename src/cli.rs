//! The command line: flags, subcommands, and everything that prints.
//!
//! The answer goes to stdout, everything else to stderr. Each subcommand is a module below this one.

mod argocd;
mod convert;
mod delivery;
mod exit;
mod fit;
mod flux;
mod generate;
mod golden;
mod images;
mod init;
mod inputs;
mod messages;
mod output;
mod profile;
mod progress;
mod promote;
mod render;
mod rules;
mod schema;
mod validate;
mod why;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::{
    ColorChoice, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum as _,
};

pub(crate) use exit::Exit;
use graphwright::date::Date;
use messages::Messages;
use output::Output;

/// Renders NVIDIA Dynamo inference graphs for real clusters
///
/// Give it a graph (a DynamoGraphDeployment as upstream writes it) and a cluster profile (what an EKS, AKS
/// or GKE cluster is), and it prints every manifest the graph needs there, checked. It works on files only:
/// it needs no cluster and no network.
#[derive(Debug, Parser)]
#[command(
    name = "graphwright",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  graphwright render graph.yaml --profile eks-p5
  graphwright render graph.yaml --profile gke-a3-ultra | kubectl apply -f -
  graphwright init fleet && cd fleet && graphwright render . -o rendered
  graphwright golden check

Exit status:
  0  done
  1  done, and the answer is no: trees differ, a manifest is invalid
  2  not done: bad flags, unreadable files, inputs that do not resolve"
)]
struct Cli {
    #[command(flatten)]
    messages: Messages,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print or write the manifests of graphs and releases
    #[command(after_help = render::EXAMPLES)]
    Render(render::Arguments),
    /// Compare a committed tree with a fresh render, or rewrite it
    #[command(after_help = golden::EXAMPLES)]
    Golden(golden::Arguments),
    /// Check inputs, and manifests from anywhere, as the cluster would
    #[command(after_help = validate::EXAMPLES)]
    Validate(validate::Arguments),
    /// Tell which line of which file, or which rule, set a field
    #[command(after_help = why::EXAMPLES)]
    Why(why::Arguments),
    /// List every image, also those inside custom resources
    #[command(after_help = images::EXAMPLES)]
    Images(images::Arguments),
    /// Show where the pods stand, or what does not fit the cluster
    #[command(after_help = fit::EXAMPLES)]
    Fit(fit::Arguments),
    /// Show the cluster profiles that come with the program
    #[command(after_help = profile::EXAMPLES)]
    Profile(profile::Arguments),
    /// Send a blue/green release's traffic to its other colour
    #[command(after_help = promote::PROMOTE)]
    Promote(promote::PromoteArguments),
    /// Take the last promotion, or a canary, back
    #[command(after_help = promote::ROLLBACK)]
    Rollback(promote::RollbackArguments),
    /// Remove a colour that gets no traffic from a release
    #[command(after_help = promote::RETIRE)]
    Retire(promote::RetireArguments),
    /// Rewrite a graph in the other version of its API
    #[command(after_help = convert::EXAMPLES)]
    Convert(convert::Arguments),
    /// List the rules, or tell what one says, why, and how it is broken and mended
    #[command(after_help = rules::EXAMPLES)]
    Rules(rules::Arguments),
    /// Print JSON Schemas for editors and other checkers
    #[command(after_help = schema::EXAMPLES)]
    Schema(schema::Arguments),
    /// Print what Argo CD must be told: health checks, and fields that scalers own
    #[command(name = "argocd", after_help = argocd::EXAMPLES)]
    ArgoCd(argocd::Arguments),
    /// Print what Flux must be told: health checks, and fields that scalers own
    #[command(after_help = flux::EXAMPLES)]
    Flux(flux::Arguments),
    /// Write a GitOps repository to start from
    #[command(after_help = init::EXAMPLES)]
    Init(init::Arguments),
    /// Print the completion script of a shell
    #[command(after_help = generate::COMPLETIONS)]
    Completions(generate::CompletionsArguments),
    /// Print the manual page, or write one page a command
    #[command(after_help = generate::MAN)]
    Man(generate::ManArguments),
}

/// Runs the command that `arguments` spell and gives its exit status.
pub(crate) fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let color = color_wish(&arguments);
    let matches = Cli::command().color(color).try_get_matches_from(arguments);
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error, color),
    };
    let output = Output::new(cli.messages);
    let done = match cli.command {
        Command::Render(arguments) => render::run(arguments, &output),
        Command::Golden(arguments) => golden::run(arguments, &output),
        Command::Validate(arguments) => validate::run(arguments, &output),
        Command::Why(arguments) => why::run(arguments, &output),
        Command::Images(arguments) => images::run(arguments, &output),
        Command::Fit(arguments) => fit::run(arguments, &output),
        Command::Profile(arguments) => profile::run(arguments, &output),
        Command::Promote(arguments) => promote::promote(arguments, &output),
        Command::Rollback(arguments) => promote::rollback(arguments, &output),
        Command::Retire(arguments) => promote::retire(arguments, &output),
        Command::Convert(arguments) => convert::run(arguments, &output),
        Command::Rules(arguments) => rules::run(arguments, &output),
        Command::Schema(arguments) => schema::run(arguments, &output),
        Command::ArgoCd(arguments) => argocd::run(arguments, &output),
        Command::Flux(arguments) => flux::run(arguments, &output),
        Command::Init(arguments) => init::run(arguments, &output),
        Command::Completions(arguments) => generate::completions(arguments, &output),
        Command::Man(arguments) => generate::man(arguments, &output),
    };
    output.finish(done.unwrap_or_else(|error| output.failed(&error)))
}

/// What `--color` says. Help and usage errors are printed before flags are known, and must obey it too.
fn color_wish(arguments: &[OsString]) -> ColorChoice {
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    let mut wish = ColorChoice::Auto;
    while let Some(word) = words.next() {
        let value = match word {
            "--" => break,
            "--color" => words.next(),
            _ => word.strip_prefix("--color="),
        };
        if let Some(Ok(choice)) = value.map(|value| ColorChoice::from_str(value, false)) {
            wish = choice;
        }
    }
    wish
}

/// The day on which waivers are judged: that of `SOURCE_DATE_EPOCH`, in seconds, or else today.
fn today() -> Option<Date> {
    #[expect(
        clippy::disallowed_methods,
        reason = "`cli` may read the environment and the clock; what is written depends on neither"
    )]
    let (fixed, now) = (std::env::var("SOURCE_DATE_EPOCH"), SystemTime::now());
    let fixed = fixed.ok().and_then(|seconds| seconds.trim().parse().ok());
    let now = || Some(now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs());
    fixed.or_else(now).map(Date::of_seconds)
}

/// The directory the command runs in, if it still exists.
fn current_directory() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "`cli` may ask where it runs")]
    std::env::current_dir().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_do_not_contradict_one_another() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_last_color_before_the_dashes_counts() {
        let wish =
            |words: &[&str]| color_wish(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(
            wish(&["x", "--color", "never", "--color=always"]),
            ColorChoice::Always
        );
        assert_eq!(wish(&["x", "--", "--color=always"]), ColorChoice::Auto);
        assert_eq!(wish(&["x", "--color", "sometimes"]), ColorChoice::Auto);
    }
}
