//! Where does the time of a run go? Each stage by itself on one graph, everything behind it done before, and
//! whole runs. `cargo bench --bench stages`
#![allow(clippy::unwrap_used, reason = "a benchmark")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use graphwright::load::{Input, Inputs, Request, load};
use graphwright::plan::Plan;
use graphwright::render::Templates;
use graphwright::resolve::{Pair, Work};
use graphwright::schema::Schemas;
use graphwright::source::Sources;
use graphwright::{
    BUILTIN, Rendered, builtin, convert, emit, plan, render, render_pair, resolve, validate,
};

fn main() {
    divan::main();
}

const GRAPH: &str = include_str!("../golden/vllm-disagg/graph.yaml");
const RELEASE: &str = include_str!("../golden/vllm-disagg/release.yaml");

fn request(profiles: &[&str]) -> Request {
    let text = |name: &str, text: &str| Input::Text {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    Request {
        inputs: vec![text("graph.yaml", GRAPH), text("release.yaml", RELEASE)],
        profiles: profiles.iter().map(|&name| name.to_owned()).collect(),
        ..Request::default()
    }
}

fn inputs(sources: &mut Sources) -> Inputs {
    let (inputs, diagnostics) = load(&request(&["eks-p5"]), sources);
    assert!(diagnostics.is_empty());
    inputs
}

fn pairs(inputs: &Inputs, sources: &mut Sources) -> Vec<Pair> {
    let work = resolve::resolve(
        inputs,
        BUILTIN,
        &convert::normalize,
        sources,
        &mut Vec::new(),
    );
    work.into_iter()
        .filter_map(|item| match item {
            Work::Graph(pair) => Some(pair),
            Work::Objects(_) => None,
        })
        .collect()
}

fn pair() -> Pair {
    let mut sources = Sources::default();
    let inputs = inputs(&mut sources);
    pairs(&inputs, &mut sources).remove(0)
}

fn templates() -> Templates {
    Templates::new(builtin::template, BTreeMap::new())
}

fn rendered() -> Rendered {
    let rendered = render_pair(&pair(), &templates());
    assert!(rendered.manifests.len() > 10);
    rendered
}

fn release(rendered: &Rendered) -> emit::Release {
    let Rendered {
        release,
        profile,
        namespace,
        manifests,
        ..
    } = rendered;
    emit::Release::new(profile, namespace, release, manifests).unwrap()
}

/// Text of a graph and a release to documents.
#[divan::bench]
fn a_load(bencher: Bencher<'_, '_>) {
    bencher
        .counter(BytesCount::of_str(GRAPH))
        .bench(|| black_box(inputs(&mut Sources::default())));
}

/// Documents to one pair: layers of the profile read and merged, the graph normalised.
#[divan::bench]
fn b_resolve(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(|| {
            let mut sources = Sources::default();
            (inputs(&mut sources), sources)
        })
        .bench_values(|(inputs, mut sources)| pairs(&inputs, &mut sources));
}

#[divan::bench]
fn c_plan(bencher: Bencher<'_, '_>) {
    let pair = pair();
    bencher.bench(|| plan::plan(black_box(&pair)));
}

/// Templates compiled and shapes parsed before.
#[divan::bench]
fn d_render(bencher: Bencher<'_, '_>) {
    let Plan { objects, .. } = plan::plan(&pair());
    let templates = templates();
    bencher.counter(ItemsCount::new(objects.len())).bench(|| {
        for planned in &objects {
            black_box(graphwright::render::render(&templates, planned)).unwrap();
        }
    });
}

/// As the first graph of a process has it.
#[divan::bench]
fn d_render_cold(bencher: Bencher<'_, '_>) {
    let Plan { objects, .. } = plan::plan(&pair());
    bencher.counter(ItemsCount::new(objects.len())).bench(|| {
        let templates = templates();
        for planned in &objects {
            black_box(graphwright::render::render(&templates, planned)).unwrap();
        }
    });
}

#[divan::bench]
fn e_validate(bencher: Bencher<'_, '_>) {
    let rendered = rendered();
    let pair = pair();
    let subject = validate::Subject {
        manifests: &rendered.manifests,
        existing: &[],
        schemas: Schemas::builtin(),
        profile: &pair.profile,
        cluster_is_known: true,
        is_whole: true,
        decisions: &rendered.decisions,
        before: None,
    };
    bencher
        .counter(ItemsCount::new(rendered.manifests.len()))
        .bench(|| {
            let found = validate::validate(black_box(&subject));
            assert!(!graphwright::diagnostic::has_errors(&found));
        });
}

/// Objects to the text of files.
#[divan::bench]
fn f_emit(bencher: Bencher<'_, '_>) {
    let rendered = rendered();
    let bytes: usize = release(&rendered).files.iter().map(|f| f.text.len()).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .bench(|| release(black_box(&rendered)));
}

/// Plan to text, as each further pair of a fleet has it.
#[divan::bench]
fn each_further_pair(bencher: Bencher<'_, '_>) {
    let (pair, templates) = (pair(), templates());
    bencher.bench(|| release(&render_pair(black_box(&pair), &templates)));
}

/// One graph on every built-in profile, from text to text, on one thread and on two.
#[divan::bench(args = [1, 2])]
fn every_profile(bencher: Bencher<'_, '_>, threads: usize) {
    let is_whole =
        |name: &&str| builtin::profile(name).is_some_and(|text| text.contains("\n  description:"));
    let profiles: Vec<&str> = builtin::profiles().filter(is_whole).collect();
    let release = RELEASE.replace(
        "[eks-p5, eks-p5en, aks-h100, gke-a3-ultra]",
        &format!("[{}]", profiles.join(", ")),
    );
    let mut request = request(&[]);
    request.inputs[1] = Input::Text {
        name: "release.yaml".to_owned(),
        text: release,
    };
    bencher.counter(ItemsCount::new(profiles.len())).bench(|| {
        let bytes = Mutex::new(0);
        let diagnostics = render(
            &request,
            &mut Sources::default(),
            threads,
            &|rendered, _| {
                let files = self::release(&rendered).files;
                *bytes.lock().unwrap() += files.iter().map(|f| f.text.len()).sum::<usize>();
            },
        );
        black_box((bytes, diagnostics))
    });
}
