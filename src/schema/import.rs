//! What do CustomResourceDefinitions, and JSON Schemas made from them, say of their kinds?
//!
//! A schema is kept as far as it is checked: what the API server looks at, in the words of JSON Schema, with
//! Kubernetes' own extensions where JSON Schema has none.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::bundle::{for_each_inner, reachable};
use super::{Kubernetes, bundle, file_name, imported, text};
use crate::diagnostic::Diagnostic;
use crate::origin::{Origin, Place};
use crate::rules;
use crate::source::Sources;
use crate::yaml::{self, Node};

/// How deep a schema may be nested.
const DEEPEST: usize = 60;
/// How long a description may be.
const LONGEST: usize = 160;

/// How much of a file is read: all kinds of a large cluster.
pub const LIMITS: yaml::read::Limits = yaml::read::Limits {
    bytes: 64 << 20,
    depth: 100,
    values: 10_000_000,
    mistakes: 50,
};

/// One kind's schema, ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its name, such as `keda.sh/scaledobject_v1alpha1`.
    pub name: String,
    /// The file's text.
    pub text: String,
    /// How many rules in the expression language it has.
    pub rules: usize,
    /// Patterns that cannot be read here, which it is without.
    pub unread: Vec<String>,
}

/// The schemas in a file, by their names, and what is wrong with it. `is_found` says that the file was found in
/// a directory: then what holds no schema is passed over.
pub fn import(
    name: &str,
    content: &str,
    is_found: bool,
    sources: &mut Sources,
) -> (Vec<Imported>, Vec<Diagnostic>) {
    let file = sources.add(name, content);
    let mut found = Vec::new();
    let documents = yaml::read::documents(content, file, &LIMITS, &mut found);
    found.retain(|one| one.severity == rules::Severity::Error);
    if let Some(at) = content
        .find("{{")
        .filter(|_| is_template(content, !found.is_empty()))
    {
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        let place = Place {
            file,
            start,
            end: start.saturating_add(2),
        };
        let message = format!("`{name}` is a template, and has no schema before it is filled in");
        let refusal = Diagnostic::new(
            &rules::SCHEMA_IMPORT_TEMPLATE,
            Origin::Input(place),
            message,
        )
        .help("run `helm template --include-crds CHART | graphwright schema import -`");
        return (Vec::new(), vec![refusal]);
    }
    let mut schemas = Vec::new();
    let start = Origin::Input(Place {
        file,
        start: 0,
        end: 0,
    });
    for document in &documents {
        let is_list = document
            .get("kind")
            .and_then(Node::as_str)
            .is_some_and(|kind| kind.ends_with("List"));
        match document
            .get("items")
            .and_then(Node::as_list)
            .filter(|_| is_list)
        {
            Some(items) => items
                .iter()
                .for_each(|item| definition(item, name, true, &mut schemas, &mut found)),
            None => definition(
                document,
                name,
                is_found || documents.len() > 1,
                &mut schemas,
                &mut found,
            ),
        }
    }
    for schema in &schemas {
        found.extend(schema.unread.iter().map(|pattern| {
            let message = format!(
                "`{}` is checked without its pattern `{pattern}`",
                schema.name
            );
            Diagnostic::new(&rules::SCHEMA_PATTERN, start, message)
                .help("it cannot be read here; check the field yourself")
        }));
    }
    if schemas.is_empty() && found.is_empty() && !is_found {
        let message = format!("`{name}` holds no CustomResourceDefinition and no schema");
        found.push(
            Diagnostic::new(&rules::SCHEMA_IMPORT, start, message)
                .help("`kubectl get crd NAME -o yaml` prints one; a chart keeps them in `crds/`"),
        );
    }
    (schemas, found)
}

/// Whether braces are a template's: a description may have some too.
fn is_template(content: &str, is_broken: bool) -> bool {
    let starts_line = content
        .lines()
        .any(|line| line.trim_start().starts_with("{{"));
    is_broken || starts_line
}

