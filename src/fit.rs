//! Does what is asked for fit the cluster?
//!
//! [`fit`] takes all manifests that land on one cluster together, of one release or of several, and places
//! their pods on the profile's pools as the scheduler may: resources, selectors, taints, affinity, spreading,
//! NVLink domains. What it says can be relied on in one direction each:
//!
//! - [`Verdict::Fits`] comes with a placement that keeps every constraint that was judged; what could not be
//!   judged is listed beside it. A resource that the profile says nothing about is taken to be enough, one
//!   that it knows of the `machine` alone to be there whole, a pool without `maxNodes` to grow without end, and the nodes of a pool to stand in whichever of its zones
//!   they are needed in.
//! - [`Verdict::DoesNotFit`] comes with a reason that no other placement could avoid.
//! - [`Verdict::NotFound`] is neither: packing the largest first found no placement, and nothing proves that
//!   there is none.

mod ask;
mod bound;
mod demand;
mod pack;
mod quota;
mod search;
mod select;
mod strand;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use ask::Ask;
pub use demand::{Group, Load};
pub(crate) use demand::{Scaler, computes_domain};
pub use table::{to_json, to_text};

use demand::Demand;
use pack::{Block, Outcome, Place, Placement, Problem, Shape};
use select::{HOST, NodeChoice, Refusal, ZONE};

use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::model::profile::{ClusterProfileSpec, Pool};
use crate::model::quantity::Quantity;
use crate::rules;
use crate::yaml::Node;

/// Whether everything has a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has, as far as the profile tells.
    Fits,
    /// It cannot.
    DoesNotFit,
    /// None was found.
    NotFound,
}

/// Where pods of a group stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The group, an index into [`Fit::groups`].
    pub group: usize,
    /// The pool, an index into the profile's.
    pub pool: usize,
    /// The zone, where it is known.
    pub zone: Option<String>,
    /// Pods of the group on each of the nodes.
    pub pods: u64,
    /// Nodes.
    pub nodes: u64,
}

/// How a pool is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolUse {
    /// The pool's name.
    pub name: String,
    /// Nodes in use; none where nothing known limits the pods of a node.
    pub nodes: Option<u64>,
    /// The most nodes there can be.
    pub most: Option<u64>,
    /// GPUs of one node.
    pub gpus_per_node: u64,
    /// GPUs that pods ask for.
    pub gpus_used: u64,
    /// GPUs of nodes in use that are left for other pods.
    pub gpus_free: u64,
    /// GPUs of nodes in use that no more of these pods can have, because this runs out first.
    pub stranded: Option<Stranded>,
    /// What pods ask for and the profile does not know of the pool.
    pub unknown: BTreeSet<String>,
}

/// GPUs that nobody can reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranded {
    /// How many.
    pub gpus: u64,
    /// The resource that runs out first.
    pub by: String,
    /// Nodes that would do if it did not; none if that cannot be told.
    pub nodes_needed: Option<u64>,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Fit {
    /// In short.
    pub verdict: Verdict,
    /// The pods.
    pub groups: Vec<Group>,
    /// Where they stand; in part, if not all have a place.
    pub placed: Vec<Placed>,
    /// The pools, in the profile's order.
    pub pools: Vec<PoolUse>,
    /// What does not fit and by how much, and what is wasted.
    pub complaints: Vec<Diagnostic>,
    /// What pods say about their place that could not be judged.
    pub unjudged: BTreeSet<String>,
}

/// Whether a diagnostic is one of a [`Fit`]'s complaints.
pub fn is_complaint(diagnostic: &Diagnostic) -> bool {
    let rules = [
        &rules::FIT_NO_POOL,
        &rules::FIT_POD_TOO_LARGE,
        &rules::FIT_GANG_TOO_LARGE,
        &rules::FIT_POOL_TOO_SMALL,
        &rules::FIT_ZONES,
        &rules::FIT_NOT_FOUND,
        &rules::FIT_STRANDED_GPUS,
        &rules::FIT_QUOTA,
        &rules::FIT_QUOTA_UNSPECIFIED,
        &rules::FIT_LIMIT_RANGE,
    ];
    rules.iter().any(|rule| rule.code == diagnostic.rule.code)
}

/// Whether the pods of the manifests, with graphs in the shape of v1beta1, fit the cluster.
///
/// What is scaled has as few replicas as its scaler leaves.
pub fn fit(manifests: &[&Manifest], cluster: &ClusterProfileSpec) -> Fit {
    fit_at(manifests, cluster, Load::Least)
}

