//! Cases that cannot be committed, and their neighbours: special files, links, bytes that are not text, large
//! files, tokens.

use std::fs;
use std::path::{Path, PathBuf};

use graphwright::load::{Input, Limits, Request};

use super::Case;

const GRAPH: &str = "\
apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeployment
metadata:
  name: chat
spec:
  components:
    - name: Frontend
      podTemplate: {spec: {containers: [{name: main, image: \"example.com/dynamo:1.5.0\"}]}}
";

/// What follows gives the component's container variables.
const MAIN: &str = "      podTemplate:\n        spec:\n          containers:\n            - name: main\n              \
                    image: example.com/dynamo:1.5.0\n              env:\n                ";

/// The graph without its component's pods.
fn bare() -> &'static str {
    GRAPH.split_once("      podTemplate").unwrap().0
}

fn release(graph: &str) -> String {
    format!(
        "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nmetadata:\n  name: chat\nspec:\n  \
         graph: {graph}\n  profiles: [eks-p5]\n"
    )
}

/// A case that `make` writes into an empty directory; without inputs, its `project` is the input.
fn case(name: &str, make: &dyn Fn(&Path, &mut Request)) -> Case {
    let files = tempfile::tempdir().unwrap();
    let base = files.path().canonicalize().unwrap();
    let mut request = Request::default();
    make(&base, &mut request);
    if request.inputs.is_empty() {
        request.inputs.push(Input::Path(base.join("project")));
    }
    Case {
        name: name.to_owned(),
        request,
        base: format!("{}/", base.display()),
        _files: Some(files),
    }
}

fn write(path: PathBuf, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// One file of these bytes.
fn one(bytes: impl AsRef<[u8]>) -> impl Fn(&Path, &mut Request) {
    move |base, request| {
        fs::write(base.join("chat.yaml"), &bytes).unwrap();
        request.inputs.push(Input::Path(base.join("chat.yaml")));
        request.profiles.push("eks-p5".to_owned());
    }
}

/// Tokens are put together here, so that scanners of this repository stay quiet.
fn token(prefix: &str) -> String {
    format!("{prefix}{}", "AbCdEfGhIjKlMnOpQrStUvWxYz01")
}

/// Cases that cannot be committed: special files, links, bytes that are not text, and large files.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |name: &str, make: &dyn Fn(&Path, &mut Request)| cases.push(case(name, make));
    case(
        "file-not-utf8",
        &one(b"kind: Release\nmetadata: {name: caf\xE9}\n"),
    );
    case(
        "file-not-utf8-utf16",
        &one(b"\xFF\xFEk\0i\0n\0d\0:\0 \0R\0"),
    );
    case(
        "control-character",
        &one(b"kind: Release\nmetadata:\n  name: \x1B[31mchat\n"),
    );
    case("control-character-nul", &one(b"kind: Release\0\n"));
    case("yaml-too-deep", &one("[".repeat(100_000)));
    case("yaml-key-nested", &one("? ".repeat(50_000)));
    case("yaml-too-deep-block", &one("- ".repeat(50_000)));
    case("file-too-large", &one("# nine bytes\n".repeat(10 << 16)));
    case("file-unreadable-argument", &|base, request| {
        request.inputs.push(Input::Path(base.join("chat.yaml")));
    });
    case("file-unreadable-link-to-itself", &|base, _| {
        let project = base.join("project");
        fs::create_dir(&project).unwrap();
        link("chat.yaml", &project.join("chat.yaml"));
    });
    case("file-unreadable-text", &|_, request| {
        request.inputs.push(Input::Text {
            name: "<stdin>".to_owned(),
            text: release("graphs/chat.yaml"),
        });
    });
    case("file-not-regular-pipe", &|base, request| {
        let made = std::process::Command::new("mkfifo")
            .arg(base.join("chat.yaml"))
            .status();
        assert!(made.unwrap().success());
        request.inputs.push(Input::Path(base.join("chat.yaml")));
    });
    case("file-not-regular-socket", &|base, request| {
        let path = base.join("chat.yaml");
        std::os::unix::net::UnixListener::bind(&path).unwrap();
        request.inputs.push(Input::Path(path));
    });
    case("file-not-regular-device", &|base, request| {
        write(base.join("chat.yaml"), GRAPH.as_bytes());
        request.inputs.push(Input::Path("/dev/zero".into()));
        request.inputs.push(Input::Path(base.join("chat.yaml")));
        request.profiles.push("eks-p5".to_owned());
    });
    case("outside-project-link", &|base, _| {
        let project = base.join("project");
        write(base.join("secret.yaml"), GRAPH.as_bytes());
        write(
            project.join("release.yaml"),
            release("graph.txt").as_bytes(),
        );
        fs::create_dir(base.join("elsewhere")).unwrap();
        link("../secret.yaml", &project.join("graph.txt"));
        link("../secret.yaml", &project.join("linked.yaml"));
        link("../elsewhere", &project.join("more"));
    });
    case("link-loop", &|base, request| {
        let project = base.join("project");
        write(project.join("teams/chat.yaml"), GRAPH.as_bytes());
        link("..", &project.join("teams/all"));
        request.profiles.push("eks-p5".to_owned());
    });
    case("too-many-files", &graphs(12));
    case("too-many-files-entries", &|base, request| {
        for index in 0..12 {
            write(base.join(format!("project/{index}.txt")), b"");
        }
        request.limits.entries = 10;
    });
    case("too-many-files-bytes", &|base, request| {
        write(base.join("project/a.yaml"), GRAPH.as_bytes());
        write(
            base.join("project/b.yaml"),
            GRAPH.replace("chat", "code").as_bytes(),
        );
        request.profiles.push("eks-p5".to_owned());
        request.limits.bytes = 300;
    });
    case("secret-in-graph", &|base, request| {
        let variables = format!(
            "- name: HF_TOKEN\n                  value: {}\n                \
             - {{name: DB_PASSWORD, value: AbC1dEf2GhIj3KlMnOp4}}\n              args:\n                \
             - |\n                  export NGC_API_KEY={}\n                  python3 -m dynamo.frontend\n",
            token("hf_"),
            token("nvapi-"),
        );
        let secret = format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: hf\nstringData:\n  HF_TOKEN: {}\n",
            token("hf_")
        );
        one(format!("{}{MAIN}{variables}{secret}", bare()))(base, request);
    });
    case("secret-in-graph-release", &|base, _| {
        let variable = format!(
            "  components:\n    Frontend:\n      env:\n        - {{name: HF_TOKEN, value: {}}}\n",
            token("hf_")
        );
        let text = release("graph.yaml") + &variable;
        write(base.join("project/release.yaml"), text.as_bytes());
        write(base.join("project/graph.yaml"), GRAPH.as_bytes());
    });
    case("unknown-field-beside-a-secret", &|base, _| {
        let variable = format!(
            "  components:\n    Frontend:\n      env:\n        - {{name: HF_TOKEN, vale: {0}, value: {0}}}\n",
            token("hf_")
        );
        let text = release("graph.yaml") + &variable;
        write(base.join("project/release.yaml"), text.as_bytes());
        write(base.join("project/graph.yaml"), GRAPH.as_bytes());
    });
    case("profile-too-deep", &layers(40));
    cases
}

/// The nearest inputs that are right.
pub(super) fn neighbours() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |name: &str, make: &dyn Fn(&Path, &mut Request)| cases.push(case(name, make));
    case("file-not-utf8", &one(format!("# café\n{GRAPH}")));
    case("control-character", &one(format!("# \t[31mchat\n{GRAPH}")));
    let deep = |depth| {
        let object = "apiVersion: example.com/v1\nkind: Deep\nmetadata: {name: a}\nspec: ";
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!("{GRAPH}---\n{object}{open}{close}\n")
    };
    case("yaml-too-deep", &one(deep(60)));
    case(
        "file-too-large",
        &one("# nine bytes\n".repeat(10 << 10) + GRAPH),
    );
    case("outside-project-link", &|base, _| {
        let project = base.join("project");
        write(project.join("shared/graph.txt"), GRAPH.as_bytes());
        write(
            project.join("release.yaml"),
            release("graph.txt").as_bytes(),
        );
        link("shared/graph.txt", &project.join("graph.txt"));
    });
    case("link-loop", &|base, request| {
        let project = base.join("project");
        write(project.join("shared/chat.yaml"), GRAPH.as_bytes());
        fs::create_dir(project.join("teams")).unwrap();
        link("../shared", &project.join("teams/all"));
        request.inputs.push(Input::Path(project.join("teams")));
        request.project = Some(project);
        request.profiles.push("eks-p5".to_owned());
    });
    case("too-many-files", &graphs(10));
    case("secret-in-graph", &|base, request| {
        let variable = "- name: HF_TOKEN\n                  valueFrom:\n                    \
                        secretKeyRef: {name: hf, key: HF_TOKEN}\n";
        one(format!("{}{MAIN}{variable}", bare()))(base, request);
    });
    case("profile-too-deep", &layers(10));
    cases
}

/// This many graphs, where ten files may be read.
fn graphs(count: usize) -> impl Fn(&Path, &mut Request) {
    move |base, request| {
        for index in 0..count {
            let name = format!("chat-{index:02}");
            let path = base.join(format!("project/{name}.yaml"));
            write(path, GRAPH.replace("chat", &name).as_bytes());
        }
        request.profiles.push("eks-p5".to_owned());
        request.limits = Limits {
            files: 10,
            ..Limits::default()
        };
    }
}

/// A profile on this many others.
fn layers(count: usize) -> impl Fn(&Path, &mut Request) {
    move |base, request| {
        let profile =
            "apiVersion: graphwright.dev/v1alpha1\nkind: ClusterProfile\nmetadata:\n  name: ";
        for index in 0..count {
            let text = format!(
                "{profile}layer-{index}\nspec:\n  extends: [./layer-{}.yaml]\n",
                index + 1
            );
            let path = base.join(format!("project/layer-{index}.yaml"));
            write(path, text.as_bytes());
        }
        let last = base.join(format!("project/layer-{count}.yaml"));
        write(last, format!("{profile}last\n").as_bytes());
        write(base.join("chat.yaml"), GRAPH.as_bytes());
        request.inputs.push(Input::Path(base.join("chat.yaml")));
        let profile = base.join("project/layer-0.yaml");
        request.profiles.push(profile.to_str().unwrap().to_owned());
    }
}

fn link(target: &str, path: &Path) {
    std::os::unix::fs::symlink(target, path).unwrap();
}
