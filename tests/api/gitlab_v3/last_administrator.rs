//! The last active administrator cannot be removed, and ids are never reused.

use super::{create, new_user, public_key, show, update};
use crate::harness::{JOHN, ROOT, Response, Server};
use serde_json::json;

/// Tries every request that would remove this administrator.
fn try_removals(server: &Server, id: i64, token: &str) -> Vec<(&'static str, Response)> {
    let path = format!("/api/v3/users/{id}");
    vec![
        ("delete", server.delete(&path).private_token(token).send()),
        ("block", server.put(&format!("{path}/block")).private_token(token).send()),
        ("demote", server.put(&path).private_token(token).json(json!({"admin": false})).send()),
        ("demote in a form", server.put(&path).private_token(token).form(&[("admin", "0"), ("name", "X")]).send()),
    ]
}

#[track_caller]
fn assert_refused(removals: Vec<(&'static str, Response)>) {
    for (change, answer) in removals {
        assert_eq!(answer.status, 403, "{change} {answer:?}");
        assert_eq!(answer.names(), ["message"], "{change}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains("last") && message.contains("administrator"), "{change}: {message}");
    }
}

#[test]
fn the_last_administrator_cannot_be_deleted_blocked_or_demoted() {
    for mode in ["documented", "precise"] {
        let server = Server::demo_with(&["--gitlab-errors", mode]);
        let before = show(&server, 4);
        assert_refused(try_removals(&server, 4, ROOT));
        assert_eq!(show(&server, 4), before);
        // Other changes to the same user are allowed.
        update(&server, 4, json!({"admin": true, "name": "Boss"})).expect(200);
    }
}

#[test]
fn a_blocked_administrator_does_not_count_as_active() {
    let server = Server::demo();
    update(&server, 1, json!({"admin": true})).expect(200);
    server.put("/api/v3/users/1/block").private_token(ROOT).send().expect(200);
    assert_refused(try_removals(&server, 4, ROOT));
    server.put("/api/v3/users/1/unblock").private_token(ROOT).send().expect(200);
    server.put("/api/v3/users/4/block").private_token(JOHN).send().expect(200);
    assert_refused(try_removals(&server, 1, JOHN));
}

#[test]
fn the_first_administrator_can_be_removed_once_there_is_a_second() {
    for (change, expected) in [("delete", "gone"), ("block", "blocked"), ("demote", "demoted")] {
        let server = Server::demo();
        update(&server, 1, json!({"admin": true})).expect(200);
        match change {
            "delete" => server.delete("/api/v3/users/4").private_token(ROOT).send().expect(200),
            "block" => server.put("/api/v3/users/4/block").private_token(JOHN).send().expect(200),
            _ => update(&server, 4, json!({"admin": false})).expect(200),
        };
        let answer = server.get("/api/v3/users/4").private_token(JOHN).send();
        match expected {
            "gone" => assert_eq!(answer.status, 404),
            "blocked" => assert_eq!(answer.json()["state"], "blocked"),
            _ => assert_eq!(
                (answer.json()["is_admin"].clone(), answer.json()["state"].clone()),
                (false.into(), "active".into())
            ),
        }
        assert_refused(try_removals(&server, 1, JOHN));
    }
}

#[test]
fn a_blocked_administrator_can_be_deleted_and_demoted() {
    let server = Server::demo();
    for user in [1, 3] {
        update(&server, user, json!({"admin": true})).expect(200);
        server.put(&format!("/api/v3/users/{user}/block")).private_token(ROOT).send().expect(200);
    }
    update(&server, 1, json!({"admin": false})).expect(200);
    server.delete("/api/v3/users/3").private_token(ROOT).send().expect(200);
}

#[test]
fn user_ids_are_never_reused() {
    let server = Server::on_file_without_passwords(&[]);
    let mut used = vec![1, 2, 3, 4, 5];
    for round in 0..3 {
        let id = create(&server, new_user(&format!("round{round}")));
        assert!(!used.contains(&id), "{id}");
        used.push(id);
        server.delete(&format!("/api/v3/users/{id}")).private_token(ROOT).send().expect(200);
    }
    server.delete("/api/v3/users/5").private_token(ROOT).send().expect(200);
    server.delete("/api/v3/users/2").private_token(ROOT).send().expect(200);
    let id = create(&server, new_user("after"));
    assert!(!used.contains(&id), "{id}");
}

#[test]
fn key_ids_are_never_reused() {
    let server = Server::demo();
    let mut used = vec![1, 2, 3];
    for _ in 0..3 {
        let body = json!({"title": "x", "key": public_key("ecdsa-384.pub")});
        let key = server.post("/api/v3/user/keys").private_token(JOHN).json(body).send().expect(201);
        let id = key["id"].as_i64().unwrap();
        assert!(!used.contains(&id), "{id}");
        used.push(id);
        server.delete(&format!("/api/v3/user/keys/{id}")).private_token(JOHN).send().expect(200);
    }
}
