//! Another process holds the database lock.

use super::{add, added, assert_refused, assert_well, logged};
use crate::cli::{Commands, JOE, light_server};
use std::time::{Duration, Instant};

#[track_caller]
fn assert_lock_refuses_writes(begin: &str) {
    let server = light_server();
    let other = rusqlite::Connection::open(&server.db).unwrap();
    other.execute_batch(begin).unwrap();
    let start = Instant::now();
    std::thread::scope(|scope| {
        // Concurrent writes time out together, not one after another.
        for at in 0..8 {
            let server = &server;
            scope.spawn(move || assert_refused(&add(server, &format!("refused{at}@example.com")), &[503]));
        }
        let line = scope.spawn(|| server.refused(&["email", "add", "joe", "command@example.com"]));
        // Reads are not affected.
        while start.elapsed() < Duration::from_secs(2) {
            assert_eq!(server.get("/api/v3/user").private_token(JOE).send().expect(200)["username"], "joe");
            assert_eq!(server.ok(&["user", "list"]).lines().count(), 3);
        }
        let line = line.join().unwrap();
        assert!(line.contains("busy"), "{line}");
    });
    logged(&server, "the database is busy");
    // A write that is waiting when the lock is released succeeds. It waits less than its timeout of 5 s.
    let wait = Duration::from_secs(3);
    std::thread::sleep(Duration::from_secs(10).saturating_sub(start.elapsed() + wait));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| add(&server, "waited@example.com").expect(201));
        std::thread::sleep(wait);
        assert!(!waiting.is_finished() && start.elapsed() >= Duration::from_secs(10));
        other.execute_batch("ROLLBACK").unwrap();
        waiting.join().unwrap();
    });
    assert_eq!(added(&server), ["waited@example.com"]);
    assert_well(&server, "after@example.com");
}

/// In WAL mode, IMMEDIATE and EXCLUSIVE take the same lock. Other programs use either.
#[test]
fn an_immediate_lock_refuses_writes_until_it_is_released() {
    assert_lock_refuses_writes("BEGIN IMMEDIATE");
}

#[test]
fn an_exclusive_lock_refuses_writes_until_it_is_released() {
    assert_lock_refuses_writes("BEGIN EXCLUSIVE");
}
