//! How fast is a template rendered, and what does keeping parsed shapes save?
//! `cargo bench --profile fast --bench render`
#![allow(clippy::unwrap_used, reason = "a benchmark")]

use std::collections::BTreeMap;
use std::sync::Arc;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use graphwright::plan::objects::{self, PlannedObject};
use graphwright::render::{self, Templates};
use graphwright::resolve::{Pair, ResolvedProfile, ResolvedRelease};
use graphwright::rules::Decisions;
use graphwright::yaml::{Node, from_node, read};
use graphwright::{builtin, convert};

fn main() {
    divan::main();
}

const GRAPH: &str = include_str!("../golden/vllm-disagg/graph.yaml");

const PROFILE: &str = "
provider: eks
capabilities: {prometheusOperator: true, grafanaDashboards: true, networkPolicy: true, externalSecrets: true}
network: {ingressNamespaces: [gateway-system]}
identity: {kind: irsa}
secrets: {backend: externalSecrets, store: {kind: ClusterSecretStore, name: vault}}
storage:
  classes: [{name: efs, provisioner: efs.csi.aws.com, accessModes: [ReadWriteMany], create: true}]
  roles: {modelCache: {class: efs, size: 100Gi, accessMode: ReadWriteMany}}
";

const RELEASE: &str = "
graph: graph.yaml
profiles: [p]
namespace: {name: models, create: true}
serviceAccount: {name: chat, identity: 'arn:aws:iam::111122223333:role/models'}
storage: {modelCache: {claim: model-cache, mountPath: /models}}
secrets: [{name: hf-token-secret, data: [{key: HF_TOKEN, remote: hf}]}]
";

fn documents(text: &str) -> Vec<Node> {
    let documents = read::documents(text, 0, &read::Limits::default(), &mut Vec::new());
    assert!(!documents.is_empty());
    documents
}

fn pair() -> Pair {
    let mut written = documents(GRAPH);
    let is_graph =
        |node: &Node| node.get("kind").and_then(Node::as_str) == Some("DynamoGraphDeployment");
    let graph = written.remove(written.iter().position(is_graph).unwrap());
    Pair {
        color: None,
        colors: Vec::new(),
        graph: Arc::new(convert::normalize(&graph, written, &mut Vec::new()).unwrap()),
        profile: Arc::new(ResolvedProfile {
            name: "p".to_owned(),
            spec: from_node(&documents(PROFILE)[0]).unwrap(),
            document: Node::default(),
        }),
        release: Arc::new(ResolvedRelease {
            name: "chat".to_owned(),
            namespace: "models".to_owned(),
            spec: from_node(&documents(RELEASE)[0]).unwrap(),
            templates: Vec::new(),
        }),
    }
}

fn planned(pair: &Pair) -> Vec<PlannedObject> {
    objects::plan(pair, &[], &mut Decisions::default(), &mut Vec::new())
}

fn templates() -> Templates {
    Templates::new(builtin::template, BTreeMap::new())
}

/// Decides what is rendered around one graph.
#[divan::bench]
fn plan(bencher: Bencher<'_, '_>) {
    let pair = pair();
    bencher
        .counter(ItemsCount::new(planned(&pair).len()))
        .bench(|| planned(black_box(&pair)));
}

/// Renders all of it, templates compiled and shapes parsed before: each further graph of a fleet.
#[divan::bench]
fn warm(bencher: Bencher<'_, '_>) {
    let planned = planned(&pair());
    let templates = templates();
    bencher
        .counter(ItemsCount::new(planned.len()))
        .bench(|| all(&templates, black_box(&planned)));
}

/// Renders all of it for the first time in a process.
#[divan::bench]
fn cold(bencher: Bencher<'_, '_>) {
    let planned = planned(&pair());
    bencher
        .counter(ItemsCount::new(planned.len()))
        .bench(|| all(&templates(), black_box(&planned)));
}

fn all(templates: &Templates, planned: &[PlannedObject]) -> Vec<Node> {
    planned
        .iter()
        .map(|planned| render::render(templates, planned).unwrap())
        .collect()
}
