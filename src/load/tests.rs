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
