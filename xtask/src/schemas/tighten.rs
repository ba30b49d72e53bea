//! What do Kubernetes' Go types say that `k8s-openapi` leaves out?
//!
//! Enumerations, patterns and ranges below are facts of the API, kept here as data. Definitions lose
//! their descriptions, take short names, and refuse unknown fields.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// What the API server accepts as a quantity.
const QUANTITY: &str = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$";

/// Standard base64, as Go's decoder reads it: line breaks are ignored.
const BASE64: &str = r"^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$";

/// Fields whose values are an enumeration: definition, field, values. `[]` after the field's name means
/// that the values are those of the list's items.
const ENUMERATIONS: &[(&str, &str, &[&str])] = &[
    (
        "apiextensions.v1.CustomResourceConversion",
        "strategy",
        &["None", "Webhook"],
    ),
    (
        "apiextensions.v1.CustomResourceDefinitionSpec",
        "scope",
        &["Cluster", "Namespaced"],
    ),
    (
        "apps.v1.DaemonSetUpdateStrategy",
        "type",
        &["OnDelete", "RollingUpdate"],
    ),
    (
        "apps.v1.DeploymentStrategy",
        "type",
        &["Recreate", "RollingUpdate"],
    ),
    (
        "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
        "whenDeleted",
        &["Delete", "Retain"],
    ),
    (
        "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
        "whenScaled",
        &["Delete", "Retain"],
    ),
    (
        "apps.v1.StatefulSetSpec",
        "podManagementPolicy",
        &["OrderedReady", "Parallel"],
    ),
    (
        "apps.v1.StatefulSetUpdateStrategy",
        "type",
        &["OnDelete", "RollingUpdate"],
    ),
    (
        "autoscaling.v2.HPAScalingPolicy",
        "type",
        &["Percent", "Pods"],
    ),
    (
        "autoscaling.v2.HPAScalingRules",
        "selectPolicy",
        &["Disabled", "Max", "Min"],
    ),
    (
        "autoscaling.v2.MetricSpec",
        "type",
        &[
            "ContainerResource",
            "External",
            "Object",
            "Pods",
            "Resource",
        ],
    ),
    (
        "autoscaling.v2.MetricTarget",
        "type",
        &["AverageValue", "Utilization", "Value"],
    ),
    (
        "batch.v1.CronJobSpec",
        "concurrencyPolicy",
        &["Allow", "Forbid", "Replace"],
    ),
    (
        "batch.v1.JobSpec",
        "completionMode",
        &["Indexed", "NonIndexed"],
    ),
    (
        "batch.v1.JobSpec",
        "podReplacementPolicy",
        &["Failed", "TerminatingOrFailed"],
    ),
    (
        "batch.v1.PodFailurePolicyOnExitCodesRequirement",
        "operator",
        &["In", "NotIn"],
    ),
    (
        "batch.v1.PodFailurePolicyRule",
        "action",
        &["Count", "FailIndex", "FailJob", "Ignore"],
    ),
    (
        "core.v1.AppArmorProfile",
        "type",
        &["Localhost", "RuntimeDefault", "Unconfined"],
    ),
    (
        "core.v1.AzureDiskVolumeSource",
        "cachingMode",
        &["None", "ReadOnly", "ReadWrite"],
    ),
    (
        "core.v1.AzureDiskVolumeSource",
        "kind",
        &["Dedicated", "Managed", "Shared"],
    ),
    ("core.v1.Container", "imagePullPolicy", PULL_POLICIES),
    ("core.v1.Container", "restartPolicy", RESTART_POLICIES),
    (
        "core.v1.Container",
        "terminationMessagePolicy",
        &["FallbackToLogsOnError", "File"],
    ),
    ("core.v1.ContainerPort", "protocol", PROTOCOLS),
    (
        "core.v1.ContainerResizePolicy",
        "restartPolicy",
        &["NotRequired", "RestartContainer"],
    ),
    (
        "core.v1.EphemeralContainer",
        "imagePullPolicy",
        PULL_POLICIES,
    ),
    (
        "core.v1.EphemeralContainer",
        "terminationMessagePolicy",
        &["FallbackToLogsOnError", "File"],
    ),
    ("core.v1.HTTPGetAction", "scheme", &["HTTP", "HTTPS"]),
    (
        "core.v1.HostPathVolumeSource",
        "type",
        &[
            "",
            "BlockDevice",
            "CharDevice",
            "Directory",
            "DirectoryOrCreate",
            "File",
            "FileOrCreate",
            "Socket",
        ],
    ),
    ("core.v1.ImageVolumeSource", "pullPolicy", PULL_POLICIES),
    (
        "core.v1.NodeSelectorRequirement",
        "operator",
        &["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"],
    ),
    (
        "core.v1.PersistentVolumeClaimSpec",
        "accessModes[]",
        ACCESS_MODES,
    ),
    (
        "core.v1.PersistentVolumeClaimSpec",
        "volumeMode",
        &["Block", "Filesystem"],
    ),
    (
        "core.v1.PersistentVolumeSpec",
        "accessModes[]",
        ACCESS_MODES,
    ),
    (
        "core.v1.PersistentVolumeSpec",
        "persistentVolumeReclaimPolicy",
        &["Delete", "Recycle", "Retain"],
    ),
    (
        "core.v1.PersistentVolumeSpec",
        "volumeMode",
        &["Block", "Filesystem"],
    ),
    ("core.v1.PodOS", "name", &["linux", "windows"]),
    (
        "core.v1.PodSecurityContext",
        "fsGroupChangePolicy",
        &["Always", "OnRootMismatch"],
    ),
    (
        "core.v1.PodSecurityContext",
        "seLinuxChangePolicy",
        &["MountOption", "Recursive"],
    ),
    (
        "core.v1.PodSecurityContext",
        "supplementalGroupsPolicy",
        &["Merge", "Strict"],
    ),
    (
        "core.v1.PodSpec",
        "dnsPolicy",
        &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
    ),
    (
        "core.v1.PodSpec",
        "preemptionPolicy",
        &["Never", "PreemptLowerPriority"],
    ),
    ("core.v1.PodSpec", "restartPolicy", RESTART_POLICIES),
    (
        "core.v1.SeccompProfile",
        "type",
        &["Localhost", "RuntimeDefault", "Unconfined"],
    ),
    (
        "core.v1.SecurityContext",
        "procMount",
        &["Default", "Unmasked"],
    ),
    ("core.v1.ServicePort", "protocol", PROTOCOLS),
    (
        "core.v1.ServiceSpec",
        "externalTrafficPolicy",
        &["Cluster", "Local"],
    ),
    (
        "core.v1.ServiceSpec",
        "internalTrafficPolicy",
        &["Cluster", "Local"],
    ),
    ("core.v1.ServiceSpec", "ipFamilies[]", &["IPv4", "IPv6"]),
    (
        "core.v1.ServiceSpec",
        "ipFamilyPolicy",
        &["PreferDualStack", "RequireDualStack", "SingleStack"],
    ),
    (
        "core.v1.ServiceSpec",
        "sessionAffinity",
        &["ClientIP", "None"],
    ),
    (
        "core.v1.ServiceSpec",
        "type",
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
    ),
    // An empty effect matches every effect, an empty operator means Equal.
    (
        "core.v1.Toleration",
        "effect",
        &["", "NoExecute", "NoSchedule", "PreferNoSchedule"],
    ),
    ("core.v1.Toleration", "operator", &["", "Equal", "Exists"]),
    (
        "core.v1.TopologySpreadConstraint",
        "nodeAffinityPolicy",
        &["Honor", "Ignore"],
    ),
    (
        "core.v1.TopologySpreadConstraint",
        "nodeTaintsPolicy",
        &["Honor", "Ignore"],
    ),
    (
        "core.v1.TopologySpreadConstraint",
        "whenUnsatisfiable",
        &["DoNotSchedule", "ScheduleAnyway"],
    ),
    (
        "core.v1.VolumeMount",
        "mountPropagation",
        &["Bidirectional", "HostToContainer", "None"],
    ),
    (
        "core.v1.VolumeMount",
        "recursiveReadOnly",
        &["Disabled", "Enabled", "IfPossible"],
    ),
    (
        "meta.v1.LabelSelectorRequirement",
        "operator",
        &["DoesNotExist", "Exists", "In", "NotIn"],
    ),
    (
        "networking.v1.HTTPIngressPath",
        "pathType",
        &["Exact", "ImplementationSpecific", "Prefix"],
    ),
    ("networking.v1.NetworkPolicyPort", "protocol", PROTOCOLS),
    (
        "networking.v1.NetworkPolicySpec",
        "policyTypes[]",
        &["Egress", "Ingress"],
    ),
    (
        "policy.v1.PodDisruptionBudgetSpec",
        "unhealthyPodEvictionPolicy",
        &["AlwaysAllow", "IfHealthyBudget"],
    ),
    (
        "rbac.v1.RoleRef",
        "apiGroup",
        &["rbac.authorization.k8s.io"],
    ),
    ("rbac.v1.RoleRef", "kind", &["ClusterRole", "Role"]),
    (
        "rbac.v1.Subject",
        "kind",
        &["Group", "ServiceAccount", "User"],
    ),
    (
        "resource.v1.DeviceSubRequest",
        "allocationMode",
        &["All", "ExactCount"],
    ),
    (
        "resource.v1.DeviceToleration",
        "operator",
        &["Equal", "Exists"],
    ),
    (
        "resource.v1.ExactDeviceRequest",
        "allocationMode",
        &["All", "ExactCount"],
    ),
    (
        "scheduling.v1.PriorityClass",
        "preemptionPolicy",
        &["Never", "PreemptLowerPriority"],
    ),
    (
        "storage.v1.CSIDriverSpec",
        "fsGroupPolicy",
        &["File", "None", "ReadWriteOnceWithFSType"],
    ),
    (
        "storage.v1.StorageClass",
        "reclaimPolicy",
        &["Delete", "Retain"],
    ),
    (
        "storage.v1.StorageClass",
        "volumeBindingMode",
        &["Immediate", "WaitForFirstConsumer"],
    ),
];
const ACCESS_MODES: &[&str] = &[
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOnce",
    "ReadWriteOncePod",
];
const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];
const PULL_POLICIES: &[&str] = &["Always", "IfNotPresent", "Never"];
const RESTART_POLICIES: &[&str] = &["Always", "Never", "OnFailure"];

