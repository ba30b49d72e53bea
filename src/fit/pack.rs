//! Where could the pods stand?
//!
//! First fit, largest first: groups that need an NVLink domain of their own, then those with most GPUs.
//! Nodes that are alike are one class with a count, so the work grows with the number of groups and not of
//! replicas. Where that finds no placement for a handful of pods, a search through all of them decides. What
//! is returned has been checked against every constraint once more ([`is_sound`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::quantity::Quantity;

/// What is to be placed where, in numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Problem {
    pub(super) pools: Vec<Shape>,
    pub(super) blocks: Vec<Block>,
}

/// The nodes of a pool.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    /// What pods can ask of one node, by resource; `None` where that is not known.
    pub(super) capacity: Vec<Option<Quantity>>,
    /// How many nodes there can be.
    pub(super) most: Option<u64>,
    /// Nodes in one NVLink domain.
    pub(super) domain: Option<u64>,
}

/// Pods that are all alike.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// Resource and amount.
    pub(super) asks: Vec<(usize, Quantity)>,
    pub(super) gangs: u64,
    /// Pods of one gang.
    pub(super) size: u64,
    /// Where they may stand, best first.
    pub(super) places: Vec<Place>,
    /// Blocks whose pods do not share a node with these; may name the block itself.
    pub(super) apart: BTreeSet<usize>,
    /// The same for zones.
    pub(super) zone_apart: BTreeSet<usize>,
    /// Blocks with the same number stand in one zone.
    pub(super) zone_set: Option<usize>,
    /// Whether all pods of a gang stand in one NVLink domain.
    pub(super) in_domain: bool,
    /// How many more pods than on the emptiest node there may be on a node.
    pub(super) host_skew: Option<u64>,
    /// The same for zones.
    pub(super) zone_skew: Option<u64>,
    /// Weight in the order of packing: GPUs.
    pub(super) weight: Quantity,
    /// Whether nodes that are there are used before another pool's new ones.
    pub(super) fills: bool,
}

/// A pool that a block may stand on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) pool: usize,
    /// In these zones; empty where zones are not known.
    pub(super) zones: Vec<usize>,
}

impl Block {
    pub(super) fn pods(&self) -> u64 {
        self.gangs.saturating_mul(self.size)
    }

    pub(super) fn place(&self, pool: usize) -> Option<&Place> {
        self.places.iter().find(|place| place.pool == pool)
    }
}

/// Nodes that are alike and hold the same pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) pool: usize,
    pub(super) zone: Option<usize>,
    pub(super) nodes: u64,
    /// What is left of one node.
    pub(super) free: Vec<Option<Quantity>>,
    /// Block and how many of its pods one node holds.
    pub(super) pods: Vec<(usize, u64)>,
}

/// Where everything stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Placement {
    pub(super) classes: Vec<Class>,
    /// Nodes in use, by pool.
    opened: Vec<u64>,
    /// Nodes of NVLink domains in use: nodes left in a domain, how many such domains; by pool.
    domains: Vec<BTreeMap<u64, u64>>,
}

/// What became of a problem.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Placed(Placement),
    /// Every placement was tried.
    Impossible,
    /// No placement was found; there may be one.
    NotFound(Placement),
}

/// How many pods of a block fit into what is free on a node; none if that is without end.
pub(super) fn fitting(block: &Block, free: &[Option<Quantity>]) -> Option<u64> {
    let by_resource = |&(resource, ask): &(usize, Quantity)| {
        let left = (*free.get(resource)?)?;
        left.times(ask)
            .map(|times| u64::try_from(times).unwrap_or(u64::MAX))
    };
    block.asks.iter().filter_map(by_resource).min()
}

impl Problem {
    /// How many pods of a block an empty node of a pool takes.
    pub(super) fn on_empty(&self, block: usize, pool: usize) -> Option<u64> {
        let block_ = self.blocks.get(block)?;
        let fits = fitting(block_, &self.pools.get(pool)?.capacity);
        match block_.apart.contains(&block) {
            true => Some(fits.map_or(1, |fits| fits.min(1))),
            false => fits,
        }
    }

    /// Tries to place everything.
    pub(super) fn solve(&self) -> Outcome {
        let mut state = Placement {
            classes: Vec::new(),
            opened: vec![0; self.pools.len()],
            domains: vec![BTreeMap::new(); self.pools.len()],
        };
        if self.first_fit(&mut state) && is_sound(self, &state) {
            return Outcome::Placed(state);
        }
        match super::search::search(self) {
            Some(Some(found)) => Outcome::Placed(found),
            Some(None) => Outcome::Impossible,
            None => Outcome::NotFound(state),
        }
    }

