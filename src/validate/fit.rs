//! Does the cluster have room for the pods, and nodes of the right kind?

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::fit;
use crate::model::object::Maker;
use crate::model::pod::{PodTemplate, templates};
use crate::model::profile::{Arch, Capacity, Pool, Variant};
use crate::model::quantity::Quantity;
use crate::model::{Manifest, profile};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::Node;

pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    if !subject.cluster_is_known {
        return;
    }
    for pool in &subject.cluster().pools {
        machine(subject, pool, pool.origin, found);
    }
    let manifests: Vec<&Manifest> = subject.manifests.iter().collect();
    let mut fit = fit::fit(&manifests, subject.cluster());
    let complaints = std::mem::take(&mut fit.complaints);
    if fit.verdict == fit::Verdict::Fits {
        at_most(subject, &manifests, found);
    }
    found.extend(complaints.into_iter().map(|mut complaint| {
        complaint.origin = subject.input_of(complaint.origin);
        for (origin, _) in &mut complaint.labels {
            *origin = subject.input_of(*origin);
        }
        complaint
    }));
    for placed in &fit.groups {
        let manifest = manifests[placed.manifest];
        let Some(template) = templates(manifest)
            .into_iter()
            .find(|template| template.pointer == placed.pointer)
        else {
            continue;
        };
        let site = Site {
            subject,
            manifest,
            template: &template,
            group: placed,
            pools: pools_of(&fit, placed, subject.cluster()),
        };
        site.architecture(found);
        site.shared_memory(found);
        site.tolerations(found);
        site.hugepages(found);
        if manifest.maker != Maker::Graph {
            site.devices(found);
            site.spot(found);
        }
        site.zonal_volumes(found);
    }
    compute_domains(subject, &manifests, &fit, found);
}

/// The same question for the most that scalers may ask for.
fn at_most(subject: &Subject<'_>, manifests: &[&Manifest], found: &mut Vec<Diagnostic>) {
    let scalers: Vec<_> = manifests
        .iter()
        .filter_map(|manifest| Some((*manifest, fit::Scaler::of(manifest)?)))
        .filter(|(_, scaler)| scaler.most > scaler.least)
        .collect();
    let Some((first, scaler)) = scalers.first() else {
        return;
    };
    let most = fit::fit_at(manifests, subject.cluster(), fit::Load::Most);
    if most.verdict == fit::Verdict::Fits {
        return;
    }
    let why = most.complaints.first().map_or("", |one| &one.message);
    let message = format!("the cluster has no room for what scalers may ask for: {why}");
    let mut finding = subject.finding(&rules::SCALING_MAXIMUM, first, scaler.most_at, message);
    for (manifest, scaler) in &scalers[1..] {
        let origin = subject.input_of(manifest.object.origin_of(scaler.most_at));
        finding = finding.label(origin, "and here");
    }
    found.push(finding.help("give a lower `maxReplicas`, or the pool more nodes"));
}

/// Whether a diagnostic says that pods have no node of any pool.
pub(crate) fn is_about_pools(diagnostic: &Diagnostic) -> bool {
    [&rules::FIT_NO_POOL, &rules::FIT_POD_TOO_LARGE]
        .iter()
        .any(|rule| rule.code == diagnostic.rule.code)
}

/// The pools that pods of a group were placed on.
fn pools_of<'a>(
    fit: &fit::Fit,
    group: &fit::Group,
    cluster: &'a profile::ClusterProfileSpec,
) -> Vec<&'a Pool> {
    let mut pools: Vec<&Pool> = Vec::new();
    for placed in &fit.placed {
        let is_of_group = fit
            .groups
            .get(placed.group)
            .is_some_and(|other| std::ptr::eq(other, group));
        if let Some(pool) = cluster.pools.get(placed.pool).filter(|_| is_of_group)
            && !pools.iter().any(|other| other.name == pool.name)
        {
            pools.push(pool);
        }
    }
    pools
}

/// Machines that cannot be had in the way the profile says.
fn machine(subject: &Subject<'_>, pool: &Pool, origin: Origin, found: &mut Vec<Diagnostic>) {
    let Some(machine) = &pool.machine_type else {
        return;
    };
    if !machine.starts_with("p6e-gb200") {
        return;
    }
    let cluster = subject.cluster();
    let reason = match (cluster.variant, pool.capacity) {
        (Some(Variant::Karpenter), _) => "Karpenter does not launch it",
        (Some(Variant::AutoMode), _) => "EKS Auto Mode does not launch it",
        (_, Capacity::Spot) => "there is no Spot capacity of it",
        _ if minor(subject.kubernetes()).is_some_and(|minor| minor < 33) => {
            "it needs Kubernetes 1.33 or later"
        }
        _ => return,
    };
    let message = format!(
        "pool `{}` cannot have `{}`: {reason}",
        *pool.name, **machine
    );
    found.push(
        Diagnostic::new(&rules::FIT_MACHINE, machine.origin, message)
            .label(origin, "this pool")
            .help("it comes by Capacity Block in managed or self-managed node groups"),
    );
}

