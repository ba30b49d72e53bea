//! Graphwright renders NVIDIA Dynamo inference graphs for real clusters: a graph and a cluster profile in,
//! complete and checked Kubernetes manifests out.

pub mod builtin;
pub mod convert;
pub mod diagnostic;
pub mod load;
pub mod model;
pub mod origin;
pub mod patch;
pub mod plan;
pub mod profile;
pub mod render;
pub mod resolve;
pub mod rules;
pub mod schema;
pub mod source;
pub mod validate;
pub mod yaml;
