//! Profiles can say what upstream's provider components patch: the five variants of
//! `recipes/qwen3-32b/vllm/cloud-providers`, expected values as tables, against profiles that build on
//! the built-in ones (`tests/fixtures/providers`).
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail loudly and read their fixtures"
)]

mod profile_layers;
#[path = "common/upstream.rs"]
mod upstream;

use graphwright::load::{Input, Request};
use graphwright::model::profile::{
    ClusterProfileSpec, EnvVar, Fabric, Pool, Strictness, TolerationOperator,
};
use graphwright::source::Sources;
use graphwright::yaml::At;
use graphwright::{Rendered, diagnostic};
use profile_layers::fixture_profile;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::sync::Mutex;
use upstream::shared;

/// GPUs of one prefill or decode pod of the graph.
const GPUS_PER_POD: u32 = 4;

type Pairs = &'static [(&'static str, &'static str)];

/// What a variant changes in the base graph's prefill and decode workers, and in its frontend.
struct Variant {
    /// The profile, a file of `tests/fixtures/providers`.
    fixture: &'static str,
    /// What becomes of `kv_connector_extra_config.backends` in `KV_TRANSFER_CONFIG`. Where it changes, the
    /// variable stands before all others.
    backends: Backends,
    /// Environment that stands before `env` in decode workers only.
    decode_env: Pairs,
    /// Environment of both workers, in order, before the author's.
    env: Pairs,
    /// Extended resources, the same in requests and limits.
    devices: Pairs,
    /// Pod annotations beside the author's.
    annotations: Pairs,
    /// Volume name, host path, mount path.
    mounts: &'static [(&'static str, &'static str, &'static str)],
    /// Key, operator, value; the effect is always NoSchedule.
    tolerations: &'static [(&'static str, &'static str, Option<&'static str>)],
    /// `/dev/shm`. Upstream writes a volume, which the operator drops in favour of its own; the field for the
    /// size of that one is what has an effect.
    shared_memory: Option<&'static str>,
    /// The tag of `vllm-runtime:1.1.1` after the change.
    image_tag: &'static str,
    /// Requests without limits on the frontend.
    frontend_requests: Pairs,
    /// Image pull secrets on all three components.
    pull_secrets: &'static [&'static str],
    /// Variables of the author's graph that the variant changes: no fact of a cluster, a Release's patch.
    author_env: Pairs,
}

/// What happens to the list of NIXL backends.
#[derive(Debug, PartialEq)]
enum Backends {
    /// The author's stays.
    Kept,
    /// The key goes away.
    Removed,
    /// These.
    Set(&'static [&'static str]),
}

/// All variants: privileged, user 0, these capabilities.
const CAPABILITIES: [&str; 2] = ["IPC_LOCK", "SYS_PTRACE"];

const IB: &[(&str, &str, &str)] = &[("ib", "/dev/infiniband", "/dev/infiniband")];
const GPU_EXISTS: (&str, &str, Option<&str>) = ("nvidia.com/gpu", "Exists", None);

