//! What is wrong, where, and what to do: the one form in which every stage reports to people and machines.

use std::borrow::Cow;
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;
use serde_json::json;

use crate::model::ObjectKey;
use crate::origin::{Origin, Place};
use crate::rules::{Rule, Severity};
use crate::secret;
use crate::source::{Position, Sources};
use crate::text;

/// One finding.
#[derive(Debug, Clone)]
#[must_use]
pub struct Diagnostic {
    /// The rule that found it; its code is the diagnostic's code.
    pub rule: &'static Rule,
    /// How bad it is; the rule's own severity unless the caller knows better.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop, names in backticks, the thing before the rule.
    pub message: String,
    /// Where: the input line that caused it.
    pub origin: Origin,
    /// Other places that matter, each with a few words.
    pub labels: Vec<(Origin, String)>,
    /// The object and field it is about, such as `Service/chat-frontend spec.ports`.
    pub subject: Option<String>,
    /// The object it is about, where it is about one: waivers in that object are for it.
    pub object: Option<Box<ObjectKey>>,
    /// What to do next.
    pub help: Vec<String>,
    /// A change of the source that would mend it.
    pub fix: Option<Fix>,
    /// Stretches of source that must not be printed: pasted secrets.
    pub hidden: Vec<Place>,
}

/// A stretch of source and the text that should stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What to replace.
    pub place: Place,
    /// What with.
    pub replacement: String,
}

impl Diagnostic {
    /// A finding of `rule` at `origin`.
    pub fn new(rule: &'static Rule, origin: Origin, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message: message.into(),
            origin,
            labels: Vec::new(),
            subject: None,
            object: None,
            help: Vec::new(),
            fix: None,
            hidden: Vec::new(),
        }
    }

    /// Adds what to do next.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds another place that matters.
    pub fn label(mut self, origin: Origin, text: impl Into<String>) -> Self {
        self.labels.push((origin, text.into()));
        self
    }

    /// Names the object and field it is about.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Says which object it is about.
    pub fn about(mut self, object: &ObjectKey) -> Self {
        self.object = Some(Box::new(object.clone()));
        self
    }

    /// Adds a change that would mend it.
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Keeps a stretch of source out of the report: its characters are shown as `*`.
    pub fn hide(mut self, place: Place) -> Self {
        self.hidden.push(place);
        self
    }

    /// Sets another severity than the rule's own.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

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
                    annotation = annotation.label(label);
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

    /// The finding as one JSON object: `code`, `severity`, `message`, `file`, `line`, `column`,
    /// `endLine`, `endColumn`, `source` (the line), `subject`, `labels`, `help`, `fix`. What does not
    /// apply is left out; lines and columns count from 1, columns in characters, the end is exclusive.
    pub fn to_json(&self, sources: &Sources) -> serde_json::Value {
        let mut object = json!({
            "code": self.rule.code,
            "severity": self.severity,
            "message": secret::mask(&self.message),
        });
        let mut set = |key: &str, value: serde_json::Value| object[key] = value;
        if let Some(place) = JsonPlace::of(sources, self.origin, &self.hidden)
            && let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(&place)
        {
            for (key, value) in fields {
                set(&key, value);
            }
        }
        if let Some(subject) = &self.subject {
            set("subject", json!(secret::mask(subject)));
        }
        if !self.labels.is_empty() {
            let labels: Vec<_> = self
                .labels
                .iter()
                .filter_map(|(origin, text)| {
                    let place = JsonPlace::of(sources, *origin, &self.hidden)?;
                    let mut label = serde_json::to_value(&place).ok()?;
                    label["message"] = json!(text);
                    Some(label)
                })
                .collect();
            set("labels", json!(labels));
        }
        if !self.help.is_empty() {
            let help: Vec<_> = self.help.iter().map(|help| secret::mask(help)).collect();
            set("help", json!(help));
        }
        if let Some(fix) = &self.fix {
            let place = JsonPlace::of(sources, Origin::Input(fix.place), &self.hidden);
            if let Some(Ok(mut value)) = place.map(|place| serde_json::to_value(&place)) {
                value["replacement"] = json!(secret::mask(&fix.replacement));
                set("fix", value);
            }
        }
        object
    }
}

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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonPlace<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Cow<'a, str>>,
}

impl<'a> JsonPlace<'a> {
    fn of(sources: &'a Sources, origin: Origin, hidden: &[Place]) -> Option<Self> {
        let place = origin.place()?;
        let source = sources.get(place.file)?;
        let Position { line, column } = source.position(place.start);
        let end = source.position(place.end);
        Some(Self {
            file: &source.name,
            line,
            column,
            end_line: end.line,
            end_column: end.column,
            source: source.text.lines().nth(line - 1).map(|text| {
                let start = line_start(&source.text, (place.start as usize).min(source.text.len()));
                mask(text, start, place.file, hidden)
            }),
        })
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
                first_line: text[..start].bytes().filter(|b| *b == b'\n').count() + 1,
                marks,
            },
        ));
    }
    excerpts
}

