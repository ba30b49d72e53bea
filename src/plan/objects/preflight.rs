//! Is there in the cluster what a release needs and no manifest brings?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::Site;
use super::contexts::{ClusterRole, ClusterRoleBinding, Role, RoleBinding, ServiceAccount};
use super::jobs::{self, Script};
use super::nodes::{list, map, text, texts};
use crate::diagnostic::Diagnostic;
use crate::model::profile::{ClusterProfileSpec, Delivery, GraphVersion, Variant};
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
            let count = |path: &[&str]| component.at(path).and_then(Node::as_int);
            let replicas = count(&["replicas"]).unwrap_or(1);
            let nodes = count(&["multinode", "nodeCount"]).unwrap_or(1);
            let pod = json!({
                "name": name.unwrap_or_default(),
                "count": replicas.saturating_mul(nodes),
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
    .chain(site.pair.graph.objects.iter().filter_map(claimed_class))
    .filter(|class| {
        // A class that comes with the release is not there yet.
        let mut made = site.profile.storage.classes.iter();
        !made.any(|one| one.create && one.name.value == *class)
    })
    .collect();
    let asked = site.release.preflight.as_ref();
    let asked = asked.and_then(|asked| asked.elastic.as_ref());
    let by_variant = matches!(
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
        "apis": apis(site.profile),
        "elastic": asked.map_or(by_variant, |elastic| elastic.value),
    })
}

/// The storage class of a claim in the graph's file; empty for the default.
fn claimed_class(object: &Node) -> Option<&str> {
    let is_claim = object.get("kind")?.as_str() == Some("PersistentVolumeClaim");
    let spec = object.get("spec").filter(|_| is_claim)?;
    let class = spec.get("storageClassName").and_then(Node::as_str);
    let is_bound = class == Some("") || spec.get("volumeName").is_some();
    (!is_bound).then_some(class.unwrap_or_default())
}

/// What one pod of a component needs of a node's devices. Limits win over requests, as for the scheduler.
fn resources(component: &Node) -> BTreeMap<&str, String> {
    let main = crate::plan::component::main_container(component);
    let given = |key| main.and_then(|main| main.at(&["resources", key])?.as_map());
    let devices = ["requests", "limits"]
        .into_iter()
        .filter_map(given)
        .flatten();
    devices
        .filter(|entry| entry.key.contains('/') && !entry.key.ends_with(".IP"))
        .filter_map(|entry| {
            let number = || Some(entry.value.as_int()?.to_string());
            let amount = entry.value.as_str().map(str::to_owned).or_else(number)?;
            Some((entry.key.as_str(), amount))
        })
        .collect()
}

/// The API of each add-on that the profile claims.
fn apis(profile: &ClusterProfileSpec) -> BTreeMap<&'static str, &'static str> {
    let claimed = &profile.capabilities;
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
        (&claimed.kai, "KAI scheduler", "scheduling.run.ai/v2"),
        (&claimed.volcano, "Volcano", "scheduling.volcano.sh/v1beta1"),
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
    let dynamo = match profile.dynamo.api_version {
        GraphVersion::V1Alpha1 => "nvidia.com/v1alpha1",
        GraphVersion::V1Beta1 => "nvidia.com/v1beta1",
    };
    found.insert("Dynamo", dynamo);
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
        let kind = object.get("kind").and_then(Node::as_str);
        if matches!(kind, Some("Secret" | "ExternalSecret" | "SealedSecret"))
            && let Some(name) = object.at(&["metadata", "name"]).and_then(Node::as_str)
        {
            found.remove(name);
        }
    }
    found
}

/// Whether a pod waits for what it refers to.
fn is_needed(reference: &Node) -> bool {
    reference.get("optional").and_then(Node::as_bool) != Some(true)
}

