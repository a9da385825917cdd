//! A request as faults and the journal see it: without secrets.

use super::journal::{RecordedRequest, redact};
use crate::http::input::form::decoded_pairs;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

#[derive(Debug, Deserialize, Serialize)]
pub struct Subject {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// There is no row for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unrouted: bool,
    pub dialect: Option<String>,
    /// None until the caller has authenticated, as for all that is known then.
    pub user: Option<String>,
    pub token: Option<Token>,
    pub request: Message,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Token {
    pub id: i64,
    /// None if it is not known any more.
    pub name: Option<Arc<str>>,
}

#[derive(Debug, Deserialize, Serialize)]
pub struct Message {
    pub method: String,
    /// Percent-encoded, as it was sent.
    pub path: String,
    /// Decoded. A name that is repeated has an array.
    pub query: Map<String, Value>,
    pub headers: Map<String, Value>,
    /// The fields of the body, if it was received and parsed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The length of any other body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_bytes: Option<usize>,
}

impl Subject {
    pub fn of(recorded: &RecordedRequest) -> Self {
        let texts = recorded.texts();
        let mut query = Map::new();
        for (name, value) in decoded_pairs(texts.query) {
            let value = redact::field(&name, value.into());
            add(&mut query, &name, value);
        }
        let body = serde_json::from_slice(texts.body).ok();
        Self {
            operation: texts.operation.map(str::to_owned),
            unrouted: texts.operation.is_none(),
            dialect: recorded.dialect.map(str::to_owned),
            user: texts.user.map(str::to_owned),
            token: recorded.token.clone(),
            request: Message {
                method: recorded.method.as_str().to_owned(),
                path: redact::text(texts.path),
                query,
                headers: headers(texts.headers()),
                body: body.map(|fields| redact::field("", fields)),
                body_bytes: recorded.body_bytes,
            },
        }
    }
}

/// Headers by their names in lower case. One that is repeated has an array.
pub fn headers<'a>(headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in headers {
        let text = redact::header(name, &String::from_utf8_lossy(value));
        add(&mut map, name, text.into());
    }
    map
}

fn add(map: &mut Map<String, Value>, name: &str, value: Value) {
    match map.get_mut(name) {
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None => drop(map.insert(name.to_owned(), value)),
    }
}
