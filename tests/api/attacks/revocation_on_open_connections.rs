//! Using a revoked credential on a connection that was opened while it was valid.

use super::KeepAlive;
use crate::harness::{JOHN, ROOT, Server};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

const GITLAB: &str = "/api/v3/user";
const DOCKER: &str = "/api/v1.1/users/john_smith/";

/// Uses John's token in each possible way on a connection of its own, revokes it, and checks that each connection
/// refuses it.
#[track_caller]
fn assert_revoked_by(server: &Server, revoke: impl FnOnce()) {
    let basic = BASE64_STANDARD.encode(format!("john_smith:{JOHN}"));
    let credentials = [
        (GITLAB, format!("PRIVATE-TOKEN: {JOHN}")),
        (GITLAB, format!("Authorization: Bearer {JOHN}")),
        (DOCKER, format!("Authorization: Bearer {JOHN}")),
        (DOCKER, format!("Authorization: Basic {basic}")),
    ];
    let mut connections: Vec<_> = credentials
        .iter()
        .map(|(path, header)| {
            let mut connection = KeepAlive::to(server);
            for _ in 0..3 {
                assert_eq!(connection.get(path, header).0, 200, "{path} {header}");
            }
            connection
        })
        .collect();
    revoke();
    for (connection, (path, header)) in connections.iter_mut().zip(&credentials) {
        for _ in 0..2 {
            let (status, body) = connection.get(path, header);
            assert_eq!(status, 401, "{path} {header}");
            assert!(!body.contains("john"), "{body}");
        }
        let (status, _) = connection.get(GITLAB, &format!("PRIVATE-TOKEN: {ROOT}"));
        assert_eq!(status, 200, "the connection itself stays usable");
    }
}

#[test]
fn the_token_of_a_blocked_user() {
    let server = Server::demo();
    assert_revoked_by(&server, || drop(server.put("/api/v3/users/1/block").private_token(ROOT).send().expect(200)));
}

#[test]
fn the_token_of_a_deleted_user() {
    let server = Server::demo();
    assert_revoked_by(&server, || drop(server.delete("/api/v3/users/1").private_token(ROOT).send().expect(200)));
}

#[test]
fn the_token_of_a_user_blocked_by_another_process() {
    let server = Server::on_file_without_passwords(&[]);
    assert_revoked_by(&server, || assert!(server.cli(&["user", "block", "john_smith"]).status.success()));
}

#[test]
fn the_token_of_a_user_deleted_by_another_process() {
    let server = Server::on_file_without_passwords(&[]);
    assert_revoked_by(&server, || assert!(server.cli(&["user", "delete", "john_smith"]).status.success()));
}

#[test]
fn a_token_revoked_by_another_process() {
    let server = Server::on_file_without_passwords(&[]);
    let id: i64 = server.sql("SELECT t.id FROM tokens t WHERE t.user_id = 1");
    assert_revoked_by(&server, || assert!(server.cli(&["token", "revoke", &id.to_string()]).status.success()));
}

#[test]
fn the_old_password_and_session_after_a_password_change() {
    let server = Server::demo();
    let header =
        |password: &str| format!("Authorization: Basic {}", BASE64_STANDARD.encode(format!("john_smith:{password}")));
    let session = json!({"login": "john_smith", "password": "john-password"});
    let session = server.post("/api/v3/session").json(session).send().expect(201);
    let session = format!("PRIVATE-TOKEN: {}", session["private_token"].as_str().unwrap());
    let (mut by_password, mut by_session) = (KeepAlive::to(&server), KeepAlive::to(&server));
    for _ in 0..3 {
        assert_eq!(by_password.get(DOCKER, &header("john-password")).0, 200);
        assert_eq!(by_session.get(GITLAB, &session).0, 200);
    }
    let change = json!({"password": "another-password"});
    server.put("/api/v3/users/1").private_token(ROOT).json(change).send().expect(200);
    assert_eq!(by_password.get(DOCKER, &header("john-password")).0, 401);
    assert_eq!(by_session.get(GITLAB, &session).0, 401);
    assert_eq!(by_password.get(DOCKER, &header("another-password")).0, 200);
}

#[test]
fn the_rights_of_a_former_administrator() {
    let server = Server::demo();
    let set_admin = |admin: bool| {
        server.put("/api/v3/users/1").private_token(ROOT).json(json!({"admin": admin})).send().expect(200)
    };
    set_admin(true);
    let mut connection = KeepAlive::to(&server);
    let token = format!("PRIVATE-TOKEN: {JOHN}");
    assert_eq!(connection.get("/api/v3/users/3/keys", &token).0, 200);
    set_admin(false);
    assert_eq!(connection.get("/api/v3/users/3/keys", &token).0, 403);
}
