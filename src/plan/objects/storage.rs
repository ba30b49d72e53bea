//! Which claims, classes and volumes does a release need for its models and caches?

use std::collections::BTreeSet;

use super::contexts::{
    PersistentVolume, PersistentVolumeClaim, StorageClass as StorageClassContext,
};
use super::nodes::{self, map, text, texts};
use super::{Site, quantity};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::graph::ComponentKind;
use crate::model::profile::{
    AccessMode, ReclaimPolicy, StorageClass, StorageRole, VolumeBindingMode,
};
use crate::model::release::Claim;
use crate::origin::Origin;
use crate::resolve::Pair;
use crate::rules;
use crate::yaml::{At, Node};

pub(super) fn plan(site: &mut Site<'_>) {
    let (asked, roles) = (&site.release.storage, &site.profile.storage.roles);
    let pair = site.pair;
    let mut wanted = vec![("modelCache", &asked.model_cache, &roles.model_cache, pair)];
    let offered = &roles.compilation_cache;
    match pair.colors.as_slice() {
        [] => wanted.push(("compilationCache", &asked.compilation_cache, offered, pair)),
        colors => wanted.extend(colors.iter().map(|color| {
            let own = &color.release.spec.storage.compilation_cache;
            ("compilationCache", own, offered, color)
        })),
    }
    wanted.push(("scratch", &asked.scratch, &roles.scratch, pair));
    let mut classes = BTreeSet::new();
    let mut claims = BTreeSet::new();
    for (role, claim, offered, owner) in wanted {
        let Some(claim) = claim else { continue };
        if role == "scratch" {
            // Every pod makes its own volume and takes it along; only the class may be missing.
            if let Some(settled) = settle(site, role, claim, offered.as_ref()) {
                create(site, settled.class, &mut classes);
            }
            continue;
        }
        if claim.existing || !claims.insert(claim.claim.value.as_str()) {
            continue;
        }
        if let Some(written) = author_claim(site, &claim.claim) {
            site.report(
                Diagnostic::new(
                    &rules::STORAGE_CLAIM_WRITTEN,
                    claim.claim.origin,
                    format!(
                        "the graph's file has a claim `{}`; it is used as written",
                        claim.claim.value
                    ),
                )
                .label(written, "written here"),
            );
            continue;
        }
        let Some(settled) = settle(site, role, claim, offered.as_ref()) else {
            continue;
        };
        check_sharing(site, role, claim, settled.mode);
        create(site, settled.class, &mut classes);
        plan_claim(site, role, claim, &settled, owner);
    }
}

/// Plans a class that the profile wants written, once.
fn create<'a>(
    site: &mut Site<'a>,
    class: Option<&'a At<StorageClass>>,
    created: &mut BTreeSet<&'a str>,
) {
    if let Some(class) = class.filter(|class| class.create)
        && created.insert(class.name.value.as_str())
    {
        plan_class(site, class);
    }
}

/// What a claim comes to.
struct Settled<'a> {
    class_name: &'a At<String>,
    /// The class, if the profile knows it.
    class: Option<&'a At<StorageClass>>,
    size: &'a At<String>,
    mode: AccessMode,
}

/// Class, size and access mode of a claim: its own, else the profile's for the role.
fn settle<'a>(
    site: &mut Site<'a>,
    role: &str,
    claim: &'a At<Claim>,
    offered: Option<&'a At<StorageRole>>,
) -> Option<Settled<'a>> {
    let Some(class_name) = claim.class.as_ref().or(offered.map(|role| &role.class)) else {
        site.report(missing(claim, role, "storage class").help(format!(
            "name one in `class`, or give the profile a `storage.roles.{role}`"
        )));
        return None;
    };
    let Some(size) = claim.size.as_ref().or(offered.map(|role| &role.size)) else {
        site.report(missing(claim, role, "size").help("give it a `size`"));
        return None;
    };
    let Some(mode) = claim.access_mode.or(offered.map(|role| role.access_mode)) else {
        site.report(missing(claim, role, "access mode").help("give it an `accessMode`"));
        return None;
    };
    let all = &site.profile.storage.classes;
    let class = all
        .iter()
        .find(|class| class.name.value == class_name.value);
    match class {
        Some(class) => {
            check_mode(site, claim, class, mode);
            if !check_size(site, size, class) {
                return None;
            }
        }
        None => {
            let names = all.iter().map(|class| class.name.value.as_str());
            let mut diagnostic = Diagnostic::new(
                &rules::STORAGE_CLASS_UNKNOWN,
                class_name.origin,
                format!(
                    "the profile does not know the storage class `{}`",
                    class_name.value
                ),
            );
            if let Some(help) = did_you_mean(class_name, names) {
                diagnostic = diagnostic.help(help);
            }
            site.report(diagnostic.help("its sizes and access modes are not checked"));
        }
    }
    Some(Settled {
        class_name,
        class,
        size,
        mode,
    })
}

