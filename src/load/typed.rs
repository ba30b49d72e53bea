//! Does a document have the shape of its kind, and if not, what are all its mistakes?
//!
//! A document that fits is filled by serde alone, and nothing else is paid for. When it does not fit, the
//! kind's JSON Schema is generated from the type and walked together with the document: every mistake is
//! found, with its place, and the schema's descriptions, which are the types' doc comments, are the help.

mod constraints;
mod walk;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::source::Sources;
use crate::yaml::{self, Node};

/// A kind whose schema says more than serde checks: patterns, lengths and ranges.
pub trait Constrained {
    /// Whether the value keeps them all. Cheap; what exactly is wrong is the schema's to say.
    fn holds(&self) -> bool;
}

/// Fills a `T` from a document, or reports everything that keeps it from fitting.
pub fn typed<T: DeserializeOwned + JsonSchema + Constrained>(
    node: &Node,
    sources: &Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    let error = match yaml::from_node::<T>(node) {
        Ok(value) if value.holds() => return Some(value),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    let before = diagnostics.len();
    let schema = schema_of::<T>();
    walk::walk(&schema, node, sources, diagnostics);
    if diagnostics.len() == before {
        // The schema takes what the type does not: better a plain message than none.
        let (origin, message) = match error {
            Some(error) => (error.origin, error.message),
            None => (node.origin, "a value has the wrong form".to_owned()),
        };
        diagnostics.push(Diagnostic::new(&rules::WRONG_TYPE, origin, message));
    }
    None
}

fn schema_of<T: JsonSchema>() -> Json {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// Whether text is a DNS label of Kubernetes: lower-case letters, digits and inner hyphens, at most 63.
pub fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::profile::ClusterProfile;
    use crate::model::project::Project;
    use crate::model::release::Release;
    use std::collections::BTreeSet;

    /// What a schema demands beyond types, as `Type.field keyword value`.
    fn constraints(schema: &Json) -> BTreeSet<String> {
        const KEYWORDS: [&str; 6] = [
            "pattern",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "minItems",
        ];
        let mut found = BTreeSet::new();
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            for (field, schema) in definition["properties"].as_object().into_iter().flatten() {
                for keyword in KEYWORDS {
                    if let Some(value) = schema.get(keyword).filter(|v| v.as_u64() != Some(0)) {
                        found.insert(format!("{name}.{field} {keyword} {value}"));
                    }
                }
            }
        }
        found
    }

    /// A new constraint of a type must be checked in `holds`, or a document that breaks it passes.
    #[test]
    fn holds_knows_every_constraint_of_the_schemas() {
        let mut found = constraints(&schema_of::<ClusterProfile>());
        found.extend(constraints(&schema_of::<Release>()));
        found.extend(constraints(&schema_of::<Project>()));
        let known = [
            "Analysis.delaySeconds maximum 86400",
            "Analysis.intervalSeconds maximum 3600",
            "Analysis.intervalSeconds minimum 10",
            "Analysis.measurements maximum 1000",
            "Analysis.measurements minimum 1",
            "Canary.weight maximum 100",
            "Dynamo.version pattern \"^[0-9]+\\\\.[0-9]+\\\\.[0-9]+$\"",
            "Entry.timeoutSeconds maximum 86400",
            "Entry.timeoutSeconds minimum 1",
            "Exposure.timeoutSeconds maximum 86400",
            "Exposure.timeoutSeconds minimum 1",
            "FabricClaim.count minimum 1",
            "FabricResource.count minimum 1",
            "FabricResource.gpus minimum 1",
            "Gpu.count minimum 1",
            "Kubernetes.version pattern \"^1\\\\.[0-9]{2}$\"",
            "Metadata.name maxLength 63",
            "Metadata.name minLength 1",
            "Metadata.name pattern \"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$\"",
            "Nvlink.nodes minimum 1",
            "Patch.operations minItems 1",
            "ProfileOverride.profiles minItems 1",
            "ReleaseHealth.startupSeconds maximum 86400",
            "ReleaseHealth.startupSeconds minimum 10",
            "ReleaseNamespace.name maxLength 63",
            "ReleaseNamespace.name minLength 1",
            "ReleaseNamespace.name pattern \"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$\"",
            "ReleaseSpec.profiles minItems 1",
            "Scaling.maxReplicas minimum 1",
            "Scaling.metrics minItems 1",
            "Scaling.minReplicas minimum 1",
            "Scaling.scaleDownSeconds maximum 3600",
            "Scaling.scaleUpSeconds maximum 3600",
            "SmokeTest.timeoutSeconds maximum 86400",
            "SmokeTest.timeoutSeconds minimum 1",
        ];
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), known);
    }

    /// What is wrong elsewhere makes nothing wrong in a layer that is laid over the rest.
    #[test]
    fn a_layer_leaves_fields_out_and_removes_them() {
        let text = "\
apiVersion: graphwright.dev/v1alpha1
kind: Release
metadata: {name: chat}
spec:
  graph: 1
  profiles: [eks-p5]
  overrides:
    - profiles: [eks-p5]
      spec:
        strategy: {live: blue, canary: null}
        exposure: {hosts: null, kind: entry}
        components: {decode: {scaling: null, args: {set: {--rate: [0.5]}}}}
        storage: null
        patches: [{}]
";
        let nodes = yaml::read::documents(text, 0, &yaml::read::Limits::default(), &mut Vec::new());
        let mut diagnostics = Vec::new();
        let release = typed::<Release>(&nodes[0], &Sources::default(), &mut diagnostics);
        assert!(release.is_none());
        let messages: Vec<&str> = diagnostics.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "`spec.graph` must be a string, not the number here",
                "`entry` is not one of the values of `spec.overrides[0].spec.exposure.kind`",
                "`spec.overrides[0].spec.components.decode.args.set[\"--rate\"]` must be `true` or `false`, a number or a string, not a list",
                "`spec.overrides[0].spec.patches[0]` has no `target`",
                "`spec.overrides[0].spec.patches[0]` has no `operations`",
            ]
        );
    }

    /// The walk must know every keyword that the schemas use.
    #[test]
    fn the_walk_knows_every_keyword_of_the_schemas() {
        fn keywords(schema: &Json, found: &mut BTreeSet<String>) {
            let Some(object) = schema.as_object() else {
                return;
            };
            for (keyword, value) in object {
                found.insert(keyword.clone());
                match keyword.as_str() {
                    "properties" | "$defs" => {
                        value
                            .as_object()
                            .unwrap()
                            .values()
                            .for_each(|v| keywords(v, found));
                    }
                    "anyOf" | "oneOf" => value
                        .as_array()
                        .unwrap()
                        .iter()
                        .for_each(|v| keywords(v, found)),
                    "items" | "additionalProperties" => keywords(value, found),
                    _ => {}
                }
            }
        }
        let mut found = BTreeSet::new();
        keywords(&schema_of::<ClusterProfile>(), &mut found);
        keywords(&schema_of::<Release>(), &mut found);
        keywords(&schema_of::<Project>(), &mut found);
        for ignored in ["$schema", "$defs", "title", "description", "default"] {
            found.remove(ignored);
        }
        let known = [
            "$ref",
            "additionalProperties",
            "anyOf",
            "const",
            "enum",
            "format",
            "items",
            "maxLength",
            "maximum",
            "minItems",
            "minLength",
            "minimum",
            "oneOf",
            "pattern",
            "properties",
            "required",
            "type",
            "x-partial",
        ];
        for keyword in &found {
            assert!(known.contains(&keyword.as_str()), "{keyword}");
        }
    }
}
