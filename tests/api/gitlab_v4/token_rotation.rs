//! `personal_access_tokens.md`, "Rotate a personal access token" and "Automatic reuse detection".

use super::{create_token, secret};
use crate::harness::{ROOT, Request, Server};
use serde_json::{Value, json};

fn works(server: &Server, token: &Value) -> bool {
    server.get("/api/v4/user").private_token(secret(token)).send().status == 200
}

fn rotate(server: &Server, id: &Value, by: &str) -> crate::harness::Response {
    let id = id.as_str().map_or(id.to_string(), str::to_owned);
    server.post(&format!("/api/v4/personal_access_tokens/{id}/rotate")).private_token(by).json(json!({})).send()
}

#[test]
fn rotation_replaces_a_token_by_one_with_the_same_attributes_for_a_week() {
    let server = Server::demo();
    let old = create_token(&server, 1, "personal_access_tokens", &["api"]);
    let in_a_week = || (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(7 * 24)).to_string()[..10].to_owned();
    let earliest = in_a_week();
    let new = rotate(&server, &old["id"], secret(&old)).expect(200);
    assert_ne!(new["id"], old["id"]);
    for same in ["name", "description", "scopes", "user_id"] {
        assert_eq!(new[same], old[same], "{same}");
    }
    assert!(secret(&new).starts_with("glpat-"));
    assert!(works(&server, &new));
    // The date may have changed since `earliest`.
    assert!(new["expires_at"] == earliest || new["expires_at"] == in_a_week(), "{new}");
    let ended =
        server.get(&format!("/api/v4/personal_access_tokens/{}", old["id"])).private_token(ROOT).send().expect(200);
    assert_eq!((&ended["revoked"], &ended["active"]), (&json!(true), &json!(false)));
    assert!(!works(&server, &old));
}

#[test]
fn a_token_can_rotate_itself_and_an_administrator_any_token() {
    let server = Server::demo();
    let first = create_token(&server, 1, "personal_access_tokens", &["api"]);
    let second = rotate(&server, &json!("self"), secret(&first)).expect(200);
    let third = server
        .post(&format!("/api/v4/personal_access_tokens/{}/rotate", second["id"]))
        .private_token(ROOT)
        .json(json!({ "expires_at": "2031-01-21" }))
        .send()
        .expect(200);
    assert_eq!((&third["expires_at"], &third["user_id"]), (&json!("2031-01-21"), &json!(1)));
    assert!(works(&server, &third));
}

#[test]
fn a_read_only_token_cannot_be_used_to_rotate() {
    let server = Server::demo();
    let token = create_token(&server, 1, "personal_access_tokens", &["read_api"]);
    assert_eq!(rotate(&server, &json!("self"), secret(&token)).expect(403)["error"], "insufficient_scope");
    assert!(works(&server, &token));
}

#[test]
fn rotating_an_already_rotated_token_revokes_its_successors() {
    let server = Server::demo();
    for by_id in [false, true] {
        let first = create_token(&server, 1, "personal_access_tokens", &["api"]);
        let unrelated = create_token(&server, 1, "personal_access_tokens", &["api"]);
        let second = rotate(&server, &json!("self"), secret(&first)).expect(200);
        let third = rotate(&server, &json!("self"), secret(&second)).expect(200);
        assert!(works(&server, &third));
        let refused = if by_id {
            rotate(&server, &first["id"], secret(&unrelated))
        } else {
            rotate(&server, &json!("self"), secret(&first))
        };
        let expected = if by_id {
            json!({ "message": "401 Unauthorized" })
        } else {
            let reason = "Token was revoked. You have to re-authorize from the user.";
            json!({ "error": "invalid_token", "error_description": reason })
        };
        assert_eq!(refused.expect(401), expected);
        assert!(!works(&server, &third), "by id: {by_id}");
        assert!(works(&server, &unrelated), "by id: {by_id}");
    }
}

/// "automatically revoking access when old tokens are used": wherever and however the token is presented.
#[test]
fn any_use_of_a_rotated_token_revokes_its_successors() {
    let server = Server::demo();
    let uses: &[fn(&Server, &str) -> Request] = &[
        |server, old| server.get("/api/v4/user").private_token(old),
        |server, old| server.get("/api/v4/users/1/keys").bearer(old),
        |server, old| server.get(&format!("/api/v4/user?private_token={old}")),
        |server, old| server.get(&format!("/api/v4/user?access_token={old}")),
        |server, old| server.delete("/api/v4/personal_access_tokens/self").private_token(old),
        |server, old| server.get("/api/v3/user").private_token(old),
        |server, old| server.post("/api/v3/user/keys").form(&[("private_token", old)]),
        |server, old| server.get("/api/v1.1/users/john_smith/").bearer(old),
        |server, old| server.get("/api/v1.1/users/john_smith/").basic("john_smith", old),
        |server, old| server.get("/api/v1.1/users/john_smith/").basic("jane", old),
    ];
    for (n, present) in uses.iter().enumerate() {
        let first = create_token(&server, 1, "personal_access_tokens", &["api"]);
        let second = rotate(&server, &json!("self"), secret(&first)).expect(200);
        let third = rotate(&server, &json!("self"), secret(&second)).expect(200);
        assert!(works(&server, &third), "{n}");
        assert_eq!(present(&server, secret(&first)).send().status, 401, "{n}");
        assert!(!works(&server, &third), "{n}");
    }
    let unrelated = create_token(&server, 1, "personal_access_tokens", &["api"]);
    assert!(works(&server, &unrelated));
}

/// A token that its owner revoked has no successor, and one that expired was not replaced.
#[test]
fn using_a_token_that_was_not_rotated_revokes_nothing() {
    let server = Server::demo();
    let (one, other) = (
        create_token(&server, 1, "personal_access_tokens", &["api"]),
        create_token(&server, 1, "personal_access_tokens", &["api"]),
    );
    let path = format!("/api/v4/personal_access_tokens/{}", one["id"]);
    assert_eq!(server.delete(&path).private_token(ROOT).send().status, 204);
    assert!(!works(&server, &one) && works(&server, &other));
}

/// "405: Method Not Allowed if the token is not a personal access token."
#[test]
fn a_session_cannot_be_rotated() {
    let server = Server::demo();
    let body = json!({ "login": "john_smith", "password": "john-password" });
    let session = server.post("/api/v3/session").json(body).send().expect(201);
    let refused = rotate(&server, &json!("self"), session["private_token"].as_str().unwrap());
    assert_eq!(refused.expect(405), json!({ "message": "405 Method Not Allowed" }));
}
