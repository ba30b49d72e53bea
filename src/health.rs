//! How do Argo CD and Flux tell whether a custom resource is well?
//!
//! Neither knows the kinds of Dynamo. Argo CD runs a Lua script over an object, Flux expressions; both are
//! here for every custom resource that is rendered or that graphs hold, with a reason where there is none.
//!
//! The operator leaves `status.observedGeneration` of a graph at the last generation that went well when a
//! change fails (ai-dynamo/dynamo `deploy/operator/internal/controller/dgd_workload_program.go`). The script for
//! Argo CD looks at the Ready condition's own generation and says `Degraded`. Flux compares the two generations
//! before it asks any expression (fluxcd/pkg `runtime/cel/status_evaluator.go`), so there a change that fails is
//! in progress until the Kustomization's `timeout`.

mod argocd;
mod flux;

use std::collections::BTreeSet;

pub use argocd::{config_map, ignore_differences};
pub use flux::{expressions, ignore};

use crate::model::Manifest;
use crate::yaml::Node;

/// What is known about the health of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Health {
    /// The API group.
    pub group: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// The versions that are rendered or that graphs hold, the preferred one first.
    pub versions: &'static [&'static str],
    /// The body of Argo CD's Lua script, which sees the object as `obj`.
    pub lua: Option<&'static str>,
    /// Flux's expressions.
    pub flux: Option<Expressions>,
    /// Where there is no script or no expression: who judges instead.
    pub otherwise: &'static str,
}

/// Expressions of Flux over an object; its fields are their variables.
#[derive(Debug, Clone, Copy)]
pub struct Expressions {
    /// True when it is well.
    pub current: &'static str,
    /// True when it will not become well by itself.
    pub failed: Option<&'static str>,
    /// True while it is on its way.
    pub in_progress: Option<&'static str>,
}

macro_rules! lua {
    ($name:literal) => {
        Some(include_str!(concat!("../health/", $name, ".lua")))
    };
}

/// An expression that looks at the conditions, which may not be there yet or be about an earlier generation.
macro_rules! condition {
    ($name:literal) => {
        condition!($name, "True")
    };
    ($name:literal, $status:literal) => {
        concat!(
            "has(status.conditions) && status.conditions.exists(c, c.type == '",
            $name,
            "' && c.status == '",
            $status,
            "' && (!has(c.observedGeneration) || c.observedGeneration == metadata.generation))"
        )
    };
}

/// The same for conditions that each parent has of its own: those of Gateways.
macro_rules! of_parents {
    ($condition:literal) => {
        concat!(
            "has(status.parents) && status.parents.exists(p, has(p.conditions) && p.conditions.exists(c, ",
            $condition,
            " && (!has(c.observedGeneration) || c.observedGeneration == metadata.generation)))"
        )
    };
}

/// A kind that Argo CD has a script for, while Flux would call it current before its controller has seen it.
const fn known_to_argocd(
    group: &'static str,
    kind: &'static str,
    versions: &'static [&'static str],
    flux: Expressions,
) -> Health {
    Health {
        group,
        kind,
        versions,
        lua: None,
        flux: Some(flux),
        otherwise: KNOWN,
    }
}

/// A kind without status, or whose status both tools read already.
const fn judged_elsewhere(
    group: &'static str,
    kind: &'static str,
    version: &'static [&'static str],
    otherwise: &'static str,
) -> Health {
    Health {
        group,
        kind,
        versions: version,
        lua: None,
        flux: None,
        otherwise,
    }
}

/// Why Argo CD needs nothing from us (argoproj/argo-cd `resource_customizations`).
const KNOWN: &str = "Argo CD comes with a script for the kind";
/// Why nobody waits for a policy of GKE's Gateway.
const ATTACHED: &str =
    "its condition tells whether a Gateway uses it, which an order of waves must not wait for";
/// Why nobody waits for a scaling adapter.
const COUNT: &str = "its status is a count that scalers move, not a judgement";
/// The same, where nothing can be known.
const NO_STATUS: &str = "its status says nothing, so it is well when it is applied";