    /// The blocks, largest first.
    pub(super) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.blocks.len()).collect();
        let key = |block: &Block| {
            let places = block.places.len();
            (
                !block.in_domain,
                std::cmp::Reverse(if block.in_domain { block.size } else { 0 }),
                std::cmp::Reverse(block.weight),
                places,
                std::cmp::Reverse(block.asks.iter().map(|(_, ask)| *ask).sum::<Quantity>()),
            )
        };
        order.sort_by(|a, b| key(&self.blocks[*a]).cmp(&key(&self.blocks[*b])));
        order
    }

    fn first_fit(&self, state: &mut Placement) -> bool {
        let order = self.order();
        let mut done: BTreeSet<usize> = BTreeSet::new();
        for &first in &order {
            let set = self.blocks[first].zone_set;
            if set.is_some_and(|set| !done.insert(set)) {
                continue;
            }
            let together: Vec<usize> = match set {
                None => vec![first],
                Some(_) => order
                    .iter()
                    .copied()
                    .filter(|block| self.blocks[*block].zone_set == set)
                    .collect(),
            };
            if set.is_none() {
                if !self.place_spread(state, first) {
                    return false;
                }
                continue;
            }
            let found = self.common_zones(&together).into_iter().find_map(|zone| {
                let mut trial = state.clone();
                together
                    .iter()
                    .all(|block| {
                        let pods = self.blocks[*block].pods();
                        self.place(&mut trial, *block, pods, zone) == 0
                    })
                    .then_some(trial)
            });
            match found {
                Some(trial) => *state = trial,
                None => return false,
            }
        }
        true
    }

    /// The zones in which all of these blocks could stand; no zone in particular where they are not known.
    pub(super) fn common_zones(&self, blocks: &[usize]) -> Vec<Option<usize>> {
        let mut common: Option<BTreeSet<usize>> = None;
        for block in blocks {
            let places = &self.blocks[*block].places;
            if places.iter().any(|place| place.zones.is_empty()) {
                continue;
            }
            let own: BTreeSet<usize> = places.iter().flat_map(|p| p.zones.clone()).collect();
            common = Some(match common {
                None => own,
                Some(common) => common.intersection(&own).copied().collect(),
            });
        }
        match common {
            None => vec![None],
            Some(common) => common.into_iter().map(Some).collect(),
        }
    }

    /// Places a block that no zone is given for: evenly over zones where it has to be spread.
    fn place_spread(&self, state: &mut Placement, block: usize) -> bool {
        let this = &self.blocks[block];
        let zones: BTreeSet<usize> = this.places.iter().flat_map(|p| p.zones.clone()).collect();
        let alone = this.zone_apart.contains(&block);
        let is_spread = (this.zone_skew.is_some() || alone) && !zones.is_empty();
        if !is_spread {
            return self.place(state, block, this.pods(), None) == 0;
        }
        let mut left = this.pods();
        let count = u64::try_from(zones.len()).unwrap_or(u64::MAX);
        let (each, more) = (left / count, left % count);
        for (index, zone) in (0_u64..).zip(zones) {
            let pods = each + u64::from(index < more);
            if pods > 0 && self.place(state, block, pods, Some(zone)) > 0 {
                return false;
            }
            left -= pods;
        }
        left == 0
    }

    /// Places pods of a block, in a zone if one is given, and gives how many are left over.
    fn place(&self, state: &mut Placement, block: usize, pods: u64, zone: Option<usize>) -> u64 {
        let this = &self.blocks[block];
        if this.in_domain {
            return self.place_gangs(state, block, pods / this.size.max(1), zone);
        }
        let mut left = pods;
        if this.fills {
            for place in &this.places {
                left = self.fill(state, block, place, left, zone);
            }
        }
        for place in &this.places {
            if !this.fills {
                left = self.fill(state, block, place, left, zone);
            }
            left = self.open(state, block, place, left, zone);
        }
        left
    }

    /// Whether a node of the class may take pods of the block at all.
    fn may_join(&self, block: usize, class: &Class, place: &Place, zone: Option<usize>) -> bool {
        let this = &self.blocks[block];
        class.pool == place.pool
            && (zone.is_none() || class.zone.is_none() || class.zone == zone)
            && class.zone.is_none_or(|zone| place.zones.contains(&zone))
            && !class
                .pods
                .iter()
                .any(|(other, _)| this.apart.contains(other))
    }

    /// The most pods of the block on one node, whatever is free.
    fn cap(&self, block: usize, place: &Place) -> u64 {
        let this = &self.blocks[block];
        if this.apart.contains(&block) {
            return 1;
        }
        let Some(skew) = this.host_skew else {
            return u64::MAX;
        };
        // On as few nodes as these the pods stand evenly anyway.
        match self.pools[place.pool].most {
            Some(most) if most > 0 => skew.max(this.pods().div_ceil(most)),
            _ => skew,
        }
    }

    /// Puts pods onto nodes that are in use.
    fn fill(
        &self,
        state: &mut Placement,
        block: usize,
        place: &Place,
        mut left: u64,
        zone: Option<usize>,
    ) -> u64 {
        let cap = self.cap(block, place);
        let there = state.classes.len();
        for index in 0..there {
            let class = &state.classes[index];
            if left == 0 || !self.may_join(block, class, place, zone) {
                continue;
            }
            let has = class.pods.iter().find(|(other, _)| *other == block);
            let cap = cap.saturating_sub(has.map_or(0, |(_, pods)| *pods));
            let each = fitting(&self.blocks[block], &class.free)
                .unwrap_or(left)
                .min(cap);
            if each == 0 {
                continue;
            }
            let whole = (left / each).min(class.nodes);
            let rest = if whole < class.nodes { left % each } else { 0 };
            let before = class.clone();
            let mut parts = Vec::new();
            if whole > 0 {
                parts.push((whole, each));
            }
            if rest > 0 {
                parts.push((1, rest));
            }
            let used: u64 = parts.iter().map(|(nodes, _)| nodes).sum();
            if used < before.nodes {
                parts.push((before.nodes - used, 0));
            }
            for (number, (nodes, pods)) in parts.into_iter().enumerate() {
                let mut class = Class {
                    nodes,
                    ..before.clone()
                };
                self.put(&mut class, block, pods);
                left -= nodes.saturating_mul(pods);
                match number {
                    0 => state.classes[index] = class,
                    _ => state.classes.push(class),
                }
            }
        }
        left
    }

    /// Puts pods onto new nodes.
    fn open(
        &self,
        state: &mut Placement,
        block: usize,
        place: &Place,
        mut left: u64,
        zone: Option<usize>,
    ) -> u64 {
        let zone = match (zone, place.zones.as_slice()) {
            (_, []) => None,
            (Some(zone), zones) if zones.contains(&zone) => Some(zone),
            (Some(_), _) => return left,
            (None, zones) => zones.first().copied(),
        };
        let each = fitting(&self.blocks[block], &self.pools[place.pool].capacity)
            .unwrap_or(left)
            .min(self.cap(block, place));
        if each == 0 || left == 0 {
            return left;
        }
        let opened = state.opened[place.pool];
        let can = self.pools[place.pool]
            .most
            .map_or(u64::MAX, |most| most.saturating_sub(opened));
        let whole = (left / each).min(can);
        let rest = if whole < can { left % each } else { 0 };
        for (nodes, pods) in [(whole, each), (u64::from(rest > 0), rest)] {
            if nodes > 0 {
                self.new_nodes(state, block, place.pool, zone, nodes, pods);
                left -= nodes.saturating_mul(pods);
            }
        }
        left
    }

    fn new_nodes(
        &self,
        state: &mut Placement,
        block: usize,
        pool: usize,
        zone: Option<usize>,
        nodes: u64,
        pods: u64,
    ) {
        let mut class = Class {
            pool,
            zone,
            nodes,
            free: self.pools[pool].capacity.clone(),
            pods: Vec::new(),
        };
        self.put(&mut class, block, pods);
        state.opened[pool] = state.opened[pool].saturating_add(nodes);
        state.classes.push(class);
    }

    /// Puts gangs into NVLink domains, each into one.
    fn place_gangs(
        &self,
        state: &mut Placement,
        block: usize,
        mut left: u64,
        zone: Option<usize>,
    ) -> u64 {
        let this = &self.blocks[block];
        for place in &this.places {
            let shape = &self.pools[place.pool];
            let zone = match (zone, place.zones.as_slice()) {
                (_, []) => None,
                (Some(zone), zones) if zones.contains(&zone) => Some(zone),
                (Some(_), _) => continue,
                (None, zones) => zones.first().copied(),
            };
            let each = fitting(this, &shape.capacity)
                .unwrap_or(this.size)
                .min(self.cap(block, place));
            if each == 0 || left == 0 {
                continue;
            }
            let nodes = this.size.div_ceil(each);
            let reach = shape.domain.unwrap_or(u64::MAX);
            if nodes > reach {
                continue;
            }
            let gangs = take_domains(state, place.pool, shape, nodes, left);
            if gangs == 0 {
                continue;
            }
            let (whole, rest) = (this.size / each, this.size % each);
            for (count, pods) in [(whole, each), (u64::from(rest > 0), rest)] {
                let count = count.saturating_mul(gangs);
                if count > 0 {
                    self.new_nodes(state, block, place.pool, zone, count, pods);
                }
            }
            left -= gangs;
        }
        left.saturating_mul(this.size)
    }

    pub(super) fn put(&self, class: &mut Class, block: usize, pods: u64) {
        if pods == 0 {
            return;
        }
        let times = i64::try_from(pods).unwrap_or(i64::MAX);
        for (resource, ask) in &self.blocks[block].asks {
            if let Some(Some(free)) = class.free.get_mut(*resource) {
                *free = *free - *ask * times;
            }
        }
        match class.pods.iter_mut().find(|(other, _)| *other == block) {
            Some((_, there)) => *there += pods,
            None => class.pods.push((block, pods)),
        }
    }
}

