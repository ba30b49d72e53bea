//! Plan to manifests: how does a template become an object without its values breaking out of their place?
//!
//! A template prints placeholders, never values: every `{{ … }}` becomes a token, the text is read as
//! YAML, and each scalar that is exactly one token is replaced by the value itself, type and origin
//! included. Text that only differs in its values is parsed once.
//! What a template may ask for is `plan`'s; what the objects mean is for `validate`.

mod context;
mod place;
mod shape;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value as Dynamic, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior};

use crate::diagnostic::Diagnostic;
use crate::origin::{Origin, Place};
use crate::plan::objects::{PlannedObject, contexts};
use crate::rules;
use crate::yaml::{Map, Node, Value};
use context::{Looked, Root};
use shape::{Shape, TOKEN};

/// Instructions one template may take. The largest built-in one needs a hundredth of it.
const FUEL: u64 = 400_000;
/// Different texts of one template that are kept parsed.
const KEPT_SHAPES: usize = 512;

/// Gives the text of a built-in template by its name, such as `pod-monitor`.
pub type BuiltIn = fn(&str) -> Option<&'static str>;

/// A template of the user's own.
#[derive(Debug, Clone)]
pub struct UserTemplate {
    /// The whole text.
    pub text: Arc<str>,
    /// The file's number in [`Sources`](crate::source::Sources), for diagnostics.
    pub file: Option<u32>,
}

/// The templates of a run: the built-in ones and a folder of the user's that adds to them or replaces them.
///
/// Nothing is compiled before it is first rendered.
pub struct Templates {
    environment: Environment<'static>,
    user: BTreeMap<String, UserTemplate>,
    built_in: BuiltIn,
    /// Every name there is, sorted; the index is the number in [`Origin::Template`].
    names: Vec<String>,
    shapes: Mutex<BTreeMap<u32, BTreeMap<String, Arc<Shape>>>>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// What the formatter keeps while one template runs: the values that tokens stand for.
#[derive(Default)]
struct Printed(Vec<Dynamic>);

impl Templates {
    /// The built-in templates and the user's, by name without `.yaml`.
    pub fn new(built_in: BuiltIn, user: BTreeMap<String, UserTemplate>) -> Self {
        let mut names: Vec<String> = contexts::ALL
            .iter()
            .map(|context| context.template.to_owned())
            .chain(user.keys().cloned())
            .collect();
        names.sort();
        names.dedup();
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(64);
        // Captured text (macros, `{% set %}` blocks) is marked as safe only under auto-escape, and marked
        // text can be refused.
        environment.set_auto_escape_callback(|_| AutoEscape::Json);
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build();
        environment.set_syntax(syntax.expect("the default delimiters are valid"));
        environment.set_formatter(print_token);
        let texts = user.clone();
        environment.set_loader(move |name| {
            Ok(match texts.get(name) {
                Some(template) => Some(template.text.to_string()),
                None => built_in(name).map(str::to_owned),
            })
        });
        Self {
            environment,
            user,
            built_in,
            names,
            shapes: Mutex::new(BTreeMap::new()),
        }
    }

    /// The name of the template an [`Origin::Template`] numbers.
    pub fn name(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize).map(String::as_str)
    }

    /// The user's templates that no built-in one has the name of, sorted: each is rendered once a release.
    pub fn added(&self) -> impl Iterator<Item = &str> {
        self.user
            .keys()
            .map(String::as_str)
            .filter(|name| contexts::by_template(name).is_none())
    }

