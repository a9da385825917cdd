//! What sshd, git and their neighbours ask: `authorized-keys`, `/USERNAME.keys`, `allowed-signers`, keys by fingerprint,
//! `key import`.

mod database;
mod expiry;
mod fake;
mod hostile;
mod import;
mod lookup;
mod offered;
mod options;
mod public;
mod remote;
mod remote_cache;
mod signers;
mod spool;
mod under_load;

use super::harness::{Server, read_file, run};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A token of `root`, the administrator of [`accounts`].
const ADMIN: &str = "administrators-token-for-these-tests";

/// One of fixtures/keys/accepted, as a line without its end.
fn key(name: &str) -> String {
    read_file(&format!("fixtures/keys/accepted/{name}.pub")).trim().to_owned()
}

/// The line that sshd needs: without the comment.
fn bare(line: &str) -> String {
    line.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// The fingerprint that `ssh-keygen` printed for it (fixtures/keys/fingerprints.txt).
fn fingerprint(name: &str) -> String {
    let table = read_file("fixtures/keys/fingerprints.txt");
    let line = table.lines().find(|line| line.starts_with(&format!("{name}.pub\t"))).unwrap();
    line.split([' ', '\t']).nth(2).unwrap().to_owned()
}

/// Jane with three keys, John with one, Joan with none; Bob is blocked and has one. Ids are in this order, from 2.
fn accounts() -> Value {
    let key = |id: u32, name: &str| json!({"id": id, "title": name, "key": key(name)});
    let user = |name: &str, keys: Vec<Value>| {
        let email = json!({"email": format!("{name}@example.com"), "verified": true});
        json!({"username": name, "emails": [email], "keys": keys})
    };
    let mut bob = user("bob", vec![key(15, "rsa-1024")]);
    bob["blocked"] = true.into();
    let mut root = user("root", vec![]);
    root["admin"] = true.into();
    root["tokens"] = json!([{"token": ADMIN, "scopes": ["api"]}]);
    json!({"users": [
        root,
        user("Jane", vec![key(11, "ed25519"), key(12, "rsa-2048"), key(13, "sk-ssh-ed25519")]),
        user("john", vec![key(14, "ecdsa-256")]),
        user("joan", vec![]),
        bob,
    ]})
}

/// A database file in a folder of its own. Nobody in it has a password, so that it is made at once.
struct Database {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Database {
    fn new() -> Self {
        Self::of(&accounts())
    }

    fn of(fixture: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let database = Self { folder, path };
        database.import(fixture);
        database
    }

    fn import(&self, fixture: &Value) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), fixture.to_string()).unwrap();
        let mut output = self.cli(&["import", file.path().to_str().unwrap()]);
        if output.stderr == format!("created database {}\n", self.path()).as_bytes() {
            output.stderr.clear();
        }
        ok(&output);
    }

    fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    fn cli(&self, args: &[&str]) -> Output {
        run(&[args, &["--db", self.path()]].concat())
    }

    /// What `authorized-keys` prints with these arguments; it must have nothing to complain of.
    #[track_caller]
    fn keys(&self, args: &[&str]) -> String {
        ok(&self.cli(&[&["authorized-keys"], args].concat()))
    }

    /// A server on this file. The folder moves to the server, and goes with it.
    fn serve(self, args: &[&str]) -> Server {
        let path = self.path.clone();
        Server::start_in(self.folder, &[&["--db", path.to_str().unwrap()], args].concat())
    }

    fn sql(&self, statement: &str) {
        rusqlite::Connection::open(&self.path).unwrap().execute_batch(statement).unwrap();
    }
}

/// stdout of a command that went well and has nothing to say on stderr.
#[track_caller]
fn ok(output: &Output) -> String {
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stderr)), (Some(0), ""), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The one line on stderr of a command that failed without a byte on stdout.
#[track_caller]
fn refused(output: &Output) -> String {
    refused_with(output, 1)
}

#[track_caller]
fn refused_with(output: &Output, code: i32) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!((output.status.code(), &*output.stdout), (Some(code), &b""[..]), "{stderr}");
    if code == 1 {
        assert!(stderr.starts_with("accountd: ") && stderr.ends_with('\n'), "{stderr:?}");
        assert_eq!(stderr.lines().count(), 1, "{stderr:?}");
    }
    stderr
}

/// The folder's files with their sizes.
fn listing(folder: &Path) -> Vec<(String, u64)> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut files: Vec<_> =
        entries.map(|file| (file.file_name().into_string().unwrap(), file.metadata().unwrap().len())).collect();
    files.sort();
    files
}

/// `size fingerprint` of each line, as `ssh-keygen` reads an authorized_keys file.
#[track_caller]
fn read_by_ssh_keygen(text: &str) -> Vec<String> {
    let mut child = Command::new("ssh-keygen");
    let mut child = child.args(["-l", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "ssh-keygen does not read {text:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
}

/// The lines as the ssh-key crate reads them.
#[track_caller]
fn read_by_ssh_key(text: &str) -> Vec<ssh_key::authorized_keys::Entry> {
    // It takes three fields for a key with its comment, never for options with a key: so each line gets a comment.
    let text: String = text.lines().map(|line| format!("{line} x\n")).collect();
    ssh_key::AuthorizedKeys::new(&text).map(|entry| entry.unwrap_or_else(|error| panic!("{error}: {text}"))).collect()
}
