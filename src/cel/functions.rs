//! What can expressions call? The language's own functions and those that Kubernetes adds
//! (<https://kubernetes.io/docs/reference/using-api/cel/>).

mod lists;
pub(super) mod net;
pub(super) mod text;
pub(super) mod time;

use std::cmp::Ordering;
use std::rc::Rc;

use cel::common::ast::{Expr, IdedExpr, operators as op};

use super::evaluate::{Result, Run, error, lookup, no_overload};
use super::value::Value;
use crate::model::quantity::Quantity;

/// Functions of a value: name, and how many arguments at least and at most.
const MEMBERS: &[(&str, usize, usize)] = &[
    ("add", 1, 1),
    ("asApproximateFloat", 0, 0),
    ("asInteger", 0, 0),
    ("charAt", 1, 1),
    ("compareTo", 1, 1),
    ("contains", 1, 1),
    ("containsCIDR", 1, 1),
    ("containsIP", 1, 1),
    ("distinct", 0, 0),
    ("endsWith", 1, 1),
    ("family", 0, 0),
    ("find", 1, 1),
    ("findAll", 1, 2),
    ("flatten", 0, 0),
    ("format", 1, 1),
    ("getDate", 0, 0),
    ("getDayOfMonth", 0, 0),
    ("getDayOfWeek", 0, 0),
    ("getDayOfYear", 0, 0),
    ("getEscapedPath", 0, 0),
    ("getFullYear", 0, 0),
    ("getHost", 0, 0),
    ("getHostname", 0, 0),
    ("getHours", 0, 0),
    ("getMilliseconds", 0, 0),
    ("getMinutes", 0, 0),
    ("getMonth", 0, 0),
    ("getPort", 0, 0),
    ("getQuery", 0, 0),
    ("getScheme", 0, 0),
    ("getSeconds", 0, 0),
    ("hasValue", 0, 0),
    ("indexOf", 1, 2),
    ("ip", 0, 0),
    ("isGlobalUnicast", 0, 0),
    ("isGreaterThan", 1, 1),
    ("isInteger", 0, 0),
    ("isLessThan", 1, 1),
    ("isLinkLocalMulticast", 0, 0),
    ("isLinkLocalUnicast", 0, 0),
    ("isLoopback", 0, 0),
    ("isSorted", 0, 0),
    ("isUnspecified", 0, 0),
    ("join", 0, 1),
    ("lastIndexOf", 1, 2),
    ("lowerAscii", 0, 0),
    ("major", 0, 0),
    ("masked", 0, 0),
    ("matches", 1, 1),
    ("max", 0, 0),
    ("min", 0, 0),
    ("minor", 0, 0),
    ("or", 1, 1),
    ("orValue", 1, 1),
    ("patch", 0, 0),
    ("prefixLength", 0, 0),
    ("replace", 2, 3),
    ("reverse", 0, 0),
    ("sign", 0, 0),
    ("size", 0, 0),
    ("slice", 2, 2),
    ("sort", 0, 0),
    ("split", 1, 2),
    ("startsWith", 1, 1),
    ("sub", 1, 1),
    ("substring", 1, 2),
    ("sum", 0, 0),
    ("trim", 0, 0),
    ("upperAscii", 0, 0),
    ("validate", 1, 1),
    ("value", 0, 0),
];

/// Functions without a value they belong to, operators included.
const GLOBALS: &[(&str, usize, usize)] = &[
    ("bool", 1, 1),
    ("bytes", 1, 1),
    ("cidr", 1, 1),
    ("double", 1, 1),
    ("duration", 1, 1),
    ("dyn", 1, 1),
    ("int", 1, 1),
    ("ip", 1, 1),
    ("isCIDR", 1, 1),
    ("isIP", 1, 1),
    ("isQuantity", 1, 1),
    ("isSemver", 1, 2),
    ("isURL", 1, 1),
    ("matches", 2, 2),
    ("quantity", 1, 1),
    ("semver", 1, 2),
    ("size", 1, 1),
    ("string", 1, 1),
    ("timestamp", 1, 1),
    ("type", 1, 1),
    ("uint", 1, 1),
    ("url", 1, 1),
    (op::CONDITIONAL, 3, 3),
    (op::LOGICAL_AND, 2, 2),
    (op::LOGICAL_OR, 2, 2),
    (op::LOGICAL_NOT, 1, 1),
    (op::NOT_STRICTLY_FALSE, 1, 1),
    (op::SUBSTRACT, 2, 2),
    (op::ADD, 2, 2),
    (op::MULTIPLY, 2, 2),
    (op::DIVIDE, 2, 2),
    (op::MODULO, 2, 2),
    (op::EQUALS, 2, 2),
    (op::NOT_EQUALS, 2, 2),
    (op::GREATER_EQUALS, 2, 2),
    (op::LESS_EQUALS, 2, 2),
    (op::GREATER, 2, 2),
    (op::LESS, 2, 2),
    (op::NEGATE, 1, 1),
    (op::INDEX, 2, 2),
    (op::OPT_INDEX, 2, 2),
    (op::OPT_SELECT, 2, 2),
    (op::IN, 2, 2),
];

