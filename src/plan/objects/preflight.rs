//! Is there in the cluster what a release needs and no manifest brings?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::Site;
use super::contexts::{ClusterRole, ClusterRoleBinding, Role, RoleBinding, ServiceAccount};
use super::jobs::{self, Script};
use super::nodes::{list, map, text, texts};
use crate::diagnostic::Diagnostic;
use crate::model::profile::{Capabilities, Delivery, Variant};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::Node;

/// Seconds after which a preflight has hung.
const DEADLINE: u32 = 300;

pub(super) fn plan(site: &mut Site<'_>) {
    let Some(asked) = &site.release.preflight else {
        return;
    };
    let origin = site.decide(&rules::OBJECT_PREFLIGHT, [asked.origin], None);
    let is_hook = jobs::delivery(site) == Some(Delivery::ArgoCd);
    if let Some(namespace) = site
        .release
        .namespace
        .as_ref()
        .filter(|one| is_hook && one.create)
    {
        site.report(
            Diagnostic::new(
                &rules::PREFLIGHT_NAMESPACE,
                asked.origin,
                format!(
                    "the preflight runs before the namespace `{}` is there",
                    namespace.name.value
                ),
            )
            .label(namespace.origin, "the release makes it")
            .help("let the Application make it, with the sync option `CreateNamespace=true`"),
        );
    }
    let secrets = secrets(site);
    let expected = expected(site, &secrets);
    let account = site.name("preflight", origin);
    let script = Script {
        part: "preflight",
        text: include_str!("../../../scripts/preflight.py"),
        env: vec![("EXPECTED", expected.to_string())],
        image: asked.image.as_ref(),
        account: Some(account.clone()),
        deadline: DEADLINE,
        hook: "PreSync",
        watched: &[],
    };
    let Some(job) = jobs::job(site, script, origin) else {
        return;
    };
    site.add(&rules::OBJECT_PREFLIGHT, origin, None, job);
    rights(site, &account, &secrets, is_hook, origin);
}

/// What the script is told to look for.
fn expected(site: &Site<'_>, secrets: &BTreeSet<String>) -> Json {
    let mut pods = Vec::new();
    for graph in site.graphs {
        let components = graph.at(&["spec", "components"]).and_then(Node::as_list);
        for component in components.unwrap_or_default() {
            let resources = resources(component);
            if component.get("replicas").and_then(Node::as_int) == Some(0) || resources.is_empty() {
                continue;
            }
            let name = component.get("name").and_then(Node::as_str);
            let selector = component.at(&["podTemplate", "spec", "nodeSelector"]);
            let pod = json!({
                "name": name.unwrap_or_default(),
                "selector": selector.map_or_else(|| json!({}), Node::to_json),
                "resources": resources,
            });
            if !pods.contains(&pod) {
                pods.push(pod);
            }
        }
    }
    let storage = &site.release.storage;
    let roles = &site.profile.storage.roles;
    let classes: BTreeSet<&str> = [
        (&storage.model_cache, &roles.model_cache),
        (&storage.compilation_cache, &roles.compilation_cache),
        (&storage.scratch, &roles.scratch),
    ]
    .into_iter()
    .filter_map(|(claim, role)| {
        let claim = claim.as_ref().filter(|claim| !claim.existing)?;
        let own = claim.class.as_ref();
        let class = own.or_else(|| role.as_ref().map(|role| &role.class));
        Some(class.map_or("", |class| class.value.as_str()))
    })
    .filter(|class| {
        // A class that comes with the release is not there yet.
        let mut made = site.profile.storage.classes.iter();
        !made.any(|one| one.create && one.name.value == *class)
    })
    .collect();
    let is_elastic = matches!(
        site.profile.variant,
        Some(
            Variant::Karpenter
                | Variant::AutoMode
                | Variant::NodeAutoProvisioning
                | Variant::Autopilot
        )
    );
    json!({
        "namespace": site.pair.release.namespace,
        "storageClasses": classes,
        "pods": pods,
        "secrets": secrets,
        "apis": apis(&site.profile.capabilities),
        "elastic": is_elastic,
    })
}

/// What one pod of a component needs of a node's devices.
fn resources(component: &Node) -> BTreeMap<&str, &str> {
    let main = crate::plan::component::main_container(component);
    let limits = main.and_then(|main| main.at(&["resources", "limits"]));
    let devices = limits.and_then(Node::as_map).into_iter().flatten();
    devices
        .filter(|entry| entry.key.contains('/') && !entry.key.ends_with(".IP"))
        .filter_map(|entry| Some((entry.key.as_str(), entry.value.as_str()?)))
        .collect()
}

