//! Every mistake a user can make in an input, and what the program says about it.
//!
//! A case is `tests/errors/<code>[-<variant>].yaml`, or a directory of that name, or an entry of [`made`] for
//! what cannot be committed. Beside it stands the text that it gives, `<name>.txt`. The case must give the
//! diagnostic it is named for. A file says on its first line what to run it with (`# profile: eks-p5`), a
//! directory in a file `args` (`release.yaml --profile eks-p5`; the whole directory if there is none).

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail and may use files"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use graphwright::Rendered;
use graphwright::diagnostic::{self, Diagnostic, Style};
use graphwright::emit::Release;
use graphwright::load::{Input, Limits, Request};
use graphwright::rules::{self, Severity};
use graphwright::source::Sources;

const DIRECTORY: &str = "tests/errors";

/// Renders a request and gives what is wrong with its inputs, then with each pair, in order.
fn run(request: &Request) -> (Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let rendered = Mutex::new(Vec::new());
    let keep = |pair: Rendered, _| rendered.lock().unwrap().push(pair);
    let mut diagnostics = graphwright::render(request, &mut sources, 1, &keep);
    let mut pairs = rendered.into_inner().unwrap();
    pairs.sort_by(|a, b| (&a.profile, &a.release).cmp(&(&b.profile, &b.release)));
    for mut pair in pairs {
        let is_written = !diagnostic::has_errors(&pair.diagnostics);
        diagnostics.append(&mut pair.diagnostics);
        if is_written {
            let Rendered {
                profile,
                namespace,
                release,
                manifests,
                ..
            } = &pair;
            let files = Release::new(profile, namespace, release, manifests);
            diagnostics.extend(files.err().into_iter().flatten());
        }
    }
    (diagnostics, sources)
}

/// One case: its name and what to run.
struct Case {
    name: String,
    request: Request,
    /// Removed from the text: where the case was made.
    base: String,
    /// Kept until the case has run.
    _files: Option<tempfile::TempDir>,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = fs::read_dir(DIRECTORY)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension().is_none_or(|e| e == "yaml") && !path.ends_with("neighbours")
        })
        .map(|path| committed(&path))
        .chain(made())
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

fn committed(path: &Path) -> Case {
    let args = if path.is_dir() {
        fs::read_to_string(path.join("args")).unwrap_or_else(|_| ".".to_owned())
    } else {
        let text = fs::read_to_string(path).unwrap();
        let profile = text
            .lines()
            .next()
            .and_then(|l| l.strip_prefix("# profile: "));
        let name = path.file_name().unwrap().to_str().unwrap();
        profile.map_or(name.to_owned(), |p| format!("{name} --profile {p}"))
    };
    let directory = if path.is_dir() {
        path
    } else {
        Path::new(DIRECTORY)
    };
    let mut request = Request {
        // Not the checkout: the cases must give the same outside of a Git repository.
        project: Some(directory.to_owned()),
        ..Request::default()
    };
    let mut words = args.split_whitespace();
    while let Some(word) = words.next() {
        if word == "--profile" {
            request.profiles.push(words.next().unwrap().to_owned());
        } else {
            request.inputs.push(Input::Path(directory.join(word)));
        }
    }
    Case {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        request,
        base: format!("{DIRECTORY}/"),
        _files: None,
    }
}

const GRAPH: &str = "\
apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeployment
metadata:
  name: chat
spec:
  components:
    - name: Frontend
";

fn release(graph: &str) -> String {
    format!(
        "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nmetadata:\n  name: chat\nspec:\n  \
         graph: {graph}\n  profiles: [eks-p5]\n"
    )
}

