//! Around every request: its id, the access log, and the answer when a handler panics.

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

use super::access_log;
use super::exchange::{PeerInfo, RequestContext};
use super::metrics::HttpMetrics;
use super::reply;
use super::request::EXCHANGE;
use super::request_id::{RequestId, X_REQUEST_ID};
use super::server::Limits;

/// In the log for a client that went away before its answer, after nginx.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// A request as the routes see it; the rest of it is in [`EXCHANGE`].
pub(super) type Address = Request<Empty<Bytes>>;

/// Answers one request. The second value is false if a part of the body was left unread.
///
/// What is known of the request is set aside before the future begins: hyper moves that for each
/// request, so it should be small.
pub(super) fn answer<'a, S>(
    routes: &'a S,
    request: Request<Incoming>,
    peer_info: PeerInfo,
    limits: &Limits,
    traffic: Option<&'a HttpMetrics>,
) -> impl Future<Output = (Response, bool)> + use<'a, S>
where
    S: Service<Address, Response = Response, Error = Infallible>,
{
    let logged = access_log::is_wanted();
    let started = (logged || traffic.is_some()).then(Instant::now);
    if let Some(traffic) = traffic {
        traffic.begun();
    }
    let (parts, body) = request.into_parts();
    let caller = limits.proxies.caller(peer_info, &parts.headers);
    let exchange = Arc::new(RequestContext::new(parts, body, caller, limits.body_read, logged));
    let entry = Entry { exchange: exchange.clone(), traffic, started, status: CLIENT_CLOSED_REQUEST };

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

/// One line of the access log and one request counted, when it is dropped: a client that goes away
/// ends the future that holds it.
struct Entry<'a> {
    exchange: Arc<RequestContext>,
    traffic: Option<&'a HttpMetrics>,
    /// If anybody wants to know.
    started: Option<Instant>,
    status: u16,
}

impl Entry<'_> {
    fn end(mut self, status: StatusCode) {
        self.status = status.as_u16();
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let Some(started) = self.started else { return };
        let took = started.elapsed();
        if let Some(traffic) = self.traffic {
            traffic.ended(self.exchange.uri.path(), &self.exchange.method, self.status, took);
        }
        if !self.exchange.logged {
            return;
        }
        let request = access_log::Request {
            method: &self.exchange.method,
            path: self.exchange.uri.path(),
            status: self.status,
            took,
            id: &self.exchange.id,
            client: self.exchange.caller.address,
            user: self.exchange.user.get().map(|name| &**name),
        };
        request.log();
    }
}
