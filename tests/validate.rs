//! `validate`: one command for inputs and for manifests from anywhere.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail and may use files"
)]

mod common;

use std::io::Write as _;
use std::process::Stdio;

use common::{Project, Run};

/// 2026-06-01, in seconds.
const TODAY: &str = "1780272000";

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: chat
spec:
  selector:
    matchLabels: {app: chat}
  template:
    metadata:
      labels: {app: chat}
    spec:
      containers:
        - name: main
          image: nginx:1
";

const CONFIG: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data: {a: b}
";

/// Of a kind that nothing is known of.
const WIDGET: &str = "\
apiVersion: example.com/v1
kind: Widget
metadata:
  name: extra
";

fn waived(waiver: &str) -> String {
    format!("{WIDGET}  annotations:\n    graphwright.dev/ignore: |\n      {waiver}\n")
}

fn broken() -> String {
    format!("{DEPLOYMENT}          imagePullPolcy: Always\n")
}

fn project(rules: &str) -> String {
    format!("apiVersion: graphwright.dev/v1alpha1\nkind: Project\nspec:\n  rules: {rules}\n")
}

fn release(rest: &str) -> String {
    format!(
        "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nmetadata:\n  name: chat\nspec:\n  \
         graph: ../graphs/chat.yaml\n  profiles: [eks-p5, gke-a3-ultra]\n{rest}"
    )
}

/// What a run says: the findings, which are the answer, then the summary.
fn run(project: &Project, arguments: &[&str]) -> Run {
    let mut command = project.command(&[&["validate"], arguments].concat());
    let output = command.env("SOURCE_DATE_EPOCH", TODAY).output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::new(),
        stderr: String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
    }
}

/// The same with text on stdin.
fn pipe(project: &Project, arguments: &[&str], text: &str) -> Run {
    let mut command = project.command(&[&["validate"], arguments].concat());
    let mut child = command
        .env("SOURCE_DATE_EPOCH", TODAY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::new(),
        stderr: String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
    }
}

/// Checks the exit status and that stderr is this one line.
#[track_caller]
fn says(run: &Run, code: i32, line: &str) {
    assert!(
        run.code == Some(code) && run.stdout.is_empty() && run.stderr == format!("{line}\n"),
        "{run:#?}"
    );
}