/// Functions that stand in a namespace.
const IN_NAMESPACES: &[(&str, &str, usize)] = &[
    ("format", "named", 1),
    ("ip", "isCanonical", 1),
    ("optional", "none", 0),
    ("optional", "of", 1),
    ("optional", "ofNonZeroValue", 1),
    ("sets", "contains", 2),
    ("sets", "equivalent", 2),
    ("sets", "intersects", 2),
    ("strings", "quote", 1),
];

/// The namespace that a call's target names, unless it is a variable.
pub(super) fn namespace<'a>(
    target: &'a IdedExpr,
    is_variable: &dyn Fn(&str) -> bool,
) -> Option<&'a str> {
    let Expr::Ident(name) = &target.expr else {
        return None;
    };
    let is_space = IN_NAMESPACES.iter().any(|(space, _, _)| space == name);
    (is_space && !is_variable(name)).then_some(name)
}

/// Whether a function can be called so.
pub(super) fn is_known(
    name: &str,
    is_member: bool,
    namespace: Option<&str>,
    arguments: usize,
) -> bool {
    let is_in = |table: &[(&str, usize, usize)]| {
        table
            .iter()
            .any(|(known, least, most)| *known == name && (*least..=*most).contains(&arguments))
    };
    match namespace {
        Some("format") if arguments == 0 => text::format_name(name).is_some(),
        Some(space) => IN_NAMESPACES.contains(&(space, name, arguments)),
        None if is_member => is_in(MEMBERS),
        None => is_in(GLOBALS),
    }
}

/// A type by its name, as `type(value)` gives it.
pub(super) fn type_name(name: &str) -> Option<&'static str> {
    const TYPES: [&str; 11] = [
        "bool",
        "bytes",
        "double",
        "int",
        "list",
        "map",
        "null_type",
        "optional_type",
        "string",
        "type",
        "uint",
    ];
    TYPES.into_iter().find(|known| *known == name)
}

pub(super) fn in_namespace<'a>(
    run: &mut Run<'a>,
    space: &str,
    name: &str,
    arguments: &[Value<'a>],
) -> Result<'a> {
    match (space, name, arguments) {
        ("optional", "none", []) => Ok(Value::Optional(None)),
        ("optional", "of", [value]) => Ok(Value::Optional(Some(Rc::new(value.clone())))),
        ("optional", "ofNonZeroValue", [value]) => {
            let is_zero = match value {
                Value::Null => true,
                Value::Bool(b) => !b,
                other => other.number() == Some(0.0) || other.size() == Some(0),
            };
            Ok(Value::Optional((!is_zero).then(|| Rc::new(value.clone()))))
        }
        ("format", "named", [Value::String(name)]) => {
            let format = text::format_name(name).map(|name| Rc::new(Value::Format(name)));
            Ok(Value::Optional(format))
        }
        ("format", name, []) => text::format_name(name)
            .map_or_else(|| no_overload(name, &[]), |name| Ok(Value::Format(name))),
        ("ip", "isCanonical", [Value::String(text)]) => match net::ip(text) {
            Some(ip) => Ok(Value::Bool(ip.to_string() == **text)),
            None => error("it is no IP address"),
        },
        ("sets", name, [a, b]) => lists::sets(run, name, a, b),
        ("strings", "quote", [Value::String(text)]) => Ok(Value::text(format!("{text:?}"))),
        (_, name, arguments) => no_overload(name, arguments),
    }
}

