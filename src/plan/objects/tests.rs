use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::*;
use crate::model::graph::Graph;
use crate::render::{self, Templates};
use crate::resolve::{ResolvedProfile, ResolvedRelease};
use crate::yaml::{from_node, read};
use crate::{builtin, convert, validate};

pub(super) const GRAPH: &str = "
apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeployment
metadata: {name: chat}
spec:
  components:
    - name: Frontend
      type: frontend
      replicas: 2
      podTemplate: {spec: {containers: [{name: main, image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.5.0'}]}}
    - name: decode
      type: decode
      replicas: 2
      podTemplate:
        spec:
          containers:
            - name: main
              image: nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.5.0
              envFrom: [{secretRef: {name: hf-token-secret}}]
              resources: {limits: {nvidia.com/gpu: '8'}}
    - name: Planner
      type: planner
      podTemplate: {spec: {containers: [{name: main, image: 'nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.5.0'}]}}
";

pub(super) const PROFILE: &str = "
provider: eks
capabilities: {prometheusOperator: true, grafanaDashboards: true, networkPolicy: true, externalSecrets: true, secretsStoreCsi: true}
monitoring: {labels: {release: kube-prometheus-stack}}
network: {ingressNamespaces: [gateway-system], platformNamespace: dynamo-system}
identity: {kind: irsa}
secrets: {backend: externalSecrets, store: {kind: ClusterSecretStore, name: vault}}
storage:
  classes:
    - name: fsx-sc
      provisioner: fsx.csi.aws.com
      accessModes: [ReadWriteOnce, ReadWriteMany]
      minimum: 1200Gi
      step: 2400Gi
      create: true
      parameters: {subnetId: subnet-1}
      reclaimPolicy: Retain
      volumeBindingMode: Immediate
      mountOptions: [flock]
      allowVolumeExpansion: false
      allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [us-east-1a]}]}]
    - name: gp3
      provisioner: ebs.csi.aws.com
      accessModes: [ReadWriteOnce]
  roles:
    modelCache: {class: fsx-sc, size: 2400Gi, accessMode: ReadWriteMany}
";

pub(super) const RELEASE: &str = "
graph: graph.yaml
profiles: [p]
namespace: {name: models, create: true}
serviceAccount: {name: chat, identity: 'arn:aws:iam::111122223333:role/models'}
storage: {modelCache: {claim: model-cache, mountPath: /models}}
secrets: [{name: hf-token-secret, data: [{key: HF_TOKEN, remote: hf, property: token}]}]
labels: {team: inference}
";

fn node(text: &str) -> Node {
    let mut mistakes = Vec::new();
    let mut documents = read::documents(text, 0, &read::Limits::default(), &mut mistakes);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    documents.remove(0)
}

pub(super) fn pair(graph: &str, profile: &str, release: &str) -> Pair {
    let mut mistakes = Vec::new();
    let mut documents = read::documents(graph, 0, &read::Limits::default(), &mut mistakes);
    let object = documents.remove(0);
    let graph: Graph = convert::normalize(&object, documents, &mut mistakes).unwrap();
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let spec = from_node::<ReleaseSpec>(&node(release)).unwrap();
    let namespace = spec.namespace.as_ref();
    Pair {
        color: None,
        colors: Vec::new(),
        release: Arc::new(ResolvedRelease {
            name: "chat".to_owned(),
            namespace: namespace.map_or("models".to_owned(), |n| n.name.value.clone()),
            spec,
            templates: Vec::new(),
        }),
        profile: Arc::new(ResolvedProfile {
            name: "p".to_owned(),
            spec: from_node(&node(profile)).unwrap(),
            document: Node::default(),
        }),
        graph: Arc::new(graph),
    }
}

