//! How does a Job of a release run: which image, which nodes, and when is it made anew?

use sha2::{Digest, Sha256};

use super::Site;
use super::contexts::Job;
use super::nodes::{int, list, map, text, texts};
use crate::diagnostic::Diagnostic;
use crate::model::profile::Delivery;
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{At, Node, write};

/// A Job before it has a place to run.
pub(super) struct Script<'a> {
    /// `smoke-test` or `preflight`.
    pub(super) part: &'static str,
    /// The program, for Python 3.
    pub(super) text: &'static str,
    /// What it is told: names and values, in order.
    pub(super) env: Vec<(&'static str, String)>,
    /// The image, if not the frontend's own.
    pub(super) image: Option<&'a At<String>>,
    /// The account it asks the API server with.
    pub(super) account: Option<Node>,
    /// Seconds after which it is ended.
    pub(super) deadline: u32,
    /// How Argo CD runs it, such as `PostSync`.
    pub(super) hook: &'static str,
    /// What it is made anew for, beside its own text.
    pub(super) watched: &'a [Node],
}

/// Who delivers the release.
pub(super) fn delivery(site: &Site<'_>) -> Option<Delivery> {
    let own = site.release.delivery.as_ref();
    own.or(site.profile.delivery.as_ref()).map(|one| one.value)
}

/// The frontend as it is rendered, else the first component.
fn frontend<'a>(site: &Site<'a>) -> Option<&'a Node> {
    let graph = site.graphs.first()?;
    let components = graph.at(&["spec", "components"])?.as_list()?;
    let is_frontend = |one: &&Node| one.get("type").and_then(Node::as_str) == Some("frontend");
    components.iter().find(is_frontend).or(components.first())
}

/// The Job of a script; none if it has no image to run in.
pub(super) fn job(site: &mut Site<'_>, script: Script<'_>, origin: Origin) -> Option<Job> {
    let frontend = frontend(site)?;
    let main = crate::plan::component::main_container(frontend);
    let own = main.and_then(|main| main.get("image"));
    let image = match script.image {
        Some(image) => Some(text(image.value.as_str(), image.origin)),
        None => own.cloned(),
    };
    let Some(image) = image else {
        site.report(
            Diagnostic::new(
                &rules::JOB_IMAGE,
                frontend.origin,
                format!(
                    "the {} has no image to run in",
                    script.part.replace('-', " ")
                ),
            )
            .help("give the frontend an `image`, or the Job one of its own that has Python 3"),
        );
        return None;
    };
    let pod = |key: &str| frontend.at(&["podTemplate", "spec", key]).cloned();
    let env = script.env.iter().map(|(name, value)| {
        map(
            origin,
            [
                ("name", text(*name, origin)),
                ("value", text(value.as_str(), origin)),
            ],
        )
    });
    let mut pod_labels = site.labels(script.part);
    for (key, value) in site
        .graph_selector(origin)
        .as_map()
        .into_iter()
        .flat_map(|map| {
            map.iter()
                .map(|entry| (entry.key.clone(), entry.value.clone()))
        })
    {
        // The graph's network policies let its own pods talk to one another.
        pod_labels.set(&key, value);
    }
    let mut job = Job {
        name: Node::default(),
        namespace: site.namespace.clone(),
        labels: site.labels(script.part),
        annotations: None,
        pod_labels,
        backoff_limit: int(2, origin),
        deadline: int(i64::from(script.deadline), origin),
        service_account: script.account,
        node_selector: pod("nodeSelector"),
        tolerations: pod("tolerations"),
        pull_secrets: pod("imagePullSecrets"),
        container: text(script.part, origin),
        image,
        command: texts(origin, ["python3", "-u", "-c"]),
        args: list(origin, [text(script.text, origin)]),
        env: list(origin, env),
    };
    let own = site.release.delivery.as_ref();
    let delivered = own.or(site.profile.delivery.as_ref()).map(|one| one.origin);
    let hook = site.decide(&rules::JOB_HOOK, delivered, None);
    if delivery(site) == Some(Delivery::ArgoCd) {
        job.name = site.name(script.part, origin);
        job.annotations = Some(hooked(script.hook, None, hook));
    } else {
        // All of the pod's template: none of it can change under the same name.
        let mut digest = Sha256::new();
        digest.update(include_str!("../../../templates/job.yaml"));
        let mut feed = |node: &Node| {
            let mut text = String::new();
            write::write(node, &mut text);
            digest.update(text);
        };
        script.watched.iter().for_each(&mut feed);
        let pod = [
            Some(&job.pod_labels),
            job.service_account.as_ref(),
            job.node_selector.as_ref(),
            job.tolerations.as_ref(),
            job.pull_secrets.as_ref(),
            Some(&job.image),
            Some(&job.args),
            Some(&job.env),
            Some(&job.backoff_limit),
        ];
        pod.into_iter().flatten().for_each(feed);
        let digest = digest.finalize();
        let hash: String = digest[..4]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        job.name = site.name(&format!("{}-{hash}", script.part), hook);
    }
    Some(job)
}

/// What makes an object a hook of Argo CD.
pub(super) fn hooked(phase: &'static str, wave: Option<&'static str>, origin: Origin) -> Node {
    let mut annotations = map(
        origin,
        [
            ("argocd.argoproj.io/hook", text(phase, origin)),
            (
                "argocd.argoproj.io/hook-delete-policy",
                text("BeforeHookCreation", origin),
            ),
        ],
    );
    if let Some(wave) = wave {
        annotations.set("argocd.argoproj.io/sync-wave", text(wave, origin));
    }
    annotations
}
