//! Every example of `docs/releases.md`, and of the README's part about releases, renders.
//!
//! An example is the part of a release that its section is about. What it leaves out is added here: a graph,
//! and a profile whose cluster has all that a release can ask for. Nothing that it says is changed.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail loudly and read their fixtures"
)]

mod common;

use common::{Project, golden};
use serde_yaml::{Mapping, Value};

/// A cluster that offers everything the page speaks of.
const CLUSTER: &str = "\
apiVersion: graphwright.dev/v1alpha1
kind: ClusterProfile
metadata:
  name: everything
spec:
  extends: [eks-p5]
  capabilities:
    argoRollouts: true
    certManager: true
    gatewayApi: true
    istio: true
    keda: true
  entry:
    kind: ingress
    controller: nginx
    publicClass: nginx
    internalClass: nginx-internal
    gateway: {name: inference, namespace: gateways}
  monitoring:
    prometheusUrl: http://prometheus-operated.monitoring.svc:9090
";

/// Examples that are no part of a release, by their first key.
const OTHERS: &[&str] = &["externalRules"];

/// The yaml blocks of a page, each with the line that it starts on.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in (1..).zip(page.lines()) {
        let is_fence = line.trim_start().starts_with("```");
        match &mut open {
            None if line.trim() == "```yaml" => open = Some((number + 1, String::new())),
            Some(_) if is_fence => blocks.extend(open.take()),
            Some((_, text)) => text.extend([line, "\n"]),
            None => {}
        }
    }
    assert!(open.is_none(), "a block has no end");
    blocks
}

fn page(path: &str) -> Vec<(usize, String)> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    blocks(&std::fs::read_to_string(path).unwrap())
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// Adds a key where the example does not have it.
fn complete(map: &mut Mapping, key: &str, value: &str) {
    if !map.contains_key(key) {
        map.insert(key.into(), yaml(value));
    }
}

/// The release that an example is a part of.
fn release(example: &str) -> String {
    let Value::Mapping(mut release) = yaml(example) else {
        panic!("no mapping:\n{example}");
    };
    if !release.contains_key("spec") {
        release = Mapping::from_iter([("spec".into(), Value::Mapping(release))]);
    }
    complete(&mut release, "apiVersion", "graphwright.dev/v1alpha1");
    complete(&mut release, "kind", "Release");
    complete(&mut release, "metadata", "{name: chat}");
    let spec = release["spec"].as_mapping_mut().unwrap();
    let overrides = spec.get("overrides").and_then(Value::as_sequence);
    let mut named = overrides.into_iter().flatten().map(|one| &one["profiles"]);
    let profiles = named.next_back().cloned();
    if example.contains("strategy: {live:") {
        complete(spec, "strategy", "{type: blueGreen, blue: {}, green: {}}");
    }
    if let Some(profiles) = profiles {
        spec.entry("profiles".into()).or_insert(profiles);
    }
    complete(spec, "profiles", "[everything.yaml]");
    complete(spec, "graph", "graph.yaml");
    complete(spec, "namespace", "{name: chat}");
    complete(spec, "existing", "[{kind: Secret, name: hf-token-secret}]");
    serde_yaml::to_string(&release).unwrap()
}

/// The graph whose components an example names.
fn graph(example: &str) -> String {
    golden(if example.contains("Worker:") {
        "vllm-agg"
    } else {
        "blue-green"
    })
}

/// What the published schema, which editors check with, says against a release.
fn mistakes(release: &Value) -> Vec<String> {
    let schema = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schemas/graphwright.dev/release_v1alpha1.json"
    );
    let schema = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let release = serde_json::to_value(release).unwrap();
    let mistakes = validator.iter_errors(&release);
    mistakes
        .map(|it| format!("{}: {it}", it.instance_path()))
        .collect()
}

#[track_caller]
fn renders(path: &str, line: usize, example: &str) {
    let project = Project::new();
    project.write("everything.yaml", CLUSTER);
    project.write("graph.yaml", &graph(example));
    project.write("release.yaml", &release(example));
    assert_eq!(mistakes(&yaml(&release(example))), [""; 0], "{path}:{line}");
    let run = project.run(&["render", "release.yaml"]);
    assert!(
        run.code == Some(0) && !run.stderr.contains("error[") && !run.stderr.contains("warning["),
        "the example at {path}:{line} does not render:\n{}\n{}",
        release(example),
        run.stderr
    );
    assert!(run.stdout.contains("kind: DynamoGraphDeployment"));
}

#[test]
fn every_example_of_the_page_renders() {
    let mut rendered = 0;
    for (line, example) in page("docs/releases.md") {
        let first = yaml(&example).as_mapping().unwrap().keys().next().cloned();
        if !OTHERS.contains(&first.unwrap().as_str().unwrap()) {
            renders("docs/releases.md", line, &example);
            rendered += 1;
        }
    }
    assert!(rendered >= 4, "{rendered} examples found");
}

