//! The schema files made from our types, each with every definition it refers to.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use graphwright_validators::formats;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::{Kubernetes, file_name, resolved, text};
use crate::model::release::PARTIAL;
use crate::model::upstream::{
    argo_rollouts, cert_manager, dynamo_other, dynamo_v1alpha1, dynamo_v1beta1, external_secrets,
    flagger, gateway_api, gke, istio, keda, kustomize, nvidia_dra, prometheus, secrets_store,
};

/// A kind that one of our types describes.
struct Described {
    api_version: &'static str,
    kind: &'static str,
    schema: fn() -> Schema,
}

/// The minor whose pods the custom resources' pod templates hold: what the Dynamo operator is built with.
pub(super) const PODS_OF: u32 = 36;

/// Every kind that a type describes; a line here is a file in `schemas/`.
const DESCRIBED: &[Described] = &[
    described::<argo_rollouts::AnalysisTemplate>("argoproj.io/v1alpha1", "AnalysisTemplate"),
    described::<cert_manager::Certificate>("cert-manager.io/v1", "Certificate"),
    described::<gke::BackendConfig>("cloud.google.com/v1", "BackendConfig"),
    described::<gke::GcpBackendPolicy>("networking.gke.io/v1", "GCPBackendPolicy"),
    described::<gke::HealthCheckPolicy>("networking.gke.io/v1", "HealthCheckPolicy"),
    described::<gateway_api::HttpRoute>("gateway.networking.k8s.io/v1", "HTTPRoute"),
    described::<istio::VirtualService>("networking.istio.io/v1", "VirtualService"),
    described::<keda::ScaledObject>("keda.sh/v1alpha1", "ScaledObject"),
    described::<external_secrets::ExternalSecret>("external-secrets.io/v1", "ExternalSecret"),
    described::<flagger::MetricTemplate>("flagger.app/v1beta1", "MetricTemplate"),
    described::<kustomize::Kustomization>("kustomize.config.k8s.io/v1beta1", "Kustomization"),
    described::<prometheus::PodMonitor>("monitoring.coreos.com/v1", "PodMonitor"),
    described::<prometheus::PrometheusRule>("monitoring.coreos.com/v1", "PrometheusRule"),
    described::<prometheus::ServiceMonitor>("monitoring.coreos.com/v1", "ServiceMonitor"),
    described::<dynamo_other::DynamoCheckpoint>("nvidia.com/v1alpha1", "DynamoCheckpoint"),
    described::<dynamo_other::DynamoComponentDeployment>(
        "nvidia.com/v1beta1",
        "DynamoComponentDeployment",
    ),
    described::<dynamo_other::DynamoComponentDeploymentV1alpha1>(
        "nvidia.com/v1alpha1",
        "DynamoComponentDeployment",
    ),
    described::<dynamo_v1alpha1::DynamoGraphDeployment>(
        "nvidia.com/v1alpha1",
        "DynamoGraphDeployment",
    ),
    described::<dynamo_v1beta1::DynamoGraphDeployment>(
        "nvidia.com/v1beta1",
        "DynamoGraphDeployment",
    ),
    described::<dynamo_other::DynamoGraphDeploymentRequest>(
        "nvidia.com/v1beta1",
        "DynamoGraphDeploymentRequest",
    ),
    described::<dynamo_other::DynamoGraphDeploymentRequestV1alpha1>(
        "nvidia.com/v1alpha1",
        "DynamoGraphDeploymentRequest",
    ),
    described::<dynamo_other::DynamoGraphDeploymentScalingAdapter>(
        "nvidia.com/v1beta1",
        "DynamoGraphDeploymentScalingAdapter",
    ),
    described::<dynamo_other::DynamoGraphDeploymentScalingAdapterV1alpha1>(
        "nvidia.com/v1alpha1",
        "DynamoGraphDeploymentScalingAdapter",
    ),
    described::<crate::model::ClusterProfile>("graphwright.dev/v1alpha1", "ClusterProfile"),
    described::<crate::model::Project>("graphwright.dev/v1alpha1", "Project"),
    described::<crate::model::Release>("graphwright.dev/v1alpha1", "Release"),
    described::<dynamo_other::DynamoModel>("nvidia.com/v1alpha1", "DynamoModel"),
    described::<dynamo_other::DynamoWorkerMetadata>("nvidia.com/v1alpha1", "DynamoWorkerMetadata"),
    described::<nvidia_dra::ComputeDomain>("resource.nvidia.com/v1beta1", "ComputeDomain"),
    described::<secrets_store::SecretProviderClass>(
        "secrets-store.csi.x-k8s.io/v1",
        "SecretProviderClass",
    ),
];

