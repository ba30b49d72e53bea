//! Random graphs of both versions that use every field and put a null here and there.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

type Data = BoxedStrategy<Json>;
type Fields = Vec<(&'static str, Data)>;

fn one_of(values: Json) -> Data {
    let Json::Array(values) = values else {
        unreachable!("a list of values")
    };
    proptest::sample::select(values).boxed()
}

fn text() -> Data {
    one_of(json!(["a", "b", "c", "x/y", "~", "", "1"]))
}

fn name() -> Data {
    one_of(json!(["a", "b", "c"]))
}

fn truth() -> Data {
    any::<bool>().prop_map(Json::from).boxed()
}

fn list(item: Data) -> Data {
    prop::collection::vec(item, 0..4)
        .prop_map(Json::Array)
        .boxed()
}

fn labels() -> Data {
    object(vec![], vec![("a", text()), ("b.c/d~e", text())])
}

/// A mapping with all of `required` and some of `optional`, which may also be null.
fn object(required: Fields, optional: Fields) -> Data {
    let present =
        |(key, value): (&'static str, Data)| value.prop_map(move |v| Some((key, v))).boxed();
    let perhaps = |(key, value): (&'static str, Data)| {
        prop_oneof![
            6 => value.prop_map(move |v| Some((key, v))),
            1 => Just(Some((key, Json::Null))),
            9 => Just(None),
        ]
        .boxed()
    };
    let fields: Vec<BoxedStrategy<Option<(&'static str, Json)>>> = required
        .into_iter()
        .map(present)
        .chain(optional.into_iter().map(perhaps))
        .collect();
    fields
        .prop_map(|fields| {
            let fields = fields.into_iter().flatten();
            Json::Object(fields.map(|(key, value)| (key.to_owned(), value)).collect())
        })
        .boxed()
}

fn env() -> Data {
    list(object(vec![("name", name())], vec![("value", text())]))
}

fn anything() -> Data {
    one_of(json!([{}, {"a": null}, {"a": [1, 2.5, null, true]}, {"b": {"c": "d"}}]))
}

fn provider() -> Data {
    object(
        vec![("apiVersion", text()), ("value", anything())],
        vec![("target", text())],
    )
}

fn probe() -> Data {
    one_of(json!([
        {"exec": {"command": ["true"]}},
        {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 5},
    ]))
}

fn quantity() -> Data {
    one_of(json!(["1", "2", "8Gi", "500m", "1e3"]))
}

fn size() -> Data {
    one_of(json!(["0", 0, "0Gi", "8Gi", 5, "1.5Gi"]))
}

/// Fields that are the same in both versions.
fn shared_fields() -> Fields {
    vec![
        ("replicas", one_of(json!([0, 1, 3]))),
        ("minAvailable", one_of(json!([1]))),
        (
            "modelRef",
            object(vec![("name", text())], vec![("revision", text())]),
        ),
        (
            "topologyConstraint",
            object(vec![("packDomain", name())], vec![]),
        ),
        (
            "eppConfig",
            object(
                vec![],
                vec![
                    ("config", anything()),
                    ("configMapRef", object(vec![("key", name())], vec![])),
                ],
            ),
        ),
        ("providerOverride", provider()),
        ("runtimeVersionOverride", one_of(json!(["1.5.0"]))),
        ("globalDynamoNamespace", truth()),
    ]
}

fn shared_spec() -> Fields {
    vec![
        ("annotations", labels()),
        ("labels", labels()),
        (
            "backendFramework",
            one_of(json!(["vllm", "sglang", "trtllm"])),
        ),
        ("priorityClassName", name()),
        ("providerOverride", provider()),
        ("restart", object(vec![("id", name())], vec![])),
        (
            "experimental",
            object(
                vec![],
                vec![(
                    "kvTransferPolicy",
                    one_of(json!([{"domain": "a", "preferredWeight": 0.25}])),
                )],
            ),
        ),
    ]
}

fn volumes() -> Data {
    let claim = object(vec![("claimName", name())], vec![("readOnly", truth())]);
    let volume = object(
        vec![("name", name())],
        vec![
            ("persistentVolumeClaim", claim),
            ("emptyDir", one_of(json!([{}]))),
        ],
    );
    let own = name().prop_map(|n| json!({"name": n, "persistentVolumeClaim": {"claimName": n}}));
    list(prop_oneof![volume, own].boxed())
}

fn mounts() -> Data {
    list(object(
        vec![("name", name()), ("mountPath", text())],
        vec![("readOnly", truth())],
    ))
}

fn env_from() -> Data {
    let secret = object(vec![("name", name())], vec![("optional", truth())]);
    list(
        prop_oneof![
            secret.prop_map(|secret| json!({ "secretRef": secret })),
            Just(json!({"configMapRef": {"name": "a"}})),
        ]
        .boxed(),
    )
}

fn container_fields() -> Fields {
    let amounts = || {
        let amount = || prop_oneof![quantity(), one_of(json!([1, 4]))].boxed();
        object(
            vec![],
            vec![
                ("cpu", amount()),
                ("memory", amount()),
                ("nvidia.com/gpu", amount()),
                ("rdma/ib", amount()),
            ],
        )
    };
    vec![
        ("image", text()),
        ("args", list(text())),
        ("env", env()),
        (
            "resources",
            object(
                vec![],
                vec![
                    ("limits", amounts()),
                    ("requests", amounts()),
                    ("claims", list(object(vec![("name", name())], vec![]))),
                ],
            ),
        ),
        ("startupProbe", probe()),
        ("volumeMounts", mounts()),
    ]
}

fn rare_container_fields() -> Fields {
    vec![
        ("envFrom", env_from()),
        ("livenessProbe", probe()),
        ("readinessProbe", probe()),
    ]
}

fn pod_fields() -> Fields {
    vec![
        ("volumes", volumes()),
        ("nodeSelector", labels()),
        (
            "initContainers",
            list(object(
                vec![("name", name())],
                vec![("volumeMounts", mounts())],
            )),
        ),
        (
            "resourceClaims",
            list(object(vec![("name", name())], vec![])),
        ),
    ]
}

fn pod_template() -> Data {
    let mut fields = container_fields();
    fields.extend(rare_container_fields());
    let main = object(vec![("name", one_of(json!(["main"])))], fields);
    let side = object(vec![("name", one_of(json!(["side"])))], container_fields());
    let containers = prop_oneof![
        6 => main.clone().prop_map(|main| json!([main])),
        2 => (main.clone(), side.clone()).prop_map(|(main, side)| json!([main, side])),
        1 => (main, side.clone()).prop_map(|(main, side)| json!([side, main])),
        1 => side.prop_map(|side| json!([side])),
        1 => Just(json!([])),
    ];
    let metadata = object(
        vec![],
        vec![
            ("labels", labels()),
            ("annotations", labels()),
            ("name", name()),
        ],
    );
    let mut optional = pod_fields();
    optional.push(("containers", containers.boxed()));
    object(
        vec![],
        vec![("metadata", metadata), ("spec", object(vec![], optional))],
    )
}

/// A component, in some cases with a frontend sidecar.
fn component() -> Data {
    let mode = || one_of(json!(["IntraPod", "InterPod"]));
    let experimental = object(
        vec![],
        vec![
            (
                "gpuMemoryService",
                object(vec![], vec![("mode", mode()), ("deviceClassName", name())]),
            ),
            (
                "failover",
                object(
                    vec![],
                    vec![("mode", mode()), ("numShadows", one_of(json!([1])))],
                ),
            ),
            (
                "checkpoint",
                object(vec![("enabled", truth())], vec![("checkpointRef", name())]),
            ),
            (
                "grove",
                object(vec![], vec![("forceScalingGroup", one_of(json!([false])))]),
            ),
        ],
    );
    let mut optional = shared_fields();
    optional.extend([
        (
            "type",
            one_of(json!([
                "frontend", "worker", "prefill", "decode", "planner", "epp"
            ])),
        ),
        (
            "multinode",
            object(vec![], vec![("nodeCount", one_of(json!([2, 3])))]),
        ),
        ("sharedMemorySize", size()),
        (
            "compilationCache",
            object(vec![("pvcName", name())], vec![("mountPath", text())]),
        ),
        ("scalingAdapter", one_of(json!([{}]))),
        ("experimental", experimental),
        ("podTemplate", pod_template()),
    ]);
    let sidecar = object(
        vec![
            ("name", one_of(json!(["sidecar-frontend", "fe"]))),
            ("image", text()),
        ],
        vec![("args", list(text())), ("env", env())],
    );
    (
        object(vec![], optional),
        prop::option::weighted(0.2, sidecar),
    )
        .prop_map(|(mut component, sidecar)| {
            let containers = component.pointer_mut("/podTemplate/spec/containers");
            let containers = containers.and_then(Json::as_array_mut);
            if let (Some(containers), Some(sidecar)) = (containers, sidecar) {
                let name = sidecar["name"].clone();
                containers.push(sidecar);
                component["frontendSidecar"] = name;
            }
            component
        })
        .boxed()
}

fn graph(version: &'static str, spec: Data) -> Data {
    let metadata = object(
        vec![("name", name())],
        vec![("annotations", labels()), ("labels", labels())],
    );
    (metadata, spec)
        .prop_map(move |(metadata, spec)| {
            json!({
                "apiVersion": format!("nvidia.com/{version}"),
                "kind": "DynamoGraphDeployment",
                "metadata": metadata,
                "spec": spec,
            })
        })
        .boxed()
}

const NAMES: [&str; 3] = ["Frontend", "worker-b", "a"];

/// A v1beta1 graph.
pub(crate) fn beta() -> Data {
    let topology = object(
        vec![("clusterTopologyName", name())],
        vec![("packDomain", name())],
    );
    let components = prop::collection::vec(component(), 1..=3).prop_map(|components| {
        let named = components
            .into_iter()
            .zip(NAMES)
            .map(|(mut component, name)| {
                component["name"] = json!(name);
                component
            });
        Json::Array(named.collect())
    });
    let mut optional = shared_spec();
    optional.extend([("env", env()), ("topologyConstraint", topology)]);
    graph(
        "v1beta1",
        object(vec![("components", components.boxed())], optional),
    )
}

fn service() -> Data {
    let amounts = || {
        let custom = object(
            vec![],
            vec![("rdma/ib", quantity()), ("ephemeral-storage", quantity())],
        );
        object(
            vec![],
            vec![
                ("cpu", quantity()),
                ("memory", quantity()),
                ("gpu", quantity()),
                (
                    "gpuType",
                    one_of(json!(["nvidia.com/gpu", "gpu.intel.com/xe", ""])),
                ),
                ("custom", custom),
            ],
        )
    };
    let mode = || one_of(json!(["intraPod", "interPod"]));
    let rare = object(vec![], rare_container_fields());
    let mut main_fields = container_fields();
    main_fields.push(("name", one_of(json!(["", "main"]))));
    let main = (
        object(vec![], main_fields),
        prop::option::weighted(0.1, rare),
    )
        .prop_map(|(mut main, rare)| {
            if let (Some(main), Some(Json::Object(rare))) = (main.as_object_mut(), rare) {
                main.extend(rare);
            }
            main
        });
    let side = object(vec![("name", one_of(json!(["side"])))], container_fields());
    let mut pod = pod_fields();
    pod.extend([("mainContainer", main.boxed()), ("containers", list(side))]);
    let mount = object(
        vec![("name", name()), ("mountPoint", text())],
        vec![("useAsCompilationCache", truth())],
    );
    let sidecar = object(
        vec![("image", text())],
        vec![
            ("args", list(text())),
            ("envs", env()),
            ("envFromSecret", name()),
        ],
    );
    let shared_memory = one_of(json!([
        {"disabled": true}, {"size": "8Gi"}, {"size": 1}, {"disabled": true, "size": "8Gi"},
        {"disabled": false, "size": "1"}, {"disabled": null, "size": "1"},
    ]));
    let checkpoint = object(
        vec![],
        vec![
            ("enabled", truth()),
            ("mode", one_of(json!(["Auto"]))),
            ("checkpointRef", name()),
        ],
    );
    let mut optional = shared_fields();
    optional.extend([
        (
            "componentType",
            one_of(json!([
                "frontend", "worker", "prefill", "decode", "planner", "epp", ""
            ])),
        ),
        (
            "subComponentType",
            one_of(json!(["prefill", "decode", "encode", ""])),
        ),
        ("serviceName", text()),
        ("dynamoNamespace", text()),
        ("labels", one_of(json!([{}]))),
        ("annotations", one_of(json!([{}]))),
        ("envs", env()),
        ("envFromSecret", text()),
        (
            "resources",
            object(
                vec![],
                vec![
                    ("limits", amounts()),
                    ("requests", amounts()),
                    ("claims", list(object(vec![("name", name())], vec![]))),
                ],
            ),
        ),
        ("livenessProbe", probe()),
        ("readinessProbe", probe()),
        ("volumeMounts", list(mount)),
        ("sharedMemory", shared_memory),
        (
            "extraPodMetadata",
            object(
                vec![],
                vec![("labels", labels()), ("annotations", labels())],
            ),
        ),
        ("extraPodSpec", object(vec![], pod)),
        (
            "ingress",
            one_of(json!([{}, {"enabled": false, "host": "h"}])),
        ),
        (
            "autoscaling",
            one_of(json!([{"enabled": true, "minReplicas": 1}])),
        ),
        ("scalingAdapter", object(vec![], vec![("enabled", truth())])),
        (
            "multinode",
            object(vec![("nodeCount", one_of(json!([2, 4])))], vec![]),
        ),
        ("frontendSidecar", sidecar),
        (
            "gpuMemoryService",
            object(vec![("enabled", truth())], vec![("mode", mode())]),
        ),
        (
            "failover",
            object(vec![("enabled", truth())], vec![("mode", mode())]),
        ),
        ("checkpoint", checkpoint),
    ]);
    object(vec![], optional)
}

/// A v1alpha1 graph.
pub(crate) fn alpha() -> Data {
    let topology = object(
        vec![("topologyProfile", name())],
        vec![("packDomain", name())],
    );
    let claim = prop_oneof![
        object(
            vec![("name", name())],
            vec![("size", text()), ("create", one_of(json!([false])))]
        ),
        one_of(json!([{
            "name": "new", "create": true, "size": "1Gi", "storageClass": "s",
            "volumeAccessMode": "ReadWriteOnce",
        }])),
    ];
    let services = prop::collection::vec(service(), 1..=3).prop_map(|services| {
        let named = NAMES.into_iter().map(str::to_owned).zip(services);
        Json::Object(named.collect())
    });
    let mut optional = shared_spec();
    optional.extend([
        ("envs", env()),
        ("topologyConstraint", topology),
        ("pvcs", list(claim.boxed())),
    ]);
    graph(
        "v1alpha1",
        object(vec![("services", services.boxed())], optional),
    )
}
