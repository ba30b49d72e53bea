//! What does an unquoted scalar mean to the cluster, and do other readers agree?
//!
//! The cluster reads YAML as `kubectl` does (go-yaml v2 behind sigs.k8s.io/yaml). Where PyYAML or a
//! YAML 1.2 reader sees other data in the same text, the scalar is ambiguous and must be quoted
//! (facts/crates.md 1.4).

use super::Value;

/// An unquoted scalar as the cluster reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plain {
    /// The value the cluster sees.
    pub value: Value,
    /// Set when readers disagree.
    pub ambiguity: Option<Ambiguity>,
}

/// Why an unquoted scalar must not stay unquoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ambiguity {
    /// `yes`, `off`, `n`, …: a boolean in YAML 1.1, text in YAML 1.2.
    Boolean,
    /// `1_000`, `0o17`, `08`, `1e3`, …: a number to some readers, text to others, or another number.
    Number,
    /// `1:30`: 90 to YAML 1.1 readers.
    Sexagesimal,
    /// `2024-01-01`: a date to YAML 1.1 readers.
    Date,
    /// `.inf`, `.nan`: no JSON value, so the API server cannot hold it.
    NotFinite,
    /// `=`: a type of its own in YAML 1.1 that most readers refuse.
    DefaultKey,
}

impl Ambiguity {
    /// What the readers disagree about, to follow "`text` ".
    pub fn explain(self) -> &'static str {
        match self {
            Self::Boolean => "is a boolean to YAML 1.1 readers and a string to YAML 1.2 readers",
            Self::Number => "is a number to some YAML readers and a string to others",
            Self::Sexagesimal => "is a base-60 number to YAML 1.1 readers",
            Self::Date => "is a date to YAML 1.1 readers",
            Self::NotFinite => "is not a finite number, so no Kubernetes object can hold it",
            Self::DefaultKey => "is a special type in YAML 1.1 that most readers refuse",
        }
    }
}

/// Reads one unquoted scalar.
///
/// Plain without doubt: `null ~ Null NULL` and nothing, `true` and `false` in three cases, decimal
/// integers that fit 64 bits, decimals, and octal file modes (`0644`).
pub fn resolve(text: &str) -> Plain {
    let (value, ambiguity) = match text {
        "" | "~" | "null" | "Null" | "NULL" => (Value::Null, None),
        "true" | "True" | "TRUE" => (Value::Bool(true), None),
        "false" | "False" | "FALSE" => (Value::Bool(false), None),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            (Value::Bool(true), Some(Ambiguity::Boolean))
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            (Value::Bool(false), Some(Ambiguity::Boolean))
        }
        "=" => (text.into(), Some(Ambiguity::DefaultKey)),
        _ => match text.as_bytes()[0] {
            b'0'..=b'9' | b'+' | b'-' | b'.' => number(text),
            _ => (text.into(), None),
        },
    };
    Plain { value, ambiguity }
}

fn number(text: &str) -> (Value, Option<Ambiguity>) {
    if is_not_finite(text) {
        return (text.into(), Some(Ambiguity::NotFinite));
    }
    if is_date(text) {
        return (text.into(), Some(Ambiguity::Date));
    }
    if is_sexagesimal(text) {
        return (text.into(), Some(Ambiguity::Sexagesimal));
    }
    let (negative, digits) = match text.as_bytes()[0] {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if let Some(value) = integer(digits, negative) {
        return value;
    }
    float(text, digits)
}

/// Integers in every base go-yaml knows.
fn integer(digits: &str, negative: bool) -> Option<(Value, Option<Ambiguity>)> {
    let clean = digits.replace('_', "");
    let underscored = clean.len() != digits.len();
    let signed = |magnitude: i64| Value::Int(if negative { -magnitude } else { magnitude });
    let based = |prefix: &str, radix: u32| {
        clean
            .strip_prefix(prefix)
            .filter(|rest| {
                rest.bytes()
                    .next()
                    .is_some_and(|b| b.is_ascii_alphanumeric())
            })
            .and_then(|rest| i64::from_str_radix(rest, radix).ok())
            .map(signed)
    };
    for (prefix, radix, agreed) in [
        ("0x", 16, true),
        ("0b", 2, true),
        ("0X", 16, false),
        ("0o", 8, false),
        ("0O", 8, false),
    ] {
        if let Some(value) = based(prefix, radix) {
            return Some((value, (!agreed || underscored).then_some(Ambiguity::Number)));
        }
    }
    if clean.is_empty() || !clean.bytes().all(|b| b.is_ascii_digit()) || digits.starts_with('_') {
        return None;
    }
    if clean.len() > 1 && clean.starts_with('0') {
        return Some(match i64::from_str_radix(&clean, 8) {
            Ok(octal) => (signed(octal), underscored.then_some(Ambiguity::Number)),
            Err(_) => match clean.parse::<i64>() {
                Ok(decimal) => (signed(decimal), Some(Ambiguity::Number)),
                Err(_) => return None,
            },
        });
    }
    let value = format!("{}{clean}", if negative { "-" } else { "" });
    match value.parse::<i64>() {
        Ok(int) => Some((Value::Int(int), underscored.then_some(Ambiguity::Number))),
        // The cluster reads it as a 64-bit float and loses digits.
        Err(_) => match value.parse::<f64>() {
            Ok(float) if float.is_finite() => Some((Value::Float(float), Some(Ambiguity::Number))),
            _ => None,
        },
    }
}

fn float(text: &str, digits: &str) -> (Value, Option<Ambiguity>) {
    let clean = digits.replace('_', "");
    let underscored = clean.len() != digits.len();
    let (mantissa, exponent) = match clean.find(['e', 'E']) {
        Some(at) => (&clean[..at], Some(&clean[at + 1..])),
        None => (clean.as_str(), None),
    };
    let well_formed = mantissa.bytes().any(|b| b.is_ascii_digit())
        && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && mantissa.bytes().filter(|b| *b == b'.').count() <= 1
        && exponent.is_none_or(|e| {
            let e = e.strip_prefix(['+', '-']).unwrap_or(e);
            !e.is_empty() && e.bytes().all(|b| b.is_ascii_digit())
        });
    if !well_formed {
        return (text.into(), None);
    }
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let Ok(magnitude) = clean.parse::<f64>() else {
        return (text.into(), None);
    };
    if !magnitude.is_finite() {
        return (text.into(), Some(Ambiguity::Number));
    }
    // PyYAML wants a dot in the mantissa and a sign in the exponent to see a number.
    let agreed = !underscored
        && mantissa.contains('.')
        && exponent.is_none_or(|e| e.starts_with(['+', '-']));
    let value = sign * magnitude;
    let value = if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        // Go prints 1.0 and 1e3 as the integers 1 and 1000 (facts/crates.md 8.12).
        Value::Int(value as i64)
    } else {
        Value::Float(value)
    };
    (value, (!agreed).then_some(Ambiguity::Number))
}

