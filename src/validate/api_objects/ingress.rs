//! Can an Ingress route requests?

use std::net::IpAddr;

use super::{Object, field, is_empty, items, text};
use crate::model::object::is_subdomain;
use crate::rules;
use crate::yaml::Node;

/// Parts of a path that a proxy and a server may read differently.
const UNCLEAR: &[&str] = &["//", "/./", "/../", "%2f", "%2F"];

pub(super) fn check(object: &mut Object<'_, '_>) {
    let Some(spec) = object.spec() else { return };
    if spec.as_map().is_none() {
        return;
    }
    let annotations = object.manifest.object.at(&["metadata", "annotations"]);
    let has_class =
        annotations.is_some_and(|all| field(all, "kubernetes.io/ingress.class").is_some());
    if has_class && field(spec, "ingressClassName").is_some() {
        object.report(
            &rules::INGRESS,
            format_args!("/spec/ingressClassName"),
            "the class is given by `ingressClassName` and by the annotation `kubernetes.io/ingress.class`",
            "remove the annotation",
        );
    }
    match field(spec, "defaultBackend") {
        Some(backend) => check_backend(object, backend, &|| "/spec/defaultBackend".to_owned()),
        None if is_empty(spec, "rules") => object.report(
            &rules::INGRESS,
            format_args!("/spec"),
            "an Ingress needs `rules` or a `defaultBackend`",
            "add a rule with a host and paths",
        ),
        None => {}
    }
    for (index, rule) in items(spec, "rules") {
        if let Some(host) = text(rule, "host") {
            check_host(object, host, &|| format!("/spec/rules/{index}/host"));
        }
        let Some(http) = field(rule, "http") else {
            continue;
        };
        if field(http, "paths").is_some() && is_empty(http, "paths") {
            object.report(
                &rules::INGRESS,
                format_args!("/spec/rules/{index}/http/paths"),
                "the list of paths is empty",
                "add a path, such as `/` with `pathType: Prefix`",
            );
        }
        for (nth, path) in items(http, "paths") {
            let at = || format!("/spec/rules/{index}/http/paths/{nth}");
            check_path(object, path, &at);
            if let Some(backend) = field(path, "backend") {
                check_backend(object, backend, &|| format!("{}/backend", at()));
            }
        }
    }
    for (index, tls) in items(spec, "tls") {
        for (nth, host) in items(tls, "hosts") {
            if let Some(host) = host.as_str() {
                check_host(object, host, &|| format!("/spec/tls/{index}/hosts/{nth}"));
            }
        }
        if let Some(name) = text(tls, "secretName")
            && !name.is_empty()
            && !is_subdomain(name)
        {
            object.report(
                &rules::INGRESS,
                format_args!("/spec/tls/{index}/secretName"),
                format!("`{name}` cannot be the name of a Secret"),
                "use lower-case letters, digits, `-` and `.`",
            );
        }
    }
}

fn check_host(object: &mut Object<'_, '_>, host: &str, at: &dyn Fn() -> String) {
    if host.is_empty() {
        return;
    }
    let is_address = host.parse::<IpAddr>().is_ok();
    let name = host.strip_prefix("*.").unwrap_or(host);
    if is_address || !is_subdomain(name) {
        object.report(
            &rules::INGRESS,
            format_args!("{}", at()),
            format!("`{host}` is no host name"),
            "give a DNS name without a scheme or port, such as `chat.example.com` or `*.example.com`",
        );
    }
}

fn check_path(object: &mut Object<'_, '_>, path: &Node, at: &dyn Fn() -> String) {
    let kind = text(path, "pathType").unwrap_or("");
    let (is_absolute, written) = match text(path, "path") {
        Some(text) => (text.starts_with('/'), text),
        None => (false, ""),
    };
    let is_free = kind == "ImplementationSpecific";
    if path.as_map().is_none() || kind.is_empty() || is_free && written.is_empty() {
        return;
    }
    if !is_absolute {
        object.report(
            &rules::INGRESS,
            format_args!("{}/path", at()),
            match written {
                "" => format!("a path of the type `{kind}` must be given"),
                _ => format!("the path `{written}` is not absolute"),
            },
            "start it with `/`",
        );
    } else if !is_free
        && let Some(part) = UNCLEAR
            .iter()
            .find(|part| written.contains(**part))
            .or_else(|| ["/..", "/."].iter().find(|end| written.ends_with(**end)))
    {
        object.report(
            &rules::INGRESS,
            format_args!("{}/path", at()),
            format!("the path `{written}` holds `{part}`"),
            "write the path that is meant",
        );
    }
}

fn check_backend(object: &mut Object<'_, '_>, backend: &Node, at: &dyn Fn() -> String) {
    let Some(map) = backend.as_map() else { return };
    match (field(backend, "service"), field(backend, "resource")) {
        (Some(_), Some(_)) => object.report(
            &rules::INGRESS,
            format_args!("{}", at()),
            "a backend is either a Service or a resource",
            "keep one",
        ),
        // A misspelt field is the schema's.
        (None, None) if map.iter().len() == 0 => object.report(
            &rules::INGRESS,
            format_args!("{}", at()),
            "the backend is empty",
            "name a Service and its port",
        ),
        (Some(service), None) => {
            let port = field(service, "port");
            let has = |key: &str| {
                port.is_some_and(|port| {
                    !is_empty(port, key) && port.get(key).and_then(Node::as_int) != Some(0)
                })
            };
            if has("name") == has("number") && service.as_map().is_some() {
                object.report(
                    &rules::INGRESS,
                    format_args!("{}/service", at()),
                    "the backend's port is either a `name` or a `number`",
                    "give one of them in `port`",
                );
            }
        }
        _ => {}
    }
}

pub(super) fn check_class(object: &mut Object<'_, '_>) {
    let Some(spec) = object.spec() else { return };
    if let Some(controller) = text(spec, "controller") {
        let is_path = controller
            .split_once('/')
            .is_some_and(|(domain, path)| is_subdomain(domain) && !path.is_empty());
        if !is_path || controller.len() > 250 {
            object.report(
                &rules::INGRESS,
                format_args!("/spec/controller"),
                format!("`{controller}` is no name of a controller"),
                "use a path in a domain, such as `ingress.k8s.aws/alb`",
            );
        }
    }
}
