//! The pod as a whole: its containers' names, and fields that its owner restricts.

use super::{Report, items, text};
use crate::model::pod::PodTemplate;
use crate::rules;
use crate::yaml::Node;

pub(super) fn check(template: &PodTemplate<'_>, report: &mut Report<'_, '_>) {
    let Some(spec) = template.spec() else {
        return;
    };
    names(template, report);
    restart_policy(template, spec, report);
    for (field, least) in [
        ("terminationGracePeriodSeconds", 0),
        ("activeDeadlineSeconds", 1),
    ] {
        if let Some(seconds) = spec
            .get(field)
            .and_then(Node::as_int)
            .filter(|s| *s < least)
        {
            report.add(
                &rules::POD_FIELD,
                &template.at(&format!("/{field}")),
                format!("`{field}` is {seconds}"),
                format!("use a number of at least {least}"),
            );
        }
    }
    if text(spec, "dnsPolicy") == "None"
        && spec
            .at(&["dnsConfig", "nameservers"])
            .and_then(Node::as_list)
            .is_none_or(<[_]>::is_empty)
    {
        report.add(
            &rules::POD_FIELD,
            &template.at("/dnsPolicy"),
            "`dnsPolicy: None` needs name servers",
            "give `dnsConfig.nameservers`, or use `ClusterFirst`",
        );
    }
    if spec.get("hostNetwork").and_then(Node::as_bool) == Some(true) {
        host_ports(template, report);
    }
    security_context(template, spec, report);
}

fn names(template: &PodTemplate<'_>, report: &mut Report<'_, '_>) {
    let mut seen: Vec<&str> = Vec::new();
    for container in template.containers() {
        let name = container.name();
        if !name.is_empty() && seen.contains(&name) {
            report.add(
                &rules::CONTAINER_NAME,
                &container.at("/name"),
                format!(
                    "two containers of the pod are named `{}`",
                    name.escape_debug()
                ),
                "give each container a name of its own; init containers count as well",
            );
        }
        seen.push(name);
    }
}

fn restart_policy(template: &PodTemplate<'_>, spec: &Node, report: &mut Report<'_, '_>) {
    let policy = spec.get("restartPolicy").and_then(Node::as_str);
    let key = &report.manifest.key;
    let message = match (key.group(), key.kind.as_str(), policy) {
        ("apps", kind, Some(policy)) if policy != "Always" => {
            format!("pods of a {kind} are always restarted, not `{policy}`")
        }
        ("batch", kind, None | Some("Always")) => {
            format!("pods of a {kind} must not be restarted always")
        }
        _ => return,
    };
    let help = match key.group() {
        "apps" => "remove `restartPolicy`",
        _ => "use `restartPolicy: Never`, or `OnFailure` to try again in the same pod",
    };
    let at = template.at(if policy.is_some() {
        "/restartPolicy"
    } else {
        ""
    });
    report.add(&rules::POD_FIELD, &at, message, help);
}

/// On the node's network a container's port is the node's.
fn host_ports(template: &PodTemplate<'_>, report: &mut Report<'_, '_>) {
    for container in template.containers() {
        for (index, port) in items(container.node, "ports") {
            let number = |field: &str| port.get(field).and_then(Node::as_int);
            if let (Some(inside), Some(outside)) = (number("containerPort"), number("hostPort"))
                && inside != outside
            {
                report.add(
                    &rules::POD_FIELD,
                    &container.at(&format!("/ports/{index}/hostPort")),
                    format!("with `hostNetwork` the host port {outside} must be the container's {inside}"),
                    "remove `hostPort`",
                );
            }
        }
    }
}

fn security_context(template: &PodTemplate<'_>, spec: &Node, report: &mut Report<'_, '_>) {
    let of_pod = spec.get("securityContext");
    let pod_flag = |field: &str| of_pod.and_then(|context| context.get(field));
    for container in template.containers() {
        let context = container.node.get("securityContext");
        let own = |field: &str| context.and_then(|context| context.get(field));
        let is = |node: Option<&Node>, value: bool| node.and_then(Node::as_bool) == Some(value);
        if is(own("privileged"), true) && is(own("allowPrivilegeEscalation"), false) {
            report.add(
                &rules::POD_SECURITY_CONTEXT,
                &container.at("/securityContext/allowPrivilegeEscalation"),
                "a privileged container cannot forbid privilege escalation",
                "remove one of `privileged` and `allowPrivilegeEscalation`",
            );
        }
        let non_root = own("runAsNonRoot").or_else(|| pod_flag("runAsNonRoot"));
        let user = own("runAsUser").or_else(|| pod_flag("runAsUser"));
        if is(non_root, true) && user.and_then(Node::as_int) == Some(0) {
            let at = match own("runAsUser") {
                Some(_) => container.at("/securityContext/runAsUser"),
                None => template.at("/securityContext/runAsUser"),
            };
            report.add(
                &rules::POD_SECURITY_CONTEXT,
                &at,
                format!(
                    "`{}` runs as root, and `runAsNonRoot` forbids it",
                    container.name()
                ),
                "give another `runAsUser`, or remove `runAsNonRoot`",
            );
        }
        if let Some(profile) = own("seccompProfile") {
            seccomp(
                profile,
                &container.at("/securityContext/seccompProfile"),
                report,
            );
        }
    }
    if let Some(profile) = pod_flag("seccompProfile") {
        seccomp(
            profile,
            &template.at("/securityContext/seccompProfile"),
            report,
        );
    }
}

fn seccomp(profile: &Node, at: &str, report: &mut Report<'_, '_>) {
    let is_local = text(profile, "type") == "Localhost";
    let has_file = profile.get("localhostProfile").is_some();
    if is_local != has_file && profile.get("type").is_some() {
        let (message, help) = match is_local {
            true => (
                "a `Localhost` profile needs a file",
                "give `localhostProfile`",
            ),
            false => (
                "only a `Localhost` profile has a file",
                "remove `localhostProfile`",
            ),
        };
        report.add(&rules::POD_SECURITY_CONTEXT, at, message, help);
    }
}
