//! What does an unquoted scalar mean to the cluster, and do other readers agree?
//!
//! The cluster reads YAML as `kubectl` does (go-yaml v2 behind sigs.k8s.io/yaml). Where PyYAML or a
//! YAML 1.2 reader sees other data in the same text, the scalar is ambiguous and must be quoted;
//! docs/guarantees.md says why.

use std::borrow::Cow;

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
    if let Some(number) = small_decimal(text) {
        return (Value::Int(number), None);
    }
    if is_not_finite(text) {
        return (text.into(), Some(Ambiguity::NotFinite));
    }
    if is_date(text) {
        return (text.into(), Some(Ambiguity::Date));
    }
    if is_sexagesimal(text) {
        return (text.into(), Some(Ambiguity::Sexagesimal));
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = if digits.contains('_') {
        Cow::Owned(digits.replace('_', ""))
    } else {
        Cow::Borrowed(digits)
    };
    let spelling = Spelling {
        text,
        negative: text.starts_with('-'),
        signed: text.starts_with(['+', '-']),
        underscored: matches!(digits, Cow::Owned(_)),
        digits: &digits,
    };
    spelling.based().unwrap_or_else(|| spelling.decimal())
}

/// What nearly every number in a manifest is, without a second look.
fn small_decimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let is_canonical = match digits {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.len() < 18 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    is_canonical.then(|| text.parse().ok()).flatten()
}

/// A text that may be a number.
struct Spelling<'a> {
    text: &'a str,
    negative: bool,
    signed: bool,
    underscored: bool,
    /// The text without its sign and without underscores.
    digits: &'a str,
}

impl Spelling<'_> {
    /// Whole numbers with a prefix for their base, in every form go-yaml knows.
    fn based(&self) -> Option<(Value, Option<Ambiguity>)> {
        let bytes = self.digits.as_bytes();
        let radix = match bytes {
            [b'0', b'x' | b'X', _, ..] => 16,
            [b'0', b'o' | b'O', _, ..] => 8,
            [b'0', b'b' | b'B', _, ..] => 2,
            // `0x_`: PyYAML takes it for a number and fails.
            [b'0', b'x' | b'b'] if self.underscored => {
                return Some((self.text.into(), Some(Ambiguity::Number)));
            }
            _ => return None,
        };
        let rest = &bytes[2..];
        if bytes.starts_with(b"0b") && !self.signed && matches!(rest[0], b'+' | b'-') {
            // go-yaml takes the sign after the prefix, too.
            let int = i64::from_str_radix(&self.digits[2..], 2).ok()?;
            return Some((Value::Int(int), Some(Ambiguity::Number)));
        }
        let are_digits = |bytes: &[u8]| bytes.iter().all(|b| char::from(*b).is_digit(radix));
        if let [b'+' | b'-', rest @ ..] = rest
            && bytes[1] == b'o'
            && !rest.is_empty()
            && are_digits(rest)
        {
            // go-yaml v3 takes the sign after the prefix; the cluster's reader does not.
            return Some((self.text.into(), Some(Ambiguity::Number)));
        }
        if !are_digits(rest) {
            return None;
        }
        let magnitude = u128::from_str_radix(&self.digits[2..], radix).ok();
        let agreed = bytes[1] == b'x' && !self.signed;
        Some(self.whole(magnitude, agreed))
    }

    /// Legacy octal, whole numbers and the rest.
    fn decimal(&self) -> (Value, Option<Ambiguity>) {
        let bytes = self.digits.as_bytes();
        let is_whole = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
        if is_whole && bytes.len() > 1 && bytes[0] == b'0' {
            if let Ok(magnitude) = u64::from_str_radix(self.digits, 8) {
                return self.whole(Some(magnitude.into()), true);
            }
        } else if is_whole && let Ok(magnitude) = self.digits.parse::<u64>() {
            return self.whole(Some(magnitude.into()), true);
        }
        self.float()
    }

    /// A whole number: the cluster reads up to 64 bits, and text beyond.
    fn whole(&self, magnitude: Option<u128>, agreed: bool) -> (Value, Option<Ambiguity>) {
        let ambiguous = Some(Ambiguity::Number);
        let int = magnitude
            .and_then(|magnitude| i128::try_from(magnitude).ok())
            .map(|magnitude| if self.negative { -magnitude } else { magnitude });
        let Some(int) = int else {
            return (self.text.into(), ambiguous);
        };
        if let Ok(int) = i64::try_from(int) {
            let agreed = agreed && !self.underscored;
            return (Value::Int(int), if agreed { None } else { ambiguous });
        }
        match u64::try_from(int) {
            // JSON has no integers of this size: it becomes a float and loses digits.
            Ok(_) => (Value::Float(int as f64), ambiguous),
            Err(_) if self.digits.starts_with('0') => (self.text.into(), ambiguous),
            Err(_) => self.float(),
        }
    }

    fn float(&self) -> (Value, Option<Ambiguity>) {
        let (mantissa, exponent) = match self.digits.find(['e', 'E']) {
            Some(at) => (&self.digits[..at], Some(&self.digits[at + 1..])),
            None => (self.digits, None),
        };
        let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_number = are_digits(whole)
            && are_digits(fraction)
            && !(whole.is_empty() && fraction.is_empty())
            && exponent.is_none_or(|exponent| {
                let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
                !exponent.is_empty() && are_digits(exponent)
            });
        if !is_number {
            return (self.text.into(), None);
        }
        let magnitude = self.digits.parse::<f64>().unwrap_or(f64::INFINITY);
        if !magnitude.is_finite() {
            return (self.text.into(), Some(Ambiguity::Number));
        }
        if self.text.starts_with('.') && !underscores_part_digits(self.text) {
            // Readers in Python and JavaScript see a number all the same.
            return (self.text.into(), Some(Ambiguity::Number));
        }
        // PyYAML sees a number only where the mantissa has a point, the exponent a sign, and a sign of the
        // whole is followed by a digit.
        let agreed = !self.underscored
            && mantissa.contains('.')
            && !(self.signed && whole.is_empty())
            && exponent.is_none_or(|exponent| exponent.starts_with(['+', '-']));
        let value = Value::from(if self.negative { -magnitude } else { magnitude });
        (value, (!agreed).then_some(Ambiguity::Number))
    }
}

