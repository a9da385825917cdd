//! Failed authorization requests: every error of RFC 6749 section 4.1.2.1, and those that are shown on a page because
//! it is not safe to redirect. `server_errors.rs` has `server_error` and `temporarily_unavailable`, `consent.rs` has
//! the user's own refusal.

use super::{
    Application, BOTH_PATHS, CHALLENGE, DOCKER, EXAMPLE, IDLE, PHONE, Redirect, WIKI, assert_error_page,
    assert_error_redirect, auto_approving, auto_approving_on_file, count, execute, percent_encoded, send_authorization,
};
use crate::harness::{ROOT, Response, Server};

/// Checks that each query is redirected with this error, in both dialects, with and without state.
#[track_caller]
fn assert_error_redirects(server: &Server, app: Application, queries: &[String], error: &str) {
    for query in queries {
        for paths in BOTH_PATHS {
            let redirect = assert_error_redirect(server, &send_authorization(server, paths, query), app, error);
            assert_eq!(redirect.names(), ["error", "error_description", "iss"], "{query}");
            let redirect = assert_error_redirect(
                server,
                &send_authorization(server, paths, &format!("{query}&state=a%26b%3D%23%25")),
                app,
                error,
            );
            assert_eq!(redirect.names(), ["error", "error_description", "state", "iss"], "{query}");
            assert_eq!(redirect.get("state"), "a&b=#%", "{query}");
        }
    }
}

#[test]
fn a_malformed_request_is_answered_invalid_request() {
    let server = auto_approving();
    let id = format!("scope=profile_read&client_id={}", EXAMPLE.id);
    let of = |more: &str| format!("{id}&response_type=code{more}");
    let queries = [
        id.clone(),
        format!("{id}&response_type="),
        format!("{id}&response_type"),
        format!("{id}&response_type=code&response_type=code"),
        format!("{id}&response_type=code&response_type=token"),
        format!("{id}&response_type=code&response%5Ftype=code"),
        of("&scope=profile_read"),
        of("&scope=email_read"),
        of("&scope="),
        of(&format!("&code_challenge={CHALLENGE}")),
        of(&format!("&code_challenge={CHALLENGE}&code_challenge_method=")),
        of(&format!("&code_challenge={CHALLENGE}&code_challenge_method=plain")),
        of(&format!("&code_challenge={CHALLENGE}&code_challenge_method=s256")),
        of(&format!("&code_challenge={CHALLENGE}&code_challenge_method=S512")),
        of(&format!("&code_challenge={CHALLENGE}&code_challenge={CHALLENGE}&code_challenge_method=S256")),
        of(&format!("&code_challenge={CHALLENGE}&code_challenge_method=S256&code_challenge_method=S256")),
        of("&code_challenge_method=S256"),
        of("&code_challenge=&code_challenge_method=S256"),
        of(&format!("&code_challenge={CHALLENGE}=&code_challenge_method=S256")),
        of(&format!("&code_challenge={}&code_challenge_method=S256", &CHALLENGE[1..])),
        of(&format!("&code_challenge={CHALLENGE}A&code_challenge_method=S256")),
        of(&format!("&code_challenge={}&code_challenge_method=S256", CHALLENGE.replace('-', "%2B"))),
        of(&format!("&code_challenge={}&code_challenge_method=S256", "A".repeat(5000))),
        of("&code_challenge=%00%ff&code_challenge_method=S256"),
    ];
    assert_error_redirects(&server, EXAMPLE, &queries, "invalid_request");
}

/// RFC 6749 section 3.1: a parameter must not be repeated. It is unclear which of the two is the state, so the redirect
/// has none.
#[test]
fn a_repeated_state_is_answered_invalid_request() {
    let server = auto_approving();
    for paths in BOTH_PATHS {
        let answer = send_authorization(&server, paths, &EXAMPLE.query("&state=one&state=two"));
        let redirect = assert_error_redirect(&server, &answer, EXAMPLE, "invalid_request");
        assert_eq!(redirect.names(), ["error", "error_description", "iss"]);
        assert!(redirect.get("error_description").contains("state"), "{redirect:?}");
    }
}

/// RFC 7636 section 4.4.1, RFC 9700 section 2.1.1.
#[test]
fn a_public_client_without_pkce_is_answered_invalid_request() {
    let server = auto_approving();
    assert_error_redirects(
        &server,
        PHONE,
        &[PHONE.query("&scope=profile_read"), PHONE.query("&scope=email_read&redirect_uri=")],
        "invalid_request",
    );
}

#[test]
fn any_response_type_but_code_is_answered_unsupported_response_type() {
    let server = auto_approving();
    let types = [
        "token",
        "code token",
        "id_token",
        "code id_token",
        "none",
        "CODE",
        "Code",
        "code code",
        "code,token",
        "code ",
        " code",
        "c",
        "\0",
        "code\0",
        "💥",
    ];
    let queries = types.map(|wanted| format!("client_id={}&response_type={}", EXAMPLE.id, percent_encoded(wanted)));
    assert_error_redirects(&server, EXAMPLE, &queries, "unsupported_response_type");
}

