//! Which pods are there, how many, and what do they ask for?

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::ask::{self, Ask, Asks};
use crate::model::Manifest;
use crate::model::pod::{PodTemplate, templates};
use crate::model::quantity::Quantity;
use crate::origin::Origin;
use crate::yaml::Node;

/// Pods that are all alike: those of a component, or of a workload.
#[derive(Debug, Clone)]
pub struct Group {
    /// The name people know it by: `chat/decode` for a component, `Job/download` for other workloads.
    pub name: String,
    /// The object, an index into the manifests.
    pub manifest: usize,
    /// The template of its pods.
    pub pointer: String,
    /// The namespace of its pods.
    pub namespace: Option<String>,
    /// How many there are of what is started together: replicas.
    pub gangs: u64,
    /// Pods of one of them: 1, or the nodes that a replica spans.
    pub size: u64,
    /// What one pod asks for.
    pub asks: Vec<Ask>,
}

impl Group {
    /// All pods.
    pub fn pods(&self) -> u64 {
        self.gangs.saturating_mul(self.size)
    }

    /// How much of a resource one pod asks for.
    pub fn asks_for(&self, resource: &str) -> Option<&Ask> {
        self.asks.iter().find(|ask| ask.resource == resource)
    }
}

/// A group, and what else its template says.
pub(super) struct Demand<'a> {
    pub(super) group: Group,
    pub(super) manifest: &'a Manifest,
    pub(super) template: PodTemplate<'a>,
    pub(super) labels: Vec<(&'a str, Cow<'a, str>)>,
    /// A claim of a channel between the nodes of an NVLink domain, and where.
    pub(super) channel: Option<Origin>,
    /// Claims whose devices are not among the manifests.
    pub(super) unknown_claims: Vec<&'a str>,
}

impl<'a> Demand<'a> {
    pub(super) fn spec(&self) -> Option<&'a Node> {
        self.template.spec()
    }

    /// Where the group's name stands.
    pub(super) fn origin(&self) -> Origin {
        match &self.template.component {
            Some(component) => component
                .node
                .get("name")
                .map_or(component.node.origin, |name| name.origin),
            None => self.manifest.object.origin_of("/metadata/name"),
        }
    }

    /// The containers' claim of a resource, or else the group's name.
    pub(super) fn origin_of(&self, resource: &str) -> Origin {
        self.group
            .asks_for(resource)
            .map_or_else(|| self.origin(), |ask| ask.origin)
    }
}

/// How many replicas what is scaled is taken to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// As few as its scaler leaves.
    Least,
    /// As many as its scaler may ask for.
    Most,
}

/// Fewest and most replicas, by namespace and name of the scaling adapter.
type Scalers<'a> = BTreeMap<(Option<&'a str>, &'a str), (u64, u64)>;

/// The bounds of all scalers of graphs.
fn scalers<'a>(manifests: &[&'a Manifest]) -> Scalers<'a> {
    let mut found = Scalers::new();
    for manifest in manifests {
        let Some(scaler) = Scaler::of(manifest) else {
            continue;
        };
        let key = (manifest.key.namespace.as_deref(), scaler.name);
        found.insert(key, (scaler.least, scaler.most));
    }
    found
}

fn scaled(
    scalers: &Scalers<'_>,
    manifest: &Manifest,
    template: &PodTemplate<'_>,
) -> Option<(u64, u64)> {
    let component = template
        .component
        .as_ref()
        .filter(|_| !scalers.is_empty())?;
    if component.node.get("replicas").is_some() {
        return None;
    }
    let name = format!("{}-{}", manifest.key.name, component.name.to_lowercase());
    let namespace = manifest.key.namespace.as_deref();
    scalers.get(&(namespace, name.as_str())).copied()
}

/// A HorizontalPodAutoscaler or ScaledObject of a scaling adapter.
pub(crate) struct Scaler<'a> {
    /// The adapter's name.
    pub(crate) name: &'a str,
    pub(crate) least: u64,
    pub(crate) most: u64,
    /// Where the most replicas stand, as a pointer.
    pub(crate) most_at: &'static str,
}

