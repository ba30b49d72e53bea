//! The committed schemas are those of the types, and each of them compiles.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test reads and rewrites the repository"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use graphwright::schema;
use serde_json::Value;

const HOW: &str = "UPDATE_GOLDEN=1 cargo test --test schemas rewrites them";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).into()
}

fn update() -> bool {
    env::var_os("UPDATE_GOLDEN").is_some()
}

/// Files under a folder, by their path in it.
fn files(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

#[test]
fn committed_shapes_are_those_of_the_types() {
    let folder = repository().join("shapes");
    let generated: BTreeMap<_, _> = schema::generate_shapes().into_iter().collect();
    let mut committed = BTreeMap::new();
    files(&folder, "", &mut committed);
    assert!(!generated.is_empty());
    if update() {
        for name in committed
            .keys()
            .filter(|name| !generated.contains_key(*name))
        {
            fs::remove_file(folder.join(name)).unwrap();
        }
        for (name, text) in &generated {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    } else {
        assert!(generated == committed, "{HOW}");
    }
}

#[test]
fn committed_schemas_are_those_of_the_types() {
    let folder = repository().join("schemas");
    let generated: BTreeMap<_, _> = schema::generate().into_iter().collect();
    let mut committed = BTreeMap::new();
    files(&folder, "", &mut committed);
    // Made by `cargo xtask schemas`.
    committed.retain(|name, _| !name.starts_with("kubernetes/"));
    let names: std::collections::BTreeSet<_> = generated.keys().chain(committed.keys()).collect();
    let differ: Vec<_> = names
        .into_iter()
        .filter(|name| generated.get(*name) != committed.get(*name))
        .collect();
    if update() {
        for name in &differ {
            let path = folder.join(name);
            match generated.get(*name) {
                Some(text) => {
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, text).unwrap();
                }
                None => fs::remove_file(path).unwrap(),
            }
        }
    } else {
        assert!(
            differ.is_empty(),
            "schemas/ differs from the types in {differ:#?}\n{HOW}"
        );
    }
}

#[test]
fn compiled_schemas_are_those_of_the_types() {
    let path = repository().join("crates/validators/schemas/emitted.json");
    let generated = schema::generate_for_validators();
    if update() {
        fs::write(path, generated).unwrap();
    } else {
        assert!(
            fs::read_to_string(&path).unwrap() == generated,
            "{} differs\n{HOW}",
            path.display()
        );
    }
}

#[test]
fn every_schema_compiles() {
    let mut kinds: Vec<(String, String)> = Vec::new();
    for name in schema::list() {
        let document: Value = serde_json::from_str(schema::document(name).unwrap()).unwrap();
        if name.starts_with("kubernetes/") {
            let names = document["kinds"].as_object().unwrap().keys();
            kinds.extend(
                names
                    .map(|name| name.rsplit_once('/').unwrap())
                    .map(|(a, b)| (a.into(), b.into())),
            );
        } else {
            let text = |field: &str| {
                document["properties"][field]["const"]
                    .as_str()
                    .map(str::to_owned)
            };
            if let (Some(api_version), Some(kind)) = (text("apiVersion"), text("kind")) {
                kinds.push((api_version, kind));
            }
        }
    }
    assert!(kinds.len() > 40, "{kinds:?}");
    for (api_version, kind) in kinds {
        for minor in ["1.34", "1.35", "1.36", "1.37"] {
            let of = format!("{api_version} {kind} in {minor}");
            assert!(schema::is_known(&api_version, &kind, minor), "{of}");
            assert!(schema::lookup(&api_version, &kind, minor).is_some(), "{of}");
            let text = schema::show(&api_version, &kind, minor).unwrap();
            assert!(
                serde_json::from_str::<Value>(&text).unwrap().is_object(),
                "{of}"
            );
        }
    }
}

#[test]
fn a_kind_without_a_schema_is_not_known() {
    for (api_version, kind) in [
        ("v1", "NoSuchKind"),
        ("apps/v2", "Deployment"),
        ("", ""),
        ("nvidia.com/v1", "a/b"),
    ] {
        assert!(!schema::is_known(api_version, kind, "1.36"));
        assert!(schema::lookup(api_version, kind, "1.36").is_none());
        assert!(schema::check(&Value::Null, api_version, kind, "1.36").is_empty());
    }
}

#[test]
fn documents_are_found_by_name() {
    let name = "nvidia.com/dynamographdeployment_v1beta1";
    assert!(schema::list().any(|listed| listed == name));
    assert!(
        schema::document(name)
            .unwrap()
            .contains("\"title\": \"DynamoGraphDeployment\"")
    );
    assert_eq!(schema::document("nvidia.com/nothing"), None);
}