    /// What is wrong with the user's templates: syntax, variables that no context has, private-use
    /// characters that the engine needs for itself. Built-in templates are not looked at.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (name, user) in &self.user {
            if let Some(byte) = user.text.find(TOKEN) {
                found.push(self.mistake(
                    &rules::TEMPLATE_SYNTAX,
                    name,
                    byte..byte + TOKEN.len_utf8(),
                    "the character U+E000 is reserved for the engine",
                ));
                continue;
            }
            let template = match self.environment.get_template(name) {
                Ok(template) => template,
                Err(error) => {
                    found.push(self.engine_error(name, &error));
                    continue;
                }
            };
            let fields = contexts::by_template(name).unwrap_or(&contexts::RELEASE);
            let mut unknown: Vec<String> = template
                .undeclared_variables(false)
                .into_iter()
                .filter(|variable| {
                    fields.field(variable).is_none()
                        && self.environment.globals().all(|(name, _)| name != variable)
                })
                .collect();
            unknown.sort();
            for variable in unknown {
                let byte = place::of_word(&user.text, &variable).unwrap_or(0);
                let mut diagnostic = self.mistake(
                    &rules::TEMPLATE_VARIABLE,
                    name,
                    byte..byte + variable.len(),
                    &format!("`{variable}` is not a variable of this template"),
                );
                let names = fields.fields.iter().map(|field| field.name);
                diagnostic = match crate::diagnostic::did_you_mean(&variable, names.clone()) {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic.help(format!(
                        "it may use: {}",
                        names.collect::<Vec<_>>().join(", ")
                    )),
                };
                found.push(diagnostic);
            }
        }
        found
    }

    fn number(&self, name: &str) -> u32 {
        let index = self.names.partition_point(|known| known.as_str() < name);
        u32::try_from(index).expect("fewer than 2^32 templates")
    }

    fn text(&self, name: &str) -> Cow<'_, str> {
        match self.user.get(name) {
            Some(user) => Cow::Borrowed(&user.text),
            None => Cow::Borrowed((self.built_in)(name).unwrap_or_default()),
        }
    }

    /// The parsed shape of one text of a template.
    fn shape(&self, name: &str, text: String) -> Result<Arc<Shape>, Diagnostic> {
        let number = self.number(name);
        let lock = || self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shape) = lock().get(&number).and_then(|kept| kept.get(&text)) {
            return Ok(Arc::clone(shape));
        }
        let shape = shape::parse(&text, Origin::Template(number)).map_err(|mistake| {
            let source = self.text(name);
            let range = place::in_template(&source, &text, mistake.start);
            self.mistake(mistake.rule, name, range, &mistake.message)
                .help(mistake.help)
        })?;
        let shape = Arc::new(shape);
        let mut shapes = lock();
        let kept = shapes.entry(number).or_default();
        if kept.len() < KEPT_SHAPES {
            kept.insert(text, Arc::clone(&shape));
        }
        Ok(shape)
    }

    fn engine_error(&self, name: &str, error: &Error) -> Diagnostic {
        // The innermost template of an include chain is the one to mend.
        let name = error.name().unwrap_or(name);
        let source = self.text(name);
        let rule = match error.kind() {
            ErrorKind::UndefinedError => &rules::TEMPLATE_VARIABLE,
            ErrorKind::InvalidOperation
                if error.detail().is_some_and(|d| d.starts_with(NOT_PRINTABLE)) =>
            {
                &rules::TEMPLATE_VALUE
            }
            ErrorKind::TemplateNotFound => &rules::TEMPLATE_UNKNOWN,
            _ => &rules::TEMPLATE_SYNTAX,
        };
        let message = match error.detail() {
            Some(detail) => detail
                .strip_prefix(NOT_PRINTABLE)
                .unwrap_or(detail)
                .to_owned(),
            None => error.kind().to_string(),
        };
        let range = error.range().unwrap_or_else(|| {
            let line = error.line().unwrap_or(1);
            let start: usize = source
                .split_inclusive('\n')
                .take(line - 1)
                .map(str::len)
                .sum();
            start..start
        });
        if rule.code == rules::TEMPLATE_UNKNOWN.code {
            return self.no_template(name, range, &message);
        }
        let diagnostic = self.mistake(rule, name, range, &message);
        if message.starts_with("unexpected end of input") {
            return diagnostic.help(
                "close every `{% if %}` with `{% endif %}`, every `{% for %}` with `{% endfor %}`",
            );
        }
        diagnostic
    }

    /// A template that another one asks for and that is not there; the engine's message quotes its name.
    fn no_template(&self, name: &str, range: std::ops::Range<usize>, message: &str) -> Diagnostic {
        let Some(asked) = message.split(['\'', '"', '`']).nth(1) else {
            return self.mistake(&rules::TEMPLATE_UNKNOWN, name, range, message);
        };
        let message = format!("there is no template `{asked}`");
        let diagnostic = self.mistake(&rules::TEMPLATE_UNKNOWN, name, range, &message);
        let bare = asked.strip_suffix(".yaml");
        if let Some(bare) = bare.filter(|bare| self.names.iter().any(|name| name == bare)) {
            return diagnostic.help(format!("leave `.yaml` out: write `{bare}`"));
        }
        let names = self.names.iter().map(String::as_str);
        match crate::diagnostic::did_you_mean(bare.unwrap_or(asked), names) {
            Some(help) => diagnostic.help(help),
            None => diagnostic.help("templates are named after their files, without `.yaml`"),
        }
    }

    /// A diagnostic at a place in a template, named in the message, because built-in templates have no file.
    fn mistake(
        &self,
        rule: &'static rules::Rule,
        name: &str,
        range: std::ops::Range<usize>,
        message: &str,
    ) -> Diagnostic {
        let source = self.text(name);
        let (line, column) = place::line_column(&source, range.start);
        let file = self.user.get(name).and_then(|user| user.file);
        let origin = match file {
            Some(file) => Origin::Input(Place {
                file,
                start: u32::try_from(range.start).unwrap_or(u32::MAX),
                end: u32::try_from(range.end).unwrap_or(u32::MAX),
            }),
            None => Origin::Template(self.number(name)),
        };
        let message = match file {
            Some(_) => format!("template `{name}`: {message}"),
            None => format!("template `{name}` {line}:{column}: {message}"),
        };
        Diagnostic::new(rule, origin, message)
    }
}

