//! What people write: profiles, releases and graphs, as written, with what they left out still missing.

pub mod graph;
pub mod object;
pub mod pod;
pub mod profile;
pub mod project;
pub mod quantity;
pub mod release;
pub mod upstream;

pub use graph::Graph;
pub use object::{Manifest, ObjectKey};
pub use profile::ClusterProfile;
pub use project::Project;
pub use release::Release;
