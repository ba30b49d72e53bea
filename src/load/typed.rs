//! Does a document have the shape of its kind, and if not, what are all its mistakes?
//!
//! A document that fits is filled by serde alone, and nothing else is paid for. When it does not fit, the
//! kind's JSON Schema is generated from the type and walked together with the document: every mistake is
//! found, with its place, and the schema's descriptions, which are the types' doc comments, are the help.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::diagnostic::{Diagnostic, Fix, did_you_mean};
use crate::model::profile::{ClusterProfile, Metadata};
use crate::model::release::Release;
use crate::origin::Origin;
use crate::rules;
use crate::source::Sources;
use crate::yaml::{self, Node, Value};

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
    let mut walk = Walk {
        root: &schema,
        sources,
        diagnostics,
        path: Vec::new(),
    };
    walk.check(&schema, node, node.origin, None);
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

/// A step from a value to one inside it.
enum Step {
    Key(String),
    Index(usize),
}

struct Walk<'a> {
    root: &'a Json,
    sources: &'a Sources,
    diagnostics: &'a mut Vec<Diagnostic>,
    path: Vec<Step>,
}

impl<'a> Walk<'a> {
    /// Checks a value. `origin` is where to point when something is missing in it; `description` is that of
    /// the field it stands in.
    fn check(
        &mut self,
        schema: &'a Json,
        node: &Node,
        origin: Origin,
        description: Option<&'a str>,
    ) {
        let description = description.or_else(|| schema["description"].as_str());
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer));
            if let Some(target) = target {
                self.check(target, node, origin, description);
            }
            return;
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            // `Option<T>`: T or null.
            if !node.is_null()
                && let Some(choice) = choices.iter().find(|choice| choice["type"] != "null")
            {
                self.check(choice, node, origin, description);
            }
            return;
        }
        if let Some(allowed) = allowed(schema) {
            self.check_choice(&allowed, node, description);
            return;
        }
        if !self.check_type(&schema["type"], node, description) {
            return;
        }
        match &node.value {
            Value::Map(_) => self.check_map(schema, node, origin),
            Value::List(items) => {
                if let Some(least) = schema["minItems"].as_u64()
                    && (items.len() as u64) < least
                {
                    let what = if least == 1 {
                        "must not be empty".to_owned()
                    } else {
                        format!("must have at least {least} items")
                    };
                    let message = format!("`{}` {what}", self.path());
                    self.report(&rules::INVALID_VALUE, node.origin, message, description);
                }
                for (index, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(index));
                    self.check(&schema["items"], item, item.origin, None);
                    self.path.pop();
                }
            }
            Value::String(text) => self.check_text(schema, text, node.origin, description),
            Value::Int(_) | Value::Float(_) => self.check_number(schema, node, description),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn check_map(&mut self, schema: &'a Json, node: &Node, origin: Origin) {
        let Value::Map(map) = &node.value else { return };
        let fields = schema["properties"].as_object();
        // Fields that are not missing but misspelt.
        let mut misspelt = Vec::new();
        for entry in map {
            let field = fields.and_then(|fields| fields.get(&entry.key));
            let Some(field) = field.or_else(|| others(schema)) else {
                misspelt.extend(self.unknown_field(fields, node, &entry.key, entry.key_origin));
                continue;
            };
            let origin = match entry.value.value {
                Value::Map(_) | Value::List(_) | Value::Null => entry.key_origin,
                _ => entry.value.origin,
            };
            self.path.push(Step::Key(entry.key.clone()));
            self.check(field, &entry.value, origin, None);
            self.path.pop();
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            let is_missing = |name: &&str| !map.contains(name) && !misspelt.contains(name);
            let Some(name) = name.as_str().filter(is_missing) else {
                continue;
            };
            let message = if self.path.is_empty() {
                format!("the document has no `{name}`")
            } else {
                format!("`{}` has no `{name}`", self.path())
            };
            let description = schema["properties"][name]["description"].as_str();
            self.path.push(Step::Key(name.to_owned()));
            self.report(&rules::MISSING_FIELD, origin, message, description);
            self.path.pop();
        }
    }

    /// Reports a field that does not exist; gives the one that was meant, if that is clear.
    fn unknown_field(
        &mut self,
        fields: Option<&'a serde_json::Map<String, Json>>,
        node: &Node,
        name: &str,
        origin: Origin,
    ) -> Option<&'a str> {
        const LISTED: usize = 16;
        let place = if self.path.is_empty() {
            "the document".to_owned()
        } else {
            format!("`{}`", self.path())
        };
        let message = format!("{place} has no field `{}`", name.escape_debug());
        let mut diagnostic = Diagnostic::new(&rules::UNKNOWN_FIELD, origin, message);
        let names = || fields.into_iter().flatten().map(|(name, _)| name.as_str());
        let free = || names().filter(|field| node.get(field).is_none());
        let meant = did_you_mean(name, free());
        if let Some(meant) = &meant {
            diagnostic = diagnostic.help(meant);
        } else if names().count() <= LISTED {
            diagnostic = diagnostic.help(format!("its fields are {}", list(names())));
        } else {
            diagnostic = diagnostic.help(format!("remove `{}`", name.escape_debug()));
        }
        self.diagnostics.push(diagnostic);
        let meant = meant?;
        free().find(|field| meant.contains(&format!("`{field}`")))
    }

    fn check_choice(&mut self, allowed: &[&str], node: &Node, description: Option<&'a str>) {
        let path = self.path();
        let Some(written) = node.as_str() else {
            let message = format!(
                "`{path}` must be one of the words below, not {}",
                found(node)
            );
            let help = format!("one of {}", list(allowed.iter().copied()));
            self.report(&rules::WRONG_TYPE, node.origin, message, description);
            if let Some(last) = self.diagnostics.last_mut() {
                last.help.push(help);
            }
            return;
        };
        if allowed.contains(&written) {
            return;
        }
        let message = match allowed {
            [only] => format!(
                "`{path}` must be `{only}`, not `{}`",
                written.escape_debug()
            ),
            _ => format!(
                "`{}` is not one of the values of `{path}`",
                written.escape_debug()
            ),
        };
        let mut diagnostic = Diagnostic::new(&rules::UNKNOWN_VALUE, node.origin, message);
        if let Some(meant) = did_you_mean(written, allowed.iter().copied()) {
            diagnostic = diagnostic.help(meant);
        }
        if allowed.len() > 1 {
            diagnostic =
                diagnostic.help(format!("the values are {}", list(allowed.iter().copied())));
        }
        self.diagnostics.push(diagnostic);
    }

    /// Checks the JSON type; says whether it fits.
    fn check_type(&mut self, types: &Json, node: &Node, description: Option<&'a str>) -> bool {
        let types: Vec<&str> = match types {
            Json::String(one) => vec![one],
            Json::Array(several) => several.iter().filter_map(Json::as_str).collect(),
            _ => return true,
        };
        let fits = types.iter().any(|name| match *name {
            "null" => node.is_null(),
            "boolean" => node.as_bool().is_some(),
            "integer" => node.as_int().is_some(),
            "number" => matches!(node.value, Value::Int(_) | Value::Float(_)),
            "string" => node.as_str().is_some(),
            "array" => node.as_list().is_some(),
            "object" => node.as_map().is_some(),
            _ => true,
        });
        if fits {
            return true;
        }
        let wanted = types.iter().find(|name| **name != "null").copied();
        let expected = match wanted {
            Some("boolean") => "`true` or `false`",
            Some("integer") => "a whole number",
            Some("number") => "a number",
            Some("string") => "a string",
            Some("array") => "a list",
            Some("object") => "a mapping",
            _ => "null",
        };
        let subject = if self.path.is_empty() {
            "the document".to_owned()
        } else {
            format!("`{}`", self.path())
        };
        let message = format!("{subject} must be {expected}, not {}", found(node));
        self.report(&rules::WRONG_TYPE, node.origin, message, description);
        if let Some((help, fix)) = remedy(wanted, node, self.sources)
            && let Some(last) = self.diagnostics.last_mut()
        {
            last.help.insert(0, help);
            last.fix = Some(fix);
        }
        false
    }

    fn check_text(
        &mut self,
        schema: &Json,
        text: &str,
        origin: Origin,
        description: Option<&'a str>,
    ) {
        let length = text.chars().count() as u64;
        let path = self.path();
        let message = if schema["minLength"]
            .as_u64()
            .is_some_and(|least| length < least)
        {
            format!("`{path}` must not be empty")
        } else if let Some(most) = schema["maxLength"].as_u64().filter(|most| length > *most) {
            format!("`{path}` has {length} characters; at most {most} are allowed")
        } else if let Some(pattern) = schema["pattern"].as_str().filter(|p| !matches(p, text)) {
            let message = format!("`{}` is not a valid `{path}`", shorten(text));
            self.report(&rules::INVALID_VALUE, origin, message, description);
            if let Some(last) = self.diagnostics.last_mut() {
                last.help.push(format!("it must match `{pattern}`"));
            }
            return;
        } else {
            return;
        };
        self.report(&rules::INVALID_VALUE, origin, message, description);
    }

    fn check_number(&mut self, schema: &Json, node: &Node, description: Option<&'a str>) {
        let value = match node.value {
            Value::Int(value) => value as f64,
            Value::Float(value) => value,
            _ => return,
        };
        let most = match schema["format"].as_str() {
            Some("uint32") => Some(f64::from(u32::MAX)),
            Some("int32") => Some(f64::from(i32::MAX)),
            _ => None,
        };
        let most = schema["maximum"].as_f64().or(most);
        let bound = if let Some(least) = schema["minimum"].as_f64().filter(|l| value < *l) {
            format!("at least {least}")
        } else if let Some(most) = most.filter(|most| value > *most) {
            format!("at most {most}")
        } else {
            return;
        };
        let message = format!("`{}` must be {bound}, not {}", self.path(), node.to_json());
        self.report(&rules::INVALID_VALUE, node.origin, message, description);
    }

    fn report(
        &mut self,
        rule: &'static rules::Rule,
        origin: Origin,
        message: String,
        description: Option<&str>,
    ) {
        let mut diagnostic = Diagnostic::new(rule, origin, message);
        // "Its name" tells nobody anything.
        let worth_saying = |text: &String| text.split(' ').count() > 2;
        if let Some(description) = description.map(first_sentence).filter(worth_saying) {
            let name = match self.path.iter().rev().find_map(|step| match step {
                Step::Key(key) => Some(key),
                Step::Index(_) => None,
            }) {
                Some(name) => format!("`{name}`: {description}"),
                None => description,
            };
            diagnostic = diagnostic.help(name);
        }
        self.diagnostics.push(diagnostic);
    }

    /// `spec.pools[0].labels["a.b/c"]`
    fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Index(index) => path.push_str(&format!("[{index}]")),
                Step::Key(key) if key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                Step::Key(key) => path.push_str(&format!("[{:?}]", shorten(key))),
            }
        }
        path
    }
}

