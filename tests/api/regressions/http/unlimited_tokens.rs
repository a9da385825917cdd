//! A user creates personal access tokens, or adds and removes keys, in a loop until the database fills the disk. The
//! number of active tokens of a user is limited, and a deleted key leaves nothing behind.

use crate::gitlab_v3::public_key;
use crate::harness::{JOHN, ROOT, Response, Server, run};
use serde_json::{Value, json};

/// The most active personal access tokens that a user may have.
const MOST: usize = 1000;

/// A server on a file where eve (id 7) has this many tokens that are valid, and some that have expired.
fn server_with_tokens(valid: usize) -> Server {
    let token = |n: usize| json!({"name": format!("t{n}"), "token": format!("eves-token-{n:08}"), "scopes": ["api"]});
    let expired = (0..20).map(|n| {
        json!({"name": "old", "token": format!("eves-old-token-{n:08}"), "scopes": ["api"],
            "expires_at": "2020-01-01T00:00:00Z"})
    });
    let tokens: Vec<Value> = (0..valid).map(token).chain(expired).collect();
    let eve = json!({"id": 7, "username": "eve", "emails": [{"email": "eve@example.com"}], "tokens": tokens});
    let root = json!({"id": 4, "username": "root", "admin": true, "emails": [{"email": "root@example.com"}],
        "tokens": [{"token": ROOT, "scopes": ["api"]}]});
    let folder = tempfile::tempdir().unwrap();
    let (db, seed) = (folder.path().join("test.db"), folder.path().join("seed.json"));
    std::fs::write(&seed, json!({"users": [root, eve]}).to_string()).unwrap();
    let args = ["--db", db.to_str().unwrap(), "--seed", seed.to_str().unwrap()].map(str::to_owned);
    Server::start_in(folder, &args.each_ref().map(String::as_str))
}

fn create(server: &Server) -> Response {
    let body = json!({"name": "another", "scopes": ["api"]});
    server.post("/api/v4/user/personal_access_tokens").private_token("eves-token-00000000").json(body).send()
}

/// Tokens that eve has and that are valid.
fn active(server: &Server) -> i64 {
    server.sql(
        "SELECT count(*) FROM tokens WHERE user_id = 7 AND kind = 'personal' AND revoked_at IS NULL
         AND (expires_at IS NULL OR expires_at > unixepoch() * 1000000)",
    )
}

#[track_caller]
fn assert_limit_named(answer: &Response) {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.body.contains("1000"), "{answer:?}");
}

#[test]
fn the_thousand_and_first_active_token_is_refused() {
    let server = server_with_tokens(MOST - 1);
    create(&server).expect(201);
    assert_limit_named(&create(&server));
    let by_admin = json!({"name": "by root", "scopes": ["api"]});
    let by_admin = server.post("/api/v4/users/7/personal_access_tokens").private_token(ROOT).json(by_admin);
    assert_limit_named(&by_admin.send());
    assert_eq!(active(&server), MOST as i64);
}

#[test]
fn a_revoked_token_makes_room_and_a_rotated_one_needs_none() {
    let server = server_with_tokens(MOST);
    assert_limit_named(&create(&server));
    let path = "/api/v4/personal_access_tokens/self";
    let rotated = server.post(&format!("{path}/rotate")).private_token("eves-token-00000001").json(json!({})).send();
    assert_eq!(rotated.status, 200, "{rotated:?}");
    assert_eq!(active(&server), MOST as i64);
    assert_eq!(server.delete(path).private_token("eves-token-00000002").send().status, 204);
    create(&server).expect(201);
    assert_limit_named(&create(&server));
}

#[test]
fn the_command_line_keeps_the_limit() {
    let server = server_with_tokens(MOST);
    let created = server.cli(&["token", "create", "eve", "--name", "another", "--scope", "api"]);
    assert_eq!(created.status.code(), Some(1), "{created:?}");
    assert!(String::from_utf8_lossy(&created.stderr).contains("1000"), "{created:?}");
    assert_eq!(active(&server), MOST as i64);
}

#[test]
fn concurrent_requests_do_not_exceed_the_limit() {
    let server = server_with_tokens(MOST - 1);
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| create(&server).status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [&[201][..], &[400; 7]].concat());
    assert_eq!(active(&server), MOST as i64);
}

/// The number of rows of each table, except the audit log's, which has one for each change.
fn rows(server: &Server) -> Value {
    let names =
        server.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'audit_log' ORDER BY name");
    let count = |name: &Value| {
        let name = name[0].as_str().unwrap();
        json!([name, server.sql::<i64>(&format!("SELECT count(*) FROM \"{name}\""))])
    };
    names.as_array().unwrap().iter().map(count).collect()
}

#[test]
fn keys_that_are_added_and_removed_leave_no_rows_behind() {
    let server = Server::on_file_without_passwords(&[]);
    let add_and_remove = |version: &str| {
        let body = json!({"title": "x", "key": public_key("ecdsa-384.pub")});
        let path = format!("/api/{version}/user/keys");
        let id = server.post(&path).private_token(JOHN).json(body).send().expect(201)["id"].as_i64().unwrap();
        let deleted = server.delete(&format!("{path}/{id}")).private_token(JOHN).send();
        assert!(deleted.status == 200 || deleted.status == 204, "{deleted:?}");
        id
    };
    // The first adds what is there once, such as the table's entry in sqlite_sequence.
    let mut last = add_and_remove("v4");
    let before = rows(&server);
    for version in ["v3", "v4"].repeat(10) {
        let id = add_and_remove(version);
        assert!(id > last, "the id {id} is used again");
        last = id;
    }
    let file = server.folder.path().join("key.pub");
    std::fs::write(&file, public_key("ecdsa-384.pub")).unwrap();
    for _ in 0..3 {
        let db = server.db.to_str().unwrap();
        let added = run(&["key", "add", "john_smith", file.to_str().unwrap(), "--json", "--db", db]);
        let added: Value = serde_json::from_slice(&added.stdout).unwrap();
        let removed = server.cli(&["key", "remove", &added["id"].to_string()]);
        assert!(removed.status.success(), "{removed:?}");
    }
    assert_eq!(rows(&server), before);
}
