//! Does a role allow something, and does a binding give it to someone?

use super::{Object, below, field, is_empty, items, text};
use crate::rules;
use crate::yaml::Node;

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn check_role(object: &mut Object<'_, '_>) {
    let role = &object.manifest.object;
    let is_cluster = object.kind() == "ClusterRole";
    for (index, rule) in items(role, "rules") {
        if rule.as_map().is_none() {
            continue;
        }
        if field(rule, "verbs").is_some() && is_empty(rule, "verbs") {
            object.report(
                &rules::ROLE,
                format_args!("/rules/{index}/verbs"),
                "the rule has no verbs",
                "name what may be done, such as `get`, `list`, `watch`",
            );
        }
        let has_urls = !is_empty(rule, "nonResourceURLs");
        let has_resources = !is_empty(rule, "resources") || !is_empty(rule, "apiGroups");
        if has_urls && !is_cluster {
            object.report(
                &rules::ROLE,
                format_args!("/rules/{index}/nonResourceURLs"),
                "a Role is of a namespace, and URLs are of none",
                "move the rule to a ClusterRole",
            );
        } else if has_urls && (has_resources || !is_empty(rule, "resourceNames")) {
            object.report(
                &rules::ROLE,
                format_args!("/rules/{index}/nonResourceURLs"),
                "a rule is about either resources or URLs",
                "make two rules of it",
            );
        } else if !has_urls {
            for (key, help) in [
                (
                    "apiGroups",
                    "name the groups; the core group is `\"\"`, as in `apiGroups: [\"\"]`",
                ),
                ("resources", "name the resources, such as `pods`"),
            ] {
                if is_empty(rule, key) {
                    object.report(
                        &rules::ROLE,
                        format_args!("/rules/{index}"),
                        format!("the rule has no `{key}`"),
                        help,
                    );
                }
            }
        }
    }
    if let Some(aggregation) = field(role, "aggregationRule")
        && is_empty(aggregation, "clusterRoleSelectors")
    {
        object.report(
            &rules::ROLE,
            format_args!("/aggregationRule"),
            "the aggregation selects no roles",
            "add `clusterRoleSelectors`",
        );
    }
}

pub(super) fn check_binding(object: &mut Object<'_, '_>) {
    let binding = &object.manifest.object;
    let is_cluster = object.kind() == "ClusterRoleBinding";
    let kind = below(binding, &["roleRef", "kind"]).and_then(Node::as_str);
    if is_cluster && kind == Some("Role") {
        object.report(
            &rules::ROLE_BINDING,
            format_args!("/roleRef/kind"),
            "a ClusterRoleBinding cannot bind a Role",
            "bind a ClusterRole, or use a RoleBinding in the role's namespace",
        );
    }
    if below(binding, &["roleRef", "name"]).and_then(Node::as_str) == Some("") {
        object.report(
            &rules::ROLE_BINDING,
            format_args!("/roleRef/name"),
            "the role's name is empty",
            "name the role that is bound",
        );
    }
    for (index, subject) in items(binding, "subjects") {
        let group = text(subject, "apiGroup").unwrap_or("");
        let name = text(subject, "name");
        if name == Some("") {
            object.report(
                &rules::ROLE_BINDING,
                format_args!("/subjects/{index}/name"),
                "the subject's name is empty",
                "name who gets the role",
            );
        }
        match text(subject, "kind") {
            Some("ServiceAccount") => {
                if !group.is_empty() {
                    object.report(
                        &rules::ROLE_BINDING,
                        format_args!("/subjects/{index}/apiGroup"),
                        format!("accounts are of the core group, not of `{group}`"),
                        "remove `apiGroup`",
                    );
                }
                if is_cluster && is_empty(subject, "namespace") {
                    object.report(
                        &rules::ROLE_BINDING,
                        format_args!("/subjects/{index}"),
                        "the account's namespace is missing",
                        "add `namespace`: a ClusterRoleBinding has none of its own",
                    );
                }
            }
            Some("User" | "Group") if !group.is_empty() && group != GROUP => object.report(
                &rules::ROLE_BINDING,
                format_args!("/subjects/{index}/apiGroup"),
                format!("users and groups are of `{GROUP}`, not of `{group}`"),
                "remove `apiGroup`",
            ),
            _ => {}
        }
    }
}
