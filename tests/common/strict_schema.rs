//! Upstream's CRDs as strict JSON Schemas: unknown fields are errors, as with `kubectl --validate=strict`.

use std::collections::BTreeMap;
use std::path::Path;

use graphwright::yaml::{Node, read};
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value as Json, json};

/// A validator for each version of `DynamoGraphDeployment`.
pub(crate) fn graphs(crds: &Path) -> BTreeMap<String, Validator> {
    let path = crds.join("nvidia.com_dynamographdeployments.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let mut mistakes = Vec::new();
    let crd = read::documents(&text, 0, &read::Limits::default(), &mut mistakes).remove(0);
    crd.at(&["spec", "versions"])
        .and_then(Node::as_list)
        .unwrap()
        .iter()
        .map(|version| {
            let name = version.get("name").and_then(Node::as_str).unwrap();
            let schema = version.at(&["schema", "openAPIV3Schema"]).unwrap();
            let mut schema = strict(&schema.to_json());
            schema["properties"]["metadata"] = json!({"type": "object"});
            let validator = jsonschema::options()
                .with_draft(Draft::Draft7)
                .build(&schema)
                .unwrap();
            (name.to_owned(), validator)
        })
        .collect()
}

/// A structural schema without what only the API server knows.
fn strict(schema: &Json) -> Json {
    let Json::Object(schema) = schema else {
        return schema.clone();
    };
    let set = |key: &str| schema.get(key) == Some(&json!(true));
    let mut out = Map::new();
    for (key, value) in schema {
        let value = match key.as_str() {
            "properties" => Json::Object(
                value
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(|(name, schema)| (name.clone(), strict(schema)))
                    .collect(),
            ),
            "items" | "additionalProperties" | "not" => strict(value),
            "allOf" | "anyOf" | "oneOf" => value.as_array().unwrap().iter().map(strict).collect(),
            "description" | "default" | "format" | "nullable" => continue,
            key if key.starts_with("x-kubernetes-") => continue,
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    if set("x-kubernetes-int-or-string") {
        out.remove("anyOf");
        out.insert("type".to_owned(), json!(["integer", "string"]));
    }
    let open =
        set("x-kubernetes-preserve-unknown-fields") || out.contains_key("additionalProperties");
    if out.contains_key("properties") && !open {
        out.insert("additionalProperties".to_owned(), json!(false));
    }
    if let Some(Json::Object(properties)) = out.get_mut("properties")
        && set("x-kubernetes-embedded-resource")
    {
        for key in ["apiVersion", "kind", "metadata"] {
            properties.entry(key).or_insert(json!({}));
        }
    }
    Json::Object(out)
}
