//! Answers.

use bytes::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::{HeaderMap, StatusCode};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::time::Duration;
use warp::reply::Response;

use super::request::Call;
use crate::accounts::Error;

/// JSON, not to be stored by anything on its way (SPEC 2). A value that cannot be serialised becomes an empty 500.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match json_text(value) {
        Ok(text) => json_as_it_is(status, text),
        Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// A value as JSON.
///
/// # Errors
/// `Internal` if it cannot be.
pub fn json_text(value: &impl Serialize) -> Result<Bytes, Error> {
    let mut text = Vec::with_capacity(512);
    match serde_json::to_writer(&mut text, value) {
        Ok(()) => Ok(text.into()),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written as JSON");
            Err(Error::Internal)
        }
    }
}

/// The same as [`json`] of a text that is JSON already.
pub fn json_as_it_is(status: StatusCode, text: Bytes) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Plain text, not to be stored.
pub fn text(status: StatusCode, text: impl Into<String>) -> Response {
    let mut response = Response::new(text.into().into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Plain text with an `ETag`, or 304 if the caller has it already (RFC 9110 section 13.1.2). To be asked for anew each
/// time: a key may have been revoked.
pub fn text_if_changed(call: &Call, body: String) -> Response {
    let tag = format!("\"{:x}\"", Sha256::digest(&body));
    let known =
        call.headers().get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| {
            list.split(',').map(str::trim).any(|given| given == "*" || given.trim_start_matches("W/") == tag)
        });
    let mut response = if known { empty(StatusCode::NOT_MODIFIED) } else { text(StatusCode::OK, body) };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(ETAG, tag);
    }
    response
}

/// 204.
pub fn no_content() -> Response {
    let mut response = empty(StatusCode::NO_CONTENT);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(None::<Bytes>.into());
    *response.status_mut() = status;
    response
}

/// A 401's challenge to present a token (RFC 6750 section 3).
pub fn with_bearer_challenge(response: Response) -> Response {
    with_header(response, WWW_AUTHENTICATE, HeaderValue::from_static(r#"Bearer realm="accountd""#))
}

/// A 403's word on the scopes that would do, space-separated (RFC 6750 section 3.1).
pub fn with_insufficient_scope(response: Response, scopes: &str) -> Response {
    let challenge = format!(r#"Bearer realm="accountd", error="insufficient_scope", scope="{scopes}""#);
    match HeaderValue::try_from(challenge) {
        Ok(value) => with_header(response, WWW_AUTHENTICATE, value),
        Err(_) => response,
    }
}

/// A 503's word that the same request may succeed in a second.
pub fn with_retry_soon(response: Response) -> Response {
    with_header(response, RETRY_AFTER, HeaderValue::from_static("1"))
}

/// A 429's word on when the same request is worth another try: whole seconds, and never too few.
pub fn with_retry_after(response: Response, wait: Duration) -> Response {
    with_header(response, RETRY_AFTER, HeaderValue::from(whole_seconds(wait)))
}

/// Rounded up, so that who waits as long does not come too early; at least one.
pub fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// Sets a header, in place of any of that name.
pub fn with_header(mut response: Response, name: HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}

/// Adds headers, beside any of the same names: `WWW-Authenticate` may come twice.
pub fn with_headers(mut response: Response, headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>) -> Response {
    let all: &mut HeaderMap = response.headers_mut();
    for (name, value) in headers {
        all.append(name, value);
    }
    response
}
