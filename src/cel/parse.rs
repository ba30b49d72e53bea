//! Is a text an expression that can be evaluated here?

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::parser::PrattParser;
use regex::{Regex, RegexBuilder};

use super::functions;

/// The longest expression, in bytes.
const LONGEST: usize = 1 << 14;
/// How deep an expression may be nested; evaluation uses the stack.
const DEEPEST: usize = 120;
/// How many regular expressions are kept for one expression.
const MOST_PATTERNS: usize = 64;

/// An expression, ready to be evaluated.
#[derive(Debug)]
pub struct Expression {
    pub(super) root: IdedExpr,
    /// The regular expressions it was evaluated with.
    patterns: RwLock<BTreeMap<String, Option<Regex>>>,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// If it is not well formed, too large, or uses a function or variable that is not known here.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("it has more than {LONGEST} bytes"));
        }
        let parser = PrattParser::new()
            .enable_optional_syntax(true)
            .enable_ident_escape_syntax(true)
            .max_recursion_depth(48);
        let root = parser.parse(text).map_err(|errors| {
            let first = errors.errors.first();
            first.map_or_else(|| "it is not well formed".into(), |error| error.msg.clone())
        })?;
        let mut names = vec!["self", "oldSelf"];
        if let Err(why) = check(&root, &mut names, 0) {
            dismantle(root);
            return Err(why);
        }
        Ok(Self {
            root,
            patterns: RwLock::default(),
        })
    }

    /// The compiled form of a regular expression; nothing if it is none.
    pub(super) fn pattern(&self, pattern: &str) -> Option<Regex> {
        let patterns = self.patterns.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = patterns.get(pattern) {
            return known.clone();
        }
        drop(patterns);
        let compiled = RegexBuilder::new(&as_re2(pattern))
            .size_limit(1 << 20)
            .build()
            .ok();
        let mut patterns = self
            .patterns
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if patterns.len() < MOST_PATTERNS {
            patterns.insert(pattern.into(), compiled.clone());
        }
        compiled
    }
}

/// Drops an expression that may be very deep without using the stack for it.
fn dismantle(root: IdedExpr) {
    let mut rest = vec![root];
    while let Some(expression) = rest.pop() {
        match expression.expr {
            Expr::Call(call) => {
                rest.extend(call.target.map(|target| *target));
                rest.extend(call.args);
            }
            Expr::Select(select) => rest.push(*select.operand),
            Expr::List(list) => rest.extend(list.elements),
            Expr::Comprehension(loops) => {
                rest.extend([
                    loops.iter_range,
                    loops.accu_init,
                    loops.loop_cond,
                    loops.loop_step,
                ]);
            }
            _ => {}
        }
    }
}

/// A pattern of RE2 as the `regex` crate understands it: classes such as `\d` are ASCII, and inside
/// brackets there is no nesting and no arithmetic.
fn as_re2(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') => out.push_str("[0-9]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str("[0-9A-Za-z_]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('s') => out.push_str(r"[\t\n\f\r ]"),
                Some('S') => out.push_str(r"[^\t\n\f\r ]"),
                Some(b @ ('b' | 'B')) if !in_class => {
                    out.push_str(if b == 'b' { r"(?-u:\b)" } else { r"(?-u:\B)" });
                }
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
                None => out.push('\\'),
            },
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                for first in ['^', ']'] {
                    if chars.peek() == Some(&first) {
                        chars.next();
                        out.push_str(if first == ']' { r"\]" } else { "^" });
                    }
                }
            }
            '[' if chars.peek() == Some(&':') => out.push('['),
            ']' if in_class && out.ends_with(':') && out.rfind("[:").is_some() => out.push(']'),
            '[' => out.push_str(r"\["),
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '-' if in_class && chars.peek() == Some(&'-') => out.push_str(r"\-"),
            _ => out.push(c),
        }
    }
    out
}

