//! Any texts as release, profile and graph (split at lines `%%`): a whole render neither panics nor says nothing.
#![no_main]

use std::sync::Mutex;

use graphwright::diagnostic::{self, Style};
use graphwright::load::{Input, Request};
use graphwright::source::Sources;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let names = ["release.yaml", "site.yaml", "graph.yaml"];
    let request = Request {
        inputs: std::iter::zip(names, text.split("\n%%\n"))
            .map(|(name, text)| Input::Text {
                name: name.to_owned(),
                text: text.to_owned(),
            })
            .collect(),
        profiles: vec!["eks-p5".to_owned()],
        ..Request::default()
    };
    let mut sources = Sources::default();
    let pairs = Mutex::new(Vec::new());
    let keep = |pair, _| pairs.lock().expect("one thread").push(pair);
    let mut diagnostics = graphwright::render(&request, &mut sources, 1, &keep);
    let pairs = pairs.into_inner().expect("one thread");
    let rendered = !pairs.is_empty();
    diagnostics.extend(pairs.into_iter().flat_map(|pair| pair.diagnostics));
    diagnostic::to_text(&diagnostics, &sources, Style::default());
    diagnostic::to_json_lines(&diagnostics, &sources);
    assert!(rendered || diagnostic::has_errors(&diagnostics));
});
