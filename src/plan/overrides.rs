//! What does a release change in a component, before the cluster adds anything?
//!
//! Models and image versions hold for the whole graph, the rest for one component. All of it is the release's
//! word against the graph's, and `why` names the line of the release.

use super::arguments::{self, Trouble};
use super::component::{env_var, is_named, main_container_mut, pod, pod_mut};
use super::image::Reference;
use super::{Notes, Site};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::graph::ComponentKind;
use crate::model::quantity::Quantity;
use crate::model::release::{ArgumentValue, ComponentOverride, ImageVersion};
use crate::origin::Origin;
use crate::resolve::Pair;
use crate::rules;
use crate::yaml::{At, Node};

/// Flags that name the model, in the words of vLLM, SGLang, TensorRT-LLM and the mocker.
const MODEL_FLAGS: [&str; 2] = ["--model-path", "--model"];

/// The lists of a pod's containers.
const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

/// Reports what the release asks of the whole graph and no component has.
pub(super) fn check(pair: &Pair, graph: &Node, notes: &mut Notes) {
    let components = graph.at(&["spec", "components"]).and_then(Node::as_list);
    let components = components.unwrap_or_default();
    if let Some(model) = &pair.release.spec.model {
        let names_one = |component: &&Node| {
            let words = words_of(component);
            MODEL_FLAGS.iter().any(|flag| arguments::has(&words, flag))
        };
        if components.iter().find(names_one).is_none() {
            notes.diagnostics.push(
                Diagnostic::new(
                    &rules::OVERRIDE_MODEL,
                    model.origin,
                    "no component of the graph names its model",
                )
                .help("the flags looked for are `--model` and `--model-path`; set the component's own with `args`"),
            );
        }
    }
    for version in &pair.release.spec.image_versions {
        check_version(version, components, notes);
    }
}

fn check_version(version: &At<ImageVersion>, components: &[Node], notes: &mut Notes) {
    let mut refuse = |origin: Origin, message: String, help: String| {
        notes
            .diagnostics
            .push(Diagnostic::new(&rules::OVERRIDE_IMAGE, origin, message).help(help));
    };
    let Reference { name, tag, digest } = Reference::parse(&version.name);
    if tag.is_some() || digest.is_some() {
        refuse(
            version.name.origin,
            format!("`{}` has a version in its name", version.name.value),
            format!("write `name: {name}`, and the version as `tag` or `digest`"),
        );
        return;
    }
    if version.tag.is_none() && version.digest.is_none() {
        refuse(
            version.origin,
            format!("no version is given for `{name}`"),
            "give it a `tag`, a `digest` or both".to_owned(),
        );
    }
    if let Some(tag) = version.tag.as_ref().filter(|tag| !is_tag(tag)) {
        refuse(
            tag.origin,
            format!(
                "`{}` cannot be the tag of an image",
                tag.value.escape_debug()
            ),
            "use letters, digits, `_`, `.` and `-`, at most 128, not `.` or `-` first".to_owned(),
        );
    }
    if let Some(digest) = version.digest.as_ref().filter(|digest| !is_digest(digest)) {
        refuse(
            digest.origin,
            format!("`{}` is not a digest", digest.value.escape_debug()),
            "write `sha256:` and 64 hexadecimal digits, in lower case".to_owned(),
        );
    }
    let mut known: Vec<&str> = components
        .iter()
        .filter_map(pod)
        .flat_map(|pod| {
            CONTAINERS
                .iter()
                .filter_map(|list| pod.get(list)?.as_list())
        })
        .flatten()
        .filter_map(|container| container.get("image")?.as_str())
        .map(|image| Reference::parse(image).name)
        .collect();
    if known.contains(&name) {
        return;
    }
    known.sort_unstable();
    known.dedup();
    let message = format!("no container of the graph runs `{}`", name.escape_debug());
    let mut diagnostic = Diagnostic::new(&rules::OVERRIDE_IMAGE, version.name.origin, message);
    if let Some(meant) = did_you_mean(name, known.iter().copied()) {
        diagnostic = diagnostic.help(meant);
    }
    let all: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let diagnostic = diagnostic.help(format!("its images are {}", all.join(", ")));
    notes.diagnostics.push(diagnostic);
}

/// <https://github.com/distribution/reference>
fn is_tag(tag: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|b| is_word(b) || b == b'.' || b == b'-')
}

fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// What the release says, of the graph and of this component.
pub(super) fn enrich(site: &Site<'_>, node: &mut Node, notes: &mut Notes) {
    let spec = &site.pair.release.spec;
    if let Some(name) = &spec.model {
        model(name, node, notes);
    }
    versions(&spec.image_versions, node, notes);
    let Some(given) = spec.components.get(&site.component.name) else {
        return;
    };
    sizes(site, given, node, notes);
    arguments_of(site, given, node, notes);
    let Some(main) = main_container_mut(node) else {
        return;
    };
    resources(given, main, notes);
    if let Some(image) = &given.image {
        let origin = notes.decide(&rules::RELEASE_OVERRIDE, [image.origin]);
        main.set("image", Node::new(image.value.as_str(), origin));
    }
    for variable in &given.env {
        let origin = notes.decide(&rules::RELEASE_OVERRIDE, [variable.origin]);
        let new = env_var(&variable.name, &variable.value.value, origin);
        let Some(list) = main.ensure_list("env", origin).as_list_mut() else {
            continue;
        };
        match list.iter_mut().find(|item| is_named(item, &variable.name)) {
            Some(old) => *old = new,
            None => list.push(new),
        }
    }
}

/// Replicas and shared memory.
fn sizes(site: &Site<'_>, given: &ComponentOverride, node: &mut Node, notes: &mut Notes) {
    if let Some(replicas) = &given.replicas {
        let rule = if site.pair.is_on_standby() {
            // Nothing scales it, so nothing else may claim its replicas.
            node.remove("scalingAdapter");
            &rules::STANDBY_SIZE
        } else {
            &rules::RELEASE_OVERRIDE
        };
        let origin = notes.decide(rule, [replicas.origin]);
        node.set("replicas", Node::new(i64::from(replicas.value), origin));
    }
    if let Some(size) = &given.shared_memory {
        let origin = notes.decide(&rules::RELEASE_OVERRIDE, [size.origin]);
        node.set("sharedMemorySize", Node::new(size.value.as_str(), origin));
    }
}

/// The model, where the component names one.
fn model(name: &At<String>, node: &mut Node, notes: &mut Notes) {
    if let Some(written) = node.at_mut(&["modelRef", "name"]) {
        let origin = notes.decide(&rules::OVERRIDE_MODEL, [name.origin, written.origin]);
        *written = Node::new(name.value.as_str(), origin);
    }
    for flag in MODEL_FLAGS {
        if arguments::has(&words_of(node), flag) {
            // One that stands twice is the author's to sort out: nothing says which one counts.
            let change = Change::Set(flag, Some(&name.value));
            let _ = apply(&change, &rules::OVERRIDE_MODEL, name.origin, node, notes);
        }
    }
}

/// Tags and digests of the images that the component's containers run.
fn versions(versions: &[At<ImageVersion>], node: &mut Node, notes: &mut Notes) {
    let Some(pod) = pod_mut(node).filter(|_| !versions.is_empty()) else {
        return;
    };
    for list in CONTAINERS {
        let containers = pod.get_mut(list).and_then(Node::as_list_mut);
        for container in containers.into_iter().flatten() {
            let Some(image) = container.get_mut("image") else {
                continue;
            };
            let Some(written) = image.as_str() else {
                continue;
            };
            let Reference { name, tag, .. } = Reference::parse(written);
            let is_sound = |one: &&At<ImageVersion>| {
                one.tag.as_ref().is_none_or(|tag| is_tag(tag))
                    && one.digest.as_ref().is_none_or(|digest| is_digest(digest))
            };
            let mut fitting = versions.iter().filter(is_sound);
            let Some(version) = fitting.rfind(|one| one.name.value == name) else {
                continue;
            };
            let tag = version.tag.as_ref().map(|tag| tag.value.as_str()).or(tag);
            let mut new = name.to_owned();
            if let Some(tag) = tag {
                new = format!("{new}:{tag}");
            }
            if let Some(digest) = &version.digest {
                new = format!("{new}@{}", digest.value);
            }
            let origin = notes.decide(&rules::OVERRIDE_IMAGE, [version.origin, image.origin]);
            *image = Node::new(new, origin);
        }
    }
}

