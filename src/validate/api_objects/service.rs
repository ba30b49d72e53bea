//! Can a Service be reached as it says?

use std::net::IpAddr;

use super::syntax::{
    Cidr, PORT_NAME, is_dns_label, is_label_value, is_qualified_name, port_mistake,
};
use super::{Object, entries, field, int, is_empty, items, step, text};
use crate::model::object::is_subdomain;
use crate::rules;
use crate::yaml::{Node, Value};

/// The node ports of a cluster that was not told otherwise, as none of the managed ones is.
const NODE_PORTS: std::ops::RangeInclusive<i64> = 30_000..=32_767;

pub(super) fn check(object: &mut Object<'_, '_>) {
    let Some(spec) = object.spec() else { return };
    if spec.as_map().is_none() {
        return;
    }
    let kind = text(spec, "type").unwrap_or("ClusterIP");
    check_ports(object, spec, kind);
    check_type(object, spec, kind);
    check_addresses(object, spec, kind);
    for entry in entries(spec, "selector") {
        let is_value = entry.value.as_str().is_none_or(is_label_value);
        if !is_qualified_name(&entry.key) || !is_value {
            object.report(
                &rules::LABEL_SELECTOR,
                format_args!("/spec/selector/{}", step(&entry.key)),
                format!("`{}` and its value cannot be a label's", entry.key),
                "keys and values have at most 63 letters, digits, `-`, `_` and `.`, and start and end with a letter or digit",
            );
        }
    }
}

fn check_ports(object: &mut Object<'_, '_>, spec: &Node, kind: &str) {
    let is_headless = text(spec, "clusterIP") == Some("None");
    let count = items(spec, "ports").count();
    if count == 0 && !is_headless && kind != "ExternalName" {
        let is_list = field(spec, "ports").is_none_or(|ports| ports.as_list().is_some());
        // A misspelt `ports` is the schema's.
        let is_misspelt = entries_of(spec).any(|key| key.starts_with("port"));
        if is_list && (!is_misspelt || field(spec, "ports").is_some()) {
            object.report(
                &rules::SERVICE_PORTS,
                format_args!("/spec"),
                "a Service with a cluster IP needs a port",
                "add `ports`, or set `clusterIP: None` if only the pods' names are wanted",
            );
        }
        return;
    }
    for (index, port) in items(spec, "ports") {
        check_port(object, port, index, count, kind);
        for (other, earlier) in items(spec, "ports").take(index) {
            if let Some((what, key)) = clash(earlier, port) {
                object.report(
                    &rules::SERVICE_PORTS,
                    format_args!("/spec/ports/{index}/{key}"),
                    format!("two ports have the same {what}"),
                    "each port needs its own",
                );
                object.label(&format!("/spec/ports/{other}/{key}"), "the other");
                break;
            }
        }
    }
}

fn entries_of(spec: &Node) -> impl Iterator<Item = &str> {
    let map = spec.as_map();
    map.into_iter()
        .flat_map(|map| map.iter())
        .map(|entry| entry.key.as_str())
        .filter(|key| *key != "ports")
}

/// What two ports have in common that they must not, and the field.
fn clash(a: &Node, b: &Node) -> Option<(&'static str, &'static str)> {
    let protocol = |port| text(port, "protocol").unwrap_or("TCP").to_owned();
    let name = |port| text(port, "name").filter(|name| !name.is_empty());
    let node_port = |port| int(port, "nodePort").filter(|number| *number != 0);
    if name(a).is_some() && name(a) == name(b) {
        Some(("name", "name"))
    } else if protocol(a) != protocol(b) {
        None
    } else if int(a, "port").is_some() && int(a, "port") == int(b, "port") {
        Some(("number and protocol", "port"))
    } else if node_port(a).is_some() && node_port(a) == node_port(b) {
        Some(("node port", "nodePort"))
    } else {
        None
    }
}

