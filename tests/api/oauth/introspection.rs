//! Token introspection (RFC 7662).

use super::{
    Application, BOTH_PATHS, EXAMPLE, PHONE, Tokens, WIKI, assert_error, assert_not_cached, auto_approving,
    auto_approving_on_file, execute,
};
use crate::harness::{JANE, ROOT, Server};
use serde_json::{Value, json};

const NAMES: [&str; 9] = ["active", "scope", "client_id", "username", "token_type", "exp", "iat", "sub", "iss"];

/// The introspection response for `app`, the same in both dialects.
#[track_caller]
fn introspection(server: &Server, app: Application, token: &str) -> Value {
    let [one, other] = BOTH_PATHS.map(|paths| app.call(server, paths.introspect, &[("token", token)]).send());
    assert_not_cached(&one);
    assert_eq!((one.status, &one.body), (200, &other.body));
    one.json()
}

#[track_caller]
fn assert_inactive(server: &Server, app: Application, token: &str) {
    // RFC 7662 section 2.2: an inactive token has no other fields.
    assert_eq!(introspection(server, app, token), json!({"active": false}), "{token}");
}

#[test]
fn an_access_token_is_described() {
    let server = auto_approving();
    let earliest = jiff::Timestamp::now().as_second();
    let tokens = WIKI.tokens(&server, "profile_read api");
    let answer = WIKI.introspect(&server, &tokens.access);
    assert_eq!(answer.names(), NAMES);
    let body = introspection(&server, WIKI, &tokens.access);
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
fn a_refresh_token_is_described_to_its_own_application_only() {
    let server = auto_approving();
    let tokens = WIKI.tokens(&server, "profile_read");
    let body = introspection(&server, WIKI, &tokens.refresh);
    let expected = json!({
        "active": true, "scope": "profile_read", "client_id": WIKI.id, "username": "janedoe",
        "token_type": "refresh_token", "exp": body["exp"], "iat": body["iat"], "sub": "2", "iss": server.url()
    });
    assert_eq!(body, expected);
    assert_inactive(&server, EXAMPLE, &tokens.refresh);
    // A refresh replaces both tokens.
    let next = Tokens::of(WIKI.refresh(&server, &tokens.refresh, &[]));
    assert_inactive(&server, WIKI, &tokens.refresh);
    assert_inactive(&server, WIKI, &tokens.access);
    // Introspecting a used refresh token is not a reuse.
    assert_eq!(introspection(&server, WIKI, &next.refresh)["active"], true);
}

/// A resource server introspects tokens that were issued to other applications.
#[test]
fn an_access_token_of_another_application_is_described() {
    let server = auto_approving();
    for app in [WIKI, PHONE] {
        let tokens = app.tokens(&server, "email_read");
        let body = introspection(&server, EXAMPLE, &tokens.access);
        assert_eq!(
            (&body["active"], &body["client_id"], &body["scope"]),
            (&json!(true), &json!(app.id), &json!("email_read"))
        );
    }
}

#[test]
fn other_secrets_are_inactive() {
    let server = auto_approving();
    let code = WIKI.code(&server, "");
    let session = json!({"login": "root", "password": "root-password"});
    let session = server.post("/api/v3/session").json(session).send().expect(201);
    let session = session["private_token"].as_str().unwrap();
    for token in [JANE, ROOT, session, &code, "WikiClientSecret", "x", "acr_x.y", "\0", "é", &"x".repeat(1000)] {
        assert_inactive(&server, WIKI, token);
    }
}

#[test]
fn expired_and_revoked_tokens_are_inactive() {
    let server = auto_approving_on_file();
    let now = jiff::Timestamp::now().as_microsecond();
    let tokens = WIKI.tokens(&server, "profile_read");
    execute(&server, &format!("UPDATE tokens SET expires_at = {now} WHERE kind = 'oauth'"));
    assert_inactive(&server, WIKI, &tokens.access);
    assert_eq!(introspection(&server, WIKI, &tokens.refresh)["active"], true);
    execute(&server, &format!("UPDATE authorizations SET expires_at = {now}"));
    assert_inactive(&server, WIKI, &tokens.refresh);
    let revoked = WIKI.tokens(&server, "profile_read");
    WIKI.revoke(&server, &revoked.access).expect(200);
    assert_inactive(&server, WIKI, &revoked.access);
    assert_inactive(&server, WIKI, &revoked.refresh);
}

#[test]
fn tokens_of_blocked_and_deleted_users_are_inactive() {
    let server = auto_approving();
    let tokens = WIKI.tokens(&server, "profile_read");
    server.put("/api/v3/users/2/block").private_token(ROOT).send().expect(200);
    assert_inactive(&server, WIKI, &tokens.access);
    assert_inactive(&server, WIKI, &tokens.refresh);
    server.put("/api/v3/users/2/unblock").private_token(ROOT).send().expect(200);
    assert_eq!(introspection(&server, WIKI, &tokens.access)["active"], true);
    server.delete("/api/v3/users/2").private_token(ROOT).send().expect(200);
    assert_inactive(&server, WIKI, &tokens.access);
    assert_inactive(&server, WIKI, &tokens.refresh);
}

/// RFC 7662 section 2.1: "the authorization server … MUST also require some form of authorization".
#[test]
fn only_confidential_applications_may_introspect() {
    let server = auto_approving();
    let tokens = PHONE.tokens(&server, "profile_read");
    for paths in BOTH_PATHS {
        let by_name = PHONE.call(&server, paths.introspect, &[("token", &tokens.access)]).send();
        assert_error(&by_name, 401, "invalid_client");
        let by_token = server.post(paths.introspect).bearer(&tokens.access).form(&[("token", &tokens.access)]).send();
        assert_error(&by_token, 401, "invalid_client");
        let by_admin = server.post(paths.introspect).private_token(ROOT).form(&[("token", &tokens.access)]).send();
        assert_error(&by_admin, 401, "invalid_client");
    }
}

#[test]
fn the_token_type_hint_makes_no_difference() {
    let server = auto_approving();
    let tokens = WIKI.tokens(&server, "profile_read");
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        for token in [&tokens.access, &tokens.refresh] {
            let fields = [("token", token.as_str()), ("token_type_hint", hint)];
            assert_eq!(WIKI.call(&server, "/oauth/introspect", &fields).send().expect(200)["active"], true, "{hint}");
        }
    }
}

#[test]
fn a_new_username_is_shown() {
    let server = auto_approving();
    let tokens = WIKI.tokens(&server, "profile_read");
    server.put("/api/v3/users/2").private_token(ROOT).json(json!({"username": "jane2"})).send().expect(200);
    let body = introspection(&server, WIKI, &tokens.access);
    assert_eq!((&body["username"], &body["sub"]), (&json!("jane2"), &json!("2")));
}
