//! `authorized-keys` and `allowed-signers` on databases in every state: read, and not a byte written.

use super::super::harness::{BINARY, accountd};
use super::{Database, bare, key, listing, ok, refused};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::{Command, Output};

/// Both commands that read without a server.
const ASK: [&[&str]; 2] = [&["authorized-keys", "john"], &["allowed-signers"]];

#[track_caller]
fn refused_by_both(path: &Path, why: &str) {
    let folder = path.parent().unwrap();
    let before = folder.is_dir().then(|| listing(folder));
    for args in ASK {
        let output = accountd(&[args, &["--db", path.to_str().unwrap()]].concat()).output().unwrap();
        let line = refused(&output);
        assert!(line.contains(why), "{line:?} does not say {why:?}");
    }
    assert_eq!(folder.is_dir().then(|| listing(folder)), before);
}

#[test]
fn a_missing_database_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    refused_by_both(&folder.path().join("test.db"), "there is no database at");
    refused_by_both(&folder.path().join("no/such/test.db"), "there is no database at");
    symlink(folder.path().join("gone"), folder.path().join("link.db")).unwrap();
    refused_by_both(&folder.path().join("link.db"), "there is no database at");
}

#[test]
fn what_is_no_database_of_ours_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    std::fs::write(&path, "nonsense".repeat(1000)).unwrap();
    refused_by_both(&path, "is not an accountd database");
    std::fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE users (id INTEGER)").unwrap();
    refused_by_both(&path, "is not an accountd database");
    std::fs::create_dir(folder.path().join("folder.db")).unwrap();
    refused_by_both(&folder.path().join("folder.db"), "");
    std::fs::write(&path, "").unwrap();
    refused_by_both(&path, "schema version 0");
}

#[test]
fn an_older_database_is_not_migrated_and_a_newer_one_not_read() {
    let db = Database::new();
    db.sql("PRAGMA user_version = 0");
    refused_by_both(&db.path, "schema version 0");
    db.sql("PRAGMA user_version = 99");
    refused_by_both(&db.path, "schema version 99");
    let version = rusqlite::Connection::open(&db.path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0));
    assert_eq!(version, Ok(99));
}

#[test]
fn a_damaged_database_lets_nobody_in() {
    let db = Database::new();
    let whole = std::fs::read(&db.path).unwrap();
    // The header stays, so that it still looks like ours.
    let mut damaged = whole.clone();
    damaged[4096..].fill(0xff);
    std::fs::write(&db.path, &damaged).unwrap();
    refused_by_both(&db.path, "");
    std::fs::write(&db.path, &whole[..whole.len() / 2]).unwrap();
    refused_by_both(&db.path, "");
    std::fs::write(&db.path, &whole).unwrap();
    assert_eq!(db.keys(&["john"]), bare(&key("ecdsa-256")) + "\n");
}

#[test]
fn a_link_leads_to_the_file_and_to_what_was_just_written() {
    let server = Database::new().serve(&[]);
    let link = tempfile::tempdir().unwrap();
    let path = link.path().join("link.db");
    symlink(&server.db, &path).unwrap();
    let keys = || ok(&accountd(&["authorized-keys", "john", "--db", path.to_str().unwrap()]).output().unwrap());
    assert_eq!(keys(), bare(&key("ecdsa-256")) + "\n");
    server.put("/api/v3/users/3/block").private(super::ADMIN).send().expect(200);
    assert_eq!(keys(), "");
}

#[test]
fn any_path_is_a_path() {
    let db = Database::new();
    let folder = db.folder.path().join("a #?%20 b;&=é");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("test.db");
    std::fs::copy(&db.path, &path).unwrap();
    for path in [path.to_str().unwrap(), &format!("/{}", path.to_str().unwrap())] {
        let output = accountd(&["authorized-keys", "john", "--db", path]).output().unwrap();
        assert_eq!(ok(&output), bare(&key("ecdsa-256")) + "\n", "{path}");
    }
    let relative = accountd(&["authorized-keys", "john", "--db", "test.db"]).current_dir(&folder).output().unwrap();
    assert_eq!(ok(&relative), bare(&key("ecdsa-256")) + "\n");
}

