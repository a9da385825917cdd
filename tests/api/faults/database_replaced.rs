//! The database, its WAL or the WAL's index is deleted, moved, replaced or truncated while the server has it open. Writes
//! would still succeed, but would be lost when the process ends, or would destroy those of other processes. So the server
//! closes the database, and opens the one that is at the path by then.

use super::{add, added, assert_refused, logged, logged_any};
use crate::cli::{Commands, Database, JANE, JOE, light, light_server, ok, refused, reopen};
use crate::harness::{Request, Server, run};
use crate::serving::wait_for;
use serde_json::json;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Waits until the server has reopened the database.
fn reopened(server: &Server) {
    logged(server, "the database was reopened");
}

fn file(server: &Server, suffix: &str) -> PathBuf {
    server.folder.path().join(format!("test.db{suffix}"))
}

fn remove(server: &Server, suffixes: &[&str]) {
    suffixes.iter().for_each(|suffix| std::fs::remove_file(file(server, suffix)).unwrap());
}

fn joe(server: &Server) -> Request {
    server.get("/api/v3/user").private_token(JOE)
}

/// A server with five acknowledged writes that are only in the WAL, and with joe in its caches.
fn server_with_writes() -> (Server, Vec<String>) {
    let server = light_server();
    let before: Vec<_> = (0..5).map(|at| format!("before{at}@example.com")).collect();
    before.iter().for_each(|address| drop(add(&server, address).expect(201)));
    for _ in 0..2 {
        assert_eq!(joe(&server).send().status, 200);
    }
    (server, before)
}

/// Damages the files of a running server and waits until it is back. Then writes, kills the server and starts another one
/// on the files.
///
/// Asserts that the log contains one of the texts `why`, and that the server has as many of the five earlier writes as
/// `left` says, from the first one on. (The others were in the part of the WAL that the fault destroyed.)
#[track_caller]
fn assert_recovers(fault: impl Fn(&Path), why: &[&str], left: RangeInclusive<usize>) {
    let (mut server, before) = server_with_writes();
    fault(server.folder.path());
    let at_once = add(&server, "refused@example.com");
    reopened(&server);
    logged_any(&server, why);
    if at_once.status != 201 {
        assert_refused(&at_once, &[500, 503]);
    }
    add(&server, "after@example.com").expect(201);
    assert!(!server.log().contains("panicked"), "{}", server.log());
    server.signal("KILL");
    server.wait();
    let server = reopen(server, &[]);
    let mut found = added(&server);
    assert_eq!(found.pop().as_deref(), Some("after@example.com"));
    if at_once.status == 201 {
        assert_eq!(found.pop().as_deref(), Some("refused@example.com"));
    }
    assert_eq!(found, before[..found.len()]);
    assert!(left.contains(&found.len()), "{found:?}");
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}

#[test]
fn nothing_is_lost_when_the_wal_is_deleted() {
    let delete = |folder: &Path| std::fs::remove_file(folder.join("test.db-wal")).unwrap();
    assert_recovers(delete, &["deleted or moved"], 5..=5);
}

#[test]
fn nothing_is_lost_when_the_index_is_deleted() {
    let delete = |folder: &Path| std::fs::remove_file(folder.join("test.db-shm")).unwrap();
    assert_recovers(delete, &["test.db-shm was deleted or moved"], 5..=5);
}

#[test]
fn nothing_is_lost_when_the_wal_and_the_index_are_deleted() {
    let delete = |folder: &Path| {
        std::fs::remove_file(folder.join("test.db-wal")).unwrap();
        std::fs::remove_file(folder.join("test.db-shm")).unwrap();
    };
    assert_recovers(delete, &["deleted or moved"], 5..=5);
}

#[test]
fn a_truncated_wal_is_recovered_up_to_its_end() {
    let truncate = |folder: &Path, size: fn(u64) -> u64| {
        let wal = std::fs::OpenOptions::new().write(true).open(folder.join("test.db-wal")).unwrap();
        wal.set_len(size(wal.metadata().unwrap().len())).unwrap();
    };
    let why = ["cut short"];
    assert_recovers(move |folder| truncate(folder, |size| size / 2), &why, 1..=4);
    assert_recovers(move |folder| truncate(folder, |_| 0), &why, 0..=0);
    assert_recovers(move |folder| truncate(folder, |size| size - 1), &why, 4..=4);
}

