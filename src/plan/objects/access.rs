//! As whom do the graph's pods run, and what may they do?

use super::Site;
use super::contexts::{Role, RoleBinding, ServiceAccount as AccountContext};
use super::nodes::{self, list, map, texts};
use crate::diagnostic::Diagnostic;
use crate::model::object::is_subdomain;
use crate::model::profile::{Discovery, IdentityKind};
use crate::model::release::ServiceAccount;
use crate::rules;
use crate::yaml::At;

pub(super) fn plan(site: &mut Site<'_>) {
    let Some(account) = &site.release.service_account else {
        return;
    };
    if !is_subdomain(&account.name) {
        site.report(
            Diagnostic::new(
                &rules::OBJECT_NAME,
                account.name.origin,
                format!(
                    "`{}` cannot be the name of a ServiceAccount",
                    account.name.value
                ),
            )
            .help("use lower-case letters, digits, `-` and `.`, a letter or digit at both ends"),
        );
        return;
    }
    let discovers = site.profile.dynamo.discovery == Discovery::Kubernetes;
    let annotation = identity(site, account);
    if account.existing {
        if discovers {
            site.report(
                Diagnostic::new(
                    &rules::DISCOVERY_RIGHTS,
                    account.name.origin,
                    format!(
                        "pods that run as `{}` find one another only if it may watch endpoints and write `dynamoworkermetadatas`",
                        account.name.value
                    ),
                )
                .help("bind it to a Role with these rights, or let the release make the account"),
            );
        }
        return;
    }
    let rule = &rules::OBJECT_SERVICE_ACCOUNT;
    let inputs = account.identity.as_ref().map(|identity| identity.origin);
    let origin = site.decide(rule, [account.name.origin].into_iter().chain(inputs), None);
    let context = AccountContext {
        name: nodes::at(&account.name, origin),
        namespace: site.namespace.clone(),
        labels: site.labels("access"),
        annotations: annotation.map(|(key, value)| map(origin, [(key, nodes::at(value, origin))])),
    };
    site.add(rule, origin, None, context);
    if discovers {
        rights(site, account);
    }
}

/// The annotation that carries the identity, if the mechanism wants one.
fn identity<'a>(
    site: &mut Site<'_>,
    account: &'a ServiceAccount,
) -> Option<(&'static str, &'a At<String>)> {
    let identity = account.identity.as_ref()?;
    let (key, fits, expected): (_, fn(&str) -> bool, _) = match site.profile.identity.kind {
        IdentityKind::None => {
            site.report(
                Diagnostic::new(
                    &rules::IDENTITY_UNSUPPORTED,
                    identity.origin,
                    format!(
                        "profile `{}` has no mechanism for cloud identities",
                        site.pair.profile.name
                    ),
                )
                .help("set `identity.kind` in the profile, or leave `identity` out"),
            );
            return None;
        }
        IdentityKind::PodIdentity => {
            site.report(
                Diagnostic::new(
                    &rules::IDENTITY_ASSOCIATION,
                    identity.origin,
                    format!(
                        "the role must be associated with the account `{}` in namespace `{}` through the EKS API",
                        account.name.value, site.pair.release.namespace
                    ),
                )
                .help("create the association where the cluster is made; no manifest can hold it"),
            );
            return None;
        }
        IdentityKind::Irsa => (
            "eks.amazonaws.com/role-arn",
            |id| id.starts_with("arn:") && id.contains(":role/"),
            "the ARN of an IAM role, such as `arn:aws:iam::111122223333:role/models`",
        ),
        IdentityKind::AzureWorkload => (
            "azure.workload.identity/client-id",
            |id| id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'),
            "the client id of a managed identity, a UUID",
        ),
        IdentityKind::GkeWorkload => (
            "iam.gke.io/gcp-service-account",
            |id| id.contains('@') && id.ends_with(".iam.gserviceaccount.com"),
            "the address of a Google service account, `<name>@<project>.iam.gserviceaccount.com`",
        ),
    };
    if !fits(identity) {
        site.report(
            Diagnostic::new(
                &rules::IDENTITY_FORM,
                identity.origin,
                format!(
                    "`{}` does not look like what the profile's identity mechanism expects",
                    identity.value
                ),
            )
            .help(format!("give {expected}")),
        );
    }
    Some((key, identity))
}

/// A Role with the rights that the operator gives its own account, and its binding.
fn rights(site: &mut Site<'_>, account: &ServiceAccount) {
    let rule = &rules::OBJECT_DISCOVERY_RIGHTS;
    let origin = site.decide(rule, [account.name.origin], None);
    let whole = format!("{}-discovery", account.name.value);
    let name = site.shorten(whole, origin, account.name.origin, "account");
    let right = |group: &str, resources: &[&str], verbs: &[&str]| {
        map(
            origin,
            [
                ("apiGroups", texts(origin, [group])),
                ("resources", texts(origin, resources.iter().copied())),
                ("verbs", texts(origin, verbs.iter().copied())),
            ],
        )
    };
    let read = ["get", "list", "watch"];
    let role = Role {
        name: name.clone(),
        namespace: site.namespace.clone(),
        labels: site.labels("access"),
        annotations: None,
        rules: list(
            origin,
            [
                right("", &["endpoints", "pods"], &read),
                right("discovery.k8s.io", &["endpointslices"], &read),
                right(
                    "nvidia.com",
                    &["dynamoworkermetadatas"],
                    &[
                        "create", "get", "list", "watch", "update", "patch", "delete",
                    ],
                ),
            ],
        ),
    };
    site.add(rule, origin, None, role);
    let binding = RoleBinding {
        name: name.clone(),
        namespace: site.namespace.clone(),
        labels: site.labels("access"),
        annotations: None,
        role: name,
        service_account: nodes::at(&account.name, origin),
    };
    site.add(rule, origin, None, binding);
}