/// Renders one planned object.
///
/// # Errors
/// When the template does not exist, asks for what its context does not have, puts a value where it
/// cannot stand, or does not make an object.
pub fn render(templates: &Templates, planned: &PlannedObject) -> Result<Node, Diagnostic> {
    let name = planned.template.as_ref();
    let template =
        templates
            .environment
            .get_template(name)
            .map_err(|error| match error.kind() {
                ErrorKind::TemplateNotFound => Diagnostic::new(
                    &rules::TEMPLATE_UNKNOWN,
                    planned.origin,
                    format!("there is no template `{name}`"),
                ),
                _ => templates.engine_error(name, &error),
            })?;
    let looked = Arc::new(Looked::default());
    let root = Dynamic::from_object(Root::new(Arc::clone(&planned.context), Arc::clone(&looked)));
    let captured = template
        .render_captured(root)
        .map_err(|error| templates.engine_error(name, &error))?;
    let printed = captured.state().get_extension::<Printed>();
    let mut values = Vec::new();
    for value in printed.map_or(&[][..], |printed| &printed.0) {
        if value.as_str().is_some_and(|text| text.contains(TOKEN)) && looked.origin(value).is_none()
        {
            // Either a macro's text went through a filter, or a hostile value is not as it came in.
            return Err(templates.mistake(
                &rules::TEMPLATE_VALUE,
                name,
                0..0,
                "computed text must not hold the character U+E000 or the text of a macro",
            ));
        }
        values.push(to_node(value, &looked, planned.origin));
    }
    let text = captured.into_output();
    let shape = templates.shape(name, text)?;
    let object = shape
        .fill(&mut values)
        .map_err(|mistake| templates.mistake(mistake.rule, name, 0..0, &mistake.message))?;
    let is_text = |key: &str| {
        object
            .get(key)
            .is_some_and(|value| value.as_str().is_some())
    };
    let missing = [
        ("apiVersion", is_text("apiVersion")),
        ("kind", is_text("kind")),
        ("metadata.name", object.at(&["metadata", "name"]).is_some()),
    ];
    if let Some((field, _)) = missing.iter().find(|(_, is_there)| !is_there) {
        let message = format!("the result has no `{field}`");
        return Err(templates
            .mistake(&rules::TEMPLATE_RESULT, name, 0..0, &message)
            .help("a template makes exactly one Kubernetes object"));
    }
    Ok(object)
}

/// Marks messages about values that cannot be printed.
const NOT_PRINTABLE: &str = "value: ";

/// Writes a token in place of a value and keeps the value.
fn print_token(
    out: &mut minijinja::Output<'_>,
    state: &mut State<'_, '_>,
    value: &Dynamic,
) -> Result<(), Error> {
    let refuse = |what: &str| {
        Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("{NOT_PRINTABLE}{what}"),
        ))
    };
    match value.kind() {
        ValueKind::None => {
            return refuse("an absent value cannot be printed; guard it with `{% if … %}`");
        }
        ValueKind::Bytes | ValueKind::Plain | ValueKind::Invalid | ValueKind::Undefined => {
            return refuse("only text, numbers, booleans, lists and mappings can be printed");
        }
        ValueKind::String
            if value.is_safe() && value.as_str().is_some_and(|s| s.contains(TOKEN)) =>
        {
            return refuse(
                "the text of a macro or a block cannot be printed; join values with `~`",
            );
        }
        _ => {}
    }
    let printed = state.get_or_insert_extension_with(Printed::default);
    let index = printed.0.len();
    printed.0.push(value.clone());
    write!(out, "{TOKEN}{index}{TOKEN}").map_err(Error::from)
}

/// The value with the origins of what it was taken from; `computed` for what the template made itself.
fn to_node(value: &Dynamic, looked: &Looked, computed: Origin) -> Node {
    if let Some(item) = context::as_node(value) {
        return item;
    }
    let origin = looked.origin(value).unwrap_or(computed);
    let made = match value.kind() {
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => match value.as_i64() {
            Some(number) => Value::Int(number),
            None => f64::try_from(value.clone()).map_or(Value::Null, Value::Float),
        },
        ValueKind::String => Value::String(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Seq | ValueKind::Iterable => Value::List(
            value
                .try_iter()
                .into_iter()
                .flatten()
                .map(|item| to_node(&item, looked, computed))
                .collect(),
        ),
        ValueKind::Map => {
            let mut map = Map::default();
            for key in value.try_iter().into_iter().flatten() {
                let item = value.get_item(&key).unwrap_or_default();
                let origin = looked.origin(&key).unwrap_or(computed);
                map.push(key.to_string(), origin, to_node(&item, looked, computed));
            }
            Value::Map(map)
        }
        _ => Value::Null,
    };
    Node::new(made, origin)
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
