//! Pairs to plans: every decision about one graph on one cluster, and no text.
//!
//! The graph is enriched field by field: what its author wrote stays, what the cluster needs is added, and
//! every addition is a [`Decision`](crate::rules::Decision) of a named rule. What is rendered around the
//! graph is decided in [`objects`].

mod arguments;
mod claims;
pub(crate) mod component;
mod fabric;
mod health;
mod identity;
mod image;
mod kv_transfer;
mod lifecycle;
mod metadata;
mod overrides;
pub(crate) mod placement;
pub(crate) mod pool;
mod scaling;
mod storage;

pub mod objects;

use crate::diagnostic::Diagnostic;
use crate::model::graph::Component;
use crate::model::profile::{Fabric, Pool, Strictness};
use crate::origin::Origin;
use crate::resolve::{Loose, Pair};
use crate::rules::{self, Decisions, Rule};
use crate::yaml::{At, Node};

/// Everything decided about one release on one cluster.
#[derive(Debug)]
pub struct Plan {
    /// The graph, enriched, in the shape of v1beta1; of a blue/green release all that it has, blue first.
    pub graphs: Vec<Node>,
    /// The other objects of the graph's file, in order, with namespace and labels.
    pub author_objects: Vec<Node>,
    /// What is rendered around the graphs.
    pub objects: Vec<objects::PlannedObject>,
    /// Why each field is what it is.
    pub decisions: Decisions,
    /// What the author should know.
    pub diagnostics: Vec<Diagnostic>,
}

/// Decides everything about `pair`.
///
/// What does not fit is an error among the diagnostics; the plan is then still as complete as it can be, so
/// that every mistake of a run is told at once.
pub fn plan(pair: &Pair) -> Plan {
    let mut notes = Notes::default();
    let graphs = match pair.colors.as_slice() {
        [] => vec![enriched(pair, &mut notes)],
        colors => colors
            .iter()
            .map(|color| enriched(color, &mut notes))
            .collect(),
    };
    let mut author_objects = pair.graph.objects.clone();
    for object in &mut author_objects {
        metadata::enrich_author_object(pair, object, &mut notes);
    }
    let mut objects = notes.objects;
    objects.extend(objects::plan(
        pair,
        &graphs,
        &mut notes.decisions,
        &mut notes.diagnostics,
    ));
    Plan {
        graphs,
        author_objects,
        objects,
        decisions: notes.decisions,
        diagnostics: notes.diagnostics,
    }
}

/// The graph of a pair with everything that the cluster needs.
fn enriched(pair: &Pair, notes: &mut Notes) -> Node {
    let mut graph = pair.graph.object.clone();
    metadata::enrich_graph(pair, &mut graph, notes);
    overrides::check(pair, &graph, notes);
    let pools = pool::select(pair, notes);
    for (index, component) in pair.graph.components.iter().enumerate() {
        let site = Site {
            pair,
            component,
            pool: pools[index],
            fabric: fabric_of(pair, component, pools[index]),
        };
        if let Some(node) = component_node(&mut graph, index) {
            enrich(&site, node, notes);
        }
    }
    graph
}

/// Whether a diagnostic says that a component has no pool.
pub(crate) fn is_about_pools(diagnostic: &Diagnostic) -> bool {
    [&rules::NO_POOL_FITS, &rules::POOL_MISFIT]
        .iter()
        .any(|rule| rule.code == diagnostic.rule.code)
}

/// What leaves of a file without a graph.
#[derive(Debug)]
pub struct Passed {
    /// Its objects, in order, with namespace and labels.
    pub objects: Vec<Node>,
    /// Why each field is what it is.
    pub decisions: Decisions,
    /// What the author should know.
    pub diagnostics: Vec<Diagnostic>,
}

/// Passes the objects of a file without a graph through.
pub fn pass(loose: &Loose) -> Passed {
    let mut notes = Notes::default();
    let mut objects = loose.objects.to_vec();
    for object in &mut objects {
        metadata::enrich_loose(loose, object, &mut notes);
    }
    notes.diagnostics.extend(objects::tokens_in(&loose.objects));
    Passed {
        objects,
        decisions: notes.decisions,
        diagnostics: notes.diagnostics,
    }
}

/// Where one component goes: what its rules look at.
struct Site<'a> {
    pair: &'a Pair,
    component: &'a Component,
    pool: Option<&'a At<Pool>>,
    /// The fabric, if the component is one that uses it.
    fabric: Option<&'a At<Fabric>>,
}

impl Site<'_> {
    /// Whether rules beyond upstream's own provider components apply.
    fn is_safe(&self) -> bool {
        strictness(self.pair) == Strictness::Safe
    }
}

/// What the rules write down while they work.
#[derive(Debug, Default)]
struct Notes {
    decisions: Decisions,
    diagnostics: Vec<Diagnostic>,
    /// Objects that a component's own rules need.
    objects: Vec<objects::PlannedObject>,
}

impl Notes {
    /// Writes a decision down and gives the origin for what it sets.
    fn decide(&mut self, rule: &'static Rule, inputs: impl IntoIterator<Item = Origin>) -> Origin {
        self.decisions.record(rule, inputs, None)
    }

    /// The same, with what the rule concluded.
    fn decide_that(
        &mut self,
        rule: &'static Rule,
        inputs: impl IntoIterator<Item = Origin>,
        outcome: String,
    ) -> Origin {
        self.decisions.record(rule, inputs, Some(outcome))
    }
}

/// The release's strictness, else the profile's.
fn strictness(pair: &Pair) -> Strictness {
    pair.release
        .spec
        .fabric
        .as_deref()
        .copied()
        .or(pair.profile.spec.fabric.as_ref().map(|f| f.strictness))
        .unwrap_or_default()
}

/// The fabric, for components whose pods talk GPU to GPU: prefill and decode workers of a disaggregated
/// graph, and workers that span nodes.
fn fabric_of<'a>(
    pair: &'a Pair,
    component: &Component,
    pool: Option<&At<Pool>>,
) -> Option<&'a At<Fabric>> {
    use crate::model::graph::ComponentKind::{Decode, Prefill};
    let coupled = matches!(component.kind, Prefill | Decode)
        || component.disaggregated
        || component.node_count > 1;
    let has_gpus = component.gpus > 0 && pool.is_none_or(|pool| pool.gpu.is_some());
    pair.profile
        .spec
        .fabric
        .as_ref()
        .filter(|_| component.kind.is_worker() && coupled && has_gpus)
}

fn component_node(graph: &mut Node, index: usize) -> Option<&mut Node> {
    graph
        .at_mut(&["spec", "components"])?
        .as_list_mut()?
        .get_mut(index)
}

/// Runs every rule on one component, in an order that later rules rely on: images before what depends on
/// their tags, the fabric before placement.
fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    overrides::enrich(site, node, notes);
    scaling::enrich(site, node, notes);
    image::enrich(site, node, notes);
    fabric::enrich(site, node, notes);
    claims::enrich(site, node, notes);
    kv_transfer::enrich(site, node, notes);
    health::enrich(site, node, notes);
    storage::enrich(site, node, notes);
    storage::secrets(site, node, notes);
    identity::enrich(site, node, notes);
    if site.is_safe() {
        component::explicit_replicas(site, node, notes);
        component::shared_memory(site, node, notes);
        placement::enrich(site, node, notes);
        lifecycle::enrich(site, node, notes);
    } else {
        placement::exact_tolerations(site, node, notes);
    }
}