/// Toleration operators that compare numbers came with 1.35.
#[cfg(any(feature = "v1_34", not(feature = "kubernetes")))]
const LATER_ENUMERATIONS: &[(&str, &str, &[&str])] = &[];
#[cfg(all(feature = "kubernetes", not(feature = "v1_34")))]
const LATER_ENUMERATIONS: &[(&str, &str, &[&str])] = &[(
    "core.v1.Toleration",
    "operator",
    &["", "Equal", "Exists", "Gt", "Lt"],
)];

/// Fields with a range: definition, field, least, greatest.
const RANGES: &[(&str, &str, i64, i64)] = &[
    ("apps.v1.DeploymentSpec", "replicas", 0, i32::MAX as i64),
    ("apps.v1.StatefulSetSpec", "replicas", 0, i32::MAX as i64),
    (
        "autoscaling.v2.HorizontalPodAutoscalerSpec",
        "maxReplicas",
        1,
        i32::MAX as i64,
    ),
    (
        "autoscaling.v2.HorizontalPodAutoscalerSpec",
        "minReplicas",
        0,
        i32::MAX as i64,
    ),
    ("batch.v1.JobSpec", "backoffLimit", 0, i32::MAX as i64),
    ("batch.v1.JobSpec", "completions", 0, i32::MAX as i64),
    ("batch.v1.JobSpec", "parallelism", 0, i32::MAX as i64),
    (
        "batch.v1.JobSpec",
        "ttlSecondsAfterFinished",
        0,
        i32::MAX as i64,
    ),
    ("core.v1.ContainerPort", "containerPort", 1, 65_535),
    ("core.v1.ContainerPort", "hostPort", 0, 65_535),
    ("core.v1.GRPCAction", "port", 1, 65_535),
    ("core.v1.ServicePort", "nodePort", 0, 65_535),
    ("core.v1.ServicePort", "port", 1, 65_535),
    ("networking.v1.NetworkPolicyPort", "endPort", 1, 65_535),
    ("networking.v1.ServiceBackendPort", "number", 1, 65_535),
];