/// A copy of the program and a folder with a database, which `nobody` may read and enter and not write.
struct Unprivileged {
    folder: tempfile::TempDir,
}

impl Unprivileged {
    /// None where the tests are not run by root, who alone can become somebody else.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        chown(folder.path(), Some(65534), None).ok()?;
        chown(folder.path(), Some(0), None).ok()?;
        std::fs::copy(BINARY, folder.path().join("accountd")).unwrap();
        for name in ["", "accountd"] {
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(folder.path().join(name), mode).unwrap();
        }
        Some(Self { folder })
    }

    fn run(&self, db: &Path, args: &[&str]) -> Output {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]);
        command.arg(self.folder.path().join("accountd")).args(args).arg("--db").arg(db).current_dir("/").env_clear();
        command.env("PATH", "/usr/bin:/bin").output().unwrap()
    }
}

fn readable(folder: &Path) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    for file in std::fs::read_dir(folder).unwrap() {
        std::fs::set_permissions(file.unwrap().path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    }
}

#[test]
fn a_user_who_may_only_read_needs_no_more_whatever_the_server_does() {
    let Some(nobody) = Unprivileged::new() else { return };
    for state in ["never served", "served", "stopped", "killed"] {
        let db = Database::new();
        readable(db.folder.path());
        let kept = (db.folder.path().to_owned(), db.path.clone());
        let mut server = db.serve(&[]);
        let (folder, path) = kept;
        if state == "never served" {
            assert!(server.stop().success());
        } else {
            server.put("/api/v3/users/4/block").private(super::ADMIN).send().expect(200);
        }
        match state {
            "stopped" => assert!(server.stop().success()),
            "killed" => server.signal("KILL"),
            _ => {}
        }
        if state == "killed" {
            let gone = || std::fs::read_to_string(format!("/proc/{}/stat", server.pid()));
            while gone().is_ok_and(|stat| !stat.contains(") Z ")) {
                std::thread::yield_now();
            }
        }
        let log = path.with_extension("db-wal");
        if matches!(state, "never served" | "stopped") && log.exists() {
            // On a busy machine a stop may leave the log to whoever has the file next: this is about files without one.
            let next = rusqlite::Connection::open(&path).unwrap();
            next.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
            drop(next);
            readable(&folder);
        }
        assert_eq!(log.exists(), matches!(state, "served" | "killed"), "{state}");
        // The log of requests grows by itself.
        std::fs::remove_file(folder.join("log")).unwrap();
        let before = listing(&folder);
        assert_eq!(ok(&nobody.run(&path, &["authorized-keys", "john"])), bare(&key("ecdsa-256")) + "\n", "{state}");
        assert_eq!(ok(&nobody.run(&path, &["authorized-keys", "joan"])), "", "{state}");
        let signers = ok(&nobody.run(&path, &["allowed-signers", "john"]));
        assert_eq!(signers, format!("john@example.com namespaces=\"git\" {}\n", bare(&key("ecdsa-256"))), "{state}");
        assert_eq!(listing(&folder), before, "{state}");
        std::fs::write(folder.join("log"), "").unwrap();
    }
}

#[test]
fn a_user_who_may_not_read_gets_nothing() {
    let Some(nobody) = Unprivileged::new() else { return };
    let db = Database::new();
    readable(db.folder.path());
    std::fs::set_permissions(&db.path, std::fs::Permissions::from_mode(0o600)).unwrap();
    refused(&nobody.run(&db.path, &["authorized-keys", "john"]));
    readable(db.folder.path());
    std::fs::set_permissions(db.folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    refused(&nobody.run(&db.path, &["authorized-keys", "john"]));
}
