//! `requests/expect`: whether the journal has as many matching requests as a test wants.

use super::{create_user, refusal, requests, stand_in};
use crate::harness::{JOHN, ROOT, Response, Server};
use serde_json::{Value, json};
use std::thread::scope;
use std::time::{Duration, Instant};

fn expect(server: &Server, body: Value) -> Response {
    server.post("/_accountd/requests/expect").json(body).send()
}

fn version(server: &Server) {
    server.get("/api/v4/version").private_token(ROOT).send().expect(200);
}

#[test]
fn without_a_number_one_request_is_enough() {
    let server = stand_in();
    let wanted = json!({"match": {"operation": "gitlab.v4.server.version"}});
    assert_eq!(refusal(expect(&server, wanted.clone())), (422, "unmet".to_owned()));
    (0..2).for_each(|_| version(&server));
    assert_eq!(expect(&server, wanted).expect(200)["count"], 2);
}

#[test]
fn a_number_is_exact() {
    let server = stand_in();
    (0..2).for_each(|_| version(&server));
    let times =
        |times: u64| expect(&server, json!({"match": {"operation": "gitlab.v4.server.version"}, "times": times}));
    assert_eq!(times(2).expect(200)["count"], 2);
    for other in [0, 1, 3] {
        let unmet = times(other);
        assert_eq!(unmet.json()["count"], 2);
        let expected = format!("matching requests: expected {other}, found 2");
        assert_eq!(unmet.json()["message"], expected.as_str());
        assert_eq!(refusal(unmet), (422, "unmet".to_owned()));
    }
}

#[test]
fn an_unmet_expectation_lists_the_closest_requests() {
    let server = stand_in();
    create_user(&server.url(), "ada");
    create_user(&server.url(), "bea");
    server.get("/api/v4/users").private_token(JOHN).header("X-Try", "1").send();
    let wanted = json!({"match": {
        "operation": "gitlab.v3.users.create", "user": "john_smith", "header": {"X-Try": "1"}, "body": {"/username": "bea"}
    }});
    let unmet = expect(&server, wanted).expect(422);
    // The fewest differences first, and of those the newest.
    assert_eq!(
        unmet["closest"],
        json!([
            {"seq": 3, "differs": ["operation", "body./username"]},
            {"seq": 2, "differs": ["user", "header.x-try"]},
            {"seq": 1, "differs": ["user", "header.x-try", "body./username"]},
        ])
    );
}

#[test]
fn it_waits_for_a_request_that_is_still_to_come() {
    let server = stand_in();
    let wanted = json!({"match": {"operation": "gitlab.v4.server.version"}, "times": 2, "wait_ms": 20_000});
    scope(|scope| {
        let waiting = scope.spawn(|| (expect(&server, wanted), Instant::now()));
        version(&server);
        std::thread::sleep(Duration::from_millis(50));
        let second = Instant::now();
        version(&server);
        let (answer, at) = waiting.join().unwrap();
        assert_eq!(answer.expect(200)["count"], 2);
        assert!(at > second && at < second + Duration::from_secs(10));
    });
}

#[test]
fn never_is_awaited_for_the_whole_time() {
    let server = stand_in();
    let wanted = json!({"match": {"user": "root"}, "times": 0, "wait_ms": 200});
    let started = Instant::now();
    expect(&server, wanted).expect(200);
    assert!(started.elapsed() >= Duration::from_millis(200));
    let long = json!({"match": {"user": "root"}, "times": 0, "wait_ms": 20_000});
    scope(|scope| {
        let waiting = scope.spawn(|| expect(&server, long));
        version(&server);
        assert_eq!(waiting.join().unwrap().expect(422)["count"], 1);
    });
}

#[test]
fn a_reset_and_the_end_of_the_server_end_the_wait() {
    let mut server = stand_in();
    let wanted = json!({"match": {"user": "nobody"}, "wait_ms": 20_000});
    let url = server.url();
    let wait = move || {
        let call = crate::harness::Request::to("POST", &format!("{url}/_accountd/requests/expect"));
        let wanted = wanted.clone();
        std::thread::spawn(move || call.json(wanted).send())
    };
    let started = Instant::now();
    let waiting = wait();
    std::thread::sleep(Duration::from_millis(100));
    super::reset(&server, "seed");
    waiting.join().unwrap().expect(422);
    let waiting = wait();
    std::thread::sleep(Duration::from_millis(100));
    assert!(server.stop().success());
    waiting.join().unwrap().expect(422);
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
}

#[test]
fn a_wait_is_bounded() {
    let server = stand_in();
    let long = json!({"match": {}, "wait_ms": 60_001});
    assert_eq!(refusal(expect(&server, long)), (422, "invalid".to_owned()));
    assert_eq!(refusal(expect(&server, json!({"match": {}, "time": 1}))), (400, "unknown_key".to_owned()));
    assert_eq!(refusal(expect(&server, json!({}))), (400, "unreadable".to_owned()));
    assert!(requests(&server).is_empty());
}
