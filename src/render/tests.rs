use super::*;
use crate::source::Sources;
use serde_json::json;

fn none(_: &str) -> Option<&'static str> {
    None
}

fn with(text: &str) -> Templates {
    let template = UserTemplate {
        text: text.into(),
        file: None,
    };
    Templates::new(none, BTreeMap::from([("x".to_owned(), template)]))
}

fn planned(template: &str, context: Node) -> PlannedObject {
    PlannedObject {
        template: Cow::Owned(template.to_owned()),
        rule: &rules::OBJECT_ADDED,
        origin: Origin::Decision(7),
        component: None,
        context: context.into(),
    }
}

fn context(json: serde_json::Value) -> Node {
    Node::from_json(&json, Origin::Decision(3))
}

const HEAD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";

fn data(body: &str, json: serde_json::Value) -> Result<serde_json::Value, String> {
    let templates = with(&format!("{HEAD}{body}"));
    render(&templates, &planned("x", context(json)))
        .map(|object| object.get("data").map(Node::to_json).unwrap_or_default())
        .map_err(|diagnostic| format!("{}: {}", diagnostic.rule.code, diagnostic.message))
}

#[test]
fn values_keep_type_and_origin() {
    let templates = with(&format!(
        "{HEAD}data:\n  a: {{{{ x.y }}}}\n  b: 1\n  c: {{{{ x.y ~ 'z' }}}}\n"
    ));
    let context = context(json!({"x": {"y": "1: 2"}}));
    let object = render(&templates, &planned("x", context)).unwrap();
    let at = |key| object.at(&["data", key]).unwrap();
    assert_eq!(
        (at("a").as_str(), at("a").origin),
        (Some("1: 2"), Origin::Decision(3))
    );
    assert_eq!(
        (at("b").as_int(), at("b").origin),
        (Some(1), Origin::Template(contexts::ALL.len() as u32))
    );
    assert_eq!(
        (at("c").as_str(), at("c").origin),
        (Some("1: 2z"), Origin::Decision(7))
    );
    assert_eq!(templates.name(contexts::ALL.len() as u32), Some("x"));
}

#[test]
fn text_is_told_apart_by_identity_even_where_it_is_equal() {
    let place = |start| {
        Origin::Input(Place {
            file: 0,
            start,
            end: start,
        })
    };
    let mut node = Node::map(Origin::None);
    node.set("a", Node::new("same", place(1)));
    node.set(
        "list",
        Node::new(vec![Node::new("same", place(2))], Origin::None),
    );
    let body = "data:\n{% for item in list %}\n  k: {{ a }}\n  l: {{ item }}\n{% endfor %}\n";
    let object = render(&with(&format!("{HEAD}{body}")), &planned("x", node)).unwrap();
    assert_eq!(object.at(&["data", "k"]).unwrap().origin, place(1));
    assert_eq!(object.at(&["data", "l"]).unwrap().origin, place(2));
}

#[test]
fn lists_mappings_and_keys_are_substituted_whole() {
    let made = data(
        "data:\n  m: {{ m }}\n  {{ k }}: {{ l }}\n  f: [{{ n }}, {{ k }}]\n",
        json!({"m": {"a: b": [1, null]}, "k": "# k", "l": ["x", {"y": true}], "n": 1.5}),
    );
    assert_eq!(
        made.unwrap(),
        json!({"m": {"a: b": [1, null]}, "# k": ["x", {"y": true}], "f": [1.5, "# k"]})
    );
}

#[test]
fn conditions_compare_values_as_usual() {
    let body = "data:\n{% if p == 'eks' and not off and gone is none and n > 2 %}\n  a: {{ p }}\n{% endif %}\n  b: c\n";
    let context = json!({"p": "eks", "off": false, "gone": null, "n": 3});
    assert_eq!(data(body, context).unwrap(), json!({"a": "eks", "b": "c"}));
}

#[test]
fn a_value_next_to_text_or_inside_quotes_is_an_error_with_its_place() {
    for (line, column, what) in [
        ("  a: p-{{ x }}", 8, "next to other text"),
        ("  a: '{{ x }}'", 7, "inside quotes"),
        ("  a: \"{{ x }}\"", 7, "inside quotes"),
        ("  a: {{ x }}{{ x }}", 6, "next to other text"),
        ("  p-{{ x }}: a", 5, "next to other text"),
    ] {
        let error = data(&format!("data:\n{line}\n"), json!({"x": "v"})).unwrap_err();
        assert_eq!(
            error.split(": a value").next(),
            Some(format!("template-value: template `x` 6:{column}").as_str()),
            "{line}: {error}"
        );
        assert!(error.contains(what), "{line}: {error}");
    }
    let block = data("data:\n  a: |\n    {{ x }}\n", json!({"x": "v"})).unwrap_err();
    assert!(block.contains("template `x` 7:"), "{block}");
}

#[test]
fn a_place_is_found_after_loops_and_conditions() {
    let body = "data:\n{% for i in list %}\n  {{ i }}: {{ i }}\n{% endfor %}\n{% if list %}\n  z: x{{ list[0] }}\n{% endif %}\n";
    let error = data(body, json!({"list": ["a", "b", "c"]})).unwrap_err();
    assert!(error.contains("template `x` 10:7: "), "{error}");
}

