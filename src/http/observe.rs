//! Around every request: its context, the access log, the metrics, and the 500 if a handler panics.

use super::access_log;
use super::forwarded::PeerInfo;
use super::metrics::{HttpMetrics, OTHER};
use super::reply;
use super::request::{RequestContext, RequestId, X_REQUEST_ID};
use super::router::Router;
use super::server::Limits;
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::{Request, StatusCode};
use serde::Serialize;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use warp::reply::Response;

/// In the log for a client that went away before its response, as nginx writes it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Answers one request. The second value is false if a part of the body was left unread.
///
/// The context is made before the future begins: hyper moves the future for each request, so it should be small.
pub(super) fn answer<'a>(
    router: &'a Router,
    request: Request<Incoming>,
    peer_info: PeerInfo,
    limits: &Limits,
    metrics: Option<&'a HttpMetrics>,
) -> impl Future<Output = (Response, bool)> + use<'a> {
    let is_logged = access_log::is_enabled();
    let started = (is_logged || metrics.is_some()).then(Instant::now);
    if let Some(metrics) = metrics {
        metrics.begun();
    }
    let (parts, body) = request.into_parts();
    let caller = limits.proxies.caller(peer_info, &parts.headers);
    let context = Arc::new(RequestContext::new(parts, body, caller, limits.body_read, is_logged));
    let entry = Entry { context, metrics, started, label: OTHER, status: CLIENT_CLOSED_REQUEST };

    async move {
        // The whole entry moves into the future: its drop is what logs.
        let mut entry = entry;
        let handled = AssertUnwindSafe(async {
            let found = router.find(&entry.context);
            entry.label = found.label;
            found.answer(&entry.context).await
        });
        let mut response = match handled.catch_unwind().await {
            Ok(response) => response,
            Err(_) => panicked(&entry.context.id),
        };
        let is_read = entry.context.body.finish().await;
        if !is_read {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.headers_mut().insert(X_REQUEST_ID, entry.context.id.header());
        entry.status = response.status().as_u16();
        (response, is_read)
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

/// One line of the access log and one request counted, when it is dropped: a client that goes away drops the future
/// that holds it.
struct Entry<'a> {
    context: Arc<RequestContext>,
    metrics: Option<&'a HttpMetrics>,
    /// None if neither the log nor the metrics need it.
    started: Option<Instant>,
    /// The `dialect` label of the metrics.
    label: usize,
    status: u16,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let Some(started) = self.started else { return };
        let took = started.elapsed();
        if let Some(metrics) = self.metrics {
            metrics.ended(self.label, &self.context.method, self.status, took);
        }
        if !self.context.is_logged {
            return;
        }
        let request = access_log::Entry {
            method: &self.context.method,
            path: self.context.path(),
            status: self.status,
            took,
            id: &self.context.id,
            client: self.context.client(),
            user: self.context.user(),
        };
        request.write();
    }
}
