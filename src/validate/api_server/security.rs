//! The Pod Security Standards of the namespaces that are applied in the same go.
//!
//! The controls are those of <https://kubernetes.io/docs/concepts/security/pod-security-standards/>, in their
//! latest form; pods without a namespace among the manifests are held against nothing.

use std::collections::BTreeMap;

use super::{Report, Subject, items, text};
use crate::model::pod::{Container, PodTemplate};
use crate::model::profile::PodSecurity;
use crate::rules::{self, Severity};
use crate::yaml::Node;

/// What each namespace enforces, and what it only warns about or writes down.
pub(super) type Levels<'a> = BTreeMap<&'a str, (PodSecurity, PodSecurity)>;

/// The levels that the namespaces among the manifests give.
pub(super) fn levels<'a>(subject: &Subject<'a>) -> Levels<'a> {
    let level = |namespace: &Node, mode: &str| {
        let label = format!("pod-security.kubernetes.io/{mode}");
        match namespace
            .at(&["metadata", "labels", &label])
            .and_then(Node::as_str)
        {
            Some("baseline") => PodSecurity::Baseline,
            Some("restricted") => PodSecurity::Restricted,
            _ => PodSecurity::Privileged,
        }
    };
    let namespaces = subject.of_kind("", "Namespace");
    namespaces
        .map(|manifest| {
            let enforced = level(&manifest.object, "enforce");
            let noted = level(&manifest.object, "warn").max(level(&manifest.object, "audit"));
            (manifest.key.name.as_str(), (enforced, noted))
        })
        .collect()
}

/// Holds the pods against the level of their namespace.
pub(super) fn check(template: &PodTemplate<'_>, levels: &Levels<'_>, report: &mut Report<'_, '_>) {
    let namespace = report
        .manifest
        .key
        .namespace
        .as_deref()
        .unwrap_or("default");
    let Some(&(enforced, noted)) = levels.get(namespace) else {
        return;
    };
    let highest = enforced.max(noted);
    if highest == PodSecurity::Privileged {
        return;
    }
    for breach in breaches(template, highest) {
        let level = if breach.level <= enforced {
            enforced
        } else {
            noted
        };
        if breach.level > level {
            continue;
        }
        let message = format!(
            "{}, which `{}` of namespace `{namespace}` does not allow",
            breach.what,
            breach.level.as_str()
        );
        let finding = report
            .subject
            .finding(&rules::POD_SECURITY, report.manifest, &breach.at, message)
            .help(breach.help);
        report.found.push(match breach.level <= enforced {
            true => finding,
            // Only a warning at the door, or a line in the audit log.
            false => finding.severity(Severity::Warning),
        });
    }
}

/// Something that a level does not allow.
struct Breach {
    level: PodSecurity,
    at: String,
    what: String,
    help: &'static str,
}

/// The capabilities that the baseline level allows to add.
const BASELINE: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The sources of volumes that the restricted level allows.
const VOLUMES: [&str; 8] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// The kernel settings that the baseline level allows.
const SYSCTLS: [&str; 11] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
];

fn breaches(template: &PodTemplate<'_>, level: PodSecurity) -> Vec<Breach> {
    let mut found = Vec::new();
    let Some(spec) = template.spec() else {
        return found;
    };
    baseline(template, spec, &mut found);
    if level == PodSecurity::Restricted {
        restricted(template, spec, &mut found);
    }
    found
}

fn is(node: Option<&Node>, value: bool) -> bool {
    node.and_then(Node::as_bool) == Some(value)
}

fn context<'a>(container: &Container<'a>, field: &str) -> Option<&'a Node> {
    container.node.at(&["securityContext", field])
}

fn baseline(template: &PodTemplate<'_>, spec: &Node, found: &mut Vec<Breach>) {
    let mut add = |at: String, what: String, help: &'static str| {
        found.push(Breach {
            level: PodSecurity::Baseline,
            at,
            what,
            help,
        });
    };
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if is(spec.get(field), true) {
            let help = "remove it, or raise the level of the namespace to `privileged`";
            add(
                template.at(&format!("/{field}")),
                format!("the pod sets `{field}`"),
                help,
            );
        }
    }
    for (index, volume) in items(spec, "volumes") {
        if volume.get("hostPath").is_some() {
            add(
                template.at(&format!("/volumes/{index}/hostPath")),
                format!(
                    "the volume `{}` is a path of the node",
                    text(volume, "name")
                ),
                "use another kind of volume, or raise the level of the namespace to `privileged`",
            );
        }
    }
    if let Some(of_pod) = spec.get("securityContext") {
        for (index, sysctl) in items(of_pod, "sysctls") {
            let name = text(sysctl, "name");
            if !SYSCTLS.contains(&name) && name != "net.ipv4.tcp_wmem" {
                add(
                    template.at(&format!("/securityContext/sysctls/{index}")),
                    format!("the pod sets `{}`", name.escape_debug()),
                    "set it on the nodes",
                );
            }
        }
        unconfined(
            of_pod,
            &template.at("/securityContext"),
            "the pod",
            &mut add,
        );
    }
    for container in template.containers() {
        let name = container.name();
        let at = |below: &str| container.at(&format!("/securityContext/{below}"));
        if is(context(&container, "privileged"), true) {
            let help = "remove it, or raise the level of the namespace to `privileged`";
            add(at("privileged"), format!("`{name}` is privileged"), help);
        }
        if let Some(capabilities) = context(&container, "capabilities") {
            for (index, capability) in items(capabilities, "add") {
                let capability = capability.as_str().unwrap_or_default();
                if !BASELINE.contains(&capability) {
                    add(
                        at(&format!("capabilities/add/{index}")),
                        format!(
                            "`{name}` adds the capability `{}`",
                            capability.escape_debug()
                        ),
                        "do without it, or raise the level of the namespace to `privileged`",
                    );
                }
            }
        }
        for (index, port) in items(container.node, "ports") {
            if port
                .get("hostPort")
                .and_then(Node::as_int)
                .is_some_and(|port| port != 0)
            {
                let at = container.at(&format!("/ports/{index}/hostPort"));
                add(
                    at,
                    format!("`{name}` takes a port of the node"),
                    "use a Service",
                );
            }
        }
        let proc_mount = context(&container, "procMount").and_then(Node::as_str);
        if proc_mount.is_some_and(|kind| kind != "Default") {
            add(
                at("procMount"),
                format!("`{name}` unmasks `/proc`"),
                "remove `procMount`",
            );
        }
        if let Some(own) = container.node.get("securityContext") {
            let whose = format!("`{name}`");
            unconfined(own, &container.at("/securityContext"), &whose, &mut add);
        }
    }
}

