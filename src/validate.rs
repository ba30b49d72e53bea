//! Would the cluster take what was made, and would it work there?
//!
//! Every check is a [rule](crate::rules) and lives in the module of who would complain: the kind's schema,
//! the API server, the Dynamo webhook, an object that is referred to and is not there. A complaint points at
//! the input line that caused it.

mod api_objects;
mod api_server;
mod cel;
mod delivery;
pub(crate) mod fit;
mod graph;
mod references;
mod schema;
mod traps;
pub mod webhook;

use std::borrow::Cow;

use crate::convert;
use crate::diagnostic::Diagnostic;
use crate::model::profile::{ClusterProfileSpec, Existing};
use crate::model::{Manifest, ObjectKey};
use crate::origin::Origin;
use crate::resolve::ResolvedProfile;
use crate::rules::{Decisions, Rule};
use crate::schema::Schemas;

/// Manifests that are applied together, and what they are held against.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The objects, in the order they are applied.
    pub manifests: &'a [Manifest],
    /// Objects that the release says are in the cluster already; the profile's are in the profile.
    pub existing: &'a [Existing],
    /// The schemas of their kinds.
    pub schemas: &'a Schemas,
    /// The cluster that takes them.
    pub profile: &'a ResolvedProfile,
    /// Whether the cluster is known: `false` for manifests that are checked without a profile, where
    /// `profile` holds defaults that nobody wrote down. What only a real profile tells (pools, capabilities)
    /// is not asked then.
    pub cluster_is_known: bool,
    /// Whether the manifests are all that the namespace gets: `true` for what a release renders. What others
    /// may have made is not missed otherwise.
    pub is_whole: bool,
    /// Why each field is what it is; empty for manifests from elsewhere.
    pub decisions: &'a Decisions,
    /// The same objects as they are now, where that is known: for rules about changes.
    pub before: Option<&'a [Manifest]>,
}

impl<'a> Subject<'a> {
    /// What is known of the cluster.
    pub fn cluster(&self) -> &'a ClusterProfileSpec {
        &self.profile.spec
    }

    /// The cluster's Kubernetes, such as `1.34`.
    pub fn kubernetes(&self) -> &'a str {
        &self.profile.spec.kubernetes.version
    }

    /// The manifests of a kind in a group, whatever the version.
    pub fn of_kind(&self, group: &str, kind: &str) -> impl Iterator<Item = &'a Manifest> {
        self.manifests
            .iter()
            .filter(move |manifest| manifest.key.kind == kind && manifest.key.group() == group)
    }

    /// The same object as it is now.
    pub fn before(&self, manifest: &Manifest) -> Option<&'a Manifest> {
        let key = &manifest.key;
        self.before?.iter().find(|before| {
            let before = &before.key;
            (
                before.group(),
                &before.kind,
                &before.namespace,
                &before.name,
            ) == (key.group(), &key.kind, &key.namespace, &key.name)
        })
    }

    /// A finding about the value at `pointer` of a manifest, such as `/spec/replicas`: it points at the input
    /// behind that value, or behind the nearest one around it.
    pub fn finding(
        &self,
        rule: &'static Rule,
        manifest: &Manifest,
        pointer: &str,
        message: impl Into<String>,
    ) -> Diagnostic {
        let origin = self.input_of(manifest.object.origin_of(pointer));
        Diagnostic::new(rule, origin, message)
            .about(&manifest.key)
            .subject(match pointer {
                "" => manifest.key.to_string(),
                pointer => format!("{} {pointer}", manifest.key),
            })
    }

    /// The input behind an origin: itself, or the first one that the decision looked at.
    pub fn input_of(&self, origin: Origin) -> Origin {
        match self.decisions.get(origin) {
            Some(decision) => decision
                .inputs
                .iter()
                .copied()
                .find(|input| input.place().is_some())
                .unwrap_or(origin),
            None => origin,
        }
    }
}

/// Everything that is wrong with the manifests, in the order of the checks.
pub fn validate(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for check in AS_APPLIED {
        check(subject, &mut found);
    }
    let stored = stored(subject.manifests, &mut found);
    let before = subject.before.map(|before| stored_quietly(before));
    let subject = Subject {
        manifests: &stored,
        before: before.as_deref(),
        ..*subject
    };
    for check in AS_STORED {
        check(&subject, &mut found);
    }
    cel::give_way(&mut found);
    found
}

/// What is wrong with the fields of the manifests, and nothing else: for files that are no objects, such as a
/// `kustomization.yaml`.
pub fn fields(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    schema::check(subject, &mut found);
    found
}

/// One module's checks: adds what it finds.
type Check = fn(&Subject<'_>, &mut Vec<Diagnostic>);

/// Checks that look at objects in the version they are applied in.
const AS_APPLIED: &[Check] = &[schema::check, cel::check, webhook::check_older];

/// Checks that look at graphs in the version they are stored in, v1beta1, as the webhook does.
const AS_STORED: &[Check] = &[
    references::check,
    delivery::check,
    api_server::check,
    webhook::check,
    traps::check,
    api_objects::check,
    fit::check,
];

/// What a conversion finds that the schema of the older version has found before.
const TOLD_BY_SCHEMA: [&str; 2] = ["graph-type", "graph-unknown-field"];

/// The manifests with graphs of v1alpha1 converted. One that cannot be converted is left out.
pub fn stored<'a>(manifests: &'a [Manifest], found: &mut Vec<Diagnostic>) -> Cow<'a, [Manifest]> {
    let is_older = |manifest: &Manifest| {
        manifest.key.api_version == "nvidia.com/v1alpha1"
            && manifest.key.kind == "DynamoGraphDeployment"
    };
    if !manifests.iter().any(is_older) {
        return Cow::Borrowed(manifests);
    }
    let convert = |manifest: &Manifest| {
        if !is_older(manifest) {
            return Some(manifest.clone());
        }
        let mut said = Vec::new();
        let object = webhook::without_kept_aside(&manifest.object);
        let graph = convert::normalize(&object, Vec::new(), &mut said);
        said.retain(|one| !TOLD_BY_SCHEMA.contains(&one.rule.code));
        found.append(&mut said);
        let graph = graph?;
        Some(Manifest {
            key: ObjectKey::of(&graph.object)?,
            object: graph.object,
            ..manifest.clone()
        })
    };
    Cow::Owned(manifests.iter().filter_map(convert).collect())
}

/// What was found in an earlier state is not this run's.
fn stored_quietly(manifests: &[Manifest]) -> Cow<'_, [Manifest]> {
    stored(manifests, &mut Vec::new())
}
