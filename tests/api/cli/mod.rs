//! The commands (SPEC 1), with and without a server running on the same database.

mod backup;
mod dialects;
mod emails;
mod environment;
mod export;
mod hostile_arguments;
mod import;
mod import_limits;
mod keys;
mod location;
mod passwords;
mod progress;
mod restore;
mod seeds;
mod tokens;
mod usage;
mod users;

pub use passwords::on_a_terminal;

use crate::harness::{Server, run};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Output;

/// Tokens of the accounts in [`light`].
pub const JANE: &str = "jane-api-token-for-these-tests";
pub const JOE: &str = "joe-api-token-for-these-tests";

/// A small archive: jane, an administrator with one key, and joe. Neither has a password, so no test waits for hashing.
pub fn light() -> Value {
    let key = include_str!("../../../fixtures/keys/accepted/ed25519.pub").trim();
    json!({"users": [
        {"id": 1, "username": "jane", "name": "Jane Doe", "admin": true,
         "emails": [{"email": "jane@example.com"}], "keys": [{"id": 1, "title": "laptop", "key": key}],
         "tokens": [{"name": "test", "token": JANE, "scopes": ["api"]}]},
        {"id": 2, "username": "joe", "name": "Joe Roe",
         "emails": [{"email": "joe@example.com"}, {"email": "joe@work.example"}],
         "tokens": [{"name": "test", "token": JOE, "scopes": ["api"]}]},
    ]})
}

/// Runs commands on a database file.
pub trait Commands {
    fn path(&self) -> &Path;

    fn run(&self, args: &[&str]) -> Output {
        run(&[args, &["--db", self.path().to_str().unwrap()]].concat())
    }

    /// Runs a command that must succeed and returns its stdout.
    #[track_caller]
    fn ok(&self, args: &[&str]) -> String {
        ok(self.run(args))
    }

    /// Runs a command with `--json` and parses its stdout.
    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        let text = self.ok(&[args, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?}: {error}: {text}"))
    }

    /// Runs a command that must be refused and returns its error message.
    #[track_caller]
    fn refused(&self, args: &[&str]) -> String {
        refused(self.run(args))
    }

    /// Runs a query that returns a single value.
    fn value<T: rusqlite::types::FromSql>(&self, query: &str) -> T {
        let conn = rusqlite::Connection::open(self.path()).unwrap();
        conn.query_row(query, [], |row| row.get(0)).unwrap()
    }
}

impl Commands for Server {
    fn path(&self) -> &Path {
        &self.db
    }
}

/// A database file in its own temporary folder, without a server.
pub struct Database {
    pub folder: tempfile::TempDir,
    path: PathBuf,
}

impl Commands for Database {
    fn path(&self) -> &Path {
        &self.path
    }
}

impl Database {
    /// A path at which no file exists yet.
    pub fn none() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        Self { folder, path }
    }

    /// A database with the accounts of [`light`].
    pub fn light() -> Self {
        let database = Self::none();
        let file = database.file("light.json", light().to_string());
        assert_eq!(database.ok(&["import", &file]), "imported 2 users and 0 applications\n");
        database
    }

    /// Writes a file next to the database and returns its path.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// A server on a database file with the accounts of [`light`].
pub fn light_server() -> Server {
    let database = Database::light();
    let path = database.path.to_str().unwrap().to_owned();
    Server::start_in(database.folder, &["--db", &path])
}

/// Starts another server on the database file of a server that has stopped.
pub fn reopen(mut server: Server, args: &[&str]) -> Server {
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    let db = server.db.to_str().unwrap().to_owned();
    Server::start_in(folder, &[&["--db", &db], args].concat())
}

/// Asserts exit code 0 and an empty stderr, or only the line about a created database; returns stdout.
#[track_caller]
pub fn ok(output: Output) -> String {
    let quiet = output.stderr.is_empty() || created(&output).is_some();
    assert!(output.status.code() == Some(0) && quiet, "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The path in the line about a created database, if stderr holds that line alone.
pub fn created(output: &Output) -> Option<&str> {
    let line = std::str::from_utf8(&output.stderr).ok()?.strip_suffix('\n')?;
    line.strip_prefix("created database ").filter(|path| !path.contains('\n'))
}

/// Asserts exit code 1, an empty stdout and exactly one line on stderr; returns that line.
#[track_caller]
pub fn refused(output: Output) -> String {
    assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    let line = text.strip_suffix('\n').unwrap_or_else(|| panic!("no line: {text:?}"));
    assert!(line.starts_with("accountd: ") && !line.chars().any(is_unsafe_in_a_terminal), "{text:?}");
    line.to_owned()
}

/// Control characters, the Unicode line separators, and the characters that reorder bidirectional text.
fn is_unsafe_in_a_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Asserts exit code 2 and an empty stdout; returns stderr.
#[track_caller]
pub fn wrong_usage(output: Output) -> String {
    assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// A client connection that is kept alive between requests.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    pub fn to(server: &Server) -> Self {
        Self(BufReader::new(server.connect()))
    }

    /// Sends a GET with this `Authorization` header; returns status and body.
    #[track_caller]
    pub fn get(&mut self, path: &str, authorization: &str) -> (u16, Value) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nAuthorization: {authorization}\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        self.answer()
    }

    /// Sends a GET with a bearer token; returns status and body.
    #[track_caller]
    pub fn by(&mut self, token: &str, path: &str) -> (u16, Value) {
        self.get(path, &format!("Bearer {token}"))
    }

    #[track_caller]
    fn answer(&mut self) -> (u16, Value) {
        let status = self.line().split(' ').nth(1).expect("the connection was closed").parse().unwrap();
        let mut length = 0;
        loop {
            let line = self.line();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() })
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

/// The value of an `Authorization: Basic …` header.
pub fn basic(user: &str, password: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// An email address as the docker dialect prints it.
pub fn email(address: &str, verified: bool, primary: bool) -> Value {
    json!({"email": address, "verified": verified, "primary": primary})
}

/// The same as the commands print it.
pub fn listed_email(address: &str, verified_by: Option<&str>, primary: bool) -> Value {
    json!({"email": address, "verified": verified_by.is_some(), "verified_by": verified_by, "primary": primary})
}
