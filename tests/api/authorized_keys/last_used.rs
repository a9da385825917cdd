//! `authorized-keys --record`: records when a key was last used in a spool folder that the server reads.

use super::{ADMIN, Database, bare, fingerprint, key, listing, ok};
use crate::cli::reopen;
use crate::harness::Server;
use crate::serving::wait_for;
use jiff::Timestamp;
use serde_json::Value;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn with_spool() -> (Database, PathBuf) {
    let db = Database::new();
    let spool = db.folder.path().join("test.db-spool");
    std::fs::create_dir(&spool).unwrap();
    (db, spool)
}

/// Starts a server, waits until it has collected all records, and stops it.
fn started_and_stopped(db: Database) -> Server {
    let spool = db.folder.path().join("test.db-spool");
    let mut server = db.serve(&[]);
    wait_for(|| records(&spool).is_empty().then_some(()));
    assert!(server.stop().success(), "{}", server.log());
    server
}

/// The names of the complete files in the spool.
fn records(spool: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(spool).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| !entry.file_type().unwrap().is_dir());
    let names = files.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".used")).collect()
}

fn last_used(server: &Server, user: &str) -> Vec<Option<Timestamp>> {
    let keys: Value = serde_json::from_str(&ok(&server.cli(&["key", "list", user, "--json"]))).unwrap();
    keys.as_array().unwrap().iter().map(|key| key["last_used_at"].as_str().map(|at| at.parse().unwrap())).collect()
}

fn record(db: &Database, name: &str) {
    let printed = db.keys(&["--fingerprint", &fingerprint(name), "--record"]);
    assert_eq!(printed, bare(&key(name)) + "\n");
}

#[test]
fn the_server_records_when_a_key_was_used() {
    let (db, spool) = with_spool();
    let before = Timestamp::now();
    record(&db, "rsa-2048");
    let after = Timestamp::now();
    let files = listing(&spool);
    assert_eq!(files.len(), 1);
    // The server may run as another user, and must be able to read the file.
    let mode = std::fs::metadata(spool.join(&files[0].0)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    let server = started_and_stopped(db);
    assert_eq!(listing(&spool), []);
    let used = last_used(&server, "jane");
    let at = used[1].unwrap();
    assert!(before.as_microsecond() <= at.as_microsecond() && at <= after, "{before} {at} {after}");
    assert_eq!((used[0], used[2]), (None, None));
    let table = ok(&server.cli(&["key", "list", "jane"]));
    assert!(table.contains(&at.strftime("%Y-%m-%d").to_string()), "{table}");
}

#[test]
fn the_api_shows_last_used_at() {
    let (db, _spool) = with_spool();
    db.sql("UPDATE ssh_keys SET last_used_at = 1893553445678901 WHERE id = 14");
    let server = db.serve(&[]);
    let key = &server.get("/api/v3/users/3/keys").private_token(ADMIN).send().expect(200)[0];
    assert_eq!(key["last_used_at"], "2030-01-02T03:04:05Z");
    assert_eq!(
        server.get("/api/v4/keys/14").private_token(ADMIN).send().expect(200)["last_used_at"],
        "2030-01-02T03:04:05.678Z"
    );
    let unused = &server.get("/api/v3/users/2/keys").private_token(ADMIN).send().expect(200)[0];
    assert_eq!(unused.get("last_used_at"), None);
}

#[test]
fn record_does_not_write_the_database() {
    let (db, _spool) = with_spool();
    let before = std::fs::read(&db.path).unwrap();
    for _ in 0..3 {
        record(&db, "ecdsa-256");
    }
    assert!(std::fs::read(&db.path).unwrap() == before);
}

#[test]
fn the_latest_of_several_times_is_kept() {
    let (db, spool) = with_spool();
    for (name, at) in [("b", 1_700_000_001_000_000_i64), ("a", 1_700_000_003_000_000), ("c", 1_700_000_002_000_000)] {
        std::fs::write(spool.join(format!("{name}.used")), format!("14 {at}")).unwrap();
    }
    let server = started_and_stopped(db);
    assert_eq!(last_used(&server, "john"), [Some("2023-11-14T22:13:23Z".parse().unwrap())]);
}

#[test]
fn a_key_that_is_not_printed_is_not_recorded() {
    let (db, spool) = with_spool();
    for name in ["rsa-1024", "rsa-3072"] {
        assert_eq!(db.keys(&["--fingerprint", &fingerprint(name), "--record"]), "");
    }
    assert_eq!(db.keys(&["joan", "--fingerprint", &fingerprint("ecdsa-256"), "--record"]), "");
    assert_eq!(listing(&spool), []);
}

/// A login must not fail because its time cannot be recorded; stderr reports the problem.
#[test]
fn a_failed_record_is_reported_and_the_key_still_printed() {
    let db = Database::new();
    let before = listing(db.folder.path());
    let sha = fingerprint("ecdsa-256");
    for args in [&["--fingerprint", &sha, "--record"][..], &["john", "--record"]] {
        let output = db.cli(&[&["authorized-keys"], args].concat());
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(String::from_utf8_lossy(&output.stdout), bare(&key("ecdsa-256")) + "\n");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.starts_with("accountd: ") && stderr.lines().count() == 1, "{stderr}");
    }
    // The command does not create the spool folder: the operator does, with the right permissions.
    assert_eq!(listing(db.folder.path()), before);
}

