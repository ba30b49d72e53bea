//! What does a GitOps repository look like that renders at once?

use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::emit::disk::{self, trouble};
use crate::emit::{File, plain_files};
use crate::origin::Origin;
use crate::resolve::ResolvedProfile;
use crate::{rules, schema};

/// The cluster's name in the example.
const CLUSTER: &str = "prod";

const OURS: &str = "graphwright.dev";

/// The files of a repository whose cluster builds on the profile `base`: a graph that runs there, a release of
/// it, and what checks them.
pub fn files(base: &ResolvedProfile) -> Vec<File> {
    // The graphs that the project itself is tested with; the mocker needs no GPU.
    let has_gpus = base.spec.pools.iter().any(|pool| pool.gpu.is_some());
    let (graph, text) = if has_gpus {
        ("qwen3-8b", include_str!("../golden/vllm-agg/graph.yaml"))
    } else {
        ("mocker", include_str!("../golden/mocker/graph.yaml"))
    };
    let file = |name: String, text: String| File { name, text };
    let cluster = format!(
        "# What the cluster is. `graphwright profile show clusters/{CLUSTER}.yaml` prints it with all its layers.\n\
         apiVersion: {OURS}/v1alpha1\n\
         kind: ClusterProfile\n\
         metadata:\n  name: {CLUSTER}\n\
         spec:\n  extends: [{}]\n",
        base.name
    );
    let release = format!(
        "# What runs where.\n\
         apiVersion: {OURS}/v1alpha1\n\
         kind: Release\n\
         metadata:\n  name: {graph}\n\
         spec:\n  graph: ../graphs/{graph}.yaml\n  profiles: [../clusters/{CLUSTER}.yaml]\n  \
         namespace:\n    name: inference\n    create: true\n"
    );
    let [cluster_schema, release_schema, graph_schema] = SCHEMAS;
    let mut files = vec![
        file(".gitignore".to_owned(), ".*.graphwright/\n".to_owned()),
        file(
            ".github/workflows/rendered.yaml".to_owned(),
            include_str!("init/rendered.yaml").to_owned(),
        ),
        file(
            "README.md".to_owned(),
            include_str!("init/README.md").to_owned(),
        ),
        file(
            format!("clusters/{CLUSTER}.yaml"),
            with_schema(cluster_schema, &cluster),
        ),
        file(
            format!("graphs/{graph}.yaml"),
            with_schema(graph_schema, text),
        ),
        file(
            format!("releases/{graph}.yaml"),
            with_schema(release_schema, &release),
        ),
    ];
    for name in SCHEMAS {
        if let Some(text) = schema::document(name) {
            files.push(file(format!("schemas/{name}.json"), text.to_owned()));
        }
    }
    files
}

/// The schemas of what people write.
const SCHEMAS: [&str; 3] = [
    "graphwright.dev/clusterprofile_v1alpha1",
    "graphwright.dev/release_v1alpha1",
    "nvidia.com/dynamographdeployment_v1beta1",
];

/// The text with the line by which editors find its schema.
fn with_schema(schema: &str, text: &str) -> String {
    format!("# yaml-language-server: $schema=../schemas/{schema}.json\n{text}")
}

/// Writes `files` below `directory`, which must be empty, new, or hold nothing but the same files.
///
/// # Errors
/// Something else is there, or the directory cannot be written. Nothing is written if something else is there.
pub fn write(directory: &Path, files: &[File]) -> Result<(), Diagnostic> {
    let foreign = first_other(directory, directory, files)
        .map_err(|error| trouble("read", directory, &error))?;
    if let Some(name) = foreign {
        return Err(Diagnostic::new(
            &rules::DIRECTORY_NOT_EMPTY,
            Origin::None,
            format!("`{}` holds `{name}` already", directory.display()),
        )
        .help("name a new or empty directory"));
    }
    plain_files(directory, files)
}

/// Something below `directory` that is none of `files`; Git's own folder does not count.
fn first_other(root: &Path, directory: &Path, files: &[File]) -> std::io::Result<Option<String>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let below = path.strip_prefix(root).unwrap_or(&path);
        let name = below.to_string_lossy().replace('\\', "/");
        if name == ".git" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            let prefix = format!("{name}/");
            if !files.iter().any(|file| file.name.starts_with(&prefix)) {
                return Ok(Some(name));
            }
            if let Some(other) = first_other(root, &path, files)? {
                return Ok(Some(other));
            }
        } else {
            let same = files.iter().find(|file| file.name == name);
            let there = disk::read(&path)?;
            if same.is_none_or(|file| there.as_deref() != Some(file.text.as_bytes())) {
                return Ok(Some(name));
            }
        }
    }
    Ok(None)
}
