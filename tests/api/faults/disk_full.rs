//! No room for what is written.

use super::{add, added, assert_refused, assert_well, cannot, did, logged};
use crate::cli::{Commands, Database, JOE, light_server};
use crate::harness::Server;
use rustix::process::{Pid, Resource, getrlimit, prlimit};
use std::path::{Path, PathBuf};

/// Sets how large a file may get that the server writes (`RLIMIT_FSIZE`, setrlimit(2)).
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
        // Within a page, too: a write that is cut off in its middle.
        limit(&server, Some(wal_size(&server) + 1000 * round));
        std::thread::scope(|scope| {
            for at in 0..8 {
                let server = &server;
                scope.spawn(move || {
                    assert_refused(&add(server, &format!("refused{round}-{at}@example.com")), &[500, 503]);
                    assert_eq!(server.get("/api/v3/user").private(JOE).send().expect(200)["username"], "joe");
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

/// A file system in memory, unmounted at the end.
struct Disk(PathBuf);

impl Disk {
    fn mounted(at: &Path) -> Result<Self, String> {
        std::fs::create_dir(at).unwrap();
        did("mount", &["-t", "tmpfs", "-o", "size=1m", "tmpfs"], at).map(|()| Self(at.to_owned()))
    }

    /// Leaves no byte.
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
        // Lazily: a server of a test that failed may still be there.
        let _ = did("umount", &["-l"], &self.0);
    }
}

#[test]
fn a_full_disk_answers_503_until_there_is_room() {
    let database = Database::light();
    let disk = match Disk::mounted(&database.folder.path().join("disk")) {
        Ok(disk) => disk,
        Err(why) => return cannot("a_full_disk_answers_503_until_there_is_room", &why),
    };
    let path = disk.0.join("test.db");
    std::fs::copy(database.path(), &path).unwrap();
    let mut server = Server::start_in(database.folder, &["--db", path.to_str().unwrap()]);
    server.db.clone_from(&path);
    let mut expected = vec!["before@example.com".to_owned()];
    add(&server, &expected[0]).expect(201);
    for round in 0..3 {
        disk.fill();
        // Some of them may find room at the end of a page.
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
        assert!(refused > 0);
        assert_eq!(added(&server), expected);
        logged(&server, "the disk is full");
        assert_eq!(server.get("/api/v3/user").private(JOE).send().expect(200)["username"], "joe");
        let output = server.run(&["email", "add", "joe", "command@example.com"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains("the disk is full"), "{said}");
        // Nothing is left of a copy for which there is no room.
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