/// Cases that cannot be committed: special files, links, bytes that are not text, and large files.
fn made() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut case = |name: &str, make: &dyn Fn(&Path, &mut Request)| {
        let files = tempfile::tempdir().unwrap();
        let base = files.path().canonicalize().unwrap();
        let mut request = Request::default();
        make(&base, &mut request);
        if request.inputs.is_empty() {
            request.inputs.push(Input::Path(base.join("project")));
        }
        cases.push(Case {
            name: name.to_owned(),
            request,
            base: format!("{}/", base.display()),
            _files: Some(files),
        });
    };
    let write = |path: PathBuf, bytes: &[u8]| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let one = |bytes: &'static [u8]| {
        move |base: &Path, request: &mut Request| {
            fs::write(base.join("chat.yaml"), bytes).unwrap();
            request.inputs.push(Input::Path(base.join("chat.yaml")));
        }
    };
    let repeated = |text: &'static str, count: usize| {
        move |base: &Path, request: &mut Request| {
            fs::write(base.join("chat.yaml"), text.repeat(count)).unwrap();
            request.inputs.push(Input::Path(base.join("chat.yaml")));
        }
    };

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
    case("yaml-too-deep", &repeated("[", 100_000));
    case("yaml-key-nested", &repeated("? ", 50_000));
    case("yaml-too-deep-block", &repeated("- ", 50_000));
    case("file-too-large", &repeated("# nine bytes\n", 10 << 16));
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
    case("too-many-files", &|base, request| {
        for index in 0..12 {
            let path = base.join(format!("project/chat-{index:02}.yaml"));
            write(
                path,
                GRAPH
                    .replace("chat", &format!("chat-{index:02}"))
                    .as_bytes(),
            );
        }
        request.profiles.push("eks-p5".to_owned());
        request.limits = Limits {
            files: 10,
            ..Limits::default()
        };
    });
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
        request.limits.bytes = 200;
    });
    // Tokens are put together here, so that scanners of this repository stay quiet.
    let token = |prefix: &str| format!("{prefix}{}", "AbCdEfGhIjKlMnOpQrStUvWxYz01");
    case("secret-in-graph", &|base, request| {
        let variables = format!(
            "      podTemplate:\n        spec:\n          containers:\n            - name: main\n              \
             env:\n                - name: HF_TOKEN\n                  value: {}\n                \
             - {{name: DB_PASSWORD, value: AbC1dEf2GhIj3KlMnOp4}}\n              args:\n                \
             - |\n                  export NGC_API_KEY={}\n                  python3 -m dynamo.frontend\n",
            token("hf_"),
            token("nvapi-"),
        );
        let secret = format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: hf\nstringData:\n  HF_TOKEN: {}\n",
            token("hf_")
        );
        let path = base.join("chat.yaml");
        write(
            path.clone(),
            format!("{GRAPH}{variables}{secret}").as_bytes(),
        );
        request.inputs.push(Input::Path(path));
        request.profiles.push("eks-p5".to_owned());
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
    case("profile-too-deep", &|base, request| {
        for index in 0..40 {
            let text = format!(
                "apiVersion: graphwright.dev/v1alpha1\nkind: ClusterProfile\nmetadata:\n  \
                 name: layer-{index}\nspec:\n  extends: [./layer-{}.yaml]\n",
                index + 1
            );
            write(
                base.join(format!("project/layer-{index}.yaml")),
                text.as_bytes(),
            );
        }
        let last =
            "apiVersion: graphwright.dev/v1alpha1\nkind: ClusterProfile\nmetadata:\n  name: last\n";
        write(base.join("project/layer-40.yaml"), last.as_bytes());
        write(base.join("chat.yaml"), GRAPH.as_bytes());
        request.inputs.push(Input::Path(base.join("chat.yaml")));
        let profile = base.join("project/layer-0.yaml");
        request.profiles.push(profile.to_str().unwrap().to_owned());
    });
    cases
}

fn link(target: &str, path: &Path) {
    std::os::unix::fs::symlink(target, path).unwrap();
}

