//! Graphwright renders NVIDIA Dynamo inference graphs for real clusters: a graph and a cluster profile in,
//! complete and checked Kubernetes manifests out.
//!
//! The stages are modules, and [`render()`] tells them in the order the work is done:
//!
//! 1. [`load`]: files to [`Inputs`], the only reader of files;
//! 2. [`resolve`]: inputs to [`Pair`]s of a release and a cluster, nothing left open, with graphs in the
//!    shape of v1beta1 ([`convert`]);
//! 3. [`plan`](mod@plan): every decision, with its [rule](rules) and reason;
//! 4. [`render`](mod@render): templates to objects, then the release's [`patch`]es;
//! 5. [`validate`](mod@validate): what the cluster would refuse.
//!
//! What leaves is [`Rendered`]; writing it is the command line's.

pub mod before;
pub mod builtin;
pub mod cel;
pub mod check;
pub mod convert;
pub mod date;
pub mod diagnostic;
pub mod emit;
pub mod fit;
pub mod golden;
pub mod health;
pub mod images;
pub mod init;
pub mod load;
pub mod model;
pub mod origin;
mod parallel;
pub mod patch;
pub mod plan;
pub mod policy;
pub mod profile;
pub mod promotion;
pub mod render;
pub mod report;
pub mod resolve;
pub mod rules;
pub mod schema;
mod secret;
pub mod source;
mod text;
pub mod validate;
pub mod waiver;
pub mod why;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use before::Before;
use diagnostic::Diagnostic;
use load::Inputs;
use model::object::{self, Maker};
use model::profile::{Existing, GraphVersion};
use model::{Manifest, ObjectKey};
use origin::Origin;
use policy::{Policy, Waived};
use render::{Templates, UserTemplate};
use resolve::profile::{Builtin, Library};
use resolve::{Loose, Pair, ResolvedProfile, ResolvedRelease, Work};
use rules::{Decisions, Severity};
use schema::Schemas;
use source::Sources;
use validate::Subject;
use yaml::Node;

/// The built-in profiles.
pub const BUILTIN: Builtin = Builtin {
    text: builtin::profile,
    node: builtin::profile_node,
    names: || builtin::profiles().collect(),
};

/// One release on one cluster, rendered and checked.
#[derive(Debug)]
pub struct Rendered {
    /// The release's name.
    pub release: String,
    /// The profile's name.
    pub profile: String,
    /// What is known of the cluster.
    pub cluster: Arc<ResolvedProfile>,
    /// The namespace everything of the release lives in.
    pub namespace: String,
    /// The objects, in the order they are applied.
    pub manifests: Vec<Manifest>,
    /// Why each field is what it is.
    pub decisions: Decisions,
    /// What is wrong with this pair alone.
    pub diagnostics: Vec<Diagnostic>,
    /// What waivers cover.
    pub waived: Vec<Waived>,
}

/// Renders everything `request` asks for, on `threads` threads (0: as many as the machine can run), and hands each pair to `each` as soon as it
/// is done, with the number of all pairs, on any of the threads and in any order.
///
/// What is returned is wrong with the inputs; what is wrong with one pair is in its [`Rendered`]. One bad
/// file, release or pair does not keep the others from being rendered.
pub fn render(
    request: &load::Request,
    sources: &mut Sources,
    threads: usize,
    each: &(dyn Fn(Rendered, usize) + Sync),
) -> Vec<Diagnostic> {
    let (mut inputs, mut diagnostics) = load::load(request, sources);
    let work = resolve::resolve(
        &inputs,
        BUILTIN,
        &convert::normalize,
        sources,
        &mut diagnostics,
    );
    // The pairs hold what they need of them, and a fleet's inputs are large.
    let settings = std::mem::take(&mut inputs.settings);
    drop(inputs);
    let policy = Policy::new(&settings, request.today);
    let before = request.before.as_deref().map(Before::new);
    let templates = AllTemplates::of(&work, sources, &mut diagnostics);
    let sources: &Sources = sources;
    let next = AtomicUsize::new(0);
    let take = || {
        while let Some(item) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
            let rendered = templates.pair(item, &policy, before.as_ref(), sources);
            each(rendered, work.len());
        }
    };
    match parallel::threads(work.len(), threads) {
        0 | 1 => take(),
        threads => std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(take);
            }
        }),
    }
    policy.judge(&mut diagnostics);
    diagnostics.extend(policy.finish());
    diagnostics
}

/// A built-in profile with all its layers; its files are added to `sources`.
///
/// # Errors
///
/// If there is none of this name.
pub fn builtin_profile(
    name: &str,
    sources: &mut Sources,
) -> Result<Arc<ResolvedProfile>, Vec<Diagnostic>> {
    let inputs = Inputs::default();
    let mut found = Vec::new();
    let mut library = Library::new(BUILTIN, &inputs, sources, &mut found);
    resolve::profile::resolve(name, &mut library, sources)
}

