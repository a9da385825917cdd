//! Reads: point look-ups on the caller's thread, which take some microseconds, and lists on a blocking thread.

use super::connections::Connections;
use super::error::Error;
use super::readers::Manager;
use super::{Read, Store};
use r2d2::PooledConnection;
use rusqlite::{Connection, functions::FunctionFlags};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long a list waits for a connection.
const WAIT: Duration = Duration::from_millis(500);
/// How long a list or search of a server may take.
pub(super) const LIST_TIME: Duration = Duration::from_secs(2);
/// Steps of SQLite's virtual machine between two looks at the clock: far less than a millisecond.
const STEPS: i32 = 1000;

impl Store {
    /// A point look-up on this thread. A commit may fall between two statements of `query`.
    ///
    /// # Errors
    /// Those of `query`, or that there was no connection.
    pub fn read<T, E: From<Error>>(&self, query: impl FnOnce(&Read<'_>) -> Result<T, E>) -> Result<T, E> {
        let connections = self.current.get()?;
        query(&Read::new(&*connections.reader()?, &self.clock))
    }

    /// A list or a search: a [`Store::snapshot`] that a server ends after [`LIST_TIME`].
    ///
    /// # Errors
    /// `TimedOut`, and as [`Store::snapshot`].
    pub async fn list<T, E, F>(self: &Arc<Self>, query: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.snapshot_within(self.list_time, query).await
    }

    /// A query on a blocking thread, in one snapshot however many statements it has.
    ///
    /// # Errors
    /// `Busy` if too many others are under way, and as [`Store::read`].
    pub async fn snapshot<T, E, F>(self: &Arc<Self>, query: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.snapshot_within(None, query).await
    }

    async fn snapshot_within<T, E, F>(self: &Arc<Self>, limit: Option<Duration>, query: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = match Arc::clone(&self.slow_reads).try_acquire_owned() {
            Ok(permit) => permit,
            // A command never gets here, and its runtime has no timer.
            Err(_) => {
                let permit = timeout(WAIT, Arc::clone(&self.slow_reads).acquire_owned()).await;
                permit.map_err(|_| Error::Busy)?.map_err(|_| Error::Stopped)?
            }
        };
        let store = Arc::clone(self);
        let answer = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connections = store.current.get()?;
            let conn = connections.reader()?;
            let _limit = limit.map(|limit| TimeLimit::start(&conn, limit)).transpose()?;
            let snapshot = conn.unchecked_transaction().map_err(Error::from)?;
            query(&Read::new(&snapshot, &store.clock))
        });
        answer.await.unwrap_or_else(|_| Err(Error::Panicked.into()))
    }
}

impl Connections {
    /// Blocks while every connection is in use. In a server that cannot happen: lists have permits, and each thread that
    /// does point look-ups has a connection left (`open::Purpose`).
    pub(super) fn reader(&self) -> Result<PooledConnection<Manager>, Error> {
        self.readers.get()
    }
}

/// Interrupts the connection's statements after a time, until it is dropped.
struct TimeLimit<'c>(&'c Connection);

impl<'c> TimeLimit<'c> {
    fn start(conn: &'c Connection, limit: Duration) -> Result<Self, Error> {
        let end = Instant::now() + limit;
        conn.progress_handler(STEPS, Some(move || Instant::now() >= end))?;
        Ok(Self(conn))
    }
}

impl Drop for TimeLimit<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.progress_handler(0, None::<fn() -> bool>) {
            tracing::error!(%error, "a time limit could not be removed from a connection");
        }
    }
}

/// `has_text(haystack, needle)`: whether the haystack contains the needle, which is in lower case, in any case. SQLite's
/// own `lower` and `LIKE` only know ASCII.
pub(super) fn add_functions(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("has_text", 2, flags, |context| {
        let haystack = context.get_raw(0).as_str()?;
        let needle = context.get_raw(1).as_str()?;
        Ok(contains(haystack, needle))
    })
}

