//! The timeouts of a connection.
//!
//! hyper's own header timeout also runs while a connection is idle, so it cannot be short for the one and long for the
//! other, and it sets up a timer for each request. Here one timer serves the whole connection.

use super::Limits;
use super::state::{ConnectionState, Phase};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a closing connection waits for the rest of what the client sends.
const LINGER: Duration = Duration::from_secs(2);

/// Why a connection is closed that others need.
pub(super) const ROOM: &str = "its client while others need room";

/// They run from the last change of the [`ConnectionState`]: bytes that arrive one by one change nothing until a request
/// head is complete.
pub(super) struct ConnectionTimeouts {
    limits: Limits,
    /// Others need room: the connection may finish what it is doing, and then wait for nothing more.
    pub(super) is_shed: bool,
    seen: Option<(Phase, bool, u32)>,
    deadline: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl ConnectionTimeouts {
    pub(super) fn new(limits: Limits) -> ConnectionTimeouts {
        ConnectionTimeouts { limits, is_shed: false, seen: None, deadline: None, timer: None }
    }

    /// Ready when the wait took too long, with what it was for. To be polled after the connection.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, connection: &ConnectionState) -> Poll<&'static str> {
        connection.ran();
        let state @ (phase, is_stalled, _) = connection.snapshot();
        let (limit, what) = match phase {
            Phase::Closing => (Some(LINGER), "the end of what the client sends"),
            _ if is_stalled => (Some(self.limits.write_stall), "the client to read"),
            Phase::Head => (Some(self.limits.header_read), "a request head"),
            // A request that reads its body limits that time itself, and answers when it is over.
            Phase::Body => (None, "a request body"),
            Phase::Idle => (Some(self.limits.idle), "a request"),
            Phase::Busy => (None, ""),
        };
        if self.is_shed && connection.is_waiting() && !is_stalled {
            return Poll::Ready(ROOM);
        }
        if self.seen != Some(state) {
            self.seen = Some(state);
            let now = connection.is_waiting().then(Instant::now);
            self.deadline = now.zip(limit).map(|(now, limit)| now + limit);
            connection.set_waiting(now);
        }
        let Some(deadline) = self.deadline else { return Poll::Pending };

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
}
