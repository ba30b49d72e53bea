//! Writes the tables of `src/builtin.rs`: every file of `profiles/`, `templates/` and `schemas/` with its
//! text.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let mut tables = String::new();
    table(&mut tables, "PROFILES", &root.join("profiles"), ".yaml")?;
    table(&mut tables, "TEMPLATES", &root.join("templates"), ".yaml")?;
    table(&mut tables, "SCHEMAS", &root.join("schemas"), ".json")?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the rule is about what the program writes, not its build"
    )]
    std::fs::write(
        Path::new(&variable("OUT_DIR")).join("builtin_tables.rs"),
        tables,
    )
}

fn variable(name: &str) -> std::ffi::OsString {
    std::env::var_os(name).expect("cargo sets it for build scripts")
}

/// One table of names and texts, sorted by name so that it can be searched by halves. A name is the path
/// below the folder without `ending`.
fn table(tables: &mut String, name: &str, folder: &Path, ending: &str) -> io::Result<()> {
    let mut files = Vec::new();
    if folder.is_dir() {
        collect(folder, "", &mut files)?;
    }
    for (file, _) in &mut files {
        file.truncate(file.len() - ending.len());
    }
    files.sort();
    let _ = writeln!(tables, "static {name}: &[(&str, &str)] = &[");
    for (file, path) in files {
        println!("cargo::rerun-if-changed={}", path.display());
        let _ = writeln!(tables, "    ({file:?}, include_str!({path:?})),");
    }
    tables.push_str("];\n");
    Ok(())
}

/// The YAML and JSON files below a folder, each with its path below the root.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else {
            continue;
        };
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), files)?;
        } else if name.ends_with(".yaml") || name.ends_with(".json") {
            files.push((format!("{prefix}{name}"), path));
        }
    }
    Ok(())
}
