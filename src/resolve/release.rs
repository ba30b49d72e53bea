//! Which graph runs where: releases and bare graphs to pairs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::profile::{Library, ProfileId};
use super::variants::{self, Colored};
use super::{Loose, Normalize, Pair, ResolvedProfile, ResolvedRelease, Work};
use crate::diagnostic::{Diagnostic, did_you_mean, has_errors};
use crate::load::{InputFile, Inputs, ProfileArgument, Reason, Scope, Template, is_label, typed};
use crate::model::graph::Graph;
use crate::model::object::is_subdomain;
use crate::model::release::{
    Color, Release, ReleaseDisruption, ReleaseHealth, ReleaseMonitoring, ReleaseNetworkPolicy,
    ReleaseSpec, ReleaseStorage,
};
use crate::origin::Origin;
use crate::rules;
use crate::source::Sources;
use crate::yaml::{At, Node, pointer_push};

/// The work that `inputs` ask for.
pub(super) fn pairs(
    inputs: &Inputs,
    library: Library<'_>,
    normalize: Normalize<'_>,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Work>, Vec<Arc<ResolvedProfile>>) {
    let before = diagnostics.len();
    let is_ours = inputs.scope == Scope::Ours;
    let mut resolver = Resolver {
        inputs,
        library,
        normalize,
        sources,
        diagnostics,
        graphs: BTreeMap::new(),
        chosen: Vec::new(),
        work: Vec::new(),
        taken: BTreeMap::new(),
        running: BTreeMap::new(),
    };
    resolver.choose();
    for (index, file) in inputs.files.iter().enumerate() {
        for release in &file.releases {
            resolver.release(index, file, release);
        }
    }
    resolver.bare_graphs();
    if is_ours {
        resolver.bare_objects();
    }
    let mut chosen = Vec::new();
    if !is_ours {
        for id in &resolver.chosen {
            let profile = resolver
                .library
                .resolve(id, resolver.sources, resolver.diagnostics);
            chosen.extend(profile);
        }
    }
    resolver
        .library
        .check_rest(resolver.sources, resolver.diagnostics);
    let work = resolver.work;
    if is_ours && work.is_empty() && !has_errors(diagnostics) && before == diagnostics.len() {
        diagnostics.push(nothing(inputs));
    }
    (work, chosen)
}

struct Resolver<'a, 'b> {
    inputs: &'a Inputs,
    library: Library<'a>,
    normalize: Normalize<'b>,
    sources: &'b mut Sources,
    diagnostics: &'b mut Vec<Diagnostic>,
    /// Normalised graphs by file and document; none where that failed.
    graphs: BTreeMap<(usize, usize), Option<Arc<Graph>>>,
    /// The profiles of `--profile` that exist.
    chosen: Vec<ProfileId>,
    work: Vec<Work>,
    /// Where each (profile, namespace, release) comes from.
    taken: BTreeMap<(String, String, String), Origin>,
    /// Where each (profile, namespace, graph) comes from.
    running: BTreeMap<(String, String, String), Origin>,
}

impl Resolver<'_, '_> {
    /// Finds the profiles of the command line.
    fn choose(&mut self) {
        for argument in &self.inputs.profiles {
            let found = match argument {
                ProfileArgument::Name(name) => {
                    self.library
                        .find(name, None, Origin::None, self.diagnostics)
                }
                ProfileArgument::File(index) => {
                    let file = &self.inputs.files[*index];
                    self.library
                        .only_one(*index, file, Origin::None, self.diagnostics)
                }
            };
            if let Some(id) = found
                && !self.chosen.contains(&id)
            {
                self.chosen.push(id);
            }
        }
    }

