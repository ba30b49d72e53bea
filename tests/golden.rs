//! The example graphs of `golden/` render to the trees beside them, file for file and byte for byte.
//!
//! `UPDATE_GOLDEN=1 cargo test --test golden` rewrites the trees.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut found: Vec<PathBuf> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("release.yaml").is_file())
        .collect();
    found.sort();
    found
}

/// `graphwright golden check|accept` on one example, as a user would type it.
fn golden(verb: &str, example: &Path) -> (bool, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_graphwright"))
        .env_clear()
        .args(["--quiet", "golden", verb])
        .arg(example.join("release.yaml"))
        .arg("--tree")
        .arg(example)
        .output()
        .unwrap();
    let output = [run.stdout, run.stderr].concat();
    (
        run.status.success(),
        String::from_utf8_lossy(&output).into_owned(),
    )
}

#[test]
fn every_example_renders_to_its_tree() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = String::new();
    for example in examples() {
        if update {
            let (accepted, output) = golden("accept", &example);
            assert!(accepted, "{}: {output}", example.display());
        }
        let (fresh, output) = golden("check", &example);
        if !fresh {
            wrong += &format!("{}:\n{output}\n", example.display());
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong}\nUPDATE_GOLDEN=1 cargo test --test golden rewrites them"
    );
}

#[test]
fn the_examples_cover_all_clouds_and_engines() {
    let mut profiles = BTreeSet::new();
    for example in examples() {
        for entry in example.read_dir().unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_dir() {
                profiles.insert(entry.file_name().into_string().unwrap());
            }
        }
    }
    assert!(examples().len() >= 6);
    assert!(profiles.len() >= 6, "{profiles:?}");
    for cloud in ["eks-", "aks-", "gke-", "kind"] {
        assert!(
            profiles.iter().any(|name| name.starts_with(cloud)),
            "{cloud}"
        );
    }
}
