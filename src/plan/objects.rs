//! Which objects does a release need around its graph, and what is in them?
//!
//! Every decision about an object is made here and written down; a template only prints it. The graph
//! itself is for others.

pub mod contexts;

mod access;
mod alerts;
mod analysis;
mod colors;
mod dashboard;
mod devices;
mod disruption;
mod environment;
mod exposure;
mod jobs;
mod monitors;
mod names;
mod namespace;
mod network;
mod nodes;
mod preflight;
mod promql;
mod quantity;
mod scaling;
mod secrets;
mod smoke_test;
mod storage;
mod tokens;
mod traffic;

use std::borrow::Cow;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::model::graph::{Component, ComponentKind};
use crate::model::object;
use crate::model::profile::{ClusterProfileSpec, FabricClaim};
use crate::model::release::ReleaseSpec;
use crate::origin::Origin;
use crate::resolve::Pair;
use crate::rules::{self, Decisions, Rule};
use crate::yaml::{At, Node};
use contexts::Printed;
use nodes::{map, text};

pub(super) use names::label_value;
pub use secrets::{SecretVolume, secret_volumes};
pub(super) use tokens::of_objects as tokens_in;

/// The label of every pod and Service of a graph that names the graph (ai-dynamo/dynamo
/// deploy/operator/internal/consts/consts.go).
const GRAPH_LABEL: &str = "nvidia.com/dynamo-graph-deployment-name";
/// The label of every pod that names its component as the author wrote it.
const COMPONENT_LABEL: &str = "nvidia.com/dynamo-component";
/// The label of every pod that names its component's type.
const TYPE_LABEL: &str = "nvidia.com/dynamo-component-type";

/// One object that is to be rendered.
#[derive(Debug, Clone)]
pub struct PlannedObject {
    /// The template's name, without `.yaml`.
    pub template: Cow<'static, str>,
    /// The rule that decided that the object exists.
    pub rule: &'static Rule,
    /// That decision.
    pub origin: Origin,
    /// The component it is for; none for objects of the whole graph.
    pub component: Option<String>,
    /// What the template sees; its fields are those of the struct in [`contexts`] named for the template.
    pub context: Arc<Node>,
}

/// The objects around the graph of a pair, in no particular order.
///
/// `graphs` are the release's graphs as they are rendered, in the order of its colours.
pub fn plan(
    pair: &Pair,
    graphs: &[Node],
    decisions: &mut Decisions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<PlannedObject> {
    let mut site = Site::new(pair, decisions, diagnostics);
    site.graphs = graphs;
    tokens::check(&mut site);
    colors::check(&mut site);
    shared(&mut site);
    if pair.colors.is_empty() {
        of_graph(&mut site);
    }
    let mut objects = site.objects;
    for (color, graph) in pair.colors.iter().zip(graphs) {
        let mut site = Site::new(color, decisions, diagnostics);
        site.graphs = std::slice::from_ref(graph);
        of_graph(&mut site);
        objects.extend(site.objects);
    }
    objects
}

/// What a release has once, however many graphs it has.
fn shared(site: &mut Site<'_>) {
    namespace::plan(site);
    storage::plan(site);
    access::plan(site);
    secrets::plan(site);
    exposure::plan(site);
    preflight::plan(site);
    analysis::check(site);
}

/// What every graph of a release has for itself.
fn of_graph(site: &mut Site<'_>) {
    disruption::plan(site);
    scaling::plan(site);
    network::plan(site);
    monitors::plan(site);
    alerts::plan(site);
    dashboard::plan(site);
    analysis::plan(site);
    smoke_test::plan(site);
}

/// The template for a claim of the fabric, with its name.
pub(super) fn claim_template(
    pair: &Pair,
    claim: &At<FabricClaim>,
    decisions: &mut Decisions,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Node, Vec<PlannedObject>) {
    let mut site = Site::new(pair, decisions, diagnostics);
    let name = devices::claim_template(&mut site, claim);
    (name, site.objects)
}

/// A component's domain on the NVLink fabric, which reaches as far as `reach` says, with the name of the
/// claim template of its channels.
pub(super) fn compute_domain(
    pair: &Pair,
    component: &Component,
    wanted: &At<bool>,
    reach: Origin,
    decisions: &mut Decisions,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Node, Vec<PlannedObject>) {
    let mut site = Site::new(pair, decisions, diagnostics);
    let channel = devices::compute_domain(&mut site, component, wanted, reach);
    (channel, site.objects)
}

/// The object that a template of the user's own makes for a pair.
pub fn added(pair: &Pair, template: &str, decisions: &mut Decisions) -> PlannedObject {
    let mut diagnostics = Vec::new();
    let mut site = Site::new(pair, decisions, &mut diagnostics);
    let asked = pair.release.spec.templates.as_ref();
    let origin = site.decide(
        &rules::OBJECT_ADDED,
        asked.map(|folder| folder.origin),
        Some(template.to_owned()),
    );
    let context = contexts::of_release(&site, origin);
    PlannedObject {
        template: Cow::Owned(template.to_owned()),
        rule: &rules::OBJECT_ADDED,
        origin,
        component: None,
        context: Arc::new(context),
    }
}

/// What every decision looks at, and where what they decide goes.
struct Site<'a> {
    pair: &'a Pair,
    release: &'a ReleaseSpec,
    profile: &'a ClusterProfileSpec,
    /// The graphs as they are rendered; none while they are made.
    graphs: &'a [Node],
    /// The graph's name in the cluster.
    graph: Node,
    namespace: Node,
    labels_origin: Origin,
    decisions: &'a mut Decisions,
    diagnostics: &'a mut Vec<Diagnostic>,
    objects: Vec<PlannedObject>,
}

