//! A thread with a queue before it, which is bounded.

use super::error::Error;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};

pub(super) struct Worker<T> {
    queue: Option<SyncSender<T>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Worker<T> {
    /// Starts a thread of this name. `work` has to end when the queue does.
    ///
    /// # Errors
    /// The operating system has no thread to give.
    pub(super) fn start(
        name: &str,
        most_waiting: usize,
        work: impl FnOnce(&Receiver<T>) + Send + 'static,
    ) -> Result<Self, Error> {
        let (queue, tasks) = sync_channel(most_waiting);
        let thread = Builder::new().name(name.into()).spawn(move || work(&tasks));
        let thread = thread.map_err(|e| Error::file(format!("{name} thread"), e))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// # Errors
    /// `Full` if too many wait, `Disconnected` if the thread has ended: with the task.
    pub(super) fn send(&self, task: T) -> Result<(), TrySendError<T>> {
        match &self.queue {
            Some(queue) => queue.try_send(task),
            None => Err(TrySendError::Disconnected(task)),
        }
    }
}

/// Finishes what is queued.
impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join()); // a panic there has been answered to each caller already
        }
    }
}
