//! Notes what is known of a request, also if the client leaves before the answer, and makes its entry of that.

use super::super::subject::{Subject, Token, headers};
use super::{Journal, redact};
use crate::http::input::form::decoded_pairs;
use crate::http::{Call, RequestContext, reply};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use hyper::header::CONTENT_TYPE;
use hyper::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};
use warp::reply::Response;

/// Of a longer body only the length is kept, in bytes.
const MAX_BODY: u64 = 64 << 10;

/// A request as it was received, and its answer.
pub struct Record {
    pub request: Arc<RequestContext>,
    pub operation: Option<String>,
    pub dialect: Option<&'static str>,
    /// The token of the caller, once that is known.
    pub token: Option<Token>,
    /// The fault that affected the request.
    pub fault: Option<u64>,
    at: Timestamp,
    took: Duration,
    answer: Option<Answer>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    /// If it is JSON, and not too long.
    json: Option<Bytes>,
    /// If it is known, and not 0.
    length: Option<u64>,
}

/// Adds the record to the journal when it is dropped.
pub struct Recording<'a> {
    journal: Option<&'a Arc<Journal>>,
    started: Instant,
    /// Until it is dropped.
    record: Option<Record>,
}

impl<'a> Recording<'a> {
    pub fn new(journal: Option<&'a Arc<Journal>>, call: &Call<'_>, at: Timestamp) -> Self {
        let record = Record {
            request: Arc::clone(call.request),
            operation: call.operation.map(str::to_owned),
            dialect: call.dialect,
            token: None,
            fault: None,
            at,
            took: Duration::ZERO,
            answer: None,
        };
        Self { journal, started: Instant::now(), record: Some(record) }
    }

    pub fn subject(&self) -> Option<Subject> {
        self.record.as_ref().map(Subject::of)
    }

    /// Changes what is known.
    pub fn note(&mut self, change: impl FnOnce(&mut Record)) {
        if let Some(record) = &mut self.record {
            change(record);
        }
    }

    /// Notes the answer, and returns it.
    pub async fn note_answer(&mut self, response: Response) -> Response {
        if self.journal.is_none() {
            return response;
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let length = response.body().size_hint().exact().filter(|bytes| *bytes > 0);
        let is_json = headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes() == b"application/json");
        let (response, json) = match length {
            Some(1..=MAX_BODY) if is_json => {
                let (parts, body) = response.into_parts();
                // A body of known length is in memory.
                let Ok(body) = body.collect().await else { return reply::empty(StatusCode::INTERNAL_SERVER_ERROR) };
                let json = body.to_bytes();
                (Response::from_parts(parts, json.clone().into()), Some(json))
            }
            Some(_) | None => (response, None),
        };
        self.note(|record| record.answer = Some(Answer { status, headers, json, length }));
        response
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        if let (Some(journal), Some(mut record)) = (self.journal, self.record.take()) {
            record.took = self.started.elapsed();
            journal.add(record);
        }
    }
}

/// An entry without its number.
#[derive(Serialize)]
struct Entry {
    at: String,
    took_us: u128,
    #[serde(flatten)]
    subject: Subject,
    ignored: Vec<String>,
    answer: Option<AnswerEntry>,
    fault: Option<u64>,
}

#[derive(Serialize)]
struct AnswerEntry {
    status: u16,
    headers: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_bytes: Option<u64>,
}

impl Record {
    /// The entry as JSON; none if it cannot be serialized.
    pub fn entry(&self) -> Option<String> {
        let entry = Entry {
            at: format!("{:.6}", self.at),
            took_us: self.took.as_micros(),
            subject: Subject::of(self),
            ignored: self.ignored(),
            answer: self.answer.as_ref().map(Answer::entry),
            fault: self.fault,
        };
        serde_json::to_string(&entry)
            .inspect_err(|error| tracing::error!(%error, "a request is not in the journal"))
            .ok()
    }

    /// The bytes of its bodies.
    pub fn size(&self) -> usize {
        let received = self.request.observe().body().map_or(0, |body| body.length);
        received + self.answer.as_ref().and_then(|answer| answer.json.as_ref()).map_or(0, Bytes::len)
    }

    /// The fields of the query and the body that the handler has not read.
    fn ignored(&self) -> Vec<String> {
        let observed = self.request.observe();
        if !observed.is_handled() {
            return Vec::new();
        }
        let query = decoded_pairs(self.request.raw_query()).map(|(name, _)| name);
        let body = observed.body().and_then(|body| body.fields.as_ref()).and_then(Value::as_object);
        let body = body.into_iter().flat_map(Map::keys).cloned();
        let mut names: Vec<_> = query.chain(body).filter(|name| !observed.has_read(name)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Answer {
    fn entry(&self) -> AnswerEntry {
        let body = self.json.as_ref().and_then(|text| serde_json::from_slice(text).ok());
        let body = body.map(|body| redact::field("", body));
        AnswerEntry {
            status: self.status.as_u16(),
            headers: headers(&self.headers),
            body_bytes: self.length.filter(|_| body.is_none()),
            body,
        }
    }
}
