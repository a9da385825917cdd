//! The database file (SPEC 7).

use crate::cli::{Commands, Database, JANE, JOE, light, light_server, refused, reopen};
use crate::harness::{Server, accountd, binary, read_file, run};
use rusqlite::Connection;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

fn hash(path: &Path) -> Vec<u8> {
    Sha256::digest(std::fs::read(path).unwrap()).to_vec()
}

/// The schema version that schema.sql names.
fn current_version() -> i64 {
    let schema = read_file("schema.sql");
    let (_, rest) = schema.lines().next().unwrap().split_once("user_version ").unwrap();
    rest.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

/// The tables, indexes and triggers, without comments and layout. ALTER TABLE changes the text of a definition in its
/// own layout.
fn schema(conn: &Connection) -> Vec<(String, String)> {
    let plain = |sql: String| {
        let lines = sql.lines().map(|line| line.split("--").next().unwrap());
        let words = lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        words.replace(" ,", ",").replace("( ", "(").replace(" )", ")")
    };
    let sql = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, plain(row.get(1)?)))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_new_database_matches_schema_sql() {
    let server = light_server();
    assert_eq!(server.value::<String>("PRAGMA journal_mode"), "wal");
    assert_eq!(server.value::<i64>("PRAGMA user_version"), current_version());
    assert_ne!(server.value::<i64>("PRAGMA application_id"), 0);
    let loose =
        "SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'";
    assert_eq!(server.value::<i64>(loose), 0);
    assert_eq!(server.value::<String>("PRAGMA integrity_check"), "ok");
    let written = Connection::open_in_memory().unwrap();
    written.execute_batch(&read_file("schema.sql")).unwrap();
    assert_eq!(schema(&Connection::open(&server.db).unwrap()), schema(&written));
}

#[test]
fn password_hashes_meet_the_owasp_minimum() {
    let server = light_server();
    server.ok(&["user", "password", "joe", "--generate"]);
    let body = json!({"username": "ada", "name": "Ada", "password": "correct-horse", "email": "ada@example.com"});
    server.post("/api/v3/users").private_token(JANE).json(body).send().expect(201);
    for id in [2, 3] {
        let hash: String = server.value(&format!("SELECT password_hash FROM users WHERE id = {id}"));
        let mut parts = hash.split('$').skip(1);
        assert_eq!((parts.next(), parts.next()), (Some("argon2id"), Some("v=19")));
        let number = |text: &str, name: &str| text.strip_prefix(name).unwrap().parse::<u32>().unwrap();
        let costs: Vec<_> = parts.next().unwrap().split(',').collect();
        let (memory, rounds) = (number(costs[0], "m="), number(costs[1], "t="));
        // OWASP's Password Storage Cheat Sheet: m=19456 with t=2, or m=47104 with t=1.
        assert!((memory >= 19_456 && rounds >= 2) || memory >= 47_104, "{hash}");
    }
}

/// Runs every kind of command that opens a database on this file. Each must refuse with a line that contains `why`.
fn assert_every_command_refuses(path: &Path, why: &str) {
    let folder = tempfile::tempdir().unwrap();
    let fixture = folder.path().join("light.json");
    std::fs::write(&fixture, light().to_string()).unwrap();
    let copy = folder.path().join("copy.db");
    let commands: [&[&str]; 6] = [
        &["user", "list"],
        &["user", "add", "ada", "--email", "ada@example.com", "--generate"],
        &["import", fixture.to_str().unwrap()],
        &["backup", copy.to_str().unwrap()],
        &["check"],
        &["serve", "--listen", "127.0.0.1:0"],
    ];
    let (before, files) = (hash(path), std::fs::read_dir(path.parent().unwrap()).unwrap().count());
    for command in commands {
        let line = refused(run(&[command, &["--db", path.to_str().unwrap()]].concat()));
        assert!(line.contains(why), "{command:?}: {line}");
        assert_eq!(hash(path), before, "{command:?}");
    }
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), files);
    assert!(!copy.exists());
}

