//! Our schemas accept and refuse what the upstream CRDs accept and refuse.
//!
//! Reads upstream files that are not part of the repository: the folder `GRAPHWRIGHT_SHARED`, or `shared`
//! beside the repository. Skipped where there is none, unless `GRAPHWRIGHT_REQUIRE_SHARED` is set.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test reads what lies beside the repository and says so where it cannot"
)]

mod mutation;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use graphwright::schema;
use graphwright_validators::jsonschema::{self, Draft, PatternOptions, Validator};
use mutation::{Random, mutate};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

/// A kind of verdict that differs and may: why, and which of our problems are of the kind.
struct Excuse {
    reason: &'static str,
    covers: fn(&str) -> bool,
}

/// Cases that upstream's schema lets through and Kubernetes refuses when the operator makes the pod.
const STRICTER: [Excuse; 3] = [
    Excuse {
        reason: "a reference to an object without its name",
        covers: |problem| problem.contains("missing field `name`"),
    },
    Excuse {
        reason: "Kubernetes' enumerations inside pod templates, which are free text in the CRD",
        covers: |problem| problem.contains(" cannot be `"),
    },
    Excuse {
        reason: "a port that no container can have",
        covers: |problem| problem.contains("ort` must be at "),
    },
];

/// The folder with upstream's files.
fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = env::var_os("GRAPHWRIGHT_SHARED").map_or_else(beside, PathBuf::from);
    if folder.join("crds").is_dir() {
        return Some(folder);
    }
    assert!(
        env::var_os("GRAPHWRIGHT_REQUIRE_SHARED").is_none(),
        "{} is not there",
        folder.display()
    );
    println!("skipped: {} is not there", folder.display());
    None
}

/// All files under a folder that end in `ending`, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_str().unwrap().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn documents(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let read = |document| {
        let value: serde_yaml::Value = serde_yaml::Value::deserialize(document).unwrap();
        serde_json::to_value(value).unwrap_or_default()
    };
    let documents = serde_yaml::Deserializer::from_str(&text).map(read);
    documents
        .filter(Value::is_object)
        .map(without_nulls)
        .collect()
}

/// The object as the API server validates it.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.into_iter().filter(|(_, value)| !value.is_null());
            kept.map(|(key, value)| (key, without_nulls(value)))
                .collect()
        }
        Value::Array(list) => list.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// A CRD's schema as strict JSON Schema; `embedded` says that the object is a whole resource.
fn strict(open_api: &Value, top: bool) -> Value {
    let Some(from) = open_api.as_object() else {
        return open_api.clone();
    };
    let mut to = Map::new();
    for (key, value) in from {
        match key.as_str() {
            "properties" => {
                let properties = value.as_object().unwrap().iter();
                to.insert(
                    key.clone(),
                    properties
                        .map(|(name, it)| (name.clone(), strict(it, false)))
                        .collect(),
                );
            }
            "items" | "additionalProperties" | "not" => {
                to.insert(key.clone(), strict(value, false));
            }
            "allOf" | "anyOf" | "oneOf" => {
                // Branches restrict, they do not declare fields.
                let branches = value
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|it| strict(it, false))
                    .collect();
                to.insert(key.clone(), branches);
            }
            // Go's flag for either case is not in JSON Schema's regular expressions.
            "pattern" if value == "^(?i)(abort|warn)?$" => {
                to.insert(
                    key.clone(),
                    "^([aA][bB][oO][rR][tT]|[wW][aA][rR][nN])?$".into(),
                );
            }
            "type" | "enum" | "pattern" | "minimum" | "maximum" | "required" | "minLength"
            | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties"
            | "uniqueItems" => {
                to.insert(key.clone(), value.clone());
            }
            "format" if value == "int32" => {
                to.entry("minimum").or_insert(i32::MIN.into());
                to.entry("maximum").or_insert(i32::MAX.into());
            }
            _ => {}
        }
    }
    if from.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        to.shift_remove("anyOf");
        to.insert("type".into(), json!(["integer", "string"]));
    }
    if from.get("x-kubernetes-list-type") == Some(&json!("set")) {
        to.insert("uniqueItems".into(), true.into());
    }
    let open = from.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
    let is_object = to.get("type").is_some_and(|kind| kind == "object");
    if is_object && !open && !to.contains_key("additionalProperties") {
        to.insert("additionalProperties".into(), false.into());
    }
    if top {
        // Metadata is the API server's to check; status is the controller's.
        let properties = to["properties"].as_object_mut().unwrap();
        properties.insert("metadata".into(), json!({ "type": "object" }));
        properties.insert("status".into(), json!({ "type": "object" }));
        to.insert("required".into(), json!(["apiVersion", "kind", "metadata"]));
    }
    to.into()
}

fn compile(schema: &Value) -> Validator {
    let options = jsonschema::options().with_draft(Draft::Draft7);
    options
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .unwrap()
}