/// One change to a command line.
enum Change<'a> {
    Remove(&'a str),
    Set(&'a str, Option<&'a str>),
    Add(&'a str),
}

fn arguments_of(site: &Site<'_>, given: &ComponentOverride, node: &mut Node, notes: &mut Notes) {
    let changes = &given.args;
    frontend(site, given, node, notes);
    for flag in &changes.remove {
        let done = apply(
            &Change::Remove(flag),
            &rules::OVERRIDE_FLAG,
            flag.origin,
            node,
            notes,
        );
        report(site, flag, flag.origin, done, node, notes);
    }
    for (flag, value) in &changes.set {
        let number;
        let text = match &value.value {
            ArgumentValue::Alone(true) => None,
            ArgumentValue::Alone(false) => {
                notes.diagnostics.push(
                    Diagnostic::new(
                        &rules::OVERRIDE_FLAG,
                        value.origin,
                        format!("`{flag}: false` sets nothing"),
                    )
                    .help("put the flag under `remove`, or write the value in quotes"),
                );
                continue;
            }
            ArgumentValue::Number(given) => {
                number = given.to_string();
                Some(number.as_str())
            }
            ArgumentValue::Fraction(given) => {
                number = given.to_string();
                Some(number.as_str())
            }
            ArgumentValue::Text(text) => Some(text.as_str()),
        };
        misspelt(flag, value.origin, node, notes);
        let change = Change::Set(flag, text);
        let done = apply(&change, &rules::OVERRIDE_FLAG, value.origin, node, notes);
        report(site, flag, value.origin, done, node, notes);
    }
    for word in &changes.add {
        let done = apply(
            &Change::Add(word),
            &rules::OVERRIDE_FLAG,
            word.origin,
            node,
            notes,
        );
        report(site, word, word.origin, done, node, notes);
    }
}

/// A frontend that says nothing runs the operator's program; what it says replaces all of it.
fn frontend(site: &Site<'_>, given: &ComponentOverride, node: &mut Node, notes: &mut Notes) {
    let is_frontend = site.component.kind == ComponentKind::Frontend;
    let adds = given.args.set.values().map(|value| value.origin);
    let mut adds = adds.chain(given.args.add.iter().map(|word| word.origin));
    let Some(input) = adds.next().filter(|_| is_frontend) else {
        return;
    };
    let Some(main) = main_container_mut(node) else {
        return;
    };
    if main.get("command").is_none() && main.get("args").is_none() {
        let origin = notes.decide(&rules::OVERRIDE_FLAG, [input]);
        if let Some(args) = main.ensure_list("args", origin).as_list_mut() {
            args.extend(["-m", "dynamo.frontend"].map(|word| Node::new(word, origin)));
        }
    }
}

/// A flag that is nearly one that is there already.
fn misspelt(flag: &str, origin: Origin, node: &Node, notes: &mut Notes) {
    let words = words_of(node);
    if arguments::has(&words, flag) {
        return;
    }
    if let Some(meant) = did_you_mean(flag, arguments::flags(&words)) {
        notes.diagnostics.push(
            Diagnostic::new(
                &rules::OVERRIDE_FLAG,
                origin,
                format!("`{flag}` is not in the component's arguments and is added"),
            )
            .help(meant)
            .severity(rules::Severity::Warning),
        );
    }
}

fn report(
    site: &Site<'_>,
    flag: &str,
    origin: Origin,
    done: Result<(), Trouble>,
    node: &Node,
    notes: &mut Notes,
) {
    let Err(trouble) = done else { return };
    let name = &site.component.name;
    let words = words_of(node);
    let (message, help) = match trouble {
        Trouble::Missing => (
            format!("component `{name}` has no argument `{flag}`"),
            did_you_mean(flag, arguments::flags(&words))
                .unwrap_or_else(|| "take the line out".to_owned()),
        ),
        Trouble::Several => (
            format!("component `{name}` has `{flag}` several times"),
            "leave one of them in the graph".to_owned(),
        ),
        Trouble::Values => (
            format!("several words follow `{flag}` of component `{name}`, and which are its values cannot be told"),
            "change it in the graph, or write its values as one word".to_owned(),
        ),
        Trouble::Script => (
            format!("component `{name}` runs a script, and where `{flag}` belongs in it is not clear"),
            "a script that starts one program with `python3 -m dynamo.…` can be added to; write the flag into the graph's script, where it can then be set".to_owned(),
        ),
    };
    notes
        .diagnostics
        .push(Diagnostic::new(&rules::OVERRIDE_FLAG, origin, message).help(help));
}

/// The value of a flag of the main container.
pub(super) fn argument(node: &Node, flag: &str) -> Option<String> {
    arguments::value(&words_of(node), flag)
}

/// Whether a flag stands in the main container's command line.
pub(super) fn has_argument(node: &Node, flag: &str) -> bool {
    arguments::has(&words_of(node), flag)
}

/// The words of the main container's command line.
fn words_of(node: &Node) -> Vec<&str> {
    let main = super::component::main_container(node);
    ["command", "args"]
        .into_iter()
        .filter_map(|list| main?.get(list)?.as_list())
        .flatten()
        .filter_map(Node::as_str)
        .collect()
}

/// Makes a change where the flag stands; what is new goes to the end of the arguments, or of the program in a
/// script.
fn apply(
    change: &Change<'_>,
    rule: &'static rules::Rule,
    input: Origin,
    node: &mut Node,
    notes: &mut Notes,
) -> Result<(), Trouble> {
    let (Change::Remove(flag) | Change::Set(flag, _) | Change::Add(flag)) = change;
    let Some(main) = main_container_mut(node) else {
        return Ok(());
    };
    let texts = |main: &Node, list: &str| -> Vec<String> {
        let items = main.get(list).and_then(Node::as_list).unwrap_or_default();
        items
            .iter()
            .map(|item| item.as_str().unwrap_or_default().to_owned())
            .collect()
    };
    // Where the flag stands; a script takes everything, else the arguments do.
    let lists = ["args", "command"].map(|list| (list, texts(main, list)));
    let has_flag = |words: &Vec<String>| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        arguments::has(&words, flag)
    };
    let has_script = |words: &Vec<String>| words.iter().any(|word| arguments::is_script(word));
    let is_add = matches!(change, Change::Add(_));
    let (list, words) = lists
        .iter()
        .find(|(_, words)| !is_add && has_flag(words))
        .or_else(|| lists.iter().find(|(_, words)| has_script(words)))
        .unwrap_or(&lists[0]);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let script = words.iter().position(|word| arguments::is_script(word));
    if let Some(index) = script {
        let new = match change {
            Change::Remove(flag) => arguments::remove_from_script(words[index], flag),
            Change::Set(flag, value) => arguments::set_in_script(words[index], flag, *value),
            Change::Add(word) => arguments::add_to_script(words[index], &[word]),
        }?;
        let Some(item) = main
            .get_mut(list)
            .and_then(Node::as_list_mut)
            .and_then(|items| items.get_mut(index))
        else {
            return Ok(());
        };
        let origin = notes.decide(rule, [input, item.origin]);
        *item = Node::new(new, origin);
        return Ok(());
    }
    let (range, new) = match change {
        Change::Remove(flag) => (arguments::remove_from_words(&words, flag)?, Vec::new()),
        Change::Set(flag, value) => arguments::set_in_words(&words, flag, *value)?,
        Change::Add(word) => (words.len()..words.len(), vec![(*word).to_owned()]),
    };
    let origin = notes.decide(rule, [input]);
    if let Some(items) = main.ensure_list(list, origin).as_list_mut() {
        let unchanged = |index: usize, text: &str| {
            let old = items.get(range.start + index)?;
            (range.len() > index && old.as_str() == Some(text)).then(|| old.clone())
        };
        let new: Vec<Node> = new
            .into_iter()
            .enumerate()
            .map(|(index, text)| unchanged(index, &text).unwrap_or_else(|| Node::new(text, origin)))
            .collect();
        items.splice(range, new);
    }
    Ok(())
}

