//! Does a storage class give its driver the parameters that it knows and needs?

use super::{Object, entries, field, step, text};
use crate::diagnostic::did_you_mean;
use crate::rules;
use crate::yaml::{Entry, Node};

/// What a driver takes.
struct Driver {
    name: &'static str,
    /// Its parameters.
    parameters: &'static [&'static str],
    /// What parameters may start with.
    prefixes: &'static [&'static str],
    /// Parameters with the values that they may have.
    choices: &'static [(&'static str, &'static [&'static str])],
    /// Parameters that must be there.
    required: &'static [&'static str],
    /// Whether `Delete` drops a whole file system.
    is_file_system: bool,
}

const EBS: &[&str] = &[
    "type",
    "fsType",
    "iops",
    "iopsPerGB",
    "allowAutoIOPSPerGBIncrease",
    "throughput",
    "encrypted",
    "kmsKeyId",
    "blockExpress",
    "blockSize",
    "inodeSize",
    "bytesPerInode",
    "numberOfInodes",
    "ext4BigAlloc",
    "ext4ClusterSize",
    "ext4EncryptionSupport",
    "volumeInitializationRate",
];

const EBS_CHOICES: &[(&str, &[&str])] = &[(
    "type",
    &[
        "gp2", "gp3", "io1", "io2", "st1", "sc1", "sbp1", "sbg1", "standard",
    ],
)];

