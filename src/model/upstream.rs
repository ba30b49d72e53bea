//! The custom resources of other projects that graphs and manifests hold: which fields have they?
//!
//! These types are the source of the schemas in `schemas/`; a field's comment is its description there.
//! Pod-shaped parts are left as JSON and checked against Kubernetes' own definitions. Rules that a
//! schema cannot say (uniqueness, one field for another) are not here.

pub mod argo_rollouts;
pub mod cert_manager;
pub mod dynamo_other;
pub mod dynamo_v1alpha1;
pub mod dynamo_v1beta1;
pub mod external_secrets;
pub mod flagger;
pub mod gateway_api;
pub mod gke;
pub mod istio;
pub mod keda;
pub(crate) mod kubernetes;
pub mod kustomize;
pub mod nvidia_dra;
pub mod prometheus;
pub mod secrets_store;
