//! The credentials that the docker dialect accepts, and the 401 for any other request.

use super::{EMAILS, JanesPassword, PROFILE, assert_detail, assert_unchanged, call, endpoints, test_server, token};
use crate::harness::{Request, Response, Server};

#[track_caller]
fn assert_unauthenticated(answer: Response) {
    assert_eq!(answer.status, 401, "{answer:?}");
    let challenges = answer.all("www-authenticate").join(", ");
    assert_eq!(challenges, r#"Basic realm="accountd", Bearer realm="accountd""#);
    assert!(!answer.body.contains("example.com"), "{answer:?}");
    assert_detail(&answer.json());
}

#[test]
fn without_a_credential_every_endpoint_is_401() {
    let server = test_server();
    for endpoint in endpoints() {
        assert_unauthenticated(call(&server, "janedoe", &endpoint).send());
    }
    assert_unchanged(&server);
}

#[test]
fn with_a_wrong_password_every_endpoint_is_401() {
    let server = test_server();
    for endpoint in endpoints() {
        assert_unauthenticated(call(&server, "janedoe", &endpoint).basic("janedoe", "Password").send());
    }
    assert_unchanged(&server);
}

#[test]
fn valid_credentials_are_accepted() {
    let server = test_server();
    let all = token("api");
    let get = || server.get(PROFILE);
    let good: [(&str, Request); 9] = [
        ("name and password", get().janes_password()),
        ("the name in another case", get().basic("JaneDoe", "password")),
        ("address and password", get().basic("jane.doe@example.com", "password")),
        ("the address in another case", get().basic("Jane.Doe@Example.COM", "password")),
        ("a token as the password", get().basic("janedoe", &all)),
        ("a token as the password, the name in another case", get().basic("JANEDOE", &all)),
        ("Bearer", get().bearer(&all)),
        (
            "the scheme Bearer without regard to case (RFC 9110 section 11.1)",
            get().header("Authorization", &format!("bearer {all}")),
        ),
        ("the scheme Basic without regard to case", get().header("Authorization", "bASIC amFuZWRvZTpwYXNzd29yZA==")),
    ];
    for (name, call) in good {
        let answer = call.send();
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        assert_eq!(answer.json()["username"], "janedoe", "{name}");
    }
}

#[test]
fn invalid_credentials_are_401() {
    let server = test_server();
    let all = token("api");
    let get = || server.get(PROFILE);
    let bad: [(&str, Request); 22] = [
        ("an unknown user", get().basic("nobody", "password")),
        ("another user's password", get().basic("janedoe", "bare-password")),
        ("the password in another case", get().basic("janedoe", "PASSWORD")),
        ("a longer password", get().basic("janedoe", "password ")),
        ("no password", get().basic("janedoe", "")),
        ("no name", get().basic("", "password")),
        ("a token of another user as the password", get().basic("bare", &all)),
        ("an unknown token as the password", get().basic("janedoe", "janedoe-unknown-token")),
        ("a token with no name", get().basic("", &all)),
        ("a token as the name", get().basic(&all, "")),
        ("an unknown token", get().bearer("janedoe-unknown-token")),
        ("a token in another case", get().bearer(&all.to_uppercase())),
        ("half a token", get().bearer(&all[..10])),
        ("no token", get().header("Authorization", "Bearer ")),
        ("a password as a token", get().bearer("password")),
        ("no scheme", get().header("Authorization", &all)),
        ("an unknown scheme", get().header("Authorization", &format!("Token {all}"))),
        ("Basic without base64", get().header("Authorization", "Basic janedoe:password")),
        ("Basic without a colon", get().header("Authorization", "Basic amFuZWRvZQ==")),
        ("two headers", get().janes_password().bearer(&all)),
        ("GitLab's header", get().private_token(&all)),
        ("GitLab's parameter", server.get(&format!("{PROFILE}?private_token={all}"))),
    ];
    for (name, call) in bad {
        let answer = call.send();
        assert_eq!(answer.status, 401, "{name}: {answer:?}");
        assert_unauthenticated(answer);
    }
}

#[test]
fn an_expired_token_is_refused() {
    let server = test_server();
    assert_unauthenticated(server.get(PROFILE).bearer("janedoe-expired-token").send());
    assert_unauthenticated(server.get(PROFILE).basic("janedoe", "janedoe-expired-token").send());
}

#[test]
fn a_blocked_user_cannot_authenticate_by_any_means() {
    let server = test_server();
    for path in ["/api/v1.1/users/blocked/", "/api/v1.1/users/blocked/emails/"] {
        assert_unauthenticated(server.get(path).basic("blocked", "blocked-password").send());
        assert_unauthenticated(server.get(path).basic("blocked@example.com", "blocked-password").send());
        assert_unauthenticated(server.get(path).basic("blocked", "blocked-api-token").send());
        assert_unauthenticated(server.get(path).bearer("blocked-api-token").send());
    }
}

#[test]
fn blocking_and_unblocking_take_effect_immediately() {
    let server = Server::on_file(&[]);
    let get = || server.get(PROFILE);
    get().janes_password().send().expect(200);
    assert!(server.cli(&["user", "block", "janedoe"]).status.success());
    assert_unauthenticated(get().janes_password().send());
    assert_unauthenticated(get().bearer(crate::harness::JANE).send());
    assert!(server.cli(&["user", "unblock", "janedoe"]).status.success());
    get().janes_password().send().expect(200);
    get().bearer(crate::harness::JANE).send().expect(200);
}

#[test]
fn a_revoked_token_is_refused_immediately() {
    let server = Server::on_file(&[]);
    server.get(EMAILS).bearer(crate::harness::JANE).send().expect(200);
    let id: i64 = server.sql("SELECT id FROM tokens WHERE name = 'docs'");
    assert!(server.cli(&["token", "revoke", &id.to_string()]).status.success());
    assert_unauthenticated(server.get(EMAILS).bearer(crate::harness::JANE).send());
    server.get(EMAILS).janes_password().send().expect(200);
}
