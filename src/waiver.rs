//! Which findings does somebody put up with, until when and why?
//!
//! A waiver stands where it is seen by who reads the object: in the annotation `graphwright.dev/ignore` of an
//! object, one a line (`CODE until YYYY-MM-DD: reason`), or in a release's `spec.ignore`.

use crate::date::Date;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::release::Ignore;
use crate::model::{Manifest, ObjectKey};
use crate::origin::{Origin, Place};
use crate::rules::{self, Rule};
use crate::source::Sources;
use crate::yaml::At;

/// The annotation that holds an object's waivers.
pub const ANNOTATION: &str = "graphwright.dev/ignore";

/// An object or a release with more of them needs something else.
const MOST_WAIVERS: usize = 200;

/// One waiver, as far as it could be read.
#[derive(Debug, Clone)]
pub(crate) struct Waiver<'a> {
    /// Where it stands.
    pub(crate) origin: Origin,
    /// What it says, or what is wrong with it.
    pub(crate) says: Result<Says<'a>, Box<Diagnostic>>,
    /// Which objects it is for.
    pub(crate) scope: Scope<'a>,
}

/// What a waiver says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Says<'a> {
    /// The rule whose findings are waived.
    pub(crate) rule: &'static Rule,
    /// The last day.
    pub(crate) until: Date,
    /// Why.
    pub(crate) reason: &'a str,
}

/// Which objects a waiver is for.
#[derive(Debug, Clone)]
pub(crate) enum Scope<'a> {
    /// The object that it stands in.
    Object(&'a ObjectKey),
    /// Everything that a release renders.
    Release,
    /// The objects of this kind, namespace and name.
    Named(&'a str, Option<&'a str>, &'a str),
}

impl Scope<'_> {
    /// Whether a finding is about an object of the scope.
    pub(crate) fn has(&self, finding: &Diagnostic) -> bool {
        let Some(about) = &finding.object else {
            // Some findings only say in words what they are about.
            return match (self, &finding.subject) {
                (Self::Release, _) => true,
                (Self::Object(key), Some(subject)) => is_start(&key.to_string(), subject),
                (Self::Named(kind, Some(namespace), name), Some(subject)) => {
                    is_start(&format!("{kind}/{namespace}/{name}"), subject)
                }
                (Self::Named(..) | Self::Object(_), _) => false,
            };
        };
        match self {
            Self::Release => true,
            // Versions of one group show the same object.
            Self::Object(key) => {
                (key.group(), &key.kind, &key.namespace, &key.name)
                    == (about.group(), &about.kind, &about.namespace, &about.name)
            }
            Self::Named(kind, namespace, name) => {
                about.kind == *kind
                    && about.name == *name
                    && (namespace.is_none() || about.namespace.as_deref() == *namespace)
            }
        }
    }
}

fn is_start(object: &str, subject: &str) -> bool {
    let rest = subject.strip_prefix(object);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// The waivers in an object's annotation.
pub(crate) fn of_object<'a>(
    manifest: &'a Manifest,
    sources: &Sources,
    waivers: &mut Vec<Waiver<'a>>,
) {
    let annotations = manifest.object.at(&["metadata", "annotations"]);
    let Some(node) = annotations.and_then(|annotations| annotations.get(ANNOTATION)) else {
        return;
    };
    // A value of another type is the schema's to report.
    let Some(text) = node.as_str() else { return };
    let whole = node.origin.place();
    let written = whole.and_then(|place| sources.text(place));
    let mut searched = 0;
    for (index, line) in lines(text).enumerate() {
        // The line's place, if it stands in the file as it is; else the annotation's.
        let found =
            written.and_then(|written| Some(searched + written.get(searched..)?.find(line)?));
        let origin = match (whole, found) {
            (Some(place), Some(start)) => {
                searched = start + line.len();
                part(place, start, line.len())
            }
            _ => node.origin,
        };
        waivers.push(Waiver {
            origin,
            says: match index {
                MOST_WAIVERS => Err(too_many(origin)),
                _ => read_line(line, origin),
            },
            scope: Scope::Object(&manifest.key),
        });
    }
}

/// The lines of an annotation, and one more than there may be.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).take(MOST_WAIVERS + 1)
}

fn part(place: Place, start: usize, length: usize) -> Origin {
    let at = |bytes: usize| {
        place
            .start
            .saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX))
    };
    Origin::Input(Place {
        file: place.file,
        start: at(start),
        end: at(start.saturating_add(length)),
    })
}

fn too_many(origin: Origin) -> Box<Diagnostic> {
    let message = format!("there are more than {MOST_WAIVERS} waivers; the rest is not looked at");
    malformed(
        origin,
        message,
        "set the severity of the rules in `graphwright.yaml`",
    )
}

