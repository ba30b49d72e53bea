//! What pods refer to: claims, ConfigMaps, Secrets, accounts, classes, devices.

use super::super::Subject;
use super::{Missing, Provided};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::Manifest;
use crate::model::pod::PodTemplate;
use crate::rules;
use crate::yaml::Node;

/// Accounts that are always there, or that the operator makes
/// (ai-dynamo/dynamo deploy/helm/charts/platform/components/operator/templates/planner.yaml).
const ACCOUNTS: [&str; 2] = ["default", "planner-serviceaccount"];

struct Site<'a, 'm> {
    subject: &'a Subject<'a>,
    manifest: &'a Manifest,
    namespace: &'a str,
    provided: &'a Provided<'a>,
    missing: &'m mut Missing,
    found: &'m mut Vec<Diagnostic>,
}

pub(super) fn check<'a>(
    subject: &'a Subject<'a>,
    manifest: &'a Manifest,
    template: &PodTemplate<'a>,
    provided: &'a Provided<'a>,
    missing: &mut Missing,
    found: &mut Vec<Diagnostic>,
) {
    let Some(spec) = template.spec() else {
        return;
    };
    let mut site = Site {
        subject,
        manifest,
        namespace: manifest.key.namespace.as_deref().unwrap_or("default"),
        provided,
        missing,
        found,
    };
    for (index, volume) in list(spec, "volumes") {
        site.volume(volume, &template.at(&format!("/volumes/{index}")));
    }
    for container in template.containers() {
        for (index, variable) in list(container.node, "env") {
            let at = container.at(&format!("/env/{index}/valueFrom"));
            for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
                if let Some(reference) = variable.at(&["valueFrom", field]) {
                    let keys = [text(reference, "key")];
                    site.data(
                        kind,
                        text(reference, "name"),
                        &keys,
                        reference,
                        &format!("{at}/{field}"),
                    );
                }
            }
        }
        for (index, source) in list(container.node, "envFrom") {
            for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
                if let Some(reference) = source.get(field) {
                    let at = container.at(&format!("/envFrom/{index}/{field}"));
                    site.data(kind, text(reference, "name"), &[], reference, &at);
                }
            }
        }
    }
    let account = text(spec, "serviceAccountName");
    if !ACCOUNTS.contains(&account) {
        site.object("ServiceAccount", account, || {
            template.at("/serviceAccountName")
        });
    }
    let class = text(spec, "priorityClassName");
    let scheduler = &subject.cluster().scheduler;
    let of_profile = [
        &scheduler.priority_class,
        &scheduler.frontend_priority_class,
    ];
    let is_of_profile = of_profile
        .into_iter()
        .flatten()
        .any(|known| known.value == class);
    // Classes are the cluster's, and two of them are always there.
    if !class.is_empty()
        && !class.starts_with("system-")
        && !is_of_profile
        && provided.find("PriorityClass", "default", class).is_none()
    {
        site.missing
            .add("PriorityClass", class, template.at("/priorityClassName"));
    }
    for (index, claim) in list(spec, "resourceClaims") {
        let at = |field: &str| template.at(&format!("/resourceClaims/{index}/{field}"));
        for (field, kind) in [
            ("resourceClaimTemplateName", "ResourceClaimTemplate"),
            ("resourceClaimName", "ResourceClaim"),
        ] {
            site.object(kind, text(claim, field), || at(field));
        }
    }
    if let Some(component) = template.component {
        let above = template.pointer.trim_end_matches("/podTemplate");
        let cache = component.node.at(&["compilationCache", "pvcName"]);
        let name = cache.and_then(Node::as_str).unwrap_or_default();
        site.object("PersistentVolumeClaim", name, || {
            format!("{above}/compilationCache/pvcName")
        });
        if let Some(reference) = component.node.at(&["eppConfig", "configMapRef"]) {
            let keys = [text(reference, "key")];
            let at = format!("{above}/eppConfig/configMapRef");
            site.data("ConfigMap", text(reference, "name"), &keys, reference, &at);
        }
    }
}

fn list<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = (usize, &'a Node)> + use<'a> {
    let items = node.get(key).and_then(Node::as_list).unwrap_or_default();
    items.iter().enumerate()
}

fn text<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::as_str).unwrap_or_default()
}

impl Site<'_, '_> {
    fn object(&mut self, kind: &'static str, name: &str, pointer: impl FnOnce() -> String) {
        if !name.is_empty() && self.provided.find(kind, self.namespace, name).is_none() {
            self.missing.add(kind, name, pointer());
        }
    }

    fn volume(&mut self, volume: &Node, at: &str) {
        let claim = volume.at(&["persistentVolumeClaim", "claimName"]);
        let claim = claim.and_then(Node::as_str).unwrap_or_default();
        self.object("PersistentVolumeClaim", claim, || {
            format!("{at}/persistentVolumeClaim/claimName")
        });
        for (field, kind, name) in [
            ("configMap", "ConfigMap", "name"),
            ("secret", "Secret", "secretName"),
        ] {
            if let Some(source) = volume.get(field) {
                let keys: Vec<&str> = list(source, "items")
                    .map(|(_, item)| text(item, "key"))
                    .collect();
                self.data(
                    kind,
                    text(source, name),
                    &keys,
                    source,
                    &format!("{at}/{field}"),
                );
            }
        }
        if let Some(projected) = volume.get("projected") {
            for (index, source) in list(projected, "sources") {
                for (field, kind) in [("configMap", "ConfigMap"), ("secret", "Secret")] {
                    if let Some(source) = source.get(field) {
                        let keys: Vec<&str> = list(source, "items")
                            .map(|(_, item)| text(item, "key"))
                            .collect();
                        let at = format!("{at}/projected/sources/{index}/{field}");
                        self.data(kind, text(source, "name"), &keys, source, &at);
                    }
                }
            }
        }
        let class = volume.at(&["csi", "volumeAttributes", "secretProviderClass"]);
        let class = class.and_then(Node::as_str).unwrap_or_default();
        self.object("SecretProviderClass", class, || {
            format!("{at}/csi/volumeAttributes/secretProviderClass")
        });
    }

    /// A ConfigMap or Secret and keys of it.
    fn data(&mut self, kind: &'static str, name: &str, keys: &[&str], reference: &Node, at: &str) {
        let is_optional = reference.get("optional").and_then(Node::as_bool) == Some(true);
        if name.is_empty() || is_optional {
            return;
        }
        let made = match self.provided.find(kind, self.namespace, name) {
            Some(Some(made)) => made,
            Some(None) => return,
            None => {
                self.missing.add(kind, name, at.to_owned());
                return;
            }
        };
        let known: Vec<&str> = ["data", "binaryData", "stringData"]
            .iter()
            .filter_map(|field| made.object.get(field)?.as_map())
            .flatten()
            .map(|entry| entry.key.as_str())
            .collect();
        for key in keys
            .iter()
            .filter(|key| !key.is_empty() && !known.contains(key))
        {
            let message = format!("{kind} `{name}` has no key `{}`", key.escape_debug());
            let help = did_you_mean(key, known.iter().copied())
                .unwrap_or_else(|| format!("its keys are `{}`", known.join("`, `")));
            let finding = self
                .subject
                .finding(&rules::REFERENCE_KEY, self.manifest, at, message);
            let origin = self.subject.input_of(made.object.origin_of("/data"));
            self.found
                .push(finding.label(origin, "what it has").help(help));
        }
    }
}