#[test]
fn a_user_who_is_blocked_after_the_index_was_deleted_is_out_within_two_seconds() {
    let (mut server, before) = server_with_writes();
    remove(&server, &["-shm"]);
    server.ok(&["user", "block", "joe"]);
    let blocked = Instant::now();
    let mut statuses = vec![200];
    while statuses.last() != Some(&401) {
        assert!(blocked.elapsed() < Duration::from_secs(2), "{statuses:?}");
        statuses.push(joe(&server).send().status);
    }
    // First the caches, then no database, then the block.
    statuses.dedup();
    assert!([&[200, 401][..], &[200, 503, 401]].contains(&&statuses[..]), "{statuses:?}");
    assert_eq!(server.stop().code(), Some(0));
    assert_eq!(added(&server), before);
    assert_eq!(server.value::<String>("SELECT state FROM users WHERE id = 2"), "blocked");
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}

#[test]
fn the_acknowledged_writes_of_both_sides_stay_when_the_index_is_deleted() {
    let (mut server, before) = server_with_writes();
    remove(&server, &["-shm"]);
    let (by_server, by_commands) = std::thread::scope(|scope| {
        let commands = scope.spawn(|| {
            let addresses = (0..8).map(|at| format!("command{at}@example.com"));
            addresses
                .filter(|address| server.run(&["email", "add", "joe", address]).status.success())
                .collect::<Vec<_>>()
        });
        let mut by_server = Vec::new();
        while !commands.is_finished() || by_server.is_empty() {
            let address = format!("server{}@example.com", by_server.len());
            match add(&server, &address) {
                answer if answer.status == 201 => by_server.push(address),
                answer => assert_refused(&answer, &[503]),
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        (by_server, commands.join().unwrap())
    });
    assert!(!by_commands.is_empty());
    assert_eq!(server.stop().code(), Some(0));
    let mut expected = [before, by_server, by_commands].concat();
    let mut found = added(&server);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}

/// The server stops before or after it has noticed.
#[test]
fn a_stop_does_not_overwrite_the_commit_of_a_command() {
    for (suffixes, wait) in [(&["-wal", "-shm"][..], 0), (&["-wal", "-shm"], 400), (&["-shm"], 0), (&["-wal"], 0)] {
        let (mut server, before) = server_with_writes();
        remove(&server, suffixes);
        // Without the WAL, and with its old index, the command may be refused.
        let block = server.run(&["user", "block", "joe"]);
        std::thread::sleep(Duration::from_millis(wait));
        assert_eq!(server.stop().code(), Some(0), "{suffixes:?}");
        assert!(block.status.success() || suffixes == ["-wal"], "{block:?}");
        let state = server.value::<String>("SELECT state FROM users WHERE id = 2");
        assert_eq!(state == "blocked", block.status.success(), "{suffixes:?}");
        if suffixes == ["-shm"] {
            assert_eq!(added(&server), before);
        }
        assert_eq!(server.ok(&["check"]), "no damage found\n", "{suffixes:?}");
    }
}

#[test]
fn a_moved_database_is_used_again_when_it_is_moved_back() {
    let (server, before) = server_with_writes();
    let away = server.folder.path().join("away.db");
    std::fs::rename(&server.db, &away).unwrap();
    assert_refused(&add(&server, "refused@example.com"), &[503]);
    logged(&server, "deleted or moved");
    std::fs::write(&server.db, "").unwrap();
    assert_refused(&add(&server, "refused@example.com"), &[503]);
    logged(&server, "the database cannot be reopened yet");
    assert_refused(&add(&server, "refused@example.com"), &[503]);
    std::fs::rename(&away, &server.db).unwrap();
    reopened(&server);
    add(&server, "after@example.com").expect(201);
    assert_eq!(added(&server), [before, vec!["after@example.com".into()]].concat());
    assert_eq!(server.ok(&["check"]), "no damage found\n");
    assert_eq!(server.log().matches("the database is not used until").count(), 1, "{}", server.log());
}

/// A database in which joe's token belongs to ann, who has the id of jane.
fn another_database() -> Database {
    let database = Database::none();
    let mut accounts = light();
    let users = accounts["users"].as_array_mut().unwrap();
    users.pop();
    users[0]["username"] = "ann".into();
    users[0]["tokens"] = json!([{"name": "test", "token": JOE, "scopes": ["api"]}]);
    let file = database.file("another.json", accounts.to_string());
    database.ok(&["import", &file]);
    database
}

#[track_caller]
fn assert_another_is_served(server: &Server) {
    let another = another_database();
    std::fs::rename(another.path(), &server.db).unwrap();
    reopened(server);
    assert_eq!(joe(server).send().expect(200)["username"], "ann");
    assert_eq!(server.get("/api/v3/user").private_token(JANE).send().status, 401);
    server.ok(&["email", "add", "ann", "new@example.com"]);
    let emails = server.get("/api/v1.1/users/ann/emails/").bearer(JOE).send().expect(200);
    assert_eq!(emails.as_array().unwrap().len(), 2);
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}

#[test]
fn another_database_at_the_path_is_served() {
    // Nothing has been committed to either of the two.
    let mut server = light_server();
    for token in [JOE, JANE, JOE, JANE] {
        assert_eq!(server.get("/api/v3/user").private_token(token).send().status, 200);
    }
    assert_another_is_served(&server);
    assert_eq!(server.stop().code(), Some(0));
    assert_eq!(server.value::<i64>("SELECT count(*) FROM emails"), 2);
}

/// SQLite would apply it.
#[test]
fn the_wal_of_the_previous_database_is_not_applied_to_another() {
    let (server, before) = server_with_writes();
    let old = server.folder.path().join("old.db");
    std::fs::rename(&server.db, &old).unwrap();
    assert_another_is_served(&server);
    // With the WAL that was moved away, the previous database is complete.
    std::fs::rename(file(&server, "-wal-previous"), server.folder.path().join("old.db-wal")).unwrap();
    let exported = ok(run(&["export", "--db", old.to_str().unwrap()]));
    before.iter().for_each(|address| assert!(exported.contains(address.as_str()), "{address}"));
}

#[test]
fn no_request_is_answered_from_a_file_that_is_not_a_database() {
    let (mut server, before) = server_with_writes();
    let away = server.folder.path().join("away.db");
    std::fs::rename(&server.db, &away).unwrap();
    std::fs::write(server.folder.path().join("garbage"), [0x5a; 20_000]).unwrap();
    std::fs::rename(server.folder.path().join("garbage"), &server.db).unwrap();
    wait_for(|| server.log().contains("is not an accountd database").then_some(()));
    let requests = [
        (server.get("/api/v1.1/users/joe/").bearer(JOE), r#"{"detail":"Busy, try again."}"#),
        (server.get("/api/v1.1/users/joe/").basic("joe", "wrong password"), r#"{"detail":"Busy, try again."}"#),
        (joe(&server), r#"{"message":"503 Service Unavailable"}"#),
        (server.get("/api/v4/user").bearer(JOE), r#"{"message":"503 Service Unavailable"}"#),
        (server.get("/allowed_signers").private_token(JOE), ""),
        (server.get("/jane.keys"), ""),
    ];
    for (request, words) in requests {
        let answer = request.send();
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.header("retry-after").is_some() && answer.body.contains(words), "{answer:?}");
    }
    refused(server.run(&["user", "block", "joe"]));
    // Garbage is not changed.
    assert_eq!(std::fs::read(&server.db).unwrap(), [0x5a; 20_000]);
    std::fs::rename(&away, &server.db).unwrap();
    reopened(&server);
    assert_eq!(joe(&server).send().expect(200)["username"], "joe");
    assert_eq!(server.stop().code(), Some(0));
    assert_eq!(added(&server), before);
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}

/// An operator who has deleted the database copies it from the server's descriptors, as packaging/README.md says.
#[test]
#[cfg(target_os = "linux")]
fn a_deleted_database_can_be_copied_from_the_server_that_had_it_open() {
    let (server, before) = server_with_writes();
    remove(&server, &[""]);
    logged(&server, "the database cannot be reopened yet");
    let descriptors =
        std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().map(|entry| entry.unwrap().path());
    let deleted = |path: &PathBuf| {
        let target = std::fs::read_link(path).unwrap_or_default();
        target.to_str().is_some_and(|target| target.ends_with("/test.db (deleted)"))
    };
    let rescued = server.folder.path().join("rescued.db");
    std::fs::copy(descriptors.into_iter().find(deleted).unwrap(), &rescued).unwrap();
    std::fs::copy(file(&server, "-wal"), server.folder.path().join("rescued.db-wal")).unwrap();
    let copy = server.folder.path().join("copy.db");
    ok(run(&["backup", copy.to_str().unwrap(), "--db", rescued.to_str().unwrap()]));
    std::fs::rename(&copy, &server.db).unwrap();
    reopened(&server);
    add(&server, "after@example.com").expect(201);
    assert_eq!(added(&server), [before, vec!["after@example.com".into()]].concat());
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
    // A link to another database leaves the files of this one alone.
    let another = another_database();
    let new = server.folder.path().join("new");
    std::os::unix::fs::symlink(another.path(), &new).unwrap();
    std::fs::rename(&new, &link).unwrap();
    reopened(&linked);
    assert_eq!(joe(&linked).send().expect(200)["username"], "ann");
    assert_eq!(joe(&server).send().expect(200)["username"], "joe");
    assert_eq!(linked.stop().code(), Some(0));
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}