fn minor(version: &str) -> Option<u32> {
    version.split('.').nth(1)?.parse().ok()
}

/// A group of pods, and the nodes it was placed on.
struct Site<'s, 'a> {
    subject: &'s Subject<'a>,
    manifest: &'a Manifest,
    template: &'s PodTemplate<'a>,
    group: &'s fit::Group,
    pools: Vec<&'a Pool>,
}

impl Site<'_, '_> {
    fn about(
        &self,
        rule: &'static rules::Rule,
        origin: Origin,
        pointer: &str,
        message: String,
    ) -> Diagnostic {
        let at = self.template.at(pointer);
        Diagnostic::new(rule, self.subject.input_of(origin), message)
            .subject(format!("{} {at}", self.manifest.key))
    }

    /// Images whose tag names another architecture than the nodes have.
    fn architecture(&self, found: &mut Vec<Diagnostic>) {
        let Some(arch) = self.pools.first().map(|pool| pool.arch) else {
            return;
        };
        if self.pools.iter().any(|pool| pool.arch != arch) {
            return;
        }
        let other = match arch {
            Arch::Amd64 => "-arm64",
            Arch::Arm64 => "-amd64",
        };
        for container in self.template.containers() {
            let Some(image) = container.node.get("image") else {
                continue;
            };
            let Some(text) = image.as_str() else { continue };
            let text = text.split('@').next().unwrap_or(text);
            // 1.2.1 is for both in spite of its name.
            if !text.ends_with(other) || text.ends_with(":1.2.1-efa-amd64") {
                continue;
            }
            let message = format!(
                "image `{text}` of `{}` is not for `{}`, the processor of pool `{}`",
                self.group.name,
                arch.as_str(),
                *self.pools[0].name
            );
            found.push(
                self.about(&rules::FIT_IMAGE_ARCH, image.origin, "", message)
                    .help(format!("take an image for `{}` or for both", arch.as_str())),
            );
        }
    }

    /// `/dev/shm` against the memory of the nodes that it is taken from. The operator's own size is 8Gi.
    fn shared_memory(&self, found: &mut Vec<Diagnostic>) {
        let Some(component) = &self.template.component else {
            return;
        };
        let written = component.node.get("sharedMemorySize");
        let size = match written {
            Some(node) => Quantity::of(node),
            None => Quantity::parse("8Gi"),
        };
        let Some(size) = size.filter(|size| *size > Quantity::ZERO) else {
            return;
        };
        let origin = written.map_or(component.node.origin, |node| node.origin);
        let mut main = self.template.containers().into_iter();
        // Against the limit it is held where no cluster is known, too.
        if main.any(|container| {
            let limit = container.node.at(&["resources", "limits", "memory"]);
            container.name() == "main" && limit.is_some()
        }) {
            return;
        }
        let name = &self.group.name;
        for pool in &self.pools {
            let memory = pool
                .allocatable
                .get("memory")
                .or_else(|| pool.machine.get("memory"));
            let Some(memory) = memory.and_then(|memory| Quantity::parse(memory)) else {
                continue;
            };
            if size > memory {
                let message = format!(
                    "/dev/shm of `{name}` may take {size}, a node of pool `{}` has {memory}",
                    *pool.name
                );
                found.push(
                    self.about(&rules::FIT_SHARED_MEMORY, origin, "", message)
                        .help("set a smaller `sharedMemorySize`"),
                );
            }
        }
    }