fn check_port(object: &mut Object<'_, '_>, port: &Node, index: usize, count: usize, kind: &str) {
    if port.as_map().is_none() {
        return;
    }
    match text(port, "name") {
        _ if count > 1 && is_empty(port, "name") => object.report(
            &rules::SERVICE_PORTS,
            format_args!("/spec/ports/{index}"),
            "a port needs a name where there are several",
            "add `name`, such as `http`",
        ),
        Some(name) if !name.is_empty() && !is_dns_label(name) => object.report(
            &rules::SERVICE_PORTS,
            format_args!("/spec/ports/{index}/name"),
            format!("`{name}` cannot be the name of a port"),
            "use lower-case letters, digits and `-`",
        ),
        _ => {}
    }
    if let Some(target) = field(port, "targetPort")
        && target.as_str() != Some("")
        && target.as_int() != Some(0)
        && let Some(mistake) = port_mistake(target)
    {
        object.report(
            &rules::SERVICE_PORTS,
            format_args!("/spec/ports/{index}/targetPort"),
            format!("`targetPort`: {mistake}"),
            format!("give a number, or the name of a container's port: {PORT_NAME}"),
        );
    }
    if let Some(protocol) = text(port, "appProtocol")
        && !is_qualified_name(protocol)
    {
        object.report(
            &rules::SERVICE_PORTS,
            format_args!("/spec/ports/{index}/appProtocol"),
            format!("`{protocol}` is no application protocol"),
            "use a name such as `http` or `kubernetes.io/h2c`",
        );
    }
    let Some(number) = int(port, "nodePort").filter(|number| *number != 0) else {
        return;
    };
    if !matches!(kind, "NodePort" | "LoadBalancer") {
        object.report(
            &rules::SERVICE_TYPE,
            format_args!("/spec/ports/{index}/nodePort"),
            format!("a Service of the type `{kind}` has no node ports"),
            "remove `nodePort`, or set `type: NodePort`",
        );
    } else if !NODE_PORTS.contains(&number) {
        object.report(
            &rules::SERVICE_PORTS,
            format_args!("/spec/ports/{index}/nodePort"),
            format!("node port `{number}` is not in 30000 to 32767"),
            "leave it out and the cluster chooses one",
        );
    }
}

/// Fields, who uses them, and in words.
const OF_TYPES: &[(&str, &[&str], &str)] = &[
    ("loadBalancerClass", &["LoadBalancer"], "a load balancer"),
    (
        "loadBalancerSourceRanges",
        &["LoadBalancer"],
        "a load balancer",
    ),
    (
        "allocateLoadBalancerNodePorts",
        &["LoadBalancer"],
        "a load balancer",
    ),
    ("healthCheckNodePort", &["LoadBalancer"], "a load balancer"),
    (
        "externalTrafficPolicy",
        &["LoadBalancer", "NodePort"],
        "a load balancer or node ports",
    ),
];

fn check_type(object: &mut Object<'_, '_>, spec: &Node, kind: &str) {
    for (key, kinds, words) in OF_TYPES {
        let is_set = !is_empty(spec, key) && int(spec, key) != Some(0);
        let is_external = *key == "externalTrafficPolicy"
            && kind == "ClusterIP"
            && items(spec, "externalIPs").count() > 0;
        if is_set && !kinds.contains(&kind) && !is_external {
            object.report(
                &rules::SERVICE_TYPE,
                format_args!("/spec/{key}"),
                format!(
                    "`{key}` needs a Service with {words}, and this one is of the type `{kind}`"
                ),
                "remove the field, or change `type`",
            );
        }
    }
    if int(spec, "healthCheckNodePort").is_some_and(|port| port != 0)
        && kind == "LoadBalancer"
        && text(spec, "externalTrafficPolicy") != Some("Local")
    {
        object.report(
            &rules::SERVICE_TYPE,
            format_args!("/spec/healthCheckNodePort"),
            "`healthCheckNodePort` needs `externalTrafficPolicy: Local`",
            "remove one, or add the other",
        );
    }
    if field(spec, "sessionAffinityConfig").is_some()
        && text(spec, "sessionAffinity") != Some("ClientIP")
    {
        object.report(
            &rules::SERVICE_TYPE,
            format_args!("/spec/sessionAffinityConfig"),
            "`sessionAffinityConfig` needs `sessionAffinity: ClientIP`",
            "remove one, or add the other",
        );
    }
    if let Some(distribution) = text(spec, "trafficDistribution")
        && !matches!(
            distribution,
            "PreferClose" | "PreferSameZone" | "PreferSameNode"
        )
    {
        object.report(
            &rules::SERVICE_TYPE,
            format_args!("/spec/trafficDistribution"),
            format!("`{distribution}` is no traffic distribution"),
            "use `PreferSameZone`, `PreferSameNode` or `PreferClose`",
        );
    }
    if let Some(class) = text(spec, "loadBalancerClass")
        && !is_qualified_name(class)
    {
        object.report(
            &rules::SERVICE_TYPE,
            format_args!("/spec/loadBalancerClass"),
            format!("`{class}` is no class of load balancers"),
            "use a name such as `service.k8s.aws/nlb`",
        );
    }
    if kind == "ExternalName" {
        check_external_name(object, spec);
    } else if text(spec, "clusterIP") == Some("None") && kind != "ClusterIP" {
        object.report(
            &rules::SERVICE_TYPE,
            format_args!("/spec/clusterIP"),
            format!("a Service of the type `{kind}` needs a cluster IP"),
            "remove `clusterIP: None`, or `type`",
        );
    }
}