/// Whether every underscore stands between two digits, as Go wants it in a number that begins with a point.
fn underscores_part_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    (0..bytes.len())
        .filter(|at| bytes[*at] == b'_')
        .all(|at| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1)))
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
        matches!(whole.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
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

    /// What `kubectl patch --local -o json` prints for each text.
    #[test]
    fn scalars_read_as_kubectl_reads_them() {
        use Ambiguity::*;
        for (text, value, ambiguity) in [
            ("yes", Value::Bool(true), Some(Boolean)),
            ("N", Value::Bool(false), Some(Boolean)),
            ("0555", Value::Int(0o555), None),
            ("08", Value::Int(8), Some(Number)),
            ("0o17", Value::Int(15), Some(Number)),
            ("0o-12", "0o-12".into(), Some(Number)),
            ("0x1F", Value::Int(31), None),
            ("0b11", Value::Int(3), Some(Number)),
            ("0B11", Value::Int(3), Some(Number)),
            ("-0x1F", Value::Int(-31), Some(Number)),
            (
                "0xFFFFFFFFFFFFFFFF",
                Value::Float(18_446_744_073_709_551_615.0),
                Some(Number),
            ),
            (
                "0x10000000000000000",
                "0x10000000000000000".into(),
                Some(Number),
            ),
            ("-9223372036854775808", Value::Int(i64::MIN), None),
            ("0888", Value::Int(888), Some(Number)),
            ("012.5", Value::Float(12.5), None),
            ("-_1", Value::Int(-1), Some(Number)),
            ("0b-01", Value::Int(-1), Some(Number)),
            ("0x_", "0x_".into(), Some(Number)),
            (".5_0", Value::Float(0.5), Some(Number)),
            ("._5", "._5".into(), Some(Number)),
            (".5_", ".5_".into(), Some(Number)),
            ("0O17", Value::Int(15), Some(Number)),
            ("1_000", Value::Int(1000), Some(Number)),
            ("685.230_15e+03", Value::Float(685_230.15), Some(Number)),
            ("1e3", Value::Int(1000), Some(Number)),
            ("1.0", Value::Int(1), None),
            ("1.", Value::Int(1), None),
            (".5", Value::Float(0.5), None),
            ("-.5", Value::Float(-0.5), Some(Number)),
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
            "8080:80",
            "0b2",
            "0x",
            "e3",
        ] {
            assert_eq!(plain(text), (text.into(), None), "{text}");
        }
    }
}
