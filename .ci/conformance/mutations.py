#!/usr/bin/env python3
"""Breaks valid manifests in seeded ways and counts who notices: graphwright validate, and kubeconform.

Usage: mutations.py GRAPHWRIGHT SHARED [--seed N] [--count N] [--kubeconform PATH] [--show CLASS]

The manifests are upstream's graphs (SHARED/corpus) as they render on a few built-in profiles. Each mutant is
one such set of objects with one mistake. kubeconform gets schemas made from the same CRDs (SHARED/crds) and,
for built-in kinds, those of the `kubernetes-validate` package, and runs with -strict; without --kubeconform
its column is left out. A set that is not valid before it is broken is left out for both.

Prints the share caught by class. Refused means an error; noticed, an error or a warning that the set did not
give before. Ends with `N passed, N failed`, where a class fails whose share is below its floor.
"""

import argparse
import copy
import glob
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import kubernetes_validate
import yaml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from corpus import Loader, mended, strict  # noqa: E402

KUBERNETES = "1.34"
PROFILES = ["eks-p5", "aks-h100", "gke-a3-ultra"]

# The least share, in percent, that may be noticed of each class.
FLOORS = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "floors.json")))

MUTATORS = defaultdict(list)


def mutator(name):
    """Registers a function (random, objects) -> bool that breaks the objects in place, or says it cannot."""

    def register(function):
        MUTATORS[name].append(function)
        return function

    return register


# --- finding things -------------------------------------------------------------------------------------