/// The spool folder is writable for the user that sshd runs the command as, so its files are not trusted.
#[test]
fn hostile_spool_files_do_no_harm() {
    let (db, spool) = with_spool();
    let secret = db.folder.path().join("secret");
    std::fs::write(&secret, "14 1700000000000000").unwrap();
    let write = |name: &str, text: &[u8]| std::fs::write(spool.join(name), text).unwrap();
    write("1.used", b"nonsense");
    write("2.used", b"");
    write("3.used", b"999999 1700000000000000");
    write("4.used", b"-1 1700000000000000");
    write("5.used", b"11 99999999999999999999999");
    write("6.used", b"11 -9223372036854775808");
    write("7.used", b"11; DROP TABLE ssh_keys 1");
    write("8.used", &vec![b'1'; 1 << 20]);
    write("9.used", b"\xff\xfe\x00");
    write("a.used", b"13 1700000000000000\n");
    write("b.used", b"11 1700000000000000 1");
    symlink(&secret, spool.join("c.used")).unwrap();
    symlink("/dev/zero", spool.join("d.used")).unwrap();
    std::fs::create_dir_all(spool.join("e.used/f.used")).unwrap();
    assert!(Command::new("mkfifo").arg(spool.join("g.used")).status().unwrap().success());
    // A time in the future counts as now.
    write("h.used", b"12 4102444800000000");
    record(&db, "ecdsa-256");
    let before = Timestamp::now();
    let server = started_and_stopped(db);
    let jane = last_used(&server, "jane");
    assert_eq!(jane[0], None);
    assert!(jane[1].unwrap() <= Timestamp::now());
    let john = last_used(&server, "john")[0].unwrap();
    assert!(john <= before && john > "2024-01-01T00:00:00Z".parse().unwrap(), "{john}");
    assert!(secret.exists());
    // Every file was removed; only the folder is left.
    assert_eq!(listing(&spool).into_iter().map(|(name, _)| name).collect::<Vec<_>>(), ["e.used"]);
}

#[test]
fn unfinished_spool_files_are_left_alone() {
    let (db, spool) = with_spool();
    std::fs::write(spool.join(".abc"), "14 17000").unwrap();
    std::fs::write(spool.join("x.used"), "").unwrap();
    let server = started_and_stopped(db);
    assert_eq!(last_used(&server, "john"), [None]);
    assert_eq!(listing(&spool).len(), 1);
}

/// Stops the server, and kills it if that takes too long.
fn stop_within(mut server: Server, limit: Duration) -> Server {
    let (pid, start) = (server.pid().to_string(), Instant::now());
    let stop = std::thread::spawn(move || (server.stop(), server));
    while !stop.is_finished() && start.elapsed() < limit {
        std::thread::sleep(Duration::from_millis(5));
    }
    let was_slow = !stop.is_finished();
    if was_slow {
        Command::new("kill").args(["-KILL", &pid]).status().unwrap();
    }
    let (status, server) = stop.join().unwrap();
    assert!(!was_slow && status.success(), "{}", server.log());
    server
}

/// A member of the spool's group replaces files by pipes, which block a reader, all the time.
#[test]
fn pipes_in_the_spool_delay_neither_start_nor_stop() {
    let (db, spool) = with_spool();
    let end = AtomicBool::new(false);
    let (file, pipe, new) = (spool.join("file"), spool.join("pipe"), spool.join("new"));
    std::fs::write(&file, "14 1700000000000000").unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // The server removes the files meanwhile.
    let place = |from: &Path| {
        for n in 0..200 {
            let _ =
                std::fs::hard_link(from, &new).and_then(|()| std::fs::rename(&new, spool.join(format!("{n}.used"))));
            let _ = std::fs::remove_file(&new);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !end.load(Ordering::Relaxed) {
                [&file, &pipe].into_iter().for_each(|from| place(from));
            }
        });
        let _end = EndOfTest(&end);
        let mut server = db.serve(&[]);
        for _ in 0..4 {
            let start = Instant::now();
            assert_eq!(server.get("/api/v3/user").send().status, 401);
            server = reopen(stop_within(server, Duration::from_secs(5)), &[]);
            assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
        }
    });
}

/// Ends the other thread of a test, also when the test fails.
struct EndOfTest<'a>(&'a AtomicBool);

impl Drop for EndOfTest<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn twelve_thousand_directories_do_not_hide_a_record() {
    let db = Database::new();
    // In memory, where directories are made quickly.
    let spool = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    symlink(spool.path(), db.folder.path().join("test.db-spool")).unwrap();
    record(&db, "ecdsa-256");
    // The newest entries are listed first there.
    (0..12_000).for_each(|n| std::fs::create_dir(spool.path().join(format!("{n}.used"))).unwrap());
    let server = started_and_stopped(db);
    assert!(last_used(&server, "john")[0].is_some());
}