fn is_not_finite(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(text, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

fn is_sexagesimal(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let mut any = false;
    let groups = parts.all(|part| {
        any = true;
        let whole = part.split_once('.').map_or(part, |(whole, _)| whole);
        (1..=2).contains(&whole.len()) && whole.bytes().all(|b| b.is_ascii_digit())
    });
    any && groups && !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let day = rest
        .find(|c: char| !c.is_ascii_digit())
        .map_or(rest, |end| &rest[..end]);
    let after = &rest[day.len()..];
    year.len() == 4
        && digits(year)
        && (1..=2).contains(&month.len())
        && digits(month)
        && (1..=2).contains(&day.len())
        && (after.is_empty() || (after.starts_with(['T', 't', ' ']) && after.contains(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> (Value, Option<Ambiguity>) {
        let Plain { value, ambiguity } = resolve(text);
        (value, ambiguity)
    }

    /// The rows of facts/crates.md 1.4, column `kubectl`.
    #[test]
    fn scalars_read_as_kubectl_reads_them() {
        use Ambiguity::*;
        for (text, value, ambiguity) in [
            ("yes", Value::Bool(true), Some(Boolean)),
            ("N", Value::Bool(false), Some(Boolean)),
            ("0555", Value::Int(0o555), None),
            ("08", Value::Int(8), Some(Number)),
            ("0o17", Value::Int(15), Some(Number)),
            ("0b11", Value::Int(3), None),
            ("-0x1F", Value::Int(-31), None),
            ("0O17", Value::Int(15), Some(Number)),
            ("1_000", Value::Int(1000), Some(Number)),
            ("685.230_15e+03", Value::Float(685_230.15), Some(Number)),
            ("1e3", Value::Int(1000), Some(Number)),
            ("1.0", Value::Int(1), None),
            ("1.", Value::Int(1), None),
            (".5", Value::Float(0.5), None),
            ("0.90", Value::Float(0.9), None),
            ("-7", Value::Int(-7), None),
            ("1:30", "1:30".into(), Some(Sexagesimal)),
            ("2024-01-01", "2024-01-01".into(), Some(Date)),
            (".inf", ".inf".into(), Some(NotFinite)),
            ("1e1000", "1e1000".into(), Some(Number)),
            (
                "12345678901234567890",
                Value::Float(12_345_678_901_234_567_890.0),
                Some(Number),
            ),
            ("=", "=".into(), Some(DefaultKey)),
        ] {
            assert_eq!(plain(text), (value, ambiguity), "{text}");
        }
    }

    #[test]
    fn ordinary_text_is_text() {
        for text in [
            "-",
            "--x",
            "1.2.3",
            "10Gi",
            "500m",
            "v1",
            "1-2",
            "nvidia.com/gpu",
            "tRuE",
            "+",
            ".",
            "-a",
            "0.1.0-dev",
            "10.0.0.1",
            "a:1",
            "e3",
        ] {
            assert_eq!(plain(text), (text.into(), None), "{text}");
        }
    }
}
