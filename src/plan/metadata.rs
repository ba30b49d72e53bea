//! Names, namespaces, labels and annotations of the graph and of what its author put beside it.

use super::objects::label_value;
use super::{Notes, strictness};
use crate::diagnostic::Diagnostic;
use crate::model::object::ObjectKey;
use crate::model::profile::{Discovery, Strictness};
use crate::origin::Origin;
use crate::resolve::{Loose, Pair, ResolvedRelease};
use crate::rules;
use crate::yaml::Node;

/// The value of `app.kubernetes.io/managed-by`.
pub(super) const MANAGED_BY: &str = "graphwright";

/// What belongs to the graph as a whole.
pub(super) fn enrich_graph(pair: &Pair, graph: &mut Node, notes: &mut Notes) {
    if let Some(name) = &pair.release.spec.name {
        let rule = match pair.color {
            Some(_) => &rules::COLOR_NAME,
            None => &rules::RELEASE_OVERRIDE,
        };
        let origin = notes.decide(rule, [name.origin]);
        graph
            .ensure_map("metadata", origin)
            .set("name", Node::new(name.value.as_str(), origin));
    }
    set_namespace(&pair.release, graph, notes);
    let name = pair.graph_name();
    add_labels(&pair.release, name, graph, Some("graph"), notes);
    if let Some(spec) = graph.get_mut("spec")
        && let Some(restart) = spec.remove("restart")
    {
        notes.diagnostics.push(
            Diagnostic::new(
                &rules::RESTART_REMOVED,
                restart.origin,
                "`spec.restart` is left out of what is rendered",
            )
            .help("a graph with it cannot be created anew; restart with `kubectl patch` on the running graph"),
        );
    }
    if strictness(pair) == Strictness::Exact {
        return;
    }
    discovery(pair, graph, notes);
    queue(pair, graph, notes);
}

/// An object of the graph's file: it lives where the graph lives.
pub(super) fn enrich_author_object(pair: &Pair, object: &mut Node, notes: &mut Notes) {
    if ObjectKey::of(object).is_some_and(|key| !key.is_cluster_scoped()) {
        set_namespace(&pair.release, object, notes);
    }
    add_labels(&pair.release, pair.graph_name(), object, None, notes);
}

/// An object of a file without a graph: nothing moves it out of the namespace it is in.
pub(super) fn enrich_loose(loose: &Loose, object: &mut Node, notes: &mut Notes) {
    let is_placed = object.at(&["metadata", "namespace"]).is_some();
    if !is_placed && ObjectKey::of(object).is_some_and(|key| !key.is_cluster_scoped()) {
        set_namespace(&loose.release, object, notes);
    }
    add_labels(&loose.release, &loose.release.name, object, None, notes);
}

/// The release's namespace, even where the file says another: references must still resolve.
fn set_namespace(release: &ResolvedRelease, object: &mut Node, notes: &mut Notes) {
    let namespace = release.namespace.as_str();
    let written = object.at(&["metadata", "namespace"]);
    if written.and_then(Node::as_str) == Some(namespace) {
        return;
    }
    let input = release
        .spec
        .namespace
        .as_ref()
        .map_or(Origin::None, |given| given.name.origin);
    let before = written.map_or(Origin::None, |written| written.origin);
    let origin = notes.decide(&rules::NAMESPACE, [input, before]);
    object
        .ensure_map("metadata", origin)
        .set("namespace", Node::new(namespace, origin));
}

/// The standard labels and the release's; the author's own stay.
fn add_labels(
    release: &ResolvedRelease,
    name: &str,
    object: &mut Node,
    component: Option<&str>,
    notes: &mut Notes,
) {
    let origin = notes.decide(&rules::OBJECT_LABELS, []);
    let mut wanted = vec![
        ("app.kubernetes.io/name", label_value(name)),
        ("app.kubernetes.io/part-of", label_value(&release.name)),
        ("app.kubernetes.io/managed-by", MANAGED_BY.to_owned()),
    ];
    if let Some(component) = component {
        wanted.push(("app.kubernetes.io/component", component.to_owned()));
    }
    for (key, value) in wanted {
        add_label(object, key, &value, origin);
    }
    for (key, value) in &release.spec.labels {
        let origin = notes.decide(&rules::RELEASE_LABELS, [value.origin]);
        add_label(object, key, value, origin);
    }
}

fn add_label(object: &mut Node, key: &str, value: &str, origin: Origin) {
    let labels = object
        .ensure_map("metadata", origin)
        .ensure_map("labels", origin);
    if labels.get(key).is_none() {
        labels.set(key, Node::new(value, origin));
    }
}

fn add_annotation(graph: &mut Node, key: &str, value: &str, origin: Origin) {
    let annotations = graph
        .ensure_map("metadata", origin)
        .ensure_map("annotations", origin);
    if annotations.get(key).is_none() {
        annotations.set(key, Node::new(value, origin));
    }
}

/// The operator's default is Kubernetes discovery; only another one needs saying.
fn discovery(pair: &Pair, graph: &mut Node, notes: &mut Notes) {
    if pair.profile.spec.dynamo.discovery == Discovery::Etcd {
        let input = pair.profile.document.origin_of("/spec/dynamo/discovery");
        let origin = notes.decide(&rules::DISCOVERY, [input]);
        add_annotation(graph, "nvidia.com/dynamo-discovery-backend", "etcd", origin);
    }
}

/// The queue the graph waits in, in the words of the scheduler that has queues.
fn queue(pair: &Pair, graph: &mut Node, notes: &mut Notes) {
    let Some(queue) = &pair.profile.spec.scheduler.queue else {
        return;
    };
    let capabilities = &pair.profile.spec.capabilities;
    let key = if *capabilities.kai {
        "nvidia.com/kai-scheduler-queue"
    } else if *capabilities.volcano {
        "nvidia.com/volcano-queue"
    } else {
        return;
    };
    let origin = notes.decide(&rules::SCHEDULER_QUEUE, [queue.origin]);
    add_annotation(graph, key, queue, origin);
}
