//! Where does the certificate of the hosts come from?

use super::super::Site;
use super::super::contexts::Certificate;
use super::super::nodes::{self, list, text};
use super::Door;
use crate::diagnostic::Diagnostic;
use crate::model::profile::{IssuerKind, Scope};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{At, Node};

/// A certificate as an entry can use it.
pub(super) enum Tls<'a> {
    /// In a Secret of the release's namespace.
    Secret(Node),
    /// Known to the provider by this name.
    Provider(&'a At<String>),
}

/// The certificate that an entry is to have; makes it if cert-manager is asked.
pub(super) fn plan<'a>(site: &mut Site<'a>, door: &Door<'a>) -> Option<Tls<'a>> {
    let Some(source) = door.tls else {
        if door.scope == Scope::Public {
            site.report(
                Diagnostic::new(
                    &rules::EXPOSURE_TLS,
                    door.asked
                        .scope
                        .as_ref()
                        .map_or(door.asked.origin, |one| one.origin),
                    "requests from the internet come in without TLS",
                )
                .help(
                    "give `tls` a `certManager` issuer, a `secret` or the provider's `certificate`",
                ),
            );
        }
        return None;
    };
    let given = [
        source.cert_manager.is_some(),
        source.secret.is_some(),
        source.certificate.is_some(),
        source.gateway.is_some(),
    ];
    if given.iter().filter(|one| **one).count() != 1 {
        site.report(
            Diagnostic::new(
                &rules::EXPOSURE_TLS,
                source.origin,
                "`tls` needs exactly one source of certificates",
            )
            .help("give one of `certManager`, `secret`, `certificate` and `gateway`")
            .severity(rules::Severity::Error),
        );
        return None;
    }
    if let Some(certificate) = &source.certificate {
        return Some(Tls::Provider(certificate));
    }
    if let Some(secret) = &source.secret {
        let origin = site.decide(&rules::EXPOSURE_CERTIFICATE, [secret.origin], None);
        return Some(Tls::Secret(nodes::at(secret, origin)));
    }
    let issuer = source.cert_manager.as_ref()?;
    let hosts: Vec<&At<String>> = door
        .asked
        .hosts
        .iter()
        .chain(&door.asked.preview_hosts)
        .collect();
    if hosts.is_empty() {
        site.report(
            Diagnostic::new(
                &rules::EXPOSURE_TLS,
                issuer.origin,
                "a certificate needs host names to be made for",
            )
            .help("give the exposure `hosts`")
            .severity(rules::Severity::Error),
        );
        return None;
    }
    let capability = &site.profile.capabilities.cert_manager;
    if !capability.value {
        let origin = capability.origin;
        let mut diagnostic = Diagnostic::new(
            &rules::EXPOSURE_CAPABILITY,
            issuer.origin,
            "the cluster has no cert-manager",
        )
        .help("say `certManager: true` in the profile's capabilities if it has");
        if origin != Origin::None {
            diagnostic = diagnostic.label(origin, "the profile says so");
        }
        site.report(diagnostic);
        return None;
    }
    let inputs = [issuer.origin, capability.origin];
    let origin = site.decide(&rules::EXPOSURE_CERTIFICATE, inputs, None);
    let name = site.name("tls", origin);
    let kind = match issuer.kind {
        IssuerKind::Issuer => "Issuer",
        IssuerKind::ClusterIssuer => "ClusterIssuer",
    };
    let context = Certificate {
        name: name.clone(),
        namespace: site.namespace.clone(),
        labels: door.labels(site, origin),
        hosts: list(origin, hosts.iter().map(|host| nodes::at(host, origin))),
        issuer_kind: text(kind, origin),
        issuer: nodes::at(&issuer.name, origin),
    };
    site.add(&rules::EXPOSURE_CERTIFICATE, origin, None, context);
    Some(Tls::Secret(name))
}

/// A certificate that the entry cannot use: those of Gateways belong to their listeners.
pub(super) fn of_gateway(site: &mut Site<'_>, door: &Door<'_>, what: &str) {
    let Some(source) = door.tls.filter(|source| source.gateway.is_none()) else {
        return;
    };
    site.report(
        Diagnostic::new(
            &rules::EXPOSURE_TLS,
            source.origin,
            format!("{what} has no certificate of its own: it is the Gateway's"),
        )
        .help(
            "give the certificate to the Gateway's listener, and write `tls: {gateway: true}` here",
        )
        .severity(rules::Severity::Error),
    );
}