const DRIVERS: &[Driver] = &[
    Driver {
        name: "ebs.csi.aws.com",
        parameters: EBS,
        prefixes: &["tagSpecification_"],
        choices: EBS_CHOICES,
        required: &[],
        is_file_system: false,
    },
    Driver {
        name: "ebs.csi.eks.amazonaws.com",
        parameters: EBS,
        prefixes: &["tagSpecification_"],
        choices: EBS_CHOICES,
        required: &[],
        is_file_system: false,
    },
    Driver {
        name: "efs.csi.aws.com",
        parameters: &[
            "provisioningMode",
            "fileSystemId",
            "fileSystemIdConfigRef",
            "fileSystemIdSecretRef",
            "directoryPerms",
            "uid",
            "gid",
            "gidRangeStart",
            "gidRangeEnd",
            "basePath",
            "subPathPattern",
            "ensureUniqueDirectory",
            "az",
            "enforceZoneAffinity",
            "reuseAccessPoint",
        ],
        prefixes: &[],
        choices: &[
            ("provisioningMode", &["efs-ap", "s3files-ap"]),
            ("ensureUniqueDirectory", &["true", "false"]),
            ("enforceZoneAffinity", &["true", "false"]),
        ],
        required: &["provisioningMode", "directoryPerms"],
        is_file_system: false,
    },
    Driver {
        name: "fsx.csi.aws.com",
        parameters: &[
            "subnetId",
            "securityGroupIds",
            "deploymentType",
            "perUnitStorageThroughput",
            "storageType",
            "driveCacheType",
            "dataCompressionType",
            "fileSystemTypeVersion",
            "s3ImportPath",
            "s3ExportPath",
            "autoImportPolicy",
            "efaEnabled",
            "metadataConfigurationMode",
            "metadataIops",
            "kmsKeyId",
            "dailyAutomaticBackupStartTime",
            "automaticBackupRetentionDays",
            "copyTagsToBackups",
            "weeklyMaintenanceStartTime",
            "extraTags",
        ],
        prefixes: &[],
        choices: &[
            (
                "deploymentType",
                &["SCRATCH_1", "SCRATCH_2", "PERSISTENT_1", "PERSISTENT_2"],
            ),
            ("storageType", &["SSD", "HDD"]),
            ("driveCacheType", &["NONE", "READ"]),
            ("dataCompressionType", &["NONE", "LZ4"]),
            ("efaEnabled", &["true", "false"]),
            (
                "metadataConfigurationMode",
                &["AUTOMATIC", "USER_PROVISIONED"],
            ),
        ],
        required: &["subnetId"],
        is_file_system: true,
    },
    Driver {
        name: "disk.csi.azure.com",
        parameters: &[
            "skuName",
            "storageAccountType",
            "kind",
            "cachingMode",
            "fsType",
            "location",
            "resourceGroup",
            "subscriptionID",
            "diskIOPSReadWrite",
            "diskMBpsReadWrite",
            "logicalSectorSize",
            "tags",
            "tagValueDelimiter",
            "diskEncryptionSetID",
            "diskEncryptionType",
            "writeAcceleratorEnabled",
            "networkAccessPolicy",
            "publicNetworkAccess",
            "diskAccessID",
            "dataAccessAuthMode",
            "enableBursting",
            "enablePerformancePlus",
            "enableAsyncAttach",
            "attachDiskInitialDelay",
            "maxShares",
            "perfProfile",
            "userAgent",
        ],
        prefixes: &["device-setting/"],
        choices: &[
            (
                "skuName",
                &[
                    "Standard_LRS",
                    "Premium_LRS",
                    "StandardSSD_LRS",
                    "StandardSSD_ZRS",
                    "Premium_ZRS",
                    "PremiumV2_LRS",
                    "UltraSSD_LRS",
                ],
            ),
            ("cachingMode", &["None", "ReadOnly", "ReadWrite"]),
        ],
        required: &[],
        is_file_system: false,
    },
    Driver {
        name: "file.csi.azure.com",
        parameters: &[
            "skuName",
            "storageAccountType",
            "storageAccount",
            "enableLargeFileShares",
            "protocol",
            "networkEndpointType",
            "location",
            "resourceGroup",
            "subscriptionID",
            "shareName",
            "shareNamePrefix",
            "folderName",
            "shareAccessTier",
            "accessTier",
            "accountAccessTier",
            "server",
            "disableDeleteRetentionPolicy",
            "allowBlobPublicAccess",
            "allowSharedKeyAccess",
            "requireInfraEncryption",
            "storageEndpointSuffix",
            "tags",
            "tagValueDelimiter",
            "matchTags",
            "selectRandomMatchingAccount",
            "accountQuota",
            "createAccount",
            "storeAccountKey",
            "getLatestAccountKey",
            "secretName",
            "secretNamespace",
            "useDataPlaneAPI",
            "useSecretCache",
            "rootSquashType",
            "mountPermissions",
            "fsGroupChangePolicy",
            "fsType",
            "diskName",
            "vnetResourceGroup",
            "vnetName",
            "vnetLinkName",
            "subnetName",
            "publicNetworkAccess",
            "encryptInTransit",
            "enableMultichannel",
            "provisionedIops",
            "provisionedBandwidth",
            "confidentialContainerLabel",
            "runtimeClassHandler",
            "mountWithManagedIdentity",
            "mountWithWorkloadIdentityToken",
            "clientID",
            "tenantID",
        ],
        prefixes: &[],
        choices: &[("protocol", &["smb", "nfs"])],
        required: &[],
        is_file_system: false,
    },
    Driver {
        name: "azurelustre.csi.azure.com",
        parameters: &[
            "sku-name",
            "zone",
            "maintenance-day-of-week",
            "maintenance-time-of-day-utc",
            "location",
            "resource-group-name",
            "vnet-resource-group",
            "vnet-name",
            "subnet-name",
            "identities",
            "tags",
            "mgs-ip-address",
            "fs-name",
            "sub-dir",
        ],
        prefixes: &[],
        choices: &[
            (
                "sku-name",
                &[
                    "AMLFS-Durable-Premium-40",
                    "AMLFS-Durable-Premium-125",
                    "AMLFS-Durable-Premium-250",
                    "AMLFS-Durable-Premium-500",
                ],
            ),
            (
                "maintenance-day-of-week",
                &[
                    "Monday",
                    "Tuesday",
                    "Wednesday",
                    "Thursday",
                    "Friday",
                    "Saturday",
                    "Sunday",
                ],
            ),
        ],
        required: &[],
        is_file_system: true,
    },
    Driver {
        name: "pd.csi.storage.gke.io",
        parameters: &[
            "type",
            "replication-type",
            "disk-encryption-kms-key",
            "labels",
            "resource-tags",
            "provisioned-iops-on-create",
            "provisioned-throughput-on-create",
            "enable-confidential-storage",
            "enable-multi-zone-provisioning",
            "storage-pools",
            "availability-class",
            "use-allowed-disk-topology",
            "dynamic-volume-type",
            "pd-type",
            "hyperdisk-type",
            "disk-type-preference",
            "max-shares",
        ],
        prefixes: &[],
        choices: &[
            ("replication-type", &["none", "regional-pd"]),
            ("enable-multi-zone-provisioning", &["true", "false"]),
        ],
        required: &[],
        is_file_system: false,
    },
    Driver {
        name: "filestore.csi.storage.gke.io",
        parameters: &[
            "tier",
            "network",
            "reserved-ipv4-cidr",
            "reserved-ip-range",
            "connect-mode",
            "instance-encryption-kms-key",
            "labels",
            "resource-tags",
            "multishare",
            "max-volume-size",
            "instance-storageclass-label",
            "nfs-export-options-on-create",
            "file-protocol",
            "protocol",
            "deletion-protection",
        ],
        prefixes: &[],
        choices: &[
            (
                "tier",
                &[
                    "standard",
                    "premium",
                    "basic_hdd",
                    "basic_ssd",
                    "zonal",
                    "regional",
                    "enterprise",
                ],
            ),
            (
                "connect-mode",
                &["DIRECT_PEERING", "PRIVATE_SERVICE_ACCESS"],
            ),
        ],
        required: &[],
        is_file_system: false,
    },
    Driver {
        name: "lustre.csi.storage.gke.io",
        parameters: &[
            "perUnitStorageThroughput",
            "network",
            "filesystem",
            "labels",
            "description",
            "gkeSupportLegacyPort",
        ],
        prefixes: &[],
        choices: &[("perUnitStorageThroughput", &["125", "250", "500", "1000"])],
        required: &["perUnitStorageThroughput"],
        is_file_system: true,
    },
];

