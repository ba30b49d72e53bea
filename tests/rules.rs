//! For each check of manifests: an input that breaks it, and a close neighbour that does not.
//!
//! `tests/rules/<code>/` holds pairs `breaks.yaml` and `holds.yaml` (or `breaks-<variant>.yaml` and
//! `holds-<variant>.yaml`), manifests as they are applied. What the first gives stands beside it as
//! `breaks.txt`. The first lines of a file may say more:
//!
//! - `# profile: NAME`: the built-in profile of the cluster; without it the cluster is not known;
//! - `# grove: DOMAIN …`: that cluster runs Grove, with these domains in its topology `racks`;
//! - `# cluster: KEY=VALUE …`: what that profile leaves to its user: `maxNodes` and `zones` of pools with GPUs,
//!   a `quota`, the `variant`;
//! - `# whole`: the manifests are all that the release renders, so what is missing is missed.
//!
//! A folder `schemas/` beside the cases has schemas that were imported.
//!
//! `before.yaml` (or `before-<variant>.yaml`) is what the cluster has now, for rules about changes.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail and may use files"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use graphwright::diagnostic::{self, Diagnostic, Style};
use graphwright::model::Manifest;
use graphwright::model::object::Maker;
use graphwright::model::profile::TopologyLevel;
use graphwright::resolve::ResolvedProfile;
use graphwright::rules::{self, Decisions};
use graphwright::schema::Schemas;
use graphwright::source::Sources;
use graphwright::validate::{self, Subject};
use graphwright::yaml::{At, read};

const DIRECTORY: &str = "tests/rules";

/// How many lines a neighbour may have otherwise.
const MOST_CHANGES: usize = 14;

/// The manifests of a file.
fn manifests(path: &Path, sources: &mut Sources, found: &mut Vec<Diagnostic>) -> Vec<Manifest> {
    let text = fs::read_to_string(path).unwrap();
    let file = sources.add(path.to_str().unwrap(), text.as_str());
    let documents = read::documents(&text, file, &Default::default(), found);
    documents
        .into_iter()
        .filter_map(|object| graphwright::manifest(object, Maker::Author, found))
        .collect()
}

/// Adds what a test says of the cluster to its profile.
fn adapt(profile: &mut ResolvedProfile, said: &str) {
    let spec = &mut profile.spec;
    for (key, value) in said
        .split_whitespace()
        .map(|one| one.split_once('=').unwrap())
    {
        let pools = spec.pools.iter_mut().filter(|pool| pool.gpu.is_some());
        match key {
            "maxNodes" => {
                pools.for_each(|pool| {
                    pool.value.max_nodes = Some(At::nowhere(value.parse().unwrap()))
                });
            }
            "zones" => pools.for_each(|pool| {
                let zones = value.split(',').map(|zone| At::nowhere(zone.to_owned()));
                pool.value.zones = zones.collect();
            }),
            "quota" => {
                let (name, most) = value.split_once(':').unwrap();
                let most = At::nowhere(most.to_owned());
                spec.quotas.insert(name.to_owned(), most);
            }
            "variant" => {
                spec.variant = serde_json::from_value(serde_json::json!(value)).unwrap();
            }
            other => panic!("`{other}` is nothing that a test may say"),
        }
    }
}

/// What is found in a file.
fn check(path: &Path) -> (Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let mut found = Vec::new();
    let text = fs::read_to_string(path).unwrap();
    let says = |key: &str| {
        let mut lines = text.lines().take_while(|line| line.starts_with('#'));
        lines.find_map(|line| line.strip_prefix(key))
    };
    let name = says("# profile: ");
    let profile = graphwright::builtin_profile(name.unwrap_or("base"), &mut sources).unwrap();
    let mut profile = ResolvedProfile::clone(&profile);
    if let Some(domains) = says("# grove: ") {
        profile.spec.capabilities.grove = At::nowhere(true);
        profile.spec.topology.cluster_topology = Some(At::nowhere("racks".to_owned()));
        let level = |domain: &str| {
            let (name, label) = (domain.to_owned(), format!("example.com/{domain}"));
            At::nowhere(TopologyLevel { name, label })
        };
        profile.spec.topology.levels = domains.split(' ').map(level).collect();
    }
    if let Some(said) = says("# cluster: ") {
        adapt(&mut profile, said);
    }
    let given = manifests(path, &mut sources, &mut found);
    let file = path.file_name().unwrap().to_str().unwrap();
    let variant = file
        .trim_start_matches("breaks")
        .trim_start_matches("holds");
    // Schemas that stand beside the case.
    let folder = path.with_file_name("schemas");
    let schemas = Schemas::open([folder.as_path()]);
    let before = path.with_file_name(format!("before{variant}"));
    let before = before
        .exists()
        .then(|| manifests(&before, &mut sources, &mut found));
    found.extend(validate::validate(&Subject {
        manifests: &given,
        existing: &[],
        schemas: &schemas,
        profile: &profile,
        cluster_is_known: name.is_some(),
        is_whole: says("# whole").is_some(),
        decisions: &Decisions::default(),
        before: before.as_deref(),
    }));
    (found, sources)
}

/// The pairs: code, file that breaks the rule, file that does not.
fn pairs() -> Vec<(String, PathBuf, PathBuf)> {
    let mut pairs = Vec::new();
    for entry in fs::read_dir(DIRECTORY).unwrap() {
        let directory = entry.unwrap().path();
        let code = directory.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(rules::by_code(&code).is_some(), "`{code}` is no rule");
        let files: BTreeMap<String, PathBuf> = fs::read_dir(&directory)
            .unwrap()
            .map(|file| file.unwrap().path())
            .map(|file| (file.file_name().unwrap().to_str().unwrap().to_owned(), file))
            .collect();
        for (name, breaks) in &files {
            let Some(variant) = name.strip_prefix("breaks") else {
                continue;
            };
            if variant.ends_with(".yaml") {
                let holds = files.get(&format!("holds{variant}"));
                let holds = holds.unwrap_or_else(|| panic!("{code}/{name} has no neighbour"));
                pairs.push((code.clone(), breaks.clone(), holds.clone()));
            }
        }
    }
    pairs.sort();
    pairs
}

#[test]
fn each_rule_is_broken_by_one_input_and_not_by_its_neighbour() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for (code, breaks, holds) in pairs() {
        let has = |found: &[Diagnostic]| found.iter().any(|one| one.rule.code == code);
        let (found, sources) = check(&breaks);
        let text = diagnostic::to_text(&found, &sources, Style::default());
        if !has(&found) {
            wrong.push(format!("{} does not break it:\n{text}", breaks.display()));
        }
        let golden = breaks.with_extension("txt");
        if update {
            fs::write(&golden, &text).unwrap();
        } else if fs::read_to_string(&golden).ok().as_ref() != Some(&text) {
            wrong.push(format!("{} is not:\n{text}", golden.display()));
        }
        let (found, sources) = check(&holds);
        if has(&found) {
            let text = diagnostic::to_text(&found, &sources, Style::default());
            wrong.push(format!("{} breaks it:\n{text}", holds.display()));
        }
        let [a, b] = [&breaks, &holds].map(|path| fs::read_to_string(path).unwrap());
        let changes = similar::TextDiff::from_lines(&a, &b)
            .iter_all_changes()
            .filter(|change| change.tag() != similar::ChangeTag::Equal)
            .count();
        if changes > MOST_CHANGES {
            wrong.push(format!("{} is not near: {changes} lines", holds.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