/// Takes `nodes` nodes of one domain for each of as many gangs as there is room for, up to `wanted`, and
/// gives their number.
fn take_domains(state: &mut Placement, pool: usize, shape: &Shape, nodes: u64, wanted: u64) -> u64 {
    let reach = shape.domain.unwrap_or(u64::MAX).max(1);
    let domains = &mut state.domains[pool];
    let mut taken = 0;
    let with_room: Vec<(u64, u64)> = domains.range(nodes..).map(|(k, v)| (*k, *v)).collect();
    for (left, count) in with_room {
        let each = left / nodes;
        let whole = ((wanted - taken) / each).min(count);
        let rest = if whole < count {
            (wanted - taken) % each
        } else {
            0
        };
        for (domains_taken, gangs) in [(whole, each), (u64::from(rest > 0), rest)] {
            if domains_taken == 0 {
                continue;
            }
            shift(domains, left, left - gangs * nodes, domains_taken);
            taken += domains_taken.saturating_mul(gangs);
        }
    }
    // Domains are as many as the nodes make; the last one may be smaller.
    let begun: u64 = domains.values().sum();
    let (full, last) = match shape.most {
        None => (u64::MAX, 0),
        Some(most) => (most / reach, most % reach),
    };
    let each = reach / nodes;
    let fresh = full.saturating_sub(begun);
    let whole = ((wanted - taken) / each).min(fresh);
    let rest = if whole < fresh {
        (wanted - taken) % each
    } else {
        0
    };
    for (count, gangs) in [(whole, each), (u64::from(rest > 0), rest)] {
        if count > 0 {
            *domains.entry(reach - gangs * nodes).or_default() += count;
            taken += count.saturating_mul(gangs);
        }
    }
    let gangs = (last / nodes).min(wanted - taken);
    if gangs > 0 && domains.values().sum::<u64>() == full {
        *domains.entry(last - gangs * nodes).or_default() += 1;
        taken += gangs;
    }
    taken
}