const VARIANTS: &[Variant] = &[
    Variant {
        fixture: "aks-ib",
        backends: Backends::Kept,
        decode_env: &[],
        env: &[
            ("UCX_NET_DEVICES", "mlx5_0:1,mlx5_1:1,mlx5_2:1,mlx5_3:1"),
            ("UCX_IB_GPU_DIRECT_RDMA", "yes"),
            ("NCCL_SOCKET_IFNAME", "eth0"),
            ("NIXL_TELEMETRY_ENABLE", "y"),
            ("NIXL_TELEMETRY_EXPORTER", "prometheus"),
            ("NIXL_TELEMETRY_PROMETHEUS_PORT", "19090"),
            ("NCCL_DEBUG", "WARN"),
        ],
        devices: &[("rdma/shared_ib", "1")],
        annotations: &[],
        mounts: IB,
        tolerations: &[GPU_EXISTS],
        shared_memory: None,
        image_tag: "1.1.1",
        frontend_requests: &[("ephemeral-storage", "30Gi")],
        pull_secrets: &[],
        author_env: &[],
    },
    Variant {
        fixture: "aws-p5",
        backends: Backends::Set(&["LIBFABRIC"]),
        decode_env: &[],
        env: &[
            ("DYN_KVBM_NIXL_BACKEND_LIBFABRIC", "true"),
            ("DYN_KVBM_NIXL_BACKEND_UCX", "false"),
            ("FI_PROVIDER", "efa"),
            ("FI_EFA_USE_DEVICE_RDMA", "1"),
            ("FI_EFA_ENABLE_SHM_TRANSFER", "0"),
            ("FI_LOG_LEVEL", "warn"),
            ("NIXL_TELEMETRY_ENABLE", "y"),
            ("NIXL_TELEMETRY_EXPORTER", "prometheus"),
            ("NIXL_TELEMETRY_PROMETHEUS_PORT", "19090"),
            ("NCCL_DEBUG", "WARN"),
        ],
        devices: &[("vpc.amazonaws.com/efa", "16")],
        annotations: &[],
        mounts: &[],
        tolerations: &[],
        shared_memory: None,
        image_tag: "1.1.1-efa-amd64",
        frontend_requests: &[],
        pull_secrets: &[],
        author_env: &[],
    },
    Variant {
        fixture: "gke-roce",
        backends: Backends::Removed,
        decode_env: &[],
        env: &[
            ("NCCL_SOCKET_IFNAME", "eth0"),
            ("NCCL_CROSS_NIC", "0"),
            ("NIXL_TELEMETRY_ENABLE", "y"),
            ("NIXL_TELEMETRY_EXPORTER", "prometheus"),
            ("NIXL_TELEMETRY_PROMETHEUS_PORT", "19090"),
            ("NCCL_DEBUG", "WARN"),
        ],
        devices: &[
            ("networking.gke.io.networks/rdma-0", "1"),
            ("networking.gke.io.networks/rdma-0.IP", "1"),
            ("networking.gke.io.networks/rdma-1", "1"),
            ("networking.gke.io.networks/rdma-1.IP", "1"),
            ("networking.gke.io.networks/rdma-2", "1"),
            ("networking.gke.io.networks/rdma-2.IP", "1"),
            ("networking.gke.io.networks/rdma-3", "1"),
            ("networking.gke.io.networks/rdma-3.IP", "1"),
        ],
        annotations: &[
            ("networking.gke.io/default-interface", "eth0"),
            (
                "networking.gke.io/interfaces",
                concat!(
                    "[{\"interfaceName\":\"eth0\",\"network\":\"default\"},\n",
                    " {\"interfaceName\":\"eth2\",\"network\":\"rdma-0\"},\n",
                    " {\"interfaceName\":\"eth3\",\"network\":\"rdma-1\"},\n",
                    " {\"interfaceName\":\"eth4\",\"network\":\"rdma-2\"},\n",
                    " {\"interfaceName\":\"eth5\",\"network\":\"rdma-3\"}]\n",
                ),
            ),
        ],
        mounts: &[
            ("gib", "/home/kubernetes/bin/gib", "/usr/local/gib"),
            ("nvidia", "/home/kubernetes/bin/nvidia", "/usr/local/nvidia"),
        ],
        tolerations: &[GPU_EXISTS, ("kubernetes.io/arch", "Equal", Some("arm64"))],
        shared_memory: None,
        image_tag: "1.1.1",
        frontend_requests: &[],
        pull_secrets: &["nvcr-pull-secret"],
        author_env: &[],
    },
    Variant {
        fixture: "nebius-ib",
        backends: Backends::Removed,
        decode_env: &[("UCX_RNDV_THRESH", "8192")],
        env: &[
            ("NCCL_SOCKET_IFNAME", "eth0"),
            ("NIXL_TELEMETRY_ENABLE", "y"),
            ("NIXL_TELEMETRY_EXPORTER", "prometheus"),
            ("NIXL_TELEMETRY_PROMETHEUS_PORT", "19090"),
            ("NCCL_DEBUG", "WARN"),
        ],
        devices: &[("rdma/ib", "1")],
        annotations: &[],
        mounts: IB,
        tolerations: &[],
        shared_memory: Some("64Gi"),
        image_tag: "1.1.1",
        frontend_requests: &[],
        pull_secrets: &[],
        author_env: &[],
    },
    Variant {
        fixture: "nscale-ib",
        backends: Backends::Kept,
        decode_env: &[],
        env: &[
            ("NIXL_LOG_LEVEL", "INFO"),
            (
                "UCX_NET_DEVICES",
                "mlx5_0:1,mlx5_1:1,mlx5_2:1,mlx5_3:1,mlx5_4:1,mlx5_5:1,mlx5_10:1,mlx5_11:1",
            ),
            ("NIXL_TELEMETRY_ENABLE", "y"),
            ("NIXL_TELEMETRY_EXPORTER", "prometheus"),
            ("NIXL_TELEMETRY_PROMETHEUS_PORT", "19090"),
            ("NCCL_DEBUG", "WARN"),
        ],
        devices: &[("rdma/ib", "1")],
        annotations: &[],
        mounts: IB,
        tolerations: &[GPU_EXISTS],
        shared_memory: Some("64Gi"),
        image_tag: "1.1.1",
        frontend_requests: &[],
        pull_secrets: &[],
        author_env: &[("GPU_MEMORY_UTILIZATION", "0.70")],
    },
];

