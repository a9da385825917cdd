//! `--deterministic`: the same requests in the same order get the same tokens, ids and salts.

use super::create_user;
use crate::harness::{Request, Server, run};
use crate::oauth::{DOCKER, EXAMPLE, Redirect};
use serde_json::{Value, json};

/// With a clock that stands still, so that the times are the same too.
fn stand_in(more: &[&str]) -> Server {
    Server::demo_with(&[&["--control", "--clock", "2030-01-01,frozen"], more].concat())
}

fn token(url: &str) -> String {
    let created = Request::to("POST", &format!("{url}/_accountd/tokens")).json(json!({"user": "janedoe"})).send();
    created.expect(201)["token"].as_str().unwrap().to_owned()
}

/// What a sequence of requests gets that is random otherwise, by name.
fn drawn(url: &str) -> Vec<(&'static str, String)> {
    let post = |path: &str, body: Value| Request::to("POST", &format!("{url}{path}")).json(body).send();
    let first = post("/_accountd/tokens", json!({"user": "janedoe"}));
    let id = first.header("x-request-id").unwrap().to_owned();
    let first = first.expect(201)["token"].as_str().unwrap().to_owned();
    let cookie = post("/_accountd/sign-ins", json!({"user": "janedoe"})).expect(201)["value"].to_string();
    let form = Request::to("GET", &format!("{url}/account/sign-in")).send().header("set-cookie").unwrap().to_owned();
    let login = json!({"login": "john_smith", "password": "john-password"});
    let session = post("/api/v3/session", login).expect(201)["private_token"].to_string();
    post("/_accountd/oauth/next", json!({"user": "janedoe"}));
    let authorize = format!("{url}{}?{}", DOCKER.authorize, EXAMPLE.query(""));
    let code = Redirect::of(&Request::to("GET", &authorize).send(), 302).get("code").to_owned();
    create_user(url, "ada");
    let state = Request::to("GET", &format!("{url}/_accountd/state")).send().expect(200).to_string();
    assert!(state.contains("$argon2id$"), "{state}");
    let (second, request) = (token(url), id);
    [
        ("request id", request),
        ("token", first),
        ("cookie", cookie),
        ("form", form),
        ("session", session),
        ("code", code),
        ("state", state),
        ("second token", second),
    ]
    .into()
}

#[test]
fn two_servers_give_the_same() {
    let (one, two) = (stand_in(&["--deterministic"]), stand_in(&["--deterministic", "1"]));
    let first = drawn(&one.url());
    assert_eq!(first, drawn(&two.url()));
    assert_ne!(first[1].1, first[7].1, "two tokens of one server differ");
    // Also what an application gets for its code.
    let tokens = |server: &Server| {
        server.post("/_accountd/oauth/next").json(json!({"user": "janedoe"})).send();
        let query = format!("?{}", EXAMPLE.query(""));
        let redirect = Redirect::of(&server.get(DOCKER.authorize).with_query(&query).send(), 302);
        let tokens = EXAMPLE.exchange(server, redirect.get("code"), &[]).expect(200);
        (tokens["access_token"].clone(), tokens["refresh_token"].clone())
    };
    assert_eq!(tokens(&one), tokens(&two));
}

/// Their passwords are hashed at the same time.
#[test]
fn two_servers_give_the_users_of_a_fixture_the_same_salts() {
    let servers = [stand_in(&["--deterministic"]), stand_in(&["--deterministic"])];
    let user = |n: u32| {
        let emails = json!([{"email": format!("user{n}@example.com")}]);
        json!({"username": format!("user{n}"), "emails": emails, "password": "correct-horse"})
    };
    let fixture = json!({"users": (0..40).map(user).collect::<Vec<_>>()});
    let states = servers.map(|server| {
        server.post("/_accountd/import").json(fixture.clone()).send().expect(200);
        server.get("/_accountd/state").send().expect(200)
    });
    assert_eq!(states[0], states[1]);
}

#[test]
fn a_reset_begins_again_and_every_sandbox_begins_alike() {
    let server = stand_in(&["--deterministic", "7"]);
    let first = drawn(&server.url());
    super::reset(&server, "seed");
    assert_eq!(drawn(&server.url()), first);
    let sandbox = server.post("/_accountd/sandboxes").json(json!({"name": "t1"})).send().expect(201);
    assert_eq!(drawn(sandbox["url"].as_str().unwrap()), first);
}

/// Otherwise a snapshot could contain the token that is generated next.
#[test]
fn a_snapshot_goes_on_where_it_was_taken() {
    let server = stand_in(&["--deterministic"]);
    let first = token(&server.url());
    server.put("/_accountd/snapshots/one").send().expect(200);
    let second = token(&server.url());
    super::reset(&server, "snapshot:one");
    assert_eq!(token(&server.url()), second);
    super::reset(&server, "seed");
    assert_eq!(token(&server.url()), first);
    let body = json!({"name": "t1", "from": "current"});
    let sandbox = server.post("/_accountd/sandboxes").json(body).send().expect(201);
    assert_eq!(token(sandbox["url"].as_str().unwrap()), second);
}

#[test]
fn other_numbers_and_servers_without_the_option_give_others() {
    let servers = [stand_in(&["--deterministic"]), stand_in(&["--deterministic", "2"]), stand_in(&[]), stand_in(&[])];
    let all = servers.map(|server| drawn(&server.url()));
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            for (mine, others) in one.iter().zip(other) {
                assert_ne!(mine, others);
            }
        }
    }
}

#[test]
fn without_control_it_is_a_usage_error_that_says_why() {
    for args in [&["--memory"][..], &["--db", "/nonexistent/a.db"], &[]] {
        let output = run(&[&["serve", "--deterministic"], args].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("--deterministic needs --memory and --control") && said.contains("predictable"),
            "{said}"
        );
    }
}
