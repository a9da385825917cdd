//! Which credentials there are (SPEC 3), and the 401 without one.

use super::{AsJane, EMAILS, JANES, call, endpoints, is_detail, token, untouched, world};
use crate::harness::{Answer, Call, Server};

#[track_caller]
fn unauthenticated(answer: Answer) {
    assert_eq!(answer.status, 401, "{answer:?}");
    let challenges = answer.all("www-authenticate").join(", ");
    assert_eq!(challenges, r#"Basic realm="accountd", Bearer realm="accountd""#);
    assert!(!answer.body.contains("example.com"), "{answer:?}");
    is_detail(&answer.json());
}

#[test]
fn without_a_credential_every_endpoint_is_401() {
    let server = world();
    for endpoint in endpoints() {
        unauthenticated(call(&server, "janedoe", &endpoint).send());
    }
    untouched(&server);
}

#[test]
fn with_a_wrong_password_every_endpoint_is_401() {
    let server = world();
    for endpoint in endpoints() {
        unauthenticated(call(&server, "janedoe", &endpoint).basic("janedoe", "Password").send());
    }
    untouched(&server);
}

#[test]
fn what_signs_in() {
    let server = world();
    let all = token("api");
    let get = || server.get(JANES);
    let good: [(&str, Call); 9] = [
        ("name and password", get().jane()),
        ("the name in another case", get().basic("JaneDoe", "password")),
        ("address and password", get().basic("jane.doe@example.com", "password")),
        ("the address in another case", get().basic("Jane.Doe@Example.COM", "password")),
        ("a token as the password", get().basic("janedoe", &all)),
        ("the same, the name in another case", get().basic("JANEDOE", &all)),
        ("Bearer", get().bearer(&all)),
        (
            "schemes are matched without case (RFC 9110 section 11.1)",
            get().header("Authorization", &format!("bearer {all}")),
        ),
        ("the same", get().header("Authorization", "bASIC amFuZWRvZTpwYXNzd29yZA==")),
    ];
    for (what, call) in good {
        let answer = call.send();
        assert_eq!(answer.status, 200, "{what}: {answer:?}");
        assert_eq!(answer.json()["username"], "janedoe", "{what}");
    }
}

#[test]
fn what_does_not_sign_in() {
    let server = world();
    let all = token("api");
    let get = || server.get(JANES);
    let bad: [(&str, Call); 22] = [
        ("an unknown user", get().basic("nobody", "password")),
        ("another user's password", get().basic("janedoe", "bare-password")),
        ("the password in another case", get().basic("janedoe", "PASSWORD")),
        ("a longer password", get().basic("janedoe", "password ")),
        ("no password", get().basic("janedoe", "")),
        ("no name", get().basic("", "password")),
        ("a token of another user as the password", get().basic("bare", &all)),
        ("a token of nobody as the password", get().basic("janedoe", "janedoe-unknown-token")),
        ("a token with no name", get().basic("", &all)),
        ("a token as the name", get().basic(&all, "")),
        ("a token of nobody", get().bearer("janedoe-unknown-token")),
        ("a token in another case", get().bearer(&all.to_uppercase())),
        ("half a token", get().bearer(&all[..10])),
        ("no token", get().header("Authorization", "Bearer ")),
        ("a password as a token", get().bearer("password")),
        ("no scheme", get().header("Authorization", &all)),
        ("an unknown scheme", get().header("Authorization", &format!("Token {all}"))),
        ("Basic without base64", get().header("Authorization", "Basic janedoe:password")),
        ("Basic without a colon", get().header("Authorization", "Basic amFuZWRvZQ==")),
        ("two headers", get().jane().bearer(&all)),
        ("GitLab's header", get().private(&all)),
        ("GitLab's parameter", server.get(&format!("{JANES}?private_token={all}"))),
    ];
    for (what, call) in bad {
        let answer = call.send();
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
        unauthenticated(answer);
    }
}

#[test]
fn a_token_that_has_ended_is_none() {
    let server = world();
    unauthenticated(server.get(JANES).bearer("janedoe-ended-token").send());
    unauthenticated(server.get(JANES).basic("janedoe", "janedoe-ended-token").send());
}

#[test]
fn a_blocked_user_cannot_authenticate_by_any_means() {
    let server = world();
    for path in ["/api/v1.1/users/gone/", "/api/v1.1/users/gone/emails/"] {
        unauthenticated(server.get(path).basic("gone", "gone-password").send());
        unauthenticated(server.get(path).basic("gone@example.com", "gone-password").send());
        unauthenticated(server.get(path).basic("gone", "gone-api-token").send());
        unauthenticated(server.get(path).bearer("gone-api-token").send());
    }
}

#[test]
fn blocking_and_unblocking_work_at_once() {
    let server = Server::on_file(&[]);
    let get = || server.get(JANES);
    get().jane().send().expect(200);
    assert!(server.cli(&["user", "block", "janedoe"]).status.success());
    unauthenticated(get().jane().send());
    unauthenticated(get().bearer(crate::harness::JANE).send());
    assert!(server.cli(&["user", "unblock", "janedoe"]).status.success());
    get().jane().send().expect(200);
    get().bearer(crate::harness::JANE).send().expect(200);
}

#[test]
fn a_revoked_token_ends_at_once() {
    let server = Server::on_file(&[]);
    server.get(EMAILS).bearer(crate::harness::JANE).send().expect(200);
    let id: i64 = server.sql("SELECT id FROM tokens WHERE name = 'docs'");
    assert!(server.cli(&["token", "revoke", &id.to_string()]).status.success());
    unauthenticated(server.get(EMAILS).bearer(crate::harness::JANE).send());
    server.get(EMAILS).jane().send().expect(200);
}
