//! Where do the Secrets that the graph reads come from?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Site;
use super::contexts::{ExternalSecret, SecretProviderClass};
use super::nodes::{self, list, map, text};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::object::is_subdomain;
use crate::model::profile::{SecretProvider, SecretStore, SecretsBackend};
use crate::model::release::{SecretKey, SecretSource};
use crate::origin::Origin;
use crate::resolve::Pair;
use crate::rules;
use crate::yaml::{At, Node, Value};

/// A volume that fills a Secret while a pod mounts it: the Secrets Store CSI driver makes Secrets only
/// then, so one component at least must mount each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretVolume {
    /// The SecretProviderClass and the Secret.
    pub name: String,
    /// The CSI driver.
    pub driver: String,
}

/// The volumes that the graph must mount so that the release's secrets exist.
pub fn secret_volumes(pair: &Pair) -> Vec<SecretVolume> {
    let secrets = &pair.profile.spec.secrets;
    let Some(provider) = secrets
        .provider
        .as_ref()
        .filter(|_| secrets.backend == SecretsBackend::SecretsStoreCsi)
    else {
        return Vec::new();
    };
    let declared = pair
        .release
        .spec
        .secrets
        .iter()
        .filter(|secret| !secret.existing);
    declared
        .map(|secret| SecretVolume {
            name: secret.name.value.clone(),
            driver: provider.driver.clone(),
        })
        .collect()
}

pub(super) fn plan(site: &mut Site<'_>) {
    for secret in &site.release.secrets {
        if !is_subdomain(&secret.name) {
            site.report(
                Diagnostic::new(
                    &rules::OBJECT_NAME,
                    secret.name.origin,
                    format!("`{}` cannot be the name of a Secret", secret.name.value),
                )
                .help(
                    "use lower-case letters, digits, `-` and `.`, a letter or digit at both ends",
                ),
            );
        } else if !secret.existing {
            fill(site, secret);
        }
    }
    if !site.release.secrets.is_empty() {
        undeclared(site);
    }
}

fn fill(site: &mut Site<'_>, secret: &At<SecretSource>) {
    let name = &secret.name.value;
    let refuse = |site: &mut Site<'_>, message: String, help: &str| {
        site.report(
            Diagnostic::new(&rules::SECRET_BACKEND, secret.name.origin, message).help(help),
        );
    };
    if secret.data.is_empty() {
        return refuse(
            site,
            format!("the secret `{name}` has no keys"),
            "list its keys in `data`, or say `existing: true`",
        );
    }
    let (secrets, capabilities) = (&site.profile.secrets, &site.profile.capabilities);
    match secrets.backend {
        SecretsBackend::Existing => refuse(
            site,
            format!("the profile has no backend to fill the secret `{name}`"),
            "say `existing: true`, or set `secrets.backend` in the profile",
        ),
        SecretsBackend::ExternalSecrets => match &secrets.store {
            Some(store) if capabilities.external_secrets.value => external(site, secret, store),
            Some(_) => refuse(
                site,
                format!("the cluster has no External Secrets Operator to fill `{name}`"),
                "set `capabilities.externalSecrets` in the profile if it has",
            ),
            None => refuse(
                site,
                format!("the profile names no store to fill the secret `{name}` from"),
                "set `secrets.store` in the profile",
            ),
        },
        SecretsBackend::SecretsStoreCsi => match &secrets.provider {
            Some(provider) if capabilities.secrets_store_csi.value => {
                provider_class(site, secret, provider);
            }
            Some(_) => refuse(
                site,
                format!("the cluster has no Secrets Store CSI driver to fill `{name}`"),
                "set `capabilities.secretsStoreCsi` in the profile if it has",
            ),
            None => refuse(
                site,
                format!("the profile names no provider to fill the secret `{name}` from"),
                "set `secrets.provider` in the profile",
            ),
        },
    }
}

fn external(site: &mut Site<'_>, secret: &At<SecretSource>, store: &At<SecretStore>) {
    let rule = &rules::OBJECT_SECRET;
    let origin = site.decide(
        rule,
        [secret.name.origin, store.origin],
        Some("ExternalSecret".to_owned()),
    );
    let data = secret.data.iter().map(|key| {
        let place = nodes::place(key, origin);
        let mut remote = map(origin, [("key", text(&key.remote, place))]);
        if let Some(property) = &key.property {
            remote.set("property", text(property, place));
        }
        map(
            origin,
            [("secretKey", text(&key.key, place)), ("remoteRef", remote)],
        )
    });
    let place = nodes::place(store, origin);
    let context = ExternalSecret {
        name: nodes::at(&secret.name, origin),
        namespace: site.namespace.clone(),
        labels: site.labels("secrets"),
        refresh_interval: text(&store.refresh_interval, place),
        store_kind: text(store.kind.as_str(), place),
        store_name: text(&store.name, place),
        data: list(origin, data),
    };
    site.add(rule, origin, None, context);
}