/// Every custom resource that is rendered or that graphs hold, by group and kind.
pub const ALL: &[Health] = &[
    judged_elsewhere("argoproj.io", "AnalysisTemplate", &["v1alpha1"], NO_STATUS),
    known_to_argocd(
        "cert-manager.io",
        "Certificate",
        &["v1"],
        Expressions {
            current: condition!("Ready"),
            failed: None,
            in_progress: None,
        },
    ),
    judged_elsewhere("cloud.google.com", "BackendConfig", &["v1"], NO_STATUS),
    known_to_argocd(
        "external-secrets.io",
        "ExternalSecret",
        &["v1"],
        Expressions {
            current: condition!("Ready"),
            failed: None,
            in_progress: None,
        },
    ),
    judged_elsewhere("flagger.app", "MetricTemplate", &["v1beta1"], NO_STATUS),
    known_to_argocd(
        "gateway.networking.k8s.io",
        "HTTPRoute",
        &["v1"],
        Expressions {
            current: of_parents!("c.type == 'Accepted' && c.status == 'True'"),
            failed: None,
            // A Service that a route names may come after it.
            in_progress: Some(of_parents!(
                "c.type in ['Accepted', 'ResolvedRefs'] && c.status == 'False'"
            )),
        },
    ),
    Health {
        group: "grove.io",
        kind: "PodCliqueSet",
        versions: &["v1alpha1"],
        lua: lua!("grove.io_PodCliqueSet"),
        flux: Some(Expressions {
            current: "has(status.availableReplicas) && status.availableReplicas >= (has(spec.replicas) ? spec.replicas : 1)",
            failed: Some(
                "has(status.podGangStatuses) && status.podGangStatuses.exists(g, has(g.phase) && g.phase == 'Failed')",
            ),
            in_progress: None,
        }),
        otherwise: "",
    },
    Health {
        group: "inference.networking.k8s.io",
        kind: "InferencePool",
        versions: &["v1"],
        lua: lua!("inference.networking.k8s.io_InferencePool"),
        flux: Some(Expressions {
            current: of_parents!("c.type == 'Accepted' && c.status == 'True'"),
            failed: Some(of_parents!(
                "c.type in ['Accepted', 'ResolvedRefs'] && c.status == 'False'"
            )),
            in_progress: None,
        }),
        otherwise: "",
    },
    known_to_argocd(
        "keda.sh",
        "ScaledObject",
        &["v1alpha1"],
        Expressions {
            current: condition!("Ready"),
            failed: None,
            in_progress: None,
        },
    ),
    Health {
        group: "leaderworkerset.x-k8s.io",
        kind: "LeaderWorkerSet",
        versions: &["v1"],
        lua: lua!("leaderworkerset.x-k8s.io_LeaderWorkerSet"),
        flux: Some(Expressions {
            current: "has(status.readyReplicas) && has(status.updatedReplicas) && status.readyReplicas >= (has(spec.replicas) ? spec.replicas : 1) && status.updatedReplicas >= (has(spec.replicas) ? spec.replicas : 1)",
            failed: None,
            in_progress: None,
        }),
        otherwise: "",
    },
    judged_elsewhere("monitoring.coreos.com", "PodMonitor", &["v1"], NO_STATUS),
    judged_elsewhere(
        "monitoring.coreos.com",
        "PrometheusRule",
        &["v1"],
        NO_STATUS,
    ),
    judged_elsewhere(
        "monitoring.coreos.com",
        "ServiceMonitor",
        &["v1"],
        NO_STATUS,
    ),
    judged_elsewhere("networking.gke.io", "GCPBackendPolicy", &["v1"], ATTACHED),
    judged_elsewhere("networking.gke.io", "HealthCheckPolicy", &["v1"], ATTACHED),
    judged_elsewhere("networking.istio.io", "VirtualService", &["v1"], NO_STATUS),
    Health {
        group: "nvidia.com",
        kind: "DynamoCheckpoint",
        versions: &["v1alpha1"],
        lua: lua!("nvidia.com_DynamoCheckpoint"),
        flux: Some(Expressions {
            current: "has(status.phase) && status.phase == 'Ready'",
            failed: Some("has(status.phase) && status.phase == 'Failed'"),
            in_progress: None,
        }),
        otherwise: "",
    },
    Health {
        group: "nvidia.com",
        kind: "DynamoComponentDeployment",
        versions: &["v1beta1", "v1alpha1"],
        lua: lua!("nvidia.com_DynamoComponentDeployment"),
        flux: Some(Expressions {
            current: condition!("Available"),
            failed: None,
            in_progress: None,
        }),
        otherwise: "",
    },
    Health {
        group: "nvidia.com",
        kind: "DynamoGraphDeployment",
        versions: &["v1beta1", "v1alpha1"],
        lua: lua!("nvidia.com_DynamoGraphDeployment"),
        flux: Some(Expressions {
            current: concat!(
                "has(status.state) && status.state == 'successful' && ",
                condition!("Ready")
            ),
            // After a first rollout that failed, a change is not judged by that failure.
            failed: Some(
                "has(status.state) && status.state == 'failed' && !(has(status.conditions) && status.conditions.exists(c, c.type == 'Ready' && has(c.observedGeneration) && c.observedGeneration != metadata.generation))",
            ),
            in_progress: None,
        }),
        otherwise: "",
    },
    Health {
        group: "nvidia.com",
        kind: "DynamoGraphDeploymentRequest",
        versions: &["v1beta1", "v1alpha1"],
        lua: lua!("nvidia.com_DynamoGraphDeploymentRequest"),
        flux: Some(Expressions {
            current: "(has(status.phase) && (status.phase == 'Deployed' || (status.phase == 'Ready' && has(spec.autoApply) && spec.autoApply == false))) || (has(status.state) && status.state == 'Ready')",
            failed: Some(
                "(has(status.phase) && status.phase == 'Failed') || (has(status.state) && status.state in ['Failed', 'DeploymentDeleted'])",
            ),
            in_progress: None,
        }),
        otherwise: "",
    },
    judged_elsewhere(
        "nvidia.com",
        "DynamoGraphDeploymentScalingAdapter",
        &["v1beta1", "v1alpha1"],
        COUNT,
    ),
    Health {
        group: "nvidia.com",
        kind: "DynamoModel",
        versions: &["v1alpha1"],
        lua: lua!("nvidia.com_DynamoModel"),
        flux: Some(Expressions {
            // Endpoints of a base model are never `ready`, only found: the condition knows the difference.
            current: condition!("EndpointsReady"),
            failed: None,
            in_progress: None,
        }),
        otherwise: "",
    },
    Health {
        group: "resource.nvidia.com",
        kind: "ComputeDomain",
        versions: &["v1beta1"],
        lua: lua!("resource.nvidia.com_ComputeDomain"),
        flux: Some(Expressions {
            current: "has(status.status) && status.status == 'Ready'",
            failed: None,
            in_progress: None,
        }),
        otherwise: "",
    },
    judged_elsewhere(
        "secrets-store.csi.x-k8s.io",
        "SecretProviderClass",
        &["v1"],
        NO_STATUS,
    ),
];

