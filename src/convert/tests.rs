//! One test for each row of the conversion table (ai-dynamo/dynamo
//! deploy/operator/api/CONVERSION.md), and for what is refused.

use serde_json::{Value as Json, json};

use super::*;
use crate::diagnostic::has_errors;
use crate::origin::{Origin, Place};
use crate::rules::Severity;

fn graph(version: &str, spec: Json) -> Node {
    let graph = json!({
        "apiVersion": format!("nvidia.com/{version}"),
        "kind": "DynamoGraphDeployment",
        "metadata": {"name": "chat"},
        "spec": spec,
    });
    Node::from_json(&graph, Origin::None)
}

fn alpha(service: Json) -> Node {
    graph("v1alpha1", json!({"services": {"w": service}}))
}

fn beta(component: Json) -> Node {
    let mut component = component;
    component["name"] = json!("w");
    graph("v1beta1", json!({ "components": [component] }))
}

/// The conversion, which must not complain, and must come back.
fn converted(object: &Node, to: GraphVersion) -> Node {
    let (result, diagnostics) = with_diagnostics(object, to);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    result.expect("no error")
}

/// The conversion and what was said; what comes out must come back.
fn with_diagnostics(object: &Node, to: GraphVersion) -> (Option<Node>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let result = convert(object, to, &mut diagnostics).map(|converted| converted.object);
    assert_eq!(
        result.is_none(),
        has_errors(&diagnostics),
        "{diagnostics:#?}"
    );
    if let Some(result) = &result {
        let mut unheard = Vec::new();
        let from = match to {
            GraphVersion::V1Alpha1 => GraphVersion::V1Beta1,
            GraphVersion::V1Beta1 => GraphVersion::V1Alpha1,
        };
        let back = convert(result, from, &mut unheard).expect("what came out comes back");
        assert_eq!(back.object.to_json(), object.to_json(), "{unheard:#?}");
    }
    (result, diagnostics)
}

/// A service and the component it is the canonical form of: both ways, with nothing left to remember.
fn pairs(service: Json, component: Json) {
    let (service, component) = (alpha(service), beta(component));
    assert_eq!(
        converted(&service, GraphVersion::V1Beta1).to_json(),
        component.to_json()
    );
    assert_eq!(
        converted(&component, GraphVersion::V1Alpha1).to_json(),
        service.to_json()
    );
}

/// What a service becomes, the annotation aside.
fn becomes(service: Json, component: Json) {
    let mut result = converted(&alpha(service), GraphVersion::V1Beta1);
    assert!(unconverted::take(&mut result).is_some());
    assert_eq!(result.to_json(), beta(component).to_json());
}

/// The codes and subjects of what is said about a graph.
fn said(object: &Node, to: GraphVersion) -> Vec<(&'static str, String)> {
    let (_, diagnostics) = with_diagnostics(object, to);
    diagnostics
        .into_iter()
        .map(|d| (d.rule.code, d.subject.unwrap_or_default()))
        .map(|(code, subject)| {
            let field = subject.trim_start_matches("DynamoGraphDeployment/chat ");
            (code, field.to_owned())
        })
        .collect()
}

fn refuses_alpha(service: Json, code: &'static str, field: &str) {
    let field = format!("spec.services.w.{field}");
    assert_eq!(
        said(&alpha(service), GraphVersion::V1Beta1),
        [(code, field)]
    );
}

fn refuses_beta(component: Json, code: &'static str, field: &str) {
    let field = format!("spec.components.w.{field}");
    assert_eq!(
        said(&beta(component), GraphVersion::V1Alpha1),
        [(code, field)]
    );
}

fn pod(main: Json) -> Json {
    let mut main = main;
    main["name"] = json!("main");
    json!({"spec": {"containers": [main]}})
}