fn each(check: impl Fn(&Variant, &ClusterProfileSpec, &Fabric, &Pool)) {
    for variant in VARIANTS {
        let profile = fixture_profile(variant.fixture);
        let fabric = profile.fabric.as_ref().unwrap();
        let pool = profile
            .pools
            .iter()
            .find(|pool| pool.gpu.is_some())
            .unwrap();
        check(variant, &profile, fabric, pool);
    }
}

fn owned(pairs: Pairs) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn expanded(env: &[At<EnvVar>], pool: &Pool) -> Vec<(String, String)> {
    let hcas: Vec<String> = pool.hcas.iter().map(|hca| format!("{}:1", **hca)).collect();
    env.iter()
        .map(|variable| {
            let EnvVar { name, value } = &variable.value;
            (name.clone(), value.replace("{hcas}", &hcas.join(",")))
        })
        .collect()
}

#[test]
fn environment_is_upstreams_in_its_order() {
    each(|variant, _, fabric, pool| {
        let name = variant.fixture;
        assert_eq!(expanded(&fabric.env, pool), owned(variant.env), "{name}");
        let decode = fabric.role_env.get("decode").map_or(&[][..], Vec::as_slice);
        assert_eq!(expanded(decode, pool), owned(variant.decode_env), "{name}");
        assert!(
            fabric.role_env.keys().all(|role| role == "decode"),
            "{name}"
        );
        for (changed, _) in variant.author_env {
            assert!(
                fabric.env.iter().all(|variable| variable.name != *changed),
                "{name}"
            );
        }
    });
}

#[test]
fn devices_are_upstreams_for_a_pod_of_four_gpus() {
    each(|variant, _, fabric, _| {
        let asked: Vec<(String, String)> = fabric
            .resources
            .iter()
            .map(|resource| {
                (
                    resource.name.clone(),
                    resource.for_pod(GPUS_PER_POD).to_string(),
                )
            })
            .collect();
        assert_eq!(asked, owned(variant.devices), "{}", variant.fixture);
    });
}

#[test]
fn annotations_mounts_and_tolerations_are_upstreams() {
    each(|variant, _, fabric, _| {
        let name = variant.fixture;
        let annotations: Vec<(String, String)> = fabric
            .annotations
            .iter()
            .map(|(key, value)| (key.clone(), value.value.clone()))
            .collect();
        assert_eq!(annotations, owned(variant.annotations), "{name}");
        let mounts: Vec<(&str, &str, &str)> = fabric
            .mounts
            .iter()
            .map(|mount| {
                assert!(!mount.read_only);
                let path = mount.source["hostPath"]["path"].as_str().unwrap();
                (mount.name.as_str(), path, mount.mount_path.as_str())
            })
            .collect();
        assert_eq!(mounts, variant.mounts, "{name}");
        let tolerations: Vec<(&str, &str, Option<&str>)> = fabric
            .exact_tolerations
            .iter()
            .map(|toleration| {
                assert_eq!(toleration.effect.as_str(), "NoSchedule");
                let operator = match toleration.operator {
                    TolerationOperator::Exists => "Exists",
                    TolerationOperator::Equal => "Equal",
                };
                (
                    toleration.key.as_str(),
                    operator,
                    toleration.value.value.as_deref(),
                )
            })
            .collect();
        assert_eq!(tolerations, variant.tolerations, "{name}");
    });
}

#[test]
fn security_and_shared_memory_are_upstreams() {
    each(|variant, _, fabric, _| {
        let name = variant.fixture;
        assert_eq!(fabric.strictness, Strictness::Exact, "{name}");
        assert!(*fabric.security.privileged, "{name}");
        assert_eq!(
            fabric.security.run_as_user.as_ref().map(|id| id.value),
            Some(0),
            "{name}"
        );
        let capabilities: Vec<&str> = fabric
            .security
            .capabilities
            .iter()
            .map(|c| c.as_str())
            .collect();
        assert_eq!(capabilities, CAPABILITIES, "{name}");
        let size = fabric.shared_memory.as_ref().map(|size| size.as_str());
        assert_eq!(size, variant.shared_memory, "{name}");
        assert!(!*fabric.compute_domain, "{name}");
    });
}

