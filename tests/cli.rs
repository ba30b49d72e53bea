//! What the command line promises: help, exit statuses, streams and colours.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail loudly and read their fixtures"
)]

mod common;

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use common::{Project, Run, golden};

const COMMANDS: [&str; 27] = [
    "",
    "render",
    "golden",
    "golden check",
    "golden accept",
    "validate",
    "why",
    "fit",
    "images",
    "profile",
    "profile show",
    "promote",
    "rollback",
    "retire",
    "convert",
    "rules",
    "rules show",
    "schema",
    "init",
    "argocd",
    "argocd health",
    "argocd ignore-differences",
    "flux",
    "flux health",
    "flux ignore",
    "completions",
    "man",
];

#[test]
fn help_is_as_committed() {
    let project = Project::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    let mut wrong = Vec::new();
    for command in COMMANDS {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let help = project.run(&arguments).done();
        assert!(
            help.lines().all(|line| line.chars().count() <= 100),
            "{command}"
        );
        let name = match command {
            "" => "graphwright".to_owned(),
            command => command.replace(' ', "-"),
        };
        let file = folder.join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(file, help).unwrap();
        } else if std::fs::read_to_string(&file).unwrap_or_default() != help {
            wrong.push(name);
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong:?} changed; UPDATE_GOLDEN=1 cargo test --test cli rewrites tests/help"
    );
}

#[test]
fn every_command_has_examples() {
    let project = Project::new();
    let commands = COMMANDS.iter().filter(|command| !command.contains(' '));
    for command in commands {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let help = project.run(&arguments).done();
        assert!(help.contains("Examples:\n"), "{command}");
    }
}

/// Objects of the operator without a graph pass through; a release needs a graph all the same.
#[test]
fn a_file_without_a_graph_is_passed_through() {
    let project = Project::new();
    let object = "\
apiVersion: nvidia.com/v1alpha1
kind: DynamoModel
metadata:
  name: summaries.v2
  labels:
    app.kubernetes.io/part-of: mine
spec:
  modelName: example/summaries
  baseModelName: Qwen/Qwen3-8B
  modelType: lora
  source:
    uri: s3://models/summaries
";
    let secret = "\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s3, namespace: stores}\n";
    project.write("model.yaml", &format!("{object}{secret}"));
    let render = ["render", "model.yaml", "-p", "eks-p5"];
    let run = project.run(&render);
    assert!(run.stderr.contains("note[no-graph]"), "{run:#?}");
    assert_eq!(
        run.done(),
        "\
apiVersion: v1
kind: Secret
metadata:
  name: s3
  namespace: stores
  labels:
    app.kubernetes.io/name: summaries.v2
    app.kubernetes.io/part-of: summaries.v2
    app.kubernetes.io/managed-by: graphwright
---
apiVersion: nvidia.com/v1alpha1
kind: DynamoModel
metadata:
  name: summaries.v2
  labels:
    app.kubernetes.io/part-of: mine
    app.kubernetes.io/name: summaries.v2
    app.kubernetes.io/managed-by: graphwright
  namespace: default
spec:
  modelName: example/summaries
  baseModelName: Qwen/Qwen3-8B
  modelType: lora
  source:
    uri: s3://models/summaries
"
    );
    let tree = ["render", "model.yaml", "-p", "eks-p5", "-o", "out"];
    project.run(&tree).done();
    let file = "out/eks-p5/default/summaries.v2/dynamomodel-summaries.v2.yaml";
    assert!(project.path(file).is_file());

    // Checked against its schema, and for secrets.
    project.write("model.yaml", &object.replace("modelType", "modelTyp"));
    project.run(&render).is(2, "", "error[schema]");
    let pasted = "stringData: {key: hf_abcdefghijklmnopqrstuvwxyz}\n";
    project.write("model.yaml", &format!("{object}{secret}{pasted}"));
    project.run(&render).is(2, "", "error[secret-in-graph]");

    project.write(
        "release.yaml",
        "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nmetadata: {name: a}\n\
         spec: {graph: model.yaml, profiles: [eks-p5]}\n",
    );
    let run = project.run(&["render", "release.yaml"]);
    run.is(2, "", "`model.yaml` holds no graph");
}

#[test]
fn no_arguments_is_a_mistake_that_prints_help() {
    let run = Project::new().run(&[]);
    assert!(run.code == Some(2) && run.stdout.is_empty(), "{run:#?}");
    assert!(run.stderr.contains("Commands:"), "{run:#?}");
}

#[test]
fn unknown_flags_are_refused_with_a_suggestion() {
    let run = Project::new().run(&["render", "x.yaml", "--profil", "eks-p5"]);
    run.is(2, "", "a similar argument exists: '--profile'");
}

