//! Functions of text, formats and versions.

use std::cmp::Ordering;

use super::super::evaluate::{Result, Run, error, no_overload};
use super::super::value::Value;
use super::{compared, time};

pub(super) fn member<'a>(
    run: &mut Run<'a>,
    name: &str,
    of: &Value<'a>,
    arguments: &[Value<'a>],
) -> Result<'a> {
    let Value::String(text) = of else {
        return no_overload(name, std::slice::from_ref(of));
    };
    let text: &str = text;
    let at = |number: &i64| usize::try_from(*number).ok();
    Ok(match (name, arguments) {
        ("contains", [Value::String(part)]) => Value::Bool(text.contains(&**part)),
        ("startsWith", [Value::String(part)]) => Value::Bool(text.starts_with(&**part)),
        ("endsWith", [Value::String(part)]) => Value::Bool(text.ends_with(&**part)),
        ("lowerAscii", []) => Value::text(text.to_ascii_lowercase()),
        ("upperAscii", []) => Value::text(text.to_ascii_uppercase()),
        ("trim", []) => Value::text(text.trim()),
        ("reverse", []) => Value::text(text.chars().rev().collect::<String>()),
        ("matches" | "find" | "findAll", [Value::String(pattern), rest @ ..]) => {
            run.spend(
                pattern.len() as u64
                    + (text.len() as u64 / 10 + 1) * (pattern.len() as u64 / 4 + 1),
            )?;
            let Some(regex) = run.expression.pattern(pattern) else {
                return error(format!("`{pattern}` is no regular expression"));
            };
            match name {
                "matches" => Value::Bool(regex.is_match(text)),
                "find" => Value::text(regex.find(text).map_or("", |found| found.as_str())),
                _ => {
                    let most = match rest {
                        [Value::Int(most)] => at(most).unwrap_or(usize::MAX),
                        _ => usize::MAX,
                    };
                    let found = regex
                        .find_iter(text)
                        .take(most)
                        .map(|found| Value::text(found.as_str()));
                    Value::list(found.collect())
                }
            }
        }
        ("charAt", [Value::Int(index)]) => {
            let count = text.chars().count();
            match at(index) {
                Some(index) if index <= count => Value::text(
                    text.chars()
                        .nth(index)
                        .map(String::from)
                        .unwrap_or_default(),
                ),
                _ => return error(format!("index out of range: {index}")),
            }
        }
        ("indexOf", [Value::String(part), rest @ ..]) => {
            let start = match rest {
                [Value::Int(start)] => at(start),
                _ => Some(0),
            };
            let Some(start) = start.and_then(|start| byte_of(text, start)) else {
                return error("index out of range");
            };
            let found = text[start..].find(&**part);
            Value::Int(found.map_or(-1, |found| chars_before(text, start + found)))
        }
        ("lastIndexOf", [Value::String(part), rest @ ..]) => {
            let end = match rest {
                [Value::Int(last)] => match at(last).and_then(|last| byte_of(text, last)) {
                    Some(last) => (last + part.len()).min(text.len()),
                    None => return error("index out of range"),
                },
                _ => text.len(),
            };
            let found = (0..=end)
                .rev()
                .filter_map(|end| text.get(..end))
                .next()
                .and_then(|head| head.rfind(&**part));
            Value::Int(found.map_or(-1, |found| chars_before(text, found)))
        }
        ("substring", [Value::Int(start), rest @ ..]) => {
            let count = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
            let end = match rest {
                [Value::Int(end)] => *end,
                _ => count,
            };
            if *start < 0 || end > count || *start > end {
                return error(format!("no characters {start} to {end}"));
            }
            let (start, end) = (at(start).unwrap_or(0), at(&end).unwrap_or(0));
            Value::text(
                text.chars()
                    .skip(start)
                    .take(end - start)
                    .collect::<String>(),
            )
        }
        ("replace", [Value::String(from), Value::String(to), rest @ ..]) => {
            let most = match rest {
                [Value::Int(most)] => at(most).unwrap_or(usize::MAX),
                _ => usize::MAX,
            };
            // Every place may get the new text.
            let places = if from.is_empty() {
                text.len() + 1
            } else {
                text.len() / from.len()
            };
            run.spend((places.min(most) as u64).saturating_mul(to.len() as u64) / 10)?;
            Value::text(text.replacen(&**from, to, most))
        }
        ("split", [Value::String(separator), rest @ ..]) => {
            run.spend(text.len() as u64)?;
            let most = match rest {
                [Value::Int(most)] => at(most).unwrap_or(usize::MAX),
                _ => usize::MAX,
            };
            let parts: Vec<&str> = match (most, separator.is_empty()) {
                (0, _) => Vec::new(),
                (most, true) => {
                    let ends = text
                        .char_indices()
                        .map(|(at, c)| &text[at..at + c.len_utf8()]);
                    let mut parts: Vec<&str> = ends.collect();
                    if parts.len() > most {
                        let used: usize = parts[..most - 1].iter().map(|part| part.len()).sum();
                        parts.truncate(most - 1);
                        parts.push(&text[used..]);
                    }
                    parts
                }
                (most, false) => text.splitn(most, &**separator).collect(),
            };
            Value::list(parts.into_iter().map(Value::text).collect())
        }
        ("format", [list]) => match list.items() {
            Some(items) => {
                run.spend(text.len() as u64)?;
                Value::text(fill(text, &items)?.as_str())
            }
            None => return no_overload(name, arguments),
        },
        _ => {
            let mut all = vec![of.clone()];
            all.extend_from_slice(arguments);
            return no_overload(name, &all);
        }
    })
}

