//! JSON Schemas: which fields may an object of a kind have, and what is wrong with one that has others?
//!
//! Custom resources' schemas are generated from our types ([`generate`]), those of Kubernetes' own kinds
//! from the `k8s-openapi` crate by `cargo xtask schemas`. All are files in `schemas/`, held by the binary
//! as text and compiled when first used. What is emitted often has a validator compiled at build time,
//! which says yes fast; a no is explained by the file.
//!
//! The API server drops null fields before it validates: callers remove them first.

mod bundle;
mod explain;
pub mod import;
mod imported;
mod text;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use graphwright_validators::jsonschema::{self, Draft, PatternOptions};
use serde_json::Value;

use crate::builtin;
use crate::cel::Shapes;

pub use bundle::{generate, generate_for_validators, generate_shapes};
pub use explain::SchemaProblem;
pub use imported::Schemas;

/// The minors of Kubernetes 1 that have schemas. The newest file is whole, the others change it.
const MINORS: [u32; 4] = [34, 35, 36, 37];

/// Names of the schemas there are, sorted, such as `nvidia.com/dynamographdeployment_v1beta1`.
pub fn list() -> impl Iterator<Item = &'static str> {
    builtin::schemas()
}

/// The text of a schema by its name in [`list`].
pub fn document(name: &str) -> Option<&'static str> {
    builtin::schema(name)
}

/// A kind's schema as JSON, with all it refers to.
///
/// `kubernetes_minor` is such as `1.36`; one that has no schemas stands for the nearest that has.
pub fn resolved(api_version: &str, kind: &str, kubernetes_minor: &str) -> Option<Value> {
    if let Some(text) = document(&file_name(api_version, kind)) {
        return serde_json::from_str(text).ok();
    }
    let kubernetes = Kubernetes::of(nearest(kubernetes_minor));
    let mut schema = kubernetes
        .entry("kinds", &format!("{api_version}/{kind}"))?
        .clone();
    let definitions = bundle::reachable(&schema, &|name| kubernetes.entry("$defs", name));
    schema["$defs"] = definitions.into();
    Some(schema)
}

/// Kubernetes' own kinds in one minor: the newest's file, and what an older one has otherwise.
pub(crate) struct Kubernetes {
    newest: &'static Value,
    older: Option<Value>,
}

impl Kubernetes {
    pub(crate) fn of(minor: u32) -> Self {
        static NEWEST: OnceLock<Value> = OnceLock::new();

        let read = |minor: u32| {
            let text = document(&format!("kubernetes/1.{minor}")).expect("each minor has a file");
            serde_json::from_str(text).expect("a test reads every file")
        };
        let [.., newest] = MINORS;
        let older = (minor != newest).then(|| read(minor));
        Self {
            newest: NEWEST.get_or_init(|| read(newest)),
            older,
        }
    }

    /// An entry of `$defs` or `kinds`. What an older minor does not have is null there.
    pub(crate) fn entry(&self, section: &str, name: &str) -> Option<&Value> {
        let older = self
            .older
            .as_ref()
            .and_then(|older| older[section].get(name));
        older
            .or_else(|| self.newest[section].get(name))
            .filter(|entry| !entry.is_null())
    }
}

/// A kind's schema as text, with all it refers to. Also for Kubernetes' own kinds, which share a file.
pub fn show(api_version: &str, kind: &str, kubernetes_minor: &str) -> Option<String> {
    match document(&file_name(api_version, kind)) {
        Some(text) => Some(text.into()),
        None => resolved(api_version, kind, kubernetes_minor).map(|schema| text::pretty(&schema)),
    }
}

/// Where the schema of a custom resource is: `nvidia.com/dynamographdeployment_v1beta1`.
fn file_name(api_version: &str, kind: &str) -> String {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    format!("{group}/{}_{version}", kind.to_ascii_lowercase())
}

/// The minor that has schemas and is nearest to a version such as `1.36` or `v1.36.2`.
fn nearest(kubernetes_minor: &str) -> u32 {
    let [oldest, .., newest] = MINORS;
    let minor = kubernetes_minor
        .split('.')
        .nth(1)
        .and_then(|minor| minor.parse().ok());
    minor.unwrap_or(newest).clamp(oldest, newest)
}

/// A schema that was used, with its compiled form.
struct Compiled {
    schema: Value,
    validator: jsonschema::Validator,
}

/// The validator of a kind in a minor, compiled when first asked for. `None` if the kind has no schema.
pub fn lookup(
    api_version: &str,
    kind: &str,
    kubernetes_minor: &str,
) -> Option<&'static jsonschema::Validator> {
    compiled(api_version, kind, kubernetes_minor).map(|compiled| &compiled.validator)
}