/// The objects, rendered, by kind and name, and the codes of what was said.
pub(super) fn planned(
    graph: &str,
    profile: &str,
    release: &str,
) -> (BTreeMap<String, Json>, Vec<Diagnostic>) {
    let pair = pair(graph, profile, release);
    let (mut decisions, mut diagnostics) = (Decisions::default(), Vec::new());
    let graphs = std::slice::from_ref(&pair.graph.object);
    let objects = plan(&pair, graphs, &mut decisions, &mut diagnostics);
    let templates = Templates::new(builtin::template, BTreeMap::new());
    let mut made = BTreeMap::new();
    for planned in &objects {
        let object = render::render(&templates, planned).unwrap();
        let text = |path| object.pointer(path).and_then(Node::as_str).unwrap();
        let key = format!("{}/{}", text("/kind"), text("/metadata/name"));
        assert!(
            made.insert(key.clone(), object.to_json()).is_none(),
            "{key} twice"
        );
    }
    (made, diagnostics)
}

fn all() -> (BTreeMap<String, Json>, Vec<Diagnostic>) {
    planned(GRAPH, PROFILE, RELEASE)
}

fn codes(diagnostics: &[Diagnostic]) -> Vec<&'static str> {
    diagnostics.iter().map(|d| d.rule.code).collect()
}

#[test]
fn a_release_gets_every_object_it_asks_for() {
    let (objects, diagnostics) = all();
    let keys: Vec<&str> = objects.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "ConfigMap/chat-dashboard",
            "ExternalSecret/hf-token-secret",
            "Namespace/models",
            "NetworkPolicy/chat-deny",
            "NetworkPolicy/chat-egress",
            "NetworkPolicy/chat-frontend",
            "NetworkPolicy/chat-mesh",
            "NetworkPolicy/chat-metrics",
            "PersistentVolumeClaim/model-cache",
            "PodDisruptionBudget/chat-decode",
            "PodDisruptionBudget/chat-frontend",
            "PodMonitor/chat-planner",
            "PodMonitor/chat-workers",
            "PrometheusRule/chat-slo",
            "Role/chat-discovery",
            "RoleBinding/chat-discovery",
            "ServiceAccount/chat",
            "ServiceMonitor/chat-frontend",
            "StorageClass/fsx-sc",
        ]
    );
    assert_eq!(codes(&diagnostics), [""; 0]);
}

