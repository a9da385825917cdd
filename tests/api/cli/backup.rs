//! `accountd backup` and `accountd check`.

use super::{Commands, Database, JOE, light_server, ok, refused};
use crate::harness::run;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs `check` on a damaged database: exit code 1, the findings on stdout, one line on stderr.
#[track_caller]
fn check_findings(path: &Path) -> String {
    let output = run(&["check", "--db", path.to_str().unwrap()]);
    let (found, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(1), "{found}{stderr}");
    assert!(stderr.starts_with("accountd: ") && stderr.lines().count() == 1, "{stderr}");
    let json = run(&["check", "--db", path.to_str().unwrap(), "--json"]);
    assert_eq!(json.status.code(), Some(1));
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    let lines: Vec<_> = json["findings"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(lines.join("\n"), found.trim_end());
    found
}

/// Runs statements with foreign keys and CHECK constraints switched off.
fn tamper(path: &Path, sql: &str) {
    let conn = rusqlite::Connection::open(path).unwrap();
    conn.execute_batch(&format!("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; {sql}")).unwrap();
}

#[test]
fn a_backup_is_a_complete_standalone_database() {
    let database = Database::light();
    let copy = database.folder.path().join("copy.db");
    let report = database.ok(&["backup", copy.to_str().unwrap()]);
    assert!(report.contains(copy.to_str().unwrap()), "{report}");
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600, "it holds password hashes");
    assert!(!database.folder.path().join("copy.db-wal").exists());
    let at_copy = |args: &[&str]| ok(run(&[args, &["--db", copy.to_str().unwrap()]].concat()));
    assert_eq!(at_copy(&["check"]), "no damage found\n");
    assert_eq!(at_copy(&["export"]), database.ok(&["export"]));
    let second = database.folder.path().join("second.db");
    assert_eq!(database.json(&["backup", second.to_str().unwrap()])["file"], second.to_str().unwrap());
}

#[test]
fn a_backup_never_overwrites_a_file() {
    let database = Database::light();
    let file = database.file("precious", "precious");
    let line = database.refused(&["backup", &file]);
    assert!(line.contains(&file) && line.contains("exists"), "{line}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    let own = database.path().to_str().unwrap().to_owned();
    database.refused(&["backup", &own]);
    database.refused(&["backup", database.folder.path().to_str().unwrap()]);
    assert!(database.refused(&["backup", "/nonexistent/copy.db"]).contains("/nonexistent/copy.db"));
    assert_eq!(database.ok(&["check"]), "no damage found\n");
}

#[test]
fn a_backup_taken_during_writes_is_a_consistent_snapshot() {
    let server = light_server();
    let copies: Vec<PathBuf> = (0..3).map(|n| server.folder.path().join(format!("copy{n}.db"))).collect();
    let done = AtomicBool::new(false);
    let first = Barrier::new(2);
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut n = 0;
            while !done.load(Ordering::Relaxed) {
                n += 1;
                let body = json!({"email": format!("joe{n}@example.com")});
                server.post("/api/v1.1/users/joe/emails/").bearer(JOE).json(body).send().expect(201);
                if n == 1 {
                    first.wait();
                }
            }
            n
        });
        first.wait();
        for copy in &copies {
            server.ok(&["backup", copy.to_str().unwrap()]);
        }
        done.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    });
    let mut last = 1;
    for copy in &copies {
        assert_eq!(ok(run(&["check", "--db", copy.to_str().unwrap()])), "no damage found\n");
        let list = ok(run(&["email", "list", "joe", "--json", "--db", copy.to_str().unwrap()]));
        let emails: Value = serde_json::from_str(&list).unwrap();
        let emails: Vec<_> = emails.as_array().unwrap()[2..].iter().map(|row| row["email"].clone()).collect();
        // Every write acknowledged before the snapshot, in order and without a gap.
        let expected: Vec<_> = (1..=emails.len()).map(|n| json!(format!("joe{n}@example.com"))).collect();
        assert_eq!(emails, expected);
        assert!((last..=written).contains(&emails.len()));
        last = emails.len();
    }
    let names = std::fs::read_dir(server.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> =
        names.map(|name| name.into_string().unwrap()).filter(|name| !name.starts_with("copy")).collect();
    names.sort();
    let expected = ["light.json", "log", "test.db", "test.db-reserve", "test.db-shm", "test.db-wal"];
    assert_eq!(names, expected, "backup left files behind");
}

