//! Does a network policy say who may talk to whom?

use super::syntax::{Cidr, PORT_NAME, port_mistake};
use super::{Object, field, int, items, text};
use crate::rules;
use crate::yaml::Node;

pub(super) fn check(object: &mut Object<'_, '_>) {
    let Some(spec) = object.spec() else { return };
    let types = || items(spec, "policyTypes").filter_map(|(_, kind)| kind.as_str());
    if types().count() > 2 {
        object.report(
            &rules::NETWORK_POLICY,
            format_args!("/spec/policyTypes"),
            "there are more than two policy types",
            "name `Ingress` and `Egress` once each",
        );
    }
    for (key, peers, direction) in [("ingress", "from", "Ingress"), ("egress", "to", "Egress")] {
        let rules = items(spec, key).count();
        if rules > 0 && types().count() > 0 && !types().any(|kind| kind == direction) {
            object.report(
                &rules::NETWORK_POLICY_UNUSED,
                format_args!("/spec/{key}"),
                format!("`policyTypes` does not name `{direction}`, so these rules do nothing"),
                format!("add `{direction}` to `policyTypes`"),
            );
        }
        for (index, rule) in items(spec, key) {
            for (nth, port) in items(rule, "ports") {
                check_port(object, port, &|| format!("/spec/{key}/{index}/ports/{nth}"));
            }
            for (nth, peer) in items(rule, peers) {
                check_peer(object, peer, &|| {
                    format!("/spec/{key}/{index}/{peers}/{nth}")
                });
            }
        }
    }
}

fn check_port(object: &mut Object<'_, '_>, port: &Node, at: &dyn Fn() -> String) {
    let number = field(port, "port");
    if let Some(mistake) = number.and_then(port_mistake) {
        object.report(
            &rules::NETWORK_POLICY,
            format_args!("{}/port", at()),
            format!("`port`: {mistake}"),
            match number.and_then(Node::as_str) {
                Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => {
                    "write the number without quotes".to_owned()
                }
                _ => format!("give a number, or the name of a container's port: {PORT_NAME}"),
            },
        );
    }
    let Some(last) = int(port, "endPort") else {
        return;
    };
    let (message, help) = match number {
        None => (
            "`endPort` needs a `port`".to_owned(),
            "give the first port of the range in `port`",
        ),
        Some(number) => match number.as_int() {
            None => (
                "`endPort` needs a `port` that is a number".to_owned(),
                "give the first port of the range as a number",
            ),
            Some(first) if last < first => (
                format!("`endPort`, {last}, is less than `port`, {first}"),
                "give the last port of the range",
            ),
            Some(_) => return,
        },
    };
    object.report(
        &rules::NETWORK_POLICY,
        format_args!("{}/endPort", at()),
        message,
        help,
    );
}

fn check_peer(object: &mut Object<'_, '_>, peer: &Node, at: &dyn Fn() -> String) {
    if peer.as_map().is_none() {
        return;
    }
    let has = |key: &str| field(peer, key).is_some();
    let has_selector = has("podSelector") || has("namespaceSelector");
    let Some(block) = field(peer, "ipBlock") else {
        let is_misspelt = peer.as_map().is_some_and(|map| map.iter().len() > 0);
        if !has_selector && !is_misspelt {
            object.report(
                &rules::NETWORK_POLICY,
                format_args!("{}", at()),
                "a peer must say who it is",
                "add `podSelector`, `namespaceSelector` or `ipBlock`; leave the whole list out to mean everyone",
            );
        }
        return;
    };
    if has_selector {
        object.report(
            &rules::NETWORK_POLICY,
            format_args!("{}/ipBlock", at()),
            "a peer is either an address block or a selector",
            "make two peers of it",
        );
    }
    let Some(cidr) = text(block, "cidr") else {
        return;
    };
    let Some(outer) = Cidr::parse(cidr) else {
        object.report(
            &rules::NETWORK_POLICY,
            format_args!("{}/ipBlock/cidr", at()),
            format!("`{cidr}` is no block of addresses"),
            "write a block such as `10.0.0.0/8`",
        );
        return;
    };
    for (index, except) in items(block, "except") {
        let Some(except) = except.as_str() else {
            continue;
        };
        let (message, help) = match Cidr::parse(except) {
            None => (
                format!("`{except}` is no block of addresses"),
                "write a block such as `169.254.169.254/32`",
            ),
            Some(inner) if !outer.has_inside(inner) => (
                format!("`{except}` is not inside `{cidr}`, or is all of it"),
                "an exception is a smaller block inside `cidr`",
            ),
            Some(_) => continue,
        };
        object.report(
            &rules::NETWORK_POLICY,
            format_args!("{}/ipBlock/except/{index}", at()),
            message,
            help,
        );
    }
}
