//! An expected response, and its comparison with the one observed. Only the fields that matter are expected.

use serde_json::{Value, json};

/// In an expected body: any value.
pub const ANY: &str = "\u{0}any";
/// In an expected body: the field must be absent.
pub const ABSENT: &str = "\u{0}none";
/// In an expected body, before a text: a string that contains it.
const CONTAINING: &str = "\u{0}has ";

pub fn containing(text: &str) -> Value {
    json!(format!("{CONTAINING}{text}"))
}

/// The status of a response and its body, or the exit code of a command and its output.
#[derive(Clone, Debug)]
pub struct Expected {
    pub status: u16,
    pub body: Value,
}

/// Where the observed value differs from the expected one. Further fields of an object do not count.
pub fn difference(expected: &Value, observed: &Value) -> Option<String> {
    match (expected, observed) {
        (Value::String(text), _) if text == ANY => None,
        (Value::String(text), Value::String(observed)) if text.starts_with(CONTAINING) => {
            let text = &text[CONTAINING.len()..];
            (!observed.contains(text)).then(|| format!("{observed:?} does not contain {text:?}"))
        }
        (Value::Object(expected), Value::Object(observed)) => expected.iter().find_map(|(name, expected)| {
            let different = match observed.get(name) {
                None => (expected != ABSENT).then(|| "absent".to_owned()),
                Some(observed) => difference(expected, observed),
            };
            different.map(|what| format!("{name}: {what}"))
        }),
        (Value::Array(expected), Value::Array(observed)) if expected.len() == observed.len() => {
            expected.iter().zip(observed).find_map(|(expected, observed)| difference(expected, observed))
        }
        _ => (expected != observed).then(|| format!("{observed} instead of {expected}")),
    }
}
