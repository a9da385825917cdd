//! Another process keeps the database locked.

use super::{add, added, assert_refused, assert_well, logged};
use crate::cli::{Commands, JOE, light_server};
use std::time::{Duration, Instant};

/// In a WAL the two are the same lock; both are tried, for a caller may use either.
#[test]
fn for_ten_seconds() {
    for begin in ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"] {
        let server = light_server();
        let other = rusqlite::Connection::open(&server.db).unwrap();
        other.execute_batch(begin).unwrap();
        let start = Instant::now();
        std::thread::scope(|scope| {
            // Those that come together are refused together, and not one after another.
            for at in 0..8 {
                let server = &server;
                scope.spawn(move || assert_refused(&add(server, &format!("refused{at}@example.com")), &[503]));
            }
            let line = scope.spawn(|| server.refused(&["email", "add", "joe", "command@example.com"]));
            // Who only reads does not notice.
            while start.elapsed() < Duration::from_secs(2) {
                assert_eq!(server.get("/api/v3/user").private(JOE).send().expect(200)["username"], "joe");
                assert_eq!(server.ok(&["user", "list"]).lines().count(), 3);
            }
            let line = line.join().unwrap();
            assert!(line.contains("busy"), "{line}");
        });
        logged(&server, "the database is busy");
        // Who waits when the lock is freed gets through.
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| add(&server, "waited@example.com").expect(201));
            let rest = Duration::from_secs(10).saturating_sub(start.elapsed());
            // Less than a write waits, should the first have been refused early.
            std::thread::sleep(rest.min(Duration::from_secs(3)));
            assert!(!waiting.is_finished());
            other.execute_batch("ROLLBACK").unwrap();
            waiting.join().unwrap();
        });
        assert_eq!(added(&server), ["waited@example.com"]);
        assert_well(&server, "after@example.com");
    }
}