#[test]
fn every_object_is_valid_and_says_whose_it_is() {
    let pair = pair(GRAPH, PROFILE, RELEASE);
    let (mut decisions, mut diagnostics) = (Decisions::default(), Vec::new());
    let graphs = std::slice::from_ref(&pair.graph.object);
    let objects = plan(&pair, graphs, &mut decisions, &mut diagnostics);
    let templates = Templates::new(builtin::template, BTreeMap::new());
    let manifests: Vec<_> = objects
        .iter()
        .map(|planned| {
            let object = render::render(&templates, planned).unwrap();
            let labels = object.at(&["metadata", "labels"]).unwrap().to_json();
            assert_eq!(labels["app.kubernetes.io/managed-by"], "graphwright");
            if planned.template != "storage-class" {
                assert_eq!(labels["app.kubernetes.io/name"], "chat");
                assert_eq!(labels["team"], "inference");
            }
            assert_eq!(
                decisions.get(planned.origin).unwrap().rule.code,
                planned.rule.code
            );
            crate::model::Manifest {
                key: crate::model::ObjectKey::of(&object).unwrap(),
                object,
                component: planned.component.clone(),
                maker: crate::model::object::Maker::Template(planned.template.to_string()),
            }
        })
        .collect();
    let profile = crate::builtin_profile("base", &mut crate::Sources::default()).unwrap();
    let found = validate::validate(&validate::Subject {
        manifests: &manifests,
        existing: &[],
        schemas: crate::schema::Schemas::builtin(),
        profile: &profile,
        cluster_is_known: false,
        is_whole: false,
        decisions: &decisions,
        before: None,
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn selectors_are_the_labels_pods_have() {
    let (objects, _) = all();
    assert_eq!(
        objects["PodDisruptionBudget/chat-frontend"]["spec"],
        json!({
            "maxUnavailable": 1,
            "selector": {"matchLabels": {
                "nvidia.com/dynamo-graph-deployment-name": "chat",
                // As written, not in lower case.
                "nvidia.com/dynamo-component": "Frontend",
            }},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        })
    );
    let selector = json!({"matchLabels": {"nvidia.com/dynamo-graph-deployment-name": "chat"}});
    for name in ["deny", "mesh", "egress", "metrics"] {
        let policy = &objects[&format!("NetworkPolicy/chat-{name}")];
        assert_eq!(policy["spec"]["podSelector"], selector, "{name}");
    }
    assert_eq!(
        objects["ServiceMonitor/chat-frontend"]["spec"]["selector"],
        selector
    );
    assert_eq!(
        objects["PodMonitor/chat-workers"]["spec"]["selector"],
        json!({
            "matchLabels": {
                "nvidia.com/dynamo-graph-deployment-name": "chat",
                "nvidia.com/metrics-enabled": "true",
            },
            "matchExpressions": [{
                "key": "nvidia.com/dynamo-component-type",
                "operator": "In",
                "values": ["worker", "prefill", "decode"],
            }],
        })
    );
}

#[test]
fn no_selector_uses_a_label_that_others_own() {
    let (objects, _) = all();
    for (key, object) in &objects {
        let spec = object["spec"].to_string();
        for label in ["app.kubernetes.io/", "nvidia.com/selector", "worker-hash"] {
            assert!(!spec.contains(label), "{key}: {label}");
        }
    }
}

#[test]
fn policies_deny_both_ways_and_open_the_mesh_whole() {
    let (objects, _) = all();
    let deny = &objects["NetworkPolicy/chat-deny"]["spec"];
    assert_eq!(deny["policyTypes"], json!(["Ingress", "Egress"]));
    assert!(deny.get("ingress").is_none() && deny.get("egress").is_none());
    let mesh = &objects["NetworkPolicy/chat-mesh"]["spec"];
    let peer = json!({"podSelector": mesh["podSelector"]});
    assert_eq!(mesh["ingress"], json!([{"from": [peer]}]));
    assert_eq!(mesh["egress"], json!([{"to": [peer]}]));
    let frontend = &objects["NetworkPolicy/chat-frontend"]["spec"];
    assert_eq!(
        frontend["ingress"][0]["ports"],
        json!([{"protocol": "TCP", "port": 8000}])
    );
    assert_eq!(
        frontend["ingress"][0]["from"][0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"],
        "gateway-system"
    );
}

#[test]
fn a_frontend_is_open_where_no_gateway_is_named() {
    let profile = PROFILE.replace("ingressNamespaces: [gateway-system], ", "");
    let (objects, diagnostics) = planned(GRAPH, &profile, RELEASE);
    assert_eq!(
        objects["NetworkPolicy/chat-frontend"]["spec"]["ingress"],
        json!([{"ports": [{"protocol": "TCP", "port": 8000}]}])
    );
    assert!(diagnostics.is_empty());
}

#[test]
fn storage_is_checked_against_the_class() {
    let (objects, _) = all();
    assert_eq!(
        objects["PersistentVolumeClaim/model-cache"]["spec"],
        json!({
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": "2400Gi"}},
            "storageClassName": "fsx-sc",
        })
    );
    assert_eq!(
        objects["StorageClass/fsx-sc"]["allowVolumeExpansion"],
        false
    );
    let said = |storage: &str| {
        let release = RELEASE.replace("{claim: model-cache, mountPath: /models}", storage);
        let (_, diagnostics) = planned(GRAPH, PROFILE, &release);
        diagnostics
            .iter()
            .map(|d| format!("{}: {}", d.rule.code, d.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        said("{claim: c, mountPath: /m, size: 500Gi}"),
        ["storage-size: the storage class `fsx-sc` starts at 1200Gi; 500Gi becomes 1200Gi"]
    );
    assert_eq!(
        said("{claim: c, mountPath: /m, size: 3Ti}"),
        ["storage-size: the storage class `fsx-sc` grows in steps of 2400Gi; 3Ti becomes 4800Gi"]
    );
    assert_eq!(
        said("{claim: c, mountPath: /m, class: gp3}"),
        [
            "storage-access-mode: the storage class `gp3` (ebs.csi.aws.com) cannot give `ReadWriteMany`"
        ]
    );
    assert_eq!(
        said("{claim: c, mountPath: /m, class: gp3, accessMode: ReadWriteOnce}"),
        [
            "storage-shared: the claim `c` is `ReadWriteOnce`, but 4 pods mount it: those of `Frontend`, `decode`"
        ]
    );
    assert_eq!(
        said("{claim: c, class: gp3, accessMode: ReadWriteOnce}"),
        [""; 0]
    );
    assert_eq!(
        said("{claim: c, class: fsx}"),
        ["storage-class-unknown: the profile does not know the storage class `fsx`"]
    );
    assert_eq!(said("{claim: c, existing: true}"), [""; 0]);
}

#[test]
fn a_file_system_that_exists_is_bound_by_name() {
    let profile = PROFILE.replace(
        "create: true",
        "staticVolume: {volumeHandle: fs-1, volumeAttributes: {dnsname: d, mountname: m}}",
    );
    let (objects, diagnostics) = planned(GRAPH, &profile, RELEASE);
    assert_eq!(codes(&diagnostics), [""; 0]);
    let volume = &objects["PersistentVolume/models-model-cache"]["spec"];
    assert_eq!(
        volume["claimRef"],
        json!({"namespace": "models", "name": "model-cache"})
    );
    assert_eq!(volume["csi"]["volumeHandle"], "fs-1");
    assert_eq!(
        objects["PersistentVolumeClaim/model-cache"]["spec"]["volumeName"],
        "models-model-cache"
    );
}

#[test]
fn a_claim_in_the_graphs_file_wins() {
    let graph = format!(
        "{GRAPH}---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: model-cache}}\n"
    );
    let (objects, diagnostics) = planned(&graph, PROFILE, RELEASE);
    assert!(!objects.contains_key("PersistentVolumeClaim/model-cache"));
    assert_eq!(codes(&diagnostics), ["storage-claim-written"]);
}

#[test]
fn a_namespace_is_as_strict_as_its_pods_allow() {
    let level = |profile: &str, release: &str| {
        let (objects, diagnostics) = planned(GRAPH, profile, release);
        let labels = objects["Namespace/models"]["metadata"]["labels"].clone();
        let level = labels["pod-security.kubernetes.io/enforce"]
            .as_str()
            .unwrap()
            .to_owned();
        (level, codes(&diagnostics))
    };
    assert_eq!(level(PROFILE, RELEASE), ("baseline".to_owned(), vec![]));
    let fabric =
        format!("{PROFILE}fabric: {{kind: efa, security: {{capabilities: [IPC_LOCK]}}}}\n");
    assert_eq!(level(&fabric, RELEASE), ("privileged".to_owned(), vec![]));
    let strict = RELEASE.replace("create: true", "create: true, podSecurity: baseline");
    assert_eq!(
        level(&fabric, &strict),
        ("baseline".to_owned(), vec!["pod-security"])
    );
    let held = format!("{fabric}podSecurity: restricted\n");
    assert_eq!(
        level(&held, RELEASE),
        ("privileged".to_owned(), vec!["pod-security"])
    );
}

#[test]
fn identities_follow_the_mechanism() {
    let with = |kind: &str, identity: &str| {
        let profile = PROFILE.replace("kind: irsa", &format!("kind: {kind}"));
        let release = RELEASE.replace("arn:aws:iam::111122223333:role/models", identity);
        let (objects, diagnostics) = planned(GRAPH, &profile, &release);
        let annotations = objects["ServiceAccount/chat"]["metadata"].get("annotations");
        (annotations.cloned(), codes(&diagnostics))
    };
    let arn = "arn:aws:iam::111122223333:role/models";
    assert_eq!(
        with("irsa", arn),
        (Some(json!({"eks.amazonaws.com/role-arn": arn})), vec![])
    );
    assert_eq!(
        with("podIdentity", arn),
        (None, vec!["identity-association"])
    );
    assert_eq!(with("none", arn), (None, vec!["identity-unsupported"]));
    let id = "01234567-89ab-cdef-0123-456789abcdef";
    assert_eq!(
        with("azureWorkload", id),
        (
            Some(json!({"azure.workload.identity/client-id": id})),
            vec![]
        )
    );
    assert_eq!(with("gkeWorkload", arn).1, ["identity-form"]);
}

#[test]
fn secrets_are_filled_never_written() {
    let (objects, _) = all();
    assert_eq!(
        objects["ExternalSecret/hf-token-secret"]["spec"]["data"],
        json!([{"secretKey": "HF_TOKEN", "remoteRef": {"key": "hf", "property": "token"}}])
    );
    let profile = PROFILE.replace(
        "backend: externalSecrets, store: {kind: ClusterSecretStore, name: vault}",
        "backend: secretsStoreCsi, provider: {name: azure, parameters: {keyvaultName: kv}}",
    );
    let (objects, diagnostics) = planned(GRAPH, &profile, RELEASE);
    assert_eq!(codes(&diagnostics), [""; 0]);
    let spec = &objects["SecretProviderClass/hf-token-secret"]["spec"];
    assert_eq!(spec["parameters"]["keyvaultName"], "kv");
    assert_eq!(
        spec["secretObjects"][0]["data"],
        json!([{"key": "HF_TOKEN", "objectName": "HF_TOKEN"}])
    );
    let fetched: Json =
        serde_json::from_str(spec["parameters"]["objects"].as_str().unwrap()).unwrap();
    let first: Json = serde_json::from_str(fetched["array"][0].as_str().unwrap()).unwrap();
    assert_eq!(
        first,
        json!({"objectName": "hf", "objectType": "secret", "objectAlias": "HF_TOKEN"})
    );
    let none = PROFILE.replace("backend: externalSecrets,", "");
    let (_, diagnostics) = planned(GRAPH, &none, RELEASE);
    assert_eq!(codes(&diagnostics), ["secret-backend"]);
    let other = RELEASE.replace("hf-token-secret", "hf-tokens");
    let (_, diagnostics) = planned(GRAPH, PROFILE, &other);
    assert_eq!(codes(&diagnostics), ["secret-not-declared"]);
}

#[test]
fn a_pasted_token_is_an_error_that_does_not_show_it() {
    // Put together here, so that scanners of this repository stay quiet.
    let token = format!("{}{}", "hf_", "AbCdEfGhIjKlMnOpQrStUvWxYz01");
    for place in [
        format!("env: [{{name: HF_TOKEN, value: {token}}}]"),
        format!("args: ['curl -H \"Bearer {token}\"']"),
    ] {
        let graph = GRAPH.replace("envFrom: [{secretRef: {name: hf-token-secret}}]", &place);
        let mut sources = crate::source::Sources::default();
        sources.add("graph.yaml", graph.as_str());
        let (_, diagnostics) = planned(&graph, PROFILE, RELEASE);
        assert_eq!(codes(&diagnostics), ["secret-in-graph"], "{place}");
        let text = diagnostics[0].to_text(&sources, crate::diagnostic::Style::default());
        let json = diagnostics[0].to_json(&sources).to_string();
        for report in [text, json] {
            assert!(
                report.contains("graph.yaml") && !report.contains("AbCdEf"),
                "{report}"
            );
        }
    }
}

#[test]
fn nothing_is_watched_without_prometheus_or_against_the_graphs_will() {
    let watched = |objects: &BTreeMap<String, Json>| {
        objects
            .keys()
            .any(|key| key.contains("Monitor/") || key.starts_with("PrometheusRule/"))
    };
    let profile = PROFILE.replace("prometheusOperator: true, ", "");
    assert!(!watched(&planned(GRAPH, &profile, RELEASE).0));
    let graph = GRAPH.replace(
        "{name: chat}",
        "{name: chat, annotations: {nvidia.com/enable-metrics: 'false'}}",
    );
    let (objects, diagnostics) = planned(&graph, PROFILE, RELEASE);
    assert!(!watched(&objects));
    assert_eq!(codes(&diagnostics), ["metrics-disabled"]);
}

#[test]
fn alerts_hold_the_graph_to_its_objectives() {
    let (objects, _) = all();
    let rules = objects["PrometheusRule/chat-slo"]["spec"]["groups"][0]["rules"].clone();
    let expr = |name: &str| {
        let rules = rules.as_array().unwrap().iter();
        let mut found = rules.filter(|rule| rule["alert"] == name);
        found.next().unwrap()["expr"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        expr("DynamoTimeToFirstTokenHigh"),
        "histogram_quantile(0.95, sum by (le, model) (rate(dynamo_frontend_time_to_first_token_seconds_bucket{namespace=\"models\", job=\"chat\"}[5m]))) > 2"
    );
    assert_eq!(
        expr("DynamoNoWorkers"),
        "(sum(up{namespace=\"models\", job=\"chat\", endpoint=~\"system(-[01])?\", nvidia_com_dynamo_component=\"decode\"}) or vector(0)) == 0"
    );
    assert_eq!(
        expr("DynamoRestarts"),
        "sum by (pod, container) (increase(kube_pod_container_status_restarts_total{namespace=\"models\", pod=~\"chat-(0-)?(frontend|decode|planner)-.+\"}[30m])) > 2"
    );
    let release = format!("{RELEASE}monitoring: {{objectives: {{errorRatio: 1.5}}}}\n");
    let (objects, diagnostics) = planned(GRAPH, PROFILE, &release);
    assert_eq!(codes(&diagnostics), ["objective-range"]);
    assert!(!objects.contains_key("PrometheusRule/chat-slo"));
}

#[test]
fn the_dashboard_is_json_that_flux_leaves_alone() {
    let (objects, _) = all();
    let data = &objects["ConfigMap/chat-dashboard"]["data"]["models-chat.json"];
    let text = data.as_str().unwrap();
    assert!(!text.contains("${") && !text.contains("$$"));
    let dashboard: Json = serde_json::from_str(text).unwrap();
    assert_eq!(dashboard["panels"].as_array().unwrap().len(), 10);
    assert!(dashboard["uid"].as_str().unwrap().len() <= 40);
}

#[test]
fn nixl_is_scraped_where_its_telemetry_is_on() {
    let ports = |profile: &str| {
        let (objects, _) = planned(GRAPH, profile, RELEASE);
        let endpoints = objects["PodMonitor/chat-workers"]["spec"]["podMetricsEndpoints"].clone();
        let endpoints = endpoints.as_array().unwrap().iter();
        endpoints
            .map(|e| e["port"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ports(PROFILE), ["system"]);
    let fabric = format!(
        "{PROFILE}fabric: {{kind: efa, env: [{{name: NIXL_TELEMETRY_ENABLE, value: 'y'}}]}}\n"
    );
    assert_eq!(ports(&fabric), ["system", "nixl"]);
}

#[test]
fn multinode_components_lose_one_pod_at_a_time() {
    let graph = GRAPH.replace(
        "      type: decode\n",
        "      type: decode\n      multinode: {nodeCount: 4}\n",
    );
    let (objects, _) = planned(&graph, PROFILE, RELEASE);
    assert_eq!(
        objects["PodDisruptionBudget/chat-decode"]["spec"]["maxUnavailable"],
        1
    );
}

#[test]
fn long_names_are_shortened_and_noted() {
    let long = format!("a{}", "b".repeat(249));
    let graph = GRAPH.replace("{name: chat}", &format!("{{name: {long}}}"));
    let (objects, diagnostics) = planned(&graph, PROFILE, RELEASE);
    assert!(
        diagnostics
            .iter()
            .any(|d| d.rule.code == "object-name-shortened")
    );
    for key in objects.keys() {
        let (_, name) = key.split_once('/').unwrap();
        assert!(crate::model::object::is_subdomain(name), "{key}");
    }
}

#[test]
fn every_template_has_a_context_and_uses_all_of_it() {
    let mut known: Vec<&str> = contexts::ALL
        .iter()
        .map(|context| context.template)
        .collect();
    known.sort_unstable();
    assert_eq!(known, builtin::templates().collect::<Vec<_>>());
    for context in contexts::ALL {
        let text = builtin::template(context.template).unwrap();
        for field in context.fields {
            let used = [" ", "(", ", "]
                .iter()
                .any(|before| text.contains(&format!("{before}{} ", field.name)));
            assert!(used, "`{}` does not use `{}`", context.template, field.name);
            assert!(!field.doc.is_empty());
        }
    }
}

#[test]
fn a_template_of_the_users_own_sees_the_release() {
    let pair = pair(GRAPH, PROFILE, RELEASE);
    let planned = added(&pair, "mine", &mut Decisions::default());
    for field in contexts::RELEASE.fields {
        assert!(planned.context.get(field.name).is_some(), "{}", field.name);
    }
    assert_eq!(
        planned.context.as_map().unwrap().len(),
        contexts::RELEASE.fields.len()
    );
}
