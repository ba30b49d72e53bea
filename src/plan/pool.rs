//! Which node pool does each component run on?
//!
//! The release's word comes first, then the graph's own node selector and affinity, then the only pool that
//! fits. A pool that does not fit is never chosen.

use super::Notes;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::graph::Component;
use crate::model::profile::Pool;
use crate::origin::Origin;
use crate::resolve::Pair;
use crate::rules;
use crate::yaml::{At, Node};

use super::component::pod;

/// The pool of every component, in their order; none where the profile has no pools, or where nothing binds
/// the component to one.
pub(super) fn select<'a>(pair: &'a Pair, notes: &mut Notes) -> Vec<Option<&'a At<Pool>>> {
    pair.graph
        .components
        .iter()
        .enumerate()
        .map(|(index, component)| {
            let node = pair
                .graph
                .object
                .at(&["spec", "components"])
                .and_then(Node::as_list)
                .and_then(|list| list.get(index))?;
            select_one(pair, component, node, notes)
        })
        .collect()
}

fn select_one<'a>(
    pair: &'a Pair,
    component: &Component,
    node: &Node,
    notes: &mut Notes,
) -> Option<&'a At<Pool>> {
    let pools = &pair.profile.spec.pools;
    if pools.is_empty() {
        return None;
    }
    let wanted = pair
        .release
        .spec
        .components
        .get(&component.name)
        .and_then(|given| given.pool.as_ref());
    if let Some(wanted) = wanted {
        return named(pair, component, node, wanted, notes);
    }
    let needs_gpu = component.gpus > 0;
    let fitting: Vec<&At<Pool>> = pools
        .iter()
        .filter(|pool| misfit(pool, component, node).is_none())
        .collect();
    // A component without GPUs belongs on nodes without GPUs, unless its own selectors say otherwise.
    let preferred: Vec<&At<Pool>> = match fitting.iter().any(|pool| pool.gpu.is_none()) {
        true if !needs_gpu && !component.claims_devices => fitting
            .iter()
            .copied()
            .filter(|pool| pool.gpu.is_none())
            .collect(),
        _ => fitting,
    };
    match preferred.as_slice() {
        [one] => Some(one),
        [] => {
            notes.diagnostics.push(nothing_fits(pair, component, node));
            None
        }
        // Nothing binds a component without GPUs to one of several pools.
        _ if !needs_gpu => None,
        several => {
            let names: Vec<_> = several.iter().map(|p| format!("`{}`", *p.name)).collect();
            notes.diagnostics.push(
                Diagnostic::new(
                    &rules::POOL_AMBIGUOUS,
                    component_origin(node),
                    format!(
                        "component `{}` fits {} pools of profile `{}`: {}",
                        component.name,
                        several.len(),
                        pair.profile.name,
                        names.join(", ")
                    ),
                )
                .help(format!(
                    "choose one in a release: `spec.components.{}.pool: {}`",
                    component.name, *several[0].name
                )),
            );
            None
        }
    }
}

/// The pool a release names.
fn named<'a>(
    pair: &'a Pair,
    component: &Component,
    node: &Node,
    wanted: &At<String>,
    notes: &mut Notes,
) -> Option<&'a At<Pool>> {
    let pools = &pair.profile.spec.pools;
    let Some(pool) = pools.iter().find(|pool| *pool.name == **wanted) else {
        let names = pools.iter().map(|pool| pool.name.as_str());
        let offered: Vec<_> = names.clone().map(|name| format!("`{name}`")).collect();
        let mut diagnostic = Diagnostic::new(
            &rules::POOL_UNKNOWN,
            wanted.origin,
            format!(
                "pool `{}` is not in profile `{}`",
                **wanted, pair.profile.name
            ),
        );
        if let Some(hint) = did_you_mean(wanted, names) {
            diagnostic = diagnostic.help(hint);
        }
        let help = format!("the profile offers: {}", offered.join(", "));
        notes.diagnostics.push(diagnostic.help(help));
        return None;
    };
    if let Some(why) = misfit(pool, component, node) {
        notes.diagnostics.push(
            Diagnostic::new(
                &rules::POOL_MISFIT,
                wanted.origin,
                format!(
                    "component `{}` does not fit pool `{}`: {}",
                    component.name, **wanted, why.reason
                ),
            )
            .label(why.origin, "because of this")
            .help(match fitting(pools, component, node).as_slice() {
                [] => "no pool of the profile fits".to_owned(),
                names => format!("these fit: {}", names.join(", ")),
            }),
        );
        return None;
    }
    Some(pool)
}

/// The names of the pools that a component fits.
fn fitting(pools: &[At<Pool>], component: &Component, node: &Node) -> Vec<String> {
    pools
        .iter()
        .filter(|pool| misfit(pool, component, node).is_none())
        .map(|pool| format!("`{}`", *pool.name))
        .collect()
}

fn gpus(component: &Component) -> String {
    match component.gpus {
        1 => "1 GPU".to_owned(),
        several => format!("{several} GPUs"),
    }
}

/// Why a component cannot run on a pool.
struct Misfit {
    reason: String,
    origin: Origin,
}

fn misfit(pool: &Pool, component: &Component, node: &Node) -> Option<Misfit> {
    if component.gpus > 0 {
        let offered = pool.gpu.as_ref().map_or(0, |gpu| gpu.count.value);
        if component.gpus > offered {
            return Some(Misfit {
                reason: match offered {
                    0 => format!("it asks for {} and the nodes have none", gpus(component)),
                    _ => format!("it asks for {} and a node has {offered}", gpus(component)),
                },
                origin: component_origin(node),
            });
        }
    }
    let pod = pod(node)?;
    selector_misfit(pool, pod).or_else(|| affinity_misfit(pool, pod))
}