/// The API of each add-on that the profile claims.
fn apis(claimed: &Capabilities) -> BTreeMap<&'static str, &'static str> {
    let known = [
        (
            &claimed.prometheus_operator,
            "Prometheus Operator",
            "monitoring.coreos.com/v1",
        ),
        (
            &claimed.gateway_api,
            "Gateway API",
            "gateway.networking.k8s.io/v1",
        ),
        (
            &claimed.inference_extension,
            "Gateway API inference extension",
            "inference.networking.k8s.io/v1",
        ),
        (&claimed.keda, "KEDA", "keda.sh/v1alpha1"),
        (&claimed.grove, "Grove", "grove.io/v1alpha1"),
        (
            &claimed.lws,
            "LeaderWorkerSet",
            "leaderworkerset.x-k8s.io/v1",
        ),
        (
            &claimed.external_secrets,
            "External Secrets",
            "external-secrets.io/v1",
        ),
        (
            &claimed.secrets_store_csi,
            "Secrets Store CSI driver",
            "secrets-store.csi.x-k8s.io/v1",
        ),
        (&claimed.cert_manager, "cert-manager", "cert-manager.io/v1"),
        (&claimed.istio, "Istio", "networking.istio.io/v1"),
        (
            &claimed.argo_rollouts,
            "Argo Rollouts",
            "argoproj.io/v1alpha1",
        ),
        (&claimed.flagger, "Flagger", "flagger.app/v1beta1"),
        (
            &claimed.dra,
            "dynamic resource allocation",
            "resource.k8s.io/v1",
        ),
        (
            &claimed.snapshots,
            "volume snapshots",
            "snapshot.storage.k8s.io/v1",
        ),
        (
            &claimed.metrics_adapter,
            "the metrics adapter",
            "external.metrics.k8s.io/v1beta1",
        ),
    ];
    let mut found: BTreeMap<_, _> = known
        .into_iter()
        .filter(|(is_there, _, _)| is_there.value)
        .map(|(_, name, version)| (name, version))
        .collect();
    found.insert("Dynamo", "nvidia.com/v1beta1");
    found
}

/// Secrets that the graphs' pods name and that the release does not bring.
fn secrets(site: &Site<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for graph in site.graphs {
        collect(graph, &mut found);
    }
    for secret in &site.release.secrets {
        if !secret.existing {
            found.remove(&secret.name.value);
        }
    }
    for object in &site.pair.graph.objects {
        if object.get("kind").and_then(Node::as_str) == Some("Secret")
            && let Some(name) = object.at(&["metadata", "name"]).and_then(Node::as_str)
        {
            found.remove(name);
        }
    }
    found
}

fn collect(node: &Node, found: &mut BTreeSet<String>) {
    if let Some(items) = node.as_list() {
        items.iter().for_each(|item| collect(item, found));
    }
    for entry in node.as_map().into_iter().flatten() {
        let name = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
        match entry.key.as_str() {
            "secretRef" | "secretKeyRef"
                if entry.value.get("optional").and_then(Node::as_bool) != Some(true) =>
            {
                found.extend(name(&entry.value, "name"));
            }
            "secret" => found.extend(name(&entry.value, "secretName")),
            "imagePullSecrets" => {
                let items = entry.value.as_list().unwrap_or_default();
                found.extend(items.iter().filter_map(|item| name(item, "name")));
            }
            _ => collect(&entry.value, found),
        }
    }
}

/// The account that the preflight asks with, and no more rights than it needs.
fn rights(
    site: &mut Site<'_>,
    account: &Node,
    secrets: &BTreeSet<String>,
    is_hook: bool,
    origin: Origin,
) {
    let rule = &rules::OBJECT_PREFLIGHT;
    let annotations = is_hook.then(|| jobs::hooked("PreSync", Some("-1"), origin));
    let labels = site.labels("preflight");
    let context = ServiceAccount {
        name: account.clone(),
        namespace: site.namespace.clone(),
        labels: labels.clone(),
        annotations: annotations.clone(),
    };
    site.add(rule, origin, None, context);
    let right = |group: &str, resource: &str, verb: &str| {
        map(
            origin,
            [
                ("apiGroups", texts(origin, [group])),
                ("resources", texts(origin, [resource])),
                ("verbs", texts(origin, [verb])),
            ],
        )
    };
    // Objects of the cluster carry the namespace in their name.
    let whole = format!(
        "{}-{}",
        site.pair.release.namespace,
        account.as_str().unwrap_or_default()
    );
    let cluster = site.shorten(whole, origin, site.graph.origin, "graph");
    let context = ClusterRole {
        name: cluster.clone(),
        labels: labels.clone(),
        annotations: annotations.clone(),
        rules: list(
            origin,
            [
                right("", "nodes", "list"),
                right("storage.k8s.io", "storageclasses", "list"),
            ],
        ),
    };
    site.add(rule, origin, None, context);
    let context = ClusterRoleBinding {
        name: cluster.clone(),
        namespace: site.namespace.clone(),
        labels: labels.clone(),
        annotations: annotations.clone(),
        role: cluster,
        service_account: account.clone(),
    };
    site.add(rule, origin, None, context);
    if secrets.is_empty() {
        return;
    }
    let mut read = right("", "secrets", "get");
    read.set(
        "resourceNames",
        list(
            origin,
            secrets.iter().map(|name| text(name.as_str(), origin)),
        ),
    );
    let context = Role {
        name: account.clone(),
        namespace: site.namespace.clone(),
        labels: labels.clone(),
        annotations: annotations.clone(),
        rules: list(origin, [read]),
    };
    site.add(rule, origin, None, context);
    let context = RoleBinding {
        name: account.clone(),
        namespace: site.namespace.clone(),
        labels,
        annotations,
        role: account.clone(),
        service_account: account.clone(),
    };
    site.add(rule, origin, None, context);
}
