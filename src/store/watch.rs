//! A thread of the server that checks its files: it closes and reopens the database when one of them was replaced, and
//! keeps the disk reserve complete.

use super::connections::{Current, Previous};
use super::error::Error;
use super::open::Purpose;
use super::reserve::Reserve;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::{Duration, Instant};

/// How often the files are checked, which takes about 10 µs.
const EVERY: Duration = Duration::from_millis(250);
/// How often the disk reserve is checked, in rounds.
const RESERVE_EVERY: u32 = 4;
/// How long a stop waits for the thread, which may be opening a database.
const STOP: Duration = Duration::from_millis(300);

/// The thread. It ends when this is dropped.
pub(super) struct Watch {
    stop: Option<Sender<Infallible>>,
    thread: JoinHandle<()>,
}

impl Watch {
    pub(super) fn start(current: Arc<Current>, purpose: Purpose, reserve: Reserve) -> Result<Self, Error> {
        let (stop, stopped) = channel();
        let watcher = Watcher { current, purpose, reserve, stopped };
        let has_reserve = watcher.check_reserve(true);
        let watch = move || watcher.watch(has_reserve);
        let thread = Builder::new().name("watch".into()).spawn(watch).map_err(|e| Error::file("watch thread", e))?;
        Ok(Self { stop: Some(stop), thread })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop = None;
        let end = Instant::now() + STOP;
        while !self.thread.is_finished() && Instant::now() < end {
            sleep(Duration::from_millis(2));
        }
    }
}

struct Watcher {
    current: Arc<Current>,
    purpose: Purpose,
    reserve: Reserve,
    stopped: Receiver<Infallible>,
}

impl Watcher {
    fn watch(&self, mut has_reserve: bool) {
        let mut round = 0_u32;
        while !self.is_stopped() {
            if let Some(previous) = self.current.close_replaced() {
                self.reopen(previous);
            }
            round = round.wrapping_add(1);
            if round.is_multiple_of(RESERVE_EVERY) {
                has_reserve = self.check_reserve(has_reserve);
            }
        }
    }

    /// Tries until a database could be opened. An error is logged when it is another one than before.
    fn reopen(&self, mut previous: Previous) {
        let mut last = String::new();
        while let Err(error) = self.current.reopen(&mut previous, self.purpose) {
            let text = error.to_string();
            if text != last {
                tracing::warn!(%error, "the database cannot be reopened yet");
                last = text;
            }
            if self.is_stopped() {
                return;
            }
        }
        tracing::warn!(database = %previous.name().display(), "the database was reopened");
    }

    /// Logs when the state of the disk reserve changes.
    fn check_reserve(&self, was_complete: bool) -> bool {
        let is_complete = self.reserve.complete();
        match (was_complete, is_complete) {
            (true, false) => tracing::warn!("the disk reserve is not complete"),
            (false, true) => tracing::info!("the disk reserve is complete again"),
            _ => {}
        }
        is_complete
    }

    /// Waits for the next round, or for the stop.
    fn is_stopped(&self) -> bool {
        !matches!(self.stopped.recv_timeout(EVERY), Err(RecvTimeoutError::Timeout))
    }
}
