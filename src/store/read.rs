//! Reads: point look-ups on the caller's thread, which take some microseconds, and lists on a blocking thread.

use super::connections::Connections;
use super::error::Error;
use super::{Read, Store};
use r2d2::PooledConnection;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, functions::FunctionFlags};
use std::sync::Arc;

impl Store {
    /// A point look-up on this thread. A commit may fall between two statements of `query`.
    ///
    /// # Errors
    /// Those of `query`, or that there was no connection.
    pub fn read<T, E: From<Error>>(&self, query: impl FnOnce(&Read<'_>) -> Result<T, E>) -> Result<T, E> {
        let connections = self.current.get()?;
        query(&Read::new(&*connections.reader()?))
    }

    /// A list or a search on a blocking thread, in one snapshot however many statements it has.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn snapshot<T, E, F>(self: &Arc<Self>, query: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.slow_reads).acquire_owned().await.map_err(|_| Error::Stopped)?;
        let store = Arc::clone(self);
        let answer = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connections = store.current.get()?;
            let mut conn = connections.reader()?;
            let snapshot = conn.transaction().map_err(Error::from)?;
            query(&Read::new(&snapshot))
        });
        answer.await.unwrap_or_else(|_| Err(Error::Panicked.into()))
    }
}

impl Connections {
    /// Blocks while every connection is in use. In a server that cannot happen: lists have permits, and each thread that
    /// does point look-ups has a connection left (`open::Purpose`).
    pub(super) fn reader(&self) -> Result<PooledConnection<SqliteConnectionManager>, Error> {
        self.readers.get().map_err(|error| Error::Pool(Arc::new(error)))
    }
}

/// `has_text(haystack, needle)`: whether the haystack contains the needle, which is in lower case, in any case. SQLite's
/// own `lower` and `LIKE` only know ASCII.
pub(super) fn add_functions(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("has_text", 2, flags, |context| {
        let haystack = context.get_raw(0).as_str()?;
        let needle = context.get_raw(1).as_str()?;
        Ok(haystack.to_lowercase().contains(needle))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Create, Location, Purpose, open};
    use std::sync::Barrier;

    fn one(db: &Read<'_>) -> Result<Option<i64>, Error> {
        db.one("SELECT 1", [], |row| row.get(0))
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
            let state = store.current.get().unwrap().readers.state();
            released.wait();
            state
        });
        assert_eq!(state.await.unwrap().idle_connections, 0);
        for answer in look_ups {
            assert!(matches!(answer.join().unwrap(), Ok(Some(1))));
        }
        for answer in lists {
            assert!(matches!(answer.await.unwrap(), Ok(Some(1))));
        }
    }
}