#[test]
fn an_empty_loop_does_not_leave_a_null() {
    let body = "data:\n  list:\n{% for i in list %}\n    - {{ i }}\n{% endfor %}\n  b: null\n";
    assert_eq!(
        data(body, json!({"list": [1]})).unwrap(),
        json!({"list": [1], "b": null})
    );
    let error = data(body, json!({"list": []})).unwrap_err();
    assert_eq!(
        error,
        "template-result: template `x` 6:3: `list` has no value"
    );
}

#[test]
fn what_cannot_be_printed_is_an_error() {
    for (body, code) in [
        ("data: {{ nope }}", "template-variable"),
        ("data: {{ x.nope }}", "template-variable"),
        ("data: {{ absent }}", "template-value"),
        ("data: {{ x | nope }}", "template-syntax"),
        ("data: {{ x", "template-syntax"),
        ("data: {a: {{ x }}", "template-syntax"),
        ("data: {a: yes}", "template-syntax"),
        (
            "data: {% macro m() %}{{ x }}{% endmacro %}{{ m() }}",
            "template-value",
        ),
        (
            "{% set y %}{{ x }}{% endset %}data: {{ y }}",
            "template-value",
        ),
        ("data:\n  {{ x }}: 1\n  {{ x }}: 2", "template-value"),
        ("data:\n  {{ [x] }}: 1", "template-value"),
        ("{% include 'other' %}", "template-unknown"),
        (
            "{% for i in range(100000) %}{% for j in range(1000) %}{{ j }}{% endfor %}{% endfor %}",
            "template-syntax",
        ),
        ("---\na: b", "template-result"),
    ] {
        let error = data(&format!("{body}\n"), json!({"x": "v", "absent": null})).unwrap_err();
        assert!(error.starts_with(code), "{body}: {error}");
    }
    let error = render(&with("a: b\n"), &planned("x", Node::map(Origin::None))).unwrap_err();
    assert_eq!(error.rule.code, "template-result");
    let error = render(&with(""), &planned("nope", Node::map(Origin::None))).unwrap_err();
    assert_eq!(error.rule.code, "template-unknown");
}

#[test]
fn safe_text_gets_no_further_than_any_other() {
    let hostile = "v\nadmin: true # \u{E000}";
    for body in [
        "{{ x | safe }}",
        "{{ x | escape }}",
        "{{ x | tojson }}",
        "{{ x | safe | upper }}",
    ] {
        // An error or one string, never a second key.
        if let Ok(made) = data(&format!("data:\n  a: {body}\n"), json!({"x": hostile})) {
            assert!(
                made["a"].is_string() && made.as_object().unwrap().len() == 1,
                "{body}: {made}"
            );
        }
    }
}

#[test]
fn one_shape_serves_all_values() {
    let templates = with(&format!("{HEAD}data: {{{{ x }}}}\n"));
    for value in ["a", "b", "c"] {
        let object = render(&templates, &planned("x", context(json!({"x": value})))).unwrap();
        assert_eq!(object.get("data").and_then(Node::as_str), Some(value));
    }
    let shapes = templates.shapes.lock().unwrap();
    assert_eq!(shapes.values().map(BTreeMap::len).sum::<usize>(), 1);
}

#[test]
fn the_users_templates_are_checked_before_they_are_used() {
    let mut sources = Sources::default();
    let mut user = BTreeMap::new();
    for (name, text) in [
        ("namespace", "metadata: {name: {{ nmae }}}\n"),
        ("mine", "metadata: {name: {{ graph }}, x: {{ cluster }}}\n"),
        ("broken", "a: {{ b\n"),
        ("token", "a: \u{E000}\n"),
        (
            "fine",
            "{% for c in components %}{{ c.name }}{% endfor %}{{ range(3) }}\n",
        ),
    ] {
        let file = Some(sources.add(format!("templates/{name}.yaml"), text));
        user.insert(
            name.to_owned(),
            UserTemplate {
                text: text.into(),
                file,
            },
        );
    }
    let templates = Templates::new(none, user);
    let found: Vec<String> = templates
        .check()
        .iter()
        .map(|d| {
            let place = sources.describe(d.origin.place().unwrap());
            format!("{place}: {}: {:?}", d.rule.code, d.help)
        })
        .collect();
    assert!(found[0].starts_with("templates/broken.yaml:"), "{found:#?}");
    assert!(
        found[1].starts_with("templates/mine.yaml:1:37: template-variable"),
        "{found:#?}"
    );
    assert_eq!(
        found[2],
        "templates/namespace.yaml:1:21: template-variable: [\"did you mean `name`?\"]"
    );
    assert!(
        found[3].starts_with("templates/token.yaml:1:4: template-syntax"),
        "{found:#?}"
    );
    assert_eq!(found.len(), 4, "{found:#?}");
    assert_eq!(
        templates.added().collect::<Vec<_>>(),
        ["broken", "fine", "mine", "token"]
    );
}
