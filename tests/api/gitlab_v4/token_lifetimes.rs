//! A token that expires would never expire if it could create one that does not, or be rotated into one.

use super::secret;
use crate::harness::{JOHN, ROOT, Request, Server};
use serde_json::{Value, json};

const EXPIRY: &str = "2031-01-21";
const LATER: &str = "2031-01-22";

fn create(server: &Server, path: &str, expires_at: Option<&str>) -> Request {
    let mut body = json!({ "name": "x", "scopes": ["api"] });
    if let Some(date) = expires_at {
        body["expires_at"] = date.into();
    }
    server.post(path).json(body)
}

fn rotate(server: &Server, id: &str, expires_at: Option<&str>) -> Request {
    let body = expires_at.map_or(json!({}), |date| json!({ "expires_at": date }));
    server.post(&format!("/api/v4/personal_access_tokens/{id}/rotate")).json(body)
}

/// A token of the user with this token, which expires at `EXPIRY`.
fn expiring(server: &Server, owner: &str) -> String {
    let path = "/api/v4/user/personal_access_tokens";
    let made = create(server, path, Some(EXPIRY)).private_token(owner).send().expect(201);
    assert_eq!(made["expires_at"], EXPIRY);
    secret(&made).to_owned()
}

#[track_caller]
fn assert_too_late(answer: crate::harness::Response) {
    let rule = "must not be after the end of the token that makes the request";
    assert_eq!(answer.expect(400), json!({ "message": { "expires_at": [rule] } }));
}

#[test]
fn a_token_cannot_create_one_that_outlives_it() {
    let server = Server::demo();
    let token = expiring(&server, JOHN);
    let path = "/api/v4/user/personal_access_tokens";
    assert_too_late(create(&server, path, Some(LATER)).private_token(&token).send());
    for (asked, given) in [(Some(EXPIRY), EXPIRY), (Some("2030-05-01"), "2030-05-01"), (None, EXPIRY)] {
        let made = create(&server, path, asked).private_token(&token).send().expect(201);
        assert_eq!(made["expires_at"], given, "{asked:?}");
    }
    // A chain does not become longer either, and a token that does not expire may create one like it.
    let made = create(&server, path, None).private_token(&token).send().expect(201);
    assert_too_late(create(&server, path, Some(LATER)).private_token(secret(&made)).send());
    let lasting = create(&server, path, None).private_token(JOHN).send().expect(201);
    assert_eq!(lasting["expires_at"], Value::Null);
}

#[test]
fn an_administrators_token_cannot_create_one_that_outlives_it_for_others() {
    let server = Server::demo();
    let token = expiring(&server, ROOT);
    let paths = [
        ("/api/v4/users/1/personal_access_tokens", None),
        ("/api/v4/users/4/personal_access_tokens", None),
        ("/api/v4/users/1/impersonation_tokens", None),
        ("/api/v4/user/personal_access_tokens", Some("john_smith")),
    ];
    for (path, sudo) in paths {
        let send = |expires_at| {
            let request = create(&server, path, expires_at).private_token(&token);
            sudo.map_or(request.clone(), |user| request.header("Sudo", user)).send()
        };
        assert_too_late(send(Some(LATER)));
        assert_eq!(send(None).expect(201)["expires_at"], EXPIRY, "{path}");
    }
}

#[test]
fn rotation_gives_no_token_that_outlives_the_one_that_asks_for_it() {
    let server = Server::demo();
    let token = expiring(&server, JOHN);
    assert_too_late(rotate(&server, "self", Some(LATER)).private_token(&token).send());
    // The refused rotation changed nothing.
    let next = rotate(&server, "self", Some(EXPIRY)).private_token(&token).send().expect(200);
    assert_eq!(next["expires_at"], EXPIRY);
    // Another token of the user that does not expire may extend it; one that expires earlier may not.
    let id = next["id"].to_string();
    let longer = rotate(&server, &id, Some(LATER)).private_token(JOHN).send().expect(200);
    assert_eq!(longer["expires_at"], LATER);
    let short = expiring(&server, JOHN);
    assert_too_late(rotate(&server, &longer["id"].to_string(), Some(LATER)).private_token(&short).send());
}

/// A rotated token lasts a week, unless the token that asks for it ends earlier.
#[test]
fn the_week_after_a_rotation_ends_with_the_token_that_asks_for_it() {
    let server = Server::demo();
    let tomorrow = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(36)).to_string()[..10].to_owned();
    let path = "/api/v4/user/personal_access_tokens";
    let token = create(&server, path, Some(&tomorrow)).private_token(JOHN).send().expect(201);
    let next = rotate(&server, "self", None).private_token(secret(&token)).send().expect(200);
    assert_eq!(next["expires_at"], tomorrow);
}
