//! What is wrong with these files, whatever they are?
//!
//! Releases, and graphs for which a cluster is given, are rendered and checked as the cluster would get them.
//! Everything else is checked as the manifests that it is, in sets of what belongs together.

mod sets;

use std::sync::Arc;

use crate::before::Before;
use crate::diagnostic::Diagnostic;
use crate::load::{self, Scope};
use crate::model::profile::ClusterProfileSpec;
use crate::origin::Origin;
use crate::policy::{Policy, Waived};
use crate::resolve::{self, ResolvedProfile, Work};
use crate::rules::{self, Decisions};
use crate::source::Sources;
use crate::validate::{self, Subject};
use crate::yaml::{At, Node};
use crate::{AllTemplates, BUILTIN, convert, emit, parallel};
use sets::{Kind, Set};

/// What is checked, and against what.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The files. Whatever its scope, everything in them is looked at.
    pub load: load::Request,
    /// The Kubernetes that manifests without a profile are held against, such as `1.34`.
    pub kubernetes: Option<String>,
    /// The Dynamo platform that they are held against, such as `1.5.0`.
    pub dynamo: Option<String>,
    /// Whether warnings are errors.
    pub strict: bool,
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// The findings: those about the inputs, then those about objects in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// How many objects were checked.
    pub objects: usize,
    /// How many files they come from.
    pub files: usize,
    /// How many files of directories hold no Kubernetes object, or only parts of one.
    pub skipped: usize,
    /// How many directories that a render wrote were left out, because their releases were rendered anew.
    pub rendered: usize,
    /// What is covered by waivers.
    pub waived: Vec<Waived>,
}

/// What is checked at once.
enum Item<'a> {
    /// Something to render.
    Work(&'a Work),
    /// Manifests, for a profile or for none.
    Set(&'a Set, &'a ResolvedProfile, bool),
}

/// What was found in an item.
struct Found {
    diagnostics: Vec<Diagnostic>,
    objects: usize,
    waived: Vec<Waived>,
}

/// Checks everything that `request` names, on as many threads as it says.
pub fn check(request: &Request, sources: &mut Sources) -> Checked {
    let load_request = load::Request {
        scope: Scope::Everything,
        ..request.load.clone()
    };
    let (mut inputs, mut diagnostics) = load::load(&load_request, sources);
    let before = load_request.before.as_deref().map(Before::new);
    diagnostics.extend(before.as_ref().and_then(Before::missing));
    let (work, profiles) = resolve::resolve_everything(
        &inputs,
        BUILTIN,
        &convert::normalize,
        sources,
        &mut diagnostics,
    );
    let settings = std::mem::take(&mut inputs.settings);
    let policy = Policy::new(&settings, load_request.today).strict(request.strict);
    let sets = sets::of(inputs, &load_request, &mut diagnostics);
    let mut checked = Checked {
        files: sets.files,
        skipped: sets.skipped,
        rendered: sets.rendered,
        ..Checked::default()
    };

    let templates = (!work.is_empty()).then(|| AllTemplates::of(&work, sources, &mut diagnostics));
    let none = nobodys(request);
    let mut items: Vec<Item<'_>> = work.iter().map(Item::Work).collect();
    for set in &sets.sets {
        match profiles.as_slice() {
            [] => items.push(Item::Set(set, &none, false)),
            profiles => {
                let all = profiles.iter().map(Arc::as_ref);
                items.extend(all.map(|profile| Item::Set(set, profile, true)));
            }
        }
    }
    let read_only: &Sources = sources;
    let answers = parallel::map(&items, load_request.threads, &|_, item| match item {
        Item::Work(work) => match &templates {
            Some(templates) => rendered(work, templates, &policy, before.as_ref(), read_only),
            None => Found {
                diagnostics: Vec::new(),
                objects: 0,
                waived: Vec::new(),
            },
        },
        Item::Set(set, profile, is_known) => {
            as_given(set, profile, *is_known, &policy, before.as_ref(), read_only)
        }
    });
    policy.judge(&mut diagnostics);
    let mut about_objects: Vec<Diagnostic> = Vec::new();
    for mut answer in answers {
        checked.objects += answer.objects;
        checked.waived.append(&mut answer.waived);
        about_objects.append(&mut answer.diagnostics);
    }
    diagnostics.append(&mut about_objects);
    diagnostics.extend(policy.finish());
    if profiles.len() > 1 {
        once(&mut diagnostics);
    }
    if checked.objects == 0 && sets.profiles == 0 && diagnostics.is_empty() {
        diagnostics.push(
            Diagnostic::new(
                &rules::NOTHING_FOUND,
                Origin::None,
                "no Kubernetes object is in the files given",
            )
            .help("files named `*.yaml`, `*.yml` and `*.json` are read; hidden ones are left out"),
        );
    }
    checked.diagnostics = diagnostics;
    checked
}

