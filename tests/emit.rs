//! What a tree on disk goes through: it changes at once or not at all, and only where we wrote.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail loudly and look at files"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use common::{Project, golden};

const RELEASE: &str = "out/eks-g6/default/qwen3-8b";

fn rendered() -> Project {
    let project = Project::with_graph("vllm-agg");
    render(&project, &["graph.yaml"]);
    project
}

#[track_caller]
fn render(project: &Project, inputs: &[&str]) {
    let mut arguments = vec!["render", "-p", "eks-g6", "-o", "out"];
    arguments.extend(inputs);
    project.run(&arguments).done();
}

/// A fleet of several releases; `replicas` is in every one.
fn fleet(project: &Project, replicas: u32) {
    for name in ["one", "two", "three"] {
        let graph = golden("vllm-agg")
            .replace("name: qwen3-8b", &format!("name: {name}"))
            .replace("replicas: 2", &format!("replicas: {replicas}"));
        project.write(&format!("fleet/{name}.yaml"), &graph);
    }
}

fn left_behind(project: &Project) -> Vec<String> {
    let names = fs::read_dir(project.path("")).unwrap();
    names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect()
}

#[test]
fn a_second_run_changes_nothing() {
    let project = rendered();
    let before = project.tree("out");
    let first = format!("{RELEASE}/kustomization.yaml");
    let time = fs::metadata(project.path(&first))
        .unwrap()
        .modified()
        .unwrap();
    let run = project.run(&["render", "graph.yaml", "-p", "eks-g6", "-o", "out"]);
    assert!(
        run.stderr.contains("unchanged") && !run.stderr.contains("added"),
        "{run:#?}"
    );
    assert_eq!(project.tree("out"), before);
    assert_eq!(
        fs::metadata(project.path(&first))
            .unwrap()
            .modified()
            .unwrap(),
        time
    );
    assert_eq!(left_behind(&project), [""; 0]);
}

#[test]
fn a_killed_render_leaves_one_tree_whole() {
    let project = Project::new();
    let arguments = [
        "render",
        "fleet",
        "-p",
        "eks-g6",
        "-p",
        "aks-spot",
        "-p",
        "gke-g2-spot",
        "-o",
        "out",
    ];
    let trees: Vec<BTreeMap<String, String>> = [2, 3]
        .map(|replicas| {
            fleet(&project, replicas);
            project.run(&arguments).done();
            project.tree("out")
        })
        .into();
    assert_ne!(trees[0], trees[1]);
    let started = std::time::Instant::now();
    fleet(&project, 2);
    project.run(&arguments).done();
    let whole = started.elapsed();
    let rounds = 24;
    for round in 0..rounds {
        fleet(
            &project,
            if project.tree("out") == trees[0] {
                3
            } else {
                2
            },
        );
        let mut child = project
            .command(&arguments)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Most of the time at the end, where files are written and trees change places.
        std::thread::sleep(whole * (rounds / 2 + round) / (rounds + rounds / 2));
        child.kill().unwrap();
        child.wait().unwrap();
        let tree = project.tree("out");
        assert!(trees.contains(&tree), "round {round}: {:#?}", tree.keys());
    }
    fleet(&project, 2);
    project.run(&arguments).done();
    assert_eq!(project.tree("out"), trees[0]);
    assert_eq!(left_behind(&project), [""; 0]);
}

#[test]
fn two_renders_at_once_do_not_mix() {
    let project = Project::new();
    let graph = golden("vllm-agg");
    let of = |replicas: u32| graph.replace("replicas: 2", &format!("replicas: {replicas}"));
    project.write("a/graph.yaml", &of(2));
    project.write("b/graph.yaml", &of(3));
    let profiles = [
        "-p",
        "eks-g6",
        "-p",
        "aks-spot",
        "-p",
        "gke-g2-spot",
        "-o",
        "out",
    ];
    let command = |input: &str| {
        let mut command = project.command(&["render", input]);
        command.args(profiles).stderr(Stdio::piped());
        command
    };
    let trees = ["a", "b"].map(|input| {
        assert!(command(input).output().unwrap().status.success());
        project.tree("out")
    });
    for _ in 0..4 {
        let children = ["a", "b", "a", "b"].map(|input| command(input).spawn().unwrap());
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
        assert!(trees.contains(&project.tree("out")));
    }
    assert_eq!(left_behind(&project), [""; 0]);
}

