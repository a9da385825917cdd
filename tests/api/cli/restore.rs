//! `accountd restore`.

use super::{Commands, Connection, Database, JANE, JOE, light_server, ok, refused};
use crate::harness::{read_file, run};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A database with the accounts of [`super::light`], and the path of its backup.
fn with_backup() -> (Database, String) {
    let database = Database::light();
    let backup = database.folder.path().join("backup.db").to_str().unwrap().to_owned();
    database.ok(&["backup", &backup]);
    (database, backup)
}

fn listing(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs statements on a database file and closes it, so that no WAL remains.
fn sql(path: &Path, statements: &str) {
    let conn = rusqlite::Connection::open(path).unwrap();
    conn.execute_batch(statements).unwrap();
    conn.close().unwrap();
}

#[test]
fn restore_brings_back_the_accounts_of_the_backup() {
    let (database, backup) = with_backup();
    let before = database.ok(&["export"]);
    database.ok(&["user", "delete", "joe"]);
    database.ok(&["user", "update", "jane", "--name", "Jane Roe", "--email", "jane@roe.example"]);
    database.ok(&["token", "create", "jane", "--name", "later", "--scope", "api"]);
    let backup_bytes = std::fs::read(&backup).unwrap();
    let stdout = database.ok(&["restore", &backup, "--force"]);
    assert_eq!(stdout, format!("restored {} from {backup}\n", database.path().display()));
    assert_eq!(database.ok(&["export"]), before);
    assert_eq!(database.ok(&["check"]), "no damage found\n");
    assert_eq!(std::fs::read(&backup).unwrap(), backup_bytes);
    assert_eq!(listing(database.folder.path()), ["backup.db", "light.json", "test.db"], "restore left files behind");
    let report = database.json(&["restore", &backup, "--force"]);
    assert_eq!(report, json!({"file": backup, "database": database.path().to_str().unwrap()}));
}

#[test]
fn restoring_to_a_new_path_needs_no_force() {
    let (database, backup) = with_backup();
    let new = Database::none();
    let path = new.folder.path().join("empty/new.db");
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    let at_new = |args: &[&str]| ok(run(&[args, &["--db", path.to_str().unwrap()]].concat()));
    at_new(&["restore", &backup]);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "it holds password hashes");
    assert_eq!(at_new(&["export"]), database.ok(&["export"]));
    assert_eq!(at_new(&["check"]), "no damage found\n");
    assert_eq!(listing(path.parent().unwrap()), ["new.db"]);
    // An attempt that was killed early leaves an empty file; a deleted database may leave its WAL.
    let empty = new.file("empty.db", "");
    new.file("empty.db-wal", std::fs::read(&backup).unwrap());
    ok(run(&["restore", &backup, "--db", &empty]));
    assert_eq!(ok(run(&["export", "--db", &empty])), database.ok(&["export"]));
}

#[test]
fn an_existing_database_is_not_replaced_without_force() {
    let (database, backup) = with_backup();
    database.ok(&["user", "delete", "joe"]);
    let before = std::fs::read(database.path()).unwrap();
    let line = database.refused(&["restore", &backup]);
    assert!(line.contains(database.path().to_str().unwrap()) && line.contains("--force"), "{line}");
    let own = database.path().to_str().unwrap();
    for file in [own.to_owned(), format!("{}/./test.db", database.folder.path().display())] {
        assert!(database.refused(&["restore", &file, "--force"]).contains("the database itself"));
    }
    assert_eq!(std::fs::read(database.path()).unwrap(), before);
    // A database with tables but no accounts counts, too.
    let empty = Database::none();
    empty.file("none.json", r#"{"users": []}"#);
    empty.ok(&["import", empty.folder.path().join("none.json").to_str().unwrap()]);
    assert!(empty.refused(&["restore", &backup]).contains("--force"));
}

#[test]
fn a_file_that_is_not_a_backup_is_refused_and_nothing_changes() {
    let (database, backup) = with_backup();
    let text = database.file("text", "not a database, but a text that is longer than its header would be\n".repeat(9));
    let (empty, stub) = (database.file("empty", ""), database.file("stub", "SQLite format 3\0"));
    let foreign = database.file("foreign", "");
    sql(Path::new(&foreign), "CREATE TABLE theirs (x)");
    let newer = database.file("newer", std::fs::read(&backup).unwrap());
    sql(Path::new(&newer), "PRAGMA user_version = 999");
    let missing = database.folder.path().join("missing").to_str().unwrap().to_owned();
    let table = [
        (&text, "not an accountd database"),
        (&empty, "not an accountd database"),
        (&stub, "not an accountd database"),
        (&foreign, "not an accountd database"),
        (&newer, "version 999"),
        (&missing, "no backup at"),
    ];
    let (before, names) = (std::fs::read(database.path()).unwrap(), listing(database.folder.path()));
    let nowhere = database.folder.path().join("nowhere.db");
    for (file, why) in table {
        for line in [
            database.refused(&["restore", file, "--force"]),
            refused(run(&["restore", file, "--db", nowhere.to_str().unwrap()])),
        ] {
            assert!(line.contains(why), "{file}: {line}");
        }
        assert_eq!(std::fs::read(database.path()).unwrap(), before, "{file}");
        assert_eq!(listing(database.folder.path()), names, "{file}");
    }
}

/// The offset of each b-tree page of a database (SQLite's "Database File Format", sections 1.3 and 1.6).
fn pages(bytes: &[u8]) -> Vec<usize> {
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let starts = (0..bytes.len()).step_by(size).map(|at| if at == 0 { 100 } else { at });
    starts.filter(|at| [2, 5, 10, 13].contains(&bytes[*at])).collect()
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + 100].iter_mut().for_each(|byte| *byte ^= 0xff);
    bytes
}

