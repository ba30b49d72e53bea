//! Which of the API server's rules does an object break that no schema holds?
//!
//! One module a subject. Metadata and pods have modules of their own elsewhere. A value of the wrong type is the
//! schema check's; here it is passed over.

mod autoscaling;
mod batch;
mod class_of_claim;
mod config;
mod devices;
mod disruption;
mod immutable;
mod ingress;
mod monitors;
mod network_policy;
mod parameters;
mod priority;
mod range;
mod rbac;
mod selector;
mod service;
mod storage;
mod syntax;
mod workload;

use std::fmt;

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::origin::Origin;
use crate::rules::Rule;
use crate::yaml::{Entry, Node};

/// Holds every object against the rules for its kind.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for manifest in subject.manifests {
        let object = &mut Object {
            subject,
            manifest,
            found,
        };
        range::check(object);
        selector::check(object);
        let kind = manifest.key.kind.as_str();
        match (manifest.key.group(), kind) {
            ("apps", _) => workload::check(object),
            ("batch", "Job") => batch::check_job(object),
            ("batch", "CronJob") => batch::check_cron_job(object),
            ("", "Service") => service::check(object),
            ("autoscaling", "HorizontalPodAutoscaler") => autoscaling::check(object),
            ("policy", "PodDisruptionBudget") => disruption::check(object),
            ("", "PersistentVolumeClaim") => storage::check_claim(object),
            ("", "PersistentVolume") => storage::check_volume(object),
            ("storage.k8s.io", "StorageClass") => storage::check_class(object),
            ("networking.k8s.io", "NetworkPolicy") => network_policy::check(object),
            ("networking.k8s.io", "Ingress") => ingress::check(object),
            ("networking.k8s.io", "IngressClass") => ingress::check_class(object),
            ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => rbac::check_role(object),
            ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
                rbac::check_binding(object);
            }
            ("resource.k8s.io", "ResourceClaim" | "ResourceClaimTemplate") => {
                devices::check(object);
            }
            ("scheduling.k8s.io", "PriorityClass") => priority::check(object),
            ("", "ConfigMap" | "Secret") => config::check(object),
            ("monitoring.coreos.com", "PodMonitor" | "ServiceMonitor") => monitors::check(object),
            ("monitoring.coreos.com", "PrometheusRule") => monitors::check_rules(object),
            _ => {}
        }
        if let Some(before) = subject.before(manifest) {
            immutable::check(object, before);
        }
    }
}

/// An object that is looked at, and where what is wrong with it goes.
struct Object<'s, 'a> {
    subject: &'s Subject<'a>,
    manifest: &'a Manifest,
    found: &'s mut Vec<Diagnostic>,
}

impl<'a> Object<'_, 'a> {
    /// Its kind.
    fn kind(&self) -> &'a str {
        &self.manifest.key.kind
    }

    /// Its name.
    fn name(&self) -> &'a str {
        &self.manifest.key.name
    }

    /// Its `spec`.
    fn spec(&self) -> Option<&'a Node> {
        field(&self.manifest.object, "spec")
    }

    /// Says what is wrong at a pointer, and what to do.
    fn report(
        &mut self,
        rule: &'static Rule,
        at: fmt::Arguments<'_>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let pointer = at.to_string();
        let mut finding = self.subject.finding(rule, self.manifest, &pointer, message);
        let is_value = ["/data/", "/stringData/"]
            .iter()
            .any(|start| pointer.starts_with(start));
        if self.kind() == "Secret"
            && is_value
            && let Some(place) = finding.origin.place()
        {
            finding = finding.hide(place);
        }
        self.found.push(finding.help(help));
    }

    /// Lets what was said last point at a key rather than its value.
    fn point_at(&mut self, key: Origin) {
        let key = self.subject.input_of(key);
        if let Some(last) = self.found.last_mut()
            && key.place().is_some()
        {
            last.origin = key;
        }
    }

    /// Shows another place of the object with what was said last.
    fn label(&mut self, pointer: &str, text: impl Into<String>) {
        let origin = self.manifest.object.origin_of(pointer);
        let origin = self.subject.input_of(origin);
        if let Some(last) = self.found.last_mut() {
            last.labels.push((origin, text.into()));
        }
    }
}

/// The value of a field, if it is there and not null.
fn field<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.get(key).filter(|value| !value.is_null())
}

/// The value below a chain of fields.
fn below<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    node.at(keys).filter(|value| !value.is_null())
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key)?.as_str()
}

fn int(node: &Node, key: &str) -> Option<i64> {
    node.get(key)?.as_int()
}

/// The items of a field with their places; none if it is no list.
fn items<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = (usize, &'a Node)> {
    let list = node.get(key).and_then(Node::as_list).unwrap_or_default();
    list.iter().enumerate()
}

/// The entries of a field; none if it is no mapping.
fn entries<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = &'a Entry> {
    let map = node.get(key).and_then(Node::as_map);
    map.into_iter().flat_map(|map| map.iter())
}

/// Whether a field is missing, null, or an empty list, mapping or text.
fn is_empty(node: &Node, key: &str) -> bool {
    match field(node, key) {
        None => true,
        Some(value) => {
            value.as_list().is_some_and(<[_]>::is_empty)
                || value.as_str().is_some_and(str::is_empty)
                || value.as_map().is_some_and(|map| map.iter().len() == 0)
        }
    }
}

/// A key as a step of a JSON pointer.
fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