#[test]
fn a_missing_file_is_not_done() {
    let run = Project::new().run(&["render", "missing.yaml", "--profile", "eks-p5"]);
    run.is(2, "", "missing.yaml");
}

#[test]
fn differing_trees_are_a_no() {
    let project = Project::with_graph("vllm-agg");
    let arguments = ["golden", "check", "graph.yaml", "-p", "eks-g6"];
    let run = project.run(&arguments);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(
        run.stdout
            .starts_with("--- /dev/null\n+++ rendered/eks-g6/"),
        "{run:#?}"
    );
    project
        .run(&["golden", "accept", "graph.yaml", "-p", "eks-g6"])
        .done();
    let run = project.run(&arguments);
    assert!(run.code == Some(0) && run.stdout.is_empty(), "{run:#?}");
}

#[test]
fn a_directory_without_anything_to_render_is_not_a_success() {
    let project = Project::new();
    std::fs::create_dir(project.path("empty")).unwrap();
    for arguments in [
        &["render", "empty"][..],
        &["render", "empty", "-o", "out"],
        &["golden", "check", "empty"],
        &["images", "empty"],
    ] {
        let run = project.run(arguments);
        assert!(run.code == Some(2) && run.stdout.is_empty(), "{run:#?}");
    }
    assert!(!project.path("out").exists());
}