/// Definitions that say more of a field than a renderer needs; any value of the type will do.
const OPEN: &[(&str, &str)] = &[
    // Written by the API server, never by a manifest.
    ("meta.v1.FieldsV1", "object"),
    // Inside a StatefulSet's claim templates, where it is not used.
    ("core.v1.PersistentVolumeClaimStatus", "object"),
    // A schema of schemas, 45 fields and recursive: what a CRD describes is the CRD author's.
    ("apiextensions.v1.JSONSchemaProps", "object"),
];

/// Kinds that the API server refuses without a `spec`.
const NEEDS_SPEC: &[&str] = &[
    "apps/v1/DaemonSet",
    "apps/v1/Deployment",
    "apps/v1/ReplicaSet",
    "apps/v1/StatefulSet",
    "autoscaling/v2/HorizontalPodAutoscaler",
    "batch/v1/CronJob",
    "batch/v1/Job",
    "resource.k8s.io/v1/DeviceClass",
    "resource.k8s.io/v1/ResourceClaim",
    "resource.k8s.io/v1/ResourceClaimTemplate",
    "v1/PersistentVolume",
    "v1/PersistentVolumeClaim",
    "v1/Pod",
    "v1/Service",
];

/// Required fields that only some versions of the source know to be required.
const REQUIRED: &[(&str, &[&str])] = &[
    ("rbac.v1.RoleRef", &["apiGroup", "kind", "name"]),
    ("resource.v1.ResourceClaimTemplateSpec", &["spec"]),
];

