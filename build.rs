//! Lists the files in `schemas/` for the binary to hold.
#![expect(
    clippy::disallowed_methods,
    reason = "Cargo tells where to read and write"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let mut files = Vec::new();
    list(&Path::new(&root).join("schemas"), "", &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for name in files {
        let _ = writeln!(
            table,
            "({:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/schemas/{name}.json\"))),",
            name
        );
    }
    table.push(']');
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("schemas.rs"), table)
}

/// Adds the JSON files in a folder, named from `schemas/` and without `.json`.
fn list(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else if let Some(stem) = name.strip_suffix(".json") {
            files.push(format!("{prefix}{stem}"));
        }
    }
    Ok(())
}
