//! What a connection is doing, and since when it has been waiting for its client.

use super::super::interceptor::Cut;
use crate::domain::client_prefix;
use crate::http::permits::{Permit, Permits};
use futures_util::task::AtomicWaker;
use std::future::poll_fn;
use std::net::IpAddr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// How long a client counts as reading once the socket's buffers are full of its response: until it first reads some, and
/// each time it does. It has to read a third of [`super::SEND_BUFFER`] before that shows.
const STALL_GRACE: Duration = Duration::from_secs(2);
const READING_GRACE: Duration = Duration::from_secs(10);

/// The value of [`ConnectionState::waiting_since`] while the server owes the client something.
const NOT_WAITING: u64 = u64::MAX;

/// How many pipelined requests of one address are handled at the same time: those of many connections would otherwise
/// keep the threads busy for a long time.
const MAX_PIPELINED: usize = 8;

/// What all connections of a server share.
pub(in crate::http) struct Shared {
    /// Requests without a signed-in caller, once their bodies are complete: before that, they cost a connection, and no
    /// more.
    pub(in crate::http) anonymous: Permits<IpAddr>,
    pipelined: Permits<IpAddr>,
    started: Instant,
}

impl Shared {
    pub(super) fn new(max_anonymous: usize) -> Self {
        let (anonymous, pipelined) = (Permits::new(max_anonymous), Permits::new(MAX_PIPELINED));
        Self { anonymous, pipelined, started: Instant::now() }
    }

    /// Milliseconds since the server started.
    pub(super) fn now(&self) -> u64 {
        self.millis(Instant::now())
    }

    fn millis(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.started).as_millis() as u64
    }
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// The client owes the rest of a request head or, before that, of a TLS handshake.
    Head,
    /// The server owes a response, or the rest of one.
    Busy,
    /// The client owes the rest of a request body.
    Body,
    /// Neither side owes anything.
    Idle,
    /// The last response is sent, and the client may still be sending.
    Closing,
}

/// What last happened on a connection. Only the connection's own task writes to it; the accept loop reads
/// `waiting_since`.
pub(in crate::http) struct ConnectionState {
    pub(in crate::http) shared: Arc<Shared>,
    phase: AtomicU8,
    /// A write waits for the client to read what was written before.
    is_stalled: AtomicBool,
    /// The client has read some of this response after a write had to wait for it.
    is_reading: AtomicBool,
    /// The client sends, or sent, a body that the server will not read.
    has_unread_body: AtomicBool,
    /// The client has sent at least one byte.
    has_sent: AtomicBool,
    writes: AtomicU32,
    /// A request has begun since the connection's task last ran.
    has_begun: AtomicBool,
    /// The connection should end once the response in flight is sent.
    is_closing: AtomicBool,
    /// No further byte is sent: see [`Cut`].
    cut: OnceLock<Cut>,
    /// Of a request that waits for the client to read.
    reading: AtomicWaker,
    /// When the client became idle, in milliseconds of [`Shared::now`], or [`NOT_WAITING`]. It is in the future while a
    /// client that reads slowly has time left.
    waiting_since: AtomicU64,
}

