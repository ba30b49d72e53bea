//! What is a release on one profile, and in each of its colours?
//!
//! Overrides and colours are laid over the release's document like the layers of a profile, and what comes out
//! is read like any release: every mistake keeps the place it was written at.

use std::borrow::Cow;

use super::merge::merge;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::load::typed;
use crate::model::graph::Graph;
use crate::model::release::{
    Color, ComponentOverride, Release, ReleaseSpec, Size, Strategy, StrategyKind, is_fixed,
};
use crate::origin::Origin;
use crate::rules;
use crate::source::Sources;
use crate::yaml::{At, Node};

/// A release's document with overrides laid over it.
pub(super) struct Variant<'a> {
    pub(super) node: Cow<'a, Node>,
    pub(super) spec: ReleaseSpec,
}

/// The numbers of the overrides for the profile that a release calls `profile`.
pub(super) fn layers(spec: &ReleaseSpec, profile: &str) -> Vec<usize> {
    let is_for = |names: &[At<String>]| names.iter().any(|name| name.value == profile);
    let overrides = spec.overrides.iter().enumerate();
    overrides
        .filter(|(_, one)| is_for(&one.profiles))
        .map(|(index, _)| index)
        .collect()
}

/// The release with these overrides laid over it; none if what comes out is not a release.
pub(super) fn with_overrides<'a>(
    node: &'a Node,
    spec: &ReleaseSpec,
    layers: &[usize],
    sources: &Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Variant<'a>> {
    if layers.is_empty() {
        return Some(Variant {
            node: Cow::Borrowed(node),
            spec: spec.clone(),
        });
    }
    let mut whole = node.clone();
    let written = whole
        .get_mut("spec")
        .and_then(|base| base.remove("overrides"));
    let written = written.as_ref().and_then(Node::as_list).unwrap_or_default();
    if let Some(base) = whole.get_mut("spec") {
        for index in layers {
            if let Some(layer) = written.get(*index).and_then(|one| one.get("spec")) {
                merge(base, layer, diagnostics);
            }
        }
    }
    let release = typed::<Release>(&whole, sources, diagnostics)?;
    Some(Variant {
        node: Cow::Owned(whole),
        spec: release.spec,
    })
}

/// Reports overrides that can never apply, and fields that no override can change.
pub(super) fn check_overrides(
    node: &Node,
    spec: &ReleaseSpec,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let mut fine = true;
    for name in spec.overrides.iter().flat_map(|one| &one.profiles) {
        let known = || spec.profiles.iter().map(|profile| profile.value.as_str());
        if known().any(|profile| profile == name.value) {
            continue;
        }
        fine = false;
        let message = format!("the release is not rendered for `{}`", name.value);
        let mut diagnostic = Diagnostic::new(&rules::OVERRIDE_PROFILE, name.origin, message);
        if let Some(meant) = did_you_mean(name, known()) {
            diagnostic = diagnostic.help(meant);
        }
        let all: Vec<String> = known().map(|name| format!("`{name}`")).collect();
        diagnostics.push(diagnostic.help(format!("its profiles are {}", all.join(", "))));
    }
    let written = node.at(&["spec", "overrides"]).and_then(Node::as_list);
    for one in written.into_iter().flatten() {
        let Some(layer) = one.get("spec") else {
            continue;
        };
        let Some(map) = layer.as_map() else {
            fine = false;
            diagnostics.push(
                Diagnostic::new(
                    &rules::WRONG_TYPE,
                    layer.origin,
                    "the `spec` of an override must be a mapping",
                )
                .help("write fields of the release's `spec` there, such as `components`"),
            );
            continue;
        };
        for entry in map.iter().filter(|entry| is_fixed(&entry.key)) {
            fine = false;
            let message = format!("an override cannot change `{}`", entry.key);
            diagnostics.push(
                Diagnostic::new(&rules::OVERRIDE_FIXED, entry.key_origin, message)
                    .help("it is one for all profiles of a release: write a release of its own"),
            );
        }
    }
    fine
}

/// One colour of a blue/green release: its settings laid over the release.
pub(super) struct Colored {
    pub(super) color: Color,
    /// The release's document with the colour's settings laid over it.
    pub(super) node: Node,
    pub(super) spec: ReleaseSpec,
}

