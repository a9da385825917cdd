//! One connection: serves its requests, and bounds how long it may keep the server waiting.
//!
//! hyper's own header timeout also runs while a connection is idle, so it cannot be short for the one and long for the
//! other, and it sets up a timer for each request. Here the stream ([`TrackedIo`]) and the service note what happens in
//! [`ConnectionState`], and [`ConnectionTimeouts`] watches that with one timer for each connection.

use super::super::forwarded::PeerInfo;
use super::super::observe;
use super::{Limits, MAX_HEAD, Service};
use futures_util::FutureExt;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Serves a connection to its end.
pub(super) async fn connection<T>(stream: T, peer_info: PeerInfo, service: Service)
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let Service { router, limits, metrics, mut shed_after } = service;
    let (peer, metrics) = (peer_info.peer, metrics.as_ref());
    let state = Arc::new(ConnectionState::new());
    let io = TokioIo::new(TrackedIo::new(stream, state.clone()));
    let state = &state;
    let answered = service_fn(|request| {
        state.begin();
        observe::answer(&router, request, peer_info, &limits, metrics).map(|(response, is_read)| {
            state.end(is_read);
            Ok::<_, Infallible>(response)
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
    let mut timeouts = ConnectionTimeouts::new(limits.clone());
    let ended = loop {
        let event = {
            let mut changed = pin!(shed_after.changed());
            let event = poll_fn(|context| {
                if !stopping && let Poll::Ready(changed) = changed.as_mut().poll(context) {
                    return Poll::Ready(if changed.is_ok() { Event::Shed } else { Event::Stop });
                }
                match http.as_mut().poll(context) {
                    Poll::Ready(ended) => Poll::Ready(Event::End(Ok(ended))),
                    Poll::Pending => timeouts.poll(context, state).map(|reason| Event::End(Err(reason))),
                }
            });
            event.await
        };
        match event {
            Event::End(ended) => break ended,
            Event::Stop => {
                stopping = true;
                http.as_mut().graceful_shutdown();
            }
            Event::Shed if timeouts.is_idle_for(*shed_after.borrow(), state) => break Err("room for others"),
            Event::Shed => {}
        }
    };
    if ended.is_err() {
        // TLS tells a client that is not waiting for a response that this is the end, and not an attack that cut it off.
        http.as_mut().graceful_shutdown();
        let _ = poll_fn(|context| Poll::Ready(http.as_mut().poll(context).is_ready())).await;
    }
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a connection failed"),
        Err(reason) => tracing::debug!(%peer, "a connection took too long to wait for {reason}"),
    }
}

/// What ends the waiting for a connection.
enum Event<T> {
    /// Others wait for room: the time that a connection may be idle has changed.
    Shed,
    /// The server has to stop.
    Stop,
    End(T),
}

/// How long a closing connection waits for the rest of what the client sends.
const LINGER: Duration = Duration::from_secs(2);

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
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
#[derive(Debug)]
struct ConnectionState {
    /// The phase in the lowest bits, then [`STALLED`], [`UNREAD`] and [`SILENT`], then a count of writes.
    state: AtomicU32,
}

const PHASE: u32 = 0b11;
/// A write waits for the client to read what was written before.
const STALLED: u32 = 0b100;
/// The client sends, or sent, a body that the server will not read.
const UNREAD: u32 = 0b1000;
/// The client has never sent anything.
const SILENT: u32 = 0b1_0000;
const WRITE: u32 = 0b10_0000;

impl ConnectionState {
    fn new() -> ConnectionState {
        ConnectionState { state: AtomicU32::new(Phase::Head as u32 | SILENT) }
    }

    /// A request head is complete.
    fn begin(&self) {
        self.enter(Phase::Busy);
    }

    /// A request is answered. `is_read` is false if a part of its body was not read.
    fn end(&self, is_read: bool) {
        self.enter(Phase::Idle);
        if !is_read {
            self.set(self.get() | UNREAD);
        }
    }

    fn get(&self) -> u32 {
        self.state.load(Ordering::Relaxed)
    }

    fn set(&self, state: u32) {
        self.state.store(state, Ordering::Relaxed);
    }

    fn phase(&self) -> Phase {
        match self.get() & PHASE {
            0 => Phase::Head,
            1 => Phase::Busy,
            2 => Phase::Idle,
            _ => Phase::Closing,
        }
    }

    fn enter(&self, phase: Phase) {
        self.set(self.get() & !PHASE | phase as u32);
    }

    fn received(&self) {
        if self.get() & SILENT != 0 {
            self.set(self.get() & !SILENT);
        }
        if self.phase() == Phase::Idle {
            self.enter(Phase::Head);
        }
    }

    fn written(&self) {
        self.set((self.get() & !STALLED).wrapping_add(WRITE));
    }

    fn stalled(&self) {
        self.set(self.get() | STALLED);
    }

    /// Whether closing immediately would reset the connection, and with it lose the response.
    fn lingers(&self) -> bool {
        let half_a_head = self.phase() == Phase::Head && self.get() & SILENT == 0;
        half_a_head || self.get() & UNREAD != 0
    }
}

/// The timeouts of a connection. They run from the last change of its [`ConnectionState`]: bytes that arrive one by one
/// change nothing until a request head is complete.
struct ConnectionTimeouts {
    limits: Limits,
    seen: Option<u32>,
    deadline: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl ConnectionTimeouts {
    fn new(limits: Limits) -> ConnectionTimeouts {
        ConnectionTimeouts { limits, seen: None, deadline: None, timer: None }
    }

    /// Ready when the wait took too long, with what it was for. To be polled after the connection.
    fn poll(&mut self, context: &mut Context<'_>, connection: &ConnectionState) -> Poll<&'static str> {
        // The first byte is no change: the time for a head runs from the accept.
        let state = connection.get() & !SILENT;
        let (limit, what) = match connection.phase() {
            Phase::Closing => (LINGER, "the end of what the client sends"),
            _ if state & STALLED != 0 => (self.limits.write_stall, "the client to read"),
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
        let unchanged = self.seen == Some(connection.get() & !SILENT);
        unchanged && self.deadline.is_some_and(|deadline| deadline <= Instant::now() + limit.saturating_sub(idle))
    }
}

/// A stream that notes what happens on it.
struct TrackedIo<T> {
    stream: T,
    connection: Arc<ConnectionState>,
    shut: bool,
}

impl<T> TrackedIo<T> {
    fn new(stream: T, connection: Arc<ConnectionState>) -> TrackedIo<T> {
        TrackedIo { stream, connection, shut: false }
    }

    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(_)) => self.connection.written(),
            Poll::Pending => self.connection.stalled(),
            Poll::Ready(Err(_)) => {}
        }
        written
    }
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

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TrackedIo<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Closes our side, then reads on while the client sends what it must not be cut off from: see
    /// RFC 9112, 9.6.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.shut {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.shut = true;
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
