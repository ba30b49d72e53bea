//! Which image does each container run, and from where is it pulled?

use super::component::{main_container_mut, pod_mut};
use super::{Notes, Site};
use crate::diagnostic::Diagnostic;
use crate::model::profile::{Fabric, Mirror};
use crate::resolve::Pair;
use crate::rules;
use crate::yaml::{At, Node};

pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    if let Some(fabric) = site.fabric {
        fabric_suffix(site, fabric, node, notes);
    }
    if let Some(pod) = pod_mut(node) {
        relocate_pod(site.pair, pod, notes);
        pull_secrets(site.pair, pod, notes);
    }
}

/// Images with the fabric's libraries have their own tags.
fn fabric_suffix(site: &Site<'_>, fabric: &Fabric, node: &mut Node, notes: &mut Notes) {
    if fabric.image_suffixes.is_empty() {
        return;
    }
    let Some(image) = main_container_mut(node).and_then(|main| main.get_mut("image")) else {
        return;
    };
    let Some(written) = image.as_str() else {
        return;
    };
    let Reference { name, tag, digest } = Reference::parse(written);
    let repository = name.rsplit('/').next().unwrap_or(name);
    let known = |suffix: &&At<crate::model::profile::ImageSuffix>| {
        suffix.repositories.iter().any(|r| r == repository)
    };
    if !fabric.image_suffixes.iter().any(|s| known(&s)) {
        return;
    }
    let tag_has_suffix = tag.is_some_and(|tag| {
        fabric
            .image_suffixes
            .iter()
            .any(|s| tag.contains(s.suffix.as_str()))
    });
    if tag_has_suffix {
        return;
    }
    let version = tag.and_then(plain_version);
    let chosen = version.filter(|_| digest.is_none()).and_then(|version| {
        fabric
            .image_suffixes
            .iter()
            .filter(known)
            .rfind(|s| plain_version(&s.from).is_some_and(|from| from <= version))
    });
    match (chosen, tag) {
        (Some(suffix), Some(tag)) => {
            let new = format!("{name}:{tag}{}", suffix.suffix);
            let origin = notes.decide_that(
                &rules::IMAGE_FABRIC_SUFFIX,
                [suffix.origin, image.origin],
                format!("`{}` is the tag with {} libraries", suffix.suffix, fabric.kind.name()),
            );
            *image = Node::new(new, origin);
        }
        _ => notes.diagnostics.push(
            Diagnostic::new(
                &rules::IMAGE_WITHOUT_FABRIC,
                image.origin,
                format!(
                    "component `{}` runs `{written}`, which is not known to have {} libraries",
                    site.component.name,
                    fabric.kind.name()
                ),
            )
            .help(format!(
                "use a released tag, or name an image that has them in a release: `spec.components.{}.image`",
                site.component.name
            )),
        ),
    }
}

/// `major.minor.patch` and nothing else.
fn plain_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
    let version = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(version)
}

/// An image reference taken apart.
pub(super) struct Reference<'a> {
    pub(super) name: &'a str,
    pub(super) tag: Option<&'a str>,
    pub(super) digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let path_start = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match rest[path_start..].find(':') {
            Some(colon) => (
                &rest[..path_start + colon],
                Some(&rest[path_start + colon + 1..]),
            ),
            None => (rest, None),
        };
        Self { name, tag, digest }
    }
}

/// Changes every image of a pod spec, in all its containers.
pub(super) fn relocate_pod(pair: &Pair, pod: &mut Node, notes: &mut Notes) {
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in pod
            .get_mut(list)
            .and_then(Node::as_list_mut)
            .into_iter()
            .flatten()
        {
            if let Some(image) = container.get_mut("image") {
                relocate(pair, image, notes);
            }
        }
    }
    for volume in pod
        .get_mut("volumes")
        .and_then(Node::as_list_mut)
        .into_iter()
        .flatten()
    {
        if let Some(reference) = volume.at_mut(&["image", "reference"]) {
            relocate(pair, reference, notes);
        }
    }
}

