//! Annotations for Argo CD.

use super::super::Subject;
use super::annotation;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::model::{Manifest, pod};
use crate::rules;
use crate::yaml::{Entry, Node};

const PREFIX: &str = "argocd.argoproj.io/";

/// The annotations of objects that Argo CD reads or writes
/// (argoproj/argo-cd common/common.go, gitops-engine/pkg/sync/common/types.go).
const KEYS: [&str; 17] = [
    "argocd.argoproj.io/client-side-apply-migration-manager",
    "argocd.argoproj.io/compare-options",
    "argocd.argoproj.io/deletion-approved",
    "argocd.argoproj.io/hook",
    "argocd.argoproj.io/hook-delete-policy",
    "argocd.argoproj.io/hydrate",
    "argocd.argoproj.io/ignore-healthcheck",
    "argocd.argoproj.io/ignore-resource-updates",
    "argocd.argoproj.io/ignore-restart-policy",
    "argocd.argoproj.io/installation-id",
    "argocd.argoproj.io/managed-by-url",
    "argocd.argoproj.io/manifest-generate-paths",
    "argocd.argoproj.io/refresh",
    "argocd.argoproj.io/skip-reconcile",
    "argocd.argoproj.io/sync-options",
    "argocd.argoproj.io/sync-wave",
    "argocd.argoproj.io/tracking-id",
];

const HOOKS: [&str; 7] = [
    "PreSync",
    "Sync",
    "Skip",
    "PostSync",
    "SyncFail",
    "PreDelete",
    "PostDelete",
];

const DELETE_POLICIES: [&str; 3] = ["HookSucceeded", "HookFailed", "BeforeHookCreation"];

const SYNC_OPTIONS: [&str; 16] = [
    "ApplyOutOfSyncOnly=false",
    "ApplyOutOfSyncOnly=true",
    "ClientSideApplyMigration=false",
    "ClientSideApplyMigration=true",
    "Delete=confirm",
    "Delete=false",
    "Force=true",
    "Prune=confirm",
    "Prune=false",
    "PruneLast=true",
    "Replace=false",
    "Replace=true",
    "ServerSideApply=false",
    "ServerSideApply=true",
    "SkipDryRunOnMissingResource=true",
    "Validate=false",
];

/// Options that only an Application can have.
const OF_APPLICATIONS: [&str; 4] = [
    "CreateNamespace",
    "FailOnSharedResource",
    "PrunePropagationPolicy",
    "RespectIgnoreDifferences",
];

const COMPARE_OPTIONS: [&str; 4] = [
    "IgnoreExtraneous",
    "IncludeMutationWebhook=true",
    "ServerSideDiff=false",
    "ServerSideDiff=true",
];

pub(super) fn check(subject: &Subject<'_>, manifest: &Manifest, found: &mut Vec<Diagnostic>) {
    let object = &manifest.object;
    let mut is_for_argo = false;
    let mut skips_dry_run = false;
    for entry in ours(object.at(&["metadata", "annotations"])) {
        is_for_argo = true;
        let pointer = annotation("/metadata", &entry.key);
        let value = entry.value.as_str().unwrap_or_default();
        skips_dry_run |= entry.key.ends_with("/sync-options")
            && items(value).any(|item| item == "SkipDryRunOnMissingResource=true");
        if let Some((message, help)) = wrong(&entry.key, value) {
            let finding = subject.finding(&rules::ARGO_ANNOTATION, manifest, &pointer, message);
            found.push(finding.help(help));
        }
        if entry.key.ends_with("/sync-options") {
            options(subject, manifest, &pointer, value, found);
        }
    }
    misplaced(subject, manifest, found);
    instance(subject, manifest, found);
    let is_custom =
        manifest.key.group().contains('.') && !manifest.key.group().ends_with(".k8s.io");
    if is_for_argo && is_custom && !skips_dry_run {
        let message = format!(
            "Argo CD fails on this {} where its definition comes with the same sync",
            manifest.key.kind.escape_debug()
        );
        found.push(
            subject
                .finding(
                    &rules::ARGO_DRY_RUN,
                    manifest,
                    "/metadata/annotations",
                    message,
                )
                .help(
                    "add `SkipDryRunOnMissingResource=true` to `argocd.argoproj.io/sync-options`",
                ),
        );
    }
}

fn ours(annotations: Option<&Node>) -> impl Iterator<Item = &Entry> {
    let entries = annotations.and_then(Node::as_map).into_iter().flatten();
    entries.filter(|entry| entry.key.starts_with(PREFIX))
}

