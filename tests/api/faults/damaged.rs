//! Damaged pages and write-ahead logs.

use super::{add, added, assert_refused, assert_well, logged};
use crate::cli::{Commands, Database, JANE, JOE, light_server, ok, reopen};
use crate::harness::{Server, run};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Overwrites the first page of a table or an index in a file that no process has open.
fn damage(path: &Path, name: &str) {
    let conn = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = ?1";
    let (page, size): (usize, usize) = conn
        .query_row(sql, [name], |row| Ok((row.get::<_, i64>(0)? as usize, row.get::<_, i64>(1)? as usize)))
        .unwrap();
    conn.close().unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    bytes[(page - 1) * size..page * size].iter_mut().for_each(|byte| *byte ^= 0xff);
    std::fs::write(path, bytes).unwrap();
}

fn with_backup() -> (Database, String) {
    let database = Database::light();
    let backup = database.folder.path().join("backup.db").to_str().unwrap().to_owned();
    database.ok(&["backup", &backup]);
    (database, backup)
}

fn serve(database: Database) -> Server {
    let db = database.path().to_str().unwrap().to_owned();
    Server::start_in(database.folder, &["--db", &db])
}

#[test]
fn a_damaged_table_fails_alone_and_is_restored_without_a_restart() {
    let (database, backup) = with_backup();
    damage(database.path(), "ssh_keys");
    let server = serve(database);
    let answer = server.get("/api/v3/user/keys").private_token(JANE).send();
    assert_eq!((answer.status, answer.json()), (500, json!({"message": "500 Internal Server Error"})));
    logged(&server, "malformed");
    assert_eq!(server.get("/api/v3/user").private_token(JANE).send().expect(200)["username"], "jane");
    add(&server, "meanwhile@example.com").expect(201);
    let output = server.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().lines().count() > 0);
    server.ok(&["restore", &backup, "--force"]);
    let keys = server.get("/api/v3/user/keys").private_token(JANE).send().expect(200);
    assert_eq!(keys.as_array().unwrap().len(), 1);
    assert_well(&server, "after@example.com");
}

#[test]
fn a_failed_token_lookup_is_a_500_not_a_401() {
    for name in ["tokens_by_hash", "tokens"] {
        let (database, backup) = with_backup();
        damage(database.path(), name);
        let server = serve(database);
        for _ in 0..3 {
            assert_refused(&add(&server, "refused@example.com"), &[500]);
        }
        logged(&server, "malformed");
        server.ok(&["restore", &backup, "--force"]);
        assert_eq!(added(&server), Vec::<String>::new());
        assert_well(&server, "after@example.com");
    }
}

#[test]
fn a_server_does_not_start_on_a_damaged_database() {
    for name in ["users", "sqlite_schema"] {
        let (database, backup) = with_backup();
        if name == "sqlite_schema" {
            let mut bytes = std::fs::read(database.path()).unwrap();
            bytes[100..4096].iter_mut().for_each(|byte| *byte ^= 0xff);
            std::fs::write(database.path(), bytes).unwrap();
        } else {
            damage(database.path(), name);
        }
        let output = run(&["serve", "--listen", "127.0.0.1:0", "--db", database.path().to_str().unwrap()]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.code() == Some(1) && output.stdout.is_empty() && stderr.contains("malformed"),
            "{stderr}"
        );
        let line = stderr.lines().find(|line| line.starts_with("accountd: ")).unwrap();
        assert!(line.contains("malformed") || line.contains("the log has the cause"), "{stderr}");
        assert!(stderr.lines().count() <= 3 && !stderr.contains("panicked"), "{stderr}");
        database.ok(&["restore", &backup, "--force"]);
        assert_well(&serve(database), "after@example.com");
    }
}

fn wal_path(server: &Server) -> PathBuf {
    server.folder.path().join("test.db-wal")
}

/// After a kill, the next server recovers the WAL up to the first damage, which is a state that the database once had.
#[test]
fn a_truncated_wal_is_recovered_up_to_the_damage() {
    let mut server = light_server();
    let all: Vec<_> = (0..12).map(|at| format!("a{at}@example.com")).collect();
    all.iter().for_each(|address| drop(add(&server, address).expect(201)));
    server.signal("KILL");
    server.wait();
    let (db, log) = (std::fs::read(&server.db).unwrap(), std::fs::read(wal_path(&server)).unwrap());
    let cuts = (0..8).map(|at| log[..log.len() * at / 8].to_vec());
    let flipped = [log.len() / 2, 33, 5].map(|at| {
        let mut log = log.clone();
        log[at] ^= 0xff;
        log
    });
    let longer = [&log[..], &[0x55; 5000]].concat();
    let mut recovered = Vec::new();
    for bytes in cuts.chain(flipped).chain([log.clone(), longer]) {
        std::fs::write(&server.db, &db).unwrap();
        std::fs::write(wal_path(&server), bytes).unwrap();
        let _ = std::fs::remove_file(server.folder.path().join("test.db-shm"));
        server = reopen(server, &[]);
        let found = added(&server);
        assert_eq!(found, all[..found.len()], "the recovered writes are not a prefix of the acknowledged ones");
        recovered.push(found.len());
        assert_well(&server, "after@example.com");
        server.signal("KILL");
        server.wait();
    }
    assert_eq!(recovered[recovered.len() - 2..], [12, 12], "{recovered:?}");
    assert!(recovered[..8].is_sorted() && recovered[0] == 0 && recovered[7] > 6, "{recovered:?}");
}

#[test]
fn the_wal_of_another_database_is_not_applied() {
    let (database, backup) = with_backup();
    let other = light_server();
    add(&other, "other@example.com").expect(201);
    let log = std::fs::read(wal_path(&other)).unwrap();
    let new = database.folder.path().join("new.db");
    std::fs::write(format!("{}-wal", new.display()), log).unwrap();
    ok(run(&["restore", &backup, "--db", new.to_str().unwrap()]));
    let count: i64 = rusqlite::Connection::open(&new)
        .unwrap()
        .query_row("SELECT count(*) FROM emails", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 3);
    assert_eq!(other.get("/api/v3/user").private_token(JOE).send().expect(200)["username"], "joe");
}