/// The claim and, for a file system that exists, its volume. `owner` is the graph whose it is, where each has
/// its own.
fn plan_claim(
    site: &mut Site<'_>,
    role: &str,
    claim: &At<Claim>,
    settled: &Settled<'_>,
    owner: &Pair,
) {
    let Settled {
        class_name,
        class,
        size,
        mode,
    } = *settled;

    let inputs = [claim.origin, class_name.origin, size.origin];
    let origin = site.decide(&rules::OBJECT_CLAIM, inputs, Some(role.to_owned()));
    let mut labels = site.labels("storage");
    let mut name = nodes::at(&claim.claim, origin);
    if owner.color.is_some() {
        let graph = super::label_value(owner.graph_name());
        labels.set("app.kubernetes.io/name", text(graph, site.labels_origin));
        let named = site.decide(&rules::COLOR_CACHE, [claim.claim.origin], None);
        name = text(claim.claim.value.as_str(), named);
    }
    let volume = class.and_then(|class| Some((class, class.static_volume.as_ref()?)));
    let volume_name = volume.map(|(class, volume)| {
        // Volumes are the cluster's, so the name carries the namespace.
        let whole = format!("{}-{}", site.pair.release.namespace, claim.claim.value);
        let origin = site.decide(&rules::OBJECT_VOLUME, [volume.origin, claim.origin], None);
        let volume_name = site.shorten(whole, origin, claim.claim.origin, "claim");
        let reclaim = class.reclaim_policy.unwrap_or(ReclaimPolicy::Retain);
        let context = PersistentVolume {
            name: volume_name.clone(),
            labels: labels.clone(),
            size: nodes::at(size, origin),
            access_mode: text(mode.as_str(), origin),
            reclaim_policy: text(reclaim_name(reclaim), origin),
            storage_class: nodes::at(class_name, origin),
            mount_options: options(class, origin),
            driver: nodes::at(&class.provisioner, origin),
            volume_handle: text(&volume.volume_handle, nodes::place(volume, origin)),
            volume_attributes: nodes::inputs(&volume.volume_attributes, origin),
            claim_namespace: site.namespace.clone(),
            claim_name: name.clone(),
        };
        site.add(&rules::OBJECT_VOLUME, origin, None, context);
        volume_name
    });
    let context = PersistentVolumeClaim {
        name,
        namespace: site.namespace.clone(),
        labels,
        storage_class: nodes::at(class_name, origin),
        access_mode: text(mode.as_str(), origin),
        size: nodes::at(size, origin),
        volume_name,
    };
    site.add(&rules::OBJECT_CLAIM, origin, None, context);
}

fn plan_class(site: &mut Site<'_>, class: &StorageClass) {
    let origin = site.decide(&rules::OBJECT_STORAGE_CLASS, [class.name.origin], None);
    // Releases share the class, so its labels must not differ between them.
    let labels = map(
        site.labels_origin,
        [
            (
                "app.kubernetes.io/component",
                text("storage", site.labels_origin),
            ),
            (
                "app.kubernetes.io/managed-by",
                text("graphwright", site.labels_origin),
            ),
        ],
    );
    let context = StorageClassContext {
        name: nodes::at(&class.name, origin),
        labels,
        provisioner: nodes::at(&class.provisioner, origin),
        parameters: nodes::inputs(&class.parameters, origin),
        reclaim_policy: class
            .reclaim_policy
            .map(|policy| text(reclaim_name(policy), origin)),
        volume_binding_mode: class.volume_binding_mode.map(|mode| {
            let name = match mode {
                VolumeBindingMode::Immediate => "Immediate",
                VolumeBindingMode::WaitForFirstConsumer => "WaitForFirstConsumer",
            };
            text(name, origin)
        }),
        mount_options: options(class, origin),
        allow_volume_expansion: class
            .allow_volume_expansion
            .map(|grow| Node::new(grow, origin)),
        allowed_topologies: (!class.allowed_topologies.is_empty()).then(|| {
            let terms = class.allowed_topologies.iter();
            nodes::list(origin, terms.map(|term| Node::from_json(term, origin)))
        }),
    };
    site.add(&rules::OBJECT_STORAGE_CLASS, origin, None, context);
}

fn options(class: &StorageClass, origin: Origin) -> Option<Node> {
    let options = &class.mount_options;
    (!options.is_empty()).then(|| texts(origin, options.iter().map(String::as_str)))
}

fn reclaim_name(policy: ReclaimPolicy) -> &'static str {
    match policy {
        ReclaimPolicy::Delete => "Delete",
        ReclaimPolicy::Retain => "Retain",
    }
}

fn missing(claim: &At<Claim>, role: &str, what: &str) -> Diagnostic {
    Diagnostic::new(
        &rules::STORAGE_INCOMPLETE,
        claim.origin,
        format!(
            "the claim `{}` has no {what}, and the profile has none for `{role}`",
            claim.claim.value
        ),
    )
}