/// What is known about the kinds among `manifests`, or about every kind if there are none.
pub fn of(manifests: &[&Manifest]) -> Vec<&'static Health> {
    let kinds: BTreeSet<(&str, &str)> = manifests
        .iter()
        .map(|manifest| (manifest.key.group(), manifest.key.kind.as_str()))
        .collect();
    let is_asked = |one: &&Health| kinds.is_empty() || kinds.contains(&(one.group, one.kind));
    ALL.iter().filter(is_asked).collect()
}

/// A component whose replicas something in the cluster sets.
struct Owned<'a> {
    manifest: &'a Manifest,
    /// Its name.
    name: &'a str,
    /// Its place in the list of v1beta1; none in v1alpha1.
    index: Option<usize>,
}

/// Components with a scaling adapter, and workers beside a planner.
fn owned<'a>(manifests: &[&'a Manifest]) -> Vec<Owned<'a>> {
    let mut found = Vec::new();
    for manifest in manifests {
        if manifest.key.group() != "nvidia.com" || manifest.key.kind != "DynamoGraphDeployment" {
            continue;
        }
        let spec = manifest.object.get("spec");
        let of_beta = spec.and_then(|spec| spec.get("components"));
        let of_alpha = spec.and_then(|spec| spec.get("services"));
        let mut parts: Vec<(&str, Option<usize>, &Node)> = Vec::new();
        for (index, node) in of_beta
            .and_then(Node::as_list)
            .into_iter()
            .flatten()
            .enumerate()
        {
            if let Some(name) = node.get("name").and_then(Node::as_str) {
                parts.push((name, Some(index), node));
            }
        }
        for entry in of_alpha.and_then(Node::as_map).into_iter().flatten() {
            parts.push((&entry.key, None, &entry.value));
        }
        let kind = |node: &'a Node| {
            let kind = node.get("type").or_else(|| node.get("componentType"));
            kind.and_then(Node::as_str).unwrap_or_default()
        };
        let has_planner = parts.iter().any(|(_, _, node)| kind(node) == "planner");
        for (name, index, node) in parts {
            let is_planned = has_planner && matches!(kind(node), "worker" | "prefill" | "decode");
            let adapter = node.get("scalingAdapter").filter(|it| !it.is_null());
            // A marker in v1beta1; in v1alpha1 it has to be switched on.
            let is_adapted = adapter.is_some_and(|adapter| {
                let enabled = || adapter.get("enabled").and_then(Node::as_bool);
                index.is_some() || enabled() == Some(true)
            });
            if is_planned || is_adapted {
                found.push(Owned {
                    manifest,
                    name,
                    index,
                });
            }
        }
    }
    found
}

/// Each once, in order: a release is rendered for several clusters, and its graphs are mostly the same.
fn distinct(nodes: impl Iterator<Item = Node>) -> Vec<Node> {
    let mut found: Vec<Node> = Vec::new();
    for node in nodes {
        if !found.contains(&node) {
            found.push(node);
        }
    }
    found
}
