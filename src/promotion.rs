//! Which bytes of a release's file move its traffic from one colour to the other?
//!
//! `live` is the one field that says which graph of a blue/green release gets the requests, and a canary's
//! `weight` how many of them go to the other one already. Changes are made to the text, so that comments and
//! layout stay, and a change is only handed out if the text then reads as the document with just that change.

use crate::diagnostic::Diagnostic;
use crate::model::release::{Color, Strategy};
use crate::origin::{Origin, Place};
use crate::resolve::strategies;
use crate::rules;
use crate::source::Sources;
use crate::yaml::read::{Limits, documents};
use crate::yaml::{At, Node, Value};

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
/// profile a strategy of its own, else to the release's own `strategy`.
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
    let scope = one.scope(profile).map_err(|mistake| vec![mistake])?;
    let (edits, summary) = match change {
        Change::Promote => scope.promote(),
        Change::Weigh(weight) => scope.weigh(weight),
        Change::Rollback => scope.rollback(),
        Change::Retire(color) => one.retire(color, &scope),
    }
    .map_err(|mistake| vec![mistake])?;
    let place = edits.first().map_or(Origin::None, |edit| edit.origin());
    let text = apply(release, &edits, sources).map_err(|mistake| vec![mistake])?;
    let changed = Changed {
        text,
        summary,
        place,
    };
    one.hold(&changed, &edits, sources)?;
    Ok(changed)
}

/// A release and its strategy on each of its profiles.
struct Release<'a> {
    node: &'a Node,
    all: Vec<(At<String>, At<Strategy>)>,
}

/// One place in a release's document that has a strategy: its own, or an override's.
struct Scope<'a> {
    /// The mapping.
    strategy: &'a Node,
    /// What holds on the profiles it is for.
    effective: &'a Strategy,
    /// The pointer to the mapping.
    pointer: String,
}

/// One change to a document and its text.
struct Edit {
    /// What is changed, as a pointer.
    pointer: String,
    /// The new value; none to remove the entry.
    value: Option<Value>,
    /// Where the old value stands.
    place: Place,
    /// Where its key stands, for an entry that is removed.
    key: Place,
}

impl Edit {
    fn origin(&self) -> Origin {
        Origin::Input(self.place)
    }
}

type Made = Result<(Vec<Edit>, String), Diagnostic>;

