//! Key lookups for sshd and git: `authorized-keys`, `/USERNAME.keys`, `allowed-signers`, keys by fingerprint, and
//! `key import`.

mod allowed_signers;
mod database_states;
mod expiry;
mod fake_server;
mod injection;
mod key_import;
mod key_lookup;
mod key_options;
mod last_used;
mod offered_key;
mod public_keys;
mod remote_cache;
mod remote_server;
mod under_load;

use super::harness::{Server, read_file, run};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A token of `root`, the administrator in [`accounts`].
const ADMIN: &str = "administrators-token-for-these-tests";

/// The line of a key in fixtures/keys/accepted, without the line break.
fn key(name: &str) -> String {
    read_file(&format!("fixtures/keys/accepted/{name}.pub")).trim().to_owned()
}

/// The key line without its comment, as it is printed for sshd.
fn bare(line: &str) -> String {
    line.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// The fingerprint that `ssh-keygen` printed for this key (fixtures/keys/fingerprints.txt).
fn fingerprint(name: &str) -> String {
    let table = read_file("fixtures/keys/fingerprints.txt");
    let line = table.lines().find(|line| line.starts_with(&format!("{name}.pub\t"))).unwrap();
    line.split([' ', '\t']).nth(2).unwrap().to_owned()
}

/// An administrator (id 1), Jane with three keys (2), John with one (3), Joan with none (4), and Bob, who is blocked
/// and has one (5).
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

/// A database file in its own temporary folder. Its users have no passwords, because hashing them is slow.
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

    /// Runs `authorized-keys`, which must succeed without a message; returns its output.
    #[track_caller]
    fn keys(&self, args: &[&str]) -> String {
        ok(&self.cli(&[&["authorized-keys"], args].concat()))
    }

    /// Starts a server on this file. The folder moves to the server and is deleted with it.
    fn serve(self, args: &[&str]) -> Server {
        let path = self.path.clone();
        Server::start_in(self.folder, &[&["--db", path.to_str().unwrap()], args].concat())
    }

    fn sql(&self, statement: &str) {
        rusqlite::Connection::open(&self.path).unwrap().execute_batch(statement).unwrap();
    }
}

/// Asserts success and an empty stderr; returns stdout.
#[track_caller]
fn ok(output: &Output) -> String {
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stderr)), (Some(0), ""), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Asserts exit code 1, an empty stdout and one line on stderr; returns that line.
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

/// The names and sizes of the files in a folder.
fn listing(folder: &Path) -> Vec<(String, u64)> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut files: Vec<_> =
        entries.map(|file| (file.file_name().into_string().unwrap(), file.metadata().unwrap().len())).collect();
    files.sort();
    files
}

/// The fingerprint of each line, as `ssh-keygen` reads an authorized_keys file.
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

/// The lines as the ssh-key crate parses them.
#[track_caller]
fn read_by_ssh_key(text: &str) -> Vec<ssh_key::authorized_keys::Entry> {
    // The crate reads three fields as a key with a comment, never as options with a key, so each line gets a comment.
    let text: String = text.lines().map(|line| format!("{line} x\n")).collect();
    ssh_key::AuthorizedKeys::new(&text).map(|entry| entry.unwrap_or_else(|error| panic!("{error}: {text}"))).collect()
}