#[test]
fn names_are_the_keys_of_services_in_the_order_written() {
    let services = graph(
        "v1alpha1",
        json!({"services": {"b": {"replicas": 1}, "a": {}}}),
    );
    let components = graph(
        "v1beta1",
        json!({"components": [{"name": "b", "replicas": 1}, {"name": "a"}]}),
    );
    let result = converted(&services, GraphVersion::V1Beta1);
    assert_eq!(result.to_json(), components.to_json());
    assert_eq!(
        converted(&components, GraphVersion::V1Alpha1)
            .to_json()
            .to_string(),
        services.to_json().to_string()
    );
}

#[test]
fn env_and_topology_change_their_names() {
    let before = graph(
        "v1alpha1",
        json!({
            "envs": [{"name": "A", "value": "1"}],
            "topologyConstraint": {"topologyProfile": "t", "packDomain": "rack"},
            "services": {"w": {}},
        }),
    );
    let after = graph(
        "v1beta1",
        json!({
            "env": [{"name": "A", "value": "1"}],
            "topologyConstraint": {"clusterTopologyName": "t", "packDomain": "rack"},
            "components": [{"name": "w"}],
        }),
    );
    assert_eq!(converted(&before, GraphVersion::V1Beta1), after);
    assert_eq!(converted(&after, GraphVersion::V1Alpha1), before);
}

#[test]
fn workers_have_sub_types() {
    pairs(
        json!({"componentType": "worker", "subComponentType": "prefill"}),
        json!({"type": "prefill"}),
    );
    pairs(
        json!({"componentType": "frontend"}),
        json!({"type": "frontend"}),
    );
    becomes(
        json!({"componentType": "decode"}),
        json!({"type": "decode"}),
    );
    becomes(
        json!({"componentType": "worker", "subComponentType": null}),
        json!({"type": "worker"}),
    );
    becomes(json!({"componentType": ""}), json!({}));
}

#[test]
fn other_sub_types_are_ignored_and_come_back() {
    let service = json!({"componentType": "worker", "subComponentType": "encode"});
    assert_eq!(
        said(&alpha(service), GraphVersion::V1Beta1),
        [(
            "graph-ignored-field",
            "spec.services.w.subComponentType".to_owned()
        )]
    );
}

#[test]
fn unknown_types_are_refused() {
    refuses_alpha(
        json!({"componentType": "router"}),
        "graph-no-counterpart",
        "componentType",
    );
}

#[test]
fn shared_memory_is_a_size() {
    pairs(
        json!({"sharedMemory": {"size": "80Gi"}}),
        json!({"sharedMemorySize": "80Gi"}),
    );
    pairs(
        json!({"sharedMemory": {"disabled": true}}),
        json!({"sharedMemorySize": "0"}),
    );
    refuses_alpha(
        json!({"sharedMemory": {"size": "80GiB"}}),
        "graph-quantity",
        "sharedMemory.size",
    );
    refuses_alpha(
        json!({"sharedMemory": {}}),
        "graph-missing-field",
        "sharedMemory",
    );
    refuses_beta(
        json!({"sharedMemorySize": "-1"}),
        "graph-quantity",
        "sharedMemorySize",
    );
}

#[test]
fn a_zero_written_another_way_comes_back() {
    let result = converted(
        &beta(json!({"sharedMemorySize": 0})),
        GraphVersion::V1Alpha1,
    );
    let patch = result.at(&["metadata", "annotations", ANNOTATION]);
    assert_eq!(
        patch.and_then(Node::as_str),
        Some(
            r#"[{"op":"test","path":"/spec/components/w/sharedMemorySize","value":"0"},{"op":"replace","path":"/spec/components/w/sharedMemorySize","value":0}]"#
        )
    );
}

#[test]
fn the_first_cache_mount_is_the_compilation_cache() {
    pairs(
        json!({"volumeMounts": [
            {"name": "cache", "mountPoint": "/c", "useAsCompilationCache": true},
        ]}),
        json!({"compilationCache": {"pvcName": "cache", "mountPath": "/c"}}),
    );
}