/// The release's changes first, then the profile's mirrors.
fn relocate(pair: &Pair, image: &mut Node, notes: &mut Notes) {
    for mirrors in [
        &pair.release.spec.images,
        &pair.profile.spec.registry.mirrors,
    ] {
        let Some(written) = image.as_str() else {
            return;
        };
        let Some((mirror, new)) = mirrored(written, mirrors) else {
            continue;
        };
        let origin = notes.decide_that(
            &rules::IMAGE_RELOCATED,
            [mirror.origin, image.origin],
            format!("`{}` becomes `{}`", mirror.from, mirror.to),
        );
        *image = Node::new(new, origin);
    }
}

/// The name with its longest matching prefix replaced.
fn mirrored<'a>(image: &str, mirrors: &'a [At<Mirror>]) -> Option<(&'a At<Mirror>, String)> {
    let full = full_name(image);
    mirrors
        .iter()
        .filter_map(|mirror| {
            let rest = full.strip_prefix(mirror.from.trim_end_matches('/'))?;
            rest.starts_with(['/', ':', '@']).then(|| {
                let new = format!("{}{rest}", mirror.to.trim_end_matches('/'));
                (mirror, new)
            })
        })
        .max_by_key(|(mirror, _)| mirror.from.len())
}

/// Docker's short names written out: `busybox` is `docker.io/library/busybox`.
fn full_name(image: &str) -> String {
    match image.split_once('/') {
        None => format!("docker.io/library/{image}"),
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => image.to_owned(),
        Some(_) => format!("docker.io/{image}"),
    }
}

/// Every pod names the profile's pull secrets, after the author's own.
fn pull_secrets(pair: &Pair, pod: &mut Node, notes: &mut Notes) {
    for secret in &pair.profile.spec.registry.pull_secrets {
        if super::component::has_named(pod.get("imagePullSecrets"), secret) {
            continue;
        }
        let origin = notes.decide(&rules::PULL_SECRETS, [secret.origin]);
        let mut item = Node::map(origin);
        item.set("name", Node::new(secret.value.as_str(), origin));
        if let Some(list) = pod.ensure_list("imagePullSecrets", origin).as_list_mut() {
            list.push(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirrors(pairs: &[(&str, &str)]) -> Vec<At<Mirror>> {
        pairs
            .iter()
            .map(|(from, to)| {
                At::nowhere(Mirror {
                    from: (*from).to_owned(),
                    to: (*to).to_owned(),
                })
            })
            .collect()
    }

    fn moved(image: &str, pairs: &[(&str, &str)]) -> Option<String> {
        mirrored(image, &mirrors(pairs)).map(|(_, new)| new)
    }

    #[test]
    fn the_longest_prefix_wins_and_ends_at_a_slash() {
        let pairs = [("nvcr.io", "mirror/nvcr"), ("nvcr.io/nvidia", "mirror/nv")];
        assert_eq!(
            moved("nvcr.io/nvidia/x:1", &pairs).as_deref(),
            Some("mirror/nv/x:1")
        );
        assert_eq!(
            moved("nvcr.io/nvidiax/x:1", &pairs).as_deref(),
            Some("mirror/nvcr/nvidiax/x:1")
        );
        assert_eq!(moved("quay.io/a:1", &pairs), None);
    }

    #[test]
    fn short_names_are_docker_hubs() {
        let pairs = [("docker.io", "hub.local")];
        assert_eq!(
            moved("busybox:1.36", &pairs).as_deref(),
            Some("hub.local/library/busybox:1.36")
        );
        assert_eq!(
            moved("grafana/grafana@sha256:00", &pairs).as_deref(),
            Some("hub.local/grafana/grafana@sha256:00")
        );
    }

    #[test]
    fn references_are_taken_apart_at_the_right_colon() {
        let Reference { name, tag, digest } = Reference::parse("localhost:5000/a/b:1.2@sha256:ff");
        assert_eq!(
            (name, tag, digest),
            ("localhost:5000/a/b", Some("1.2"), Some("sha256:ff"))
        );
    }

    #[test]
    fn only_plain_versions_are_versions() {
        assert_eq!(plain_version("1.3.0"), Some((1, 3, 0)));
        assert_eq!(plain_version("1.3.0-dev.1"), None);
        assert_eq!(plain_version("my-tag"), None);
    }
}
