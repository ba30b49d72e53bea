//! Inputs to pairs: which graph runs on which cluster, with every layer, default and reference settled.

use std::sync::Arc;

use crate::model::graph::Graph;
use crate::model::profile::ClusterProfileSpec;
use crate::model::release::ReleaseSpec;
use crate::yaml::Node;

/// One graph on one cluster: what the plan works on.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The release.
    pub release: Arc<ResolvedRelease>,
    /// The cluster.
    pub profile: Arc<ResolvedProfile>,
    /// The graph, in the shape of v1beta1.
    pub graph: Arc<Graph>,
}

impl Pair {
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
