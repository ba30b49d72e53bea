//! What is wrong with an object that its schema refuses, in words for the person who wrote it?

use graphwright_validators::jsonschema::error::{TypeKind, ValidationErrorKind};
use graphwright_validators::jsonschema::{JsonType, ValidationError, Validator};
use serde_json::Value;

/// One mistake in an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaProblem {
    /// JSON pointer to the value that is wrong. For an unknown field it leads to the field, for a missing
    /// one to the object that should have it.
    pub pointer: String,
    /// What is wrong: lower case, names in backticks.
    pub message: String,
    /// What to do, if the schema tells.
    pub help: Option<String>,
}

/// How many names a help line may list.
const LISTED: usize = 24;

/// All that `schema` finds wrong with `object`, in the order of places, each mistake once.
pub(super) fn explain(
    object: &Value,
    schema: &Value,
    validator: &Validator,
    secret: bool,
) -> Vec<SchemaProblem> {
    let mut problems = Vec::new();
    for error in validator.iter_errors(object) {
        add(&error, schema, secret, &mut problems);
    }
    problems.sort();
    problems.dedup();
    problems
}

fn add(
    error: &ValidationError<'_>,
    schema: &Value,
    secret: bool,
    problems: &mut Vec<SchemaProblem>,
) {
    let pointer = error.instance_path().as_str().to_owned();
    let at = Place {
        error,
        schema,
        name: name(&pointer),
        secret,
    };
    let (message, help) = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = at.known_fields();
            problems.extend(unexpected.iter().map(|field| SchemaProblem {
                pointer: format!("{pointer}/{}", escape(field)),
                message: format!("unknown field `{field}`"),
                help: did_you_mean(field, &known).or_else(|| listed("known fields", &known)),
            }));
            return;
        }
        ValidationErrorKind::Required { property } => {
            let field = property.as_str().unwrap_or_default();
            (
                format!("missing field `{field}`{}", at.within()),
                at.description_of(field),
            )
        }
        ValidationErrorKind::Type { kind } => {
            let found = JsonType::from(error.instance().as_ref());
            (
                format!(
                    "{} must be {}, not {}",
                    at.subject(),
                    expected(kind),
                    article(found)
                ),
                at.description(),
            )
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<_> = options
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            at.not_one_of(&options)
        }
        ValidationErrorKind::Constant { expected_value } => match expected_value.as_str() {
            Some(text) => at.not_one_of(&[text]),
            None => (
                format!("{} must be `{expected_value}`", at.subject()),
                at.description(),
            ),
        },
        ValidationErrorKind::Pattern { pattern } => (at.misshapen(pattern), at.description()),
        ValidationErrorKind::Minimum { limit } => (
            format!("{} must be at least {limit}", at.subject()),
            at.description(),
        ),
        ValidationErrorKind::Maximum { limit } => (
            format!("{} must be at most {limit}", at.subject()),
            at.description(),
        ),
        ValidationErrorKind::MinLength { limit: 1 } => (
            format!("{} must not be empty", at.subject()),
            at.description(),
        ),
        ValidationErrorKind::MinLength { limit } => (
            format!("{} must have at least {limit} characters", at.subject()),
            at.description(),
        ),
        ValidationErrorKind::MaxLength { limit } => (
            format!("{} must have at most {limit} characters", at.subject()),
            at.description(),
        ),
        ValidationErrorKind::MaxItems { limit } | ValidationErrorKind::MaxProperties { limit } => (
            format!("{} must have at most {limit} entries", at.subject()),
            at.description(),
        ),
        ValidationErrorKind::MinItems { limit } | ValidationErrorKind::MinProperties { limit } => (
            format!("{} must have at least {limit} entries", at.subject()),
            at.description(),
        ),
        ValidationErrorKind::UniqueItems => (
            format!("{} must not list an entry twice", at.subject()),
            at.description(),
        ),
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            // The branch that was meant is the one that got furthest before it failed.
            let depth = |branch: &[ValidationError<'_>]| {
                branch
                    .iter()
                    .map(|error| error.instance_path().as_str().matches('/').count())
                    .max()
            };
            let meant = context
                .iter()
                .max_by_key(|branch| (depth(branch), std::cmp::Reverse(branch.len())));
            meant
                .into_iter()
                .flatten()
                .for_each(|error| add(error, schema, secret, problems));
            return;
        }
        _ => (
            format!("{} is not valid: {}", at.subject(), error.masked()),
            at.description(),
        ),
    };
    problems.push(SchemaProblem {
        pointer,
        message,
        help,
    });
}

/// Where a mistake is, in the object and in the schema.
struct Place<'a> {
    error: &'a ValidationError<'a>,
    schema: &'a Value,
    /// The field, or the list's field and an index; empty for the object itself.
    name: String,
    secret: bool,
}

