//! Which bytes of a release's file move its traffic from one colour to the other?
//!
//! `live` is the one field that says which graph of a blue/green release gets the requests, and a canary's
//! `weight` how many of them go to the other one already. Changes are made to the text, so that comments and
//! layout stay, and a change is only handed out if the text then reads as the document with just that change.

use crate::diagnostic::Diagnostic;
use crate::model::release::{Color, Strategy};
use crate::origin::Origin;
use crate::resolve::strategies;
use crate::rules;
use crate::source::Sources;
use crate::yaml::read::{Limits, documents};
use crate::yaml::{At, Node, Value};

mod text;

use text::Edit;

/// What to do with a release's traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Send it to the other colour.
    Promote,
    /// Send this part of it, in percent, to the other colour.
    Weigh(u8),
    /// Take back what the last step did: end a canary, or else send the traffic back to the other colour.
    Rollback,
    /// Remove a colour that gets none; the one that is not live if none is named.
    Retire(Option<Color>),
}

/// A release's file with a change made to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The whole text.
    pub text: String,
    /// What was done, in one sentence, such as `green is live in place of blue`.
    pub summary: String,
    /// Where, in the text as it was.
    pub place: Origin,
}

/// Makes a change to the file that a release stands in.
///
/// `release` is the release's document. With `profile`, the change is made to the override that gives this
/// profile a field of its own, else to the release's own `strategy`, for every profile that has no other.
///
/// # Errors
///
/// The release has no second graph, the colour is not ready for traffic, or the field is not there to be
/// changed: everything is told with its place and what to do. What is wrong only after the change has its
/// place in a source of its own, named `… (as it would be)`.
pub fn change(
    release: &Node,
    profile: Option<&str>,
    change: Change,
    sources: &mut Sources,
) -> Result<Changed, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    let Some(all) = strategies(release, sources, &mut mistakes) else {
        return Err(mistakes);
    };
    let one = Release { node: release, all };
    let step = match change {
        Change::Retire(color) => one.retire(color),
        Change::Promote | Change::Weigh(_) | Change::Rollback => one.shift(profile, change),
    }
    .map_err(|mistake| vec![mistake])?;
    let first = step.edits.first();
    let changed = Changed {
        text: apply(release, &step.edits, sources).map_err(|mistake| vec![mistake])?,
        summary: step.summary.clone(),
        place: first.map_or(release.origin, Edit::origin),
    };
    one.hold(&changed, &step, profile, sources)?;
    Ok(changed)
}

/// A release and its strategy on each of its profiles.
struct Release<'a> {
    node: &'a Node,
    all: Vec<(At<String>, At<Strategy>)>,
}

/// What is to be changed, and what must come of it.
struct Step {
    edits: Vec<Edit>,
    summary: String,
    /// The profiles it is for, each with the colour that is then live and what the other one gets.
    targets: Vec<(String, (Color, u8))>,
}

/// The pointer to the release's own strategy.
const OWN: &str = "/spec/strategy";
const LIVE: &str = "/live";
const WEIGHT: &str = "/canary/weight";

type Made<T> = Result<T, Diagnostic>;

fn refuse<T>(origin: Origin, message: String, help: String) -> Made<T> {
    Err(Diagnostic::new(&rules::PROMOTION, origin, message).help(help))
}

/// Which colour of a sound strategy is live, and the part of traffic that the other one gets.
fn traffic(strategy: &Strategy) -> Option<(Color, u8)> {
    let live = strategy.live.as_ref()?.value;
    // Without a graph it gets nothing.
    let weight = strategy
        .settings(live.other())
        .map_or(0, |_| strategy.canary_weight());
    Some((live, weight))
}

fn quoted<'s>(names: impl IntoIterator<Item = &'s str>) -> String {
    let all: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    all.join(", ")
}