fn shift(domains: &mut BTreeMap<u64, u64>, from: u64, to: u64, count: u64) {
    if let Some(there) = domains.get_mut(&from) {
        *there -= count;
        if *there == 0 {
            domains.remove(&from);
        }
    }
    *domains.entry(to).or_default() += count;
}

/// Whether a placement holds everything and keeps every constraint. It does not look at how the placement
/// came about.
pub(super) fn is_sound(problem: &Problem, placement: &Placement) -> bool {
    let mut nodes = vec![0_u64; problem.pools.len()];
    let mut pods = vec![0_u64; problem.blocks.len()];
    let mut zones: Vec<BTreeMap<Option<usize>, u64>> = vec![BTreeMap::new(); problem.blocks.len()];
    for class in &placement.classes {
        let (Some(shape), Some(count)) = (problem.pools.get(class.pool), nodes.get_mut(class.pool))
        else {
            return false;
        };
        *count = count.saturating_add(class.nodes);
        for (resource, capacity) in shape.capacity.iter().enumerate() {
            let Some(capacity) = capacity else { continue };
            let used = class.pods.iter().map(|(block, pods)| {
                let asks = &problem.blocks[*block].asks;
                let asks = asks.iter().filter(|(asked, _)| *asked == resource);
                let one: Quantity = asks.map(|(_, ask)| *ask).sum();
                one * i64::try_from(*pods).unwrap_or(i64::MAX)
            });
            if used.sum::<Quantity>() > *capacity {
                return false;
            }
        }
        for (block, here) in &class.pods {
            let this = &problem.blocks[*block];
            let allowed = this
                .place(class.pool)
                .is_some_and(|place| match class.zone {
                    None => place.zones.is_empty(),
                    Some(zone) => place.zones.contains(&zone),
                });
            let crowded = this.apart.contains(block) && *here > 1;
            let shared = class
                .pods
                .iter()
                .any(|(other, _)| other != block && this.apart.contains(other));
            if !allowed || crowded || shared {
                return false;
            }
            let all = here.saturating_mul(class.nodes);
            pods[*block] = pods[*block].saturating_add(all);
            let zone = zones[*block].entry(class.zone).or_default();
            *zone = zone.saturating_add(all);
        }
    }
    let most = |(shape, nodes): (&Shape, &u64)| shape.most.is_none_or(|most| *nodes <= most);
    problem.pools.iter().zip(&nodes).all(most)
        && problem
            .blocks
            .iter()
            .zip(&pods)
            .all(|(block, pods)| block.pods() == *pods)
        && keeps_zones(problem, &zones)
        && keeps_host_skew(problem, placement)
        && keeps_domains(problem, placement)
}

