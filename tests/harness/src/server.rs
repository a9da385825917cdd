//! A running `accountd serve`.

use crate::address::reserve;
use crate::program::accountd;
use crate::{file, read_file};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A running `accountd serve`, killed when it is dropped.
pub struct Server {
    child: Child,
    /// The address it listens on.
    pub address: SocketAddr,
    /// The path of the database file. Nothing is there with `--memory` or with another `--db`.
    pub db: PathBuf,
    /// The server's own folder. It holds the log, and is deleted at the end.
    pub folder: TempDir,
    /// Keeps the port of a server that has ended: a test that runs at the same time would get it for its own server.
    port: Option<OwnedFd>,
}

impl Server {
    /// Starts a server with an in-memory database that holds `fixtures/demo.json`.
    pub fn demo() -> Self {
        Self::demo_with(&[])
    }

    /// [`Server::demo`] with further arguments.
    pub fn demo_with(args: &[&str]) -> Self {
        let seed = file("fixtures/demo.json");
        Self::start(&[&["--memory", "--seed", seed.to_str().unwrap()], args].concat())
    }

    /// Starts a server with a new database file that holds `fixtures/demo.json`, and with further arguments.
    pub fn on_file(args: &[&str]) -> Self {
        Self::on_seeded_file(tempfile::tempdir().unwrap(), &file("fixtures/demo.json"), args)
    }

    /// [`Server::on_file`] where no user has a password: to hash all of them takes longer than most tests.
    pub fn on_file_without_passwords(args: &[&str]) -> Self {
        let mut seed: Value = serde_json::from_str(&read_file("fixtures/demo.json")).unwrap();
        for user in seed["users"].as_array_mut().unwrap() {
            user.as_object_mut().unwrap().remove("password");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seed.json");
        std::fs::write(&path, seed.to_string()).unwrap();
        Self::on_seeded_file(folder, &path, args)
    }

    fn on_seeded_file(folder: TempDir, seed: &Path, args: &[&str]) -> Self {
        let db = database_path(&folder);
        let all = [&["--db", db.to_str().unwrap(), "--seed", seed.to_str().unwrap()], args].concat();
        Self::start_in(folder, &all)
    }

    /// Starts a server with these arguments and `--listen 127.0.0.1:0`, nothing else.
    pub fn start(args: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), args)
    }

    /// [`Server::start`] in a folder that the caller may have put files into. The server logs to the file `log` there.
    pub fn start_in(folder: TempDir, args: &[&str]) -> Self {
        Self::start_command(folder, accountd(&[&["serve", "--listen", "127.0.0.1:0"], args].concat()))
    }

    /// [`Server::start_in`] by a command of the caller's own.
    pub fn start_command(folder: TempDir, mut command: Command) -> Self {
        let log = File::create(folder.path().join("log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").and_then(|url| url.split_once("://"));
        let address = address.map(|(_, address)| address.parse().unwrap());
        let Some(address) = address else {
            panic!("did not start: {line}{}", std::fs::read_to_string(folder.path().join("log")).unwrap())
        };
        let db = database_path(&folder);
        Self { child, address, db, folder, port: None }
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything that the server has written to stderr so far. It writes on another thread: wait for the line you
    /// expect.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Sends SIGTERM and waits until the server has exited.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }

    /// Waits until the server has exited.
    pub fn wait(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        self.port = reserve(self.address);
        status
    }

    /// Sends a signal, named as `kill` names it: `HUP`, `KILL`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Opens a connection on which a read times out after 5 s.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream
    }

    /// Sends these bytes on a new connection and reads until the server closes it, or is silent for 5 s.
    pub fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn database_path(folder: &TempDir) -> PathBuf {
    folder.path().join("test.db")
}