#[test]
fn mounts_become_volumes_of_claims() {
    pairs(
        json!({
            "volumeMounts": [
                {"name": "models", "mountPoint": "/models"},
                {"name": "models", "mountPoint": "/again"},
                {"name": "own", "mountPoint": "/own"},
            ],
            "extraPodSpec": {
                "mainContainer": {"volumeMounts": [{"name": "scratch", "mountPath": "/s"}]},
                "volumes": [{"name": "scratch", "emptyDir": {}}],
            },
        }),
        json!({"podTemplate": {"spec": {
            "containers": [{"name": "main", "volumeMounts": [
                {"name": "scratch", "mountPath": "/s"},
                {"name": "models", "mountPath": "/models"},
                {"name": "models", "mountPath": "/again"},
                {"name": "own", "mountPath": "/own"},
            ]}],
            "volumes": [
                {"name": "scratch", "emptyDir": {}},
                {"name": "models", "persistentVolumeClaim": {"claimName": "models"}},
                {"name": "own", "persistentVolumeClaim": {"claimName": "own"}},
            ],
        }}}),
    );
}

#[test]
fn mounts_of_volumes_that_are_there_stay_theirs() {
    becomes(
        json!({
            "volumeMounts": [{"name": "scratch", "mountPoint": "/s"}],
            "extraPodSpec": {"volumes": [{"name": "scratch", "emptyDir": {}}]},
        }),
        json!({"podTemplate": {"spec": {
            "containers": [{"name": "main", "volumeMounts": [{"name": "scratch", "mountPath": "/s"}]}],
            "volumes": [{"name": "scratch", "emptyDir": {}}],
        }}}),
    );
}

#[test]
fn a_claim_that_others_mount_stays_a_volume() {
    let component = json!({"podTemplate": {"spec": {
        "containers": [
            {"name": "main", "volumeMounts": [{"name": "models", "mountPath": "/m"}]},
            {"name": "side", "volumeMounts": [{"name": "models", "mountPath": "/m"}]},
        ],
        "volumes": [{"name": "models", "persistentVolumeClaim": {"claimName": "models"}}],
    }}});
    let result = converted(&beta(component), GraphVersion::V1Alpha1);
    let service = result.at(&["spec", "services", "w"]).unwrap();
    assert!(service.get("volumeMounts").is_none());
    assert!(service.at(&["extraPodSpec", "volumes"]).is_some());
}

#[test]
fn scaling_adapters_are_enabled_by_being_there() {
    pairs(
        json!({"scalingAdapter": {"enabled": true}}),
        json!({"scalingAdapter": {}}),
    );
    let (result, said) = with_diagnostics(
        &alpha(json!({"scalingAdapter": {"enabled": false}})),
        GraphVersion::V1Beta1,
    );
    assert_eq!(said[0].severity, Severity::Note);
    let component = result.unwrap().pointer("/spec/components/0").cloned();
    assert_eq!(component.unwrap().to_json(), json!({"name": "w"}));
}

#[test]
fn experimental_features_stand_on_their_own_in_v1alpha1() {
    pairs(
        json!({
            "gpuMemoryService": {"enabled": true, "mode": "interPod", "deviceClassName": "d"},
            "failover": {"enabled": true, "mode": "interPod", "numShadows": 1},
            "checkpoint": {"enabled": true, "checkpointRef": "c"},
        }),
        json!({"experimental": {
            "gpuMemoryService": {"mode": "InterPod", "deviceClassName": "d"},
            "failover": {"mode": "InterPod", "numShadows": 1},
            "checkpoint": {"enabled": true, "checkpointRef": "c"},
        }}),
    );
    refuses_beta(
        json!({"experimental": {"grove": {"forceScalingGroup": true}}}),
        "graph-no-counterpart",
        "experimental.grove.forceScalingGroup",
    );
}

