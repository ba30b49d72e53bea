//! What of a schema matters to expressions: rules, defaults, types that are not told by the value, and what
//! makes entries of a list the same?

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value as Json, json};

use super::parse::Expression;
use super::value::At;
use crate::origin::Origin;
use crate::yaml::Node;

/// How deep a schema may be nested.
const DEEPEST: usize = 64;
/// How many places a schema may have.
const LARGEST: usize = 100_000;

/// A schema's places, the object itself first.
#[derive(Debug, Default)]
pub struct Shapes {
    all: Vec<Shape>,
}

/// One place of a schema.
#[derive(Debug, Default)]
pub struct Shape {
    /// The rules of every value here.
    pub rules: Vec<Rule>,
    pub(super) default: Option<Node>,
    pub(super) has_defaults: bool,
    pub(super) has_numbers: bool,
    pub(super) nullable: bool,
    pub(super) scalar: Scalar,
    /// Whether entries of the list must differ.
    pub list: ListType,
    pub(super) properties: BTreeMap<String, usize>,
    pub(super) items: Option<usize>,
    pub(super) values: Option<usize>,
}

/// What a value is that its data does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Scalar {
    #[default]
    Plain,
    /// A double, also if it is whole.
    Number,
    /// Text that is a duration.
    Duration,
    /// Text that is a point in time.
    Time,
}

/// What makes entries of a list the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ListType {
    /// Nothing: they may be equal.
    #[default]
    Atomic,
    /// Being equal.
    Set,
    /// Having equal values under these fields.
    Map(Vec<String>),
}

/// One `x-kubernetes-validations` entry.
#[derive(Debug)]
pub struct Rule {
    /// The expression.
    pub text: String,
    /// What is said when it is false.
    pub message: Option<String>,
    message_expression: Option<String>,
    /// The field it is about, as a path from its value, such as `.spec.name`.
    pub field_path: Option<String>,
    /// Whether an object without an earlier state is looked at too.
    pub optional_old_self: bool,
    /// Whether it compares with an earlier state.
    pub is_transition: bool,
    compiled: OnceLock<Result<Expression, String>>,
    compiled_message: OnceLock<Result<Expression, String>>,
}

impl Rule {
    fn of(json: &Json) -> Option<Self> {
        let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
        let rule = text("rule")?;
        let optional_old_self = json.get("optionalOldSelf").and_then(Json::as_bool) == Some(true);
        Some(Self {
            is_transition: optional_old_self || mentions(&rule, "oldSelf"),
            text: rule,
            message: text("message"),
            message_expression: text("messageExpression"),
            field_path: text("fieldPath"),
            optional_old_self,
            compiled: OnceLock::new(),
            compiled_message: OnceLock::new(),
        })
    }

    /// The expression, or why it cannot be read.
    pub fn expression(&self) -> Result<&Expression, &str> {
        let compile = || Expression::parse(&self.text);
        self.compiled
            .get_or_init(compile)
            .as_ref()
            .map_err(String::as_str)
    }

    /// The expression that gives the message.
    pub fn message_expression(&self) -> Option<Result<&Expression, &str>> {
        let text = self.message_expression.as_ref()?;
        let compiled = self
            .compiled_message
            .get_or_init(|| Expression::parse(text));
        Some(compiled.as_ref().map_err(String::as_str))
    }
}

/// Whether a word stands in an expression, outside of names that contain it.
fn mentions(text: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        !before.is_some_and(|c| is_name(c) || c == '.') && !after.is_some_and(is_name)
    })
}

