//! Whatever is read can be written, and is read back unchanged and without complaint.
#![no_main]

use graphwright::yaml::read::{self, Limits};
use graphwright::yaml::write;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A small budget: aliases may make much of little, and the text of that would be too large to read again.
    let limits = Limits {
        values: 20_000,
        ..Limits::default()
    };
    let nodes = read::documents(text, 0, &limits, &mut Vec::new());
    let mut written = String::new();
    write::stream(&nodes, &mut written);
    let mut mistakes = Vec::new();
    let again = read::documents(&written, 0, &Limits::default(), &mut mistakes);
    assert!(mistakes.is_empty(), "{mistakes:?}\n{written}");
    assert_eq!(again, nodes, "{written}");
});