def places(node, path=()):
    """Every (parent, key, path) of a tree."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(items):
        yield node, key, path + (key,)
        yield from places(value, path + (key,))


def graphs(objects):
    return [o for o in objects if o["kind"] == "DynamoGraphDeployment"]


def components(objects):
    return [c for g in graphs(objects) for c in g["spec"].get("components", [])]


def pods(objects):
    return [c["podTemplate"]["spec"] for c in components(objects) if c.get("podTemplate", {}).get("spec")]


def containers(objects):
    return [c for pod in pods(objects) for c in pod.get("containers", [])]


def of_kind(objects, *kinds):
    return [o for o in objects if o["kind"] in kinds]


def pick(rng, items):
    items = list(items)
    return rng.choice(items) if items else None


def closed(objects):
    """Places below `spec` whose keys the schema fixes: not labels, data, selectors or other free maps."""
    free = {"annotations", "labels", "matchLabels", "data", "nodeSelector", "limits", "requests", "parameters"}
    free |= {"stringData", "value", "template", "capacity", "volumeAttributes"}
    for obj in objects:
        for parent, key, path in places(obj.get("spec", {})):
            if not free & set(path):
                yield obj, parent, key


# --- classes --------------------------------------------------------------------------------------------


@mutator("wrong type")
def number_to_text(rng, objects):
    place = pick(rng, [(p, k) for _, p, k in closed(objects) if type(p[k]) is int and "ort" not in str(k) and k not in ("maxUnavailable", "minAvailable")])
    if place:
        place[0][place[1]] = "many"
    return bool(place)


@mutator("wrong type")
def text_to_number(rng, objects):
    place = pick(rng, [(p, k) for _, p, k in closed(objects) if isinstance(p[k], str) and k in ("name", "image", "mountPath", "key", "value", "path")])
    if place:
        place[0][place[1]] = 7
    return bool(place)


@mutator("wrong type")
def list_to_map(rng, objects):
    place = pick(rng, [(p, k) for _, p, k in closed(objects) if isinstance(p[k], list) and p[k]])
    if place:
        place[0][place[1]] = {"item": 1}
    return bool(place)


@mutator("wrong type")
def map_to_text(rng, objects):
    place = pick(rng, [(p, k) for _, p, k in closed(objects) if isinstance(p[k], dict) and p[k] and isinstance(k, str)])
    if place:
        place[0][place[1]] = "none"
    return bool(place)


@mutator("unknown field")
def misspelled(rng, objects):
    place = pick(rng, [(p, k) for _, p, k in closed(objects) if isinstance(k, str) and isinstance(p, dict) and len(k) > 3])
    if not place:
        return False
    parent, key = place
    at = rng.randrange(1, len(key) - 1)
    wrong = key[:at] + key[at + 1] + key[at] + key[at + 2 :] if key[at] != key[at + 1] else key + "s"
    value = parent.pop(key)
    parent[wrong] = value
    return wrong != key


@mutator("unknown field")
def invented(rng, objects):
    place = pick(rng, [p for _, p, k in closed(objects) if isinstance(p, dict)])
    if place is not None:
        place["enabledByDefault"] = True
    return place is not None


ENUMS = {
    "imagePullPolicy": "Sometimes",
    "type": "backend",
    "backendFramework": "llamacpp",
    "operator": "Near",
    "effect": "NoRun",
    "whenUnsatisfiable": "Wait",
    "protocol": "HTTP",
    "restartPolicy": "Maybe",
    "volumeMode": "Raw",
    "persistentVolumeReclaimPolicy": "Keep",
    "dnsPolicy": "Cluster",
    "medium": "Ram",
}


@mutator("bad enum")
def bad_enum(rng, objects):
    place = pick(rng, [(p, k) for _, p, k in closed(objects) if k in ENUMS and isinstance(p[k], str)])
    if place:
        place[0][place[1]] = ENUMS[place[1]]
    return bool(place)


@mutator("bad enum")
def bad_mode(rng, objects):
    claim = pick(rng, of_kind(objects, "PersistentVolumeClaim"))
    if claim:
        claim["spec"]["accessModes"] = ["ReadWriteSometimes"]
    return bool(claim)


@mutator("bad enum")
def bad_policy_type(rng, objects):
    policy = pick(rng, of_kind(objects, "NetworkPolicy"))
    if policy:
        policy["spec"]["policyTypes"] = ["Inbound"]
    return bool(policy)


REQUIRED = {
    "containers": ["name"],
    "env": ["name"],
    "volumes": ["name"],
    "volumeMounts": ["mountPath", "name"],
    "ports": ["containerPort"],
    "components": ["name"],
    "topologySpreadConstraints": ["maxSkew", "topologyKey", "whenUnsatisfiable"],
    "podAffinityTerm": ["topologyKey"],
}


@mutator("missing required")
def without_required(rng, objects):
    found = []
    for obj in graphs(objects):
        for parent, key, _ in places(obj["spec"]):
            value = parent[key]
            items = value if isinstance(value, list) else [value]
            for item in items:
                if key in REQUIRED and isinstance(item, dict):
                    found += [(item, name) for name in REQUIRED[key] if name in item]
    place = pick(rng, found)
    if place:
        del place[0][place[1]]
    return bool(place)


@mutator("missing required")
def claim_without_size(rng, objects):
    claim = pick(rng, of_kind(objects, "PersistentVolumeClaim"))
    if claim:
        del claim["spec"]["resources"]
    return bool(claim)


@mutator("missing required")
def without_name(rng, objects):
    obj = pick(rng, objects)
    del obj["metadata"]["name"]
    return True


@mutator("missing required")
def pod_without_containers(rng, objects):
    pod = pick(rng, pods(objects))
    if pod:
        pod.pop("containers", None)
    return bool(pod)


@mutator("CEL rule")
def names_alike(rng, objects):
    graph = pick(rng, [g for g in graphs(objects) if len(g["spec"]["components"]) > 1])
    if graph:
        one, other = rng.sample(graph["spec"]["components"], 2)
        other["name"] = one["name"].swapcase()
    return bool(graph)


@mutator("CEL rule")
def two_pickers(rng, objects):
    graph = pick(rng, graphs(objects))
    if graph:
        first = graph["spec"]["components"][0]
        for name in ("epp-a", "epp-b"):
            copied = copy.deepcopy(first)
            copied.update(name=name, type="epp", eppConfig={"config": {}})
            graph["spec"]["components"].append(copied)
    return bool(graph)


@mutator("CEL rule")
def picker_config_elsewhere(rng, objects):
    component = pick(rng, [c for c in components(objects) if c.get("type") != "epp"])
    if component:
        component["eppConfig"] = {"configMapRef": {"name": "config", "key": "config"}}
    return bool(component)


@mutator("CEL rule")
def sidecar_without_image(rng, objects):
    pod = pick(rng, [p for p in pods(objects) if p.get("containers")])
    if pod:
        pod["containers"].append({"name": "sidecar"})
    return bool(pod)


@mutator("CEL rule")
def unknown_executor(rng, objects):
    component = pick(rng, [c for c in components(objects) if c.get("podTemplate")])
    if component:
        metadata = component["podTemplate"].setdefault("metadata", {})
        metadata.setdefault("annotations", {})["nvidia.com/vllm-distributed-executor-backend"] = "threads"
    return bool(component)


@mutator("CEL rule")
def two_picker_configs(rng, objects):
    component = pick(rng, components(objects))
    if component:
        component["type"] = "epp"
        component["eppConfig"] = {"config": {}, "configMapRef": {"name": "config", "key": "config"}}
    return bool(component)


@mutator("webhook rule")
def main_without_image(rng, objects):
    container = pick(rng, [c for c in containers(objects) if c.get("name") == "main" and "image" in c])
    if container:
        del container["image"]
    return bool(container)


@mutator("webhook rule")
def latest_image(rng, objects):
    component = pick(rng, [c for c in components(objects) if c.get("podTemplate", {}).get("spec", {}).get("containers")])
    if component:
        component.pop("runtimeVersionOverride", None)
        main = [c for c in component["podTemplate"]["spec"]["containers"] if c.get("name") == "main"]
        if not main:
            return False
        main[0]["image"] = "nvcr.io/nvidia/ai-dynamo/vllm-runtime:" + rng.choice(["latest", "my-tag", "v1"])
    return bool(component)


@mutator("webhook rule")
def no_such_sidecar(rng, objects):
    component = pick(rng, components(objects))
    if component:
        component["frontendSidecar"] = "no-such-container"
    return bool(component)


@mutator("webhook rule")
def negative_memory(rng, objects):
    component = pick(rng, components(objects))
    if component:
        component["sharedMemorySize"] = "-8Gi"
    return bool(component)


@mutator("webhook rule")
def memory_service_on_frontend(rng, objects):
    component = pick(rng, [c for c in components(objects) if c.get("type") == "frontend"])
    if component:
        component["experimental"] = {"gpuMemoryService": {"mode": "IntraPod"}}
    return bool(component)


@mutator("webhook rule")
def failover_alone(rng, objects):
    component = pick(rng, [c for c in components(objects) if c.get("type") in ("worker", "decode", "prefill")])
    if component:
        component["experimental"] = {"failover": {"mode": "IntraPod", "numShadows": 1}}
    return bool(component)


@mutator("webhook rule")
def bad_annotation(rng, objects):
    graph = pick(rng, graphs(objects))
    key, value = rng.choice(
        [
            ("nvidia.com/dynamo-operator-origin-version", "newest"),
            ("nvidia.com/grove-update-strategy", "Rolling"),
            ("nvidia.com/dynamo-kube-discovery-mode", "service"),
        ]
    )
    if graph:
        graph["metadata"].setdefault("annotations", {})[key] = value
    return bool(graph)


@mutator("webhook rule")
def grove_priority(rng, objects):
    graph = pick(rng, graphs(objects))
    if graph:
        graph["metadata"].setdefault("annotations", {})["nvidia.com/enable-grove"] = "false"
        graph["spec"]["priorityClassName"] = "high"
    return bool(graph)


@mutator("webhook rule")
def picker_replicas(rng, objects):
    component = pick(rng, [c for c in components(objects) if c.get("type") == "frontend"])
    if component:
        component.update(type="epp", replicas=2, eppConfig={"config": {}})
    return bool(component)


@mutator("webhook rule")
def no_components(rng, objects):
    graph = pick(rng, graphs(objects))
    if graph:
        graph["spec"]["components"] = []
    return bool(graph)


@mutator("dangling reference")
def mount_without_volume(rng, objects):
    container = pick(rng, containers(objects))
    if container:
        container.setdefault("volumeMounts", []).append({"name": "no-such-volume", "mountPath": "/no-such-volume"})
    return bool(container)


@mutator("dangling reference")
def claim_renamed(rng, objects):
    claim = pick(rng, of_kind(objects, "PersistentVolumeClaim"))
    used = {v["persistentVolumeClaim"]["claimName"] for p in pods(objects) for v in p.get("volumes", []) if "persistentVolumeClaim" in v}
    if not claim or claim["metadata"]["name"] not in used:
        return False
    claim["metadata"]["name"] += "s"
    return True


@mutator("dangling reference")
def selector_of_nothing(rng, objects):
    obj = pick(rng, of_kind(objects, "PodDisruptionBudget", "PodMonitor"))
    if not obj:
        return False
    selector = obj["spec"].get("selector", {}).get("matchLabels")
    if not selector:
        return False
    key = pick(rng, selector)
    selector[key] += "s"
    return True


@mutator("dangling reference")
def port_of_nothing(rng, objects):
    monitor = pick(rng, of_kind(objects, "PodMonitor"))
    if monitor:
        monitor["spec"]["podMetricsEndpoints"][0]["port"] = "metricss"
    return bool(monitor)


@mutator("dangling reference")
def resource_claim_of_nothing(rng, objects):
    container = pick(rng, containers(objects))
    if container:
        container.setdefault("resources", {})["claims"] = [{"name": "no-such-claim"}]
    return bool(container)


@mutator("dangling reference")
def key_of_nothing(rng, objects):
    config = pick(rng, [o for o in of_kind(objects, "ConfigMap") if o.get("data")])
    container = pick(rng, containers(objects))
    if config and container:
        container.setdefault("env", []).append(
            {"name": "NO_SUCH_KEY", "valueFrom": {"configMapKeyRef": {"name": config["metadata"]["name"], "key": "no-such-key"}}}
        )
    return bool(config and container)


@mutator("bad quantity")
def no_quantity(rng, objects):
    found = [
        (amounts, key)
        for c in containers(objects)
        for amounts in (c.get("resources", {}).get("limits"), c.get("resources", {}).get("requests"))
        if amounts
        for key in amounts
    ]
    place = pick(rng, found)
    if place:
        place[0][place[1]] = rng.choice(["8GiB", "4 Gi", "eight", "-1", "8gb"])
    return bool(place)


@mutator("bad quantity")
def part_of_a_gpu(rng, objects):
    found = [r for c in containers(objects) if (r := c.get("resources", {})).get("limits", {}).get("nvidia.com/gpu")]
    resources = pick(rng, found)
    if resources:
        resources["limits"]["nvidia.com/gpu"] = "500m"
        if "nvidia.com/gpu" in resources.get("requests", {}):
            resources["requests"]["nvidia.com/gpu"] = "500m"
    return bool(resources)


@mutator("bad quantity")
def asks_more_than_its_limit(rng, objects):
    container = pick(rng, containers(objects))
    if container:
        resources = container.setdefault("resources", {})
        resources.setdefault("requests", {})["memory"] = "64Gi"
        resources.setdefault("limits", {})["memory"] = "32Gi"
    return bool(container)


@mutator("bad quantity")
def huge_pages_alone(rng, objects):
    container = pick(rng, containers(objects))
    if container:
        container["resources"] = {"limits": {"hugepages-2Mi": "64Mi"}, "requests": {"hugepages-2Mi": "32Mi"}}
    return bool(container)


@mutator("bad name")
def bad_object_name(rng, objects):
    obj = pick(rng, objects)
    name = obj["metadata"]["name"]
    obj["metadata"]["name"] = rng.choice([name.upper(), name + "_a", "-" + name, "x" * 254, name + "/a"])
    return True


@mutator("bad name")
def bad_component_name(rng, objects):
    component = pick(rng, components(objects))
    if component:
        component["name"] = rng.choice(["x" * 64, "a_b", "-a", "a b"])
    return bool(component)


@mutator("bad name")
def bad_label(rng, objects):
    obj = pick(rng, objects)
    labels = obj["metadata"].setdefault("labels", {})
    key, value = rng.choice([("team", "x" * 64), ("team", "a b"), ("bad key", "a"), ("a/b/c", "d"), ("x" * 64, "a")])
    labels[key] = value
    return True


@mutator("bad name")
def bad_port_name(rng, objects):
    container = pick(rng, containers(objects))
    if container:
        name = rng.choice(["much-too-long-a-name", "Upper", "a--b", "123"])
        container.setdefault("ports", []).append({"name": name, "containerPort": 12345})
    return bool(container)


@mutator("bad name")
def bad_env_name(rng, objects):
    container = pick(rng, containers(objects))
    if container:
        container.setdefault("env", []).append({"name": rng.choice(["A=B", ""]), "value": "x"})
    return bool(container)


@mutator("bad name")
def bad_container_name(rng, objects):
    container = pick(rng, [c for c in containers(objects) if c.get("name") != "main"]) or pick(rng, containers(objects))
    if container:
        container["name"] = rng.choice(["Main", "a_b", "x" * 64])
    return bool(container)


@mutator("duplicate")
def container_twice(rng, objects):
    pod = pick(rng, [p for p in pods(objects) if p.get("containers")])
    if pod:
        pod["containers"].append(copy.deepcopy(pod["containers"][0]))
    return bool(pod)


@mutator("duplicate")
def volume_twice(rng, objects):
    pod = pick(rng, [p for p in pods(objects) if p.get("volumes")])
    if pod:
        pod["volumes"].append(copy.deepcopy(pod["volumes"][0]))
    return bool(pod)


@mutator("duplicate")
def mount_twice(rng, objects):
    container = pick(rng, [c for c in containers(objects) if c.get("volumeMounts")])
    if container:
        container["volumeMounts"].append(copy.deepcopy(container["volumeMounts"][0]))
    return bool(container)


@mutator("duplicate")
def object_twice(rng, objects):
    objects.append(copy.deepcopy(pick(rng, objects)))
    return True


@mutator("duplicate")
def component_twice(rng, objects):
    graph = pick(rng, [g for g in graphs(objects) if g["spec"].get("components")])
    if graph:
        graph["spec"]["components"].append(copy.deepcopy(graph["spec"]["components"][0]))
    return bool(graph)


@mutator("duplicate")
def port_name_twice(rng, objects):
    container = pick(rng, containers(objects))
    if container:
        container["ports"] = [{"name": "web", "containerPort": 8000}, {"name": "web", "containerPort": 8001}]
    return bool(container)


@mutator("pod rule")
def bad_port(rng, objects):
    container = pick(rng, containers(objects))
    if container:
        container.setdefault("ports", []).append({"name": "extra", "containerPort": rng.choice([0, 70000])})
    return bool(container)


@mutator("pod rule")
def bad_probe(rng, objects):
    container = pick(rng, containers(objects))
    get = {"httpGet": {"path": "/live", "port": 8080}}
    if container:
        container["livenessProbe"] = rng.choice(
            [{}, get | {"exec": {"command": ["true"]}}, get | {"successThreshold": 2}, get | {"periodSeconds": -1}]
        )
    return bool(container)


@mutator("pod rule")
def bad_toleration(rng, objects):
    pod = pick(rng, pods(objects))
    if pod:
        wrong = rng.choice(
            [
                {"key": "a", "operator": "Exists", "value": "b"},
                {"operator": "Equal", "value": "b"},
                {"key": "a", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 5},
            ]
        )
        pod.setdefault("tolerations", []).append(wrong)
    return bool(pod)


@mutator("pod rule")
def bad_spread(rng, objects):
    pod = pick(rng, pods(objects))
    spread = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {}}
    if pod:
        wrong = rng.choice([{"maxSkew": 0}, {"topologyKey": ""}, {"minDomains": 2}])
        pod.setdefault("topologySpreadConstraints", []).append(spread | wrong)
    return bool(pod)


@mutator("pod rule")
def bad_env(rng, objects):
    container = pick(rng, containers(objects))
    field = {"fieldRef": {"fieldPath": "metadata.name"}}
    if container:
        wrong = rng.choice([{"value": "a", "valueFrom": field}, {"valueFrom": {}}])
        container.setdefault("env", []).append({"name": "EXTRA"} | wrong)
    return bool(container)


@mutator("pod rule")
def bad_volume(rng, objects):
    pod = pick(rng, pods(objects))
    if pod:
        wrong = rng.choice(
            [{"emptyDir": {}, "hostPath": {"path": "/a"}}, {"hostPath": {"path": "../a"}}, {"emptyDir": {"sizeLimit": "-1Gi"}}]
        )
        pod.setdefault("volumes", []).append({"name": "extra"} | wrong)
    return bool(pod)


@mutator("pod rule")
def bad_affinity(rng, objects):
    pod = pick(rng, pods(objects))
    if pod:
        expression = rng.choice(
            [{"key": "a", "operator": "Exists", "values": ["b"]}, {"key": "a", "operator": "In", "values": []}]
        )
        required = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
        pod["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    return bool(pod)


@mutator("object rule")
def bad_budget(rng, objects):
    budget = pick(rng, of_kind(objects, "PodDisruptionBudget"))
    if budget:
        budget["spec"].update(rng.choice([{"maxUnavailable": 1, "minAvailable": 1}, {"maxUnavailable": "150%", "minAvailable": None}, {"maxUnavailable": -1, "minAvailable": None}]))
        budget["spec"] = {k: v for k, v in budget["spec"].items() if v is not None}
    return bool(budget)


@mutator("object rule")
def bad_network_policy(rng, objects):
    policy = pick(rng, of_kind(objects, "NetworkPolicy"))
    if policy:
        wrong = rng.choice(
            [
                {"ports": [{"port": 8000, "endPort": 7000}]},
                {"ports": [{"port": 0}]},
                {"from": [{"ipBlock": {"cidr": "10.0.0.0/40"}}]},
                {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]},
                {"from": [{"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}]},
            ]
        )
        policy["spec"].setdefault("ingress", []).append(wrong)
    return bool(policy)


@mutator("object rule")
def bad_claim(rng, objects):
    claim = pick(rng, of_kind(objects, "PersistentVolumeClaim"))
    if claim:
        spec = claim["spec"]
        rng.choice(
            [
                lambda: spec.update(accessModes=["ReadWriteOncePod", "ReadWriteMany"]),
                lambda: spec.update(accessModes=[]),
                lambda: spec["resources"]["requests"].update(storage="0"),
            ]
        )()
    return bool(claim)


@mutator("object rule")
def bad_config(rng, objects):
    config = pick(rng, of_kind(objects, "ConfigMap"))
    if config:
        config.setdefault("data", {})[rng.choice(["a/b", "x" * 254, "a b"])] = "x"
    return bool(config)


@mutator("does not fit")
def too_many_gpus(rng, objects):
    found = [r for c in containers(objects) if (r := c.get("resources", {})).get("limits", {}).get("nvidia.com/gpu")]
    resources = pick(rng, found)
    if resources:
        resources["limits"]["nvidia.com/gpu"] = "9"
        if "nvidia.com/gpu" in resources.get("requests", {}):
            resources["requests"]["nvidia.com/gpu"] = "9"
    return bool(resources)


@mutator("does not fit")
def too_much_memory(rng, objects):
    # A component without replicas asks for nothing.
    idle = {
        id(c)
        for graph in graphs(objects)
        for component in graph["spec"].get("components", [])
        if component.get("replicas") == 0
        for c in component.get("podTemplate", {}).get("spec", {}).get("containers", [])
    }
    container = pick(
        rng,
        [
            c
            for c in containers(objects)
            if c.get("resources", {}).get("limits", {}).get("nvidia.com/gpu") and id(c) not in idle
        ],
    )
    if container:
        container["resources"].setdefault("requests", {})["memory"] = "64Ti"
        container["resources"]["limits"]["memory"] = "64Ti"
    return bool(container)


@mutator("does not fit")
def no_such_nodes(rng, objects):
    pod = pick(rng, pods(objects))
    if pod:
        pod.setdefault("nodeSelector", {})["kubernetes.io/arch"] = "riscv64"
    return bool(pod)


@mutator("delivery hazard")
def flux_variable(rng, objects):
    container = pick(rng, [c for c in containers(objects) if "${" not in json.dumps(c)])
    if container:
        container["command"] = ["/bin/sh", "-c", "exec serve --port ${SERVE_PORT:-8000}"]
        container["args"] = []
    return bool(container)


@mutator("delivery hazard")
def restarted(rng, objects):
    graph = pick(rng, graphs(objects))
    if graph:
        graph["spec"]["restart"] = {"id": "now"}
    return bool(graph)


@mutator("delivery hazard")
def argo_misspelled(rng, objects):
    obj = pick(rng, objects)
    key, value = rng.choice(
        [
            ("argocd.argoproj.io/sync-wave", "first"),
            ("argocd.argoproj.io/hook", "Presync"),
            ("argocd.argoproj.io/sync-option", "Prune=false"),
            ("argocd.argoproj.io/sync-options", "SkipDryRunOnMissingResources=true"),
        ]
    )
    obj["metadata"].setdefault("annotations", {})[key] = value
    return True


# --- the run --------------------------------------------------------------------------------------------


def rendered(binary, shared):
    """(profile, objects) of every corpus graph that renders, without copies."""
    with tempfile.TemporaryDirectory() as directory:
        corpus, _ = mended(shared, directory)
        return all_sets(binary, [(path, profile) for path in corpus for profile in PROFILES])


def all_sets(binary, jobs):
    """The sets of the jobs, and of our own examples."""
    # Our own examples have claims, roles and secrets, which the corpus seldom has.
    golden = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../golden")
    for release in sorted(glob.glob(f"{golden}/*/release.yaml")):
        spec = yaml.load(open(release), Loader)["spec"]
        jobs += [(release, profile) for profile in spec["profiles"] if "/" not in profile]

    def render(job):
        path, profile = job
        return subprocess.run([binary, "render", path, "--profile", profile], capture_output=True)

    sets, seen = [], set()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (path, profile), run in zip(jobs, pool.map(render, jobs)):
            if run.returncode == 0 and run.stdout not in seen:
                seen.add(run.stdout)
                objects = list(yaml.load_all(run.stdout, Loader))
                if len(graphs(objects)) == 1:
                    sets.append((profile, objects))
    return sets


def write(path, objects):
    """Writes a set of manifests as one file."""
    with open(path, "w") as file:
        for obj in objects:
            file.write("---\n" + json.dumps(obj) + "\n")


def graphwright(binary, directory, jobs):
    """The findings of each file: (errors, warnings) as lists of (code, subject)."""

    def run(job):
        name, profile = job
        command = [binary, "validate", f"{directory}/{name}", "--profile", profile, "--message-format", "json"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 1) and "{" not in done.stdout + done.stderr or "panicked" in done.stderr:
            raise SystemExit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr[-400:]}")
        found = [json.loads(line) for line in (done.stdout + done.stderr).splitlines() if line.startswith("{")]
        errors = [f["code"] for f in found if f.get("severity") == "error"]
        warnings = [f["code"] for f in found if f.get("severity") == "warning"]
        return errors, warnings

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(run, jobs))


def kubeconform_schemas(shared, directory):
    """Writes the CRDs' schemas in kubeconform's layout."""
    for path in sorted(glob.glob(f"{shared}/crds/*.yaml")):
        for document in yaml.load_all(open(path), Loader):
            if not document or document.get("kind") != "CustomResourceDefinition":
                continue
            spec = document["spec"]
            for version in spec["versions"]:
                schema = strict(version["schema"]["openAPIV3Schema"])
                schema["properties"]["metadata"] = {"type": "object"}
                name = f"{spec['names']['kind'].lower()}-{spec['group'].split('.')[0]}-{version['name']}.json"
                json.dump(schema, open(f"{directory}/{name}", "w"))
    for path in sorted(glob.glob(f"{shared}/crds/catalog/*/*.json")):
        group = os.path.basename(os.path.dirname(path))
        kind, version = os.path.basename(path)[: -len(".json")].rsplit("_", 1)
        schema = strict(json.load(open(path)))
        if "properties" in schema:
            schema["properties"]["metadata"] = {"type": "object"}
        json.dump(schema, open(f"{directory}/{kind.lower()}-{group.split('.')[0]}-{version}.json", "w"))


def built_in_schemas(directory):
    """Writes the schemas of the built-in kinds, each with the definitions it refers to."""
    package = os.path.dirname(kubernetes_validate.__file__)
    folder = f"{package}/kubernetes-json-schema/v{KUBERNETES}.0-local-strict"
    definitions = json.load(open(f"{folder}/_definitions.json"))["$defs"]

    def local(node, used):
        if isinstance(node, list):
            return [local(item, used) for item in node]
        if not isinstance(node, dict):
            return node
        out = {key: local(value, used) for key, value in node.items() if key != "description"}
        if isinstance(node.get("$ref"), str):
            name = node["$ref"].split("#/$defs/")[-1]
            out["$ref"] = f"#/$defs/{name}"
            used.append(name)
        return out

    for path in glob.glob(f"{folder}/*-v*.json"):
        schema = json.load(open(path))
        if "kind" not in schema.get("properties", {}):
            continue
        used, inner = [], {}
        schema = local(schema, used)
        while used:
            name = used.pop()
            if name not in inner:
                inner[name] = None
                inner[name] = local(definitions[name], used)
        schema["$defs"] = inner
        schema.pop("$id", None)
        json.dump(schema, open(f"{directory}/{os.path.basename(path)}", "w"))


def kubeconform(program, shared, directory, names):
    """Whether each file is refused."""
    with tempfile.TemporaryDirectory() as schemas:
        built_in_schemas(schemas)
        kubeconform_schemas(shared, schemas)
        command = [program, "-strict", "-output", "json", "-n", str(os.cpu_count())]
        command += ["-schema-location", schemas + "/{{ .ResourceKind }}{{ .KindSuffix }}.json"]
        done = subprocess.run(command + [f"{directory}/{name}" for name in names], capture_output=True, text=True)
        refused = Counter()
        for resource in json.loads(done.stdout)["resources"]:
            if resource["status"] in ("statusInvalid", "statusError"):
                refused[os.path.basename(resource["filename"])] += 1
    return [bool(refused[name]) for name in names]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("shared")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--kubeconform")
    parser.add_argument("--show", help="print the mutants of a class that nobody noticed")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    sets = rendered(options.binary, options.shared)
    with tempfile.TemporaryDirectory() as directory:
        valid = [f"valid-{index}.yaml" for index in range(len(sets))]
        for name, (_, objects) in zip(valid, sets):
            write(f"{directory}/{name}", objects)
        ours = graphwright(options.binary, directory, [(n, p) for n, (p, _) in zip(valid, sets)])
        theirs = [False] * len(sets)
        if options.kubeconform:
            theirs = kubeconform(options.kubeconform, options.shared, directory, valid)
        good = [i for i in range(len(sets)) if not ours[i][0] and not theirs[i]]
        print(f"{len(sets)} sets of manifests; {len(good)} are valid for both, {sum(1 for o in ours if o[0])} refused by graphwright, {sum(theirs)} by kubeconform")
        for code, number in Counter(code for errors, _ in ours for code in errors).most_common():
            print(f"  refused as they are: {number} {code}")
        mutants = []
        classes = sorted(MUTATORS)
        turn = 0
        while len(mutants) < options.count:
            # Every class in turn, and of a class every kind of mistake.
            name = classes[turn % len(classes)]
            function = MUTATORS[name][turn // len(classes) % len(MUTATORS[name])]
            turn += 1
            for _ in range(200):
                base = rng.choice(good)
                profile, objects = sets[base]
                objects = copy.deepcopy(objects)
                if function(rng, objects) and objects != sets[base][1]:
                    file = f"mutant-{len(mutants)}.yaml"
                    write(f"{directory}/{file}", objects)
                    mutants.append((name, function.__name__, base, file, profile))
                    break
            else:
                raise SystemExit(f"{function.__name__} finds nothing to break")
        found = graphwright(options.binary, directory, [(m[3], m[4]) for m in mutants])
        other = [False] * len(mutants)
        if options.kubeconform:
            other = kubeconform(options.kubeconform, options.shared, directory, [m[3] for m in mutants])
        total, refused, noticed, known, missed = Counter(), Counter(), Counter(), Counter(), Counter()
        for (name, function, base, file, _), (errors, warnings), conform in zip(mutants, found, other):
            new = Counter(warnings) - Counter(ours[base][1])
            total[name] += 1
            refused[name] += bool(errors)
            noticed[name] += bool(errors or new)
            known[name] += conform
            if not errors and not new:
                missed[f"{name}: {function}"] += 1
                if options.show == name:
                    print(f"not noticed: {function} in {file}")
                    subprocess.run(["diff", f"{directory}/valid-{base}.yaml", f"{directory}/{file}"])
    print(f"{'class':<20}{'mutants':>8}{'refused':>9}{'noticed':>9}{'kubeconform':>13}")
    failed = 0

    def share(number, of):
        return f"{100 * number / of:.1f} %"

    for name in classes:
        bad = 100 * noticed[name] / total[name] < FLOORS.get(name, 0)
        failed += bad
        columns = [share(c[name], total[name]) for c in (refused, noticed)]
        theirs = share(known[name], total[name]) if options.kubeconform else "-"
        print(f"{name:<20}{total[name]:>8}{columns[0]:>9}{columns[1]:>9}{theirs:>13}{'  below its floor' if bad else ''}")
    every = sum(total.values())
    columns = [share(sum(c.values()), every) for c in (refused, noticed)]
    theirs = share(sum(known.values()), every) if options.kubeconform else "-"
    print(f"{'all':<20}{every:>8}{columns[0]:>9}{columns[1]:>9}{theirs:>13}")
    for name, number in missed.most_common():
        print(f"  not noticed: {number} {name}")
    print(f"{len(classes) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