/// Upstream's schemas by `<apiVersion>/<kind>`.
fn upstream(shared: &Path) -> BTreeMap<String, Value> {
    let mut schemas = BTreeMap::new();
    for path in files(&shared.join("crds"), ".yaml") {
        for definition in documents(&path) {
            let spec = &definition["spec"];
            for version in spec["versions"].as_array().unwrap() {
                let key = [&spec["group"], &version["name"], &spec["names"]["kind"]]
                    .map(|it| it.as_str().unwrap());
                schemas.insert(
                    key.join("/"),
                    strict(&version["schema"]["openAPIV3Schema"], true),
                );
            }
        }
    }
    for (file, name) in [
        (
            "external-secrets.io/externalsecret_v1",
            "external-secrets.io/v1/ExternalSecret",
        ),
        (
            "monitoring.coreos.com/podmonitor_v1",
            "monitoring.coreos.com/v1/PodMonitor",
        ),
        (
            "monitoring.coreos.com/prometheusrule_v1",
            "monitoring.coreos.com/v1/PrometheusRule",
        ),
        (
            "monitoring.coreos.com/servicemonitor_v1",
            "monitoring.coreos.com/v1/ServiceMonitor",
        ),
        (
            "secrets-store.csi.x-k8s.io/secretproviderclass_v1",
            "secrets-store.csi.x-k8s.io/v1/SecretProviderClass",
        ),
    ] {
        let text = fs::read_to_string(shared.join(format!("crds/catalog/{file}.json"))).unwrap();
        let needs_spec = name.starts_with("monitoring");
        let mut schema = strict(&serde_json::from_str(&text).unwrap(), true);
        if needs_spec {
            schema["required"] = json!(["apiVersion", "kind", "metadata", "spec"]);
        }
        schemas.insert(name.into(), schema);
    }
    schemas
}

/// What our schema finds wrong, as text; empty if nothing.
fn problems(object: &Value) -> Vec<String> {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    assert!(
        schema::is_known(api_version, kind, "1.36"),
        "{api_version} {kind} has no schema"
    );
    let problems = schema::check(object, api_version, kind, "1.36").into_iter();
    problems
        .map(|problem| format!("{}: {}", problem.pointer, problem.message))
        .collect()
}

fn key(object: &Value) -> String {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    format!("{}/{}", text("apiVersion"), text("kind"))
}

/// The corpus's objects that upstream has a schema of, with the file's name.
fn corpus(shared: &Path, upstream: &BTreeMap<String, Value>) -> Vec<(String, Value)> {
    let mut objects = Vec::new();
    for path in files(&shared.join("corpus"), ".yaml") {
        let name = path.strip_prefix(shared).unwrap().display().to_string();
        let known = documents(&path)
            .into_iter()
            .filter(|object| upstream.contains_key(&key(object)));
        objects.extend(known.map(|object| (name.clone(), object)));
    }
    objects
}

#[test]
fn corpus_gets_the_same_verdict() {
    let Some(shared) = shared() else { return };
    let schemas = upstream(&shared);
    let validators: BTreeMap<_, _> = schemas
        .iter()
        .map(|(key, schema)| (key, compile(schema)))
        .collect();
    let objects = corpus(&shared, &schemas);
    assert!(objects.len() > 100, "{} objects", objects.len());
    let mut wrong = Vec::new();
    for (file, object) in &objects {
        let theirs: Vec<_> = validators[&key(object)]
            .iter_errors(object)
            .map(|error| error.to_string())
            .collect();
        let ours = problems(object);
        if ours.is_empty() != theirs.is_empty() {
            wrong.push(format!("{file}: ours {ours:#?} theirs {theirs:#?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        objects.len(),
        wrong.join("\n")
    );
}

/// Objects that have a bit of everything of the kinds the corpus has little of.
fn samples() -> Vec<(String, Value)> {
    let text = include_str!("upstream_schemas.yaml");
    let read = |document| {
        let value = serde_yaml::Value::deserialize(document).unwrap();
        (
            "tests/upstream_schemas.yaml".to_owned(),
            serde_json::to_value(value).unwrap(),
        )
    };
    serde_yaml::Deserializer::from_str(text).map(read).collect()
}

#[test]
fn mutations_get_the_same_verdict() {
    let Some(shared) = shared() else { return };
    let schemas = upstream(&shared);
    let validators: BTreeMap<_, _> = schemas
        .iter()
        .map(|(key, schema)| (key, compile(schema)))
        .collect();
    let mut objects = corpus(&shared, &schemas);
    objects.extend(samples());
    objects.retain(|(_, object)| object["spec"].is_object());
    let mut wrong = Vec::new();
    let (mut refused, mut total, mut excused) = (0, 0, BTreeMap::new());
    for (index, (file, object)) in objects.iter().enumerate() {
        let theirs = &validators[&key(object)];
        assert!(
            !file.starts_with("tests/") || (problems(object).is_empty() && theirs.is_valid(object)),
            "{}: {:#?} {:#?}",
            object["kind"],
            problems(object),
            theirs
                .iter_errors(object)
                .map(|error| error.to_string())
                .collect::<Vec<_>>()
        );
        for seed in 0..40_u64 {
            let mut random = Random::new(u64::try_from(index).unwrap() << 20 | seed);
            let mut changed = object.clone();
            let what = mutate(&mut changed, &["spec"], &mut random);
            let ours = problems(&changed);
            let theirs: Vec<_> = theirs
                .iter_errors(&changed)
                .map(|error| error.to_string())
                .collect();
            total += 1;
            refused += usize::from(!theirs.is_empty());
            if ours.is_empty() == theirs.is_empty() {
                continue;
            }
            let excuse = STRICTER
                .iter()
                .find(|excuse| !ours.is_empty() && ours.iter().all(|it| (excuse.covers)(it)));
            match excuse {
                Some(excuse) => *excused.entry(excuse.reason).or_insert(0) += 1,
                None => wrong.push(format!(
                    "{file} {}: {what}\n  ours {ours:?}\n  theirs {theirs:?}",
                    key(object)
                )),
            }
        }
    }
    println!("{total} mutations, {refused} refused by upstream, ours stricter in {excused:#?}");
    assert!(
        total > 1000 && refused * 3 > total,
        "{total} mutations, {refused} refused"
    );
    assert!(
        wrong.is_empty(),
        "{} of {total}\n{}",
        wrong.len(),
        wrong[..wrong.len().min(25)].join("\n")
    );
}
