//! Notes what is known of a request, also if the client leaves before the answer, and makes its entry of that.

use super::super::subject::{Subject, Token, headers};
use super::recorded::{RecordedAnswer, RecordedRequest};
use super::{Journal, redact};
use crate::http::input::form::decoded_pairs;
use crate::http::{Call, RequestContext, reply};
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Body as _;
use hyper::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::Instant;
use warp::reply::Response;

/// Of a longer body only the length is recorded, in bytes.
const MAX_BODY: u64 = 64 << 10;

/// Adds the request to the journal when it is dropped.
pub struct Recording<'a> {
    journal: Option<&'a Journal>,
    started: Instant,
    request: &'a RequestContext,
    operation: Option<&'a str>,
    dialect: Option<&'static str>,
    at: Timestamp,
    /// The token of the caller, once that is known.
    pub token: Option<Token>,
    /// The fault that affected the request.
    pub fault: Option<u64>,
    answer: Option<RecordedAnswer>,
}

impl<'a> Recording<'a> {
    pub fn new(journal: Option<&'a Journal>, call: &Call<'a>, at: Timestamp) -> Self {
        let (request, operation, dialect) = (call.request, call.operation, call.dialect);
        let started = Instant::now();
        Self { journal, started, request, operation, dialect, at, token: None, fault: None, answer: None }
    }

    pub fn subject(&self) -> Subject {
        Subject::of(&self.recorded())
    }

    /// Notes the answer, and returns it.
    pub async fn note_answer(&mut self, response: Response) -> Response {
        if self.journal.is_none() {
            return response;
        }
        let length = response.body().size_hint().exact().filter(|bytes| *bytes > 0);
        let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|value| value.as_bytes() == b"application/json");
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
        self.answer = Some(RecordedAnswer::new(response.status(), response.headers(), json, length));
        response
    }

    /// What is known now, without the answer.
    fn recorded(&self) -> RecordedRequest {
        let mut recorded = RecordedRequest::new(self.request, self.operation, self.at);
        (recorded.dialect, recorded.token, recorded.fault) = (self.dialect, self.token.clone(), self.fault);
        (recorded.ignored, recorded.took) = (self.ignored(), self.started.elapsed());
        recorded
    }

    /// The fields of the query and the body that the handler has not read.
    fn ignored(&self) -> Vec<String> {
        let observed = self.request.observe();
        let body = observed.body().and_then(|body| body.fields.as_ref()).and_then(Value::as_object);
        if !observed.is_handled() || (body.is_none() && self.request.raw_query().is_empty()) {
            return Vec::new();
        }
        let query = decoded_pairs(self.request.raw_query()).map(|(name, _)| name);
        let body = body.into_iter().flat_map(Map::keys).cloned();
        let mut names: Vec<_> = query.chain(body).filter(|name| !observed.has_read(name)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        if let Some(journal) = self.journal {
            let mut recorded = self.recorded();
            recorded.answer = self.answer.take();
            journal.add(recorded);
        }
    }
}

/// An entry without its number.
#[derive(Serialize)]
struct Entry<'a> {
    at: String,
    took_us: u128,
    #[serde(flatten)]
    subject: Subject,
    ignored: &'a [String],
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

impl RecordedRequest {
    /// The entry as a JSON object.
    pub fn entry(&self) -> String {
        let entry = Entry {
            at: format!("{:.6}", self.at),
            took_us: self.took.as_micros(),
            subject: Subject::of(self),
            ignored: &self.ignored,
            answer: self.answer.as_ref().map(RecordedAnswer::entry),
            fault: self.fault,
        };
        serde_json::to_string(&entry).unwrap_or_else(|error| {
            tracing::error!(%error, "an entry of the journal cannot be serialized");
            "{\"unreadable\":true}".to_owned()
        })
    }
}

impl RecordedAnswer {
    fn entry(&self) -> AnswerEntry {
        let body = self.json.as_ref().and_then(|text| serde_json::from_slice(text).ok());
        let body = body.map(|body| redact::field("", body));
        AnswerEntry {
            status: self.status.as_u16(),
            headers: headers(self.headers()),
            body_bytes: self.length.filter(|_| body.is_none()),
            body,
        }
    }
}