const fn described<T: JsonSchema>(api_version: &'static str, kind: &'static str) -> Described {
    Described {
        api_version,
        kind,
        schema: root::<T>,
    }
}

fn root<T: JsonSchema>() -> Schema {
    let mut settings = SchemaSettings::draft07();
    settings.definitions_path = "/$defs".into();
    settings.into_generator().into_root_schema_for::<T>()
}

/// The schema files of the kinds our types describe: name under `schemas/`, text.
pub fn generate() -> Vec<(String, String)> {
    let kubernetes = Kubernetes::of(PODS_OF);
    let files = DESCRIBED.iter().map(|described| {
        let name = file_name(described.api_version, described.kind);
        (
            format!("{name}.json"),
            text::pretty(&bundle(described, &kubernetes)),
        )
    });
    files.collect()
}

/// What the rules of the kinds' schemas need to know of them: name under `shapes/`, text. Kinds without
/// such rules have none.
pub fn generate_shapes() -> Vec<(String, String)> {
    let kubernetes = Kubernetes::of(PODS_OF);
    let files = DESCRIBED.iter().filter_map(|described| {
        let name = file_name(described.api_version, described.kind);
        let shape = crate::cel::shape_of_schema(&bundle(described, &kubernetes))?;
        Some((format!("{name}.json"), format!("{shape}\n")))
    });
    files.collect()
}

/// A kind's schema with all it refers to.
fn bundle(described: &Described, kubernetes: &Kubernetes) -> Value {
    let mut schema = (described.schema)().to_value();
    settle(&mut schema);
    let definitions = schema["$defs"].take();
    let mut own = Map::new();
    for (name, mut definition) in definitions.as_object().cloned().unwrap_or_default() {
        settle(&mut definition);
        own.insert(name, definition);
    }
    derive(&mut own, kubernetes);
    layers(&mut own);
    if let Some(schema) = schema.as_object_mut() {
        schema.shift_remove("$defs");
    }
    let properties = &mut schema["properties"];
    properties["apiVersion"] =
        json!({ "description": "API version of the kind.", "const": described.api_version });
    properties["kind"] = json!({ "description": "Name of the kind.", "const": described.kind });
    let mut definitions = reachable(&schema, &|name| {
        own.get(name).or_else(|| kubernetes.entry("$defs", name))
    });
    definitions
        .iter_mut()
        .for_each(|(name, it)| tell_entries(name, it));
    let mut ordered = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": described.kind,
        "description": schema["description"],
    });
    for part in ["type", "required", "properties", "additionalProperties"] {
        ordered[part] = schema[part].take();
    }
    ordered["$defs"] = definitions.into();
    ordered
}

/// Adds definitions that are another one with small changes.
fn derive(own: &mut Map<String, Value>, kubernetes: &Kubernetes) {
    let of_kubernetes = |name: &str| {
        let definition = kubernetes.entry("$defs", name).cloned();
        definition.expect("every minor has the definition")
    };
    // The validation of custom resources takes no decimal number for a quantity, as that of built-in
    // kinds does.
    let mut quantity = of_kubernetes("Quantity");
    quantity["type"] = json!(["integer", "string"]);
    own.insert("Quantity".into(), quantity);

    let mut main = of_kubernetes("core.v1.Container");
    optional(&mut main, &["name"]);
    own.insert("MainContainer".into(), main);

    let mut extra = of_kubernetes("core.v1.PodSpec");
    optional(&mut extra, &["containers"]);
    extra["properties"]["mainContainer"] = json!({ "$ref": "#/$defs/MainContainer" });
    own.insert("ExtraPodSpec".into(), extra);

    let mut pod = of_kubernetes("core.v1.PodSpec");
    for (field, rule, message) in [
        (
            "containers",
            "self.name == 'main' || has(self.image) && self.image.size() > 0",
            "a container beside `main` needs an image",
        ),
        (
            "initContainers",
            "has(self.image) && self.image.size() > 0",
            "an init container needs an image",
        ),
    ] {
        pod["properties"][field]["items"]["x-kubernetes-validations"] =
            json!([{ "rule": rule, "message": message }]);
    }
    own.insert("core.v1.PodSpec.ofGraph".into(), pod);

    let engine =
        json!({ "description": "The inference engine.", "enum": ["sglang", "vllm", "trtllm"] });
    for (whole, lone) in [("Component", "LoneComponent"), ("Service", "LoneService")] {
        let (Some(mut component), Some(mut multinode)) =
            (own.get(whole).cloned(), own.get("Multinode").cloned())
        else {
            continue;
        };
        component["properties"]["backendFramework"] = engine.clone();
        component["properties"]["multinode"] = json!({ "$ref": "#/$defs/LoneMultinode" });
        if let Some(properties) = component["properties"].as_object_mut() {
            properties.shift_remove("providerOverride");
        }
        optional(&mut component, &["name"]);
        own.insert(lone.into(), component);
        if let Some(properties) = multinode["properties"].as_object_mut() {
            properties.retain(|name, _| name == "nodeCount");
        }
        own.insert("LoneMultinode".into(), multinode);
    }
}

