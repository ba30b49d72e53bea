//! Graphwright renders NVIDIA Dynamo inference graphs for real clusters.

pub mod model;
pub mod schema;
