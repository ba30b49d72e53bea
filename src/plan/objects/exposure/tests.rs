use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::super::tests::{GRAPH, planned};

const CHAT: &str = "
graph: graph.yaml
profiles: [p]
namespace: {name: models}
exposure: {hosts: [chat.example.com], scope: public, tls: {gateway: true}}
";

fn with(profile: &str, exposure: &str) -> (BTreeMap<String, Json>, Vec<&'static str>) {
    let release = CHAT.replace(
        "exposure: {hosts: [chat.example.com], scope: public, tls: {gateway: true}}",
        &format!("exposure: {exposure}"),
    );
    let (objects, diagnostics) = planned(GRAPH, profile, &release);
    (objects, diagnostics.iter().map(|d| d.rule.code).collect())
}

/// Who may come in to the frontend, by its network policy.
fn from(objects: &BTreeMap<String, Json>) -> Vec<&str> {
    let peers = &objects["NetworkPolicy/chat-frontend"]["spec"]["ingress"][0]["from"];
    let peers = peers.as_array().map(Vec::as_slice).unwrap_or_default();
    let name = "/namespaceSelector/matchLabels/kubernetes.io~1metadata.name";
    peers
        .iter()
        .filter_map(|peer| peer.pointer(name)?.as_str())
        .collect()
}

#[test]
fn the_address_selects_frontends_whatever_their_generation() {
    let (objects, codes) = with("{}", "{kind: service}");
    assert_eq!(codes, [""; 0]);
    let service = &objects["Service/chat"]["spec"];
    assert_eq!(
        service["selector"],
        json!({
            "nvidia.com/dynamo-graph-deployment-name": "chat",
            "nvidia.com/dynamo-component": "Frontend",
        })
    );
    assert_eq!(service["ports"][0]["port"], 8000);
    assert!(!objects.contains_key("Service/chat-preview"));
}

#[test]
fn google_reads_the_class_of_an_ingress_from_an_annotation() {
    let profile = "{provider: gke, entry: {kind: ingress, controller: gce, internalClass: gce-internal, publicClass: gce}}";
    let (objects, _) = with(profile, "{hosts: [chat.example.com]}");
    let ingress = &objects["Ingress/chat"];
    assert_eq!(
        ingress["metadata"]["annotations"]["kubernetes.io/ingress.class"],
        "gce-internal"
    );
    assert!(ingress["spec"].get("ingressClassName").is_none());
    let (objects, _) = with(profile, "{hosts: [chat.example.com], class: kong}");
    assert_eq!(objects["Ingress/chat"]["spec"]["ingressClassName"], "kong");
}

#[test]
fn load_balancers_outside_the_cluster_reach_the_frontend() {
    let profile = |entry: &str| {
        format!(
            "{{provider: eks, capabilities: {{networkPolicy: true, gatewayApi: true, istio: true}}, network: {{ingressNamespaces: [edge]}}, entry: {entry}}}"
        )
    };
    let hosts = "{hosts: [chat.example.com]}";
    let alb = profile("{kind: ingress, controller: alb, internalClass: alb}");
    let (objects, _) = with(&alb, hosts);
    let rule = &objects["NetworkPolicy/chat-frontend"]["spec"]["ingress"][0];
    assert!(rule.get("from").is_none() && rule.get("ports").is_some());
    let nginx = profile("{kind: ingress, controller: nginx, internalClass: nginx}");
    assert_eq!(from(&with(&nginx, hosts).0), ["edge"]);
    let istio = profile("{kind: istio, gateway: {name: g, namespace: mesh}}");
    assert_eq!(from(&with(&istio, hosts).0), ["edge", "mesh"]);
    let google = profile("{kind: gateway, gateway: {name: g, class: gke-l7-rilb}}");
    assert_eq!(from(&with(&google, hosts).0), [""; 0]);
    let inside = profile("{kind: gateway, gateway: {name: g, namespace: edge, class: istio}}");
    assert_eq!(from(&with(&inside, hosts).0), ["edge"]);
}

#[test]
fn a_longer_time_out_than_the_load_balancer_takes_is_said() {
    let alb = "{provider: eks, entry: {kind: ingress, controller: alb, internalClass: alb}}";
    let said = |seconds: u32| {
        let exposure = format!("{{hosts: [chat.example.com], timeoutSeconds: {seconds}}}");
        let (objects, codes) = with(alb, &exposure);
        let annotations = &objects["Ingress/chat"]["metadata"]["annotations"];
        let key = "alb.ingress.kubernetes.io/load-balancer-attributes";
        (annotations[key].as_str().unwrap().to_owned(), codes)
    };
    let most = "idle_timeout.timeout_seconds=4000".to_owned();
    assert_eq!(said(4000), (most.clone(), vec![]));
    assert_eq!(said(4001), (most, vec!["exposure-timeout"]));
}

#[test]
fn a_host_stands_in_one_entry_once() {
    let alb = "{provider: eks, entry: {kind: ingress, controller: alb, internalClass: alb}}";
    let (objects, codes) = with(alb, "{hosts: [a.example.com, a.example.com]}");
    assert_eq!(codes, ["exposure-host"]);
    assert!(!objects.contains_key("Ingress/chat"));
    let (_, codes) = with(alb, "{hosts: [a.example.com, b.example.com]}");
    assert_eq!(codes, [""; 0]);
}