pub(super) fn member<'a>(
    run: &mut Run<'a>,
    name: &str,
    of: Value<'a>,
    arguments: &[Value<'a>],
) -> Result<'a> {
    match (name, &of, arguments) {
        ("size", of, []) => size(of),
        (_, Value::String(_), _) => text::member(run, name, &of, arguments),
        (_, Value::List(_), _) => lists::member(run, name, &of, arguments),
        (_, Value::View(view), _) if view.node.as_list().is_some() => {
            lists::member(run, name, &of, arguments)
        }
        ("hasValue", Value::Optional(value), []) => Ok(Value::Bool(value.is_some())),
        ("value", Value::Optional(value), []) => match value {
            Some(value) => Ok(value.as_ref().clone()),
            None => error("the optional value is not there"),
        },
        (_, Value::Quantity(amount), _) => quantity(name, *amount, arguments),
        (_, Value::Duration(_) | Value::Time(_), []) => time::member(name, &of),
        (_, Value::Url(url), []) => net::url_member(name, url),
        (_, Value::Ip(ip), []) => net::ip_member(name, *ip),
        (_, Value::Cidr(cidr), _) => net::cidr_member(name, *cidr, arguments),
        ("validate", Value::Format(format), [Value::String(value)]) => {
            let wrong = text::validate(format, value);
            let wrong = wrong.map(|why| Rc::new(Value::list(vec![Value::text(why)])));
            Ok(Value::Optional(wrong))
        }
        (_, Value::Semver(version), _) => text::version_member(name, version, arguments),
        _ => {
            let mut all = vec![of.clone()];
            all.extend_from_slice(arguments);
            no_overload(name, &all)
        }
    }
}

pub(super) fn global<'a>(run: &mut Run<'a>, name: &str, arguments: &[Value<'a>]) -> Result<'a> {
    match (name, arguments) {
        (op::EQUALS, [a, b]) => Ok(Value::Bool(a.equals(b))),
        (op::NOT_EQUALS, [a, b]) => Ok(Value::Bool(!a.equals(b))),
        (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, [a, b]) => {
            order(name, a, b)
        }
        (op::LOGICAL_NOT, [Value::Bool(b)]) => Ok(Value::Bool(!b)),
        (op::NEGATE, [Value::Int(number)]) => number
            .checked_neg()
            .map_or_else(overflow, |it| Ok(Value::Int(it))),
        (op::NEGATE, [Value::Double(number)]) => Ok(Value::Double(-number)),
        (op::INDEX, [of, key]) => match lookup(of, key) {
            Some(value) => Ok(value),
            None => match key {
                Value::String(key) => error(format!("no such key: {key}")),
                Value::Int(index) => error(format!("index out of bounds: {index}")),
                _ => no_overload("[]", arguments),
            },
        },
        (op::IN, [value, of]) => {
            if let Some(items) = of.items() {
                return Ok(Value::Bool(items.iter().any(|item| item.equals(value))));
            }
            if of.entries().is_some() {
                return Ok(Value::Bool(lookup(of, value).is_some()));
            }
            no_overload("in", arguments)
        }
        (op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, [a, b]) => arithmetic(name, a, b),
        ("size", [of]) => size(of),
        ("matches", [of @ Value::String(_), pattern]) => {
            text::member(run, name, of, std::slice::from_ref(pattern))
        }
        ("dyn", [value]) => Ok(value.clone()),
        ("type", [value]) => Ok(Value::Type(value.type_name())),
        ("quantity", [Value::String(text)]) => match Quantity::parse(text) {
            Some(amount) => Ok(Value::Quantity(amount)),
            None => error(format!("`{text}` is no quantity")),
        },
        ("isQuantity", [Value::String(text)]) => Ok(Value::Bool(Quantity::parse(text).is_some())),
        ("url", [Value::String(text)]) => match net::Url::parse(text) {
            Some(url) => Ok(Value::Url(Rc::new(url))),
            None => error(format!("`{text}` is no URL")),
        },
        ("isURL", [Value::String(text)]) => Ok(Value::Bool(net::Url::parse(text).is_some())),
        ("ip", [Value::String(text)]) => match net::ip(text) {
            Some(ip) => Ok(Value::Ip(ip)),
            None => error(format!("`{text}` is no IP address")),
        },
        ("isIP", [Value::String(text)]) => Ok(Value::Bool(net::ip(text).is_some())),
        ("cidr", [Value::String(text)]) => match net::Cidr::parse(text) {
            Some(cidr) => Ok(Value::Cidr(cidr)),
            None => error(format!("`{text}` is no range of IP addresses")),
        },
        ("isCIDR", [Value::String(text)]) => Ok(Value::Bool(net::Cidr::parse(text).is_some())),
        ("semver", [Value::String(text), ..]) => match text::version(text, arguments.get(1)) {
            Some(version) => Ok(Value::Semver(Rc::new(version))),
            None => error(format!("`{text}` is no semantic version")),
        },
        ("isSemver", [Value::String(text), ..]) => {
            Ok(Value::Bool(text::version(text, arguments.get(1)).is_some()))
        }
        (_, [value]) => convert(name, value),
        _ => no_overload(name, arguments),
    }
}

fn size<'a>(of: &Value<'_>) -> Result<'a> {
    match of.size() {
        Some(size) => Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX))),
        None => no_overload("size", std::slice::from_ref(of)),
    }
}

