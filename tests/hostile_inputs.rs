//! A whole render of inputs nobody wrote: a release, a profile and a graph, mutated for
//! `GRAPHWRIGHT_FUZZ_SECONDS` (default 2).
//!
//! What must hold for any text: no panic anywhere between reading and checking, and every finding can be
//! shown. `fuzz/fuzz_targets/inputs.rs` is the same for cargo-fuzz.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests measure time, read their own settings and report"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use graphwright::check;
use graphwright::date::Date;
use graphwright::diagnostic::{self, Style};
use graphwright::load::{Input, Request};
use graphwright::source::Sources;

const RELEASE: &str = "\
apiVersion: graphwright.dev/v1alpha1
kind: Release
metadata:
  name: chat
spec:
  graph: graph.yaml
  profiles: [./site.yaml, eks-p5]
  name: talk
  namespace: {name: serving, create: true, labels: {a: b}}
  fabric: safe
  components:
    decode: {replicas: 2, env: [{name: A, value: b}], sharedMemory: 8Gi, pool: gpu}
  storage:
    modelCache: {claim: models, mountPath: /models, size: 100Gi}
  secrets:
    - {name: hf, data: [{key: HF_TOKEN, remote: hf/token}]}
  serviceAccount: {name: chat, identity: arn}
  images: [{from: nvcr.io, to: mirror.example/nvcr}]
  patches:
    - target: {kind: DynamoGraphDeployment, component: decode}
      operations:
        - {op: add, path: /replicas, value: 3}
  ignore:
    - {rule: spot-grace, until: \"2031-12-31\", reason: known, object: DynamoGraphDeployment/talk}
";

/// Two graphs behind one entry, scaled, tried and different on one profile: what a release says about how it lives.
const PAIR: &str = "\
apiVersion: graphwright.dev/v1alpha1
kind: Release
metadata:
  name: chat
spec:
  graph: graph.yaml
  profiles: [./site.yaml, eks-p5]
  namespace: {name: serving}
  model: x
  delivery: argoCd
  imageVersions: [{name: nvcr.io/nvidia/ai-dynamo/vllm-runtime, tag: 1.3.0}]
  strategy:
    type: blueGreen
    live: blue
    standbyReplicas: 1
    canary: {weight: 10}
    blue: {}
    green:
      size: full
      model: other
      imageVersions:
        - {name: nvcr.io/nvidia/ai-dynamo/vllm-runtime, tag: 1.4.0}
      components:
        decode: {env: [{name: LEVEL, value: debug}]}
  exposure:
    kind: ingress
    hosts: [chat.example.com]
    previewHosts: [next.example.com]
    paths: [/v1]
    scope: public
    timeoutSeconds: 900
    tls: {certificate: arn}
    annotations: {a: b}
  components:
    Frontend:
      scaling:
        minReplicas: 2
        maxReplicas: 6
        scaler: keda
        metrics: [{metric: activeRequests, target: 200}]
    decode:
      args: {remove: [--model], set: {--model: z, --max-num-seqs: 8, --rate: 0.9}, add: [--fast]}
      resources: {requests: {cpu: \"8\"}, limits: {nvidia.com/gpu: \"8\"}}
      scaling:
        minReplicas: 1
        maxReplicas: 4
        scaleUpSeconds: 120
        scaleDownSeconds: 600
        metrics:
          - {metric: kvCacheUsage, target: 0.8}
          - {metric: timeToFirstToken, target: 1.5}
  storage:
    compilationCache: {claim: kernels, mountPath: /cache}
  smokeTest: {asks: [chat, completion], timeoutSeconds: 1800, model: x}
  preflight: {elastic: true, image: python:3}
  health: {canary: true, modelBillions: 70.5, startupSeconds: 600}
  overrides:
    - profiles: [eks-p5]
      spec:
        exposure: {kind: service, hosts: null, previewHosts: null, scope: null, tls: null, paths: null}
        strategy: {canary: null, green: {size: standby}}
        components:
          Frontend: {scaling: null, replicas: 3}
          decode: {scaling: null, args: {set: {--max-num-seqs: 16}}}
        storage: null
";

const PROFILE: &str = "\
apiVersion: graphwright.dev/v1alpha1
kind: ClusterProfile
metadata:
  name: site
spec:
  extends: [eks-p5]
  kubernetes: {version: \"1.35\"}
  capabilities: {keda: true, prometheusOperator: true, argoRollouts: true, flagger: true, gatewayApi: true, istio: true}
  entry:
    gateway: {name: inference, namespace: gateways, class: gke-l7-rilb}
    publicClass: alb
  monitoring: {prometheusUrl: \"http://prometheus:9090\"}
  delivery: flux
  pools:
    - name: gpu
      gpu: {model: H100, count: 8}
      labels: {a: b, c: null}
      taints: [{key: nvidia.com/gpu, effect: NoSchedule}]
      maxNodes: 4
    - name: extra
      capacity: spot
  fabric:
    kind: efa
    env: [{name: FI_PROVIDER, value: efa}]
    resources: [{name: vpc.amazonaws.com/efa, count: 4, per: gpu}]
  spot: {graceSeconds: 100}
  registry: {pullSecrets: [a], mirrors: []}
";

const GRAPH: &str = "\
apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeployment
metadata:
  name: chat
  labels: &labels {app: chat}
  annotations:
    graphwright.dev/ignore: |
      schema until 2031-12-31: known
spec:
  backendFramework: vllm
  components:
    - name: Frontend
      type: frontend
      replicas: 1
      podTemplate: {spec: {containers: [{name: main, image: \"nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.0.0\"}]}}
    - name: decode
      type: decode
      multinode: {nodeCount: 2}
      podTemplate:
        metadata: {labels: *labels}
        spec:
          containers:
            - name: main
              image: nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.0.0
              command: [python3, -m, dynamo.vllm]
              args: [--model, x, --disaggregation-mode, decode]
              resources: {limits: {nvidia.com/gpu: \"8\"}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: b}
";

/// What a mutation may put in.
const PIECES: &[&str] = &[
    "\n",
    "  ",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "null",
    "~",
    "-1",
    "0",
    "18446744073709551616",
    "1e400",
    "true",
    "''",
    "\"",
    "é",
    "\0",
    "\u{1b}",
    "../../x.yaml",
    "/etc/passwd",
    "./site.yaml",
    "site",
    "<<: ",
    "&a ",
    "*a",
    "*labels",
    "---\n",
    "Release",
    "ClusterProfile",
    "DynamoGraphDeployment",
    "v1alpha1",
    "v1beta1",
    "services",
    "components",
    "extends: [site]\n",
    "name: ",
    "{{ x }}",
    "${X}",
    "decode",
    "9999999999",
    "1Ei",
    "%",
    "#",
    "green",
    "standby",
    "rolling",
    "gateway",
    "istio",
    "horizontalPodAutoscaler",
    "strategy: ",
    "overrides:\n",
    "scaling: ",
    "0.000000001",
    "*.example.com",
];

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

fn mutate(text: &str, numbers: &mut Numbers) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(text.len() + 1);
        let end = (at + numbers.below(24)).min(text.len());
        match numbers.below(4) {
            0 => drop(text.drain(at..end)),
            1 => {
                let copy = text[at..end].to_vec();
                let to = numbers.below(text.len() + 1);
                text.splice(to..to, copy);
            }
            2 => drop(text.splice(at..end, PIECES[numbers.below(PIECES.len())].chars())),
            _ => drop(text.splice(at..at, PIECES[numbers.below(PIECES.len())].chars())),
        }
    }
    text.into_iter().collect()
}

/// Checks the graph's file as the manifests that it is.
fn check(texts: [&str; 3]) {
    let request = check::Request {
        load: Request {
            inputs: vec![Input::Text {
                name: "graph.yaml".to_owned(),
                text: texts[2].to_owned(),
            }],
            today: Date::parse("2030-01-01"),
            ..Request::default()
        },
        ..check::Request::default()
    };
    let mut sources = Sources::default();
    let checked = check::check(&request, &mut sources);
    diagnostic::to_text(&checked.diagnostics, &sources, Style::default());
    assert!(
        checked.objects > 0 || !checked.diagnostics.is_empty(),
        "nothing checked, nothing said"
    );
}

/// Renders the texts and shows all that is found; gives how many pairs came out.
fn render(texts: [&str; 3]) -> usize {
    let names = ["release.yaml", "site.yaml", "graph.yaml"];
    let request = Request {
        inputs: std::iter::zip(names, texts)
            .map(|(name, text)| Input::Text {
                name: name.to_owned(),
                text: text.to_owned(),
            })
            .collect(),
        ..Request::default()
    };
    let mut sources = Sources::default();
    let pairs = Mutex::new(Vec::new());
    let keep = |pair, _| pairs.lock().unwrap().push(pair);
    let mut diagnostics = graphwright::render(&request, &mut sources, 1, &keep);
    let pairs = pairs.into_inner().unwrap();
    let count = pairs.len();
    diagnostics.extend(pairs.into_iter().flat_map(|pair| pair.diagnostics));
    diagnostic::to_text(&diagnostics, &sources, Style::default());
    diagnostic::to_json_lines(&diagnostics, &sources);
    assert!(
        count > 0 || diagnostic::has_errors(&diagnostics),
        "nothing rendered, nothing said"
    );
    count
}

#[test]
fn the_seed_renders() {
    assert_eq!(render([RELEASE, PROFILE, GRAPH]), 2);
    assert_eq!(render([PAIR, PROFILE, GRAPH]), 2);
}

#[test]
fn no_input_makes_it_panic() {
    let seconds = std::env::var("GRAPHWRIGHT_FUZZ_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(2);
    let seed = std::env::var("GRAPHWRIGHT_FUZZ_SEED").ok();
    let seed = seed
        .and_then(|text| text.parse().ok())
        .unwrap_or(0x9E37_79B9);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut numbers = Numbers(seed);
    let (mut runs, mut rendered) = (0_u64, 0_u64);
    while Instant::now() < end {
        let release = [RELEASE, PAIR, PAIR][numbers.below(3)];
        let mut texts = [release, PROFILE, GRAPH].map(str::to_owned);
        let changed = numbers.below(3);
        texts[changed] = mutate(&texts[changed], &mut numbers);
        let [release, profile, graph] = &texts;
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            check([release, profile, graph]);
            render([release, profile, graph])
        }));
        assert!(outcome.is_ok(), "panicked on:\n{}", texts.join("\n%%\n"));
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "slow:\n{}",
            texts.join("\n%%\n")
        );
        runs += 1;
        rendered += u64::from(outcome.unwrap() > 0);
    }
    eprintln!("{runs} inputs, {rendered} of them rendered");
    assert!(runs > 0);
}
