//! Commands that are killed halfway: afterwards the database is as it was or as the command leaves it, and a second run
//! succeeds.

mod backup;
mod import;
mod migrate;
mod restore;

use crate::harness::{accountd, read_file, run};
use crate::random::Random;
use crate::writer::ROOT;
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// The number of users in [`old_database`], so many that a command on it takes long enough to be killed in.
const USERS: i64 = 1500;
/// How often a command is killed by time, and how often by the size of its WAL.
const KILLS: u32 = 7;

/// Creates a database of schema version 1. It is closed properly, so that it is one file.
fn old_database(path: &Path) {
    let mut conn = Connection::open(path).unwrap();
    conn.execute_batch(&read_file("src/store/migrations/0001_accounts.sql")).unwrap();
    // "acct" in ASCII, the application id in all versions.
    conn.execute_batch("PRAGMA application_id = 0x61636374; PRAGMA user_version = 1").unwrap();
    let tx = conn.transaction().unwrap();
    for id in 1..=USERS {
        let user = "INSERT INTO users (id, username, name, primary_email_id, created_at, blocked, admin)
                    VALUES (?1, 'user' || ?1, 'Name of ' || ?1, ?1, 1000000 * ?1, ?1 % 7 = 0, ?1 = 1)";
        tx.prepare_cached(user).unwrap().execute([id]).unwrap();
        let email = "INSERT INTO emails (id, user_id, address, verified) VALUES (?1, ?1, ?1 || '@example.com', ?1 % 2)";
        tx.prepare_cached(email).unwrap().execute([id]).unwrap();
        let token = "INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at)
                     VALUES (?1, 'personal', 'ci', ?2, 'api', 5)";
        let secret = if id == 1 { ROOT.to_owned() } else { id.to_string() };
        tx.prepare_cached(token).unwrap().execute((id, Sha256::digest(secret).to_vec())).unwrap();
    }
    tx.commit().unwrap();
    conn.close().unwrap();
}

/// When to kill a command.
enum KillAt {
    Time(Duration),
    /// Once this file has so many bytes: the command is writing to it.
    Size(PathBuf, u64),
}

/// Runs a command, kills it at that moment and returns whether it had succeeded before.
fn run_and_kill(args: &[&str], moment: &KillAt) -> bool {
    let mut child = accountd(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    match moment {
        KillAt::Time(time) => std::thread::sleep(*time),
        KillAt::Size(path, size) => {
            let has_size = || path.metadata().is_ok_and(|file| file.len() >= *size);
            while !has_size() && child.try_wait().unwrap().is_none() {}
        }
    }
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(status.success() || status.code().is_none(), "{args:?}: {status}");
    status.success()
}

/// Moments from the start of a command to somewhat after its end, and, with a WAL and its size, while that grows.
fn moments(random: &mut Random, duration: Duration, wal: Option<(PathBuf, u64)>) -> Vec<KillAt> {
    let mut all: Vec<_> = (0..KILLS).map(|at| KillAt::Time(duration * at / (KILLS - 3))).collect();
    if let Some((path, size)) = wal {
        all.extend((0..KILLS).map(|_| KillAt::Size(path.clone(), 1 + random.below(size))));
    }
    all
}

/// Puts a database file back, and deletes its WAL, `-shm` and journal.
fn reset(path: &Path, bytes: &[u8]) {
    for suffix in ["-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    std::fs::write(path, bytes).unwrap();
}

fn wal_of(path: &Path) -> PathBuf {
    format!("{}-wal", path.display()).into()
}

/// Runs a command to its end and returns how long it took.
#[track_caller]
fn run_whole(args: &[&str]) -> Duration {
    let start = Instant::now();
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    start.elapsed()
}

/// Counts how often each outcome was found. Printed, because a test whose kills all come too early or too late shows
/// little.
#[derive(Debug, Default)]
struct Outcomes {
    old: u32,
    new: u32,
}

impl Outcomes {
    #[track_caller]
    fn count(&mut self, found: &str, old: &str, new: &str) {
        match found {
            _ if found == old => self.old += 1,
            _ if found == new => self.new += 1,
            other => panic!("neither {old} nor {new}: {other}"),
        }
    }
}
