//! A thread for the point look-ups that requests begin with: who presents a token that is not remembered. Their pages may
//! have to come from disk, and the threads that answer requests go on meanwhile.

use super::error::Error;
use super::tx::Read;
use super::worker::Worker;
use r2d2_sqlite::SqliteConnectionManager;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TrySendError};
use tokio::sync::oneshot;

/// Questions that may wait. Who would be the next looks for themselves: both threads are busy then, and neither waits for the
/// other.
const QUEUE: usize = 8;

type Readers = r2d2::Pool<SqliteConnectionManager>;
/// Answers whoever asked.
type Question = Box<dyn FnOnce(Result<&Read<'_>, Error>) + Send>;

/// Its end gives the thread's connection back before the pool is closed.
pub(super) struct Lookups {
    worker: Worker<Question>,
    readers: Readers,
}

impl Lookups {
    pub(super) fn start(readers: Readers) -> Result<Self, Error> {
        let own = readers.clone();
        let worker = Worker::start("lookups", QUEUE, move |questions| answer_all(&own, questions))?;
        Ok(Self { worker, readers })
    }

    pub(super) async fn ask<T, E, F>(&self, question: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let question: Question = Box::new(move |db| {
            // Who asked may have gone.
            drop(answer.send(match db {
                Ok(db) => {
                    catch_unwind(AssertUnwindSafe(|| question(db))).unwrap_or_else(|_| Err(Error::Panicked.into()))
                }
                Err(error) => Err(error.into()),
            }));
        });
        match self.worker.send(question) {
            Ok(()) => {}
            Err(TrySendError::Full(question)) => with_reader(&self.readers, question),
            Err(TrySendError::Disconnected(_)) => return Err(Error::Stopped.into()),
        }
        answered.await.unwrap_or_else(|_| Err(Error::Stopped.into()))
    }
}

fn answer_all(readers: &Readers, questions: &Receiver<Question>) {
    while let Ok(first) = questions.recv() {
        // One connection for all that wait; it goes back before this thread sleeps.
        let waiting = std::iter::once(first).chain(questions.try_iter());
        with_reader(readers, |db| waiting.for_each(|question| question(db.clone())));
    }
}

fn with_reader(readers: &Readers, ask: impl FnOnce(Result<&Read<'_>, Error>)) {
    match readers.get() {
        Ok(conn) => ask(Ok(&Read::new(&conn))),
        Err(error) => ask(Err(Error::Pool(Arc::new(error)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Create, Location, Purpose, Store};
    use std::sync::mpsc;
    use std::time::Duration;

    fn store() -> Store {
        Store::open(&Location::Memory, Create::IfMissing, Purpose::Serve { threads: 1 }).unwrap()
    }

    fn one(db: &Read<'_>) -> Result<i64, Error> {
        db.one("SELECT 1", [], |row| row.get(0)).map(|found| found.unwrap_or_default())
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_and_not_the_end() {
        let store = store();
        let panicked = store.look_up(|_| -> Result<(), Error> { panic!("on purpose") }).await;
        assert!(matches!(panicked, Err(Error::Panicked)));
        assert!(matches!(store.look_up(one).await, Ok(1)));
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_is_answered_all_the_same() {
        let store = Arc::new(store());
        let (go, wait) = mpsc::channel::<()>();
        let other = Arc::clone(&store);
        let first = tokio::spawn(async move {
            other
                .look_up(move |db| wait.recv_timeout(Duration::from_secs(30)).map_err(|_| Error::Stopped).and(one(db)))
                .await
        });
        tokio::task::yield_now().await;
        // Some wait behind the first, the rest do not.
        let mut others: Vec<_> = (0..2 * QUEUE)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.look_up(one).await })
            })
            .collect();
        for answered in others.split_off(QUEUE + 1) {
            assert!(matches!(answered.await.unwrap(), Ok(1)));
        }
        go.send(()).unwrap();
        assert!(matches!(first.await.unwrap(), Ok(1)));
        for answered in others {
            assert!(matches!(answered.await.unwrap(), Ok(1)));
        }
    }

    #[tokio::test]
    async fn who_goes_away_costs_nobody_an_answer() {
        let store = store();
        for _ in 0..2 * QUEUE {
            drop(tokio::time::timeout(Duration::ZERO, store.look_up(one)).await);
        }
        assert!(matches!(store.look_up(one).await, Ok(1)));
    }
}
