//! Somebody deletes, moves, replaces or cuts the files while the server has them open. Writes would succeed and be gone
//! with the process: nothing is answered that way.

use super::{add, added, assert_refused, logged};
use crate::cli::{Commands, JOE, light_server, reopen};
use std::path::Path;

#[track_caller]
fn refuses_after(what: impl Fn(&Path), why: &str) {
    let mut server = light_server();
    let before: Vec<_> = (0..5).map(|at| format!("before{at}@example.com")).collect();
    before.iter().for_each(|address| drop(add(&server, address).expect(201)));
    what(server.folder.path());
    for at in 0..3 {
        assert_refused(&add(&server, &format!("refused{at}@example.com")), &[500]);
    }
    logged(&server, why);
    // What is not in memory may be gone.
    let status = server.get("/api/v3/user").private(JOE).send().status;
    assert!([200, 500].contains(&status), "{status}");
    assert!(!server.log().contains("panicked"), "{}", server.log());
    server.signal("KILL");
    server.wait();
    // Whatever is found there now, nothing that was answered after the fault has vanished from it.
    let server = reopen(server, &[]);
    let found = added(&server);
    assert!(found.iter().all(|address| before.contains(address)), "{found:?}");
}

#[test]
fn writes_are_refused_after_the_wal_is_deleted() {
    refuses_after(|folder| std::fs::remove_file(folder.join("test.db-wal")).unwrap(), "deleted or moved");
}

#[test]
fn writes_are_refused_after_the_wal_is_truncated() {
    let cut = |folder: &Path, size: fn(u64) -> u64| {
        let log = std::fs::OpenOptions::new().write(true).open(folder.join("test.db-wal")).unwrap();
        log.set_len(size(log.metadata().unwrap().len())).unwrap();
    };
    // SQLite may miss a page before the writer looks: either is said.
    refuses_after(move |folder| cut(folder, |size| size / 2), r#""error":"#);
    refuses_after(move |folder| cut(folder, |_| 0), r#""error":"#);
    refuses_after(move |folder| cut(folder, |size| size - 1), r#""error":"#);
}

/// Moved away, and back: it goes on.
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

/// The log lies beside the file, not beside the link.
#[test]
fn a_database_can_be_served_through_a_symlink() {
    let server = light_server();
    let link = server.folder.path().join("link.db");
    std::os::unix::fs::symlink(&server.db, &link).unwrap();
    let mut linked = crate::harness::Server::start_in(tempfile::tempdir().unwrap(), &["--db", link.to_str().unwrap()]);
    add(&linked, "linked@example.com").expect(201);
    add(&server, "direct@example.com").expect(201);
    assert_eq!(added(&server), ["linked@example.com", "direct@example.com"]);
    assert_eq!(linked.stop().code(), Some(0));
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}
