//! `authorized-keys` and `allowed-signers` read a database in every state without writing to it.

use super::{Database, bare, key, listing, ok, refused};
use crate::harness::{accountd, binary};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

/// The two commands that read the database without a server.
const COMMANDS: [&[&str]; 2] = [&["authorized-keys", "john"], &["allowed-signers"]];

#[track_caller]
fn refused_by_both(path: &Path, why: &str) {
    let folder = path.parent().unwrap();
    let before = folder.is_dir().then(|| listing(folder));
    for args in COMMANDS {
        let output = accountd(&[args, &["--db", path.to_str().unwrap()]].concat()).output().unwrap();
        let line = refused(&output);
        assert!(line.contains(why), "{line:?} does not say {why:?}");
    }
    assert_eq!(folder.is_dir().then(|| listing(folder)), before);
}

#[test]
fn a_missing_database_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    refused_by_both(&folder.path().join("test.db"), "there is no database at");
    refused_by_both(&folder.path().join("no/such/test.db"), "there is no database at");
    symlink(folder.path().join("gone"), folder.path().join("link.db")).unwrap();
    refused_by_both(&folder.path().join("link.db"), "there is no database at");
}

#[test]
fn a_file_that_is_not_an_accountd_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    std::fs::write(&path, "nonsense".repeat(1000)).unwrap();
    refused_by_both(&path, "is not an accountd database");
    std::fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE users (id INTEGER)").unwrap();
    refused_by_both(&path, "is not an accountd database");
    std::fs::create_dir(folder.path().join("folder.db")).unwrap();
    refused_by_both(&folder.path().join("folder.db"), "database");
    std::fs::write(&path, "").unwrap();
    refused_by_both(&path, "schema version 0");
}

#[test]
fn databases_of_other_schema_versions_are_refused() {
    let db = Database::new();
    db.sql("PRAGMA user_version = 0");
    refused_by_both(&db.path, "schema version 0");
    db.sql("PRAGMA user_version = 99");
    refused_by_both(&db.path, "schema version 99");
    let version = rusqlite::Connection::open(&db.path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0));
    assert_eq!(version, Ok(99));
}

#[test]
fn a_damaged_database_yields_no_keys() {
    let db = Database::new();
    let whole = std::fs::read(&db.path).unwrap();
    // The first page stays intact, so the file is still recognised as an accountd database.
    let mut damaged = whole.clone();
    damaged[4096..].fill(0xff);
    std::fs::write(&db.path, &damaged).unwrap();
    refused_by_both(&db.path, "database");
    std::fs::write(&db.path, &whole[..whole.len() / 2]).unwrap();
    refused_by_both(&db.path, "database");
    std::fs::write(&db.path, &whole).unwrap();
    assert_eq!(db.keys(&["john"]), bare(&key("ecdsa-256")) + "\n");
}

#[test]
fn a_symlinked_database_includes_the_latest_writes() {
    let server = Database::new().serve(&[]);
    let link = tempfile::tempdir().unwrap();
    let path = link.path().join("link.db");
    symlink(&server.db, &path).unwrap();
    let keys = || ok(&accountd(&["authorized-keys", "john", "--db", path.to_str().unwrap()]).output().unwrap());
    assert_eq!(keys(), bare(&key("ecdsa-256")) + "\n");
    server.put("/api/v3/users/3/block").private_token(super::ADMIN).send().expect(200);
    assert_eq!(keys(), "");
}

