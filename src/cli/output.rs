//! Where text goes, and in which form: the answer to stdout, everything else to stderr.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice as Choice};
use clap::ColorChoice;
use graphwright::diagnostic::Diagnostic;
use graphwright::emit;
use graphwright::policy::Waived;
use graphwright::report::{self, Base, Report, Style};
use graphwright::rules::Severity;
use graphwright::source::Sources;

use super::Exit;
use super::messages::{MessageFormat, Messages, ReportFile};

/// The two streams of a run, and the files of `--report`.
#[derive(Debug)]
pub(crate) struct Output {
    messages: Messages,
    kept: Mutex<Kept>,
}

/// What a run has found so far, for reports that are one document.
#[derive(Debug, Default)]
struct Kept {
    found: Vec<Diagnostic>,
    waived: Vec<Waived>,
    sources: Sources,
    /// Where messages go; none if nothing was looked at.
    stream: Option<Stream>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Stdout,
    Stderr,
}

impl Output {
    pub(super) fn new(messages: Messages) -> Self {
        Self {
            messages,
            kept: Mutex::default(),
        }
    }

    /// Prints the answer. A reader that has gone away has seen enough.
    pub(super) fn answer(&self, text: &str) -> io::Result<()> {
        forgive(stdout(text.as_bytes()))
    }

    /// Whether the answer may have colours.
    pub(super) fn answer_color(&self) -> bool {
        is_colored(self.messages.color, &io::stdout())
    }

    /// Prints what was found wrong on the way to the answer.
    pub(super) fn diagnostics(&self, found: &[Diagnostic], sources: &Sources) -> io::Result<()> {
        self.report(found, sources, Stream::Stderr)
    }

    /// Prints what was found wrong where that is the answer. The caller has a line of its own that counts.
    pub(super) fn findings(&self, found: &[Diagnostic], sources: &Sources) -> io::Result<()> {
        self.report(found, sources, Stream::Stdout)
    }

    /// Remembers what waivers cover, for the reports that tell it.
    pub(super) fn waived(&self, waived: &[Waived]) {
        if self.messages.message_format.is_later() || !self.messages.report.is_empty() {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.waived.extend_from_slice(waived);
        }
    }

    fn report(&self, found: &[Diagnostic], sources: &Sources, stream: Stream) -> io::Result<()> {
        let is_of_use = |one: &&Diagnostic| !self.messages.quiet || one.severity == Severity::Error;
        let found: Vec<Diagnostic> = found.iter().filter(is_of_use).cloned().collect();
        let is_later = self.messages.message_format.is_later();
        if !found.is_empty() && !is_later {
            let style = self.style(stream);
            let text = match (self.messages.message_format, stream) {
                (MessageFormat::Json, _) => report::to_json_lines(&found, sources),
                (_, Stream::Stdout) => report::each_to_text(&found, sources, style),
                (_, Stream::Stderr) => report::to_text(&found, sources, style),
            };
            self.print(&text, stream)?;
        }
        if is_later || !self.messages.report.is_empty() {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.found.extend(found);
            // A later call of a run knows the same files and perhaps more, or none at all.
            if sources.iter().count() > kept.sources.iter().count() {
                kept.sources = sources.clone();
            }
            kept.stream = Some(stream);
        }
        Ok(())
    }

    /// Prints and writes the reports that need all that a run has found.
    pub(super) fn finish(&self, exit: Exit) -> Exit {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let base = base();
        let all = Report {
            found: &kept.found,
            waived: &kept.waived,
            sources: &kept.sources,
            base: &base,
        };
        if let Some(stream) = kept
            .stream
            .filter(|_| self.messages.message_format.is_later())
        {
            let text = all.write(self.messages.message_format.into(), Style::default());
            if let Err(error) = self.print(&text, stream) {
                return self.failed(&error);
            }
        }
        for ReportFile { format, path } in &self.messages.report {
            let text = all.write((*format).into(), Style::default());
            if let Err(trouble) = emit::plain_file(path, text) {
                let sources = Sources::default();
                let text = trouble.to_text(&sources, self.style(Stream::Stderr));
                // If stderr cannot be written either, there is nobody left to tell.
                let _ = self.print(&text, Stream::Stderr);
                return Exit::NotDone;
            }
        }
        exit
    }