impl ConnectionState {
    /// Of a connection that was just accepted.
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            phase: AtomicU8::new(Phase::Head as u8),
            is_stalled: AtomicBool::new(false),
            is_reading: AtomicBool::new(false),
            has_unread_body: AtomicBool::new(false),
            has_sent: AtomicBool::new(false),
            writes: AtomicU32::new(0),
            has_begun: AtomicBool::new(false),
            is_closing: AtomicBool::new(false),
            cut: OnceLock::new(),
            reading: AtomicWaker::new(),
            waiting_since: AtomicU64::new(shared.now()),
            shared,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        let phases = [Phase::Head, Phase::Busy, Phase::Body, Phase::Idle, Phase::Closing];
        phases[usize::from(self.phase.load(Relaxed))]
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
    }

    /// A request head is complete. True if the request is pipelined: it was sent before the previous response was read.
    pub(super) fn begin_request(&self) -> bool {
        self.enter(Phase::Busy);
        let is_pipelined = self.has_begun.load(Relaxed) || self.is_stalled();
        self.has_begun.store(true, Relaxed);
        if !self.is_stalled() {
            self.is_reading.store(false, Relaxed);
        }
        is_pipelined
    }

    /// Waits until a pipelined request may be handled: the client has read what was written before, and its address has
    /// few other pipelined requests in flight.
    pub(super) async fn pipelined_permit(&self, client: IpAddr) -> Permit<'_, IpAddr> {
        poll_fn(|context| {
            self.reading.register(context.waker());
            if self.is_stalled() { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        self.shared.pipelined.permit(client_prefix(client)).await
    }

    /// The connection's task has run, and has nothing to do at the moment.
    pub(super) fn ran(&self) {
        self.has_begun.store(false, Relaxed);
    }

    /// Notes that the server waits for a request body, until the value is dropped.
    pub(in crate::http) fn wait_for_body(&self) -> BodyWait<'_> {
        self.enter(Phase::Body);
        BodyWait(self)
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.is_stalled.load(Relaxed)
    }

    pub(super) fn leave_body_unread(&self) {
        self.has_unread_body.store(true, Relaxed);
    }

    pub(super) fn close(&self) {
        self.is_closing.store(true, Relaxed);
    }

    pub(in crate::http) fn is_closing(&self) -> bool {
        self.is_closing.load(Relaxed)
    }

    pub(super) fn set_cut(&self, cut: Cut) {
        let _ = self.cut.set(cut);
    }

    pub(super) fn cut(&self) -> Option<Cut> {
        self.cut.get().copied()
    }

    /// Everything whose change restarts a timeout. A byte that arrives is no such change, except the first one of a
    /// request: the time for a head runs from there, or from the accept.
    pub(super) fn snapshot(&self) -> (Phase, bool, u32) {
        (self.phase(), self.is_stalled(), self.writes.load(Relaxed))
    }

    pub(super) fn received(&self) {
        self.has_sent.store(true, Relaxed);
        if self.phase() == Phase::Idle {
            self.enter(Phase::Head);
        }
    }

    pub(super) fn stalled(&self) {
        self.is_stalled.store(true, Relaxed);
    }

    /// Wakes the connection's task if the client had stopped reading: hyper would only write on, and not ask the body for
    /// its next piece.
    pub(super) fn unstalled(&self, context: &Context<'_>) {
        if self.is_stalled() {
            self.is_stalled.store(false, Relaxed);
            self.is_reading.store(true, Relaxed);
            self.reading.wake();
            context.waker().wake_by_ref();
        }
    }

    pub(super) fn written(&self, context: &Context<'_>) {
        self.unstalled(context);
        self.writes.store(self.writes.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// Whether closing immediately would reset the connection, and with it lose the response.
    pub(super) fn lingers(&self) -> bool {
        let half_a_head = self.phase() == Phase::Head && self.has_sent.load(Relaxed);
        half_a_head || self.has_unread_body.load(Relaxed)
    }

    /// Whether the server waits for the client: for bytes of a request, or to read a response.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_stalled() || self.phase() != Phase::Busy
    }

    /// Notes for the accept loop that the server waits for the client from now on, or that it does not.
    pub(super) fn set_waiting(&self, since: Option<Instant>) {
        let since = since.map_or(NOT_WAITING, |since| {
            let grace = match (self.is_stalled(), self.is_reading.load(Relaxed)) {
                (false, _) => Duration::ZERO,
                (true, false) => STALL_GRACE,
                (true, true) => READING_GRACE,
            };
            self.shared.millis(since + grace)
        });
        self.waiting_since.store(since, Relaxed);
    }

    /// For how many milliseconds the server has been waiting for the client; None if it is not, or if the client is
    /// reading its response.
    pub(super) fn idle(&self, now: u64) -> Option<u64> {
        now.checked_sub(self.waiting_since.load(Relaxed))
    }
}

/// See [`ConnectionState::wait_for_body`].
pub(in crate::http) struct BodyWait<'a>(&'a ConnectionState);

impl Drop for BodyWait<'_> {
    fn drop(&mut self) {
        self.0.enter(Phase::Busy);
    }
}