fn keeps_zones(problem: &Problem, zones: &[BTreeMap<Option<usize>, u64>]) -> bool {
    let mut sets: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, (block, here)) in problem.blocks.iter().zip(zones).enumerate() {
        for zone in here.keys().copied().flatten() {
            let same = block
                .zone_set
                .is_none_or(|set| *sets.entry(set).or_insert(zone) == zone);
            let apart = block.zone_apart.iter().all(|other| {
                let there = zones[*other].get(&Some(zone)).copied().unwrap_or(0);
                there <= u64::from(*other == index)
            });
            if !same || !apart {
                return false;
            }
        }
        let all: BTreeSet<usize> = block.places.iter().flat_map(|p| p.zones.clone()).collect();
        if let Some(skew) = block.zone_skew.filter(|_| !all.is_empty()) {
            let counts = all
                .iter()
                .map(|zone| here.get(&Some(*zone)).copied().unwrap_or(0));
            let (least, most) = counts.fold((u64::MAX, 0), |(least, most), count| {
                (least.min(count), most.max(count))
            });
            if most - least.min(most) > skew {
                return false;
            }
        }
    }
    true
}

fn keeps_host_skew(problem: &Problem, placement: &Placement) -> bool {
    problem.blocks.iter().enumerate().all(|(index, block)| {
        let Some(skew) = block.host_skew else {
            return true;
        };
        let mut most = 0;
        let mut least = u64::MAX;
        let mut used: BTreeMap<usize, u64> = BTreeMap::new();
        for class in &placement.classes {
            if block.place(class.pool).is_none() {
                continue;
            }
            let here = class.pods.iter().find(|(other, _)| *other == index);
            let here = here.map_or(0, |(_, pods)| *pods);
            most = most.max(here);
            least = least.min(here);
            *used.entry(class.pool).or_default() += class.nodes;
        }
        // A node that is there without pods counts too: those that the pool may yet have.
        let all_used = block.places.iter().all(|place| {
            problem.pools[place.pool].most == Some(used.get(&place.pool).copied().unwrap_or(0))
        });
        let least = if all_used { least.min(most) } else { 0 };
        most - least <= skew
    })
}

/// Whether the gangs that need a domain have one: the domains in use hold no more nodes than the pool has.
fn keeps_domains(problem: &Problem, placement: &Placement) -> bool {
    problem.pools.iter().enumerate().all(|(index, shape)| {
        let domains = placement.domains.get(index);
        let begun: u64 = domains.map_or(0, |domains| domains.values().sum());
        let reach = shape.domain.unwrap_or(u64::MAX).max(1);
        shape.most.is_none_or(|most| begun <= most.div_ceil(reach))
    })
}
