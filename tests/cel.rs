//! Rules of schemas, as the API server evaluates them: all of upstream's, and ours beside upstream's.
//!
//! Needs upstream's CRDs (`GRAPHWRIGHT_SHARED`), and is skipped where they are not.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail and may use files"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use graphwright::cel::{Before, Shapes, What, walk};
use graphwright::origin::Origin;
use graphwright::schema::import::import;
use graphwright::schema::shapes;
use graphwright::source::Sources;
use graphwright::yaml::Node;
use serde_json::{Value, json};

fn crds() -> Option<PathBuf> {
    let folder = PathBuf::from(env::var_os("GRAPHWRIGHT_SHARED")?).join("crds");
    folder.is_dir().then_some(folder)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
    found.sort();
}

/// The schemas of files, by name.
fn imported(paths: &[PathBuf]) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for path in paths {
        let text = fs::read_to_string(path).unwrap();
        let (schemas, found) = import(
            path.to_str().unwrap(),
            &text,
            false,
            &mut Sources::default(),
        );
        assert!(
            found.is_empty(),
            "{}: {:#?}",
            path.display(),
            found.iter().map(|one| &one.message).collect::<Vec<_>>()
        );
        for schema in schemas {
            all.insert(schema.name, serde_json::from_str(&schema.text).unwrap());
        }
    }
    all
}

#[test]
fn every_upstream_rule_can_be_evaluated() {
    let Some(folder) = crds() else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let (mut rules, mut evaluated) = (0, 0);
    let mut refused = Vec::new();
    for (name, schema) in imported(&paths) {
        let shapes = Shapes::of(&schema).unwrap();
        for rule in shapes.rules() {
            rules += 1;
            match rule.expression() {
                Ok(_) => evaluated += 1,
                Err(why) => refused.push(format!("{name}: {why}: {}", rule.text)),
            }
            if let Some(Err(why)) = rule.message_expression() {
                refused.push(format!("{name}: message: {why}"));
            }
        }
    }
    println!("{evaluated} of {rules} rules can be evaluated");
    assert!(rules > 300, "{rules}");
    assert_eq!(refused, Vec::<String>::new());
}

/// A small random number generator, the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    /// One of some values, or nothing.
    fn maybe(&mut self, object: &mut Value, key: &str, values: &[Value]) {
        let index = self.below(values.len() + 1);
        if let Some(value) = values.get(index) {
            object[key] = value.clone();
        }
    }
}

fn gms(random: &mut Random, modes: [&str; 2]) -> Value {
    let mut gms = json!({});
    random.maybe(&mut gms, "mode", &modes.map(Value::from));
    random.maybe(
        &mut gms,
        "extraClientContainers",
        &[json!([]), json!(["a"])],
    );
    random.maybe(
        &mut gms,
        "extraClientPods",
        &[json!([]), json!([{ "name": "a" }])],
    );
    gms
}

fn checkpoint(random: &mut Random) -> Value {
    let mut checkpoint = json!({ "enabled": true });
    random.maybe(&mut checkpoint, "job", &[json!({})]);
    random.maybe(&mut checkpoint, "checkpointRef", &[json!(""), json!("a")]);
    checkpoint
}

fn policy(random: &mut Random) -> Value {
    let mut policy = json!({ "domain": "rack" });
    let long = format!("{}/a", "a".repeat(254));
    let just = format!("{}/a", "a".repeat(253));
    random.maybe(
        &mut policy,
        "labelKey",
        &[json!("a"), json!("a/b"), json!(long), json!(just)],
    );
    random.maybe(&mut policy, "clusterTopologyName", &[json!("a")]);
    random.maybe(
        &mut policy,
        "enforcement",
        &[json!("required"), json!("preferred")],
    );
    random.maybe(&mut policy, "preferredWeight", &[json!(1), json!(0.5)]);
    policy
}