impl Release<'_> {
    /// The field of a profile's strategy that has the last word, as a pointer.
    fn home(&self, profile: &str, field: &str) -> Option<String> {
        let overrides = self.node.at(&["spec", "overrides"]).and_then(Node::as_list);
        let overrides = overrides.unwrap_or_default().iter().enumerate().rev();
        let is_for = |one: &Node| {
            let profiles = one.get("profiles").and_then(Node::as_list);
            let mut profiles = profiles.unwrap_or_default().iter();
            profiles.any(|name| name.as_str() == Some(profile))
        };
        overrides
            .filter(|(_, one)| is_for(one))
            .map(|(index, _)| format!("/spec/overrides/{index}{OWN}{field}"))
            .chain([format!("{OWN}{field}")])
            .find(|pointer| self.node.pointer(pointer).is_some())
    }

    /// Whether a profile has no such field of its own.
    fn is_common(&self, profile: &str, field: &str) -> bool {
        self.home(profile, field)
            .is_none_or(|pointer| pointer.starts_with(OWN))
    }

    /// The profiles whose traffic is to be moved.
    fn targets(
        &self,
        profile: Option<&str>,
        change: Change,
    ) -> Made<Vec<&(At<String>, At<Strategy>)>> {
        let listed = self.node.at(&["spec", "profiles"]).and_then(Node::as_list);
        let listed = listed.unwrap_or_default().iter().filter_map(Node::as_str);
        if let Some(profile) = profile
            && !listed.clone().any(|one| one == profile)
        {
            return refuse(
                self.node.origin_of("/spec/profiles"),
                format!(
                    "the release is not rendered for `{}`",
                    profile.escape_debug()
                ),
                format!("its profiles are {}", quoted(listed)),
            );
        }
        if self.all.is_empty() {
            return refuse(
                self.node.origin_of(OWN),
                "the release has one graph, so there is no traffic to move".to_owned(),
                "give it `strategy: {type: blueGreen, live: blue, blue: {}, green: {}}`".to_owned(),
            );
        }
        let Some(profile) = profile else {
            let common: Vec<_> = self
                .all
                .iter()
                .filter(|(name, _)| self.is_common(name, LIVE))
                .collect();
            if common.is_empty() {
                let names = self.all.iter().map(|(name, _)| name.value.as_str());
                let names: Vec<&str> = names.collect();
                return refuse(
                    self.node.origin_of("/spec/overrides"),
                    "every profile has a `live` of its own".to_owned(),
                    format!("say which with `--profile`: {}", names.join(", ")),
                );
            }
            return Ok(common);
        };
        let Some((_, strategy)) = self.all.iter().find(|(name, _)| name.value == profile) else {
            return refuse(
                self.node.origin_of(OWN),
                format!("the release has one graph on `{profile}`, so there is no traffic to move"),
                "give it a strategy of `type: blueGreen`".to_owned(),
            );
        };
        let is_weight = match change {
            Change::Weigh(_) => true,
            Change::Rollback => traffic(strategy).is_some_and(|(_, weight)| weight > 0),
            Change::Promote | Change::Retire(_) => false,
        };
        let (field, name, example) = if is_weight {
            (WEIGHT, "canary.weight", "canary: {weight: …}")
        } else {
            (LIVE, "live", "live: …")
        };
        if self.is_common(profile, field) {
            return refuse(
                self.node.origin_of(&format!("{OWN}{field}")),
                format!("`{profile}` has no `{name}` of its own"),
                format!(
                    "add an override with `profiles: [{profile}]` and `spec: {{strategy: {{{example}}}}}`, or leave `--profile` out"
                ),
            );
        }
        let home = self.home(profile, field);
        let all = self.all.iter();
        Ok(all
            .filter(|(name, _)| self.home(name, field) == home)
            .collect())
    }

    /// Moves traffic, or a part of it.
    fn shift(&self, profile: Option<&str>, change: Change) -> Made<Step> {
        let targets = self.targets(profile, change)?;
        let now = |strategy: &Strategy| traffic(strategy).unwrap_or((Color::Blue, 0));
        let lives: Vec<Color> = targets.iter().map(|(_, one)| now(one).0).collect();
        let Some(live) = lives.first().copied() else {
            return refuse(
                self.node.origin,
                "there is no traffic to move".to_owned(),
                String::new(),
            );
        };
        let other = live.other();
        let has_canary = targets.iter().any(|(_, one)| now(one).1 > 0);
        let (then, summary) = match change {
            Change::Weigh(weight) => (
                (live, weight),
                format!(
                    "{} gets {weight} % of the traffic, {} the rest",
                    other.as_str(),
                    live.as_str()
                ),
            ),
            Change::Rollback if has_canary => (
                (live, 0),
                format!("{} gets all of the traffic again", live.as_str()),
            ),
            _ => (
                (other, 0),
                format!("{} is live in place of {}", other.as_str(), live.as_str()),
            ),
        };
        let mut edits: Vec<Edit> = Vec::new();
        for (name, strategy) in targets.iter().copied() {
            if then.0 == other && strategy.settings(other).is_none() {
                let elsewhere = |(_, one): &(_, At<Strategy>)| one.settings(other).is_some();
                let on = if self.all.iter().any(elsewhere) {
                    format!(" on `{}`", name.value)
                } else {
                    String::new()
                };
                return refuse(
                    strategy
                        .live
                        .as_ref()
                        .map_or(strategy.origin, |live| live.origin),
                    format!(
                        "there is no {} graph to send traffic to{on}",
                        other.as_str()
                    ),
                    format!(
                        "add `{}: {{}}` to the strategy and wait until it is ready",
                        other.as_str()
                    ),
                );
            }
            if now(strategy).0 != live {
                return refuse(
                    self.node.origin_of("/spec/overrides"),
                    format!(
                        "not the same colour is live on {}",
                        quoted(targets.iter().map(|(name, _)| name.value.as_str()))
                    ),
                    "give each profile a `canary: {weight: …}` of its own".to_owned(),
                );
            }
            if then.0 != live {
                let new = Value::String(then.0.as_str().to_owned());
                self.set(name, LIVE, new, &mut edits);
            }
            if strategy.canary_weight() == then.1 {
                continue;
            }
            let new = Value::Int(i64::from(then.1));
            if !self.set(name, WEIGHT, new, &mut edits) {
                return refuse(
                    strategy.origin,
                    "the strategy has no canary".to_owned(),
                    "add `canary: {weight: 0}` to it, once; this is the field that moves a part of the traffic".to_owned(),
                );
            }
        }
        let names = targets.iter().map(|(name, _)| name.value.clone());
        let targets: Vec<_> = names.map(|name| (name, then)).collect();
        let summary = if targets.len() < self.all.len() {
            let names = targets.iter().map(|(name, _)| name.as_str());
            format!("on {}, {summary}", quoted(names))
        } else {
            summary
        };
        Ok(Step {
            edits,
            summary,
            targets,
        })
    }

    /// Changes a field of a profile's strategy; whether there is one.
    fn set(&self, profile: &str, field: &str, value: Value, edits: &mut Vec<Edit>) -> bool {
        let Some(pointer) = self.home(profile, field) else {
            return false;
        };
        if edits.iter().any(|edit| edit.pointer == pointer) {
            return true;
        }
        let Some(place) = self
            .node
            .pointer(&pointer)
            .and_then(|node| node.origin.place())
        else {
            return false;
        };
        edits.push(Edit {
            pointer,
            value: Some(value),
            place,
            key: place,
            map: None,
        });
        true
    }

    /// Removes a colour everywhere.
    fn retire(&self, color: Option<Color>) -> Made<Step> {
        // It tells a release with one graph.
        if self.all.is_empty() {
            self.targets(None, Change::Retire(color))?;
        }
        let live = |strategy: &Strategy| traffic(strategy).map(|(live, _)| live);
        let mut lives = self.all.iter().filter_map(|(_, one)| live(one));
        let first = lives.next().unwrap_or(Color::Blue);
        let color = match color {
            Some(color) => color,
            None if lives.all(|one| one == first) => first.other(),
            None => {
                return refuse(
                    self.node.origin_of("/spec/overrides"),
                    "each colour is live on some profile, so neither can be removed".to_owned(),
                    "move the traffic of all profiles to one of them first: `graphwright promote --profile`".to_owned(),
                );
            }
        };
        let name = color.as_str();
        for (profile, strategy) in &self.all {
            let gets = if live(strategy) == Some(color) {
                let origin = strategy.live.as_ref().map(|live| live.origin);
                Some((origin, "is live".to_owned()))
            } else if strategy.canary_weight() > 0 {
                let canary = strategy.canary.as_ref().map(|canary| canary.weight.origin);
                let weight = strategy.canary_weight();
                Some((canary, format!("gets {weight} % of the traffic")))
            } else {
                None
            };
            if let Some((origin, how)) = gets {
                return refuse(
                    origin.unwrap_or_default(),
                    format!(
                        "`{name}` {how} on `{}`, so it cannot be removed",
                        profile.value
                    ),
                    "move its traffic away first: `graphwright promote` or `graphwright rollback`"
                        .to_owned(),
                );
            }
        }
        let mut edits = Vec::new();
        let mut places = vec![OWN.to_owned()];
        let overrides = self.node.at(&["spec", "overrides"]).and_then(Node::as_list);
        for index in 0..overrides.unwrap_or_default().len() {
            places.push(format!("/spec/overrides/{index}{OWN}"));
        }
        for pointer in places {
            let Some(map) = self.node.pointer(&pointer) else {
                continue;
            };
            if let Some(entry) = map.as_map().and_then(|map| map.entry(name))
                && let (Some(place), Some(key)) =
                    (entry.value.origin.place(), entry.key_origin.place())
            {
                edits.push(Edit {
                    pointer: format!("{pointer}/{name}"),
                    value: None,
                    place,
                    key,
                    map: map.origin.place(),
                });
            }
        }
        let stays = color.other().as_str();
        if edits.is_empty() {
            return refuse(
                self.node.origin_of(OWN),
                format!("there is no {name} graph"),
                format!("{stays} is the only one, and it is live"),
            );
        }
        let targets = self.all.iter();
        let targets = targets.map(|(name, _)| (name.value.clone(), (color.other(), 0)));
        Ok(Step {
            targets: targets.collect(),
            edits,
            summary: format!("{name} is removed; {stays} stays live"),
        })
    }

    /// Refuses a text that does not read as the document with the change, that no render would take, or that
    /// moves traffic elsewhere.
    fn hold(
        &self,
        changed: &Changed,
        step: &Step,
        asked: Option<&str>,
        sources: &mut Sources,
    ) -> Result<(), Vec<Diagnostic>> {
        let file = self.node.origin.place().map(|place| place.file);
        let Some(source) = file.and_then(|file| sources.get(file)) else {
            return Ok(());
        };
        let (name, before) = (
            format!("{} (as it would be)", source.name),
            source.text.clone(),
        );
        let number = sources.add(name, changed.text.as_str());
        let limits = Limits::default();
        let read = |text: &str| documents(text, number, &limits, &mut Vec::new());
        let after = read(&changed.text);
        let mut wanted = read(&before);
        let Some(path) = path_of(self.node, &wanted) else {
            return Ok(());
        };
        if let Some(release) = path.find_mut(&mut wanted) {
            step.edits.iter().for_each(|edit| edit.make(release));
        }
        let Some(release) = path.find(&after).filter(|_| after == wanted) else {
            return Err(vec![
                Diagnostic::new(
                    &rules::PROMOTION,
                    changed.place,
                    "this cannot be changed here without changing something else",
                )
                .help("write the field on a line of its own and without anchors, or change it by hand"),
            ]);
        };
        let mut mistakes = Vec::new();
        let Some(then) = strategies(release, sources, &mut mistakes) else {
            return Err(mistakes);
        };
        for (profile, strategy) in then {
            let target = step.targets.iter().find(|(name, _)| *name == profile.value);
            let now = self
                .all
                .iter()
                .find(|(name, _)| name.value == profile.value);
            let wanted = match target {
                Some((_, wanted)) => Some(*wanted),
                None => now.and_then(|(_, one)| traffic(one)),
            };
            if traffic(&strategy) != wanted {
                let name = &profile.value;
                let message = match target {
                    Some(_) => format!("the change would not reach `{name}`"),
                    None => format!("the change would reach `{name}`, too"),
                };
                let apart = asked.unwrap_or(name);
                let help = format!(
                    "in an override, give `{apart}` both fields: `strategy: {{live: …, canary: {{weight: …}}}}`"
                );
                return Err(vec![
                    Diagnostic::new(&rules::PROMOTION, changed.place, message).help(help),
                ]);
            }
        }
        Ok(())
    }
}

