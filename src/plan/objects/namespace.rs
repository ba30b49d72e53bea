//! Which Pod Security Standard can the graph's namespace have?

use super::Site;
use super::contexts::Namespace;
use super::nodes::{self, text};
use crate::diagnostic::Diagnostic;
use crate::model::profile::PodSecurity;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Node, Value};

/// Capabilities that the baseline standard lets containers add.
const BASELINE_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

pub(super) fn plan(site: &mut Site<'_>) {
    let needs = needs(site);
    let possible = match needs {
        Some(_) => PodSecurity::Privileged,
        // Nothing of a graph says that it can live with the restricted standard: images run as root.
        None => PodSecurity::Baseline,
    };
    let asked = site.release.namespace.as_ref();
    let level = asked.and_then(|namespace| namespace.pod_security.as_ref());
    if let Some((what, origin)) = &needs {
        if let Some(level) = level
            && level.value > PodSecurity::Privileged
        {
            let message = format!(
                "the namespace enforces the `{}` Pod Security Standard, but {what}",
                level.as_str()
            );
            site.report(
                Diagnostic::new(&rules::POD_SECURITY, level.origin, message)
                    .label(*origin, "needs `privileged`")
                    .help("set `podSecurity: privileged`, or leave it out"),
            );
        } else if site.profile.pod_security > PodSecurity::Privileged {
            let held = site.pair.profile.document.at(&["spec", "podSecurity"]);
            let message = format!(
                "the cluster holds namespaces to the `{}` Pod Security Standard, but {what}",
                site.profile.pod_security.as_str()
            );
            site.report(
                Diagnostic::new(&rules::POD_SECURITY, *origin, message)
                    .label(
                        held.map_or(Origin::None, |node| node.origin),
                        "the cluster's level",
                    )
                    .help(
                        "exempt the namespace in the cluster, or do without what needs privileges",
                    ),
            );
        }
    }
    let Some(namespace) = asked.filter(|namespace| namespace.create) else {
        return;
    };
    let origin = site.decide(&rules::OBJECT_NAMESPACE, [namespace.origin], None);
    let security = site.decide(
        &rules::OBJECT_POD_SECURITY,
        level
            .map(|level| level.origin)
            .into_iter()
            .chain(needs.as_ref().map(|(_, origin)| *origin)),
        Some(match &needs {
            Some((what, _)) => format!("privileged: {what}"),
            None => "baseline: nothing needs more".to_owned(),
        }),
    );
    let value = match level {
        Some(level) => text(level.as_str(), nodes::place(level, security)),
        None => text(possible.as_str(), security),
    };
    let mut labels = site.labels("namespace");
    for mode in ["enforce", "audit", "warn"] {
        labels.set(&format!("pod-security.kubernetes.io/{mode}"), value.clone());
    }
    for (key, label) in &namespace.labels {
        labels.set(key, nodes::at(label, origin));
    }
    let context = Namespace {
        name: site.namespace.clone(),
        labels,
    };
    site.add(&rules::OBJECT_NAMESPACE, origin, None, context);
}

/// What asks for the privileged standard, and where it stands.
fn needs(site: &Site<'_>) -> Option<(String, Origin)> {
    let components = site.pair.graph.object.at(&["spec", "components"]);
    if let Some(found) = components.and_then(of_pods) {
        return Some(found);
    }
    let fabric = site.profile.fabric.as_ref()?;
    let uses_gpus =
        |c: &crate::model::graph::Component| c.kind.is_worker() && (c.gpus > 0 || c.claims_devices);
    if !site.components().iter().any(uses_gpus) {
        return None;
    }
    let name = fabric.kind.name();
    if fabric.security.privileged.value {
        let origin = nodes::place(&fabric.security.privileged, fabric.origin);
        return Some((format!("{name} needs privileged containers"), origin));
    }
    if let Some(mount) = fabric
        .mounts
        .iter()
        .find(|mount| mount.source.get("hostPath").is_some())
    {
        let what = format!("{name} mounts the host path of `{}`", mount.name);
        return Some((what, mount.origin));
    }
    let capability = fabric
        .security
        .capabilities
        .iter()
        .find(|capability| !BASELINE_CAPABILITIES.contains(&capability.as_str()))?;
    let what = format!("{name} needs the capability `{}`", capability.value);
    Some((what, capability.origin))
}

/// The first setting below a node that the baseline standard forbids.
fn of_pods(node: &Node) -> Option<(String, Origin)> {
    match &node.value {
        Value::List(items) => items.iter().find_map(of_pods),
        Value::Map(map) => map.iter().find_map(|entry| {
            let value = &entry.value;
            let on = value.as_bool() == Some(true);
            let found = match entry.key.as_str() {
                "privileged" if on => Some("the graph runs a privileged container".to_owned()),
                key @ ("hostNetwork" | "hostPID" | "hostIPC") if on => {
                    Some(format!("the graph sets `{key}`"))
                }
                "hostPath" if value.as_map().is_some() => {
                    Some("the graph mounts a host path".to_owned())
                }
                "hostPort" if value.as_int().is_some_and(|port| port > 0) => {
                    Some("the graph binds a host port".to_owned())
                }
                "capabilities" => value
                    .get("add")
                    .and_then(Node::as_list)
                    .and_then(|added| {
                        added
                            .iter()
                            .filter_map(Node::as_str)
                            .find(|name| !BASELINE_CAPABILITIES.contains(name))
                    })
                    .map(|name| format!("the graph adds the capability `{name}`")),
                // Scripts and environment hold no settings of the pod.
                "env" | "args" | "command" => return None,
                _ => None,
            };
            match found {
                Some(what) => Some((what, entry.key_origin)),
                None => of_pods(value),
            }
        }),
        _ => None,
    }
}
