//! Is there any placement at all, for a handful of pods?

use super::pack::{Class, Placement, Problem, fitting, is_sound};

/// With more pods than this nothing is searched.
const MOST_PODS: u64 = 12;

/// Steps before the search gives up: a few milliseconds.
const MOST_STEPS: u32 = 20_000;

struct Search<'p> {
    problem: &'p Problem,
    /// The block of every pod.
    pods: Vec<usize>,
    steps: u32,
    placement: Placement,
    opened: Vec<u64>,
}

/// A placement, or that there is none; nothing if that could not be told.
pub(super) fn search(problem: &Problem) -> Option<Option<Placement>> {
    let pods = problem.blocks.iter().map(|block| block.pods());
    let pods = pods.fold(0, u64::saturating_add);
    // Gangs of an NVLink domain are placed as a whole, which this does not do.
    if pods > MOST_PODS || problem.blocks.iter().any(|block| block.in_domain) {
        return None;
    }
    let order = problem.order().into_iter();
    let of_block = |block: usize| {
        let pods = usize::try_from(problem.blocks[block].pods()).unwrap_or(0);
        std::iter::repeat_n(block, pods)
    };
    let mut search = Search {
        problem,
        pods: order.flat_map(of_block).collect(),
        steps: 0,
        placement: Placement::default(),
        opened: vec![0; problem.pools.len()],
    };
    match search.place(0) {
        true => Some(Some(search.placement)),
        false if search.steps < MOST_STEPS => Some(None),
        false => None,
    }
}

impl Search<'_> {
    fn place(&mut self, pod: usize) -> bool {
        self.steps += 1;
        if self.steps >= MOST_STEPS {
            return false;
        }
        let problem = self.problem;
        let Some(&block) = self.pods.get(pod) else {
            return is_sound(problem, &self.placement);
        };
        let this = &problem.blocks[block];
        // Nodes that are alike need to be tried once.
        let mut tried: Vec<Class> = Vec::new();
        for index in 0..self.placement.classes.len() {
            let class = &self.placement.classes[index];
            let allowed = this
                .place(class.pool)
                .is_some_and(|place| class.zone.is_none_or(|zone| place.zones.contains(&zone)));
            let apart = class
                .pods
                .iter()
                .any(|(other, _)| this.apart.contains(other));
            let fits = fitting(this, &class.free).is_none_or(|fits| fits > 0);
            if !allowed || apart || !fits || tried.contains(class) {
                continue;
            }
            let before = class.clone();
            tried.push(before.clone());
            problem.put(&mut self.placement.classes[index], block, 1);
            if self.place(pod + 1) {
                return true;
            }
            self.placement.classes[index] = before;
        }
        for place in &this.places {
            let shape = &problem.pools[place.pool];
            let fits = fitting(this, &shape.capacity).is_none_or(|fits| fits > 0);
            let is_full = shape
                .most
                .is_some_and(|most| self.opened[place.pool] >= most);
            if !fits || is_full {
                continue;
            }
            let zones: Vec<Option<usize>> = match place.zones.as_slice() {
                [] => vec![None],
                zones => zones.iter().copied().map(Some).collect(),
            };
            for zone in zones {
                let mut class = Class {
                    pool: place.pool,
                    zone,
                    nodes: 1,
                    free: shape.capacity.clone(),
                    pods: Vec::new(),
                };
                problem.put(&mut class, block, 1);
                self.opened[place.pool] += 1;
                self.placement.classes.push(class);
                if self.place(pod + 1) {
                    return true;
                }
                self.placement.classes.pop();
                self.opened[place.pool] -= 1;
            }
        }
        false
    }
}