#[test]
fn unknown_and_unregistered_scopes_are_answered_invalid_scope() {
    let server = auto_approving();
    let scopes = [
        "sudo",
        "api",
        "read_user",
        "profile_write",
        "email_write",
        "PROFILE_READ",
        "profile_read,email_read",
        "profile_read api",
        "profile_read sudo",
        "openid",
        "*",
        "profile_read\temail_read",
        "profile_read\0",
        "\"",
        "\\",
        "'; DROP TABLE tokens; --",
        "é",
    ];
    let queries = scopes.map(|scope| EXAMPLE.query(&format!("&scope={}", percent_encoded(scope))));
    assert_error_redirects(&server, EXAMPLE, &queries, "invalid_scope");
    let many = "profile_read ".repeat(500) + "api";
    assert_error_redirects(
        &server,
        EXAMPLE,
        &[EXAMPLE.query(&format!("&scope={}", percent_encoded(&many)))],
        "invalid_scope",
    );
}

#[test]
fn an_application_without_scopes_is_answered_unauthorized_client() {
    let server = auto_approving();
    let queries = [IDLE.query(""), IDLE.query("&scope=profile_read"), IDLE.query("&scope=api")];
    assert_error_redirects(&server, IDLE, &queries, "unauthorized_client");
}

#[test]
fn a_blocked_user_is_answered_access_denied() {
    let server = auto_approving();
    server.put("/api/v3/users/2/block").private_token(ROOT).send().expect(200);
    for paths in BOTH_PATHS {
        let redirect = Redirect::of(&send_authorization(&server, paths, &WIKI.query("&state=s")), 302);
        assert_eq!((redirect.uri.as_str(), redirect.get("error")), (WIKI.uri, "access_denied"));
        assert_eq!((redirect.get("state"), redirect.get("iss")), ("s", server.url().as_str()));
        assert!(!redirect.names().contains(&"code"), "{redirect:?}");
    }
    server.put("/api/v3/users/2/unblock").private_token(ROOT).send().expect(200);
    assert_eq!(Redirect::of(&send_authorization(&server, DOCKER, &WIKI.query("")), 302).names(), ["code", "iss"]);
}

#[track_caller]
fn assert_error_pages(server: &Server, query: &str, repeats: &[&str]) {
    for paths in BOTH_PATHS {
        let answer: Response = send_authorization(server, paths, query);
        assert_error_page(&answer, repeats);
    }
}

#[test]
fn an_unknown_client_id_is_answered_with_a_page() {
    let server = auto_approving_on_file();
    let uri = format!("&redirect_uri={}", percent_encoded(EXAMPLE.uri));
    let ids = [
        "NobodysClientID",
        "testclientid",
        "TESTCLIENTID",
        "TestClientID ",
        " TestClientID",
        "TestClientID\0",
        "TestClientID,WikiClientID",
        "TestClientID\u{fffd}",
        "' OR '1'='1",
        "janedoe",
        "<script>alert(1)</script>",
        "1",
        "TestClientSecret",
    ];
    for id in ids.map(percent_encoded).iter().map(String::as_str).chain(["TestClientID%FF", "%", "%zz", "+"]) {
        assert_error_pages(
            &server,
            &format!("client_id={id}&response_type=code&state=st4te"),
            &["my.app", "<script>", "st4te"],
        );
        assert_error_pages(&server, &format!("client_id={id}&response_type=code{uri}"), &["my.app", "<script>"]);
    }
    for none in ["", "client_id", "client_id=", "response_type=code", "Client_ID=TestClientID&response_type=code"] {
        assert_error_pages(&server, none, &[]);
        assert_error_pages(&server, &format!("{none}{uri}"), &["my.app"]);
    }
    let twice = format!("client_id={0}&client_id={0}&response_type=code", EXAMPLE.id);
    assert_error_pages(&server, &twice, &["my.app"]);
    let two = format!("client_id={}&client_id={}&response_type=code", EXAMPLE.id, WIKI.id);
    assert_error_pages(&server, &two, &["my.app", "wiki.example"]);
    assert_error_pages(&server, &format!("client_id={}&response_type=code", "x".repeat(20_000)), &["xxxxxxxx"]);
    assert_eq!(count(&server, "authorizations"), 0);
}

#[test]
fn a_deleted_application_is_answered_with_a_page() {
    let server = auto_approving_on_file();
    EXAMPLE.code(&server, "");
    execute(&server, "PRAGMA foreign_keys = ON; DELETE FROM applications WHERE client_id = 'TestClientID'");
    assert_error_pages(&server, &EXAMPLE.query("&state=s"), &["my.app"]);
}

/// The redirect URI is checked first, because every other error is sent to it.
#[test]
fn an_unregistered_redirect_uri_is_answered_with_a_page_before_any_other_error() {
    let server = auto_approving_on_file();
    let evil = "&redirect_uri=https%3A%2F%2Fevil.example%2F%3Cscript%3E";
    for more in ["", "&scope=sudo", "&state=s&state=s", "&code_challenge=x", "&scope=api"] {
        assert_error_pages(&server, &EXAMPLE.query(&format!("{evil}{more}")), &["evil", "<script>"]);
        assert_error_pages(
            &server,
            &format!("client_id={}&response_type=token{evil}{more}", EXAMPLE.id),
            &["evil", "<script>"],
        );
        assert_error_pages(&server, &format!("client_id={}{evil}{more}", IDLE.id), &["evil", "<script>"]);
    }
    assert_eq!(count(&server, "authorizations"), 0);
}
