//! SPEC 1: every command, by itself and on the database of a running server.

mod backup;
mod damage;
mod dialects;
mod emails;
mod environment;
mod hangup;
mod hostile;
mod import;
mod import_limits;
mod keys;
mod location;
mod messages;
mod ownership;
mod passwords;
mod restore;
mod seed_errors;
mod seeds;
mod stdio;
mod tokens;
mod transfer;
mod usage;
mod users;

use crate::harness::{Server, run};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Output;

/// Tokens of the accounts of [`light`].
pub const JANE: &str = "jane-api-token-for-these-tests";
pub const JOE: &str = "joe-api-token-for-these-tests";

/// Accounts without passwords, so that no test waits for hashes: jane, an administrator with one key, and joe.
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

/// Somewhere with a database that commands can work on.
pub trait Commands {
    fn path(&self) -> &Path;

    fn run(&self, args: &[&str]) -> Output {
        run(&[args, &["--db", self.path().to_str().unwrap()]].concat())
    }

    /// What a command prints that must succeed.
    #[track_caller]
    fn ok(&self, args: &[&str]) -> String {
        ok(self.run(args))
    }

    /// The same with `--json`.
    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        let text = self.ok(&[args, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?}: {error}: {text}"))
    }

    /// What a command says that must be refused.
    #[track_caller]
    fn refused(&self, args: &[&str]) -> String {
        refused(self.run(args))
    }

    /// The one value of a query.
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

/// A database file in a folder of its own, with no server on it.
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
    /// Not there yet.
    pub fn none() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        Self { folder, path }
    }

    /// With [`light`].
    pub fn light() -> Self {
        let database = Self::none();
        let file = database.file("light.json", light().to_string());
        assert_eq!(database.ok(&["import", &file]), "imported 2 users and 0 applications\n");
        database
    }

    /// A file beside it.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// A server on a file with [`light`].
pub fn light_server() -> Server {
    let database = Database::light();
    let path = database.path.to_str().unwrap().to_owned();
    Server::start_in(database.folder, &["--db", &path])
}

/// Another server on the file of one that has ended.
pub fn reopen(mut server: Server, args: &[&str]) -> Server {
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    let db = server.db.to_str().unwrap().to_owned();
    Server::start_in(folder, &[&["--db", &db], args].concat())
}

/// Exit code 0 and nothing on stderr, except that a database was created: what is on stdout.
#[track_caller]
pub fn ok(output: Output) -> String {
    let quiet = output.stderr.is_empty() || created(&output).is_some();
    assert!(output.status.code() == Some(0) && quiet, "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The path of the database that the command says it created, if it says nothing else.
pub fn created(output: &Output) -> Option<&str> {
    let line = std::str::from_utf8(&output.stderr).ok()?.strip_suffix('\n')?;
    line.strip_prefix("created database ").filter(|path| !path.contains('\n'))
}

/// Exit code 1, nothing on stdout and exactly one line on stderr: that line.
#[track_caller]
pub fn refused(output: Output) -> String {
    assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    let line = text.strip_suffix('\n').unwrap_or_else(|| panic!("no line: {text:?}"));
    assert!(line.starts_with("accountd: ") && !line.chars().any(char::is_control), "{text:?}");
    line.to_owned()
}

/// Exit code 2 and nothing on stdout: what is on stderr.
#[track_caller]
pub fn wrong_usage(output: Output) -> String {
    assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// One connection that stays open from request to request.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    pub fn to(server: &Server) -> Self {
        Self(BufReader::new(server.connect()))
    }

    /// Status and body of a GET with this `Authorization`.
    #[track_caller]
    pub fn get(&mut self, path: &str, authorization: &str) -> (u16, Value) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nAuthorization: {authorization}\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        self.answer()
    }

    /// The same with a token.
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

/// An `Authorization: Basic …`.
pub fn basic(user: &str, password: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// An address in a list of them, as docker and the commands print it.
pub fn email(address: &str, verified: bool, primary: bool) -> Value {
    json!({"email": address, "verified": verified, "primary": primary})
}