impl<'a> Scaler<'a> {
    /// The scaler that a manifest is, if it is one of a graph.
    pub(crate) fn of(manifest: &'a Manifest) -> Option<Self> {
        let (least, most, most_at) = match manifest.key.kind.as_str() {
            "HorizontalPodAutoscaler" => ("minReplicas", "maxReplicas", "/spec/maxReplicas"),
            "ScaledObject" => (
                "minReplicaCount",
                "maxReplicaCount",
                "/spec/maxReplicaCount",
            ),
            _ => return None,
        };
        let spec = manifest.object.get("spec")?;
        let target = spec.get("scaleTargetRef")?;
        let kind = target.get("kind").and_then(Node::as_str);
        if kind != Some("DynamoGraphDeploymentScalingAdapter") {
            return None;
        }
        let count = |key: &str| u64::try_from(spec.get(key)?.as_int()?).ok();
        Some(Self {
            name: target.get("name")?.as_str()?,
            least: count(least).unwrap_or(1),
            most: count(most)?,
            most_at,
        })
    }
}

/// The pods of all manifests. Pods that DaemonSets and CronJobs make are not counted: how many there are
/// and when is not written down.
pub(super) fn demands<'a>(manifests: &[&'a Manifest], load: Load) -> Vec<Demand<'a>> {
    let scalers = scalers(manifests);
    let mut demands = Vec::new();
    for (index, manifest) in manifests.iter().enumerate() {
        if matches!(
            manifest.key.kind.as_str(),
            "DaemonSet" | "CronJob" | "PodTemplate"
        ) {
            continue;
        }
        for (number, template) in templates(manifest).into_iter().enumerate() {
            let (mut gangs, size) = counts(manifest, &template, number);
            if let Some(scaled) = scaled(&scalers, manifest, &template) {
                gangs = match load {
                    Load::Least => scaled.0,
                    Load::Most => scaled.1,
                };
            }
            if gangs == 0 || size == 0 {
                continue;
            }
            let mut asks = ask::of_pod(&template);
            let (channel, unknown_claims) = claims(manifests, manifest, &template, &mut asks);
            let key = &manifest.key;
            let name = match &template.component {
                Some(component) => format!("{}/{}", key.name, component.name),
                None => format!("{}/{}", key.kind, key.name),
            };
            demands.push(Demand {
                group: Group {
                    name,
                    manifest: index,
                    pointer: template.pointer.clone(),
                    namespace: key.namespace.clone(),
                    gangs,
                    size,
                    asks: asks.0,
                },
                manifest,
                labels: labels(manifest, &template),
                template,
                channel,
                unknown_claims,
            });
        }
    }
    demands
}

/// Replicas, and pods of each.
fn counts(manifest: &Manifest, template: &PodTemplate<'_>, number: usize) -> (u64, u64) {
    let count = |node: Option<&Node>, default: u64| match node.and_then(Node::as_int) {
        Some(count) => u64::try_from(count).unwrap_or(0),
        None => default,
    };
    let spec = manifest.object.get("spec");
    let of_spec = |keys: &[&str]| spec.and_then(|spec| spec.at(keys));
    match (&template.component, manifest.key.kind.as_str()) {
        (Some(component), _) => {
            let size = component.node.get("multinode");
            let size = size.map_or(1, |node| count(node.get("nodeCount"), 2));
            (count(component.node.get("replicas"), 1), size)
        }
        (None, "Pod") => (1, 1),
        (None, "Job") => {
            let parallel = count(of_spec(&["parallelism"]), 1);
            let is_suspended = of_spec(&["suspend"]).and_then(Node::as_bool) == Some(true);
            let pods = parallel.min(count(of_spec(&["completions"]), parallel).max(1));
            (if is_suspended { 0 } else { pods }, 1)
        }
        (None, "LeaderWorkerSet") => {
            let replicas = count(of_spec(&["replicas"]), 1);
            let size = count(of_spec(&["leaderWorkerTemplate", "size"]), 1);
            let has_leader = of_spec(&["leaderWorkerTemplate", "leaderTemplate"]).is_some();
            match (has_leader, number) {
                (true, 0) => (replicas, 1),
                (true, _) => (replicas, size.saturating_sub(1)),
                (false, _) => (replicas, size),
            }
        }
        (None, _) => (count(of_spec(&["replicas"]), 1), 1),
    }
}

