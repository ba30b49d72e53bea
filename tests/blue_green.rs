//! A blue/green release through its life: standby, preview, promotion, rollback, retirement.
//!
//! Every blue/green example of `golden/` takes the walk on all its profiles, with the commands a user would
//! type. After every step the rendered objects are taken as the cluster would take them: which pods does each
//! selector match, where does each route lead, which Dynamo namespaces are there, and what has changed?
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail loudly and read their fixtures"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use common::Project;
use graphwright::yaml::read::{Limits, documents};
use serde_json::Value as Json;
use similar::TextDiff;

const GRAPH: &str = "nvidia.com/dynamo-graph-deployment-name";
const COLORS: [&str; 2] = ["blue", "green"];

/// Kinds of objects that send requests somewhere.
const TRAFFIC: [&str; 4] = ["Service", "Ingress", "HTTPRoute", "VirtualService"];

/// One rendered object.
#[derive(Debug, Clone, PartialEq)]
struct Object {
    text: String,
    json: Json,
}

impl Object {
    fn kind(&self) -> &str {
        self.json["kind"].as_str().unwrap()
    }

    fn name(&self) -> &str {
        self.json["metadata"]["name"].as_str().unwrap()
    }

    /// The colour whose graph it belongs to, by the label that says so.
    fn color(&self) -> Option<&'static str> {
        let graph = self.json["metadata"]["labels"]["app.kubernetes.io/name"].as_str()?;
        COLORS
            .into_iter()
            .find(|color| graph.ends_with(&format!("-{color}")))
    }

    fn is_traffic(&self) -> bool {
        TRAFFIC.contains(&self.kind()) && self.color().is_none()
    }
}

/// What is rendered for one profile, by file name.
type Objects = BTreeMap<String, Object>;

/// Everything a release renders, by profile.
type Tree = BTreeMap<String, Objects>;

/// The files of the blue/green releases of `golden/`, relative to it.
fn examples() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut found = Vec::new();
    for example in golden.read_dir().unwrap() {
        let example = example.unwrap().path();
        if !example.is_dir() {
            continue;
        }
        for file in example.read_dir().unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|end| end == "yaml")
                && fs::read_to_string(&file)
                    .unwrap()
                    .contains("type: blueGreen")
            {
                found.push(file.strip_prefix(&golden).unwrap().to_owned());
            }
        }
    }
    found.sort();
    assert!(found.len() >= 2);
    found
}

/// A copy of `golden/` without what it renders to.
fn copy() -> Project {
    fn walk(from: &Path, to: &str, depth: usize, project: &Project) {
        for entry in from.read_dir().unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = format!("{to}{name}");
            if entry.path().is_file() {
                project.write(&path, &fs::read_to_string(entry.path()).unwrap());
            } else if depth == 0 {
                walk(&entry.path(), &format!("{path}/"), 1, project);
            }
        }
    }
    let project = Project::new();
    project.write(".git/HEAD", "ref: refs/heads/main\n");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    walk(&golden, "", 0, &project);
    project
}

/// A walk of one release.
struct Walk {
    project: Project,
    file: String,
}

impl Walk {
    fn new(file: &Path) -> Self {
        Self {
            project: copy(),
            file: file.to_str().unwrap().to_owned(),
        }
    }

    /// Renders as a user would; what does not fit the clusters, or is not valid, fails here.
    fn render(&self) -> Tree {
        let run = self.project.run(&["render", &self.file, "-o", "rendered"]);
        assert_eq!(run.code, Some(0), "{}: {}", self.file, run.stderr);
        let mut tree = Tree::new();
        for (path, text) in self.project.tree("rendered") {
            let parts: Vec<&str> = path.split('/').collect();
            let [_, profile, _, _, name] = parts[..] else {
                continue;
            };
            if name == "kustomization.yaml" {
                continue;
            }
            let nodes = documents(&text, 0, &Limits::default(), &mut Vec::new());
            let json = nodes[0].to_json();
            let objects = tree.entry(profile.to_owned()).or_default();
            objects.insert(name.to_owned(), Object { text, json });
        }
        assert!(!tree.is_empty());
        tree
    }

