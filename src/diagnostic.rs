//! What is wrong, where, and what to do: the one form in which every stage reports.
//!
//! [`report`](crate::report) writes it down.

use crate::model::ObjectKey;
use crate::origin::{Origin, Place};
pub use crate::report::{Style, to_json_lines, to_text};
use crate::rules::{Rule, Severity};

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
    // Nothing that long is a slip, and to compare it takes long.
    const LONGEST: usize = 256;
    if written.len() > LONGEST {
        return None;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
