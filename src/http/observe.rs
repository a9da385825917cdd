//! Around every request: its id, the access log, and the answer when a handler panics.

use std::borrow::Cow;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::service::Service;
use hyper::{Request, StatusCode};
use serde::Serialize;
use warp::reply::Response;

use super::exchange::{Exchange, Origin};
use super::reply;
use super::request::EXCHANGE;
use super::request_id::{RequestId, X_REQUEST_ID};
use super::server::Limits;

/// The target of the access log, for filters that want it elsewhere or not at all.
pub const ACCESS_LOG: &str = "accountd::access";

/// In the log for a client that went away before its answer, after nginx.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// A request as the routes see it; the rest of it is in [`EXCHANGE`].
pub(super) type Address = Request<Empty<Bytes>>;

/// Answers one request. The second value is false if a part of the body was left unread.
///
/// What is known of the request is set aside before the future begins: hyper moves that for each
/// request, so it should be small.
pub(super) fn answer<S>(
    routes: &S,
    request: Request<Incoming>,
    origin: Origin,
    limits: &Limits,
) -> impl Future<Output = (Response, bool)>
where
    S: Service<Address, Response = Response, Error = Infallible>,
{
    let logged = tracing::enabled!(target: ACCESS_LOG, tracing::Level::INFO);
    let started = logged.then(Instant::now);
    let (parts, body) = request.into_parts();
    let caller = limits.proxies.caller(origin, &parts.headers);
    let exchange = Arc::new(Exchange::new(parts, body, caller, limits.body_read, logged));
    let entry = Entry { exchange: exchange.clone(), started, status: CLIENT_CLOSED_REQUEST };

    let mut address = Request::new(Empty::new());
    *address.method_mut() = exchange.method.clone();
    // `CONNECT` has no path, on which warp's own path filters panic.
    if exchange.uri.path_and_query().is_some() {
        *address.uri_mut() = exchange.uri.clone();
    }
    let handled = AssertUnwindSafe(routes.call(address)).catch_unwind();
    let handled = EXCHANGE.scope(exchange, handled);

    async move {
        let mut response = match handled.await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => panicked(&entry.exchange.id),
        };
        let read = entry.exchange.drain_body().await;
        if !read {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.headers_mut().insert(X_REQUEST_ID, entry.exchange.id.header());
        entry.end(response.status());
        (response, read)
    }
}

/// SPEC 2: a 500 says only that it is one, with the request id.
fn panicked(id: &RequestId) -> Response {
    #[derive(Serialize)]
    struct Message<'a> {
        message: &'a str,
        request_id: &'a str,
    }

    tracing::error!(%id, "a handler panicked");
    let message = Message { message: "500 Internal Server Error", request_id: id.as_str() };
    reply::json(StatusCode::INTERNAL_SERVER_ERROR, &message)
}

/// One line of the access log, written when it is dropped: a client that goes away ends the future
/// that holds it.
struct Entry {
    exchange: Arc<Exchange>,
    started: Option<Instant>,
    status: u16,
}

impl Entry {
    fn end(mut self, status: StatusCode) {
        self.status = status.as_u16();
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let Some(started) = self.started else { return };
        tracing::info!(
            target: ACCESS_LOG,
            method = self.exchange.method.as_str(),
            path = &*printable(self.exchange.uri.path()),
            status = self.status,
            us = started.elapsed().as_micros() as u64,
            id = self.exchange.id.as_str(),
            client = %self.exchange.caller.address,
            user = self.exchange.user.get().map(|name| &**name),
        );
    }
}

/// A path as one short run of printable ASCII, so that no caller can forge or flood a log.
fn printable(path: &str) -> Cow<'_, str> {
    const LONGEST: usize = 512;

    if path.len() <= LONGEST && path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Cow::Borrowed(path);
    }
    let mut escaped: String = path.chars().take(LONGEST).flat_map(char::escape_default).collect();
    if path.chars().nth(LONGEST).is_some() {
        escaped.push_str("...");
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_forge_a_line() {
        assert_eq!(printable("/api/v3/users/1%0A"), "/api/v3/users/1%0A");
        assert_eq!(printable("/a\nb\u{1b}[31m\u{202e}"), "/a\\nb\\u{1b}[31m\\u{202e}");
        assert_eq!(printable("/é"), "/\\u{e9}");
        let long = printable(&"x".repeat(60_000)).into_owned();
        assert!(long.len() == 515 && long.ends_with("x..."));
    }
}