    fn text(&self) -> String {
        self.project.read(&self.file)
    }

    fn edit(&self, from: &str, to: &str) {
        let text = self.text();
        assert!(text.contains(from), "{}: no {from}", self.file);
        self.project.write(&self.file, &text.replace(from, to));
    }

    fn command(&self, command: &str) {
        let run = self.project.run(&[command, &self.file]);
        assert_eq!(run.code, Some(0), "{command}: {}", run.stderr);
    }

    /// Whether a part of the traffic goes to the colour that is not live.
    fn has_canary(&self) -> bool {
        let text = self.text();
        let weight = text.lines().find(|line| line.contains("weight: "));
        weight.is_some_and(|line| !line.ends_with("weight: 0"))
    }

    /// The colour that is live, as the file says.
    fn live(&self) -> &'static str {
        let text = self.text();
        let line = text.lines().find(|line| line.contains("live: ")).unwrap();
        COLORS
            .into_iter()
            .find(|color| line.contains(&format!("live: {color}")))
            .unwrap()
    }
}

fn other(color: &str) -> &'static str {
    if color == "blue" { "green" } else { "blue" }
}

/// Names of objects that are not the same in both.
fn changed(before: &Objects, after: &Objects) -> BTreeSet<String> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name).map(|o| &o.text) != after.get(*name).map(|o| &o.text))
        .cloned()
        .collect()
}

/// The pods that the operator makes of the graphs: their labels, one set a component.
fn pods(objects: &Objects) -> Vec<BTreeMap<String, String>> {
    let mut pods = Vec::new();
    for graph in objects
        .values()
        .filter(|o| o.kind() == "DynamoGraphDeployment")
    {
        let namespace = graph.json["metadata"]["namespace"].as_str().unwrap();
        for component in graph.json["spec"]["components"].as_array().unwrap() {
            let text = |key: &str| component[key].as_str().unwrap_or_default().to_owned();
            pods.push(BTreeMap::from([
                (GRAPH.to_owned(), graph.name().to_owned()),
                ("nvidia.com/dynamo-component".to_owned(), text("name")),
                ("nvidia.com/dynamo-component-type".to_owned(), text("type")),
                (
                    "nvidia.com/dynamo-namespace".to_owned(),
                    format!("{namespace}-{}", graph.name()),
                ),
                ("nvidia.com/metrics-enabled".to_owned(), "true".to_owned()),
            ]));
        }
    }
    pods
}

