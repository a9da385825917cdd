//! One connection: serves its requests, and bounds how long it may keep the server waiting. Each request gets an id, a
//! line in the access log, a place in the metrics, and a 500 if its handler panics.
//!
//! The stream ([`TrackedIo`]), the response bodies ([`TrackedBody`]) and the service note in the [`ConnectionState`] what
//! happens, [`ConnectionTimeouts`] watches that, and the accept loop reads there which connections are idle.

use super::super::access_log;
use super::super::forwarded::{self, Caller};
use super::super::interceptor::Cut;
use super::super::metrics::OTHER;
use super::super::reply;
use super::super::request::RequestContext;
use super::super::request_id::{RequestId, X_REQUEST_ID};
use super::paced_body::pace;
use super::state::ConnectionState;
use super::timeouts::{ConnectionTimeouts, ROOM};
use super::tracked::{Stream, TrackedBody, TrackedIo};
use super::{MAX_HEAD, Service, Slot};
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::http::uri::Scheme;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use tokio::time::Instant;
use warp::reply::Response;

/// Serves a connection to its end.
pub(super) async fn connection<T>(stream: T, peer: SocketAddr, scheme: Scheme, service: Service, slot: Slot)
where
    T: Stream,
{
    let Slot { state, mut close } = slot;
    let (service, state) = (&service, &state);
    let caller = Caller { address: peer.ip().to_canonical(), scheme };
    let io = TokioIo::new(TrackedIo::new(stream, caller.address, Arc::clone(state)));
    let answered = service_fn(|request| {
        let is_pipelined = state.begin_request();
        let (answered, client) = (answer(service, request, &caller, state), caller.address);
        async move {
            // Boxed, as most requests are not pipelined.
            let _permit = if is_pipelined { Some(Box::pin(state.pipelined_permit(client)).await) } else { None };
            let (mut response, is_read) = answered.await;
            if !is_read {
                state.leave_body_unread();
            }
            if let Some(cut) = response.extensions_mut().remove::<Cut>() {
                state.set_cut(cut);
            }
            let response = pace(response, state);
            Ok::<_, Infallible>(response.map(|body| TrackedBody::new(body, Arc::clone(state))))
        }
    });
    let mut http = pin!(
        http1::Builder::new()
            // [`ConnectionTimeouts`] does that.
            .header_read_timeout(None)
            // A response is small: one copy costs less than a write of two pieces.
            .writev(false)
            .max_buf_size(MAX_HEAD)
            // The buffer can hold more than its limit when that arrives at once.
            .max_header_size(MAX_HEAD)
            .serve_connection(io, answered)
    );

    let mut is_closing = false;
    let mut timeouts = ConnectionTimeouts::new(service.limits.clone());
    let ended = loop {
        tokio::select! {
            // The timeouts depend on what the connection has just done, and a connection that has just received a
            // request is not idle.
            biased;
            ended = http.as_mut() => break Ok(ended),
            reason = poll_fn(|context| timeouts.poll(context, state)) => break Err(reason),
            shed = &mut close, if !is_closing => {
                is_closing = true;
                state.close();
                timeouts.is_shed = shed.is_ok();
                if timeouts.is_shed && state.is_waiting() {
                    break Err(ROOM);
                }
                http.as_mut().graceful_shutdown();
            }
        }
    };
    if ended.is_err() {
        // TLS tells a client that is not waiting for a response that this is the end, and not an attack that cut it off.
        http.as_mut().graceful_shutdown();
        let _ = http.as_mut().now_or_never();
    }
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a connection failed"),
        Err(reason) => tracing::debug!(%peer, "a connection took too long to wait for {reason}"),
    }
}

/// In the log for a client that went away before its response, as nginx writes it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// Answers one request. The second value is false if a part of the body was left unread.
///
/// The context is made before the future begins: hyper moves the future for each request, so it should be small.
fn answer<'a>(
    service: &'a Service,
    request: Request<Incoming>,
    peer: &Caller,
    connection: &Arc<ConnectionState>,
) -> impl Future<Output = (Response, bool)> + use<'a> {
    let limits = &service.limits;
    let is_logged = access_log::is_enabled();
    let started = (is_logged || service.metrics.is_some()).then(Instant::now);
    if let Some(metrics) = &service.metrics {
        metrics.begun();
    }
    let (parts, body) = request.into_parts();
    let mut caller = peer.clone();
    if !limits.proxies.is_empty() {
        caller = forwarded::caller(&limits.proxies, caller, &parts.headers);
    }
    let connection = Arc::clone(connection);
    let ids = &service.router.load().request_ids;
    let context = Arc::new(RequestContext::new(ids, parts, body, caller, connection, limits.body_read, is_logged));
    let entry = Entry { context, service, started, label: OTHER, status: CLIENT_CLOSED_REQUEST };

    async move {
        // The whole entry moves into the future: its drop is what logs.
        let mut entry = entry;
        let handled = AssertUnwindSafe(async {
            let router = entry.service.router.load();
            let (label, found) = router.find(&entry.context);
            entry.label = label;
            router.answer(found, &entry.context).await
        });
        let mut response = match handled.catch_unwind().await {
            Ok(response) => response,
            Err(_) => panicked(&entry.context.id),
        };
        let is_read = match &entry.context.body {
            Some(body) => body.finish(&entry.context.connection).await,
            None => true,
        };
        if !is_read {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.headers_mut().insert(X_REQUEST_ID, entry.context.id.header());
        entry.status = response.status().as_u16();
        (response, is_read)
    }
}

/// SPEC 2: a 500 reveals nothing but the request id.
fn panicked(id: &RequestId) -> Response {
    tracing::error!(%id, "a handler panicked");
    let message = json!({ "message": "500 Internal Server Error", "request_id": id.as_str() });
    reply::json(StatusCode::INTERNAL_SERVER_ERROR, &message)
}

/// Logs and counts one request when it is dropped, because a client that goes away drops the future that holds it.
struct Entry<'a> {
    context: Arc<RequestContext>,
    service: &'a Service,
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
        if let Some(metrics) = &self.service.metrics {
            metrics.ended(self.label, &self.context.method, self.status, took);
        }
        if self.context.is_logged {
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
}