/// Looks at an expression for what cannot be evaluated.
fn check<'a>(
    expression: &'a IdedExpr,
    names: &mut Vec<&'a str>,
    depth: usize,
) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("it is nested more than {DEEPEST} levels deep"));
    }
    let depth = depth + 1;
    match &expression.expr {
        Expr::Literal(_) => Ok(()),
        Expr::Ident(name) => {
            let name = name.trim_start_matches('.');
            if names.contains(&name) || functions::type_name(name).is_some() {
                Ok(())
            } else {
                Err(format!("`{name}` is not known"))
            }
        }
        Expr::Call(call) => {
            let of = call.target.as_deref();
            let namespace =
                of.and_then(|target| functions::namespace(target, &|name| names.contains(&name)));
            let arguments = call.args.len();
            if !functions::is_known(&call.func_name, of.is_some(), namespace, arguments) {
                let dot = if namespace.is_none() && of.is_some() {
                    "."
                } else {
                    ""
                };
                let space = namespace.map(|it| format!("{it}.")).unwrap_or_default();
                return Err(format!(
                    "the function `{dot}{space}{}` is not known",
                    call.func_name
                ));
            }
            if let Some(target) = of.filter(|_| namespace.is_none()) {
                check(target, names, depth)?;
            }
            call.args
                .iter()
                .try_for_each(|argument| check(argument, names, depth))
        }
        Expr::Select(select) => check(&select.operand, names, depth),
        Expr::List(list) => list
            .elements
            .iter()
            .try_for_each(|item| check(item, names, depth)),
        Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => {
                check(&entry.key, names, depth)?;
                check(&entry.value, names, depth)
            }
            EntryExpr::StructField(field) => check(&field.value, names, depth),
        }),
        Expr::Comprehension(loops) => {
            check(&loops.iter_range, names, depth)?;
            check(&loops.accu_init, names, depth)?;
            let outer = names.len();
            names.push(&loops.iter_var);
            names.extend(loops.iter_var2.as_deref());
            names.push(&loops.accu_var);
            let inner = [&loops.loop_cond, &loops.loop_step, &loops.result];
            let checked = inner
                .into_iter()
                .try_for_each(|part| check(part, names, depth));
            names.truncate(outer);
            checked
        }
        Expr::Struct(made) => Err(format!(
            "messages such as `{}` cannot be made",
            made.type_name
        )),
        Expr::Unspecified => Err("it is empty".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_evaluated_is_refused() {
        for (text, why) in [
            (
                "self.frobnicate()",
                "the function `.frobnicate` is not known",
            ),
            ("other == 1", "`other` is not known"),
            ("size()", "the function `size` is not known"),
            ("Message{a: 1}", "messages such as `Message` cannot be made"),
        ] {
            assert_eq!(Expression::parse(text).unwrap_err(), why, "{text}");
        }
        assert!(Expression::parse("self ==").is_err());
        assert!(Expression::parse("").is_err());
        assert!(Expression::parse(&"(".repeat(60_000)).is_err());
        assert!(Expression::parse(&format!("self{}", ".a".repeat(30_000))).is_err());
        assert!(Expression::parse(&format!("1{}", "+1".repeat(30_000))).is_err());
        assert!(Expression::parse(&"!".repeat(60_000)).is_err());
        assert!(Expression::parse(&"[".repeat(60_000)).is_err());
    }

    #[test]
    fn patterns_mean_what_they_mean_to_the_api_server() {
        let matches =
            |pattern: &str, text: &str| Regex::new(&as_re2(pattern)).unwrap().is_match(text);
        assert!(!matches(r"^\d$", "٣") && matches(r"^[\d.]+$", "1.2"));
        assert!(matches("^[[a]$", "[") && matches("^[a&&b]+$", "&"));
        assert!(matches("^[[:alpha:]]+$", "abc") && !matches("^[[:alpha:]]+$", "1"));
        assert!(matches(r"^[]a]+$", "]a"));
    }
}
