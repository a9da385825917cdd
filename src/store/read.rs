//! Reading: inline for point look-ups (some microseconds, cheaper than a trip to another thread), on a thread of its own for
//! those that requests begin with ([`super::lookups`]), on a blocking thread for what walks through many rows.

use super::error::Error;
use super::{Read, Store};
use rusqlite::{Connection, functions::FunctionFlags};
use std::sync::Arc;

impl Store {
    /// A point look-up, on this thread. `question` must be one statement or not mind that a commit may fall between
    /// two.
    ///
    /// # Errors
    /// What `question` says, or that no connection was to be had.
    pub fn read<T, E: From<Error>>(&self, question: impl FnOnce(&Read<'_>) -> Result<T, E>) -> Result<T, E> {
        let conn = self.readers.get().map_err(|e| Error::Pool(Arc::new(e)))?;
        question(&Read::new(&conn))
    }

    /// A point look-up that most requests can do without, off this thread. As for [`Store::read`] otherwise.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn look_up<T, E, F>(&self, question: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.lookups {
            Some(lookups) => lookups.ask(question).await,
            None => self.read(question),
        }
    }

    /// A list or a search, off this thread, in one snapshot however many statements it has.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn snapshot<T, E, F>(self: &Arc<Self>, question: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.slow_reads).acquire_owned().await.map_err(|_| Error::Stopped)?;
        let store = Arc::clone(self);
        let answer = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut conn = store.readers.get().map_err(|e| Error::Pool(Arc::new(e)))?;
            let view = conn.transaction().map_err(Error::from)?;
            question(&Read::new(&view))
        });
        answer.await.unwrap_or_else(|_| Err(Error::Panicked.into()))
    }
}

/// `has_text(haystack, needle)`: whether the needle, already in lower case, is in the haystack, whatever its case.
/// SQLite's own `lower` and `LIKE` know ASCII only.
pub(super) fn add_functions(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("has_text", 2, flags, |context| {
        let haystack = context.get_raw(0).as_str()?;
        let needle = context.get_raw(1).as_str()?;
        Ok(haystack.to_lowercase().contains(needle))
    })
}