fn component(random: &mut Random) -> Value {
    let mut component = json!({});
    random.maybe(
        &mut component,
        "name",
        &[json!("a"), json!("A"), json!("b"), json!("c"), json!("d")],
    );
    random.maybe(
        &mut component,
        "type",
        &[json!("epp"), json!("worker"), json!("frontend")],
    );
    random.maybe(&mut component, "replicas", &[json!(0), json!(1), json!(2)]);
    random.maybe(&mut component, "minAvailable", &[json!(1), json!(2)]);
    if random.below(3) == 0 {
        let mut epp = json!({});
        random.maybe(&mut epp, "config", &[json!({})]);
        random.maybe(&mut epp, "configMapRef", &[json!({ "key": "a" })]);
        component["eppConfig"] = epp;
    }
    if random.below(3) == 0 {
        component["experimental"] = json!({
            "checkpoint": checkpoint(random),
            "gpuMemoryService": gms(random, ["IntraPod", "InterPod"]),
        });
    }
    if random.below(2) == 0 {
        let mut template = json!({ "metadata": { "annotations": {} }, "spec": { "containers": [], "initContainers": [] } });
        let name = "nvidia.com/vllm-distributed-executor-backend";
        random.maybe(
            &mut template["metadata"]["annotations"],
            name,
            &[json!("mp"), json!("RAY"), json!("x")],
        );
        for list in ["containers", "initContainers"] {
            for index in 0..random.below(3) {
                let mut container = json!({ "name": if index == 0 { "main" } else { "b" } });
                random.maybe(
                    &mut container,
                    "image",
                    &[json!(""), json!("i"), json!("i")],
                );
                template["spec"][list]
                    .as_array_mut()
                    .unwrap()
                    .push(container);
            }
        }
        component["podTemplate"] = template;
    }
    component
}

fn service(random: &mut Random) -> Value {
    let mut service = json!({});
    random.maybe(&mut service, "replicas", &[json!(0), json!(1), json!(2)]);
    random.maybe(&mut service, "minAvailable", &[json!(1), json!(2)]);
    if random.below(2) == 0 {
        let mut memory = json!({});
        random.maybe(&mut memory, "disabled", &[json!(true), json!(false)]);
        random.maybe(
            &mut memory,
            "size",
            &[json!("0"), json!("1Gi"), json!("-1"), json!(8), json!("x")],
        );
        service["sharedMemory"] = memory;
    }
    if random.below(2) == 0 {
        service["checkpoint"] = checkpoint(random);
        service["gpuMemoryService"] = gms(random, ["intraPod", "interPod"]);
    }
    service
}

/// An object of one of the kinds that have rules.
fn object(random: &mut Random, name: &str) -> Value {
    let mut spec = json!({});
    match name {
        "nvidia.com/dynamographdeployment_v1beta1" => {
            let count = random.below(4);
            spec["components"] = (0..count).map(|_| component(random)).collect();
            random.maybe(&mut spec, "restart", &[json!({ "id": "1" })]);
            if random.below(2) == 0 {
                spec["experimental"] = json!({ "kvTransferPolicy": policy(random) });
            }
        }
        "nvidia.com/dynamographdeployment_v1alpha1" => {
            spec["services"] = json!({ "a": service(random), "b": service(random) });
            random.maybe(&mut spec, "restart", &[json!({ "id": "1" })]);
            let mut claim = json!({ "name": "a" });
            random.maybe(&mut claim, "create", &[json!(true), json!(false)]);
            for field in ["size", "storageClass", "volumeAccessMode"] {
                random.maybe(
                    &mut claim,
                    field,
                    &[json!("1Gi"), json!("2Gi"), json!("3Gi")],
                );
            }
            spec["pvcs"] = json!([claim]);
            if random.below(2) == 0 {
                spec["experimental"] = json!({ "kvTransferPolicy": policy(random) });
            }
        }
        "nvidia.com/dynamocomponentdeployment_v1beta1" => spec = component(random),
        "nvidia.com/dynamocomponentdeployment_v1alpha1" => spec = service(random),
        "nvidia.com/dynamocheckpoint_v1alpha1" => {
            random.maybe(
                &mut spec,
                "identity",
                &[json!({ "model": "a" }), json!({ "model": "b" })],
            );
            spec["gpuMemoryService"] = gms(random, ["intraPod", "interPod"]);
            spec["job"] = service(random);
        }
        _ => random.maybe(&mut spec, "numNodes", &[json!(1), json!(2)]),
    }
    json!({ "metadata": { "name": "a" }, "spec": spec })
}