impl<'a> Release<'a> {
    /// The strategy to change.
    fn scope(&self, profile: Option<&str>) -> Result<Scope<'_>, Diagnostic> {
        let refuse = |origin, message: String, help: String| {
            Err(Diagnostic::new(&rules::PROMOTION, origin, message).help(help))
        };
        let known = || {
            let profiles = self.node.at(&["spec", "profiles"]).and_then(Node::as_list);
            profiles.unwrap_or_default().iter().filter_map(Node::as_str)
        };
        if let Some(profile) = profile
            && !known().any(|one| one == profile)
        {
            let all: Vec<String> = known().map(|one| format!("`{one}`")).collect();
            return refuse(
                self.node.origin_of("/spec/profiles"),
                format!(
                    "the release is not rendered for `{}`",
                    profile.escape_debug()
                ),
                format!("its profiles are {}", all.join(", ")),
            );
        }
        if self.all.is_empty() {
            return refuse(
                self.node.origin_of("/spec/strategy"),
                "the release has one graph, so there is no traffic to move".to_owned(),
                "give it `strategy: {type: blueGreen, live: blue, blue: {}, green: {}}`".to_owned(),
            );
        }
        let overrides = self.node.at(&["spec", "overrides"]).and_then(Node::as_list);
        let own: Vec<(usize, &Node, Vec<&str>)> = overrides
            .unwrap_or_default()
            .iter()
            .enumerate()
            .filter_map(|(index, one)| {
                let strategy = one.at(&["spec", "strategy"])?;
                let profiles = one.get("profiles")?.as_list()?;
                strategy.get("live")?;
                let names = profiles.iter().filter_map(Node::as_str).collect();
                Some((index, strategy, names))
            })
            .collect();
        if let Some(profile) = profile {
            let last = own
                .iter()
                .rev()
                .find(|(_, _, names)| names.contains(&profile));
            let effective = self.all.iter().find(|(name, _)| name.value == profile);
            return match (last, effective) {
                (Some((index, strategy, _)), Some((_, effective))) => Ok(Scope {
                    strategy,
                    effective,
                    pointer: format!("/spec/overrides/{index}/spec/strategy"),
                }),
                _ => refuse(
                    self.node.origin_of("/spec/strategy"),
                    format!("`{profile}` has no `live` of its own"),
                    format!(
                        "add an override with `profiles: [{profile}]` and `spec: {{strategy: {{live: …}}}}`, or leave `--profile` out"
                    ),
                ),
            };
        }
        // The release's own strategy holds where no override says otherwise.
        let is_own = |name: &str| own.iter().any(|(_, _, names)| names.contains(&name));
        let strategy = self.node.at(&["spec", "strategy"]);
        let effective = self.all.iter().find(|(name, _)| !is_own(name));
        match (strategy.filter(|one| one.get("live").is_some()), effective) {
            (Some(strategy), Some((_, effective))) => Ok(Scope {
                strategy,
                effective,
                pointer: "/spec/strategy".to_owned(),
            }),
            _ => {
                let names: Vec<&str> = own
                    .iter()
                    .flat_map(|(_, _, names)| names)
                    .copied()
                    .collect();
                refuse(
                    self.node.origin_of("/spec/overrides"),
                    "every profile has a `live` of its own".to_owned(),
                    format!("say which with `--profile`: {}", names.join(", ")),
                )
            }
        }
    }

    /// Removes a colour everywhere.
    fn retire(&self, color: Option<Color>, scope: &Scope<'_>) -> Made {
        let live = scope.live()?;
        let color = color.unwrap_or(live.other());
        let name = color.as_str();
        for (profile, strategy) in &self.all {
            let gets = if strategy.live.as_ref().map(|live| live.value) == Some(color) {
                Some((
                    strategy.live.as_ref().map(|live| live.origin),
                    "is live".to_owned(),
                ))
            } else if strategy.canary_weight() > 0 {
                let canary = strategy.canary.as_ref().map(|canary| canary.weight.origin);
                Some((
                    canary,
                    format!("gets {} % of the traffic", strategy.canary_weight()),
                ))
            } else {
                None
            };
            if let Some((origin, how)) = gets {
                return Err(Diagnostic::new(
                    &rules::PROMOTION,
                    origin.unwrap_or_default(),
                    format!(
                        "`{name}` {how} on `{}`, so it cannot be removed",
                        profile.value
                    ),
                )
                .help(
                    "move its traffic away first: `graphwright promote` or `graphwright rollback`",
                ));
            }
        }
        let mut edits = Vec::new();
        let mut places = vec!["/spec/strategy".to_owned()];
        let overrides = self.node.at(&["spec", "overrides"]).and_then(Node::as_list);
        for index in 0..overrides.unwrap_or_default().len() {
            places.push(format!("/spec/overrides/{index}/spec/strategy"));
        }
        for pointer in places {
            let map = self.node.pointer(&pointer).and_then(Node::as_map);
            if let Some(entry) = map.and_then(|map| map.entry(name))
                && let (Some(place), Some(key)) =
                    (entry.value.origin.place(), entry.key_origin.place())
            {
                edits.push(Edit {
                    pointer: format!("{pointer}/{name}"),
                    value: None,
                    place,
                    key,
                });
            }
        }
        if edits.is_empty() {
            return Err(Diagnostic::new(
                &rules::PROMOTION,
                scope.strategy.origin,
                format!("there is no {name} graph"),
            )
            .help(format!("{} is the only one, and it is live", live.as_str())));
        }
        Ok((
            edits,
            format!("{name} is removed; {} stays live", live.as_str()),
        ))
    }

    /// Refuses a text that does not read as the document with the change, or that no render would take.
    fn hold(
        &self,
        changed: &Changed,
        edits: &[Edit],
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
        let Some(index) = wanted.iter().position(|node| node == self.node) else {
            return Ok(());
        };
        for edit in edits {
            edit.make(&mut wanted[index]);
        }
        if after != wanted {
            return Err(vec![
                Diagnostic::new(
                    &rules::PROMOTION,
                    changed.place,
                    "this cannot be changed here without changing something else",
                )
                .help("write the field on a line of its own, or change it by hand"),
            ]);
        }
        let mut mistakes = Vec::new();
        match strategies(&after[index], sources, &mut mistakes) {
            Some(_) => Ok(()),
            None => Err(mistakes),
        }
    }
}

