//! Which schemas did the user bring along?
//!
//! A project's folder of schemas holds what `schema import` wrote: `<group>/<kind>_<version>.json`. A file is
//! read when an object of its kind is met, and wins over the built-in schema of that kind. Files that the
//! command did not write are left alone.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use graphwright_validators::jsonschema::{self, Draft, PatternOptions};
use serde_json::Value;

use super::SchemaProblem;
use super::explain;
use crate::cel::Shapes;

/// What the first key of an imported file says; other files are not ours.
pub(super) const MARK: &str = "imported by graphwright";

/// The largest file, in bytes.
const LARGEST: u64 = 8 << 20;
/// The most files.
const MOST: usize = 10_000;

/// The schemas that objects are held against: the user's, then those that come with the program.
#[derive(Debug, Default)]
pub struct Schemas {
    files: BTreeMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    loaded: OnceLock<Result<Option<Loaded>, String>>,
}

#[derive(Debug)]
struct Loaded {
    text: String,
    schema: Value,
    validator: OnceLock<Result<jsonschema::Validator, String>>,
    shapes: OnceLock<Result<Arc<Shapes>, String>>,
}

impl Schemas {
    /// Only what comes with the program.
    pub fn builtin() -> &'static Self {
        static NONE: Schemas = Schemas {
            files: BTreeMap::new(),
        };
        &NONE
    }

    /// What comes with the program, and the schemas of folders; the first folder that has a kind wins. A
    /// folder that is not there has none.
    pub fn open<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Self {
        let mut files = BTreeMap::new();
        for folder in folders {
            for (group, directory) in entries(folder) {
                if !directory.is_dir() {
                    continue;
                }
                for (name, path) in entries(&directory) {
                    let is_file = path.symlink_metadata().is_ok_and(|it| it.is_file());
                    let stem = name.strip_suffix(".json").filter(|stem| stem.contains('_'));
                    if let Some(stem) = stem.filter(|_| is_file && files.len() < MOST) {
                        files.entry(format!("{group}/{stem}")).or_insert(Entry {
                            path,
                            loaded: OnceLock::new(),
                        });
                    }
                }
            }
        }
        Self { files }
    }

    /// Whether there are any besides those of the program.
    pub fn is_builtin(&self) -> bool {
        self.files.is_empty()
    }

    fn entry(&self, api_version: &str, kind: &str) -> Option<&Entry> {
        if self.files.is_empty() {
            return None;
        }
        let entry = self.files.get(&super::file_name(api_version, kind))?;
        // What stands there may be somebody else's.
        match entry.loaded() {
            Ok(None) => None,
            Ok(Some(_)) | Err(_) => Some(entry),
        }
    }

    /// Whether a kind has a schema, for a cluster of a Kubernetes minor.
    pub fn is_known(&self, api_version: &str, kind: &str, kubernetes_minor: &str) -> bool {
        self.entry(api_version, kind).is_some()
            || super::is_known(api_version, kind, kubernetes_minor)
    }

    /// What is wrong with an object of a kind, as [`check`](super::check) tells it.
    ///
    /// # Errors
    ///
    /// If the user's schema of the kind cannot be used.
    pub fn check(
        &self,
        object: &Value,
        api_version: &str,
        kind: &str,
        kubernetes_minor: &str,
    ) -> Result<Vec<SchemaProblem>, String> {
        let Some(entry) = self.entry(api_version, kind) else {
            return Ok(super::check(object, api_version, kind, kubernetes_minor));
        };
        let Some(loaded) = entry.loaded()? else {
            return Ok(Vec::new());
        };
        let validator = entry.of(loaded.validator.get_or_init(|| compile(&loaded.schema)))?;
        if validator.is_valid(object) {
            return Ok(Vec::new());
        }
        Ok(explain::explain(object, &loaded.schema, validator, false))
    }

    /// What the rules of a kind's schema need to know of it; nothing if there are none.
    ///
    /// # Errors
    ///
    /// If the user's schema of the kind cannot be used.
    pub fn shapes(&self, api_version: &str, kind: &str) -> Result<Option<Arc<Shapes>>, String> {
        let Some(entry) = self.entry(api_version, kind) else {
            return Ok(super::shapes(api_version, kind));
        };
        let Some(loaded) = entry.loaded()? else {
            return Ok(None);
        };
        let shapes = loaded
            .shapes
            .get_or_init(|| Shapes::of(&loaded.schema).map(Arc::new));
        Ok(Some(entry.of(shapes)?.clone()))
    }

    /// The versions of a group in which a kind has a schema, in backticks.
    pub fn versions(&self, kind: &str, group: &str, kubernetes_minor: &str) -> Vec<String> {
        let mut versions = super::versions(kind, group, kubernetes_minor);
        let start = format!("{group}/{}_", kind.to_ascii_lowercase());
        for name in self.files.keys() {
            if let Some(version) = name.strip_prefix(&start) {
                let shown = format!("`{group}/{version}`");
                if !versions.contains(&shown)
                    && self.entry(&format!("{group}/{version}"), kind).is_some()
                {
                    versions.push(shown);
                }
            }
        }
        versions
    }

    /// The names of the user's schemas, sorted, such as `keda.sh/scaledobject_v1alpha1`.
    pub fn imported(&self) -> impl Iterator<Item = &str> {
        let ours = self
            .files
            .iter()
            .filter(|(_, entry)| !matches!(entry.loaded(), Ok(None)));
        ours.map(|(name, _)| name.as_str())
    }

    /// The text of a schema by its name.
    pub fn document(&self, name: &str) -> Option<&str> {
        let loaded = self.files.get(name).and_then(|entry| entry.loaded().ok()?);
        loaded
            .map(|loaded| loaded.text.as_str())
            .or_else(|| super::document(name))
    }
}

impl Entry {
    fn loaded(&self) -> Result<Option<&Loaded>, String> {
        let loaded = self.loaded.get_or_init(|| read(&self.path));
        Ok(self.of(loaded)?.as_ref())
    }

    fn of<'a, T>(&self, result: &'a Result<T, String>) -> Result<&'a T, String> {
        result
            .as_ref()
            .map_err(|why| format!("`{}` cannot be used: {why}", self.path.display()))
    }
}

/// The names and paths in a directory, sorted; none if it cannot be read.
fn entries(directory: &Path) -> BTreeMap<String, PathBuf> {
    let Ok(listing) = directory.read_dir() else {
        return BTreeMap::new();
    };
    let named = listing.take(MOST).filter_map(|entry| {
        let entry = entry.ok()?;
        Some((entry.file_name().into_string().ok()?, entry.path()))
    });
    named.collect()
}

fn read(path: &Path) -> Result<Option<Loaded>, String> {
    // Told apart before it is read whole: a folder of this name may hold anything.
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    file.by_ref()
        .take(200)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if !bytes
        .windows(MARK.len())
        .any(|part| part == MARK.as_bytes())
    {
        return Ok(None);
    }
    let size = file
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    if size as u64 > LARGEST {
        return Err(format!("it has more than {LARGEST} bytes"));
    }
    let schema: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    Ok(Some(Loaded {
        text,
        schema,
        validator: OnceLock::new(),
        shapes: OnceLock::new(),
    }))
}

/// The validator of a schema that came from a user. Nothing is fetched.
pub(super) fn compile(schema: &Value) -> Result<jsonschema::Validator, String> {
    // Its depth and size are looked at first.
    Shapes::of(schema)?;
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .with_pattern_options(PatternOptions::regex().size_limit(1 << 20))
        .should_validate_formats(false)
        .offline()
        .build(schema)
        .map_err(|error| error.to_string())
}