#[test]
fn backends_and_images_are_upstreams() {
    each(|variant, _, fabric, _| {
        let name = variant.fixture;
        let backends = fabric.kv_transfer.vllm.as_ref().map(|vllm| &vllm.backends);
        match &variant.backends {
            Backends::Kept => assert_eq!(backends, None, "{name}"),
            Backends::Removed => assert!(backends.is_some_and(Vec::is_empty), "{name}"),
            Backends::Set(wanted) => assert_eq!(backends.unwrap(), wanted, "{name}"),
        }
        let suffix = fabric
            .image_suffixes
            .iter()
            .rfind(|suffix| {
                version(&suffix.from) <= version("1.1.1")
                    && suffix
                        .repositories
                        .iter()
                        .any(|repository| repository == "vllm-runtime")
            })
            .map_or("", |suffix| suffix.suffix.as_str());
        assert_eq!(format!("1.1.1{suffix}"), variant.image_tag, "{name}");
    });
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap()).collect()
}

#[test]
fn the_frontend_gets_what_upstream_gives_it_and_nothing_else() {
    each(|variant, profile, fabric, _| {
        let name = variant.fixture;
        let requests: Vec<(String, String)> = fabric
            .component_requests
            .get("frontend")
            .into_iter()
            .flatten()
            .map(|(resource, quantity)| (resource.clone(), quantity.value.clone()))
            .collect();
        assert_eq!(requests, owned(variant.frontend_requests), "{name}");
        assert!(
            fabric
                .component_requests
                .keys()
                .all(|kind| kind == "frontend"),
            "{name}"
        );
        let secrets: Vec<&str> = profile
            .registry
            .pull_secrets
            .iter()
            .map(|s| s.as_str())
            .collect();
        assert_eq!(secrets, variant.pull_secrets, "{name}");
    });
}

/// A graph of one prefill and one decode worker with four GPUs each, as the author might write it.
const GRAPH: &str = r#"
apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeployment
metadata: {name: one-and-one}
spec:
  components:
  - name: Frontend
    type: frontend
    podTemplate:
      spec:
        containers:
        - {name: main, image: nvcr.io/nvidia/ai-dynamo/dynamo-frontend:1.1.1}
  - &prefill
    name: PrefillWorker
    type: prefill
    podTemplate:
      spec:
        containers:
        - name: main
          image: nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.1.1
          command: [/bin/sh, -c]
          args: ['exec python3 -m dynamo.vllm --kv-transfer-config "$KV_TRANSFER_CONFIG"']
          env:
          - {name: MODEL, value: m}
          - name: KV_TRANSFER_CONFIG
            value: '{"kv_connector":"NixlConnector","kv_role":"kv_both","kv_connector_extra_config":{"backends":["UCX"]}}'
          resources: {limits: {nvidia.com/gpu: "4"}, requests: {nvidia.com/gpu: "4"}}
  - <<: *prefill
    name: DecodeWorker
    type: decode
"#;

/// The graph of `inputs` rendered on `profile`, as JSON.
fn rendered_graph(input: Input, profile: &str) -> Json {
    let request = Request {
        inputs: vec![input],
        profiles: vec![profile.to_owned()],
        strictness: Some(Strictness::Exact),
        ..Request::default()
    };
    let mut sources = Sources::default();
    let found = Mutex::new(Vec::new());
    let mut diagnostics = graphwright::render(&request, &mut sources, 1, &|pair: Rendered, _| {
        found.lock().unwrap().push(pair);
    });
    let mut pair = found.into_inner().unwrap().pop();
    if let Some(pair) = &mut pair {
        diagnostics.append(&mut pair.diagnostics);
    }
    assert!(
        !diagnostic::has_errors(&diagnostics),
        "{}",
        diagnostic::to_text(&diagnostics, &sources, diagnostic::Style::default())
    );
    let graph = pair
        .unwrap()
        .manifests
        .into_iter()
        .find(|manifest| manifest.key.kind == "DynamoGraphDeployment");
    graph.unwrap().object.to_json()
}

fn fixture(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/providers"]
        .iter()
        .collect();
    path.join(format!("{name}.yaml")).display().to_string()
}

fn text(graph: &str) -> Input {
    Input::Text {
        name: "graph.yaml".to_owned(),
        text: graph.to_owned(),
    }
}

