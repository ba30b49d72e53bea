//! What cannot fit, whatever the placement, and by how much?

use std::collections::BTreeSet;

use super::demand::Demand;
use super::{Case, several};
use crate::diagnostic::Diagnostic;
use crate::model::quantity::Quantity;
use crate::rules::{self, Rule};

impl Case<'_> {
    /// Everything that provably does not fit.
    pub(super) fn complain(&self, found: &mut Vec<Diagnostic>) {
        if self.cluster.pools.is_empty() {
            return;
        }
        for index in 0..self.demands.len() {
            self.without_place(index, found);
        }
        self.gangs(found);
        self.zones_of_sets(found);
        for (index, most, what, origin) in &self.zone_limits {
            let demand = &self.demands[*index];
            let pods = demand.group.pods();
            if pods > *most {
                let name = &demand.group.name;
                let message = format!("`{name}` has {pods} pods and room for {most}: {what}");
                found.push(
                    self.about(&rules::FIT_ZONES, *index, *origin, message)
                        .help("list more zones in the pool's `zones`, or ask for fewer replicas"),
                );
            }
        }
        self.totals(found);
    }

    fn about(
        &self,
        rule: &'static Rule,
        index: usize,
        origin: crate::origin::Origin,
        message: String,
    ) -> Diagnostic {
        let demand = &self.demands[index];
        Diagnostic::new(rule, origin, message).subject(subject(demand))
    }

    fn pool_name(&self, pool: usize) -> &str {
        &self.cluster.pools[pool].name
    }

    /// A group that no pool takes.
    fn without_place(&self, index: usize, found: &mut Vec<Diagnostic>) {
        if !self.problem.blocks[index].places.is_empty() {
            return;
        }
        let demand = &self.demands[index];
        if self.may_be_elsewhere(&demand.group) {
            return;
        }
        let name = &demand.group.name;
        let refusals = &self.refusals[index];
        let too_small: Vec<_> = refusals
            .iter()
            .filter(|(_, r)| r.short_of.is_some())
            .collect();
        let mut diagnostic = match too_small.as_slice() {
            [] => self.about(
                &rules::FIT_NO_POOL,
                index,
                demand.origin(),
                format!("the pods of `{name}` may stand on no pool"),
            ),
            [(pool, first), ..] => {
                let name_of_pool = self.pool_name(*pool);
                let resource = first.short_of.as_deref().unwrap_or("");
                let asks = demand.group.asks_for(resource);
                let asks = asks.map(|ask| ask.amount).unwrap_or_default();
                let number = self.resources.iter().position(|other| *other == resource);
                let capacity = &self.problem.pools[*pool].capacity;
                let has = number.and_then(|number| *capacity.get(number)?);
                let message = format!(
                    "a pod of `{name}` asks for {asks} `{resource}`, a node of pool `{name_of_pool}` has {}",
                    has.unwrap_or_default()
                );
                self.about(&rules::FIT_POD_TOO_LARGE, index, first.origin, message)
            }
        };
        let said = too_small.first().map(|(pool, _)| *pool);
        for (pool, refusal) in refusals.iter().filter(|(pool, _)| Some(*pool) != said) {
            let pool = self.pool_name(*pool);
            diagnostic = diagnostic.help(format!("not pool `{pool}`: {}", refusal.reason));
        }
        if let Some((_, first)) = too_small.first() {
            let is_gpu = first
                .short_of
                .as_deref()
                .is_some_and(|name| self.is_gpu(name));
            diagnostic = diagnostic.help(match is_gpu && demand.template.component.is_some() {
                true => "spread a replica over nodes with `multinode`, or choose another pool",
                false => "ask for less, or choose another pool",
            });
        }
        found.push(diagnostic);
    }

    /// Gangs larger than the domain they need.
    fn gangs(&self, found: &mut Vec<Diagnostic>) {
        for (index, block) in self.problem.blocks.iter().enumerate() {
            if !block.in_domain || block.pods() == 0 {
                continue;
            }
            let nodes = |pool: usize| {
                let each = self.problem.on_empty(index, pool).unwrap_or(block.size);
                block.size.div_ceil(each.max(1))
            };
            let reach = |pool: usize| self.problem.pools[pool].domain;
            let exceeds = |pool: usize| reach(pool).is_some_and(|reach| nodes(pool) > reach);
            if !block.places.iter().all(|place| exceeds(place.pool)) {
                continue;
            }
            let Some(pool) = block
                .places
                .iter()
                .map(|p| p.pool)
                .max_by_key(|p| reach(*p))
            else {
                continue;
            };
            let demand = &self.demands[index];
            let message = format!(
                "a replica of `{}` needs {} in one NVLink domain, pool `{}` has {} in each",
                demand.group.name,
                several(nodes(pool), "node"),
                self.pool_name(pool),
                several(reach(pool).unwrap_or(0), "node"),
            );
            let origin = demand.channel.unwrap_or_else(|| demand.origin());
            let mut diagnostic = self.about(&rules::FIT_GANG_TOO_LARGE, index, origin, message);
            if let Some(nvlink) = &self.cluster.pools[pool].nvlink {
                diagnostic = diagnostic.label(nvlink.origin, "how far NVLink reaches");
            }
            found.push(diagnostic.help("span fewer nodes, or do without NVLink between them"));
        }
    }

    /// Groups that have to stand in one zone and have none in common.
    fn zones_of_sets(&self, found: &mut Vec<Diagnostic>) {
        let blocks = &self.problem.blocks;
        let sets: BTreeSet<usize> = blocks.iter().filter_map(|block| block.zone_set).collect();
        for set in sets {
            let members = blocks.iter().enumerate();
            let members: Vec<usize> = members
                .filter(|(_, block)| block.zone_set == Some(set) && !block.places.is_empty())
                .map(|(index, _)| index)
                .collect();
            if !self.problem.common_zones(&members).is_empty() {
                continue;
            }
            let Some(first) = members.first() else {
                continue;
            };
            let names = members.iter().map(|index| {
                let zones: BTreeSet<&str> = blocks[*index]
                    .places
                    .iter()
                    .flat_map(|place| &place.zones)
                    .map(|zone| self.zones[*zone])
                    .collect();
                let zones: Vec<_> = zones.into_iter().collect();
                format!(
                    "`{}` in {}",
                    self.demands[*index].group.name,
                    zones.join(", ")
                )
            });
            let names: Vec<_> = names.collect();
            let message = format!(
                "pods that must stand in one zone have none in common: {}",
                names.join("; ")
            );
            let origin = self.demands[*first].origin();
            found.push(
                self.about(&rules::FIT_ZONES, *first, origin, message)
                    .help("choose pools that share a zone"),
            );
        }
    }

    /// What the groups that can only stand on some pools ask for together, against what those have.
    fn totals(&self, found: &mut Vec<Diagnostic>) {
        let blocks = &self.problem.blocks;
        let pools_of = |index: usize| -> BTreeSet<usize> {
            blocks[index]
                .places
                .iter()
                .map(|place| place.pool)
                .collect()
        };
        let sets: BTreeSet<BTreeSet<usize>> = (0..blocks.len())
            .map(pools_of)
            .filter(|set| !set.is_empty())
            .filter(|set| set.iter().all(|p| self.problem.pools[*p].most.is_some()))
            .collect();
        for set in sets {
            let members: Vec<usize> = (0..blocks.len())
                .filter(|index| blocks[*index].pods() > 0 && pools_of(*index).is_subset(&set))
                .collect();
            let Some(first) = members.first() else {
                continue;
            };
            let nodes: u64 = set
                .iter()
                .filter_map(|pool| self.problem.pools[*pool].most)
                .fold(0, u64::saturating_add);
            let names: Vec<_> = set
                .iter()
                .map(|pool| format!("`{}`", self.pool_name(*pool)))
                .collect();
            let pool = match names.as_slice() {
                [one] => format!("pool {one}"),
                several => format!("pools {}", several.join(", ")),
            };
            let short = self.short_of(&set, &members).map(|(index, wanted, has)| {
                (index, format!("{wanted} are asked for, {pool} has {has}"))
            });
            let (index, message) = match short {
                Some(short) => short,
                None => match self.most_nodes(&set, &members) {
                    Some((index, needed, who)) if needed > nodes => {
                        let message = format!(
                            "{who} at least {}, {pool} has {} at most",
                            several(needed, "node"),
                            nodes
                        );
                        (index, message)
                    }
                    _ => continue,
                },
            };
            let index = if members.contains(&index) {
                index
            } else {
                *first
            };
            let origin = self.demands[index].origin();
            let mut diagnostic = self.about(&rules::FIT_POOL_TOO_SMALL, index, origin, message);
            for pool in &set {
                if let Some(most) = &self.cluster.pools[*pool].max_nodes {
                    diagnostic = diagnostic.label(most.origin, "the most nodes");
                }
            }
            found.push(diagnostic.help("ask for fewer replicas, or let the pool have more nodes"));
        }
    }

    /// A resource of which the members ask for more than all nodes have: who asks for most, what is asked,
    /// and what there is.
    fn short_of(
        &self,
        set: &BTreeSet<usize>,
        members: &[usize],
    ) -> Option<(usize, String, Quantity)> {
        // GPUs are what people think in; they are named first.
        let mut order: Vec<usize> = (0..self.resources.len()).collect();
        order.sort_by_key(|resource| !self.is_gpu(self.resources[*resource]));
        for resource in order {
            let has = set.iter().map(|pool| {
                let shape = &self.problem.pools[*pool];
                let each = (*shape.capacity.get(resource)?)?;
                Some(each * i64::try_from(shape.most?).unwrap_or(i64::MAX))
            });
            let Some(has) = has.sum::<Option<Quantity>>() else {
                continue;
            };
            let asked = |index: &usize| {
                let block = &self.problem.blocks[*index];
                let asks = block.asks.iter().filter(|(asked, _)| *asked == resource);
                let one: Quantity = asks.map(|(_, ask)| *ask).sum();
                one * i64::try_from(block.pods()).unwrap_or(i64::MAX)
            };
            let wanted: Quantity = members.iter().map(asked).sum();
            if wanted > has {
                let who = members
                    .iter()
                    .copied()
                    .max_by_key(|index| (asked(index), usize::MAX - index))?;
                let name = self.resources[resource];
                return Some((who, format!("{wanted} `{name}`"), has));
            }
        }
        None
    }

    /// The most nodes that one member, or members that keep apart from one another, need for themselves.
    fn most_nodes(&self, set: &BTreeSet<usize>, members: &[usize]) -> Option<(usize, u64, String)> {
        let needed = |index: usize| {
            let most = set
                .iter()
                .filter(|pool| self.problem.blocks[index].place(**pool).is_some())
                .map(|pool| self.problem.on_empty(index, *pool).unwrap_or(u64::MAX))
                .max();
            let pods = self.problem.blocks[index].pods();
            pods.div_ceil(most.unwrap_or(1).max(1))
        };
        let of_clique = |first: usize| {
            let mut clique = vec![first];
            for other in members {
                let apart = &self.problem.blocks[*other].apart;
                if !clique.contains(other) && clique.iter().all(|one| apart.contains(one)) {
                    clique.push(*other);
                }
            }
            let nodes = clique.iter().map(|one| needed(*one));
            (nodes.fold(0, u64::saturating_add), clique)
        };
        let (nodes, clique) = members
            .iter()
            .map(|first| of_clique(*first))
            .max_by_key(|(nodes, clique)| (*nodes, usize::MAX - clique.len()))?;
        let names: Vec<_> = clique
            .iter()
            .map(|index| format!("`{}`", self.demands[*index].group.name))
            .collect();
        let who = match names.as_slice() {
            [one] => format!("{one} needs"),
            several => format!("{}, which share no node, need", several.join(" and ")),
        };
        Some((*clique.first()?, nodes, who))
    }

    /// No placement: what is known about why.
    pub(super) fn does_not_pack(&self, is_proven: bool) -> Option<Diagnostic> {
        let blocks = self.problem.blocks.iter().enumerate();
        let largest = blocks
            .filter(|(_, block)| block.pods() > 0)
            .max_by_key(|(index, block)| (block.weight, usize::MAX - index))?
            .0;
        let origin = self.demands[largest].origin();
        let message = match is_proven {
            true => "the pods do not fit onto the nodes together: every placement was tried",
            false => "no placement was found for all pods",
        };
        let rule = match is_proven {
            true => &rules::FIT_POOL_TOO_SMALL,
            false => &rules::FIT_NOT_FOUND,
        };
        let mut diagnostic = self.about(rule, largest, origin, message.to_owned());
        for pool in &self.cluster.pools {
            if let Some(most) = &pool.max_nodes {
                diagnostic = diagnostic.label(most.origin, "the most nodes");
            }
        }
        Some(diagnostic.help("`graphwright fit` shows where each pod would stand"))
    }
}

/// The object and the place in it that a group comes from.
pub(super) fn subject(demand: &Demand<'_>) -> String {
    format!("{} {}", demand.manifest.key, demand.group.pointer)
}