#[test]
fn a_damaged_backup_is_refused() {
    let (database, backup) = with_backup();
    let clean = std::fs::read(&backup).unwrap();
    let before = std::fs::read(database.path()).unwrap();
    let broken_rule = {
        let file = database.file("rule.db", &clean);
        sql(Path::new(&file), "PRAGMA foreign_keys = OFF; UPDATE users SET primary_email_id = 1 WHERE id = 2");
        std::fs::read(file).unwrap()
    };
    let damaged = pages(&clean).into_iter().step_by(3).map(|at| flipped(&clean, at));
    let cut = [clean[..clean.len() / 2 + 7].to_vec(), clean[..4096].to_vec()];
    let mut tried = 0;
    for bytes in damaged.chain(cut).chain([broken_rule]) {
        let file = database.file("damaged.db", bytes);
        let line = database.refused(&["restore", &file, "--force"]);
        assert!(line.contains(&format!("{file} is damaged: ")), "{line}");
        assert_eq!(std::fs::read(database.path()).unwrap(), before);
        tried += 1;
    }
    assert!(tried > 8, "{tried}");
}

#[test]
fn a_damaged_database_can_be_restored() {
    let (database, backup) = with_backup();
    let (expected, clean) = (database.ok(&["export"]), std::fs::read(&backup).unwrap());
    let damaged = pages(&clean).into_iter().step_by(3).map(|at| flipped(&clean, at));
    let cut = [clean[..clean.len() / 2 + 7].to_vec(), clean[..4096].to_vec()];
    let mut tried = 0;
    for bytes in damaged.chain(cut) {
        std::fs::write(database.path(), bytes).unwrap();
        database.refused(&["restore", &backup]);
        database.ok(&["restore", &backup, "--force"]);
        assert_eq!(database.ok(&["check"]), "no damage found\n");
        assert_eq!(database.ok(&["export"]), expected);
        tried += 1;
    }
    assert!(tried > 8, "{tried}");
}

