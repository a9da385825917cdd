//! What a use case holds while it reads or writes: no connection, only the questions and the changes that the other
//! files of this folder add.

use super::error::Error;
use jiff::Timestamp;
use rusqlite::types::FromSql;
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

/// The columns of a row, read in their order: to look dozens of them up by their names takes longer than to find the row.
pub(super) struct Columns<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl<'r, 's> Columns<'r, 's> {
    pub(super) fn of(row: &'r Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    /// The next one.
    pub(super) fn get<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.row.get(self.step())
    }

    /// The next one, where a text lies.
    pub(super) fn text(&mut self) -> rusqlite::Result<&'r str> {
        Ok(self.row.get_ref(self.step())?.as_str()?)
    }

    /// The next one, of a type that holds a text.
    pub(super) fn map_text<T>(&mut self, stored: impl FnOnce(String) -> T) -> rusqlite::Result<T> {
        self.get().map(stored)
    }

    /// The same if it may be NULL.
    pub(super) fn optional_text<T>(&mut self, stored: impl FnOnce(String) -> T) -> rusqlite::Result<Option<T>> {
        Ok(self.get::<Option<String>>()?.map(stored))
    }

    /// The next one, a time.
    pub(super) fn time(&mut self) -> rusqlite::Result<Timestamp> {
        let at = self.step();
        moment(at, self.row.get(at)?)
    }

    /// The same if it may be NULL.
    pub(super) fn optional_time(&mut self) -> rusqlite::Result<Option<Timestamp>> {
        let at = self.step();
        self.row.get::<_, Option<i64>>(at)?.map(|micros| moment(at, micros)).transpose()
    }

    fn step(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}

/// A time as the schema has it: microseconds since 1970.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// A time column. One that is out of range (only a damaged file has it) is an error of that column.
pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    let at = row.as_ref().column_index(column)?;
    moment(at, row.get(at)?)
}

fn moment(column: usize, micros: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, micros))
}

/// The same for a column that may be NULL.
pub(super) fn optional_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    match row.get::<_, Option<i64>>(column)? {
        None => Ok(None),
        Some(_) => time(row, column).map(Some),
    }
}
