//! The database or its write-ahead log is deleted, moved, replaced or truncated while the server has it open. Writes
//! would still succeed, but would be lost when the process ends, so the server must refuse them.

use super::{add, added, assert_refused, logged, logged_any};
use crate::cli::{Commands, JOE, light_server, reopen};
use crate::harness::Server;
use std::ops::RangeInclusive;
use std::path::Path;

/// Damages the files of a running server, tries to write, kills the server and starts another one on the files.
///
/// Asserts that every write was refused with a 500, that the log contains one of the texts `why`, and that the next
/// server has as many of the five earlier writes as `left` says, from the first one on. (The others were in the part of
/// the WAL that the fault destroyed.)
#[track_caller]
fn assert_writes_refused(fault: impl Fn(&Path), why: &[&str], left: RangeInclusive<usize>) {
    let mut server = light_server();
    let before: Vec<_> = (0..5).map(|at| format!("before{at}@example.com")).collect();
    before.iter().for_each(|address| drop(add(&server, address).expect(201)));
    fault(server.folder.path());
    let after: Vec<_> = (0..3).map(|at| format!("after{at}@example.com")).collect();
    let answers: Vec<_> = after.iter().map(|address| add(&server, address)).collect();
    // A read may fail, too: pages that were only in the WAL are gone.
    let status = server.get("/api/v3/user").private_token(JOE).send().status;
    assert!([200, 500].contains(&status), "{status}");
    if answers.iter().all(|answer| answer.status != 201) {
        logged_any(&server, why);
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
    server.signal("KILL");
    server.wait();
    let server = reopen(server, &[]);
    let found = added(&server);
    for (address, answer) in after.iter().zip(&answers) {
        assert!(answer.status != 201 || found.contains(address), "{address} was acknowledged, and is lost");
        assert_refused(answer, &[500]);
    }
    let (kept, rest) = found.split_at(found.len().min(before.len()));
    assert!(rest.is_empty() && kept == &before[..kept.len()], "{found:?}");
    assert!(left.contains(&kept.len()), "{found:?}");

    assert_eq!(server.ok(&["check"]), "no damage found\n");
}

#[test]
fn writes_are_refused_after_the_wal_is_deleted() {
    let delete = |folder: &Path| std::fs::remove_file(folder.join("test.db-wal")).unwrap();
    assert_writes_refused(delete, &["deleted or moved"], 0..=0);
}

#[test]
fn writes_are_refused_after_the_wal_is_truncated() {
    let truncate = |folder: &Path, size: fn(u64) -> u64| {
        let wal = std::fs::OpenOptions::new().write(true).open(folder.join("test.db-wal")).unwrap();
        wal.set_len(size(wal.metadata().unwrap().len())).unwrap();
    };
    // SQLite itself may fail to read a page before the writer checks the file.
    let why = ["cut short", "disk I/O error"];
    assert_writes_refused(move |folder| truncate(folder, |size| size / 2), &why, 1..=4);
    assert_writes_refused(move |folder| truncate(folder, |_| 0), &why, 0..=0);
    assert_writes_refused(move |folder| truncate(folder, |size| size - 1), &why, 4..=4);
}

#[test]
fn writes_resume_when_a_moved_database_is_moved_back() {
    let server = light_server();
    add(&server, "before@example.com").expect(201);
    let away = server.folder.path().join("away.db");
    std::fs::rename(&server.db, &away).unwrap();
    assert_refused(&add(&server, "refused@example.com"), &[500]);
    logged(&server, "deleted or moved");
    std::fs::write(&server.db, "").unwrap();
    assert_refused(&add(&server, "refused@example.com"), &[500]);
    logged(&server, "replaced");
    std::fs::rename(&away, &server.db).unwrap();
    add(&server, "after@example.com").expect(201);
    assert_eq!(added(&server), ["before@example.com", "after@example.com"]);
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}

/// The WAL is next to the file, not next to the link.
#[test]
fn a_database_can_be_served_through_a_symlink() {
    let server = light_server();
    let link = server.folder.path().join("link.db");
    std::os::unix::fs::symlink(&server.db, &link).unwrap();
    let mut linked = Server::start_in(tempfile::tempdir().unwrap(), &["--db", link.to_str().unwrap()]);
    add(&linked, "linked@example.com").expect(201);
    add(&server, "direct@example.com").expect(201);
    assert_eq!(added(&server), ["linked@example.com", "direct@example.com"]);
    assert_eq!(linked.stop().code(), Some(0));
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}