/// The byte at which a character begins; the end counts as one.
fn byte_of(text: &str, character: usize) -> Option<usize> {
    text.char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .nth(character)
}

fn chars_before(text: &str, byte: usize) -> i64 {
    text.get(..byte)
        .and_then(|head| i64::try_from(head.chars().count()).ok())
        .unwrap_or(-1)
}

/// A value as `string()` and `%s` show it.
pub(super) fn shown(value: &Value<'_>) -> Option<String> {
    Some(match value {
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Uint(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::String(text) => text.to_string(),
        Value::Bytes(bytes) => String::from_utf8(bytes.to_vec()).ok()?,
        Value::Duration(duration) => time::shown_duration(*duration),
        Value::Time(at) => time::shown_time(*at),
        Value::Type(name) | Value::Format(name) => (*name).into(),
        Value::Quantity(amount) => amount.to_string(),
        Value::Url(url) => url.shown(),
        Value::Ip(ip) => ip.to_string(),
        Value::Cidr(cidr) => cidr.shown(),
        Value::Semver(version) => {
            let (major, minor, patch, rest) = version.as_ref();
            let dash = if rest.is_empty() { "" } else { "-" };
            format!("{major}.{minor}.{patch}{dash}{rest}")
        }
        Value::Optional(_) => return None,
        value => match (value.items(), value.entries()) {
            (Some(items), _) => {
                let items: Option<Vec<_>> = items.iter().map(shown).collect();
                format!("[{}]", items?.join(", "))
            }
            (None, Some(entries)) => {
                let entries: Option<Vec<_>> = entries
                    .iter()
                    .map(|(key, value)| Some(format!("{}: {}", shown(key)?, shown(value)?)))
                    .collect();
                let mut entries = entries?;
                entries.sort();
                format!("{{{}}}", entries.join(", "))
            }
            (None, None) => return None,
        },
    })
}

/// `'%s has %d'.format([a, b])`.
fn fill(
    text: &str,
    values: &[Value<'_>],
) -> std::result::Result<String, super::super::evaluate::Fault> {
    let mut out = String::new();
    let mut values = values.iter();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut precision = None;
        if chars.peek() == Some(&'.') {
            chars.next();
            let mut digits = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            precision = digits.parse::<usize>().ok().map(|it| it.min(100));
        }
        let verb = chars.next();
        if verb == Some('%') {
            out.push('%');
            continue;
        }
        let Some(value) = values.next() else {
            return error("the format asks for more values than there are");
        };
        let digits = precision.unwrap_or(6);
        let written = match (verb, value) {
            (Some('s'), value) | (Some('d'), value @ (Value::Int(_) | Value::Uint(_))) => {
                shown(value)
            }
            (Some('f'), value) => value.number().map(|it| format!("{it:.digits$}")),
            (Some('e'), value) => value.number().map(|it| format!("{it:.digits$e}")),
            (Some('b'), Value::Int(it)) => Some(format!("{it:b}")),
            (Some('o'), Value::Int(it)) => Some(format!("{it:o}")),
            (Some('x'), Value::Int(it)) => Some(format!("{it:x}")),
            (Some('X'), Value::Int(it)) => Some(format!("{it:X}")),
            (Some('x'), Value::String(it)) => {
                Some(it.bytes().map(|b| format!("{b:02x}")).collect())
            }
            (Some('X'), Value::String(it)) => {
                Some(it.bytes().map(|b| format!("{b:02X}")).collect())
            }
            _ => None,
        };
        let Some(written) = written else {
            return error("the format does not fit its values");
        };
        out.push_str(&written);
    }
    Ok(out)
}

/// The formats that `format` knows.
pub(super) fn format_name(name: &str) -> Option<&'static str> {
    const FORMATS: [&str; 13] = [
        "byte",
        "date",
        "datetime",
        "dns1035Label",
        "dns1035LabelPrefix",
        "dns1123Label",
        "dns1123LabelPrefix",
        "dns1123Subdomain",
        "dns1123SubdomainPrefix",
        "labelValue",
        "qualifiedName",
        "uri",
        "uuid",
    ];
    FORMATS.into_iter().find(|known| *known == name)
}

