//! What is rendered: the inputs that several commands share.

use std::io::{self, Read as _};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::{Args, ValueEnum, ValueHint};
use graphwright::diagnostic::{self, Diagnostic};
use graphwright::emit::Release;
use graphwright::load::{Input, Request};
use graphwright::model::profile::Strictness;
use graphwright::origin::Origin;
use graphwright::policy::{self, Waived};
use graphwright::rules;
use graphwright::source::Sources;
use graphwright::{Rendered, render};

use super::output::Output;
use super::progress::Progress;

/// How inputs are rendered.
#[derive(Debug, Clone, Args)]
pub(super) struct Selection {
    /// The cluster: a built-in profile or a file; may be repeated. Releases name theirs
    #[arg(
        short,
        long = "profile",
        value_name = "NAME|FILE",
        help_heading = "Inputs"
    )]
    profiles: Vec<String>,
    /// Fabric as upstream's overlays have it (exact), or with what they forget (safe)
    #[arg(
        long,
        value_name = "STRICTNESS",
        hide_possible_values = true,
        help_heading = "Inputs"
    )]
    fabric: Option<Fabric>,
    /// Pairs rendered at once [default: one for each core]
    #[arg(long, value_name = "N", help_heading = "Inputs")]
    threads: Option<NonZero<usize>>,
}

/// How much the fabric of a profile adds to a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fabric {
    /// What upstream's provider components patch and nothing else
    Exact,
    /// Also what upstream's documents require and its overlays forget
    Safe,
}

/// Inputs and how they are rendered.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: Request,
    threads: usize,
    /// Whether a directory was given, so that what is not rendered is not there any more.
    pub(super) is_fleet: bool,
}

/// All that a job rendered, and what was found wrong.
pub(super) struct Everything {
    /// In order of profile, namespace and release.
    pub(super) pairs: Vec<Rendered>,
    pub(super) sources: Sources,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) waived: Vec<Waived>,
}

impl Selection {
    /// The job of rendering `paths`.
    pub(super) fn job(self, paths: &[PathBuf]) -> Result<Job, Diagnostic> {
        let request = self.request(paths)?;
        Ok(Job {
            threads: request.threads,
            request,
            is_fleet: paths.iter().any(|path| path.is_dir()),
        })
    }

    /// What is asked about `paths`.
    pub(super) fn request(self, paths: &[PathBuf]) -> Result<Request, Diagnostic> {
        let inputs = paths
            .iter()
            .map(|path| input(path))
            .collect::<Result<_, _>>()?;
        Ok(Request {
            inputs,
            profiles: self.profiles,
            strictness: self.fabric.map(|fabric| match fabric {
                Fabric::Exact => Strictness::Exact,
                Fabric::Safe => Strictness::Safe,
            }),
            standing: super::current_directory(),
            threads: self.threads.map_or(0, NonZero::get),
            today: super::today(),
            ..Request::default()
        })
    }
}

impl Job {
    /// Renders; `each` is called for every pair as soon as it is done, with the number of all pairs, on any
    /// thread.
    pub(super) fn render(
        &self,
        sources: &mut Sources,
        each: &(dyn Fn(Rendered, usize) + Sync),
    ) -> Vec<Diagnostic> {
        render(&self.request, sources, self.threads, each)
    }

    /// Renders with a bar on the terminal and hands on the files of every pair that is sound.
    pub(super) fn each_release(
        &self,
        sources: &mut Sources,
        output: &Output,
        each: &(dyn Fn(&Release) -> Result<(), Vec<Diagnostic>> + Sync),
    ) -> (Vec<Diagnostic>, Vec<Waived>) {
        let found: Mutex<(Vec<Diagnostic>, Vec<Waived>)> = Mutex::default();
        let progress = Progress::new(output);
        let mut diagnostics = self.render(sources, &|mut pair, pairs| {
            let mut mistakes = std::mem::take(&mut pair.diagnostics);
            if !diagnostic::has_errors(&mistakes) && !pair.manifests.is_empty() {
                let done = Release::new(
                    &pair.profile,
                    &pair.namespace,
                    &pair.release,
                    &pair.manifests,
                )
                .and_then(|release| each(&release));
                mistakes.extend(done.err().into_iter().flatten());
            }
            if let Ok(mut found) = found.lock() {
                found.0.append(&mut mistakes);
                found.1.append(&mut pair.waived);
            }
            progress.step(pairs);
        });
        drop(progress);
        let (mut found, waived) = found.into_inner().unwrap_or_default();
        diagnostics.append(&mut found);
        (diagnostics, waived)
    }

    /// Renders and keeps everything.
    pub(super) fn everything(&self) -> Everything {
        let mut sources = Sources::default();
        let pairs = Mutex::new(Vec::new());
        let mut diagnostics = self.render(&mut sources, &|pair, _| {
            if let Ok(mut pairs) = pairs.lock() {
                pairs.push(pair);
            }
        });
        let mut pairs = pairs.into_inner().unwrap_or_default();
        pairs.sort_by(|a, b| {
            let order = |pair: &Rendered| {
                (
                    pair.profile.clone(),
                    pair.namespace.clone(),
                    pair.release.clone(),
                )
            };
            order(a).cmp(&order(b))
        });
        let mut waived = Vec::new();
        for pair in &mut pairs {
            waived.append(&mut pair.waived);
            diagnostics.append(&mut pair.diagnostics);
        }
        if !diagnostic::has_errors(&diagnostics) && pairs.iter().all(|p| p.manifests.is_empty()) {
            diagnostics.push(nothing());
        }
        Everything {
            pairs,
            sources,
            diagnostics,
            waived,
        }
    }
}

/// What a path on the command line means: `-` is what comes on stdin.
pub(super) fn input(path: &Path) -> Result<Input, Diagnostic> {
    Ok(if path == Path::new("-") {
        Input::Text {
            name: "<stdin>".to_owned(),
            text: standard_input()?,
        }
    } else {
        Input::Path(path.to_owned())
    })
}

/// What a summary says about waivers at its end.
pub(super) fn waived(waived: &[Waived]) -> String {
    policy::summary(waived).map_or_else(String::new, |text| format!("; {text}"))
}

/// A run without a single object.
pub(super) fn nothing() -> Diagnostic {
    Diagnostic::new(
        &rules::NOTHING_RENDERED,
        Origin::None,
        "the inputs render no object",
    )
    .help("name a graph, a release, or a directory that has some")
}

/// What is on stdin, as long as it is of a size that a file may have.
fn standard_input() -> Result<String, Diagnostic> {
    const MOST_BYTES: u64 = 8 << 20;
    let refuse = |rule, what: &str| Err(Diagnostic::new(rule, Origin::None, what));
    let mut bytes = Vec::new();
    if let Err(error) = io::stdin()
        .lock()
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
    {
        return refuse(
            &rules::YAML_SYNTAX,
            &format!("cannot read `<stdin>`: {error}"),
        );
    }
    if bytes.len() as u64 > MOST_BYTES {
        return refuse(
            &rules::FILE_TOO_LARGE,
            &format!("`<stdin>` has more than {MOST_BYTES} bytes"),
        );
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => refuse(
            &rules::FILE_UNREADABLE,
            &format!(
                "`<stdin>` is not UTF-8 text from byte {} on",
                error.utf8_error().valid_up_to()
            ),
        ),
    }
}

/// Paths to render.
#[derive(Debug, Clone, Args)]
pub(super) struct Paths {
    /// Graphs, releases, or directories of them; `-` is standard input
    #[arg(value_name = "GRAPH|RELEASE|DIR", required = true, value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,
}
