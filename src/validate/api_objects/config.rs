//! Can a ConfigMap or Secret be stored, and read by those who know its type?

use std::borrow::Cow;

use super::{Object, entries, field, step, text};
use crate::model::object::LONGEST_NAME;
use crate::rules;
use crate::yaml::{Entry, Node};

/// How many bytes of data an object may hold.
const MOST_BYTES: usize = 1024 * 1024;

pub(super) fn check(object: &mut Object<'_, '_>) {
    let data = &object.manifest.object;
    let is_secret = object.kind() == "Secret";
    let maps = if is_secret {
        ["data", "stringData"]
    } else {
        ["data", "binaryData"]
    };
    let mut bytes = 0_usize;
    for map in maps {
        for entry in entries(data, map) {
            let held = entry.value.as_str().map_or(0, str::len);
            bytes += match map {
                "binaryData" => held / 4 * 3,
                "data" if is_secret => held / 4 * 3,
                _ => held,
            };
            check_key(object, map, entry);
        }
    }
    if bytes > MOST_BYTES {
        object.report(
            &rules::CONFIG_SIZE,
            format_args!("/data"),
            format!("the object holds {bytes} bytes, more than {MOST_BYTES}"),
            "put large files into a volume or an image",
        );
    }
    if is_secret {
        check_type(object, data);
        return;
    }
    let [text, binary] = maps;
    for entry in entries(data, binary) {
        if data.get(text).and_then(|map| map.get(&entry.key)).is_some() {
            object.report(
                &rules::CONFIG_KEY,
                format_args!("/{binary}/{}", step(&entry.key)),
                format!("`{}` stands in `{text}` and in `{binary}`", entry.key),
                "keep one of them",
            );
            object.point_at(entry.key_origin);
        }
    }
}

fn check_key(object: &mut Object<'_, '_>, map: &str, entry: &Entry) {
    let key = entry.key.as_str();
    let is_name = key
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let fits = is_name && !key.is_empty() && key.len() <= LONGEST_NAME;
    if !fits || key == "." || key.starts_with("..") {
        object.report(
            &rules::CONFIG_KEY,
            format_args!("/{map}/{}", step(key)),
            format!("`{key}` cannot be a key"),
            "use letters, digits, `-`, `_` and `.`; a volume can put a key at another path with `items`",
        );
        object.point_at(entry.key_origin);
    }
}

fn check_type(object: &mut Object<'_, '_>, secret: &Node) {
    let Some(kind) = text(secret, "type") else {
        return;
    };
    let has = |key: &str| {
        ["data", "stringData"]
            .iter()
            .any(|map| secret.get(map).and_then(|map| field(map, key)).is_some())
    };
    let required: &[&str] = match kind {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        _ => &[],
    };
    for key in required {
        if !has(key) {
            object.report(
                &rules::SECRET_TYPE,
                format_args!("/type"),
                format!("a Secret of the type `{kind}` needs the key `{key}`"),
                "add it, or leave `type` out",
            );
        } else if key.starts_with(".docker") && !is_json(secret, key) {
            object.report(
                &rules::SECRET_TYPE,
                format_args!("/type"),
                format!("`{key}` is not JSON, as `{kind}` needs it"),
                "make it with `kubectl create secret docker-registry`",
            );
        }
    }
    if kind == "kubernetes.io/basic-auth" && !has("username") && !has("password") {
        object.report(
            &rules::SECRET_TYPE,
            format_args!("/type"),
            format!("a Secret of the type `{kind}` needs `username` or `password`"),
            "add one, or leave `type` out",
        );
    }
    let account = [
        "metadata",
        "annotations",
        "kubernetes.io/service-account.name",
    ];
    if kind == "kubernetes.io/service-account-token"
        && secret
            .at(&account)
            .and_then(Node::as_str)
            .unwrap_or("")
            .is_empty()
    {
        object.report(
            &rules::SECRET_TYPE,
            format_args!("/type"),
            "a Secret for a token must name its account",
            "add the annotation `kubernetes.io/service-account.name`",
        );
    }
}

/// Whether a key holds JSON; what is not base64 is the schema's.
fn is_json(secret: &Node, key: &str) -> bool {
    let plain = secret.get("stringData").and_then(|map| text(map, key));
    let encoded = secret.get("data").and_then(|map| text(map, key));
    let bytes = match (plain, encoded) {
        (Some(plain), _) => Cow::Borrowed(plain.as_bytes()),
        (None, Some(encoded)) => match decode(encoded) {
            Some(bytes) => Cow::Owned(bytes),
            None => return true,
        },
        (None, None) => return true,
    };
    serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok()
}

/// The bytes behind base64.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in text
        .bytes()
        .filter(|b| !b.is_ascii_whitespace() && *b != b'=')
    {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(six)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read() {
        assert_eq!(decode("e30=").as_deref(), Some(b"{}".as_slice()));
        assert_eq!(
            decode("eyJhIjoxfQ==").as_deref(),
            Some(br#"{"a":1}"#.as_slice())
        );
        assert_eq!(decode("e3-="), None);
        assert_eq!(decode("").as_deref(), Some(b"".as_slice()));
    }
}
