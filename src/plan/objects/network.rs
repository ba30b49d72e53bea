//! Who may talk to the graph's pods, and whom may they talk to?

use super::contexts::NetworkPolicy;
use super::exposure::{self, Senders};
use super::monitors::{self, of_type, selector};
use super::nodes::{self, int, list, map, text, texts};
use super::{Site, environment};
use crate::model::graph::ComponentKind;
use crate::model::profile::{Discovery, IdentityKind};
use crate::origin::Origin;
use crate::rules::{self, Rule};
use crate::yaml::{At, Node};

/// One policy before it has a name.
struct Policy {
    suffix: &'static str,
    rule: &'static Rule,
    origin: Origin,
    pods: Node,
    ingress: Option<Node>,
    egress: Option<Node>,
}

pub(super) fn plan(site: &mut Site<'_>) {
    let plugin = &site.profile.capabilities.network_policy;
    if !site.release.network_policy.enabled || !plugin.value {
        return;
    }
    let inputs = [plugin.origin, site.graph.origin];
    deny(site, inputs);
    mesh(site, inputs);
    frontends(site, inputs);
    if monitors::watched(site) {
        metrics(site, inputs);
    }
    egress(site, inputs);
}

fn deny(site: &mut Site<'_>, inputs: [Origin; 2]) {
    let rule = &rules::OBJECT_NETWORK_DENY;
    let origin = site.decide(rule, inputs, None);
    let pods = selector(site.graph_selector(origin), origin);
    let name = site.name("deny", origin);
    let context = NetworkPolicy {
        name,
        namespace: site.namespace.clone(),
        labels: site.labels("network"),
        pod_selector: pods,
        policy_types: texts(origin, ["Ingress", "Egress"]),
        ingress: None,
        egress: None,
    };
    site.add(rule, origin, None, context);
}

fn mesh(site: &mut Site<'_>, inputs: [Origin; 2]) {
    let rule = &rules::OBJECT_NETWORK_MESH;
    let origin = site.decide(rule, inputs, None);
    let pods = selector(site.graph_selector(origin), origin);
    let peers = list(origin, [map(origin, [("podSelector", pods.clone())])]);
    let to_all = |key| Some(list(origin, [map(origin, [(key, peers.clone())])]));
    add(
        site,
        Policy {
            suffix: "mesh",
            rule,
            origin,
            pods,
            ingress: to_all("from"),
            egress: to_all("to"),
        },
    );
}

fn frontends(site: &mut Site<'_>, inputs: [Origin; 2]) {
    let (has_frontend, has_epp) = (
        site.has(ComponentKind::Frontend),
        site.has(ComponentKind::Epp),
    );
    if !has_frontend && !has_epp {
        return;
    }
    let mut namespaces: Vec<&At<String>> = site
        .profile
        .network
        .ingress_namespaces
        .iter()
        .chain(&site.release.network_policy.from_namespaces)
        .collect();
    let senders = exposure::senders(site);
    let (outside, load_balancer) = match senders {
        Senders::Network(origin) => (true, origin),
        Senders::Namespace(namespace) => {
            let is_named = namespaces.iter().any(|one| one.value == namespace.value);
            // No namespaces at all mean that everybody may come in.
            if !namespaces.is_empty() && !is_named {
                namespaces.push(namespace);
            }
            (false, Origin::None)
        }
        Senders::Named => (false, Origin::None),
    };
    let rule = &rules::OBJECT_NETWORK_FRONTEND;
    let origin = site.decide(
        rule,
        inputs
            .into_iter()
            .chain(namespaces.iter().map(|namespace| namespace.origin))
            .chain((load_balancer != Origin::None).then_some(load_balancer)),
        outside.then(|| "open to load balancers outside the cluster".to_owned()),
    );
    // A profile that names no gateway leaves the door open: load balancers that send to pods directly come
    // from outside the cluster's namespaces, and a closed door would be a guess.
    let from = (!namespaces.is_empty() && !outside).then(|| {
        list(
            origin,
            namespaces
                .iter()
                .map(|namespace| namespace_peer(namespace, origin)),
        )
    });
    let port = frontend_port(site);
    // An endpoint picker sends requests past the frontends, to sidecars of the workers, on the same port.
    let (pods, ports) = match has_epp {
        true => (site.graph_selector(origin), vec![port, 9002]),
        false => (of_type(site, ComponentKind::Frontend, origin), vec![port]),
    };
    let ports = ("ports", tcp(&ports, origin));
    let entry = map(
        origin,
        from.map(|from| ("from", from)).into_iter().chain([ports]),
    );
    add(
        site,
        Policy {
            suffix: "frontend",
            rule,
            origin,
            pods: selector(pods, origin),
            ingress: Some(list(origin, [entry])),
            egress: None,
        },
    );
}