/// The same, for what is scaled with as many or as few replicas as its scaler allows.
pub fn fit_at(manifests: &[&Manifest], cluster: &ClusterProfileSpec, load: Load) -> Fit {
    let demands = demand::demands(manifests, load);
    let case = Case::new(&demands, cluster);
    let mut complaints = Vec::new();
    case.complain(&mut complaints);
    quota::check(manifests, &demands, cluster, &mut complaints);
    let mut verdict = match complaints.is_empty() {
        true => Verdict::Fits,
        false => Verdict::DoesNotFit,
    };
    let placement = match case.problem.solve() {
        Outcome::Placed(placement) => placement,
        Outcome::Impossible if verdict == Verdict::Fits => {
            verdict = Verdict::DoesNotFit;
            complaints.extend(case.does_not_pack(true));
            Placement::default()
        }
        Outcome::Impossible => Placement::default(),
        Outcome::NotFound(part) => {
            if verdict == Verdict::Fits {
                verdict = Verdict::NotFound;
                complaints.extend(case.does_not_pack(false));
            }
            part
        }
    };
    let (pools, stranded) = strand::pools(&case, &placement);
    complaints.extend(stranded);
    let zones = case.zones;
    let placed = placement
        .classes
        .iter()
        .flat_map(|class| {
            class.pods.iter().map(|(group, pods)| Placed {
                group: *group,
                pool: class.pool,
                zone: class
                    .zone
                    .and_then(|zone| zones.get(zone).map(|zone| (*zone).to_owned())),
                pods: *pods,
                nodes: class.nodes,
            })
        })
        .collect();
    let unjudged = case.unjudged;
    Fit {
        verdict,
        groups: demands.into_iter().map(|demand| demand.group).collect(),
        placed,
        pools,
        complaints,
        unjudged,
    }
}

/// Demands and pools, in words and in numbers.
struct Case<'a> {
    demands: &'a [Demand<'a>],
    cluster: &'a ClusterProfileSpec,
    problem: Problem,
    /// Names of the resources that numbers stand for.
    resources: Vec<&'a str>,
    /// The same for zones.
    zones: Vec<&'a str>,
    /// Why each demand cannot stand on some pools: pool and reason.
    refusals: Vec<Vec<(usize, Refusal)>>,
    /// The most replicas that constraints on zones leave, with what they are.
    zone_limits: Vec<(usize, u64, String, crate::origin::Origin)>,
    unjudged: BTreeSet<String>,
}