#[test]
fn resources_split_into_gpu_and_custom() {
    pairs(
        json!({"resources": {
            "limits": {"cpu": "4", "memory": "8Gi", "gpu": "2", "custom": {"vpc.amazonaws.com/efa": "4"}},
            "requests": {"gpu": "2"},
            "claims": [{"name": "imex"}],
        }}),
        json!({"podTemplate": pod(json!({"resources": {
            "limits": {"cpu": "4", "memory": "8Gi", "nvidia.com/gpu": "2", "vpc.amazonaws.com/efa": "4"},
            "requests": {"nvidia.com/gpu": "2"},
            "claims": [{"name": "imex"}],
        }}))}),
    );
    becomes(
        json!({"resources": {"limits": {"gpu": "1", "gpuType": "gpu.intel.com/xe"}}}),
        json!({"podTemplate": pod(json!({"resources": {"limits": {"gpu.intel.com/xe": "1"}}}))}),
    );
}

#[test]
fn quantities_that_upstream_would_drop_are_refused() {
    refuses_alpha(
        json!({"resources": {"limits": {"memory": "80 Gi"}}}),
        "graph-quantity",
        "resources.limits.memory",
    );
    refuses_alpha(
        json!({"resources": {"requests": {"custom": {"rdma/ib": "${COUNT}"}}}}),
        "graph-quantity",
        "resources.requests.custom.rdma/ib",
    );
    refuses_alpha(
        json!({"resources": {"limits": {"gpu": "1", "custom": {"nvidia.com/gpu": "2"}}}}),
        "graph-conflict",
        "resources.limits.custom.nvidia.com/gpu",
    );
}

#[test]
fn the_main_container_wins_and_lists_add_up() {
    let (result, said) = with_diagnostics(
        &alpha(json!({
            "envs": [{"name": "A", "value": "service"}, {"name": "B", "value": "service"}],
            "resources": {"limits": {"gpu": "1", "cpu": "2"}},
            "extraPodSpec": {"mainContainer": {
                "name": "",
                "image": "i",
                "env": [{"name": "C", "value": "main"}, {"name": "A", "value": "main"}],
                "resources": {"limits": {"cpu": "4"}, "requests": {"cpu": "1"}},
            }},
        })),
        GraphVersion::V1Beta1,
    );
    let codes: Vec<&str> = said.iter().map(|d| d.rule.code).collect();
    assert_eq!(codes, ["graph-ignored-field", "graph-ignored-field"]);
    let main = result.unwrap();
    let main = main
        .pointer("/spec/components/0/podTemplate/spec/containers/0")
        .unwrap();
    assert_eq!(
        main.to_json(),
        json!({
            "name": "main",
            "image": "i",
            "env": [
                {"name": "A", "value": "main"},
                {"name": "B", "value": "service"},
                {"name": "C", "value": "main"},
            ],
            "resources": {"limits": {"nvidia.com/gpu": "1", "cpu": "4"}, "requests": {"cpu": "1"}},
        })
    );
}

#[test]
fn what_the_main_container_would_drop_is_refused() {
    let probe = |path: &str| json!({"httpGet": {"path": path, "port": 1}});
    refuses_alpha(
        json!({
            "livenessProbe": probe("/a"),
            "extraPodSpec": {"mainContainer": {"livenessProbe": probe("/b")}},
        }),
        "graph-conflict",
        "livenessProbe",
    );
    refuses_alpha(
        json!({
            "envFromSecret": "a",
            "extraPodSpec": {"mainContainer": {"envFrom": [{"secretRef": {"name": "b"}}]}},
        }),
        "graph-conflict",
        "envFromSecret",
    );
}

#[test]
fn pod_metadata_secrets_and_probes_have_fields_of_their_own() {
    pairs(
        json!({
            "envFromSecret": "token",
            "livenessProbe": {"exec": {"command": ["true"]}},
            "extraPodMetadata": {"annotations": {"a": "b"}, "labels": {"c": "d"}},
            "extraPodSpec": {
                "mainContainer": {"image": "i", "startupProbe": {"exec": {"command": ["true"]}}},
                "containers": [{"name": "side", "image": "s"}],
                "nodeSelector": {"e": "f"},
            },
        }),
        json!({"podTemplate": {
            "metadata": {"annotations": {"a": "b"}, "labels": {"c": "d"}},
            "spec": {
                "containers": [
                    {
                        "name": "main",
                        "image": "i",
                        "startupProbe": {"exec": {"command": ["true"]}},
                        "envFrom": [{"secretRef": {"name": "token"}}],
                        "livenessProbe": {"exec": {"command": ["true"]}},
                    },
                    {"name": "side", "image": "s"},
                ],
                "nodeSelector": {"e": "f"},
            },
        }}),
    );
}

