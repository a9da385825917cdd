//! A server under test and a client that hides nothing.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use ureq::http::{Request, Response, Uri};

pub const BINARY: &str = env!("CARGO_BIN_EXE_accountd");

/// Tokens and passwords of fixtures/demo.json (fixtures/README.md lists them).
pub const ROOT: &str = "root-api-token-for-examples";
pub const JOHN: &str = "john-smith-api-token-for-examples";
pub const JACK: &str = "jack-smith-read-token-for-examples";
pub const JANE: &str = "zAy0BxC1wDv2EuF3tGs4HrI6qJp6KoL7nM";

/// A file of this repository.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub fn read_file(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap()
}

/// The program without the environment's settings and home.
pub fn accountd(args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ACCOUNTD_") {
            command.env_remove(name);
        }
    }
    command.args(args).env("HOME", "/nonexistent").env_remove("XDG_DATA_HOME").stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn run(args: &[&str]) -> Output {
    accountd(args).output().unwrap()
}

/// Runs a command with this on stdin.
pub fn run_with_stdin(args: &[&str], stdin: &str) -> Output {
    let mut child = accountd(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// A running `accountd serve`, killed at the end of the test.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// The database, unless it is in memory.
    pub db: PathBuf,
    pub folder: tempfile::TempDir,
}

impl Server {
    /// In memory, with fixtures/demo.json.
    pub fn demo() -> Self {
        Self::demo_with(&[])
    }

    pub fn demo_with(args: &[&str]) -> Self {
        let seed = file("fixtures/demo.json");
        Self::start(&[&["--memory", "--seed", seed.to_str().unwrap()], args].concat())
    }

    /// On a file of its own, with fixtures/demo.json.
    pub fn on_file(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("test.db");
        let seed = file("fixtures/demo.json");
        let all = [&["--db", db.to_str().unwrap(), "--seed", seed.to_str().unwrap()], args].concat();
        Self::start_in(folder, &all)
    }

    /// With exactly these arguments, beside `--listen 127.0.0.1:0`.
    pub fn start(args: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), args)
    }

    /// The same in a folder of the caller's; the log goes to `log` in it.
    pub fn start_in(folder: tempfile::TempDir, args: &[&str]) -> Self {
        Self::start_command(folder, accountd(&[&["serve", "--listen", "127.0.0.1:0"], args].concat()))
    }

    /// The same by a command of the caller's.
    pub fn start_command(folder: tempfile::TempDir, mut command: Command) -> Self {
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").and_then(|url| url.split_once("://"));
        let address = address.map(|(_, address)| address.parse().unwrap());
        let Some(address) = address else {
            panic!("did not start: {line}{}", std::fs::read_to_string(folder.path().join("log")).unwrap())
        };
        let db = folder.path().join("test.db");
        Self { child, address, db, folder }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What is on stderr so far. The log is written by a thread of its own: wait for what you expect.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// SIGTERM, and how it ended.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        self.signal("TERM");
        self.child.wait().unwrap()
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// A command on this server's database file.
    pub fn cli(&self, args: &[&str]) -> Output {
        run(&[args, &["--db", self.db.to_str().unwrap()]].concat())
    }

    /// A second connection to the database, to see what it holds.
    pub fn sql<T: rusqlite::types::FromSql>(&self, query: &str) -> T {
        let conn = rusqlite::Connection::open(&self.db).unwrap();
        conn.query_row(query, [], |row| row.get(0)).unwrap()
    }

    pub fn call(&self, method: &str, path: &str) -> Call {
        Call::to(method, &format!("{}{path}", self.url()))
    }

    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    pub fn post(&self, path: &str) -> Call {
        self.call("POST", path)
    }

    pub fn put(&self, path: &str) -> Call {
        self.call("PUT", path)
    }

    pub fn patch(&self, path: &str) -> Call {
        self.call("PATCH", path)
    }

    pub fn delete(&self, path: &str) -> Call {
        self.call("DELETE", path)
    }

    /// Sends these bytes on a connection of their own and reads until the server closes it or 5 s pass.
    pub fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request to be sent.
#[derive(Clone)]
pub struct Call {
    method: String,
    uri: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Call {
    /// To any server.
    pub fn to(method: &str, uri: &str) -> Self {
        Self { method: method.into(), uri: uri.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn basic(self, user: &str, password: &str) -> Self {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
        self.header("Authorization", &format!("Basic {encoded}"))
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn private(self, token: &str) -> Self {
        self.header("PRIVATE-TOKEN", token)
    }

    /// `Content-Type: application/json`.
    pub fn json(self, body: Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    /// `Content-Type: application/x-www-form-urlencoded`.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.header("Content-Type", "application/x-www-form-urlencoded").body(body)
    }

    /// As it is, with no Content-Type of its own.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn send(self) -> Answer {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        let agent = ureq::Agent::new_with_config(config);
        let mut request = Request::builder().method(self.method.as_str()).uri(self.uri.parse::<Uri>().unwrap());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = if self.body.is_empty() {
            agent.run(request.body(()).unwrap())
        } else {
            agent.run(request.body(self.body).unwrap())
        };
        Answer::from(response.unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.uri)))
    }
}

/// What came back, whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    fn from(response: Response<ureq::Body>) -> Self {
        let (parts, mut body) = response.into_parts();
        let headers = parts.headers.iter();
        Self {
            status: parts.status.as_u16(),
            headers: headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect(),
            body: body.with_config().limit(64 << 20).read_to_string().unwrap(),
        }
    }

    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks the status and gives the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// The body's field names, in their order.
    #[track_caller]
    pub fn names(&self) -> Vec<String> {
        names(&self.json())
    }
}

/// An object's field names, in their order.
#[track_caller]
pub fn names(value: &Value) -> Vec<String> {
    value.as_object().unwrap_or_else(|| panic!("not an object: {value}")).keys().cloned().collect()
}

impl Server {
    /// As `on_file`, but nobody has a password: hashing five at full cost takes longer than most tests.
    pub fn on_file_without_passwords(args: &[&str]) -> Self {
        let mut seed: Value = serde_json::from_str(&read_file("fixtures/demo.json")).unwrap();
        for user in seed["users"].as_array_mut().unwrap() {
            user.as_object_mut().unwrap().remove("password");
        }
        let folder = tempfile::tempdir().unwrap();
        let (db, file) = (folder.path().join("test.db"), folder.path().join("seed.json"));
        std::fs::write(&file, seed.to_string()).unwrap();
        let paths = ["--db", db.to_str().unwrap(), "--seed", file.to_str().unwrap()].map(str::to_owned);
        Self::start_in(folder, &[paths.iter().map(String::as_str).collect(), args.to_vec()].concat())
    }

    /// Every row of a query, its columns as JSON values (blobs in hexadecimal).
    pub fn rows(&self, query: &str) -> Value {
        use rusqlite::types::ValueRef;
        let conn = rusqlite::Connection::open(&self.db).unwrap();
        let mut statement = conn.prepare(query).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let value = |at| {
                Ok(match row.get_ref(at)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(number) => number.into(),
                    ValueRef::Real(number) => number.into(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                    ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
                })
            };
            (0..columns).map(value).collect::<rusqlite::Result<Value>>()
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// How it ended, without another signal.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Call {
    /// The same with this after its path.
    pub fn with_query(mut self, query: &str) -> Self {
        self.uri.push_str(query);
        self
    }
}
