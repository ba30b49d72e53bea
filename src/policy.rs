//! What becomes of a finding: how bad does the project call it, and does a waiver cover it?
//!
//! Every finding of a run passes here once before anybody counts it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::date::Date;
use crate::diagnostic::Diagnostic;
use crate::load::Settings;
use crate::model::Manifest;
use crate::model::release::Ignore;
use crate::origin::{Origin, Place};
use crate::rules::{self, Severity};
use crate::schema::Schemas;
use crate::source::Sources;
use crate::waiver::{self, Says, Waiver};
use crate::yaml::At;

/// How findings are judged in one run.
#[derive(Debug)]
pub struct Policy<'a> {
    /// The schemas that objects are held against.
    pub(crate) schemas: Schemas,
    settings: &'a Settings,
    /// Without it no waiver has ended.
    today: Option<Date>,
    /// Whether warnings are errors.
    strict: bool,
    /// The waivers seen so far, by their place: one stands in all that is rendered from its file.
    waivers: Mutex<BTreeMap<(Option<Place>, String), Fate>>,
}

/// What became of a waiver.
#[derive(Debug)]
struct Fate {
    /// What is wrong with it.
    mistake: Option<Diagnostic>,
    /// What to say if it waives nothing.
    unused: Option<Diagnostic>,
    used: bool,
}

/// A finding that a waiver covers.
#[derive(Debug, Clone)]
pub struct Waived {
    /// What was found.
    pub finding: Diagnostic,
    /// The waiver's last day.
    pub until: Date,
    /// The waiver's reason.
    pub reason: String,
}

/// `2 waived until 2027-01-31`, the day on which the first of them ends; nothing when nothing is waived.
pub fn summary(waived: &[Waived]) -> Option<String> {
    let until = waived.iter().map(|one| one.until).min()?;
    Some(format!("{} waived until {until}", waived.len()))
}

impl<'a> Policy<'a> {
    /// The policy of a project on a day.
    pub fn new(settings: &'a Settings, today: Option<Date>) -> Self {
        Self {
            schemas: Schemas::open(settings.schemas.iter().map(PathBuf::as_path)),
            settings,
            today,
            strict: false,
            waivers: Mutex::default(),
        }
    }

    /// The same with warnings as errors.
    #[must_use]
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// Gives findings the severities that the project gives their rules.
    pub fn judge(&self, found: &mut Vec<Diagnostic>) {
        let severities = &self.settings.severities;
        if !severities.is_empty() {
            found.retain_mut(|finding| match severities.get(finding.rule.code) {
                Some(Some(severity)) => {
                    finding.severity = *severity;
                    true
                }
                Some(None) => false,
                None => true,
            });
        }
        if self.strict {
            let warnings = found
                .iter_mut()
                .filter(|finding| finding.severity == Severity::Warning);
            warnings.for_each(|finding| finding.severity = Severity::Error);
        }
    }

    /// Judges the findings about `manifests` and takes out those that waivers cover: the waivers in the
    /// objects, and those of their release. With `everything_ran`, a waiver of nothing is worth knowing;
    /// otherwise it may be for a check that was not made.
    pub fn settle(
        &self,
        found: &mut Vec<Diagnostic>,
        manifests: &[Manifest],
        ignore: &[At<Ignore>],
        sources: &Sources,
        everything_ran: bool,
    ) -> Vec<Waived> {
        let mut waivers = Vec::new();
        for manifest in manifests {
            waiver::of_object(manifest, sources, &mut waivers);
        }
        waiver::of_release(ignore, &mut waivers);
        let mut waived = Vec::new();
        if !waivers.is_empty() {
            let mut used = vec![false; waivers.len()];
            let all = std::mem::take(found);
            for finding in all {
                let cover = waivers
                    .iter()
                    .enumerate()
                    .find_map(|(index, waiver)| Some((index, self.cover(waiver, &finding)?)));
                match cover {
                    Some((index, says)) => {
                        used[index] = true;
                        waived.push(Waived {
                            finding,
                            until: says.until,
                            reason: says.reason.to_owned(),
                        });
                    }
                    None => found.push(finding),
                }
            }
            for (waiver, used) in waivers.iter().zip(used) {
                self.note(waiver, used, everything_ran);
            }
        }
        self.judge(found);
        waived
    }