impl Scope<'_> {
    fn live(&self) -> Result<Color, Diagnostic> {
        let live = self.effective.live.as_ref().map(|live| live.value);
        live.ok_or_else(|| {
            Diagnostic::new(
                &rules::PROMOTION,
                self.strategy.origin,
                "nothing says which colour is live",
            )
        })
    }

    /// The change of one value of the strategy.
    fn set(&self, path: &str, value: Value) -> Option<Edit> {
        let node = self.strategy.pointer(path)?;
        let place = node.origin.place()?;
        Some(Edit {
            pointer: format!("{}{path}", self.pointer),
            value: Some(value),
            place,
            key: place,
        })
    }

    fn promote(&self) -> Made {
        let live = self.live()?;
        let other = live.other();
        if self.effective.settings(other).is_none() {
            return Err(Diagnostic::new(
                &rules::PROMOTION,
                self.strategy.origin_of("/live"),
                format!("there is no {} graph to send traffic to", other.as_str()),
            )
            .help(format!(
                "add `{}: {{}}` to the strategy and wait until it is ready",
                other.as_str()
            )));
        }
        let mut edits: Vec<Edit> = self
            .set("/live", Value::String(other.as_str().to_owned()))
            .into_iter()
            .collect();
        if self.effective.canary_weight() > 0 {
            edits.extend(self.set("/canary/weight", Value::Int(0)));
        }
        let summary = format!("{} is live in place of {}", other.as_str(), live.as_str());
        Ok((edits, summary))
    }

    fn weigh(&self, weight: u8) -> Made {
        let live = self.live()?;
        let edit = self.set("/canary/weight", Value::Int(i64::from(weight)));
        let Some(edit) = edit else {
            return Err(Diagnostic::new(
                &rules::PROMOTION,
                self.strategy.origin,
                "the strategy has no canary",
            )
            .help("add `canary: {weight: 0}` to it, once; this is the field that moves a part of the traffic"));
        };
        let summary = format!(
            "{} gets {weight} % of the traffic, {} the rest",
            live.other().as_str(),
            live.as_str()
        );
        Ok((vec![edit], summary))
    }

    fn rollback(&self) -> Made {
        let live = self.live()?;
        if self.effective.canary_weight() > 0
            && let Some(edit) = self.set("/canary/weight", Value::Int(0))
        {
            let summary = format!("{} gets all of the traffic again", live.as_str());
            return Ok((vec![edit], summary));
        }
        self.promote()
    }
}

impl Edit {
    /// Makes the change to the document.
    fn make(&self, document: &mut Node) {
        let steps: Vec<&str> = self.pointer.split('/').skip(1).collect();
        let Some((last, path)) = steps.split_last() else {
            return;
        };
        let mut node = document;
        for step in path {
            let next = match &mut node.value {
                Value::Map(map) => map.get_mut(step),
                Value::List(items) => step
                    .parse()
                    .ok()
                    .and_then(|index: usize| items.get_mut(index)),
                _ => None,
            };
            let Some(next) = next else { return };
            node = next;
        }
        match &self.value {
            Some(value) => {
                node.set(last, Node::new(value.clone(), Origin::None));
            }
            None => {
                node.remove(last);
            }
        }
    }

    /// The bytes that go, and what comes in their place.
    fn bytes(&self, text: &str) -> (std::ops::Range<usize>, String) {
        let (start, end) = (self.place.start as usize, self.place.end as usize);
        match &self.value {
            Some(Value::String(new)) => (start..end, new.clone()),
            Some(Value::Int(new)) => (start..end, new.to_string()),
            Some(_) => (start..end, String::new()),
            None => (entry(text, self.key.start as usize, start), String::new()),
        }
    }
}

/// The bytes of an entry of a mapping: whole lines of one in block style, and with its comma one in braces.
fn entry(text: &str, key: usize, value: usize) -> std::ops::Range<usize> {
    let line = text[..key].rfind('\n').map_or(0, |at| at + 1);
    if text[line..key].chars().all(|c| c == ' ') {
        let indent = key - line;
        let mut end = text[key..].find('\n').map_or(text.len(), |at| key + at + 1);
        let mut kept = end;
        while end < text.len() {
            let next = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
            let content = &text[end..next];
            let own = content.len() - content.trim_start_matches(' ').len();
            if !content.trim().is_empty() {
                if own <= indent {
                    break;
                }
                kept = next;
            }
            end = next;
        }
        return line..kept;
    }
    let value_end = value + end_of_braces(&text[value..]);
    let after = &text[value_end..];
    let spaces = |text: &str| text.len() - text.trim_start_matches(' ').len();
    if let Some(rest) = after.trim_start_matches(' ').strip_prefix(',') {
        return key..text.len() - rest.len() + spaces(rest);
    }
    let before = text[..key].trim_end_matches(' ');
    match before.strip_suffix(',') {
        Some(before) => before.len()..value_end,
        None => key..value_end,
    }
}

/// How long the mapping is that `text` begins with, in braces.
fn end_of_braces(text: &str) -> usize {
    let (mut open, mut quote) = (0_usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '{' | '[') => open += 1,
            (None, '}' | ']') => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 && quote.is_none() {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// The text of the release's file with the edits.
fn apply(release: &Node, edits: &[Edit], sources: &Sources) -> Result<String, Diagnostic> {
    let file = release.origin.place().map(|place| place.file);
    let Some(source) = file.and_then(|file| sources.get(file)) else {
        return Err(Diagnostic::new(
            &rules::PROMOTION,
            release.origin,
            "the release stands in no file",
        ));
    };
    let mut changes: Vec<_> = edits.iter().map(|edit| edit.bytes(&source.text)).collect();
    changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut text = source.text.to_string();
    for (range, new) in changes {
        text.replace_range(range, &new);
    }
    Ok(text)
}