#[test]
fn files_no_longer_rendered_go_and_others_stay() {
    let project = rendered();
    project.write(
        &format!("{RELEASE}/configmap-old.yaml"),
        "kind: ConfigMap\n",
    );
    let list = project.read(&format!("{RELEASE}/kustomization.yaml"));
    project.write(
        &format!("{RELEASE}/kustomization.yaml"),
        &format!("{list}  - configmap-old.yaml\n"),
    );
    project.write(&format!("{RELEASE}/README.md"), "mine");
    project.write("out/notes/todo.txt", "mine too");
    render(&project, &["graph.yaml"]);
    let tree = project.tree("out");
    let below = |name: &str| tree.get(&format!("{}/{name}", &RELEASE["out".len()..]));
    assert_eq!(below("configmap-old.yaml"), None, "{:#?}", tree.keys());
    assert_eq!(below("README.md").map(String::as_str), Some("mine"));
    assert_eq!(tree["/notes/todo.txt"], "mine too");
}

#[test]
fn releases_that_left_the_fleet_go_but_only_ours() {
    let project = Project::new();
    fleet(&project, 2);
    render(&project, &["fleet"]);
    project.write("out/eks-g6/default/two/README.md", "mine");
    project.write(
        "out/eks-g6/default/theirs/kustomization.yaml",
        "resources: []\n",
    );
    fs::remove_file(project.path("fleet/two.yaml")).unwrap();
    fs::remove_file(project.path("fleet/three.yaml")).unwrap();
    render(&project, &["fleet"]);
    let tree = project.tree("out/eks-g6/default");
    let others: Vec<&str> = tree
        .keys()
        .map(String::as_str)
        .filter(|path| !path.starts_with("/one/"))
        .collect();
    assert_eq!(others, ["/theirs/kustomization.yaml", "/two/README.md"]);
}

/// A release broken so badly that nobody can tell that it was one must not look like one that was removed.
#[test]
fn nothing_is_a_leftover_while_a_file_cannot_be_recognised() {
    let project = Project::new();
    fleet(&project, 2);
    render(&project, &["fleet"]);
    let before = project.tree("out");
    project.write("fleet/two.yaml", "kind: [");
    let arguments = ["render", "fleet", "-p", "eks-g6", "-o", "out"];
    let run = project.run(&arguments);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(run.stderr.contains("warning[file-left-out]"), "{run:#?}");
    assert_eq!(project.tree("out"), before);
    let check = ["golden", "check", "fleet", "-p", "eks-g6", "--tree", "out"];
    assert_eq!(project.run(&check).code, Some(0));

    // A Helm template is not broken; it is something else.
    project.write(
        "fleet/two.yaml",
        "{{- if .Values.on }}\nkind: [\n{{- end }}\n",
    );
    let run = project.run(&arguments);
    assert!(!run.stderr.contains("warning"), "{run:#?}");
    assert!(
        !project
            .tree("out")
            .keys()
            .any(|path| path.contains("/two/"))
    );
}

#[test]
fn a_single_graph_leaves_other_releases_alone() {
    let project = Project::new();
    fleet(&project, 2);
    render(&project, &["fleet"]);
    let before = project.tree("out");
    render(&project, &["fleet/one.yaml"]);
    assert_eq!(project.tree("out"), before);
}

#[test]
fn a_release_that_fails_keeps_its_files_and_does_not_hide_others() {
    let project = Project::new();
    fleet(&project, 2);
    render(&project, &["fleet"]);
    fleet(&project, 3);
    let broken = project.read("fleet/two.yaml") + "  more: [\n";
    project.write("fleet/two.yaml", &broken);
    let run = project.run(&["render", "fleet", "-p", "eks-g6", "-o", "out"]);
    assert_eq!(run.code, Some(2), "{run:#?}");
    let graph = |name: &str| {
        project.read(&format!(
            "out/eks-g6/default/{name}/dynamographdeployment-{name}.yaml"
        ))
    };
    assert!(graph("one").contains("replicas: 3"));
    assert!(graph("two").contains("replicas: 2"));
}

#[test]
fn a_file_of_somebody_elses_is_not_overwritten() {
    let project = Project::with_graph("vllm-agg");
    let graph = format!("{RELEASE}/dynamographdeployment-qwen3-8b.yaml");
    project.write(&graph, "mine");
    let before = project.tree("out");
    let run = project.run(&["render", "graph.yaml", "-p", "eks-g6", "-o", "out"]);
    run.is(2, "", "file-not-ours");
    assert!(run.stderr.contains(&graph), "{run:#?}");
    assert_eq!(project.tree("out"), before);
    // The same text is as good as ours.
    let text = project
        .run(&["render", "graph.yaml", "-p", "eks-g6"])
        .done();
    let text = text
        .split("---\n")
        .find(|one| one.contains("kind: DynamoGraph"))
        .unwrap();
    project.write(&graph, text);
    render(&project, &["graph.yaml"]);
}