/// The words a schema allows, if it is a choice between words.
fn allowed(schema: &Json) -> Option<Vec<&str>> {
    if let Some(values) = schema["enum"].as_array() {
        return Some(values.iter().filter_map(Json::as_str).collect());
    }
    if let Some(value) = schema["const"].as_str() {
        return Some(vec![value]);
    }
    let choices = schema["oneOf"].as_array()?;
    Some(choices.iter().filter_map(allowed).flatten().collect())
}

/// The schema of fields without a name of their own; none where there are no such fields.
fn others(schema: &Json) -> Option<&Json> {
    const ANYTHING: &Json = &Json::Bool(true);
    match &schema["additionalProperties"] {
        Json::Bool(false) => None,
        Json::Object(_) => schema.get("additionalProperties"),
        _ => Some(ANYTHING),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let schema = serde_json::json!({ "pattern": pattern });
    jsonschema::is_valid(&schema, &Json::from(text))
}

/// What is there, in words that say what to look for.
fn found(node: &Node) -> String {
    match &node.value {
        Value::Null => "empty".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Int(_) | Value::Float(_) => format!("the number {}", node.to_json()),
        Value::String(text) => format!("the string `{}`", shorten(text)),
        Value::List(_) | Value::Map(_) => node.kind().to_owned(),
    }
}

/// How to turn what is there into what is wanted, where quotes make the difference.
fn remedy(wanted: Option<&str>, node: &Node, sources: &Sources) -> Option<(String, Fix)> {
    let place = node.origin.place()?;
    let written = sources.text(place)?;
    let (verb, replacement) = match (wanted?, &node.value) {
        ("string", Value::Bool(_) | Value::Int(_) | Value::Float(_)) => {
            ("quote it", format!("\"{written}\""))
        }
        ("integer", Value::String(text)) if text.parse::<i64>().is_ok() => {
            ("remove the quotes", text.clone())
        }
        ("boolean", Value::String(text)) if text == "true" || text == "false" => {
            ("remove the quotes", text.clone())
        }
        _ => return None,
    };
    Some((format!("{verb}: {replacement}"), Fix { place, replacement }))
}

/// Text for a message: one line, not too long, nothing a terminal would act on.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
        .escape_debug()
        .to_string()
        .replace("\\\"", "\"")
        .replace("\\'", "'")
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// The first sentence of a doc comment as a phrase: links taken out, lower case.
fn first_sentence(description: &str) -> String {
    let text = description.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace("[`", "`").replace("`]", "`");
    let end = text.find(". ").unwrap_or(text.len());
    let text = text[..end].trim_end_matches('.');
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            let rest = &text[first.len_utf8()..];
            first.to_lowercase().chain(rest.chars()).collect()
        }
        _ => text.to_owned(),
    }
}

