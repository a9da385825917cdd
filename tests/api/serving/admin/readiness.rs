//! `/readyz`: whether the database accepts writes.

use super::{AdminServer, admin_address};
use crate::harness::{Request, Response, binary};
use crate::serving::wait_for;
use rusqlite::Connection;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[track_caller]
fn assert_ready(answer: &Response) {
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
}

#[test]
fn a_writable_database_is_ready_and_is_not_changed() {
    let admin_server = AdminServer::on_file();
    let (db, wal) = (&admin_server.server.db, admin_server.server.db.with_extension("db-wal"));
    let version = |conn: &Connection| conn.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).unwrap();
    let other = Connection::open(db).unwrap();
    assert_ready(&admin_server.ask("/readyz"));
    let (before, size) = (version(&other), std::fs::metadata(&wal).unwrap().len());
    // The answer is cached for a second, so each of these makes a new trial write.
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(1100));
        assert_ready(&admin_server.ask("/readyz"));
    }
    assert_eq!(version(&other), before, "a trial write was committed");
    assert_eq!(std::fs::metadata(&wal).unwrap().len(), size, "a trial write made the WAL grow");
    let rows: i64 = other.query_row("SELECT count(*) FROM loaded_seeds", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn a_memory_database_is_ready() {
    assert_ready(&AdminServer::demo().ask("/readyz"));
}

#[test]
fn a_locked_database_is_not_ready() {
    let admin_server = AdminServer::on_file();
    let other = Connection::open(&admin_server.server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = admin_server.ask("/readyz");
    let asked = Instant::now();
    assert_eq!((answer.status, answer.body.as_str()), (503, "busy"));
    other.execute_batch("ROLLBACK").unwrap();
    // The answer is cached for a second.
    let again = admin_server.ask("/readyz");
    if asked.elapsed() < Duration::from_millis(900) {
        assert_eq!((again.status, again.body.as_str()), (503, "busy"));
    }
    wait_for(|| (admin_server.ask("/readyz").status == 200).then_some(()));
    // The log records the changes, not every answer.
    wait_for(|| admin_server.server.log().contains("the database can be written to again").then_some(()));
    assert_eq!(admin_server.server.log().matches("the database cannot be written to").count(), 1);
}

#[test]
fn a_database_that_was_moved_away_is_not_ready_until_it_is_back() {
    let admin_server = AdminServer::on_file();
    let db = &admin_server.server.db;
    assert_ready(&admin_server.ask("/readyz"));
    let away = db.with_extension("away");
    std::fs::rename(db, &away).unwrap();
    let answer = wait_for(|| Some(admin_server.ask("/readyz")).filter(|answer| answer.status != 200));
    assert_eq!((answer.status, answer.body.as_str()), (503, "database-replaced"));
    assert_eq!(admin_server.ask("/healthz").status, 200);
    std::fs::rename(&away, db).unwrap();
    assert_ready(&wait_for(|| Some(admin_server.ask("/readyz")).filter(|answer| answer.status == 200)));
}

#[test]
fn healthz_and_metrics_answer_while_the_database_is_locked() {
    let admin_server = AdminServer::on_file();
    let other = Connection::open(&admin_server.server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(admin_server.ask("/readyz").status, 503);
    assert_eq!(admin_server.ask("/healthz").status, 200);
    assert_eq!(admin_server.ask("/metrics").status, 200);
}

/// Requests that arrive during a trial write wait for its result instead of starting another one.
#[test]
fn concurrent_readiness_requests_share_one_trial_write() {
    let admin_server = AdminServer::on_file();
    let other = Connection::open(&admin_server.server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..30).map(|_| scope.spawn(|| admin_server.ask("/readyz"))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    // 30 trial writes, each of which waits for the lock, would take longer than the timeout of the client.
    assert!(answers.iter().all(|answer| (answer.status, answer.body.as_str()) == (503, "busy")), "{answers:?}");
}

/// A server whose files can be prevented from growing. It is killed when this is dropped.
struct SizeLimitedServer {
    child: Child,
    folder: tempfile::TempDir,
    admin: SocketAddr,
}

impl SizeLimitedServer {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        // With SIGXFSZ ignored, writing beyond the limit is an error, as on a full disk.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", binary(), "serve", "--listen", "127.0.0.1:0"]);
        command.args(["--admin-listen", "127.0.0.1:0", "--db"]).arg(folder.path().join("test.db"));
        let child = command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
        let admin = wait_for(|| admin_address(&std::fs::read_to_string(&log).unwrap()));
        Self { child, folder, admin }
    }

    /// Sets the maximum file size (RLIMIT_FSIZE) in bytes.
    fn allow(&self, bytes: &str) {
        let pid = self.child.id().to_string();
        let done = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:")]).status().unwrap();
        assert!(done.success());
    }

    fn ask(&self) -> Response {
        Request::to("GET", &format!("http://{}/readyz", self.admin)).send()
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
    // The body names the kind of failure, without paths, SQL or error numbers.
    assert_eq!((answer.status, answer.body.as_str()), (503, "io"), "{answer:?}");
    limited.allow("unlimited");
    wait_for(|| (limited.ask().status == 200).then_some(()));
    let checked = Connection::open(limited.folder.path().join("test.db")).unwrap();
    let sound: String = checked.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}