fn check_mode(site: &mut Site<'_>, claim: &At<Claim>, class: &StorageClass, mode: AccessMode) {
    if class.access_modes.contains(&mode) {
        return;
    }
    let offered: Vec<_> = class
        .access_modes
        .iter()
        .map(|mode| mode.as_str())
        .collect();
    site.report(
        Diagnostic::new(
            &rules::STORAGE_ACCESS_MODE,
            claim.origin,
            format!(
                "the storage class `{}` ({}) cannot give `{}`",
                class.name.value,
                class.provisioner.value,
                mode.as_str()
            ),
        )
        .label(class.name.origin, "the class")
        .help(format!("it can give: {}", offered.join(", "))),
    );
}

/// Whether the size can be read at all.
fn check_size(site: &mut Site<'_>, size: &At<String>, class: &StorageClass) -> bool {
    let Some(wanted) = quantity::bytes(size) else {
        site.report(
            Diagnostic::new(
                &rules::STORAGE_SIZE,
                size.origin,
                format!("`{}` is not a size", size.value),
            )
            .help("write a quantity, such as `500Gi`")
            .severity(rules::Severity::Error),
        );
        return false;
    };
    let limit =
        |limit: &Option<At<String>>| limit.as_ref().and_then(|limit| quantity::bytes(limit));
    let minimum = limit(&class.minimum).unwrap_or(0);
    let rounded = quantity::round_up(wanted, minimum, limit(&class.step).unwrap_or(0));
    if rounded == wanted {
        return true;
    }
    let rounded = quantity::display(rounded);
    let message = match (&class.minimum, &class.step) {
        (Some(least), _) if wanted < minimum => format!(
            "the storage class `{}` starts at {}; {} becomes {rounded}",
            class.name.value, least.value, size.value
        ),
        (_, Some(step)) => format!(
            "the storage class `{}` grows in steps of {}; {} becomes {rounded}",
            class.name.value, step.value, size.value
        ),
        _ => return true,
    };
    let limit = match &class.minimum {
        Some(least) if wanted < minimum => Some(least),
        _ => class.step.as_ref(),
    };
    site.report(
        Diagnostic::new(&rules::STORAGE_SIZE, size.origin, message)
            .label(
                limit.map_or(Origin::None, |limit| limit.origin),
                "the class's limit",
            )
            .help(format!(
                "ask for {rounded}: that is what is made and paid for"
            )),
    );
    true
}

/// A volume that one node or one pod can mount must not be mounted by several.
fn check_sharing(site: &mut Site<'_>, role: &str, claim: &At<Claim>, mode: AccessMode) {
    if !matches!(
        mode,
        AccessMode::ReadWriteOnce | AccessMode::ReadWriteOncePod
    ) {
        return;
    }
    let mut users = Vec::new();
    let mut pods: u32 = 0;
    for (index, component) in site.components().iter().enumerate() {
        // Frontends read the model's tokenizer; the compilation cache is mounted by the operator.
        let mounted = match role {
            "modelCache" => {
                claim.mount_path.is_some()
                    && (component.kind.is_worker() || component.kind == ComponentKind::Frontend)
            }
            _ => component.kind.is_worker(),
        };
        if mounted || names_claim(site, index, &claim.claim) {
            pods = pods.saturating_add(
                site.replicas(component)
                    .saturating_mul(component.node_count),
            );
            users.push(format!("`{}`", component.name));
        }
    }
    if pods < 2 {
        return;
    }
    site.report(
        Diagnostic::new(
            &rules::STORAGE_SHARED,
            claim.origin,
            format!(
                "the claim `{}` is `{}`, but {pods} pods mount it: those of {}",
                claim.claim.value,
                mode.as_str(),
                users.join(", ")
            ),
        )
        .help("choose a class that gives `ReadWriteMany`, or one replica"),
    );
}

/// Whether a component names the claim itself.
fn names_claim(site: &Site<'_>, index: usize, claim: &str) -> bool {
    let components = site.pair.graph.object.at(&["spec", "components"]);
    let Some(component) = components.and_then(|all| all.as_list()?.get(index)) else {
        return false;
    };
    let is = |node: Option<&Node>| node.and_then(Node::as_str) == Some(claim);
    let volumes = component.at(&["podTemplate", "spec", "volumes"]);
    is(component.at(&["compilationCache", "pvcName"]))
        || volumes.and_then(Node::as_list).is_some_and(|volumes| {
            volumes
                .iter()
                .any(|volume| is(volume.at(&["persistentVolumeClaim", "claimName"])))
        })
}

/// Where the graph's file has a claim of this name.
fn author_claim(site: &Site<'_>, claim: &str) -> Option<Origin> {
    let mut objects = site.pair.graph.objects.iter();
    let found = objects.find(|object| {
        object.get("kind").and_then(Node::as_str) == Some("PersistentVolumeClaim")
            && object.at(&["metadata", "name"]).and_then(Node::as_str) == Some(claim)
    });
    found.map(|object| object.origin_of("/metadata/name"))
}
