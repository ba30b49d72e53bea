//! `schema import`: schemas of other operators become part of a project, and objects are held against them.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail and may use files"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const CRD: &str = r#"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  names: { kind: Widget, plural: widgets }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            apiVersion: { type: string }
            kind: { type: string }
            metadata: { type: object }
            spec:
              type: object
              required: [size, mode, note]
              properties:
                size: { type: integer, format: int32, description: "How large it is. The rest is long." }
                mode: { type: string, default: soft, enum: [soft, hard] }
                note: { type: string, nullable: true }
                port: { x-kubernetes-int-or-string: true, anyOf: [{ type: integer }, { type: string }] }
                share: { type: number, minimum: 0, exclusiveMinimum: true }
                free: { type: object, x-kubernetes-preserve-unknown-fields: true, properties: { a: { type: string } } }
                inner: { type: object, x-kubernetes-embedded-resource: true, properties: { data: { type: string } } }
                parts:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name]
                  items: { type: object, properties: { name: { type: string } } }
              x-kubernetes-validations:
                - rule: "self.mode == 'soft' || self.size < 10"
                  messageExpression: "'%d is too large for %s'.format([self.size, self.mode])"
            status: { type: object, required: [ready], properties: { ready: { type: boolean } } }
    - name: v1alpha1
      served: false
      storage: false
      schema: { openAPIV3Schema: { type: object } }
"#;

/// A run of the program in a directory: exit code, stdout, stderr.
fn run(directory: &Path, arguments: &[&str], input: Option<&str>) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphwright"));
    command.current_dir(directory).args(arguments).env_clear();
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    if let Some(input) = input {
        std::io::Write::write_all(&mut stdin, input.as_bytes()).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn project() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".git")).unwrap();
    directory
}

/// What is said of a graph's file with a widget in it.
fn widget(directory: &Path, spec: &str) -> (i32, String) {
    let text = format!(
        "apiVersion: nvidia.com/v1beta1\nkind: DynamoGraphDeployment\nmetadata: {{name: chat}}\nspec:\n  components:\n    - name: Frontend\n      type: frontend\n      podTemplate: {{spec: {{containers: [{{name: main, image: 'r.example.com/vllm-runtime:1.2.0'}}]}}}}\n---\napiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: one}}\nspec: {spec}\n"
    );
    fs::write(directory.join("graph.yaml"), text).unwrap();
    let (code, _, stderr) = run(
        directory,
        &["render", "graph.yaml", "--profile", "kind"],
        None,
    );
    (code, stderr)
}

#[test]
fn objects_are_held_against_what_was_imported() {
    let project = project();
    let directory = project.path();
    let (_, before) = widget(directory, "{size: 1}");
    assert!(before.contains("schema-missing"), "{before}");
    let (code, stdout, stderr) = run(directory, &["schema", "import", "-"], Some(CRD));
    assert_eq!(
        (code, stdout.as_str()),
        (0, "added example.com/widget_v1, 1 rule\n"),
        "{stderr}"
    );
    let fine = "{size: 1, note: null, port: http, share: 0.5, free: {b: 1}, inner: {apiVersion: v1, kind: A, data: x}, parts: [{name: a}, {name: b}]}";
    let (code, stderr) = widget(directory, fine);
    assert!(code == 0 && !stderr.contains("Widget"), "{stderr}");
    for (spec, code, says) in [
        (
            "{size: big}",
            "schema",
            "`size` must be an integer, not a string",
        ),
        ("{size: 1, sizee: 2}", "schema", "did you mean `size`?"),
        ("{size: 3000000000}", "schema", "must be at most 2147483647"),
        ("{}", "schema", "missing field `size`"),
        (
            "{size: 1, port: 1.5}",
            "schema",
            "`port` must be an integer or a string",
        ),
        ("{size: 1, share: 0}", "schema", "share"),
        ("{size: 1, free: {a: 1}}", "schema", "`a` must be a string"),
        ("{size: 1, mode: loud}", "schema", "`mode` cannot be `loud`"),
        ("{size: 11, mode: hard}", "cel", "11 is too large for hard"),
        (
            "{size: 1, parts: [{name: a}, {name: a}]}",
            "list-duplicate",
            "`name: a` is in this list twice",
        ),
    ] {
        let (exit, stderr) = widget(directory, spec);
        assert!(
            exit != 0 && stderr.contains(&format!("error[{code}]")) && stderr.contains(says),
            "{spec}: {stderr}"
        );
    }
}

#[test]
fn imported_schemas_are_listed_and_shown() {
    let project = project();
    let directory = project.path();
    run(directory, &["schema", "import", "-"], Some(CRD));
    let (_, listed, _) = run(directory, &["schema", "list"], None);
    assert!(
        listed.starts_with("example.com/widget_v1\n") && listed.contains("nvidia.com/"),
        "{listed}"
    );
    let (code, shown, _) = run(
        directory,
        &["schema", "show", "example.com/widget_v1"],
        None,
    );
    assert!(
        code == 0 && shown.contains("How large it is.") && !shown.contains("The rest"),
        "{shown}"
    );
    let (_, again, _) = run(directory, &["schema", "import", "-"], Some(CRD));
    assert_eq!(again, "unchanged example.com/widget_v1, 1 rule\n");
    let other = CRD.replace("size < 10", "size < 11");
    let (_, changed, _) = run(directory, &["schema", "import", "-"], Some(&other));
    assert_eq!(changed, "replaced example.com/widget_v1, 1 rule\n");
}