#[test]
fn a_file_of_mistakes_is_told_in_short() {
    let project = Project::new();
    let ports = "    - {prot: 80}\n".repeat(3_000);
    let text =
        format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  ports:\n{ports}");
    project.write("service.yaml", &text);
    let run = project.run(&["validate", "service.yaml"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(
        run.stdout.matches("error[schema]").count() <= 60,
        "{}",
        run.stdout.len()
    );
    assert!(
        run.stdout.contains("more fields of Service/web"),
        "{}",
        run.stdout
    );
}

#[test]
fn manifests_are_checked_with_their_lines() {
    let files = Project::new();
    files.write("a.yaml", &broken());
    let run = run(&files, &["a.yaml"]);
    run.is(
        1,
        "",
        "error[schema]: unknown field `imagePullPolcy`\n  --> a.yaml:15:27",
    );
    assert!(
        run.stderr
            .ends_with("\nchecked 1 object in 1 file: 1 error\n"),
        "{run:#?}"
    );
    let zero = self::run(&files, &["a.yaml", "--exit-zero"]);
    assert_eq!((zero.code, zero.stderr), (Some(0), run.stderr));
}

#[test]
fn findings_are_the_answer_and_the_summary_is_not() {
    let files = Project::new();
    files.write("a.yaml", &broken());
    let run = files.run(&["validate", "a.yaml"]);
    assert!(run.stdout.starts_with("error[schema]: "), "{run:#?}");
    assert!(!run.stdout.contains("checked"), "{run:#?}");
    assert_eq!(run.stderr, "checked 1 object in 1 file: 1 error\n");
    let json = files.run(&["validate", "a.yaml", "--message-format", "json"]);
    assert!(
        json.stdout.starts_with('{') && json.stderr.is_empty(),
        "{json:#?}"
    );
}

/// Reports for other programs have what is waived, and why.
#[test]
fn reports_tell_what_is_waived() {
    let files = Project::new();
    let waiver = "schema-missing until 2126-06-01: the schema comes with the next import";
    files.write("a.yaml", &waived(waiver));
    let sarif = files.run(&["validate", "a.yaml", "--message-format", "sarif"]);
    assert_eq!(sarif.code, Some(0), "{sarif:#?}");
    let reason = "\"justification\": \"the schema comes with the next import\"";
    assert!(sarif.stdout.contains(reason), "{sarif:#?}");
}

#[test]
fn a_stream_of_helm_is_read_from_stdin() {
    let files = Project::new();
    let stream = format!(
        "---\n# Source: chat/templates/none.yaml\n---\n# Source: chat/templates/a.yaml\n{DEPLOYMENT}---\n\n---\n{CONFIG}"
    );
    let sound = pipe(&files, &["-"], &stream);
    says(&sound, 0, "checked 2 objects in 1 file: valid");
    let run = pipe(
        &files,
        &["-"],
        &format!("{stream}---\n{}", broken().replace("chat", "talk")),
    );
    run.is(1, "", "  --> <stdin>:");
    let empty = pipe(&files, &["-"], "---\n# nothing\n");
    empty.is(2, "", "error[nothing-found]: there is nothing in `<stdin>`");
}

#[test]
fn lists_and_json_are_read() {
    let files = Project::new();
    files.write(
        "list.yaml",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n  \
         dta: {}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n",
    );
    files.write(
        "one.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"c\"}, \"date\": {}}\n",
    );
    let run = run(&files, &["."]);
    run.is(1, "", "list.yaml:7:3");
    run.is(1, "", "one.json:1:");
    run.is(1, "", "checked 3 objects in 2 files: 2 errors");
}

#[test]
fn files_that_are_no_objects_are_skipped_in_directories_and_refused_by_name() {
    let files = Project::new();
    files.write(
        "chart/Chart.yaml",
        "apiVersion: v2\nname: chat\nversion: 1.0.0\n",
    );
    files.write("chart/values.yaml", "replicas: 2\n");
    files.write(
        "chart/templates/a.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \"{{ .Release.Name }}\"\n",
    );
    files.write(
        "more/template.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ name }}\n  labels: {{- x }}\n",
    );
    files.write("tsconfig.json", "{ // comment\n \"kind\": 1 }\n");
    files.write("ok.yaml", CONFIG);
    let run = run(&files, &["."]);
    says(
        &run,
        0,
        "checked 1 object in 1 file: valid; 5 other files skipped",
    );
    let named = self::run(&files, &["chart/values.yaml"]);
    named.is(
        1,
        "",
        "error[not-an-object]: the document has no `apiVersion`",
    );
    let nothing = self::run(&files, &["chart"]);
    nothing.is(
        2,
        "",
        "error[nothing-found]: no Kubernetes object is in the files given",
    );
    let missing = self::run(&files, &["none.yaml"]);
    missing.is(2, "", "error[file-unreadable]");
}

/// Alerts have templates of Prometheus in quotes and in text.
#[test]
fn templates_in_values_are_values() {
    let files = Project::new();
    let text = format!("{CONFIG}  {{}}\n").replace(
        "data: {a: b}\n  {}\n",
        "data:\n  a: \"{{ $labels.pod }}\"\n  b: |\n    {{ $value }}\nextra: 1\n",
    );
    files.write("a.yaml", &text);
    run(&files, &["."]).is(1, "", "unknown field `extra`");
}

#[test]
fn what_a_kustomization_lists_is_one_set() {
    let files = Project::new();
    files.write(
        "kustomization.yaml",
        "resources: [a.yaml, b.yaml]\npatches:\n- path: patch.yaml\n",
    );
    files.write("a.yaml", CONFIG);
    files.write("b.yaml", CONFIG);
    files.write(
        "patch.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {replicas: 2}\n",
    );
    let twice = run(&files, &["."]);
    twice.is(
        1,
        "",
        "error[duplicate-object]: `ConfigMap/settings` is there twice\n --> b.yaml:4:9",
    );
    twice.is(
        1,
        "",
        "checked 3 objects in 3 files: 1 error; 1 other file skipped",
    );
    files.write("kustomization.yaml", "resorces: [a.yaml]\n");
    run(&files, &["."]).is(
        1,
        "",
        "error[schema]: unknown field `resorces`\n --> kustomization.yaml:1:1",
    );
}

/// The name without an ending is Kustomize's too; a component has the same fields.
#[test]
fn a_kustomization_may_have_no_ending() {
    let files = Project::new();
    files.write(
        "Kustomization",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefx: a\n",
    );
    files.write(
        "base/kustomization.yml",
        "resources: [https://example.com/a.yaml]\nimages:\n- {name: nginx, newTag: \"1\"}\n\
         configMapGenerator:\n- {name: a, literals: [b=c]}\n",
    );
    let run = run(&files, &["."]);
    run.is(
        1,
        "",
        "error[schema]: unknown field `namePrefx`\n --> Kustomization:3:12",
    );
    run.is(1, "", "checked 2 objects in 2 files: 1 error\n");
}

#[test]
fn hostile_files_are_boring() {
    let files = Project::new();
    let line = "      schema until 2031-12-31: known\n";
    let many = format!(
        "{WIDGET}  annotations:\n    graphwright.dev/ignore: |\n{}",
        line.repeat(3_000)
    );
    files.write("many.yaml", &many);
    let run_ = run(&files, &["many.yaml"]);
    run_.is(
        1,
        "",
        "error[waiver-malformed]: there are more than 200 waivers",
    );
    let paths = "- /dev/zero\n- ../../../../etc/passwd\n- .\n".repeat(500);
    files.write("kustomization.yaml", &format!("resources:\n{paths}"));
    files.write("many.yaml", CONFIG);
    says(
        &run(&files, &["."]),
        0,
        "checked 2 objects in 2 files: valid",
    );
    let rules: String = (0..200).map(|n| format!("    rule-{n}: off\n")).collect();
    files.write(
        "graphwright.yaml",
        &format!("{}\n{rules}", project("").trim_end()),
    );
    run(&files, &["many.yaml"]).is(1, "", "error[project-rule]");
}

#[test]
fn alternatives_lie_side_by_side() {
    let files = Project::new();
    files.write("a.yaml", CONFIG);
    files.write("b.yaml", CONFIG);
    says(
        &run(&files, &["."]),
        0,
        "checked 2 objects in 2 files: valid",
    );
    files.write("b.yaml", &format!("{CONFIG}---\n{CONFIG}"));
    let twice = run(&files, &["."]);
    twice.is(
        1,
        "",
        "error[duplicate-object]: `ConfigMap/settings` is in this file twice",
    );
}

#[test]
fn releases_are_rendered_and_their_trees_left_out() {
    let files = Project::new();
    files.write(".git/HEAD", "");
    files.write("graphs/chat.yaml", &common::golden("vllm-disagg"));
    files.write("releases/chat.yaml", &release(""));
    files.write("other.yaml", &broken());
    let alone = run(&files, &["releases"]);
    assert_eq!(alone.code, Some(0), "{alone:#?}");
    let all = run(&files, &["."]);
    all.is(1, "", "other.yaml:15:27");
    files.run(&["render", "releases", "-o", "rendered"]).done();
    let before = all.stderr.lines().last().unwrap().to_owned();
    let with_tree = run(&files, &["."]);
    with_tree.is(
        1,
        "",
        &format!("{before}; 2 rendered directories left out, the releases being there\n"),
    );
    let tree = run(&files, &["rendered"]);
    assert_eq!(tree.code, Some(0), "{tree:#?}");
    assert!(tree.stderr.contains("in 2"), "{tree:#?}");
}

#[test]
fn a_graph_is_a_manifest_until_a_cluster_is_given() {
    let files = Project::with_graph("vllm-disagg");
    says(
        &run(&files, &["graph.yaml"]),
        0,
        "checked 1 object in 1 file: valid",
    );
    let rendered = run(&files, &["graph.yaml", "--profile", "eks-p5"]);
    assert_eq!(rendered.code, Some(0), "{rendered:#?}");
    assert!(
        !rendered.stderr.contains("checked 1 object"),
        "{rendered:#?}"
    );
    let unknown = run(&files, &["graph.yaml", "--profile", "eks-p6"]);
    unknown.is(2, "", "error[unknown-profile]");
}

#[test]
fn profiles_are_checked() {
    let files = Project::new();
    let profile = |field: &str| {
        format!(
            "apiVersion: graphwright.dev/v1alpha1\nkind: ClusterProfile\nmetadata: {{name: prod}}\nspec:\n  extends: [eks-p5]\n  {field}: {{}}\n"
        )
    };
    files.write("prod.yaml", &profile("storage"));
    says(
        &run(&files, &["prod.yaml"]),
        0,
        "checked 0 objects in 1 file: valid",
    );
    files.write("prod.yaml", &profile("storrage"));
    run(&files, &["prod.yaml"]).is(1, "", "error[unknown-field]");
}

#[test]
fn strict_takes_warnings_for_errors() {
    let files = Project::new();
    files.write("a.yaml", WIDGET);
    let run_ = run(&files, &["a.yaml"]);
    run_.is(0, "", "warning[schema-missing]");
    run_.is(0, "", "checked 1 object in 1 file: 1 warning");
    run(&files, &["a.yaml", "--strict"]).is(1, "", "error[schema-missing]");
}

#[test]
fn a_project_sets_severities_everywhere() {
    let files = Project::new();
    files.write("graphwright.yaml", &project("{schema-missing: error}"));
    files.write("team/a.yaml", WIDGET);
    files.write(
        "graph.yaml",
        &format!("{}---\n{WIDGET}", common::golden("mocker")),
    );
    run(&files, &["."]).is(1, "", "error[schema-missing]");
    pipe(&files, &["-"], WIDGET).is(1, "", "error[schema-missing]");
    let render = ["render", "graph.yaml", "--profile", "kind"];
    files.run(&render).is(2, "", "error[schema-missing]");
    files.write("graphwright.yaml", &project("{schema-missing: off}"));
    says(
        &run(&files, &["team/a.yaml"]),
        0,
        "checked 1 object in 1 file: valid",
    );
    assert!(!files.run(&render).done().is_empty());
    files.write("graphwright.yaml", &project("{schema: warning}"));
    files.write("team/a.yaml", &broken());
    run(&files, &["team"]).is(0, "", "warning[schema]: unknown field `imagePullPolcy`");
    files.write("graphwright.yaml", &project("{shema: warning}"));
    let run = run(&files, &["team"]);
    run.is(
        1,
        "",
        "error[project-rule]: there is no rule `shema`\n --> graphwright.yaml:4:11",
    );
}

#[test]
fn waivers_cover_findings_until_their_day() {
    let files = Project::new();
    let waiver = "schema-missing until 2026-06-01: the schema comes with the next import";
    files.write("a.yaml", &waived(waiver));
    says(
        &run(&files, &["a.yaml", "--strict"]),
        0,
        "checked 1 object in 1 file: valid; 1 waived until 2026-06-01",
    );
    let ended = waived(&waiver.replace("06-01", "05-31"));
    files.write("a.yaml", &ended);
    let run = run(&files, &["a.yaml"]);
    run.is(0, "", "warning[waiver-expired]: the waiver of `schema-missing` ended on 2026-05-31\n --> a.yaml:7:7");
    run.is(0, "", "warning[schema-missing]");
}

/// One waiver stands in what is rendered for every profile, and is said to be wrong once.
#[test]
fn a_release_has_waivers_for_all_its_objects() {
    let files = Project::new();
    files.write(
        "graphs/chat.yaml",
        &format!("{}---\n{WIDGET}", common::golden("vllm-disagg")),
    );
    files.write(".git/HEAD", "");
    let ignore = |rule: &str, object: &str| {
        release(&format!(
            "  ignore:\n  - {{rule: {rule}, until: \"2026-12-31\", reason: known, object: {object}}}\n"
        ))
    };
    files.write(
        "releases/chat.yaml",
        &ignore("schema-missing", "Widget/extra"),
    );
    let covered = run(&files, &["releases"]);
    covered.is(0, "", "; 2 waived until 2026-12-31\n");
    assert!(!covered.stderr.contains("schema-missing"), "{covered:#?}");
    let mut render = files.command(&["render", "releases", "-o", "rendered"]);
    let render = render.env("SOURCE_DATE_EPOCH", TODAY).output().unwrap();
    let text = String::from_utf8(render.stderr).unwrap();
    assert!(
        text.ends_with(" added; 2 waived until 2026-12-31\n"),
        "{text}"
    );
    files.write(
        "releases/chat.yaml",
        &ignore("schema-missing", "Widget/other"),
    );
    let unused = run(&files, &["releases"]);
    unused.is(
        0,
        "",
        "note[waiver-unused]: the waiver of `schema-missing` waives nothing",
    );
    assert_eq!(
        unused.stderr.matches("waiver-unused").count(),
        1,
        "{unused:#?}"
    );
    files.write(
        "releases/chat.yaml",
        &ignore("schema-mising", "Widget/extra"),
    );
    let wrong = run(&files, &["releases"]);
    wrong.is(
        1,
        "",
        "error[waiver-malformed]: there is no rule `schema-mising` to waive",
    );
    assert_eq!(
        wrong.stderr.matches("waiver-malformed").count(),
        1,
        "{wrong:#?}"
    );
}

#[test]
fn the_annotation_stays_in_the_output() {
    let files = Project::new();
    let waiver = "schema-missing until 2126-06-01: the schema comes with the next import";
    files.write(
        "graph.yaml",
        &format!("{}---\n{}", common::golden("mocker"), waived(waiver)),
    );
    let run = files.run(&["render", "graph.yaml", "--profile", "kind"]);
    assert!(
        run.stderr.contains("1 waived until 2126-06-01\n"),
        "{run:#?}"
    );
    assert!(run.done().contains(waiver));
}

#[test]
fn a_state_before_must_be_there() {
    let files = Project::new();
    files.write("now/a.yaml", CONFIG);
    files.write("old/a.yaml", &CONFIG.replace("a: b", "a: c"));
    let line = "checked 1 object in 1 file: valid";
    says(&run(&files, &["now", "--against", "old"]), 0, line);
    run(&files, &["now", "--against", "older"]).is(2, "", "error[file-unreadable]: `older`");
}

#[test]
fn the_order_does_not_depend_on_threads() {
    let files = Project::new();
    for index in 0..60 {
        let text = broken().replace("chat", &format!("chat-{index}"));
        files.write(&format!("d{}/{index:02}.yaml", index % 7), &text);
    }
    let one = run(&files, &[".", "--threads", "1"]);
    assert_eq!(one.stderr.matches("error[schema]").count(), 60, "{one:#?}");
    for threads in ["2", "8"] {
        assert_eq!(one, run(&files, &[".", "--threads", threads]));
    }
}