/// The schemas of one document.
fn definition(
    document: &Node,
    file: &str,
    is_loose: bool,
    schemas: &mut Vec<Imported>,
    found: &mut Vec<Diagnostic>,
) {
    let text = |keys: &[&str]| document.at(keys).and_then(Node::as_str);
    let refuse = |pointer: &str, message: String| {
        Diagnostic::new(&rules::SCHEMA_IMPORT, document.origin_of(pointer), message).help(
            "the file must be what `kubectl get crd -o yaml` prints, or a JSON Schema of one kind",
        )
    };
    match text(&["kind"]) {
        Some("CustomResourceDefinition") => {}
        None if document.get("properties").is_some() => {
            match of_json_schema(&document.to_json(), file) {
                Ok(schema) => schemas.push(schema),
                Err(why) => found.push(refuse("", format!("the schema cannot be imported: {why}"))),
            }
            return;
        }
        _ if is_loose => return,
        _ => {
            return found.push(refuse(
                "/kind",
                format!("`{file}` holds no CustomResourceDefinition"),
            ));
        }
    }
    if text(&["apiVersion"]) == Some("apiextensions.k8s.io/v1beta1") {
        return found.push(refuse(
            "/apiVersion",
            "`apiextensions.k8s.io/v1beta1` is not read".into(),
        ));
    }
    let (Some(group), Some(kind)) = (text(&["spec", "group"]), text(&["spec", "names", "kind"]))
    else {
        return found.push(refuse(
            "/spec",
            "the definition has no group or no kind".into(),
        ));
    };
    let versions = document
        .at(&["spec", "versions"])
        .and_then(Node::as_list)
        .unwrap_or_default();
    for (index, version) in versions.iter().enumerate() {
        if version.get("served").and_then(Node::as_bool) == Some(false) {
            continue;
        }
        let pointer = format!("/spec/versions/{index}");
        let Some(name) = version.get("name").and_then(Node::as_str) else {
            found.push(refuse(&pointer, "the version has no name".into()));
            continue;
        };
        let Some(schema) = version.at(&["schema", "openAPIV3Schema"]) else {
            found.push(refuse(
                &pointer,
                format!("version `{name}` of `{kind}` has no schema"),
            ));
            continue;
        };
        match of_kind(&schema.to_json(), group, name, kind, true) {
            Ok(schema) => schemas.push(schema),
            Err(why) => found.push(refuse(
                &pointer,
                format!("version `{name}` of `{kind}` cannot be imported: {why}"),
            )),
        }
    }
}

/// A JSON Schema of a kind, as catalogs of them have it. Group, version and kind are in the schema or, as the
/// catalogs do it, in the file's path.
fn of_json_schema(schema: &Value, file: &str) -> Result<Imported, String> {
    let own = &schema["x-kubernetes-group-version-kind"][0];
    let constant = |field: &str| {
        let field = &schema["properties"][field];
        field["const"]
            .as_str()
            .or_else(|| field["enum"].as_array()?.first()?.as_str())
            .map(str::to_owned)
    };
    let of_path = || {
        let mut parts = file.strip_suffix(".json")?.rsplit(['/', '\\']);
        let (kind, version) = parts.next()?.split_once('_')?;
        Some((
            parts.next()?.to_owned(),
            version.to_owned(),
            kind.to_owned(),
        ))
    };
    let of_constants = || {
        let api_version = constant("apiVersion")?;
        let (group, version) = api_version.split_once('/')?;
        Some((group.to_owned(), version.to_owned(), constant("kind")?))
    };
    let of_extension = || {
        let text = |field: &str| own[field].as_str().map(str::to_owned);
        Some((text("group")?, text("version")?, text("kind")?))
    };
    if let Some((group, version, kind)) = of_extension().or_else(of_constants) {
        return of_kind(schema, &group, &version, &kind, true);
    }
    let (group, version, kind) = of_path()
        .ok_or("it does not say which kind it is for: name the file `GROUP/KIND_VERSION.json`")?;
    // A path has the kind in lower case, so that its name is not known.
    of_kind(schema, &group, &version, &kind, false)
}