impl Place<'_> {
    /// The value, as a sentence begins with it.
    fn subject(&self) -> String {
        if self.name.is_empty() {
            "the object".into()
        } else {
            format!("`{}`", self.name)
        }
    }

    /// In which field something is missing.
    fn within(&self) -> String {
        if self.name.is_empty() {
            String::new()
        } else {
            format!(" in `{}`", self.name)
        }
    }

    /// The schema that holds the keyword that failed.
    fn schema(&self) -> Option<&Value> {
        let (parent, _keyword) = self.error.schema_path().as_str().rsplit_once('/')?;
        self.schema.pointer(parent)
    }

    fn known_fields(&self) -> Vec<&str> {
        let properties = self
            .schema()
            .and_then(|schema| schema["properties"].as_object());
        properties
            .into_iter()
            .flat_map(|it| it.keys())
            .map(String::as_str)
            .collect()
    }

    fn description(&self) -> Option<String> {
        Some(self.schema()?["description"].as_str()?.into())
    }

    fn description_of(&self, field: &str) -> Option<String> {
        Some(
            self.schema()?["properties"][field]["description"]
                .as_str()?
                .into(),
        )
    }

    fn not_one_of(&self, options: &[&str]) -> (String, Option<String>) {
        let options: Vec<_> = options
            .iter()
            .copied()
            .filter(|option| !option.is_empty())
            .collect();
        let value = self.error.instance().as_str();
        let message = match value {
            Some(value) if !self.secret => format!("{} cannot be `{value}`", self.subject()),
            _ => format!("{} is not one of the values it can have", self.subject()),
        };
        let near = value.and_then(|value| nearest(value, &options));
        let help = match (near, listed("one of", &options)) {
            (Some(near), Some(all)) if options.len() > 1 => {
                Some(format!("did you mean `{near}`? {all}"))
            }
            (_, all) => all,
        };
        (message, help)
    }

    /// What a pattern asks for, in words where we know them.
    fn misshapen(&self, pattern: &str) -> String {
        let subject = self.subject();
        if pattern.contains("[KMGTPE]i)|[numkMGTPE]") {
            return format!("{subject} must be a quantity such as `500m`, `2` or `16Gi`");
        }
        if pattern.starts_with("^[A-Za-z0-9+/") {
            return format!("{subject} must be base64");
        }
        if pattern.contains("[0-9]+)ms)") {
            return format!("{subject} must be a duration such as `30s` or `1h30m`");
        }
        if pattern.starts_with(r"^(0|[1-9][0-9]{0,3})\.") {
            return format!("{subject} must be a version of three numbers, such as `1.2.3`");
        }
        format!("{subject} must match `{pattern}`")
    }
}

/// The last field of a pointer, with the index behind it if it is a list's entry.
fn name(pointer: &str) -> String {
    let mut name = String::new();
    for segment in pointer.rsplit('/') {
        let is_index = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
        if is_index {
            name.insert_str(0, &format!("[{segment}]"));
        } else {
            name.insert_str(0, &segment.replace("~1", "/").replace("~0", "~"));
            break;
        }
    }
    name
}

fn escape(field: &str) -> String {
    field.replace('~', "~0").replace('/', "~1")
}

fn did_you_mean(field: &str, known: &[&str]) -> Option<String> {
    nearest(field, known).map(|near| format!("did you mean `{near}`?"))
}

/// The name that is most like `name`, if one is like it at all.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |known: &str| {
        let (name, known) = (name.to_lowercase(), known.to_lowercase());
        // A word inside another is likely meant: `replica`, `extraPodSpecs`.
        let inside =
            known.len().min(name.len()) > 3 && (known.contains(&name) || name.contains(&known));
        strsim::jaro_winkler(&name, &known) + if inside { 0.05 } else { 0.0 }
    };
    let scored = known.iter().map(|known| (likeness(known), *known));
    let (score, best) = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (score > 0.85).then_some(best)
}

fn listed(what: &str, names: &[&str]) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let more = if names.len() > LISTED { ", …" } else { "" };
    let names: Vec<_> = names.iter().take(LISTED).copied().collect();
    Some(format!("{what}: {}{more}", names.join(", ")))
}

/// The types a value may have, as a sentence has them.
fn expected(kind: &TypeKind) -> String {
    let types: Vec<_> = match kind {
        TypeKind::Single(one) => vec![article(*one)],
        TypeKind::Multiple(many) => many.iter().map(article).collect(),
    };
    types.join(" or ")
}

fn article(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "an integer",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "a mapping",
        JsonType::String => "a string",
    }
}
