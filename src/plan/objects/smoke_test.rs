//! Does a graph answer once it is applied?

use super::Site;
use super::jobs::{self, Script};
use super::traffic::{Backend, FRONTEND_PORT};
use crate::diagnostic::Diagnostic;
use crate::model::release::Ask;
use crate::plan::health;
use crate::rules;

/// Seconds to wait for the model where nobody says otherwise: as long as the operator lets workers start.
const TIMEOUT: u32 = 7200;
/// Seconds beyond that for the questions themselves.
const MARGIN: u32 = 900;

pub(super) fn plan(site: &mut Site<'_>) {
    let Some(asked) = &site.release.smoke_test else {
        return;
    };
    let backend = Backend {
        pair: site.pair,
        color: site.pair.color,
    };
    if site.pair.is_on_standby() {
        return;
    }
    let Some(service) = backend.service() else {
        site.report(
            Diagnostic::new(
                &rules::SMOKE_TEST_FRONTEND,
                asked.origin,
                format!(
                    "the graph `{}` has no frontend to ask; no smoke test is rendered",
                    site.pair.graph.name
                ),
            )
            .help("add a component of type `frontend`, or leave `smokeTest` out"),
        );
        return;
    };
    let asks = match asked.asks.as_slice() {
        [] => "chat,completion".to_owned(),
        asks => {
            let names: Vec<&str> = asks
                .iter()
                .map(|ask| match ask.value {
                    Ask::Chat => "chat",
                    Ask::Completion => "completion",
                })
                .collect();
            names.join(",")
        }
    };
    let own = asked.timeout_seconds.as_ref().map(|seconds| seconds.value);
    let start = health::startup_tries(&site.release.health)
        .and_then(|(tries, _)| u32::try_from(tries.saturating_mul(health::PERIOD)).ok());
    let timeout = own.or(start).unwrap_or(TIMEOUT);
    let model = asked.model.as_ref().map(|model| model.value.clone());
    let origin = site.decide(&rules::OBJECT_SMOKE_TEST, [asked.origin], None);
    let script = Script {
        part: "smoke-test",
        text: include_str!("../../../scripts/smoke-test.py"),
        env: vec![
            ("FRONTEND", format!("http://{service}:{FRONTEND_PORT}")),
            ("MODEL", model.unwrap_or_default()),
            ("ASKS", asks),
            ("TIMEOUT", timeout.to_string()),
        ],
        image: asked.image.as_ref(),
        account: None,
        deadline: timeout.saturating_add(MARGIN),
        hook: "PostSync",
        watched: site.graphs,
    };
    if let Some(job) = jobs::job(site, script, origin) {
        site.add(&rules::OBJECT_SMOKE_TEST, origin, None, job);
    }
}
