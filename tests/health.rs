//! The health checks, run over recorded objects: Lua by a Lua 5.1 with no more than its base library, Flux's
//! expressions in the order in which Flux asks them.
//!
//! A file of `tests/health/<Kind>/` is an object as the API server has it; its first lines say what Argo CD
//! (`# argocd: Healthy`, and `# message:`) and Flux (`# flux: Current`, `error` where its expressions have no value
//! yet) make of it.
//! `.ci/health/run` runs the same files through the interpreters that Argo CD and Flux embed.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail loudly and read their fixtures"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use graphwright::cel::{At, Expression, Fuel, Outcome, Value, View};
use graphwright::health::{self, Expressions, Health};
use graphwright::model::object::Maker;
use graphwright::model::{Manifest, ObjectKey};
use graphwright::origin::Origin;
use graphwright::yaml::Node;
use graphwright::yaml::read::{Limits, documents};
use mlua::{Lua, LuaOptions, StdLib};
use serde_json::{Value as Json, json};

/// The recorded objects: path, what the first lines say, the object.
fn cases() -> Vec<(PathBuf, BTreeMap<String, String>, Json)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/health");
    let mut found = Vec::new();
    for kind in root.read_dir().unwrap() {
        for file in kind.unwrap().path().read_dir().unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let said = text
                .lines()
                .filter_map(|line| line.strip_prefix("# ")?.split_once(": "))
                .map(|(tool, says)| (tool.to_owned(), says.to_owned()))
                .collect();
            let nodes = documents(&text, 0, &Limits::default(), &mut Vec::new());
            found.push((path, said, nodes[0].to_json()));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(found.len() > 40);
    found
}

fn known(object: &Json) -> &'static Health {
    let group = object["apiVersion"].as_str().unwrap();
    let (group, version) = group.split_once('/').unwrap();
    let kind = object["kind"].as_str().unwrap();
    let known = health::ALL
        .iter()
        .find(|one| (one.group, one.kind) == (group, kind))
        .unwrap();
    assert!(known.versions.contains(&version), "{kind} {version}");
    known
}

fn value(lua: &Lua, json: &Json) -> mlua::Value {
    match json {
        Json::Null => mlua::Value::Nil,
        Json::Bool(value) => mlua::Value::Boolean(*value),
        Json::Number(value) => mlua::Value::Number(value.as_f64().unwrap()),
        Json::String(text) => mlua::Value::String(lua.create_string(text).unwrap()),
        Json::Array(items) => {
            let table = lua.create_table().unwrap();
            for item in items {
                table.push(value(lua, item)).unwrap();
            }
            mlua::Value::Table(table)
        }
        Json::Object(map) => {
            let table = lua.create_table().unwrap();
            for (key, item) in map {
                table.set(key.as_str(), value(lua, item)).unwrap();
            }
            mlua::Value::Table(table)
        }
    }
}

/// Status and message that a script gives an object.
fn run(script: &str, object: &Json) -> (String, String) {
    // The base library cannot be left out; Argo CD opens it too.
    let lua = Lua::new_with(StdLib::TABLE, LuaOptions::default()).unwrap();
    lua.globals().set("obj", value(&lua, object)).unwrap();
    for absent in ["string", "math", "io", "os"] {
        assert!(lua.globals().get::<mlua::Value>(absent).unwrap().is_nil());
    }
    let answer: mlua::Table = lua.load(script).eval().unwrap();
    (
        answer.get("status").unwrap(),
        answer.get("message").unwrap(),
    )
}

/// An expression of Flux, whose variables are the fields of the object, as one over the object.
fn over_the_object(expression: &str) -> String {
    let mut found = String::new();
    let mut rest = expression;
    while let Some(next) = rest.chars().next() {
        let follows_a_word =
            found.ends_with(|last: char| last == '.' || last == '_' || last.is_alphanumeric());
        let is_variable = ["status.", "metadata.", "spec."]
            .iter()
            .any(|name| rest.starts_with(name));
        if is_variable && !follows_a_word {
            found.push_str("self.");
        }
        found.push(next);
        rest = &rest[next.len_utf8()..];
    }
    found
}

