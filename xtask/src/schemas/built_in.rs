//! Which kinds are taken, and what does `k8s-openapi` say of them?

use std::error::Error;

use serde_json::Value;

/// `{"$defs": {…}, "kinds": {"apps/v1/Deployment": {"$ref": …}, …}}` as k8s-openapi describes it.
#[cfg(feature = "kubernetes")]
pub(crate) fn generate() -> Result<Value, Box<dyn Error>> {
    use k8s_openapi::api::{
        apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet},
        autoscaling::v2::HorizontalPodAutoscaler,
        batch::v1::{CronJob, Job},
        core::v1::{
            ConfigMap, LimitRange, Namespace, PersistentVolume, PersistentVolumeClaim, Pod,
            PodTemplate, ResourceQuota, Secret, Service, ServiceAccount,
        },
        networking::v1::{Ingress, IngressClass, NetworkPolicy},
        node::v1::RuntimeClass,
        policy::v1::PodDisruptionBudget,
        rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding},
        resource::v1::{DeviceClass, ResourceClaim, ResourceClaimTemplate},
        scheduling::v1::PriorityClass,
        storage::v1::{CSIDriver, StorageClass, VolumeAttributesClass},
    };
    use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
    use serde_json::Map;

    let mut settings = schemars::generate::SchemaSettings::draft07();
    settings.definitions_path = "/$defs".into();
    let mut generator = settings.into_generator();
    let mut kinds = Map::new();
    macro_rules! take {
        ($($kind:ident)*) => {$(
            let name = format!(
                "{}/{}",
                <$kind as k8s_openapi::Resource>::API_VERSION,
                <$kind as k8s_openapi::Resource>::KIND,
            );
            kinds.insert(name, generator.subschema_for::<$kind>().to_value());
        )*};
    }
    take! {
        ClusterRole ClusterRoleBinding ConfigMap CronJob CSIDriver CustomResourceDefinition DaemonSet
        Deployment DeviceClass HorizontalPodAutoscaler Ingress IngressClass Job LimitRange Namespace
        NetworkPolicy PersistentVolume PersistentVolumeClaim Pod PodDisruptionBudget PodTemplate
        PriorityClass ReplicaSet ResourceClaim ResourceClaimTemplate ResourceQuota Role RoleBinding
        RuntimeClass Secret Service ServiceAccount StatefulSet StorageClass VolumeAttributesClass
    }
    let definitions: Map<_, _> = generator.take_definitions(false);
    Ok(serde_json::json!({ "$defs": definitions, "kinds": kinds }))
}

/// Without a version there is nothing to describe.
#[cfg(not(feature = "kubernetes"))]
pub(crate) fn generate() -> Result<Value, Box<dyn Error>> {
    Err("built without a Kubernetes version: run `cargo xtask schemas`".into())
}