#[test]
fn the_frontend_sidecar_is_a_container() {
    pairs(
        json!({"frontendSidecar": {
            "image": "i", "args": ["-m"], "envs": [{"name": "A"}], "envFromSecret": "s",
        }}),
        json!({
            "frontendSidecar": "sidecar-frontend",
            "podTemplate": {"spec": {"containers": [
                {"name": "main"},
                {
                    "name": "sidecar-frontend", "image": "i", "args": ["-m"], "env": [{"name": "A"}],
                    "envFrom": [{"secretRef": {"name": "s"}}],
                },
            ]}},
        }),
    );
    let side = json!({"name": "side", "image": "i", "ports": [{"containerPort": 1}]});
    refuses_beta(
        json!({
            "frontendSidecar": "side",
            "podTemplate": {"spec": {"containers": [{"name": "main"}, side]}},
        }),
        "graph-no-counterpart",
        "podTemplate.spec.containers",
    );
}

#[test]
fn claims_to_create_become_objects() {
    let object = graph(
        "v1alpha1",
        json!({
            "pvcs": [
                {"name": "there"},
                {
                    "name": "new", "create": true, "size": "10Gi", "storageClass": "fast",
                    "volumeAccessMode": "ReadWriteMany",
                },
            ],
            "services": {"w": {"volumeMounts": [{"name": "there", "mountPoint": "/there"}]}},
        }),
    );
    let mut diagnostics = Vec::new();
    let graph = normalize(&object, Vec::new(), &mut diagnostics).unwrap();
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    let claims: Vec<Json> = graph.objects.iter().map(Node::to_json).collect();
    assert_eq!(
        claims,
        [json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "new"},
            "spec": {
                "accessModes": ["ReadWriteMany"],
                "resources": {"requests": {"storage": "10Gi"}},
                "storageClassName": "fast",
            },
        })]
    );
    assert!(graph.object.at(&["metadata", "annotations"]).is_none());
    with_diagnostics(&object, GraphVersion::V1Beta1);
}

#[test]
fn a_claim_that_nobody_mounts_is_pointed_out() {
    let object = graph(
        "v1alpha1",
        json!({"pvcs": [{"name": "idle"}], "services": {"w": {}}}),
    );
    let mut diagnostics = Vec::new();
    assert!(normalize(&object, Vec::new(), &mut diagnostics).is_some());
    assert_eq!(
        diagnostics[0].message,
        "claim `idle` is not mounted by any component"
    );
}

#[test]
fn an_object_of_the_file_stands_for_its_claim() {
    let object = graph(
        "v1alpha1",
        json!({
            "pvcs": [{
                "name": "c", "create": true, "size": "1Gi", "storageClass": "s",
                "volumeAccessMode": "ReadWriteOnce",
            }],
            "services": {"w": {}},
        }),
    );
    let claim = json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "c"}});
    let claim = Node::from_json(&claim, Origin::None);
    let mut diagnostics = Vec::new();
    let graph = normalize(&object, vec![claim], &mut diagnostics).unwrap();
    assert_eq!(graph.objects.len(), 1);
    assert_eq!(diagnostics[0].rule.code, "graph-ignored-field");
}

#[test]
fn claims_need_all_their_fields() {
    let object = graph(
        "v1alpha1",
        json!({"pvcs": [{"name": "n", "create": true, "size": "1Gi"}], "services": {"w": {}}}),
    );
    let missing = ("graph-missing-field", "spec.pvcs[0]".to_owned());
    assert_eq!(
        said(&object, GraphVersion::V1Beta1),
        [missing.clone(), missing]
    );
}