impl<'a> Site<'a> {
    fn new(
        pair: &'a Pair,
        decisions: &'a mut Decisions,
        diagnostics: &'a mut Vec<Diagnostic>,
    ) -> Self {
        let release = &pair.release.spec;
        let written = pair.graph.object.at(&["metadata", "name"]);
        let graph = match &release.name {
            Some(name) => text(&name.value, name.origin),
            None => text(
                &pair.graph.name,
                written.map_or(pair.graph.object.origin, |name| name.origin),
            ),
        };
        let namespace_origin = release
            .namespace
            .as_ref()
            .map(|namespace| namespace.name.origin)
            .or_else(|| Some(pair.graph.object.at(&["metadata", "namespace"])?.origin))
            .unwrap_or_default();
        let labels_origin = decisions.record(
            &rules::OBJECT_LABELS,
            release.labels.values().map(|label| label.origin),
            None,
        );
        Self {
            pair,
            release,
            profile: &pair.profile.spec,
            graphs: &[],
            graph,
            namespace: text(&pair.release.namespace, namespace_origin),
            labels_origin,
            decisions,
            diagnostics,
            objects: Vec::new(),
        }
    }

    fn graph_name(&self) -> &'a str {
        match &self.release.name {
            Some(name) => &name.value,
            None => &self.pair.graph.name,
        }
    }

    fn components(&self) -> &'a [Component] {
        &self.pair.graph.components
    }

    fn has(&self, kind: ComponentKind) -> bool {
        self.components()
            .iter()
            .any(|component| component.kind == kind)
    }

    /// The component's replicas on this release; the fewest if it is scaled.
    fn replicas(&self, component: &Component) -> u32 {
        let own = self.release.components.get(&component.name);
        let scaled = own.and_then(|own| Some(own.scaling.as_ref()?.min_replicas.value));
        let fixed = own.and_then(|own| Some(own.replicas.as_ref()?.value));
        scaled.or(fixed).unwrap_or(component.replicas)
    }

    fn decide(
        &mut self,
        rule: &'static Rule,
        inputs: impl IntoIterator<Item = Origin>,
        outcome: Option<String>,
    ) -> Origin {
        self.decisions.record(rule, inputs, outcome)
    }

    /// The standard labels and the release's own; the latter win. `part` is what of the graph it is.
    fn labels(&self, part: &str) -> Node {
        let origin = self.labels_origin;
        let value = |whole: &str| text(names::label_value(whole), origin);
        let mut labels = map(
            origin,
            [
                ("app.kubernetes.io/name", value(self.graph_name())),
                ("app.kubernetes.io/part-of", value(&self.pair.release.name)),
                ("app.kubernetes.io/component", value(part)),
                ("app.kubernetes.io/managed-by", value("graphwright")),
            ],
        );
        for (key, label) in &self.release.labels {
            labels.set(key, nodes::at(label, origin));
        }
        labels
    }

    /// The selector of all pods of the graph.
    fn graph_selector(&self, origin: Origin) -> Node {
        map(origin, [(GRAPH_LABEL, self.graph.clone())])
    }

    /// `<graph>-<suffix>`, shortened with a note if it is too long to be a name.
    fn name(&mut self, suffix: &str, origin: Origin) -> Node {
        let whole = format!("{}-{}", self.graph_name(), suffix.to_lowercase());
        self.shorten(whole, origin, self.graph.origin, "graph")
    }

    /// The name, or what is left of it; `written` is where the name of `what` makes it too long.
    fn shorten(&mut self, whole: String, origin: Origin, written: Origin, what: &str) -> Node {
        let short = names::shorten(&whole, object::LONGEST_NAME);
        if short.len() != whole.len() {
            self.diagnostics.push(
                Diagnostic::new(
                    &rules::OBJECT_NAME_SHORTENED,
                    written,
                    format!("the name `{whole}` is too long; it becomes `{short}`"),
                )
                .help(format!("choose a shorter name for the {what}")),
            );
        }
        text(short, origin)
    }

    fn add<C: Printed>(
        &mut self,
        rule: &'static Rule,
        origin: Origin,
        component: Option<&Component>,
        context: C,
    ) {
        self.objects.push(PlannedObject {
            template: Cow::Borrowed(C::TEMPLATE),
            rule,
            origin,
            component: component.map(|component| component.name.clone()),
            context: Arc::new(context.into_node()),
        });
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

#[cfg(test)]
mod tests;
