//! What does one pod ask of its node?
//!
//! As the scheduler counts it (<https://kubernetes.io/docs/concepts/scheduling-eviction/pod-overhead/>,
//! <https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers>):
//! a limit stands for a request that is missing, containers are added up, an init container counts where it
//! asks for more than all of them, and one that keeps running counts like the others.

use crate::model::pod::{ContainerRole, PodTemplate};
use crate::model::quantity::Quantity;
use crate::origin::Origin;
use crate::yaml::Node;

/// An amount of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The resource's name, such as `nvidia.com/gpu`; for claimed devices their class.
    pub resource: String,
    /// How much of it one pod asks for.
    pub amount: Quantity,
    /// Where that is said.
    pub origin: Origin,
}

/// Amounts by resource, in the order they were met.
#[derive(Debug, Clone, Default)]
pub(super) struct Asks(pub(super) Vec<Ask>);

impl Asks {
    pub(super) fn add(&mut self, resource: &str, amount: Quantity, origin: Origin) {
        match self.0.iter_mut().find(|ask| ask.resource == resource) {
            Some(ask) => ask.amount = ask.amount + amount,
            None => self.0.push(Ask {
                resource: resource.to_owned(),
                amount,
                origin,
            }),
        }
    }

    fn at_least(&mut self, other: &Self) {
        for ask in &other.0 {
            match self.0.iter_mut().find(|own| own.resource == ask.resource) {
                Some(own) if own.amount < ask.amount => *own = ask.clone(),
                Some(_) => {}
                None => self.0.push(ask.clone()),
            }
        }
    }

    fn plus(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        for ask in &other.0 {
            sum.add(&ask.resource, ask.amount, ask.origin);
        }
        sum
    }
}

/// What `resources` of a container or a pod asks for.
fn of_resources(resources: Option<&Node>, into: &mut Asks) {
    let Some(resources) = resources else { return };
    let side = |side: &str| resources.get(side).and_then(Node::as_map);
    let (requests, limits) = (side("requests"), side("limits"));
    for entry in requests.into_iter().flatten() {
        if let Some(amount) = Quantity::of(&entry.value) {
            into.add(&entry.key, amount, entry.value.origin);
        }
    }
    for entry in limits.into_iter().flatten() {
        let has = requests.is_some_and(|requests| requests.contains(&entry.key));
        if let Some(amount) = Quantity::of(&entry.value).filter(|_| !has) {
            into.add(&entry.key, amount, entry.value.origin);
        }
    }
}

/// What one pod of a template asks for, without what it claims.
pub(super) fn of_pod(template: &PodTemplate<'_>) -> Asks {
    let mut main = Asks::default();
    let mut beside = Asks::default();
    let mut starting = Asks::default();
    let Some(spec) = template.spec() else {
        return main;
    };
    for container in template.containers() {
        let resources = container.node.get("resources");
        match container.role {
            ContainerRole::Main => of_resources(resources, &mut main),
            ContainerRole::Init => {
                let stays =
                    container.node.get("restartPolicy").and_then(Node::as_str) == Some("Always");
                if stays {
                    of_resources(resources, &mut beside);
                } else if resources.is_some() {
                    let mut own = Asks::default();
                    of_resources(resources, &mut own);
                    starting.at_least(&own.plus(&beside));
                }
            }
            ContainerRole::Ephemeral => {}
        }
    }
    let mut asks = match beside.0.is_empty() {
        true => main,
        false => main.plus(&beside),
    };
    asks.at_least(&starting);
    if let Some(whole) = spec.get("resources") {
        let mut own = Asks::default();
        of_resources(Some(whole), &mut own);
        for ask in own.0 {
            asks.0.retain(|other| other.resource != ask.resource);
            asks.0.push(ask);
        }
    }
    let overhead = spec.get("overhead").and_then(Node::as_map);
    for entry in overhead.into_iter().flatten() {
        if let Some(amount) = Quantity::of(&entry.value) {
            asks.add(&entry.key, amount, entry.value.origin);
        }
    }
    asks.0.retain(|ask| ask.amount > Quantity::ZERO);
    asks
}
