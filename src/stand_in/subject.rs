//! A request as faults and the journal see it: without secrets.

use super::journal::{Record, redact};
use crate::http::input::form::decoded_pairs;
use hyper::HeaderMap;
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
    /// What is known of the request at this moment.
    pub fn of(record: &Record) -> Self {
        let (request, observed) = (&record.request, record.request.observe());
        let mut query = Map::new();
        for (name, value) in decoded_pairs(request.raw_query()) {
            let value = redact::field(&name, value.into());
            add(&mut query, &name, value);
        }
        let body = observed.body();
        Self {
            operation: record.operation.clone(),
            unrouted: record.operation.is_none(),
            dialect: record.dialect.map(str::to_owned),
            user: request.user().map(str::to_owned),
            token: record.token.clone(),
            request: Message {
                method: request.method.as_str().to_owned(),
                path: redact::text(request.path()),
                query,
                headers: headers(&request.headers),
                body: body.and_then(|body| body.fields.clone()).map(|fields| redact::field("", fields)),
                body_bytes: body.filter(|body| body.fields.is_none()).map(|body| body.length),
            },
        }
    }
}

/// Headers by their names in lower case. One that is repeated has an array.
pub fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut map = Map::with_capacity(headers.len());
    for (name, value) in headers {
        let text = redact::header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
        add(&mut map, name.as_str(), text.into());
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
