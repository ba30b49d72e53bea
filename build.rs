//! Writes the tables of `src/builtin.rs`: every file of `profiles/` and `templates/` with its text.

#![expect(clippy::print_stdout, reason = "build scripts talk to cargo that way")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let mut tables = String::new();
    table(&mut tables, "PROFILES", &root.join("profiles"), true)?;
    table(&mut tables, "TEMPLATES", &root.join("templates"), false)?;
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

/// One table of names and texts, sorted by name so that it can be searched by halves. A profile is named
/// by its file alone, a template by its path below the folder.
fn table(tables: &mut String, name: &str, folder: &Path, stem: bool) -> std::io::Result<()> {
    let mut files = Vec::new();
    if folder.is_dir() {
        println!("cargo::rerun-if-changed={}", folder.display());
        collect(folder, folder, &mut files)?;
    }
    if stem {
        for (file, _) in &mut files {
            file.truncate(file.len() - ".yaml".len());
        }
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

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let below = path
                .strip_prefix(root)
                .expect("it was found below the root");
            let name: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            files.push((name.join("/"), path));
        }
    }
    Ok(())
}