    /// Tolerations of everything, and of nothing that is there.
    fn tolerations(&self, found: &mut Vec<Diagnostic>) {
        let list = self
            .template
            .spec()
            .and_then(|spec| spec.get("tolerations"));
        let pools = &self.subject.cluster().pools;
        let name = &self.group.name;
        for toleration in list.and_then(Node::as_list).into_iter().flatten() {
            let text = |key: &str| toleration.get(key).and_then(Node::as_str).unwrap_or("");
            let key = text("key");
            if key.is_empty() {
                if text("operator") == "Exists" && text("effect") != "PreferNoSchedule" {
                    let message = format!("the pods of `{name}` tolerate every taint");
                    found.push(
                        self.about(&rules::FIT_TOLERATION, toleration.origin, "/tolerations", message)
                            .help("name the `key` of the taint; otherwise pods stay on nodes that are broken or going away"),
                    );
                }
                continue;
            }
            let taints = || pools.iter().flat_map(|pool| &pool.taints);
            if is_usual(key) || pools.is_empty() || taints().any(|taint| taint.key == key) {
                continue;
            }
            if self.group.asks.iter().any(|ask| ask.resource == key) {
                continue;
            }
            let mut diagnostic = self.about(
                &rules::FIT_TOLERATION_UNMATCHED,
                toleration
                    .get("key")
                    .map_or(toleration.origin, |key| key.origin),
                "/tolerations",
                format!("`{name}` tolerates `{key}`, a taint that no pool has"),
            );
            let known = taints().map(|taint| taint.key.as_str());
            if let Some(hint) = crate::diagnostic::did_you_mean(key, known) {
                diagnostic = diagnostic.help(hint);
            }
            found.push(
                diagnostic.help(
                    "leave it out, or add the taint to the profile if the pool's nodes have it",
                ),
            );
        }
    }

    /// Devices, or huge pages, that a pool does not list.
    fn devices(&self, found: &mut Vec<Diagnostic>) {
        for ask in &self.group.asks {
            let is_device = ask.resource.contains('/')
                && !ask.resource.starts_with("requests.")
                && ask.resource != "nvidia.com/gpu";
            if is_device {
                self.not_offered(ask, found);
            }
        }
    }

    fn hugepages(&self, found: &mut Vec<Diagnostic>) {
        let asks = self.group.asks.iter();
        for ask in asks.filter(|ask| ask.resource.starts_with("hugepages-")) {
            self.not_offered(ask, found);
        }
    }

    fn not_offered(&self, ask: &fit::Ask, found: &mut Vec<Diagnostic>) {
        let lacks = |pool: &&&Pool| {
            !pool.allocatable.contains_key(&ask.resource)
                && pool
                    .gpu
                    .as_ref()
                    .is_none_or(|gpu| gpu.resource != ask.resource)
        };
        if let Some(pool) = self.pools.iter().find(lacks) {
            let message = format!(
                "`{}` asks for `{}`, which pool `{}` does not list",
                self.group.name, ask.resource, *pool.name
            );
            found.push(
                self.about(&rules::DEVICE_NOT_OFFERED, ask.origin, "", message).help(
                    "its pods stay pending unless nodes have it; add it to the pool's `allocatable` if they do",
                ),
            );
        }
    }

    /// Pods on nodes that can be taken back, for graphs that no plan has looked at.
    fn spot(&self, found: &mut Vec<Diagnostic>) {
        let is_spot = |pool: &&&Pool| pool.capacity == Capacity::Spot;
        let Some(pool) = self.pools.first().filter(is_spot) else {
            return;
        };
        let name = &self.group.name;
        let component = self.template.component.as_ref();
        let at = component.map_or(self.template.node.origin, |component| {
            component
                .node
                .get("name")
                .map_or(component.node.origin, |name| name.origin)
        });
        if self.group.size > 1 {
            let message = format!(
                "`{name}` spans {} nodes of pool `{}`, any of which can be taken back",
                self.group.size, *pool.name
            );
            found.push(self.about(&rules::SPOT_MULTINODE, at, "", message).help(
                "losing one node ends the whole replica; use a pool that is on demand or reserved",
            ));
        }
        let Some(notice) = &self.subject.cluster().spot.grace_seconds else {
            return;
        };
        let spec = self.template.spec();
        let written = spec.and_then(|spec| spec.get("terminationGracePeriodSeconds"));
        let kind = component
            .and_then(|one| one.node.get("type"))
            .and_then(Node::as_str);
        let default = match (component.is_some(), kind) {
            (true, Some("epp")) => 130,
            (true, _) => 60,
            (false, _) => 30,
        };
        let seconds = written.map_or(Some(default), Node::as_int);
        if let Some(seconds) = seconds.filter(|seconds| *seconds > i64::from(notice.value)) {
            let message = format!(
                "`{name}` has {seconds} s to end, a node of pool `{}` is gone after {} s",
                *pool.name, notice.value
            );
            let origin = written.map_or(at, |node| node.origin);
            let pointer = "/terminationGracePeriodSeconds";
            found.push(
                self.about(&rules::SPOT_GRACE, origin, pointer, message)
                    .severity(rules::Severity::Warning)
                    .label(notice.origin, "the notice")
                    .help("requests still running then are lost; ask for no more than the notice"),
            );
        }
    }

