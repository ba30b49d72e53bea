//! What does a reader see of the rules: the list, one of them, the reference?

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Rule, Severity, all};
use crate::text;

/// The width texts are written for.
const WIDTH: usize = 80;

/// The reference as it was when the program was built: it has the examples.
const PAGES: &str = include_str!("../../docs/rules.md");

/// Every rule on a line or two, by table.
pub fn list() -> String {
    let longest = all().map(|rule| rule.code.len()).max().unwrap_or(0);
    let indent = longest + "  decision  ".len();
    let mut text = String::new();
    let mut table = "";
    for rule in all() {
        if rule.table != table {
            let gap = if table.is_empty() { "" } else { "\n" };
            table = rule.table;
            let _ = writeln!(text, "{gap}{}", title(table));
        }
        let summary = text::wrap(rule.summary.split(' '), indent + 2, indent + 2, WIDTH);
        let _ = writeln!(
            text,
            "  {:longest$}  {:8}  {summary}",
            rule.code,
            kind(rule)
        );
    }
    text
}

/// One rule in full, with an example of how it is broken and mended.
pub fn show(rule: &Rule) -> String {
    let wrap = |text: &str, first: usize| text::wrap(text.split(' '), first, 0, WIDTH);
    let head = format!("{}[{}]: ", kind(rule), rule.code);
    let mut text = format!(
        "{head}{}\n\n{}\n\n",
        wrap(rule.summary, head.len()),
        wrap(rule.reason, 0)
    );
    for source in sources(rule) {
        let _ = writeln!(text, "Source: {source}");
    }
    if let Some(Example { message, change }) = example(rule.code) {
        let _ = write!(text, "\nFor example:\n\n{message}");
        if let Some(change) = change {
            let _ = write!(text, "\nWhat mends it:\n\n{change}");
        }
    }
    text
}

/// A rule for other programs.
pub fn to_json(rule: &Rule) -> Value {
    json!({
        "code": rule.code,
        "kind": kind(rule),
        "summary": rule.summary,
        "reason": rule.reason,
        "sources": sources(rule).collect::<Vec<_>>(),
        "table": rule.table,
    })
}

/// How a rule is broken and mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// What is said about a file that breaks it.
    pub message: &'static str,
    /// The lines that mend that file, as a difference.
    pub change: Option<&'static str>,
}

/// The example of the reference for a rule; rules that only set fields have none.
pub fn example(code: &str) -> Option<Example> {
    let from = PAGES.find(&format!("\n### {code}\n"))? + 1;
    let page = PAGES.get(from..)?;
    let page = page.get(..page.find("\n##").unwrap_or(page.len()))?;
    let block = |kind: &str| {
        let text = page.split_once(&format!("```{kind}\n"))?.1;
        text.get(..text.find("```")?)
    };
    Some(Example {
        message: block("text")?,
        change: block("diff"),
    })
}

/// The sources of a rule, one by one.
pub fn sources(rule: &Rule) -> impl Iterator<Item = &'static str> + use<> {
    rule.source.split("; ")
}

/// `a pod's parts` of a table's name such as `a_pods_parts`, as a heading.
pub fn title(table: &str) -> String {
    let mut title = table.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

/// What breaking a rule is, or `decision` for one that only sets fields and so has no example.
pub fn kind(rule: &Rule) -> &'static str {
    match rule.severity {
        Severity::Note if example(rule.code).is_none() => "decision",
        severity => word(severity),
    }
}

/// How bad a finding is, in a word.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A source in Markdown, as seen from `docs/`: with a link where it is an address, a file of ours or a path
/// in a repository.
pub fn link(source: &str) -> String {
    if let Some(page) = source.strip_prefix("docs/") {
        return format!("[{source}]({page})");
    }
    if source.starts_with("schemas/") || source.starts_with("src/") {
        return format!("[{source}](../{source})");
    }
    if source.starts_with("https://") {
        let (address, rest) = source.split_once(' ').unwrap_or((source, ""));
        let gap = if rest.is_empty() { "" } else { " " };
        return format!("<{address}>{gap}{rest}");
    }
    let mut words = source.splitn(3, ' ');
    let (repository, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let is_path = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'.' | b'_'))
    };
    let is_repository = repository.matches('/').count() == 1 && is_path(repository);
    if is_repository && is_path(path) && path.contains('/') {
        let rest = words.next().map(|rest| format!(" {rest}"));
        return format!(
            "[{repository} {path}](https://github.com/{repository}/tree/HEAD/{path}){}",
            rest.unwrap_or_default()
        );
    }
    source.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_fit_80_columns_and_have_every_rule() {
        let list = list();
        for line in list.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        for rule in all() {
            assert!(list.contains(&format!("  {} ", rule.code)), "{}", rule.code);
        }
    }

    #[test]
    fn sources_become_links_where_that_can_be() {
        for (source, expected) in [
            ("YAML 1.2.2", "YAML 1.2.2"),
            ("schemas/", "[schemas/](../schemas/)"),
            ("docs/templates.md", "[docs/templates.md](templates.md)"),
            ("https://x.org/a (b)", "<https://x.org/a> (b)"),
            (
                "ai-dynamo/dynamo deploy/operator (a, b)",
                "[ai-dynamo/dynamo deploy/operator](https://github.com/ai-dynamo/dynamo/tree/HEAD/deploy/operator) (a, b)",
            ),
            (
                "ai-dynamo/dynamo docs: efa-on-aws",
                "ai-dynamo/dynamo docs: efa-on-aws",
            ),
            (
                "ai-dynamo/dynamo recipes for GB200",
                "ai-dynamo/dynamo recipes for GB200",
            ),
        ] {
            assert_eq!(link(source), expected);
        }
    }
}
