//! The built-in profiles: whole, typed, consistent, and with the numbers of the providers' own pages.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail loudly and read their fixtures"
)]

mod profile_layers;

use std::collections::BTreeSet;

use graphwright::builtin;
use graphwright::model::ClusterProfile;
use graphwright::model::profile::{
    Arch, Capacity, ClusterProfileSpec, FabricKind, Pool, Provider, TaintEffect, TolerationOperator,
};
use graphwright::profile;
use graphwright::source::Sources;
use graphwright::yaml::{Node, from_node};
use profile_layers::{builtin_profile, document, resolved};

/// One line of the providers' machine tables.
struct Machine {
    profile: &'static str,
    machine: &'static str,
    arch: Arch,
    capacity: Capacity,
    gpu: &'static str,
    gpus: u32,
    /// MiB of one GPU.
    memory: Option<u32>,
    /// The devices pods can ask for, and how many a node has.
    devices: Option<(&'static str, u32)>,
    nvlink_nodes: Option<u32>,
}

const EFA: &str = "vpc.amazonaws.com/efa";
const SHARED_IB: &str = "rdma/shared_ib";
const RDMA: &str = "networking.gke.io.networks/rdma-";

/// Profile, machine, architecture, capacity, GPU, GPUs, MiB of one (0: not stated), devices of a node, nodes in an
/// NVLink domain (0: no NVLink stated).
macro_rules! machines {
    ($($profile:literal, $machine:literal, $arch:ident, $capacity:ident, $gpu:literal, $gpus:literal,
       $memory:expr, $device:expr, $count:literal, $nvlink:literal;)*) => {
        &[$(Machine {
            profile: $profile,
            machine: $machine,
            arch: Arch::$arch,
            capacity: Capacity::$capacity,
            gpu: $gpu,
            gpus: $gpus,
            memory: if $memory == 0 { None } else { Some($memory) },
            devices: if $count == 0 { None } else { Some(($device, $count)) },
            nvlink_nodes: if $nvlink == 0 { None } else { Some($nvlink) },
        }),*]
    };
}

/// EKS: the Karpenter instance types reference. AKS: the Azure VM sizes reference. GKE: the page on the
/// accelerator-optimized machine family; GB are counted as 1024 MiB.
#[rustfmt::skip]
const MACHINES: &[Machine] = machines![
    "eks-p4d",          "p4d.24xlarge",                  Amd64, OnDemand, "A100",         8, 40960,      EFA, 4, 1;
    "eks-p5",           "p5.48xlarge",                   Amd64, OnDemand, "H100",         8, 81920,      EFA, 32, 1;
    "eks-karpenter-p5", "p5.48xlarge",                   Amd64, Reserved, "H100",         8, 81920,      EFA, 32, 1;
    "eks-p5en",         "p5en.48xlarge",                 Amd64, OnDemand, "H200",         8, 144_384,    EFA, 16, 1;
    "eks-p6-b200",      "p6-b200.48xlarge",              Amd64, OnDemand, "B200",         8, 183_359,    EFA, 8, 1;
    "eks-p6e-gb200",    "p6e-gb200.36xlarge",            Arm64, Reserved, "GB200",        4, 740 / 4 * 1024, EFA, 4, 18;
    "eks-g6",           "g6.12xlarge",                   Amd64, OnDemand, "L4",           4, 22888,      EFA, 1, 0;
    "eks-g7e",          "g7e.12xlarge",                  Amd64, OnDemand, "RTX PRO 6000", 2, 98304,      EFA, 1, 0;
    "eks-auto-spot",    "g6e.12xlarge",                  Amd64, Spot,     "L40S",         4, 45776,      EFA, 1, 0;
    "aks-a100",         "Standard_ND96amsr_A100_v4",     Amd64, OnDemand, "A100",         8, 80 * 1024,  SHARED_IB, 63, 1;
    "aks-h100",         "Standard_ND96isr_H100_v5",      Amd64, OnDemand, "H100",         8, 80 * 1024,  SHARED_IB, 63, 1;
    "aks-h200",         "Standard_ND96isr_H200_v5",      Amd64, OnDemand, "H200",         8, 141 * 1024, SHARED_IB, 63, 1;
    "aks-gb200",        "Standard_ND128isr_NDR_GB200_v6", Arm64, OnDemand, "GB200",       4, 0,          SHARED_IB, 63, 18;
    "aks-gb300",        "Standard_ND128isr_GB300_v6",    Arm64, OnDemand, "GB300",        4, 0,          SHARED_IB, 63, 18;
    "aks-spot",         "Standard_NC24ads_A100_v4",      Amd64, Spot,     "A100",         1, 80 * 1024,  SHARED_IB, 0, 0;
    "gke-a3-high",      "a3-highgpu-8g",                 Amd64, OnDemand, "H100",         8, 640 / 8 * 1024, RDMA, 0, 1;
    "gke-a3-mega",      "a3-megagpu-8g",                 Amd64, OnDemand, "H100",         8, 640 / 8 * 1024, RDMA, 0, 1;
    "gke-a3-ultra",     "a3-ultragpu-8g",                Amd64, OnDemand, "H200",         8, 1128 / 8 * 1024, RDMA, 8, 1;
    "gke-a4",           "a4-highgpu-8g",                 Amd64, OnDemand, "B200",         8, 1440 / 8 * 1024, RDMA, 8, 1;
    "gke-a4x",          "a4x-highgpu-4g",                Arm64, OnDemand, "GB200",        4, 744 / 4 * 1024, RDMA, 4, 18;
    "gke-a4x-max",      "a4x-maxgpu-4g-metal",           Arm64, OnDemand, "GB300",        4, 1116 / 4 * 1024, RDMA, 0, 18;
    "gke-g2-spot",      "g2-standard-48",                Amd64, Spot,     "L4",           4, 24 * 1024,  RDMA, 0, 0;
];

fn gpu_pool(profile: &ClusterProfileSpec) -> Option<&Pool> {
    profile
        .pools
        .iter()
        .map(|pool| &pool.value)
        .find(|pool| pool.gpu.is_some())
}

/// A count as an integer.
fn count(quantity: &str) -> u32 {
    quantity.parse().unwrap()
}

#[test]
fn machines_have_the_providers_numbers() {
    for expected in MACHINES {
        let name = expected.profile;
        let profile = builtin_profile(name);
        let pool = gpu_pool(&profile).unwrap();
        let gpu = pool.gpu.as_ref().unwrap();
        assert_eq!(
            pool.machine_type.as_ref().unwrap().value,
            expected.machine,
            "{name}"
        );
        assert_eq!(
            (pool.arch, pool.capacity),
            (expected.arch, expected.capacity),
            "{name}"
        );
        assert_eq!(
            (gpu.model.as_str(), *gpu.count),
            (expected.gpu, expected.gpus),
            "{name}"
        );
        assert_eq!(
            gpu.memory_mib.as_ref().map(|m| m.value),
            expected.memory,
            "{name}"
        );
        assert_eq!(
            pool.nvlink.as_ref().map(|n| n.nodes),
            expected.nvlink_nodes,
            "{name}"
        );
        match expected.devices {
            None => assert!(pool.allocatable.is_empty(), "{name}"),
            Some((RDMA, networks)) => {
                let offered: BTreeSet<&str> = pool.allocatable.keys().map(String::as_str).collect();
                let wanted: Vec<String> = (0..networks)
                    .flat_map(|n| [format!("{RDMA}{n}"), format!("{RDMA}{n}.IP")])
                    .collect();
                assert_eq!(
                    offered,
                    wanted.iter().map(String::as_str).collect(),
                    "{name}"
                );
                assert!(pool.allocatable.values().all(|v| v.value == "1"), "{name}");
            }
            Some((device, number)) => {
                assert_eq!(count(&pool.allocatable[device]), number, "{name}");
            }
        }
    }
}

#[test]
fn the_table_covers_every_profile_with_gpus() {
    let covered: BTreeSet<&str> = MACHINES.iter().map(|machine| machine.profile).collect();
    let with_gpus: BTreeSet<&str> = builtin::profiles()
        .filter(|name| gpu_pool(&builtin_profile(name)).is_some())
        .collect();
    assert_eq!(covered, with_gpus);
}

#[test]
fn every_profile_is_typed_and_named_like_its_file() {
    for name in builtin::profiles() {
        builtin_profile(name);
        let layer = document(name, builtin::profile(name).unwrap());
        assert_eq!(
            layer.at(&["metadata", "name"]).unwrap().as_str(),
            Some(name)
        );
    }
}

#[test]
fn a_key_the_model_does_not_know_is_refused() {
    let text = builtin::profile("generic")
        .unwrap()
        .replace("topology:", "topologie:");
    let error = from_node::<ClusterProfile>(&document("generic", &text)).unwrap_err();
    assert!(error.message.contains("topologie"), "{error}");
}

#[test]
fn layers_have_no_description_and_machines_do() {
    for name in builtin::profiles() {
        let text = builtin::profile(name).unwrap();
        let description = document(name, text)
            .at(&["metadata", "description"])
            .and_then(Node::as_str)
            .map(str::to_owned);
        let runs_graphs = name == "kind" || gpu_pool(&builtin_profile(name)).is_some();
        assert_eq!(description.is_some(), runs_graphs, "{name}");
        assert!(
            text.starts_with("# ") && text.contains("\n# Source"),
            "{name}"
        );
    }
}

#[test]
fn clusters_with_gpus_also_have_nodes_for_frontends() {
    for name in builtin::profiles() {
        let profile = builtin_profile(name);
        if gpu_pool(&profile).is_some() {
            let cpu = profile
                .pools
                .iter()
                .find(|pool| *pool.name == "cpu")
                .unwrap();
            assert!(cpu.gpu.is_none() && cpu.machine_type.is_none() && cpu.taints.is_empty());
        }
    }
    assert_eq!(builtin_profile("kind").pools.len(), 1);
}

#[test]
fn selectors_name_labels_of_the_pool() {
    for name in builtin::profiles() {
        for pool in &builtin_profile(name).pools {
            for key in &pool.select_by {
                assert!(pool.labels.contains_key(&key.value), "{name}: {}", **key);
            }
            assert!(pool.gpu.is_none() || !pool.select_by.is_empty(), "{name}");
            for (key, value) in &pool.labels {
                assert!(
                    is_label_key(key) && is_label_value(value),
                    "{name}: {key}={}",
                    **value
                );
            }
            let arch = pool
                .labels
                .get("kubernetes.io/arch")
                .map(|arch| arch.as_str());
            assert!(arch.is_none_or(|arch| arch == pool.arch.as_str()), "{name}");
        }
    }
}

fn is_label_value(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let ends = |b: Option<u8>| b.is_none_or(|b| b.is_ascii_alphanumeric());
    text.len() <= 63
        && text.bytes().all(inner)
        && ends(text.bytes().next())
        && ends(text.bytes().next_back())
}

fn is_label_key(key: &str) -> bool {
    let (prefix, name) = key.split_once('/').unwrap_or(("", key));
    !name.is_empty() && is_label_value(name) && prefix.len() <= 253 && !prefix.contains('/')
}

#[test]
fn taints_are_valid_and_those_of_the_provider() {
    for name in builtin::profiles() {
        let profile = builtin_profile(name);
        let Some(pool) = gpu_pool(&profile) else {
            continue;
        };
        for taint in &pool.taints {
            assert!(is_label_key(&taint.key), "{name}");
            assert!(
                taint.value.value.as_deref().is_none_or(is_label_value),
                "{name}"
            );
            assert_eq!(taint.effect, TaintEffect::NoSchedule, "{name}");
        }
        let has = |key: &str, value: &str| {
            pool.taints
                .iter()
                .any(|taint| taint.key == key && taint.value.value.as_deref() == Some(value))
        };
        let spot = pool.capacity == Capacity::Spot;
        match profile.provider {
            Provider::Eks if name.contains("auto") => assert!(has("nvidia.com/gpu", "Exists")),
            Provider::Eks => assert!(has("nvidia.com/gpu", "true")),
            Provider::Aks => {
                assert!(has("sku", "gpu"));
                assert_eq!(has("kubernetes.azure.com/scalesetpriority", "spot"), spot);
            }
            Provider::Gke => {
                assert!(has("nvidia.com/gpu", "present"));
                assert_eq!(has("kubernetes.io/arch", "arm64"), pool.arch == Arch::Arm64);
            }
            Provider::Generic => {}
        }
    }
}

#[test]
fn spot_notice_is_the_providers() {
    let seconds = |name: &str| builtin_profile(name).spot.grace_seconds.map(|s| s.value);
    assert_eq!(seconds("eks-auto-spot"), Some(120));
    assert_eq!(seconds("aks-spot"), Some(30));
    assert_eq!(seconds("gke-g2-spot"), Some(15));
    assert_eq!(seconds("kind"), None);
}

/// The value of a Kubernetes quantity in thousandths.
fn thousandths(quantity: &str) -> u128 {
    let digits = quantity.len()
        - quantity
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len();
    let (number, unit) = quantity.split_at(digits);
    let unit = match unit {
        "m" => 1,
        "" => 1000,
        "k" => 1_000_000,
        "M" => 1_000_000_000,
        "G" => 1_000_000_000_000,
        "Ki" => 1000 << 10,
        "Mi" => 1000 << 20,
        "Gi" => 1000 << 30,
        "Ti" => 1000 << 40,
        other => panic!("`{quantity}` has the unknown unit `{other}`"),
    };
    number.parse::<u128>().unwrap() * unit
}

#[test]
fn quantities_are_quantities() {
    for name in builtin::profiles() {
        let profile = builtin_profile(name);
        let shared = &profile.shared_memory;
        let fabric = profile.fabric.as_ref();
        let quantities = profile
            .pools
            .iter()
            .flat_map(|pool| pool.allocatable.values())
            .chain(
                [&shared.vllm, &shared.sglang, &shared.trtllm]
                    .into_iter()
                    .flatten(),
            )
            .chain(fabric.and_then(|fabric| fabric.shared_memory.as_ref()))
            .chain(
                fabric
                    .iter()
                    .flat_map(|fabric| fabric.component_requests.values().flat_map(|r| r.values())),
            )
            .chain(
                profile
                    .storage
                    .classes
                    .iter()
                    .flat_map(|class| class.minimum.iter().chain(&class.step)),
            );
        for quantity in quantities {
            assert!(thousandths(quantity) > 0, "{name}");
        }
    }
}

#[test]
fn roles_use_classes_as_their_drivers_allow() {
    for name in builtin::profiles() {
        let storage = builtin_profile(name).storage;
        let roles = &storage.roles;
        for role in [&roles.model_cache, &roles.compilation_cache, &roles.scratch]
            .into_iter()
            .flatten()
        {
            let class = storage
                .classes
                .iter()
                .find(|class| class.name == role.class)
                .unwrap_or_else(|| panic!("{name}: no class `{}`", *role.class));
            assert!(class.access_modes.contains(&role.access_mode), "{name}");
            let size = thousandths(&role.size);
            if let Some(minimum) = &class.minimum {
                let minimum = thousandths(minimum);
                assert!(size >= minimum, "{name}: {}", *role.class);
                if let (Some(step), true) = (&class.step, size > minimum) {
                    assert_eq!(size % thousandths(step), 0, "{name}: {}", *role.class);
                }
            }
        }
    }
}

#[test]
fn a_pod_with_all_gpus_gets_no_more_devices_than_a_node_has() {
    for name in builtin::profiles() {
        let profile = builtin_profile(name);
        let (Some(pool), Some(fabric)) = (gpu_pool(&profile), &profile.fabric) else {
            continue;
        };
        let gpus = *pool.gpu.as_ref().unwrap().count;
        for resource in &fabric.resources {
            let offered = pool
                .allocatable
                .get(&resource.name)
                .unwrap_or_else(|| panic!("{name}: nodes do not offer `{}`", resource.name));
            assert!(
                resource.for_pod(gpus) <= count(offered),
                "{name}: {}",
                resource.name
            );
            assert!(resource.for_pod(1) >= 1);
        }
    }
}

#[test]
fn efa_devices_follow_the_gpus() {
    let asked =
        |name: &str, gpus: u32| builtin_profile(name).fabric.unwrap().resources[0].for_pod(gpus);
    assert_eq!([1, 4, 8].map(|gpus| asked("eks-p5", gpus)), [4, 16, 32]);
    assert_eq!(
        [1, 2, 3, 8].map(|gpus| asked("eks-p4d", gpus)),
        [1, 1, 2, 4]
    );
    assert_eq!(
        [1, 2, 4, 8].map(|gpus| asked("eks-p6-b200", gpus)),
        [1, 2, 4, 8]
    );
    assert_eq!([1, 8].map(|gpus| asked("eks-p5en", gpus)), [2, 16]);
}

#[test]
fn interfaces_name_the_networks_that_pods_ask_for() {
    for name in ["gke-a3-ultra", "gke-a4", "gke-a4x"] {
        let fabric = builtin_profile(name).fabric.unwrap();
        let text = &fabric.annotations["networking.gke.io/interfaces"];
        assert!(text.ends_with("]\n") && text.contains(",\n {"), "{name}");
        let interfaces: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
        let names: BTreeSet<&str> = interfaces
            .iter()
            .map(|i| i["interfaceName"].as_str().unwrap())
            .collect();
        assert_eq!(names.len(), interfaces.len(), "{name}");
        assert!(names.contains(fabric.annotations["networking.gke.io/default-interface"].as_str()));
        let networks: BTreeSet<String> = interfaces
            .iter()
            .map(|i| i["network"].as_str().unwrap())
            .filter(|network| network.starts_with("rdma-"))
            .map(|network| format!("networking.gke.io.networks/{network}"))
            .collect();
        let asked: BTreeSet<String> = fabric
            .resources
            .iter()
            .map(|resource| resource.name.trim_end_matches(".IP").to_owned())
            .collect();
        assert_eq!(networks, asked, "{name}");
    }
}

#[test]
fn fabrics_are_consistent() {
    for name in builtin::profiles() {
        let profile = builtin_profile(name);
        let Some(fabric) = &profile.fabric else {
            continue;
        };
        let mut names = BTreeSet::new();
        for variable in fabric.env.iter().chain(&fabric.safe_env) {
            assert!(
                names.insert(&variable.name),
                "{name}: {} twice",
                variable.name
            );
            assert!(!variable.value.value.contains("${"), "{name}");
        }
        for toleration in &fabric.exact_tolerations {
            let has_value = toleration.value.value.is_some();
            assert_eq!(
                toleration.operator == TolerationOperator::Equal,
                has_value,
                "{name}"
            );
        }
        let needs_devices = fabric.env.iter().any(|v| v.value.value.contains("{hcas}"));
        if let (Some(pool), true) = (gpu_pool(&profile), needs_devices) {
            assert!(!pool.hcas.is_empty(), "{name}");
        }
        if *fabric.compute_domain || !fabric.claims.is_empty() {
            assert!(*profile.capabilities.dra, "{name}");
        }
        if fabric.kind == FabricKind::Efa {
            assert!(*fabric.placement.separate_prefill_decode, "{name}");
            assert_eq!(
                fabric.kv_transfer.vllm.as_ref().unwrap().backends,
                ["LIBFABRIC"]
            );
            assert!(
                fabric
                    .image_suffixes
                    .is_sorted_by_key(|suffix| &suffix.from)
            );
        }
    }
}

#[test]
fn the_list_fits_a_terminal_and_leaves_layers_out() {
    let mut sources = Sources::default();
    let all: Vec<_> = builtin::profiles()
        .map(|name| resolved(name, &mut sources))
        .collect();
    let listed = all
        .iter()
        .map(|profile| &**profile)
        .filter(|profile| !profile::is_layer(profile));
    let text = profile::list(listed);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert_eq!(text.lines().count(), MACHINES.len() + 2, "{text}");
    assert!(
        text.contains("\neks-p5            EKS       8 x H100          EFA         p5.48xlarge\n"),
        "{text}"
    );
}

#[test]
fn shown_values_come_from_the_layer_that_gave_them() {
    let mut sources = Sources::default();
    let profile = resolved("eks-p5", &mut sources);
    let text = profile::show(&profile, &sources);
    for line in [
        "  provider: eks # eks\n",
        "    kind: efa # eks-efa\n",
        "      machineType: p5.48xlarge # eks-p5\n",
        "    prometheusOperator: true # base\n",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
}
