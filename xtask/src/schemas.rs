//! Which fields do Kubernetes' built-in kinds have, in each minor version?
//!
//! The answer comes from the types of `k8s-openapi`, made compact and strict by [`tighten`]. The newest
//! minor is written whole; an older one holds only what it has otherwise than the newest.

mod built_in;
mod tighten;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::{Map, Value, json};

/// The supported minors, oldest first; each is a feature `v1_<minor>` of this package.
const MINORS: [u8; 4] = [34, 35, 36, 37];

/// Writes `schemas/kubernetes/1.<minor>.json` for every minor.
pub(crate) fn write() -> Result<(), Box<dyn Error>> {
    let root = repository();
    let mut all = Vec::new();
    for minor in MINORS {
        all.push((minor, built_with(minor, &root)?));
    }
    let Some((newest, whole)) = all.pop() else {
        return Ok(());
    };
    let folder = root.join("schemas/kubernetes");
    fs::create_dir_all(&folder)?;
    for (minor, schemas) in &all {
        let difference = json!({
            "$defs": difference(&schemas["$defs"], &whole["$defs"]),
            "kinds": difference(&schemas["kinds"], &whole["kinds"]),
        });
        fs::write(
            folder.join(format!("1.{minor}.json")),
            one_line_each(&difference)?,
        )?;
    }
    fs::write(
        folder.join(format!("1.{newest}.json")),
        one_line_each(&whole)?,
    )?;
    Ok(())
}

/// Prints the schemas of the one version this binary was built with.
pub(crate) fn print_this_build() -> Result<(), Box<dyn Error>> {
    let schemas = tighten::tighten(built_in::generate()?);
    serde_json::to_writer(std::io::stdout().lock(), &schemas)?;
    Ok(())
}

/// Builds this package again with one version of k8s-openapi and reads what it prints.
fn built_with(minor: u8, root: &Path) -> Result<Value, Box<dyn Error>> {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(root)
        .args(["run", "--quiet", "--package", "xtask", "--features"])
        .arg(format!("v1_{minor}"))
        .args(["--", "schemas-of-this-build"])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo run with feature v1_{minor}: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What `old` has otherwise than `new`: changed entries, and `null` for those it does not have.
fn difference(old: &Value, new: &Value) -> Value {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
        return json!({});
    };
    let changed = old
        .iter()
        .filter(|(name, entry)| new.get(*name) != Some(entry));
    let absent = new.keys().filter(|name| !old.contains_key(*name));
    let mut difference: Map<_, _> = changed
        .map(|(name, entry)| (name.clone(), entry.clone()))
        .collect();
    difference.extend(absent.map(|name| (name.clone(), Value::Null)));
    difference.sort_keys();
    difference.into()
}

/// JSON with one definition on each line: compact, and a difference between versions is readable.
fn one_line_each(schemas: &Value) -> Result<String, serde_json::Error> {
    let mut text = String::from("{");
    let mut section_comma = "";
    for (section, entries) in schemas.as_object().into_iter().flatten() {
        let _ = write!(
            text,
            "{section_comma}\n{}: {{",
            Value::from(section.as_str())
        );
        let mut comma = "";
        for (name, entry) in entries.as_object().into_iter().flatten() {
            let _ = write!(
                text,
                "{comma}\n{}: {}",
                Value::from(name.as_str()),
                serde_json::to_string(entry)?
            );
            comma = ",";
        }
        text.push_str("\n}");
        section_comma = ",";
    }
    text.push_str("\n}\n");
    Ok(text)
}

/// The repository: the folder above this package's.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
