use super::*;
use crate::load::{Input, Request, load};
use crate::model::graph::{Component, ComponentKind};
use crate::model::profile::{GraphVersion, Provider, Strictness};
use crate::yaml::read;

/// Two built-in profiles: `base`, and `cloud` on top of it.
const BUILTIN: Builtin = Builtin {
    text,
    node: |name, file| {
        let documents = read::documents(text(name)?, file, &Default::default(), &mut Vec::new());
        documents.into_iter().next()
    },
    names: || vec!["base", "cloud"],
};

fn text(name: &str) -> Option<&'static str> {
    match name {
        "base" => Some(
            "apiVersion: graphwright.dev/v1alpha1\nkind: ClusterProfile\nmetadata: {name: base}\n\
             spec:\n  kubernetes: {version: \"1.34\"}\n  pools:\n  - name: cpu\n    labels: {a: b, c: d}\n",
        ),
        "cloud" => Some(
            "apiVersion: graphwright.dev/v1alpha1\nkind: ClusterProfile\nmetadata: {name: cloud}\n\
             spec:\n  extends: [base]\n  provider: eks\n",
        ),
        _ => None,
    }
}

fn normalize(object: &Node, objects: Vec<Node>, _: &mut Vec<Diagnostic>) -> Option<Graph> {
    let component = Component {
        name: "decode".to_owned(),
        kind: ComponentKind::Decode,
        replicas: 1,
        node_count: 1,
        gpus: 0,
        claims_devices: false,
        framework: None,
        disaggregated: false,
    };
    Some(Graph {
        name: object.at(&["metadata", "name"])?.as_str()?.to_owned(),
        object: object.clone(),
        written: GraphVersion::V1Beta1,
        components: vec![component],
        objects,
    })
}

struct Run {
    request: Request,
}

impl Run {
    fn of(files: &[(&str, String)]) -> Self {
        let inputs = files.iter().map(|(name, text)| Input::Text {
            name: (*name).to_owned(),
            text: text.clone(),
        });
        let request = Request {
            inputs: inputs.collect(),
            ..Request::default()
        };
        Self { request }
    }

    fn profiles(mut self, names: &[&str]) -> Self {
        self.request.profiles = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    fn run(self) -> (Vec<Pair>, Vec<Diagnostic>) {
        let mut sources = Sources::default();
        let (inputs, mut diagnostics) = load(&self.request, &mut sources);
        let work = resolve(&inputs, BUILTIN, &normalize, &mut sources, &mut diagnostics);
        let pairs = work.into_iter().filter_map(|work| match work {
            Work::Graph(pair) => Some(pair),
            Work::Objects(_) => None,
        });
        (pairs.collect(), diagnostics)
    }

    /// The pairs of a run that nothing is wrong with.
    fn pairs(self) -> Vec<Pair> {
        let (pairs, diagnostics) = self.run();
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        pairs
    }
}

fn graph(name: &str) -> String {
    format!(
        "apiVersion: nvidia.com/v1beta1\nkind: DynamoGraphDeployment\nmetadata: {{name: {name}}}\n"
    )
}

fn release(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
    )
}

fn profile(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: graphwright.dev/v1alpha1\nkind: ClusterProfile\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
    )
}

fn names(pairs: &[Pair]) -> Vec<String> {
    pairs
        .iter()
        .map(|pair| {
            let Pair {
                release,
                profile,
                graph,
                ..
            } = pair;
            format!(
                "{}/{}/{}:{}",
                profile.name, release.namespace, release.name, graph.name
            )
        })
        .collect()
}

#[test]
fn a_release_is_rendered_for_each_of_its_profiles() {
    let run = Run::of(&[
        ("chat.yaml", graph("chat")),
        (
            "r.yaml",
            release(
                "prod",
                "graph: chat.yaml, profiles: [cloud, base], name: talk, namespace: {name: ns}",
            ),
        ),
    ]);
    assert_eq!(
        names(&run.pairs()),
        ["cloud/ns/prod:talk", "base/ns/prod:talk"]
    );
}

#[test]
fn the_new_name_of_a_graph_is_in_its_object() {
    let run = Run::of(&[
        ("chat.yaml", graph("chat")),
        (
            "r.yaml",
            release("prod", "graph: chat.yaml, profiles: [base], name: talk"),
        ),
    ]);
    let pairs = run.pairs();
    let name = pairs[0].graph.object.at(&["metadata", "name"]).unwrap();
    assert_eq!(name.as_str(), Some("talk"));
    assert!(name.origin.place().is_some());
}

#[test]
fn the_namespace_is_the_releases_else_the_graphs_else_default() {
    let with = graph("code").replace("name: code", "name: code, namespace: dev");
    let run = Run::of(&[("a.yaml", graph("chat")), ("b.yaml", with)]).profiles(&["base"]);
    assert_eq!(
        names(&run.pairs()),
        ["base/default/chat:chat", "base/dev/code:code"]
    );
}

