//! The Lua of the health checks, run over recorded objects by a Lua 5.1 with no more than its base library.
//!
//! A file of `tests/health/<Kind>/` is an object as the API server has it; its first lines say what Argo CD
//! (`# argocd: Healthy`) and Flux (`# flux: Current`, `error` where its expressions have no value yet) make of it.
//! `.ci/health/run` runs the same files through the interpreters that Argo CD and Flux embed.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail loudly and read their fixtures"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use graphwright::health::{self, Health};
use graphwright::yaml::read::{Limits, documents};
use mlua::{Lua, LuaOptions, StdLib};
use serde_json::Value as Json;

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

#[test]
fn recorded_objects_are_judged_as_they_say() {
    for (path, said, object) in cases() {
        let script = known(&object).lua.unwrap();
        let (status, message) = run(script, &object);
        assert_eq!(status, said["argocd"], "{}: {message}", path.display());
        assert!(!message.is_empty(), "{}", path.display());
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
        let script = known(&object).lua.unwrap();
        for status in &odd {
            object["status"] = status.clone();
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
        judged.insert(said["argocd"].clone());
        judged.extend(said.get("flux").cloned());
    }
    for one in health::ALL {
        assert_eq!(one.lua.is_some(), one.flux.is_some(), "{}", one.kind);
        let Some(script) = one.lua else {
            assert!(!one.otherwise.is_empty(), "{}", one.kind);
            continue;
        };
        let judged = &seen[one.kind];
        for needed in ["Healthy", "Progressing", "Current", "InProgress"] {
            assert!(judged.contains(needed), "{}: {needed}", one.kind);
        }
        let can_fail = script.contains("Degraded");
        assert_eq!(judged.contains("Degraded"), can_fail, "{}", one.kind);
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
