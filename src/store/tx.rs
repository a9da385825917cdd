//! The handles that a use case reads and writes with. They hide the connection; the other files of this folder add the
//! queries and the changes.

use super::error::Error;
use crate::domain::Clock;
use jiff::Timestamp;
use rusqlite::types::FromSql;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row};
use std::ops::ControlFlow;

/// The size of a batch in bytes, which takes less than a millisecond to read.
const BATCH: usize = 16 << 10;

/// Some rows of a list that is read in parts.
#[derive(Debug)]
pub struct Batch<T> {
    pub rows: Vec<T>,
    /// Whether the list has no more rows.
    pub is_last: bool,
}

/// One consistent view of the database.
pub struct Read<'c> {
    conn: &'c Connection,
    clock: &'c Clock,
}

/// A write in progress, which sees its own changes. It is a [`Read`] too.
pub struct Write<'c>(Read<'c>);

impl<'c> std::ops::Deref for Write<'c> {
    type Target = Read<'c>;

    fn deref(&self) -> &Read<'c> {
        &self.0
    }
}

impl<'c> Read<'c> {
    pub(super) fn new(conn: &'c Connection, clock: &'c Clock) -> Self {
        Self { conn, clock }
    }

    /// The time, by the clock of this database.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The first row, if there is one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        row: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error> {
        Ok(self.prepare(sql)?.query_row(params, row).optional()?)
    }

    /// The result of `SELECT count(*)`.
    pub(super) fn count(&self, sql: &str, params: impl Params) -> Result<u64, Error> {
        let count: Option<i64> = self.one(sql, params, |row| row.get(0))?;
        Ok(count.unwrap_or(0) as u64)
    }

    /// Every row.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        let mut statement = self.prepare(sql)?;
        let rows = statement.query_map(params, row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first rows, until their sizes reach [`BATCH`].
    pub(super) fn batch<T>(
        &self,
        sql: &str,
        params: impl Params,
        row: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        size: impl Fn(&T) -> usize,
    ) -> Result<Batch<T>, Error> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        let is_last = self.rows_until(sql, params, |next| {
            let next = row(next)?;
            bytes += size(&next);
            rows.push(next);
            Ok(if bytes < BATCH { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(Batch { rows, is_last })
    }

    /// Visits the rows until `visit` breaks. Returns whether there are no more rows.
    pub(super) fn rows_until(
        &self,
        sql: &str,
        params: impl Params,
        mut visit: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, Error>,
    ) -> Result<bool, Error> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if visit(row)?.is_break() {
                return Ok(rows.next()?.is_none());
            }
        }
        Ok(true)
    }

    /// Every statement goes through here.
    fn prepare(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        #[cfg(test)]
        counter::STATEMENTS.with(|count| count.set(count.get() + 1));
        self.conn.prepare_cached(sql)
    }
}

impl<'c> Write<'c> {
    pub(super) fn new(conn: &'c Connection, clock: &'c Clock) -> Self {
        Self(Read::new(conn, clock))
    }

    /// Changes rows.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<(), Error> {
        self.change(sql, params).map(drop)
    }

    /// Changes rows and returns how many.
    pub(super) fn change(&self, sql: &str, params: impl Params) -> Result<usize, Error> {
        Ok(self.prepare(sql)?.execute(params)?)
    }

    /// Adds a row and returns its id.
    pub(super) fn insert(&self, sql: &str, params: impl Params) -> Result<i64, Error> {
        Ok(self.prepare(sql)?.insert(params)?)
    }
}

/// Reads the columns of a row in their order. Finding dozens of them by name takes longer than finding the row.
pub(super) struct Columns<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl<'r, 's> Columns<'r, 's> {
    pub(super) fn of(row: &'r Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    pub(super) fn get<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.row.get(self.step())
    }

    /// The next column, a text.
    pub(super) fn text(&mut self) -> rusqlite::Result<&'r str> {
        Ok(self.row.get_ref(self.step())?.as_str()?)
    }

    /// The next column, a text that `stored` converts.
    pub(super) fn map_text<T>(&mut self, stored: impl FnOnce(String) -> T) -> rusqlite::Result<T> {
        self.get().map(stored)
    }

    /// The next column, NULL or a text.
    pub(super) fn optional_str(&mut self) -> rusqlite::Result<Option<&'r str>> {
        Ok(self.row.get_ref(self.step())?.as_str_or_null()?)
    }

    /// The next column, NULL or a text that `stored` converts.
    pub(super) fn optional_text<T>(&mut self, stored: impl FnOnce(String) -> T) -> rusqlite::Result<Option<T>> {
        Ok(self.get::<Option<String>>()?.map(stored))
    }

    /// The next column, a time.
    pub(super) fn time(&mut self) -> rusqlite::Result<Timestamp> {
        let column = self.step();
        timestamp(column, self.row.get(column)?)
    }

    /// The next column, NULL or a time.
    pub(super) fn optional_time(&mut self) -> rusqlite::Result<Option<Timestamp>> {
        let column = self.step();
        self.row.get::<_, Option<i64>>(column)?.map(|micros| timestamp(column, micros)).transpose()
    }

    fn step(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}

/// A time as the schema stores it: microseconds since 1970.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A time column. A value out of range, which only a damaged file has, is an error of that column.
pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    let column = row.as_ref().column_index(column)?;
    timestamp(column, row.get(column)?)
}

/// A column that is NULL or a time.
pub(super) fn optional_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    let column = row.as_ref().column_index(column)?;
    row.get::<_, Option<i64>>(column)?.map(|micros| timestamp(column, micros)).transpose()
}

fn timestamp(column: usize, micros: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, micros))
}

/// What tests do without a query of their own.
#[cfg(test)]
impl Write<'_> {
    pub(crate) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, Error> {
        self.change(sql, params)
    }

    pub(crate) fn count_rows(&self, table: &str) -> Result<u64, Error> {
        self.count(&format!("SELECT count(*) FROM {table}"), [])
    }
}

#[cfg(test)]
pub(crate) mod counter {
    use std::cell::Cell;

    thread_local! {
        /// Statements that this thread has run. A store has a writer thread of its own.
        pub(crate) static STATEMENTS: Cell<usize> = const { Cell::new(0) };
    }
}
