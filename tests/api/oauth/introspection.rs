//! Introspection (RFC 7662).

use super::{App, BOTH, EXAMPLE, PHONE, Tokens, WIKI, change, in_memory, is_not_stored, on_file, refused};
use crate::harness::{JANE, ROOT, Server};
use serde_json::{Value, json};

const NAMES: [&str; 9] = ["active", "scope", "client_id", "username", "token_type", "exp", "iat", "sub", "iss"];

/// What `app` is told of a token; both families say the same.
#[track_caller]
fn told(server: &Server, app: App, token: &str) -> Value {
    let [one, other] = BOTH.map(|names| app.call(server, names.introspect, &[("token", token)]).send());
    is_not_stored(&one);
    assert_eq!((one.status, &one.body), (200, &other.body));
    one.json()
}

#[track_caller]
fn inactive(server: &Server, app: App, token: &str) {
    // RFC 7662 section 2.2: nothing else.
    assert_eq!(told(server, app, token), json!({"active": false}), "{token}");
}

#[test]
fn an_access_token() {
    let server = in_memory();
    let earliest = jiff::Timestamp::now().as_second();
    let tokens = WIKI.tokens(&server, "profile_read api");
    let answer = WIKI.introspect(&server, &tokens.access);
    assert_eq!(answer.names(), NAMES);
    let body = told(&server, WIKI, &tokens.access);
    let iat = body["iat"].as_i64().unwrap();
    assert!((earliest..=jiff::Timestamp::now().as_second()).contains(&iat), "{body}");
    let expected = json!({
        "active": true, "scope": "profile_read api", "client_id": WIKI.id, "username": "janedoe",
        "token_type": "Bearer", "exp": body["exp"], "iat": iat, "sub": "2", "iss": server.url()
    });
    assert_eq!(body, expected);
    let lives = body["exp"].as_i64().unwrap() - iat;
    assert!((15_551_999..=15_552_001).contains(&lives), "{body}");
}

#[test]
fn a_refresh_token_by_its_own_application_only() {
    let server = in_memory();
    let tokens = WIKI.tokens(&server, "profile_read");
    let body = told(&server, WIKI, &tokens.refresh);
    let expected = json!({
        "active": true, "scope": "profile_read", "client_id": WIKI.id, "username": "janedoe",
        "token_type": "refresh_token", "exp": body["exp"], "iat": body["iat"], "sub": "2", "iss": server.url()
    });
    assert_eq!(body, expected);
    inactive(&server, EXAMPLE, &tokens.refresh);
    // It says nothing of a narrower access token.
    let next = Tokens::of(WIKI.refresh(&server, &tokens.refresh, &[]));
    inactive(&server, WIKI, &tokens.refresh);
    inactive(&server, WIKI, &tokens.access);
    // Asking about one that was used is no use of it.
    assert_eq!(told(&server, WIKI, &next.refresh)["active"], true);
}

/// A resource server asks about the tokens that others bring it.
#[test]
fn another_applications_access_token() {
    let server = in_memory();
    for app in [WIKI, PHONE] {
        let tokens = app.tokens(&server, "email_read");
        let body = told(&server, EXAMPLE, &tokens.access);
        assert_eq!(
            (&body["active"], &body["client_id"], &body["scope"]),
            (&json!(true), &json!(app.id), &json!("email_read"))
        );
    }
}

#[test]
fn what_is_no_applications_token_is_not_told_of() {
    let server = in_memory();
    let code = WIKI.code(&server, "");
    let session = json!({"login": "root", "password": "root-password"});
    let session = server.post("/api/v3/session").json(session).send().expect(201);
    let session = session["private_token"].as_str().unwrap();
    for token in [JANE, ROOT, session, &code, "WikiClientSecret", "x", "acr_x.y", "\0", "é", &"x".repeat(1000)] {
        inactive(&server, WIKI, token);
    }
}

#[test]
fn a_token_that_has_ended() {
    let server = on_file();
    let now = jiff::Timestamp::now().as_microsecond();
    let tokens = WIKI.tokens(&server, "profile_read");
    change(&server, &format!("UPDATE tokens SET expires_at = {now} WHERE kind = 'oauth'"));
    inactive(&server, WIKI, &tokens.access);
    assert_eq!(told(&server, WIKI, &tokens.refresh)["active"], true);
    change(&server, &format!("UPDATE authorizations SET expires_at = {now}"));
    inactive(&server, WIKI, &tokens.refresh);
    let revoked = WIKI.tokens(&server, "profile_read");
    WIKI.revoke(&server, &revoked.access).expect(200);
    inactive(&server, WIKI, &revoked.access);
    inactive(&server, WIKI, &revoked.refresh);
}

#[test]
fn a_blocked_users_token() {
    let server = in_memory();
    let tokens = WIKI.tokens(&server, "profile_read");
    server.put("/api/v3/users/2/block").private(ROOT).send().expect(200);
    inactive(&server, WIKI, &tokens.access);
    inactive(&server, WIKI, &tokens.refresh);
    server.put("/api/v3/users/2/unblock").private(ROOT).send().expect(200);
    assert_eq!(told(&server, WIKI, &tokens.access)["active"], true);
    server.delete("/api/v3/users/2").private(ROOT).send().expect(200);
    inactive(&server, WIKI, &tokens.access);
    inactive(&server, WIKI, &tokens.refresh);
}

/// RFC 7662 section 2.1: "the authorization server … MUST also require some form of authorization".
#[test]
fn only_applications_with_a_secret_may_ask() {
    let server = in_memory();
    let tokens = PHONE.tokens(&server, "profile_read");
    for names in BOTH {
        let by_name = PHONE.call(&server, names.introspect, &[("token", &tokens.access)]).send();
        refused(&by_name, 401, "invalid_client");
        let by_token = server.post(names.introspect).bearer(&tokens.access).form(&[("token", &tokens.access)]).send();
        refused(&by_token, 401, "invalid_client");
        let by_admin = server.post(names.introspect).private(ROOT).form(&[("token", &tokens.access)]).send();
        refused(&by_admin, 401, "invalid_client");
    }
}

#[test]
fn the_hint_is_only_one() {
    let server = in_memory();
    let tokens = WIKI.tokens(&server, "profile_read");
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        for token in [&tokens.access, &tokens.refresh] {
            let fields = [("token", token.as_str()), ("token_type_hint", hint)];
            assert_eq!(WIKI.call(&server, "/oauth/introspect", &fields).send().expect(200)["active"], true, "{hint}");
        }
    }
}

/// The user's name and the scopes are of the moment.
#[test]
fn a_new_user_name_is_told_at_once() {
    let server = in_memory();
    let tokens = WIKI.tokens(&server, "profile_read");
    server.put("/api/v3/users/2").private(ROOT).json(json!({"username": "jane2"})).send().expect(200);
    let body = told(&server, WIKI, &tokens.access);
    assert_eq!((&body["username"], &body["sub"]), (&json!("jane2"), &json!("2")));
}
