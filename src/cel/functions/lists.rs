//! Functions of lists.

use super::super::evaluate::{Result, Run, error, no_overload};
use super::super::value::Value;
use super::arithmetic;
use cel::common::ast::operators as op;
use std::cmp::Ordering;

pub(super) fn member<'a>(
    run: &mut Run<'a>,
    name: &str,
    of: &Value<'a>,
    arguments: &[Value<'a>],
) -> Result<'a> {
    let items = of.items().unwrap_or_default();
    let count = items.len() as u64;
    let index = |found: Option<usize>| {
        Value::Int(found.and_then(|it| i64::try_from(it).ok()).unwrap_or(-1))
    };
    Ok(match (name, arguments) {
        ("isSorted", []) => {
            let sorted = items.windows(2).all(|pair| {
                matches!(
                    pair[0].compare(&pair[1]),
                    Some(Ordering::Less | Ordering::Equal)
                )
            });
            Value::Bool(sorted)
        }
        ("sum", []) => {
            let mut items = items.into_iter();
            let Some(mut sum) = items.next() else {
                return Ok(Value::Int(0));
            };
            for item in items {
                sum = arithmetic(op::ADD, &sum, &item)?;
            }
            sum
        }
        ("min" | "max", []) => {
            let wanted = if name == "min" {
                Ordering::Less
            } else {
                Ordering::Greater
            };
            let mut items = items.into_iter();
            let Some(mut best) = items.next() else {
                return error(format!("`{name}` of an empty list"));
            };
            for item in items {
                match item.compare(&best) {
                    Some(order) if order == wanted => best = item,
                    Some(_) => {}
                    None => return no_overload(name, &[best, item]),
                }
            }
            best
        }
        ("indexOf", [value]) => index(items.iter().position(|item| item.equals(value))),
        ("lastIndexOf", [value]) => index(items.iter().rposition(|item| item.equals(value))),
        ("join", rest) => {
            let separator = match rest {
                [] => "",
                [Value::String(separator)] => separator,
                _ => return no_overload(name, arguments),
            };
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            match texts {
                Some(texts) => {
                    run.spend(count * separator.len() as u64 / 10)?;
                    Value::text(texts.join(separator))
                }
                None => return no_overload(name, arguments),
            }
        }
        ("distinct", []) => {
            run.spend(count.saturating_mul(count))?;
            let mut kept: Vec<Value<'a>> = Vec::new();
            for item in items {
                if !kept.iter().any(|other| other.equals(&item)) {
                    kept.push(item);
                }
            }
            Value::list(kept)
        }
        ("reverse", []) => Value::list(items.into_iter().rev().collect()),
        ("sort", []) => {
            let mut items = items;
            run.spend(count.saturating_mul(8))?;
            if items
                .windows(2)
                .any(|pair| pair[0].compare(&pair[1]).is_none())
            {
                return no_overload(name, std::slice::from_ref(of));
            }
            items.sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
            Value::list(items)
        }
        ("flatten", []) => {
            let mut flat = Vec::new();
            for item in items {
                match item.items() {
                    Some(inner) => flat.extend(inner),
                    None => flat.push(item),
                }
            }
            Value::list(flat)
        }
        ("slice", [Value::Int(start), Value::Int(end)]) => {
            let range = usize::try_from(*start).ok().zip(usize::try_from(*end).ok());
            match range.and_then(|(start, end)| items.get(start..end)) {
                Some(part) => Value::list(part.to_vec()),
                None => return error(format!("no entries {start} to {end}")),
            }
        }
        _ => {
            let mut all = vec![of.clone()];
            all.extend_from_slice(arguments);
            return no_overload(name, &all);
        }
    })
}

pub(super) fn sets<'a>(run: &mut Run<'a>, name: &str, a: &Value<'a>, b: &Value<'a>) -> Result<'a> {
    let (Some(first), Some(second)) = (a.items(), b.items()) else {
        return no_overload(name, &[a.clone(), b.clone()]);
    };
    run.spend((first.len() as u64).saturating_mul(second.len() as u64))?;
    let is_in = |item: &Value<'_>, all: &[Value<'_>]| all.iter().any(|other| other.equals(item));
    Ok(Value::Bool(match name {
        "contains" => second.iter().all(|item| is_in(item, &first)),
        "intersects" => second.iter().any(|item| is_in(item, &first)),
        _ => {
            second.iter().all(|item| is_in(item, &first))
                && first.iter().all(|item| is_in(item, &second))
        }
    }))
}
