//! Builds responses.

use super::request::RequestContext;
use crate::accounts::Error;
use bytes::Bytes;
use futures_util::stream;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::iter;
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
    write_json(&mut text, value)?;
    Ok(text.into())
}

fn write_json(text: &mut Vec<u8>, value: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(text, value).map_err(|error| {
        tracing::error!(%error, "a response cannot be serialized as JSON");
        Error::Internal
    })
}

/// The same as [`json()`], for a body that is already serialized.
pub fn serialized_json(status: StatusCode, text: Bytes) -> Response {
    unstored(status, "application/json", text)
}

/// The 404 of a path that no dialect has.
pub fn unknown_path() -> Response {
    let body = json!({ "message": "404 Not found: the APIs are below /api/v1.1, /api/v3 and /api/v4" });
    json(StatusCode::NOT_FOUND, &body)
}

/// 200 with JSON that is already serialized.
pub fn json_ok(text: Bytes) -> Response {
    serialized_json(StatusCode::OK, text)
}

/// 200 with plain text.
pub fn text_ok(text: Bytes) -> Response {
    self::text(StatusCode::OK, text)
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

/// The `ETag` of the current state of a resource.
pub struct EntityTag(HeaderValue);

impl EntityTag {
    /// `state` must be different for each state of the resource. Callers see only its hash.
    ///
    /// # Errors
    /// `Internal` if it cannot be serialized.
    pub fn of(state: &impl Serialize) -> Result<Self, Error> {
        let tag = format!("\"{:x}\"", Sha256::digest(json_text(state)?));
        HeaderValue::try_from(tag).map(Self).map_err(|_| Error::Internal)
    }

    /// 304 if the caller has the state already (RFC 9110, section 13.1.2), otherwise the response that `make` builds. With
    /// `no-cache`, because caches must check each time whether a key was revoked.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn respond(
        &self,
        request: &RequestContext,
        make: impl FnOnce() -> Result<Response, Error>,
    ) -> Result<Response, Error> {
        let lists = request.headers.get_all(IF_NONE_MATCH).iter().map(HeaderValue::as_bytes);
        let mut tags = lists.flat_map(|list| list.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        let is_known = tags.any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == self.0.as_bytes());
        let response = if is_known { empty(StatusCode::NOT_MODIFIED) } else { make()? };
        let response = with_header(response, CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Ok(with_header(response, ETAG, self.0.clone()))
    }
}

/// A part of a body.
pub enum Piece {
    More(Bytes),
    Last(Bytes),
}

/// The response that `whole` builds from a body that is made in pieces. If there is more than one, the others are made
/// while the response is sent, each when the client has read the one before. Should that fail, the connection is closed,
/// which tells the client that the body is incomplete.
///
/// # Errors
/// Those of the first piece.
pub fn in_pieces<F>(whole: fn(Bytes) -> Response, mut next: F) -> Result<Response, Error>
where
    F: FnMut() -> Result<Piece, Error> + Send + Sync + 'static,
{
    match next()? {
        Piece::Last(text) => Ok(whole(text)),
        Piece::More(first) => Ok(stream_pieces(whole, first, next)),
    }
}

/// The same, if the first piece is made already.
pub fn stream_pieces<F>(whole: fn(Bytes) -> Response, first: Bytes, mut next: F) -> Response
where
    F: FnMut() -> Result<Piece, Error> + Send + Sync + 'static,
{
    let mut is_done = false;
    let others = iter::from_fn(move || {
        let piece = if is_done { return None } else { next() };
        is_done = !matches!(piece, Ok(Piece::More(_)));
        Some(piece.map(|(Piece::More(text) | Piece::Last(text))| text))
    });
    let pieces = stream::iter(iter::once(Ok(first)).chain(others));
    let (_, body) = warp::reply::stream(pieces).into_response().into_parts();
    whole(Bytes::new()).map(|_| body)
}

/// A piece of a JSON array, from its first item on if `is_first`, and to its last one if `is_last`.
///
/// # Errors
/// `Internal` if an item cannot be serialized.
pub fn array_piece<T: Serialize>(
    items: impl Iterator<Item = T>,
    is_first: bool,
    is_last: bool,
) -> Result<Piece, Error> {
    let mut text = if is_first { b"[".to_vec() } else { Vec::new() };
    for (index, item) in items.enumerate() {
        if index > 0 || !is_first {
            text.push(b',');
        }
        write_json(&mut text, &item)?;
    }
    if is_last {
        text.push(b']');
    }
    Ok(if is_last { Piece::Last(text.into()) } else { Piece::More(text.into()) })
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
