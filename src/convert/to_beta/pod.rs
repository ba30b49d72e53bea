//! The pod template of a component, from the ten fields of a service that shape its pods.
//!
//! `extraPodSpec.mainContainer` wins over the service's own fields; environment and mounts add up
//! (ai-dynamo/dynamo deploy/operator/api/v1alpha1/shared_spec_conversion.go).

use super::SIDECAR;
use crate::convert::report::{Report, join, keep, push};
use crate::convert::resources;
use crate::diagnostic::Diagnostic;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{Entry, Map, Node};

/// What a service says about its pods.
#[derive(Default)]
pub(super) struct Parts {
    metadata: Option<Entry>,
    spec: Option<Entry>,
    dedicated: Dedicated,
    sidecar: Option<Node>,
}

impl Parts {
    /// Takes one of the fields that need no look at the component.
    pub(super) fn take(&mut self, entry: Entry) {
        match entry.key.as_str() {
            "envs" => self.dedicated.envs = Some(entry),
            "envFromSecret" => self.dedicated.env_from_secret = Some(entry),
            "resources" => self.dedicated.resources = Some(entry),
            "extraPodMetadata" => self.metadata = Some(entry),
            "extraPodSpec" => self.spec = Some(entry),
            _ => self.dedicated.probes.push(entry),
        }
    }

    /// Takes `volumeMounts` and gives the component's `compilationCache`, which is the first that says so.
    pub(super) fn volume_mounts(
        &mut self,
        entry: Entry,
        path: &str,
        report: &mut Report<'_>,
    ) -> Option<Entry> {
        let mut cache = None;
        self.dedicated.mounts_origin = entry.key_origin;
        for (index, item) in report.items(entry.value, path).into_iter().enumerate() {
            let path = format!("{path}[{index}]");
            let origin = item.origin;
            let (mut name, mut mount_point, mut is_cache) = (None, None, None);
            for entry in report.entries(item, &path) {
                match entry.key.as_str() {
                    "name" => name = Some(entry),
                    "mountPoint" => mount_point = Some(entry),
                    "useAsCompilationCache" => {
                        if report.truth(&entry.value, &join(&path, "useAsCompilationCache")) {
                            is_cache = Some(entry.key_origin);
                        }
                    }
                    _ => report.unknown(
                        &path,
                        &entry,
                        &["name", "mountPoint", "useAsCompilationCache"],
                        &[("mountPath", "mountPoint")],
                    ),
                }
            }
            let Some(name) = name else {
                missing(&path, "name", origin, report);
                continue;
            };
            let mut mount = Map::default();
            if let (Some(cache_origin), None) = (is_cache, &cache) {
                push(&mut mount, "pvcName", name.key_origin, name.value);
                if let Some(entry) = mount_point {
                    push(&mut mount, "mountPath", entry.key_origin, entry.value);
                }
                cache = Some(Entry {
                    key: "compilationCache".to_owned(),
                    key_origin: cache_origin,
                    value: Node::new(mount, origin),
                });
                continue;
            }
            keep(&mut mount, name);
            match mount_point {
                Some(entry) => push(&mut mount, "mountPath", entry.key_origin, entry.value),
                None => missing(&path, "mountPoint", origin, report),
            }
            self.dedicated.mounts.push(Node::new(mount, origin));
        }
        cache
    }

    /// Takes `frontendSidecar`, which becomes a container.
    pub(super) fn sidecar(&mut self, entry: Entry, path: &str, report: &mut Report<'_>) {
        let origin = entry.value.origin;
        let mut container = Map::default();
        push(
            &mut container,
            "name",
            entry.key_origin,
            Node::new(SIDECAR, origin),
        );
        for entry in report.entries(entry.value, path) {
            match entry.key.as_str() {
                "image" | "args" => keep(&mut container, entry),
                "envs" => push(&mut container, "env", entry.key_origin, entry.value),
                "envFromSecret" => {
                    let sources = secret_source(entry.value);
                    push(&mut container, "envFrom", entry.key_origin, sources);
                }
                _ => report.unknown(
                    path,
                    &entry,
                    &["image", "args", "envs", "envFromSecret"],
                    &[("env", "envs"), ("envFrom", "envFromSecret")],
                ),
            }
        }
        self.sidecar = Some(Node::new(container, origin));
    }

    fn is_empty(&self) -> bool {
        let Self {
            metadata,
            spec,
            dedicated,
            sidecar,
        } = self;
        metadata.is_none() && spec.is_none() && dedicated.is_empty() && sidecar.is_none()
    }

