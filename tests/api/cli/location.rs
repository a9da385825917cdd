//! The path and permissions of the database file, and which commands create it.

use super::{Commands, Database, ok, refused};
use crate::harness::{accountd, binary, run};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const ADD_USER: [&str; 6] = ["user", "add", "ada", "--email", "ada@example.com", "--generate"];

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_default_database_is_in_the_xdg_data_directory() {
    let folder = tempfile::tempdir().unwrap();
    let (home, data) = (folder.path().join("home"), folder.path().join("data"));
    let add = |xdg: Option<&Path>| {
        let mut command = accountd(&ADD_USER);
        command.env("HOME", &home).envs(xdg.map(|path| ("XDG_DATA_HOME", path)));
        ok(command.output().unwrap());
    };
    add(Some(&data));
    assert!(data.join("accountd.db").is_file() && !home.exists());
    add(None);
    assert!(home.join(".local/share/accountd.db").is_file());
    // The XDG Base Directory Specification: a relative path is ignored, and an empty one counts as unset.
    for ignored in ["data", ""] {
        std::fs::remove_dir_all(&home).unwrap();
        add(Some(Path::new(ignored)));
        assert!(home.join(".local/share/accountd.db").is_file(), "{ignored:?}");
    }
}

#[test]
fn a_new_database_is_readable_only_by_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("new/folder/accountd.db");
    let binary = binary();
    let line = format!("umask 000; exec '{binary}' {}", ADD_USER.join(" "));
    let mut shell = Command::new("sh");
    ok(shell.args(["-c", &line]).env("XDG_DATA_HOME", db.parent().unwrap()).output().unwrap());
    assert_eq!(mode(&db), 0o600);
    assert_eq!((mode(&folder.path().join("new")), mode(&folder.path().join("new/folder"))), (0o700, 0o700));
}

#[test]
fn the_wal_files_are_readable_only_by_the_owner() {
    let server = super::light_server();
    server.ok(&ADD_USER);
    for name in ["test.db", "test.db-wal", "test.db-shm"] {
        assert_eq!(mode(&server.folder.path().join(name)), 0o600, "{name}");
    }
}

#[test]
fn a_command_that_needs_a_database_does_not_create_one() {
    let database = Database::none();
    let table: [&[&str]; 16] = [
        &["user", "list"],
        &["user", "show", "jane"],
        &["user", "update", "jane", "--name", "x"],
        &["user", "password", "jane", "--generate"],
        &["user", "block", "jane"],
        &["user", "delete", "jane"],
        &["email", "list", "jane"],
        &["email", "add", "jane", "x@y.example"],
        &["key", "list", "jane"],
        &["key", "show", "1"],
        &["key", "remove", "1"],
        &["token", "list", "jane"],
        &["token", "revoke", "1"],
        &["export"],
        &["backup", "/nonexistent/copy.db"],
        &["check"],
    ];
    for args in table {
        let line = database.refused(args);
        assert!(line.contains(database.path().to_str().unwrap()), "{args:?}: {line}");
    }
    assert_eq!(std::fs::read_dir(database.folder.path()).unwrap().count(), 0);
}

#[test]
fn the_db_path_is_always_a_file_name() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let names: [&[u8]; 6] = [
        b":memory:",
        b"file:x?mode=memory",
        b"file::memory:",
        b"with blank\nand break.db",
        b"caf\xe9.db",
        b"a'b\"c%20.db",
    ];
    for name in names {
        let name = std::ffi::OsStr::from_bytes(name);
        let run = |args: &[&str]| accountd(args).arg("--db").arg(name).current_dir(folder.path()).output().unwrap();
        ok(run(&ADD_USER));
        assert!(ok(run(&["user", "list"])).contains("ada@example.com"), "{name:?}");
        assert_eq!(ok(run(&["check"])), "no damage found\n");
        assert!(folder.path().join(name).metadata().unwrap().len() > 0, "{name:?}");
    }
}

#[test]
fn an_empty_file_becomes_a_database() {
    let database = Database::none();
    database.file("test.db", "");
    database.ok(&ADD_USER);
    assert_eq!(database.ok(&["check"]), "no damage found\n");
}

#[test]
fn an_unusable_database_path_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    for path in [folder.path().to_owned(), folder.path().join("file/test.db"), "/proc/accountd-test/test.db".into()] {
        let line = refused(run(&[&ADD_USER[..], &["--db", path.to_str().unwrap()]].concat()));
        let parent = path.parent().unwrap();
        assert!(line.contains(parent.to_str().unwrap()), "{path:?}: {line}");
    }
}
