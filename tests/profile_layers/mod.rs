//! Built-in and test profiles with their layers merged, for tests that look at their facts.

use std::path::Path;
use std::sync::Arc;

use graphwright::model::ClusterProfile;
use graphwright::model::profile::ClusterProfileSpec;
use graphwright::resolve::ResolvedProfile;
use graphwright::resolve::merge::merge;
use graphwright::source::Sources;
use graphwright::yaml::{Node, from_node, read};

/// The one document of a profile's text; anything the reader complains about is a failure.
pub(crate) fn document(name: &str, text: &str) -> Node {
    let mut mistakes = Vec::new();
    let mut documents = read::documents(text, 0, &read::Limits::default(), &mut mistakes);
    assert!(mistakes.is_empty(), "{name}: {mistakes:?}");
    assert_eq!(documents.len(), 1, "{name}");
    documents.remove(0)
}

/// A built-in profile with its layers merged, as the program resolves it.
pub(crate) fn resolved(name: &str, sources: &mut Sources) -> Arc<ResolvedProfile> {
    graphwright::builtin_profile(name, sources)
        .unwrap_or_else(|mistakes| panic!("{name}: {mistakes:#?}"))
}

/// The facts of a built-in profile.
#[allow(dead_code, reason = "not every test looks at built-in profiles")]
pub(crate) fn builtin_profile(name: &str) -> ClusterProfileSpec {
    resolved(name, &mut Sources::default()).spec.clone()
}

/// The facts of a profile of `tests/fixtures/providers`, which builds on one built-in profile.
#[allow(dead_code, reason = "not every test looks at fixtures")]
pub(crate) fn fixture_profile(name: &str) -> ClusterProfileSpec {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/providers")
        .join(format!("{name}.yaml"));
    let fixture = document(name, &std::fs::read_to_string(path).unwrap());
    let below = fixture
        .pointer("/spec/extends/0")
        .and_then(Node::as_str)
        .unwrap();
    let mut merged = resolved(below, &mut Sources::default()).document.clone();
    let mut mistakes = Vec::new();
    merge(&mut merged, &fixture, &mut mistakes);
    assert!(mistakes.is_empty(), "{name}: {mistakes:?}");
    let profile: ClusterProfile = from_node(&merged).unwrap_or_else(|e| panic!("{name}: {e}"));
    profile.spec
}