/// Where a document stands in a file: its number, and that of its item if it is in a list.
struct Path(usize, Option<usize>);

impl Path {
    fn find<'n>(&self, all: &'n [Node]) -> Option<&'n Node> {
        let document = all.get(self.0)?;
        match self.1 {
            None => Some(document),
            Some(item) => document.get("items")?.as_list()?.get(item),
        }
    }

    fn find_mut<'n>(&self, all: &'n mut [Node]) -> Option<&'n mut Node> {
        let document = all.get_mut(self.0)?;
        match self.1 {
            None => Some(document),
            Some(item) => document.get_mut("items")?.as_list_mut()?.get_mut(item),
        }
    }
}

fn path_of(wanted: &Node, all: &[Node]) -> Option<Path> {
    let start = |node: &Node| node.origin.place().map(|place| place.start);
    let is_it = |node: &Node| start(node) == start(wanted) && node == wanted;
    all.iter().enumerate().find_map(|(index, document)| {
        if is_it(document) {
            return Some(Path(index, None));
        }
        let items = document.get("items").and_then(Node::as_list)?;
        let item = items.iter().position(is_it)?;
        Some(Path(index, Some(item)))
    })
}

/// The text of the release's file with the edits.
fn apply(release: &Node, edits: &[Edit], sources: &Sources) -> Made<String> {
    let file = release.origin.place().map(|place| place.file);
    let Some(source) = file.and_then(|file| sources.get(file)) else {
        return Err(Diagnostic::new(
            &rules::PROMOTION,
            release.origin,
            "the release stands in no file",
        ));
    };
    Ok(text::with(&source.text, edits))
}
