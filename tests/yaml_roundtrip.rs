//! Any data, written, is read back: by our reader and by libyaml's rules. `PROPTEST_CASES` sets how often.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test")]

use graphwright::origin::Origin;
use graphwright::yaml::{Map, Node, Value, read, write};
use proptest::prelude::*;

/// Text that looks like something else, text of several lines, and any text.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9_./:-]{0,12}",
        3 => "[0-9eExXoObB_.:+TZ-]{0,10}",
        3 => "[ -~]{0,24}",
        3 => "[ \\t\\na#:|>'\"{}-]{0,16}",
        2 => "([ -~]{0,12}\\n){0,6}",
        1 => "\\PC{0,12}",
        1 => proptest::collection::vec(any::<char>(), 0..8).prop_map(|chars| chars.into_iter().collect()),
        1 => ("[ -~]{1,4}", 200usize..400).prop_map(|(piece, times)| piece.repeat(times)),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => any::<i64>().prop_map(Value::Int),
        2 => any::<f64>().prop_map(Value::from),
        8 => text().prop_map(Value::String),
    ]
    .prop_map(|value| Node::new(value, Origin::None));
    leaf.prop_recursive(8, 120, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8)
                .prop_map(|items| Node::new(items, Origin::None)),
            proptest::collection::btree_map(text(), inner, 0..8).prop_map(|entries| {
                let mut map = Map::default();
                for (key, value) in entries {
                    map.push(key, Origin::None, value);
                }
                Node::new(map, Origin::None)
            }),
        ]
    })
}

fn read_back(text: &str) -> Vec<Node> {
    let mut mistakes = Vec::new();
    let nodes = read::documents(text, 0, &read::Limits::default(), &mut mistakes);
    assert!(mistakes.is_empty(), "{mistakes:?}\n{text}");
    nodes
}

proptest! {
    #[test]
    fn a_stream_is_read_back(nodes in proptest::collection::vec(node(), 0..4)) {
        // A document that is only `null` counts as none.
        let nodes: Vec<Node> = nodes.into_iter().filter(|node| !node.is_null()).collect();
        let mut text = String::new();
        write::stream(&nodes, &mut text);
        prop_assert_eq!(read_back(&text), nodes);
    }

    #[test]
    fn writing_is_a_fixed_point(node in node()) {
        prop_assume!(!node.is_null());
        let text = write::to_string(&node);
        prop_assert_eq!(write::to_string(&read_back(&text)[0]), text.clone());
        prop_assert!(text.ends_with('\n'));
        prop_assert!(text.lines().all(|line| !line.ends_with([' ', '\t'])), "{}", text);
    }

    #[test]
    fn remarks_change_nothing(node in node(), remark in text()) {
        prop_assume!(!node.is_null());
        let text = write::annotated(&node, &mut |_, _| Some(remark.clone()));
        prop_assert_eq!(read_back(&text), vec![node]);
    }

    #[test]
    fn libyaml_reads_the_same(node in node()) {
        let text = write::to_string(&node);
        let read: serde_json::Value = serde_yaml::from_str(&text).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        prop_assert_eq!(Node::from_json(&read, Origin::None), node, "{}", text);
    }
}