/// `text`, which starts at byte `start` of `file`, with `*` for every byte of the hidden places and of tokens,
/// which may stand next to what a report is about.
fn mask<'a>(text: &'a str, start: usize, file: u32, hidden: &[Place]) -> Cow<'a, str> {
    let mut masked = secret::mask(text);
    for place in hidden.iter().filter(|place| place.file == file) {
        let mut from = (place.start as usize).saturating_sub(start).min(text.len());
        let mut to = (place.end as usize).saturating_sub(start).min(text.len());
        while !text.is_char_boundary(from) {
            from -= 1;
        }
        while !text.is_char_boundary(to) {
            to += 1;
        }
        let secret = &text[from..to.max(from)];
        if secret.is_empty() {
            continue;
        }
        // As many bytes as before, so that marks stay where they are.
        let stars: String = secret
            .bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { '*' })
            .collect();
        masked.to_mut().replace_range(from..to, &stars);
    }
    masked
}

fn line_start(text: &str, byte: usize) -> usize {
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

/// All findings as JSON lines, in order of place.
pub fn to_json_lines(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut text = String::new();
    for diagnostic in sorted(diagnostics) {
        let _ = writeln!(text, "{}", diagnostic.to_json(sources));
    }
    text
}

/// `2 errors, 1 warning`, or nothing when there is nothing to count.
pub fn summary(diagnostics: &[Diagnostic]) -> Option<String> {
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|d| d.severity == severity)
            .count()
    };
    let parts: Vec<String> = [
        (count(Severity::Error), "error"),
        (count(Severity::Warning), "warning"),
        (count(Severity::Note), "note"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, name)| format!("{count} {name}{}", if count == 1 { "" } else { "s" }))
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Whether any finding is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// `did you mean `x`?` for the candidate nearest to `written`, if one is near enough.
pub fn did_you_mean<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    candidates
        .into_iter()
        .map(|candidate| {
            let (a, b) = (written.to_lowercase(), candidate.to_lowercase());
            (strsim::damerau_levenshtein(&a, &b), candidate)
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().max(written.len()) / 4)
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<_> = diagnostics.iter().collect();
    sorted.sort_by_key(|d| (d.origin.place().is_none(), d.origin.place()));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    fn example() -> (Sources, Diagnostic) {
        let mut sources = Sources::default();
        let file = sources.add("graphs/chat.yaml", "spec:\n  replica: 2\n  replicas: 3\n");
        let place = |start, end| Origin::Input(Place { file, start, end });
        let diagnostic = Diagnostic::new(
            &rules::YAML_DUPLICATE_KEY,
            place(8, 15),
            "unknown field `replica`",
        )
        .label(place(21, 29), "given here")
        .help("did you mean `replicas`?");
        (sources, diagnostic)
    }

    #[test]
    fn text_shows_the_line_the_caret_and_the_help() {
        let (sources, diagnostic) = example();
        let expected = "\
error[yaml-duplicate-key]: unknown field `replica`
 --> graphs/chat.yaml:2:3
  |
2 |   replica: 2
  |   ^^^^^^^
3 |   replicas: 3
  |   -------- given here
  |
  = help: did you mean `replicas`?
";
        assert_eq!(diagnostic.to_text(&sources, Style::default()), expected);
    }

    #[test]
    fn json_has_the_same_content() {
        let (sources, diagnostic) = example();
        let json = diagnostic.to_json(&sources);
        assert_eq!(json["code"], "yaml-duplicate-key");
        assert_eq!(json["line"], 2);
        assert_eq!(json["column"], 3);
        assert_eq!(json["endColumn"], 10);
        assert_eq!(json["source"], "  replica: 2");
        assert_eq!(json["labels"][0]["message"], "given here");
    }

    #[test]
    fn hidden_places_are_masked_in_text_and_json() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "x: 1\ny: {name: K, value: geheim-é}\n");
        let place = |start, end| Place { file, start, end };
        let diagnostic = Diagnostic::new(&rules::YAML_KEY, Origin::Input(place(14, 15)), "m")
            .hide(place(25, 34));
        let text = diagnostic.to_text(&sources, Style::default());
        let json = diagnostic.to_json(&sources).to_string();
        for report in [text, json] {
            assert!(
                !report.contains("geheim") && !report.contains('é'),
                "{report}"
            );
            assert!(
                report.contains("y: {name: K, value: *********}"),
                "{report}"
            );
        }
    }

    #[test]
    fn suggestions_need_to_be_near() {
        let names = ["replicas", "name", "podTemplate"];
        assert_eq!(
            did_you_mean("replica", names).as_deref(),
            Some("did you mean `replicas`?")
        );
        assert_eq!(did_you_mean("volumes", names), None);
    }
}