/// A pair as the cluster would get it.
fn rendered(
    work: &Work,
    templates: &AllTemplates,
    policy: &Policy<'_>,
    before: Option<&Before>,
    sources: &Sources,
) -> Found {
    let mut pair = templates.pair(work, policy, before, sources);
    if !pair.manifests.is_empty() {
        let files = emit::Release::new(
            &pair.profile,
            &pair.namespace,
            &pair.release,
            &pair.manifests,
        );
        pair.diagnostics.extend(files.err().into_iter().flatten());
    }
    Found {
        diagnostics: pair.diagnostics,
        objects: pair.manifests.len(),
        waived: pair.waived,
    }
}

/// Manifests as they are.
fn as_given(
    set: &Set,
    profile: &ResolvedProfile,
    cluster_is_known: bool,
    policy: &Policy<'_>,
    before: Option<&Before>,
    sources: &Sources,
) -> Found {
    let decisions = Decisions::default();
    let old = before.map(|before| {
        let mut old = Vec::new();
        for (relative, manifests) in set.by_file() {
            old.extend(before.of_file(relative, manifests));
        }
        old
    });
    let subject = Subject {
        manifests: &set.manifests,
        existing: &[],
        schemas: &policy.schemas,
        profile,
        cluster_is_known,
        is_whole: false,
        decisions: &decisions,
        before: old.as_deref(),
    };
    let mut diagnostics = Vec::new();
    match set.kind {
        Kind::Kustomization => diagnostics = validate::fields(&subject),
        Kind::Together => {
            diagnostics.extend(emit::repeated(&set.manifests, "is there twice"));
            diagnostics.extend(validate::validate(&subject));
        }
        Kind::Beside => {
            for (_, manifests) in set.by_file() {
                diagnostics.extend(emit::repeated(manifests, "is in this file twice"));
            }
            diagnostics.extend(validate::validate(&subject));
        }
    }
    let waived = policy.settle(
        &mut diagnostics,
        &set.manifests,
        &[],
        sources,
        cluster_is_known,
    );
    Found {
        diagnostics,
        objects: set.manifests.len(),
        waived,
    }
}

/// What stands for the cluster where none is given.
fn nobodys(request: &Request) -> ResolvedProfile {
    let mut spec = ClusterProfileSpec::default();
    if let Some(version) = &request.kubernetes {
        spec.kubernetes.version = At::nowhere(version.clone());
    }
    if let Some(version) = &request.dynamo {
        spec.dynamo.version.clone_from(version);
    }
    ResolvedProfile {
        name: String::new(),
        spec,
        document: Node::map(Origin::None),
    }
}

/// Leaves out what was found for another profile too.
fn once(diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = std::collections::BTreeSet::new();
    diagnostics.retain(|one| {
        let place = one.origin.place();
        place.is_none()
            || seen.insert((
                one.rule.code,
                place,
                one.message.clone(),
                one.subject.clone(),
            ))
    });
}