    fn print(&self, text: &str, stream: Stream) -> io::Result<()> {
        forgive(match stream {
            Stream::Stdout => stdout(text.as_bytes()),
            Stream::Stderr => io::stderr().lock().write_all(text.as_bytes()),
        })
    }

    /// Prints one thing that was found wrong, and gives the exit status for it.
    pub(super) fn refuse(&self, found: &Diagnostic) -> io::Result<Exit> {
        self.diagnostics(std::slice::from_ref(found), &Sources::default())?;
        Ok(Exit::NotDone)
    }

    /// Prints a line that is nice to know.
    pub(super) fn note(&self, text: &str) -> io::Result<()> {
        if self.messages.quiet || self.messages.message_format != MessageFormat::Text {
            return Ok(());
        }
        forgive(writeln!(io::stderr().lock(), "{text}"))
    }

    /// Columns for a progress bar; none if it would not be seen.
    pub(super) fn progress_width(&self) -> Option<usize> {
        let is_seen = !self.messages.quiet
            && self.messages.message_format == MessageFormat::Text
            && io::stderr().is_terminal();
        is_seen.then(|| columns().unwrap_or(80))
    }

    /// Reports that stdout or stderr could not be written.
    pub(super) fn failed(&self, error: &io::Error) -> Exit {
        // If stderr is what failed, there is nobody left to tell.
        let _ = writeln!(io::stderr(), "error: cannot write the answer: {error}");
        Exit::NotDone
    }

    fn style(&self, stream: Stream) -> Style {
        Style {
            color: match stream {
                Stream::Stdout => is_colored(self.messages.color, &io::stdout()),
                Stream::Stderr => is_colored(self.messages.color, &io::stderr()),
            },
            width: width(),
        }
    }
}

/// Where the paths of reports start: at the top of the Git repository, or here.
fn base() -> Base {
    let standing = super::current_directory().unwrap_or_default();
    let is_top = |directory: &&Path| directory.join(".git").symlink_metadata().is_ok();
    let root = standing.ancestors().find(is_top).unwrap_or(&standing);
    Base {
        root: root.to_owned(),
        standing,
    }
}

/// Prints what clap says: help as an answer, a mistake on stderr.
pub(super) fn usage(error: &clap::Error, color: ColorChoice) -> Exit {
    let text = error.render();
    let result = if error.use_stderr() {
        let colored = is_colored(color, &io::stderr());
        io::stderr().write_all(paint(&text, colored).as_bytes())
    } else {
        stdout(paint(&text, is_colored(color, &io::stdout())).as_bytes())
    };
    match (error.use_stderr(), forgive(result)) {
        (false, Ok(())) => Exit::Done,
        _ => Exit::NotDone,
    }
}

fn paint(text: &clap::builder::StyledStr, colored: bool) -> String {
    if colored {
        text.ansi().to_string()
    } else {
        text.to_string()
    }
}

fn stdout(bytes: &[u8]) -> io::Result<()> {
    // Whole, not line by line: the answer may be many megabytes.
    let mut stdout = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    stdout.write_all(bytes)?;
    stdout.flush()
}

fn forgive(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// A flag beats the environment, and that beats a look at the stream.
fn is_colored(wish: ColorChoice, stream: &impl anstream::stream::RawStream) -> bool {
    match wish {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(stream) != Choice::Never,
    }
}

/// Columns of the terminal that stderr is.
fn columns() -> Option<usize> {
    terminal_size::terminal_size_of(io::stderr())
        .map(|(terminal_size::Width(width), _)| usize::from(width))
}

/// Columns of text on stderr: the terminal's, 80 if it is none.
fn width() -> usize {
    columns()
        .unwrap_or(80)
        // Longer lines are hard to read, and nothing sensible fits shorter ones.
        .clamp(40, 140)
}
