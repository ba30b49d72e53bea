//! Does a graph answer once it is applied?

use super::Site;
use super::jobs::{self, Script};
use super::traffic::{Backend, FRONTEND_PORT};
use crate::model::release::Ask;
use crate::rules;

/// Seconds to wait for the model where nobody says otherwise: as long as workers may take to start.
const TIMEOUT: u32 = 3600;
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
    let Some(service) = backend.service().filter(|_| !site.pair.is_on_standby()) else {
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
    let timeout = asked.timeout_seconds.as_ref();
    let timeout = timeout.map_or(TIMEOUT, |seconds| seconds.value);
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
