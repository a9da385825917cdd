//! User states and their transitions: `user_moderation.md`.

use super::{create_ada, create_token, secret};
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};

fn moderate(server: &Server, id: i64, action: &str) -> (u16, Value) {
    let answer = server.post(&format!("/api/v4/users/{id}/{action}")).private_token(ROOT).send();
    (answer.status, answer.json())
}

fn state(server: &Server, id: i64) -> Value {
    server.get(&format!("/api/v4/users/{id}")).private_token(ROOT).send().expect(200)["state"].clone()
}

fn message(text: &str) -> Value {
    json!({ "message": text })
}

/// A server with a user ada (id 6) in this state.
fn with_ada(state: &str) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    let root = json!({
        "username": "root", "admin": true, "emails": [{ "email": "root@example.com" }], "id": 4,
        "tokens": [{ "token": ROOT, "scopes": ["api"] }]
    });
    let ada = json!({
        "username": "ada", "emails": [{ "email": "ada@example.com" }], "id": 6, "state": state,
        "password": "correct-horse"
    });
    std::fs::write(&seed, json!({ "users": [root, ada] }).to_string()).unwrap();
    Server::start(&["--memory", "--seed", seed.to_str().unwrap()])
}

#[test]
fn each_transition_has_the_documented_answer_and_result() {
    let yes = || Value::Bool(true);
    let no = || Value::Bool(false);
    let done = || message("Success");
    let cannot = |action: &str, state: &str| message(&format!("You cannot {action} {state} users."));
    let deactivate = || message("Error occurred. A blocked user cannot be deactivated");
    let activate = || message("Error occurred. A blocked user must be unblocked to be activated");
    let approve = || message("The user you are trying to approve is not pending approval");
    let reject = || message("User does not have a pending request");
    let deactivated = || message("403 Forbidden - Deactivated users cannot be unblocked by the API");
    let pending = "blocked_pending_approval";
    for (from, action, status, body, to) in [
        ("active", "block", 201, yes(), "blocked"),
        ("deactivated", "block", 201, yes(), "blocked"),
        ("blocked", "block", 201, Value::Null, "blocked"),
        ("banned", "block", 201, Value::Null, "banned"),
        (pending, "block", 201, Value::Null, pending),
        ("blocked", "unblock", 201, yes(), "active"),
        (pending, "unblock", 201, yes(), "active"),
        ("active", "unblock", 201, no(), "active"),
        ("banned", "unblock", 201, no(), "banned"),
        ("deactivated", "unblock", 403, deactivated(), "deactivated"),
        ("active", "ban", 201, yes(), "banned"),
        ("blocked", "ban", 403, cannot("ban", "blocked"), "blocked"),
        ("deactivated", "ban", 403, cannot("ban", "deactivated"), "deactivated"),
        ("banned", "unban", 201, yes(), "active"),
        ("active", "unban", 403, cannot("unban", "active"), "active"),
        ("active", "deactivate", 201, yes(), "deactivated"),
        ("deactivated", "deactivate", 201, Value::Null, "deactivated"),
        ("blocked", "deactivate", 403, deactivate(), "blocked"),
        ("banned", "deactivate", 403, deactivate(), "banned"),
        ("deactivated", "activate", 201, yes(), "active"),
        ("active", "activate", 201, yes(), "active"),
        ("blocked", "activate", 403, activate(), "blocked"),
        (pending, "approve", 201, done(), "active"),
        ("active", "approve", 409, approve(), "active"),
        ("deactivated", "approve", 409, approve(), "deactivated"),
        ("blocked", "approve", 403, approve(), "blocked"),
        ("active", "reject", 409, reject(), "active"),
    ] {
        let server = with_ada(from);
        assert_eq!(moderate(&server, 6, action), (status, body), "{from} {action}");
        assert_eq!(state(&server, 6), to, "{from} {action}");
    }
}

#[test]
fn rejecting_a_user_deletes_them() {
    let server = with_ada("blocked_pending_approval");
    assert_eq!(moderate(&server, 6, "reject"), (200, message("Success")));
    assert_eq!(moderate(&server, 6, "reject"), (404, message("404 User Not Found")));
}

#[test]
fn moderation_is_404_for_an_unknown_user_and_403_for_a_regular_user() {
    let server = Server::demo();
    for action in ["block", "unblock", "ban", "unban", "deactivate", "activate", "approve", "reject"] {
        assert_eq!(moderate(&server, 999, action), (404, message("404 User Not Found")), "{action}");
        let regular = server.post(&format!("/api/v4/users/3/{action}")).private_token(JOHN).send();
        assert_eq!(regular.expect(403), message("403 Forbidden"), "{action}");
    }
}

#[test]
fn an_administrator_cannot_block_ban_or_deactivate_themself() {
    let server = Server::demo();
    let own = message("403 Forbidden - The API initiating user cannot be blocked by the API");
    assert_eq!(moderate(&server, 4, "block"), (403, own));
    for action in ["ban", "deactivate"] {
        let (status, _) = moderate(&server, 4, action);
        assert_eq!(status, 403, "{action}");
    }
    assert_eq!(state(&server, 4), "active");
}

#[test]
fn the_tokens_of_an_inactive_user_are_refused() {
    for (action, state) in [("block", "blocked"), ("ban", "banned"), ("deactivate", "deactivated")] {
        let server = Server::demo();
        create_ada(&server);
        let token = create_token(&server, 6, "personal_access_tokens", &["api"]);
        assert_eq!(moderate(&server, 6, action), (201, json!(true)));
        let answer = server.get("/api/v4/user").private_token(secret(&token)).send();
        assert_eq!(answer.expect(401), message("401 Unauthorized"), "{state}");
        assert_eq!(server.get("/api/v4/users?username=ada").private_token(ROOT).send().expect(200)[0]["state"], state);
    }
}

/// `administration/moderate_users.md`, "Deactivate and reactivate users": signing in reactivates the account.
#[test]
fn signing_in_reactivates_a_deactivated_user() {
    let server = with_ada("deactivated");
    server.get("/api/v1.1/users/ada/").basic("ada", "wrong-password").send().expect(401);
    assert_eq!(state(&server, 6), "deactivated");
    server.get("/api/v1.1/users/ada/").basic("ada", "correct-horse").send().expect(200);
    assert_eq!(state(&server, 6), "active");
    for state_before in ["blocked", "banned", "blocked_pending_approval"] {
        let server = with_ada(state_before);
        server.get("/api/v1.1/users/ada/").basic("ada", "correct-horse").send().expect(401);
        assert_eq!(state(&server, 6), state_before);
    }
}

#[test]
fn a_recently_active_user_cannot_be_deactivated() {
    let server = Server::demo();
    create_ada(&server);
    let session = json!({ "login": "ada", "password": "correct-horse" });
    server.post("/api/v3/session").json(session).send().expect(201);
    let reason = "The user you are trying to deactivate has been active in the past 90 days and cannot be deactivated";
    assert_eq!(moderate(&server, 6, "deactivate"), (403, message(reason)));
    let ada = server.get("/api/v4/users/6").private_token(ROOT).send().expect(200);
    assert_eq!(ada["sign_in_count"], 1);
    super::assert_is_timestamp(&ada["current_sign_in_at"]);
}
