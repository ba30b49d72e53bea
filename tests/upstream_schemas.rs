//! Our schemas accept and refuse what the upstream CRDs accept and refuse.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test reads what lies beside the repository and says so where it cannot"
)]

mod mutation;
#[path = "common/upstream.rs"]
mod upstream;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use graphwright::schema;
use graphwright_validators::jsonschema::Validator;
use mutation::{Random, mutate};
use serde::Deserialize as _;
use serde_json::{Value, json};
use upstream::{compile, documents, files, schemas_of, shared, strict};

/// A kind of verdict that differs and may: why, and which of our problems are of the kind.
struct Excuse {
    reason: &'static str,
    covers: fn(&str) -> bool,
}

/// Cases that upstream's schema lets through and Kubernetes refuses when the operator makes the pod.
const STRICTER: [Excuse; 3] = [
    Excuse {
        reason: "a reference to an object without its name",
        covers: |problem| problem.contains("missing field `name`"),
    },
    Excuse {
        reason: "Kubernetes' enumerations inside pod templates, which are free text in the CRD",
        covers: |problem| problem.contains(" cannot be `"),
    },
    Excuse {
        reason: "a port that no container can have",
        covers: |problem| problem.contains("ort` must be at "),
    },
];

/// Upstream's schemas by `<apiVersion>/<kind>`.
fn schemas(shared: &Path) -> BTreeMap<String, Value> {
    let mut schemas = BTreeMap::new();
    for path in files(&shared.join("crds")) {
        schemas.extend(schemas_of(&path));
    }
    for (file, name) in [
        (
            "argoproj.io/analysistemplate_v1alpha1",
            "argoproj.io/v1alpha1/AnalysisTemplate",
        ),
        (
            "cert-manager.io/certificate_v1",
            "cert-manager.io/v1/Certificate",
        ),
        (
            "cloud.google.com/backendconfig_v1",
            "cloud.google.com/v1/BackendConfig",
        ),
        (
            "gateway.networking.k8s.io/httproute_v1",
            "gateway.networking.k8s.io/v1/HTTPRoute",
        ),
        (
            "keda.sh/scaledobject_v1alpha1",
            "keda.sh/v1alpha1/ScaledObject",
        ),
        (
            "networking.gke.io/gcpbackendpolicy_v1",
            "networking.gke.io/v1/GCPBackendPolicy",
        ),
        (
            "networking.gke.io/healthcheckpolicy_v1",
            "networking.gke.io/v1/HealthCheckPolicy",
        ),
        (
            "networking.istio.io/virtualservice_v1",
            "networking.istio.io/v1/VirtualService",
        ),
        (
            "external-secrets.io/externalsecret_v1",
            "external-secrets.io/v1/ExternalSecret",
        ),
        (
            "monitoring.coreos.com/podmonitor_v1",
            "monitoring.coreos.com/v1/PodMonitor",
        ),
        (
            "monitoring.coreos.com/prometheusrule_v1",
            "monitoring.coreos.com/v1/PrometheusRule",
        ),
        (
            "monitoring.coreos.com/servicemonitor_v1",
            "monitoring.coreos.com/v1/ServiceMonitor",
        ),
        (
            "secrets-store.csi.x-k8s.io/secretproviderclass_v1",
            "secrets-store.csi.x-k8s.io/v1/SecretProviderClass",
        ),
    ] {
        let text = fs::read_to_string(shared.join(format!("crds/catalog/{file}.json"))).unwrap();
        let needs_spec = name.starts_with("monitoring");
        let mut schema = strict(&serde_json::from_str(&text).unwrap(), true);
        // Some of the catalog's schemas leave out what every object has.
        for (field, kind) in [
            ("apiVersion", "string"),
            ("kind", "string"),
            ("metadata", "object"),
        ] {
            if schema["properties"].get(field).is_none() {
                schema["properties"][field] = json!({"type": kind});
            }
        }
        if needs_spec {
            schema["required"] = json!(["apiVersion", "kind", "metadata", "spec"]);
        }
        schemas.insert(name.into(), schema);
    }
    schemas
}

/// What our schema finds wrong, as text; empty if nothing.
fn problems(object: &Value) -> Vec<String> {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    assert!(
        schema::is_known(api_version, kind, "1.36"),
        "{api_version} {kind} has no schema"
    );
    let problems = schema::check(object, api_version, kind, "1.36").into_iter();
    problems
        .map(|problem| format!("{}: {}", problem.pointer, problem.message))
        .collect()
}