fn of_kind(
    schema: &Value,
    group: &str,
    version: &str,
    kind: &str,
    is_named: bool,
) -> Result<Imported, String> {
    let is_name = |text: &str| {
        !text.is_empty()
            && !text.starts_with('.')
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
    };
    if ![group, version, kind].into_iter().all(is_name) || group.contains("..") {
        return Err(format!("`{group}/{version}` `{kind}` is no name of a kind"));
    }
    let mut converted = convert(schema, 0)?;
    let mut definitions = Map::new();
    for key in ["$defs", "definitions"] {
        for (name, definition) in schema
            .get(key)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            definitions.insert(name.clone(), convert(definition, 1)?);
        }
    }
    let api_version = format!("{group}/{version}");
    let properties = &mut converted["properties"];
    properties["apiVersion"] = json!({ "const": api_version });
    properties["kind"] = if is_named {
        json!({ "const": kind })
    } else {
        json!({ "type": "string" })
    };
    properties["metadata"] = json!({ "$ref": "#/$defs/meta.v1.NamedObjectMeta" });
    if properties.get("status").is_some() {
        properties["status"] = json!({ "type": "object" });
    }
    let mut required = vec![json!("apiVersion"), json!("kind"), json!("metadata")];
    if let Some(Value::Array(more)) = converted.get("required") {
        required.extend(
            more.iter()
                .filter(|name| *name != "status" && !required.contains(name))
                .cloned()
                .collect::<Vec<_>>(),
        );
    }
    converted["required"] = required.into();
    share(&mut converted, &mut definitions);
    let kubernetes = Kubernetes::of(bundle::PODS_OF);
    let metadata = reachable(
        &json!({ "$ref": "#/$defs/meta.v1.NamedObjectMeta" }),
        &|name| kubernetes.entry("$defs", name),
    );
    definitions.extend(metadata);
    definitions.sort_keys();
    let mut whole = Map::new();
    whole.insert("$comment".into(), json!(imported::MARK));
    whole.insert(
        "$schema".into(),
        json!("http://json-schema.org/draft-07/schema#"),
    );
    whole.insert("title".into(), json!(kind));
    whole.extend(converted.as_object().cloned().unwrap_or_default());
    whole.insert("$defs".into(), definitions.into());
    let whole = Value::Object(whole);
    let mut whole = whole;
    let mut unread = Vec::new();
    if imported::compile(&whole).is_err() {
        // Perhaps for its patterns alone.
        drop_patterns(&mut whole, &mut unread);
        imported::compile(&whole)?;
    }
    let shapes = crate::cel::Shapes::of(&whole)?;
    Ok(Imported {
        name: file_name(&api_version, kind),
        text: text::pretty(&whole),
        rules: shapes.rules().count(),
        unread,
    })
}