#[test]
fn another_programs_file_is_never_overwritten() {
    let (database, backup) = with_backup();
    let foreign: PathBuf = database.file("foreign.db", "").into();
    sql(&foreign, "CREATE TABLE theirs (x)");
    let text: PathBuf = database.file("text", "precious\n".repeat(99)).into();
    for path in [foreign, text] {
        let before = std::fs::read(&path).unwrap();
        let line = refused(run(&["restore", &backup, "--force", "--db", path.to_str().unwrap()]));
        assert!(line.contains("not an accountd database") && line.contains("move it away"), "{line}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[test]
fn an_older_backup_is_migrated() {
    let database = Database::light();
    let old = database.file("old.db", "");
    let schema = read_file("src/store/migrations/0001_accounts.sql");
    // The application id is "acct", as the server writes it.
    let rows = "PRAGMA application_id = 1633903476; PRAGMA user_version = 1; BEGIN;
        INSERT INTO users (id, username, primary_email_id, created_at, blocked) VALUES (7, 'old', 9, 5, 1);
        INSERT INTO emails (id, user_id, address, verified) VALUES (9, 7, 'old@example.com', 1); COMMIT;";
    sql(Path::new(&old), &format!("{schema}{rows}"));
    let before = std::fs::read(&old).unwrap();
    database.ok(&["restore", &old, "--force"]);
    let users = database.json(&["user", "list"]);
    let shown: Vec<_> = users.as_array().unwrap().iter().map(|user| (&user["id"], &user["username"])).collect();
    assert_eq!(shown, [(&json!(7), &json!("old"))]);
    assert_eq!(database.value::<String>("SELECT state FROM users"), "blocked");
    assert_eq!(database.ok(&["check"]), "no damage found\n");
    assert_eq!(std::fs::read(&old).unwrap(), before);
}

#[test]
fn a_backup_with_another_file_layout_can_be_restored() {
    let (database, backup) = with_backup();
    let expected = database.ok(&["export"]);
    let other = database.file("other.db", std::fs::read(&backup).unwrap());
    sql(Path::new(&other), "PRAGMA page_size = 8192; PRAGMA auto_vacuum = FULL; VACUUM");
    // A copy of a database in use, whose latest writes are in the WAL next to it.
    let logged = database.file("logged.db", std::fs::read(&backup).unwrap());
    let conn = rusqlite::Connection::open(&logged).unwrap();
    conn.execute_batch("PRAGMA journal_mode = WAL; UPDATE users SET company = 'Later, Inc.'").unwrap();
    let copy = database.file("copy.db", std::fs::read(&logged).unwrap());
    database.file("copy.db-wal", std::fs::read(format!("{logged}-wal")).unwrap());
    drop(conn);
    let line = database.refused(&["restore", &copy, "--force"]);
    assert!(line.contains("has a log") && line.contains(&format!("accountd backup OTHER --db {copy}")), "{line}");
    let whole = format!("{copy}.whole");
    ok(run(&["backup", &whole, "--db", &copy]));
    for (file, companies) in [(other, 0), (whole, 2)] {
        database.ok(&["user", "update", "joe", "--company", "Before, Inc."]);
        database.ok(&["restore", &file, "--force"]);
        assert_eq!(database.ok(&["check"]), "no damage found\n");
        assert_eq!(database.value::<i64>("SELECT count(*) FROM users WHERE company = 'Later, Inc.'"), companies);
        assert_eq!(database.value::<i64>("PRAGMA page_size"), 4096);
        if companies == 0 {
            assert_eq!(database.ok(&["export"]), expected);
        }
    }
}

/// A plain copy of the file is a valid backup if no process has the database open.
#[test]
fn the_file_of_a_stopped_server_can_be_restored() {
    let (database, _) = with_backup();
    let before = database.ok(&["export"]);
    let bytes = std::fs::read(database.path()).unwrap();
    assert_eq!(bytes[18..20], [2, 2], "not in WAL mode (Database File Format, section 1.3.3)");
    let copy = database.file("copy.db", bytes.clone());
    database.ok(&["user", "delete", "joe"]);
    database.ok(&["restore", &copy, "--force"]);
    assert_eq!(database.ok(&["export"]), before);
    assert_eq!(database.ok(&["check"]), "no damage found\n");
    let new = Database::none();
    new.ok(&["restore", &copy]);
    assert_eq!(new.ok(&["export"]), before);
    assert_eq!(std::fs::read(&copy).unwrap(), bytes);
    assert_eq!(listing(new.folder.path()), ["test.db"], "restore left files behind");
}

#[test]
fn a_running_server_serves_restored_accounts_immediately() {
    let server = light_server();
    let backup = server.folder.path().join("backup.db");
    server.ok(&["backup", backup.to_str().unwrap()]);
    let later = server.ok(&["token", "create", "jane", "--name", "later", "--scope", "api"]);
    let later = later.split_whitespace().last().unwrap().to_owned();
    let mut connection = Connection::to(&server);
    for round in 0..3 {
        server.ok(&["user", "update", "jane", "--name", &format!("Jane {round}")]);
        if round == 0 {
            assert_eq!(connection.by(&later, "/api/v3/user").0, 200, "the token is valid, and now cached");
            server.delete("/api/v3/users/2").private_token(JANE).send().expect(200);
        }
        assert_eq!(connection.by(JOE, "/api/v3/user").0, if round == 0 { 401 } else { 200 });
        server.ok(&["restore", backup.to_str().unwrap(), "--force"]);
        assert_eq!(connection.by(&later, "/api/v3/user").0, 401);
        assert_eq!(connection.by(JOE, "/api/v3/user").1["username"], "joe");
        assert_eq!(connection.by(JANE, "/api/v3/user").1["name"], "Jane Doe");
    }
    let body = json!({"email": "joe@new.example"});
    server.post("/api/v1.1/users/joe/emails/").bearer(JOE).json(body).send().expect(201);
    assert_eq!(server.value::<i64>("SELECT count(*) FROM emails WHERE address = 'joe@new.example'"), 1);
    assert_eq!(server.ok(&["check"]), "no damage found\n");
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

#[test]
fn restore_leaves_a_locked_database_unchanged() {
    let (database, backup) = with_backup();
    database.ok(&["user", "delete", "joe"]);
    let before = database.ok(&["export"]);
    let other = rusqlite::Connection::open(database.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let line = database.refused(&["restore", &backup, "--force"]);
    assert!(line.contains("busy"), "{line}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(database.ok(&["export"]), before);
    database.ok(&["restore", &backup, "--force"]);
    assert_eq!(database.value::<i64>("SELECT count(*) FROM users"), 2);
}
