//! An account with very many tokens is deleted, and no other write gets in until the last of its rows is gone. The
//! account is gone with the first write, and the rows follow in small steps.

use crate::harness::{JOHN, ROOT, Server};
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

const TOKENS: u32 = 20_000;
const ROWS: &str = "SELECT (SELECT count(*) FROM tokens WHERE user_id = 3)
                         + (SELECT count(*) FROM authorizations WHERE user_id = 3)";

/// Gives jack_smith (id 3) many tokens.
fn add_tokens(db: &Path) {
    let conn = Connection::open(db).unwrap();
    conn.busy_timeout(Duration::from_secs(5)).unwrap();
    let sql = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1)
               INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at)
               SELECT 3, 'personal', 'one of many', randomblob(32), 'api', 0 FROM n";
    conn.execute(sql, [TOKENS]).unwrap();
}

#[track_caller]
fn wait_until_no_row_is_left(server: &Server) {
    let end = Instant::now() + Duration::from_secs(30);
    while server.sql::<i64>(ROWS) + server.sql::<i64>("SELECT count(*) FROM deleted_users") > 0 {
        assert!(Instant::now() < end, "{} rows are left", server.sql::<i64>(ROWS));
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn assert_undamaged(server: &Server) {
    let checked = server.cli(&["check"]);
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn a_large_account_is_gone_at_once_and_other_writes_get_in_before_its_rows_are() {
    let server = Server::on_file_without_passwords(&[]);
    add_tokens(&server.db);
    let deleted = server.delete("/api/v3/users/3").private_token(ROOT).send().expect(200);
    assert_eq!(deleted["username"], "jack_smith");
    assert!(server.sql::<i64>(ROWS) > 0, "all rows were deleted in one write");
    let path = "/api/v1.1/users/john_smith/";
    server.patch(path).bearer(JOHN).json(json!({"company": "Elsewhere"})).send().expect(200);
    assert!(server.sql::<i64>(ROWS) > 0, "the write had to wait for all rows");
    assert_undamaged(&server);
    let found = server.get("/api/v4/personal_access_tokens?search=many").private_token(ROOT).send().expect(200);
    assert_eq!(found, json!([]));
    // The name is free.
    let again =
        json!({"username": "jack_smith", "name": "Jack", "email": "jack@example.com", "password": "correct-horse"});
    let created = server.post("/api/v3/users").private_token(ROOT).json(again).send().expect(201);
    assert!(created["id"].as_i64().unwrap() > 5, "{created}");
    wait_until_no_row_is_left(&server);
    assert_undamaged(&server);
}

#[test]
fn a_server_that_starts_finishes_a_deletion_that_was_interrupted() {
    let mut server = Server::on_file_without_passwords(&[]);
    add_tokens(&server.db);
    server.delete("/api/v4/users/3").private_token(ROOT).send();
    server.signal("KILL");
    server.wait();
    assert!(server.sql::<i64>(ROWS) > 0);
    assert_undamaged(&server);
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    let db = folder.path().join("test.db");
    let server = Server::start_in(folder, &["--db", db.to_str().unwrap()]);
    server.get("/api/v4/users/3").private_token(ROOT).send().expect(404);
    wait_until_no_row_is_left(&server);
}

#[test]
fn the_command_deletes_every_row_before_it_ends() {
    let mut server = Server::on_file_without_passwords(&[]);
    add_tokens(&server.db);
    assert!(server.stop().success());
    let deleted = server.cli(&["user", "delete", "jack_smith"]);
    assert!(deleted.status.success(), "{deleted:?}");
    assert_eq!(server.sql::<i64>(ROWS) + server.sql::<i64>("SELECT count(*) FROM deleted_users"), 0);
    assert_undamaged(&server);
}

/// The user who created many others, as a script that imports accounts does.
#[test]
fn deleting_the_creator_of_others_changes_none_of_them() {
    let server = Server::on_file_without_passwords(&[]);
    let body = json!({"username": "ada", "name": "Ada", "email": "ada@example.com", "force_random_password": true});
    let ada = server.post("/api/v4/users").private_token(ROOT).json(body).send().expect(201);
    let path = format!("/api/v4/users/{}", ada["id"]);
    assert_eq!(server.get(&path).private_token(ROOT).send().expect(200)["created_by"]["username"], "root");
    assert!(server.cli(&["user", "update", "ada", "--admin", "true"]).status.success());
    assert!(server.cli(&["user", "delete", "root"]).status.success());
    let token = server.cli(&["token", "create", "ada", "--scope", "api"]);
    let token = String::from_utf8(token.stdout).unwrap();
    let token = token.trim();
    assert_eq!(server.get(&path).private_token(token).send().expect(200)["created_by"], json!(null));
    assert_eq!(server.sql::<i64>("SELECT created_by FROM users WHERE username = 'ada'"), 4, "her row was written");
    assert_undamaged(&server);
}