/// A structural schema as JSON Schema.
fn convert(schema: &Value, depth: usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err(format!("it is nested more than {DEEPEST} levels deep"));
    }
    let Some(schema) = schema.as_object() else {
        return Ok(schema.clone());
    };
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference
            .strip_prefix("#/$defs/")
            .or_else(|| reference.strip_prefix("#/definitions/"));
        let name = name.ok_or_else(|| format!("it refers to `{reference}`; nothing is fetched"))?;
        return Ok(json!({ "$ref": format!("#/$defs/{name}") }));
    }
    let is = |key: &str| schema.get(key) == Some(&Value::Bool(true));
    let mut out = Map::new();
    if let Some(description) = schema
        .get("description")
        .and_then(Value::as_str)
        .and_then(short)
    {
        out.insert("description".into(), description.into());
    }
    let is_either = is("x-kubernetes-int-or-string");
    let is_nullable = is("nullable");
    if is_either {
        out.insert("type".into(), json!(["integer", "string"]));
        out.insert("x-kubernetes-int-or-string".into(), true.into());
    } else if let Some(kind) = schema.get("type") {
        out.insert("type".into(), kind.clone());
    }
    if is_nullable {
        let mut types: Vec<Value> = match out.get("type") {
            Some(Value::Array(types)) => types.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        if !types.is_empty() {
            types.push("null".into());
            out.insert("type".into(), types.into());
        }
    }
    const KEPT: [&str; 20] = [
        "const",
        "default",
        "enum",
        "format",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "pattern",
        "uniqueItems",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-list-type",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-validations",
    ];
    for key in KEPT {
        if let Some(value) = schema.get(key) {
            out.insert(key.into(), value.clone());
        }
    }
    if let Some(Value::String(pattern)) = out.get_mut("pattern")
        && let Some(plain) = without_flag(pattern)
    {
        *pattern = plain;
    }
    if let (true, Some(Value::Array(values))) = (is_nullable, out.get_mut("enum")) {
        values.push(Value::Null);
    }
    // What a number may be at most, with the bound itself in or out.
    for (bound, exclusive) in [
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ] {
        match schema.get(exclusive) {
            Some(Value::Bool(true)) => {
                if let Some(value) = out.remove(bound) {
                    out.insert(exclusive.into(), value);
                }
            }
            Some(number @ Value::Number(_)) => {
                out.insert(exclusive.into(), number.clone());
            }
            _ => {}
        }
    }
    let integers = schema.get("type").is_some_and(|it| it == "integer");
    if integers && schema.get("format").is_some_and(|it| it == "int32") {
        out.entry("minimum").or_insert(i32::MIN.into());
        out.entry("maximum").or_insert(i32::MAX.into());
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        // Of a value that is an integer or text, this says no more than that.
        if let Some(Value::Array(branches)) = schema.get(key).filter(|_| !is_either) {
            let branches: Result<Vec<_>, _> = branches
                .iter()
                .map(|branch| convert(branch, depth + 1))
                .collect();
            out.insert(key.into(), branches?.into());
        }
    }
    if let Some(inner) = schema.get("not") {
        out.insert("not".into(), convert(inner, depth + 1)?);
    }
    if let Some(items @ Value::Object(_)) = schema.get("items") {
        out.insert("items".into(), convert(items, depth + 1)?);
    }
    let is_object = schema.get("type").is_some_and(|it| it == "object");
    let is_open = is("x-kubernetes-preserve-unknown-fields");
    let is_embedded = is("x-kubernetes-embedded-resource");
    let mut optional = Vec::new();
    if let Some(Value::Object(fields)) = schema.get("properties") {
        let mut properties = Map::new();
        for (name, inner) in fields {
            // The server fills defaults in, and takes null for an absent value, before it asks what is there.
            if inner.get("default").is_some() || inner.get("nullable") == Some(&Value::Bool(true)) {
                optional.push(name.as_str());
            }
            properties.insert(name.clone(), convert(inner, depth + 1)?);
        }
        if is_embedded {
            for (name, kind) in [
                ("apiVersion", "string"),
                ("kind", "string"),
                ("metadata", "object"),
            ] {
                properties
                    .entry(name)
                    .or_insert_with(|| json!({ "type": kind }));
            }
        }
        out.insert("properties".into(), properties.into());
    }
    match schema.get("additionalProperties") {
        Some(inner @ Value::Object(_)) => {
            out.insert("additionalProperties".into(), convert(inner, depth + 1)?);
        }
        Some(Value::Bool(true)) => {}
        // An object of no fields that are known is one whose fields nobody knows.
        _ if is_object && !is_open && schema.contains_key("properties") => {
            out.insert("additionalProperties".into(), false.into());
        }
        _ => {}
    }
    if let Some(Value::Array(names)) = schema.get("required") {
        let names: Vec<&Value> = names
            .iter()
            .filter(|name| !name.as_str().is_some_and(|name| optional.contains(&name)))
            .collect();
        if !names.is_empty() {
            out.insert("required".into(), json!(names));
        }
    }
    Ok(out.into())
}

/// Takes patterns out that mean nothing here.
fn drop_patterns(schema: &mut Value, unread: &mut Vec<String>) {
    if let Some(object) = schema.as_object_mut()
        && let Some(Value::String(pattern)) = object.get("pattern")
        && imported::compile(&json!({ "pattern": pattern })).is_err()
    {
        unread.push(pattern.clone());
        object.shift_remove("pattern");
    }
    for_each_inner(schema, &mut |inner| drop_patterns(inner, unread));
}

