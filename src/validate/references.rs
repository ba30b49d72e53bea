//! Is everything there that an object refers to?
//!
//! What a pod or an object names must be applied with it, be declared to exist, or be made by somebody who is
//! known: the operator, an ExternalSecret. Manifests from elsewhere are seldom all there is, so of those only
//! what looks like a slip is reported.

mod pods;
mod scalers;
mod selectors;
mod services;

use std::collections::BTreeMap;

use super::Subject;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::object::Maker;
use crate::model::{Manifest, pod};
use crate::rules::{self, Severity};
use crate::yaml::Node;

/// Adds what is referred to and is not there.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let provided = Provided::of(subject);
    for manifest in subject.manifests {
        let mut missing = Missing::default();
        for template in pod::templates(manifest) {
            pods::check(subject, manifest, &template, &provided, &mut missing, found);
        }
        storage_class(subject, manifest, &provided, &mut missing);
        services::check(subject, manifest, &provided, &mut missing, found);
        missing.report(subject, manifest, &provided, found);
    }
    selectors::check(subject, found);
    scalers::check(subject, found);
}

/// The class of a claim that the author wrote; the plan has looked at those it makes.
fn storage_class(
    subject: &Subject<'_>,
    manifest: &Manifest,
    provided: &Provided<'_>,
    missing: &mut Missing,
) {
    if manifest.key.kind != "PersistentVolumeClaim" || manifest.maker != Maker::Author {
        return;
    }
    let class = manifest.object.at(&["spec", "storageClassName"]);
    let class = class.and_then(Node::as_str).unwrap_or_default();
    let mut classes = subject.cluster().storage.classes.iter();
    // A claim without a class takes the cluster's default, an empty one is bound by hand.
    if !class.is_empty()
        && !classes.any(|known| *known.name == class)
        && provided.find("StorageClass", "default", class).is_none()
    {
        missing.add("StorageClass", class, "/spec/storageClassName".to_owned());
    }
}

/// The objects that can be referred to, by kind, namespace and name.
struct Provided<'a> {
    objects: BTreeMap<&'a str, BTreeMap<&'a str, BTreeMap<&'a str, Option<&'a Manifest>>>>,
    /// What the operator makes for graphs, where something could lead to it.
    made: Vec<Made<'a>>,
}

/// A Service or InferencePool that the operator makes.
struct Made<'a> {
    kind: &'static str,
    namespace: &'a str,
    name: String,
    /// Whether it is a frontend's Service.
    is_frontend: bool,
}

impl<'a> Provided<'a> {
    fn of(subject: &Subject<'a>) -> Self {
        let mut objects: BTreeMap<&str, BTreeMap<&str, BTreeMap<_, _>>> = BTreeMap::new();
        for manifest in subject.manifests {
            let namespace = manifest.key.namespace.as_deref().unwrap_or("default");
            let mut add = |kind, name, made| {
                let of_kind = objects.entry(kind).or_default();
                of_kind.entry(namespace).or_default().insert(name, made);
            };
            let key = &manifest.key;
            add(key.kind.as_str(), key.name.as_str(), Some(manifest));
            let spec = |keys: &[&str]| manifest.object.at(keys).and_then(Node::as_str);
            match key.kind.as_str() {
                "ExternalSecret" => {
                    let target = spec(&["spec", "target", "name"]);
                    add("Secret", target.unwrap_or(key.name.as_str()), None);
                }
                "ComputeDomain" => {
                    let channel = ["spec", "channel", "resourceClaimTemplate", "name"];
                    if let Some(name) = spec(&channel) {
                        add("ResourceClaimTemplate", name, None);
                    }
                }
                "Certificate" => {
                    if let Some(name) = spec(&["spec", "secretName"]) {
                        add("Secret", name, None);
                    }
                }
                "SecretProviderClass" => {
                    let secrets = manifest.object.at(&["spec", "secretObjects"]);
                    for secret in secrets.and_then(Node::as_list).unwrap_or_default() {
                        if let Some(name) = secret.get("secretName").and_then(Node::as_str) {
                            add("Secret", name, None);
                        }
                    }
                }
                _ => {}
            }
        }
        let leads = |kind: &str| matches!(kind, "Ingress" | "HTTPRoute" | "VirtualService");
        let mut made = Vec::new();
        if subject
            .manifests
            .iter()
            .any(|manifest| leads(&manifest.key.kind))
        {
            for graph in subject.of_kind("nvidia.com", "DynamoGraphDeployment") {
                made_for(graph, &mut made);
            }
        }
        Self { objects, made }
    }