fn order<'a>(name: &str, a: &Value<'_>, b: &Value<'_>) -> Result<'a> {
    let is_nan = |value: &Value<'_>| matches!(value, Value::Double(number) if number.is_nan());
    if is_nan(a) || is_nan(b) {
        return Ok(Value::Bool(false));
    }
    let Some(order) = a.compare(b) else {
        return no_overload(name.trim_matches('_'), &[a.clone(), b.clone()]);
    };
    Ok(Value::Bool(match name {
        op::LESS => order == Ordering::Less,
        op::LESS_EQUALS => order != Ordering::Greater,
        op::GREATER => order == Ordering::Greater,
        _ => order != Ordering::Less,
    }))
}

fn overflow<'a>() -> Result<'a> {
    error("the number is too large")
}

/// `+`, `-`, `*`, `/` and `%` of what is not text or a list.
pub(super) fn arithmetic<'a>(name: &str, a: &Value<'_>, b: &Value<'_>) -> Result<'a> {
    let is_zero = |value: &Value<'_>| matches!(value, Value::Int(0) | Value::Uint(0));
    if matches!(name, op::DIVIDE | op::MODULO) && is_zero(b) && !matches!(a, Value::Double(_)) {
        return error("division by zero");
    }
    let value = match (a, b) {
        (Value::Int(a), Value::Int(b)) => match name {
            op::ADD => a.checked_add(*b),
            op::SUBSTRACT => a.checked_sub(*b),
            op::MULTIPLY => a.checked_mul(*b),
            op::DIVIDE => a.checked_div(*b),
            _ => a.checked_rem(*b),
        }
        .map(Value::Int),
        (Value::Uint(a), Value::Uint(b)) => match name {
            op::ADD => a.checked_add(*b),
            op::SUBSTRACT => a.checked_sub(*b),
            op::MULTIPLY => a.checked_mul(*b),
            op::DIVIDE => a.checked_div(*b),
            _ => a.checked_rem(*b),
        }
        .map(Value::Uint),
        (Value::Duration(a), Value::Duration(b)) if name == op::ADD => {
            a.checked_add(*b).map(Value::Duration)
        }
        (Value::Duration(a), Value::Duration(b)) if name == op::SUBSTRACT => {
            a.checked_sub(*b).map(Value::Duration)
        }
        (Value::Time(a), Value::Duration(b)) | (Value::Duration(b), Value::Time(a))
            if name == op::ADD =>
        {
            a.checked_add(*b).map(Value::Time)
        }
        (Value::Time(a), Value::Duration(b)) if name == op::SUBSTRACT => {
            a.checked_sub(*b).map(Value::Time)
        }
        (Value::Time(a), Value::Time(b)) if name == op::SUBSTRACT => {
            a.checked_sub(*b).map(Value::Duration)
        }
        (Value::Bytes(a), Value::Bytes(b)) if name == op::ADD => {
            Some(Value::Bytes([a.as_ref(), b.as_ref()].concat().into()))
        }
        // One of them is a double: the schema says of whole numbers which are.
        (a @ (Value::Double(_) | Value::Int(_)), b @ (Value::Double(_) | Value::Int(_)))
            if name != op::MODULO =>
        {
            a.number().zip(b.number()).map(|(a, b)| {
                Value::Double(match name {
                    op::ADD => a + b,
                    op::SUBSTRACT => a - b,
                    op::MULTIPLY => a * b,
                    _ => a / b,
                })
            })
        }
        (a, b) => return no_overload(name.trim_matches('_'), &[a.clone(), b.clone()]),
    };
    value.map_or_else(overflow, Ok)
}

