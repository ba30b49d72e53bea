#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::pack::{Block, Outcome, Place, Problem, Shape, is_sound};
use super::{Fit, Verdict, fit, to_json, to_text};
use crate::model::object::Maker;
use crate::model::profile::ClusterProfileSpec;
use crate::model::quantity::Quantity;
use crate::model::{Manifest, ObjectKey};
use crate::origin::Origin;
use crate::yaml::{Node, from_node};

fn manifest(object: &Json) -> Manifest {
    let object = Node::from_json(object, Origin::None);
    Manifest {
        key: ObjectKey::of(&object).unwrap(),
        object,
        component: None,
        maker: Maker::Author,
    }
}

fn graph(components: Json) -> Manifest {
    manifest(&json!({
        "apiVersion": "nvidia.com/v1beta1",
        "kind": "DynamoGraphDeployment",
        "metadata": {"name": "chat", "namespace": "llm"},
        "spec": {"components": components},
    }))
}

fn worker(name: &str, replicas: u64, limits: Json, spec: Json) -> Json {
    let mut spec = spec;
    spec["containers"] = json!([{"name": "main", "resources": {"limits": limits}}]);
    json!({"name": name, "type": "worker", "replicas": replicas, "podTemplate": {"spec": spec}})
}

fn cluster(spec: &Json) -> ClusterProfileSpec {
    from_node(&Node::from_json(spec, Origin::None)).unwrap()
}

fn pool(gpus: u64, more: Json) -> Json {
    let mut pool = json!({"name": "gpu", "gpu": {"model": "H100", "count": gpus}});
    for (key, value) in more.as_object().unwrap() {
        pool[key] = value.clone();
    }
    json!({"pools": [pool]})
}

fn fitted(manifests: &[Manifest], spec: &Json) -> Fit {
    let manifests: Vec<&Manifest> = manifests.iter().collect();
    fit(&manifests, &cluster(spec))
}

fn codes(fit: &Fit) -> Vec<&'static str> {
    fit.complaints.iter().map(|one| one.rule.code).collect()
}

#[test]
fn an_overlay_that_asks_for_all_adapters_strands_the_other_gpus() {
    // 6 prefill workers of 2 GPUs and a decode worker of 4, all with 8 adapters: upstream's overlay for
    // p6-b200.48xlarge.
    let asks = |gpus: u64| json!({"nvidia.com/gpu": gpus, "vpc.amazonaws.com/efa": 8});
    let graph = graph(json!([
        worker("prefill", 6, asks(2), json!({})),
        worker("decode", 1, asks(4), json!({})),
    ]));
    let spec = pool(8, json!({"allocatable": {"vpc.amazonaws.com/efa": "8"}}));
    let fit = fitted(&[graph], &spec);
    assert_eq!(fit.verdict, Verdict::Fits);
    let used = &fit.pools[0];
    assert_eq!(
        (used.nodes, used.gpus_used, used.gpus_free),
        (Some(7), 16, 0)
    );
    let stranded = used.stranded.as_ref().unwrap();
    assert_eq!(stranded.gpus, 40);
    assert_eq!(stranded.by, "vpc.amazonaws.com/efa");
    assert_eq!(stranded.nodes_needed, Some(2));
    assert_eq!(
        fit.complaints[0].message,
        "40 of 56 GPUs on 7 nodes of pool `gpu` are out of reach: `vpc.amazonaws.com/efa` runs out first"
    );
}

#[test]
fn ten_thousand_replicas_are_placed_at_once() {
    let one = |number: u64| {
        worker(
            &format!("w{number}"),
            10_000,
            json!({"nvidia.com/gpu": 1 + number % 8, "cpu": "12"}),
            json!({}),
        )
    };
    let graphs: Vec<Manifest> = (0..40).map(|number| graph(json!([one(number)]))).collect();
    let spec = pool(8, json!({"allocatable": {"cpu": "190"}}));
    // It would not end if every pod were placed by itself.
    let fit = fitted(&graphs, &spec);
    assert_eq!(fit.verdict, Verdict::Fits);
    let placed: u64 = fit.placed.iter().map(|p| p.pods * p.nodes).sum();
    assert_eq!(placed, 400_000);
}