#[test]
fn what_would_change_behaviour_is_refused() {
    refuses_alpha(
        json!({"componentType": "frontend", "ingress": {"enabled": true}}),
        "graph-missing-field",
        "ingress",
    );
    refuses_alpha(
        json!({"labels": {"a": "b"}}),
        "graph-no-counterpart",
        "labels",
    );
    refuses_alpha(
        json!({"annotations": {"a": "b"}}),
        "graph-no-counterpart",
        "annotations",
    );
    refuses_beta(
        json!({"podTemplate": {"metadata": {"finalizers": ["f"]}}}),
        "graph-no-counterpart",
        "podTemplate.metadata.finalizers",
    );
}

#[test]
fn what_the_operator_ignores_comes_back() {
    let service = json!({
        "dynamoNamespace": "x",
        "autoscaling": {"enabled": true},
        "serviceName": "other",
        "ingress": {"enabled": false, "host": "h"},
        "labels": {},
        "gpuMemoryService": {"enabled": false, "mode": "intraPod"},
    });
    let said = said(&alpha(service), GraphVersion::V1Beta1);
    assert!(
        said.iter().all(|(code, _)| *code == "graph-ignored-field"),
        "{said:?}"
    );
    assert_eq!(said.len(), 5);
}

#[test]
fn unknown_fields_are_named_with_a_suggestion() {
    let help = |object: &Node, to| {
        let (_, diagnostics) = with_diagnostics(object, to);
        assert_eq!(diagnostics[0].rule.code, "graph-unknown-field");
        diagnostics[0].help.join("\n")
    };
    let to = GraphVersion::V1Beta1;
    assert_eq!(
        help(&alpha(json!({"replica": 1})), to),
        "did you mean `replicas`?"
    );
    assert_eq!(
        help(&alpha(json!({"env": []})), to),
        "`env` is a name of v1beta1; in v1alpha1 it is `envs`"
    );
    assert_eq!(
        help(&alpha(json!({"image": "i"})), to),
        "it belongs under `extraPodSpec.mainContainer.image`"
    );
    assert_eq!(
        help(
            &alpha(json!({"resources": {"limits": {"rdma/ib": "1"}}})),
            to
        ),
        "put it under `custom`"
    );
    assert_eq!(
        help(&beta(json!({"podTemplates": {}})), GraphVersion::V1Alpha1),
        "did you mean `podTemplate`?"
    );
}

#[test]
fn components_need_names_of_their_own() {
    let object = graph(
        "v1beta1",
        json!({"components": [{"name": "a"}, {"name": "a"}, {}]}),
    );
    let codes: Vec<&str> = said(&object, GraphVersion::V1Alpha1)
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    assert_eq!(codes, ["graph-component-name", "graph-component-name"]);
}

#[test]
fn an_edit_in_between_is_found() {
    let original = alpha(json!({
        "envs": [{"name": "A", "value": "1"}],
        "dynamoNamespace": "x",
        "resources": {"limits": {"gpu": "1", "gpuType": "gpu.intel.com/xe"}},
    }));
    let mut diagnostics = Vec::new();
    let result = convert(&original, GraphVersion::V1Beta1, &mut diagnostics).unwrap();
    let main = "/spec/components/0/podTemplate/spec/containers/0";

    // Something the patch does not touch stays edited.
    let mut edited = result.object.to_json();
    edited["spec"]["components"][0]["replicas"] = json!(3);
    let edited = Node::from_json(&edited, Origin::None);
    let back = convert(&edited, GraphVersion::V1Alpha1, &mut Vec::new()).unwrap();
    let mut expected = original.to_json();
    expected["spec"]["services"]["w"]["replicas"] = json!(3);
    assert_eq!(back.object.to_json(), expected);

    // Something the patch would undo is an error that names it.
    let mut edited = result.object.to_json();
    edited.pointer_mut(main).unwrap()["env"][0]["value"] = json!("2");
    let edited = Node::from_json(&edited, Origin::None);
    assert!(
        said(&edited, GraphVersion::V1Alpha1)
            .iter()
            .any(|(code, field)| {
                *code == "graph-unconverted" && field == "spec.services.w.extraPodSpec"
            })
    );

    // Without the annotation the graph converts as it is.
    let mut edited = edited;
    unconverted::take(&mut edited);
    assert!(convert(&edited, GraphVersion::V1Alpha1, &mut Vec::new()).is_some());
}