/// Renders one pair.
pub fn render_pair(pair: &Pair, templates: &Templates) -> Rendered {
    render_changed(pair, templates, Schemas::builtin(), None)
}

/// Renders one pair that may have been rendered before.
fn render_changed(
    pair: &Pair,
    templates: &Templates,
    schemas: &Schemas,
    before: Option<&Before>,
) -> Rendered {
    let plan::Plan {
        graphs,
        author_objects,
        objects,
        mut decisions,
        mut diagnostics,
    } = plan::plan(pair);

    let mut manifests = Vec::with_capacity(objects.len() + author_objects.len() + 1);
    for graph in graphs {
        for object in in_version(pair, graph, &mut diagnostics) {
            manifests.extend(manifest(object, Maker::Graph, &mut diagnostics));
        }
    }
    for object in author_objects {
        manifests.extend(manifest(object, Maker::Author, &mut diagnostics));
    }
    let added: Vec<_> = templates
        .added()
        .map(|template| plan::objects::added(pair, template, &mut decisions))
        .collect();
    for planned in objects.iter().chain(&added) {
        match render::render(templates, planned) {
            Ok(object) => {
                let maker = Maker::Template(planned.template.to_string());
                let made = manifest(object, maker, &mut diagnostics);
                manifests.extend(made.map(|made| Manifest {
                    component: planned.component.clone(),
                    ..made
                }));
            }
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    object::sort(&mut manifests);
    if !pair.colors.is_empty() {
        share(&mut manifests);
    }
    patch::apply(pair, &mut manifests, &mut decisions, &mut diagnostics);
    policy::about_the_graph(&mut diagnostics, &manifests);
    let (profile, release) = (&pair.profile, &pair.release);
    let before = before.map(|before| {
        before.of_release(&profile.name, &release.namespace, &release.name, &manifests)
    });
    // What the plan has said with its reasons is not said again: a component without a pool has no room either.
    let has_pools = !diagnostics.iter().any(plan::is_about_pools);
    let is_secured = |one: &Diagnostic| one.rule.code == rules::POD_SECURITY.code;
    let has_level = !diagnostics.iter().any(is_secured);
    // What the release says about secrets and claims says that they are there, too.
    let secrets = pair.release.spec.secrets.iter().map(|secret| Existing {
        kind: "Secret".to_owned(),
        name: secret.name.value.clone(),
    });
    let existing = pair
        .release
        .spec
        .existing
        .iter()
        .map(|one| one.value.clone());
    let storage = &pair.release.spec.storage;
    let claims = [&storage.model_cache, &storage.compilation_cache];
    let claims = claims.into_iter().flatten().filter(|claim| claim.existing);
    let claims = claims.map(|claim| Existing {
        kind: "PersistentVolumeClaim".to_owned(),
        name: claim.claim.value.clone(),
    });
    let existing: Vec<Existing> = existing.chain(secrets).chain(claims).collect();
    let found = validate::validate(&Subject {
        existing: &existing,
        manifests: &manifests,
        schemas,
        profile,
        cluster_is_known: true,
        is_whole: true,
        decisions: &decisions,
        before: before.as_deref(),
    });
    // A claim that the plan could not make is missing for that reason.
    let reported: Vec<Origin> = diagnostics
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .map(|one| one.origin)
        .collect();
    let is_new = |one: &Diagnostic| {
        (has_pools || !validate::fit::is_about_pools(one))
            && (has_level || !is_secured(one))
            && (one.rule.code != rules::REFERENCE_MISSING.code || !reported.contains(&one.origin))
    };
    diagnostics.extend(found.into_iter().filter(is_new));
    if !pair.colors.is_empty() {
        diagnostics = once(diagnostics);
    }
    Rendered {
        release: pair.release.name.clone(),
        profile: pair.profile.name.clone(),
        cluster: Arc::clone(&pair.profile),
        namespace: pair.release.namespace.clone(),
        manifests,
        decisions,
        diagnostics,
        waived: Vec::new(),
    }
}

/// Passes the objects of a file without a graph through.
fn render_objects(loose: &Loose, schemas: &Schemas, before: Option<&Before>) -> Rendered {
    let plan::Passed {
        objects,
        decisions,
        mut diagnostics,
    } = plan::pass(loose);
    let mut manifests = Vec::with_capacity(objects.len());
    for object in objects {
        manifests.extend(manifest(object, Maker::Author, &mut diagnostics));
    }
    object::sort(&mut manifests);
    let (profile, release) = (&loose.profile, &loose.release);
    let before = before.map(|before| {
        before.of_release(&profile.name, &release.namespace, &release.name, &manifests)
    });
    diagnostics.extend(validate::validate(&Subject {
        existing: &[],
        manifests: &manifests,
        schemas,
        profile,
        cluster_is_known: true,
        is_whole: true,
        decisions: &decisions,
        before: before.as_deref(),
    }));
    Rendered {
        release: loose.release.name.clone(),
        profile: loose.profile.name.clone(),
        cluster: Arc::clone(&loose.profile),
        namespace: loose.release.namespace.clone(),
        manifests,
        decisions,
        diagnostics,
        waived: Vec::new(),
    }
}

/// The manifest of an object; one without a name has no place to be written to.
pub fn manifest(object: Node, maker: Maker, diagnostics: &mut Vec<Diagnostic>) -> Option<Manifest> {
    let Some(key) = ObjectKey::of(&object) else {
        let kind = object.get("kind").and_then(Node::as_str);
        let message = format!("a {} has no name", kind.unwrap_or("object").escape_debug());
        diagnostics.push(
            Diagnostic::new(&rules::OBJECT_NAME, object.origin_of("/metadata"), message).help(
                "give it a `metadata.name`; names that the cluster makes up cannot be kept in Git",
            ),
        );
        return None;
    };
    Some(Manifest {
        key,
        object,
        component: None,
        maker,
    })
}

/// Leaves one of each object that the colours of a release have in common.
fn share(manifests: &mut Vec<Manifest>) {
    manifests.dedup_by(|later, first| later.key == first.key && later.object == first.object);
}

/// Says once what is true of both colours: they come from the same lines.
fn once(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut said = BTreeSet::new();
    let place = |one: &Diagnostic| one.origin.place();
    diagnostics
        .into_iter()
        .filter(|one| {
            place(one).is_none() || said.insert((one.rule.code, place(one), one.message.clone()))
        })
        .collect()
}

/// The graph in the version the cluster is given.
fn in_version(pair: &Pair, graph: Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Node> {
    match pair.profile.spec.dynamo.api_version {
        GraphVersion::V1Beta1 => vec![graph],
        GraphVersion::V1Alpha1 => {
            match convert::convert(&graph, GraphVersion::V1Alpha1, diagnostics) {
                Some(converted) => {
                    let mut objects = vec![converted.object];
                    objects.extend(converted.objects);
                    objects
                }
                None => Vec::new(),
            }
        }
    }
}

/// The templates of a run: the built-in ones, and those of releases that bring their own.
struct AllTemplates {
    built_in: Templates,
    /// By the numbers of the files of a release's folder.
    own: BTreeMap<Vec<u32>, Folder>,
}

/// A release's folder of templates.
struct Folder {
    templates: Templates,
    /// Where its mistakes are that have been reported.
    reported: Vec<Origin>,
}

impl AllTemplates {
    fn of(work: &[Work], sources: &Sources, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut own = BTreeMap::new();
        for item in work {
            let Work::Graph(pair) = item else {
                continue;
            };
            let key = Self::key(&pair.release);
            if key.is_empty() || own.contains_key(&key) {
                continue;
            }
            let mut user = BTreeMap::new();
            for file in &pair.release.templates {
                let Some(source) = sources.get(file.source) else {
                    continue;
                };
                let name = file.name.strip_suffix(".yaml").unwrap_or(&file.name);
                let text = source.text.clone();
                user.insert(
                    name.to_owned(),
                    UserTemplate {
                        text,
                        file: Some(file.source),
                    },
                );
            }
            let templates = Templates::new(builtin::template, user);
            let found = templates.check();
            let reported = found.iter().map(|mistake| mistake.origin).collect();
            diagnostics.extend(found);
            own.insert(
                key,
                Folder {
                    templates,
                    reported,
                },
            );
        }
        Self {
            built_in: Templates::new(builtin::template, BTreeMap::new()),
            own,
        }
    }

    /// What is rendered of an item, with its findings judged.
    fn pair(
        &self,
        item: &Work,
        policy: &Policy<'_>,
        before: Option<&Before>,
        sources: &Sources,
    ) -> Rendered {
        let (mut rendered, release) = match item {
            Work::Graph(pair) => (self.render(pair, &policy.schemas, before), &pair.release),
            Work::Objects(loose) => (
                render_objects(loose, &policy.schemas, before),
                &loose.release,
            ),
        };
        rendered.waived = policy.settle(
            &mut rendered.diagnostics,
            &rendered.manifests,
            &release.spec.ignore,
            sources,
            true,
        );
        rendered
    }

    /// A pair with its release's templates. With templates that are broken nothing of it can be used.
    fn render(&self, pair: &Pair, schemas: &Schemas, before: Option<&Before>) -> Rendered {
        let Some(folder) = self.own.get(&Self::key(&pair.release)) else {
            return render_changed(pair, &self.built_in, schemas, before);
        };
        let mut rendered = render_changed(pair, &folder.templates, schemas, before);
        if !folder.reported.is_empty() {
            rendered.manifests.clear();
            rendered
                .diagnostics
                .retain(|mistake| !folder.reported.contains(&mistake.origin));
        }
        rendered
    }

    fn key(release: &ResolvedRelease) -> Vec<u32> {
        release.templates.iter().map(|file| file.source).collect()
    }
}
