//! What the README says is so: its first command, its commands and its output.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail loudly and read their fixtures"
)]

use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// What the built program prints.
fn graphwright(arguments: &[&str]) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_graphwright"))
        .env_clear()
        .current_dir(root())
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&run.stderr)
    );
    String::from_utf8(run.stdout).unwrap()
}

/// The words of the README's line that starts with `start`.
fn command(start: &str) -> Vec<String> {
    let text = readme();
    let line = text.lines().find(|line| line.starts_with(start)).unwrap();
    line.trim_start_matches(start)
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_first_command_prints_what_the_readme_shows() {
    let words = command("cargo run --release -- ");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let output = graphwright(&words);
    let text = readme();
    let mut shown = text
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    let (before, after) = (shown.next().unwrap(), shown.next().unwrap());
    let graph = std::fs::read_to_string(root().join("golden/vllm-disagg/graph.yaml")).unwrap();
    for line in before.lines() {
        assert!(graph.contains(line), "{line}");
    }
    for line in after.lines() {
        assert!(output.contains(line), "{line}");
    }
}

#[test]
fn the_question_why_has_an_answer() {
    let text = readme();
    let question = text.split("graphwright why ").nth(1).unwrap();
    let question = question.split("```").next().unwrap().replace("\\\n", " ");
    let words: Vec<&str> = question
        .split_whitespace()
        .map(|word| word.trim_matches('\''))
        .collect();
    let answer = graphwright(&[&["why"], words.as_slice()].concat());
    assert!(answer.contains("shared-memory"), "{answer}");
}

#[test]
fn the_check_finds_what_the_readme_shows() {
    let line = command("graphwright validate tests/");
    let run = Command::new(env!("CARGO_BIN_EXE_graphwright"))
        .env_clear()
        .current_dir(root())
        .args(["validate", &format!("tests/{}", line[0])])
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1));
    let output = String::from_utf8([run.stdout, run.stderr].concat()).unwrap();
    let text = readme();
    let shown = text.split("```\nerror[schema]").nth(1).unwrap();
    let shown = format!("error[schema]{}", shown.split("```").next().unwrap());
    for line in shown.lines() {
        assert!(output.contains(line), "{line}\n{output}");
    }
}

#[test]
fn the_examples_of_a_project_and_a_waiver_are_sound() {
    let text = readme();
    let after = |start: &str| {
        let example = text.split(start).nth(1).unwrap();
        format!("{start}{}", example.split("```").next().unwrap())
    };
    let directory = tempfile::tempdir().unwrap();
    let write =
        |name: &str, text: String| std::fs::write(directory.path().join(name), text).unwrap();
    let project = after("apiVersion: graphwright.dev/v1alpha1\nkind: Project\n");
    write("graphwright.yaml", project);
    let waiver = after("metadata:\n  annotations:\n    graphwright.dev/ignore: |\n");
    let widget = format!("apiVersion: example.com/v1\nkind: Widget\n{waiver}  name: extra\n");
    write("widget.yaml", widget);
    let run = Command::new(env!("CARGO_BIN_EXE_graphwright"))
        .env_clear()
        .env("SOURCE_DATE_EPOCH", "1780272000")
        .current_dir(directory.path())
        .args(["validate", "."])
        .output()
        .unwrap();
    let summary = String::from_utf8(run.stderr).unwrap();
    let expected = "checked 1 object in 1 file: valid; 1 waived until 2027-01-31\n";
    assert_eq!(
        summary,
        expected,
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
}

#[test]
fn every_command_is_in_the_table() {
    let help = graphwright(&["--help"]);
    let listed = help.split("Commands:\n").nth(1).unwrap();
    for line in listed.lines().take_while(|line| !line.is_empty()) {
        let name = line.split_whitespace().next().unwrap();
        if name != "help" {
            assert!(readme().contains(&format!("\n| `{name}` |")), "{name}");
        }
    }
}
