//! What does a user see of profiles: the list of them, and one with all its layers in view?

use std::fmt::Write as _;

use crate::model::profile::{ClusterProfileSpec, Provider};
use crate::resolve::ResolvedProfile;
use crate::source::Sources;
use crate::text;
use crate::yaml::{Node, Value, write};

/// The width lists are written for.
const WIDTH: usize = 80;

/// The narrowest column a description is broken into.
const DESCRIPTION: usize = 20;

/// Whether the profile is only a layer for others to build on: it has no description.
pub fn is_layer(profile: &ResolvedProfile) -> bool {
    description(profile).is_none()
}

fn description(profile: &ResolvedProfile) -> Option<&str> {
    profile
        .document
        .at(&["metadata", "description"])
        .and_then(Node::as_str)
}

/// A table of profiles in the order given: name, provider, GPUs of a node, fabric, description.
///
/// Lines have at most 80 characters as long as a profile's own words fit; trailing blanks are left out.
pub fn list<'p>(profiles: impl IntoIterator<Item = &'p ResolvedProfile>) -> String {
    const HEADINGS: [&str; 4] = ["NAME", "PROVIDER", "GPUS", "FABRIC"];
    let rows: Vec<([String; 4], &str)> = profiles
        .into_iter()
        .map(|profile| (cells(profile), description(profile).unwrap_or("(a layer)")))
        .collect();
    let mut widths = HEADINGS.map(str::len);
    for (cells, _) in &rows {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = cell.chars().count().max(*width);
        }
    }
    let indent = widths.iter().map(|width| width + 2).sum::<usize>();
    let mut text = String::new();
    row(
        &mut text,
        &HEADINGS.map(str::to_owned),
        &widths,
        "DESCRIPTION",
    );
    for (cells, description) in &rows {
        let width = WIDTH.max(indent + DESCRIPTION);
        let broken = text::wrap(description.split_whitespace(), indent, indent, width);
        row(&mut text, cells, &widths, &broken);
    }
    text
}

fn row(text: &mut String, cells: &[String; 4], widths: &[usize; 4], description: &str) {
    for (cell, width) in cells.iter().zip(widths) {
        let _ = write!(text, "{cell:<width$}  ");
    }
    text.push_str(description);
    text.truncate(text.trim_end().len());
    text.push('\n');
}

fn cells(profile: &ResolvedProfile) -> [String; 4] {
    let ClusterProfileSpec {
        provider,
        pools,
        fabric,
        ..
    } = &profile.spec;
    let provider = match provider {
        Provider::Eks => "EKS",
        Provider::Aks => "AKS",
        Provider::Gke => "GKE",
        Provider::Generic => "generic",
    };
    let gpus: Vec<String> = pools
        .iter()
        .filter_map(|pool| pool.gpu.as_ref())
        .map(|gpu| format!("{} x {}", *gpu.count, *gpu.model))
        .collect();
    let or_none = |text: String| {
        if text.is_empty() {
            "-".to_owned()
        } else {
            text
        }
    };
    [
        profile.name.clone(),
        provider.to_owned(),
        or_none(gpus.join(", ")),
        or_none(
            fabric
                .as_ref()
                .map(|fabric| {
                    fabric
                        .kind
                        .name()
                        .trim_start_matches("GPUDirect-")
                        .to_owned()
                })
                .unwrap_or_default(),
        ),
    ]
}

/// The profile with its layers merged, as YAML; behind every value the layer that gave it.
pub fn show(profile: &ResolvedProfile, sources: &Sources) -> String {
    write::annotated(&profile.document, &mut |_, node| {
        let settled = match &node.value {
            Value::Map(map) => map.is_empty(),
            Value::List(items) => items.is_empty(),
            _ => true,
        };
        let place = node.origin.place().filter(|_| settled)?;
        sources.get(place.file).map(|source| layer(&source.name))
    })
}

/// A built-in layer by its name, any other by its path.
fn layer(source: &str) -> String {
    source
        .strip_prefix("profiles/")
        .and_then(|name| name.strip_suffix(".yaml (built in)"))
        .unwrap_or(source)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ClusterProfile;
    use crate::yaml::{from_node, read};

    fn profile(sources: &mut Sources, text: &str) -> ResolvedProfile {
        let file = sources.add("profiles/x.yaml (built in)", text);
        let mut mistakes = Vec::new();
        let document = read::documents(text, file, &read::Limits::default(), &mut mistakes)
            .pop()
            .unwrap();
        let typed: ClusterProfile = from_node(&document).unwrap();
        ResolvedProfile {
            name: typed.metadata.name.value.clone(),
            spec: typed.spec,
            document,
        }
    }

    const HEAD: &str = "apiVersion: graphwright.dev/v1alpha1\nkind: ClusterProfile\n";

    #[test]
    fn long_descriptions_are_broken_under_their_heading() {
        let mut sources = Sources::default();
        let long = format!(
            "{HEAD}metadata:\n  name: a-cluster\n  description: one two three four five six seven eight \
             nine ten eleven twelve thirteen fourteen\nspec:\n  provider: gke\n"
        );
        let short = format!("{HEAD}metadata: {{name: b}}\n");
        let profiles = [profile(&mut sources, &long), profile(&mut sources, &short)];
        assert_eq!(
            list(&profiles),
            "\
NAME       PROVIDER  GPUS  FABRIC  DESCRIPTION
a-cluster  GKE       -     -       one two three four five six seven eight nine
                                   ten eleven twelve thirteen fourteen
b          generic   -     -       (a layer)
"
        );
        assert!(is_layer(&profiles[1]) && !is_layer(&profiles[0]));
    }

    #[test]
    fn shown_values_name_their_layer() {
        let mut sources = Sources::default();
        let text = format!(
            "{HEAD}metadata: {{name: b}}\nspec:\n  extends: []\n  pools: [{{name: cpu}}]\n"
        );
        let profile = profile(&mut sources, &text);
        assert_eq!(
            show(&profile, &sources),
            "\
apiVersion: graphwright.dev/v1alpha1 # x
kind: ClusterProfile # x
metadata:
  name: b # x
spec:
  extends: [] # x
  pools:
    - name: cpu # x
"
        );
        assert_eq!(layer("clusters/mine.yaml"), "clusters/mine.yaml");
    }
}
