use serde_json::{Value as Json, json};

use crate::convert::normalize;
use crate::origin::Origin;
use crate::yaml::Node;

/// The objects that an ingress becomes, and the codes and messages of what is said.
fn made(kind: &str, ingress: Json) -> (Vec<Json>, Vec<(&'static str, String)>) {
    let graph = json!({
        "apiVersion": "nvidia.com/v1alpha1",
        "kind": "DynamoGraphDeployment",
        "metadata": {"name": "chat", "namespace": "models"},
        "spec": {"services": {"Frontend": {"componentType": kind, "ingress": ingress}}},
    });
    let graph = Node::from_json(&graph, Origin::None);
    let mut diagnostics = Vec::new();
    let graph = normalize(&graph, Vec::new(), &mut diagnostics);
    let objects = graph.map(|graph| graph.objects).unwrap_or_default();
    let said = diagnostics.into_iter().map(|d| (d.rule.code, d.message));
    (objects.iter().map(Node::to_json).collect(), said.collect())
}

#[test]
fn an_ingress_becomes_an_object_with_the_operators_host() {
    let (objects, said) = made(
        "frontend",
        json!({
            "enabled": true, "host": "chat", "hostPrefix": "my-", "hostSuffix": "example.com",
            "ingressControllerClassName": "nginx", "tls": {"secretName": "chat-tls"},
        }),
    );
    assert_eq!(said, []);
    assert_eq!(
        objects,
        [json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "chat-frontend-ingress", "namespace": "models"},
            "spec": {
                "ingressClassName": "nginx",
                "tls": [{"hosts": ["my-chat.example.com"], "secretName": "chat-tls"}],
                "rules": [{
                    "host": "my-chat.example.com",
                    "http": {"paths": [{
                        "path": "/",
                        "pathType": "Prefix",
                        "backend": {"service": {"name": "chat-frontend", "port": {"number": 8000}}},
                    }]},
                }],
            },
        })]
    );
}

#[test]
fn a_virtual_service_takes_the_place_of_an_ingress() {
    let (objects, said) = made(
        "frontend",
        json!({
            "enabled": true, "host": "chat", "hostSuffix": "example.com",
            "useVirtualService": true, "virtualServiceGateway": "istio-ingress/inference",
        }),
    );
    assert_eq!(said, []);
    assert_eq!(objects[0]["kind"], "VirtualService");
    assert_eq!(
        objects[0]["spec"],
        json!({
            "hosts": ["chat.example.com"],
            "gateways": ["istio-ingress/inference"],
            "http": [{
                "match": [{"uri": {"prefix": "/"}}],
                "route": [{"destination": {"host": "chat-frontend", "port": {"number": 8000}}}],
            }],
        })
    );
}

#[test]
fn what_differs_from_the_operator_is_said() {
    let one = |more: Json| {
        let mut ingress = json!({
            "enabled": true, "host": "chat", "ingressControllerClassName": "nginx",
        });
        for (key, value) in more.as_object().unwrap() {
            ingress[key] = value.clone();
        }
        let (objects, said) = made("frontend", ingress);
        let host = objects[0]["spec"]["rules"][0]["host"].as_str().unwrap();
        let codes: Vec<_> = said.iter().map(|(code, _)| *code).collect();
        (host.to_owned(), codes, objects[0]["metadata"].clone())
    };
    let (host, codes, _) = one(json!({}));
    assert_eq!((host.as_str(), codes), ("chat.local", vec![]));
    let (host, codes, _) = one(json!({"host": "chat.example.com"}));
    let dropped = vec!["ingress-dropped"];
    assert_eq!(
        (host.as_str(), codes),
        ("chat.example.com.local", dropped.clone())
    );
    let (host, codes, _) = one(json!({"host": "chat.example.com", "hostSuffix": ""}));
    assert_eq!(
        (host.as_str(), codes),
        ("chat.example.com", dropped.clone())
    );
    let (_, codes, metadata) = one(json!({"annotations": {"a/b": "c"}}));
    assert_eq!(codes, dropped);
    assert_eq!(metadata["annotations"], json!({"a/b": "c"}));
}

#[test]
fn what_the_operator_makes_nothing_of_becomes_nothing() {
    let said = |kind: &str, ingress: Json| {
        let (objects, said) = made(kind, ingress);
        assert_eq!(objects, [] as [Json; 0]);
        said.into_iter().map(|(code, _)| code).collect::<Vec<_>>()
    };
    let host = json!({"enabled": true, "host": "chat"});
    assert_eq!(said("frontend", host.clone()), ["ingress-dropped"]);
    assert_eq!(said("worker", host), ["graph-ignored-field"]);
    assert_eq!(
        said("frontend", json!({"host": "chat"})),
        ["graph-ignored-field"]
    );
    assert_eq!(
        said(
            "frontend",
            json!({"enabled": true, "host": "chat", "useVirtualService": true}),
        ),
        ["ingress-dropped"]
    );
    assert_eq!(
        said(
            "frontend",
            json!({"enabled": true, "ingressControllerClassName": "nginx"})
        ),
        ["graph-missing-field"]
    );
    assert_eq!(
        said("frontend", json!({"enabled": true, "hosts": ["chat"]}))[0],
        "graph-unknown-field"
    );
}