/// Profiles of seccomp and AppArmor that confine nothing, SELinux users of one's own, Windows host processes.
fn unconfined(
    context: &Node,
    at: &str,
    whose: &str,
    add: &mut dyn FnMut(String, String, &'static str),
) {
    for profile in ["seccompProfile", "appArmorProfile"] {
        if context.at(&[profile, "type"]).and_then(Node::as_str) == Some("Unconfined") {
            add(
                format!("{at}/{profile}/type"),
                format!("{whose} has an unconfined `{profile}`"),
                "use `RuntimeDefault`",
            );
        }
    }
    for field in ["user", "role"] {
        if context.at(&["seLinuxOptions", field]).is_some() {
            let what = format!("{whose} sets an SELinux {field}");
            add(format!("{at}/seLinuxOptions/{field}"), what, "remove it");
        }
    }
    if is(context.at(&["windowsOptions", "hostProcess"]), true) {
        let what = format!("{whose} is a host process");
        add(
            format!("{at}/windowsOptions/hostProcess"),
            what,
            "remove it",
        );
    }
}

fn restricted(template: &PodTemplate<'_>, spec: &Node, found: &mut Vec<Breach>) {
    let mut add = |at: String, what: String, help: &'static str| {
        found.push(Breach {
            level: PodSecurity::Restricted,
            at,
            what,
            help,
        });
    };
    for (index, volume) in items(spec, "volumes") {
        let source = volume
            .as_map()
            .into_iter()
            .flatten()
            .find(|entry| entry.key != "name");
        if let Some(source) = source.filter(|entry| !VOLUMES.contains(&entry.key.as_str()))
            && source.key != "hostPath"
        {
            add(
                template.at(&format!("/volumes/{index}")),
                format!(
                    "the volume `{}` is of kind `{}`",
                    text(volume, "name"),
                    source.key.escape_debug()
                ),
                "use a claim, or one of the volumes that come with the pod",
            );
        }
    }
    let of_pod = |field: &str| spec.at(&["securityContext", field]);
    for container in template.containers() {
        let name = container.name();
        let own = |field: &str| context(&container, field);
        let at = || container.at("/securityContext");
        if !is(own("allowPrivilegeEscalation"), false) {
            let help = "set `allowPrivilegeEscalation: false`";
            add(at(), format!("`{name}` may escalate its privileges"), help);
        }
        let non_root = own("runAsNonRoot").or_else(|| of_pod("runAsNonRoot"));
        if !is(non_root, true) {
            add(
                at(),
                format!("`{name}` may run as root"),
                "set `runAsNonRoot: true`",
            );
        }
        let user = own("runAsUser").or_else(|| of_pod("runAsUser"));
        if user.and_then(Node::as_int) == Some(0) {
            add(
                at(),
                format!("`{name}` runs as root"),
                "give another `runAsUser`",
            );
        }
        let seccomp = own("seccompProfile").or_else(|| of_pod("seccompProfile"));
        if seccomp.is_none_or(|profile| text(profile, "type").is_empty()) {
            let help = "set `seccompProfile: {type: RuntimeDefault}`";
            add(at(), format!("`{name}` has no seccomp profile"), help);
        }
        let capabilities = own("capabilities");
        let drops_all = capabilities
            .is_some_and(|node| items(node, "drop").any(|(_, one)| one.as_str() == Some("ALL")));
        if !drops_all {
            let help = "set `capabilities: {drop: [ALL]}`";
            add(at(), format!("`{name}` keeps its capabilities"), help);
        }
        for (_, capability) in capabilities.into_iter().flat_map(|node| items(node, "add")) {
            let capability = capability.as_str().unwrap_or_default();
            if capability != "NET_BIND_SERVICE" && BASELINE.contains(&capability) {
                let what = format!("`{name}` adds the capability `{capability}`");
                add(at(), what, "only NET_BIND_SERVICE may be added");
            }
        }
    }
}
