//! What a use case holds while it reads or writes: no connection, only the questions and the changes that the other
//! files of this folder add.

use super::error::Error;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row};

/// One consistent view of the database.
pub struct Read<'c>(&'c Connection);

/// A write under way, which sees what it has written. It is a [`Read`] too.
pub struct Write<'c>(Read<'c>);

impl<'c> std::ops::Deref for Write<'c> {
    type Target = Read<'c>;

    fn deref(&self) -> &Read<'c> {
        &self.0
    }
}

impl<'c> Read<'c> {
    pub(super) fn new(conn: &'c Connection) -> Self {
        Self(conn)
    }

    /// The first row, if there is one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        row: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error> {
        Ok(self.0.prepare_cached(sql)?.query_row(params, row).optional()?)
    }

    /// Every row.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(params, row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl<'c> Write<'c> {
    pub(super) fn new(conn: &'c Connection) -> Self {
        Self(Read(conn))
    }

    /// Changes rows and says how many.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize, Error> {
        Ok(self.0.0.prepare_cached(sql)?.execute(params)?)
    }

    /// Adds a row and gives its id.
    pub(super) fn insert(&self, sql: &str, params: impl Params) -> Result<i64, Error> {
        Ok(self.0.0.prepare_cached(sql)?.insert(params)?)
    }
}

/// A time as the schema has it: microseconds since 1970.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A time column. One that is out of range (only a damaged file has it) is an error of that column.
pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    let at = row.as_ref().column_index(column)?;
    let micros: i64 = row.get(at)?;
    Timestamp::from_microsecond(micros).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, micros))
}

/// The same for a column that may be NULL.
pub(super) fn time_or_none(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    match row.get::<_, Option<i64>>(column)? {
        None => Ok(None),
        Some(_) => time(row, column).map(Some),
    }
}
