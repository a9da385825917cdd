//! A server runs as its own user, and root works on its database. When the database was lost, the first `user add` or
//! `restore` by root created a file of root's with mode 0600, which neither the server nor sshd's helper could read.
//!
//! These tests change owners if they run as root. Otherwise they check the mode alone.

use crate::cli::{Commands, Database, light};
use crate::harness::{Server, accountd, binary};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// No names exist for these ids.
const SERVER_UID: u32 = 12345;
const HELPER_GID: u32 = 54321;
const HELPER_UID: u32 = 23456;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A folder for the database, as README's set-up makes it: of the server's user and the helper's group.
fn folder(mode: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    if is_root() {
        chown(folder.path(), Some(SERVER_UID), Some(HELPER_GID)).unwrap();
    }
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    folder
}

/// User id, group id and mode.
fn attributes(path: &Path) -> (u32, u32, u32) {
    let file = std::fs::metadata(path).unwrap();
    (file.uid(), file.gid(), file.mode() & 0o777)
}

/// A backup of a database with the accounts of [`light`], and these accounts as an archive.
fn backup_and_archive() -> (Database, String, String) {
    let database = Database::light();
    let backup = database.folder.path().join("backup.db").to_str().unwrap().to_owned();
    database.ok(&["backup", &backup]);
    let archive = database.file("archive.json", light().to_string());
    (database, backup, archive)
}

#[test]
fn a_new_database_takes_owner_group_and_mode_from_its_folder() {
    let (_database, backup, archive) = backup_and_archive();
    let commands: [&[&str]; 3] = [
        &["user", "add", "ada", "--email", "ada@example.com", "--generate"],
        &["import", &archive],
        &["restore", &backup],
    ];
    for command in commands {
        let folder = folder(0o2750);
        let path = folder.path().join("test.db");
        let (uid, gid, _) = attributes(folder.path());
        let output = accountd(command).arg("--db").arg(&path).output().unwrap();
        assert!(output.status.success(), "{command:?}: {output:?}");
        assert_eq!(attributes(&path), (uid, gid, 0o640), "{command:?}");
    }
}

#[test]
fn a_database_created_by_serve_and_its_wal_take_them_too() {
    let folder = folder(0o2750);
    let path = folder.path().join("test.db");
    let (uid, gid, _) = attributes(folder.path());
    let server = Server::start_in(folder, &["--db", path.to_str().unwrap()]);
    for name in ["test.db", "test.db-wal", "test.db-shm"] {
        assert_eq!(attributes(&server.folder.path().join(name)), (uid, gid, 0o640), "{name}");
    }
}

#[test]
fn the_mode_of_a_new_database_follows_a_folder_that_is_closed_to_others() {
    let (_database, backup, _) = backup_and_archive();
    let modes = [(0o700, 0o600), (0o710, 0o600), (0o750, 0o640), (0o2750, 0o640), (0o770, 0o660)];
    // The database holds password hashes. A folder that everyone can enter says nothing about who may read them.
    let open_to_all = [(0o755, 0o600), (0o1777, 0o600)];
    for (folder_mode, expected) in modes.into_iter().chain(open_to_all) {
        let folder = folder(folder_mode);
        let path = folder.path().join("test.db");
        let output = accountd(&["restore", &backup, "--db", path.to_str().unwrap()]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(attributes(&path).2, expected, "{folder_mode:o}");
    }
}

#[test]
fn restore_keeps_owner_group_and_mode_of_an_existing_database() {
    let (_database, backup, _) = backup_and_archive();
    let folder = folder(0o2750);
    let path = folder.path().join("test.db");
    std::fs::copy(&backup, &path).unwrap();
    if is_root() {
        chown(&path, Some(SERVER_UID), Some(HELPER_GID)).unwrap();
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let before = attributes(&path);
    let output = accountd(&["restore", &backup, "--force", "--db", path.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(attributes(&path), before);
}

/// The program as another user, if the tests run as root. Needs a copy of the program that every user can execute.
fn run_as(uid: u32, gid: u32, program: &Path) -> Command {
    let mut command = if is_root() { Command::new("setpriv") } else { Command::new(program) };
    if is_root() {
        command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).args(["--clear-groups", "--no-new-privs"]);
        command.arg(program);
    }
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/").stdin(Stdio::null());
    command
}

#[test]
fn the_server_and_the_sshd_helper_can_use_a_database_that_root_restored() {
    let (_database, backup, _) = backup_and_archive();
    let programs = tempfile::tempdir().unwrap();
    let program: PathBuf = programs.path().join("accountd");
    std::fs::copy(binary(), &program).unwrap();
    std::fs::set_permissions(programs.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let folder = folder(0o2750);
    let path = folder.path().join("test.db");
    let output = accountd(&["restore", &backup, "--db", path.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{output:?}");

    let mut helper = run_as(HELPER_UID, HELPER_GID, &program);
    let output = helper.args(["authorized-keys", "jane", "--db"]).arg(&path).output().unwrap();
    assert!(output.status.success() && output.stdout.starts_with(b"ssh-ed25519 "), "{output:?}");

    let mut serve = run_as(SERVER_UID, SERVER_UID, &program);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--db"]).arg(&path);
    let server = Server::start_command(tempfile::tempdir().unwrap(), serve);
    let body = serde_json::json!({"full_name": "Joseph"});
    server.patch("/api/v1.1/users/joe/").bearer(crate::cli::JOE).json(body).send().expect(200);
}
