//! URLs, IP addresses and ranges of them.

use std::net::{IpAddr, Ipv6Addr};

use super::super::evaluate::{Result, error, no_overload};
use super::super::value::Value;

/// An IP address; zones and IPv4 inside IPv6 are no addresses to Kubernetes.
pub(in crate::cel) fn ip(text: &str) -> Option<IpAddr> {
    let ip: IpAddr = text.parse().ok()?;
    let is_mapped = matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some());
    (!is_mapped).then_some(ip)
}

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    ip: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// Reads a range such as `10.0.0.0/8`.
    pub(in crate::cel) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let ip = ip(address)?;
        let is_plain = prefix == "0" || !prefix.starts_with(['0', '+']);
        let prefix: u8 = prefix.parse().ok().filter(|_| is_plain)?;
        (prefix <= Self::bits(ip)).then_some(Self { ip, prefix })
    }

    fn bits(ip: IpAddr) -> u8 {
        if ip.is_ipv4() { 32 } else { 128 }
    }

    /// The address with all bits behind the prefix cleared.
    fn masked(ip: IpAddr, prefix: u8) -> IpAddr {
        match ip {
            IpAddr::V4(ip) => {
                let mask = u32::MAX
                    .checked_shl(u32::from(32 - prefix.min(32)))
                    .unwrap_or(0);
                IpAddr::V4((ip.to_bits() & mask).into())
            }
            IpAddr::V6(ip) => {
                let mask = u128::MAX
                    .checked_shl(u32::from(128 - prefix.min(128)))
                    .unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & mask))
            }
        }
    }

    fn contains(self, ip: IpAddr) -> bool {
        ip.is_ipv4() == self.ip.is_ipv4()
            && Self::masked(ip, self.prefix) == Self::masked(self.ip, self.prefix)
    }

    pub(super) fn shown(self) -> String {
        format!("{}/{}", self.ip, self.prefix)
    }
}

pub(super) fn ip_member<'a>(name: &str, ip: IpAddr) -> Result<'a> {
    let is_link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80,
    };
    let is_local_multicast = match ip {
        IpAddr::V4(ip) => ip.octets()[..3] == [224, 0, 0],
        IpAddr::V6(ip) => ip.segments()[0] & 0xff0f == 0xff02,
    };
    let is_broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    Ok(match name {
        "family" => Value::Int(if ip.is_ipv4() { 4 } else { 6 }),
        "isUnspecified" => Value::Bool(ip.is_unspecified()),
        "isLoopback" => Value::Bool(ip.is_loopback()),
        "isLinkLocalMulticast" => Value::Bool(is_local_multicast),
        "isLinkLocalUnicast" => Value::Bool(is_link_local),
        "isGlobalUnicast" => Value::Bool(
            !is_broadcast
                && !ip.is_unspecified()
                && !ip.is_loopback()
                && !ip.is_multicast()
                && !is_link_local,
        ),
        _ => return no_overload(name, &[Value::Ip(ip)]),
    })
}

pub(super) fn cidr_member<'a>(name: &str, cidr: Cidr, arguments: &[Value<'_>]) -> Result<'a> {
    let other = match arguments {
        [Value::String(text)] => Some(match name {
            "containsIP" => ip(text).map(Value::Ip),
            _ => Cidr::parse(text).map(Value::Cidr),
        }),
        [value @ (Value::Ip(_) | Value::Cidr(_))] => Some(Some(value.clone())),
        _ => None,
    };
    Ok(match (name, other) {
        ("containsIP" | "containsCIDR", Some(None)) => return error("it is no address"),
        ("containsIP", Some(Some(Value::Ip(ip)))) => Value::Bool(cidr.contains(ip)),
        ("containsCIDR", Some(Some(Value::Cidr(other)))) => {
            Value::Bool(cidr.prefix <= other.prefix && cidr.contains(other.ip))
        }
        ("ip", None) => Value::Ip(cidr.ip),
        ("masked", None) => Value::Cidr(Cidr {
            ip: Cidr::masked(cidr.ip, cidr.prefix),
            ..cidr
        }),
        ("prefixLength", None) => Value::Int(cidr.prefix.into()),
        _ => return no_overload(name, &[Value::Cidr(cidr)]),
    })
}

/// A URL with a scheme, or an absolute path (Go's `url.ParseRequestURI`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    scheme: String,
    host: String,
    path: String,
    query: String,
}

impl Url {
    pub(in crate::cel) fn parse(text: &str) -> Option<Self> {
        let is_control = text.bytes().any(|b| b < 0x20 || b == 0x7f || b == b' ');
        if text.is_empty() || is_control || !escapes_are_whole(text) {
            return None;
        }
        let (scheme, rest) = match text.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
            _ if text.starts_with('/') => (String::new(), text),
            _ => return None,
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None if rest.starts_with('/') => ("", rest),
            // `mailto:a@b` has neither host nor path.
            None if !scheme.is_empty() => ("", ""),
            None => return None,
        };
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let port = match host.strip_prefix('[') {
            Some(inner) => inner.split_once(']')?.1,
            None => host.find(':').map_or("", |at| &host[at..]),
        };
        let is_port =
            port.is_empty() || port.strip_prefix(':')?.bytes().all(|b| b.is_ascii_digit());
        is_port.then(|| Self {
            scheme,
            host: host.into(),
            path: path.into(),
            query: query.into(),
        })
    }

    fn port(&self) -> &str {
        let after = self
            .host
            .rsplit_once(']')
            .map_or(self.host.as_str(), |(_, after)| after);
        after.rsplit_once(':').map_or("", |(_, port)| port)
    }

    fn hostname(&self) -> &str {
        match self.host.strip_prefix('[') {
            Some(inner) => inner.split_once(']').map_or(inner, |(name, _)| name),
            None => self
                .host
                .split_once(':')
                .map_or(&self.host, |(name, _)| name),
        }
    }

    pub(super) fn shown(&self) -> String {
        let scheme = if self.scheme.is_empty() {
            String::new()
        } else {
            format!("{}://", self.scheme)
        };
        let query = if self.query.is_empty() {
            String::new()
        } else {
            format!("?{}", self.query)
        };
        format!("{scheme}{}{}{query}", self.host, self.path)
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

fn escapes_are_whole(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    bytes
        .iter()
        .enumerate()
        .all(|(at, b)| *b != b'%' || is_hex(at + 1) && is_hex(at + 2))
}

pub(super) fn url_member<'a>(name: &str, url: &std::rc::Rc<Url>) -> Result<'a> {
    Ok(match name {
        "getScheme" => Value::text(url.scheme.as_str()),
        "getHost" => Value::text(url.host.as_str()),
        "getHostname" => Value::text(url.hostname()),
        "getPort" => Value::text(url.port()),
        "getEscapedPath" => Value::text(url.path.as_str()),
        "getQuery" => {
            let mut entries: Vec<(String, Vec<Value<'a>>)> = Vec::new();
            for pair in url.query.split('&').filter(|pair| !pair.is_empty()) {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                match entries.iter_mut().find(|(known, _)| known == key) {
                    Some((_, values)) => values.push(Value::text(value)),
                    None => entries.push((key.into(), vec![Value::text(value)])),
                }
            }
            let entries = entries
                .into_iter()
                .map(|(key, values)| (Value::text(key), Value::list(values)));
            Value::Map(std::rc::Rc::new(entries.collect()))
        }
        _ => return no_overload(name, &[Value::Url(url.clone())]),
    })
}