/// Labels of the pods: the template's, and for graphs those that the operator adds
/// (ai-dynamo/dynamo `deploy/operator/internal/consts/consts.go`).
fn labels<'a>(manifest: &'a Manifest, template: &PodTemplate<'a>) -> Vec<(&'a str, Cow<'a, str>)> {
    let mut labels: Vec<(&str, Cow<'_, str>)> = Vec::new();
    if let Some(component) = &template.component {
        let name = manifest.key.name.as_str();
        labels.push(("nvidia.com/dynamo-graph-deployment-name", name.into()));
        labels.push(("nvidia.com/dynamo-component", component.name.into()));
        if let Some(kind) = component.node.get("type").and_then(Node::as_str) {
            labels.push(("nvidia.com/dynamo-component-type", kind.into()));
            if matches!(kind, "prefill" | "decode") {
                labels.push(("nvidia.com/dynamo-sub-component-type", kind.into()));
            }
        }
        let namespace = manifest.key.namespace.as_deref().unwrap_or("default");
        let is_global = component.node.get("globalDynamoNamespace");
        let namespace = match is_global.and_then(Node::as_bool) {
            Some(true) => "dynamo".into(),
            _ => format!("{namespace}-{name}").into(),
        };
        labels.push(("nvidia.com/dynamo-namespace", namespace));
    }
    let written = template.node.at(&["metadata", "labels"]);
    for entry in written.and_then(Node::as_map).into_iter().flatten() {
        if let Some(value) = entry.value.as_str() {
            labels.retain(|(key, _)| *key != entry.key);
            labels.push((&entry.key, value.into()));
        }
    }
    labels
}

/// What the pod claims through dynamic resource allocation: GPUs count as GPUs, other devices by their
/// class. Gives a claimed channel, and the claims that nothing is known of.
fn claims<'a>(
    manifests: &[&'a Manifest],
    owner: &Manifest,
    template: &PodTemplate<'a>,
    asks: &mut Asks,
) -> (Option<Origin>, Vec<&'a str>) {
    let mut channel = None;
    let mut unknown = Vec::new();
    let list = template.spec().and_then(|spec| spec.get("resourceClaims"));
    for claim in list.and_then(Node::as_list).into_iter().flatten() {
        // A claim by its own name is shared by the pods; it is not counted.
        let named = claim.get("resourceClaimTemplateName");
        let Some((node, name)) = named.and_then(|node| Some((node, node.as_str()?))) else {
            unknown.extend(claim.get("name").and_then(Node::as_str));
            continue;
        };
        if computes_domain(manifests, owner, name).is_some() {
            channel = Some(node.origin);
            continue;
        }
        let made = manifests.iter().find(|other| {
            other.key.kind == "ResourceClaimTemplate"
                && other.key.name == name
                && other.key.namespace == owner.key.namespace
        });
        let requests = made
            .and_then(|made| made.object.at(&["spec", "spec", "devices", "requests"]))
            .and_then(Node::as_list);
        let Some(requests) = requests else {
            unknown.push(name);
            continue;
        };
        for request in requests {
            let exact = request.get("exactly").unwrap_or(request);
            let class = exact.get("deviceClassName").and_then(Node::as_str);
            let count = exact.get("count").and_then(Node::as_int).unwrap_or(1);
            match class {
                Some(class) if class.starts_with("compute-domain-") => channel = Some(node.origin),
                _ if exact.get("allocationMode").and_then(Node::as_str) == Some("All") => {
                    unknown.push(name);
                }
                Some("gpu.nvidia.com") => {
                    asks.add("nvidia.com/gpu", Quantity::whole(count), node.origin);
                }
                Some(class) => asks.add(class, Quantity::whole(count), node.origin),
                None => unknown.push(name),
            }
        }
    }
    (channel, unknown)
}

/// The ComputeDomain that makes a claim template of this name.
pub(crate) fn computes_domain<'a>(
    manifests: &[&'a Manifest],
    owner: &Manifest,
    template: &str,
) -> Option<&'a Manifest> {
    let path = ["spec", "channel", "resourceClaimTemplate", "name"];
    manifests.iter().copied().find(|other| {
        other.key.kind == "ComputeDomain"
            && other.key.namespace == owner.key.namespace
            && other.object.at(&path).and_then(Node::as_str) == Some(template)
    })
}
