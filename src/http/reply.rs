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
pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Response {
    let mut response = Response::new(text.into().into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Plain text with its `ETag`. To hash a long text takes a while, so make it where other requests do not wait.
#[derive(Clone)]
pub struct TaggedText {
    text: Bytes,
    tag: HeaderValue,
}

impl TaggedText {
    pub fn new(text: impl Into<Bytes>) -> Self {
        let text = text.into();
        let tag = format!("\"{:x}\"", Sha256::digest(&text));
        Self { text, tag: HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\"")) }
    }

    /// The text, or 304 if the caller has it already (RFC 9110, section 13.1.2). Caches must ask again each time: a key
    /// may have been revoked.
    pub fn respond(&self, request: &RequestContext) -> Response {
        let lists = request.headers.get_all(IF_NONE_MATCH).iter().map(HeaderValue::as_bytes);
        let mut tags = lists.flat_map(|list| list.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        let is_known = tags.any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == self.tag.as_bytes());
        let mut response =
            if is_known { empty(StatusCode::NOT_MODIFIED) } else { text(StatusCode::OK, self.text.clone()) };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(ETAG, self.tag.clone());
        response
    }
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