    /// The pod template; none if nothing shapes the pods.
    pub(super) fn template(self, path: &str, report: &mut Report<'_>) -> Option<Node> {
        if self.is_empty() {
            return None;
        }
        let Self {
            metadata,
            spec,
            dedicated,
            sidecar,
        } = self;
        let spec_path = &join(path, "extraPodSpec");
        let spec_origin = spec.as_ref().map(|entry| entry.key_origin);
        let mut main = None;
        let mut containers = Vec::new();
        let mut pod = Map::default();
        let spec = spec.map(|entry| report.entries(entry.value, spec_path));
        for entry in spec.unwrap_or_default() {
            match entry.key.as_str() {
                "mainContainer" => main = Some(entry),
                "containers" => {
                    containers = report.items(entry.value, &join(spec_path, "containers"));
                }
                _ => keep(&mut pod, entry),
            }
        }
        let mounts_origin = dedicated.mounts_origin;
        let origin = spec_origin
            .or_else(|| main.as_ref().map(|entry| entry.key_origin))
            .or_else(|| dedicated.resources.as_ref().map(|entry| entry.key_origin))
            .or_else(|| metadata.as_ref().map(|entry| entry.key_origin))
            .or_else(|| dedicated.envs.as_ref().map(|entry| entry.key_origin))
            .unwrap_or(mounts_origin);

        let claims = dedicated.claimed(&pod);
        let main = dedicated.into_main(main, origin, path, report);
        volumes(&mut pod, claims, mounts_origin);

        for container in &containers {
            let name = container.get("name").and_then(Node::as_str);
            let taken = match name {
                Some("main") => "`mainContainer`",
                Some(SIDECAR) if sidecar.is_some() => "`frontendSidecar`",
                _ => continue,
            };
            let diagnostic = Diagnostic::new(
                &rules::GRAPH_CONFLICT,
                container.origin,
                format!(
                    "container `{}` is also what {taken} becomes",
                    name.unwrap_or_default()
                ),
            );
            report.add(
                &join(spec_path, "containers"),
                diagnostic.help(format!("rename it, or say in {taken} what it says")),
            );
        }
        containers.insert(0, main);
        containers.extend(sidecar);

        let mut all = Map::default();
        push(
            &mut all,
            "containers",
            origin,
            Node::new(containers, origin),
        );
        for entry in pod {
            keep(&mut all, entry);
        }
        let mut template = Map::default();
        if let Some(entry) = metadata {
            push(
                &mut template,
                "metadata",
                entry.key_origin,
                pod_metadata(entry, path, report),
            );
        }
        push(&mut template, "spec", origin, Node::new(all, origin));
        Some(Node::new(template, origin))
    }
}

/// The fields of a service that are about the main container.
#[derive(Default)]
struct Dedicated {
    envs: Option<Entry>,
    env_from_secret: Option<Entry>,
    resources: Option<Entry>,
    probes: Vec<Entry>,
    mounts: Vec<Node>,
    mounts_origin: Origin,
}

impl Dedicated {
    fn is_empty(&self) -> bool {
        let Self {
            envs,
            env_from_secret,
            resources,
            probes,
            mounts,
            mounts_origin: _,
        } = self;
        envs.is_none()
            && env_from_secret.is_none()
            && resources.is_none()
            && probes.is_empty()
            && mounts.is_empty()
    }

