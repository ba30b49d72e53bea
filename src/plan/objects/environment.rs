//! What does the environment of a component say?

use super::Site;
use crate::model::graph::{Component, ComponentKind};
use crate::yaml::Node;

/// The graph's own description of a component.
pub(super) fn written<'a>(site: &Site<'a>, component: &Component) -> Option<&'a Node> {
    let components = site.pair.graph.object.at(&["spec", "components"])?;
    components
        .as_list()?
        .iter()
        .find(|written| written.get("name").and_then(Node::as_str) == Some(component.name.as_str()))
}

/// The literal value of a variable of the main container: the release's, the component's, or the graph's.
pub(super) fn variable<'a>(site: &Site<'a>, component: &Component, name: &str) -> Option<&'a str> {
    let own = site.release.components.get(&component.name);
    if let Some(own) = own.and_then(|own| own.env.iter().find(|env| env.name == name)) {
        return Some(&own.value.value);
    }
    let in_list = |list: Option<&'a Node>| {
        list.and_then(Node::as_list)?
            .iter()
            .find(|env| env.get("name").and_then(Node::as_str) == Some(name))?
            .get("value")?
            .as_str()
    };
    let containers = written(site, component)
        .and_then(|written| written.at(&["podTemplate", "spec", "containers"]))
        .and_then(Node::as_list);
    let main = containers.and_then(|containers| {
        containers
            .iter()
            .find(|container| container.get("name").and_then(Node::as_str) == Some("main"))
    });
    in_list(main.and_then(|main| main.get("env")))
        .or_else(|| in_list(site.pair.graph.object.at(&["spec", "env"])))
}

/// The first value that a component of this kind gives a variable.
pub(super) fn variable_of<'a>(site: &Site<'a>, kind: ComponentKind, name: &str) -> Option<&'a str> {
    let mut components = site
        .components()
        .iter()
        .filter(|component| component.kind == kind);
    components.find_map(|component| variable(site, component, name))
}

/// Whether the fabric gives every worker this variable with this value.
pub(super) fn fabric_sets(site: &Site<'_>, name: &str, value: &str) -> bool {
    site.profile.fabric.as_ref().is_some_and(|fabric| {
        fabric
            .env
            .iter()
            .chain(&fabric.safe_env)
            .any(|env| env.name == name && env.value.value.as_str() == value)
    })
}