/// Requests and limits, laid over the graph's. Devices need the same on both sides.
fn resources(given: &ComponentOverride, main: &mut Node, notes: &mut Notes) {
    let changes = [
        ("requests", &given.resources.requests),
        ("limits", &given.resources.limits),
    ];
    for (side, amounts) in changes {
        for (name, amount) in amounts {
            if Quantity::parse(amount).is_none() {
                notes.diagnostics.push(
                    Diagnostic::new(
                        &rules::OVERRIDE_RESOURCES,
                        amount.origin,
                        format!("`{}` is not a quantity", amount.value.escape_debug()),
                    )
                    .help(
                        "write a number with or without a suffix, such as `16`, `500m` or `128Gi`",
                    ),
                );
                continue;
            }
            let origin = notes.decide(&rules::OVERRIDE_RESOURCES, [amount.origin]);
            let value = || Node::new(amount.value.as_str(), origin);
            let resources = main.ensure_map("resources", origin);
            resources.ensure_map(side, origin).set(name, value());
            let other = if side == "limits" {
                "requests"
            } else {
                "limits"
            };
            let is_device = name.contains('/') && !name.starts_with("kubernetes.io/");
            if is_device && resources.at(&[other, name]).is_some() {
                resources.ensure_map(other, origin).set(name, value());
            } else if is_device && side == "requests" {
                resources.ensure_map("limits", origin).set(name, value());
            }
        }
    }
}
