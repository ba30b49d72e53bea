//! Which profile does a name mean, and what do its layers say together?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ResolvedProfile;
use super::merge::merge;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::load::{InputFile, Inputs, is_path, typed};
use crate::model::profile::ClusterProfile;
use crate::origin::Origin;
use crate::rules;
use crate::source::Sources;
use crate::yaml::{Node, Value};

/// Layers below one profile: four times the deepest that makes sense.
const DEEPEST: usize = 32;

/// The profiles that come with the program.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// The text of the profile with this name.
    pub text: fn(&str) -> Option<&'static str>,
    /// The document of that text, which has this number in the sources.
    pub node: fn(&str, u32) -> Option<Node>,
    /// All names, in the order of `profile list`.
    pub names: fn() -> Vec<&'static str>,
}

/// One profile among those a run knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProfileId {
    /// A built-in one, by name.
    Builtin(String),
    /// A document of an input.
    Input {
        /// The file, an index into [`Inputs::files`].
        file: usize,
        /// The document, an index into [`InputFile::profiles`].
        document: usize,
    },
}

/// All profiles a run knows: built in, and among its inputs.
#[derive(Debug)]
pub struct Library<'a> {
    builtin: Builtin,
    inputs: &'a Inputs,
    by_name: BTreeMap<&'a str, ProfileId>,
    /// Built-in profiles that were needed, as read.
    read: BTreeMap<String, Option<Node>>,
    resolved: BTreeMap<ProfileId, Option<Arc<ResolvedProfile>>>,
    /// Profiles that were a layer of one that was asked for.
    used: BTreeSet<ProfileId>,
}

impl<'a> Library<'a> {
    /// The profiles of `inputs` beside the built-in ones. Complains about names that are given twice.
    pub fn new(
        builtin: Builtin,
        inputs: &'a Inputs,
        sources: &Sources,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut by_name = BTreeMap::<&str, ProfileId>::new();
        let mut places = BTreeMap::new();
        for (file, input) in inputs.files.iter().enumerate() {
            for (document, profile) in input.profiles.iter().enumerate() {
                let Some(node) = profile.at(&["metadata", "name"]) else {
                    continue;
                };
                let Some(name) = node.as_str() else { continue };
                if let Some(text) = (builtin.text)(name) {
                    // The file the built-in profile was made from is no other profile.
                    if sources
                        .get(input.source)
                        .is_none_or(|source| *source.text != *text)
                    {
                        diagnostics.push(
                            Diagnostic::new(
                                &rules::DUPLICATE_PROFILE,
                                node.origin,
                                format!("`{name}` is the name of a built-in profile"),
                            )
                            .help(format!(
                                "give this one another name; it may build on the other with `extends: [{name}]`"
                            )),
                        );
                    }
                    continue;
                }
                if let Some(first) = places.insert(name, node.origin) {
                    diagnostics.push(
                        Diagnostic::new(
                            &rules::DUPLICATE_PROFILE,
                            node.origin,
                            format!("two profiles are named `{}`", name.escape_debug()),
                        )
                        .label(first, "the first one")
                        .help("give one of them another name"),
                    );
                    continue;
                }
                by_name.insert(name, ProfileId::Input { file, document });
            }
        }
        Self {
            builtin,
            inputs,
            by_name,
            read: BTreeMap::new(),
            resolved: BTreeMap::new(),
            used: BTreeSet::new(),
        }
    }

