//! The prepared answer to an OAuth authorization request.

use super::{refusal, reset};
use crate::harness::{ROOT, Server};
use crate::oauth::{BOTH_PATHS, GITLAB, Redirect, WIKI, send_authorization, start};
use serde_json::{Value, json};

fn stand_in() -> Server {
    start(true, &["--control"])
}

fn prepare(server: &Server, body: Value) {
    let prepared = server.post("/_accountd/oauth/next").json(body).send();
    assert_eq!((prepared.status, prepared.body.as_str()), (204, ""));
}

/// Asserts that the user has to sign in.
#[track_caller]
fn assert_asks(server: &Server) {
    let answer = send_authorization(server, GITLAB, &WIKI.query(""));
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(answer.header("location").unwrap().starts_with("/account/sign-in"), "{answer:?}");
}

#[test]
fn one_request_gets_a_code_for_the_user() {
    let server = stand_in();
    for paths in BOTH_PATHS {
        prepare(&server, json!({"user": "janedoe"}));
        let answer = send_authorization(&server, paths, &WIKI.query("&scope=api&state=s"));
        let redirect = Redirect::of(&answer, 302);
        assert_eq!(redirect.names(), ["code", "state", "iss"]);
        assert_eq!(WIKI.exchange(&server, redirect.get("code"), &[]).expect(200)["username"], "janedoe");
        assert_asks(&server);
    }
}

#[test]
fn one_request_gets_the_error() {
    let server = stand_in();
    for error in ["access_denied", "temporarily_unavailable", "server_error"] {
        prepare(&server, json!({ "error": error }));
        let redirect = Redirect::of(&send_authorization(&server, GITLAB, &WIKI.query("&state=s")), 302);
        assert_eq!((redirect.names(), redirect.get("error")), (vec!["error", "state", "iss"], error));
        assert_eq!(redirect.uri, WIKI.uri);
        assert_asks(&server);
    }
}

#[test]
fn a_later_call_replaces_the_answer_and_an_empty_one_removes_it() {
    let server = stand_in();
    prepare(&server, json!({"user": "janedoe"}));
    prepare(&server, json!({"error": "access_denied"}));
    let redirect = Redirect::of(&send_authorization(&server, GITLAB, &WIKI.query("")), 302);
    assert_eq!(redirect.get("error"), "access_denied");
    prepare(&server, json!({"user": "janedoe"}));
    prepare(&server, json!({}));
    assert_asks(&server);
}

#[test]
fn a_reset_and_another_sandbox_have_no_answer() {
    let server = stand_in();
    prepare(&server, json!({"user": "janedoe"}));
    let sandbox = server.post("/_accountd/sandboxes").json(json!({"name": "t1", "from": "current"})).send().expect(201);
    let query = format!("/oauth/authorize?{}", WIKI.query(""));
    let url = format!("{}{query}", sandbox["url"].as_str().unwrap());
    assert_eq!(crate::harness::Request::to("GET", &url).send().status, 303);
    reset(&server, "seed");
    assert_asks(&server);
}

#[test]
fn a_request_that_is_refused_does_not_use_the_answer_up() {
    let server = stand_in();
    prepare(&server, json!({"user": "janedoe"}));
    assert_eq!(send_authorization(&server, GITLAB, "client_id=nobody&response_type=code").status, 400);
    let redirect = Redirect::of(&send_authorization(&server, GITLAB, &WIKI.query("&scope=sudo")), 302);
    assert_eq!(redirect.get("error"), "invalid_scope");
    // A web page could have a browser send it (DNS rebinding).
    let foreign = server.get("/oauth/authorize").with_query(&format!("?{}", WIKI.query("")));
    assert_eq!(foreign.header("Host", "evil.example").send().status, 421);
    let redirect = Redirect::of(&send_authorization(&server, GITLAB, &WIKI.query("")), 302);
    assert_eq!(redirect.names(), ["code", "iss"]);
}

#[test]
fn an_answer_goes_before_the_user_of_auto_approve() {
    let server = start(true, &["--control", "--auto-approve", "root"]);
    prepare(&server, json!({"error": "access_denied"}));
    let ask = || Redirect::of(&send_authorization(&server, GITLAB, &WIKI.query("")), 302);
    assert_eq!(ask().get("error"), "access_denied");
    assert_eq!(WIKI.exchange(&server, ask().get("code"), &[]).expect(200)["username"], "root");
}

#[test]
fn an_answer_that_cannot_be_given_is_refused() {
    let server = stand_in();
    let found = server.get("/api/v4/users?username=janedoe").private_token(ROOT).send().expect(200);
    let block = format!("/api/v4/users/{}/block", found[0]["id"]);
    server.post(&block).private_token(ROOT).send().expect(201);
    for (body, status, error) in [
        (json!({"user": "nobody"}), 404, "not_found"),
        (json!({"user": "janedoe"}), 422, "invalid"),
        (json!({"error": "invalid_grant"}), 422, "invalid"),
        (json!({"user": "root", "error": "access_denied"}), 422, "invalid"),
        (json!({"username": "root"}), 400, "unknown_key"),
    ] {
        let refused = server.post("/_accountd/oauth/next").json(body.clone()).send();
        assert_eq!(refusal(refused), (status, error.to_owned()), "{body}");
    }
    assert_asks(&server);
}
