//! Can the two graphs of a release stand beside each other?

use super::Site;
use crate::diagnostic::Diagnostic;
use crate::model::profile::AccessMode;
use crate::rules;
use crate::yaml::Node;

pub(super) fn check(site: &mut Site<'_>) {
    if site.pair.colors.len() < 2 {
        return;
    }
    global_namespace(site);
    claims_of_one_node(site);
}

/// A component in the global Dynamo namespace is seen by every frontend.
fn global_namespace(site: &mut Site<'_>) {
    let components = site.pair.graph.object.at(&["spec", "components"]);
    let components = components.and_then(Node::as_list).unwrap_or_default();
    for component in components {
        let Some(global) = component
            .get("globalDynamoNamespace")
            .filter(|global| global.as_bool() == Some(true))
        else {
            continue;
        };
        let name = component.get("name").and_then(Node::as_str);
        site.report(
            Diagnostic::new(
                &rules::COLORS_GLOBAL,
                global.origin,
                format!(
                    "`{}` is in the global Dynamo namespace, where both colours would mix",
                    name.unwrap_or("a component").escape_debug()
                ),
            )
            .help("take `globalDynamoNamespace` out: the operator gives each graph a namespace of its own"),
        );
    }
}

/// A claim that one node or one pod can mount, mounted by the pods of both graphs.
fn claims_of_one_node(site: &mut Site<'_>) {
    let mut shared = Vec::new();
    if let Some(claim) = &site.release.storage.model_cache
        && claim.mount_path.is_some()
    {
        let offered = site.profile.storage.roles.model_cache.as_ref();
        // Of a claim that exists already, only the release can tell.
        let offered = offered.filter(|_| !claim.existing);
        let mode = claim
            .access_mode
            .or_else(|| offered.map(|role| role.access_mode));
        if let Some(mode) = mode.filter(|mode| is_for_one(mode.as_str())) {
            shared.push((
                claim.claim.value.clone(),
                claim.claim.origin,
                mode.as_str().to_owned(),
            ));
        }
    }
    for object in &site.pair.graph.objects {
        if object.get("kind").and_then(Node::as_str) != Some("PersistentVolumeClaim") {
            continue;
        }
        let modes = object.at(&["spec", "accessModes"]).and_then(Node::as_list);
        let modes: Vec<&str> = modes
            .unwrap_or_default()
            .iter()
            .filter_map(Node::as_str)
            .collect();
        let name = object.at(&["metadata", "name"]).and_then(Node::as_str);
        if let Some(name) = name
            && !modes.is_empty()
            && modes.iter().all(|mode| is_for_one(mode))
            && site
                .graphs
                .iter()
                .filter(|graph| mounts(graph, name))
                .count()
                > 1
        {
            let origin = object.origin_of("/spec/accessModes");
            shared.push((name.to_owned(), origin, modes.join(", ")));
        }
    }
    for (name, origin, mode) in shared {
        site.report(
            Diagnostic::new(
                &rules::COLORS_SHARE_NODE,
                origin,
                format!("both colours mount the claim `{name}`, which is `{mode}`"),
            )
            .help("choose a class that gives `ReadWriteMany` or `ReadOnlyMany`"),
        );
    }
}

/// Whether a component of a graph mounts a claim.
fn mounts(graph: &Node, claim: &str) -> bool {
    let components = graph.at(&["spec", "components"]).and_then(Node::as_list);
    components.unwrap_or_default().iter().any(|component| {
        let volumes = component.at(&["podTemplate", "spec", "volumes"]);
        let volumes = volumes.and_then(Node::as_list).unwrap_or_default();
        let names = volumes
            .iter()
            .map(|volume| volume.at(&["persistentVolumeClaim", "claimName"]))
            .chain([component.at(&["compilationCache", "pvcName"])]);
        names.flatten().any(|name| name.as_str() == Some(claim))
    })
}

fn is_for_one(mode: &str) -> bool {
    [AccessMode::ReadWriteOnce, AccessMode::ReadWriteOncePod]
        .iter()
        .any(|one| one.as_str() == mode)
}