#[test]
fn a_newer_database_is_refused_and_unchanged() {
    for journal in ["WAL", "DELETE"] {
        let database = Database::light();
        let newer = current_version() + 1;
        let conn = Connection::open(database.path()).unwrap();
        conn.execute_batch(&format!("PRAGMA user_version = {newer}; PRAGMA journal_mode = {journal};")).unwrap();
        conn.close().unwrap();
        assert_every_command_refuses(database.path(), &format!("version {newer}"));
        let conn = Connection::open(database.path()).unwrap();
        conn.execute_batch(&format!("PRAGMA user_version = {}", current_version())).unwrap();
        conn.close().unwrap();
        assert_eq!(database.ok(&["check"]), "no damage found\n");
    }
}

#[test]
fn another_programs_file_is_refused_and_unchanged() {
    let database = Database::none();
    let conn = Connection::open(database.path()).unwrap();
    conn.execute_batch("CREATE TABLE users (id, username)").unwrap();
    conn.close().unwrap();
    assert_every_command_refuses(database.path(), "not an accountd database");
    for bytes in ["a text\n".repeat(100).into_bytes(), b"short".to_vec(), vec![0xff; 4096]] {
        std::fs::write(database.path(), bytes).unwrap();
        assert_every_command_refuses(database.path(), "not an accountd database");
    }
}

#[test]
fn an_unwritable_folder_is_reported_in_one_line() {
    use std::os::unix::fs::PermissionsExt;
    let database = Database::light();
    let new = database.folder.path().join("new.db");
    let set = |mode| std::fs::set_permissions(database.folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o500);
    // Root can write anywhere unless it drops that capability.
    let root = std::fs::write(database.folder.path().join("probe"), "").is_ok();
    let command = |args: &[&str]| {
        if !root {
            return accountd(args).output().unwrap();
        }
        let mut command = Command::new("setpriv");
        let capabilities = "-dac_override,-dac_read_search";
        command
            .args(["--bounding-set", capabilities, "--inh-caps", capabilities, binary()])
            .args(args)
            .output()
            .unwrap()
    };
    for (path, why) in [(new.as_path(), new.to_str().unwrap()), (database.path(), "readonly")] {
        let path = path.to_str().unwrap();
        let line = refused(command(&["user", "add", "ada", "--email", "a@e.example", "--generate", "--db", path]));
        assert!(line.contains(why), "{line}");
    }
    set(0o700);
    assert!(!new.exists());
    assert_eq!(database.value::<i64>("SELECT count(*) FROM users"), 2);
}