impl Shapes {
    /// The places of a JSON Schema with Kubernetes' extensions. Its own definitions are followed, nothing else.
    ///
    /// # Errors
    ///
    /// If the schema is deeper or larger than any that a cluster would take.
    pub fn of(schema: &Json) -> Result<Self, String> {
        let mut reader = Reader {
            definitions: schema.get("$defs").and_then(Json::as_object),
            all: Vec::new(),
            known: BTreeMap::new(),
        };
        reader.place(schema, 0)?;
        let mut all = reader.all;
        // Back to front: most places stand before those inside them; twice for definitions.
        for _ in 0..2 {
            for index in (0..all.len()).rev() {
                let shape = &all[index];
                let inner = shape
                    .properties
                    .values()
                    .chain(&shape.items)
                    .chain(&shape.values);
                let (mut defaults, mut numbers) = (false, shape.scalar != Scalar::Plain);
                for child in inner {
                    defaults |= all[*child].has_defaults || all[*child].default.is_some();
                    numbers |= all[*child].has_numbers;
                }
                all[index].has_defaults |= defaults;
                all[index].has_numbers |= numbers;
            }
        }
        Ok(Self { all })
    }

    /// The place of the object itself.
    pub fn root(&self) -> At<'_> {
        At {
            all: &self.all,
            index: Some(0),
        }
    }

    /// Every rule of the schema.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.all.iter().flat_map(|shape| &shape.rules)
    }
}

/// The definition that a schema refers to, alone or beside a description.
fn reference(schema: &Json) -> Option<&str> {
    let only = match schema
        .get("allOf")
        .and_then(Json::as_array)
        .map(Vec::as_slice)
    {
        Some([only]) => only,
        _ => schema,
    };
    let target = schema.get("$ref").or_else(|| only.get("$ref"))?.as_str()?;
    target.strip_prefix("#/$defs/")
}

struct Reader<'a> {
    definitions: Option<&'a Map<String, Json>>,
    all: Vec<Shape>,
    /// Places of definitions, by name.
    known: BTreeMap<&'a str, usize>,
}

impl<'a> Reader<'a> {
    fn place(&mut self, schema: &'a Json, depth: usize) -> Result<usize, String> {
        if depth > DEEPEST {
            return Err(format!("it is nested more than {DEEPEST} levels deep"));
        }
        if self.all.len() >= LARGEST {
            return Err(format!("it has more than {LARGEST} fields"));
        }
        if let Some(name) = reference(schema) {
            // Beside a reference, only a default and rules of its own are of interest.
            let alone = ["default", "x-kubernetes-validations", "nullable"]
                .iter()
                .all(|key| schema.get(key).is_none());
            if alone && let Some(index) = self.known.get(name) {
                return Ok(*index);
            }
            let Some(definition) = self.definitions.and_then(|all| all.get(name)) else {
                return Ok(self.push(Shape::default()));
            };
            if alone {
                self.known.insert(name, self.all.len());
                return self.place(definition, depth + 1);
            }
            let index = self.place(definition, depth + 1)?;
            self.own(index, schema);
            return Ok(index);
        }
        let index = self.push(Shape::default());
        self.own(index, schema);
        if let Some(Json::Object(properties)) = schema.get("properties") {
            for (name, inner) in properties {
                let child = self.place(inner, depth + 1)?;
                self.all[index].properties.insert(name.clone(), child);
            }
        }
        if let Some(inner @ Json::Object(_)) = schema.get("items") {
            let child = self.place(inner, depth + 1)?;
            self.all[index].items = Some(child);
        }
        if let Some(inner @ Json::Object(_)) = schema.get("additionalProperties") {
            let child = self.place(inner, depth + 1)?;
            self.all[index].values = Some(child);
        }
        Ok(index)
    }

    fn push(&mut self, shape: Shape) -> usize {
        self.all.push(shape);
        self.all.len() - 1
    }