#[test]
fn a_profile_without_nodes_for_frontends_is_not_taken_to_have_none() {
    let frontend = json!({"name": "f", "type": "frontend", "podTemplate": {"spec": {"containers": [{"name": "main"}]}}});
    let taint = json!({"taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}]});
    let fit = fitted(&[graph(json!([frontend]))], &pool(8, taint));
    assert_eq!((fit.verdict, fit.unjudged.len()), (Verdict::Fits, 1));
}

#[test]
fn what_cannot_fit_is_named() {
    let gpus = |gpus: u64| json!({"nvidia.com/gpu": gpus});
    let apart = json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"nvidia.com/dynamo-component": "w"}}}
    ]}}});
    let spread = |least: u64| {
        json!({"topologySpreadConstraints": [{
            "maxSkew": 1, "minDomains": least, "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"nvidia.com/dynamo-component": "w"}},
        }]})
    };
    let two = json!({"maxNodes": 2, "zones": ["a", "b"]});
    for (replicas, limits, spec, pools, expected) in [
        (1, gpus(9), json!({}), json!({}), Some("fit-pod-too-large")),
        (1, gpus(8), json!({}), json!({}), None),
        (
            5,
            gpus(4),
            json!({}),
            two.clone(),
            Some("fit-pool-too-small"),
        ),
        (4, gpus(4), json!({}), two.clone(), None),
        (
            3,
            gpus(5),
            json!({}),
            two.clone(),
            Some("fit-pool-too-small"),
        ),
        (
            3,
            gpus(1),
            apart.clone(),
            two.clone(),
            Some("fit-pool-too-small"),
        ),
        (2, gpus(1), apart, two.clone(), None),
        (4, gpus(1), spread(3), two.clone(), Some("fit-zones")),
        (4, gpus(1), spread(2), two.clone(), None),
        (
            1,
            gpus(1),
            json!({"nodeSelector": {"topology.kubernetes.io/zone": "c"}}),
            two,
            Some("fit-no-pool"),
        ),
    ] {
        let what = format!("{replicas} {limits} {spec} {pools}");
        let graph = graph(json!([worker("w", replicas, limits, spec)]));
        let fit = fitted(&[graph], &pool(8, pools));
        assert_eq!(codes(&fit).first().copied(), expected, "{what}");
        assert_eq!(fit.verdict == Verdict::Fits, expected.is_none(), "{what}");
    }
}

#[test]
fn gangs_stay_in_one_nvlink_domain() {
    let domain = manifest(&json!({
        "apiVersion": "resource.nvidia.com/v1beta1", "kind": "ComputeDomain",
        "metadata": {"name": "d", "namespace": "llm"},
        "spec": {"numNodes": 0, "channel": {"resourceClaimTemplate": {"name": "channel"}}},
    }));
    let claims = json!({"resourceClaims": [{"name": "c", "resourceClaimTemplateName": "channel"}]});
    let spec = pool(4, json!({"maxNodes": 36, "nvlink": {"nodes": 18}}));
    for (nodes, replicas, verdict) in [
        (18, 2, Verdict::Fits),
        (19, 1, Verdict::DoesNotFit),
        // Four gangs of four in each rack of eighteen, and two nodes over.
        (4, 8, Verdict::Fits),
        (4, 9, Verdict::NotFound),
    ] {
        let mut component = worker("w", replicas, json!({"nvidia.com/gpu": 4}), claims.clone());
        component["multinode"] = json!({"nodeCount": nodes});
        let fit = fitted(&[graph(json!([component])), domain.clone()], &spec);
        assert_eq!(
            fit.verdict, verdict,
            "{nodes} {replicas} {:?}",
            fit.complaints
        );
    }
}

#[test]
fn what_is_not_known_is_said_and_not_zero() {
    let limits = json!({"nvidia.com/gpu": 4, "cpu": "64", "rdma/ib": 1});
    let fit = fitted(
        &[graph(json!([worker("w", 3, limits, json!({}))]))],
        &pool(8, json!({})),
    );
    assert_eq!(fit.verdict, Verdict::Fits);
    assert_eq!(fit.pools[0].nodes, Some(2));
    let unknown: Vec<&str> = fit.pools[0].unknown.iter().map(String::as_str).collect();
    assert_eq!(unknown, ["cpu", "rdma/ib"]);
    let text = to_text(&fit, "mine");
    assert!(
        text.contains("does not say how much cpu, rdma/ib a node of pool gpu"),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert_eq!(
        to_json(&fit, "mine")["pools"][0]["notKnown"],
        json!(["cpu", "rdma/ib"])
    );
}

#[test]
fn two_graphs_on_one_cluster_are_added_up() {
    let one = graph(json!([worker(
        "w",
        1,
        json!({"nvidia.com/gpu": 8}),
        json!({})
    )]));
    let spec = pool(8, json!({"maxNodes": 1}));
    assert_eq!(
        fitted(std::slice::from_ref(&one), &spec).verdict,
        Verdict::Fits
    );
    let both = fitted(&[one.clone(), one], &spec);
    assert_eq!(codes(&both), ["fit-pool-too-small"]);
    assert_eq!(
        both.complaints[0].message,
        "16 `nvidia.com/gpu` are asked for, pool `gpu` has 8"
    );
}

#[test]
fn requests_are_counted_as_the_scheduler_does() {
    let object = manifest(&json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {
            "overhead": {"memory": "1Gi"},
            "initContainers": [
                {"name": "stays", "restartPolicy": "Always", "resources": {"requests": {"cpu": "1"}}},
                {"name": "first", "resources": {"requests": {"cpu": "6", "memory": "1Gi"}}},
            ],
            "containers": [
                {"name": "a", "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "4", "memory": "2Gi"}}},
                {"name": "b", "resources": {"requests": {"cpu": "500m"}}},
            ],
        },
    }));
    let fit = fitted(&[object], &json!({"pools": [{"name": "cpu"}]}));
    let asks: BTreeMap<&str, String> = fit.groups[0]
        .asks
        .iter()
        .map(|ask| (ask.resource.as_str(), ask.amount.to_string()))
        .collect();
    assert_eq!(
        asks,
        BTreeMap::from([("cpu", "7".to_owned()), ("memory", "3Gi".to_owned())])
    );
}