#[test]
fn every_mistake_is_explained_as_its_golden_says() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    let mut expected: BTreeSet<String> = BTreeSet::new();
    for case in cases() {
        let (mut diagnostics, sources) = run(&case.request);
        let code = rules::all()
            .map(|rule| rule.code)
            .filter(|code| {
                let rest = case.name.strip_prefix(code);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
            .max_by_key(|code| code.len());
        // What the plan has to remark on the parts that are right is another case's subject.
        diagnostics.retain(|d| d.severity != Severity::Note || Some(d.rule.code) == code);
        if !diagnostics.iter().any(|d| Some(d.rule.code) == code) {
            wrong.push(format!(
                "{}: no diagnostic with the code it is named for",
                case.name
            ));
        }
        let text = diagnostic::to_text(&diagnostics, &sources, Style::default());
        let text = text.replace(&case.base, "");
        let file = format!("{}.txt", case.name);
        let path = Path::new(DIRECTORY).join(&file);
        expected.insert(file);
        if update {
            fs::write(&path, &text).unwrap();
        } else if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            wrong.push(format!("{}:\n{text}", path.display()));
        }
    }
    for entry in fs::read_dir(DIRECTORY).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".txt") && !expected.contains(&name) {
            wrong.push(format!("{name}: there is no such case"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nUPDATE_GOLDEN=1 cargo test --test errors rewrites the texts",
        wrong.join("\n")
    );
}

/// Rules that report something and have no case here: why, and the test that knows them instead.
const ELSEWHERE: [(&str, &str, &str); 11] = [
    ("waiver-expired", "it needs a day", "tests/validate.rs"),
    (
        "graph-api-version",
        "a graph of another version is `unknown-kind` when it is read; this is for callers of the library",
        "src/convert/tests.rs",
    ),
    (
        "graph-unconverted",
        "only `convert` brings back what a conversion kept aside",
        "src/convert/tests.rs",
    ),
    (
        "output-path",
        "it needs a place that cannot be written",
        "tests/emit.rs",
    ),
    (
        "output-symlink",
        "it needs a tree with links in it",
        "tests/emit.rs",
    ),
    (
        "file-not-ours",
        "it needs a tree with files of others",
        "tests/emit.rs",
    ),
    (
        "nothing-rendered",
        "a guard: every known way to render nothing is another mistake first",
        "src/cli/inputs.rs",
    ),
    (
        "no-such-object",
        "it is about an argument of `why`",
        "tests/cli.rs",
    ),
    (
        "no-such-field",
        "it is about an argument of `why`",
        "tests/cli.rs",
    ),
    (
        "no-such-schema",
        "it is about an argument of `schema`",
        "tests/cli.rs",
    ),
    (
        "directory-not-empty",
        "it is about an argument of `init`",
        "tests/cli.rs",
    ),
];

/// Rules that are notes and are reported; the other notes only set fields, and `why` tells them.
const REPORTED_NOTES: [&str; 10] = [
    "waiver-unused",
    "no-graph",
    "fabric-devices",
    "spot-grace",
    "storage-claim-written",
    "metrics-disabled",
    "identity-association",
    "discovery-rights",
    "secret-not-declared",
    "object-name-shortened",
];

#[test]
fn every_rule_that_reports_has_a_case() {
    let names: Vec<String> = cases().into_iter().map(|case| case.name).collect();
    for rule in rules::all() {
        if Path::new("tests/rules").join(rule.code).is_dir() {
            continue;
        }
        let has_case = names.iter().any(|name| {
            name.strip_prefix(rule.code)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        });
        let elsewhere = ELSEWHERE.iter().find(|(code, ..)| *code == rule.code);
        let reports = rule.severity != Severity::Note || REPORTED_NOTES.contains(&rule.code);
        match elsewhere {
            Some((code, _, file)) => {
                assert!(!has_case, "{code} has a case after all");
                let test = fs::read_to_string(file).unwrap();
                let name = code.replace('-', "_").to_uppercase();
                assert!(
                    test.contains(code) || test.contains(&name),
                    "{file} has no {code}"
                );
            }
            None if reports => assert!(has_case, "{} has no case", rule.code),
            None => {}
        }
    }
}

/// A note that starts to be reported must be listed above, and so get a case.
#[test]
fn notes_that_are_reported_are_listed() {
    let mut found = BTreeSet::new();
    for case in cases() {
        let notes = run(&case.request).0;
        found.extend(
            notes
                .iter()
                .map(|d| d.rule)
                .filter(|r| r.severity == Severity::Note)
                .map(|r| r.code),
        );
    }
    assert_eq!(found, BTreeSet::from(REPORTED_NOTES));
}
