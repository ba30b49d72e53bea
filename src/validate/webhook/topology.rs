//! Do topology constraints belong together, and does the cluster have their levels?

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::object::is_subdomain;
use crate::rules;
use crate::validate::graph::{Graph, Pathway, text};

pub(super) fn check(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    if !graph.is_graph {
        return;
    }
    constraints(graph, found);
    transfer(graph, found);
}

fn constraints(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    let constrained = || {
        let parts = graph.parts.iter();
        parts.filter(|part| part.node.get("topologyConstraint").is_some())
    };
    let Some(whole) = graph.spec.get("topologyConstraint") else {
        if let Some(part) = constrained().next() {
            let message = format!(
                "component `{}` has a topology constraint, and the graph has none",
                part.name
            );
            found.push(
                graph
                    .finding(
                        &rules::TOPOLOGY_CONSTRAINT,
                        &part.at("/topologyConstraint"),
                        message,
                    )
                    .help("say in `spec.topologyConstraint.clusterTopologyName` which topology its domain is of"),
            );
        }
        return;
    };
    let domain = text(whole, &["packDomain"]).filter(|domain| !domain.is_empty());
    if domain.is_none() && constrained().next().is_none() && whole.as_map().is_some() {
        let message = "the topology constraint names no domain to pack into";
        found.push(
            graph
                .finding(
                    &rules::TOPOLOGY_CONSTRAINT,
                    "/spec/topologyConstraint",
                    message,
                )
                .help("give it a `packDomain`, or give components a constraint of their own"),
        );
    }
    let Some(levels) = levels(graph, text(whole, &["clusterTopologyName"])) else {
        return;
    };
    let at = |domain: &str| levels.iter().position(|level| *level == domain);
    if let Some(domain) = domain
        && at(domain).is_none()
    {
        found.push(no_level(
            graph,
            "/spec/topologyConstraint/packDomain",
            domain,
            &levels,
        ));
    }
    for part in constrained() {
        let Some(own) = text(part.node, &["topologyConstraint", "packDomain"]) else {
            continue;
        };
        let pointer = part.at("/topologyConstraint/packDomain");
        match (at(own), domain.and_then(at)) {
            (None, _) => found.push(no_level(graph, &pointer, own, &levels)),
            (Some(own_level), Some(level)) if own_level < level => {
                let message = format!(
                    "component `{}` packs into a `{own}`, which is wider than the graph's `{}`",
                    part.name, levels[level]
                );
                found.push(
                    graph
                        .finding(&rules::TOPOLOGY_DOMAIN, &pointer, message)
                        .help("name the graph's domain or a narrower one"),
                );
            }
            _ => {}
        }
    }
}

/// The levels of a topology, widest first, if the profile knows them.
fn levels<'a>(graph: &Graph<'a>, name: Option<&str>) -> Option<Vec<&'a str>> {
    let topology = &graph.subject.cluster().topology;
    let known = topology.cluster_topology.as_ref()?;
    let is_meant = graph.pathway == Pathway::Grove && name == Some(known.value.as_str());
    let names = topology.levels.iter().map(|level| level.name.as_str());
    is_meant
        .then(|| names.collect::<Vec<_>>())
        .filter(|names| !names.is_empty())
}

fn no_level(graph: &Graph<'_>, pointer: &str, domain: &str, levels: &[&str]) -> Diagnostic {
    let message = format!("the cluster's topology has no level `{domain}`");
    let help = did_you_mean(domain, levels.iter().copied())
        .unwrap_or_else(|| format!("its levels are `{}`", levels.join("`, `")));
    graph
        .finding(&rules::TOPOLOGY_DOMAIN, pointer, message)
        .help(help)
}

fn transfer(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    let Some(policy) = graph.spec.at(&["experimental", "kvTransferPolicy"]) else {
        return;
    };
    let name = text(policy, &["clusterTopologyName"]).filter(|name| !name.is_empty());
    let Some(name) = name else { return };
    let pointer = |below: &str| format!("/spec/experimental/kvTransferPolicy/{below}");
    if !is_subdomain(name) {
        let message = format!("`{name}` cannot be the name of a topology");
        found.push(
            graph
                .finding(
                    &rules::TOPOLOGY_CONSTRAINT,
                    &pointer("clusterTopologyName"),
                    message,
                )
                .help("write the name of a ClusterTopologyBinding: lower-case letters, digits, `-` and `.`"),
        );
        return;
    }
    if let (Some(levels), Some(domain)) = (levels(graph, Some(name)), text(policy, &["domain"]))
        && !levels.contains(&domain)
    {
        found.push(no_level(graph, &pointer("domain"), domain, &levels));
    }
}
