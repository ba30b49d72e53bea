//! Where a cluster keeps models and caches.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::yaml::At;

/// Storage classes and what they are used for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Storage {
    /// The classes a graph's claims may name.
    pub classes: Vec<At<StorageClass>>,
    /// Which class serves which purpose.
    pub roles: StorageRoles,
}

/// A storage class.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StorageClass {
    /// Its name in the cluster. Empty for volumes that are bound by hand.
    pub name: At<String>,
    /// The CSI driver.
    pub provisioner: At<String>,
    /// Access modes the driver can give.
    pub access_modes: Vec<AccessMode>,
    /// The smallest size, as a quantity. It need not be a multiple of `step`.
    #[serde(default)]
    pub minimum: Option<At<String>>,
    /// Sizes above `minimum` are multiples of this, as a quantity.
    #[serde(default)]
    pub step: Option<At<String>>,
    /// Whether volumes live in one zone.
    #[serde(default)]
    pub zonal: bool,
    /// Whether the release writes the StorageClass; otherwise the cluster has it.
    #[serde(default)]
    pub create: bool,
    /// The driver's parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, At<String>>,
    /// What becomes of a volume when its claim goes.
    #[serde(default)]
    pub reclaim_policy: Option<ReclaimPolicy>,
    /// When a volume is made.
    #[serde(default)]
    pub volume_binding_mode: Option<VolumeBindingMode>,
    /// Options the volumes are mounted with.
    #[serde(default)]
    pub mount_options: Vec<String>,
    /// Whether claims can grow.
    #[serde(default)]
    pub allow_volume_expansion: Option<bool>,
    /// Topologies a volume may be made in, as the StorageClass gives them.
    #[serde(default)]
    pub allowed_topologies: Vec<Json>,
    /// For drivers without dynamic provisioning, or a file system that exists: the volume to bind.
    #[serde(default)]
    pub static_volume: Option<At<StaticVolume>>,
}

/// How a volume may be mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum AccessMode {
    /// By one node, reading and writing.
    ReadWriteOnce,
    /// By many nodes, reading.
    ReadOnlyMany,
    /// By many nodes, reading and writing.
    ReadWriteMany,
    /// By one pod.
    ReadWriteOncePod,
}

impl AccessMode {
    /// The mode's name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadWriteOnce => "ReadWriteOnce",
            Self::ReadOnlyMany => "ReadOnlyMany",
            Self::ReadWriteMany => "ReadWriteMany",
            Self::ReadWriteOncePod => "ReadWriteOncePod",
        }
    }
}

/// What becomes of a volume when its claim goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ReclaimPolicy {
    /// It goes too.
    Delete,
    /// It stays.
    Retain,
}

/// When a volume is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum VolumeBindingMode {
    /// With the claim.
    Immediate,
    /// With the first pod, where that pod runs.
    WaitForFirstConsumer,
}

/// A volume that exists outside the cluster.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StaticVolume {
    /// The driver's name of it, such as an FSx file system id.
    pub volume_handle: String,
    /// What the driver needs to mount it.
    #[serde(default)]
    pub volume_attributes: BTreeMap<String, At<String>>,
}

/// Which class serves which purpose.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StorageRoles {
    /// Model weights, read by every worker.
    pub model_cache: Option<At<StorageRole>>,
    /// Compiled kernels, read and written by workers of one image.
    pub compilation_cache: Option<At<StorageRole>>,
    /// Room that may be lost with the pod: a volume of each pod's own.
    pub scratch: Option<At<StorageRole>>,
}

/// A class for one purpose.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StorageRole {
    /// The name of a class in `classes`.
    pub class: At<String>,
    /// The size of a claim that does not say its own, as a quantity.
    pub size: At<String>,
    /// The access mode of a claim that does not say its own.
    pub access_mode: AccessMode,
}