impl Constrained for Metadata {
    fn holds(&self) -> bool {
        is_label(&self.name)
    }
}

impl Constrained for ClusterProfile {
    fn holds(&self) -> bool {
        let spec = &self.spec;
        let kubernetes = spec.kubernetes.version.as_bytes();
        let numbers: Vec<&str> = spec.dynamo.version.split('.').collect();
        self.metadata.holds()
            && matches!(kubernetes, [b'1', b'.', tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit())
            && numbers.len() == 3
            && numbers
                .iter()
                .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
            && spec.pools.iter().all(|pool| {
                pool.gpu.as_ref().is_none_or(|gpu| *gpu.count >= 1)
                    && pool.nvlink.as_ref().is_none_or(|nvlink| nvlink.nodes >= 1)
            })
            && spec
                .fabric
                .as_ref()
                .is_none_or(|fabric| fabric.resources.iter().all(|r| r.count >= 1 && r.gpus >= 1))
    }
}

impl Constrained for Release {
    fn holds(&self) -> bool {
        let spec = &self.spec;
        self.metadata.holds()
            && !spec.profiles.is_empty()
            && spec
                .namespace
                .as_ref()
                .is_none_or(|namespace| is_label(&namespace.name))
            && spec
                .patches
                .iter()
                .all(|patch| !patch.operations.is_empty())
    }
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
                    if let Some(value) = schema.get(keyword).filter(|v| **v != Json::from(0)) {
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
        let known = [
            "Dynamo.version pattern \"^[0-9]+\\\\.[0-9]+\\\\.[0-9]+$\"",
            "FabricResource.count minimum 1",
            "FabricResource.gpus minimum 1",
            "Gpu.count minimum 1",
            "Kubernetes.version pattern \"^1\\\\.[0-9]{2}$\"",
            "Metadata.name maxLength 63",
            "Metadata.name minLength 1",
            "Metadata.name pattern \"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$\"",
            "Nvlink.nodes minimum 1",
            "Patch.operations minItems 1",
            "ReleaseNamespace.name maxLength 63",
            "ReleaseNamespace.name minLength 1",
            "ReleaseNamespace.name pattern \"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$\"",
            "ReleaseSpec.profiles minItems 1",
        ];
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), known);
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
            "minItems",
            "minLength",
            "minimum",
            "oneOf",
            "pattern",
            "properties",
            "required",
            "type",
        ];
        for keyword in &found {
            assert!(known.contains(&keyword.as_str()), "{keyword}");
        }
    }
}