/// What is wrong with a text in a format.
pub(super) fn validate(format: &str, text: &str) -> Option<String> {
    let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let label = |text: &str| {
        let bytes = text.as_bytes();
        let inner = bytes.iter().all(|b| edge(*b) || *b == b'-');
        inner && bytes.first().is_some_and(|b| edge(*b)) && bytes.last().is_some_and(|b| edge(*b))
    };
    // A prefix may end in what a name may not.
    let plain = text
        .strip_suffix('-')
        .filter(|_| format.ends_with("Prefix"))
        .unwrap_or(text);
    let is_fine = match format {
        "dns1123Label" | "dns1123LabelPrefix" => plain.len() <= 63 && label(plain),
        "dns1035Label" | "dns1035LabelPrefix" => {
            plain.len() <= 63 && label(plain) && plain.starts_with(|c: char| c.is_ascii_lowercase())
        }
        "dns1123Subdomain" | "dns1123SubdomainPrefix" => {
            plain.len() <= 253 && plain.split('.').all(label)
        }
        "labelValue" => text.is_empty() || is_qualified(text),
        "qualifiedName" => match text.split_once('/') {
            Some((prefix, name)) => {
                prefix.len() <= 253 && prefix.split('.').all(label) && is_qualified(name)
            }
            None => is_qualified(text),
        },
        "uri" => super::net::Url::parse(text).is_some(),
        "uuid" => {
            text.len() == 36
                && text.bytes().enumerate().all(|(at, b)| match at {
                    8 | 13 | 18 | 23 => b == b'-',
                    _ => b.is_ascii_hexdigit(),
                })
        }
        "byte" => {
            let body = text.trim_end_matches('=');
            text.len().is_multiple_of(4)
                && text.len() - body.len() <= 2
                && body
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
        }
        "date" => text.len() == 10 && time::timestamp(&format!("{text}T00:00:00Z")).is_some(),
        _ => time::timestamp(text).is_some(),
    };
    (!is_fine).then(|| format!("`{text}` is no {format}"))
}

fn is_qualified(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

/// A semantic version; a second argument `true` also takes `v1.2`.
pub(super) fn version(
    text: &str,
    normalize: Option<&Value<'_>>,
) -> Option<(u64, u64, u64, String)> {
    let is_loose = matches!(normalize, Some(Value::Bool(true)));
    let text = text.strip_prefix('v').filter(|_| is_loose).unwrap_or(text);
    let text = text.split_once('+').map_or(text, |(version, _)| version);
    let (numbers, rest) = text.split_once('-').unwrap_or((text, ""));
    let mut parts = numbers.split('.').map(|part| {
        let is_plain = part == "0" || is_loose || !part.starts_with('0');
        part.parse::<u64>()
            .ok()
            .filter(|_| is_plain && part.bytes().all(|b| b.is_ascii_digit()))
    });
    let mut next = || match parts.next() {
        Some(part) => part,
        None => is_loose.then_some(0),
    };
    let version = (next()?, next()?, next()?, rest.to_owned());
    (numbers.split('.').count() <= 3 && !(text.ends_with('-'))).then_some(version)
}

pub(in crate::cel) fn compare_versions(
    a: &(u64, u64, u64, String),
    b: &(u64, u64, u64, String),
) -> Ordering {
    let numbers = (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2));
    numbers.then_with(|| match (a.3.is_empty(), b.3.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let mut ours = a.3.split('.');
            let mut theirs = b.3.split('.');
            loop {
                let order = match (ours.next(), theirs.next()) {
                    (None, None) => return Ordering::Equal,
                    (a, b) => match (a.map(str::parse::<u64>), b.map(str::parse::<u64>)) {
                        (Some(Ok(a)), Some(Ok(b))) => a.cmp(&b),
                        (Some(Ok(_)), Some(Err(_))) => Ordering::Less,
                        (Some(Err(_)), Some(Ok(_))) => Ordering::Greater,
                        _ => a.cmp(&b),
                    },
                };
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    })
}

pub(super) fn version_member<'a>(
    name: &str,
    version: &(u64, u64, u64, String),
    arguments: &[Value<'_>],
) -> Result<'a> {
    let number = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    Ok(match (name, arguments) {
        ("major", []) => number(version.0),
        ("minor", []) => number(version.1),
        ("patch", []) => number(version.2),
        ("compareTo", [Value::Semver(other)]) => {
            Value::Int(compared(compare_versions(version, other)))
        }
        ("isGreaterThan", [Value::Semver(other)]) => {
            Value::Bool(compare_versions(version, other).is_gt())
        }
        ("isLessThan", [Value::Semver(other)]) => {
            Value::Bool(compare_versions(version, other).is_lt())
        }
        _ => return no_overload(name, arguments),
    })
}