fn compiled(api_version: &str, kind: &str, kubernetes_minor: &str) -> Option<&'static Compiled> {
    type Key = (String, u32);
    static USED: RwLock<BTreeMap<Key, &Compiled>> = RwLock::new(BTreeMap::new());

    // A custom resource is the same in every minor.
    let is_custom = document(&file_name(api_version, kind)).is_some();
    let minor = if is_custom {
        0
    } else {
        nearest(kubernetes_minor)
    };
    let key = (format!("{api_version}/{kind}"), minor);
    let used = USED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = used.get(&key) {
        return Some(found);
    }
    drop(used);
    // A kind without a schema is not remembered: its name comes from a user's file.
    let schema = resolved(api_version, kind, kubernetes_minor)?;
    let validator = jsonschema::options()
        .with_draft(Draft::Draft7)
        .with_pattern_options(PatternOptions::regex())
        .offline()
        .build(&schema)
        .expect("a test compiles every schema");
    let mut used = USED.write().unwrap_or_else(PoisonError::into_inner);
    // Kept to the end of the process: there are no more of them than kinds and minors.
    let new = || &*Box::leak(Box::new(Compiled { schema, validator }));
    Some(*used.entry(key).or_insert_with(new))
}

/// What the rules of a built-in schema need to know of it; nothing if it has none. Costs next to nothing for
/// kinds without rules.
pub fn shapes(api_version: &str, kind: &str) -> Option<Arc<Shapes>> {
    static USED: RwLock<BTreeMap<usize, Arc<Shapes>>> = RwLock::new(BTreeMap::new());

    let text = builtin::shape(&file_name(api_version, kind))?;
    // The text's place in the program stands for the kind.
    let key = text.as_ptr() as usize;
    let used = USED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = used.get(&key) {
        return Some(found.clone());
    }
    drop(used);
    let json = serde_json::from_str(text).expect("a test reads every file");
    let shapes = Shapes::of(&json).expect("a test reads every file");
    let mut used = USED.write().unwrap_or_else(PoisonError::into_inner);
    Some(used.entry(key).or_insert_with(|| Arc::new(shapes)).clone())
}

/// Whether a kind has a schema in a minor. Costs next to nothing for what is emitted often; no schema is
/// parsed for any kind.
pub fn is_known(api_version: &str, kind: &str, kubernetes_minor: &str) -> bool {
    // A kind is a line of the newest file; an older one has a line if it does not know the kind.
    let has = |minor: u32, line: &str| {
        document(&format!("kubernetes/1.{minor}")).is_some_and(|text| text.contains(line))
    };
    let [.., newest] = MINORS;
    // What is compiled in is there in the oldest minor, and so in all.
    graphwright_validators::validator(api_version, kind).is_some()
        || document(&file_name(api_version, kind)).is_some()
        || has(newest, &format!("\n\"{api_version}/{kind}\": {{"))
            && !has(
                nearest(kubernetes_minor),
                &format!("\n\"{api_version}/{kind}\": null"),
            )
}

/// The versions of a group in which a kind has a schema, such as `apps/v1`, in backticks.
pub fn versions(kind: &str, group: &str, kubernetes_minor: &str) -> Vec<String> {
    const VERSIONS: [&str; 7] = [
        "v1", "v2", "v1beta1", "v1beta2", "v1beta3", "v1alpha1", "v1alpha2",
    ];
    let prefix = if group.is_empty() {
        String::new()
    } else {
        format!("{group}/")
    };
    VERSIONS
        .iter()
        .map(|version| format!("{prefix}{version}"))
        .filter(|version| is_known(version, kind, kubernetes_minor))
        .map(|version| format!("`{version}`"))
        .collect()
}

/// What is wrong with an object of a kind in a minor: one problem for each mistake, in the order of their
/// places. Of a kind without a schema ([`is_known`]) nothing is found.
pub fn check(
    object: &Value,
    api_version: &str,
    kind: &str,
    kubernetes_minor: &str,
) -> Vec<SchemaProblem> {
    // Built-in kinds are compiled as the oldest minor has them, which newer ones accept.
    if graphwright_validators::validator(api_version, kind).is_some_and(|it| it.is_valid(object)) {
        return Vec::new();
    }
    let Some(Compiled { schema, validator }) = compiled(api_version, kind, kubernetes_minor) else {
        return Vec::new();
    };
    let is_secret = (api_version, kind) == ("v1", "Secret");
    explain::explain(object, schema, validator, is_secret)
}