    /// Mounted names that no volume of the pod has: each is a claim.
    fn claimed(&self, pod: &Map) -> Vec<Node> {
        let volumes = pod
            .get("volumes")
            .and_then(Node::as_list)
            .unwrap_or_default();
        let mut names: Vec<Node> = Vec::new();
        for name in self.mounts.iter().filter_map(|mount| mount.get("name")) {
            let known = |volume: &Node| volume.get("name") == Some(name);
            if !volumes.iter().any(known) && !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// The container `main`: `mainContainer` over the service's own fields.
    fn into_main(
        self,
        main: Option<Entry>,
        origin: Origin,
        path: &str,
        report: &mut Report<'_>,
    ) -> Node {
        let main_path = join(path, "extraPodSpec.mainContainer");
        let mut out = Map::default();
        let (main, main_origin) = match main {
            Some(entry) => (report.entries(entry.value, &main_path), entry.key_origin),
            None => (Map::default(), origin),
        };
        push(
            &mut out,
            "name",
            main_origin,
            Node::new("main", main_origin),
        );
        let Self {
            mut envs,
            mut env_from_secret,
            mut resources,
            mut probes,
            mut mounts,
            mounts_origin,
        } = self;
        for entry in main {
            let field = join(&main_path, &entry.key);
            match entry.key.as_str() {
                "name" => {
                    if !matches!(entry.value.as_str(), Some("main" | "")) {
                        report.ignored(
                            &field,
                            entry.value.origin,
                            "is ignored: the main container is always called `main`",
                        );
                    }
                }
                "env" => {
                    let merged = merge_env(envs.take(), entry.value, path, &field, report);
                    push(&mut out, "env", entry.key_origin, merged);
                }
                "envFrom" => {
                    let replaces = entry.value.as_list().is_none_or(|list| !list.is_empty());
                    match env_from_secret.take() {
                        Some(secret) if !replaces => {
                            push(
                                &mut out,
                                "envFrom",
                                entry.key_origin,
                                secret_source(secret.value),
                            );
                        }
                        Some(secret) => {
                            report.twice(&join(path, "envFromSecret"), &secret, entry.key_origin);
                        }
                        None => keep(&mut out, entry),
                    }
                }
                "resources" => {
                    let merged =
                        resources::merge(resources.take(), entry.value, path, &field, report);
                    push(&mut out, "resources", entry.key_origin, merged);
                }
                "livenessProbe" | "readinessProbe" => {
                    let ours = probes.iter().position(|probe| probe.key == entry.key);
                    if let Some(index) = ours {
                        let probe = probes.remove(index);
                        if probe.value != entry.value {
                            report.twice(&join(path, &probe.key), &probe, entry.key_origin);
                        }
                    }
                    keep(&mut out, entry);
                }
                "volumeMounts" => {
                    let list_origin = entry.value.origin;
                    let mut all = report.items(entry.value, &field);
                    all.append(&mut mounts);
                    push(
                        &mut out,
                        "volumeMounts",
                        entry.key_origin,
                        Node::new(all, list_origin),
                    );
                }
                _ => keep(&mut out, entry),
            }
        }
        if let Some(entry) = envs {
            push(&mut out, "env", entry.key_origin, entry.value);
        }
        if let Some(entry) = env_from_secret
            && entry.value.as_str() != Some("")
        {
            push(
                &mut out,
                "envFrom",
                entry.key_origin,
                secret_source(entry.value),
            );
        }
        if let Some(entry) = resources {
            let field = join(path, "resources");
            let resources = resources::of_container(entry.value, &field, report);
            push(&mut out, "resources", entry.key_origin, resources);
        }
        for entry in probes {
            keep(&mut out, entry);
        }
        if !mounts.is_empty() {
            push(
                &mut out,
                "volumeMounts",
                mounts_origin,
                Node::new(mounts, mounts_origin),
            );
        }
        Node::new(out, main_origin)
    }
}

/// Adds a volume for each claim.
fn volumes(pod: &mut Map, claims: Vec<Node>, key_origin: Origin) {
    if claims.is_empty() {
        return;
    }
    let volumes = claims.into_iter().map(|name| {
        let origin = name.origin;
        let mut claim = Map::default();
        push(&mut claim, "claimName", origin, name.clone());
        let mut volume = Map::default();
        push(&mut volume, "name", origin, name);
        push(
            &mut volume,
            "persistentVolumeClaim",
            origin,
            Node::new(claim, origin),
        );
        Node::new(volume, origin)
    });
    match pod.get_mut("volumes").and_then(Node::as_list_mut) {
        Some(list) => list.extend(volumes),
        None => {
            let volumes: Vec<Node> = volumes.collect();
            pod.insert("volumes", Node::new(volumes, key_origin));
        }
    }
}

/// `envFrom` of one secret.
fn secret_source(name: Node) -> Node {
    let origin = name.origin;
    let mut reference = Map::default();
    push(&mut reference, "name", origin, name);
    let mut source = Map::default();
    push(
        &mut source,
        "secretRef",
        origin,
        Node::new(reference, origin),
    );
    Node::new(vec![Node::new(source, origin)], origin)
}

fn pod_metadata(entry: Entry, path: &str, report: &mut Report<'_>) -> Node {
    let path = join(path, "extraPodMetadata");
    let origin = entry.value.origin;
    let mut out = Map::default();
    for entry in report.entries(entry.value, &path) {
        match entry.key.as_str() {
            "labels" | "annotations" => keep(&mut out, entry),
            _ => report.unknown(&path, &entry, &["annotations", "labels"], &[]),
        }
    }
    Node::new(out, origin)
}

/// The service's variables, each replaced by the container's of the same name, then the container's others.
fn merge_env(
    service: Option<Entry>,
    container: Node,
    path: &str,
    field: &str,
    report: &mut Report<'_>,
) -> Node {
    let origin = container.origin;
    let mut container = report.items(container, field);
    let Some(service) = service else {
        return Node::new(container, origin);
    };
    let path = join(path, "envs");
    let mut merged = Vec::new();
    for variable in report.items(service.value, &path) {
        let same = |other: &Node| {
            let name = variable.get("name");
            name.is_some() && other.get("name") == name
        };
        let Some(index) = container.iter().position(same) else {
            merged.push(variable);
            continue;
        };
        let winner = container.remove(index);
        if winner != variable {
            let name = variable
                .get("name")
                .and_then(Node::as_str)
                .unwrap_or_default();
            report.add(
                &path,
                Diagnostic::new(
                    &rules::GRAPH_IGNORED_FIELD,
                    variable.origin,
                    format!("the service's `{name}` has no effect: the main container sets it too"),
                )
                .label(winner.origin, "this one counts")
                .help("remove one of them"),
            );
        }
        merged.push(winner);
    }
    merged.append(&mut container);
    Node::new(merged, origin)
}

fn missing(path: &str, key: &str, origin: Origin, report: &mut Report<'_>) {
    report.say(
        &rules::GRAPH_MISSING_FIELD,
        path,
        origin,
        format!("a volume mount needs `{key}`"),
    );
}