    /// Takes what a schema says itself.
    fn own(&mut self, index: usize, schema: &Json) {
        let shape = &mut self.all[index];
        if let Some(default) = schema.get("default") {
            shape.default = Some(Node::from_json(default, Origin::None));
        }
        let has_type = |name: &str| match schema.get("type") {
            Some(Json::String(one)) => one == name,
            Some(Json::Array(many)) => many.iter().any(|one| one == name),
            _ => false,
        };
        shape.nullable |= schema.get("nullable") == Some(&Json::Bool(true)) || has_type("null");
        shape.scalar = match schema.get("format").and_then(Json::as_str) {
            _ if has_type("number") => Scalar::Number,
            Some("duration") => Scalar::Duration,
            Some("date-time") => Scalar::Time,
            _ => shape.scalar,
        };
        let keys = || {
            let keys = schema
                .get("x-kubernetes-list-map-keys")
                .and_then(Json::as_array);
            let keys = keys.into_iter().flatten();
            keys.filter_map(Json::as_str).map(str::to_owned).collect()
        };
        match schema.get("x-kubernetes-list-type").and_then(Json::as_str) {
            Some("set") => shape.list = ListType::Set,
            Some("map") => shape.list = ListType::Map(keys()),
            _ => {}
        }
        if let Some(Json::Array(rules)) = schema.get("x-kubernetes-validations") {
            shape.rules.extend(rules.iter().filter_map(Rule::of));
        }
    }
}

/// A schema without all that [`Shapes::of`] does not look at; nothing if there is nothing else.
pub fn shape_of_schema(schema: &Json) -> Option<Json> {
    let definitions = schema.get("$defs").and_then(Json::as_object);
    let mut told = BTreeMap::new();
    // A definition counts if anything in it does: asked again until no answer changes.
    for (name, _) in definitions.into_iter().flatten() {
        told.insert(name.as_str(), false);
    }
    loop {
        let mut changed = false;
        for (name, definition) in definitions.into_iter().flatten() {
            if !told[name.as_str()] && prune(definition, &told, true).is_some() {
                told.insert(name, true);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let mut root = prune(schema, &told, true)?;
    let mut kept = Map::new();
    for (name, definition) in definitions.into_iter().flatten() {
        if let Some(definition) = prune(definition, &told, true) {
            kept.insert(name.clone(), definition.into());
        }
    }
    if !kept.is_empty() {
        root.insert("$defs".into(), kept.into());
    }
    Some(root.into())
}

/// What stands in a schema; nothing if nobody would miss it. Types count only beside something else.
fn prune(
    schema: &Json,
    told: &BTreeMap<&str, bool>,
    needs_rule: bool,
) -> Option<Map<String, Json>> {
    let object = schema.as_object()?;
    let mut kept = Map::new();
    let mut counts = false;
    for key in [
        "x-kubernetes-validations",
        "x-kubernetes-list-type",
        "x-kubernetes-list-map-keys",
        "default",
    ] {
        if let Some(value) = object.get(key).filter(|value| *value != "atomic") {
            kept.insert(key.into(), value.clone());
            counts = true;
        }
    }
    let has_type = |name: &str| {
        object.get("type").is_some_and(|it| {
            it == name
                || it
                    .as_array()
                    .is_some_and(|all| all.iter().any(|one| one == name))
        })
    };
    if has_type("number") {
        kept.insert("type".into(), json!("number"));
        counts |= !needs_rule;
    }
    if let Some(format) = object
        .get("format")
        .filter(|it| *it == "duration" || *it == "date-time")
    {
        kept.insert("format".into(), format.clone());
    }
    if let Some(name) = reference(schema)
        && told.get(name) == Some(&true)
    {
        kept.insert("$ref".into(), json!(format!("#/$defs/{name}")));
        counts = true;
    }
    let numbers = kept.contains_key("x-kubernetes-validations") || !needs_rule;
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = object
            .get(key)
            .and_then(|inner| prune(inner, told, !numbers))
        {
            kept.insert(key.into(), inner.into());
            counts = true;
        }
    }
    let mut properties = Map::new();
    for (name, inner) in object
        .get("properties")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
    {
        if let Some(inner) = prune(inner, told, !numbers) {
            properties.insert(name.clone(), inner.into());
        }
    }
    if !properties.is_empty() {
        kept.insert("properties".into(), properties.into());
        counts = true;
    }
    counts.then_some(kept)
}
