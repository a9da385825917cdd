//! Rows are neither changed nor deleted, except by the purge of old ones.

use super::names;
use crate::cli::{Commands, Database, reopen};
use crate::harness::Server;
use rusqlite::Connection;

#[test]
fn updates_and_deletions_are_refused() {
    let database = Database::light();
    database.ok(&["user", "block", "joe"]);
    let before = database.ok(&["log", "--json"]);
    let conn = Connection::open(database.path()).unwrap();
    for sql in [
        "UPDATE audit_log SET actor = 'root' WHERE id = 1",
        "UPDATE audit_log SET id = 7 WHERE id = 1",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE id = 2",
        "UPDATE OR REPLACE audit_log SET id = 2 WHERE id = 1",
        "INSERT OR REPLACE INTO audit_log (id, at, event, details) VALUES (1, 0, 'x', '{}')",
        "REPLACE INTO audit_log SELECT * FROM audit_log",
        "INSERT INTO audit_log SELECT * FROM audit_log WHERE true ON CONFLICT DO UPDATE SET actor = 'x'",
    ] {
        let refused = conn.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(database.ok(&["log", "--json"]), before);
}

#[test]
fn a_server_deletes_rows_that_are_older_than_its_days_and_no_others() {
    let database = Database::light();
    let conn = Connection::open(database.path()).unwrap();
    // More than the purge deletes in one write, on both sides of the bound.
    conn.execute_batch(
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1400)
         INSERT INTO audit_log (at, event, subject_id, details)
         SELECT (unixepoch() - 86400 * 10 + iif(x <= 700, -60, 600)) * 1000000, iif(x <= 700, 'old', 'young'), iif(x % 3, x, NULL),
                '{}' FROM n",
    )
    .unwrap();
    drop(conn);
    let path = database.path().to_str().unwrap().to_owned();
    let kept = Server::start_in(database.folder, &["--db", &path]);
    assert_eq!(kept.sql::<i64>("SELECT count(*) FROM audit_log"), 1401);
    let mut kept = kept;
    assert!(kept.stop().success());
    let purged = reopen(kept, &["--audit-days", "10"]);
    let started = std::time::Instant::now();
    while purged.sql::<i64>("SELECT count(*) FROM audit_log WHERE event = 'old'") > 0 {
        assert!(started.elapsed().as_secs() < 20);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(purged.sql::<i64>("SELECT count(*) FROM audit_log WHERE event = 'young'"), 700);
    assert_eq!(purged.sql::<i64>("SELECT count(*) FROM audit_log_purge"), 0);
    assert!(purged.sql::<i64>("SELECT max(id) FROM audit_log") > 1400);
}

/// The log is about a database, and an archive holds accounts.
#[test]
fn a_backup_holds_the_log_and_an_archive_does_not() {
    let database = Database::light();
    database.ok(&["user", "block", "joe"]);
    let archive = database.file("archive.json", database.ok(&["export"]));
    assert!(!std::fs::read_to_string(&archive).unwrap().contains("user.blocked"));
    let copy = database.folder.path().join("backup.db");
    database.ok(&["backup", copy.to_str().unwrap()]);
    let log = |path: &str| crate::cli::ok(crate::harness::run(&["log", "--json", "--db", path]));
    assert_eq!(log(copy.to_str().unwrap()), database.ok(&["log", "--json"]));
    let other = Database::none();
    other.ok(&["import", &archive]);
    assert_eq!(names(&other, &[]), ["accounts.imported"]);
}
