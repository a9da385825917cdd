//! One connection: serves its requests, and bounds how long it may keep the server waiting. Each request gets an id, a
//! line in the access log, a place in the metrics, and a 500 if its handler panics.
//!
//! hyper's own header timeout also runs while a connection is idle, so it cannot be short for the one and long for the
//! other, and it sets up a timer for each request. Here the stream ([`TrackedIo`]) and the service note what happens in
//! [`ConnectionState`], and [`ConnectionTimeouts`] watches that with one timer for each connection.

use super::super::access_log;
use super::super::forwarded::{self, Caller};
use super::super::metrics::OTHER;
use super::super::reply;
use super::super::request::{RequestContext, RequestId, X_REQUEST_ID};
use super::paced_body::pace;
use super::{Limits, MAX_HEAD, Service};
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
use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};
use warp::reply::Response;

/// Serves a connection to its end.
pub(super) async fn connection<T>(stream: T, peer: SocketAddr, scheme: Scheme, service: Service)
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut shed_after = service.shed_after.clone();
    let service = &service;
    let caller = Caller { address: peer.ip().to_canonical(), scheme };
    let state = Arc::new(ConnectionState::default());
    let io = TokioIo::new(TrackedIo { stream, connection: state.clone(), is_shut: false });
    let state = &state;
    let answered = service_fn(|request| {
        state.enter(Phase::Busy);
        answer(service, request, &caller).map(|(response, is_read)| {
            state.enter(Phase::Idle);
            if !is_read {
                state.has_unread_body.store(true, Relaxed);
            }
            Ok::<_, Infallible>(pace(response, state))
        })
    });
    let mut http = pin!(
        http1::Builder::new()
            // [`ConnectionTimeouts`] does that.
            .header_read_timeout(None)
            // A response is small: one copy costs less than a write of two pieces.
            .writev(false)
            .max_buf_size(MAX_HEAD)
            .serve_connection(io, answered)
    );

    let mut stopping = false;
    let mut timeouts = ConnectionTimeouts::new(service.limits.clone());
    let ended = loop {
        tokio::select! {
            // The timeouts come last: they depend on what the connection has just done.
            biased;
            changed = shed_after.changed(), if !stopping => match changed {
                Ok(()) if timeouts.is_idle_for(*shed_after.borrow(), state) => break Err("room for others"),
                Ok(()) => {}
                Err(_) => {
                    stopping = true;
                    http.as_mut().graceful_shutdown();
                }
            },
            ended = http.as_mut() => break Ok(ended),
            reason = poll_fn(|context| timeouts.poll(context, state)) => break Err(reason),
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
    let context = Arc::new(RequestContext::new(parts, body, caller, limits.body_read, is_logged));
    let entry = Entry { context, service, started, label: OTHER, status: CLIENT_CLOSED_REQUEST };

    async move {
        // The whole entry moves into the future: its drop is what logs.
        let mut entry = entry;
        let handled = AssertUnwindSafe(async {
            let (label, found) = entry.service.router.find(&entry.context);
            entry.label = label;
            found.answer(&entry.context).await
        });
        let mut response = match handled.catch_unwind().await {
            Ok(response) => response,
            Err(_) => panicked(&entry.context.id),
        };
        let is_read = match &entry.context.body {
            Some(body) => body.finish().await,
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

/// How long a closing connection waits for the rest of what the client sends.
const LINGER: Duration = Duration::from_secs(2);

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    /// The client owes the rest of a request head; on a new connection, all of it.
    Head,
    /// The server owes a response.
    Busy,
    /// Neither side owes anything.
    Idle,
    /// The last response is sent, and the client may still be sending.
    Closing,
}

/// What last happened on a connection. Only one task touches it; the atomics let that task move between threads.
#[derive(Debug, Default)]
pub(super) struct ConnectionState {
    phase: AtomicU8,
    /// A write waits for the client to read what was written before.
    is_stalled: AtomicBool,
    /// The client sends, or sent, a body that the server will not read.
    has_unread_body: AtomicBool,
    /// The client has sent at least one byte.
    has_sent: AtomicBool,
    writes: AtomicU32,
}

impl ConnectionState {
    fn phase(&self) -> Phase {
        [Phase::Head, Phase::Busy, Phase::Idle, Phase::Closing][usize::from(self.phase.load(Relaxed))]
    }

    fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
    }

    /// Everything whose change restarts a timeout. The first byte does not: the time for a head runs from the accept.
    fn snapshot(&self) -> (Phase, bool, u32) {
        (self.phase(), self.is_stalled.load(Relaxed), self.writes.load(Relaxed))
    }

    fn received(&self) {
        self.has_sent.store(true, Relaxed);
        if self.phase() == Phase::Idle {
            self.enter(Phase::Head);
        }
    }

    /// Whether the client has to read before more can be written.
    pub(super) fn is_stalled(&self) -> bool {
        self.is_stalled.load(Relaxed)
    }

    /// Wakes the connection's task if the client had stopped reading: hyper would only write on, and not ask the body for
    /// its next piece.
    fn unstall(&self, context: &Context<'_>) {
        if self.is_stalled() {
            self.is_stalled.store(false, Relaxed);
            context.waker().wake_by_ref();
        }
    }

    fn written(&self, context: &Context<'_>) {
        self.unstall(context);
        self.writes.store(self.writes.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// Whether closing immediately would reset the connection, and with it lose the response.
    fn lingers(&self) -> bool {
        let half_a_head = self.phase() == Phase::Head && self.has_sent.load(Relaxed);
        half_a_head || self.has_unread_body.load(Relaxed)
    }
}

/// The timeouts of a connection. They run from the last change of its [`ConnectionState`]: bytes that arrive one by one
/// change nothing until a request head is complete.
struct ConnectionTimeouts {
    limits: Limits,
    seen: Option<(Phase, bool, u32)>,
    deadline: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl ConnectionTimeouts {
    fn new(limits: Limits) -> ConnectionTimeouts {
        ConnectionTimeouts { limits, seen: None, deadline: None, timer: None }
    }

    /// Ready when the wait took too long, with what it was for. To be polled after the connection.
    fn poll(&mut self, context: &mut Context<'_>, connection: &ConnectionState) -> Poll<&'static str> {
        let state @ (phase, is_stalled, _) = connection.snapshot();
        let (limit, what) = match phase {
            Phase::Closing => (LINGER, "the end of what the client sends"),
            _ if is_stalled => (self.limits.write_stall, "the client to read"),
            Phase::Head => (self.limits.header_read, "a request head"),
            Phase::Idle => (self.limits.idle, "a request"),
            Phase::Busy => {
                (self.seen, self.deadline) = (Some(state), None);
                return Poll::Pending;
            }
        };
        let deadline = match self.deadline {
            Some(deadline) if self.seen == Some(state) => deadline,
            _ => Instant::now() + limit,
        };
        (self.seen, self.deadline) = (Some(state), Some(deadline));

        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        // A timer that is early is left until it fires: moving it for each request would cost more.
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        while timer.as_mut().poll(context).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(what);
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }

    /// Whether the client has owed a request, or the rest of a head, for that long.
    fn is_idle_for(&self, idle: Duration, connection: &ConnectionState) -> bool {
        let limit = match connection.phase() {
            Phase::Idle => self.limits.idle,
            Phase::Head => self.limits.header_read,
            Phase::Busy | Phase::Closing => return false,
        };
        let unchanged = self.seen == Some(connection.snapshot());
        unchanged && self.deadline.is_some_and(|deadline| deadline <= Instant::now() + limit.saturating_sub(idle))
    }
}

/// A stream that notes what happens on it.
struct TrackedIo<T> {
    stream: T,
    connection: Arc<ConnectionState>,
    is_shut: bool,
}

impl<T: AsyncRead + Unpin> AsyncRead for TrackedIo<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.connection.received();
        }
        Poll::Ready(Ok(()))
    }
}

/// Not vectored: see [`connection`].
impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TrackedIo<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        match written {
            Poll::Ready(Ok(_)) => self.connection.written(context),
            Poll::Pending => self.connection.is_stalled.store(true, Relaxed),
            Poll::Ready(Err(_)) => {}
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        match flushed {
            Poll::Ready(Ok(())) => self.connection.unstall(context),
            // TLS accepts bytes that it cannot write yet.
            Poll::Pending => self.connection.is_stalled.store(true, Relaxed),
            Poll::Ready(Err(_)) => {}
        }
        flushed
    }

    /// Closes our side, then reads on while the client sends what it must not be cut off from: see
    /// RFC 9112, 9.6.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.is_shut = true;
            if !self.connection.lingers() {
                return Poll::Ready(Ok(()));
            }
            self.connection.enter(Phase::Closing);
        }
        loop {
            let mut scrap = [0; 4096];
            let mut buffer = ReadBuf::new(&mut scrap);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
