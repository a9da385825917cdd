//! Looks at a server's database file from outside: with commands, and with SQL.

use crate::program::run;
use crate::server::Server;
use rusqlite::Connection;
use rusqlite::types::{FromSql, ValueRef};
use serde_json::Value;
use std::process::Output;

impl Server {
    /// Runs an `accountd` command on this server's database file.
    pub fn cli(&self, args: &[&str]) -> Output {
        run(&[args, &["--db", self.db.to_str().unwrap()]].concat())
    }

    /// The first column of the first row of a query.
    pub fn sql<T: FromSql>(&self, query: &str) -> T {
        self.open().query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// All rows of a query as an array of arrays. Blobs become hexadecimal text.
    pub fn rows(&self, query: &str) -> Value {
        let conn = self.open();
        let mut statement = conn.prepare(query).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns).map(|column| row.get_ref(column).map(json)).collect::<rusqlite::Result<Value>>()
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    fn open(&self) -> Connection {
        Connection::open(&self.db).unwrap()
    }
}

fn json(value: ValueRef) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
    }
}