    /// Volumes of one zone under pods of several.
    fn zonal_volumes(&self, found: &mut Vec<Diagnostic>) {
        let Some(spec) = self.template.spec() else {
            return;
        };
        let zone = "topology.kubernetes.io/zone";
        let spreads = spec
            .get("topologySpreadConstraints")
            .and_then(Node::as_list);
        let spread = spreads
            .unwrap_or_default()
            .iter()
            .find(|one| one.get("topologyKey").and_then(Node::as_str) == Some(zone));
        let Some(spread) = spread.filter(|_| self.group.pods() > 1) else {
            return;
        };
        for volume in spec
            .get("volumes")
            .and_then(Node::as_list)
            .into_iter()
            .flatten()
        {
            let Some(name) = volume.at(&["persistentVolumeClaim", "claimName"]) else {
                continue;
            };
            let claim = self
                .subject
                .of_kind("", "PersistentVolumeClaim")
                .find(|claim| {
                    Some(claim.key.name.as_str()) == name.as_str()
                        && claim.key.namespace == self.manifest.key.namespace
                });
            let class = claim
                .and_then(|claim| claim.object.at(&["spec", "storageClassName"]))
                .and_then(Node::as_str);
            let mut classes = self.subject.cluster().storage.classes.iter();
            let Some(class) = classes.find(|one| Some(one.name.as_str()) == class && one.zonal)
            else {
                continue;
            };
            let message = format!(
                "`{}` is spread over zones and mounts claim `{}`, whose class `{}` makes volumes of one zone",
                self.group.name,
                name.as_str().unwrap_or(""),
                *class.name
            );
            let spread = self.subject.input_of(spread.origin);
            found.push(
                self.about(&rules::FIT_ZONAL_VOLUME, name.origin, "/volumes", message)
                    .label(spread, "spread over zones")
                    .help(
                        "keep the pods in the volume's zone, or take a class that all zones reach",
                    ),
            );
        }
    }
}

/// Keys of taints that Kubernetes, its providers and their add-ons put on nodes by themselves, and that
/// manifests for several clusters tolerate as a matter of course.
fn is_usual(key: &str) -> bool {
    const USUAL: [&str; 6] = [
        "nvidia.com/gpu",
        "dedicated",
        "sku",
        "vpc.amazonaws.com/efa",
        "CriticalAddonsOnly",
        "skyhook.nvidia.com",
    ];
    const OWNERS: [&str; 8] = [
        "kubernetes.io",
        "k8s.io",
        "karpenter.sh",
        "kubernetes.azure.com",
        "cloud.google.com",
        "eks.amazonaws.com",
        "networking.gke.io",
        "rdma",
    ];
    let owner = key.split_once('/').map_or("", |(owner, _)| owner);
    USUAL.contains(&key)
        || OWNERS
            .iter()
            .any(|one| owner == *one || owner.ends_with(&format!(".{one}")))
}

/// ComputeDomains of a fixed size that not as many pods claim.
fn compute_domains(
    subject: &Subject<'_>,
    manifests: &[&Manifest],
    fit: &fit::Fit,
    found: &mut Vec<Diagnostic>,
) {
    for domain in subject.of_kind("resource.nvidia.com", "ComputeDomain") {
        let Some(node) = domain.object.at(&["spec", "numNodes"]) else {
            continue;
        };
        let Some(wanted) = node.as_int().filter(|wanted| *wanted > 0) else {
            continue;
        };
        let claims = |group: &&fit::Group| {
            let manifest = manifests[group.manifest];
            let spec = format!("{}/spec/resourceClaims", group.pointer);
            let list = manifest.object.pointer(&spec).and_then(Node::as_list);
            list.unwrap_or_default().iter().any(|claim| {
                let template = claim
                    .get("resourceClaimTemplateName")
                    .and_then(Node::as_str);
                template
                    .and_then(|name| fit::computes_domain(manifests, manifest, name))
                    .is_some_and(|made| made.key == domain.key)
            })
        };
        let claiming = fit.groups.iter().filter(claims).map(fit::Group::pods);
        let claiming = claiming.fold(0, u64::saturating_add);
        if claiming > 0 && i64::try_from(claiming) != Ok(wanted) {
            let message = format!(
                "ComputeDomain `{}` is for {wanted} nodes and {claiming} pods claim it",
                domain.key.name
            );
            found.push(
                subject
                    .finding(
                        &rules::FIT_COMPUTE_DOMAIN,
                        domain,
                        "/spec/numNodes",
                        message,
                    )
                    .help("`numNodes: 0` takes as many as there are"),
            );
        }
    }
}