fn key(object: &Value) -> String {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    format!("{}/{}", text("apiVersion"), text("kind"))
}

/// The corpus's objects that upstream has a schema of, with the file's name.
fn corpus(shared: &Path, upstream: &BTreeMap<String, Value>) -> Vec<(String, Value)> {
    let mut objects = Vec::new();
    for path in files(&shared.join("corpus")) {
        let name = path.strip_prefix(shared).unwrap().display().to_string();
        let known = documents(&path)
            .into_iter()
            .filter(|object| upstream.contains_key(&key(object)));
        objects.extend(known.map(|object| (name.clone(), object)));
    }
    objects
}

fn validators(schemas: &BTreeMap<String, Value>) -> BTreeMap<&String, Validator> {
    schemas
        .iter()
        .map(|(key, schema)| (key, compile(schema)))
        .collect()
}

#[test]
fn corpus_gets_the_same_verdict() {
    let Some(shared) = shared() else { return };
    let schemas = schemas(&shared);
    let validators = validators(&schemas);
    let objects = corpus(&shared, &schemas);
    assert!(objects.len() > 100, "{} objects", objects.len());
    let mut wrong = Vec::new();
    for (file, object) in &objects {
        let theirs: Vec<_> = validators[&key(object)]
            .iter_errors(object)
            .map(|error| error.to_string())
            .collect();
        let ours = problems(object);
        if ours.is_empty() != theirs.is_empty() {
            wrong.push(format!("{file}: ours {ours:#?} theirs {theirs:#?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        objects.len(),
        wrong.join("\n")
    );
}

/// Objects that have a bit of everything of the kinds the corpus has little of.
fn samples() -> Vec<(String, Value)> {
    let text = include_str!("upstream_schemas.yaml");
    let read = |document| {
        let value = serde_yaml::Value::deserialize(document).unwrap();
        (
            "tests/upstream_schemas.yaml".to_owned(),
            serde_json::to_value(value).unwrap(),
        )
    };
    serde_yaml::Deserializer::from_str(text).map(read).collect()
}

#[test]
fn mutations_get_the_same_verdict() {
    let Some(shared) = shared() else { return };
    let schemas = schemas(&shared);
    let validators = validators(&schemas);
    let mut objects = corpus(&shared, &schemas);
    objects.extend(samples());
    objects.retain(|(_, object)| object["spec"].is_object());
    let mut wrong = Vec::new();
    let (mut refused, mut total, mut excused) = (0, 0, BTreeMap::new());
    for (index, (file, object)) in objects.iter().enumerate() {
        let theirs = &validators[&key(object)];
        assert!(
            !file.starts_with("tests/") || (problems(object).is_empty() && theirs.is_valid(object)),
            "{}: {:#?} {:#?}",
            object["kind"],
            problems(object),
            theirs
                .iter_errors(object)
                .map(|error| error.to_string())
                .collect::<Vec<_>>()
        );
        for seed in 0..40_u64 {
            let mut random = Random::new(u64::try_from(index).unwrap() << 20 | seed);
            let mut changed = object.clone();
            let what = mutate(&mut changed, &["spec"], &mut random);
            let ours = problems(&changed);
            let theirs: Vec<_> = theirs
                .iter_errors(&changed)
                .map(|error| error.to_string())
                .collect();
            total += 1;
            refused += usize::from(!theirs.is_empty());
            if ours.is_empty() == theirs.is_empty() {
                continue;
            }
            let excuse = STRICTER
                .iter()
                .find(|excuse| !ours.is_empty() && ours.iter().all(|it| (excuse.covers)(it)));
            match excuse {
                Some(excuse) => *excused.entry(excuse.reason).or_insert(0) += 1,
                None => wrong.push(format!(
                    "{file} {}: {what}\n  ours {ours:?}\n  theirs {theirs:?}",
                    key(object)
                )),
            }
        }
    }
    println!("{total} mutations, {refused} refused by upstream, ours stricter in {excused:#?}");
    assert!(
        total > 1000 && refused * 3 > total,
        "{total} mutations, {refused} refused"
    );
    assert!(
        wrong.is_empty(),
        "{} of {total}\n{}",
        wrong.len(),
        wrong[..wrong.len().min(25)].join("\n")
    );
}
