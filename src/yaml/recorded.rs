//! How is a text that is known at build time turned into nodes without parsing it again?
//!
//! `build.rs` runs the parser over the built-in profiles and writes down its steps. A start of the program
//! then builds their trees from these: most of a profile's cost was the parser.

use super::{Map, Node, Value, resolve};
use crate::origin::{Origin, Place};

/// One step of a parse: what it is, and the bytes of the text where it begins and ends.
pub type Step = (u8, u32, u32);

/// A mapping begins; its keys and values follow, then [`END`].
pub const MAP: u8 = 0;
/// A list begins; its items follow, then [`END`].
pub const LIST: u8 = 1;
/// A mapping or a list ends.
pub const END: u8 = 2;
/// A scalar without quotes.
pub const PLAIN: u8 = 3;
/// A scalar in quotes, with nothing to unescape.
pub const QUOTED: u8 = 4;
/// Where in [`Recorded::folded`] the scalar is whose place the next step gives.
pub const TEXT: u8 = 5;
/// A scalar that does not read as it is written: a block of text, or quotes with escapes.
pub const FOLDED: u8 = 6;

/// A text and its parse.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// The text.
    pub text: &'a str,
    /// The scalars that do not read as they are written, one after another.
    pub folded: &'a str,
    /// The parse.
    pub steps: &'a [Step],
}

/// The tree of a recorded text, as `read::documents` would give it; `file` is the text's number in the sources.
/// Nothing if the steps are not those of the text.
pub fn node(recorded: &Recorded<'_>, file: u32) -> Option<Node> {
    let mut steps = recorded.steps.iter();
    let first = steps.next()?;
    build(recorded, first, &mut steps, file)
}

fn build(
    recorded: &Recorded<'_>,
    step: &Step,
    steps: &mut std::slice::Iter<'_, Step>,
    file: u32,
) -> Option<Node> {
    if let &(TEXT, from, to) = step {
        let &(FOLDED, start, end) = steps.next()? else {
            return None;
        };
        let text = recorded.folded.get(from as usize..to as usize)?;
        return Some(Node::new(text, Origin::Input(Place { file, start, end })));
    }
    let &(kind, start, end) = step;
    let origin = Origin::Input(Place { file, start, end });
    let written = |inside: u32| {
        let end = end.checked_sub(inside)? as usize;
        recorded.text.get((start + inside) as usize..end)
    };
    Some(match kind {
        PLAIN => Node::new(resolve(written(0)?).value, origin),
        QUOTED => Node::new(written(1)?, origin),
        LIST => {
            let mut items = Vec::new();
            loop {
                match steps.next()? {
                    (END, ..) => break,
                    step => items.push(build(recorded, step, steps, file)?),
                }
            }
            Node::new(Value::List(items), origin)
        }
        MAP => {
            let mut map = Map::default();
            loop {
                let key = match steps.next()? {
                    (END, ..) => break,
                    step => build(recorded, step, steps, file)?,
                };
                let value = build(recorded, steps.next()?, steps, file)?;
                map.push(key.as_str()?.to_owned(), key.origin, value);
            }
            Node::new(Value::Map(map), origin)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;
    use crate::yaml::read;

    #[test]
    fn a_recorded_profile_is_the_parsed_one() {
        for name in builtin::profiles() {
            let text = builtin::profile(name).unwrap();
            let mut mistakes = Vec::new();
            let parsed = read::documents(text, 7, &read::Limits::default(), &mut mistakes);
            assert!(mistakes.is_empty(), "{name}: {mistakes:?}");
            assert_eq!(
                builtin::profile_node(name, 7).as_ref(),
                parsed.first(),
                "{name}"
            );
            assert_eq!(parsed.len(), 1, "{name}");
        }
    }

    #[test]
    fn steps_of_another_text_give_nothing() {
        for steps in [
            &[][..],
            &[(MAP, 0, 0)],
            &[(PLAIN, 5, 9)],
            &[(TEXT, 0, 1)],
            &[(9, 0, 0)],
        ] {
            let recorded = Recorded {
                text: "a",
                folded: "",
                steps,
            };
            assert_eq!(node(&recorded, 0), None);
        }
    }
}
