//! How fast is YAML read and written? `cargo bench --profile fast --bench yaml`; the figures are bytes of YAML.
#![allow(clippy::unwrap_used, reason = "a benchmark")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use graphwright::origin::Origin;
use graphwright::yaml::{Node, read, write};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

/// How many components make a graph of about 10 KB, and of about 1 MB.
const COMPONENTS: [usize; 2] = [8, 860];

/// A graph as people write them: short keys, short strings, a script, some numbers.
fn graph(components: usize) -> Node {
    let component = |number: usize| -> Value {
        json!({
            "name": format!("decode-{number}"),
            "componentType": "worker",
            "replicas": number % 7,
            "envFromSecret": "hf-token-secret",
            "resources": {
                "requests": {"cpu": "10", "memory": "40Gi"},
                "limits": {"cpu": "10", "memory": "40Gi", "nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": 32},
            },
            "podTemplate": {
                "metadata": {"labels": {"app.kubernetes.io/part-of": "example", "enabled": "yes"}},
                "spec": {
                    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
                    "containers": [{
                        "name": "main",
                        "image": "registry.example/runtime/worker:1.2.3",
                        "command": ["/bin/sh", "-c"],
                        "args": ["set -eu\nexec python3 -m example.worker \\\n  --model \"$MODEL\" \\\n  --port 8000\n"],
                        "env": [
                            {"name": "MODEL", "value": "example/model-70b-instruct"},
                            {"name": "UCX_TLS", "value": "rc,cuda_copy,cuda_ipc"},
                            {"name": "NUMBER", "value": number.to_string()},
                            {"name": "OPTIONS", "value": "{\"a\": 0.5}"},
                        ],
                        "startupProbe": {"httpGet": {"path": "/live", "port": 9090}, "failureThreshold": 720},
                    }],
                },
            },
        })
    };
    let components: Vec<Value> = (0..components).map(component).collect();
    let graph = json!({
        "apiVersion": "nvidia.com/v1beta1",
        "kind": "DynamoGraphDeployment",
        "metadata": {"name": "example"},
        "spec": {"backendFramework": "vllm", "components": components},
    });
    Node::from_json(&graph, Origin::None)
}

#[divan::bench(args = COMPONENTS)]
fn read(bencher: Bencher<'_, '_>, components: usize) {
    let text = write::to_string(&graph(components));
    bencher.counter(BytesCount::of_str(&text)).bench(|| {
        let mut mistakes = Vec::new();
        read::documents(black_box(&text), 0, &read::Limits::default(), &mut mistakes)
    });
}

#[divan::bench(args = COMPONENTS)]
fn write(bencher: Bencher<'_, '_>, components: usize) {
    let graph = graph(components);
    let mut out = write::to_string(&graph);
    let size = BytesCount::of_str(&out);
    bencher.counter(size).bench_local(|| {
        out.clear();
        write::write(black_box(&graph), &mut out);
        black_box(out.len())
    });
}
