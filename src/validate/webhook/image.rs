//! Does every component have a main image, and does the operator know its version?

use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::validate::graph::{Graph, Part};

/// The version of the operator that asks for versions.
const SINCE: (u32, u32) = (1, 5);

pub(super) fn check(graph: &Graph<'_>, before: Option<&Graph<'_>>, found: &mut Vec<Diagnostic>) {
    let asks = version_of(&graph.subject.cluster().dynamo.version) >= Some(SINCE);
    for part in &graph.parts {
        let Some(image) = image(part) else {
            missing(graph, part, found);
            continue;
        };
        if image.is_empty() {
            missing(graph, part, found);
        } else if asks && graph.is_graph && !says_version(part) && !has_version(image) {
            let unchanged = before
                .and_then(|before| before.parts.iter().find(|old| old.name == part.name))
                .is_some_and(|old| self::image(old) == Some(image) && !says_version(old));
            if !unchanged {
                unversioned(graph, part, image, found);
            }
        }
    }
}

/// The main image; none if there is none or the container's type is wrong.
fn image<'a>(part: &Part<'a>) -> Option<&'a str> {
    match part.main?.1.get("image") {
        Some(image) => Some(image.as_str().unwrap_or("?:0.0.0")),
        None => Some(""),
    }
}

fn missing(graph: &Graph<'_>, part: &Part<'_>, found: &mut Vec<Diagnostic>) {
    let (message, help) = match part.main {
        Some(_) => (
            format!(
                "the container `main` of component `{}` has no image",
                part.name
            ),
            "give it an `image` whose tag is a version",
        ),
        None if part.containers.is_empty() => (
            format!("component `{}` has no container `main`", part.name),
            "give it `podTemplate.spec.containers` with one that is named `main` and has an image",
        ),
        None => (
            format!("no container of component `{}` is named `main`", part.name),
            "name the one that runs Dynamo `main`: the operator completes that one",
        ),
    };
    let pointer = match part.main {
        Some(_) => part.main_at(""),
        None => part.at("/podTemplate/spec/containers"),
    };
    found.push(
        graph
            .finding(&rules::MAIN_IMAGE, &pointer, message)
            .help(help),
    );
}

fn says_version(part: &Part<'_>) -> bool {
    part.node
        .get("runtimeVersionOverride")
        .is_some_and(|node| node.as_str() != Some(""))
}

fn unversioned(graph: &Graph<'_>, part: &Part<'_>, image: &str, found: &mut Vec<Diagnostic>) {
    let name = part.name;
    let why = match tag(image) {
        Some(tag) => format!("the tag `{tag}` of component `{name}` is not a version"),
        None => format!("the image of component `{name}` has no tag, so no version"),
    };
    let message = format!("{why}, and `runtimeVersionOverride` is not set");
    found.push(
        graph
            .finding(&rules::RUNTIME_VERSION, &part.main_at("/image"), message)
            .help("use a tag such as `1.5.0`, or say which version of Dynamo the image has: `runtimeVersionOverride: 1.5.0`"),
    );
}

/// Whether an image's tag is a semantic version.
fn has_version(image: &str) -> bool {
    tag(image).is_some_and(is_semantic)
}

/// An image's tag, without the digest behind it.
fn tag(image: &str) -> Option<&str> {
    let name = image.split('@').next()?;
    let last = name.rsplit('/').next()?;
    Some(last.split_once(':')?.1)
}

/// `[vV]MAJOR.MINOR.PATCH[-release][+build]`
fn is_semantic(tag: &str) -> bool {
    let tag = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    let (tag, build) = tag
        .split_once('+')
        .map_or((tag, None), |(t, b)| (t, Some(b)));
    let (numbers, release) = tag
        .split_once('-')
        .map_or((tag, None), |(n, r)| (n, Some(r)));
    let mut parts = numbers.split('.');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (0..3).all(|_| parts.next().is_some_and(is_number))
        && parts.next().is_none()
        && [build, release].into_iter().flatten().all(are_identifiers)
}

/// Whether it is what semantic versions have behind the numbers: words of letters, digits and hyphens, with
/// dots between.
pub(super) fn are_identifiers(text: &str) -> bool {
    text.split('.').all(|word| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
}

/// Major and minor.
fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_version_whatever_stands_before_and_behind_it() {
        for good in [
            "nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.4.0",
            "r:5000/x:v1.4.0-efa",
            "x:1.4.0@sha256:00",
            "x:1.2.0-deepseek-v4-cuda13-dev.3",
        ] {
            assert!(has_version(good), "{good}");
        }
        for bad in [
            "x",
            "r:5000/x",
            "x:latest",
            "x:my-tag",
            "x@sha256:00",
            "x:1.4",
            "x:1.4.0_dev",
            "x:<TAG>",
        ] {
            assert!(!has_version(bad), "{bad}");
        }
    }
}
