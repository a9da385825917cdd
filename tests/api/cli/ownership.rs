//! The owner, group and mode of a new database.

use super::{Database, created, ok, refused};
use crate::harness::{BINARY, Server, run};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

const ADD: [&str; 6] = ["user", "add", "ada", "--email", "ada@example.com", "--generate"];
/// `nobody` and `nogroup`, who are in the place of the server's user and the sshd helper's group.
const OWNER: u32 = 65534;

fn add(path: &Path) -> std::process::Output {
    run(&[&ADD[..], &["--db", path.to_str().unwrap()]].concat())
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o7777
}

/// A folder with this mode, and with another owner and group if this process can set them.
fn folder(mode: u32) -> (tempfile::TempDir, bool) {
    let folder = tempfile::tempdir().unwrap();
    let root = chown(folder.path(), Some(OWNER), Some(OWNER)).is_ok();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    (folder, root)
}

#[test]
fn a_new_database_can_be_read_by_those_who_can_read_its_folder_alone() {
    for (of_folder, of_file) in [
        (0o2750, 0o640),
        (0o750, 0o640),
        (0o770, 0o640),
        (0o700, 0o600),
        (0o755, 0o600),
        (0o1777, 0o600),
        (0o710, 0o600),
    ] {
        let (folder, _) = folder(of_folder);
        let path = folder.path().join("test.db");
        ok(add(&path));
        assert_eq!(mode(&path), of_file, "{of_folder:o}");
    }
}

/// Root once restored a database that neither the server nor the sshd helper could open.
#[test]
fn a_database_that_root_creates_belongs_to_the_owner_of_the_folder() {
    let (folder, root) = folder(0o2750);
    if !root {
        return eprintln!("not root: skipped");
    }
    let light = Database::light();
    let backup = light.folder.path().join("backup.db");
    super::Commands::ok(&light, &["backup", backup.to_str().unwrap()]);
    let (added, restored) = (folder.path().join("added.db"), folder.path().join("restored.db"));
    ok(add(&added));
    ok(run(&["restore", backup.to_str().unwrap(), "--db", restored.to_str().unwrap()]));
    let served = folder.path().join("test.db");
    let server = Server::start_in(folder, &["--db", served.to_str().unwrap()]);
    let names = ["added.db", "restored.db", "test.db", "test.db-wal", "test.db-shm"];
    for path in names.map(|name| server.folder.path().join(name)) {
        let file = path.metadata().unwrap();
        assert_eq!((file.uid(), file.gid(), mode(&path)), (OWNER, OWNER, 0o640), "{}", path.display());
    }
    // The server's user can write to what root restored.
    std::fs::copy(BINARY, server.folder.path().join("accountd")).unwrap();
    std::fs::set_permissions(server.folder.path().join("accountd"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(server.folder.path().join("accountd"));
    ok(command.args(ADD).args(["--db", restored.to_str().unwrap()]).output().unwrap());
}

#[test]
fn a_command_that_creates_a_database_says_so_once() {
    let database = Database::none();
    let path = super::Commands::path(&database);
    let output = add(path);
    assert_eq!(created(&output), path.to_str());
    let again = run(&["user", "add", "bob", "--email", "b@example.com", "--generate", "--db", path.to_str().unwrap()]);
    assert!(again.status.success() && again.stderr.is_empty(), "{again:?}");
    let empty = database.file("empty.db", "");
    let seed = database.file("seed.json", "{}");
    assert_eq!(created(&run(&["import", &seed, "--db", &empty])), Some(empty.as_str()));
    let copy = database.folder.path().join("copy.db").to_str().unwrap().to_owned();
    super::Commands::ok(&database, &["backup", &copy]);
    let restored = database.folder.path().join("restored.db").to_str().unwrap().to_owned();
    assert_eq!(created(&run(&["restore", &copy, "--db", &restored])), Some(restored.as_str()));
    assert_eq!(created(&run(&["restore", &copy, "--db", &restored, "--force"])), None);
}

#[test]
fn db_does_not_create_folders() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("typo/test.db");
    let backup = Database::light();
    let copy = backup.folder.path().join("copy.db").to_str().unwrap().to_owned();
    super::Commands::ok(&backup, &["backup", &copy]);
    let db = path.to_str().unwrap();
    for output in [
        add(&path),
        run(&["restore", &copy, "--db", db]),
        run(&["serve", "--listen", "127.0.0.1:0", "--log", "error", "--db", db]),
    ] {
        let parent = path.parent().unwrap().display();
        let expected = format!("accountd: {db}: cannot be created: there is no folder {parent}");
        assert_eq!(refused(output), expected);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_command_that_only_reads_leaves_an_empty_file_empty() {
    let database = Database::none();
    let path = database.file("test.db", "");
    for args in [&["user", "list"][..], &["export"], &["check"], &["user", "block", "jane"]] {
        let line = super::Commands::refused(&database, args);
        assert!(line.contains(&path), "{args:?}: {line}");
        assert_eq!(std::fs::read(&path).unwrap(), b"", "{args:?}");
    }
    assert_eq!(std::fs::read_dir(database.folder.path()).unwrap().count(), 1);
}

#[test]
fn serve_logs_the_file_it_serves() {
    let database = Database::none();
    let db = super::Commands::path(&database).to_str().unwrap().to_owned();
    let server = Server::start_in(database.folder, &["--db", &db]);
    while !server.log().contains("created the database") {
        std::thread::yield_now();
    }
    assert!(server.log().contains(&db), "{}", server.log());
    let server = super::reopen(server, &[]);
    while !server.log().contains("opened the database") {
        std::thread::yield_now();
    }
    assert!(server.log().contains(&db), "{}", server.log());
}
