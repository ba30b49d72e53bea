//! How is what was found written down: for people, for other programs, for code review?
//!
//! One module a [`Format`]. None of them prints a token or what a diagnostic hides.

mod github;
mod gitlab;
mod json;
mod junit;
mod location;
mod sarif;
mod text;

use std::borrow::Cow;

pub use json::to_json_lines;
pub use location::Base;
pub use text::{Style, each_to_text, to_text};

use crate::diagnostic::{Diagnostic, Fix};
use crate::origin::Place;
use crate::policy::Waived;
use crate::secret;
use crate::source::Sources;

/// A form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Messages with the lines they are about, for people.
    Text,
    /// One JSON object a line.
    Json,
    /// SARIF 2.1.0, which code scanning takes.
    Sarif,
    /// Workflow commands, which GitHub Actions shows beside the lines.
    Github,
    /// The code quality report of GitLab.
    Gitlab,
    /// JUnit XML, which most CI systems show as tests.
    Junit,
}

impl Format {
    /// Whether a report is one document, and says that nothing was found.
    pub fn is_document(self) -> bool {
        match self {
            Self::Text | Self::Json | Self::Github => false,
            Self::Sarif | Self::Gitlab | Self::Junit => true,
        }
    }
}

/// What a run found.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The findings, in any order.
    pub found: &'a [Diagnostic],
    /// Findings that were set aside.
    pub waived: &'a [Waived],
    /// Every file that was looked at.
    pub sources: &'a Sources,
    /// Where the paths start that other programs are given.
    pub base: &'a Base,
}

impl Report<'_> {
    /// The report as text. `style` is for [`Format::Text`].
    pub fn write(&self, format: Format, style: Style) -> String {
        match format {
            Format::Text => text::write(self, style),
            Format::Json => json::write(self),
            Format::Sarif => sarif::write(self),
            Format::Github => github::write(self),
            Format::Gitlab => gitlab::write(self),
            Format::Junit => junit::write(self),
        }
    }

    /// What was found in order of place, then what was set aside, with the reason.
    fn everything(&self) -> impl Iterator<Item = (&Diagnostic, Option<&str>)> {
        let waived = self.waived.iter();
        let found = sorted(self.found).into_iter().map(|one| (one, None));
        found.chain(waived.map(|one| (&one.finding, Some(one.reason.as_str()))))
    }
}

/// The text that would mend a finding, unless it may hold what must not be shown.
fn mends(finding: &Diagnostic) -> Option<&Fix> {
    finding.fix.as_ref().filter(|fix| {
        let overlaps = |place: &Place| {
            place.file == fix.place.file
                && place.start < fix.place.end
                && fix.place.start < place.end
        };
        secret::known(&fix.replacement).is_none() && !finding.hidden.iter().any(overlaps)
    })
}

fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<_> = diagnostics.iter().collect();
    sorted.sort_by_key(|d| (d.origin.place().is_none(), d.origin.place()));
    sorted
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

#[cfg(test)]
mod tests;
