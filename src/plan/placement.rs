//! On which nodes do a component's pods stand, and how far from one another?

use super::component::{main_container, pod_mut};
use super::{Notes, Site};
use crate::model::graph::{Component, ComponentKind};
use crate::model::profile::{Pool, Taint, TolerationOperator};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{At, Node};

const GRAPH_LABEL: &str = "nvidia.com/dynamo-graph-deployment-name";
const COMPONENT_LABEL: &str = "nvidia.com/dynamo-component";
const HOST: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";

pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    if let Some(pool) = site.pool {
        tolerations(pool, node, notes);
        selector(pool, node, notes);
    }
    if site.component.kind == ComponentKind::Frontend {
        spread(site, node, notes);
    }
    apart(site, node, notes);
    together(site, node, notes);
    scheduler(site, node, notes);
}

/// Upstream's own tolerations of a provider component, in place of computed ones.
pub(super) fn exact_tolerations(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let Some(fabric) = site.fabric else { return };
    for toleration in &fabric.exact_tolerations {
        let origin = notes.decide(&rules::POOL_TOLERATIONS, [toleration.origin]);
        let operator = match toleration.operator {
            TolerationOperator::Exists => "Exists",
            TolerationOperator::Equal => "Equal",
        };
        let effect = toleration.effect.as_str();
        let item = toleration_node(
            &toleration.key,
            operator,
            toleration.value.value.as_deref(),
            effect,
            origin,
        );
        push_toleration(node, item, origin);
    }
}

/// One toleration for every taint of the pool that nothing tolerates yet. `Exists` fits whatever value the
/// taint has.
fn tolerations(pool: &At<Pool>, node: &mut Node, notes: &mut Notes) {
    for taint in &pool.taints {
        let tolerated = super::component::pod(node)
            .and_then(|pod| pod.get("tolerations"))
            .and_then(Node::as_list)
            .is_some_and(|list| list.iter().any(|toleration| tolerates(toleration, taint)));
        if tolerated {
            continue;
        }
        let origin = notes.decide_that(
            &rules::POOL_TOLERATIONS,
            [taint.origin, pool.origin],
            format!("pool `{}` has the taint `{}`", *pool.name, taint.key),
        );
        let item = toleration_node(&taint.key, "Exists", None, taint.effect.as_str(), origin);
        push_toleration(node, item, origin);
    }
}

fn toleration_node(
    key: &str,
    operator: &str,
    value: Option<&str>,
    effect: &str,
    origin: Origin,
) -> Node {
    let mut item = Node::map(origin);
    item.set("key", Node::new(key, origin));
    item.set("operator", Node::new(operator, origin));
    if let Some(value) = value {
        item.set("value", Node::new(value, origin));
    }
    item.set("effect", Node::new(effect, origin));
    item
}

fn push_toleration(node: &mut Node, item: Node, origin: Origin) {
    if let Some(pod) = pod_mut(node)
        && let Some(list) = pod.ensure_list("tolerations", origin).as_list_mut()
        && !list.contains(&item)
    {
        list.push(item);
    }
}

/// Whether the API server would let a pod with this toleration onto a node with this taint.
pub(crate) fn tolerates(toleration: &Node, taint: &Taint) -> bool {
    let text = |key: &str| toleration.get(key).and_then(Node::as_str);
    let effect =
        text("effect").is_none_or(|effect| effect.is_empty() || effect == taint.effect.as_str());
    let key = text("key").unwrap_or_default();
    let value = text("value").unwrap_or_default();
    effect
        && match text("operator").unwrap_or("Equal") {
            "Exists" => key.is_empty() || key == taint.key,
            _ => key == taint.key && value == taint.value.as_deref().unwrap_or_default(),
        }
}

/// The labels the profile selects the pool by. The author's own selector stays, key by key.
fn selector(pool: &At<Pool>, node: &mut Node, notes: &mut Notes) {
    for key in &pool.select_by {
        let Some(value) = pool.labels.get(key.as_str()) else {
            continue;
        };
        let has = super::component::pod(node)
            .is_some_and(|pod| pod.at(&["nodeSelector", key.as_str()]).is_some());
        if has {
            continue;
        }
        let origin = notes.decide_that(
            &rules::POOL_SELECTOR,
            [key.origin, value.origin, pool.origin],
            format!("pool `{}`", *pool.name),
        );
        if let Some(pod) = pod_mut(node) {
            pod.ensure_map("nodeSelector", origin)
                .set(key, Node::new(value.value.as_str(), origin));
        }
    }
}

/// Frontends stand in different zones and on different nodes where they can.
fn spread(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let Some(pod) = pod_mut(node) else { return };
    if pod.get("topologySpreadConstraints").is_some() {
        return;
    }
    let origin = notes.decide(&rules::FRONTEND_SPREAD, []);
    let constraints = [ZONE, HOST].map(|key| {
        let mut constraint = Node::map(origin);
        constraint.set("maxSkew", Node::new(1_i64, origin));
        constraint.set("topologyKey", Node::new(key, origin));
        constraint.set("whenUnsatisfiable", Node::new("ScheduleAnyway", origin));
        let labels = constraint
            .ensure_map("labelSelector", origin)
            .ensure_map("matchLabels", origin);
        labels.set(GRAPH_LABEL, Node::new(site.pair.graph_name(), origin));
        labels.set(
            COMPONENT_LABEL,
            Node::new(site.component.name.as_str(), origin),
        );
        constraint
    });
    pod.set(
        "topologySpreadConstraints",
        Node::new(constraints.to_vec(), origin),
    );
}

