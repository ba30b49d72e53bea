//! Whatever a value holds, it comes back as exactly that, in its place, and nothing else changes.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::builtin;

/// Strings that break out of badly quoted YAML, and any other.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(
            [
                "",
                "a: b",
                "# c",
                "\n",
                "x\nkind: Secret\n",
                "'",
                "\"",
                "}}",
                "{{ name }}",
                "{% raw %}",
                "*a",
                "&a",
                "!!binary x",
                "---",
                "...",
                "- x",
                "\u{E000}0\u{E000}",
                "\u{E000}",
                "\0",
                "\u{7f}\u{85}\u{2028}\u{feff}",
                "null",
                "yes",
                "1e3",
                "$HOME ${X} $$",
                "\t",
                " ",
                "\r\n",
                "\u{10FFFF}",
            ]
            .map(str::to_owned)
            .to_vec()
        ),
        any::<String>(),
    ]
}

/// Any value a context may hold; lists and mappings are never empty, as an empty one is an absent one.
fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        text().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Json::from),
            prop::collection::btree_map(text(), inner, 1..4).prop_map(|map| json!(map)),
        ]
    })
}

/// A context with a value of the shape that the template goes through.
fn context(of: &'static contexts::Context) -> impl Strategy<Value = Json> {
    let fields: Vec<_> = of
        .fields
        .iter()
        .map(|field| {
            let strategy = match (of.template, field.name) {
                ("pod-monitor", "ports") => prop::collection::vec(text(), 1..4)
                    .prop_map(Json::from)
                    .boxed(),
                ("prometheus-rule", "alerts") => prop::collection::vec(item(&ALERT), 1..4)
                    .prop_map(Json::from)
                    .boxed(),
                ("analysis-template", "gates") => prop::collection::vec(item(&GATE), 1..4)
                    .prop_map(Json::from)
                    .boxed(),
                // A key must be text; any text.
                ("dashboard", "file") => text().prop_map(Json::from).boxed(),
                // An empty or false value of an optional field is as good as none.
                _ if field.optional => prop_oneof![
                    Just(Json::Null),
                    value().prop_filter("printed", |value| *value != json!("")
                        && *value != json!(0)
                        && *value != json!(false))
                ]
                .boxed(),
                _ => value().boxed(),
            };
            strategy.prop_map(|value| (field.name, value))
        })
        .collect();
    fields.prop_map(|fields| {
        Json::Object(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    })
}

/// The fields of an alert, and of a gate.
const ALERT: [&str; 6] = ["alert", "expr", "hold", "labels", "summary", "description"];
const GATE: [&str; 6] = [
    "name",
    "query",
    "success",
    "failure",
    "failure_limit",
    "inconclusive_limit",
];

/// An item of a list that a template looks into.
fn item(names: &'static [&'static str]) -> impl Strategy<Value = Json> {
    prop::collection::vec(value(), names.len()).prop_map(|values| {
        Json::Object(
            names
                .iter()
                .map(|name| (*name).to_owned())
                .zip(values)
                .collect(),
        )
    })
}

/// The template with stand-ins in place of values, read back with the values put in: what should come out.
fn expected(template: &str, context: &Json) -> Json {
    let stand_in = |index: usize| format!("\u{E001}{index}\u{E001}");
    let mut values = Vec::new();
    let mut replaced = serde_json::Map::new();
    replace(context, &mut values, &mut replaced, &stand_in);
    let object = rendered(template, &Json::Object(replaced));
    restore(object, &values)
}

/// Replaces every field, or every leaf of fields that templates look into, by a harmless text.
fn replace(
    context: &Json,
    values: &mut Vec<Json>,
    into: &mut serde_json::Map<String, Json>,
    stand_in: &dyn Fn(usize) -> String,
) {
    let mut keep = |value: &Json| {
        values.push(value.clone());
        Json::from(stand_in(values.len() - 1))
    };
    for (name, value) in context.as_object().into_iter().flatten() {
        let new = match (name.as_str(), value) {
            (_, Json::Null) => Json::Null,
            ("ports", Json::Array(items)) => items.iter().map(&mut keep).collect(),
            ("alerts" | "gates", Json::Array(items)) => items
                .iter()
                .map(|item| {
                    let fields = item.as_object().into_iter().flatten();
                    Json::Object(fields.map(|(k, v)| (k.clone(), keep(v))).collect())
                })
                .collect(),
            _ => keep(value),
        };
        into.insert(name.clone(), new);
    }
}

fn restore(json: Json, values: &[Json]) -> Json {
    let value = |text: &str| {
        let digits = text.strip_prefix('\u{E001}')?.strip_suffix('\u{E001}')?;
        values.get(digits.parse::<usize>().ok()?).cloned()
    };
    match json {
        Json::String(text) => value(&text).unwrap_or(Json::String(text)),
        Json::Array(items) => items
            .into_iter()
            .map(|item| restore(item, values))
            .collect(),
        Json::Object(map) => Json::Object(
            map.into_iter()
                .map(|(key, item)| {
                    let key = match value(&key) {
                        Some(Json::String(key)) => key,
                        _ => key,
                    };
                    (key, restore(item, values))
                })
                .collect(),
        ),
        other => other,
    }
}

fn rendered(template: &str, context: &Json) -> Json {
    let templates = Templates::new(builtin::template, BTreeMap::new());
    let planned = PlannedObject {
        template: Cow::Owned(template.to_owned()),
        rule: &rules::OBJECT_ADDED,
        origin: Origin::None,
        component: None,
        context: Node::from_json(context, Origin::Decision(1)).into(),
    };
    match render(&templates, &planned) {
        Ok(object) => object.to_json(),
        Err(diagnostic) => panic!("{template}: {}", diagnostic.message),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_come_back_as_they_were(
        (template, context) in (0..contexts::ALL.len())
            .prop_flat_map(|of| (Just(contexts::ALL[of].template), context(&contexts::ALL[of])))
    ) {
        prop_assert_eq!(rendered(template, &context), expected(template, &context));
    }
}

#[test]
fn every_template_renders_with_everything_and_with_the_least() {
    for of in contexts::ALL {
        for full in [true, false] {
            let fields = of.fields.iter().map(|field| {
                let value = match (of.template, field.name) {
                    _ if field.optional && !full => Json::Null,
                    ("pod-monitor", "ports") => json!(["a"]),
                    ("prometheus-rule", "alerts") => json!([{
                        "alert": "a", "expr": "b", "hold": "1m", "labels": {}, "summary": "c", "description": "d",
                    }]),
                    ("analysis-template", "gates") => json!([{
                        "name": "a", "query": "b", "success": "c", "failure": "d",
                        "failure_limit": 1, "inconclusive_limit": 2,
                    }]),
                    _ => json!(field.name),
                };
                (field.name.to_owned(), value)
            });
            let context = Json::Object(fields.collect());
            assert_eq!(
                rendered(of.template, &context),
                expected(of.template, &context)
            );
        }
    }
}

#[test]
fn a_megabyte_is_a_value_like_any_other() {
    let huge = "x: \u{E000}\n#".repeat(1 << 17);
    let context = json!({"name": huge, "labels": {"a": huge}});
    let object = rendered("namespace", &context);
    assert_eq!(object["metadata"], context);
}