    /// Whether the operator makes such an object; inside, whether it is a frontend's Service.
    fn made(&self, kind: &str, namespace: &str, name: &str) -> Option<bool> {
        let mut made = self.made.iter();
        made.find(|made| made.kind == kind && made.namespace == namespace && made.name == name)
            .map(|made| made.is_frontend)
    }

    fn names<'s>(&'s self, kind: &'s str, namespace: &'s str) -> impl Iterator<Item = &'s str> {
        let names = self
            .objects
            .get(kind)
            .and_then(|of_kind| of_kind.get(namespace));
        let made = self.made.iter();
        let made = made.filter(move |made| made.kind == kind && made.namespace == namespace);
        names
            .into_iter()
            .flat_map(|names| names.keys().copied())
            .chain(made.map(|made| made.name.as_str()))
    }

    /// The object, if it is provided; inside, its manifest, if it is one of the set.
    fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<Option<&'a Manifest>> {
        self.objects.get(kind)?.get(namespace)?.get(name).copied()
    }
}

/// Adds the Services and the InferencePool that the operator makes for a graph.
fn made_for<'a>(graph: &'a Manifest, made: &mut Vec<Made<'a>>) {
    let namespace = graph.key.namespace.as_deref().unwrap_or("default");
    let components = graph.object.at(&["spec", "components"]);
    for component in components.and_then(Node::as_list).unwrap_or_default() {
        let text = |key: &str| component.get(key).and_then(Node::as_str);
        let Some(name) = text("name") else { continue };
        let kind = text("type");
        made.push(Made {
            kind: "Service",
            namespace,
            name: format!(
                "{}-{}",
                graph.key.name,
                name.to_lowercase().replace('.', "-")
            ),
            is_frontend: kind == Some("frontend"),
        });
        if kind == Some("epp") {
            made.push(Made {
                kind: "InferencePool",
                namespace,
                name: format!("{}-pool", graph.key.name),
                is_frontend: false,
            });
        }
    }
}

/// What one object refers to and nobody provides: kind and name, and the places.
#[derive(Default)]
struct Missing {
    objects: BTreeMap<(&'static str, String), Vec<String>>,
}

impl Missing {
    fn add(&mut self, kind: &'static str, name: &str, pointer: String) {
        self.objects
            .entry((kind, name.to_owned()))
            .or_default()
            .push(pointer);
    }

    /// One finding an object, however often it is referred to.
    fn report(
        self,
        subject: &Subject<'_>,
        manifest: &Manifest,
        provided: &Provided<'_>,
        found: &mut Vec<Diagnostic>,
    ) {
        let namespace = manifest.key.namespace.as_deref().unwrap_or("default");
        for ((kind, name), pointers) in self.objects {
            let is_declared = |existing: &crate::model::profile::Existing| {
                existing.kind == kind && *existing.name == *name
            };
            let mut declared = subject
                .existing
                .iter()
                .chain(subject.cluster().existing.iter().map(|one| &one.value));
            if declared.any(is_declared) {
                continue;
            }
            let near = did_you_mean(&name, provided.names(kind, namespace));
            if !subject.is_whole && near.is_none() {
                continue;
            }
            let Some((first, rest)) = pointers.split_first() else {
                continue;
            };
            let message = format!("no {kind} `{}` is applied with this", name.escape_debug());
            let mut finding = subject.finding(&rules::REFERENCE_MISSING, manifest, first, message);
            if near.is_none() && matches!(kind, "Secret" | "ServiceAccount") {
                // Most clusters have them from elsewhere.
                finding = finding.severity(Severity::Note);
            }
            for pointer in rest.iter().take(3) {
                let origin = subject.input_of(manifest.object.origin_of(pointer));
                finding = finding.label(origin, "and here");
            }
            found.push(finding.help(near.unwrap_or_else(|| {
                format!(
                    "put it beside the graph, or declare it: `existing: [{{kind: {kind}, name: {}}}]` in the release or the profile",
                    name.escape_debug()
                )
            })));
        }
    }
}
