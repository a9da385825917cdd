//! Writes without enough disk space.

use super::{add, added, assert_refused, assert_well, logged, run_as_root};
use crate::cli::{Commands, Database, JANE, JOE, light_server, reopen};
use crate::harness::Server;
use crate::serving::wait_for;
use rustix::process::{Pid, Resource, getrlimit, prlimit};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Limits the size of the files that the server writes (`RLIMIT_FSIZE`, setrlimit(2)).
fn limit(server: &Server, size: Option<u64>) {
    let pid = Pid::from_raw(i32::try_from(server.pid()).unwrap());
    let mut limit = getrlimit(Resource::Fsize);
    limit.current = size;
    prlimit(pid, Resource::Fsize, limit).unwrap();
}

fn wal_size(server: &Server) -> u64 {
    server.folder.path().join("test.db-wal").metadata().unwrap().len()
}

#[test]
fn writes_are_refused_while_the_wal_cannot_grow() {
    let server = light_server();
    let mut expected: Vec<_> = (0..20).map(|at| format!("before{at}@example.com")).collect();
    expected.iter().for_each(|address| drop(add(&server, address).expect(201)));
    for round in 0..3 {
        // The limit may fall inside a page, so that a write is cut off.
        limit(&server, Some(wal_size(&server) + 1000 * round));
        std::thread::scope(|scope| {
            for at in 0..8 {
                let server = &server;
                scope.spawn(move || {
                    assert_refused(&add(server, &format!("refused{round}-{at}@example.com")), &[500, 503]);
                    assert_eq!(server.get("/api/v3/user").private_token(JOE).send().expect(200)["username"], "joe");
                });
            }
        });
        assert_eq!(added(&server), expected);
        logged(&server, "disk I/O error");
        limit(&server, None);
        expected.push(format!("after{round}@example.com"));
        assert_well(&server, &format!("after{round}@example.com"));
    }
    assert_eq!(added(&server), expected);
}

#[test]
fn a_reserve_that_does_not_help_is_taken_back() {
    let server = light_server();
    let block = || server.post("/api/v4/users/2/block").private_token(JANE).send().status;
    let reserve = || server.folder.path().join("test.db-reserve").metadata().map_or(0, |file| file.len());
    assert_eq!(reserve(), 4 << 20);
    // The log must stay shorter than the WAL.
    add(&server, "before@example.com").expect(201);
    limit(&server, Some(wal_size(&server)));
    assert_eq!(block(), 500);
    logged(&server, "the disk reserve was released");
    limit(&server, None);
    wait_for(|| (reserve() == 4 << 20).then_some(()));
    assert_eq!(block(), 201);
}

