//! Is a file of a directory that names nothing of ours somebody else's, or is it too broken to tell?
//!
//! A release that cannot be recognised would look like one that was removed, and its manifests would be
//! removed with it. So a file that cannot be read is not passed over in silence, unless it plainly is
//! something else.

use std::path::Path;

use super::classify;
use super::decode::{decode, not_text};
use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::yaml;

/// Larger files that name nothing of ours are something else; releases and profiles are much smaller.
const MOST_BYTES: usize = 256 << 10;

/// What a file turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glance {
    /// It was meant to be ours, as a misspelt version or kind says.
    Ours,
    /// Something else.
    Other,
    /// Nobody can tell.
    Broken,
}

/// Looks at a file that mentions none of our names.
pub(super) fn glance(path: &Path, bytes: &[u8], limits: &yaml::read::Limits) -> Glance {
    if bytes.len() > MOST_BYTES {
        return Glance::Other;
    }
    let (text, invalid) = decode(bytes.to_vec());
    // Templates of Helm, Jinja and ERB are not YAML before they are rendered.
    if ["{{", "{%", "<%"].iter().any(|sign| text.contains(sign)) {
        return Glance::Other;
    }
    // Settings of editors and compilers are JSON with comments.
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    if is_json && !["apiVersion", "kind"].iter().any(|key| text.contains(key)) {
        return Glance::Other;
    }
    if not_text(&text, invalid, 0).is_some() {
        return Glance::Broken;
    }
    let mut found = Vec::new();
    let documents = yaml::read::documents(&text, 0, limits, &mut found);
    if found.iter().any(hides_everything) {
        Glance::Broken
    } else if classify::seem_ours(documents) {
        Glance::Ours
    } else {
        Glance::Other
    }
}

/// Whether nothing can be read after a mistake. A duplicate key or a foreign tag, say, hides nothing.
pub(super) fn hides_everything(mistake: &Diagnostic) -> bool {
    [
        &rules::YAML_SYNTAX,
        &rules::FILE_NOT_UTF8,
        &rules::CONTROL_CHARACTER,
    ]
    .iter()
    .any(|rule| rule.code == mistake.rule.code)
}

/// What to say about a file that is left out because of `mistake`.
pub(super) fn left_out(name: &str, mistake: Diagnostic) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        &rules::FILE_LEFT_OUT,
        mistake.origin,
        format!(
            "`{name}` is left out, because it cannot be read: {}",
            mistake.message
        ),
    );
    diagnostic.labels = mistake.labels;
    diagnostic.help = mistake.help;
    diagnostic
        .help("if it is none of ours, move it elsewhere or start its name with a dot")
        .help("it may hold a release, so this run removes no rendered files of releases that are gone")
}

/// Whether files were left out that may hold releases, so that a release that was not rendered may still be
/// wanted.
pub fn left_files_out(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.rule.code == rules::FILE_LEFT_OUT.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(name: &str, text: &str) -> Glance {
        glance(
            Path::new(name),
            text.as_bytes(),
            &yaml::read::Limits::default(),
        )
    }

    #[test]
    fn what_cannot_be_read_may_be_ours() {
        for text in [
            "kind: [",
            "spec:\n\tgraph: a.yaml\n",
            "name: \"chat\nspec: {}\n",
            "\0",
        ] {
            assert_eq!(look("a.yaml", text), Glance::Broken, "{text:?}");
        }
        let utf16: Vec<u8> = "kind: Release"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let limits = yaml::read::Limits::default();
        assert_eq!(glance(Path::new("a.yaml"), &utf16, &limits), Glance::Broken);
        assert_eq!(look("a.json", "{\"kind\": ["), Glance::Broken);
    }

    #[test]
    fn what_plainly_is_something_else_is_no_concern() {
        for text in [
            "",
            "name: {{ .Values.name }}\n{{- if .Values.on }}\n",
            "{% for x in y %}\n- [\n",
            "on: push\njobs: {}\n",
            "a: 1\na: 2\n",
            "Bucket: !Ref name\n",
            "apiVersion: v1\nkind: ConfigMap\n",
        ] {
            assert_eq!(look("a.yaml", text), Glance::Other, "{text:?}");
        }
        assert_eq!(
            look("tsconfig.json", "{ // strict\n  \"a\": 1,,\n}"),
            Glance::Other
        );
        assert_eq!(look("a.yaml", &"[".repeat(MOST_BYTES + 1)), Glance::Other);
    }

    #[test]
    fn a_misspelt_group_is_ours() {
        let text = "apiVersion: graphwrigth.dev/v1alpha1\nkind: Release\n";
        assert_eq!(look("a.yaml", text), Glance::Ours);
    }
}