/// Drivers that make no volumes.
const STATIC_ONLY: &[&str] = &["s3.csi.aws.com"];

pub(super) fn check(object: &mut Object<'_, '_>, class: &Node) {
    let Some(provisioner) = text(class, "provisioner") else {
        return;
    };
    if STATIC_ONLY.contains(&provisioner) {
        object.report(
            &rules::STORAGE_CLASS_DRIVER,
            format_args!("/provisioner"),
            format!("`{provisioner}` makes no volumes, so a class of it is of no use"),
            "write a PersistentVolume, and `storageClassName: \"\"` in the claim",
        );
        return;
    }
    let Some(driver) = DRIVERS.iter().find(|driver| driver.name == provisioner) else {
        return;
    };
    if field(class, "parameters").is_some_and(|all| all.as_map().is_none()) {
        return;
    }
    for entry in entries(class, "parameters") {
        check_parameter(object, driver, entry);
    }
    let values = Values { class };
    for name in driver.required {
        if values.get(name).is_none() {
            missing(object, provisioner, &format!("`{name}`"));
        }
    }
    match driver.name {
        "efs.csi.aws.com" => check_efs(object, values),
        "fsx.csi.aws.com" => check_fsx(object, values),
        "azurelustre.csi.azure.com" => check_azure_lustre(object, values),
        "file.csi.azure.com" => check_azure_file(object, values),
        "lustre.csi.storage.gke.io" => check_gke_lustre(object, values),
        _ => {}
    }
    let is_kept = text(class, "reclaimPolicy") == Some("Retain");
    if driver.is_file_system && !is_kept && values.get("mgs-ip-address").is_none() {
        object.report(
            &rules::STORAGE_CLASS_DELETES,
            format_args!("/reclaimPolicy"),
            format!(
                "a file system of `{provisioner}` goes with its claim, and the models in it too"
            ),
            "set `reclaimPolicy: Retain`",
        );
    }
}

fn check_parameter(object: &mut Object<'_, '_>, driver: &Driver, entry: &Entry) {
    let key = entry.key.as_str();
    // Every driver gets these from the sidecars that call it.
    let is_common = key.starts_with("csi.storage.k8s.io/");
    let starts = |prefix: &&'static str| {
        let start = key.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let known = driver
        .parameters
        .iter()
        .find(|name| name.eq_ignore_ascii_case(key));
    if known.is_none() && !is_common && !driver.prefixes.iter().any(starts) {
        let help = did_you_mean(key, driver.parameters.iter().copied());
        object.report(
            &rules::STORAGE_CLASS_PARAMETER,
            format_args!("/parameters/{}", step(key)),
            format!("`{}` knows no parameter `{key}`", driver.name),
            help.unwrap_or_else(|| "remove it, or check it against the driver's version".into()),
        );
        object.point_at(entry.key_origin);
        return;
    }
    let Some(value) = entry.value.as_str() else {
        return;
    };
    let choices = driver
        .choices
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(key));
    if let Some((_, choices)) = choices
        && !choices
            .iter()
            .any(|choice| choice.eq_ignore_ascii_case(value))
    {
        let names: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
        let near = did_you_mean(value, choices.iter().copied());
        object.report(
            &rules::STORAGE_CLASS_DRIVER,
            format_args!("/parameters/{}", step(key)),
            format!("`{}` takes no `{key}` of `{value}`", driver.name),
            near.unwrap_or_else(|| format!("use one of {}", names.join(", "))),
        );
    }
}

