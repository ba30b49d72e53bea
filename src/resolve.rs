//! Inputs to pairs: which graph runs on which cluster, with every layer, default and reference settled.

pub mod merge;
pub mod profile;
pub mod release;
mod variants;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::load::{Inputs, Template};
use crate::model::graph::Graph;
use crate::model::profile::ClusterProfileSpec;
use crate::model::release::{Color, ReleaseSpec, Size};
use crate::source::Sources;
use crate::yaml::Node;
use profile::{Builtin, Library};
pub use variants::strategies;

/// Turns a `DynamoGraphDeployment` of either version and the other objects of its file into a graph.
pub type Normalize<'a> = &'a dyn Fn(&Node, Vec<Node>, &mut Vec<Diagnostic>) -> Option<Graph>;

/// The work that `inputs` ask for, in the order of the inputs. What is wrong goes into `diagnostics`; a bad
/// release or profile does not hide the others' pairs.
pub fn resolve(
    inputs: &Inputs,
    builtin: Builtin,
    normalize: Normalize<'_>,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Work> {
    let library = Library::new(builtin, inputs, sources, diagnostics);
    release::pairs(inputs, library, normalize, sources, diagnostics).0
}

/// The same, and the profiles of the command line that manifests which nothing renders are held against.
pub fn resolve_everything(
    inputs: &Inputs,
    builtin: Builtin,
    normalize: Normalize<'_>,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Work>, Vec<Arc<ResolvedProfile>>) {
    let library = Library::new(builtin, inputs, sources, diagnostics);
    release::pairs(inputs, library, normalize, sources, diagnostics)
}

/// What is rendered for one cluster.
#[derive(Debug, Clone)]
pub enum Work {
    /// A graph, with everything around it.
    Graph(Pair),
    /// The objects of a file without a graph.
    Objects(Loose),
}

/// Objects of the Dynamo operator that are in no graph's file, on one cluster. Nothing is decided for them.
#[derive(Debug, Clone)]
pub struct Loose {
    /// What stands for a release: named after the first of the operator's objects, the rest are defaults.
    pub release: Arc<ResolvedRelease>,
    /// The cluster.
    pub profile: Arc<ResolvedProfile>,
    /// All objects of the file, in order.
    pub objects: Arc<[Node]>,
}

/// One graph on one cluster: what the plan works on.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The release.
    pub release: Arc<ResolvedRelease>,
    /// The cluster.
    pub profile: Arc<ResolvedProfile>,
    /// The graph, in the shape of v1beta1.
    pub graph: Arc<Graph>,
    /// Which of the graphs of a blue/green release this is.
    pub color: Option<Color>,
    /// The graphs of a blue/green release, each as a pair of its own, blue before green; none for a release
    /// with one graph.
    pub colors: Vec<Self>,
}

impl Pair {
    /// Whether this is a colour on standby.
    pub fn is_on_standby(&self) -> bool {
        let settings = self
            .color
            .and_then(|color| self.release.spec.strategy.as_ref()?.settings(color));
        let size = settings.and_then(|settings| settings.size.as_ref());
        size.is_some_and(|size| **size == Size::Standby)
    }

    /// The graph's name in the cluster: the release's, else the one in its file.
    pub fn graph_name(&self) -> &str {
        match &self.release.spec.name {
            Some(name) => name,
            None => &self.graph.name,
        }
    }
}

/// A release, or what a bare graph on the command line stands for.
#[derive(Debug, Clone)]
pub struct ResolvedRelease {
    /// The name of the release's folder in a rendered tree: `metadata.name`, or the graph's name.
    pub name: String,
    /// The namespace everything of the release lives in.
    pub namespace: String,
    /// What the release says; the defaults for a bare graph.
    pub spec: ReleaseSpec,
    /// The files of its folder of templates.
    pub templates: Vec<Template>,
}

/// A profile with its layers merged.
#[derive(Debug, Clone)]
pub struct ResolvedProfile {
    /// `metadata.name` of the topmost layer.
    pub name: String,
    /// The facts.
    pub spec: ClusterProfileSpec,
    /// The merged document; every value keeps the place in the layer that gave it.
    pub document: Node,
}

#[cfg(test)]
mod tests;
