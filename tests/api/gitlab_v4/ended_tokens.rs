//! What the holder of a token learns about its end (`lib/api/api_guard.rb`), and when that is (`personal_access_tokens.md`:
//! "The token expires on that date at midnight UTC").

use super::{create_token, secret};
use crate::harness::{JOHN, ROOT, Response, Server, names};
use serde_json::{Value, json};

const EXPIRED: &str = "Token is expired. You can either do re-authorization or token refresh.";
const REVOKED: &str = "Token was revoked. You have to re-authorize from the user.";

fn frozen() -> Server {
    Server::demo_with(&["--control", "--clock", "2030-01-01T12:00:00Z,frozen"])
}

fn create(server: &Server, path: &str, expires_at: &str) -> Response {
    let body = json!({ "name": "t", "scopes": ["api"], "expires_at": expires_at });
    server.post(path).private_token(ROOT).json(body).send()
}

#[track_caller]
fn assert_ended(answer: &Response, description: &str) {
    let challenge = format!(r#"Bearer realm="accountd", error="invalid_token", error_description="{description}""#);
    assert_eq!(answer.all("www-authenticate"), [challenge.as_str()]);
    let body = json!({ "error": "invalid_token", "error_description": description });
    assert_eq!((answer.status, answer.json()), (401, body));
}

/// python-gitlab's command line test creates one.
#[test]
fn a_token_for_today_can_be_created_and_has_expired() {
    let server = frozen();
    for path in ["/api/v4/users/1/personal_access_tokens", "/api/v4/users/1/impersonation_tokens"] {
        for expires_at in ["2030-01-01", "2030-01-01T23:00:00Z"] {
            let made = create(&server, path, expires_at).expect(201);
            assert_eq!((&made["active"], &made["expires_at"]), (&json!(false), &json!("2030-01-01")), "{path}");
            assert_ended(&server.get("/api/v4/user").private_token(secret(&made)).send(), EXPIRED);
        }
        let tomorrow = create(&server, path, "2030-01-02").expect(201);
        server.get("/api/v4/user").private_token(secret(&tomorrow)).send().expect(200);
        let yesterday = create(&server, path, "2029-12-31").expect(400);
        assert_eq!(yesterday, json!({ "message": { "expires_at": ["must not be in the past"] } }));
    }
}

#[test]
fn a_token_can_be_rotated_to_end_today() {
    let server = frozen();
    let made = create(&server, "/api/v4/users/1/personal_access_tokens", "2030-01-05").expect(201);
    let rotate = server.post("/api/v4/personal_access_tokens/self/rotate").private_token(secret(&made));
    let rotated = rotate.json(json!({ "expires_at": "2030-01-01" })).send().expect(200);
    assert_eq!((&rotated["active"], &rotated["expires_at"]), (&json!(false), &json!("2030-01-01")));
}

#[test]
fn a_token_expires_when_its_date_begins() {
    let server = frozen();
    let made = create(&server, "/api/v4/users/1/personal_access_tokens", "2030-01-02T18:00:00Z").expect(201);
    let use_it = || server.get("/api/v4/user").bearer(secret(&made)).send();
    let clock = |by: &str| server.post("/_accountd/clock/advance").json(json!({ "by": by })).send().expect(200);
    clock("11h 59m 59s");
    use_it().expect(200);
    clock("1s");
    assert_ended(&use_it(), EXPIRED);
}

#[test]
fn the_holder_of_a_revoked_token_learns_that_it_was_revoked() {
    let server = frozen();
    for kind in ["personal_access_tokens", "impersonation_tokens"] {
        let made = create_token(&server, 1, kind, &["api"]);
        let prefix = if kind == "personal_access_tokens" { "" } else { "/users/1" };
        let path = format!("/api/v4{prefix}/{kind}/{}", made["id"]);
        server.delete(&path).private_token(ROOT).send().expect(204);
        // With the second request, no cache has the token.
        for _ in 0..2 {
            assert_ended(&server.get("/api/v4/user").private_token(secret(&made)).send(), REVOKED);
        }
    }
    // Expiry comes first, as in GitLab.
    let made = create(&server, "/api/v4/users/1/personal_access_tokens", "2030-01-01").expect(201);
    let path = format!("/api/v4/personal_access_tokens/{}", made["id"]);
    server.delete(&path).private_token(ROOT).send().expect(204);
    assert_ended(&server.get("/api/v4/user").private_token(secret(&made)).send(), EXPIRED);
}

/// A stranger learns nothing, and the other dialects and v3 keep their words.
#[test]
fn other_credentials_get_the_plain_answer() {
    let server = frozen();
    let plain = json!({ "message": "401 Unauthorized" });
    for token in ["glpat-no-such-token-at-all", "short"] {
        let answer = server.get("/api/v4/user").private_token(token).send();
        assert_eq!(answer.all("www-authenticate"), [r#"Bearer realm="accountd""#], "{token}");
        assert_eq!(answer.expect(401), plain, "{token}");
    }
    let made = create_token(&server, 1, "personal_access_tokens", &["api"]);
    let user = |path: &str| server.get(path).bearer(secret(&made)).send();
    server.post("/api/v4/users/1/block").private_token(ROOT).send().expect(201);
    assert_eq!(user("/api/v4/user").expect(401), plain);
    server.post("/api/v4/users/1/unblock").private_token(ROOT).send().expect(201);
    server.delete(&format!("/api/v4/personal_access_tokens/{}", made["id"])).private_token(ROOT).send().expect(204);
    assert_eq!(user("/api/v3/user").expect(401), plain);
    let docker = user("/api/v1.1/users/john_smith/").expect(401);
    assert_eq!(docker, json!({ "detail": "Invalid username, password or token." }));
}

#[test]
fn a_tokens_associations_are_empty_lists() {
    let server = Server::demo();
    let made = create_token(&server, 1, "personal_access_tokens", &["read_user"]);
    let get = |query: &str| {
        let path = format!("/api/v4/personal_access_tokens/self/associations{query}");
        server.get(&path).private_token(secret(&made)).send()
    };
    for query in ["", "?page=2&per_page=50", "?min_access_level=40"] {
        assert_eq!(get(query).expect(200), json!({ "groups": [], "projects": [] }), "{query}");
    }
    let level = json!({ "error": "min_access_level does not have a valid value" });
    assert_eq!(get("?min_access_level=41").expect(400), level);
    server.get("/api/v4/personal_access_tokens/self/associations").send().expect(401);
    // The token by its id has none.
    let path = format!("/api/v4/personal_access_tokens/{}/associations", made["id"]);
    server.get(&path).private_token(secret(&made)).send().expect(404);
}

/// "The five most recent unique IP addresses that have authenticated with this token": `personal_access_tokens.md`.
#[test]
fn a_token_shows_its_last_five_addresses() {
    let server = Server::demo_with(&["--trusted-proxy", "127.0.0.1"]);
    let made = create_token(&server, 1, "personal_access_tokens", &["api"]);
    let path = format!("/api/v4/personal_access_tokens/{}", made["id"]);
    let addresses = || server.get(&path).private_token(ROOT).send().expect(200)["last_used_ips"].clone();
    assert!(made.get("last_used_ips").is_none(), "{made}");
    assert_eq!(addresses(), json!([]));
    for from in ["10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1", "10.0.0.2", "10.0.0.5", "10.0.0.6"] {
        let user = server.get("/api/v4/user").private_token(secret(&made)).header("X-Forwarded-For", from);
        user.send().expect(200);
    }
    // This writes the uses that are written every minute otherwise.
    server.post("/api/v4/users/1/deactivate").private_token(ROOT).send().expect(403);
    let five: Value = json!(["10.0.0.3", "2001:db8::1", "10.0.0.2", "10.0.0.5", "10.0.0.6"]);
    assert_eq!(addresses(), five);
    let list = server.get("/api/v4/personal_access_tokens?user_id=1").private_token(JOHN).send().expect(200);
    let own = list.as_array().unwrap().iter().find(|row| row["id"] == made["id"]).unwrap();
    assert_eq!(own["last_used_ips"], five);
    assert_eq!(names(own).last().unwrap(), "last_used_ips");
}