fn collect(node: &Node, found: &mut BTreeSet<String>) {
    if let Some(items) = node.as_list() {
        items.iter().for_each(|item| collect(item, found));
    }
    for entry in node.as_map().into_iter().flatten() {
        let name = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
        match entry.key.as_str() {
            "secretRef" | "secretKeyRef" if is_needed(&entry.value) => {
                found.extend(name(&entry.value, "name"));
            }
            // A volume, and a part of a projected one.
            "secret" if is_needed(&entry.value) => {
                found.extend(
                    name(&entry.value, "secretName").or_else(|| name(&entry.value, "name")),
                );
            }
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

#[cfg(test)]
mod tests {
    use super::super::tests::{GRAPH, PROFILE, RELEASE, planned};
    use super::*;

    /// What the preflight of a release is told, and the name of its Job.
    fn told(graph: &str, profile: &str, release: &str) -> (Json, String) {
        let release = format!("{RELEASE}{release}");
        let profile = format!("{PROFILE}{profile}");
        let (objects, _) = planned(graph, &profile, &release);
        let mut jobs = objects.iter().filter(|(key, _)| key.starts_with("Job/"));
        let (name, job) = jobs.next().unwrap();
        let container = &job["spec"]["template"]["spec"]["containers"][0];
        let expected = container["env"][0]["value"].as_str().unwrap();
        (serde_json::from_str(expected).unwrap(), name.clone())
    }

    #[test]
    fn devices_count_however_they_are_written() {
        let of = |amount: &str| {
            let graph = GRAPH.replace("limits: {nvidia.com/gpu: '8'}", amount);
            told(&graph, "", "preflight: {}").0["pods"].clone()
        };
        let whole = of("limits: {nvidia.com/gpu: '8'}");
        assert_eq!(
            whole,
            json!([{"name": "decode", "count": 2, "selector": {}, "resources": {"nvidia.com/gpu": "8"}}])
        );
        assert_eq!(of("limits: {nvidia.com/gpu: 8}"), whole);
        assert_eq!(of("requests: {nvidia.com/gpu: 8}"), whole);
        assert_eq!(of("limits: {cpu: 8}"), json!([]));
    }

    #[test]
    fn only_secrets_that_somebody_else_makes_are_looked_for() {
        let secrets = |graph: &str| told(graph, "", "preflight: {}").0["secrets"].clone();
        // The release fills it.
        assert_eq!(secrets(GRAPH), json!([]));
        let with = |volume: &str| {
            let spec =
                format!("spec:\n          volumes: [{{name: v, {volume}}}]\n          containers:");
            secrets(&GRAPH.replace("spec:\n          containers:", &spec))
        };
        assert_eq!(with("secret: {secretName: a}"), json!(["a"]));
        assert_eq!(with("secret: {secretName: a, optional: true}"), json!([]));
        assert_eq!(
            with("projected: {sources: [{secret: {name: b}}]}"),
            json!(["b"])
        );
        let sealed = format!(
            "{}---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: hf-token-secret}}\n",
            GRAPH
        );
        assert_eq!(secrets(&sealed), json!([]));
    }

    #[test]
    fn classes_of_the_authors_claims_are_looked_for() {
        let classes = |spec: &str| {
            let graph = format!(
                "{GRAPH}---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: own}}\nspec: {{{spec}}}\n"
            );
            told(&graph, "", "preflight: {}").0["storageClasses"].clone()
        };
        // The class of the model cache comes with the release.
        assert_eq!(classes("volumeName: v"), json!([]));
        assert_eq!(classes("storageClassName: ''"), json!([]));
        assert_eq!(classes("accessModes: [ReadWriteOnce]"), json!([""]));
        assert_eq!(classes("storageClassName: gp3"), json!(["gp3"]));
    }

    #[test]
    fn the_version_of_dynamo_and_of_nodes_are_the_profiles() {
        let (beta, _) = told(GRAPH, "", "preflight: {}");
        assert_eq!(beta["apis"]["Dynamo"], json!("nvidia.com/v1beta1"));
        assert_eq!(beta["elastic"], json!(false));
        let (alpha, _) = told(
            GRAPH,
            "dynamo: {apiVersion: v1alpha1}\nvariant: karpenter",
            "preflight: {}",
        );
        assert_eq!(alpha["apis"]["Dynamo"], json!("nvidia.com/v1alpha1"));
        assert_eq!(alpha["elastic"], json!(true));
        let (own, _) = told(GRAPH, "variant: karpenter", "preflight: {elastic: false}");
        assert_eq!(own["elastic"], json!(false));
    }

    #[test]
    fn whatever_changes_the_pod_changes_the_name() {
        let name = |graph: &str, release: &str| told(graph, "", release).1;
        let plain = name(GRAPH, "preflight: {}");
        assert_eq!(name(GRAPH, "preflight: {}"), plain);
        assert_ne!(
            name(GRAPH, "preflight: {image: 'example.com/python:3'}"),
            plain
        );
        let selected = GRAPH.replacen(
            "{spec: {containers",
            "{spec: {nodeSelector: {pool: cpu}, containers",
            1,
        );
        assert_ne!(name(&selected, "preflight: {}"), plain);
        let hook = name(GRAPH, "preflight: {}\ndelivery: argoCd");
        assert_eq!(hook, "Job/chat-preflight");
    }
}
