//! Can a ConfigMap or Secret be stored, and read by those who know its type?

use std::borrow::Cow;

use super::{Object, entries, field, step, text};
use crate::rules;
use crate::yaml::Node;

pub(super) fn check(object: &mut Object<'_, '_>) {
    let data = &object.manifest.object;
    let is_secret = object.kind() == "Secret";
    if is_secret {
        check_type(object, data);
        return;
    }
    let [text, binary] = ["data", "binaryData"];
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