fn check_external_name(object: &mut Object<'_, '_>, spec: &Node) {
    match text(spec, "externalName") {
        Some(name) if !name.is_empty() => {
            if !is_subdomain(name.strip_suffix('.').unwrap_or(name)) {
                object.report(
                    &rules::SERVICE_TYPE,
                    format_args!("/spec/externalName"),
                    format!("`{name}` is no DNS name"),
                    "give a name such as `models.example.com`, without a scheme or port",
                );
            }
        }
        _ => object.report(
            &rules::SERVICE_TYPE,
            format_args!("/spec/type"),
            "a Service of the type `ExternalName` needs an `externalName`",
            "give the DNS name that it stands for",
        ),
    }
    if let Some(address) = text(spec, "clusterIP")
        && !address.is_empty()
    {
        object.report(
            &rules::SERVICE_TYPE,
            format_args!("/spec/clusterIP"),
            "a Service of the type `ExternalName` has no cluster IP",
            "remove `clusterIP`",
        );
    }
}

fn check_addresses(object: &mut Object<'_, '_>, spec: &Node, kind: &str) {
    const HELP: &str =
        "leave it out and the cluster gives one, or write `None` for a headless Service";
    let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
    let cluster = text(spec, "clusterIP").filter(|address| !address.is_empty());
    if let Some(address) = cluster
        && address != "None"
        && !is_address(address)
    {
        object.report(
            &rules::SERVICE_ADDRESS,
            format_args!("/spec/clusterIP"),
            format!("`{address}` is no address"),
            HELP,
        );
    }
    for (index, address) in items(spec, "clusterIPs") {
        let Some(address) = address.as_str() else {
            continue;
        };
        let is_first = index == 0;
        if address != "None" && !is_address(address) {
            object.report(
                &rules::SERVICE_ADDRESS,
                format_args!("/spec/clusterIPs/{index}"),
                format!("`{address}` is no address"),
                HELP,
            );
        } else if is_first && cluster.is_some_and(|cluster| cluster != address) {
            object.report(
                &rules::SERVICE_ADDRESS,
                format_args!("/spec/clusterIPs/0"),
                "the first of `clusterIPs` must be `clusterIP`",
                "leave `clusterIPs` out: it follows from `clusterIP`",
            );
        }
    }
    let families = items(spec, "ipFamilies").count();
    let is_single = text(spec, "ipFamilyPolicy") == Some("SingleStack");
    let mut families_of = items(spec, "ipFamilies").map(|(_, family)| &family.value);
    let is_twice = families == 2 && families_of.next() == families_of.next();
    if families > 2 || is_twice || families == 2 && is_single {
        object.report(
            &rules::SERVICE_ADDRESS,
            format_args!("/spec/ipFamilies"),
            "a Service has one IP family, or both with a dual-stack policy",
            "name each family once, and set `ipFamilyPolicy` to `PreferDualStack` for two",
        );
    }
    for (index, address) in items(spec, "externalIPs") {
        if let Value::String(address) = &address.value
            && !address.parse::<IpAddr>().is_ok_and(is_public)
        {
            object.report(
                &rules::SERVICE_ADDRESS,
                format_args!("/spec/externalIPs/{index}"),
                format!("`{address}` is no address that others can reach"),
                "give an address that is routed to the nodes",
            );
        }
    }
    for (index, range) in items(spec, "loadBalancerSourceRanges") {
        if let Some(range) = range.as_str()
            && kind == "LoadBalancer"
            && Cidr::parse(range.trim()).is_none()
        {
            object.report(
                &rules::SERVICE_ADDRESS,
                format_args!("/spec/loadBalancerSourceRanges/{index}"),
                format!("`{range}` is no block of addresses"),
                "write a block such as `10.0.0.0/8`",
            );
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !address.is_unspecified() && !address.is_loopback() && !address.is_multicast() && !is_link_local
}
