//! Can a claim of devices be met?

use std::collections::BTreeSet;
use std::fmt;

use super::syntax::is_dns_label;
use super::{Object, below, field, int, items, text};
use crate::model::object::is_subdomain;
use crate::rules;
use crate::yaml::Node;

/// How many requests, constraints and configurations a claim may have.
const MOST: usize = 32;
/// How many alternatives a request may have.
const MOST_ALTERNATIVES: usize = 8;

pub(super) fn check(object: &mut Object<'_, '_>) {
    // Older versions have another shape.
    let version = object.manifest.key.api_version.rsplit('/').next();
    if !matches!(version, Some("v1" | "v1beta2")) {
        return;
    }
    let keys: &[&str] = match object.kind() {
        "ResourceClaimTemplate" => &["spec", "spec", "devices"],
        _ => &["spec", "devices"],
    };
    let Some(devices) = below(&object.manifest.object, keys) else {
        return;
    };
    let at = format_args!("/{}", keys.join("/")).to_string();
    for key in ["requests", "constraints", "config"] {
        if items(devices, key).count() > MOST {
            object.report(
                &rules::DEVICE_CLAIM,
                format_args!("{at}/{key}"),
                format!("a claim has at most {MOST} `{key}`"),
                "make two claims of it",
            );
        }
    }
    let mut names = BTreeSet::new();
    for (index, request) in items(devices, "requests") {
        check_request(
            object,
            request,
            format_args!("{at}/requests/{index}"),
            &mut names,
        );
    }
    for key in ["constraints", "config"] {
        for (index, part) in items(devices, key) {
            for (nth, name) in items(part, "requests") {
                let Some(name) = name.as_str().filter(|name| !names.contains(*name)) else {
                    continue;
                };
                object.report(
                    &rules::DEVICE_CLAIM,
                    format_args!("{at}/{key}/{index}/requests/{nth}"),
                    format!("there is no request `{name}`"),
                    "name a request of this claim, or `request/alternative`",
                );
            }
        }
    }
}

fn check_request(
    object: &mut Object<'_, '_>,
    request: &Node,
    at: fmt::Arguments<'_>,
    names: &mut BTreeSet<String>,
) {
    if request.as_map().is_none() {
        return;
    }
    let name = text(request, "name").unwrap_or("");
    check_name(object, request, at, "", names);
    let alternatives = items(request, "firstAvailable").count();
    match (field(request, "exactly"), alternatives) {
        (Some(exactly), 0) => check_exact(object, exactly, format_args!("{at}/exactly")),
        // A field of another name in there is the schema's.
        (None, 0) => object.report(
            &rules::DEVICE_CLAIM,
            format_args!("{at}"),
            "the request needs `exactly` or `firstAvailable`",
            "put `deviceClassName` and the rest below `exactly`",
        ),
        (None, _) => {}
        (Some(_), _) => object.report(
            &rules::DEVICE_CLAIM,
            format_args!("{at}/firstAvailable"),
            "the request has both `exactly` and `firstAvailable`",
            "make `exactly` the first alternative",
        ),
    }
    if alternatives > MOST_ALTERNATIVES {
        object.report(
            &rules::DEVICE_CLAIM,
            format_args!("{at}/firstAvailable"),
            format!("a request has at most {MOST_ALTERNATIVES} alternatives"),
            "keep those that are likely",
        );
    }
    for (index, alternative) in items(request, "firstAvailable") {
        check_name(
            object,
            alternative,
            format_args!("{at}/firstAvailable/{index}"),
            name,
            names,
        );
        check_exact(
            object,
            alternative,
            format_args!("{at}/firstAvailable/{index}"),
        );
    }
}

fn check_name(
    object: &mut Object<'_, '_>,
    request: &Node,
    at: fmt::Arguments<'_>,
    parent: &str,
    names: &mut BTreeSet<String>,
) {
    let Some(name) = text(request, "name") else {
        return;
    };
    let full = match parent {
        "" => name.to_owned(),
        parent => format!("{parent}/{name}"),
    };
    if !is_dns_label(name) {
        object.report(
            &rules::DEVICE_CLAIM,
            format_args!("{at}/name"),
            format!("`{name}` cannot be the name of a request"),
            "use at most 63 lower-case letters, digits and `-`",
        );
    } else if !names.insert(full) {
        object.report(
            &rules::DEVICE_CLAIM,
            format_args!("{at}/name"),
            format!("there are two requests `{name}`"),
            "give each a name of its own; for several devices of a kind use `count`",
        );
    }
}

fn check_exact(object: &mut Object<'_, '_>, request: &Node, at: fmt::Arguments<'_>) {
    if let Some(class) = text(request, "deviceClassName")
        && !is_subdomain(class)
    {
        object.report(
            &rules::DEVICE_CLAIM,
            format_args!("{at}/deviceClassName"),
            format!("`{class}` cannot be the name of a device class"),
            "name a class of the driver, such as `gpu.nvidia.com`",
        );
    }
    let Some(count) = int(request, "count") else {
        return;
    };
    let is_all = text(request, "allocationMode") == Some("All");
    let message = if is_all && count != 0 {
        "`count` does not go with `allocationMode: All`"
    } else if count < 0 {
        "`count` must be more than 0"
    } else {
        return;
    };
    object.report(
        &rules::DEVICE_CLAIM,
        format_args!("{at}/count"),
        message,
        "remove `count`, or give the number of devices with `allocationMode: ExactCount`",
    );
}