#[test]
fn lists_and_charts_are_read() {
    let project = project();
    let directory = project.path();
    let item: String = CRD
        .trim_start()
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    let list = format!("apiVersion: v1\nkind: List\nitems:\n  -\n{item}");
    let (code, stdout, stderr) = run(
        directory,
        &["schema", "import", "-", "--into", "kept"],
        Some(&list),
    );
    assert_eq!(
        (code, stdout.as_str()),
        (0, "added example.com/widget_v1, 1 rule\n"),
        "{stderr}"
    );
    assert!(directory.join("kept/example.com/widget_v1.json").is_file());
    let crds = directory.join("chart/crds");
    fs::create_dir_all(&crds).unwrap();
    fs::write(crds.join("a.yaml"), CRD).unwrap();
    fs::write(crds.join("NOTES.txt"), "{{ not read }}").unwrap();
    fs::write(
        crds.join("other.yaml"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    )
    .unwrap();
    let (code, stdout, stderr) = run(directory, &["schema", "import", "chart/crds"], None);
    assert_eq!(
        (code, stdout.as_str()),
        (0, "added example.com/widget_v1, 1 rule\n"),
        "{stderr}"
    );
    fs::write(
        crds.join("b.yaml"),
        format!("{{{{- if .Values.crds }}}}\n{CRD}\n{{{{- end }}}}\n"),
    )
    .unwrap();
    let (code, stdout, stderr) = run(
        directory,
        &["schema", "import", "chart/crds", "--into", "other"],
        None,
    );
    assert!(code == 2 && stdout.is_empty(), "{stdout}{stderr}");
    assert!(
        stderr.contains("schema-import-template") && stderr.contains("helm template"),
        "{stderr}"
    );
    assert!(!directory.join("other").exists());
}

#[test]
fn what_is_no_schema_is_refused() {
    let project = project();
    let directory = project.path();
    let deep = format!(
        "{}{}",
        "{type: object, properties: {a: ".repeat(60),
        "}}".repeat(60)
    );
    let with = |schema: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: a}}\nspec:\n  group: example.com\n  names: {{kind: A}}\n  versions: [{{name: v1, served: true, schema: {{openAPIV3Schema: {schema}}}}}]\n"
        )
    };
    for (text, says) in [
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n".to_owned(),
            "no CustomResourceDefinition",
        ),
        (String::new(), "no CustomResourceDefinition"),
        (
            with("{type: object, properties: {a: {$ref: 'https://example.com/a.json'}}}"),
            "nothing is fetched",
        ),
        (
            with("{type: object, properties: {a: {type: nothing}}}"),
            "cannot be imported",
        ),
        (with(&deep), "error"),
        (
            CRD.replace("group: example.com", "group: ../../etc"),
            "no name of a kind",
        ),
    ] {
        let (code, stdout, stderr) = run(directory, &["schema", "import", "-"], Some(&text));
        assert!(
            code == 2 && stdout.is_empty() && stderr.contains(says),
            "{says}: {code} {stdout}{stderr}"
        );
    }
    assert!(!directory.join("schemas").exists());
    let (code, _, stderr) = run(directory, &["schema", "import", "nothing.yaml"], None);
    assert!(code == 2 && stderr.contains("file-unreadable"), "{stderr}");
}

#[test]
fn a_broken_schema_is_said_and_a_foreign_file_is_left_alone() {
    let project = project();
    let directory = project.path();
    let folder = directory.join("schemas/example.com");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("widget_v1.json"),
        "{\"$comment\": \"imported by graphwright\", ",
    )
    .unwrap();
    let (code, stderr) = widget(directory, "{size: 1}");
    assert!(
        code != 0 && stderr.contains("error[schema-file]"),
        "{stderr}"
    );
    fs::write(folder.join("widget_v1.json"), "{\"title\": \"mine\"").unwrap();
    let (_, stderr) = widget(directory, "{size: 1}");
    assert!(
        stderr.contains("schema-missing") && !stderr.contains("schema-file"),
        "{stderr}"
    );
}

#[test]
fn a_pattern_that_cannot_be_read_is_said() {
    let project = project();
    let with = |pattern: &str| {
        CRD.replace(
            "mode: { type: string,",
            &format!("mode: {{ type: string, pattern: '{pattern}',"),
        )
    };
    let (code, _, stderr) = run(
        project.path(),
        &["schema", "import", "-"],
        Some(&with("^(?i)s[o-q]ft$")),
    );
    assert!(code == 0 && !stderr.contains("warning"), "{stderr}");
    let (_, shown, _) = run(
        project.path(),
        &["schema", "show", "example.com/widget_v1"],
        None,
    );
    assert!(shown.contains("^[sS][o-qO-Q][fF][tT]$"), "{shown}");
    let (code, _, stderr) = run(project.path(), &["schema", "import", "-"], Some(&with("(")));
    assert!(
        code == 0 && stderr.contains("warning[schema-pattern]"),
        "{stderr}"
    );
}

/// Every definition that upstream has, as files and as one directory.
#[test]
fn upstreams_definitions_are_imported() {
    let Some(shared) = std::env::var_os("GRAPHWRIGHT_SHARED") else {
        return;
    };
    let crds = PathBuf::from(shared).join("crds");
    let project = project();
    let (code, stdout, stderr) = run(
        project.path(),
        &["schema", "import", crds.to_str().unwrap()],
        None,
    );
    assert_eq!(code, 0, "{stderr}");
    for name in [
        "gateway.networking.k8s.io/httproute_v1",
        "nvidia.com/dynamographdeployment_v1beta1",
        "grove.io/podcliqueset_v1alpha1",
    ] {
        assert!(stdout.contains(&format!("added {name}")), "{stdout}");
    }
    assert!(stdout.lines().count() > 60, "{stdout}");
    println!("{} kinds and versions", stdout.lines().count());
}