#[test]
fn the_db_path_may_contain_any_characters() {
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

/// Runs the program with only the permissions that a database grants to other users: as `nobody` where the tests run as
/// root, and otherwise as the same user, whose own permissions are reduced to those of others during the run.
struct Unprivileged {
    /// A folder with a copy of the program that `nobody` can execute.
    as_nobody: Option<tempfile::TempDir>,
}

impl Unprivileged {
    fn new() -> Self {
        if !rustix::process::geteuid().is_root() {
            return Self { as_nobody: None };
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(binary(), folder.path().join("accountd")).unwrap();
        for name in ["", "accountd"] {
            set_mode(&folder.path().join(name), 0o755);
        }
        Self { as_nobody: Some(folder) }
    }

    fn run(&self, db: &Path, args: &[&str]) -> Output {
        let Some(folder) = &self.as_nobody else { return run_with_permissions_of_others(db, args) };
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]);
        command.arg(folder.path().join("accountd")).args(args).arg("--db").arg(db).current_dir("/").env_clear();
        command.env("PATH", "/usr/bin:/bin").output().unwrap()
    }
}

fn run_with_permissions_of_others(db: &Path, args: &[&str]) -> Output {
    let folder = db.parent().unwrap();
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    // The folder is last, because it may become inaccessible.
    let modes: Vec<_> = files.chain([folder.to_owned()]).map(|path| (mode(&path), path)).collect();
    for (mode, path) in &modes {
        set_mode(path, (mode & 0o7) * 0o111);
    }
    let output = accountd(args).arg("--db").arg(db).output().unwrap();
    for (mode, path) in modes.iter().rev() {
        set_mode(path, *mode);
    }
    output
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Lets every user read the files in this folder.
fn make_readable(folder: &Path) {
    set_mode(folder, 0o755);
    for file in std::fs::read_dir(folder).unwrap() {
        set_mode(&file.unwrap().path(), 0o644);
    }
}

#[test]
fn read_permission_is_enough_in_every_server_state() {
    let reader = Unprivileged::new();
    for state in ["never served", "served", "stopped", "killed"] {
        let db = Database::new();
        make_readable(db.folder.path());
        let (folder, path) = (db.folder.path().to_owned(), db.path.clone());
        let mut server = db.serve(&[]);
        if state == "never served" {
            assert!(server.stop().success());
        } else {
            server.put("/api/v3/users/4/block").private_token(super::ADMIN).send().expect(200);
        }
        match state {
            "stopped" => assert!(server.stop().success()),
            "killed" => server.signal("KILL"),
            _ => {}
        }
        if state == "killed" {
            let stat = || std::fs::read_to_string(format!("/proc/{}/stat", server.pid()));
            while stat().is_ok_and(|stat| !stat.contains(") Z ")) {
                std::thread::yield_now();
            }
        }
        let wal = path.with_extension("db-wal");
        if matches!(state, "never served" | "stopped") && wal.exists() {
            // On a busy machine a stopping server may leave the WAL to the next process. These states have none.
            let next = rusqlite::Connection::open(&path).unwrap();
            next.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
            drop(next);
            make_readable(&folder);
        }
        assert_eq!(wal.exists(), matches!(state, "served" | "killed"), "{state}");
        // The server's log would change the listing.
        std::fs::remove_file(folder.join("log")).unwrap();
        let before = listing(&folder);
        assert_eq!(ok(&reader.run(&path, &["authorized-keys", "john"])), bare(&key("ecdsa-256")) + "\n", "{state}");
        assert_eq!(ok(&reader.run(&path, &["authorized-keys", "joan"])), "", "{state}");
        let signers = ok(&reader.run(&path, &["allowed-signers", "john"]));
        assert_eq!(signers, format!("john@example.com namespaces=\"git\" {}\n", bare(&key("ecdsa-256"))), "{state}");
        assert_eq!(listing(&folder), before, "{state}");
        std::fs::write(folder.join("log"), "").unwrap();
    }
}

#[test]
fn without_read_permission_no_keys_are_printed() {
    let reader = Unprivileged::new();
    let db = Database::new();
    make_readable(db.folder.path());
    set_mode(&db.path, 0o600);
    refused(&reader.run(&db.path, &["authorized-keys", "john"]));
    make_readable(db.folder.path());
    set_mode(db.folder.path(), 0o700);
    refused(&reader.run(&db.path, &["authorized-keys", "john"]));
}
