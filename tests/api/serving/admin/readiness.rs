//! `/readyz`: whether a write would be done.

use super::{AdminServer, admin_address};
use crate::harness::{Answer, BINARY, Call, Server};
use crate::serving::wait_for;
use rusqlite::Connection;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn on_file() -> AdminServer {
    AdminServer::of(Server::on_file_without_passwords(&["--admin-listen", "127.0.0.1:0"]))
}

#[track_caller]
fn assert_ready(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
}

#[test]
fn a_writable_database_is_ready_and_is_not_changed() {
    let on_file = on_file();
    let (db, log) = (&on_file.server.db, on_file.server.db.with_extension("db-wal"));
    let version = |conn: &Connection| conn.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).unwrap();
    let other = Connection::open(db).unwrap();
    assert_ready(&on_file.ask("/readyz"));
    let (before, size) = (version(&other), std::fs::metadata(&log).unwrap().len());
    // Each after the last answer is forgotten.
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(1100));
        assert_ready(&on_file.ask("/readyz"));
    }
    assert_eq!(version(&other), before, "nothing is committed");
    assert_eq!(std::fs::metadata(&log).unwrap().len(), size, "and the log does not grow");
    let rows: i64 = other.query_row("SELECT count(*) FROM loaded_seeds", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn a_memory_database_is_ready() {
    assert_ready(&AdminServer::demo().ask("/readyz"));
}

#[test]
fn a_locked_database_is_not_ready() {
    let on_file = on_file();
    let other = Connection::open(&on_file.server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = on_file.ask("/readyz");
    let asked = Instant::now();
    assert_eq!((answer.status, answer.body.as_str()), (503, "busy"));
    other.execute_batch("ROLLBACK").unwrap();
    // Within a second, the answer is the last one.
    let again = on_file.ask("/readyz");
    if asked.elapsed() < Duration::from_millis(900) {
        assert_eq!((again.status, again.body.as_str()), (503, "busy"));
    }
    wait_for(|| (on_file.ask("/readyz").status == 200).then_some(()));
    // The log has the change, and not each answer.
    wait_for(|| on_file.server.log().contains("the database can be written to again").then_some(()));
    assert_eq!(on_file.server.log().matches("the database cannot be written to").count(), 1);
}

#[test]
fn healthz_and_metrics_answer_while_the_database_is_locked() {
    let on_file = on_file();
    let other = Connection::open(&on_file.server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(on_file.ask("/readyz").status, 503);
    assert_eq!(on_file.ask("/healthz").status, 200);
    assert_eq!(on_file.ask("/metrics").status, 200);
}

/// Questions that wait for one answer are one trial, however many ask.
#[test]
fn concurrent_readiness_requests_share_one_trial_write() {
    let on_file = on_file();
    let other = Connection::open(&on_file.server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..30).map(|_| scope.spawn(|| on_file.ask("/readyz"))).collect();
        crowd.into_iter().map(|one| one.join().unwrap()).collect()
    });
    // 30 trials, each of which waits for the lock, would take longer than any client waits.
    assert!(answers.iter().all(|answer| (answer.status, answer.body.as_str()) == (503, "busy")), "{answers:?}");
}

/// A server whose files can be kept from growing; killed at the end of the test.
struct SizeLimitedServer {
    child: Child,
    folder: tempfile::TempDir,
    admin: SocketAddr,
}

impl SizeLimitedServer {
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

impl Drop for SizeLimitedServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_database_that_cannot_grow_is_not_ready() {
    let limited = SizeLimitedServer::start();
    assert_ready(&limited.ask());
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
