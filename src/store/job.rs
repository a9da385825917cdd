//! A write that waits for the writer: its work, and the caller that gets the answer.

use super::error::Error;
use super::tx::Write;
use crate::domain::Clock;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

pub(super) trait Job: Send {
    /// Runs the work in a savepoint of its own. A job that reduces can be run again after its transaction was rolled
    /// back.
    fn run(&mut self, conn: &Connection, clock: &Clock);

    /// Whether the work only removes data or rights, and may use the disk reserve.
    fn reduces(&self) -> bool;

    /// Answers the caller, once the outcome of the transaction is known.
    fn answer(self: Box<Self>, outcome: Result<(), Error>);
}

pub(super) struct Call<T, E, F> {
    work: F,
    reduces: bool,
    /// `None` until the work was run.
    done: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Call<T, E, F> {
    pub(super) fn new(work: F, reduces: bool, answer: oneshot::Sender<Result<T, E>>) -> Self {
        Self { work, reduces, done: None, answer }
    }
}

impl<T, E, F> Job for Call<T, E, F>
where
    F: FnMut(&Write<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, conn: &Connection, clock: &Clock) {
        let work = &mut self.work;
        self.done = Some(in_savepoint(conn, || work(&Write::new(conn, clock))));
    }

    fn reduces(&self) -> bool {
        self.reduces
    }

    fn answer(self: Box<Self>, outcome: Result<(), Error>) {
        let answer = match outcome {
            Ok(()) => self.done.unwrap_or_else(|| Err(Error::Stopped.into())),
            Err(error) => Err(error.into()),
        };
        // The write counts even if the caller has hung up.
        drop(self.answer.send(answer));
    }
}

/// Runs one write; an error or a panic leaves nothing of it behind.
fn in_savepoint<T, E: From<Error>>(conn: &Connection, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let sql = |text| conn.execute_batch(text).map_err(|e| E::from(Error::from(e)));
    sql("SAVEPOINT work")?;
    let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Error::Panicked.into()));
    if outcome.is_ok() {
        sql("RELEASE work")?;
    } else if !conn.is_autocommit() {
        sql("ROLLBACK TO work; RELEASE work")?;
    }
    outcome
}