/// The waivers of a release.
pub(crate) fn of_release<'a>(ignore: &'a [At<Ignore>], waivers: &mut Vec<Waiver<'a>>) {
    for (index, entry) in ignore.iter().take(MOST_WAIVERS + 1).enumerate() {
        let Ignore {
            rule,
            until,
            reason,
            object,
        } = &entry.value;
        let mut says = match index {
            MOST_WAIVERS => Err(too_many(entry.origin)),
            _ => says(
                (rule, rule.origin),
                (until, until.origin),
                (reason, reason.origin),
            ),
        };
        let scope = match object.as_ref().map(|object| (object, named(object))) {
            None => Scope::Release,
            Some((_, Some(scope))) => scope,
            Some((object, None)) => {
                says = says.and(Err(malformed(
                    object.origin,
                    format!("`{}` does not name an object", object.escape_debug()),
                    "write `Kind/name` or `Kind/namespace/name`",
                )));
                Scope::Release
            }
        };
        waivers.push(Waiver {
            origin: entry.origin,
            says,
            scope,
        });
    }
}

/// `Kind/name` or `Kind/namespace/name`.
fn named(object: &str) -> Option<Scope<'_>> {
    let mut parts = object.split('/');
    let scope = match (parts.next()?, parts.next()?, parts.next()) {
        (kind, name, None) => Scope::Named(kind, None, name),
        (kind, namespace, Some(name)) => Scope::Named(kind, Some(namespace), name),
    };
    let is_whole = parts.next().is_none() && object.split('/').all(|part| !part.is_empty());
    is_whole.then_some(scope)
}

fn read_line(line: &str, origin: Origin) -> Result<Says<'_>, Box<Diagnostic>> {
    let parts = line
        .split_once(" until ")
        .and_then(|(code, rest)| Some((code, rest.split_once(':')?)));
    let Some((code, (until, reason))) = parts else {
        return Err(malformed(
            origin,
            format!("`{}` is no waiver", line.escape_debug()),
            "write `CODE until YYYY-MM-DD: reason`, one waiver a line",
        ));
    };
    says(
        (code.trim(), origin),
        (until.trim(), origin),
        (reason.trim(), origin),
    )
}

fn says<'a>(
    (code, code_at): (&str, Origin),
    (until, until_at): (&str, Origin),
    (reason, reason_at): (&'a str, Origin),
) -> Result<Says<'a>, Box<Diagnostic>> {
    let Some(rule) = rules::by_code(code) else {
        let message = format!("there is no rule `{}` to waive", code.escape_debug());
        let meant = did_you_mean(code, rules::all().map(|rule| rule.code));
        let help = meant.unwrap_or_else(|| {
            "write the code that messages have in brackets, such as `schema`".to_owned()
        });
        return Err(malformed(code_at, message, &help));
    };
    if rules::is_fixed(rule) {
        let message = format!("`{code}` cannot be waived");
        return Err(malformed(code_at, message, "mend what it complains about"));
    }
    let Some(until) = Date::parse(until) else {
        let message = format!("`{}` is not a day", until.escape_debug());
        let help = "write the waiver's last day as `YYYY-MM-DD`";
        return Err(malformed(until_at, message, help));
    };
    if reason.trim().is_empty() {
        let message = format!("the waiver of `{code}` gives no reason");
        let help = "say why this is right for now, so that somebody else can judge it later";
        return Err(malformed(reason_at, message, help));
    }
    Ok(Says {
        rule,
        until,
        reason,
    })
}

fn malformed(origin: Origin, message: String, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(&rules::WAIVER_MALFORMED, origin, message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<(String, String), String> {
        match read_line(line, Origin::None) {
            Ok(says) => Ok((says.rule.code.to_owned(), says.until.to_string())),
            Err(mistake) => Err(mistake.message),
        }
    }

    #[test]
    fn a_waiver_is_a_code_a_day_and_a_reason() {
        assert_eq!(
            read("schema until 2027-01-31: the operator takes it: see #12"),
            Ok(("schema".into(), "2027-01-31".into()))
        );
    }

    #[test]
    fn each_part_is_missed() {
        for (line, message) in [
            ("schema", "`schema` is no waiver"),
            (
                "schema until 2027-01-31",
                "`schema until 2027-01-31` is no waiver",
            ),
            ("schema until soon: x", "`soon` is not a day"),
            ("schema until 2027-02-30: x", "`2027-02-30` is not a day"),
            (
                "schema until 2027-01-31:  ",
                "the waiver of `schema` gives no reason",
            ),
            (
                "shema until 2027-01-31: x",
                "there is no rule `shema` to waive",
            ),
            (
                "duplicate-object until 2027-01-31: x",
                "`duplicate-object` cannot be waived",
            ),
        ] {
            assert_eq!(read(line), Err(message.to_owned()), "{line}");
        }
    }

    #[test]
    fn objects_are_named_by_kind_and_name() {
        assert!(matches!(
            named("Service/chat"),
            Some(Scope::Named("Service", None, "chat"))
        ));
        assert!(matches!(
            named("Service/a/chat"),
            Some(Scope::Named("Service", Some("a"), "chat"))
        ));
        for text in ["", "Service", "Service/", "/chat", "a/b/c/d", "a//b"] {
            assert!(named(text).is_none(), "{text}");
        }
    }
}
