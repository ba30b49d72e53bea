//! How is a PromQL selector written so that no name can break out of it?

use std::fmt;

/// A metric with conditions on its labels.
#[derive(Debug, Clone)]
pub(super) struct Metric {
    name: String,
    conditions: Vec<(&'static str, &'static str, String)>,
}

impl Metric {
    /// A metric by its name, which must be one: letters, digits, `_` and `:`.
    pub(super) fn new(name: &str) -> Self {
        debug_assert!(
            name.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':'),
            "{name}"
        );
        Self {
            name: name.to_owned(),
            conditions: Vec::new(),
        }
    }

    /// With a label of exactly this value.
    pub(super) fn equal(self, label: &'static str, value: &str) -> Self {
        self.with(label, "=", value)
    }

    /// With a label whose whole value the regular expression describes.
    pub(super) fn regex(self, label: &'static str, value: &str) -> Self {
        self.with(label, "=~", value)
    }

    fn with(mut self, label: &'static str, operator: &'static str, value: &str) -> Self {
        self.conditions.push((label, operator, escape(value)));
        self
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{{", self.name)?;
        for (index, (label, operator, value)) in self.conditions.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{label}{operator}\"{value}\"")?;
        }
        f.write_str("}")
    }
}

/// The inside of a double-quoted PromQL string.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A regular expression (RE2) for exactly this text.
pub(super) fn regex_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_quotes() {
        let metric = Metric::new("up").equal("job", "a\"} or vector(1) #\\\n");
        assert_eq!(metric.to_string(), r#"up{job="a\"} or vector(1) #\\\n"}"#);
    }

    #[test]
    fn dots_of_names_are_literal_in_patterns() {
        let metric = Metric::new("m").regex("pod", &format!("{}-.+", regex_escape("a.b")));
        assert_eq!(metric.to_string(), r#"m{pod=~"a\\.b-.+"}"#);
    }
}