#[test]
fn the_schema_enforces_the_rules_against_any_program() {
    let database = Database::light();
    database.ok(&["email", "add", "jane", "jane@work.example"]);
    let before = database.ok(&["export"]);
    let conn = Connection::open(database.path()).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let table = [
        ("UPDATE users SET username = 'JANE' WHERE id = 2", "UNIQUE constraint failed: users.username"),
        ("UPDATE users SET username = '' WHERE id = 2", "CHECK constraint failed: length(username)"),
        ("UPDATE users SET admin = 2 WHERE id = 2", "CHECK constraint failed: admin"),
        ("UPDATE users SET projects_limit = -1 WHERE id = 2", "CHECK constraint failed: projects_limit"),
        ("UPDATE users SET name = 'x' || hex(zeroblob(200)) WHERE id = 2", "CHECK constraint failed: length(name)"),
        (
            "UPDATE users SET created_at = 'yesterday' WHERE id = 2",
            "cannot store TEXT value in INTEGER column users.created_at",
        ),
        ("DELETE FROM emails WHERE address = 'joe@example.com'", "a primary address cannot be deleted"),
        ("UPDATE users SET primary_email_id = NULL WHERE id = 2", "NOT NULL constraint failed: users.primary_email_id"),
        ("UPDATE users SET primary_email_id = 999 WHERE id = 2", "FOREIGN KEY constraint failed"),
        (
            "UPDATE users SET primary_email_id = (SELECT primary_email_id FROM users WHERE id = 1) WHERE id = 2",
            "FOREIGN KEY constraint failed",
        ),
        ("UPDATE emails SET user_id = 2 WHERE address = 'jane@example.com'", "FOREIGN KEY constraint failed"),
        (
            "UPDATE emails SET address = 'JANE@EXAMPLE.COM' WHERE address = 'joe@work.example'",
            "UNIQUE constraint failed: emails.address",
        ),
        ("UPDATE emails SET verified = 2 WHERE user_id = 2", "cannot UPDATE generated column"),
        (
            "INSERT INTO users (username, primary_email_id, created_at) VALUES ('eve', 1, 0)",
            "FOREIGN KEY constraint failed",
        ),
        ("INSERT INTO emails (user_id, address) VALUES (999, 'x@y.example')", "FOREIGN KEY constraint failed"),
        (
            "INSERT INTO ssh_keys (user_id, title, key, fingerprint, md5, created_at)
               SELECT 2, title, key, fingerprint, md5, 0 FROM ssh_keys",
            "UNIQUE constraint failed: ssh_keys.fingerprint",
        ),
        ("UPDATE ssh_keys SET fingerprint = x'00'", "CHECK constraint failed: length(fingerprint)"),
        ("UPDATE ssh_keys SET key = 'one' || char(10) || 'two'", "CHECK constraint failed: length(key)"),
        ("UPDATE ssh_keys SET title = ''", "CHECK constraint failed: length(title)"),
        ("UPDATE tokens SET hash = (SELECT hash FROM tokens WHERE id = 1)", "UNIQUE constraint failed: tokens.hash"),
        ("UPDATE tokens SET kind = 'magic'", "CHECK constraint failed: kind"),
        ("UPDATE tokens SET scopes = ''", "CHECK constraint failed: scopes"),
    ];
    for (sql, why) in table {
        let error = conn.execute_batch(sql).expect_err(sql).to_string();
        assert!(error.contains(why), "{sql}: {error}");
    }
    conn.execute_batch("INSERT INTO identities (user_id, provider, extern_uid) VALUES (1, 'ldap', 'x')").unwrap();
    let twice = "INSERT INTO identities (user_id, provider, extern_uid) VALUES (2, 'ldap', 'x')";
    let error = conn.execute_batch(twice).unwrap_err().to_string();
    assert!(error.contains("UNIQUE constraint failed: identities.provider, identities.extern_uid"), "{error}");
    conn.execute_batch("DELETE FROM identities").unwrap();
    drop(conn);
    assert_eq!(database.ok(&["export"]), before);
    assert_eq!(database.ok(&["check"]), "no damage found\n");
}