    /// The names of all profiles: built-in ones first, then those of the inputs.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = (self.builtin.names)();
        names.extend(self.by_name.keys());
        names
    }

    /// The profile that `reference`, written at `origin` in the file with index `from`, means: a path relative
    /// to that file, or the name of a built-in profile or of one among the inputs.
    pub fn find(
        &self,
        reference: &str,
        from: Option<usize>,
        origin: Origin,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<ProfileId> {
        if let Some(from) = from
            && is_path(reference)
        {
            let (index, file) = self.inputs.referenced(from, reference)?;
            return self.only_one(index, file, origin, diagnostics);
        }
        if (self.builtin.text)(reference).is_some() {
            return Some(ProfileId::Builtin(reference.to_owned()));
        }
        let found = self.by_name.get(reference).cloned();
        if found.is_none() {
            diagnostics.push(self.unknown(reference, origin));
        }
        found
    }

    /// The only profile of a file.
    pub fn only_one(
        &self,
        index: usize,
        file: &InputFile,
        origin: Origin,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<ProfileId> {
        if file.profiles.len() == 1 {
            return Some(ProfileId::Input {
                file: index,
                document: 0,
            });
        }
        if !(file.broken && file.profiles.is_empty()) {
            let (message, help) = match file.profiles.len() {
                0 => (
                    format!("`{}` holds no ClusterProfile", file.name),
                    "a profile is a document with `apiVersion: graphwright.dev/v1alpha1` and \
                     `kind: ClusterProfile`",
                ),
                count => (
                    format!("`{}` holds {count} profiles", file.name),
                    "name the one you mean by its `metadata.name`, or put each in a file of its own",
                ),
            };
            diagnostics.push(Diagnostic::new(&rules::WRONG_FILE, origin, message).help(help));
        }
        None
    }

    fn unknown(&self, name: &str, origin: Origin) -> Diagnostic {
        let name_shown = name.escape_debug();
        let diagnostic = Diagnostic::new(
            &rules::UNKNOWN_PROFILE,
            origin,
            format!("there is no profile `{name_shown}`"),
        );
        match did_you_mean(name, self.names()) {
            Some(meant) => diagnostic.help(meant),
            None => diagnostic.help(self.offer()).help(format!(
                "a profile of your own is named by its path, such as `./{name_shown}.yaml`"
            )),
        }
    }

    /// The names of the profiles that are meant to be rendered for, as a help line.
    pub fn offer(&self) -> String {
        let is_layer = |name: &&&str| {
            // As `profile list` has it: without a description, it is for others to build on.
            (self.builtin.text)(name).is_some_and(|text| !text.contains("\n  description:"))
        };
        let names = self.names();
        let names: Vec<&str> = names
            .iter()
            .filter(|name| !is_layer(name))
            .copied()
            .collect();
        format!("the profiles are `{}`", names.join("`, `"))
    }

    /// The profile with its layers merged and checked. What is wrong is reported the first time only.
    pub fn resolve(
        &mut self,
        id: &ProfileId,
        sources: &mut Sources,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Arc<ResolvedProfile>> {
        if let Some(resolved) = self.resolved.get(id) {
            return resolved.clone();
        }
        let resolved = self.merged(id, sources, diagnostics).map(Arc::new);
        self.resolved.insert(id.clone(), resolved.clone());
        resolved
    }

    /// Checks the profiles of the inputs that nothing asked for. Some may be layers for others, so nothing is
    /// said about what is missing in them.
    pub fn check_rest(&mut self, sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) {
        let rest: Vec<ProfileId> = self
            .by_name
            .values()
            .filter(|id| !self.used.contains(*id))
            .cloned()
            .collect();
        for id in rest {
            // One of the others may build on it, and then it has been looked at by now.
            if self.used.contains(&id) {
                continue;
            }
            let mut found = Vec::new();
            self.merged(&id, sources, &mut found);
            found.retain(|diagnostic| diagnostic.rule.code != rules::MISSING_FIELD.code);
            diagnostics.append(&mut found);
        }
    }

    fn merged(
        &mut self,
        id: &ProfileId,
        sources: &mut Sources,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<ResolvedProfile> {
        let mut order = Order::default();
        self.layers(id, Origin::None, &mut order, sources, diagnostics);
        let mut complete = order.complete;
        let mut document = Node::default();
        let mut found = Vec::new();
        for layer in &order.layers {
            self.used.insert(layer.clone());
            let Some(node) = self.node(layer) else {
                continue;
            };
            if layer != id && matches!(layer, ProfileId::Input { .. }) {
                complete &= has_good_envelope(node, sources, &mut found);
            }
            let mut node = node.clone();
            if let Some(spec) = node.get_mut("spec") {
                spec.remove("extends");
            }
            // A name and a description are the topmost layer's own.
            document.remove("metadata");
            if document.is_null() {
                document = Node::map(node.origin);
            }
            merge(&mut document, &node, &mut found);
        }
        let profile = typed::<ClusterProfile>(&document, sources, &mut found);
        if !complete {
            // What is missing may be in the layer that could not be used.
            found.retain(|diagnostic| diagnostic.rule.code != rules::MISSING_FIELD.code);
        }
        let clean = found.is_empty() && complete;
        diagnostics.append(&mut found);
        let ClusterProfile { metadata, spec, .. } = profile.filter(|_| clean)?;
        Some(ResolvedProfile {
            name: metadata.name.value,
            spec,
            document,
        })
    }

    /// Puts the layers of a profile in order, those below first, each once.
    fn layers(
        &mut self,
        id: &ProfileId,
        origin: Origin,
        order: &mut Order,
        sources: &mut Sources,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        if let Some(start) = order.chain.iter().position(|(layer, _)| layer == id) {
            diagnostics.push(self.cycle(&order.chain[start..], id, origin));
            order.complete = false;
            return;
        }
        if !order.done.insert(id.clone()) {
            return;
        }
        if order.chain.len() >= DEEPEST {
            let message = format!("profiles are layered more than {DEEPEST} deep");
            diagnostics.push(
                Diagnostic::new(&rules::PROFILE_TOO_DEEP, origin, message)
                    .help("merge some of the layers into one file"),
            );
            order.complete = false;
            return;
        }
        self.read(id, sources);
        order.complete &= !self.is_broken(id);
        let Some(node) = self.node(id) else {
            order.complete = false;
            return;
        };
        let Some(below) = extends(node, diagnostics) else {
            order.complete = false;
            order.layers.push(id.clone());
            return;
        };
        order.chain.push((id.clone(), origin));
        for (reference, origin) in below {
            let from = match id {
                ProfileId::Builtin(_) => None,
                ProfileId::Input { file, .. } => Some(*file),
            };
            match self.find(&reference, from, origin, diagnostics) {
                Some(layer) => self.layers(&layer, origin, order, sources, diagnostics),
                None => order.complete = false,
            }
        }
        order.chain.pop();
        order.layers.push(id.clone());
    }

    fn cycle(&self, chain: &[(ProfileId, Origin)], id: &ProfileId, origin: Origin) -> Diagnostic {
        let name = |id: &ProfileId| match id {
            ProfileId::Builtin(name) => name.clone(),
            ProfileId::Input { .. } => self
                .node(id)
                .and_then(|node| node.at(&["metadata", "name"]))
                .and_then(Node::as_str)
                .unwrap_or("?")
                .escape_debug()
                .to_string(),
        };
        let mut names: Vec<String> = chain.iter().map(|(layer, _)| name(layer)).collect();
        names.push(name(id));
        let mut diagnostic = Diagnostic::new(
            &rules::PROFILE_CYCLE,
            origin,
            format!(
                "the profile `{}` extends itself: {}",
                name(id),
                names.join(" → ")
            ),
        );
        for ((_, origin), names) in chain.iter().skip(1).zip(names.windows(2)) {
            diagnostic =
                diagnostic.label(*origin, format!("`{}` extends `{}`", names[0], names[1]));
        }
        diagnostic.help("remove one of these from its `extends`")
    }

    /// Reads a built-in profile the first time it is needed.
    fn read(&mut self, id: &ProfileId, sources: &mut Sources) {
        let ProfileId::Builtin(name) = id else { return };
        if self.read.contains_key(name) {
            return;
        }
        let text = (self.builtin.text)(name).unwrap_or_default();
        let file = sources.add(format!("profiles/{name}.yaml (built in)"), text);
        let node = (self.builtin.node)(name, file);
        self.read.insert(name.clone(), node);
    }

    /// Whether the file of a profile could not be read whole.
    fn is_broken(&self, id: &ProfileId) -> bool {
        match id {
            ProfileId::Builtin(_) => false,
            ProfileId::Input { file, .. } => self.inputs.files.get(*file).is_none_or(|f| f.broken),
        }
    }

    fn node(&self, id: &ProfileId) -> Option<&Node> {
        match id {
            ProfileId::Builtin(name) => self.read.get(name)?.as_ref(),
            ProfileId::Input { file, document } => {
                self.inputs.files.get(*file)?.profiles.get(*document)
            }
        }
    }
}

/// Layers on the way into their order.
struct Order {
    /// From the profile asked for down to the layer at hand, with where each is referred to.
    chain: Vec<(ProfileId, Origin)>,
    done: BTreeSet<ProfileId>,
    layers: Vec<ProfileId>,
    /// Whether every layer could be used.
    complete: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            chain: Vec::new(),
            done: BTreeSet::new(),
            layers: Vec::new(),
            complete: true,
        }
    }
}

/// What a profile extends, each with its place. None if that is not a list of names.
fn extends(profile: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Vec<(String, Origin)>> {
    let Some(extends) = profile
        .at(&["spec", "extends"])
        .filter(|node| !node.is_null())
    else {
        return Some(Vec::new());
    };
    let help = match &extends.value {
        Value::String(name) => format!("write `extends: [{}]`", name.escape_debug()),
        _ => "write `extends: [NAME, ./path.yaml]`".to_owned(),
    };
    let wrong = |node: &Node, message: String| {
        Diagnostic::new(&rules::WRONG_TYPE, node.origin, message).help(help.clone())
    };
    let Some(items) = extends.as_list() else {
        let message = format!("`spec.extends` must be a list, not {}", extends.kind());
        diagnostics.push(wrong(extends, message));
        return None;
    };
    let before = diagnostics.len();
    let mut names = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match item.as_str() {
            Some(name) => names.push((name.to_owned(), item.origin)),
            None => {
                let message = format!(
                    "`spec.extends[{index}]` must be a string, not {}",
                    item.kind()
                );
                diagnostics.push(wrong(item, message));
            }
        }
    }
    (diagnostics.len() == before).then_some(names)
}

/// Checks what of a lower layer does not reach the merged document.
fn has_good_envelope(layer: &Node, sources: &Sources, found: &mut Vec<Diagnostic>) -> bool {
    let mut envelope = layer.clone();
    envelope.remove("spec");
    // Other fields are merged, so they are checked there.
    if let Some(map) = envelope.as_map_mut() {
        let others: Vec<String> = map
            .keys()
            .filter(|key| !matches!(*key, "apiVersion" | "kind" | "metadata"))
            .map(str::to_owned)
            .collect();
        for key in others {
            map.remove(&key);
        }
    }
    typed::<ClusterProfile>(&envelope, sources, found).is_some()
}

/// One profile by name, with what is wrong if it cannot be resolved: for commands that show profiles.
///
/// # Errors
/// Everything that is wrong with the profile and its layers.
pub fn resolve(
    name: &str,
    library: &mut Library<'_>,
    sources: &mut Sources,
) -> Result<Arc<ResolvedProfile>, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    library
        .find(name, None, Origin::None, &mut diagnostics)
        .and_then(|id| library.resolve(&id, sources, &mut diagnostics))
        .ok_or(diagnostics)
}
