//! What is the structure of a printed template, and where in it do values go?

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules::{self, Rule};
use crate::yaml::{Map, Node, Value, read};

/// The character around the number of a placeholder.
pub(super) const TOKEN: char = '\u{E000}';

/// A printed template, parsed: literal data with numbered holes.
#[derive(Debug)]
pub(super) enum Shape {
    Literal(Node),
    Hole(usize),
    List(Vec<Self>, Origin),
    Map(Vec<(Key, Self)>, Origin),
}

#[derive(Debug)]
pub(super) enum Key {
    Literal(String),
    Hole(usize),
}

/// What is wrong with a printed template and at which of its bytes.
pub(super) struct Mistake {
    pub(super) rule: &'static Rule,
    pub(super) start: usize,
    pub(super) message: String,
    pub(super) help: &'static str,
}

const MOVE_IT: &str =
    "a value must be a whole scalar or key; join text and values inside one `{{ … }}` with `~`";

/// Reads the printed text. All literal data gets `origin`.
pub(super) fn parse(text: &str, origin: Origin) -> Result<Shape, Mistake> {
    let mut mistakes: Vec<Diagnostic> = Vec::new();
    let documents = read::documents(text, 0, &read::Limits::default(), &mut mistakes);
    if let Some(mistake) = mistakes.first() {
        // The token in a message would mean nothing to the reader.
        let message = mask(&mistake.message);
        return Err(Mistake {
            rule: &rules::TEMPLATE_SYNTAX,
            start: start(mistake.origin),
            message,
            help: "the text a template prints must be well-formed, unambiguous YAML",
        });
    }
    let [document] = documents.as_slice() else {
        return Err(Mistake {
            rule: &rules::TEMPLATE_RESULT,
            start: 0,
            message: format!("the result has {} documents, not one", documents.len()),
            help: "a template makes exactly one Kubernetes object",
        });
    };
    shape(document, text, origin)
}

fn shape(node: &Node, text: &str, origin: Origin) -> Result<Shape, Mistake> {
    Ok(match &node.value {
        Value::String(scalar) => match hole(scalar, node.origin, text)? {
            Some(index) => Shape::Hole(index),
            None => Shape::Literal(Node::new(scalar.as_str(), origin)),
        },
        Value::List(items) => Shape::List(
            items
                .iter()
                .map(|item| written(item, text).and_then(|()| shape(item, text, origin)))
                .collect::<Result<_, _>>()?,
            origin,
        ),
        Value::Map(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for entry in map {
                let key = match hole(&entry.key, entry.key_origin, text)? {
                    Some(index) => Key::Hole(index),
                    None => {
                        written(&entry.value, text).map_err(|mut mistake| {
                            mistake.start = start(entry.key_origin);
                            mistake.message = format!("`{}` has no value", entry.key);
                            mistake
                        })?;
                        Key::Literal(entry.key.clone())
                    }
                };
                entries.push((key, shape(&entry.value, text, origin)?));
            }
            Shape::Map(entries, origin)
        }
        scalar => Shape::Literal(Node::new(scalar.clone(), origin)),
    })
}

/// Refuses a null that nobody wrote: what an empty loop leaves behind.
fn written(node: &Node, text: &str) -> Result<(), Mistake> {
    let place = node.origin.place();
    let empty = place.is_none_or(|place| {
        text.get(place.start as usize..place.end as usize)
            .is_none_or(|written| written.trim().is_empty())
    });
    if node.is_null() && empty {
        return Err(Mistake {
            rule: &rules::TEMPLATE_RESULT,
            start: start(node.origin),
            message: "an item has no value".to_owned(),
            help: "put the key inside the `{% if … %}` that guards its loop, or write `null`",
        });
    }
    Ok(())
}

/// The number of the placeholder a scalar is, if it is one.
fn hole(scalar: &str, origin: Origin, text: &str) -> Result<Option<usize>, Mistake> {
    if !scalar.contains(TOKEN) {
        return Ok(None);
    }
    let number = scalar
        .strip_prefix(TOKEN)
        .and_then(|rest| rest.strip_suffix(TOKEN))
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|digits| digits.parse::<usize>().ok());
    let place = origin.place();
    let plain = place.is_some_and(|place| {
        text.get(place.start as usize..place.end as usize)
            .is_some_and(|written| written.trim_end() == scalar)
    });
    match number {
        Some(number) if plain => Ok(Some(number)),
        _ => {
            let message = match number {
                Some(_) => "a value stands inside quotes or a block of text",
                None => "a value stands next to other text",
            };
            // Point at the token, not at the quote or the text before it.
            let from = start(origin);
            let token = text.get(from..).and_then(|rest| rest.find(TOKEN));
            Err(Mistake {
                rule: &rules::TEMPLATE_VALUE,
                start: from + token.unwrap_or(0),
                message: message.to_owned(),
                help: MOVE_IT,
            })
        }
    }
}

impl Shape {
    /// The object: the literal data with the values in its holes.
    pub(super) fn fill(&self, values: &mut [Node]) -> Result<Node, Mistake> {
        Ok(match self {
            Self::Literal(node) => node.clone(),
            // Aliases in a template may name one hole twice, so values are copied, not taken.
            Self::Hole(index) => values.get(*index).cloned().unwrap_or_default(),
            Self::List(items, origin) => {
                let items = items.iter().map(|item| item.fill(values));
                Node::new(items.collect::<Result<Vec<_>, _>>()?, *origin)
            }
            Self::Map(entries, origin) => Node::new(fill_map(entries, *origin, values)?, *origin),
        })
    }
}

fn fill_map(entries: &[(Key, Shape)], origin: Origin, values: &mut [Node]) -> Result<Map, Mistake> {
    let mut map = Map::default();
    let mut dynamic = false;
    for (key, shape) in entries {
        let value = shape.fill(values)?;
        match key {
            Key::Literal(key) => map.push(key.clone(), origin, value),
            Key::Hole(index) => {
                dynamic = true;
                let key = values.get(*index).cloned().unwrap_or_default();
                let Value::String(text) = key.value else {
                    return Err(Mistake {
                        rule: &rules::TEMPLATE_VALUE,
                        start: 0,
                        message: format!("a key must be a string, not {}", key.kind()),
                        help: MOVE_IT,
                    });
                };
                map.push(text, key.origin, value);
            }
        }
    }
    if dynamic {
        let mut seen = BTreeSet::new();
        if let Some(twice) = map.keys().find(|key| !seen.insert(*key)) {
            return Err(Mistake {
                rule: &rules::TEMPLATE_VALUE,
                start: 0,
                message: format!("the key `{}` is given twice", mask(twice)),
                help: MOVE_IT,
            });
        }
    }
    Ok(map)
}

fn start(origin: Origin) -> usize {
    origin.place().map_or(0, |place| place.start as usize)
}

/// Text for a message: placeholders as `{{ … }}`, and not too much of it.
fn mask(text: &str) -> String {
    let mut parts = text.split(TOKEN);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    while let (Some(_), Some(after)) = (parts.next(), parts.next()) {
        masked.push_str("{{ … }}");
        masked.push_str(after);
    }
    masked.chars().take(200).collect()
}