impl<'a> Case<'a> {
    fn new(demands: &'a [Demand<'a>], cluster: &'a ClusterProfileSpec) -> Self {
        let mut resources: Vec<&str> = vec!["pods"];
        for ask in demands.iter().flat_map(|demand| &demand.group.asks) {
            if !resources.contains(&ask.resource.as_str()) {
                resources.push(&ask.resource);
            }
        }
        let mut zones: Vec<&str> = Vec::new();
        for zone in cluster.pools.iter().flat_map(|pool| &pool.zones) {
            if !zones.contains(&zone.as_str()) {
                zones.push(zone);
            }
        }
        let shapes = cluster.pools.iter().map(|pool| Shape {
            capacity: resources
                .iter()
                .map(|name| offered(cluster, pool, name))
                .collect(),
            most: pool.max_nodes.as_ref().map(|most| u64::from(most.value)),
            domain: pool.nvlink.as_ref().map(|nvlink| u64::from(nvlink.nodes)),
        });
        let mut case = Self {
            demands,
            cluster,
            problem: Problem {
                pools: shapes.collect(),
                blocks: Vec::with_capacity(demands.len()),
            },
            resources,
            zones,
            refusals: Vec::with_capacity(demands.len()),
            zone_limits: Vec::new(),
            unjudged: BTreeSet::new(),
        };
        for demand in demands {
            let block = case.block(demand);
            case.problem.blocks.push(block);
        }
        case.relate();
        case
    }

    fn is_gpu(&self, resource: &str) -> bool {
        is_gpu(self.cluster, resource)
    }

    /// Whether pods may stand on nodes that the profile leaves out: it lists none without GPUs.
    fn may_be_elsewhere(&self, group: &Group) -> bool {
        let mut pools = self.cluster.pools.iter();
        self.gpus(group) == Quantity::ZERO && pools.all(|pool| pool.gpu.is_some())
    }

    /// GPUs of one pod.
    fn gpus(&self, group: &Group) -> Quantity {
        let gpus = group.asks.iter().filter(|ask| self.is_gpu(&ask.resource));
        gpus.map(|ask| ask.amount).sum()
    }

    fn block(&mut self, demand: &Demand<'a>) -> Block {
        let group = &demand.group;
        let number = |name: &str| self.resources.iter().position(|other| *other == name);
        let mut asks = vec![(0, Quantity::whole(1))];
        let of_group = group.asks.iter();
        asks.extend(of_group.filter_map(|ask| Some((number(&ask.resource)?, ask.amount))));
        let weight = self.gpus(group);
        let mut block = Block {
            asks,
            gangs: group.gangs,
            size: group.size,
            weight,
            fills: weight > Quantity::ZERO,
            ..Block::default()
        };
        let mut refusals = Vec::new();
        let choice = demand.spec().map(NodeChoice::of);
        for (index, pool) in self.cluster.pools.iter().enumerate() {
            match self.place(&block, demand, choice.as_ref(), index, pool) {
                Ok(place) => block.places.push(place),
                Err(refusal) => refusals.push((index, refusal)),
            }
        }
        let unknown = |place: &Place| {
            let capacity = &self.problem.pools[place.pool].capacity;
            let asks = block.asks.iter().skip(1);
            asks.filter(|(resource, _)| capacity.get(*resource).is_none_or(Option::is_none))
                .filter(|(resource, _)| self.resources[*resource].contains('/'))
                .count()
        };
        let has_gpu = |place: &Place| self.cluster.pools[place.pool].gpu.is_some();
        let mut places = std::mem::take(&mut block.places);
        places.sort_by_key(|place| {
            let is_waste = weight == Quantity::ZERO && has_gpu(place);
            (is_waste, unknown(place), place.pool)
        });
        block.places = places;
        if block.places.is_empty() {
            // What has no place at all is said; the others are placed without it.
            block.gangs = 0;
            if self.may_be_elsewhere(group) {
                self.unjudged.insert(format!(
                    "`{}` asks for no GPU, and the profile lists no pool without",
                    group.name
                ));
            }
        }
        self.refusals.push(refusals);
        block
    }

    /// The zones of a pool that a demand may stand in, or why it cannot stand on the pool.
    fn place(
        &self,
        block: &Block,
        demand: &Demand<'_>,
        choice: Option<&NodeChoice<'_>>,
        index: usize,
        pool: &Pool,
    ) -> Result<Place, Refusal> {
        let mut zones: Vec<usize> = (0..pool.zones.len()).collect();
        if let Some(choice) = choice {
            zones = choice.zones(pool)?;
            let adds = *self.cluster.capabilities.extended_resource_toleration;
            let is_asked = |key: &str| adds && demand.group.asks_for(key).is_some();
            if let Some(taint) = choice.taint(pool, is_asked) {
                let value = taint.value.value.as_deref();
                let value = value.map_or_else(String::new, |value| format!("={value}"));
                let effect = taint.effect.as_str();
                return Err(Refusal {
                    reason: format!("its taint `{}{value}:{effect}` is not tolerated", taint.key),
                    origin: taint.origin,
                    short_of: None,
                });
            }
        }
        let capacity = &self.problem.pools[index].capacity;
        for (resource, ask) in block.asks.iter().skip(1) {
            let name = self.resources[*resource];
            match capacity.get(*resource) {
                Some(Some(has)) if ask > has => {
                    return Err(Refusal {
                        reason: match *has == Quantity::ZERO {
                            true => format!("a node has no `{name}`"),
                            false => format!("a node has {has} `{name}`, a pod asks for {ask}"),
                        },
                        origin: demand.origin_of(name),
                        // A node without GPUs is no smaller node, but another kind of node.
                        short_of: (*has > Quantity::ZERO || !self.is_gpu(name))
                            .then(|| name.to_owned()),
                    });
                }
                _ => {}
            }
        }
        let name = |zone: usize| pool.zones.get(zone).map_or("", |zone| zone.as_str());
        let number = |zone| self.zones.iter().position(|other| *other == name(zone));
        Ok(Place {
            pool: index,
            zones: zones.into_iter().filter_map(number).collect(),
        })
    }

    /// What the pods say about one another.
    fn relate(&mut self) {
        let count = self.demands.len();
        // The representative of every demand's set of one zone.
        let mut sets: Vec<usize> = (0..count).collect();
        let mut joined: BTreeSet<usize> = BTreeSet::new();
        for index in 0..count {
            let demand = &self.demands[index];
            let name = &demand.group.name;
            for claim in &demand.unknown_claims {
                self.unjudged
                    .insert(format!("`{name}` claims devices by `{claim}`"));
            }
            let Some(spec) = demand.spec() else { continue };
            let others = |selector: Option<&Node>, is_wide: bool| -> Vec<usize> {
                let one = |other: &usize| {
                    let other = &self.demands[*other];
                    (is_wide || other.group.namespace == demand.group.namespace)
                        && select::matches(selector, &other.labels)
                };
                (0..count).filter(one).collect()
            };
            for term in select::pod_terms(spec, "podAntiAffinity") {
                let others = others(term.selector, term.is_wide);
                for other in others {
                    match term.key {
                        HOST => {
                            self.problem.blocks[index].apart.insert(other);
                            self.problem.blocks[other].apart.insert(index);
                        }
                        ZONE => {
                            self.problem.blocks[index].zone_apart.insert(other);
                            self.problem.blocks[other].zone_apart.insert(index);
                            if other == index {
                                self.zone_limit(index, 1, "one pod a zone", term.origin);
                            }
                        }
                        key => {
                            self.unjudged
                                .insert(format!("`{name}` stays apart by `{key}`"));
                        }
                    }
                }
            }
            for term in select::pod_terms(spec, "podAffinity") {
                let others = others(term.selector, term.is_wide);
                let only_self = others == [index];
                let is_nvlink = self.is_nvlink_key(term.key);
                match term.key {
                    ZONE if !others.is_empty() => {
                        for other in others {
                            union(&mut sets, index, other);
                            joined.insert(other);
                        }
                        joined.insert(index);
                    }
                    // All of its pods in one domain: one gang.
                    _ if is_nvlink && only_self => {
                        let block = &mut self.problem.blocks[index];
                        block.size = block.gangs.saturating_mul(block.size);
                        block.gangs = u64::from(block.size > 0);
                        block.in_domain = block.size > 1;
                    }
                    key => {
                        self.unjudged
                            .insert(format!("`{name}` stands together by `{key}`"));
                    }
                }
            }
            for spread in select::spreads(spec) {
                let others = others(spread.selector, false);
                let block = &mut self.problem.blocks[index];
                let least = |old: Option<u64>| Some(old.unwrap_or(u64::MAX).min(spread.skew));
                match spread.key {
                    _ if others != [index] => {
                        let key = spread.key;
                        self.unjudged
                            .insert(format!("`{name}` is spread with others by `{key}`"));
                    }
                    HOST => block.host_skew = least(block.host_skew),
                    ZONE => {
                        block.zone_skew = least(block.zone_skew);
                        let zones: BTreeSet<usize> =
                            block.places.iter().flat_map(|p| p.zones.clone()).collect();
                        let zones = u64::try_from(zones.len()).unwrap_or(u64::MAX);
                        if zones < spread.least_domains {
                            let what = format!("{} zones at least", spread.least_domains);
                            self.zone_limit(index, spread.skew, &what, spread.origin);
                        }
                    }
                    key => {
                        self.unjudged
                            .insert(format!("`{name}` is spread by `{key}`"));
                    }
                }
            }
            let block = &mut self.problem.blocks[index];
            if demand.channel.is_some() && block.size > 1 {
                block.in_domain = true;
            }
        }
        for index in joined {
            self.problem.blocks[index].zone_set = Some(root(&sets, index));
        }
    }

    fn is_nvlink_key(&self, key: &str) -> bool {
        let mut reaches = self.cluster.pools.iter().filter_map(|p| p.nvlink.as_ref());
        reaches.any(|nvlink| nvlink.topology_key.as_deref() == Some(key))
    }

    /// No more than `each` pods in every zone: notes how many that makes, if all zones are known.
    fn zone_limit(&mut self, index: usize, each: u64, what: &str, origin: crate::origin::Origin) {
        let places = &self.problem.blocks[index].places;
        if places.is_empty() || places.iter().any(|place| place.zones.is_empty()) {
            return;
        }
        let zones: BTreeSet<usize> = places.iter().flat_map(|p| p.zones.clone()).collect();
        let most = u64::try_from(zones.len()).unwrap_or(0).saturating_mul(each);
        let names: Vec<_> = zones.iter().map(|zone| self.zones[*zone]).collect();
        let what = format!("it wants {what}, and its pools have {}", names.join(", "));
        self.zone_limits.push((index, most, what, origin));
    }
}

