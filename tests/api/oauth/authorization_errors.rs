//! Every error of RFC 6749 section 4.1.2.1, each test named after it (`server_error` and `temporarily_unavailable` in
//! `unavailable.rs`, the user's own refusal in `consent.rs`), and those that nobody is sent back with.

use super::{
    App, BOTH, Back, CHALLENGE, DOCKER, EXAMPLE, IDLE, PHONE, WIKI, ask, change, count, encoded, in_memory, on_file,
    sent_back, shown_as_page,
};
use crate::harness::{Answer, ROOT, Server};

/// Each of these queries is sent back with that error, by either family, with and without state.
#[track_caller]
fn all_sent_back(server: &Server, app: App, queries: &[String], error: &str) {
    for query in queries {
        for names in BOTH {
            let back = sent_back(server, &ask(server, names, query), app, error);
            assert_eq!(back.names(), ["error", "error_description", "iss"], "{query}");
            let back = sent_back(server, &ask(server, names, &format!("{query}&state=a%26b%3D%23%25")), app, error);
            assert_eq!(back.names(), ["error", "error_description", "state", "iss"], "{query}");
            assert_eq!(back.get("state"), "a&b=#%", "{query}");
        }
    }
}

#[test]
fn invalid_request() {
    let server = in_memory();
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
    all_sent_back(&server, EXAMPLE, &queries, "invalid_request");
}

/// RFC 6749 section 3.1: no parameter twice. What of two is the state cannot be told, so none goes back.
#[test]
fn invalid_request_for_a_repeated_state() {
    let server = in_memory();
    for names in BOTH {
        let answer = ask(&server, names, &EXAMPLE.query("&state=one&state=two"));
        let back = sent_back(&server, &answer, EXAMPLE, "invalid_request");
        assert_eq!(back.names(), ["error", "error_description", "iss"]);
        assert!(back.get("error_description").contains("state"), "{back:?}");
    }
}

/// RFC 7636 section 4.4.1, RFC 9700 section 2.1.1.
#[test]
fn invalid_request_for_a_public_client_without_pkce() {
    let server = in_memory();
    all_sent_back(
        &server,
        PHONE,
        &[PHONE.query("&scope=profile_read"), PHONE.query("&scope=email_read&redirect_uri=")],
        "invalid_request",
    );
}

#[test]
fn unsupported_response_type() {
    let server = in_memory();
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
    let queries = types.map(|wanted| format!("client_id={}&response_type={}", EXAMPLE.id, encoded(wanted)));
    all_sent_back(&server, EXAMPLE, &queries, "unsupported_response_type");
}

#[test]
fn invalid_scope() {
    let server = in_memory();
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
    let queries = scopes.map(|scope| EXAMPLE.query(&format!("&scope={}", encoded(scope))));
    all_sent_back(&server, EXAMPLE, &queries, "invalid_scope");
    let many = "profile_read ".repeat(500) + "api";
    all_sent_back(&server, EXAMPLE, &[EXAMPLE.query(&format!("&scope={}", encoded(&many)))], "invalid_scope");
}

#[test]
fn unauthorized_client() {
    let server = in_memory();
    let queries = [IDLE.query(""), IDLE.query("&scope=profile_read"), IDLE.query("&scope=api")];
    all_sent_back(&server, IDLE, &queries, "unauthorized_client");
}

#[test]
fn access_denied() {
    let server = in_memory();
    server.put("/api/v3/users/2/block").private(ROOT).send().expect(200);
    for names in BOTH {
        let back = Back::of(&ask(&server, names, &WIKI.query("&state=s")), 302);
        assert_eq!((back.at.as_str(), back.get("error")), (WIKI.uri, "access_denied"));
        assert_eq!((back.get("state"), back.get("iss")), ("s", server.url().as_str()));
        assert!(!back.names().contains(&"code"), "{back:?}");
    }
    server.put("/api/v3/users/2/unblock").private(ROOT).send().expect(200);
    assert_eq!(Back::of(&ask(&server, DOCKER, &WIKI.query("")), 302).names(), ["code", "iss"]);
}

#[track_caller]
fn on_page(server: &Server, query: &str, repeats: &[&str]) {
    for names in BOTH {
        let answer: Answer = ask(server, names, query);
        shown_as_page(&answer, repeats);
    }
}

#[test]
fn a_wrong_client_id_is_shown_on_a_page() {
    let server = on_file();
    let uri = format!("&redirect_uri={}", encoded(EXAMPLE.uri));
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
    for id in ids.map(encoded).iter().map(String::as_str).chain(["TestClientID%FF", "%", "%zz", "+"]) {
        on_page(&server, &format!("client_id={id}&response_type=code&state=st4te"), &["my.app", "<script>", "st4te"]);
        on_page(&server, &format!("client_id={id}&response_type=code{uri}"), &["my.app", "<script>"]);
    }
    for none in ["", "client_id", "client_id=", "response_type=code", "Client_ID=TestClientID&response_type=code"] {
        on_page(&server, none, &[]);
        on_page(&server, &format!("{none}{uri}"), &["my.app"]);
    }
    let twice = format!("client_id={0}&client_id={0}&response_type=code", EXAMPLE.id);
    on_page(&server, &twice, &["my.app"]);
    let two = format!("client_id={}&client_id={}&response_type=code", EXAMPLE.id, WIKI.id);
    on_page(&server, &two, &["my.app", "wiki.example"]);
    on_page(&server, &format!("client_id={}&response_type=code", "x".repeat(20_000)), &["xxxxxxxx"]);
    assert_eq!(count(&server, "authorizations"), 0);
}

#[test]
fn an_application_that_is_gone_is_shown_on_a_page() {
    let server = on_file();
    EXAMPLE.code(&server, "");
    change(&server, "PRAGMA foreign_keys = ON; DELETE FROM applications WHERE client_id = 'TestClientID'");
    on_page(&server, &EXAMPLE.query("&state=s"), &["my.app"]);
}

/// The URI is looked at before everything that would be sent to it.
#[test]
fn a_wrong_redirect_uri_is_shown_on_a_page_whatever_else_is_wrong() {
    let server = on_file();
    let evil = "&redirect_uri=https%3A%2F%2Fevil.example%2F%3Cscript%3E";
    for more in ["", "&scope=sudo", "&state=s&state=s", "&code_challenge=x", "&scope=api"] {
        on_page(&server, &EXAMPLE.query(&format!("{evil}{more}")), &["evil", "<script>"]);
        on_page(&server, &format!("client_id={}&response_type=token{evil}{more}", EXAMPLE.id), &["evil", "<script>"]);
        on_page(&server, &format!("client_id={}{evil}{more}", IDLE.id), &["evil", "<script>"]);
    }
    assert_eq!(count(&server, "authorizations"), 0);
}
