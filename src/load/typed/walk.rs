//! All the places where a document leaves its schema.
//!
//! Knows the keywords that schemars writes for our types, which a test holds to be all there are.

use serde_json::Value as Json;

use crate::diagnostic::{Diagnostic, Fix, did_you_mean};
use crate::model::release::PARTIAL;
use crate::origin::Origin;
use crate::rules;
use crate::source::Sources;
use crate::yaml::{Node, Value};

/// Reports every mistake of a document.
pub(super) fn walk(
    schema: &Json,
    document: &Node,
    sources: &Sources,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut walk = Walk {
        root: schema,
        sources,
        diagnostics,
        path: Vec::new(),
        is_partial: false,
    };
    walk.check(schema, document, document.origin, None);
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
    /// Whether the value is a layer over another one: nothing is missing in it, and `null` removes.
    is_partial: bool,
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
        if self.is_partial && node.is_null() {
            return;
        }
        let outside = self.is_partial;
        self.is_partial |= schema[PARTIAL] == true;
        self.check_value(schema, node, origin, description);
        self.is_partial = outside;
    }

    fn check_value(
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
        if !self.check_type(schema, node, description) {
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
                let outside = std::mem::take(&mut self.is_partial);
                for (index, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(index));
                    self.check(&schema["items"], item, item.origin, None);
                    self.path.pop();
                }
                self.is_partial = outside;
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
        let required = schema["required"].as_array().filter(|_| !self.is_partial);
        for name in required.into_iter().flatten() {
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
        } else if names().count() == 1 {
            diagnostic = diagnostic.help(format!("its only field is {}", list(names())));
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
                found(node, self.sources)
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
    fn check_type(&mut self, schema: &Json, node: &Node, description: Option<&'a str>) -> bool {
        let types: Vec<&str> = match &schema["type"] {
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
        let words = types.iter().filter(|name| **name != "null");
        let words: Vec<&str> = words.map(|name| type_name(name)).collect();
        let expected = match words.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => "null".to_owned(),
        };
        let subject = if self.path.is_empty() {
            "the document".to_owned()
        } else {
            format!("`{}`", self.path())
        };
        let message = format!(
            "{subject} must be {expected}, not {}",
            found(node, self.sources)
        );
        self.report(&rules::WRONG_TYPE, node.origin, message, description);
        if let Some((help, fix)) = remedy(wanted, node, self.sources)
            && let Some(last) = self.diagnostics.last_mut()
        {
            last.help.insert(0, help);
            last.fix = Some(fix);
        } else if let Some(text) = node.as_str()
            && let Some(field) = only_text_field(schema)
            && let Some(last) = self.diagnostics.last_mut()
        {
            let text = shorten(text);
            last.help.insert(0, format!("write `{{{field}: {text}}}`"));
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

/// The field of a mapping that needs nothing else, if that is text: what a plain string stands for.
fn only_text_field(schema: &Json) -> Option<&str> {
    let [field] = schema["required"].as_array()?.as_slice() else {
        return None;
    };
    let field = field.as_str()?;
    (schema["properties"][field]["type"] == "string").then_some(field)
}

/// A JSON type in words.
fn type_name(name: &str) -> &'static str {
    match name {
        "boolean" => "`true` or `false`",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a string",
        "array" => "a list",
        "object" => "a mapping",
        _ => "null",
    }
}

/// What is there, in words that say what to look for.
fn found(node: &Node, sources: &Sources) -> String {
    match &node.value {
        Value::Null => "empty".to_owned(),
        Value::Bool(value) => format!("the boolean {value}"),
        Value::Int(_) | Value::Float(_) => {
            let written = node.origin.place().and_then(|place| sources.text(place));
            format!("the number {}", written.unwrap_or("here"))
        }
        Value::String(text) => format!("the string \"{}\"", shorten(text)),
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