/// The author's component with a variant's changes made by hand, list orders included.
fn patched(variant: &Variant, component: &Json) -> Json {
    let mut component = component.clone();
    let is_decode = component["type"] == "decode";
    let is_frontend = component["type"] == "frontend";
    let pod = &mut component["podTemplate"]["spec"];
    if !variant.pull_secrets.is_empty() {
        let secrets: Vec<Json> = variant
            .pull_secrets
            .iter()
            .map(|name| json!({"name": name}))
            .collect();
        pod["imagePullSecrets"] = json!(secrets);
    }
    if is_frontend {
        for (resource, quantity) in variant.frontend_requests {
            component["podTemplate"]["spec"]["containers"][0]["resources"]["requests"][*resource] =
                json!(quantity);
        }
        return component;
    }
    if !variant.tolerations.is_empty() {
        let list: Vec<Json> = variant
            .tolerations
            .iter()
            .map(|(key, operator, value)| {
                let mut item = json!({"key": key, "operator": operator, "effect": "NoSchedule"});
                if let Some(value) = value {
                    item["value"] = json!(value);
                }
                item
            })
            .collect();
        pod["tolerations"] = json!(list);
    }
    if !variant.mounts.is_empty() {
        pod["volumes"] = variant
            .mounts
            .iter()
            .map(|(name, host, _)| json!({"name": name, "hostPath": {"path": host}}))
            .collect();
    }
    let main = &mut pod["containers"][0];
    if !variant.mounts.is_empty() {
        main["volumeMounts"] = variant
            .mounts
            .iter()
            .map(|(name, _, path)| json!({"name": name, "mountPath": path}))
            .collect();
    }
    main["image"] = json!(format!(
        "nvcr.io/nvidia/ai-dynamo/vllm-runtime:{}",
        variant.image_tag
    ));
    main["securityContext"] =
        json!({"privileged": true, "runAsUser": 0, "capabilities": {"add": CAPABILITIES}});
    for side in ["limits", "requests"] {
        for (device, count) in variant.devices {
            main["resources"][side][*device] = json!(count);
        }
    }
    let mut env = main["env"].as_array().unwrap().clone();
    let mut connector: Json = serde_json::from_str(env[1]["value"].as_str().unwrap()).unwrap();
    let mut first = Vec::new();
    match variant.backends {
        Backends::Kept => {}
        Backends::Removed => {
            connector
                .as_object_mut()
                .unwrap()
                .shift_remove("kv_connector_extra_config");
            env.remove(1);
            first.push(json!({"name": "KV_TRANSFER_CONFIG", "value": connector.to_string()}));
        }
        Backends::Set(backends) => {
            connector["kv_connector_extra_config"]["backends"] = json!(backends);
            env.remove(1);
            first.push(json!({"name": "KV_TRANSFER_CONFIG", "value": connector.to_string()}));
        }
    }
    let of_role = variant.decode_env.iter().filter(|_| is_decode);
    first.extend(
        of_role
            .chain(variant.env)
            .map(|(name, value)| json!({"name": name, "value": value})),
    );
    first.extend(env);
    component["podTemplate"]["spec"]["containers"][0]["env"] = json!(first);
    if let Some(size) = variant.shared_memory {
        component["sharedMemorySize"] = json!(size);
    }
    if !variant.annotations.is_empty() {
        for (key, value) in variant.annotations {
            component["podTemplate"]["metadata"]["annotations"][*key] = json!(value);
        }
    }
    component
}

#[test]
fn exact_renders_what_upstream_patches_and_nothing_else() {
    let author = rendered_graph(text(GRAPH), &fixture("nothing"));
    for variant in VARIANTS {
        let graph = rendered_graph(text(GRAPH), &fixture(variant.fixture));
        for (index, component) in author["spec"]["components"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
        {
            assert_eq!(
                graph["spec"]["components"][index],
                patched(variant, component),
                "{} {}",
                variant.fixture,
                component["name"]
            );
        }
    }
}

/// Upstream's base graph on our EKS profile is upstream's committed overlay, component by component, the
/// order of lists included. Needs the upstream corpus.
#[test]
fn the_base_graph_on_eks_p5_is_upstreams_committed_overlay() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("corpus/recipes/qwen3-32b/vllm/cloud-providers");
    let ours = rendered_graph(
        Input::Path(folder.join("kustomize/base/deploy.yaml")),
        "eks-p5",
    );
    let theirs = rendered_graph(
        Input::Path(folder.join("deploy-aws-p5.48xlarge.yaml")),
        &fixture("nothing"),
    );
    let by_name = |graph: &Json, name: &str| {
        let components = graph["spec"]["components"].as_array().unwrap();
        components
            .iter()
            .find(|c| c["name"] == name)
            .unwrap()
            .clone()
    };
    for name in ["Frontend", "PrefillWorker", "DecodeWorker"] {
        assert_eq!(by_name(&ours, name), by_name(&theirs, name), "{name}");
    }
}
