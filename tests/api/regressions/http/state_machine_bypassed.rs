//! An administrator blocks themself through API v3, or lets a banned user in again with v3's `unblock` or with
//! `accountd user unblock`. Every interface follows the transitions of v4 (`doc/api/user_moderation.md`).

use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};

/// A server on a file with the administrators root (id 4) and john_smith (id 1), and ada (id 6) in this state.
fn server_with_ada(state: &str) -> Server {
    let user = |id: i64, name: &str, more: Value| {
        let mut user = json!({"id": id, "username": name, "emails": [{"email": format!("{name}@example.com")}]});
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        user
    };
    let token = |token: &str| json!([{"token": token, "scopes": ["api"]}]);
    let users = [
        user(4, "root", json!({"admin": true, "tokens": token(ROOT)})),
        user(1, "john_smith", json!({"admin": true, "tokens": token(JOHN)})),
        user(6, "ada", json!({"state": state, "tokens": token("adas-token-for-these-tests")})),
    ];
    let folder = tempfile::tempdir().unwrap();
    let (db, seed) = (folder.path().join("test.db"), folder.path().join("seed.json"));
    std::fs::write(&seed, json!({"users": users}).to_string()).unwrap();
    let args = ["--db", db.to_str().unwrap(), "--seed", seed.to_str().unwrap()].map(str::to_owned);
    Server::start_in(folder, &args.each_ref().map(String::as_str))
}

fn state(server: &Server, id: i64) -> String {
    server.sql(&format!("SELECT state FROM users WHERE id = {id}"))
}

/// The state before, the action, and the state after, for the two actions that v3 and the command line have.
const TRANSITIONS: [(&str, &str, &str); 10] = [
    ("active", "block", "blocked"),
    ("deactivated", "block", "blocked"),
    ("blocked", "block", "blocked"),
    ("banned", "block", "banned"),
    ("blocked_pending_approval", "block", "blocked_pending_approval"),
    ("blocked", "unblock", "active"),
    ("blocked_pending_approval", "unblock", "active"),
    ("active", "unblock", "active"),
    ("banned", "unblock", "banned"),
    ("deactivated", "unblock", "deactivated"),
];

#[test]
fn an_administrator_cannot_block_themself_in_v3() {
    let server = server_with_ada("active");
    let answer = server.put("/api/v3/users/4/block").private_token(ROOT).send();
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(answer.names(), ["message"]);
    assert_eq!(state(&server, 4), "active");
    server.get("/api/v3/user").private_token(ROOT).send().expect(200);
    // Another administrator can.
    server.put("/api/v3/users/4/block").private_token(JOHN).send().expect(200);
    assert_eq!(state(&server, 4), "blocked");
}

#[test]
fn v3_follows_the_transitions() {
    for (before, action, after) in TRANSITIONS {
        let server = server_with_ada(before);
        let answer = server.put(&format!("/api/v3/users/6/{action}")).private_token(ROOT).send();
        assert_eq!(state(&server, 6), after, "{before} {action}: {answer:?}");
        // `true` is said of a change, and of what is so already.
        let wanted = if action == "block" { "blocked" } else { "active" };
        if after == wanted {
            assert_eq!((answer.status, answer.body.as_str()), (200, "true"), "{before} {action}");
        }
        if action == "unblock" && after != wanted {
            assert_ne!(answer.body, "true", "{before} {action}");
        }
        let status = server.get("/api/v3/user").private_token("adas-token-for-these-tests").send().status;
        assert_eq!(status == 200, after == "active", "{before} {action}");
    }
}

#[test]
fn the_command_line_follows_the_transitions() {
    for (before, action, after) in TRANSITIONS {
        let server = server_with_ada(before);
        let output = server.cli(&["user", action, "ada"]);
        assert_eq!(state(&server, 6), after, "{before} {action}: {output:?}");
        if action == "unblock" && after != "active" {
            assert_eq!(output.status.code(), Some(1), "{before} {action}: {output:?}");
            assert!(String::from_utf8_lossy(&output.stderr).contains(after), "{before} {action}: {output:?}");
        }
        let status = server.get("/api/v3/user").private_token("adas-token-for-these-tests").send().status;
        assert_eq!(status == 200, after == "active", "{before} {action}");
    }
}