/// A pattern with `(?i)` at its start, in the words of all readers of patterns: each letter in both cases.
fn without_flag(pattern: &str) -> Option<String> {
    let (start, rest) = match pattern.strip_prefix("^(?i)") {
        Some(rest) => ("^", rest),
        None => ("", pattern.strip_prefix("(?i)")?),
    };
    let mut out = start.to_owned();
    let mut chars = rest.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(chars.next());
            }
            '[' | ']' => {
                in_class = c == '[';
                out.push(c);
            }
            c if in_class && c.is_ascii_alphabetic() => {
                let range = chars.next_if_eq(&'-').is_some();
                let end = if range { chars.next().unwrap_or(c) } else { c };
                for [from, to] in [
                    [c.to_ascii_lowercase(), end.to_ascii_lowercase()],
                    [c.to_ascii_uppercase(), end.to_ascii_uppercase()],
                ] {
                    out.push(from);
                    if range {
                        out.push('-');
                        out.push(to);
                    }
                }
            }
            c if c.is_ascii_alphabetic() => {
                out.push('[');
                out.push(c.to_ascii_lowercase());
                out.push(c.to_ascii_uppercase());
                out.push(']');
            }
            _ => out.push(c),
        }
    }
    Some(out)
}

/// The first sentence of a description, if it is short.
fn short(description: &str) -> Option<String> {
    let line = description
        .split("\n\n")
        .next()?
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let end = line.find(". ").map_or(line.len(), |end| end + 1);
    let sentence = &line[..end];
    (!sentence.is_empty() && sentence.len() <= LONGEST).then(|| sentence.to_owned())
}

/// Gives parts that a schema has more than once a name, and refers to them.
fn share(schema: &mut Value, definitions: &mut Map<String, Value>) {
    let mut counts: BTreeMap<String, (usize, String)> = BTreeMap::new();
    count(schema, "", &mut counts);
    counts.retain(|text, (count, _)| *count > 1 && text.len() > 200);
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (text, (_, field)) in &counts {
        let taken = |name: &String| {
            definitions.contains_key(name) || names.values().any(|other| other == name)
        };
        let name = (1..)
            .map(|number| {
                if number == 1 {
                    field.clone()
                } else {
                    format!("{field}-{number}")
                }
            })
            .find(|name| !taken(name))
            .unwrap_or_default();
        names.insert(text.clone(), name);
    }
    for_each_inner(schema, &mut |inner| refer(inner, &names, definitions));
}

fn count(schema: &Value, field: &str, counts: &mut BTreeMap<String, (usize, String)>) {
    let Some(object) = schema.as_object() else {
        return;
    };
    if !field.is_empty() {
        let entry = counts
            .entry(schema.to_string())
            .or_insert_with(|| (0, field.to_owned()));
        entry.0 += 1;
        if entry.0 > 1 {
            // What is inside is in the first one too.
            return;
        }
    }
    for (key, inner) in object {
        match (key.as_str(), inner) {
            ("properties", Value::Object(fields)) => {
                fields
                    .iter()
                    .for_each(|(name, inner)| count(inner, name, counts));
            }
            ("items" | "additionalProperties", inner) => {
                count(inner, if field.is_empty() { "item" } else { field }, counts)
            }
            _ => {}
        }
    }
}

fn refer(
    schema: &mut Value,
    names: &BTreeMap<String, String>,
    definitions: &mut Map<String, Value>,
) {
    let name = schema
        .as_object()
        .is_some_and(|it| !it.contains_key("$ref"))
        .then(|| names.get(&schema.to_string()))
        .flatten();
    let Some(name) = name else {
        return for_each_inner(schema, &mut |inner| refer(inner, names, definitions));
    };
    if !definitions.contains_key(name) {
        // Taken first, so that it is made once.
        definitions.insert(name.clone(), Value::Null);
        let mut definition = schema.clone();
        for_each_inner(&mut definition, &mut |inner| {
            refer(inner, names, definitions)
        });
        definitions.insert(name.clone(), definition);
    }
    *schema = json!({ "$ref": format!("#/$defs/{name}") });
}
