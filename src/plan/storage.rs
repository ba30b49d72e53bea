//! Where do workers see models and caches?
//!
//! The release names claims and mount paths; here they become volumes and mounts. The claims themselves are
//! objects of their own.

use super::component::{self, Mounted, pod};
use super::{Notes, Site};
use crate::model::graph::ComponentKind;
use crate::model::release::Claim;
use crate::rules;
use crate::yaml::{At, Node};

pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let storage = &site.pair.release.spec.storage;
    let reads_models =
        site.component.kind.is_worker() || site.component.kind == ComponentKind::Frontend;
    if let Some(claim) = &storage.model_cache
        && reads_models
    {
        mount_claim("model-cache", claim, node, notes);
    }
    if !site.component.kind.is_worker() {
        return;
    }
    if let Some(claim) = &storage.compilation_cache {
        compilation_cache(site, claim, node, notes);
    }
    if let Some(claim) = &storage.scratch {
        scratch(site, claim, node, notes);
    }
}

/// Mounts what fills the release's Secrets: the Secrets Store CSI driver makes a Secret only while a pod
/// mounts its class.
pub(super) fn secrets(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let reads_secrets =
        site.component.kind.is_worker() || site.component.kind == ComponentKind::Frontend;
    if !reads_secrets {
        return;
    }
    for volume in super::objects::secret_volumes(site.pair) {
        let declared = site.pair.release.spec.secrets.iter();
        let inputs = declared
            .filter(|secret| *secret.name == volume.name)
            .map(|secret| secret.name.origin);
        let origin = notes.decide(&rules::SECRET_VOLUME, inputs);
        let mut source = Node::map(origin);
        let csi = source.ensure_map("csi", origin);
        csi.set("driver", Node::new(volume.driver, origin));
        csi.set("readOnly", Node::new(true, origin));
        csi.ensure_map("volumeAttributes", origin).set(
            "secretProviderClass",
            Node::new(volume.name.as_str(), origin),
        );
        // Volumes are named by DNS labels, Secrets by DNS subdomains.
        let mut name = format!("secret-{}", volume.name.replace('.', "-"));
        name.truncate(63);
        let path = format!("/mnt/secrets/{}", volume.name);
        let mounted = Mounted {
            name: name.trim_end_matches('-'),
            path: &path,
            read_only: false,
            source,
        };
        component::mount(mounted, node, origin);
    }
}

/// Mounts a claim in the main container, unless the author mounts it or something else there.
fn mount_claim(volume: &str, claim: &At<Claim>, node: &mut Node, notes: &mut Notes) {
    let Some(path) = &claim.mount_path else {
        return;
    };
    if mounts_claim(node, &claim.claim) {
        return;
    }
    let origin = notes.decide(&rules::STORAGE_MOUNT, [claim.origin, path.origin]);
    let mut source = Node::map(origin);
    source
        .ensure_map("persistentVolumeClaim", origin)
        .set("claimName", Node::new(claim.claim.value.as_str(), origin));
    let mounted = Mounted {
        name: volume,
        path,
        read_only: false,
        source,
    };
    component::mount(mounted, node, origin);
}

/// Whether a volume of the pod is this claim already.
fn mounts_claim(node: &Node, claim: &str) -> bool {
    pod(node)
        .and_then(|pod| pod.get("volumes"))
        .and_then(Node::as_list)
        .is_some_and(|volumes| {
            volumes.iter().any(|volume| {
                volume
                    .at(&["persistentVolumeClaim", "claimName"])
                    .and_then(Node::as_str)
                    == Some(claim)
            })
        })
}

/// The operator mounts this one and, for vLLM, points the engine at it.
fn compilation_cache(site: &Site<'_>, claim: &At<Claim>, node: &mut Node, notes: &mut Notes) {
    if node.get("compilationCache").is_some() {
        return;
    }
    let origin = notes.decide(&rules::STORAGE_MOUNT, [claim.origin]);
    let mut cache = Node::map(origin);
    let named = match site.pair.color {
        Some(_) => notes.decide(&rules::COLOR_CACHE, [claim.claim.origin]),
        None => origin,
    };
    cache.set("pvcName", Node::new(claim.claim.value.as_str(), named));
    if let Some(path) = &claim.mount_path {
        cache.set("mountPath", Node::new(path.value.as_str(), origin));
    }
    node.set("compilationCache", cache);
}

/// Room that is made with the pod and goes with it: a generic ephemeral volume of the scratch class.
fn scratch(site: &Site<'_>, claim: &At<Claim>, node: &mut Node, notes: &mut Notes) {
    let Some(path) = &claim.mount_path else {
        return;
    };
    let role = site.pair.profile.spec.storage.roles.scratch.as_ref();
    let size = claim.size.as_ref().or(role.map(|role| &role.size));
    let class = claim.class.as_ref().or(role.map(|role| &role.class));
    let mode = claim.access_mode.or(role.map(|role| role.access_mode));
    let (Some(size), Some(class), Some(mode)) = (size, class, mode) else {
        return;
    };
    let origin = notes.decide(
        &rules::STORAGE_SCRATCH,
        [claim.origin, size.origin, class.origin],
    );
    let mut source = Node::map(origin);
    let spec = source
        .ensure_map("ephemeral", origin)
        .ensure_map("volumeClaimTemplate", origin)
        .ensure_map("spec", origin);
    if let Some(modes) = spec.ensure_list("accessModes", origin).as_list_mut() {
        modes.push(Node::new(mode.as_str(), origin));
    }
    spec.set("storageClassName", Node::new(class.value.as_str(), origin));
    spec.ensure_map("resources", origin)
        .ensure_map("requests", origin)
        .set("storage", Node::new(size.value.as_str(), origin));
    let mounted = Mounted {
        name: "scratch",
        path,
        read_only: false,
        source,
    };
    component::mount(mounted, node, origin);
}
