//! JSON as people read it: what fits on a line is on one line.

use std::fmt::Write as _;

use serde_json::Value;

/// How wide a line may be.
const WIDTH: usize = 110;

/// JSON with two spaces of indentation and a newline at the end.
pub(crate) fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, 0, &mut text);
    text.push('\n');
    text
}

/// `used` is what already stands on the line.
fn write(value: &Value, indent: usize, used: usize, text: &mut String) {
    let line = one_line(value);
    if indent + used + line.len() < WIDTH {
        text.push_str(&line);
        return;
    }
    let inner = indent + 2;
    match value {
        Value::Object(object) if !object.is_empty() => {
            text.push('{');
            for (index, (key, value)) in object.iter().enumerate() {
                let key = Value::from(key.as_str()).to_string();
                let comma = if index == 0 { "" } else { "," };
                let _ = write!(text, "{comma}\n{:inner$}{key}: ", "");
                write(value, inner, key.len() + 3, text);
            }
            let _ = write!(text, "\n{:indent$}}}", "");
        }
        Value::Array(list) if !list.is_empty() => {
            text.push('[');
            for (index, value) in list.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                let _ = write!(text, "{comma}\n{:inner$}", "");
                write(value, inner, 1, text);
            }
            let _ = write!(text, "\n{:indent$}]", "");
        }
        _ => text.push_str(&line),
    }
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Object(object) if !object.is_empty() => {
            let entries: Vec<_> = object
                .iter()
                .map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), one_line(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(list) => {
            let items: Vec<_> = list.iter().map(one_line).collect();
            format!("[{}]", items.join(", "))
        }
        _ => value.to_string(),
    }
}
