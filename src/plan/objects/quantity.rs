//! How many bytes is a Kubernetes quantity, and which size comes next?

/// The bytes of a quantity such as `1200Gi` or `1.5T`, rounded up; nothing if it is not one.
pub(super) fn bytes(quantity: &str) -> Option<u128> {
    let end = quantity
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(quantity.len());
    let (number, suffix) = quantity.split_at(end);
    let unit: u128 = match suffix {
        "" => 1,
        "k" => 1000,
        "M" => 1000_u128.pow(2),
        "G" => 1000_u128.pow(3),
        "T" => 1000_u128.pow(4),
        "P" => 1000_u128.pow(5),
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "Pi" => 1 << 50,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || whole.len() > 18 || fraction.len() > 9 || fraction.contains('.') {
        return None;
    }
    let whole: u128 = whole.parse().ok()?;
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction: u128 = match fraction {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    Some(
        (whole * scale + fraction)
            .checked_mul(unit)?
            .div_ceil(scale),
    )
}

/// The smallest size that is `minimum` or a multiple of `step` and not below either `size` or `minimum`.
pub(super) fn round_up(size: u128, minimum: u128, step: u128) -> u128 {
    if size <= minimum {
        return minimum;
    }
    match step {
        0 => size,
        step => size.div_ceil(step) * step,
    }
}

/// A size in the largest binary unit that holds it whole, `Ti` only from 10 TiB on.
pub(super) fn display(size: u128) -> String {
    for (shift, suffix, least) in [(40, "Ti", 10), (30, "Gi", 1), (20, "Mi", 1), (10, "Ki", 1)] {
        let unit = 1_u128 << shift;
        if size.is_multiple_of(unit) && size / unit >= least {
            return format!("{}{suffix}", size / unit);
        }
    }
    size.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_bytes() {
        assert_eq!(bytes("1200Gi"), Some(1200 << 30));
        assert_eq!(bytes("1.5k"), Some(1500));
        assert_eq!(bytes("7"), Some(7));
        for odd in [
            "",
            "Gi",
            "-1Gi",
            "1gi",
            "1e3",
            "1..5",
            "1.2.3Gi",
            "999999999999999999999",
        ] {
            assert_eq!(bytes(odd), None, "{odd}");
        }
    }

    #[test]
    fn sizes_round_up_to_the_minimum_or_the_next_step() {
        let gi = |n: u128| n << 30;
        assert_eq!(round_up(gi(10), gi(1200), gi(2400)), gi(1200));
        assert_eq!(round_up(gi(1200), gi(1200), gi(2400)), gi(1200));
        assert_eq!(round_up(gi(1201), gi(1200), gi(2400)), gi(2400));
        assert_eq!(round_up(gi(4800), gi(1200), gi(2400)), gi(4800));
        assert_eq!(round_up(gi(5), 0, 0), gi(5));
        assert_eq!(display(gi(2400)), "2400Gi");
        assert_eq!(display(16 << 40), "16Ti");
        assert_eq!(display(1500), "1500");
    }
}