    /// What a waiver says, if it covers a finding.
    fn cover<'w>(&self, waiver: &'w Waiver<'_>, finding: &Diagnostic) -> Option<&'w Says<'w>> {
        let says = waiver.says.as_ref().ok()?;
        let covers = says.rule.code == finding.rule.code
            && self.today.is_none_or(|today| today <= says.until)
            && waiver.scope.has(finding);
        covers.then_some(says)
    }

    /// Remembers what became of a waiver.
    fn note(&self, waiver: &Waiver<'_>, used: bool, everything_ran: bool) {
        let said = |rule, message: String| Diagnostic::new(rule, waiver.origin, message);
        let (name, mistake) = match &waiver.says {
            Err(mistake) => (mistake.message.clone(), Some((**mistake).clone())),
            Ok(says) => {
                let code = says.rule.code;
                let ended = self.today.is_some_and(|today| today > says.until);
                let mistake = ended.then(|| {
                    let message = format!("the waiver of `{code}` ended on {}", says.until);
                    said(&rules::WAIVER_EXPIRED, message)
                        .help("mend what it was for, or write a later day")
                });
                (code.to_owned(), mistake)
            }
        };
        let unused = (everything_ran && mistake.is_none()).then(|| {
            let message = format!("the waiver of `{name}` waives nothing");
            said(&rules::WAIVER_UNUSED, message).help("remove it")
        });
        let place = waiver.origin.place();
        let mut waivers = self.waivers.lock().unwrap_or_else(PoisonError::into_inner);
        let fate = waivers.entry((place, name)).or_insert(Fate {
            mistake,
            unused: None,
            used,
        });
        fate.used |= used;
        fate.unused = fate.unused.take().or(unused);
    }

    /// What is wrong with the waivers themselves, judged, in the order of their places.
    pub fn finish(self) -> Vec<Diagnostic> {
        let waivers =
            std::mem::take(&mut *self.waivers.lock().unwrap_or_else(PoisonError::into_inner));
        let mut found: Vec<Diagnostic> = waivers
            .into_values()
            .filter_map(|fate| match fate.used {
                true => fate.mistake,
                false => fate.mistake.or(fate.unused),
            })
            .collect();
        self.judge(&mut found);
        found
    }
}

/// Findings of the plan are about the graph, if they say nothing else.
pub(crate) fn about_the_graph(found: &mut [Diagnostic], manifests: &[Manifest]) {
    let is_graph = |manifest: &&Manifest| manifest.key.kind == "DynamoGraphDeployment";
    let Some(graph) = manifests.iter().find(is_graph) else {
        return;
    };
    for finding in found {
        let is_open = finding.object.is_none() && finding.subject.is_none();
        if is_open && finding.origin != Origin::None {
            finding.object = Some(Box::new(graph.key.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::Maker;
    use crate::yaml::read;

    fn manifest(waiver: &str) -> (Manifest, Sources) {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    \
             graphwright.dev/ignore: |\n      {waiver}\n"
        );
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text.as_str());
        let mut found = Vec::new();
        let mut documents = read::documents(&text, file, &Default::default(), &mut found);
        let manifest = crate::manifest(documents.remove(0), Maker::Author, &mut found);
        (manifest.unwrap(), sources)
    }

    fn settle(waiver: &str, today: &str) -> (Vec<&'static str>, Option<String>, Vec<&'static str>) {
        let (manifest, sources) = manifest(waiver);
        let settings = Settings::default();
        let policy = Policy::new(&settings, Date::parse(today));
        let finding = |rule| Diagnostic::new(rule, Origin::None, "m").about(&manifest.key);
        let mut found = vec![
            finding(&rules::SCHEMA),
            finding(&rules::SCHEMA),
            finding(&rules::SCHEMA_MISSING),
            Diagnostic::new(&rules::SCHEMA, Origin::None, "of another"),
        ];
        let waived = policy.settle(
            &mut found,
            std::slice::from_ref(&manifest),
            &[],
            &sources,
            true,
        );
        let codes = |found: &[Diagnostic]| found.iter().map(|one| one.rule.code).collect();
        let codes_found = codes(&found);
        (codes_found, summary(&waived), codes(&policy.finish()))
    }

    #[test]
    fn a_waiver_covers_its_rule_in_its_object_to_its_last_day() {
        let waiver = "schema until 2027-01-31: the operator takes it";
        let (found, waived, of_waivers) = settle(waiver, "2027-01-31");
        assert_eq!(found, ["schema-missing", "schema"]);
        assert_eq!(waived.as_deref(), Some("2 waived until 2027-01-31"));
        assert!(of_waivers.is_empty());
        let (found, waived, of_waivers) = settle(waiver, "2027-02-01");
        assert_eq!((found.len(), waived), (4, None));
        assert_eq!(of_waivers, ["waiver-expired"]);
    }

    #[test]
    fn a_waiver_of_nothing_and_one_that_cannot_be_read_are_reported() {
        let (found, _, of_waivers) = settle("object-name until 2027-01-31: x", "2027-01-01");
        assert_eq!((found.len(), of_waivers), (4, vec!["waiver-unused"]));
        let (found, _, of_waivers) = settle("schema", "2027-01-01");
        assert_eq!((found.len(), of_waivers), (4, vec!["waiver-malformed"]));
    }

    #[test]
    fn a_project_sets_severities_and_strict_raises_warnings() {
        let settings = Settings {
            severities: [("schema", None), ("schema-missing", Some(Severity::Note))].into(),
            ..Settings::default()
        };
        let finding = |rule| Diagnostic::new(rule, Origin::None, "m");
        let mut found = vec![
            finding(&rules::SCHEMA),
            finding(&rules::SCHEMA_MISSING),
            finding(&rules::LINK_LOOP),
        ];
        Policy::new(&settings, None).strict(true).judge(&mut found);
        let severities: Vec<_> = found.iter().map(|one| one.severity).collect();
        assert_eq!(severities, [Severity::Note, Severity::Error]);
    }
}
