//! What a fault does to a request.

use super::super::error::Failure;
use super::connection::Connection;
use super::rate::Rate;
use super::{Affected, When, body};
use crate::accounts::TokenEnd;
use crate::http::error::RequestError;
use crate::http::{Injected, Refuse, RequestContext, reply};
use hyper::StatusCode;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use warp::reply::Response;

const MAX_DELAY_MS: u64 = 600_000;
/// The longest `body` as JSON, and the longest value of a header, in bytes.
const MAX_BODY: usize = 64 << 10;
const MAX_HEADER: usize = 8 << 10;
/// hyper's table of headers has a bound, beyond which it panics.
const MAX_HEADERS: usize = 64;
/// The connection decides them.
const FRAMING: [HeaderName; 3] = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING];

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// A text as it is, anything else as JSON; none: the dialect's own error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Connection>,
}

/// How the caller's credential has ended. GitLab v4 has words for each, and the other dialects the same for both.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    Expired,
    Revoked,
}

impl Effect {
    pub fn check(&self, when: When) -> Result<(), Failure> {
        let errors = [self.status.is_some(), self.credential.is_some(), self.rate.is_some()];
        let errors = errors.into_iter().filter(|is_given| *is_given).count();
        let has_no_answer = self.connection.is_some_and(|connection| connection.cut().is_some());
        let reason = if errors > 1 {
            "only one of status, credential and rate is possible"
        } else if errors == 0 && self.headers.is_empty() && self.delay_ms.is_none() && self.connection.is_none() {
            "effect must have status, headers, delay_ms, credential, rate or connection"
        } else if has_no_answer && (errors > 0 || !self.headers.is_empty()) {
            "no answer is sent on a connection that is reset, hangs or is empty"
        } else if self.body.is_some() && self.status.is_none() {
            "body needs status"
        } else if when == When::AfterCommit && (self.credential.is_some() || self.rate.is_some()) {
            "credential and rate are decided before the request is handled"
        } else if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            "status must be 200 to 599"
        } else if self.delay_ms.is_some_and(|delay| delay > MAX_DELAY_MS) {
            "delay_ms must be 600000 at most"
        } else if self.body.as_ref().is_some_and(|body| body.to_string().len() > MAX_BODY) {
            "body must have 64 KiB at most"
        } else if self.headers.len() > MAX_HEADERS {
            "headers must be 64 at most"
        } else if !self.headers.iter().all(|(name, value)| is_header(name, value)) {
            "headers must be valid, and none of Connection, Content-Length and Transfer-Encoding"
        } else {
            self.connection.map_or(Ok(()), Connection::check)?;
            return self.rate.as_ref().map_or(Ok(()), Rate::check);
        };
        Err(Failure::invalid(reason))
    }

    /// Before anything else is done.
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.unwrap_or_default())
    }

    fn error(&self, status: StatusCode, refuse: &Refuse<'_>) -> Response {
        match &self.body {
            None => refuse(RequestError::Injected(Injected { status, reason: None })),
            Some(Value::String(text)) => reply::text(status, text.clone()),
            Some(json) => reply::json(status, json),
        }
    }
}

fn is_header(name: &str, value: &str) -> bool {
    let name = HeaderName::try_from(name);
    name.is_ok_and(|name| !FRAMING.contains(&name)) && value.len() <= MAX_HEADER && HeaderValue::try_from(value).is_ok()
}

impl Affected {
    pub fn effect(&self) -> &Effect {
        &self.rule.effect
    }

    /// The answer in the place of the handler's, if there is one.
    pub fn replace(&self, refuse: &Refuse<'_>) -> Option<Response> {
        let effect = self.effect();
        if let Some(cut) = effect.connection.and_then(Connection::cut) {
            let mut response = reply::empty(StatusCode::SERVICE_UNAVAILABLE);
            response.extensions_mut().insert(cut);
            return Some(response);
        }
        if let Some(exceeded) = &self.exceeded {
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Some(reply::with_headers(effect.error(status, refuse), exceeded.headers()));
        }
        match (effect.credential, effect.status.and_then(|status| StatusCode::from_u16(status).ok())) {
            (Some(Credential::Expired), _) => Some(refuse(RequestError::TokenEnded(TokenEnd::Expired))),
            (Some(Credential::Revoked), _) => Some(refuse(RequestError::TokenEnded(TokenEnd::Revoked))),
            (None, Some(status)) => Some(effect.error(status, refuse)),
            (None, None) => None,
        }
    }

    /// Sets the headers that the fault has.
    pub fn with_headers(&self, mut response: Response) -> Response {
        for (name, value) in &self.effect().headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    /// Changes how the body is sent.
    pub async fn with_body(&self, response: Response, request: &Arc<RequestContext>) -> Response {
        match self.effect().connection {
            Some(Connection::Truncate(length)) => body::truncate(response, length).await,
            Some(Connection::DribbleMs(every)) => {
                body::dribble(response, Duration::from_millis(every), Arc::clone(request)).await
            }
            Some(Connection::Reset | Connection::Hang | Connection::Empty) | None => response,
        }
    }

    /// Whether the connection ends without an answer.
    pub fn is_cut(&self) -> bool {
        self.effect().connection.is_some_and(|connection| connection.cut().is_some())
    }

    pub fn hangs(&self) -> bool {
        self.effect().connection == Some(Connection::Hang)
    }
}