/// Spells out what may be left out, and removed, of values that are laid over other ones.
fn layers(own: &mut Map<String, Value>) {
    for name in own.keys().cloned().collect::<Vec<_>>() {
        let Some(mut definition) = own.get(&name).cloned() else {
            continue;
        };
        let properties = definition
            .get_mut("properties")
            .and_then(Value::as_object_mut);
        for (_, field) in properties.into_iter().flatten() {
            if field
                .as_object_mut()
                .and_then(|field| field.shift_remove(PARTIAL))
                .is_some()
            {
                partial(field, own);
            }
        }
        own.insert(name, definition);
    }
}

/// Makes a schema one of a layer: no field is required, and each may be null. Lists are replaced as a whole.
fn partial(schema: &mut Value, own: &mut Map<String, Value>) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    object.shift_remove("required");
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for (_, field) in properties {
            partial(field, own);
            nullable(field);
        }
    }
    if let Some(others) = object.get_mut("additionalProperties")
        && others.is_object()
    {
        partial(others, own);
        nullable(others);
    }
    if let Some(Value::Array(branches)) = object.get_mut("allOf") {
        branches.iter_mut().for_each(|branch| partial(branch, own));
    }
    if let Some(reference) = object.get_mut("$ref")
        && let Some(name) = reference.as_str().and_then(definition_name)
        && let Some(whole) = own.get(name).filter(|whole| whole["type"] == "object")
    {
        let (layer, mut whole) = (format!("{name}.layer"), whole.clone());
        if !own.contains_key(&layer) {
            own.insert(layer.clone(), Value::Null);
            partial(&mut whole, own);
            own.insert(layer.clone(), whole);
        }
        *reference = format!("#/$defs/{layer}").into();
    }
}

/// Lets a schema take null too.
fn nullable(schema: &mut Value) {
    let nothing = json!({ "type": "null" });
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    let is_choice = object.contains_key("enum") || object.contains_key("const");
    match object.get_mut("type").filter(|_| !is_choice) {
        Some(Value::Array(types)) => types.push("null".into()),
        Some(name) => *name = json!([name, "null"]),
        _ => {
            let description = object.shift_remove("description");
            let mut whole = schema.take();
            unwrap_only(&mut whole);
            *schema = match description {
                Some(text) => json!({ "description": text, "anyOf": [whole, nothing] }),
                None => json!({ "anyOf": [whole, nothing] }),
            };
        }
    }
}

