//! Would the webhook take models and requests?

use crate::diagnostic::Diagnostic;
use crate::model::Manifest;
use crate::rules;
use crate::validate::Subject;
use crate::validate::graph::{GROUP, text};

/// What a LoRA can be read from.
const SCHEMES: [&str; 3] = ["s3://", "hf://", "file:///"];

pub(super) fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for model in subject.of_kind(GROUP, "DynamoModel") {
        source(subject, model, found);
        if let Some(before) = subject.before(model) {
            model_change(subject, model, before, found);
        }
    }
    for request in subject.of_kind(GROUP, "DynamoGraphDeploymentRequest") {
        search(subject, request, found);
        if let Some(before) = subject.before(request) {
            request_change(subject, request, before, found);
        }
    }
}

fn source(subject: &Subject<'_>, model: &Manifest, found: &mut Vec<Diagnostic>) {
    if text(&model.object, &["spec", "modelType"]) != Some("lora") {
        return;
    }
    let uri = text(&model.object, &["spec", "source", "uri"]).filter(|uri| !uri.is_empty());
    let (pointer, message) = match uri {
        None => ("/spec", "a LoRA needs a source".to_owned()),
        Some(uri) if !SCHEMES.iter().any(|scheme| uri.starts_with(scheme)) => (
            "/spec/source/uri",
            format!("`{uri}` is not a source that workers can read"),
        ),
        Some(_) => return,
    };
    found.push(
        subject
            .finding(&rules::MODEL_SOURCE, model, pointer, message)
            .help(format!("give `source.uri` as `{}…`", SCHEMES.join("…`, `"))),
    );
}

fn model_change(
    subject: &Subject<'_>,
    model: &Manifest,
    before: &Manifest,
    found: &mut Vec<Diagnostic>,
) {
    for (key, default) in [("baseModelName", ""), ("modelType", "base")] {
        let value = |manifest: &Manifest| {
            let written = text(&manifest.object, &["spec", key]);
            written.unwrap_or(default).to_owned()
        };
        let (old, new) = (value(before), value(model));
        if old != new {
            let message = format!("`{key}` is `{old}` and cannot become `{new}`");
            found.push(
                subject
                    .finding(
                        &rules::MODEL_IMMUTABLE,
                        model,
                        &format!("/spec/{key}"),
                        message,
                    )
                    .help("make a new DynamoModel of another name"),
            );
        }
    }
}

fn search(subject: &Subject<'_>, request: &Manifest, found: &mut Vec<Diagnostic>) {
    if request.key.api_version != "nvidia.com/v1beta1" {
        return;
    }
    let backend = text(&request.object, &["spec", "backend"]).unwrap_or("auto");
    if text(&request.object, &["spec", "searchStrategy"]) == Some("thorough") && backend == "auto" {
        let message = "a `thorough` search cannot choose the backend itself";
        found.push(
            subject
                .finding(
                    &rules::REQUEST_SEARCH,
                    request,
                    "/spec/searchStrategy",
                    message,
                )
                .help("name a `backend`: `vllm`, `sglang` or `trtllm`; or search `rapid`"),
        );
    }
}

fn request_change(
    subject: &Subject<'_>,
    request: &Manifest,
    before: &Manifest,
    found: &mut Vec<Diagnostic>,
) {
    let phase = text(&before.object, &["status", "phase"]);
    let Some(phase @ ("Profiling" | "Deploying" | "Deployed")) = phase else {
        return;
    };
    let same_version = request.key.api_version == before.key.api_version;
    if same_version && request.object.get("spec") != before.object.get("spec") {
        let message = format!("the request is `{phase}`, and its spec cannot change any more");
        found.push(
            subject
                .finding(&rules::REQUEST_FROZEN, request, "/spec", message)
                .help("make a new request of another name"),
        );
    }
}