/// The parameters of a class.
#[derive(Clone, Copy)]
struct Values<'a> {
    class: &'a Node,
}

impl<'a> Values<'a> {
    fn get(self, name: &str) -> Option<&'a str> {
        entries(self.class, "parameters")
            .find(|entry| entry.key.eq_ignore_ascii_case(name))?
            .value
            .as_str()
    }
}

fn missing(object: &mut Object<'_, '_>, driver: &str, what: &str) {
    let has_parameters = field(&object.manifest.object, "parameters").is_some();
    object.report(
        &rules::STORAGE_CLASS_DRIVER,
        format_args!(
            "{}",
            if has_parameters {
                "/parameters"
            } else {
                "/provisioner"
            }
        ),
        format!("`{driver}` needs the parameter {what}"),
        "add it: without it no claim of the class is met",
    );
}

fn refuse(object: &mut Object<'_, '_>, key: &str, message: &str, help: &str) {
    object.report(
        &rules::STORAGE_CLASS_DRIVER,
        format_args!("/parameters/{key}"),
        message,
        help,
    );
}

fn check_efs(object: &mut Object<'_, '_>, values: Values<'_>) {
    let ways = [
        "fileSystemId",
        "fileSystemIdConfigRef",
        "fileSystemIdSecretRef",
    ];
    match ways.iter().filter(|way| values.get(way).is_some()).count() {
        0 => missing(object, "efs.csi.aws.com", "`fileSystemId`"),
        1 => {}
        _ => object.report(
            &rules::STORAGE_CLASS_DRIVER,
            format_args!("/parameters"),
            "the file system is named in more than one way",
            "keep one of `fileSystemId`, `fileSystemIdConfigRef` and `fileSystemIdSecretRef`",
        ),
    }
}

fn check_fsx(object: &mut Object<'_, '_>, values: Values<'_>) {
    let deployment = values.get("deploymentType").unwrap_or("SCRATCH_1");
    let is_hdd = values.get("storageType") == Some("HDD");
    if let Some(throughput) = values.get("perUnitStorageThroughput") {
        let choices: &[&str] = match deployment {
            "PERSISTENT_1" if is_hdd => &["12", "40"],
            "PERSISTENT_1" => &["50", "100", "200"],
            "PERSISTENT_2" => &["125", "250", "500", "1000"],
            _ => &[],
        };
        if !choices.contains(&throughput) && deployment.starts_with("PERSISTENT_") {
            refuse(
                object,
                "perUnitStorageThroughput",
                &format!("`{deployment}` has no throughput of `{throughput}`"),
                &format!("use one of {}", choices.join(", ")),
            );
        }
    }
    if values.get("efaEnabled") == Some("true") {
        if deployment != "PERSISTENT_2" {
            refuse(
                object,
                "efaEnabled",
                &format!("EFA needs a file system of `PERSISTENT_2`, and this is `{deployment}`"),
                "set `deploymentType: PERSISTENT_2`",
            );
        } else if values.get("metadataConfigurationMode").is_none() {
            refuse(
                object,
                "efaEnabled",
                "EFA needs a `metadataConfigurationMode`",
                "set `metadataConfigurationMode: AUTOMATIC`",
            );
        }
    }
}

fn check_azure_lustre(object: &mut Object<'_, '_>, values: Values<'_>) {
    if values.get("mgs-ip-address").is_some() {
        return;
    }
    for name in [
        "sku-name",
        "zone",
        "maintenance-day-of-week",
        "maintenance-time-of-day-utc",
    ] {
        if values.get(name).is_none() {
            missing(object, "azurelustre.csi.azure.com", &format!("`{name}`"));
        }
    }
}

fn check_azure_file(object: &mut Object<'_, '_>, values: Values<'_>) {
    let sku = values.get("skuName").or(values.get("storageAccountType"));
    if values
        .get("protocol")
        .is_some_and(|protocol| protocol.eq_ignore_ascii_case("nfs"))
        && sku.is_some_and(|sku| !sku.to_ascii_lowercase().starts_with("premium"))
    {
        refuse(
            object,
            "protocol",
            "NFS needs a premium account",
            "set `skuName: Premium_LRS`",
        );
    }
}

fn check_gke_lustre(object: &mut Object<'_, '_>, values: Values<'_>) {
    if let Some(name) = values.get("filesystem")
        && (name.is_empty() || name.len() > 8 || !name.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        refuse(
            object,
            "filesystem",
            &format!("`{name}` cannot be the name of a Lustre file system"),
            "use at most 8 letters and digits",
        );
    }
}