/// As `haystack.to_lowercase().contains(needle)`, but texts in ASCII, which most are, need no copy.
fn contains(haystack: &str, needle: &str) -> bool {
    if !haystack.is_ascii() {
        return haystack.to_lowercase().contains(needle);
    }
    let needle = needle.as_bytes();
    needle.is_empty() || haystack.as_bytes().windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Create, Location, Purpose, open};
    use std::sync::Barrier;

    fn one(db: &Read<'_>) -> Result<Option<i64>, Error> {
        db.one("SELECT 1", [], |row| row.get(0))
    }

    const ENDLESS: &str = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n";

    #[tokio::test]
    async fn a_list_that_takes_too_long_is_interrupted_and_its_connection_is_as_before() {
        let purpose = Purpose::Serve { threads: 0 };
        let mut store = Store::open(&Location::Memory, Create::IfMissing, purpose).unwrap();
        assert_eq!(store.list_time, Some(LIST_TIME));
        store.list_time = Some(Duration::from_millis(20));
        let store = Arc::new(store);
        // More often than there are connections, so that each is used again.
        for _ in 0..2 * open::SLOW_READERS {
            let interrupted = store.list(|db| db.count(ENDLESS, [])).await;
            assert!(matches!(interrupted, Err(Error::TimedOut)), "{interrupted:?}");
        }
        let longer = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 100000)
                             SELECT count(*) FROM n";
        for _ in 0..2 * open::SLOW_READERS {
            assert_eq!(store.snapshot(move |db| db.count(longer, [])).await.unwrap(), 100_000);
        }
    }

    #[tokio::test]
    async fn a_list_that_finds_no_free_connection_is_refused_after_half_a_second() {
        let purpose = Purpose::Serve { threads: 0 };
        let store = Arc::new(Store::open(&Location::Memory, Create::IfMissing, purpose).unwrap());
        let held = Arc::clone(&store.slow_reads).acquire_many_owned(open::SLOW_READERS as u32).await.unwrap();
        let start = Instant::now();
        assert!(matches!(store.list(one).await, Err(Error::Busy)));
        assert!(matches!(store.snapshot(one).await, Err(Error::Busy)));
        assert!(start.elapsed() >= 2 * WAIT);
        drop(held);
        assert!(matches!(store.list(one).await, Ok(Some(1))));
    }

    /// A thread that answers requests must not block, so the pool must never be empty when it does a look-up.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_point_look_up_finds_a_connection_while_every_list_and_every_other_thread_holds_one() {
        const THREADS: usize = 12;
        let store = Store::open(&Location::Memory, Create::IfMissing, Purpose::Serve { threads: THREADS }).unwrap();
        let store = Arc::new(store);
        // All who hold a connection, and this test.
        let (held, released) = (
            Arc::new(Barrier::new(open::SLOW_READERS + THREADS + 1)),
            Arc::new(Barrier::new(open::SLOW_READERS + THREADS + 1)),
        );
        let hold = |held: Arc<Barrier>, released: Arc<Barrier>| {
            move |db: &Read<'_>| {
                held.wait();
                let answer = one(db);
                released.wait();
                answer
            }
        };
        // Twice as many lists as may run: the others wait without a connection.
        let lists: Vec<_> = (0..2 * open::SLOW_READERS)
            .map(|n| {
                let store = Arc::clone(&store);
                let hold = hold(Arc::clone(&held), Arc::clone(&released));
                tokio::spawn(async move {
                    if n < open::SLOW_READERS { store.snapshot(hold).await } else { store.snapshot(one).await }
                })
            })
            .collect();
        let look_ups: Vec<_> = (0..THREADS)
            .map(|_| {
                let store = Arc::clone(&store);
                let hold = hold(Arc::clone(&held), Arc::clone(&released));
                std::thread::spawn(move || store.read(hold))
            })
            .collect();
        let state = tokio::task::spawn_blocking(move || {
            // Passes only when all of them hold a connection at the same time.
            held.wait();
            let state = store.current.get().unwrap().readers.idle();
            released.wait();
            state
        });
        assert_eq!(state.await.unwrap(), 0);
        for answer in look_ups {
            assert!(matches!(answer.join().unwrap(), Ok(Some(1))));
        }
        for answer in lists {
            assert!(matches!(answer.await.unwrap(), Ok(Some(1))));
        }
    }
}
