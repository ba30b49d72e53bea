//! What is compiled at build time says what the schema files say.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test reads the repository"
)]

mod mutation;

use std::collections::BTreeSet;

use graphwright::schema;
use mutation::{Random, mutate};
use serde::Deserialize as _;
use serde_json::Value;

/// Objects with a bit of everything, of kinds that are compiled in and others.
fn samples() -> Vec<Value> {
    let texts = [
        include_str!("upstream_schemas.yaml"),
        include_str!("validators.yaml"),
    ];
    let read =
        |document| serde_json::to_value(serde_yaml::Value::deserialize(document).unwrap()).unwrap();
    texts
        .into_iter()
        .flat_map(|text| serde_yaml::Deserializer::from_str(text).map(read))
        .collect()
}

fn kind_of(object: &Value) -> (&str, &str) {
    (
        object["apiVersion"].as_str().unwrap(),
        object["kind"].as_str().unwrap(),
    )
}

#[test]
fn every_compiled_kind_has_a_sample() {
    let samples = samples();
    let sampled: BTreeSet<_> = samples.iter().map(kind_of).collect();
    let missing: Vec<_> = graphwright_validators::kinds()
        .filter(|kind| !sampled.contains(kind))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The oldest minor's definitions are compiled in, and what it accepts every newer one accepts.
#[test]
fn a_compiled_yes_is_a_yes_for_every_minor() {
    let mut noes = 0;
    for (index, sample) in samples().iter().enumerate() {
        let (api_version, kind) = kind_of(sample);
        let Some(validator) = graphwright_validators::validator(api_version, kind) else {
            continue;
        };
        assert!(
            validator.is_valid(sample),
            "{kind}: {:#?}",
            schema::check(sample, api_version, kind, "1.34")
        );
        for seed in 0..200 {
            let mut changed = sample.clone();
            let mut random = Random::new(u64::try_from(index).unwrap() << 20 | seed);
            let what = mutate(
                &mut changed,
                &["metadata", "spec", "data", "rules", "roleRef", "subjects"],
                &mut random,
            );
            let compiled = validator.is_valid(&changed);
            let verdict = |minor| {
                schema::lookup(api_version, kind, minor)
                    .unwrap()
                    .is_valid(&changed)
            };
            assert_eq!(compiled, verdict("1.34"), "{kind}: {what}");
            noes += u32::from(!compiled);
            if compiled {
                for minor in ["1.35", "1.36", "1.37"] {
                    assert!(verdict(minor), "{kind} in {minor}: {what}");
                }
            }
        }
    }
    assert!(noes > 1000, "{noes}");
}

#[test]
fn a_validator_refuses_another_kind() {
    let validator = graphwright_validators::validator("v1", "Namespace").unwrap();
    let object = |kind: &str| serde_json::json!({ "apiVersion": "v1", "kind": kind, "metadata": { "name": "a" } });
    assert!(validator.is_valid(&object("Namespace")));
    assert!(!validator.is_valid(&object("ConfigMap")));
    assert!(!validator.is_valid(&Value::Null));
    assert_eq!(graphwright_validators::validator("v1", "NoSuchKind"), None);
}

/// Null is nobody's business here: callers drop nulls first, and no schema allows one.
#[test]
fn null_is_refused() {
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a", "labels": null },
    });
    assert!(
        !graphwright_validators::validator("v1", "ConfigMap")
            .unwrap()
            .is_valid(&object)
    );
    let problems = schema::check(&object, "v1", "ConfigMap", "1.36");
    assert_eq!(problems[0].message, "`labels` must be a mapping, not null");
}