fn provider_class(site: &mut Site<'_>, secret: &At<SecretSource>, provider: &At<SecretProvider>) {
    let rule = &rules::OBJECT_SECRET;
    let origin = site.decide(
        rule,
        [secret.name.origin, provider.origin],
        Some("SecretProviderClass".to_owned()),
    );
    let mut parameters = Node::map(origin);
    for (key, value) in &provider.parameters {
        parameters.set(key, nodes::at(value, origin));
    }
    let (key, objects) = objects(&provider.name, &secret.data);
    parameters.set(key, text(objects, origin));
    let data = secret.data.iter().map(|key| {
        let place = nodes::place(key, origin);
        map(
            origin,
            [
                ("key", text(&key.key, place)),
                ("objectName", text(&key.key, place)),
            ],
        )
    });
    let context = SecretProviderClass {
        name: nodes::at(&secret.name, origin),
        namespace: site.namespace.clone(),
        labels: site.labels("secrets"),
        provider: text(&provider.name, nodes::place(provider, origin)),
        parameters,
        data: list(origin, data),
    };
    site.add(rule, origin, None, context);
}

/// The parameter in which a provider is told what to fetch, and its text. Each provider has a YAML of its
/// own in it; JSON is YAML too, and no name can break out of it. Files are named for the Secret's keys.
fn objects(provider: &str, keys: &[At<SecretKey>]) -> (&'static str, String) {
    let pretty = |json: serde_json::Value| {
        let mut text = serde_json::to_string_pretty(&json).expect("JSON values serialize");
        text.push('\n');
        text
    };
    match provider {
        "aws" => {
            // One entry for each remote secret: the provider refuses a name that comes twice.
            let mut remotes: BTreeMap<&str, Vec<&SecretKey>> = BTreeMap::new();
            for key in keys {
                remotes.entry(&key.remote).or_default().push(key);
            }
            let entries: Vec<_> = remotes
                .iter()
                .map(|(remote, keys)| {
                    let paths: Vec<_> = keys
                        .iter()
                        .filter_map(|key| Some((key, key.property.as_ref()?)))
                        .map(|(key, property)| json!({"path": property, "objectAlias": key.key}))
                        .collect();
                    let mut entry = json!({"objectName": remote, "objectType": "secretsmanager"});
                    if let Some(whole) = keys.iter().find(|key| key.property.is_none()) {
                        entry["objectAlias"] = json!(whole.key);
                    }
                    if !paths.is_empty() {
                        entry["jmesPath"] = json!(paths);
                    }
                    entry
                })
                .collect();
            ("objects", pretty(json!(entries)))
        }
        "azure" => {
            let entries: Vec<String> = keys
                .iter()
                .map(|key| {
                    json!({"objectName": key.remote, "objectType": "secret", "objectAlias": key.key})
                        .to_string()
                })
                .collect();
            ("objects", pretty(json!({"array": entries})))
        }
        "gcp" | "gke" => {
            let entries: Vec<_> = keys
                .iter()
                .map(|key| json!({"resourceName": key.remote, "path": key.key}))
                .collect();
            ("secrets", pretty(json!(entries)))
        }
        _ => {
            let entries: Vec<_> = keys
                .iter()
                .map(|key| match &key.property {
                    Some(property) => {
                        json!({"objectName": key.key, "secretPath": key.remote, "secretKey": property})
                    }
                    None => json!({"objectName": key.key, "secretPath": key.remote}),
                })
                .collect();
            ("objects", pretty(json!(entries)))
        }
    }
}

/// Notes the secrets that the graph reads and nobody declares.
fn undeclared(site: &mut Site<'_>) {
    let mut declared: BTreeSet<&str> = BTreeSet::new();
    declared.extend(
        site.release
            .secrets
            .iter()
            .map(|secret| secret.name.value.as_str()),
    );
    declared.extend(
        site.profile
            .registry
            .pull_secrets
            .iter()
            .map(|name| name.value.as_str()),
    );
    let written = site.pair.graph.objects.iter().filter(|object| {
        matches!(
            object.get("kind").and_then(Node::as_str),
            Some("Secret" | "ExternalSecret" | "SealedSecret")
        )
    });
    declared.extend(written.filter_map(|object| object.at(&["metadata", "name"])?.as_str()));
    let mut read = Vec::new();
    references(&site.pair.graph.object, &mut read);
    let mut noted = BTreeSet::new();
    for (name, origin) in read {
        if declared.contains(name) || !noted.insert(name) {
            continue;
        }
        let mut diagnostic = Diagnostic::new(
            &rules::SECRET_NOT_DECLARED,
            origin,
            format!("the graph reads the secret `{name}`, which the release does not declare"),
        );
        if let Some(help) = did_you_mean(name, declared.iter().copied()) {
            diagnostic = diagnostic.help(help);
        }
        site.report(diagnostic.help("add it to `secrets`, with `existing: true` if it is there"));
    }
}

/// The Secrets that a pod template names and cannot do without.
fn references<'a>(node: &'a Node, found: &mut Vec<(&'a str, Origin)>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| references(item, found)),
        Value::Map(entries) => {
            for entry in entries {
                let names: &[&Node] = match entry.key.as_str() {
                    "secretRef" | "secretKeyRef" => &[&entry.value],
                    "secret" if entry.value.get("secretName").is_some() => &[&entry.value],
                    "imagePullSecrets" => &entry
                        .value
                        .as_list()
                        .unwrap_or_default()
                        .iter()
                        .collect::<Vec<_>>(),
                    _ => {
                        references(&entry.value, found);
                        continue;
                    }
                };
                for reference in names {
                    let optional = reference.get("optional").and_then(Node::as_bool);
                    let name = reference
                        .get("name")
                        .or_else(|| reference.get("secretName"));
                    if let Some(name) = name.filter(|_| optional != Some(true))
                        && let Some(text) = name.as_str()
                    {
                        found.push((text, name.origin));
                    }
                }
            }
        }
        _ => {}
    }
}