/// Whether any assignment of pods to nodes keeps every constraint, tried one by one.
fn some_placement(problem: &Problem) -> bool {
    let nodes: Vec<usize> = problem
        .pools
        .iter()
        .enumerate()
        .flat_map(|(pool, shape)| std::iter::repeat_n(pool, shape.most.unwrap() as usize))
        .collect();
    let zones_of = |pool: usize| -> Vec<Option<usize>> {
        let mut zones: BTreeSet<usize> = BTreeSet::new();
        for block in &problem.blocks {
            zones.extend(block.place(pool).into_iter().flat_map(|p| p.zones.clone()));
        }
        match zones.is_empty() {
            true => vec![None],
            false => zones.into_iter().map(Some).collect(),
        }
    };
    let mut zonings: Vec<Vec<Option<usize>>> = vec![Vec::new()];
    for pool in &nodes {
        let longer = zonings.iter().flat_map(|zoning| {
            zones_of(*pool).into_iter().map(move |zone| {
                let mut zoning = zoning.clone();
                zoning.push(zone);
                zoning
            })
        });
        zonings = longer.collect();
    }
    let pods: Vec<usize> = problem
        .blocks
        .iter()
        .enumerate()
        .flat_map(|(block, this)| std::iter::repeat_n(block, this.pods() as usize))
        .collect();
    let choices = nodes.len().checked_pow(pods.len() as u32).unwrap();
    zonings.iter().any(|zoning| {
        (0..choices.max(1)).any(|mut choice| {
            if nodes.is_empty() {
                return pods.is_empty();
            }
            let at: Vec<usize> = pods
                .iter()
                .map(|_| {
                    let node = choice % nodes.len();
                    choice /= nodes.len();
                    node
                })
                .collect();
            keeps(problem, &nodes, zoning, &pods, &at)
        })
    })
}

fn keeps(
    problem: &Problem,
    nodes: &[usize],
    zoning: &[Option<usize>],
    pods: &[usize],
    at: &[usize],
) -> bool {
    let on = |node: usize| (0..pods.len()).filter(move |pod| at[*pod] == node);
    let room = nodes.iter().enumerate().all(|(node, pool)| {
        let capacity = &problem.pools[*pool].capacity;
        capacity.iter().enumerate().all(|(resource, capacity)| {
            let asks = on(node).flat_map(|pod| &problem.blocks[pods[pod]].asks);
            let asks = asks.filter(|(asked, _)| *asked == resource);
            capacity.is_none_or(|capacity| asks.map(|(_, ask)| *ask).sum::<Quantity>() <= capacity)
        })
    });
    let pairs = (0..pods.len()).all(|one| {
        let this = &problem.blocks[pods[one]];
        let zone = zoning[at[one]];
        let allowed = this.place(nodes[at[one]]).is_some_and(|place| match zone {
            None => place.zones.is_empty(),
            Some(zone) => place.zones.contains(&zone),
        });
        let others = (0..pods.len()).filter(|other| *other != one);
        allowed
            && others.into_iter().all(|other| {
                let that = &problem.blocks[pods[other]];
                let together = this.zone_set.is_some() && this.zone_set == that.zone_set;
                let zones = (zone, zoning[at[other]]);
                let differ = zones.0.zip(zones.1).is_some_and(|(a, b)| a != b);
                let shares = this.apart.contains(&pods[other]) && at[one] == at[other];
                !(shares || together && differ)
            })
    });
    let skews = problem.blocks.iter().enumerate().all(|(block, this)| {
        let count = |taken: &dyn Fn(usize) -> bool| {
            (0..pods.len())
                .filter(|pod| pods[*pod] == block && taken(at[*pod]))
                .count() as u64
        };
        let hosts = (0..nodes.len()).filter(|node| this.place(nodes[*node]).is_some());
        let hosts: Vec<u64> = hosts.map(|node| count(&|at| at == node)).collect();
        let zones: BTreeSet<usize> = this.places.iter().flat_map(|p| p.zones.clone()).collect();
        let zones: Vec<u64> = zones
            .into_iter()
            .map(|zone| count(&|at| zoning[at] == Some(zone)))
            .collect();
        let even = |counts: &[u64], skew: Option<u64>| {
            let most = counts.iter().max().copied().unwrap_or(0);
            let least = counts.iter().min().copied().unwrap_or(0);
            skew.is_none_or(|skew| most - least <= skew)
        };
        even(&hosts, this.host_skew) && even(&zones, this.zone_skew)
    });
    room && pairs && skews
}

