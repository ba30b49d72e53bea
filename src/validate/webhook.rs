//! Would the Dynamo webhook take it?
//!
//! The rules of creation are those of the operator that the profile names; the rules of change are asked
//! where it is known what the cluster has now. What the kinds' schemas say themselves is not repeated here.

mod annotations;
mod create;
mod experimental;
mod grove;
mod image;
mod older;
mod other;
mod topology;
mod update;

use super::Subject;
use super::graph::Graph;
use crate::diagnostic::Diagnostic;
use crate::yaml::Node;

/// Asks the rules of creation and of change.
pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for graph in Graph::all(subject) {
        let before = subject.before(graph.manifest);
        let before = before.and_then(|manifest| Graph::of(subject, manifest));
        annotations::check(&graph, found);
        create::check(&graph, found);
        image::check(&graph, before.as_ref(), found);
        experimental::check(&graph, found);
        grove::check(&graph, found);
        topology::check(&graph, found);
        if let Some(before) = &before {
            update::check(&graph, before, found);
        }
    }
    other::check(subject, found);
}

/// Asks what the webhook wants of graphs that are applied in v1alpha1.
pub(super) fn check_older(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    older::check(subject, found);
}

/// A graph of v1alpha1 without what the operator keeps in an annotation when it converts it: fields that have
/// their effect and no place in v1beta1.
pub(super) fn without_kept_aside(graph: &Node) -> Node {
    older::without_kept_aside(graph)
}

/// A graph of v1beta1 with what the webhook writes into it.
///
/// Every write fills `replicas: 1`, and `minAvailable: 1` where Grove runs the graph. With `is_created` the
/// annotation `nvidia.com/workload-provider` is set as well, whatever stood there: `grove` if the cluster has
/// Grove and `nvidia.com/enable-grove` is not `false`, else `component`. The webhook also stamps its own
/// version, `nvidia.com/dynamo-operator-origin-version`, which only the operator knows.
pub fn defaulted(graph: &Node, has_grove: bool, is_created: bool) -> Node {
    const GROVE: [&str; 3] = ["metadata", "annotations", "nvidia.com/enable-grove"];
    let mut graph = graph.clone();
    let origin = graph.origin;
    let enabled = graph.at(&GROVE).and_then(Node::as_str);
    let on_grove = has_grove && !enabled.is_some_and(|text| text.eq_ignore_ascii_case("false"));
    let components = graph.at_mut(&["spec", "components"]);
    for component in components.and_then(Node::as_list_mut).into_iter().flatten() {
        for (key, is_set) in [("replicas", true), ("minAvailable", on_grove)] {
            if is_set && component.as_map().is_some_and(|map| !map.contains(key)) {
                component.set(key, Node::new(1, component.origin));
            }
        }
    }
    if is_created {
        let provider = if on_grove { "grove" } else { "component" };
        graph
            .ensure_map("metadata", origin)
            .ensure_map("annotations", origin)
            .set("nvidia.com/workload-provider", Node::new(provider, origin));
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;
    use serde_json::json;

    #[test]
    fn the_webhook_fills_in_replicas_and_the_provider() {
        let graph = json!({"spec": {"components": [{"name": "a"}, {"name": "b", "replicas": 2}]}});
        let graph = Node::from_json(&graph, Origin::None);
        assert_eq!(
            defaulted(&graph, true, true).to_json(),
            json!({
                "spec": {"components": [
                    {"name": "a", "replicas": 1, "minAvailable": 1},
                    {"name": "b", "replicas": 2, "minAvailable": 1},
                ]},
                "metadata": {"annotations": {"nvidia.com/workload-provider": "grove"}},
            })
        );
    }

    #[test]
    fn a_graph_that_turns_grove_off_has_no_minimum() {
        let graph = json!({
            "metadata": {"annotations": {"nvidia.com/enable-grove": "False"}},
            "spec": {"components": [{"name": "a"}]},
        });
        let graph = Node::from_json(&graph, Origin::None);
        let after = defaulted(&graph, true, false);
        assert_eq!(
            after.at(&["spec", "components"]).map(Node::to_json),
            Some(json!([{"name": "a", "replicas": 1}]))
        );
    }
}
