//! Builds responses.

use super::request::RequestContext;
use crate::accounts::Error;
use bytes::Bytes;
use futures_util::stream;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use warp::Reply;
use warp::reply::Response;

/// JSON with `Cache-Control: no-store` (SPEC 2). A value that cannot be serialized becomes an empty 500.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match json_text(value) {
        Ok(text) => serialized_json(status, text),
        Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// Serializes a value as JSON.
///
/// # Errors
/// `Internal` if that fails.
pub fn json_text(value: &impl Serialize) -> Result<Bytes, Error> {
    let mut text = Vec::with_capacity(512);
    match serde_json::to_writer(&mut text, value) {
        Ok(()) => Ok(text.into()),
        Err(error) => {
            tracing::error!(%error, "a response cannot be serialized as JSON");
            Err(Error::Internal)
        }
    }
}

/// The same as [`json`], for a body that is already serialized.
pub fn serialized_json(status: StatusCode, text: Bytes) -> Response {
    unstored(status, "application/json", text)
}

/// Plain text with `Cache-Control: no-store`.
pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Response {
    unstored(status, "text/plain; charset=utf-8", text.into())
}

fn unstored(status: StatusCode, content_type: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Plain text with its `ETag`. Hashing a long text takes time, so create it where no other request has to wait.
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

    /// The text, or 304 if the caller already has it (RFC 9110, section 13.1.2). With `no-cache`, because caches must
    /// check each time whether a key was revoked.
    pub fn respond(&self, request: &RequestContext) -> Response {
        let lists = request.headers.get_all(IF_NONE_MATCH).iter().map(HeaderValue::as_bytes);
        let mut tags = lists.flat_map(|list| list.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        let is_known = tags.any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == self.tag.as_bytes());
        let mut response = if is_known { empty(StatusCode::NOT_MODIFIED) } else { shared_text(self.text.clone()) };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(ETAG, self.tag.clone());
        response
    }
}

/// A response that sends a long text in small pieces, because hyper copies each piece into the connection's buffer.
fn shared_text(whole: Bytes) -> Response {
    const PIECE: usize = 64 << 10;
    if whole.len() <= PIECE {
        return text(StatusCode::OK, whole);
    }
    let length = HeaderValue::from(whole.len());
    let starts = (0..whole.len()).step_by(PIECE);
    let pieces = starts.map(move |start| Ok::<_, Infallible>(whole.slice(start..whole.len().min(start + PIECE))));
    let (_, body) = warp::reply::stream(stream::iter(pieces)).into_response().into_parts();
    with_header(text(StatusCode::OK, Bytes::new()).map(|_| body), CONTENT_LENGTH, length)
}

/// 204 No Content.
pub fn no_content() -> Response {
    with_header(empty(StatusCode::NO_CONTENT), CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// A response without a body.
pub fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(None::<Bytes>.into());
    *response.status_mut() = status;
    response
}

/// Sets a header, and replaces any of the same name.
pub fn with_header(mut response: Response, name: HeaderName, value: HeaderValue) -> Response {
    response.headers_mut().insert(name, value);
    response
}

/// Adds headers to any of the same names, because `WWW-Authenticate` may be repeated.
pub fn with_headers(mut response: Response, headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>) -> Response {
    for (name, value) in headers {
        response.headers_mut().append(name, value);
    }
    response
}