/// What makes entries of pods' lists the same. The API server checks it in pods of custom resources, not in
/// those of its own kinds (kubernetes/api core/v1/types.go, `+listMapKey`).
fn tell_entries(name: &str, definition: &mut Value) {
    const LISTS: [(&str, &[&str]); 15] = [
        ("claims", &["name"]),
        ("containers", &["name"]),
        ("env", &["name"]),
        ("ephemeralContainers", &["name"]),
        ("hostAliases", &["ip"]),
        ("imagePullSecrets", &["name"]),
        ("initContainers", &["name"]),
        ("ports", &["containerPort", "protocol"]),
        ("resourceClaims", &["name"]),
        ("schedulingGates", &["name"]),
        (
            "topologySpreadConstraints",
            &["topologyKey", "whenUnsatisfiable"],
        ),
        ("volumeDevices", &["devicePath"]),
        ("volumeMounts", &["mountPath"]),
        ("volumes", &["name"]),
        ("values", &[]),
    ];
    let is_part_of_pod = name.contains("PodSpec")
        || name.contains("Container")
        || matches!(
            name,
            "core.v1.ResourceRequirements" | "core.v1.ContainerRestartRuleOnExitCodes"
        );
    let properties = definition
        .get_mut("properties")
        .and_then(Value::as_object_mut);
    for (field, schema) in properties.into_iter().flatten() {
        let keys = LISTS.iter().find(|(list, _)| list == field);
        let Some((_, keys)) = keys.filter(|_| is_part_of_pod && schema["type"] == "array") else {
            continue;
        };
        if keys.is_empty() {
            schema["x-kubernetes-list-type"] = json!("set");
        } else {
            schema["x-kubernetes-list-type"] = json!("map");
            schema["x-kubernetes-list-map-keys"] = json!(keys);
        }
    }
    if name == "core.v1.ContainerPort" {
        definition["properties"]["protocol"]["default"] = json!("TCP");
    }
}

/// Takes fields out of a definition's required ones.
fn optional(definition: &mut Value, fields: &[&str]) {
    if let Some(required) = definition.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !fields.iter().any(|field| name == field));
        if required.is_empty()
            && let Some(definition) = definition.as_object_mut()
        {
            definition.shift_remove("required");
        }
    }
}

/// The definitions that a schema refers to, and those they refer to, sorted by name.
pub(crate) fn reachable<'a>(
    schema: &Value,
    all: &dyn Fn(&str) -> Option<&'a Value>,
) -> Map<String, Value> {
    let mut found = BTreeMap::new();
    let mut names = Vec::new();
    references(schema, &mut names);
    while let Some(name) = names.pop() {
        if let Entry::Vacant(new) = found.entry(name) {
            let definition = all(new.key()).cloned().unwrap_or_default();
            references(&definition, &mut names);
            new.insert(definition);
        }
    }
    found.into_iter().collect()
}

/// Adds the names of the definitions that `schema` refers to.
fn references(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(name) = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(definition_name)
            {
                names.push(name.into());
            }
            object.values().for_each(|inner| references(inner, names));
        }
        Value::Array(list) => list.iter().for_each(|inner| references(inner, names)),
        _ => {}
    }
}

fn definition_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/$defs/")
}

/// Calls `change` for every schema inside `schema`, but not for `schema` itself.
pub(super) fn for_each_inner(schema: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    for (key, inner) in object {
        match (key.as_str(), inner) {
            ("properties" | "$defs", Value::Object(schemas)) => {
                schemas.iter_mut().for_each(|(_, schema)| change(schema));
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.iter_mut().for_each(&mut *change)
            }
            ("items" | "additionalProperties" | "if" | "then" | "else", schema) => change(schema),
            _ => {}
        }
    }
}

/// Turns what schemars writes into what the API server checks: null is the same as absent, and a number's
/// format is its range.
fn settle(schema: &mut Value) {
    for_each_inner(schema, &mut settle);
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    object.shift_remove("default");
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(mut branches)) = object.shift_remove("anyOf") {
        branches.retain(|branch| branch["type"] != "null");
        let one = branches.len() == 1;
        object.insert(if one { "allOf" } else { "anyOf" }.into(), branches.into());
    }
    if let Some(format) = object.shift_remove("format")
        && format == "int32"
    {
        object.entry("minimum").or_insert(i32::MIN.into());
        object.entry("maximum").or_insert(i32::MAX.into());
    }
    if let Some(description) = object.shift_remove("description") {
        object.shift_insert(0, "description".into(), description);
    }
    unwrap_only(schema);
}

/// `{"allOf": [schema]}` is `schema`.
fn unwrap_only(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut()
        && object.len() == 1
        && let Some(Value::Array(branches)) = object.get_mut("allOf")
        && branches.len() == 1
        && let Some(only) = branches.pop()
    {
        *schema = only;
    }
}

/// Drops what a validator does not need.
fn compact(schema: &mut Value) {
    for_each_inner(schema, &mut compact);
    if let Some(object) = schema.as_object_mut() {
        object.retain(|key, _| {
            let is_rule = key.starts_with("x-kubernetes-") || key == "default";
            !(is_rule || matches!(key.as_str(), "$schema" | "description" | "title"))
        });
        // Formats of the API that a type already says would only cost time.
        object.shift_remove("format");
        let pattern = object.get("pattern").and_then(Value::as_str);
        if let Some(format) = pattern.and_then(formats::of_pattern) {
            object.shift_remove("pattern");
            object.insert("format".to_owned(), json!(format));
        }
        // What a reference leads to has its own type.
        if object.contains_key("enum") {
            object.shift_remove("type");
        }
    }
    unwrap_only(schema);
}