/// A small tmpfs that is unmounted when this is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mounted(at: &Path, size: &str) -> Self {
        std::fs::create_dir(at).unwrap();
        run_as_root("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"], at);
        Self(at.to_owned())
    }

    /// Fills the file system to the last byte.
    fn fill(&self) {
        let mut filler = std::fs::File::create(self.0.join("filler")).unwrap();
        while std::io::Write::write_all(&mut filler, &[0; 4096]).is_ok() {}
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, because the server of a failed test may still be running on it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
#[ignore = "mounts a file system, which needs root (CI runs it with --ignored)"]
fn a_full_disk_answers_503_until_there_is_room() {
    let database = Database::light();
    let disk = Disk::mounted(&database.folder.path().join("disk"), "1m");
    let path = disk.0.join("test.db");
    std::fs::copy(database.path(), &path).unwrap();
    let mut server = Server::start_in(database.folder, &["--db", path.to_str().unwrap()]);
    server.db.clone_from(&path);
    let mut expected = vec!["before@example.com".to_owned()];
    add(&server, &expected[0]).expect(201);
    for round in 0..3 {
        disk.fill();
        // Some addresses may still fit into a page that is already in the file.
        let mut refused = 0;
        for at in 0..20 {
            let address = format!("full{round}-{at}@example.com");
            let answer = add(&server, &address);
            if answer.status == 201 {
                expected.push(address);
            } else {
                assert_refused(&answer, &[503]);
                refused += 1;
            }
        }
        assert!(refused > 0, "the disk was not full");
        assert_eq!(added(&server), expected);
        logged(&server, "the disk is full");
        assert_eq!(server.get("/api/v3/user").private_token(JOE).send().expect(200)["username"], "joe");
        let output = server.run(&["email", "add", "joe", "command@example.com"]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && stderr.contains("the disk is full"), "{stderr}");
        // A backup that does not fit leaves no file behind.
        let copy = disk.0.join("copy.db");
        server.refused(&["backup", copy.to_str().unwrap()]);
        let mut names: Vec<_> = std::fs::read_dir(&disk.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["filler", "test.db", "test.db-shm", "test.db-wal"]);
        disk.free();
        expected.push(format!("after{round}@example.com"));
        assert_well(&server, &format!("after{round}@example.com"));
    }
    assert_eq!(added(&server), expected);
    assert_eq!(server.stop().code(), Some(0));
}

fn reserve(disk: &Disk) -> u64 {
    disk.0.join("test.db-reserve").metadata().map_or(0, |file| file.len())
}

/// Adds addresses until the disk is full. Some may still fit into pages that are already in the file.
fn exhaust(server: &Server, disk: &Disk) {
    disk.fill();
    let mut answers = (0..200).map(|at| add(server, &format!("full{at}-{}@example.com", server.pid())));
    assert_refused(&answers.find(|answer| answer.status != 201).expect("the disk was not full"), &[503]);
}

#[test]
#[ignore = "mounts a file system, which needs root (CI runs it with --ignored)"]
fn administrators_and_commands_can_block_and_delete_on_a_full_disk() {
    let database = Database::light();
    let disk = Disk::mounted(&database.folder.path().join("disk"), "24m");
    let path = disk.0.join("test.db");
    std::fs::copy(database.path(), &path).unwrap();
    let mut server = Server::start_in(database.folder, &["--db", path.to_str().unwrap()]);
    server.db.clone_from(&path);
    assert_eq!(reserve(&disk), 4 << 20);
    exhaust(&server, &disk);
    let admin = |method: &str, path: &str| server.call(method, path).private_token(JANE).send();
    assert_eq!(admin("DELETE", "/api/v4/users/1/keys/1").status, 204);
    logged(&server, "the disk reserve was released");
    logged(&server, "the disk reserve was taken back");
    assert!(reserve(&disk) > 0);
    assert_eq!(admin("POST", "/api/v4/users/2/block").status, 201);
    assert_eq!(server.get("/api/v3/user").private_token(JOE).send().status, 401);
    // A write that adds may fit into pages that are free by now, and gets nothing of the reserve.
    let left = reserve(&disk);
    server.run(&["email", "add", "jane", "command@example.com"]);
    assert_eq!(reserve(&disk), left);
    server.ok(&["email", "remove", "joe", "joe@work.example"]);
    server.ok(&["user", "delete", "joe"]);
    assert_eq!(server.value::<i64>("SELECT count(*) FROM users"), 1);
    assert!(reserve(&disk) > 0);
    // Without a server, a command also needs a new index of the WAL.
    assert_eq!(server.stop().code(), Some(0));
    disk.fill();
    let line = server.refused(&["email", "add", "jane", "without@example.com"]);
    assert!(line.contains("the disk is full"), "{line}");
    server.ok(&["token", "revoke", "1"]);
    assert!(reserve(&disk) > 0);
    disk.free();
    let server = reopen(server, &[]);
    assert_eq!(reserve(&disk), 4 << 20);
    assert_eq!(server.get("/api/v3/user").private_token(JANE).send().status, 401);
}

#[test]
#[ignore = "mounts a file system, which needs root (CI runs it with --ignored)"]
fn the_reserve_is_complete_again_when_there_is_space() {
    let database = Database::light();
    let disk = Disk::mounted(&database.folder.path().join("disk"), "24m");
    let path = disk.0.join("test.db");
    std::fs::copy(database.path(), &path).unwrap();
    let server = Server::start_in(database.folder, &["--db", path.to_str().unwrap()]);
    exhaust(&server, &disk);
    assert_eq!(server.post("/api/v4/users/2/block").private_token(JANE).send().status, 201);
    assert!(reserve(&disk) < 4 << 20);
    logged(&server, "the disk reserve is not complete");
    disk.free();
    wait_for(|| (reserve(&disk) == 4 << 20).then_some(()));
    wait_for(|| server.log().contains("the disk reserve is complete again").then_some(()));
}