#[test]
fn a_reader_that_goes_away_is_not_a_failure() {
    let project = Project::with_graph("vllm-agg");
    for arguments in [
        &["render", "graph.yaml", "-p", "eks-g6", "-q"][..],
        &["--help"],
        &["completions", "bash"],
    ] {
        let mut child = project
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = Project::new()
        .command(&["schema", "list"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: cannot write"));
}

#[test]
fn standard_input_is_an_input() {
    let project = Project::new();
    let mut child = project
        .command(&["render", "-", "-p", "eks-g6"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(golden("vllm-agg").as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    project.write("graph.yaml", &golden("vllm-agg"));
    let of_file = project
        .run(&["render", "graph.yaml", "-p", "eks-g6"])
        .done();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), of_file);
}

/// A run that complains, with more arguments and an environment.
fn complaint(arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let project = Project::new();
    let mut command = project.command(&["render", "missing.yaml"]);
    let output = command
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_flag_beats_the_environment_and_that_beats_the_stream() {
    let colored = |arguments: &[&str], environment: &[(&str, &str)]| {
        complaint(arguments, environment).stderr.contains('\x1b')
    };
    assert!(!colored(&[], &[]), "a pipe is no terminal");
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["--color=auto"], &[("NO_COLOR", "1")]));
    assert!(colored(&["--color=auto"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn help_obeys_the_color_flag() {
    let project = Project::new();
    let help = |color| project.run(&["--color", color, "--help"]).done();
    assert!(help("always").contains('\x1b'));
    assert!(!help("never").contains('\x1b') && !help("auto").contains('\x1b'));
}

#[test]
fn json_messages_are_one_object_a_line_without_color() {
    let run = complaint(&["--message-format", "json", "--color", "always"], &[]);
    assert_eq!(run.code, Some(2));
    assert!(!run.stderr.is_empty());
    for line in run.stderr.lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(message["code"].is_string() && message["message"].is_string());
    }
}

/// A project with a graph that cannot be rendered.
fn broken() -> Project {
    let project = Project::new();
    project.write("top/.git/HEAD", "");
    let graph = golden("vllm-agg").replacen("kind: ", "kind: DynamoGraphDeployment\nkind: ", 1);
    project.write("top/graphs/chat.yaml", &graph);
    project
}

fn render_in(project: &Project, directory: &str, more: &[&str]) -> Run {
    let mut command = project.command(&["render", "chat.yaml", "-p", "eks-g6"]);
    command.args(more).current_dir(project.path(directory));
    Run::of(command.output().unwrap())
}

#[test]
fn documents_on_stderr_are_one_whatever_was_found() {
    let project = broken();
    project.write("top/graphs/good/chat.yaml", &golden("vllm-agg"));
    for (directory, code, count) in [("top/graphs", 2, 1), ("top/graphs/good", 0, 0)] {
        let run = |format| render_in(&project, directory, &["--message-format", format, "-q"]);
        let sarif = run("sarif");
        assert_eq!(sarif.code, Some(code));
        let sarif: serde_json::Value = serde_json::from_str(&sarif.stderr).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), count, "{sarif:#}");
        let gitlab: serde_json::Value = serde_json::from_str(&run("gitlab").stderr).unwrap();
        assert_eq!(gitlab.as_array().unwrap().len(), count);
        let junit = run("junit").stderr;
        assert_eq!(junit.matches("<failure ").count(), count, "{junit}");
        let github = run("github").stderr;
        assert_eq!(github.matches("::error file=").count(), count, "{github}");
    }
}

#[test]
fn reports_are_files_beside_the_messages_with_paths_from_the_top_of_the_repository() {
    let project = broken();
    let wanted = ["--report", "sarif=out/a.sarif", "--report", "junit=a.xml"];
    let run = render_in(&project, "top/graphs", &wanted);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains(" --> chat.yaml:"), "{}", run.stderr);
    let sarif = project.read("top/graphs/out/a.sarif");
    assert!(sarif.contains("\"uri\": \"graphs/chat.yaml\""), "{sarif}");
    assert!(project.read("top/graphs/a.xml").contains("<failure "));

    // One that is there already is replaced as a whole, and a place that cannot be written is a failure.
    render_in(&project, "top/graphs", &["--report", "gitlab=a.xml"]);
    assert!(project.read("top/graphs/a.xml").starts_with('['));
    project.write("top/graphs/good/chat.yaml", &golden("vllm-agg"));
    let run = render_in(
        &project,
        "top/graphs/good",
        &["--report", "sarif=../a.xml/x"],
    );
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("error[output-path]: cannot write"));
    for wrong in ["sarif", "sarif=", "xml=a"] {
        assert_eq!(
            project.run(&["images", "x", "--report", wrong]).code,
            Some(2)
        );
    }
}

#[test]
fn rules_are_listed_and_shown() {
    let project = Project::new();
    let list = project.run(&["rules", "list"]).done();
    assert!(list.contains("yaml-duplicate-key"));
    let list = project.run(&["rules", "list", "--format", "json"]).done();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    for rule in list.as_array().unwrap() {
        let code = rule["code"].as_str().unwrap();
        let text = graphwright::rules::reference::show(graphwright::rules::by_code(code).unwrap());
        assert!(text.contains(rule["summary"].as_str().unwrap().split(' ').next().unwrap()));
    }
    let show = project.run(&["rules", "show", "yaml-duplicate-key"]).done();
    assert!(show.starts_with("error[yaml-duplicate-key]: "), "{show}");
    assert!(
        show.contains("\nFor example:\n\nerror[yaml-duplicate-key]: "),
        "{show}"
    );
    let wrong = project.run(&["rules", "show", "yaml-duplicate-keys"]);
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.stderr.contains("error[no-such-rule]: ")
            && wrong.stderr.contains("did you mean `yaml-duplicate-key`?"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn quiet_runs_say_nothing_when_all_is_well() {
    let project = Project::with_graph("vllm-agg");
    let run = project.run(&["render", "graph.yaml", "-p", "eks-g6", "-o", "out", "-q"]);
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (Some(0), "", "")
    );
}

#[test]
fn what_init_writes_renders_at_once() {
    let project = Project::new();
    for profile in ["eks-p5", "aks-h100", "gke-a3-ultra", "kind"] {
        let directory = format!("of-{profile}");
        project
            .run(&["init", &directory, "--profile", profile])
            .done();
        let tree = format!("{directory}/rendered");
        let check = ["golden", "check", &directory, "--tree", &tree];
        assert_eq!(project.run(&check).code, Some(1), "{profile}");
        project
            .run(&["golden", "accept", &directory, "--tree", &tree])
            .done();
        project.run(&check).done();
        for (path, text) in project.tree(&directory) {
            if ["/clusters/", "/graphs/", "/releases/"]
                .iter()
                .any(|f| path.starts_with(f))
            {
                let first = text.lines().next().unwrap();
                let schema = first
                    .strip_prefix("# yaml-language-server: $schema=../")
                    .unwrap();
                assert!(
                    project.path(&format!("{directory}/{schema}")).exists(),
                    "{path}"
                );
            }
        }
    }
    // Once more is no harm; over somebody's change it is.
    project
        .run(&["init", "of-kind", "--profile", "kind"])
        .is(2, "", "rendered");
    project.run(&["init", "twice"]).done();
    project.run(&["init", "twice"]).done();
    project.write("twice/README.md", "mine");
    project
        .run(&["init", "twice"])
        .is(2, "", "directory-not-empty");
    assert_eq!(project.read("twice/README.md"), "mine");
}

#[test]
fn images_are_sorted_and_unique() {
    let project = Project::with_graph("vllm-agg");
    let text = project
        .run(&["images", "graph.yaml", "-p", "eks-g6"])
        .done();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        !lines.is_empty() && lines.is_sorted_by(|a, b| a < b),
        "{text}"
    );
    let arguments = ["images", "graph.yaml", "-p", "eks-g6", "--format", "json"];
    let json: serde_json::Value = serde_json::from_str(&project.run(&arguments).done()).unwrap();
    assert_eq!(json.as_array().unwrap().len(), lines.len());
    assert_eq!(json[0]["uses"][0]["profile"], "eks-g6");
}

#[test]
fn why_names_the_line_of_the_input() {
    let project = Project::with_graph("vllm-agg");
    let run = project.run(&[
        "why",
        "dgd/qwen3-8b",
        "spec.components[name=Worker].replicas",
        "-f",
        "graph.yaml",
        "-p",
        "eks-g6",
    ]);
    let text = run.done();
    assert!(text.contains("written in graph.yaml:"), "{text}");
    let rule = project
        .run(&["why", "dgd", "-f", "graph.yaml", "-p", "eks-g6"])
        .done();
    assert!(
        rule.contains("\nRules\n") && rule.contains("graph.yaml:"),
        "{rule}"
    );
    let run = project.run(&["why", "dgd", "replica", "-f", "graph.yaml", "-p", "eks-g6"]);
    run.is(2, "", "did you mean `replicas`?");
    assert!(run.stderr.starts_with("error[no-such-field]"), "{run:#?}");
    let run = project.run(&["why", "dgd/qwen3-8c", "-f", "graph.yaml", "-p", "eks-g6"]);
    run.is(2, "", "error[no-such-object]");
    project
        .run(&["schema", "show", "nvidia.com/dynamomodel_v1alpha1"])
        .done();
    let run = project.run(&["schema", "show", "nvidia.com/dynamomodle_v1alpha1"]);
    run.is(2, "", "error[no-such-schema]");
    assert!(run.stderr.contains("did you mean"), "{run:#?}");
}

#[test]
fn converting_there_and_back_is_the_same_graph() {
    let project = Project::with_graph("vllm-agg");
    let alpha = project
        .run(&["convert", "graph.yaml", "--to", "v1alpha1"])
        .done();
    project.write("alpha.yaml", &alpha);
    let beta = project
        .run(&["convert", "alpha.yaml", "--to", "v1beta1"])
        .done();
    let same = project
        .run(&["convert", "graph.yaml", "--to", "v1beta1"])
        .done();
    let read = |text: &str| serde_yaml::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(read(&beta), read(&same));
}

#[test]
fn health_checks_are_those_of_all_kinds_or_of_what_is_rendered() {
    let project = Project::with_graph("vllm-agg");
    let all = project
        .run(&["argocd", "health", "--namespace", "cd"])
        .done();
    assert!(all.contains("  name: argocd-cm\n  namespace: cd\n"));
    let key = "resource.customizations.health.nvidia.com_DynamoGraphDeployment: |";
    assert!(all.contains(key), "{all}");
    assert!(all.contains("grove.io_PodCliqueSet"));
    let some = ["argocd", "health", "graph.yaml", "--profile", "eks-p5"];
    let some = project.run(&some).done();
    assert!(some.contains(key) && !some.contains("grove.io_PodCliqueSet"));
    let flux = project.run(&["flux", "health"]).done();
    assert!(flux.starts_with("spec:\n  healthCheckExprs:\n"));
    // Flux takes the first entry of a kind for all its versions.
    assert_eq!(flux.matches("kind: DynamoGraphDeployment\n").count(), 1);
}

#[test]
fn replicas_are_ignored_where_something_else_sets_them() {
    let project = Project::with_graph("vllm-agg");
    let run = |tool: &str, what: &str, path: &str| {
        project.run(&[tool, what, path, "--profile", "eks-p5"])
    };
    let nothing = run("argocd", "ignore-differences", "graph.yaml");
    assert!(nothing.stderr.contains("nothing to ignore"));
    assert_eq!(nothing.done(), "spec:\n  ignoreDifferences: []\n");
    let nothing = run("flux", "ignore", "graph.yaml");
    assert!(nothing.stderr.contains("nothing to ignore"));
    assert_eq!(nothing.done(), "spec:\n  ignore: []\n");

    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/scaling");
    let golden = golden.to_str().unwrap();
    let of_argo = project
        .run(&["argocd", "ignore-differences", golden])
        .done();
    assert!(
        of_argo.contains(".spec.components[] | select(.name == \"decode\") | .replicas"),
        "{of_argo}"
    );
    assert!(of_argo.contains("RespectIgnoreDifferences=true"));
    let of_flux = project.run(&["flux", "ignore", golden]).done();
    assert!(of_flux.contains("/spec/components/"), "{of_flux}");
}