/// The compact and strict form of [`super::built_in::generate`]'s answer.
pub(crate) fn tighten(mut schemas: Value) -> Value {
    let kinds = schemas["kinds"].take();
    let mut definitions = Map::new();
    for (name, mut definition) in schemas["$defs"]
        .take()
        .as_object()
        .into_iter()
        .flatten()
        .map(owned)
    {
        compact(&mut definition);
        definitions.insert(short(&name), definition);
    }
    for (name, kind) in OPEN {
        if let Some(definition) = definitions.get_mut(*name) {
            *definition = json!({ "type": kind });
        }
    }
    let enumerations = ENUMERATIONS.iter().chain(LATER_ENUMERATIONS);
    for (name, field, values) in enumerations {
        let (field, of_items) = match field.strip_suffix("[]") {
            Some(field) => (field, true),
            None => (*field, false),
        };
        let schema = &mut property(&mut definitions, name, field);
        let schema = if of_items {
            &mut schema["items"]
        } else {
            schema
        };
        schema["enum"] = json!(values);
    }
    for (name, field, least, greatest) in RANGES {
        let schema = property(&mut definitions, name, field);
        schema["minimum"] = json!(least);
        schema["maximum"] = json!(greatest);
    }
    for (name, fields) in REQUIRED {
        definitions[*name]["required"] = json!(fields);
    }
    definitions.insert(
        "IntOrString".into(),
        json!({ "type": ["integer", "string"] }),
    );
    definitions.insert(
        "Quantity".into(),
        json!({ "type": ["string", "number"], "pattern": QUANTITY }),
    );

    let mut named = definitions["meta.v1.ObjectMeta"].clone();
    named["required"] = json!(["name"]);
    definitions.insert("meta.v1.NamedObjectMeta".into(), named);
    let kinds: Map<_, _> = kinds
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, reference)| (name.clone(), top_level(name, reference, &definitions)))
        .collect();
    let mut whole = json!({ "$defs": only_used(definitions, &kinds), "kinds": kinds });
    whole["$defs"].sort_all_objects();
    if let Some(kinds) = whole["kinds"].as_object_mut() {
        kinds.sort_keys();
    }
    whole
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// `io.k8s.api.core.v1.PodSpec` -> `core.v1.PodSpec`.
fn short(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name);
    let parts: Vec<&str> = name.split('.').collect();
    match parts.as_slice() {
        [.., "resource" | "intstr" | "runtime", last] if !last.starts_with('v') => (*last).into(),
        [.., group, version, last] => format!("{group}.{version}.{last}"),
        _ => name.into(),
    }
}

