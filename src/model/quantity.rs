//! How much is a Kubernetes quantity?
//!
//! The grammar is that of the API server: a decimal number with a sign, and one of the suffixes `n` … `E`,
//! `Ki` … `Ei` or an exponent. What is below a billionth is rounded up, as the API server does.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul, Sub};

use crate::yaml::{Node, Value};

/// An exact amount, in billionths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i128);

const ONE: i128 = 1_000_000_000;

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Self(i128::from(number) * ONE)
    }

    /// The amount a node gives: a number, or text in the grammar of quantities.
    pub fn of(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Int(number) => Some(Self::whole(*number)),
            Value::Float(number) => Self::parse(&number.to_string()),
            Value::String(text) => Self::parse(text),
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The amount a text gives; nothing if it is no quantity, or one that no machine has.
    pub fn parse(text: &str) -> Option<Self> {
        let end = text
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')))
            .unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        let is_negative = number.starts_with('-');
        let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let is_number = are_digits(whole) && are_digits(fraction);
        if !is_number || whole.len() + fraction.len() == 0 || whole.len() + fraction.len() > 18 {
            return None;
        }
        let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
        let (base, exponent) = unit(suffix)?;
        // The value is `mantissa * base * 10^power` billionths.
        let power = exponent + 9 - i32::try_from(fraction.len()).ok()?;
        let scaled = mantissa.checked_mul(base)?;
        let amount = match u32::try_from(power) {
            Ok(power) => scaled.checked_mul(10_i128.checked_pow(power)?)?,
            Err(_) => match 10_i128.checked_pow(power.unsigned_abs()) {
                Some(divisor) => (scaled + divisor - 1) / divisor,
                None => i128::from(scaled != 0),
            },
        };
        Some(Self(if is_negative { -amount } else { amount }))
    }

    /// Whether it is a whole number.
    pub fn is_whole(self) -> bool {
        self.0 % ONE == 0
    }

    /// The whole number, rounded up.
    pub fn ceil(self) -> i128 {
        self.0.div_euclid(ONE) + i128::from(self.0.rem_euclid(ONE) != 0)
    }

    /// How many times `other` fits into it; nothing if that is without end.
    pub fn times(self, other: Self) -> Option<i128> {
        (other.0 > 0).then(|| self.0.max(0) / other.0)
    }

    /// Whether it is a multiple of another.
    pub fn is_multiple_of(self, other: Self) -> bool {
        other.0 != 0 && self.0 % other.0 == 0
    }
}

/// The factor of a suffix: a power of two, and an exponent of ten.
fn unit(suffix: &str) -> Option<(i128, i32)> {
    Some(match suffix {
        "" => (1, 0),
        "n" => (1, -9),
        "u" => (1, -6),
        "m" => (1, -3),
        "k" => (1, 3),
        "M" => (1, 6),
        "G" => (1, 9),
        "T" => (1, 12),
        "P" => (1, 15),
        "E" => (1, 18),
        "Ki" => (1 << 10, 0),
        "Mi" => (1 << 20, 0),
        "Gi" => (1 << 30, 0),
        "Ti" => (1 << 40, 0),
        "Pi" => (1 << 50, 0),
        "Ei" => (1 << 60, 0),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            (1, exponent.parse::<i16>().ok()?.into())
        }
    })
}

impl Add for Quantity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Quantity {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<i64> for Quantity {
    type Output = Self;

    fn mul(self, times: i64) -> Self {
        Self(self.0.saturating_mul(times.into()))
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// In the shortest form that people write: `1500m`, `80Gi`, `8`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 % ONE != 0 {
            let thousandths = ONE / 1000;
            return match self.0 % thousandths {
                0 => write!(f, "{}m", self.0 / thousandths),
                _ => write!(f, "{}n", self.0),
            };
        }
        let whole = self.0 / ONE;
        for (power, suffix) in [(50, "Pi"), (40, "Ti"), (30, "Gi"), (20, "Mi"), (10, "Ki")] {
            if whole != 0 && whole % (1 << power) == 0 {
                return write!(f, "{}{suffix}", whole >> power);
            }
        }
        write!(f, "{whole}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_as_the_api_server_reads_them() {
        for (text, billionths) in [
            ("8", 8 * ONE),
            ("80Gi", (80 << 30) * ONE),
            ("1.5Gi", (3 << 29) * ONE),
            ("500m", ONE / 2),
            ("1e3", 1000 * ONE),
            ("1E-2", ONE / 100),
            ("2E", 2_000_000_000_000_000_000 * ONE),
            (".5", ONE / 2),
            ("+1.", ONE),
            ("-1", -ONE),
            ("0Gi", 0),
            ("1n", 1),
            ("0.1n", 1),
            ("1e-400", 1),
        ] {
            assert_eq!(Quantity::parse(text), Some(Quantity(billionths)), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        for text in [
            "",
            "Gi",
            "8GiB",
            "8 Gi",
            "1.2.3",
            "${GPU}",
            "--1",
            "1-2",
            "e3",
            "8gi",
            ".",
            "1e99",
            "9999999999999999999",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_are_shown_as_people_write_them() {
        for (text, shown) in [
            ("1500m", "1500m"),
            ("81920Mi", "80Gi"),
            ("1000", "1000"),
            ("2.0", "2"),
            ("1024", "1Ki"),
        ] {
            assert_eq!(Quantity::parse(text).unwrap().to_string(), shown, "{text}");
        }
    }
}
