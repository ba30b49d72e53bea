//! The reference of the templates is what the contexts say.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may read and write files, and stop at the first surprise"
)]

use std::fmt::Write as _;

use graphwright::plan::objects::contexts::{ALL, Context, RELEASE};

const START: &str = "UPDATE_GOLDEN=1 cargo test --test templates -->\n";
const END: &str = "<!-- end of what is generated -->";

fn section(text: &mut String, title: &str, context: &Context) {
    write!(text, "\n### {title}\n\n{}\n\n", context.summary).unwrap();
    text.push_str("| Variable | Holds |\n|---|---|\n");
    for field in context.fields {
        let optional = if field.optional {
            " May be `none`."
        } else {
            ""
        };
        writeln!(text, "| `{}` | {}{optional} |", field.name, field.doc).unwrap();
    }
}

#[test]
fn the_reference_is_what_the_contexts_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/templates.md");
    let written = std::fs::read_to_string(path).unwrap();
    let start = written.find(START).unwrap() + START.len();
    let end = written.find(END).unwrap();
    let mut sections = String::new();
    section(&mut sections, "Your own templates", &RELEASE);
    for context in ALL {
        section(&mut sections, &format!("`{}`", context.template), context);
    }
    sections.push('\n');
    let expected = format!("{}{sections}{}", &written[..start], &written[end..]);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &expected).unwrap();
        return;
    }
    assert_eq!(
        written, expected,
        "UPDATE_GOLDEN=1 cargo test --test templates rewrites it"
    );
}