/// Where rules refuse an object. Lists with keys are compared elsewhere.
fn refusals(shapes: &Shapes, object: &Node, before: Before<'_>) -> Vec<String> {
    let found = walk(shapes, object, before).into_iter();
    let refused = found.filter(|one| !matches!(one.what, What::Duplicate { .. }));
    refused.map(|one| format!("{one:?}")).collect()
}

#[test]
fn ours_refuse_what_upstreams_refuse() {
    let Some(folder) = crds() else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    paths.retain(|path| {
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .contains("nvidia.com_")
    });
    let upstream = imported(&paths);
    let mut with_rules = 0;
    for (name, schema) in &upstream {
        let theirs = Shapes::of(schema).unwrap();
        if theirs.rules().next().is_none() {
            continue;
        }
        with_rules += 1;
        let (group, rest) = name.split_once('/').unwrap();
        let (kind, version) = rest.split_once('_').unwrap();
        let ours = shapes(&format!("{group}/{version}"), kind)
            .unwrap_or_else(|| panic!("{name} has no rules"));
        let mut random = Random(7);
        let (mut refused, mut accepted) = (0, 0);
        for _ in 0..3_000 {
            let [now, before] =
                [(); 2].map(|()| Node::from_json(&object(&mut random, name), Origin::None));
            for before in [Before::Nothing, Before::Known(&before)] {
                let (a, b) = (
                    refusals(&ours, &now, before),
                    refusals(&theirs, &now, before),
                );
                assert_eq!(
                    a.is_empty(),
                    b.is_empty(),
                    "{name}: {}\n{a:#?}\n{b:#?}",
                    now.to_json()
                );
                if a.is_empty() {
                    accepted += 1;
                } else {
                    refused += 1;
                }
            }
        }
        assert!(
            refused > 100 && accepted > 100,
            "{name}: {refused} refused, {accepted} accepted"
        );
    }
    assert_eq!(with_rules, 6);
}

/// Entries of lists that may not be there twice.
#[test]
fn lists_have_the_keys_that_upstreams_have() {
    let Some(folder) = crds() else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    paths.retain(|path| {
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("nvidia.com_")
    });
    for (name, schema) in &imported(&paths) {
        let mut theirs = Vec::new();
        lists(schema, schema, "", &mut theirs);
        theirs.retain(|list| !list.starts_with("/status"));
        let ours: Value =
            serde_json::from_str(graphwright::schema::document(name).unwrap()).unwrap();
        let mut found = Vec::new();
        lists(&ours, &ours, "", &mut found);
        let missing: Vec<_> = theirs.iter().filter(|list| !found.contains(list)).collect();
        let surplus: Vec<_> = found.iter().filter(|list| !theirs.contains(list)).collect();
        assert!(
            missing.is_empty() && surplus.is_empty(),
            "{name}: missing {missing:#?} surplus {surplus:#?}"
        );
    }
}

fn lists(schema: &Value, root: &Value, path: &str, found: &mut Vec<String>) {
    if path.matches('/').count() > 14 {
        return;
    }
    let reference = schema["$ref"]
        .as_str()
        .or_else(|| schema["allOf"][0]["$ref"].as_str());
    let reference = reference.and_then(|it| it.strip_prefix('#'));
    if let Some(target) = reference.and_then(|it| root.pointer(it)) {
        return lists(target, root, path, found);
    }
    if schema["x-kubernetes-list-type"] == "map" {
        found.push(format!("{path} {}", schema["x-kubernetes-list-map-keys"]));
    }
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        lists(inner, root, &format!("{path}/{key}"), found);
    }
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            lists(&schema[key], root, &format!("{path}/*"), found);
        }
    }
}