/// Every label selector of an object, whatever field it stands in.
fn selectors(json: &Json, found: &mut Vec<BTreeMap<String, String>>) {
    let labels = |map: &serde_json::Map<String, Json>| {
        let pairs = map.iter();
        pairs
            .map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect::<Option<BTreeMap<_, _>>>()
    };
    match json {
        Json::Object(map) => {
            for (key, value) in map {
                let is_selector = matches!(
                    (key.as_str(), value),
                    ("matchLabels" | "selector", Json::Object(_))
                );
                match value.as_object().and_then(&labels) {
                    Some(selector) if is_selector && !selector.is_empty() => found.push(selector),
                    _ => selectors(value, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| selectors(item, found)),
        _ => {}
    }
}

/// The graphs whose pods a selector matches.
fn matched(
    selector: &BTreeMap<String, String>,
    pods: &[BTreeMap<String, String>],
) -> BTreeSet<String> {
    pods.iter()
        .filter(|pod| {
            selector
                .iter()
                .all(|(key, value)| pod.get(key) == Some(value))
        })
        .map(|pod| pod[GRAPH].clone())
        .collect()
}

/// Backends of a route and their weights, in the words of whichever kind it is.
fn backends(json: &Json, found: &mut Vec<(String, u64)>) {
    match json {
        Json::Object(map) => {
            if let Some(Json::Array(refs)) = map.get("backendRefs") {
                for one in refs {
                    let weight = one["weight"].as_u64().unwrap_or(1);
                    found.push((one["name"].as_str().unwrap().to_owned(), weight));
                }
            }
            if let Some(host) = map
                .get("destination")
                .and_then(|destination| destination["host"].as_str())
            {
                let weight = map.get("weight").and_then(Json::as_u64).unwrap_or(100);
                let name = host.split('.').next().unwrap().to_owned();
                found.push((name, weight));
            }
            map.values().for_each(|value| backends(value, found));
        }
        Json::Array(items) => items.iter().for_each(|item| backends(item, found)),
        _ => {}
    }
}

/// The two colours stand beside each other, and the live one gets the traffic.
fn hold(objects: &Objects, live: &str, step: &str) {
    let graphs: Vec<&Object> = objects
        .values()
        .filter(|o| o.kind() == "DynamoGraphDeployment")
        .collect();
    let namespaces: Vec<String> = graphs
        .iter()
        .map(|graph| {
            let namespace = graph.json["metadata"]["namespace"].as_str().unwrap();
            format!("{namespace}-{}", graph.name())
        })
        .collect();
    for (index, one) in namespaces.iter().enumerate() {
        for (other_index, two) in namespaces.iter().enumerate() {
            assert!(
                index == other_index || !one.starts_with(two.as_str()),
                "{step}: {two} sees {one}"
            );
        }
    }
    let pods = pods(objects);
    let live_graph = graphs
        .iter()
        .find(|graph| graph.color() == Some(live))
        .unwrap_or_else(|| panic!("{step}: {live} has no graph"));
    for (file, object) in objects {
        let mut all = Vec::new();
        selectors(&object.json["spec"], &mut all);
        for selector in &all {
            let seen = matched(selector, &pods);
            assert!(seen.len() <= 1, "{step}: {file} selects {seen:?}");
            if let (Some(color), Some(graph)) = (object.color(), seen.first()) {
                assert!(graph.ends_with(color), "{step}: {file} selects {graph}");
            }
        }
    }
    // The live address leads to the live graph, the preview address to the other one.
    let services: Vec<(&Object, BTreeSet<String>)> = objects
        .values()
        .filter(|o| o.kind() == "Service" && o.color().is_none())
        .map(|service| {
            let mut all = Vec::new();
            selectors(&service.json["spec"], &mut all);
            let seen = all.iter().flat_map(|one| matched(one, &pods)).collect();
            (service, seen)
        })
        .collect();
    assert!(!services.is_empty(), "{step}: there is no address");
    for (service, seen) in &services {
        let wanted = if service.name().ends_with("-preview") {
            other(live)
        } else {
            live
        };
        let seen: Vec<&String> = seen.iter().collect();
        assert!(
            matches!(seen[..], [one] if one.ends_with(wanted)),
            "{step}: {} leads to {seen:?}, not to {wanted}",
            service.name()
        );
    }
    for object in objects.values().filter(|o| o.is_traffic()) {
        let mut refs = Vec::new();
        backends(&object.json["spec"], &mut refs);
        let is_preview = object.name().contains("preview");
        let part = |color: &str| -> u64 {
            let of = |name: &str| {
                name == format!("{}-{color}", base(live_graph.name(), live))
                    || name.starts_with(&format!("{}-{color}-", base(live_graph.name(), live)))
            };
            refs.iter()
                .filter(|(name, _)| of(name))
                .map(|(_, w)| w)
                .sum()
        };
        if refs.is_empty() {
            continue;
        }
        let (live_part, other_part) = (part(live), part(other(live)));
        if is_preview {
            assert_eq!(live_part, 0, "{step}: {} leads to {live}", object.name());
        } else if live_part + other_part > 0 {
            assert!(live_part > 0, "{step}: {} leaves {live} out", object.name());
        }
    }
}

/// The name that both graphs begin with.
fn base<'a>(graph: &'a str, color: &str) -> &'a str {
    graph.strip_suffix(&format!("-{color}")).unwrap()
}

/// What may change between two steps: the objects of one colour, or those that route.
fn only(before: &Tree, after: &Tree, may: impl Fn(&Object) -> bool, step: &str) {
    let mut any = false;
    for (profile, old) in before {
        let new = &after[profile];
        for name in changed(old, new) {
            any = true;
            for object in [old.get(&name), new.get(&name)].into_iter().flatten() {
                assert!(may(object), "{step} on {profile} changes {name}");
            }
        }
    }
    assert!(any, "{step} changes nothing");
}

#[test]
fn every_pair_lives_from_standby_to_retirement() {
    for example in examples() {
        let walk = Walk::new(&example);
        let (first, second) = (walk.live(), other(walk.live()));
        let all_hold = |tree: &Tree, live: &str, step: &str| {
            for (profile, objects) in tree {
                hold(
                    objects,
                    live,
                    &format!("{} on {profile}: {step}", walk.file),
                );
            }
        };
        let preview = if walk.text().contains("size: standby") {
            let standby = walk.render();
            all_hold(&standby, first, "standby");
            // A graph on standby must not get traffic.
            let run = walk.project.run(&["promote", &walk.file]);
            assert_eq!(run.code, Some(2), "{}", run.stderr);
            assert!(run.stderr.contains("live-on-standby"), "{}", run.stderr);
            walk.edit("size: standby", "size: full");
            let preview = walk.render();
            only(&standby, &preview, |o| o.color() == Some(second), "preview");
            preview
        } else {
            walk.render()
        };
        all_hold(&preview, first, "preview");
        let preview = if walk.has_canary() {
            walk.command("rollback");
            let alone = walk.render();
            all_hold(&alone, first, "canary taken back");
            only(&preview, &alone, Object::is_traffic, "canary taken back");
            alone
        } else {
            preview
        };

        walk.command("promote");
        let promoted = walk.render();
        assert_eq!(walk.live(), second);
        all_hold(&promoted, second, "promote");
        only(&preview, &promoted, Object::is_traffic, "promote");

        walk.command("rollback");
        let back = walk.render();
        all_hold(&back, first, "rollback");
        assert!(back == preview, "a rollback gives what was there before");

        walk.command("promote");
        walk.command("retire");
        let retired = walk.render();
        all_hold(&retired, second, "retire");
        only(
            &promoted,
            &retired,
            |o| o.color() == Some(first) || o.is_traffic(),
            "retire",
        );
        for objects in retired.values() {
            let left: Vec<&str> = objects
                .values()
                .filter(|o| o.color() == Some(first))
                .map(Object::name)
                .collect();
            assert!(left.is_empty(), "{left:?} are left of {first}");
        }
    }
}

#[test]
fn a_change_for_one_colour_leaves_the_other_as_it_is() {
    for example in examples() {
        let walk = Walk::new(&example);
        let (live, second) = (walk.live(), other(walk.live()));
        let before = walk.render();
        // Both have a component of this name.
        let text: String = walk
            .text()
            .split_inclusive('\n')
            .filter(|line| !line.contains("model: "))
            .collect();
        let settings = text.find(&format!("    {second}:\n")).unwrap();
        let line = text[settings..].find('\n').unwrap() + settings + 1;
        let changed = format!(
            "{}      model: example/another\n{}",
            &text[..line],
            &text[line..]
        );
        walk.project.write(&walk.file, &changed);
        let after = walk.render();
        only(
            &before,
            &after,
            |o| o.color() == Some(second),
            "another model",
        );
        for (profile, objects) in &after {
            hold(
                objects,
                live,
                &format!("{} on {profile}: another model", walk.file),
            );
        }
    }
}

/// The promotion of the first example as a reviewer sees it.
#[test]
fn a_promotion_changes_what_its_golden_says() {
    let walk = Walk::new(Path::new("blue-green/release.yaml"));
    walk.edit("size: standby", "size: full");
    let file = walk.text();
    let before = walk.render();
    walk.command("promote");
    let after = walk.render();
    let mut diff = String::new();
    let mut add = |name: &str, old: &str, new: &str| {
        if old != new {
            let changes = TextDiff::from_lines(old, new);
            diff += &changes.unified_diff().header(name, name).to_string();
        }
    };
    add("release.yaml", &file, &walk.text());
    for (profile, old) in &before {
        for name in changed(old, &after[profile]) {
            let text = |objects: &Objects| objects.get(&name).map_or("", |o| &o.text).to_owned();
            add(
                &format!("{profile}/{name}"),
                &text(old),
                &text(&after[profile]),
            );
        }
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/blue-green/promotion.diff");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &diff).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&golden).unwrap_or_default(),
        diff,
        "UPDATE_GOLDEN=1 cargo test --test blue_green rewrites it"
    );
}

/// What `promote`, `rollback` and `retire` do to a release of this strategy: the whole text after it, or the
/// error.
fn try_it(strategy: &str, command: &[&str]) -> Result<String, String> {
    const HEAD: &str = "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nmetadata: {name: chat}\nspec:\n  graph: graph.yaml\n  profiles: [eks-p5, gke-a4]\n";
    let project = Project::with_graph("vllm-disagg");
    project.write("release.yaml", &format!("{HEAD}{strategy}"));
    let mut arguments = vec![command[0], "release.yaml"];
    arguments.extend(&command[1..]);
    let run = project.run(&arguments);
    let text = project.read("release.yaml");
    let text = text.strip_prefix(HEAD).unwrap().to_owned();
    if run.code == Some(0) {
        return Ok(text);
    }
    assert_eq!(text, strategy, "a refused change changes nothing");
    Err(run.stderr.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn commands_keep_comments_and_layout() {
    const PAIR: &str = "  # Why blue\n  strategy:\n    type: blueGreen   # two\n    live: 'blue' # now\n    blue: {}\n\n    # the next one\n    green:\n      # inside\n      size: full\n    # after\n  labels: {a: b}\n";
    assert_eq!(
        try_it(PAIR, &["promote"]).unwrap(),
        PAIR.replace("'blue' # now", "green # now")
    );
    assert_eq!(
        try_it(PAIR, &["retire"]).unwrap(),
        PAIR.replace("    green:\n      # inside\n      size: full\n", "")
    );
    let flow = "  strategy: {type: blueGreen, live: blue, blue: {}, green: {size: full}}\n";
    assert_eq!(
        try_it(flow, &["promote"]).unwrap(),
        flow.replace("live: blue", "live: green")
    );
    assert_eq!(
        try_it(flow, &["retire"]).unwrap(),
        flow.replace(", green: {size: full}", "")
    );
    let windows = PAIR.replace('\n', "\r\n");
    assert_eq!(
        try_it(&windows, &["promote"]).unwrap(),
        windows.replace("'blue' # now", "green # now")
    );
}

#[test]
fn a_canary_grows_ends_and_is_taken_back() {
    let pair = |live: &str, weight: u8| {
        format!(
            "  strategy:\n    type: blueGreen\n    live: {live}\n    canary: {{weight: {weight}}} # %\n    blue: {{}}\n    green: {{}}\n"
        )
    };
    let weigh = |from: u8, to: &str| try_it(&pair("blue", from), &["promote", "--weight", to]);
    assert_eq!(weigh(0, "10").unwrap(), pair("blue", 10));
    assert_eq!(weigh(10, "50").unwrap(), pair("blue", 50));
    assert_eq!(
        try_it(&pair("blue", 50), &["promote"]).unwrap(),
        pair("green", 0)
    );
    assert_eq!(
        try_it(&pair("blue", 50), &["rollback"]).unwrap(),
        pair("blue", 0)
    );
    let refused = try_it(&pair("blue", 5), &["retire"]).unwrap_err();
    assert!(refused.contains("gets 5 % of the traffic"), "{refused}");
}

#[test]
fn what_would_lose_requests_is_refused() {
    let cases = [
        ("", "promote", "has one graph"),
        ("  strategy: {type: rolling}\n", "promote", "has one graph"),
        (
            "  strategy: {type: blueGreen, live: blue, blue: {}}\n",
            "promote",
            "no green graph",
        ),
        (
            "  strategy: {type: blueGreen, live: blue, blue: {}}\n",
            "retire",
            "no green graph",
        ),
        (
            "  strategy: {type: blueGreen, live: blue, blue: {}, green: {}}\n",
            "promote --weight 10",
            "has no canary",
        ),
        (
            "  strategy: {type: blueGreen, live: blue, blue: {}, green: {}}\n",
            "retire blue",
            "`blue` is live",
        ),
        (
            "  strategy: {type: blueGreen, live: blue, blue: {}, green: {}}\n",
            "promote --profile eks-p5",
            "no `live` of its own",
        ),
        (
            "  strategy: {type: blueGreen, live: blue, blue: {}, green: {}}\n",
            "promote --profile kind",
            "not rendered for `kind`",
        ),
    ];
    for (strategy, command, reason) in cases {
        let command: Vec<&str> = command.split(' ').collect();
        let refused = try_it(strategy, &command).unwrap_err();
        assert!(
            refused.starts_with("error[promotion]") && refused.contains(reason),
            "{command:?}: {refused}"
        );
    }
}

#[test]
fn a_profile_with_a_field_of_its_own_moves_alone() {
    let text = "  strategy: {type: blueGreen, live: blue, blue: {}, green: {}}\n  overrides:\n    - profiles: [gke-a4]\n      spec: {strategy: {live: blue}}\n";
    let base = text.replacen("live: blue, ", "live: green, ", 1);
    let own = text.replace("{strategy: {live: blue}}", "{strategy: {live: green}}");
    assert_eq!(try_it(text, &["promote"]).unwrap(), base);
    assert_eq!(
        try_it(text, &["promote", "--profile", "gke-a4"]).unwrap(),
        own
    );
    let refused = try_it(&own, &["retire"]).unwrap_err();
    assert!(
        refused.contains("each colour is live on some profile"),
        "{refused}"
    );
    let refused = try_it(&own, &["retire", "green"]).unwrap_err();
    assert!(refused.contains("is live on `gke-a4`"), "{refused}");
}

#[test]
fn a_retired_colour_goes_from_every_layout() {
    let cases = [
        // Braces over several lines, the colour first, last, alone on its line or not.
        (
            "  strategy:\n    {type: blueGreen, live: blue, blue: {},\n     green: {size: full}}\n",
            ",\n     green: {size: full}",
        ),
        (
            "  strategy:\n    {type: blueGreen,\n     green: {size: full},\n     live: blue, blue: {}}\n",
            "     green: {size: full},\n",
        ),
        (
            "  strategy:\n    {type: blueGreen, green: {size: full},\n     live: blue, blue: {}}\n",
            " green: {size: full},",
        ),
        (
            "  strategy: {green: {}, type: blueGreen, live: blue, blue: {}}\n",
            "green: {}, ",
        ),
        // Anchors and aliases.
        (
            "  strategy: {type: blueGreen, blue: &c {}, live: blue, green: *c}\n",
            ", green: *c",
        ),
        (
            "  strategy:\n    type: blueGreen\n    blue: &c {}\n    live: blue\n    green: *c\n",
            "    green: *c\n",
        ),
        (
            "  strategy: &s\n    type: blueGreen\n    live: blue\n    green: {}\n    blue: {}\n  overrides:\n    - profiles: [eks-p5]\n      spec: {strategy: *s}\n",
            "    green: {}\n",
        ),
        // Quoted keys, tabs, sequences at the indentation of their key, the end of the file.
        (
            "  strategy:\n    \"type\": blueGreen\n    'live': blue\n    \"green\":\t{}\n    blue: {}\n",
            "    \"green\":\t{}\n",
        ),
        (
            "  strategy:\n    type: blueGreen\n    live: blue\n    green:\n      imageVersions:\n      - name: a/b\n        tag: '1'\n    blue: {}\n",
            "    green:\n      imageVersions:\n      - name: a/b\n        tag: '1'\n",
        ),
        (
            "  strategy:\n    type: blueGreen\n    live: blue\n    blue: {}\n    green:\n      size: full\n      # end",
            "    green:\n      size: full\n      # end",
        ),
    ];
    for (text, gone) in cases {
        assert_eq!(text.matches(gone).count(), 1, "{text}");
        assert_eq!(
            try_it(text, &["retire"]).as_deref(),
            Ok(&*text.replace(gone, "")),
            "{text}"
        );
    }
}

#[test]
fn what_would_change_something_else_is_refused() {
    let shared = "  strategy:\n    type: blueGreen\n    live: &l blue\n    blue: {}\n    green: {}\n  labels: {a: *l}\n";
    let block =
        "  strategy:\n    type: blueGreen\n    live: >-\n      blue\n    blue: {}\n    green: {}\n";
    let anchor = "  strategy: {type: blueGreen, live: green, blue: &c {}, green: *c}\n";
    for (text, command) in [(shared, "promote"), (block, "promote"), (anchor, "retire")] {
        let refused = try_it(text, &[command]).unwrap_err();
        assert!(
            refused.contains("without changing something else"),
            "{refused}"
        );
    }
}

/// Where overrides have some of the fields, a change reaches the profiles it is for, and no others.
#[test]
fn fields_of_overrides_are_changed_where_they_stand() {
    let pair = |base: &str, own: &str| {
        format!(
            "  strategy: {{type: blueGreen, {base}blue: {{}}, green: {{}}}}\n  overrides:\n    - profiles: [eks-p5]\n      spec: {{strategy: {{{own}}}}}\n"
        )
    };
    let weighed = pair("live: blue, canary: {weight: 0}, ", "canary: {weight: 10}");
    assert_eq!(
        try_it(&weighed, &["promote"]).unwrap(),
        pair("live: green, canary: {weight: 0}, ", "canary: {weight: 0}")
    );
    assert_eq!(
        try_it(&weighed, &["rollback"]).unwrap(),
        pair("live: blue, canary: {weight: 0}, ", "canary: {weight: 0}")
    );
    assert_eq!(
        try_it(
            &weighed,
            &["promote", "--profile", "eks-p5", "--weight", "20"]
        )
        .unwrap(),
        pair("live: blue, canary: {weight: 0}, ", "canary: {weight: 20}")
    );
    let inherits = pair("live: blue, canary: {weight: 10}, ", "live: blue");
    let refused = try_it(&inherits, &["promote", "--profile", "eks-p5"]).unwrap_err();
    assert!(refused.contains("would reach `gke-a4`, too"), "{refused}");
    // A canary is taken back, not promoted.
    let refused = try_it(&inherits, &["rollback", "--profile", "eks-p5"]).unwrap_err();
    assert!(
        refused.contains("no `canary.weight` of its own"),
        "{refused}"
    );
    let opposite = pair("live: blue, canary: {weight: 0}, ", "live: green");
    let refused = try_it(&opposite, &["promote", "--weight", "5"]).unwrap_err();
    assert!(refused.contains("would reach `eks-p5`, too"), "{refused}");
    let without = pair("live: blue, ", "green: null");
    let refused = try_it(&without, &["promote"]).unwrap_err();
    assert!(
        refused.contains("to send traffic to on `eks-p5`"),
        "{refused}"
    );
}

#[test]
fn a_colour_is_retired_though_every_profile_has_a_field_of_its_own() {
    let text = "  strategy: {type: blueGreen, blue: {}, green: {}}\n  overrides:\n    - profiles: [eks-p5]\n      spec: {strategy: {live: blue}}\n    - profiles: [gke-a4]\n      spec: {strategy: {live: blue}}\n";
    assert_eq!(
        try_it(text, &["retire"]).unwrap(),
        text.replace(", green: {}", "")
    );
    let apart = text.replacen("live: blue", "live: green", 1);
    let refused = try_it(&apart, &["retire"]).unwrap_err();
    assert!(
        refused.contains("each colour is live on some profile"),
        "{refused}"
    );
}

#[test]
fn one_of_several_releases_is_changed() {
    let release = |name: &str, live: &str| {
        format!(
            "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nmetadata: {{name: {name}}}\nspec:\n  graph: graph.yaml\n  profiles: [eks-p5]\n  strategy: {{type: blueGreen, live: {live}, blue: {{}}, green: {{}}}}\n"
        )
    };
    let project = Project::with_graph("vllm-disagg");
    let before = format!(
        "# two\n---\n{}---\n{}",
        release("one", "blue"),
        release("two", "blue")
    );
    project.write("release.yaml", &before);
    let run = project.run(&["promote", "release.yaml"]);
    assert!(
        run.stderr.contains("holds several releases"),
        "{}",
        run.stderr
    );
    let run = project.run(&["promote", "release.yaml", "--release", "two"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let after = format!(
        "# two\n---\n{}---\n{}",
        release("one", "blue"),
        release("two", "green")
    );
    assert_eq!(project.read("release.yaml"), after);
    // In a list, what else the text would change is seen, too.
    let indented = release("one", "&l blue").replace('\n', "\n  ");
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {indented}  labels: {{a: *l}}\n");
    project.write("list.yaml", &list);
    let run = project.run(&["promote", "list.yaml"]);
    assert!(
        run.stderr.contains("without changing something else"),
        "{}",
        run.stderr
    );
    assert_eq!(project.read("list.yaml"), list);
}

#[cfg(unix)]
#[test]
fn a_changed_file_stays_the_file_it_was() {
    use std::os::unix::fs::PermissionsExt as _;
    let text = "\u{feff}apiVersion: graphwright.dev/v1alpha1\nkind: Release\nmetadata: {name: chat}\nspec:\n  graph: graph.yaml\n  profiles: [eks-p5]\n  strategy: {type: blueGreen, live: blue, blue: {}, green: {}}\n";
    let project = Project::with_graph("vllm-disagg");
    project.write("real.yaml", text);
    let real = project.path("real.yaml");
    let permit = |mode| fs::set_permissions(&real, fs::Permissions::from_mode(mode)).unwrap();
    permit(0o600);
    std::os::unix::fs::symlink("real.yaml", project.path("link.yaml")).unwrap();
    let run = project.run(&["promote", "link.yaml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(project.path("link.yaml").is_symlink());
    assert_eq!(
        project.read("real.yaml"),
        text.replace("live: blue", "live: green")
    );
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    permit(0o400);
    let run = project.run(&["rollback", "real.yaml"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("permission denied"), "{}", run.stderr);
}

/// A cache that is made belongs to a colour; one that exists is there under its name, and needs no other word.
#[test]
fn caches_that_exist_keep_their_names() {
    let project = Project::with_graph("vllm-disagg");
    let release = |existing: bool| {
        format!(
            "apiVersion: graphwright.dev/v1alpha1\nkind: Release\nmetadata: {{name: chat}}\nspec:\n  graph: graph.yaml\n  profiles: [eks-p5]\n  storage:\n    compilationCache: {{claim: kernels, mountPath: /cache, existing: {existing}}}\n  strategy: {{type: blueGreen, live: blue, blue: {{}}, green: {{}}}}\n"
        )
    };
    for (existing, names) in [
        (true, ["kernels"].as_slice()),
        (false, &["kernels-blue", "kernels-green"]),
    ] {
        project.write("release.yaml", &release(existing));
        let run = project.run(&["render", "release.yaml"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            !run.stderr.contains("PersistentVolumeClaim"),
            "{}",
            run.stderr
        );
        let lines = run.stdout.lines();
        let found: BTreeSet<&str> = lines
            .filter_map(|line| line.trim().strip_prefix("pvcName: "))
            .collect();
        assert_eq!(found, names.iter().copied().collect());
        let makes = run.stdout.contains("kind: PersistentVolumeClaim");
        assert_eq!(makes, !existing);
    }
}
