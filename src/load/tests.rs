use super::*;

fn texts(files: &[(&str, &str)]) -> (Inputs, Vec<Diagnostic>) {
    let request = Request {
        inputs: files
            .iter()
            .map(|(name, text)| Input::Text {
                name: (*name).to_owned(),
                text: (*text).to_owned(),
            })
            .collect(),
        ..Request::default()
    };
    load(&request, &mut Sources::default())
}

const GRAPH: &str = "apiVersion: nvidia.com/v1beta1\nkind: DynamoGraphDeployment\n";

#[test]
fn the_objects_of_a_file_travel_with_its_graphs() {
    let text = format!("{GRAPH}---\napiVersion: v1\nkind: ConfigMap\n---\n{GRAPH}");
    let (inputs, diagnostics) = texts(&[("chat.yaml", &text)]);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let file = &inputs.files[0];
    assert_eq!((file.graphs.len(), file.others.len()), (2, 1));
}

#[test]
fn a_list_of_kubectl_is_its_items() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: nvidia.com/v1alpha1\n  kind: DynamoGraphDeployment\n";
    assert_eq!(texts(&[("list.yaml", text)]).0.files[0].graphs.len(), 1);
}

#[test]
fn texts_refer_to_one_another_by_name() {
    let release =
        "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nspec: {graph: ../graphs/chat.yaml}\n";
    let (inputs, diagnostics) =
        texts(&[("releases/chat.yaml", release), ("graphs/chat.yaml", GRAPH)]);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let found = inputs.referenced(0, "../graphs/chat.yaml");
    assert_eq!(found.map(|(index, _)| index), Some(1));
}

#[test]
fn a_text_cannot_refer_to_a_file() {
    let release =
        "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nspec: {graph: Cargo.toml}\n";
    let (inputs, diagnostics) = texts(&[("<stdin>", release)]);
    assert_eq!(diagnostics[0].rule.code, "file-unreadable");
    assert!(inputs.referenced(0, "Cargo.toml").is_none());
}

/// A directory with these files; texts that start with `-> ` are links.
fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match text.strip_prefix("-> ") {
            Some(target) => std::os::unix::fs::symlink(target, path).unwrap(),
            None => {
                use std::io::Write as _;
                let mut file = std::fs::File::create(path).unwrap();
                file.write_all(text.as_bytes()).unwrap();
            }
        }
    }
    directory
}

/// What of a directory is read: names, with the directory's own left out.
fn read(files: &[(&str, &str)], inputs: &[&str]) -> (Vec<String>, Vec<Diagnostic>, Inputs) {
    let directory = directory(files);
    let request = Request {
        inputs: inputs
            .iter()
            .map(|input| Input::Path(directory.path().join(input)))
            .collect(),
        ..Request::default()
    };
    let (inputs, diagnostics) = load(&request, &mut Sources::default());
    let base = format!("{}/", directory.path().display());
    let names = inputs
        .files
        .iter()
        .map(|file| file.name.replace(&base, ""))
        .collect();
    (names, diagnostics, inputs)
}

#[test]
fn directories_are_read_in_order_without_what_is_hidden_rendered_or_not_ours() {
    let (names, diagnostics, inputs) = read(
        &[
            ("b/chat.yml", GRAPH),
            (
                "a.json",
                "{\"apiVersion\": \"nvidia.com/v1beta1\", \"kind\": \"DynamoGraphDeployment\"}",
            ),
            ("values.yaml", "{{ not: yaml"),
            ("notes.txt", GRAPH),
            (".hidden.yaml", GRAPH),
            (".git/x.yaml", GRAPH),
            (
                "out/kustomization.yaml",
                "# Rendered by graphwright\nresources: []\n",
            ),
            ("out/graph.yaml", GRAPH),
        ],
        &["."],
    );
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(names, ["a.json", "b/chat.yml"]);
    assert_eq!(inputs.ignored, 1);
}

#[test]
fn a_file_is_read_once_however_often_it_is_reached() {
    let (names, diagnostics, _) = read(
        &[
            ("real/chat.yaml", GRAPH),
            ("link.yaml", "-> real/chat.yaml"),
            ("first", "-> real"),
            ("second", "-> real"),
        ],
        &[".", "real/chat.yaml"],
    );
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(names, ["link.yaml"]);
}

/// Each level doubles the paths to the last file; only one of them is walked.
#[test]
fn links_that_multiply_are_walked_once() {
    let mut files = vec![("deep/chat.yaml".to_owned(), GRAPH.to_owned())];
    for level in 0..40 {
        for side in ["left", "right"] {
            let target = format!("-> ../level-{}", level + 1);
            files.push((format!("level-{level}/{side}"), target));
        }
    }
    files.push(("level-40".to_owned(), "-> deep".to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (&**a, &**b)).collect();
    let (names, diagnostics, _) = read(&files, &["level-0"]);
    // `level-0` is a project of its own, so its links lead out of it.
    assert_eq!(names.len(), 0);
    assert_eq!(diagnostics.len(), 2);
    let (names, diagnostics, _) = read(&files, &["."]);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(names.len(), 1);
}

#[test]
fn links_to_one_another_end() {
    let (names, diagnostics, _) = read(
        &[
            ("a/chat.yaml", GRAPH),
            ("a/b", "-> ../b"),
            ("b/a", "-> ../a"),
        ],
        &["."],
    );
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(names, ["a/chat.yaml"]);
}

#[test]
fn the_project_reaches_up_to_the_repository() {
    let release =
        "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nspec: {graph: ../graphs/chat.yaml}\n";
    let files = [("graphs/chat.yaml", GRAPH), ("releases/chat.yaml", release)];
    let (_, diagnostics, _) = read(&files, &["releases/chat.yaml"]);
    assert_eq!(diagnostics[0].rule.code, "outside-project");

    let mut files = files.to_vec();
    files.push((".git/HEAD", ""));
    let (names, diagnostics, inputs) = read(&files, &["releases/chat.yaml"]);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(names, ["releases/chat.yaml", "graphs/chat.yaml"]);
    assert_eq!(inputs.files[1].reason, Reason::Referenced);
}

#[test]
fn templates_of_a_release_are_read_with_their_paths() {
    let release = "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nspec: {graph: g.yaml, templates: mine}\n";
    let (_, diagnostics, inputs) = read(
        &[
            ("r.yaml", release),
            ("g.yaml", GRAPH),
            ("mine/b.yaml", "b"),
            ("mine/a/c.yaml", "c"),
            ("mine/.swp", "x"),
        ],
        &["r.yaml"],
    );
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let names: Vec<_> = inputs
        .templates(0, "mine")
        .unwrap()
        .iter()
        .map(|t| &*t.name)
        .collect();
    assert_eq!(names, ["a/c.yaml", "b.yaml"]);
}

#[test]
fn everything_keeps_what_is_not_ours() {
    let request = Request {
        inputs: vec![Input::Text {
            name: "x.yaml".to_owned(),
            text: "apiVersion: v1\nkind: Service\n".to_owned(),
        }],
        scope: Scope::Everything,
        ..Request::default()
    };
    let (inputs, diagnostics) = load(&request, &mut Sources::default());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(inputs.files[0].others.len(), 1);
}