fn shape() -> impl Strategy<Value = Shape> {
    (0_i64..5, proptest::option::of(1_i64..5), 1_u64..3).prop_map(|(gpus, efa, most)| Shape {
        capacity: vec![Some(Quantity::whole(gpus)), efa.map(Quantity::whole)],
        most: Some(most),
        domain: None,
    })
}

fn block(pools: usize) -> impl Strategy<Value = Block> {
    let places = proptest::collection::btree_set(0..pools, 1..=pools);
    let constraints = (
        proptest::option::of(Just(0_usize)),
        proptest::option::weighted(0.2, 1_u64..3),
        proptest::option::weighted(0.2, 1_u64..3),
        any::<bool>(),
    );
    (0_i64..4, 0_i64..4, 1_u64..3, places, constraints).prop_map(
        |(gpus, efa, gangs, places, (zone_set, host_skew, zone_skew, fills))| Block {
            asks: [(0, gpus), (1, efa)]
                .into_iter()
                .filter(|(_, ask)| *ask > 0)
                .map(|(resource, ask)| (resource, Quantity::whole(ask)))
                .collect(),
            gangs,
            size: 1,
            places: places
                .into_iter()
                .map(|pool| Place {
                    pool,
                    // Pools differ in their zones: one has none, one has two.
                    zones: if pool == 0 { vec![] } else { vec![0, 1] },
                })
                .collect(),
            zone_set,
            host_skew,
            zone_skew,
            weight: Quantity::whole(gpus),
            fills,
            ..Block::default()
        },
    )
}

fn problem() -> impl Strategy<Value = Problem> {
    let pools = proptest::collection::vec(shape(), 1..3);
    pools.prop_flat_map(|pools| {
        let blocks = proptest::collection::vec(block(pools.len()), 1..4);
        let apart = proptest::collection::vec((0_usize..3, 0_usize..3), 0..3);
        (Just(pools), blocks, apart).prop_map(|(pools, mut blocks, apart)| {
            for (a, b) in apart {
                if a < blocks.len() && b < blocks.len() {
                    blocks[a].apart.insert(b);
                    blocks[b].apart.insert(a);
                }
            }
            Problem { pools, blocks }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn packing_agrees_with_trying_everything(problem in problem()) {
        let exists = some_placement(&problem);
        match problem.solve() {
            Outcome::Placed(placement) => {
                prop_assert!(is_sound(&problem, &placement));
                prop_assert!(exists, "{placement:?}");
            }
            Outcome::Impossible => prop_assert!(!exists),
            Outcome::NotFound(_) => prop_assert!(false, "not told"),
        }
    }

    #[test]
    fn what_is_said_not_to_fit_is_never_placed(
        asks in proptest::collection::vec((1_u64..9, 0_u64..9, 1_u64..40, any::<bool>()), 1..5),
        most in 1_u64..20,
    ) {
        let components: Vec<Json> = asks.iter().enumerate().map(|(index, (gpus, efa, replicas, apart))| {
            let name = format!("w{index}");
            let term = json!({"topologyKey": "kubernetes.io/hostname",
                "labelSelector": {"matchExpressions": [{"key": "nvidia.com/dynamo-component", "operator": "Exists"}]}});
            let spec = match apart {
                true => json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}),
                false => json!({}),
            };
            worker(&name, *replicas, json!({"nvidia.com/gpu": gpus, "vpc.amazonaws.com/efa": efa}), spec)
        }).collect();
        let spec = pool(8, json!({"maxNodes": most, "allocatable": {"vpc.amazonaws.com/efa": "8"}}));
        let fit = fitted(&[graph(components.into())], &spec);
        let pods: u64 = fit.groups.iter().map(super::Group::pods).sum();
        let placed: u64 = fit.placed.iter().map(|p| p.pods * p.nodes).sum();
        let nodes: u64 = fit.pools[0].nodes.unwrap();
        prop_assert!(nodes <= most);
        prop_assert_eq!(fit.verdict == Verdict::Fits, pods == placed, "{:?}", fit.complaints);
    }
}
