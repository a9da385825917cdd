//! A database that can be read but not written.

use super::{add, added, assert_refused, assert_well, logged, run_as_root};
use crate::cli::{Commands, Database, JOE, light_server, refused};
use crate::harness::binary;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

/// Files that no process can write to (chattr(1), `+i`) until this is dropped.
struct Immutable(Vec<PathBuf>);

impl Immutable {
    fn files(paths: Vec<PathBuf>) -> Self {
        let files = Self(paths);
        files.0.iter().for_each(|path| run_as_root("chattr", &["+i"], path));
        files
    }
}

impl Drop for Immutable {
    fn drop(&mut self) {
        self.0.iter().for_each(|path| drop(Command::new("chattr").arg("-i").arg(path).status()));
    }
}

#[test]
#[ignore = "makes files immutable, which needs root (CI runs it with --ignored)"]
fn writes_are_refused_while_the_files_are_immutable() {
    let server = light_server();
    add(&server, "before@example.com").expect(201);
    let files = ["test.db", "test.db-wal"].map(|name| server.folder.path().join(name)).to_vec();
    let immutable = Immutable::files(files);
    for at in 0..4 {
        assert_refused(&add(&server, &format!("refused{at}@example.com")), &[500]);
        assert_eq!(server.get("/api/v3/user").private_token(JOE).send().expect(200)["username"], "joe");
    }
    logged(&server, "disk I/O error");
    assert_eq!(added(&server), ["before@example.com"]);
    drop(immutable);
    assert_well(&server, "after@example.com");
}

#[test]
fn commands_refuse_to_write_a_read_only_database() {
    let database = Database::light();
    let set = |mode| {
        std::fs::set_permissions(database.path(), std::fs::Permissions::from_mode(mode & 0o666)).unwrap();
        std::fs::set_permissions(database.folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let before = std::fs::read(database.path()).unwrap();
    set(0o555);
    // Root can write anywhere unless it drops that capability.
    let root = std::fs::write(database.folder.path().join("probe"), "").is_ok();
    let capabilities = "-dac_override,-dac_read_search";
    let command = |args: &[&str]| {
        let args = [args, &["--db", database.path().to_str().unwrap()]].concat();
        let mut command = Command::new(if root { "setpriv" } else { binary() });
        if root {
            command.args(["--bounding-set", capabilities, "--inh-caps", capabilities, binary()]);
        }
        command.args(args).output().unwrap()
    };
    let commands: [&[&str]; 3] =
        [&["serve", "--listen", "127.0.0.1:0"], &["email", "add", "joe", "a@example.com"], &["user", "delete", "joe"]];
    for args in commands {
        let line = refused(command(args));
        assert!(line.contains("readonly"), "{line}");
    }
    set(0o755);
    assert_eq!(std::fs::read(database.path()).unwrap(), before);
    assert_eq!(database.ok(&["check"]), "no damage found\n");
}
