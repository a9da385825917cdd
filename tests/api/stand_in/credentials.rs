//! Sessions and tokens of any user, without a password.

use super::{refusal, reset, stand_in};
use crate::harness::{Request, Response, Server};
use serde_json::{Value, json};

fn sign_in(server: &Server, user: &str) -> Response {
    server.post("/_accountd/sign-ins").json(json!({ "user": user })).send()
}

fn token(server: &Server, body: Value) -> Response {
    server.post("/_accountd/tokens").json(body).send()
}

/// The status of the page that only a signed-in browser sees.
fn page_status(server: &Server, cookie: &str) -> u16 {
    server.get("/account/applications").header("Cookie", cookie).send().status
}

fn moderate(server: &Server, user: &str, action: &str) {
    let found = server.get(&format!("/api/v4/users?username={user}")).private_token(crate::harness::ROOT).send();
    let path = format!("/api/v4/users/{}/{action}", found.expect(200)[0]["id"]);
    server.post(&path).private_token(crate::harness::ROOT).send().expect(201);
}

#[test]
fn a_browser_with_the_cookie_is_signed_in() {
    let server = stand_in();
    let answer = sign_in(&server, "janedoe");
    let header = answer.header("set-cookie").unwrap().to_owned();
    let body = answer.expect(201);
    let cookie = format!("{}={}", body["name"].as_str().unwrap(), body["value"].as_str().unwrap());
    assert_eq!(body["name"], "accountd_session");
    assert!(header.starts_with(&format!("{cookie}; Path=/; Max-Age=")) && header.contains("; HttpOnly"), "{header}");
    assert_eq!(page_status(&server, &cookie), 200);
    assert_eq!(page_status(&server, ""), 303);
    reset(&server, "seed");
    assert_eq!(page_status(&server, &cookie), 303);
}

#[test]
fn a_user_who_cannot_sign_in_gets_no_cookie() {
    let server = stand_in();
    assert_eq!(refusal(sign_in(&server, "nobody")), (404, "not_found".to_owned()));
    moderate(&server, "janedoe", "block");
    assert_eq!(refusal(sign_in(&server, "janedoe")), (422, "invalid".to_owned()));
    moderate(&server, "janedoe", "unblock");
    sign_in(&server, "janedoe").expect(201);
    // As with a password, it ends the dormancy.
    let fixture = json!({"users": [{
        "username": "idle", "emails": [{"email": "idle@example.com"}], "state": "deactivated"
    }]});
    server.post("/_accountd/import").json(fixture).send().expect(200);
    sign_in(&server, "idle").expect(201);
    let found = server.get("/api/v4/users?username=idle").private_token(crate::harness::ROOT).send().expect(200);
    assert_eq!(found[0]["state"], "active");
}

#[test]
fn a_token_has_every_scope_and_no_end_by_default() {
    let server = stand_in();
    let created = token(&server, json!({"user": "janedoe"})).expect(201);
    let secret = created["token"].as_str().unwrap();
    assert!(secret.starts_with("glpat-"), "{secret}");
    assert_eq!(
        created,
        json!({"token": secret, "id": created["id"], "name": "stand-in", "scopes": ["api"], "expires_at": null})
    );
    assert_eq!(server.get("/api/v4/user").private_token(secret).send().expect(200)["username"], "janedoe");
    let own = server.get("/api/v4/personal_access_tokens/self").private_token(secret).send().expect(200);
    assert_eq!((&own["id"], &own["name"]), (&created["id"], &json!("stand-in")));
    // A sandbox has tokens of its own.
    let sandbox = server.post("/_accountd/sandboxes").json(json!({"name": "t1"})).send().expect(201);
    let url = format!("{}/api/v4/user", sandbox["url"].as_str().unwrap());
    Request::to("GET", &url).private_token(secret).send().expect(401);
}

#[test]
fn a_token_can_be_narrower() {
    let server = stand_in();
    let wanted = json!({
        "user": "janedoe", "scopes": ["read_user"], "name": "narrow", "expires_at": "2999-01-01T12:00:00Z"
    });
    let created = token(&server, wanted).expect(201);
    assert_eq!((&created["name"], &created["scopes"]), (&json!("narrow"), &json!(["read_user"])));
    assert_eq!(created["expires_at"], "2999-01-01T12:00:00Z");
    let secret = created["token"].as_str().unwrap();
    server.get("/api/v4/user").private_token(secret).send().expect(200);
    server.post("/api/v4/user/emails").private_token(secret).json(json!({"email": "x@example.com"})).send().expect(403);
    assert_eq!(
        token(&server, json!({"user": "janedoe", "expires_at": "2999-01-01"})).expect(201)["expires_at"],
        "2999-01-01T00:00:00Z"
    );
}

#[test]
fn a_token_that_breaks_a_rule_is_refused() {
    let server = stand_in();
    for (body, status, error) in [
        (json!({"user": "nobody"}), 404, "not_found"),
        (json!({"user": "janedoe", "scopes": []}), 422, "invalid"),
        (json!({"user": "janedoe", "scopes": ["sudo"]}), 422, "invalid"),
        (json!({"user": "janedoe", "name": " "}), 422, "invalid"),
        (json!({"user": "janedoe", "expires_at": "1999-01-01"}), 422, "invalid"),
        (json!({"user": "janedoe", "expires_at": "soon"}), 422, "invalid"),
        (json!({"user": "janedoe", "scope": ["api"]}), 400, "unknown_key"),
        (json!({}), 400, "unreadable"),
    ] {
        assert_eq!(refusal(token(&server, body.clone())), (status, error.to_owned()), "{body}");
    }
}