#[test]
fn the_target_must_be_a_directory() {
    let project = Project::with_graph("vllm-agg");
    project.write("file", "");
    let run = project.run(&["render", "graph.yaml", "-p", "eks-g6", "-o", "file"]);
    run.is(2, "", "output-path");
    let run = project.run(&["render", "graph.yaml", "-p", "eks-g6", "-o", "file/below"]);
    run.is(2, "", "output-path");
    assert_eq!(project.read("file"), "");
}

#[test]
fn the_current_directory_can_be_the_tree() {
    let project = Project::with_graph("vllm-agg");
    for _ in 0..2 {
        project
            .run(&["render", "graph.yaml", "-p", "eks-g6", "-o", "."])
            .done();
    }
    let tree = project.tree("");
    assert!(tree.contains_key("/eks-g6/default/qwen3-8b/kustomization.yaml"));
    assert!(
        tree.keys().all(|path| !path.contains("/.")),
        "{:#?}",
        tree.keys()
    );
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn nothing_is_written_through_links_in_the_tree() {
        let project = Project::with_graph("vllm-agg");
        fs::create_dir_all(project.path("elsewhere")).unwrap();
        for link in ["out/eks-g6", "out/eks-g6/default", RELEASE] {
            let path = project.path(link);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            symlink(project.path("elsewhere"), &path).unwrap();
            let run = project.run(&["render", "graph.yaml", "-p", "eks-g6", "-o", "out"]);
            run.is(2, "", "output-symlink");
            fs::remove_file(path).unwrap();
        }
        let file = format!("{RELEASE}/kustomization.yaml");
        fs::create_dir_all(project.path(RELEASE)).unwrap();
        symlink(project.path("elsewhere/file"), project.path(&file)).unwrap();
        let run = project.run(&["render", "graph.yaml", "-p", "eks-g6", "-o", "out"]);
        run.is(2, "", "output-symlink");
        assert!(project.tree("elsewhere").keys().eq(["/"]));
    }

    #[test]
    fn the_target_itself_may_be_a_link() {
        let project = Project::with_graph("vllm-agg");
        fs::create_dir(project.path("real")).unwrap();
        symlink("real", project.path("out")).unwrap();
        render(&project, &["graph.yaml"]);
        assert!(project.path("out").is_symlink());
        assert!(project.path(&RELEASE.replace("out", "real")).exists());
    }

    #[test]
    fn links_of_others_come_along() {
        let project = rendered();
        symlink("nowhere", project.path("out/link")).unwrap();
        fleet(&project, 2);
        render(&project, &["fleet"]);
        assert_eq!(project.tree("out")["/link"], "-> nowhere");
    }

    #[test]
    fn files_can_be_read_by_all() {
        let project = rendered();
        let mode = |path: &str| {
            fs::metadata(project.path(path))
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        // Under the mask of most people.
        assert_eq!(
            mode(&format!("{RELEASE}/kustomization.yaml")) | 0o022,
            0o666
        );
        assert_eq!(mode("out") | 0o022, 0o777);
        assert_eq!(mode(RELEASE) | 0o022, 0o777);
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_reported() {
        let project = rendered();
        let before = project.tree("out");
        project.write(
            "graph.yaml",
            &golden("vllm-agg").replace("replicas: 2", "replicas: 3"),
        );
        let set = |mode| {
            for path in ["", "out", "out/eks-g6/default"] {
                fs::set_permissions(project.path(path), fs::Permissions::from_mode(mode)).unwrap();
            }
        };
        set(0o555);
        let is_root = fs::write(project.path("out/probe"), "").is_ok();
        let run = project.run(&["render", "graph.yaml", "-p", "eks-g6", "-o", "out"]);
        set(0o755);
        if !is_root {
            run.is(2, "", "permission denied");
            assert_eq!(project.tree("out"), before);
        }
    }
}

/// Kept short so that a machine under load does not fail it.
#[test]
fn a_waiting_run_says_so() {
    let project = rendered();
    let work = project.path(".out.graphwright");
    fs::create_dir(&work).unwrap();
    let lock = fs::File::create(work.join("lock")).unwrap();
    lock.lock().unwrap();
    let mut child = project
        .command(&["render", "graph.yaml", "-p", "eks-g6", "-o", "out"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it does not wait");
    drop(lock);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("waiting for another run"), "{stderr}");
}
