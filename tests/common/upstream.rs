//! Upstream's graphs and CRDs, which are not part of the repository: the folder `GRAPHWRIGHT_SHARED`, or
//! `shared` beside the repository.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "every test file is a crate of its own, reads what lies beside the repository and says that it \
              was skipped"
)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use graphwright_validators::jsonschema::{self, Draft, PatternOptions, Validator};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

/// The folder with upstream's files. Where there is none the test is skipped, unless
/// `GRAPHWRIGHT_REQUIRE_SHARED` is set.
pub(crate) fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = env::var_os("GRAPHWRIGHT_SHARED").map_or_else(beside, PathBuf::from);
    if folder.join("corpus").is_dir() && folder.join("crds").is_dir() {
        return Some(folder);
    }
    assert!(
        env::var_os("GRAPHWRIGHT_REQUIRE_SHARED").is_none(),
        "{} is not there",
        folder.display()
    );
    eprintln!("skipped: {} is not there", folder.display());
    None
}

/// The YAML files below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    files
}

/// The objects of a file, as the API server validates them.
pub(crate) fn documents(path: &Path) -> Vec<Value> {
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

/// The schemas of a CRD's file by `<apiVersion>/<kind>`.
pub(crate) fn schemas_of(path: &Path) -> Vec<(String, Value)> {
    let mut schemas = Vec::new();
    for definition in documents(path) {
        let spec = &definition["spec"];
        for version in spec["versions"].as_array().unwrap() {
            let key = [&spec["group"], &version["name"], &spec["names"]["kind"]]
                .map(|it| it.as_str().unwrap());
            let schema = strict(&version["schema"]["openAPIV3Schema"], true);
            schemas.push((key.join("/"), schema));
        }
    }
    schemas
}

/// A CRD's schema as strict JSON Schema: unknown fields are errors, as with `kubectl --validate=strict`.
/// `top` says that the object is a whole resource.
pub(crate) fn strict(open_api: &Value, top: bool) -> Value {
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

/// What a schema says about objects.
pub(crate) fn compile(schema: &Value) -> Validator {
    let options = jsonschema::options().with_draft(Draft::Draft7);
    options
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .unwrap()
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