fn items(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// What is wrong with an annotation, and what to do.
fn wrong(key: &str, value: &str) -> Option<(String, String)> {
    if !KEYS.contains(&key) {
        let help = did_you_mean(key, KEYS)
            .unwrap_or_else(|| "remove it: Argo CD does not know it".to_owned());
        return Some((
            format!("Argo CD has no annotation `{}`", key.escape_debug()),
            help,
        ));
    }
    let known: &[&str] = match &key[PREFIX.len()..] {
        "sync-wave" => {
            return value.parse::<i32>().is_err().then(|| {
                let message = format!(
                    "the sync wave `{}` is no whole number",
                    value.escape_debug()
                );
                (
                    message,
                    "use a number in quotes, such as `\"1\"`; negative ones come first".to_owned(),
                )
            });
        }
        "hook" => &HOOKS,
        "hook-delete-policy" => &DELETE_POLICIES,
        "sync-options" => &SYNC_OPTIONS,
        "compare-options" => &COMPARE_OPTIONS,
        _ => return None,
    };
    let of_application =
        |item: &str| OF_APPLICATIONS.contains(&item.split('=').next().unwrap_or(item));
    let bad = items(value).find(|item| !known.contains(item) && !of_application(item))?;
    let help = did_you_mean(bad, known.iter().copied())
        .unwrap_or_else(|| format!("use one of `{}`", known.join("`, `")));
    Some((
        format!("`{}` is nothing that `{key}` can say", bad.escape_debug()),
        help,
    ))
}

/// Options that do harm, or nothing, on this object.
fn options(
    subject: &Subject<'_>,
    manifest: &Manifest,
    pointer: &str,
    value: &str,
    found: &mut Vec<Diagnostic>,
) {
    for item in items(value) {
        let name = item.split('=').next().unwrap_or(item);
        if OF_APPLICATIONS.contains(&name) {
            let message = format!("`{name}` is an option of Applications");
            let finding = subject.finding(&rules::ARGO_MISPLACED, manifest, pointer, message);
            found.push(finding.help("set it in the Application's `spec.syncPolicy.syncOptions`"));
        }
        let holds_data = matches!(
            manifest.key.kind.as_str(),
            "Namespace" | "PersistentVolumeClaim" | "PersistentVolume" | "StatefulSet"
        );
        if item == "Replace=true" && holds_data {
            let message = format!(
                "a sync may delete this {} and what it holds",
                manifest.key.kind
            );
            let finding = subject.finding(&rules::ARGO_REPLACE, manifest, pointer, message);
            found.push(finding.help("use `ServerSideApply=true`, which changes fields in place"));
        }
    }
}

/// Annotations where Argo CD does not look.
fn misplaced(subject: &Subject<'_>, manifest: &Manifest, found: &mut Vec<Diagnostic>) {
    let mut add = |pointer: String, key: &str, place: &str| {
        let message = format!("Argo CD does not see `{key}` {place}");
        let finding = subject.finding(&rules::ARGO_MISPLACED, manifest, &pointer, message);
        found.push(finding.help("move it to the `metadata.annotations` of the object"));
    };
    let is_dynamo = manifest.key.group() == "nvidia.com";
    for entry in ours(manifest.object.at(&["spec", "annotations"])).filter(|_| is_dynamo) {
        let pointer = annotation("/spec", &entry.key);
        add(
            pointer,
            &entry.key,
            "here, and the operator copies it to what it makes",
        );
    }
    for template in pod::templates(manifest)
        .iter()
        .filter(|one| !one.pointer.is_empty())
    {
        for entry in ours(template.node.at(&["metadata", "annotations"])) {
            let below = format!("{}/metadata", template.pointer);
            add(annotation(&below, &entry.key), &entry.key, "on pods");
        }
    }
}

/// Selectors by a label that Argo CD may overwrite.
fn instance(subject: &Subject<'_>, manifest: &Manifest, found: &mut Vec<Diagnostic>) {
    const LABEL: &str = "app.kubernetes.io/instance";
    let paths: [(&str, &[&str]); 3] = [
        (
            "/spec/selector/matchLabels",
            &["spec", "selector", "matchLabels"],
        ),
        ("/spec/selector", &["spec", "selector"]),
        (
            "/spec/podSelector/matchLabels",
            &["spec", "podSelector", "matchLabels"],
        ),
    ];
    for (pointer, keys) in paths {
        if manifest
            .object
            .at(keys)
            .is_some_and(|selector| selector.get(LABEL).is_some())
        {
            let pointer = format!("{pointer}/app.kubernetes.io~1instance");
            let message = format!("the selector relies on `{LABEL}`");
            let finding = subject.finding(&rules::ARGO_INSTANCE_LABEL, manifest, &pointer, message);
            found.push(finding.help(
                "select by another label; Argo CD tracks objects by this one where it is told to",
            ));
        }
    }
}