#[test]
fn normalizing_drops_the_annotation_without_a_word() {
    let original = alpha(json!({"replicas": 1, "subComponentType": null}));
    let result = converted(&original, GraphVersion::V1Beta1);
    assert!(
        result
            .at(&["metadata", "annotations", ANNOTATION])
            .is_some()
    );
    let mut diagnostics = Vec::new();
    let graph = normalize(&result, Vec::new(), &mut diagnostics).unwrap();
    assert!(diagnostics.is_empty());
    assert_eq!(graph.object.at(&["metadata", "annotations"]), None);
}

#[test]
fn nulls_are_absent_but_data_of_other_kinds_keeps_them() {
    let mut node = Node::from_json(
        &json!({
            "a": null,
            "providerOverride": {"target": null, "value": {"b": null}},
            "eppConfig": {"configMapRef": null, "config": {"plugins": [{"parameters": {"c": null}, "name": null}]}},
        }),
        Origin::None,
    );
    prune(&mut node);
    assert_eq!(
        node.to_json(),
        json!({
            "providerOverride": {"value": {"b": null}},
            "eppConfig": {"config": {"plugins": [{"parameters": {"c": null}}]}},
        })
    );
}

#[test]
fn moved_values_keep_their_places() {
    let text = "\
apiVersion: nvidia.com/v1alpha1
kind: DynamoGraphDeployment
metadata: {name: chat}
spec:
  services:
    Worker:
      componentType: worker
      subComponentType: decode
      resources: {limits: {gpu: '2'}}
";
    let mut mistakes = Vec::new();
    let limits = crate::yaml::read::Limits::default();
    let object = crate::yaml::read::documents(text, 0, &limits, &mut mistakes).remove(0);
    let graph = normalize(&object, Vec::new(), &mut mistakes).unwrap();
    let written = |origin: Origin| {
        let Some(Place { start, end, .. }) = origin.place() else {
            return "";
        };
        &text[start as usize..end as usize]
    };
    let component = graph.object.pointer("/spec/components/0").unwrap();
    assert_eq!(written(component.get("name").unwrap().origin), "Worker");
    assert_eq!(written(component.get("type").unwrap().origin), "decode");
    let limits = component
        .pointer("/podTemplate/spec/containers/0/resources/limits")
        .unwrap();
    let gpu = limits.as_map().unwrap().entry("nvidia.com/gpu").unwrap();
    assert_eq!(written(gpu.key_origin), "gpu");
    assert_eq!(written(gpu.value.origin), "'2'");
    assert_eq!(graph.components[0].gpus, 2);
}

#[test]
fn versions_that_do_not_exist_are_named() {
    let object = graph("v1beta2", json!({}));
    let mut diagnostics = Vec::new();
    assert!(normalize(&object, Vec::new(), &mut diagnostics).is_none());
    assert_eq!(diagnostics[0].rule.code, "graph-api-version");
}

#[test]
fn a_graph_with_nothing_to_run_is_refused() {
    for object in [
        graph("v1beta1", json!({"services": {"w": {}}})),
        graph("v1alpha1", json!(null)),
        graph("v1beta1", json!({"components": []})),
    ] {
        let mut diagnostics = Vec::new();
        assert!(normalize(&object, Vec::new(), &mut diagnostics).is_none());
        assert_eq!(diagnostics[0].rule.code, "graph-missing-field");
    }
}
