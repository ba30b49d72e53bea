//! Which rules are there, and why did one fire?
//!
//! A rule is a sentence with a code. The plan's rules set fields of the output, the others find
//! mistakes; `why`, diagnostics and the reference speak of them by the same code. Codes are kebab-case
//! and are never used for something else.

mod analysis;
mod api_objects;
mod conversion;
mod delivery;
mod exposure;
mod fit;
mod health;
mod inputs;
mod objects;
mod outputs;
mod overrides;
mod planning;
mod pods;
pub mod reference;
mod references;
mod scaling;
mod schemas;
mod strategy;
mod traps;
mod validation;
mod webhook;

pub use analysis::*;
pub use api_objects::*;
pub use conversion::*;
pub use delivery::*;
pub use exposure::*;
pub use fit::*;
pub use health::*;
pub use inputs::*;
pub use objects::*;
pub use outputs::*;
pub use overrides::*;
pub use planning::*;
pub use pods::*;
pub use references::*;
pub use scaling::*;
pub use schemas::*;
pub use strategy::*;
pub use traps::*;
pub use validation::*;
pub use webhook::*;

use crate::origin::Origin;

/// Something this tool decides or complains about.
#[derive(Debug)]
pub struct Rule {
    /// The stable name, such as `yaml-duplicate-key`.
    pub code: &'static str,
    /// How bad it is when the rule is broken; [`Severity::Note`] for rules that only set fields.
    pub severity: Severity,
    /// What the rule says, in one sentence without a full stop.
    pub summary: &'static str,
    /// Why the rule exists and what to do about it.
    pub reason: &'static str,
    /// Where the rule comes from: an upstream path, a specification or a page of documentation.
    pub source: &'static str,
    /// The part of the reference it stands in, such as `inputs`.
    pub table: &'static str,
}

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The output would be refused or would not work.
    Error,
    /// The output may surprise.
    Warning,
    /// Worth knowing.
    Note,
}

/// Every rule, in the order of the reference.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    inputs::ALL
        .iter()
        .chain(conversion::ALL)
        .chain(planning::ALL)
        .chain(overrides::ALL)
        .chain(strategy::ALL)
        .chain(analysis::ALL)
        .chain(exposure::ALL)
        .chain(scaling::ALL)
        .chain(health::ALL)
        .chain(objects::ALL)
        .chain(api_objects::ALL)
        .chain(fit::ALL)
        .chain(outputs::ALL)
        .chain(validation::ALL)
        .chain(pods::ALL)
        .chain(webhook::ALL)
        .chain(traps::ALL)
        .chain(references::ALL)
        .chain(delivery::ALL)
        .chain(schemas::ALL)
        .copied()
}

/// The rules about the files a run reads.
pub fn of_inputs() -> impl Iterator<Item = &'static Rule> {
    inputs::ALL.iter().copied()
}

/// Whether a run relies on a rule, so that it can be neither made milder nor waived: those about files that
/// cannot be read, and about trees that would lose or mix objects.
pub fn is_fixed(rule: &Rule) -> bool {
    let of = |table: &[&Rule]| table.iter().any(|one| one.code == rule.code);
    // What is left out decides what is a leftover.
    rule.code == FILE_LEFT_OUT.code
        || rule.severity == Severity::Error
            && [inputs::ALL, outputs::ALL, validation::ALL]
                .into_iter()
                .any(of)
}

/// The rule with this code.
pub fn by_code(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}

/// A rule at work: what it looked at when it set a field.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The rule.
    pub rule: &'static Rule,
    /// What it looked at: profile fields, lines of the graph or the release.
    pub inputs: Vec<Origin>,
    /// What it concluded, where the rule's summary alone does not tell, such as the pool's name.
    pub outcome: Option<String>,
}

/// The decisions of one release on one profile. [`Origin::Decision`] holds an index into it.
#[derive(Debug, Default, Clone)]
pub struct Decisions {
    list: Vec<Decision>,
}

impl Decisions {
    /// Writes a decision down and gives the origin for the fields that it sets.
    pub fn record(
        &mut self,
        rule: &'static Rule,
        inputs: impl IntoIterator<Item = Origin>,
        outcome: impl Into<Option<String>>,
    ) -> Origin {
        self.list.push(Decision {
            rule,
            inputs: inputs
                .into_iter()
                .filter(|origin| *origin != Origin::None)
                .collect(),
            outcome: outcome.into(),
        });
        Origin::Decision(u32::try_from(self.list.len() - 1).expect("fewer than 2^32 decisions"))
    }

    /// The decision an origin names, if it names one.
    pub fn get(&self, origin: Origin) -> Option<&Decision> {
        match origin {
            Origin::Decision(index) => self.list.get(index as usize),
            Origin::None | Origin::Input(_) | Origin::Template(_) => None,
        }
    }

    /// The decisions in the order they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Decision> {
        self.list.iter()
    }
}

/// `c` of `a::b::c`.
const fn last_segment(path: &'static str) -> &'static str {
    let (mut rest, mut index) = (path, path.len());
    while index > 0 {
        index -= 1;
        if path.as_bytes()[index] == b':' {
            (_, rest) = path.split_at(index + 1);
            break;
        }
    }
    rest
}

/// Declares rules and a table of them in the order written.
macro_rules! rules {
    ($( $name:ident, $code:literal, $severity:ident, $summary:literal, $reason:literal, $source:literal; )*) => {
        $(
            #[doc = concat!("`", $code, "`: ", $summary, ".")]
            pub static $name: crate::rules::Rule = crate::rules::Rule {
                code: $code,
                severity: crate::rules::Severity::$severity,
                summary: $summary,
                reason: $reason,
                source: $source,
                table: crate::rules::last_segment(module_path!()),
            };
        )*
        pub(super) static ALL: &[&crate::rules::Rule] = &[$(&$name),*];
    };
}
use rules;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_kebab_case() {
        let mut seen = BTreeSet::new();
        for rule in all() {
            assert!(seen.insert(rule.code), "{} is used twice", rule.code);
            assert!(
                rule.code
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{}",
                rule.code
            );
        }
    }

    #[test]
    fn sources_in_the_repository_are_there() {
        let guarantees = include_str!("../docs/guarantees.md");
        let anchors: BTreeSet<_> = guarantees
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .map(|title| title.to_lowercase().replace(' ', "-").replace(',', ""))
            .collect();
        for rule in all() {
            for source in rule.source.split("; ") {
                if let Some(anchor) = source.strip_prefix("docs/guarantees.md#") {
                    assert!(anchors.contains(anchor), "{}: {anchor}", rule.code);
                }
            }
        }
    }

    #[test]
    fn every_rule_says_what_why_and_whence() {
        for rule in all() {
            for text in [rule.summary, rule.reason, rule.source] {
                assert!(!text.is_empty(), "{}", rule.code);
            }
            assert!(!rule.summary.ends_with('.'), "{}", rule.code);
        }
    }
}
