//! What is wrong with an object that its schema refuses, in words for the person who wrote it?

use std::cmp::Reverse;
use std::collections::BTreeSet;

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

/// All that `schema` finds wrong with `object`, sorted by pointer, each mistake once.
pub(super) fn explain(
    object: &Value,
    schema: &Value,
    validator: &Validator,
    is_secret: bool,
) -> Vec<SchemaProblem> {
    let mut found = Findings {
        object,
        schema,
        is_secret,
        problems: Vec::new(),
        misspelt: BTreeSet::new(),
        missing: Vec::new(),
    };
    for error in validator.iter_errors(object) {
        found.add(&error);
    }
    // A field that is there under another name is one mistake, not two.
    let missing = found.missing.into_iter();
    let absent = missing
        .filter(|(object, field, _)| !found.misspelt.contains(&(object.clone(), field.clone())));
    let mut problems = found.problems;
    problems.extend(absent.map(|(_, _, problem)| problem));
    problems.sort();
    problems.dedup();
    problems
}

/// What was found so far.
struct Findings<'a> {
    object: &'a Value,
    schema: &'a Value,
    /// Whether the object's values must not be shown.
    is_secret: bool,
    problems: Vec<SchemaProblem>,
    /// Pointers to objects, each with a field that an unknown one was likely meant to be.
    misspelt: BTreeSet<(String, String)>,
    /// Pointers to objects, each with a field it must have and has not.
    missing: Vec<(String, String, SchemaProblem)>,
}

impl Findings<'_> {
    fn add(&mut self, error: &ValidationError<'_>) {
        let pointer = error.instance_path().as_str().to_owned();
        let at = Place {
            error,
            schema: self.schema,
            name: name(&pointer),
            is_secret: self.is_secret,
        };
        let must = |rule: String| (format!("{} must {rule}", at.subject()), at.description());
        let (message, help) = match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                return self.add_unknown(&at, &pointer, unexpected);
            }
            // Of an object that has no fields at all; the error does not name them.
            ValidationErrorKind::FalseSchema => {
                let object = self.object.pointer(&pointer).and_then(Value::as_object);
                let unexpected: Vec<_> = object
                    .into_iter()
                    .flat_map(|it| it.keys().cloned())
                    .collect();
                return self.add_unknown(&at, &pointer, &unexpected);
            }
            ValidationErrorKind::Required { property } => {
                let field = property.as_str().unwrap_or_default();
                let message = format!("missing field `{field}`{}", at.within());
                let help = at.description_of(field);
                let problem = SchemaProblem {
                    pointer: pointer.clone(),
                    message,
                    help,
                };
                return self.missing.push((pointer, field.into(), problem));
            }
            ValidationErrorKind::AnyOf { context }
            | ValidationErrorKind::OneOfNotValid { context } => {
                // The branch that was meant is the one that got furthest before it failed.
                let depth = |branch: &[ValidationError<'_>]| {
                    branch
                        .iter()
                        .map(|it| it.instance_path().as_str().matches('/').count())
                        .max()
                };
                let meant = context
                    .iter()
                    .max_by_key(|branch| (depth(branch), Reverse(branch.len())));
                return meant
                    .into_iter()
                    .flatten()
                    .for_each(|error| self.add(error));
            }
            ValidationErrorKind::Type { kind } => must(format!(
                "be {}, not {}",
                expected(kind),
                article(kind_of(error.instance()))
            )),
            ValidationErrorKind::Enum { options } => {
                let options = options.as_array().into_iter().flatten();
                at.not_one_of(&options.filter_map(Value::as_str).collect::<Vec<_>>())
            }
            ValidationErrorKind::Constant { expected_value } => match expected_value.as_str() {
                Some(text) => at.not_one_of(&[text]),
                None => must(format!("be `{expected_value}`")),
            },
            ValidationErrorKind::Pattern { pattern } => must(shape(pattern)),
            ValidationErrorKind::Minimum { limit } => must(format!("be at least {limit}")),
            ValidationErrorKind::Maximum { limit } => must(format!("be at most {limit}")),
            ValidationErrorKind::MinLength { limit: 1 } => must("not be empty".into()),
            ValidationErrorKind::MinLength { limit } => {
                must(format!("have at least {limit} characters"))
            }
            ValidationErrorKind::MaxLength { limit } => {
                must(format!("have at most {limit} characters"))
            }
            ValidationErrorKind::MaxItems { limit }
            | ValidationErrorKind::MaxProperties { limit } => {
                must(format!("have at most {limit} entries"))
            }
            ValidationErrorKind::MinItems { limit }
            | ValidationErrorKind::MinProperties { limit } => {
                must(format!("have at least {limit} entries"))
            }
            ValidationErrorKind::UniqueItems => must("not list an entry twice".into()),
            _ => (
                format!("{} is not valid: {}", at.subject(), error.masked()),
                at.description(),
            ),
        };
        self.problems.push(SchemaProblem {
            pointer,
            message,
            help,
        });
    }

    fn add_unknown(&mut self, at: &Place<'_>, pointer: &str, fields: &[String]) {
        let known = at.known_fields();
        for field in fields {
            let near = nearest(field, &known);
            if let Some(near) = near {
                self.misspelt.insert((pointer.into(), near.into()));
            }
            let meant = near.map(|near| format!("did you mean `{near}`?"));
            self.problems.push(SchemaProblem {
                pointer: format!("{pointer}/{}", escape(field)),
                message: format!("unknown field `{field}`"),
                help: meant.or_else(|| listed("known fields", &known)),
            });
        }
    }
}

