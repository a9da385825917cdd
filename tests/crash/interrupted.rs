//! Commands that are killed in their middle: afterwards the file is what it was or what it should become, and the next
//! try succeeds.

use crate::clients::ROOT;
use crate::dice::Dice;
use crate::harness::{accountd, read_file, run};
use crate::killed::{assert_clean, prepared, serve};
use crate::state::{digest, key};
use rusqlite::Connection;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

const USERS: i64 = 1500;
const KILLS: u32 = 7;

/// A database of the first version with some thousand users; closed, so that it is one file.
fn old_database(path: &Path) {
    let mut conn = Connection::open(path).unwrap();
    conn.execute_batch(&read_file("src/store/migrations/0001_accounts.sql")).unwrap();
    // "acct" in ASCII, as every version writes it.
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

/// When a command is killed.
enum Moment {
    After(Duration),
    /// Once the file has so many bytes: what is written there is being written.
    Grown(PathBuf, u64),
}

/// Runs a command and kills it at that moment; whether it had ended before.
fn run_and_kill(args: &[&str], moment: &Moment) -> bool {
    let mut child = accountd(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    match moment {
        Moment::After(time) => std::thread::sleep(*time),
        Moment::Grown(path, size) => {
            let grown = || path.metadata().is_ok_and(|file| file.len() >= *size);
            while !grown() && child.try_wait().unwrap().is_none() {}
        }
    }
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(status.success() || status.code().is_none(), "{args:?}: {status}");
    status.success()
}

/// Moments from the start to after the end of a command that takes this long, and while its log grows.
fn moments(dice: &mut Dice, whole: Duration, log: Option<(PathBuf, u64)>) -> Vec<Moment> {
    let mut all: Vec<_> = (0..KILLS).map(|at| Moment::After(whole * at / (KILLS - 3))).collect();
    if let Some((path, size)) = log {
        all.extend((0..KILLS).map(|_| Moment::Grown(path.clone(), 1 + dice.below(size))));
    }
    all
}

/// The file without what lies beside it.
fn put(bytes: &[u8], path: &Path) {
    for beside in ["-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(format!("{}{beside}", path.display()));
    }
    std::fs::write(path, bytes).unwrap();
}

fn log_of(path: &Path) -> PathBuf {
    format!("{}-wal", path.display()).into()
}

/// How long a command takes that is left alone.
#[track_caller]
fn whole(args: &[&str]) -> Duration {
    let start = Instant::now();
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    start.elapsed()
}

/// Counts how often each outcome was met, to be read when the kills seem to miss.
#[derive(Debug, Default)]
struct Tally {
    old: u32,
    new: u32,
}

impl Tally {
    #[track_caller]
    fn note(&mut self, found: &str, old: &str, new: &str) {
        match found {
            _ if found == old => self.old += 1,
            _ if found == new => self.new += 1,
            other => panic!("neither {old} nor {new}: {other}"),
        }
    }
}

#[test]
fn migrating() {
    let mut dice = Dice::of_this_run("migrating");
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("test.db");
    old_database(&db);
    let (bytes, old) = (std::fs::read(&db).unwrap(), digest(&db));
    // Any command that opens the database migrates it.
    let args = ["user", "show", "user1", "--db", db.to_str().unwrap()];
    let time = whole(&args);
    let new = digest(&db);
    assert!(old.starts_with("1:") && !new.starts_with("1:"), "{old} {new}");
    let mut tally = Tally::default();
    for moment in moments(&mut dice, time, Some((log_of(&db), bytes.len() as u64))) {
        put(&bytes, &db);
        run_and_kill(&args, &moment);
        tally.note(&digest(&db), &old, &new);
        whole(&args);
        assert_eq!(digest(&db), new);
        assert_clean(&db);
    }
    eprintln!("migrating: {tally:?}");
}

#[test]
fn restoring() {
    let mut dice = Dice::of_this_run("restoring");
    let folder = prepared(&["before".to_owned()]);
    let (db, backup) = (folder.path().join("test.db"), folder.path().join("backup.db"));
    let (bytes, old) = (std::fs::read(&db).unwrap(), digest(&db));
    // An older one, so that it is migrated on the way.
    old_database(&backup);
    let args = ["restore", backup.to_str().unwrap(), "--force", "--db", db.to_str().unwrap()];
    let time = whole(&args);
    let new = digest(&db);
    let size = db.metadata().unwrap().len();
    let mut tally = Tally::default();
    for moment in moments(&mut dice, time, Some((log_of(&db), size))) {
        put(&bytes, &db);
        run_and_kill(&args, &moment);
        assert_clean(&db);
        tally.note(&digest(&db), &old, &new);
        whole(&args);
        assert_eq!(digest(&db), new);
    }
    eprintln!("restoring: {tally:?}");
}

#[test]
fn restoring_below_a_server() {
    let mut dice = Dice::of_this_run("restoring below a server");
    let server = serve(prepared(&["before".to_owned()]));
    let (old_backup, backup) = (server.folder.path().join("old.db"), server.folder.path().join("backup.db"));
    assert!(server.cli(&["backup", old_backup.to_str().unwrap()]).status.success());
    old_database(&backup);
    let name = || -> String {
        let user = server.get("/api/v3/user").private(ROOT).send().expect(200);
        user["username"].as_str().unwrap().to_owned()
    };
    let args = ["restore", backup.to_str().unwrap(), "--force", "--db", server.db.to_str().unwrap()];
    let time = whole(&args);
    let size = server.db.metadata().unwrap().len();
    let mut tally = Tally::default();
    for moment in moments(&mut dice, time, Some((log_of(&server.db), size))) {
        let output = server.cli(&["restore", old_backup.to_str().unwrap(), "--force"]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(name(), "root");
        run_and_kill(&args, &moment);
        let now = name();
        tally.note(&now, "root", "user1");
        let body = json!({"company": format!("{now}, Inc.")});
        server.patch(&format!("/api/v1.1/users/{now}/")).bearer(ROOT).json(body).send().expect(200);
        assert_clean(&server.db);
        assert_eq!(server.sql::<i64>("SELECT count(*) FROM users"), if now == "root" { 2 } else { USERS });
        whole(&args);
        assert_eq!(name(), "user1");
    }
    assert!(!server.log().contains("ERROR"), "{}", server.log());
    eprintln!("restoring below a server: {tally:?}");
}

#[test]
fn backing_up() {
    let mut dice = Dice::of_this_run("backing up");
    let folder = tempfile::tempdir().unwrap();
    let (db, copy) = (folder.path().join("test.db"), folder.path().join("copy.db"));
    old_database(&db);
    let args = ["backup", copy.to_str().unwrap(), "--db", db.to_str().unwrap()];
    // The first one migrates, too.
    whole(&args);
    std::fs::remove_file(&copy).unwrap();
    let time = whole(&args);
    let content = digest(&db);
    assert_eq!(digest(&copy), content);
    let mut tally = Tally::default();
    for moment in moments(&mut dice, time, None) {
        std::fs::remove_file(&copy).unwrap();
        run_and_kill(&args, &moment);
        let found = if copy.exists() { digest(&copy) } else { "none".to_owned() };
        tally.note(&found, "none", &content);
        if found == "none" {
            whole(&args);
        }
        assert_eq!(digest(&copy), content);
        assert_clean(&copy);
    }
    assert_eq!(digest(&db), content);
    eprintln!("backing up: {tally:?}");
}

#[test]
fn importing() {
    let mut dice = Dice::of_this_run("importing");
    let folder = prepared(&["before".to_owned()]);
    let db = folder.path().join("test.db");
    let user = |at: usize| {
        let name = format!("user{at}");
        json!({
            "username": name, "created_at": "2014-02-12T17:58:01.431312Z",
            "emails": [{"email": format!("{name}@example.com")}, {"email": format!("{name}@example.org")}],
            "keys": [{"title": "laptop", "key": key(&name), "created_at": "2014-02-12T17:58:01.431312Z"}],
        })
    };
    let file = folder.path().join("users.json");
    std::fs::write(&file, json!({"users": (0..400).map(user).collect::<Vec<_>>()}).to_string()).unwrap();
    let bytes = std::fs::read(&db).unwrap();
    let users = || {
        let conn = Connection::open(&db).unwrap();
        let count = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let (keys, emails) = (count("SELECT count(*) FROM ssh_keys"), count("SELECT count(*) FROM emails"));
        format!("{} users, {keys} keys, {emails} addresses", count("SELECT count(*) FROM users"))
    };
    let old = users();
    let args = ["import", file.to_str().unwrap(), "--db", db.to_str().unwrap()];
    let time = whole(&args);
    let new = users();
    assert_eq!((old.as_str(), new.as_str()), ("2 users, 0 keys, 2 addresses", "402 users, 400 keys, 802 addresses"));
    let mut tally = Tally::default();
    for moment in moments(&mut dice, time, Some((log_of(&db), bytes.len() as u64))) {
        put(&bytes, &db);
        let ended = run_and_kill(&args, &moment);
        let found = users();
        tally.note(&found, &old, &new);
        assert!(!ended || found == new, "it ended well");
        if found == old {
            whole(&args);
        }
        assert_eq!(users(), new);
        assert_clean(&db);
    }
    eprintln!("importing: {tally:?}");
}