    fn release(&mut self, index: usize, file: &InputFile, node: &Node) {
        let release = typed::<Release>(node, self.sources, self.diagnostics);
        // The graph's own mistakes are worth knowing even when the release is wrong.
        let graph_path = node.at(&["spec", "graph"]);
        let graph = graph_path.and_then(|path| self.graph_at(index, path.as_str()?, path.origin));
        let Some(release) = release.filter(|_| !file.broken) else {
            return;
        };
        let Release { metadata, spec, .. } = release;
        let components_fit = graph
            .as_ref()
            .is_none_or(|graph| self.components_fit(node, &spec, graph));
        let overrides_fit = variants::check_overrides(node, &spec, self.diagnostics);
        let profiles = self.profiles_of(index, file, node, &spec);
        let Some(graph) = graph.filter(|_| components_fit && overrides_fit) else {
            return;
        };
        let templates = spec
            .templates
            .as_ref()
            .and_then(|folder| self.inputs.templates(index, folder))
            .unwrap_or_default();
        let mut settled = BTreeMap::new();
        for (profile, reference) in profiles {
            let layers = variants::layers(&spec, reference);
            if !settled.contains_key(&layers) {
                let variant = self.settle(&metadata.name, node, &spec, &layers, &graph, templates);
                settled.insert(layers.clone(), variant);
            }
            if let Some(Some(variant)) = settled.get(&layers) {
                self.pair(variant, profile, metadata.name.origin, reference.origin);
            }
        }
    }

    /// A release with some of its overrides, in all its colours.
    fn settle(
        &mut self,
        name: &str,
        node: &Node,
        spec: &ReleaseSpec,
        layers: &[usize],
        graph: &Arc<Graph>,
        templates: &[Template],
    ) -> Option<Settled> {
        let variant = variants::with_overrides(node, spec, layers, self.sources, self.diagnostics)?;
        let graph = self.renamed(graph.clone(), variant.spec.name.as_ref())?;
        if !layers.is_empty() && !self.components_fit(&variant.node, &variant.spec, &graph) {
            return None;
        }
        let given = variant.spec.namespace.as_ref();
        let namespace = match given {
            Some(namespace) => namespace.name.value.clone(),
            None => self.namespace_of(&graph.object)?,
        };
        let colored = variants::colors(&variant, &graph, self.sources, self.diagnostics)?;
        let resolved = |spec| {
            Arc::new(ResolvedRelease {
                name: name.to_owned(),
                namespace: namespace.clone(),
                spec,
                templates: templates.to_vec(),
            })
        };
        let mut colors = Vec::new();
        for Colored { color, node, spec } in colored {
            if !self.components_fit(&node, &spec, &graph) {
                return None;
            }
            if let Some(name) = spec.name.as_ref().filter(|name| !is_label(name)) {
                self.diagnostics.push(color_name(color, name));
                return None;
            }
            let graph = self.renamed(graph.clone(), spec.name.as_ref())?;
            colors.push((color, resolved(self.with_strictness(spec)), graph));
        }
        Some(Settled {
            release: resolved(self.with_strictness(variant.spec)),
            graph,
            colors,
        })
    }