/// Prefill and decode workers on different nodes, where the fabric does not work within one.
fn apart(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let Some(fabric) = site.fabric else { return };
    let separate = &fabric.placement.separate_prefill_decode;
    let other = match site.component.kind {
        ComponentKind::Prefill => ComponentKind::Decode,
        ComponentKind::Decode => ComponentKind::Prefill,
        _ => return,
    };
    if !separate.value {
        return;
    }
    let others = names(site, |component| component.kind == other);
    if others.is_empty() || has_affinity(node, "podAntiAffinity") {
        return;
    }
    let origin = notes.decide(&rules::FABRIC_APART, [separate.origin]);
    let term = affinity_term(site, &others, HOST, origin);
    require(node, "podAntiAffinity", term, origin);
}

/// Workers that talk GPU to GPU where the fabric reaches: in one zone, block or rack.
fn together(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    if has_affinity(node, "podAffinity") {
        return;
    }
    let nvlink = site.pool.and_then(|pool| pool.nvlink.as_ref());
    if let Some(nvlink) = nvlink
        && site.component.node_count > 1
        && site.component.replicas == 1
        && nvlink.nodes > 1
        && let Some(key) = &nvlink.topology_key
    {
        let origin = notes.decide(&rules::NVLINK_TOGETHER, [nvlink.origin]);
        let own = [site.component.name.as_str()];
        let term = affinity_term(site, &own, key, origin);
        require(node, "podAffinity", term, origin);
    }
    let Some(same) = site
        .fabric
        .and_then(|fabric| fabric.placement.same.as_ref())
    else {
        return;
    };
    let coupled = names(site, |component| {
        component.kind.is_worker() && super::fabric_of(site.pair, component, site.pool).is_some()
    });
    let origin = notes.decide(&rules::FABRIC_TOGETHER, [same.origin]);
    let term = affinity_term(site, &coupled, same, origin);
    require(node, "podAffinity", term, origin);
}

fn names<'a>(site: &Site<'a>, wanted: impl Fn(&Component) -> bool) -> Vec<&'a str> {
    site.pair
        .graph
        .components
        .iter()
        .filter(|component| wanted(component))
        .map(|component| component.name.as_str())
        .collect()
}

/// Whether the author has an affinity of this sort, which then stays as it is.
fn has_affinity(node: &Node, sort: &str) -> bool {
    super::component::pod(node).is_some_and(|pod| pod.at(&["affinity", sort]).is_some())
}

/// Pods of these components of this graph, within one value of a node label. A pod that matches its own
/// term can be the first.
fn affinity_term(site: &Site<'_>, components: &[&str], key: &str, origin: Origin) -> Node {
    let mut term = Node::map(origin);
    let selector = term.ensure_map("labelSelector", origin);
    selector
        .ensure_map("matchLabels", origin)
        .set(GRAPH_LABEL, Node::new(site.pair.graph_name(), origin));
    let mut expression = Node::map(origin);
    expression.set("key", Node::new(COMPONENT_LABEL, origin));
    expression.set("operator", Node::new("In", origin));
    let values = components
        .iter()
        .map(|name| Node::new(*name, origin))
        .collect::<Vec<_>>();
    expression.set("values", Node::new(values, origin));
    selector.set("matchExpressions", Node::new(vec![expression], origin));
    term.set("topologyKey", Node::new(key, origin));
    term
}

fn require(node: &mut Node, sort: &str, term: Node, origin: Origin) {
    if let Some(pod) = pod_mut(node)
        && let Some(list) = pod
            .ensure_map("affinity", origin)
            .ensure_map(sort, origin)
            .ensure_list("requiredDuringSchedulingIgnoredDuringExecution", origin)
            .as_list_mut()
    {
        list.push(term);
    }
}

/// Scheduler and priority, where the profile names them and the author does not.
fn scheduler(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let facts = &site.pair.profile.spec.scheduler;
    let is_gpu_worker = site.component.kind.is_worker()
        && (site.component.gpus > 0 || main_container(node).is_none());
    let priority = match site.component.kind {
        ComponentKind::Frontend => facts.frontend_priority_class.as_ref(),
        _ if is_gpu_worker => facts.priority_class.as_ref(),
        _ => None,
    };
    let name = facts.name.as_ref().filter(|_| is_gpu_worker);
    for (key, value) in [("priorityClassName", priority), ("schedulerName", name)] {
        let Some(value) = value else { continue };
        let Some(pod) = pod_mut(node) else { return };
        if pod.get(key).is_none() {
            let origin = notes.decide(&rules::SCHEDULER, [value.origin]);
            pod.set(key, Node::new(value.value.as_str(), origin));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::profile::TaintEffect;
    use serde_json::json;

    #[test]
    fn a_toleration_fits_a_taint_as_the_api_server_says() {
        let taint = Taint {
            key: "nvidia.com/gpu".to_owned(),
            value: Some("present".to_owned()),
            effect: TaintEffect::NoSchedule,
        };
        for (toleration, expected) in [
            (json!({"operator": "Exists"}), true),
            (json!({"key": "nvidia.com/gpu", "operator": "Exists"}), true),
            (
                json!({"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoExecute"}),
                false,
            ),
            (json!({"key": "nvidia.com/gpu", "value": "true"}), false),
            (
                json!({"key": "nvidia.com/gpu", "value": "present", "effect": ""}),
                true,
            ),
            (json!({"key": "other", "operator": "Exists"}), false),
        ] {
            let node = Node::from_json(&toleration, Origin::None);
            assert_eq!(tolerates(&node, &taint), expected, "{toleration}");
        }
    }
}