/// The one schema of all the kinds that validators are compiled for: its text for
/// `crates/validators/schemas/emitted.json`.
///
/// A chain of conditions leads from `apiVersion` and `kind` to the kind's definition, so that kinds share
/// the code for the definitions they share.
pub fn generate_for_validators() -> String {
    let kubernetes = Kubernetes::of(PODS_OF);
    let kinds: Vec<(&str, &str)> = graphwright_validators::kinds().collect();
    let mut definitions = BTreeMap::new();
    for (index, (api_version, kind)) in kinds.iter().enumerate() {
        let described = DESCRIBED
            .iter()
            .find(|it| it.api_version == *api_version && it.kind == *kind);
        let mut schema = match described {
            Some(described) => bundle(described, &kubernetes),
            None => resolved(api_version, kind, "1.34")
                .expect("Kubernetes has the kinds that are compiled in"),
        };
        compact(&mut schema);
        let inner = schema
            .as_object_mut()
            .and_then(|schema| schema.shift_remove("$defs"))
            .unwrap_or_default();
        let own = |name: &str| format!("{index} {name}");
        for (name, mut definition) in inner.as_object().cloned().unwrap_or_default() {
            rename(&mut definition, &own);
            definitions.insert(own(&name), definition);
        }
        rename(&mut schema, &own);
        definitions.insert(own(&format!("{api_version}/{kind}")), schema);
    }
    let definitions = merge_equal(definitions);
    let mut chain = Value::Bool(false);
    for (api_version, kind) in kinds.iter().rev() {
        let name = format!("{api_version}/{kind}").replace('/', ".");
        chain = json!({
            "if": {
                "properties": { "apiVersion": { "const": api_version }, "kind": { "const": kind } },
                "required": ["apiVersion", "kind"],
            },
            "then": { "$ref": format!("#/$defs/{name}") },
            "else": chain,
        });
    }
    chain["$defs"] = definitions.into();
    text::pretty(&chain)
}

/// Gives definitions that say the same one name, and back the names they had before they were numbered.
fn merge_equal(mut definitions: BTreeMap<String, Value>) -> Map<String, Value> {
    loop {
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        let mut same: BTreeMap<String, String> = BTreeMap::new();
        for (name, definition) in &definitions {
            match first.get(&definition.to_string()) {
                Some(kept) => {
                    same.insert(name.clone(), kept.clone());
                }
                None => {
                    first.insert(definition.to_string(), name.clone());
                }
            }
        }
        if same.is_empty() {
            break;
        }
        definitions.retain(|name, _| !same.contains_key(name));
        for definition in definitions.values_mut() {
            rename(definition, &|name| {
                same.get(name).cloned().unwrap_or_else(|| name.into())
            });
        }
    }
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for numbered in definitions.keys() {
        let plain = numbered
            .split_once(' ')
            .map_or(numbered.as_str(), |(_, name)| name)
            .trim_end_matches(".ofGraph")
            .replace('/', ".");
        let taken = |name: &String| names.values().any(|other| other == name);
        let name = (1..)
            .map(|n| {
                if n == 1 {
                    plain.clone()
                } else {
                    format!("{plain}-{n}")
                }
            })
            .find(|name| !taken(name))
            .unwrap_or_default();
        names.insert(numbered.clone(), name);
    }
    let mut renamed = Map::new();
    for (name, mut definition) in definitions {
        rename(&mut definition, &|name| {
            names.get(name).cloned().unwrap_or_default()
        });
        renamed.insert(names[&name].clone(), definition);
    }
    renamed.sort_keys();
    renamed
}

/// Changes the names of definitions in references.
fn rename(schema: &mut Value, to: &dyn Fn(&str) -> String) {
    if let Some(reference) = schema.get_mut("$ref")
        && let Some(name) = reference.as_str().and_then(definition_name)
    {
        *reference = format!("#/$defs/{}", to(name)).into();
    }
    for_each_inner(schema, &mut |inner| rename(inner, to));
}