#[test]
fn a_graph_that_a_release_runs_is_not_rendered_twice() {
    let run = Run::of(&[
        ("chat.yaml", graph("chat")),
        (
            "r.yaml",
            release("prod", "graph: chat.yaml, profiles: [cloud, base]"),
        ),
    ]);
    assert_eq!(
        names(&run.profiles(&["base"]).pairs()),
        ["base/default/prod:chat"]
    );
}

#[test]
fn one_bad_release_does_not_hide_the_others() {
    let run = Run::of(&[
        ("chat.yaml", graph("chat")),
        (
            "bad.yaml",
            release(
                "bad",
                "graph: chat.yaml, profiles: [nowhere, base], components: {prefil: {}}",
            ),
        ),
        (
            "good.yaml",
            release("good", "graph: chat.yaml, profiles: [base]"),
        ),
    ]);
    let (pairs, diagnostics) = run.run();
    assert_eq!(names(&pairs), ["base/default/good:chat"]);
    let codes: Vec<_> = diagnostics.iter().map(|d| d.rule.code).collect();
    assert_eq!(codes, ["unknown-component", "unknown-profile"]);
}

#[test]
fn a_bad_profile_does_not_hide_the_others_and_is_reported_once() {
    let run = Run::of(&[
        ("chat.yaml", graph("chat")),
        ("site.yaml", profile("site", "bogus: 1")),
        (
            "a.yaml",
            release(
                "a",
                "graph: chat.yaml, profiles: [site, base], namespace: {name: a}",
            ),
        ),
        (
            "b.yaml",
            release(
                "b",
                "graph: chat.yaml, profiles: [site, base], namespace: {name: b}",
            ),
        ),
    ]);
    let (pairs, diagnostics) = run.run();
    assert_eq!(names(&pairs), ["base/a/a:chat", "base/b/b:chat"]);
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
}

#[test]
fn nothing_is_rendered_from_a_file_that_could_not_be_read_whole() {
    let run =
        Run::of(&[("chat.yaml", format!("{}---\na: [\n", graph("chat")))]).profiles(&["base"]);
    let (pairs, diagnostics) = run.run();
    assert!(pairs.is_empty());
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
}

#[test]
fn layers_merge_from_the_bottom_up_and_values_keep_their_files() {
    let run = Run::of(&[
        ("chat.yaml", graph("chat")),
        (
            "site.yaml",
            profile(
                "site",
                "extends: [cloud], pools: [{name: cpu, labels: {a: null, e: f}}, {name: gpu}]",
            ),
        ),
    ])
    .profiles(&["site"]);
    let pairs = run.pairs();
    let profile = &pairs[0].profile;
    assert_eq!(
        (profile.name.as_str(), profile.spec.provider),
        ("site", Provider::Eks)
    );
    assert_eq!(*profile.spec.kubernetes.version, "1.34");
    let pools: Vec<_> = profile
        .spec
        .pools
        .iter()
        .map(|pool| pool.name.as_str())
        .collect();
    assert_eq!(pools, ["cpu", "gpu"]);
    let labels: Vec<_> = profile.spec.pools[0].labels.keys().collect();
    assert_eq!(labels, ["c", "e"]);
    let file = |pointer: &str| {
        profile
            .document
            .pointer(pointer)
            .unwrap()
            .origin
            .place()
            .unwrap()
            .file
    };
    assert_ne!(file("/spec/provider"), file("/metadata/name"));
    assert_ne!(file("/spec/provider"), file("/spec/kubernetes/version"));
    assert!(profile.document.at(&["spec", "extends"]).is_none());
}

#[test]
fn a_diamond_takes_each_layer_once_and_later_ones_win() {
    let run = Run::of(&[
        ("chat.yaml", graph("chat")),
        (
            "left.yaml",
            profile("left", "extends: [base], kubernetes: {version: \"1.35\"}"),
        ),
        ("right.yaml", profile("right", "extends: [base]")),
        (
            "site.yaml",
            profile("site", "extends: [./left.yaml, ./right.yaml]"),
        ),
    ])
    .profiles(&["site"]);
    // `right` says nothing about the version, and `base` is not laid over `left` again.
    assert_eq!(*run.pairs()[0].profile.spec.kubernetes.version, "1.35");
}

#[test]
fn the_command_line_decides_how_strict_fabrics_are() {
    let mut run = Run::of(&[("chat.yaml", graph("chat"))]).profiles(&["base"]);
    run.request.strictness = Some(Strictness::Exact);
    let pairs = run.pairs();
    let fabric = pairs[0]
        .release
        .spec
        .fabric
        .as_ref()
        .map(|fabric| fabric.value);
    assert_eq!(fabric, Some(Strictness::Exact));
}

#[test]
fn every_built_in_profile_resolves() {
    let inputs = Inputs::default();
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    let mut library = Library::new(crate::BUILTIN, &inputs, &sources, &mut diagnostics);
    for name in crate::builtin::profiles() {
        let resolved = profile::resolve(name, &mut library, &mut sources);
        assert_eq!(resolved.map_err(|d| format!("{d:?}")).unwrap().name, name);
    }
}
