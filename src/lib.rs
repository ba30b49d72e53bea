//! Graphwright renders NVIDIA Dynamo inference graphs for real clusters: a graph and a cluster profile in,
//! complete and checked Kubernetes manifests out.

pub mod convert;
pub mod diagnostic;
pub mod model;
pub mod origin;
pub mod resolve;
pub mod rules;
pub mod source;
pub mod yaml;
