//! How does the API server want names, labels, addresses and percentages written?

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::object::is_subdomain;
use crate::yaml::{Node, Value};

/// A DNS label: at most 63 lower-case letters, digits and `-`, with neither end a `-`.
pub(super) fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && !text.contains('.') && is_subdomain(text)
}

/// The value of a label: empty, or at most 63 letters, digits, `-`, `_` and `.` between letters or digits.
pub(super) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_name_part(text)
}

/// The key of a label, or another qualified name: a name with, perhaps, a DNS subdomain and `/` before it.
pub(super) fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_name_part(name),
        None => is_name_part(text),
    }
}

fn is_name_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    bytes.len() <= 63
        && is_edge(bytes.first())
        && is_edge(bytes.last())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// The name of a container's port: at most 15 lower-case letters, digits and `-`, at least one letter.
pub(super) fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && is_dns_label(text)
        && !text.contains("--")
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// What is wrong with a port that may be a number or a name.
pub(super) fn port_mistake(node: &Node) -> Option<String> {
    match &node.value {
        Value::Int(1..=65535) => None,
        Value::Int(number) => Some(format!("`{number}` is not in 1 to 65535")),
        Value::String(name) if is_port_name(name) => None,
        Value::String(name) => Some(format!("`{name}` is no name of a port")),
        _ => None,
    }
}

/// What a port's name must be like, for help.
pub(super) const PORT_NAME: &str =
    "port names have at most 15 lower-case letters, digits and single `-`, and at least one letter";

/// A count of pods or a share of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// So many.
    Count(i64),
    /// So many of a hundred.
    Percent(i64),
}

impl Share {
    /// Whether it is none.
    pub(super) fn is_zero(self) -> bool {
        matches!(self, Self::Count(0) | Self::Percent(0))
    }

    /// What a node gives, or what is wrong with it. Nothing for other types.
    pub(super) fn of(node: &Node) -> Option<Result<Self, String>> {
        Some(match &node.value {
            Value::Int(number) if *number < 0 => Err(format!("`{number}` is less than 0")),
            Value::Int(number) => Ok(Self::Count(*number)),
            Value::String(text) => {
                let digits = text
                    .strip_suffix('%')
                    .filter(|digits| !digits.is_empty())
                    .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
                match digits.and_then(|digits| digits.parse().ok()) {
                    Some(percent) => Ok(Self::Percent(percent)),
                    None => Err(format!(
                        "`{text}` is neither a whole number nor a percentage"
                    )),
                }
            }
            _ => return None,
        })
    }
}

/// A block of addresses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cidr {
    first: u128,
    /// How many of 128 bits are the network's.
    prefix: u32,
    is_v4: bool,
}

impl Cidr {
    /// Reads `10.0.0.0/8` or `fd00::/8`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let length: u32 = length.parse().ok()?;
        let (bits, is_v4) = match address.parse().ok()? {
            IpAddr::V4(address) => (v4_bits(address), true),
            IpAddr::V6(address) => (v6_bits(address), false),
        };
        let prefix = if is_v4 {
            length.checked_add(96)?
        } else {
            length
        };
        (prefix <= 128).then(|| Self {
            first: bits & mask(prefix),
            prefix,
            is_v4,
        })
    }

    /// Whether another block lies inside and is smaller.
    pub(super) fn has_inside(self, other: Self) -> bool {
        self.is_v4 == other.is_v4
            && other.prefix > self.prefix
            && other.first & mask(self.prefix) == self.first
    }
}

fn v4_bits(address: Ipv4Addr) -> u128 {
    u128::from(u32::from(address))
}

fn v6_bits(address: Ipv6Addr) -> u128 {
    u128::from(address)
}

fn mask(prefix: u32) -> u128 {
    u128::MAX
        .checked_shl(128_u32.saturating_sub(prefix))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_know_what_lies_inside() {
        let block = |text| Cidr::parse(text).unwrap();
        assert!(block("10.0.0.0/8").has_inside(block("10.1.0.0/16")));
        assert!(!block("10.0.0.0/8").has_inside(block("10.0.0.0/8")));
        assert!(!block("10.0.0.0/8").has_inside(block("11.0.0.0/16")));
        assert!(block("0.0.0.0/0").has_inside(block("169.254.169.254/32")));
        assert!(block("::/0").has_inside(block("fd00::/8")));
        assert!(!block("::/0").has_inside(block("10.0.0.0/8")));
        for text in [
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/8",
            "x/8",
            "10.0.0.0/",
            "::/129",
            "10.0.0.0/+8",
        ] {
            assert!(Cidr::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn names_are_read_as_the_api_server_reads_them() {
        for name in ["http", "grpc-web", "8000a", "p-8"] {
            assert!(is_port_name(name), "{name}");
        }
        for name in ["", "8000", "Http", "a--b", "-a", "abcdefghijklmnop"] {
            assert!(!is_port_name(name), "{name}");
        }
        for key in ["app", "nvidia.com/dynamo-component", "A.b_c"] {
            assert!(is_qualified_name(key), "{key}");
        }
        for key in ["", "/a", "a/", "a/b/c", "Upper.com/x", "a b"] {
            assert!(!is_qualified_name(key), "{key}");
        }
        assert!(is_label_value(""));
        assert!(!is_label_value("a b"));
    }
}