/// The author's `nodeSelector` against the pool's labels, as far as the profile knows them.
fn selector_misfit(pool: &Pool, pod: &Node) -> Option<Misfit> {
    pod.get("nodeSelector")?.as_map()?.iter().find_map(|entry| {
        let wanted = entry.value.as_str()?;
        let known = label(pool, &entry.key)?;
        (!known.is(wanted)).then(|| Misfit {
            reason: format!(
                "it selects `{}: {wanted}`, the nodes have {known}",
                entry.key
            ),
            origin: entry.value.origin,
        })
    })
}

/// The author's required node affinity: at least one term must be able to match.
fn affinity_misfit(pool: &Pool, pod: &Node) -> Option<Misfit> {
    let terms = pod
        .at(&[
            "affinity",
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
            "nodeSelectorTerms",
        ])?
        .as_list()?;
    let mut first = None;
    for term in terms {
        let expressions = term
            .get("matchExpressions")
            .and_then(Node::as_list)
            .unwrap_or_default();
        match expressions.iter().find_map(|e| expression_misfit(pool, e)) {
            None => return None,
            Some(misfit) => first = first.or(Some(misfit)),
        }
    }
    first
}

fn expression_misfit(pool: &Pool, expression: &Node) -> Option<Misfit> {
    let key = expression.get("key")?.as_str()?;
    let known = label(pool, key)?;
    let values: Vec<&str> = expression
        .get("values")
        .and_then(Node::as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::as_str)
        .collect();
    let matches = match expression.get("operator")?.as_str()? {
        "In" => values.iter().any(|value| known.is(value)),
        "NotIn" => !values.iter().any(|value| known.is(value)),
        "DoesNotExist" => false,
        _ => true,
    };
    (!matches).then(|| Misfit {
        reason: format!(
            "its node affinity wants `{key}` among {}, the nodes have {known}",
            values.join(", ")
        ),
        origin: expression
            .get("values")
            .map_or(expression.origin, |v| v.origin),
    })
}

/// What the profile tells about a label of the pool's nodes.
pub(crate) enum Label<'a> {
    /// Its value.
    Value(&'a str),
    /// A GPU product that feature discovery builds from this model's name.
    Product(&'a str),
    /// The nodes do not have the label.
    Absent,
}

impl Label<'_> {
    /// Whether the label can have this value.
    pub(crate) fn is(&self, value: &str) -> bool {
        match self {
            Self::Value(known) => *known == value,
            Self::Product(model) => {
                let words = |text: &str| -> Vec<String> {
                    text.split([' ', '-']).map(str::to_lowercase).collect()
                };
                let (model, product) = (words(model), words(value));
                product.windows(model.len()).any(|part| part == model)
            }
            Self::Absent => false,
        }
    }
}

impl std::fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(value) => write!(f, "`{value}`"),
            Self::Product(model) => write!(f, "{model} GPUs"),
            Self::Absent => f.write_str("no such label"),
        }
    }
}

pub(crate) fn label<'a>(pool: &'a Pool, key: &str) -> Option<Label<'a>> {
    if let Some(value) = pool.labels.get(key) {
        return Some(Label::Value(value.as_str()));
    }
    match (key, &pool.gpu) {
        ("kubernetes.io/arch", _) => Some(Label::Value(pool.arch.as_str())),
        ("node.kubernetes.io/instance-type", _) => {
            pool.machine_type.as_ref().map(|m| Label::Value(m.as_str()))
        }
        // Feature discovery labels every node that has a GPU, and no other.
        ("nvidia.com/gpu.present", Some(_)) => Some(Label::Value("true")),
        ("nvidia.com/gpu.product", Some(gpu)) => Some(Label::Product(gpu.model.as_str())),
        ("nvidia.com/gpu.product" | "nvidia.com/gpu.present", None) => Some(Label::Absent),
        _ => None,
    }
}

fn nothing_fits(pair: &Pair, component: &Component, node: &Node) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        &rules::NO_POOL_FITS,
        component_origin(node),
        format!(
            "component `{}` fits no pool of profile `{}`",
            component.name, pair.profile.name
        ),
    );
    for pool in &pair.profile.spec.pools {
        if let Some(why) = misfit(pool, component, node) {
            diagnostic = diagnostic.help(format!("not pool `{}`: {}", *pool.name, why.reason));
            if why.origin != diagnostic.origin
                && !diagnostic.labels.iter().any(|(at, _)| *at == why.origin)
            {
                diagnostic = diagnostic.label(why.origin, "the graph asks for this");
            }
        }
    }
    diagnostic
}

/// Where a component's name stands.
pub(super) fn component_origin(node: &Node) -> Origin {
    node.get("name").map_or(node.origin, |name| name.origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_names_its_model_as_a_whole_word() {
        for (model, product, expected) in [
            ("B200", "NVIDIA-B200", true),
            ("B200", "NVIDIA-GB200", false),
            ("H100", "NVIDIA-H100-80GB-HBM3", true),
            (
                "RTX PRO 6000",
                "NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition",
                true,
            ),
            ("L4", "NVIDIA-L40S", false),
        ] {
            assert_eq!(
                Label::Product(model).is(product),
                expected,
                "{model} {product}"
            );
        }
    }
}
