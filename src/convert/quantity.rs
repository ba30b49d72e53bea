//! Is a text a quantity that Kubernetes can read, and how much is it?
//!
//! The grammar is that of the API server: a decimal number with a sign, and one of the suffixes `n` … `E`,
//! `Ki` … `Ei` or an exponent.

use crate::yaml::{Node, Value};

/// What to write instead of what is no quantity.
pub(super) const HELP: &str =
    "write a number with a suffix and without a space, such as `64Gi`, `2` or `500m`";

/// The amount a node gives: a number, or text in the grammar of quantities.
pub(super) fn amount(node: &Node) -> Option<f64> {
    match &node.value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::String(text) => parse(text),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// The amount a text gives.
fn parse(text: &str) -> Option<f64> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')))
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    if digits.contains(['+', '-']) || !digits.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: f64 = number.parse().ok()?;
    Some(number * scale(suffix)?)
}

fn scale(suffix: &str) -> Option<f64> {
    Some(match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 2f64.powi(10),
        "Mi" => 2f64.powi(20),
        "Gi" => 2f64.powi(30),
        "Ti" => 2f64.powi(40),
        "Pi" => 2f64.powi(50),
        "Ei" => 2f64.powi(60),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            10f64.powi(exponent.parse::<i16>().ok()?.into())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_as_the_api_server_reads_them() {
        for (text, amount) in [
            ("8", 8.0),
            ("80Gi", 80.0 * 1024.0 * 1024.0 * 1024.0),
            ("500m", 0.5),
            ("1e3", 1000.0),
            ("1E-2", 0.01),
            ("2E", 2e18),
            (".5", 0.5),
            ("+1.", 1.0),
            ("-1", -1.0),
            ("0Gi", 0.0),
        ] {
            assert_eq!(parse(text), Some(amount), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        for text in [
            "", "Gi", "8GiB", "8 Gi", "1.2.3", "${GPU}", "--1", "1-2", "e3", "8gi", ".",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