fn root(sets: &[usize], mut index: usize) -> usize {
    while sets[index] != index {
        index = sets[index];
    }
    index
}

fn union(sets: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(sets, a), root(sets, b));
    sets[a.max(b)] = a.min(b);
}

/// Whether a resource is what some pool counts its GPUs by.
fn is_gpu(cluster: &ClusterProfileSpec, resource: &str) -> bool {
    resource == "nvidia.com/gpu"
        || cluster
            .pools
            .iter()
            .filter_map(|pool| pool.gpu.as_ref())
            .any(|gpu| gpu.resource == resource)
}

/// How much of a resource a node of a pool has, at most; nothing if the profile does not know.
fn offered(cluster: &ClusterProfileSpec, pool: &Pool, resource: &str) -> Option<Quantity> {
    if let Some(amount) = pool.allocatable.get(resource) {
        return Quantity::parse(amount);
    }
    if let Some(amount) = pool.machine.get(resource) {
        return Quantity::parse(amount);
    }
    match &pool.gpu {
        Some(gpu) if gpu.resource == resource => Some(Quantity::whole(gpu.count.value.into())),
        _ if is_gpu(cluster, resource) => Some(Quantity::ZERO),
        _ => None,
    }
}

/// Names by which amounts are counted, for messages: `2 nodes`.
fn several(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
