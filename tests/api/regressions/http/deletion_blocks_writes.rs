//! An account with very many tokens is deleted, and no other write gets in until the last of its rows is gone. The
//! account is gone with the first write, and the rows follow in small steps.

use crate::harness::{JOHN, ROOT, Server};
use rusqlite::Connection;
use serde_json::json;
use std::time::{Duration, Instant};

/// Ten times as many as one write deletes.
const TOKENS: u32 = 5000;
const ROWS: &str = "SELECT (SELECT count(*) FROM tokens WHERE user_id = 3) + (SELECT count(*) FROM deleted_users)";

/// A connection to the file of a server, with many tokens of jack_smith (id 3).
fn with_many_tokens(server: &Server) -> Connection {
    let conn = Connection::open(&server.db).unwrap();
    conn.busy_timeout(Duration::from_secs(5)).unwrap();
    conn.pragma_update(None, "foreign_keys", true).unwrap();
    let sql = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1)
               INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at)
               SELECT 3, 'personal', 'one of many', randomblob(32), 'api', 0 FROM n";
    conn.execute(sql, [TOKENS]).unwrap();
    conn
}

#[track_caller]
fn wait_until_no_row_is_left(server: &Server) {
    let end = Instant::now() + Duration::from_secs(60);
    while server.sql::<i64>(ROWS) > 0 {
        assert!(Instant::now() < end, "{} rows are left", server.sql::<i64>(ROWS));
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn assert_undamaged(server: &Server) {
    let checked = server.cli(&["check"]);
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn other_writes_get_in_while_the_rows_of_a_deleted_user_are_deleted() {
    let server = Server::on_file_without_passwords(&[]);
    let conn = with_many_tokens(&server);
    // Each write of john_smith notes what is left of jack_smith.
    conn.execute_batch(
        "CREATE TABLE seen (users INTEGER, tokens INTEGER);
         CREATE TRIGGER notes AFTER UPDATE OF company ON users WHEN NEW.id = 1
         BEGIN
           INSERT INTO seen SELECT (SELECT count(*) FROM users WHERE id = 3), count(*) FROM tokens WHERE user_id = 3;
         END",
    )
    .unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    let deleted = std::thread::scope(|scope| {
        let deletion = scope.spawn(|| server.delete("/api/v3/users/3").private_token(ROOT).send());
        for n in 0.. {
            let body = json!({ "company": n.to_string() });
            server.patch("/api/v1.1/users/john_smith/").bearer(JOHN).json(body).send().expect(200);
            if deletion.is_finished() && server.sql::<i64>(ROWS) == 0 {
                break;
            }
            assert!(Instant::now() < end, "{} rows are left", server.sql::<i64>(ROWS));
        }
        deletion.join().unwrap()
    });
    assert_eq!(deleted.expect(200)["username"], "jack_smith");
    let between: i64 = server.sql("SELECT count(*) FROM seen WHERE users = 0 AND tokens > 0");
    assert!(between > 0, "{}", server.rows("SELECT * FROM seen"));
    assert_undamaged(&server);
}

/// The state after a crash: the user's row is gone, those of the tokens are not.
#[test]
fn a_server_that_starts_finishes_a_deletion_that_was_interrupted() {
    let mut server = Server::on_file_without_passwords(&[]);
    assert!(server.stop().success());
    with_many_tokens(&server).execute("DELETE FROM users WHERE id = 3", []).unwrap();
    assert_eq!(server.sql::<i64>(ROWS), i64::from(TOKENS) + 2);
    assert_undamaged(&server);
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    let db = folder.path().join("test.db");
    let server = Server::start_in(folder, &["--db", db.to_str().unwrap()]);
    let found = server.get("/api/v4/personal_access_tokens?search=many").private_token(ROOT).send().expect(200);
    assert_eq!(found, json!([]));
    // The name and the address are free.
    let jack =
        json!({"username": "jack_smith", "name": "Jack", "email": "jack@example.com", "force_random_password": true});
    let created = server.post("/api/v4/users").private_token(ROOT).json(jack).send().expect(201);
    assert!(created["id"].as_i64().unwrap() > 5, "{created}");
    wait_until_no_row_is_left(&server);
    assert_undamaged(&server);
}

#[test]
fn the_command_deletes_every_row_before_it_ends() {
    let mut server = Server::on_file_without_passwords(&[]);
    with_many_tokens(&server);
    assert!(server.stop().success());
    let deleted = server.cli(&["user", "delete", "jack_smith"]);
    assert!(deleted.status.success(), "{deleted:?}");
    assert_eq!(server.sql::<i64>(ROWS), 0);
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