/// The colours that have a graph, blue first; none for a release with one graph.
pub(super) fn colors(
    variant: &Variant<'_>,
    graph: &Graph,
    sources: &Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<Colored>> {
    let Some(strategy) = &variant.spec.strategy else {
        return Some(Vec::new());
    };
    if !is_sound(strategy, diagnostics) {
        return None;
    }
    if *strategy.kind == StrategyKind::Rolling {
        return Some(Vec::new());
    }
    let mut colored = Vec::new();
    for color in Color::ALL {
        let Some(settings) = strategy.settings(color) else {
            continue;
        };
        let mut whole = variant.node.as_ref().clone();
        let pointer = ["spec", "strategy", color.as_str()];
        if let Some(mut layer) = variant.node.at(&pointer).cloned()
            && let Some(base) = whole.get_mut("spec")
        {
            layer.remove("size");
            merge(base, &layer, diagnostics);
        }
        let mut spec = typed::<Release>(&whole, sources, diagnostics)?.spec;
        let name = match &variant.spec.name {
            Some(name) => &name.value,
            None => &graph.name,
        };
        spec.name = Some(At {
            value: format!("{name}-{}", color.as_str()),
            origin: settings.origin,
        });
        if let Some(cache) = &mut spec.storage.compilation_cache
            && !cache.existing
        {
            // What one version has compiled, another one may not be able to load.
            let claim = &mut cache.value.claim.value;
            *claim = format!("{claim}-{}", color.as_str());
        }
        if let Some(size) = settings.size.as_ref()
            && **size == Size::Standby
        {
            shrink(&mut spec, strategy, size.origin, graph);
        }
        colored.push(Colored {
            color,
            node: whole,
            spec,
        });
    }
    Some(colored)
}

/// Gives every component its size on standby.
fn shrink(spec: &mut ReleaseSpec, strategy: &Strategy, size: Origin, graph: &Graph) {
    let (most, origin) = match &strategy.standby_replicas {
        Some(replicas) => (replicas.value, replicas.origin),
        None => (0, size),
    };
    for component in &graph.components {
        let own = spec
            .components
            .entry(component.name.clone())
            .or_insert_with(|| At::nowhere(ComponentOverride::default()));
        let full = own.value.replicas.as_ref();
        let full = full.map_or(component.replicas, |replicas| replicas.value);
        own.value.scaling = None;
        own.value.replicas = Some(At {
            value: full.min(most),
            origin,
        });
    }
}

/// Whether a strategy can be carried out at all.
fn is_sound(strategy: &At<Strategy>, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let mut found = Vec::new();
    examine(strategy, &mut found);
    let is_sound = found.is_empty();
    for one in found {
        // Several variants of a release have the same strategy.
        let is_same = |other: &Diagnostic| {
            (other.rule.code, other.origin, &other.message)
                == (one.rule.code, one.origin, &one.message)
        };
        if !diagnostics.iter().any(is_same) {
            diagnostics.push(one);
        }
    }
    is_sound
}

fn examine(strategy: &At<Strategy>, found: &mut Vec<Diagnostic>) {
    let mut refuse = |rule, origin, message: String, help: &str| {
        found.push(Diagnostic::new(rule, origin, message).help(help));
    };
    if *strategy.kind == StrategyKind::Rolling {
        let without_meaning = [
            ("live", strategy.live.as_ref().map(|one| one.origin)),
            ("canary", strategy.canary.as_ref().map(|one| one.origin)),
            (
                "standbyReplicas",
                strategy.standby_replicas.as_ref().map(|one| one.origin),
            ),
            ("blue", strategy.blue.as_ref().map(|one| one.origin)),
            ("green", strategy.green.as_ref().map(|one| one.origin)),
        ];
        for (field, origin) in without_meaning {
            if let Some(origin) = origin {
                refuse(
                    &rules::STRATEGY,
                    origin,
                    format!("`{field}` has no meaning for a release with one graph"),
                    "write `type: blueGreen`, or take it out",
                );
            }
        }
        return;
    }
    let Some(live) = &strategy.live else {
        refuse(
            &rules::STRATEGY,
            strategy.origin,
            "nothing says which colour is live".to_owned(),
            "write `live: blue`; this is the field that moves the traffic later",
        );
        return;
    };
    let is_there = |color: Color| strategy.settings(color).is_some();
    if !is_there(live.value) {
        let message = format!(
            "`{0}` is live, but there is no {0} graph",
            live.value.as_str()
        );
        let help = if is_there(live.value.other()) {
            format!(
                "write `{}: {{}}`, or make the other colour live",
                live.value.as_str()
            )
        } else {
            format!("write `{}: {{}}` beside it", live.value.as_str())
        };
        refuse(&rules::STRATEGY, live.origin, message, &help);
        return;
    }
    let is_small = |color: Color| {
        let size = strategy.settings(color)?.size.as_ref()?;
        (**size == Size::Standby).then_some(size.origin)
    };
    if let Some(size) = is_small(live.value) {
        found.push(
            Diagnostic::new(
                &rules::LIVE_ON_STANDBY,
                live.origin,
                format!("`{}` is live, but on standby", live.value.as_str()),
            )
            .label(size, "its size")
            .help("give it `size: full` and wait until it is ready before it gets traffic"),
        );
    }
    if let Some(canary) = strategy.canary.as_ref().filter(|one| *one.weight > 0) {
        let other = live.value.other();
        let small = is_small(other);
        if small.is_some() || !is_there(other) {
            let message = format!(
                "`{}` is to get {} % of the traffic, but {}",
                other.as_str(),
                canary.weight.value,
                match small {
                    Some(_) => "it is on standby",
                    None => "there is no such graph",
                }
            );
            found.push(
                Diagnostic::new(&rules::LIVE_ON_STANDBY, canary.weight.origin, message).help(
                    match small {
                        Some(_) => "give it `size: full` first, or a weight of 0".to_owned(),
                        None => format!("add `{}: {{}}`, or give a weight of 0", other.as_str()),
                    },
                ),
            );
        }
    }
}

/// The strategy of a release on each of its profiles, by the profile's name in the release; left out where it
/// has one graph. Mistakes are those of a render; none comes out if the release itself is not sound.
pub fn strategies(
    node: &Node,
    sources: &Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<(At<String>, At<Strategy>)>> {
    let before = diagnostics.len();
    let spec = typed::<Release>(node, sources, diagnostics)?.spec;
    check_overrides(node, &spec, diagnostics);
    let mut found = Vec::new();
    for profile in &spec.profiles {
        let layers = layers(&spec, profile);
        let variant = with_overrides(node, &spec, &layers, sources, diagnostics)?;
        let Some(strategy) = variant.spec.strategy else {
            continue;
        };
        is_sound(&strategy, diagnostics);
        if *strategy.kind == StrategyKind::BlueGreen {
            found.push((profile.clone(), strategy));
        }
    }
    (diagnostics.len() == before).then_some(found)
}
