//! Where text goes, and in which form: the answer to stdout, everything else to stderr.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice as Choice};
use clap::ColorChoice;
use graphwright::diagnostic::{self, Diagnostic, Style};
use graphwright::rules::Severity;
use graphwright::source::Sources;

use super::{Exit, MessageFormat, Messages};

/// The two streams of a run.
#[derive(Debug)]
pub(crate) struct Output {
    messages: Messages,
}

impl Output {
    pub(super) fn new(messages: Messages) -> Self {
        Self { messages }
    }

    /// Prints the answer. A reader that has gone away has seen enough.
    pub(super) fn answer(&self, text: &str) -> io::Result<()> {
        forgive(stdout(text.as_bytes()))
    }

    /// Whether the answer may have colours.
    pub(super) fn answer_color(&self) -> bool {
        is_colored(self.messages.color, &io::stdout())
    }

    /// Prints what was found wrong, with a line that counts it.
    pub(super) fn diagnostics(&self, found: &[Diagnostic], sources: &Sources) -> io::Result<()> {
        self.print(found, sources, diagnostic::to_text)
    }

    /// Prints what was found wrong. The caller has a summary of its own.
    pub(super) fn findings(&self, found: &[Diagnostic], sources: &Sources) -> io::Result<()> {
        self.print(found, sources, diagnostic::each_to_text)
    }

    fn print(
        &self,
        found: &[Diagnostic],
        sources: &Sources,
        to_text: fn(&[Diagnostic], &Sources, Style) -> String,
    ) -> io::Result<()> {
        let errors: Vec<Diagnostic>;
        let found = if self.messages.quiet {
            let of_use = |one: &&Diagnostic| one.severity == Severity::Error;
            errors = found.iter().filter(of_use).cloned().collect();
            &errors
        } else {
            found
        };
        if found.is_empty() {
            return Ok(());
        }
        let text = match self.messages.message_format {
            MessageFormat::Json => diagnostic::to_json_lines(found, sources),
            MessageFormat::Text => to_text(found, sources, self.style()),
        };
        forgive(io::stderr().lock().write_all(text.as_bytes()))
    }

    /// Prints one thing that was found wrong, and gives the exit status for it.
    pub(super) fn refuse(&self, found: &Diagnostic) -> io::Result<Exit> {
        self.diagnostics(std::slice::from_ref(found), &Sources::default())?;
        Ok(Exit::NotDone)
    }

    /// Prints a line that is nice to know.
    pub(super) fn note(&self, text: &str) -> io::Result<()> {
        if self.messages.quiet || self.messages.message_format == MessageFormat::Json {
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

    fn style(&self) -> Style {
        Style {
            color: is_colored(self.messages.color, &io::stderr()),
            width: width(),
        }
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
