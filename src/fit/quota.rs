//! Do the pods of a namespace stay within its quotas and ranges?

use std::collections::{BTreeMap, BTreeSet};

use super::bound::subject;
use super::demand::Demand;
use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::model::pod::ContainerRole;
use crate::model::profile::ClusterProfileSpec;
use crate::model::quantity::Quantity;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::Node;

/// A bound on what the pods of a namespace ask for together.
struct Bound<'a> {
    namespace: Option<&'a str>,
    name: &'a str,
    most: Quantity,
    origin: Origin,
    whose: String,
}

pub(super) fn check(
    manifests: &[&Manifest],
    demands: &[Demand<'_>],
    cluster: &ClusterProfileSpec,
    found: &mut Vec<Diagnostic>,
) {
    let ranges: Vec<&Manifest> = of_kind(manifests, "LimitRange").collect();
    for range in &ranges {
        limit_range(range, demands, found);
    }
    let bounds = bounds(manifests, demands, cluster);
    for bound in &bounds {
        let members = || {
            demands
                .iter()
                .filter(|demand| demand.group.namespace.as_deref() == bound.namespace)
        };
        let asked: Quantity = members().map(|demand| total(demand, bound.name)).sum();
        if asked > bound.most {
            let largest = members().max_by_key(|demand| total(demand, bound.name));
            let Some(largest) = largest else { continue };
            let namespace = bound.namespace.unwrap_or("default");
            let message = format!(
                "the pods of namespace `{namespace}` ask for {asked} `{}`, {} allows {}",
                bound.name, bound.whose, bound.most
            );
            let resource = resource(bound.name);
            found.push(
                Diagnostic::new(&rules::FIT_QUOTA, largest.origin_of(resource), message)
                    .subject(subject(largest))
                    .label(bound.origin, "the quota")
                    .help("ask for fewer replicas, or raise the quota"),
            );
        }
        unspecified(bound, &ranges, members(), found);
    }
}

fn of_kind<'a>(
    manifests: &[&'a Manifest],
    kind: &'static str,
) -> impl Iterator<Item = &'a Manifest> {
    manifests
        .iter()
        .copied()
        .filter(move |manifest| manifest.key.kind == kind && manifest.key.group().is_empty())
}

fn bounds<'a>(
    manifests: &[&'a Manifest],
    demands: &'a [Demand<'_>],
    cluster: &'a ClusterProfileSpec,
) -> Vec<Bound<'a>> {
    let mut bounds = Vec::new();
    if !cluster.quotas.is_empty() {
        let namespaces: BTreeSet<Option<&str>> = demands
            .iter()
            .map(|demand| demand.group.namespace.as_deref())
            .collect();
        for namespace in namespaces {
            for (name, most) in &cluster.quotas {
                if let Some(amount) = Quantity::parse(most) {
                    bounds.push(Bound {
                        namespace,
                        name,
                        most: amount,
                        origin: most.origin,
                        whose: "the profile".to_owned(),
                    });
                }
            }
        }
    }
    for quota in of_kind(manifests, "ResourceQuota") {
        let Some(spec) = quota.object.get("spec") else {
            continue;
        };
        // A scope takes some of the pods only; which ones is not told by the resources.
        if spec.get("scopes").is_some() || spec.get("scopeSelector").is_some() {
            continue;
        }
        for entry in spec
            .get("hard")
            .and_then(Node::as_map)
            .into_iter()
            .flatten()
        {
            if let Some(most) = Quantity::of(&entry.value) {
                bounds.push(Bound {
                    namespace: quota.key.namespace.as_deref(),
                    name: &entry.key,
                    most,
                    origin: entry.value.origin,
                    whose: format!("ResourceQuota `{}`", quota.key.name),
                });
            }
        }
    }
    bounds
}

/// The resource that a name of a quota is about.
fn resource(name: &str) -> &str {
    name.strip_prefix("requests.")
        .or_else(|| name.strip_prefix("limits."))
        .unwrap_or(name)
}

/// What all pods of a group count for.
fn total(demand: &Demand<'_>, name: &str) -> Quantity {
    let group = &demand.group;
    let times = i64::try_from(group.pods()).unwrap_or(i64::MAX);
    if name == "pods" || name == "count/pods" {
        return Quantity::whole(times);
    }
    let one = match name.strip_prefix("limits.") {
        Some(resource) => limits(demand, resource),
        None => group
            .asks_for(resource(name))
            .map_or(Quantity::ZERO, |ask| ask.amount),
    };
    one * times
}

