//! Any bytes: the reader neither panics nor loses its bounds, and points only into the text.
#![no_main]

use graphwright::yaml::read::{self, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let limits = Limits::default();
    let mut mistakes = Vec::new();
    read::documents(&text, 0, &limits, &mut mistakes);
    assert!(mistakes.len() <= limits.mistakes);
    for place in mistakes.iter().filter_map(|mistake| mistake.origin.place()) {
        assert!(
            text.get(place.start as usize..place.end as usize).is_some(),
            "{place:?}"
        );
    }
});