/// Leaves only what validation needs, and refuses unknown fields.
fn compact(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    object.retain(|key, _| {
        key != "description" && key != "default" && !key.starts_with("x-kubernetes")
    });
    if let Some(Value::String(reference)) = object.get("$ref") {
        let reference = format!("#/$defs/{}", short(reference));
        object.insert("$ref".into(), reference.into());
    }
    if let Some(format) = object.shift_remove("format") {
        match format.as_str() {
            Some("int32") => {
                object.insert("minimum".into(), i32::MIN.into());
                object.insert("maximum".into(), i32::MAX.into());
            }
            Some("byte") => {
                object.insert("pattern".into(), BASE64.into());
            }
            // A 64 bit number is what JSON numbers are read as; times are the API server's own.
            _ => {}
        }
    }
    for map in ["properties", "patternProperties"] {
        for (_, schema) in object
            .get_mut(map)
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
        {
            compact(schema);
        }
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(schema) = object.get_mut(inner) {
            compact(schema);
        }
    }
    for list in ["allOf", "anyOf", "oneOf"] {
        for schema in object
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            compact(schema);
        }
    }
    if object.contains_key("properties") && !object.contains_key("additionalProperties") {
        object.insert("additionalProperties".into(), false.into());
    }
}

/// The schema of a definition's field. The tables above name only what every minor has.
fn property<'a>(definitions: &'a mut Map<String, Value>, name: &str, field: &str) -> &'a mut Value {
    definitions
        .get_mut(name)
        .and_then(|definition| definition["properties"].get_mut(field))
        .unwrap_or_else(|| panic!("{name} has no field {field}: correct the table"))
}

/// A kind as a manifest has it: `apiVersion` and `kind` are given, `metadata.name` is needed, and `status`
/// is the cluster's. The definition itself stays as it is: a StatefulSet's claim templates need neither.
fn top_level(name: &str, reference: &Value, definitions: &Map<String, Value>) -> Value {
    let definition = short(reference["$ref"].as_str().unwrap_or_default());
    let (api_version, kind) = name.rsplit_once('/').unwrap_or(("", name));
    let mut schema = definitions[&definition].clone();
    schema["properties"]["apiVersion"] = json!({ "const": api_version });
    schema["properties"]["kind"] = json!({ "const": kind });
    schema["properties"]["metadata"] = json!({ "$ref": "#/$defs/meta.v1.NamedObjectMeta" });
    if let Some(status) = schema["properties"].get_mut("status") {
        *status = json!({ "type": "object" });
    }
    let mut required = BTreeSet::from(["apiVersion", "kind", "metadata"]);
    if NEEDS_SPEC.contains(&name) {
        required.insert("spec");
    }
    let before = schema["required"].take();
    required.extend(
        before
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str),
    );
    schema["required"] = json!(required);
    schema.sort_all_objects();
    schema
}

/// The definitions that a kind reaches.
fn only_used(
    mut definitions: Map<String, Value>,
    kinds: &Map<String, Value>,
) -> Map<String, Value> {
    let mut used = Map::new();
    let mut names = Vec::new();
    kinds.values().for_each(|kind| references(kind, &mut names));
    while let Some(name) = names.pop() {
        if let Some(definition) = definitions.shift_remove(&name) {
            references(&definition, &mut names);
            used.insert(name, definition);
        }
    }
    used
}

/// Adds the names of the definitions that `schema` refers to.
fn references(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                names.push(short(reference.rsplit('/').next().unwrap_or_default()));
            }
            object.values().for_each(|inner| references(inner, names));
        }
        Value::Array(list) => list.iter().for_each(|inner| references(inner, names)),
        _ => {}
    }
}