/// The limits of a pod's containers together.
fn limits(demand: &Demand<'_>, resource: &str) -> Quantity {
    let main = demand.template.containers().into_iter();
    main.filter(|container| container.role == ContainerRole::Main)
        .filter_map(|container| {
            let limit = container.node.at(&["resources", "limits", resource])?;
            Quantity::of(limit)
        })
        .sum()
}

/// Containers that do not say what a quota on cpu or memory counts.
fn unspecified<'d>(
    bound: &Bound<'_>,
    ranges: &[&Manifest],
    members: impl Iterator<Item = &'d Demand<'d>>,
    found: &mut Vec<Diagnostic>,
) {
    let resource = resource(bound.name);
    if !matches!(resource, "cpu" | "memory") {
        return;
    }
    let is_limit = bound.name.starts_with("limits.");
    let by_default = ranges
        .iter()
        .filter(|range| range.key.namespace.as_deref() == bound.namespace)
        .flat_map(|range| limits_of(range))
        .filter(|limit| limit.get("type").and_then(Node::as_str) == Some("Container"))
        .any(|limit| {
            // What has a limit by default requests as much.
            let has = |key: &str| limit.at(&[key, resource]).is_some();
            has("default") || has("max") || (!is_limit && (has("defaultRequest") || has("min")))
        });
    if by_default {
        return;
    }
    for demand in members {
        let missing = demand.template.containers().into_iter().find(|container| {
            let has = |side: &str| container.node.at(&["resources", side, resource]).is_some();
            container.role == ContainerRole::Main
                && !has("limits")
                && (is_limit || !has("requests"))
        });
        let Some(container) = missing else { continue };
        let side = if is_limit { "limits" } else { "requests" };
        let message = format!(
            "container `{}` of `{}` has no `resources.{side}.{resource}`, which {} counts",
            container.name(),
            demand.group.name,
            bound.whose
        );
        found.push(
            Diagnostic::new(&rules::FIT_QUOTA_UNSPECIFIED, container.node.origin, message)
                .subject(subject(demand))
                .label(bound.origin, "the quota")
                .help("the API server refuses such pods; a LimitRange in the namespace can give a default"),
        );
    }
}

fn limits_of<'a>(range: &'a Manifest) -> impl Iterator<Item = &'a Node> + use<'a> {
    let list = range.object.at(&["spec", "limits"]);
    list.and_then(Node::as_list).unwrap_or_default().iter()
}

/// Containers beyond the range of their namespace.
fn limit_range(range: &Manifest, demands: &[Demand<'_>], found: &mut Vec<Diagnostic>) {
    let of_namespace = |demand: &&Demand<'_>| demand.group.namespace == range.key.namespace;
    for limit in limits_of(range) {
        if limit.get("type").and_then(Node::as_str) != Some("Container") {
            continue;
        }
        let side = |key: &str| -> BTreeMap<&str, (Quantity, Origin)> {
            let map = limit.get(key).and_then(Node::as_map);
            map.into_iter()
                .flatten()
                .filter_map(|entry| {
                    let amount = Quantity::of(&entry.value)?;
                    Some((entry.key.as_str(), (amount, entry.value.origin)))
                })
                .collect()
        };
        let (most, least) = (side("max"), side("min"));
        for demand in demands.iter().filter(of_namespace) {
            for container in demand.template.containers() {
                let written = |side: &str, resource: &str| {
                    let node = container.node.at(&["resources", side, resource])?;
                    Some((Quantity::of(node)?, node.origin))
                };
                let above = most.iter().filter_map(|(resource, (most, at))| {
                    let (amount, origin) = written("limits", resource)?;
                    let word = format!("is limited to {amount} `{resource}`, above");
                    (amount > *most).then_some((origin, word, most, at))
                });
                let below = least.iter().filter_map(|(resource, (least, at))| {
                    let (amount, origin) =
                        written("requests", resource).or_else(|| written("limits", resource))?;
                    let word = format!("requests {amount} `{resource}`, below");
                    (amount < *least).then_some((origin, word, least, at))
                });
                for (origin, word, bound, at) in above.chain(below) {
                    let message = format!(
                        "container `{}` of `{}` {word} the {bound} of LimitRange `{}`",
                        container.name(),
                        demand.group.name,
                        range.key.name
                    );
                    found.push(
                        Diagnostic::new(&rules::FIT_LIMIT_RANGE, origin, message)
                            .subject(subject(demand))
                            .label(*at, "the range"),
                    );
                }
            }
        }
    }
}
