//! A credential that ends while a connection that used it stays open: it ends there, too (SPEC 3).

use super::Open;
use crate::harness::{JOHN, ROOT, Server};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

const GITLAB: &str = "/api/v3/user";
const DOCKER: &str = "/api/v1.1/users/john_smith/";

/// Opens a connection for each way to use John's token, ends it, and tries them again.
#[track_caller]
fn assert_ends(server: &Server, end: impl FnOnce()) {
    let basic = BASE64_STANDARD.encode(format!("john_smith:{JOHN}"));
    let ways = [
        (GITLAB, format!("PRIVATE-TOKEN: {JOHN}")),
        (GITLAB, format!("Authorization: Bearer {JOHN}")),
        (DOCKER, format!("Authorization: Bearer {JOHN}")),
        (DOCKER, format!("Authorization: Basic {basic}")),
    ];
    let mut open: Vec<_> = ways
        .iter()
        .map(|(path, header)| {
            let mut connection = Open::to(server);
            for _ in 0..3 {
                assert_eq!(connection.get(path, header).0, 200, "{path} {header}");
            }
            connection
        })
        .collect();
    end();
    for (connection, (path, header)) in open.iter_mut().zip(&ways) {
        for _ in 0..2 {
            let (status, body) = connection.get(path, header);
            assert_eq!(status, 401, "{path} {header}");
            assert!(!body.contains("john"), "{body}");
        }
        let (status, _) = connection.get(GITLAB, &format!("PRIVATE-TOKEN: {ROOT}"));
        assert_eq!(status, 200, "the connection itself goes on");
    }
}

#[test]
fn the_token_of_a_user_who_was_blocked() {
    let server = Server::demo();
    assert_ends(&server, || drop(server.put("/api/v3/users/1/block").private(ROOT).send().expect(200)));
}

#[test]
fn the_token_of_a_user_who_was_deleted() {
    let server = Server::demo();
    assert_ends(&server, || drop(server.delete("/api/v3/users/1").private(ROOT).send().expect(200)));
}

#[test]
fn the_token_of_a_user_who_was_blocked_by_another_process() {
    let server = Server::on_file_without_passwords(&[]);
    assert_ends(&server, || assert!(server.cli(&["user", "block", "john_smith"]).status.success()));
}

#[test]
fn the_token_of_a_user_who_was_deleted_by_another_process() {
    let server = Server::on_file_without_passwords(&[]);
    assert_ends(&server, || assert!(server.cli(&["user", "delete", "john_smith"]).status.success()));
}

#[test]
fn a_token_that_was_revoked_by_another_process() {
    let server = Server::on_file_without_passwords(&[]);
    let id: i64 = server.sql("SELECT t.id FROM tokens t WHERE t.user_id = 1");
    assert_ends(&server, || assert!(server.cli(&["token", "revoke", &id.to_string()]).status.success()));
}

#[test]
fn the_password_before_a_new_one() {
    let server = Server::demo();
    let header =
        |password: &str| format!("Authorization: Basic {}", BASE64_STANDARD.encode(format!("john_smith:{password}")));
    let session = json!({"login": "john_smith", "password": "john-password"});
    let session = server.post("/api/v3/session").json(session).send().expect(201);
    let session = format!("PRIVATE-TOKEN: {}", session["private_token"].as_str().unwrap());
    let (mut by_password, mut by_session) = (Open::to(&server), Open::to(&server));
    for _ in 0..3 {
        assert_eq!(by_password.get(DOCKER, &header("john-password")).0, 200);
        assert_eq!(by_session.get(GITLAB, &session).0, 200);
    }
    let change = json!({"password": "another-password"});
    server.put("/api/v3/users/1").private(ROOT).json(change).send().expect(200);
    assert_eq!(by_password.get(DOCKER, &header("john-password")).0, 401);
    assert_eq!(by_session.get(GITLAB, &session).0, 401);
    assert_eq!(by_password.get(DOCKER, &header("another-password")).0, 200);
}

#[test]
fn the_rights_of_an_administrator_who_is_none_any_more() {
    let server = Server::demo();
    let make =
        |admin: bool| server.put("/api/v3/users/1").private(ROOT).json(json!({"admin": admin})).send().expect(200);
    make(true);
    let mut connection = Open::to(&server);
    let token = format!("PRIVATE-TOKEN: {JOHN}");
    assert_eq!(connection.get("/api/v3/users/3/keys", &token).0, 200);
    make(false);
    assert_eq!(connection.get("/api/v3/users/3/keys", &token).0, 403);
}
