//! `schema`: the JSON Schemas that files are checked against.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};
use graphwright::diagnostic::{self, Diagnostic, did_you_mean};
use graphwright::emit::{self, File};
use graphwright::origin::Origin;
use graphwright::rules;
use graphwright::schema::import::{self, Imported};
use graphwright::schema::{self, Schemas};
use graphwright::source::Sources;

use super::Exit;
use super::output::Output;

pub(super) const EXAMPLES: &str = "\
Examples:
  graphwright schema list
  graphwright schema show nvidia.com/dynamographdeployment_v1beta1 > graph.json
  kubectl get crd -o yaml | graphwright schema import -
  graphwright schema import charts/keda/crds/

An editor uses a schema when a file's first line names it:
  # yaml-language-server: $schema=graph.json";

const IMPORT: &str = "\
Examples:
  kubectl get crd scaledobjects.keda.sh -o yaml | graphwright schema import -
  helm template --include-crds oci://ghcr.io/kedacore/charts/keda | graphwright schema import -
  graphwright schema import charts/keda/crds/ --into schemas

Files are YAML or JSON: CustomResourceDefinitions, lists of them, or a JSON Schema of one kind
that is called GROUP/KIND_VERSION.json. Of a directory, what holds none of these is passed
over. What is imported wins over the built-in schema of the same kind.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the names of the schemas, those of the project first
    List,
    /// Print one schema
    Show {
        /// A name that `list` prints
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Take the schemas of CustomResourceDefinitions into the project
    #[command(after_help = IMPORT)]
    Import(Import),
}

#[derive(Debug, Args)]
struct Import {
    /// Files or directories; `-` is standard input
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::AnyPath)]
    files: Vec<PathBuf>,
    /// Where they are kept [default: `schemas` in the project]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    into: Option<PathBuf>,
}

pub(super) fn run(arguments: Arguments, output: &Output) -> io::Result<Exit> {
    match arguments.action {
        Action::List => {
            let folder = folder();
            let schemas = Schemas::open([folder.as_path()]);
            let mut names: Vec<&str> = schemas.imported().collect();
            let builtin: Vec<&str> = schema::list()
                .filter(|name| !names.contains(name))
                .collect();
            names.extend(builtin);
            let names: String = names.iter().map(|name| format!("{name}\n")).collect();
            output.answer(&names)?;
            Ok(Exit::Done)
        }
        Action::Show { name } => {
            let folder = folder();
            let schemas = Schemas::open([folder.as_path()]);
            if let Some(text) = schemas.document(&name) {
                output.answer(text)?;
                return Ok(Exit::Done);
            }
            let mut refusal = Diagnostic::new(
                &rules::NO_SUCH_SCHEMA,
                Origin::None,
                format!("there is no schema `{name}`"),
            );
            let known: Vec<String> = schemas
                .imported()
                .map(str::to_owned)
                .chain(schema::list().map(str::to_owned))
                .collect();
            refusal = match did_you_mean(&name, known.iter().map(String::as_str)) {
                Some(suggestion) => refusal.help(suggestion),
                None => refusal.help("`graphwright schema list` prints the names"),
            };
            output.refuse(&refusal)
        }
        Action::Import(arguments) => import(&arguments, output),
    }
}

/// Where a project keeps its schemas.
fn folder() -> PathBuf {
    let here = super::current_directory().unwrap_or_default();
    let project = here
        .ancestors()
        .find(|directory| directory.join(".git").symlink_metadata().is_ok());
    match project {
        Some(project) if project != here => project.join("schemas"),
        _ => PathBuf::from("schemas"),
    }
}

fn import(arguments: &Import, output: &Output) -> io::Result<Exit> {
    let mut sources = Sources::default();
    let mut found = Vec::new();
    let mut imported: Vec<Imported> = Vec::new();
    for path in &arguments.files {
        let is_directory = path.is_dir();
        let mut files = vec![path.clone()];
        if is_directory {
            files = match files_of(path) {
                Ok(files) => files,
                Err(error) => {
                    found.push(unreadable(path, &error));
                    continue;
                }
            };
        }
        let before = (imported.len(), found.len());
        for file in files {
            match text_of(&file) {
                Ok(text) => {
                    let name = file.display().to_string();
                    let name = if name == "-" { "<stdin>".into() } else { name };
                    let (schemas, mut mistakes) =
                        import::import(&name, &text, is_directory, &mut sources);
                    imported.extend(schemas);
                    found.append(&mut mistakes);
                }
                Err(error) => found.push(unreadable(&file, &error)),
            }
        }
        if is_directory && before == (imported.len(), found.len()) {
            let message = format!(
                "no file in `{}` holds a CustomResourceDefinition",
                path.display()
            );
            found.push(
                Diagnostic::new(&rules::SCHEMA_IMPORT, Origin::None, message)
                    .help("a chart keeps them in `crds/`"),
            );
        }
    }
    output.diagnostics(&found, &sources)?;
    if diagnostic::has_errors(&found) {
        output.note("nothing was imported")?;
        return Ok(Exit::NotDone);
    }
    let into = arguments.into.clone().unwrap_or_else(folder);
    let mut files: Vec<File> = Vec::new();
    let mut summary = String::new();
    // Of a kind that was given twice, the last one counts.
    imported.reverse();
    imported.sort_by(|a, b| a.name.cmp(&b.name));
    imported.dedup_by(|a, b| a.name == b.name);
    for schema in imported {
        let name = format!("{}.json", schema.name);
        let before = emit::disk::read(&into.join(&name)).ok().flatten();
        let word = match before {
            Some(before) if before == schema.text.as_bytes() => "unchanged",
            Some(_) => "replaced",
            None => "added",
        };
        let rules = match schema.rules {
            0 => String::new(),
            1 => ", 1 rule".into(),
            rules => format!(", {rules} rules"),
        };
        summary.push_str(&format!("{word} {}{rules}\n", schema.name));
        if word != "unchanged" {
            files.push(File {
                name,
                text: schema.text,
            });
        }
    }
    if let Err(error) = emit::plain_files(&into, &files) {
        return output.refuse(&error);
    }
    output.answer(&summary)?;
    output.note(&format!("{} written into {}", files.len(), into.display()))?;
    Ok(Exit::Done)
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let message = format!("`{}` cannot be read: {error}", path.display());
    Diagnostic::new(&rules::FILE_UNREADABLE, Origin::None, message)
}

/// The YAML and JSON files below a directory, sorted.
fn files_of(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(directory)
        .max_depth(16)
        .sort_by_file_name()
    {
        let entry = entry?;
        let ending = entry.path().extension().and_then(|ending| ending.to_str());
        if entry.file_type().is_file() && matches!(ending, Some("yaml" | "yml" | "json")) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// The text of a file that is not too large.
fn text_of(path: &Path) -> io::Result<String> {
    let most = import::LIMITS.bytes as u64;
    let mut text = String::new();
    let size = if path == Path::new("-") {
        io::stdin()
            .lock()
            .take(most + 1)
            .read_to_string(&mut text)?
    } else {
        // Before it is opened: opening a pipe waits for a writer.
        if !path.metadata()?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        std::fs::File::open(path)?
            .take(most + 1)
            .read_to_string(&mut text)?
    };
    if size as u64 > most {
        return Err(io::Error::other(format!("it has more than {most} bytes")));
    }
    Ok(text)
}
