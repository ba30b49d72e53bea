//! Messages for people: the line, what is wrong with it, and what to do.

use std::borrow::Cow;
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Report, mask, sorted};
use crate::diagnostic::{Diagnostic, summary};
use crate::origin::Place;
use crate::rules::Severity;
use crate::secret;
use crate::source::Sources;
use crate::text;

/// How text is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether escape sequences may be used.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for Style {
    /// No colour, 80 columns: what goldens and files get.
    fn default() -> Self {
        Self {
            color: false,
            width: 80,
        }
    }
}

/// All findings as text, in order of place, each with an empty line after it.
pub fn each_to_text(diagnostics: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let mut text = String::new();
    for diagnostic in sorted(diagnostics) {
        text.push_str(&diagnostic.to_text(sources, style));
        text.push('\n');
    }
    text
}

/// All findings as text, in order of place, with a line that counts them at the end.
pub fn to_text(diagnostics: &[Diagnostic], sources: &Sources, style: Style) -> String {
    let mut text = each_to_text(diagnostics, sources, style);
    if let Some(summary) = summary(diagnostics) {
        let _ = writeln!(text, "{summary}");
    }
    text
}

/// The findings as text; those that were set aside are only counted.
pub(super) fn write(report: &Report<'_>, style: Style) -> String {
    let Report { found, sources, .. } = report;
    let mut text = to_text(found, sources, style);
    let count = report.waived.len();
    if count > 0 {
        if summary(found).is_some() {
            text.truncate(text.trim_end().len());
            text.push_str(", ");
        }
        let _ = writeln!(text, "{count} waived");
    }
    text
}

impl Diagnostic {
    /// The finding as text of at most `width` columns, with its source lines; ends with a newline.
    pub fn to_text(&self, sources: &Sources, style: Style) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level
            .primary_title(secret::mask(&self.message))
            .id(self.rule.code);
        let mut group = Group::with_title(title);
        let excerpts = excerpts(sources, self);
        if excerpts.is_empty()
            && let Some(place) = self.origin.place()
            && let (Some(file), Some(at)) = (sources.get(place.file), sources.position(place))
        {
            // The line is too long to be shown.
            let origin = annotate_snippets::Origin::path(file.name.as_str());
            group = group.element(origin.line(at.line).char_column(at.column));
        }
        for (file, excerpt) in excerpts {
            let mut snippet = Snippet::source(excerpt.text)
                .line_start(excerpt.first_line)
                .path(file);
            for (range, primary, label) in excerpt.marks {
                let kind = if primary {
                    AnnotationKind::Primary
                } else {
                    AnnotationKind::Context
                };
                let mut annotation = kind.span(range);
                if !label.is_empty() {
                    annotation = annotation.label(secret::mask(&label).into_owned());
                }
                snippet = snippet.annotation(annotation);
            }
            group = group.element(snippet);
        }
        if let Some(subject) = &self.subject {
            group = group.element(Level::NOTE.with_name("in").message(secret::mask(subject)));
        }
        for help in &self.help {
            group = group.element(Level::HELP.message(wrap(&secret::mask(help), style.width)));
        }
        let renderer = match style.color {
            true => Renderer::styled(),
            false => Renderer::plain(),
        };
        let mut text = renderer.term_width(style.width).render(&[group]);
        text.push('\n');
        text
    }
}

/// The lines of one file that a report shows.
struct Excerpt<'a> {
    text: Cow<'a, str>,
    first_line: usize,
    marks: Vec<(std::ops::Range<usize>, bool, String)>,
}

/// One excerpt a file, the primary place's file first. Only the needed lines are handed to the renderer:
/// it would otherwise look through the whole file.
fn excerpts<'a>(sources: &'a Sources, diagnostic: &Diagnostic) -> Vec<(&'a str, Excerpt<'a>)> {
    const LONGEST_LINE: usize = 2_000;
    let mut places: Vec<(Place, bool, &str)> = Vec::new();
    if let Some(place) = diagnostic.origin.place() {
        places.push((place, true, ""));
    }
    for (origin, text) in &diagnostic.labels {
        if let Some(place) = origin.place() {
            places.push((place, false, text));
        }
    }
    let mut files: Vec<u32> = Vec::new();
    for (place, ..) in &places {
        if !files.contains(&place.file) {
            files.push(place.file);
        }
    }
    let mut excerpts = Vec::new();
    for file in files {
        let Some(source) = sources.get(file) else {
            continue;
        };
        let text: &str = &source.text;
        let of_file = || places.iter().filter(|(place, ..)| place.file == file);
        let first = of_file().map(|(p, ..)| p.start).min().unwrap_or(0) as usize;
        let last = of_file().map(|(p, ..)| p.start).max().unwrap_or(0) as usize;
        let start = line_start(text, first.min(text.len()));
        let end = line_end(text, last.min(text.len()));
        if end - start > LONGEST_LINE && end - line_start(text, last.min(text.len())) > LONGEST_LINE
        {
            // A file of one endless line: the place alone has to do.
            continue;
        }
        let marks = of_file()
            .map(|(place, primary, label)| {
                let from = (place.start as usize).clamp(start, end);
                // Mark one line only, however far the value goes.
                let to = (place.end as usize).clamp(from, line_end(text, from));
                let to = if to == from { (from + 1).min(end) } else { to };
                let trimmed = text.get(from..to).map_or(to, |t| from + t.trim_end().len());
                let to = trimmed.max((from + 1).min(end)).max(from);
                (from - start..to - start, *primary, (*label).to_owned())
            })
            .collect();
        excerpts.push((
            source.name.as_str(),
            Excerpt {
                text: mask(&text[start..end], start, file, &diagnostic.hidden),
                first_line: source.position(start as u32).line,
                marks,
            },
        ));
    }
    excerpts
}

pub(super) fn line_start(text: &str, byte: usize) -> usize {
    text.as_bytes()[..byte]
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, byte: usize) -> usize {
    text.as_bytes()[byte..]
        .iter()
        .position(|b| *b == b'\n')
        .map_or(text.len(), |newline| byte + newline)
}

/// Breaks a help text into lines, so that it ends before `width` when it stands behind `= help: `.
fn wrap(text: &str, width: usize) -> String {
    const BEFORE: usize = "10000  = help: ".len();
    let width = width.saturating_sub(BEFORE).max(40);
    // What stands in backticks is to be copied, so it stays in one piece.
    let mut quoted = false;
    let is_break = |c: char| {
        quoted ^= c == '`';
        c == ' ' && !quoted
    };
    text::wrap(text.split(is_break), 0, 0, width)
}