/// Functions that make one type of another.
fn convert<'a>(name: &str, value: &Value<'a>) -> Result<'a> {
    let converted = match (name, value) {
        ("int", Value::Int(_)) | ("uint", Value::Uint(_)) | ("double", Value::Double(_)) => {
            Some(value.clone())
        }
        ("string", Value::String(_)) | ("bool", Value::Bool(_)) | ("bytes", Value::Bytes(_)) => {
            Some(value.clone())
        }
        ("duration", Value::Duration(_)) | ("timestamp", Value::Time(_)) => Some(value.clone()),
        ("int", Value::Uint(number)) => i64::try_from(*number).ok().map(Value::Int),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a fraction is cut off, the range is checked"
        )]
        ("int", Value::Double(number)) => {
            (number.abs() < 9.2e18).then_some(Value::Int(*number as i64))
        }
        ("int", Value::String(text)) => text.parse().ok().map(Value::Int),
        ("int", Value::Time(time)) => i64::try_from(time.div_euclid(1_000_000_000))
            .ok()
            .map(Value::Int),
        ("uint", Value::Int(number)) => u64::try_from(*number).ok().map(Value::Uint),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a fraction is cut off, the range is checked"
        )]
        ("uint", Value::Double(number)) => (0.0..1.8e19)
            .contains(number)
            .then_some(Value::Uint(*number as u64)),
        ("uint", Value::String(text)) => text.parse().ok().map(Value::Uint),
        ("double", Value::String(text)) => text.parse().ok().map(Value::Double),
        ("double", Value::Int(_) | Value::Uint(_)) => value.number().map(Value::Double),
        ("bool", Value::String(text)) => match &**text {
            "true" | "True" | "TRUE" | "t" | "1" => Some(Value::Bool(true)),
            "false" | "False" | "FALSE" | "f" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        ("bytes", Value::String(text)) => Some(Value::Bytes(text.as_bytes().into())),
        ("duration", Value::String(text)) => time::duration(text).map(Value::Duration),
        ("timestamp", Value::String(text)) => time::timestamp(text).map(Value::Time),
        ("string", value) => text::shown(value).map(Value::text),
        (name, value) => return no_overload(name, std::slice::from_ref(value)),
    };
    match converted {
        Some(value) => Ok(value),
        None => error(format!("the value cannot be turned into `{name}`")),
    }
}

fn quantity<'a>(name: &str, amount: Quantity, arguments: &[Value<'_>]) -> Result<'a> {
    let other = match arguments {
        [Value::Quantity(other)] => Some(*other),
        [Value::Int(number)] => Some(Quantity::whole(*number)),
        _ => None,
    };
    let whole = || {
        i64::try_from(amount.ceil())
            .ok()
            .filter(|_| amount.is_whole())
    };
    Ok(match (name, other) {
        ("isInteger", None) => Value::Bool(whole().is_some()),
        ("asInteger", None) => match whole() {
            Some(number) => Value::Int(number),
            None => return error("the quantity is no integer"),
        },
        ("asApproximateFloat", None) => Value::Double(approximate(amount)),
        ("sign", None) => Value::Int(compared(amount.cmp(&Quantity::ZERO))),
        ("isGreaterThan", Some(other)) => Value::Bool(amount > other),
        ("isLessThan", Some(other)) => Value::Bool(amount < other),
        ("compareTo", Some(other)) => Value::Int(compared(amount.cmp(&other))),
        ("add", Some(other)) => Value::Quantity(amount + other),
        ("sub", Some(other)) => Value::Quantity(amount - other),
        _ => return no_overload(name, arguments),
    })
}

#[expect(clippy::cast_precision_loss, reason = "it is approximate")]
fn approximate(amount: Quantity) -> f64 {
    // In billionths, as far as they fit.
    let scaled = amount * 1_000_000_000;
    scaled.ceil() as f64 / 1e9
}

pub(super) fn compared(order: Ordering) -> i64 {
    match order {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}
