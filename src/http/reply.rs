//! Builds responses.

use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH};
use hyper::{HeaderMap, StatusCode};
use serde::Serialize;
use sha2::{Digest, Sha256};
use warp::reply::Response;

use super::request::RequestContext;
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
pub fn text_if_changed(request: &RequestContext, body: String) -> Response {
    let tag = format!("\"{:x}\"", Sha256::digest(&body));
    let known =
        request.headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| {
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

pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(None::<Bytes>.into());
    *response.status_mut() = status;
    response
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