    /// The profiles a release is rendered for, each with its place in the release.
    fn profiles_of<'r>(
        &mut self,
        index: usize,
        file: &InputFile,
        node: &Node,
        spec: &'r ReleaseSpec,
    ) -> Vec<(Arc<ResolvedProfile>, &'r At<String>)> {
        let mut ids: Vec<(ProfileId, &At<String>)> = Vec::new();
        let mut all_found = true;
        for reference in &spec.profiles {
            let origin = reference.origin;
            let Some(id) = self
                .library
                .find(reference, Some(index), origin, self.diagnostics)
            else {
                all_found = false;
                continue;
            };
            if let Some((_, first)) = ids.iter().find(|(other, _)| *other == id) {
                let message = format!("the profile `{}` is given twice", reference.value);
                self.diagnostics.push(
                    Diagnostic::new(&rules::DUPLICATE_RELEASE, origin, message)
                        .label(first.origin, "first given here")
                        .help("remove one of them"),
                );
                continue;
            }
            ids.push((id, reference));
        }
        if self.inputs.profiles_given {
            let chosen = &self.chosen;
            ids.retain(|(id, _)| chosen.contains(id));
            if ids.is_empty() && all_found && file.reason == Reason::Named && !chosen.is_empty() {
                self.diagnostics.push(
                    Diagnostic::new(
                        &rules::NO_PROFILE,
                        node.origin_of("/spec/profiles"),
                        "the release lists none of the profiles given with `--profile`",
                    )
                    .help("add the profile here, or leave `--profile` out"),
                );
            }
        }
        ids.into_iter()
            .filter_map(|(id, reference)| {
                let profile = self.library.resolve(&id, self.sources, self.diagnostics)?;
                Some((profile, reference))
            })
            .collect()
    }

    /// The only graph of the file that a release names.
    fn graph_at(&mut self, from: usize, path: &str, origin: Origin) -> Option<Arc<Graph>> {
        let (index, file) = self.inputs.referenced(from, path)?;
        if file.graphs.len() == 1 {
            return self.graph(index, 0);
        }
        if !(file.broken && file.graphs.is_empty()) {
            let (message, help) = match file.graphs.len() {
                0 => (
                    format!("`{}` holds no graph", file.name),
                    "a graph is a `DynamoGraphDeployment` of `nvidia.com/v1beta1` or `v1alpha1`",
                ),
                count => (
                    format!("`{}` holds {count} graphs", file.name),
                    "a release runs one graph: put each in a file of its own",
                ),
            };
            self.diagnostics
                .push(Diagnostic::new(&rules::WRONG_FILE, origin, message).help(help));
        }
        None
    }

    /// A graph of a file, normalised the first time it is needed.
    fn graph(&mut self, file: usize, document: usize) -> Option<Arc<Graph>> {
        if let Some(graph) = self.graphs.get(&(file, document)) {
            return graph.clone();
        }
        let input = &self.inputs.files[file];
        let graph = (self.normalize)(
            &input.graphs[document],
            input.others.clone(),
            self.diagnostics,
        )
        // Of a broken file, part of the graph may be missing.
        .filter(|_| !input.broken)
        .map(Arc::new);
        self.graphs.insert((file, document), graph.clone());
        graph
    }

    /// The graph under the name that its release gives it.
    fn renamed(&mut self, graph: Arc<Graph>, name: Option<&At<String>>) -> Option<Arc<Graph>> {
        let Some(name) = name.filter(|name| name.value != graph.name) else {
            return Some(graph);
        };
        if !is_label(name) {
            self.diagnostics
                .push(not_a_label("spec.name", name, name.origin));
            return None;
        }
        let mut graph = Arc::unwrap_or_clone(graph);
        graph.name.clone_from(&name.value);
        graph
            .object
            .ensure_map("metadata", name.origin)
            .set("name", Node::new(name.value.as_str(), name.origin));
        Some(Arc::new(graph))
    }

    fn components_fit(&mut self, node: &Node, spec: &ReleaseSpec, graph: &Graph) -> bool {
        let mut fit = true;
        for name in spec.components.keys() {
            let names = || {
                graph
                    .components
                    .iter()
                    .map(|component| component.name.as_str())
            };
            if names().any(|known| known == name) {
                continue;
            }
            fit = false;
            let mut pointer = "/spec/components".to_owned();
            pointer_push(&mut pointer, name);
            let mut diagnostic = Diagnostic::new(
                &rules::UNKNOWN_COMPONENT,
                node.origin_of(&pointer),
                format!(
                    "the graph `{}` has no component `{}`",
                    graph.name,
                    name.escape_debug()
                ),
            );
            if let Some(meant) = did_you_mean(name, names()) {
                diagnostic = diagnostic.help(meant);
            }
            let known: Vec<String> = names().map(|name| format!("`{name}`")).collect();
            self.diagnostics
                .push(diagnostic.help(format!("its components are {}", known.join(", "))));
        }
        fit
    }

    /// The namespace of a graph, or another object, that no release puts anywhere.
    fn namespace_of(&mut self, object: &Node) -> Option<String> {
        let Some(node) = object.at(&["metadata", "namespace"]) else {
            return Some("default".to_owned());
        };
        let name = node.as_str()?;
        if !is_label(name) {
            self.diagnostics
                .push(not_a_label("metadata.namespace", name, node.origin));
            return None;
        }
        Some(name.to_owned())
    }

    fn with_strictness(&self, mut spec: ReleaseSpec) -> ReleaseSpec {
        if let Some(strictness) = self.inputs.strictness {
            spec.fabric = Some(At::nowhere(strictness));
        }
        spec
    }

    /// Adds a pair unless its place is taken. `name` is where the release's name stands and `listed` where it
    /// names the profile.
    fn pair(
        &mut self,
        settled: &Settled,
        profile: Arc<ResolvedProfile>,
        name: Origin,
        listed: Origin,
    ) {
        let release = &settled.release;
        if !self.is_free(release, &profile, name, listed) {
            return;
        }
        let colors = settled.colors.iter().map(|(_, _, graph)| graph);
        for graph in colors.chain([&settled.graph]) {
            let key = key(&profile, release, &graph.name);
            if let Some(first) = self.running.insert(key, name) {
                let message = format!("two releases run a graph named `{}`", graph.name);
                self.clash(&message, release, &profile, name, first, listed);
                return;
            }
        }
        let pair = |release: &Arc<ResolvedRelease>, graph: &Arc<Graph>, color| Pair {
            release: release.clone(),
            profile: profile.clone(),
            graph: graph.clone(),
            color,
            colors: Vec::new(),
        };
        let colors = settled.colors.iter();
        let colors = colors.map(|(color, release, graph)| pair(release, graph, Some(*color)));
        self.work.push(Work::Graph(Pair {
            colors: colors.collect(),
            ..pair(release, &settled.graph, None)
        }));
    }

    /// Takes the release's place on a profile, or says who has it.
    fn is_free(
        &mut self,
        release: &ResolvedRelease,
        profile: &ResolvedProfile,
        name: Origin,
        listed: Origin,
    ) -> bool {
        let key = key(profile, release, &release.name);
        let Some(first) = self.taken.insert(key, name) else {
            return true;
        };
        let message = format!("two releases are named `{}`", release.name);
        self.clash(&message, release, profile, name, first, listed);
        false
    }

    fn clash(
        &mut self,
        message: &str,
        release: &ResolvedRelease,
        profile: &ResolvedProfile,
        name: Origin,
        first: Origin,
        listed: Origin,
    ) {
        let message = format!(
            "{message} in namespace `{}` of profile `{}`",
            release.namespace, profile.name
        );
        self.diagnostics.push(
            Diagnostic::new(&rules::DUPLICATE_RELEASE, name, message)
                .label(first, "the first one")
                .label(listed, "this profile")
                .help("give one of them another name, namespace or profile"),
        );
    }

    /// Graphs that no release runs, for the profiles of the command line.
    fn bare_graphs(&mut self) {
        let any_release = self
            .inputs
            .files
            .iter()
            .any(|file| !file.releases.is_empty());
        for (index, file) in self.inputs.files.iter().enumerate() {
            let wanted = match file.reason {
                Reason::Named => true,
                Reason::Found => self.inputs.profiles_given,
                Reason::Referenced => false,
            };
            for document in 0..file.graphs.len() {
                // What no cluster is known for is checked as the manifest that it is.
                let is_manifest =
                    self.inputs.scope == Scope::Everything && !self.inputs.profiles_given;
                if !wanted || is_manifest || self.graphs.contains_key(&(index, document)) {
                    continue;
                }
                if file.broken {
                    self.graph(index, document);
                    continue;
                }
                if self.inputs.profiles_given {
                    self.bare_graph(index, file, document);
                } else if file.is_on_disk() || !any_release {
                    let graph = &file.graphs[document];
                    // Its own mistakes come first: they can be mended without a profile.
                    self.graph(index, document);
                    let help = "give `--profile NAME` or `--profile FILE`, or write a Release";
                    let diagnostic = self.no_profile("graph", graph, help);
                    self.diagnostics.push(diagnostic);
                }
            }
        }
    }

    fn no_profile(&self, what: &str, object: &Node, help: &str) -> Diagnostic {
        let name = object.at(&["metadata", "name"]).and_then(Node::as_str);
        Diagnostic::new(
            &rules::NO_PROFILE,
            object.origin_of("/metadata/name"),
            format!(
                "nothing says which cluster to render the {what} `{}` for",
                name.unwrap_or("?").escape_debug()
            ),
        )
        .help(help)
        .help(self.library.offer())
    }

    /// Files with objects of the operator and no graph, for the profiles of the command line. In a directory
    /// they may be about anything, so only those that are named are rendered.
    fn bare_objects(&mut self) {
        let any_release = self
            .inputs
            .files
            .iter()
            .any(|file| !file.releases.is_empty());
        for file in &self.inputs.files {
            let Some(first) = file.without_graph() else {
                continue;
            };
            if file.reason != Reason::Named || file.broken {
                continue;
            }
            if self.inputs.profiles_given {
                self.objects_of(file, first);
            } else if file.is_on_disk() || !any_release {
                let kind = first.get("kind").and_then(Node::as_str);
                let help = "give `--profile NAME` or `--profile FILE`";
                let diagnostic = self.no_profile(kind.unwrap_or("object"), first, help);
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn objects_of(&mut self, file: &InputFile, first: &Node) {
        let origin = first.origin_of("/metadata/name");
        let name = first.at(&["metadata", "name"]).and_then(Node::as_str);
        let Some(name) = name.filter(|name| is_subdomain(name)) else {
            let message = name.map_or_else(
                || "the object has no name".to_owned(),
                |name| format!("`{}` cannot be the name of an object", name.escape_debug()),
            );
            self.diagnostics
                .push(Diagnostic::new(&rules::OBJECT_NAME, origin, message).help(
                    "use lower-case letters, digits, `-` and `.`, a letter or digit at both ends",
                ));
            return;
        };
        let Some(namespace) = self.namespace_of(first) else {
            return;
        };
        self.diagnostics.push(
            Diagnostic::new(
                &rules::NO_GRAPH,
                first.origin_of("/kind"),
                format!("`{}` has no graph, so nothing is decided for it", file.name),
            )
            .help("its objects get a namespace and labels, are checked, and are otherwise left as they are"),
        );
        let release = Arc::new(ResolvedRelease {
            name: name.to_owned(),
            namespace,
            spec: self.with_strictness(bare(&file.name)),
            templates: Vec::new(),
        });
        let objects: Arc<[Node]> = file.others.clone().into();
        for id in self.chosen.clone() {
            if let Some(profile) = self.library.resolve(&id, self.sources, self.diagnostics)
                && self.is_free(&release, &profile, origin, Origin::None)
            {
                self.work.push(Work::Objects(Loose {
                    release: release.clone(),
                    profile,
                    objects: objects.clone(),
                }));
            }
        }
    }

    fn bare_graph(&mut self, index: usize, file: &InputFile, document: usize) {
        let Some(graph) = self.graph(index, document) else {
            return;
        };
        let origin = graph.object.origin_of("/metadata/name");
        if !is_label(&graph.name) {
            self.diagnostics
                .push(not_a_label("metadata.name", &graph.name, origin));
            return;
        }
        let Some(namespace) = self.namespace_of(&graph.object) else {
            return;
        };
        let release = Arc::new(ResolvedRelease {
            name: graph.name.clone(),
            namespace,
            spec: self.with_strictness(bare(&file.name)),
            templates: Vec::new(),
        });
        for id in self.chosen.clone() {
            if let Some(profile) = self.library.resolve(&id, self.sources, self.diagnostics) {
                let settled = Settled {
                    release: release.clone(),
                    graph: graph.clone(),
                    colors: Vec::new(),
                };
                self.pair(&settled, profile, origin, Origin::None);
            }
        }
    }
}

/// A release that nothing is open about but the cluster.
struct Settled {
    release: Arc<ResolvedRelease>,
    graph: Arc<Graph>,
    /// Its colours, each with its release and its graph.
    colors: Vec<(Color, Arc<ResolvedRelease>, Arc<Graph>)>,
}

/// A place in the tree and in the cluster: profile, namespace and name.
fn key(
    profile: &ResolvedProfile,
    release: &ResolvedRelease,
    name: &str,
) -> (String, String, String) {
    (
        profile.name.clone(),
        release.namespace.clone(),
        name.to_owned(),
    )
}

/// What a graph without a release stands for.
fn bare(graph: &str) -> ReleaseSpec {
    ReleaseSpec {
        graph: At::nowhere(graph.to_owned()),
        profiles: Vec::new(),
        name: None,
        namespace: None,
        fabric: None,
        model: None,
        image_versions: Vec::new(),
        components: BTreeMap::new(),
        overrides: Vec::new(),
        strategy: None,
        exposure: None,
        smoke_test: None,
        preflight: None,
        health: ReleaseHealth::default(),
        delivery: None,
        storage: ReleaseStorage::default(),
        existing: Vec::new(),
        secrets: Vec::new(),
        service_account: None,
        monitoring: ReleaseMonitoring::default(),
        network_policy: ReleaseNetworkPolicy::default(),
        disruption: ReleaseDisruption::default(),
        images: Vec::new(),
        labels: BTreeMap::new(),
        templates: None,
        patches: Vec::new(),
        ignore: Vec::new(),
    }
}

fn not_a_label(field: &str, written: &str, origin: Origin) -> Diagnostic {
    Diagnostic::new(
        &rules::INVALID_VALUE,
        origin,
        format!("`{}` is not a valid `{field}`", written.escape_debug()),
    )
    .help("use lower-case letters, digits and hyphens, at most 63, a letter or digit at both ends")
}

fn color_name(color: Color, name: &At<String>) -> Diagnostic {
    let message = format!(
        "`{}` cannot be the name of the {} graph",
        name.escape_debug(),
        color.as_str()
    );
    Diagnostic::new(&rules::INVALID_VALUE, name.origin, message).help(
        "with the colour, a graph's name has lower-case letters, digits and hyphens, at most 63: give the release another `name`",
    )
}

/// What to say when there is nothing to render and nothing wrong.
fn nothing(inputs: &Inputs) -> Diagnostic {
    let count = |of: fn(&InputFile) -> usize| inputs.files.iter().map(of).sum::<usize>();
    let (releases, graphs) = (count(|f| f.releases.len()), count(|f| f.graphs.len()));
    let diagnostic = |rule, message: &str| Diagnostic::new(rule, Origin::None, message);
    if releases > 0 {
        diagnostic(
            &rules::NO_PROFILE,
            "no release lists a profile given with `--profile`",
        )
        .help("add the profile to a release, or leave `--profile` out")
    } else if graphs > 0 {
        diagnostic(
            &rules::NO_PROFILE,
            "there are graphs, but no release says where they run",
        )
        .help("give `--profile NAME` to render all of them, or write a Release")
    } else {
        diagnostic(
            &rules::NOTHING_FOUND,
            "there is nothing to render: no graph and no release",
        )
        .help("give a graph's file, a release's file or a directory with some")
    }
}
