//! What do the operator and the runtime do behind one's back?
//!
//! Nothing here is refused when it is applied: pods come up and do not become ready, work alone, or are not
//! found. What cannot work is an error all the same.

mod command;
mod env;
mod fabric;
mod isolation;
mod memory;
mod multinode;
mod names;
mod ports;
mod selectors;
mod sizes;

use super::Subject;
use super::graph::Graph;
use crate::diagnostic::Diagnostic;

/// Looks at every graph, and at what stands around them.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let graphs = Graph::all(subject);
    for graph in &graphs {
        names::check(graph, found);
        for part in &graph.parts {
            command::check(graph, part, found);
            ports::check(graph, part, found);
            env::check(graph, part, found);
            memory::check(graph, part, found);
            multinode::check(graph, part, found);
            fabric::check(graph, part, found);
        }
    }
    isolation::check(&graphs, found);
    env::shell_syntax(subject, found);
    selectors::check(subject, &graphs, found);
}

#[cfg(test)]
mod tests {
    use super::super::webhook;
    use super::*;
    use crate::model::object::Maker;
    use crate::model::{Manifest, ObjectKey};
    use crate::origin::Origin;
    use crate::rules::Decisions;
    use crate::source::Sources;
    use crate::yaml::Node;
    use serde_json::{Value as Json, json};

    /// A graph with every field that a check looks at.
    fn graph() -> Json {
        json!({
            "apiVersion": "nvidia.com/v1beta1",
            "kind": "DynamoGraphDeployment",
            "metadata": {"name": "chat", "namespace": "models", "annotations": {
                "nvidia.com/enable-grove": "true", "nvidia.com/workload-provider": "grove",
                "nvidia.com/dynamo-operator-origin-version": "1.5.0",
            }},
            "spec": {
                "backendFramework": "vllm",
                "priorityClassName": "high",
                "env": [{"name": "A", "value": "b"}],
                "restart": {"id": "1", "strategy": {"type": "Sequential", "order": ["decode"]}},
                "topologyConstraint": {"clusterTopologyName": "racks", "packDomain": "rack"},
                "providerOverride": {"apiVersion": "grove.io/v1alpha1", "target": "PodCliqueSet", "value": {"spec": {}}},
                "experimental": {"kvTransferPolicy": {"clusterTopologyName": "racks", "domain": "rack"}},
                "components": [component()],
            },
        })
    }

    fn component() -> Json {
        json!({
            "name": "decode", "type": "decode", "replicas": 2, "minAvailable": 1,
            "scalingAdapter": {}, "globalDynamoNamespace": true, "modelRef": {"name": "m"},
            "multinode": {"nodeCount": 2, "leader": {"providerOverride": {"value": {}}}},
            "sharedMemorySize": "16Gi", "frontendSidecar": "main",
            "compilationCache": {"pvcName": "cache"},
            "topologyConstraint": {"packDomain": "host"},
            "runtimeVersionOverride": "1.5.0",
            "experimental": {
                "gpuMemoryService": {"mode": "IntraPod", "extraClientContainers": ["main"]},
                "failover": {"mode": "IntraPod", "numShadows": 1},
                "checkpoint": {"enabled": true, "job": {"gmsClientContainers": ["main"]}},
                "grove": {"forceScalingGroup": true},
            },
            "podTemplate": pods(),
        })
    }

    fn pods() -> Json {
        json!({
            "metadata": {"annotations": {"dynamo.nvidia.com/gpu-power-limit": "500"}},
            "spec": {
                "volumes": [{"name": "shm", "emptyDir": {"sizeLimit": "8Gi"}}],
                "containers": [{
                    "name": "main", "image": "x:1.5.0",
                    "args": ["python3 -m dynamo.vllm --tensor-parallel-size=16 --x '{\"vllm\": 1}'"],
                    "env": [{"name": "B", "value": "$(C) ${D}"}, {"name": "UCX_NET_DEVICES", "value": "mlx5_9"}],
                    "ports": [{"name": "system", "containerPort": 9090}],
                    "livenessProbe": {"failureThreshold": 1},
                    "volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}],
                    "resources": {"limits": {"nvidia.com/gpu": 8, "memory": "20Gi"}},
                }],
            },
        })
    }

    /// The pointers of everything in a value.
    fn pointers(value: &Json, at: &str, found: &mut Vec<String>) {
        found.push(at.to_owned());
        match value {
            Json::Object(map) => map.iter().for_each(|(key, value)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(value, &format!("{at}/{key}"), found);
            }),
            Json::Array(items) => items.iter().enumerate().for_each(|(index, item)| {
                pointers(item, &format!("{at}/{index}"), found);
            }),
            _ => {}
        }
    }

    fn manifest(object: &Json) -> Option<Manifest> {
        let object = Node::from_json(object, Origin::None);
        Some(Manifest {
            key: ObjectKey::of(&object)?,
            object,
            component: None,
            maker: Maker::Author,
        })
    }

    /// Every field of every type: checks pass over what is not of the type they expect.
    #[test]
    fn no_field_of_any_type_is_too_much() {
        let profile = crate::builtin_profile("aks-h100", &mut Sources::default()).unwrap();
        let (sound, mut places) = (graph(), Vec::new());
        pointers(&sound, "", &mut places);
        let before = [manifest(&sound).unwrap()];
        for place in places {
            for odd in [
                json!(null),
                json!(true),
                json!(-1),
                json!(i64::MAX),
                json!(1e300),
                json!(""),
                json!("$(${"),
                json!("\u{e9}'\"$"),
                json!([]),
                json!([null, "x"]),
                json!({}),
                json!({"x": 1}),
            ] {
                let mut object = sound.clone();
                if let Some(value) = object.pointer_mut(&place) {
                    *value = odd;
                }
                let Some(manifest) = manifest(&object) else {
                    continue;
                };
                let subject = Subject {
                    manifests: &[manifest],
                    existing: &[],
                    schemas: crate::schema::Schemas::builtin(),
                    profile: &profile,
                    cluster_is_known: true,
                    is_whole: true,
                    decisions: &Decisions::default(),
                    before: Some(&before),
                };
                let mut found = Vec::new();
                webhook::check(&subject, &mut found);
                check(&subject, &mut found);
            }
        }
    }
}
