//! What a writer's accounts must look like, and the progress that all writers of one server share.

use crate::state::Accounts;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A writer's accounts after each of its writes. At most the last state belongs to a write that was not answered, so
/// that only this one is in doubt.
#[derive(Default)]
pub struct History {
    pub states: Vec<Accounts>,
    /// The index of the state after the last write that was answered.
    pub answered: usize,
}

impl History {
    /// The accounts as they are if the write in doubt was not done.
    pub fn confirmed(&self) -> &Accounts {
        &self.states[self.answered]
    }

    /// The server refused the write in doubt, because the database was busy: it was not done, and never will be.
    pub fn withdraw(&mut self) {
        assert_eq!(self.states.len(), self.answered + 2, "one write is in doubt");
        self.states.pop();
    }

    /// Decides whether the write in doubt was done. It must have been done completely or not at all.
    #[track_caller]
    pub fn settle(&mut self, found: &Accounts, writer: &str) {
        if let Some(in_doubt) = self.states.get(self.answered + 1) {
            if found == in_doubt {
                self.answered += 1;
            } else {
                self.states.pop();
            }
        }
        assert_eq!(found, self.confirmed(), "{writer}");
    }
}

/// Shared by the writers of one server.
#[derive(Default)]
pub struct Progress {
    pub stop: AtomicBool,
    /// Set before the server is killed: from then on a writer may be left without a response.
    pub may_break: AtomicBool,
    /// How many writes were answered.
    pub answered: AtomicUsize,
}

impl Progress {
    /// Waits until this many writes have been answered.
    pub fn wait_for_answers(&self, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.answered.load(Ordering::Relaxed) < count {
            assert!(Instant::now() < deadline, "the writers make no progress");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Stops the writers when it is dropped, also by a failed assertion.
pub struct StopWriters<'a>(pub &'a Progress);

impl Drop for StopWriters<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}