#[test]
fn a_deleted_id_cannot_be_inserted_again() {
    let database = Database::light();
    let conn = Connection::open(database.path()).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = ON; DELETE FROM users WHERE id = 2; DELETE FROM ssh_keys WHERE id = 1;")
        .unwrap();
    let left: i64 = conn.query_row("SELECT count(*) FROM emails WHERE user_id = 2", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
    let again = [
        "INSERT INTO users (id, username, primary_email_id, created_at) VALUES (2, 'eve', 99, 0)",
        "INSERT INTO ssh_keys (id, user_id, title, key, fingerprint, md5, created_at)
           VALUES (1, 1, 'x', 'x', zeroblob(32), zeroblob(16), 0)",
    ];
    for sql in again {
        // In a transaction, so that the missing email address alone would not be an error yet.
        conn.execute_batch("BEGIN").unwrap();
        let error = conn.execute_batch(sql).expect_err(sql).to_string();
        conn.execute_batch("ROLLBACK").unwrap();
        assert!(error.contains("used before"), "{sql}: {error}");
    }
}

#[test]
fn an_acknowledged_write_survives_kill_9() {
    let mut server = light_server();
    let key = read_file("fixtures/keys/accepted/ecdsa-384.pub");
    for round in 0..4 {
        let address = format!("joe{round}@example.com");
        let body = json!({"email": address});
        server.post("/api/v1.1/users/joe/emails/").bearer(JOE).json(body).send().expect(201);
        let name = json!({"full_name": format!("Joe {round}")});
        server.patch("/api/v1.1/users/joe/").bearer(JOE).json(name).send().expect(200);
        let body = json!({"title": "desk", "key": key});
        let id = server.post("/api/v3/user/keys").private_token(JOE).json(body).send().expect(201)["id"].clone();
        server.signal("KILL");
        assert!(!server.wait().success());
        server = reopen(server, &[]);
        let emails = server.get("/api/v1.1/users/joe/emails/").bearer(JOE).send().expect(200);
        assert!(emails.as_array().unwrap().iter().any(|email| email["email"] == address), "{round}: {emails}");
        let name = &server.get("/api/v1.1/users/joe/").bearer(JOE).send().expect(200)["full_name"];
        assert_eq!(*name, format!("Joe {round}"));
        assert_eq!(
            server.get(&format!("/api/v3/user/keys/{id}")).private_token(JOE).send().expect(200)["title"],
            "desk"
        );
        assert_eq!(server.ok(&["check"]), "no damage found\n");
        server.delete(&format!("/api/v3/user/keys/{id}")).private_token(JOE).send().expect(200);
    }
}

#[test]
fn a_long_write_by_another_program_delays_only_writers_and_only_briefly() {
    let server = light_server();
    let other = Connection::open(&server.db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE users SET name = 'Not yet' WHERE id = 2;").unwrap();
    let read = || {
        assert_eq!(server.get("/api/v1.1/users/joe/").bearer(JOE).send().expect(200)["full_name"], "Joe Roe");
        assert_eq!(server.get("/api/v3/users").private_token(JANE).send().expect(200)[1]["name"], "Joe Roe");
    };
    read();
    assert!(server.ok(&["user", "list"]).contains("Joe Roe"));
    let started = Instant::now();
    std::thread::scope(|scope| {
        let docker =
            scope.spawn(|| server.patch("/api/v1.1/users/joe/").bearer(JOE).json(json!({"full_name": "J"})).send());
        let gitlab =
            scope.spawn(|| server.put("/api/v3/users/2").private_token(JANE).json(json!({"name": "J"})).send());
        let command = scope.spawn(|| server.refused(&["user", "update", "joe", "--name", "J"]));
        while !(docker.is_finished() && gitlab.is_finished()) {
            read();
        }
        for (answer, text) in [(docker.join().unwrap(), "detail"), (gitlab.join().unwrap(), "message")] {
            assert_eq!(answer.status, 503, "{answer:?}");
            let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=60).contains(&seconds));
            assert!(answer.json()[text].is_string() && !answer.body.to_lowercase().contains("sql"), "{answer:?}");
        }
        assert!(command.join().unwrap().contains("busy"));
    });
    assert!(started.elapsed() < Duration::from_secs(9), "{:?}", started.elapsed());
    read();
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(server.get("/api/v1.1/users/joe/").bearer(JOE).send().expect(200)["full_name"], "Not yet");
    server.patch("/api/v1.1/users/joe/").bearer(JOE).json(json!({"full_name": "J"})).send().expect(200);
    assert_eq!(server.get("/api/v3/user").private_token(JOE).send().expect(200)["name"], "J");
}

/// The database holds password hashes, so only its owner may read it and the files that SQLite keeps next to it.
#[test]
fn a_new_database_is_private_to_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::on_file_without_passwords(&[]);
    for end in ["", "-wal", "-shm"] {
        let path = format!("{}{end}", server.db.to_str().unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path}");
    }
}
