//! Which profiles, templates and schemas does the program bring along?
//!
//! The files of `profiles/`, `templates/` and `schemas/` are part of the binary as text; nothing is read or parsed
//! before somebody asks for one. Profiles, which every run needs, are parsed at build time.

use crate::yaml::Node;
use crate::yaml::recorded::{self, Recorded, Step};

include!(concat!(env!("OUT_DIR"), "/builtin_tables.rs"));

/// The text of a built-in profile, by its name.
pub fn profile(name: &str) -> Option<&'static str> {
    find(PROFILES, name)
}

/// The document of a built-in profile; `file` is the number of its text in the sources.
pub fn profile_node(name: &str, file: u32) -> Option<Node> {
    let index = PROFILE_STEPS.binary_search_by(|(key, ..)| (*key).cmp(name));
    let (_, steps, folded) = PROFILE_STEPS[index.ok()?];
    recorded::node(
        &Recorded {
            text: profile(name)?,
            folded,
            steps,
        },
        file,
    )
}

/// The names of the built-in profiles, sorted, those that are only layers for others included.
pub fn profiles() -> impl Iterator<Item = &'static str> {
    PROFILES.iter().map(|(name, _)| *name)
}

/// The text of a built-in template, by its path below `templates/` without `.yaml`, such as `namespace`.
pub fn template(name: &str) -> Option<&'static str> {
    find(TEMPLATES, name)
}

/// The names of the built-in templates, sorted.
pub fn templates() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(name, _)| *name)
}

/// The text of a schema, by its path below `schemas/` without `.json`.
pub fn schema(name: &str) -> Option<&'static str> {
    find(SCHEMAS, name)
}

/// What expressions need to know of a schema, by the schema's name; nothing if it has no such rules.
pub fn shape(name: &str) -> Option<&'static str> {
    find(SHAPES, name)
}

/// The names of the schemas, sorted, such as `nvidia.com/dynamographdeployment_v1beta1`.
pub fn schemas() -> impl Iterator<Item = &'static str> {
    SCHEMAS.iter().map(|(name, _)| *name)
}

fn find(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    let index = table.binary_search_by(|(key, _)| (*key).cmp(name)).ok()?;
    Some(table[index].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_text() {
        assert!(profiles().count() > 1);
        for name in profiles() {
            assert!(
                profile(name).is_some_and(|text| text.contains(&format!("name: {name}\n"))),
                "{name}"
            );
        }
        assert!(templates().all(|name| template(name).is_some()));
        assert_eq!(profile("no-such-profile"), None);
    }

    #[test]
    fn names_are_sorted() {
        assert!(profiles().is_sorted() && templates().is_sorted() && schemas().is_sorted());
    }
}