#[test]
fn the_release_of_the_readme_renders() {
    let examples = page("README.md");
    let is_release = |text: &str| text.starts_with("spec:\n  graph:");
    let mut releases = examples.iter().filter(|(_, text)| is_release(text));
    let (line, example) = releases.next().unwrap();
    renders("README.md", *line, example);
}

#[test]
fn releases_keep_the_schema_that_editors_check() {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut checked = 0;
    for entry in std::fs::read_dir(golden).unwrap() {
        let path = entry.unwrap().path().join("release.yaml");
        if let Ok(text) = std::fs::read_to_string(&path) {
            assert_eq!(mistakes(&yaml(&text)), [""; 0], "{}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 10);
    let layer = |text: &str| {
        yaml(&format!(
            "{{apiVersion: graphwright.dev/v1alpha1, kind: Release, metadata: {{name: a}}, spec: {{graph: a, \
             profiles: [b], overrides: [{{profiles: [b], spec: {text}}}]}}}}"
        ))
    };
    assert_eq!(
        mistakes(&layer("{exposure: null, strategy: {canary: null}}")),
        [""; 0]
    );
    assert_eq!(mistakes(&layer("{exposure: {kind: entry}}")).len(), 1);
    assert_eq!(mistakes(&layer("{strategy: {colour: blue}}")).len(), 1);
    assert_eq!(mistakes(&layer("{graph: b}")).len(), 1);
}

/// A release with all of the page.
const WHOLE: &str = "\
spec:
  exposure: {kind: gateway, hosts: [chat.example.com]}
  storage: {compilationCache: {claim: kernels, mountPath: /cache}}
  smokeTest: {}
  health: {modelBillions: 32}
  components:
    decode:
      args: {set: {--gpu-memory-utilization: 0.9}}
      scaling: {minReplicas: 1, maxReplicas: 4, metrics: [{metric: queueDepth, target: 4}]}
  strategy:
    type: blueGreen
    live: blue
    canary: {weight: 10}
    blue: {}
    green: {imageVersions: [{name: nvcr.io/nvidia/ai-dynamo/vllm-runtime, tag: 1.4.0}]}
";

/// What is asked about: the object, its field, and the rule or the line that set it.
const REASONS: &[(&str, &str, &str)] = &[
    ("svc/qwen3-32b", "spec.selector", "rule object-address"),
    (
        "httproute/qwen3-32b",
        "backendRefs[0].weight",
        "rule object-route",
    ),
    (
        "so/qwen3-32b-blue-decode",
        "spec.maxReplicaCount",
        "maxReplicas: 4",
    ),
    (
        "so/qwen3-32b-blue-decode",
        "horizontalPodAutoscalerConfig.behavior",
        "rule scaling-behavior",
    ),
    ("pvc/kernels-blue", "metadata.name", "rule color-cache"),
    (
        "dgd/qwen3-32b-blue",
        "components[name=decode].compilationCache.pvcName",
        "rule color-cache",
    ),
    (
        "dgd/qwen3-32b-blue",
        "components[name=decode].scalingAdapter",
        "rule scaling-adapter",
    ),
    (
        "dgd/qwen3-32b-green",
        "components[name=decode].podTemplate.spec.containers[name=main].startupProbe",
        "rule health-startup",
    ),
    ("dgd/qwen3-32b-green", "metadata.name", "rule color-name"),
];

#[test]
fn why_knows_the_reason_of_each_new_field() {
    let project = Project::new();
    project.write("everything.yaml", CLUSTER);
    project.write("graph.yaml", &graph(WHOLE));
    project.write("release.yaml", &release(WHOLE));
    for (object, field, reason) in REASONS {
        let answer = project
            .run(&["why", object, field, "-f", "release.yaml"])
            .done();
        assert!(answer.contains(reason), "{object} {field}:\n{answer}");
    }
    let rendered = project.run(&["render", "release.yaml"]).done();
    assert!(rendered.contains("--gpu-memory-utilization"), "{rendered}");
    let run = project.run(&["why", "httproute/chat", "-f", "release.yaml"]);
    run.is(2, "", "of its kind are rendered: HTTPRoute/qwen3-32b");
}

#[test]
fn a_part_becomes_a_whole_release() {
    let release = yaml(&release("overrides: [{profiles: [eks-p5], spec: {}}]"));
    assert_eq!(release["kind"], "Release");
    assert_eq!(release["spec"]["profiles"][0], "eks-p5");
    assert_eq!(
        blocks("a\n  ```yaml\n  b: c\n  ```\n"),
        [(3, "  b: c\n".to_owned())]
    );
}

/// Commands that the page shows are ones that there are.
#[test]
fn every_command_of_the_page_is_known() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/releases.md");
    let page = std::fs::read_to_string(path).unwrap();
    let mut commands: Vec<&str> = page
        .split("`graphwright ")
        .skip(1)
        .filter_map(|rest| rest.split('`').next())
        .filter_map(|command| command.split_whitespace().next())
        .collect();
    commands.sort_unstable();
    commands.dedup();
    assert!(commands.contains(&"promote"), "{commands:?}");
    for command in commands {
        Project::new().run(&[command, "--help"]).done();
    }
}