/// What Flux makes of an object: first the generations, then the expressions, in the order of its evaluator.
fn flux(expressions: &Expressions, object: &Json) -> &'static str {
    let observed = object["status"]
        .get("observedGeneration")
        .and_then(Json::as_i64);
    let generation = object["metadata"].get("generation").and_then(Json::as_i64);
    if observed.is_some() && generation.is_some() && observed != generation {
        return "InProgress";
    }
    let node = Node::from_json(object, Origin::None);
    for (expression, answer) in [
        (expressions.in_progress, "InProgress"),
        (expressions.failed, "Failed"),
        (Some(expressions.current), "Current"),
    ] {
        let Some(text) = expression else { continue };
        let expression = Expression::parse(&over_the_object(text)).unwrap();
        let whole = Value::View(View {
            node: &node,
            at: At::default(),
        });
        match expression.test(whole, None, &mut Fuel::default()) {
            Outcome::Holds => return answer,
            Outcome::Fails => {}
            Outcome::Error(_) => return "error",
            Outcome::NotEvaluated(why) => panic!("{text}: {why}"),
        }
    }
    "InProgress"
}

#[test]
fn recorded_objects_are_judged_as_they_say() {
    for (path, said, object) in cases() {
        let known = known(&object);
        assert_eq!(said.contains_key("argocd"), known.lua.is_some(), "{path:?}");
        if let Some(script) = known.lua {
            let (status, message) = run(script, &object);
            assert_eq!(status, said["argocd"], "{}: {message}", path.display());
            assert!(!message.is_empty(), "{}", path.display());
            if let Some(wanted) = said.get("message") {
                assert_eq!(&message, wanted, "{}", path.display());
            }
        }
        if let (Some(wanted), Some(expressions)) = (said.get("flux"), known.flux) {
            assert_eq!(flux(&expressions, &object), wanted, "{}", path.display());
        }
    }
}

/// Objects with statuses of any shape are judged too, and nothing is called healthy by mistake.
#[test]
fn no_status_breaks_a_script() {
    let odd: Vec<Json> = [
        "null",
        "1",
        "\"x\"",
        "[]",
        "{}",
        "{\"conditions\": 1}",
        "{\"conditions\": [1, null, {\"type\": 1}]}",
        "{\"parents\": [1]}",
        "{\"podGangStatuses\": [1]}",
        "{\"phase\": {}}",
        "{\"totalEndpoints\": \"many\"}",
        "{\"readyReplicas\": \"two\"}",
    ]
    .iter()
    .map(|text| serde_json::from_str(text).unwrap())
    .collect();
    for (_, _, mut object) in cases() {
        let known = known(&object);
        for status in &odd {
            object["status"] = status.clone();
            if let Some(expressions) = known.flux {
                assert_ne!(flux(&expressions, &object), "Current", "{status}");
            }
            let Some(script) = known.lua else { continue };
            let (judged, _) = run(script, &object);
            assert!(
                judged == "Progressing" || judged == "Degraded",
                "{}: {status}",
                object["kind"]
            );
        }
    }
}

#[test]
fn every_script_has_objects_that_are_well_and_that_are_not() {
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (_, said, object) in cases() {
        let known = known(&object);
        let judged = seen.entry(known.kind).or_default();
        judged.extend(
            ["argocd", "flux"]
                .iter()
                .filter_map(|tool| said.get(*tool).cloned()),
        );
    }
    for one in health::ALL {
        assert_eq!(one.lua.is_none(), !one.otherwise.is_empty(), "{}", one.kind);
        let none = BTreeSet::new();
        let judged = seen.get(one.kind).unwrap_or(&none);
        let of_lua = ["Healthy", "Progressing"].map(|it| (it, one.lua.is_some()));
        let of_flux = ["Current", "InProgress"].map(|it| (it, one.flux.is_some()));
        let failures = [
            (
                "Degraded",
                one.lua.is_some_and(|it| it.contains("Degraded")),
            ),
            ("Failed", one.flux.is_some_and(|it| it.failed.is_some())),
        ];
        for (answer, is_needed) in of_lua.into_iter().chain(of_flux).chain(failures) {
            assert_eq!(judged.contains(answer), is_needed, "{}: {answer}", one.kind);
        }
    }
}

