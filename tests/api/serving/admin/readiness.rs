//! `/readyz`: whether a write would be done.

use super::{Watched, admin_address};
use crate::harness::{Answer, BINARY, Call, Server};
use crate::serving::wait_for;
use rusqlite::Connection;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn watched() -> Watched {
    Watched::of(Server::on_file_without_passwords(&["--admin-listen", "127.0.0.1:0"]))
}

#[track_caller]
fn is_ready(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
}

#[test]
fn a_database_that_takes_writes() {
    let watched = watched();
    let (db, log) = (&watched.server.db, watched.server.db.with_extension("db-wal"));
    let version = |conn: &Connection| conn.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).unwrap();
    let other = Connection::open(db).unwrap();
    is_ready(&watched.ask("/readyz"));
    let (before, size) = (version(&other), std::fs::metadata(&log).unwrap().len());
    // Each after the last answer is forgotten.
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(1100));
        is_ready(&watched.ask("/readyz"));
    }
    assert_eq!(version(&other), before, "nothing is committed");
    assert_eq!(std::fs::metadata(&log).unwrap().len(), size, "and the log does not grow");
    let rows: i64 = other.query_row("SELECT count(*) FROM loaded_seeds", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn a_database_in_memory_takes_writes_too() {
    is_ready(&Watched::demo().ask("/readyz"));
}

#[test]
fn a_database_that_another_program_keeps_locked() {
    let watched = watched();
    let other = Connection::open(&watched.server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = watched.ask("/readyz");
    let asked = Instant::now();
    assert_eq!((answer.status, answer.body.as_str()), (503, "busy"));
    other.execute_batch("ROLLBACK").unwrap();
    // Within a second, the answer is the last one.
    let again = watched.ask("/readyz");
    if asked.elapsed() < Duration::from_millis(900) {
        assert_eq!((again.status, again.body.as_str()), (503, "busy"));
    }
    wait_for(|| (watched.ask("/readyz").status == 200).then_some(()));
    // The log has the change, and not each answer.
    wait_for(|| watched.server.log().contains("the database can be written to again").then_some(()));
    assert_eq!(watched.server.log().matches("the database cannot be written to").count(), 1);
}

#[test]
fn the_process_is_up_whatever_the_database_does() {
    let watched = watched();
    let other = Connection::open(&watched.server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(watched.ask("/readyz").status, 503);
    assert_eq!(watched.ask("/healthz").status, 200);
    assert_eq!(watched.ask("/metrics").status, 200);
}

/// Questions that wait for one answer are one trial, however many ask.
#[test]
fn a_crowd_that_asks_waits_for_one_trial() {
    let watched = watched();
    let other = Connection::open(&watched.server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..30).map(|_| scope.spawn(|| watched.ask("/readyz"))).collect();
        crowd.into_iter().map(|one| one.join().unwrap()).collect()
    });
    // 30 trials, each of which waits for the lock, would take longer than any client waits.
    assert!(answers.iter().all(|answer| (answer.status, answer.body.as_str()) == (503, "busy")), "{answers:?}");
}

/// A server whose files can be kept from growing; killed at the end of the test.
struct Limited {
    child: Child,
    folder: tempfile::TempDir,
    admin: SocketAddr,
}

impl Limited {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        // Without the signal that comes with a file that is too large, writing to one is an error as on a full disk.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", BINARY, "serve", "--listen", "127.0.0.1:0"]);
        command.args(["--admin-listen", "127.0.0.1:0", "--db"]).arg(folder.path().join("test.db"));
        let child = command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
        let admin = wait_for(|| admin_address(&std::fs::read_to_string(&log).unwrap()));
        Self { child, folder, admin }
    }

    /// RLIMIT_FSIZE, in bytes.
    fn allow(&self, bytes: &str) {
        let pid = self.child.id().to_string();
        let done = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:")]).status().unwrap();
        assert!(done.success());
    }

    fn ask(&self) -> Answer {
        Call::to("GET", &format!("http://{}/readyz", self.admin)).send()
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_takes_no_more() {
    let limited = Limited::start();
    is_ready(&limited.ask());
    limited.allow("1");
    let answer = wait_for(|| Some(limited.ask()).filter(|answer| answer.status != 200));
    // The kind of failure, and nothing of paths, SQL or numbers.
    assert_eq!((answer.status, answer.body.as_str()), (503, "io"), "{answer:?}");
    limited.allow("unlimited");
    wait_for(|| (limited.ask().status == 200).then_some(()));
    let checked = Connection::open(limited.folder.path().join("test.db")).unwrap();
    let sound: String = checked.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}