/// Where a mistake is, in the object and in the schema.
struct Place<'a> {
    error: &'a ValidationError<'a>,
    schema: &'a Value,
    /// The field, or the list's field and an index; empty for the object itself.
    name: String,
    is_secret: bool,
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

    /// What the schema says of the value: beside the reference to its type first, then at the type.
    fn description(&self) -> Option<String> {
        let mut schema = self.schema;
        let mut description = None;
        let mut segments = self.error.evaluation_path().as_str().split('/').skip(1);
        while let Some(segment) = segments.next() {
            match segment {
                "$ref" => {
                    schema = self
                        .schema
                        .pointer(schema["$ref"].as_str()?.strip_prefix('#')?)?
                }
                "properties" => {
                    let field = segments.next()?.replace("~1", "/").replace("~0", "~");
                    schema = schema.get("properties")?.get(field)?;
                    description = None;
                }
                "items" | "additionalProperties" => {
                    schema = schema.get(segment)?;
                    description = None;
                }
                // A branch of `allOf`; at the end, the keyword that failed.
                _ => match schema
                    .get(segment)
                    .and_then(|list| list.get(segments.next()?.parse::<usize>().ok()?))
                {
                    Some(branch) => schema = branch,
                    None => break,
                },
            }
            description = description.or_else(|| schema["description"].as_str());
        }
        description.map(str::to_owned)
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
            Some(value) if !self.is_secret => format!("{} cannot be `{value}`", self.subject()),
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
}

