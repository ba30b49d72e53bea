//! Durations and points in time.

use super::super::evaluate::{Result, no_overload};
use super::super::value::Value;

const SECOND: i128 = 1_000_000_000;

/// Go's durations, such as `1h30m` or `-1.5s`, in nanoseconds.
pub(in crate::cel) fn duration(text: &str) -> Option<i128> {
    let (is_negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0 || fraction.contains('.') || whole.len() > 18 {
            return None;
        }
        let end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3_600 * SECOND,
            _ => return None,
        };
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        total = total.checked_add(whole.checked_mul(unit)?)?;
        let fraction = fraction.get(..fraction.len().min(12))?;
        if !fraction.is_empty() {
            let digits: i128 = fraction.parse().ok()?;
            total += digits * unit / 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        }
        rest = next;
    }
    (total <= i128::from(i64::MAX)).then_some(if is_negative { -total } else { total })
}

/// RFC 3339, in nanoseconds since 1970.
pub(in crate::cel) fn timestamp(text: &str) -> Option<i128> {
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        digits
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| digits.parse().ok())?
    };
    let is = |index: usize, among: &str| {
        text.as_bytes()
            .get(index)
            .is_some_and(|b| among.contains(char::from(*b)))
    };
    if ![(4, "-"), (7, "-"), (10, "Tt"), (13, ":"), (16, ":")]
        .iter()
        .all(|(at, c)| is(*at, c))
    {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut rest = text.get(19..)?;
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit())?;
        let digits = fraction
            .get(..end.min(9))
            .filter(|digits| !digits.is_empty())?;
        nanos = digits.parse::<i128>().ok()? * 10_i128.pow(9 - u32::try_from(digits.len()).ok()?);
        rest = fraction.get(end..)?;
    }
    let offset = match rest {
        "Z" | "z" => 0,
        _ => {
            let (sign, zone) = rest.split_at_checked(1)?;
            let (hours, minutes) = zone
                .split_once(':')
                .filter(|(h, m)| h.len() == 2 && m.len() == 2)?;
            let minutes =
                hours.parse::<u8>().ok()? as i64 * 60 + minutes.parse::<u8>().ok()? as i64;
            match sign {
                "+" => minutes,
                "-" => -minutes,
                _ => return None,
            }
        }
    };
    let seconds =
        days_since_1970(year, month, day) * 86_400 + hour * 3_600 + (minute - offset) * 60 + second;
    Some(i128::from(seconds) * SECOND + nanos)
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March put the leap day last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month, day and day of the year of a point in time.
fn date(days: i64) -> (i64, i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let since_january = days - 719_468 - days_since_1970(year, 1, 1);
    (year, month, day, since_january)
}

/// A point in time as RFC 3339 has it.
pub(super) fn shown_time(time: i128) -> String {
    let seconds = i64::try_from(time.div_euclid(SECOND)).unwrap_or_default();
    let (year, month, day, _) = date(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        of_day / 3_600,
        of_day / 60 % 60,
        of_day % 60
    )
}

/// A duration in seconds, as the language shows it.
pub(super) fn shown_duration(duration: i128) -> String {
    let (seconds, rest) = (duration / SECOND, (duration % SECOND).abs());
    if rest == 0 {
        return format!("{seconds}s");
    }
    let sign = if duration < 0 && seconds == 0 {
        "-"
    } else {
        ""
    };
    let fraction = format!("{rest:09}");
    format!("{sign}{seconds}.{}s", fraction.trim_end_matches('0'))
}

pub(super) fn member<'a>(name: &str, of: &Value<'_>) -> Result<'a> {
    let whole = |number: i128| i64::try_from(number).unwrap_or_default();
    let value = match of {
        Value::Duration(duration) => match name {
            "getHours" => whole(duration / (3_600 * SECOND)),
            "getMinutes" => whole(duration / (60 * SECOND)),
            "getSeconds" => whole(duration / SECOND),
            "getMilliseconds" => whole(duration / 1_000_000 % 1_000),
            _ => return no_overload(name, std::slice::from_ref(of)),
        },
        Value::Time(time) => {
            let seconds = whole(time.div_euclid(SECOND));
            let days = seconds.div_euclid(86_400);
            let (year, month, day, of_year) = date(days);
            let of_day = seconds.rem_euclid(86_400);
            match name {
                "getFullYear" => year,
                "getMonth" => month - 1,
                "getDate" => day,
                "getDayOfMonth" => day - 1,
                "getDayOfYear" => of_year,
                "getDayOfWeek" => (days + 4).rem_euclid(7),
                "getHours" => of_day / 3_600,
                "getMinutes" => of_day / 60 % 60,
                "getSeconds" => of_day % 60,
                "getMilliseconds" => whole(time.rem_euclid(SECOND) / 1_000_000),
                _ => return no_overload(name, std::slice::from_ref(of)),
            }
        }
        _ => return no_overload(name, std::slice::from_ref(of)),
    };
    Ok(Value::Int(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_times_are_read_as_go_reads_them() {
        assert_eq!(duration("1h30m"), Some(5_400 * SECOND));
        assert_eq!(duration("-1.5s"), Some(-3 * SECOND / 2));
        assert_eq!(duration("1ms"), Some(1_000_000));
        for wrong in ["", "1", "s", "1d", "1.2.3s", "--1s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        assert_eq!(timestamp("1970-01-02T00:00:01Z"), Some(86_401 * SECOND));
        assert_eq!(
            timestamp("2024-02-29T12:00:00.5+02:00"),
            Some(1_709_200_800 * SECOND + SECOND / 2)
        );
        for wrong in [
            "2023-02-29T00:00:00Z",
            "2024-01-01",
            "2024-01-01T00:00:00",
            "äää",
        ] {
            assert_eq!(timestamp(wrong), None, "{wrong}");
        }
        assert_eq!(shown_time(1_709_200_800 * SECOND), "2024-02-29T10:00:00Z");
    }
}