#[test]
fn check_passes_on_a_clean_database_that_is_being_served() {
    let server = light_server();
    assert_eq!(server.ok(&["check"]), "no damage found\n");
    assert_eq!(server.json(&["check"]), json!({"findings": []}));
    let body = json!({"email": "joe@new.example"});
    server.post("/api/v1.1/users/joe/emails/").bearer(JOE).json(body).send().expect(201);
    assert_eq!(server.ok(&["check"]), "no damage found\n");
}

#[test]
fn check_finds_rows_that_break_the_rules() {
    let table = [
        ("UPDATE ssh_keys SET fingerprint = zeroblob(32)", "key 1"),
        ("UPDATE ssh_keys SET key = 'ssh-ed25519 AAAA'", "key 1"),
        ("UPDATE ssh_keys SET user_id = 99", "ssh_keys"),
        ("DROP TRIGGER tokens_keep_a_user; UPDATE tokens SET user_id = 99 WHERE id = 1", "token 1"),
        ("UPDATE users SET primary_email_id = 99 WHERE id = 2", "user 2"),
        // Another user's address.
        ("UPDATE users SET primary_email_id = 1 WHERE id = 2", "user 2"),
        ("UPDATE users SET admin = 7 WHERE id = 1", "users"),
        ("INSERT INTO deleted_ids (kind, highest) VALUES ('user', 3)", "next id in users would be 3"),
        ("UPDATE user_blocks SET users = 3", "there are 2 users with ids 0 to 511, not 3"),
        ("DELETE FROM user_blocks", "user 2 is missing"),
        ("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'ssh_keys'", "next id in ssh_keys would be 1"),
        ("DELETE FROM sqlite_sequence WHERE name = 'emails'", "next id in emails would be 1"),
    ];
    for (sql, what) in table {
        let database = Database::light();
        tamper(database.path(), sql);
        let found = check_findings(database.path());
        assert!(found.contains(what), "{sql}: {found}");
    }
}

#[test]
fn check_finds_flipped_bytes_in_any_page() {
    let database = Database::light();
    let copy = database.folder.path().join("copy.db");
    database.ok(&["backup", copy.to_str().unwrap()]);
    let clean = std::fs::read(&copy).unwrap();
    let size = usize::from(u16::from_be_bytes([clean[16], clean[17]]));
    // The first byte of a b-tree page is its type (SQLite's "Database File Format", section 1.6).
    let pages = (1..clean.len() / size).filter(|page| [2, 5, 10, 13].contains(&clean[page * size]));
    let mut damaged = 0;
    for page in pages {
        let mut bytes = clean.clone();
        bytes[page * size..page * size + 100].iter_mut().for_each(|byte| *byte ^= 0xff);
        std::fs::write(&copy, bytes).unwrap();
        let output = run(&["check", "--db", copy.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "page {}: {output:?}", page + 1);
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
        damaged += 1;
    }
    assert!(damaged > 10);
}

#[test]
fn check_refuses_a_file_that_is_not_an_accountd_database() {
    let database = Database::none();
    let text =
        database.file("text.db", "not a database, but a text that is longer than its header would be\n".repeat(9));
    let foreign = database.folder.path().join("foreign.db");
    tamper(&foreign, "CREATE TABLE theirs (x)");
    for path in [text.as_str(), foreign.to_str().unwrap()] {
        let line = refused(run(&["check", "--db", path]));
        assert!(line.contains(path) && line.contains("not an accountd database"), "{line}");
    }
}