/// What a pattern asks for, in words where we know them.
fn shape(pattern: &str) -> String {
    if pattern.contains("[KMGTPE]i)|[numkMGTPE]") {
        return "be a quantity such as `500m`, `2` or `16Gi`".into();
    }
    if pattern.starts_with("^[A-Za-z0-9+/") {
        return "be base64".into();
    }
    if pattern.contains("[0-9]+)ms)") {
        return "be a duration such as `30s` or `1h30m`".into();
    }
    if pattern.starts_with(r"^(0|[1-9][0-9]{0,3})\.") {
        return "be a version of three numbers, such as `1.2.3`".into();
    }
    format!("match `{pattern}`")
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

fn kind_of(value: &Value) -> JsonType {
    match value {
        Value::Number(number) if !number.is_f64() => JsonType::Integer,
        other => JsonType::from(other),
    }
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::schema::check;

    /// Pointer, message and help of every problem.
    fn problems(object: Value) -> Vec<(String, String, String)> {
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        let problems = check(&object, text("apiVersion"), text("kind"), "1.36");
        let parts = problems
            .into_iter()
            .map(|it| (it.pointer, it.message, it.help.unwrap_or_default()));
        parts.collect()
    }

    fn graph(component: Value) -> Value {
        json!({
            "apiVersion": "nvidia.com/v1beta1",
            "kind": "DynamoGraphDeployment",
            "metadata": { "name": "a" },
            "spec": { "components": [component] },
        })
    }

    fn one(object: Value) -> (String, String, String) {
        let mut found = problems(object);
        assert_eq!(found.len(), 1, "{found:#?}");
        found.remove(0)
    }

    #[test]
    fn an_unknown_field_is_pointed_at_and_the_known_one_is_named() {
        let (pointer, message, help) = one(graph(json!({ "name": "a", "replica": 1 })));
        assert_eq!(pointer, "/spec/components/0/replica");
        assert_eq!(message, "unknown field `replica`");
        assert_eq!(help, "did you mean `replicas`?");
    }

    #[test]
    fn unknown_fields_of_one_object_are_a_problem_each() {
        let found = problems(graph(json!({ "name": "a", "zzz": 1, "a/b": 1 })));
        let pointers: Vec<_> = found.iter().map(|(pointer, ..)| pointer.as_str()).collect();
        assert_eq!(
            pointers,
            ["/spec/components/0/a~1b", "/spec/components/0/zzz"]
        );
        assert!(
            found[0].2.starts_with("known fields: compilationCache, "),
            "{}",
            found[0].2
        );
    }

    #[test]
    fn an_unknown_field_in_a_pod_is_found() {
        let pod =
            json!({ "spec": { "containers": [{ "name": "main", "imagePullPolcy": "Always" }] } });
        let (pointer, message, help) = one(graph(json!({ "name": "a", "podTemplate": pod })));
        assert_eq!(
            pointer,
            "/spec/components/0/podTemplate/spec/containers/0/imagePullPolcy"
        );
        assert_eq!(message, "unknown field `imagePullPolcy`");
        assert_eq!(help, "did you mean `imagePullPolicy`?");
    }

    #[test]
    fn a_field_of_an_object_without_fields_is_unknown() {
        let (pointer, message, _) = one(graph(
            json!({ "name": "a", "scalingAdapter": { "enabled": true } }),
        ));
        assert_eq!(pointer, "/spec/components/0/scalingAdapter/enabled");
        assert_eq!(message, "unknown field `enabled`");
    }

    #[test]
    fn another_type_says_both_types_and_what_the_field_is() {
        let (pointer, message, help) = one(graph(json!({ "name": "a", "replicas": "2" })));
        assert_eq!(pointer, "/spec/components/0/replicas");
        assert_eq!(message, "`replicas` must be an integer, not a string");
        assert_eq!(help, "How many to run; 1 if unset.");
    }

    #[test]
    fn a_list_s_entry_is_named_by_its_index() {
        let (pointer, message, _) = one(graph(json!(7)));
        assert_eq!(pointer, "/spec/components/0");
        assert_eq!(message, "`components[0]` must be a mapping, not an integer");
    }

    #[test]
    fn a_missing_field_points_at_its_object() {
        let (pointer, message, help) = one(graph(json!({ "replicas": 1 })));
        assert_eq!(pointer, "/spec/components/0");
        assert_eq!(message, "missing field `name` in `components[0]`");
        assert_eq!(
            help,
            "The component's name, unique in the graph whatever the case of its letters."
        );
    }

    #[test]
    fn a_misspelt_field_is_not_also_missing() {
        let (pointer, _, help) = one(graph(json!({ "nam": "a" })));
        assert_eq!(pointer, "/spec/components/0/nam");
        assert_eq!(help, "did you mean `name`?");
    }

    #[test]
    fn a_value_outside_an_enumeration_gets_the_nearest_and_all() {
        let (_, message, help) = one(graph(json!({ "name": "a", "type": "front-end" })));
        assert_eq!(message, "`type` cannot be `front-end`");
        assert_eq!(
            help,
            "did you mean `frontend`? one of: frontend, worker, prefill, decode, planner, epp"
        );
    }

    #[test]
    fn a_quantity_is_explained_by_examples() {
        let (_, message, help) = one(graph(json!({ "name": "a", "sharedMemorySize": "8 GB" })));
        assert_eq!(
            message,
            "`sharedMemorySize` must be a quantity such as `500m`, `2` or `16Gi`"
        );
        assert_eq!(
            help,
            "Size of `/dev/shm`; 8Gi if unset, no volume if `\"0\"`."
        );
    }

    #[test]
    fn a_decimal_quantity_is_refused_in_a_custom_resource_only() {
        let limits = json!({ "limits": { "cpu": 0.5 } });
        let pod = json!({ "containers": [{ "name": "main", "resources": limits }] });
        let (_, message, _) = one(graph(
            json!({ "name": "a", "podTemplate": { "spec": pod } }),
        ));
        assert_eq!(
            message,
            "`cpu` must be an integer or a string, not a number"
        );
        let pod =
            json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a" }, "spec": pod });
        assert!(problems(pod).is_empty());
    }

    #[test]
    fn a_secret_s_values_are_never_shown() {
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": "a" },
            "data": { "token": "hf_#secret", "list": ["hf_secret"], "number": 424_242 },
            "stringData": { "token": 424_242, "map": { "hf_secret": "hf_secret" } },
        });
        let found = problems(secret);
        assert_eq!(found.len(), 5, "{found:#?}");
        let text = format!("{found:?}");
        assert!(!text.contains("hf_") && !text.contains("424242"), "{text}");
        assert_eq!(found[2].1, "`token` must be base64");
    }

    #[test]
    fn fields_of_a_newer_minor_are_unknown_in_an_older_one() {
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "name": "a" },
            "spec": { "containers": [{ "name": "a" }], "schedulingGroup": { "podGroupName": "a" } },
        });
        let older = check(&pod, "v1", "Pod", "1.34");
        assert_eq!(older[0].message, "unknown field `schedulingGroup`");
        assert_eq!(check(&pod, "v1", "Pod", "v1.36.2-eks"), Vec::new());
    }
}
