//! How are the nodes used, and which GPUs can nobody reach?

use std::collections::{BTreeMap, BTreeSet};

use super::pack::{Class, Outcome, Placement, fitting};
use super::{Case, PoolUse, Stranded, bound, several};
use crate::diagnostic::Diagnostic;
use crate::model::quantity::Quantity;
use crate::rules;

/// How each pool is used, and a complaint for each whose GPUs are stranded.
pub(super) fn pools(case: &Case<'_>, placement: &Placement) -> (Vec<PoolUse>, Vec<Diagnostic>) {
    let mut uses = Vec::with_capacity(case.cluster.pools.len());
    let mut complaints = Vec::new();
    for (index, pool) in case.cluster.pools.iter().enumerate() {
        let classes = placement.classes.iter().filter(|class| class.pool == index);
        let mut out = PoolUse {
            name: pool.name.value.clone(),
            nodes: Some(0),
            most: pool.max_nodes.as_ref().map(|most| u64::from(most.value)),
            gpus_per_node: pool.gpu.as_ref().map_or(0, |gpu| gpu.count.value.into()),
            gpus_used: 0,
            gpus_free: 0,
            stranded: None,
            unknown: BTreeSet::new(),
        };
        let mut lost: BTreeMap<usize, u64> = BTreeMap::new();
        for class in classes {
            let limited = class.pods.iter().all(|(block, _)| {
                let shape = &case.problem.pools[index];
                fitting(&case.problem.blocks[*block], &shape.capacity).is_some()
            });
            out.nodes = match limited {
                true => out.nodes.map(|nodes| nodes.saturating_add(class.nodes)),
                false => None,
            };
            for (block, _) in &class.pods {
                for (resource, _) in case.problem.blocks[*block].asks.iter().skip(1) {
                    if matches!(class.free.get(*resource), Some(None)) {
                        out.unknown.insert(case.resources[*resource].to_owned());
                    }
                }
            }
            let free = gpus_left(case, class);
            out.gpus_free = out
                .gpus_free
                .saturating_add(free.saturating_mul(class.nodes));
            let used = out.gpus_per_node.saturating_sub(free);
            out.gpus_used = out
                .gpus_used
                .saturating_add(used.saturating_mul(class.nodes));
            if let Some(resource) = runs_out(case, class).filter(|_| free > 0) {
                *lost.entry(resource).or_default() += free.saturating_mul(class.nodes);
            }
        }
        let worst = lost.iter().max_by_key(|(_, gpus)| **gpus);
        if let Some((resource, _)) = worst {
            let gpus = lost.values().sum();
            let stranded = Stranded {
                gpus,
                by: case.resources[*resource].to_owned(),
                nodes_needed: without(case, *resource, index),
            };
            out.gpus_free = out.gpus_free.saturating_sub(gpus);
            complaints.push(complain(case, placement, index, *resource, &out, &stranded));
            out.stranded = Some(stranded);
        }
        uses.push(out);
    }
    (uses, complaints)
}

/// GPUs left on one node.
fn gpus_left(case: &Case<'_>, class: &Class) -> u64 {
    let Some(gpu) = &case.cluster.pools[class.pool].gpu else {
        return 0;
    };
    let number = case.resources.iter().position(|name| *name == gpu.resource);
    match number.and_then(|number| *class.free.get(number)?) {
        Some(free) => u64::try_from(free.ceil()).unwrap_or(0),
        // Nobody asks for any.
        None => gpu.count.value.into(),
    }
}

/// The resource that keeps every GPU pod of the node from having one more beside it, though GPUs are left.
fn runs_out(case: &Case<'_>, class: &Class) -> Option<usize> {
    let gpu = case.cluster.pools[class.pool].gpu.as_ref()?;
    let lacks = |block: usize| {
        let asks = &case.problem.blocks[block].asks;
        let left = |resource: usize| class.free.get(resource).copied().flatten();
        let other = asks.iter().find(|(resource, ask)| {
            case.resources[*resource] != gpu.resource && left(*resource).is_some_and(|l| l < *ask)
        });
        other.map(|(resource, _)| *resource)
    };
    let of_gpus = class
        .pods
        .iter()
        .map(|(block, _)| *block)
        .filter(|block| case.problem.blocks[*block].weight > Quantity::ZERO);
    let mut first = None;
    for block in of_gpus {
        first = first.or(Some(lacks(block)?));
    }
    first
}

/// Nodes of the pool that would do if a resource did not run out.
fn without(case: &Case<'_>, resource: usize, pool: usize) -> Option<u64> {
    let mut problem = case.problem.clone();
    for shape in &mut problem.pools {
        if let Some(capacity) = shape.capacity.get_mut(resource) {
            *capacity = None;
        }
    }
    match problem.solve() {
        Outcome::Placed(placement) => {
            let of_pool = placement.classes.iter().filter(|class| class.pool == pool);
            Some(
                of_pool
                    .map(|class| class.nodes)
                    .fold(0, u64::saturating_add),
            )
        }
        _ => None,
    }
}

fn complain(
    case: &Case<'_>,
    placement: &Placement,
    pool: usize,
    resource: usize,
    out: &PoolUse,
    stranded: &Stranded,
) -> Diagnostic {
    let name = case.resources[resource];
    let nodes = out.nodes.unwrap_or(0);
    let all = nodes.saturating_mul(out.gpus_per_node);
    let message = format!(
        "{} of {} on {} of pool `{}` are out of reach: `{name}` runs out first",
        stranded.gpus,
        several(all, "GPU"),
        several(nodes, "node"),
        out.name,
    );
    let guilty: BTreeSet<usize> = placement
        .classes
        .iter()
        .filter(|class| class.pool == pool && runs_out(case, class) == Some(resource))
        .flat_map(|class| &class.pods)
        .map(|(block, _)| *block)
        .filter(|block| case.demands[*block].group.asks_for(name).is_some())
        .collect();
    let mut asks = guilty.iter().filter_map(|index| {
        let demand = &case.demands[*index];
        let ask = demand.group.asks_for(name)?;
        let text = format!("a pod of `{}` asks for {}", demand.group.name, ask.amount);
        Some((demand, ask.origin, text))
    });
    let Some((demand, origin, text)) = asks.next() else {
        return Diagnostic::new(
            &rules::FIT_STRANDED_GPUS,
            crate::origin::Origin::None,
            message,
        );
    };
    let has = case.problem.pools[pool]
        .capacity
        .get(resource)
        .copied()
        .flatten();
    let mut diagnostic = Diagnostic::new(&rules::FIT_STRANDED_GPUS, origin, message)
        .subject(bound::subject(demand))
        .help(format!("{text}, a node has {}", has.unwrap_or_default()));
    for (_, _, text) in asks {
        diagnostic = diagnostic.help(text);
    }
    if let Some(needed) = stranded.nodes_needed.filter(|needed| *needed < nodes) {
        let needed = several(needed, "node");
        diagnostic = diagnostic.help(format!(
            "asking for no more `{name}` than the share of their GPUs, the pods need {needed}"
        ));
    }
    diagnostic
}