/// A custom resource that is rendered has a word about its health.
#[test]
fn every_custom_resource_is_known() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built_in = [
        "apps",
        "autoscaling",
        "batch",
        "networking.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "storage.k8s.io",
    ];
    for template in root.join("templates").read_dir().unwrap() {
        let text = fs::read_to_string(template.unwrap().path()).unwrap();
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap().trim().to_owned()
        };
        let (version, kind) = (field("apiVersion:"), field("kind:"));
        let group = version
            .split_once('/')
            .map_or("", |(group, _)| group)
            .to_owned();
        if group.is_empty() || built_in.contains(&group.as_str()) {
            continue;
        }
        assert!(
            health::ALL
                .iter()
                .any(|one| one.group == group && one.kind == kind),
            "{group} {kind}"
        );
    }
}

fn graph(version: &str, spec: &Json) -> Manifest {
    let object = json!({
        "apiVersion": format!("nvidia.com/{version}"),
        "kind": "DynamoGraphDeployment",
        "metadata": {"name": "chat", "namespace": "team"},
        "spec": spec,
    });
    let object = Node::from_json(&object, Origin::None);
    Manifest {
        key: ObjectKey::of(&object).unwrap(),
        object,
        component: None,
        maker: Maker::Graph,
    }
}

fn ignored(graph: &Manifest) -> (Vec<Json>, Vec<Json>) {
    // As when a release is rendered for two clusters.
    let again = graph.clone();
    let json = |nodes: Vec<Node>| nodes.iter().map(Node::to_json).collect();
    (
        json(health::ignore_differences(&[graph, &again])),
        json(health::ignore(&[graph, &again])),
    )
}

#[test]
fn an_adapter_is_a_marker_in_v1beta1() {
    let graph = graph(
        "v1beta1",
        &json!({"components": [
            {"name": "Frontend", "type": "frontend", "scalingAdapter": null},
            {"name": "decode", "type": "decode", "scalingAdapter": {}},
            {"name": "prefill", "type": "prefill"},
        ]}),
    );
    let (argo, flux) = ignored(&graph);
    let query = ".spec.components[] | select(.name == \"decode\") | .replicas";
    assert_eq!(
        argo,
        [
            json!({"group": "nvidia.com", "kind": "DynamoGraphDeployment", "name": "chat",
            "namespace": "team", "jqPathExpressions": [query]})
        ]
    );
    assert_eq!(flux.len(), 1);
    assert_eq!(flux[0]["paths"], json!(["/spec/components/1/replicas"]));
}

#[test]
fn an_adapter_is_switched_on_in_v1alpha1() {
    let graph = graph(
        "v1alpha1",
        &json!({"services": {
            "a/b~c": {"componentType": "worker", "scalingAdapter": {"enabled": true}},
            "marked": {"componentType": "worker", "scalingAdapter": {}},
            "off": {"componentType": "worker", "scalingAdapter": {"enabled": false}},
        }}),
    );
    let (argo, flux) = ignored(&graph);
    let pointers = json!(["/spec/services/a~1b~0c/replicas"]);
    assert_eq!(argo[0]["jsonPointers"], pointers);
    assert_eq!(flux[0]["paths"], pointers);
}

#[test]
fn a_planner_scales_the_workers() {
    let graph = graph(
        "v1beta1",
        &json!({"components": [
            {"name": "Frontend", "type": "frontend"},
            {"name": "Planner", "type": "planner"},
            {"name": "decode", "type": "decode"},
        ]}),
    );
    assert_eq!(
        ignored(&graph).1[0]["paths"],
        json!(["/spec/components/2/replicas"])
    );
}
