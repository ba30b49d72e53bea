//! Small changes to objects that may make them invalid.

use serde_json::{Value, json};

/// A small generator of pseudo-random numbers (xorshift), so that a seed names a mutation.
pub(crate) struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        random.below(2);
        random
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// Pointers to every value in `value`, parents first.
fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    found.push(at.clone());
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(value, format!("{at}/{key}"), found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                pointers(value, format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Changes one place in one of an object's fields; says what it did.
pub(crate) fn mutate(object: &mut Value, fields: &[&str], random: &mut Random) -> String {
    let mut places = Vec::new();
    for field in fields {
        if let Some(value) = object.get(field) {
            pointers(value, format!("/{field}"), &mut places);
        }
    }
    let place = places[random.below(places.len())].clone();
    let value = object
        .pointer_mut(&place)
        .unwrap_or_else(|| panic!("no {place}"));
    match random.below(6) {
        0 | 1 => match value {
            Value::Object(map) => {
                map.insert("noSuchField".into(), "x".into());
                format!("unknown field in {place}")
            }
            _ => {
                *value = json!({ "noSuchField": 1 });
                format!("mapping at {place}")
            }
        },
        2 => {
            let (parent, last) = place.rsplit_once('/').unwrap();
            match object.pointer_mut(parent) {
                Some(Value::Object(map)) => {
                    map.shift_remove(&last.replace("~1", "/").replace("~0", "~"));
                }
                Some(Value::Array(list)) => {
                    list.remove(last.parse::<usize>().unwrap());
                }
                _ => {}
            }
            format!("without {place}")
        }
        3 => {
            *value = match value {
                Value::String(_) => json!(7),
                Value::Number(_) => json!("seven"),
                Value::Bool(_) => json!("true"),
                Value::Array(_) => json!({}),
                _ => json!([]),
            };
            format!("another type at {place}")
        }
        4 => {
            *value = match value {
                Value::String(_) => json!(" No.Such Value! "),
                Value::Number(_) => json!(-1),
                Value::Bool(_) => json!(0),
                _ => json!("text"),
            };
            format!("another value at {place}")
        }
        _ => {
            *value = match value {
                Value::String(_) => json!(""),
                Value::Number(_) => json!(99_999_999_999_i64),
                Value::Bool(_) => json!(1.5),
                Value::Array(_) => json!([]),
                _ => json!({}),
            };
            format!("an extreme value at {place}")
        }
    }
}