fn metrics(site: &mut Site<'_>, inputs: [Origin; 2]) {
    let rule = &rules::OBJECT_NETWORK_METRICS;
    let monitoring = &site.profile.monitoring.namespace;
    let origin = site.decide(rule, inputs.into_iter().chain([monitoring.origin]), None);
    let from = list(origin, [namespace_peer(monitoring, origin)]);
    // Frontends, system servers and endpoint pickers, NIXL, planners.
    let ports = tcp(&[frontend_port(site), 9090, 19090, 9085], origin);
    let pods = selector(site.graph_selector(origin), origin);
    add(
        site,
        Policy {
            suffix: "metrics",
            rule,
            origin,
            pods,
            ingress: Some(list(
                origin,
                [map(origin, [("from", from), ("ports", ports)])],
            )),
            egress: None,
        },
    );
}

fn egress(site: &mut Site<'_>, inputs: [Origin; 2]) {
    let rule = &rules::OBJECT_NETWORK_EGRESS;
    let platform = site.profile.network.platform_namespace.as_ref();
    let monitoring = &site.profile.monitoring.namespace;
    let origin = site.decide(
        rule,
        inputs
            .into_iter()
            .chain(platform.map(|namespace| namespace.origin)),
        None,
    );
    let dns = list(
        origin,
        ["UDP", "TCP"].map(|protocol| port_entry(protocol, 53, origin)),
    );
    let mut entries = vec![
        map(origin, [("ports", dns)]),
        map(origin, [("ports", tcp(&[443, 6443], origin))]),
    ];
    let to = |peers: Vec<Node>, ports: &[u16]| {
        map(
            origin,
            [("to", list(origin, peers)), ("ports", tcp(ports, origin))],
        )
    };
    // The operator gives every pod the address of a NATS that the platform installs, and clients connect
    // whether or not they need it.
    if let Some(platform) = platform {
        entries.push(to(vec![namespace_peer(platform, origin)], &[4222, 2379]));
    } else if site.profile.dynamo.discovery == Discovery::Etcd {
        let any = map(origin, [("namespaceSelector", Node::map(origin))]);
        entries.push(to(vec![any], &[4222, 2379]));
    }
    if site.has(ComponentKind::Planner) {
        entries.push(to(vec![namespace_peer(monitoring, origin)], &[9090]));
    }
    // Agents on the node that hand out the cloud identity.
    let address = |cidr: &str| {
        map(
            origin,
            [("ipBlock", map(origin, [("cidr", text(cidr, origin))]))],
        )
    };
    if site.release.service_account.is_some() {
        match site.profile.identity.kind {
            IdentityKind::PodIdentity => {
                entries.push(to(vec![address("169.254.170.23/32")], &[80]))
            }
            IdentityKind::GkeWorkload => {
                entries.push(to(vec![address("169.254.169.254/32")], &[80]));
                entries.push(to(vec![address("169.254.169.252/32")], &[988]));
            }
            IdentityKind::None | IdentityKind::Irsa | IdentityKind::AzureWorkload => {}
        }
    }
    let pods = selector(site.graph_selector(origin), origin);
    add(
        site,
        Policy {
            suffix: "egress",
            rule,
            origin,
            pods,
            ingress: None,
            egress: Some(list(origin, entries)),
        },
    );
}

fn add(site: &mut Site<'_>, policy: Policy) {
    let Policy {
        suffix,
        rule,
        origin,
        pods,
        ingress,
        egress,
    } = policy;
    let types = [("Ingress", ingress.is_some()), ("Egress", egress.is_some())];
    let context = NetworkPolicy {
        name: site.name(suffix, origin),
        namespace: site.namespace.clone(),
        labels: site.labels("network"),
        pod_selector: pods,
        policy_types: texts(
            origin,
            types
                .iter()
                .filter(|(_, given)| *given)
                .map(|(name, _)| *name),
        ),
        ingress,
        egress,
    };
    site.add(rule, origin, None, context);
}

fn namespace_peer(namespace: &At<String>, origin: Origin) -> Node {
    let labels = map(
        origin,
        [("kubernetes.io/metadata.name", nodes::at(namespace, origin))],
    );
    map(origin, [("namespaceSelector", selector(labels, origin))])
}

/// The port the frontend listens on.
fn frontend_port(site: &Site<'_>) -> u16 {
    environment::variable_of(site, ComponentKind::Frontend, "DYN_HTTP_PORT")
        .and_then(|port| port.parse().ok())
        .unwrap_or(8000)
}

fn tcp(ports: &[u16], origin: Origin) -> Node {
    list(
        origin,
        ports.iter().map(|port| port_entry("TCP", *port, origin)),
    )
}

fn port_entry(protocol: &str, port: u16, origin: Origin) -> Node {
    map(
        origin,
        [
            ("protocol", text(protocol, origin)),
            ("port", int(port, origin)),
        ],
    )
}
