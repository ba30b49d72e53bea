//! Writes the tables of `src/builtin.rs`: every file of `profiles/`, `templates/`, `schemas/` and `shapes/`
//! with its text, and the steps of parsing each profile.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use granit_parser::{Event, Parser, ScalarStyle};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let mut tables = String::new();
    table(&mut tables, "PROFILES", &root.join("profiles"), ".yaml")?;
    steps(&mut tables, &root.join("profiles"))?;
    table(&mut tables, "TEMPLATES", &root.join("templates"), ".yaml")?;
    table(&mut tables, "SCHEMAS", &root.join("schemas"), ".json")?;
    table(&mut tables, "SHAPES", &root.join("shapes"), ".json")?;
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

/// The table of the profiles' steps, sorted by name; `src/yaml/recorded.rs` says what a step is.
fn steps(tables: &mut String, folder: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    collect(folder, "", &mut files)?;
    files.sort_by(|(a, _), (b, _)| a.trim_end_matches(".yaml").cmp(b.trim_end_matches(".yaml")));
    let _ = writeln!(
        tables,
        "static PROFILE_STEPS: &[(&str, &[Step], &str)] = &["
    );
    for (file, path) in files {
        #[expect(
            clippy::disallowed_methods,
            reason = "the rule is about what the program reads, not its build"
        )]
        let text = std::fs::read_to_string(&path)?;
        let name = file.trim_end_matches(".yaml");
        let (steps, folded) = record(name, &text);
        let _ = writeln!(tables, "    ({name:?}, &{steps:?}, {folded:?}),");
    }
    tables.push_str("];\n");
    Ok(())
}

/// The steps of parsing one profile, as numbers, and the scalars that do not read as they are written.
///
/// # Panics
///
/// If the profile has anchors or tags.
fn record(name: &str, text: &str) -> (Vec<(u8, usize, usize)>, String) {
    let mut steps = Vec::new();
    let mut folded = String::new();
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let (event, span) = next.unwrap_or_else(|error| panic!("{name}: {error}"));
        let place = span.byte_range().unwrap_or(0..0);
        let kind = match event {
            Event::MappingStart(_, 0, None) => 0,
            Event::SequenceStart(_, 0, None) => 1,
            Event::MappingEnd | Event::SequenceEnd => 2,
            Event::Scalar(value, style, 0, None) => {
                let written = &text[place.clone()];
                match style {
                    ScalarStyle::Plain if written == value => 3,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted
                        if written.get(1..written.len() - 1) == Some(&*value) =>
                    {
                        4
                    }
                    ScalarStyle::Plain => panic!("{name}: `{written}` must be on one line"),
                    _ => {
                        steps.push((5, folded.len(), folded.len() + value.len()));
                        folded.push_str(&value);
                        6
                    }
                }
            }
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd => {
                continue;
            }
            other => panic!("{name}: {other:?} is more than a profile needs"),
        };
        steps.push((kind, place.start, place.end.max(place.start)));
    }
    (steps, folded)
}
