//! Faults on purpose: which requests they affect, and what an answer then is. [`super::broken_connections`] has those of
//! the connection.

use super::{create_fault, create_user, fault_hits, refusal, requests, reset, stand_in, users};
use crate::harness::{JACK, JANE, JOHN, ROOT, Request, Response, Server};
use serde_json::{Value, json};
use std::thread::scope;
use std::time::{Duration, Instant};

fn user(name: &str) -> Value {
    let email = format!("{name}@example.com");
    json!({"username": name, "name": name, "email": email, "password": "correct-horse"})
}

fn create(server: &Server, name: &str) -> Response {
    server.post("/api/v4/users").private_token(ROOT).json(user(name)).send()
}

fn me(server: &Server, token: &str) -> Response {
    server.get("/api/v4/user").private_token(token).send()
}

#[test]
fn a_status_has_the_error_body_of_the_dialect() {
    let server = stand_in();
    create_fault(&server, json!({"effect": {"status": 503}}));
    for (method, path, field, text) in [
        ("GET", "/api/v4/user", "message", "503 Service Unavailable"),
        ("GET", "/api/v4/nothing", "message", "503 Service Unavailable"),
        ("DELETE", "/api/v4/users", "message", "503 Service Unavailable"),
        ("GET", "/api/v3/user", "message", "503 Service Unavailable"),
        ("GET", "/api/v1.1/users/janedoe/", "detail", "503 Service Unavailable"),
        ("POST", "/oauth/token", "error", "temporarily_unavailable"),
        ("GET", "/elsewhere", "message", "503 Service Unavailable"),
    ] {
        let answer = server.call(method, path).send();
        assert_eq!((answer.status, answer.json()[field].as_str()), (503, Some(text)), "{answer:?}");
    }
    let text = server.get("/allowed_signers").send();
    assert_eq!((text.status, text.body.as_str()), (503, "503 Service Unavailable\n"));
    let page = server.get("/account/sign-in").send();
    assert!(page.status == 503 && page.body.starts_with("<!DOCTYPE html>"), "{page:?}");
    assert_eq!(fault_hits(&server, 1), 9);
    // Control calls are never affected.
    server.get("/_accountd/health").send().expect(200);
}

#[test]
fn a_body_and_headers_can_be_given() {
    let server = stand_in();
    let html =
        json!({"status": 502, "body": "<h1>Bad gateway</h1>", "headers": {"content-type": "text/html", "X-A": "1"}});
    create_fault(&server, json!({"match": {"user": "root"}, "effect": html}));
    create_fault(&server, json!({"match": {"user": "john_smith"}, "effect": {"status": 200, "body": {"id": 7}}}));
    create_fault(&server, json!({"match": {"path": "/api/v4/version"}, "effect": {"headers": {"X-A": "2"}}}));
    let answer = me(&server, ROOT);
    assert_eq!((answer.status, answer.body.as_str()), (502, "<h1>Bad gateway</h1>"));
    assert_eq!((answer.all("content-type"), answer.header("x-a")), (vec!["text/html"], Some("1")));
    assert_eq!(me(&server, JOHN).expect(200), json!({"id": 7}));
    let version = server.get("/api/v4/version").bearer("jack-smith-read-token-for-examples").send();
    assert_eq!(version.header("x-a"), Some("2"));
    assert!(version.expect(200)["version"].is_string());
}

#[test]
fn before_nothing_is_written_and_after_commit_it_is() {
    let server = stand_in();
    let fault = |when: &str| {
        let wanted = json!({"operation": "gitlab.v4.users.create", "user": "root", "body": {"/username": when}});
        create_fault(&server, json!({"match": wanted, "when": when, "times": 1, "effect": {"status": 503}}))
    };
    fault("before");
    fault("after_commit");
    for (name, is_created) in [("before", false), ("after_commit", true)] {
        let refused = create(&server, name);
        assert_eq!(refused.json()["message"], "503 Service Unavailable");
        assert_eq!(refused.status, 503);
        assert_eq!(users(&server.url()).contains(&name.to_owned()), is_created, "{name}");
        // The same request again: the first is created, the second exists.
        assert_eq!(create(&server, name).status, if is_created { 409 } else { 201 }, "{name}");
    }
}

#[test]
fn after_commit_affects_only_what_was_done() {
    let server = stand_in();
    create_fault(&server, json!({"when": "after_commit", "effect": {"status": 503}}));
    server.post("/api/v4/users").private_token(ROOT).json(json!({})).send().expect(400);
    me(&server, "wrong-token-wrong-token").expect(401);
    assert_eq!(fault_hits(&server, 1), 0);
    assert_eq!(me(&server, ROOT).status, 503);
    assert_eq!(fault_hits(&server, 1), 1);
}

#[test]
fn after_and_times_count_matching_requests() {
    let server = stand_in();
    let wanted = json!({"operation": "gitlab.v4.users.current"});
    create_fault(&server, json!({"match": wanted, "after": 1, "times": 2, "effect": {"status": 500}}));
    server.get("/api/v4/version").private_token(ROOT).send().expect(200);
    let statuses: Vec<_> = (0..5).map(|_| me(&server, ROOT).status).collect();
    assert_eq!(statuses, [200, 500, 500, 200, 200]);
}

#[test]
fn the_number_of_affected_requests_is_exact_under_concurrency() {
    let server = stand_in();
    create_fault(&server, json!({"match": {"user": "root"}, "after": 5, "times": 37, "effect": {"status": 503}}));
    let statuses: Vec<u16> = scope(|scope| {
        let clients: Vec<_> =
            (0..16).map(|_| scope.spawn(|| (0..8).map(|_| me(&server, ROOT).status).collect::<Vec<_>>())).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 503).count(), 37);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 16 * 8 - 37);
    assert_eq!(fault_hits(&server, 1), 37);
}

#[test]
fn the_first_fault_that_matches_has_its_effect() {
    let server = stand_in();
    create_fault(&server, json!({"match": {"user": "root"}, "times": 1, "effect": {"status": 500}}));
    create_fault(&server, json!({"match": {"path": "/api/v4/*"}, "effect": {"status": 502}}));
    assert_eq!([500, 502, 502], [(); 3].map(|()| me(&server, ROOT).status));
    assert_eq!((fault_hits(&server, 1), fault_hits(&server, 2)), (1, 2));
}

#[test]
fn every_key_of_a_match_decides() {
    let server = stand_in();
    me(&server, JOHN).expect(200);
    let token = requests(&server)[0]["token"]["id"].clone();
    let matching = || {
        let put = server.put("/api/v4/users/1").with_query("?x=1").private_token(JOHN).header("X-Try", "1");
        put.json(json!({"name": "John", "nested": {"a": [1, 2]}})).send()
    };
    assert_eq!(matching().status, 403);
    for (key, value, other) in [
        ("operation", json!("gitlab.v4.users.update"), json!("gitlab.v4.users.create")),
        ("dialect", json!("gitlab.v4"), json!("gitlab.v3")),
        ("method", json!("PUT"), json!("POST")),
        ("path", json!("/api/*/users/1"), json!("/api/*/users")),
        ("header", json!({"X-TRY": "1"}), json!({"X-Try": "2"})),
        ("header", json!({"private-token": JOHN}), json!({"private-token": ROOT})),
        ("query", json!({"x": "1"}), json!({"x": "2"})),
        ("query", json!({"x": "1"}), json!({"y": "1"})),
    ] {
        for (value, status) in [(value, 418), (other, 403)] {
            let id = create_fault(&server, json!({"match": {key: value}, "effect": {"status": 418}}));
            assert_eq!(matching().status, status, "{key}: {value}");
            server.delete(&format!("/_accountd/faults/{id}")).send();
        }
    }
    // A caller without the permission is known, and the body was not received.
    for (wanted, status) in [
        (json!({"body": {"/name": "Ada"}}), 418),
        (json!({"body": {"/nested/a/1": 2}}), 418),
        (json!({"body": {"/nested": {"a": [1, 2]}, "/name": "Ada"}, "user": "root"}), 418),
        (json!({"body": {"/name": "Bea"}}), 200),
        (json!({"user": "john_smith"}), 200),
        (json!({"token_id": token}), 200),
    ] {
        let id = create_fault(&server, json!({"match": wanted, "effect": {"status": 418}}));
        let put = server.put("/api/v4/users/1").private_token(ROOT);
        let answer = put.json(json!({"name": "Ada", "nested": {"a": [1, 2]}})).send();
        assert_eq!(answer.status, status, "{wanted}");
        server.delete(&format!("/_accountd/faults/{id}")).send();
    }
    for (wanted, status) in [(json!({"user": "john_smith"}), 418), (json!({"token_id": token}), 418)] {
        let id = create_fault(&server, json!({"match": wanted, "effect": {"status": 418}}));
        assert_eq!(me(&server, JOHN).status, status);
        server.delete(&format!("/_accountd/faults/{id}")).send();
    }
}

#[test]
fn a_user_is_known_by_every_credential() {
    let server = stand_in();
    create_fault(&server, json!({"match": {"user": "janedoe"}, "effect": {"status": 418}}));
    assert_eq!(server.get("/api/v1.1/users/janedoe/").basic("janedoe", "password").send().status, 418);
    assert_eq!(server.get("/api/v1.1/users/janedoe/").bearer(JANE).send().status, 418);
    assert_eq!(server.get(&format!("/api/v4/user?private_token={JANE}")).send().status, 418);
    assert_eq!(me(&server, JOHN).status, 200);
    assert_eq!(server.get("/api/v1.1/users/janedoe/").send().status, 401);
}

#[test]
fn a_browser_session_is_known_too() {
    let server = stand_in();
    create_fault(&server, json!({"match": {"user": "john_smith", "dialect": "web"}, "effect": {"status": 418}}));
    let form = server.get("/account/sign-in").send();
    let cookie = |answer: &Response| answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let (_, csrf) = form.body.split_once("name=\"csrf\" value=\"").unwrap();
    let csrf = csrf.split_once('"').unwrap().0;
    let fields = [("csrf", csrf), ("login", "john_smith"), ("password", "john-password")];
    let signed_in = server.post("/account/sign-in").header("Cookie", &cookie(&form)).form(&fields).send();
    let session = signed_in.all("set-cookie").into_iter().find(|it| it.starts_with("accountd_session=")).unwrap();
    let session = session.split(';').next().unwrap().to_owned();
    assert_eq!(server.get("/account/applications").header("Cookie", &session).send().status, 418);
    assert_eq!(server.get("/account/applications").send().status, 303);
}

#[test]
fn an_ended_credential_is_refused_in_the_words_of_the_dialect() {
    let server = stand_in();
    let wrong = "wrong-token-wrong-token";
    let ended = [true, false].map(|has_expired| ended(&server, has_expired));
    let docker = server.get("/api/v1.1/users/janedoe/").bearer(wrong).send();
    create_fault(&server, json!({"match": {"user": "root"}, "effect": {"credential": "expired"}}));
    create_fault(&server, json!({"match": {"user": "janedoe"}, "times": 1, "effect": {"credential": "revoked"}}));
    let expired = me(&server, ROOT);
    let really_expired = me(&server, &ended[0]);
    assert_eq!((expired.status, &expired.body), (401, &really_expired.body));
    assert_eq!(expired.all("www-authenticate"), really_expired.all("www-authenticate"));
    let revoked = server.get("/api/v1.1/users/janedoe/").bearer(JANE).send();
    assert_eq!((revoked.status, &revoked.body), (401, &docker.body));
    assert_eq!(revoked.all("www-authenticate"), docker.all("www-authenticate"));
    create_fault(&server, json!({"match": {"user": "jack_smith"}, "effect": {"credential": "revoked"}}));
    let revoked = me(&server, JACK);
    let really_revoked = me(&server, &ended[1]);
    assert_eq!((revoked.status, &revoked.body), (401, &really_revoked.body));
    assert!(revoked.body.contains("revoked") && expired.body.contains("expired"), "{revoked:?}");
    // Others, and requests without a credential, are not affected.
    me(&server, JOHN).expect(200);
    server.get("/api/v1.1/users/janedoe/").bearer(JANE).send().expect(200);
    create_fault(&server, json!({"effect": {"credential": "expired"}}));
    server.get("/john_smith.keys").send();
    assert_eq!(fault_hits(&server, 4), 0);
    me(&server, JOHN).expect(401);
}

/// A token of John's that has expired or was revoked.
fn ended(server: &Server, has_expired: bool) -> String {
    let today = jiff::Timestamp::now().to_string()[..10].to_owned();
    let body = json!({"name": "t", "scopes": ["api"], "expires_at": has_expired.then_some(today)});
    let made = server.post("/api/v4/user/personal_access_tokens").private_token(JOHN).json(body).send().expect(201);
    let token = made["token"].as_str().unwrap().to_owned();
    if !has_expired {
        server.delete("/api/v4/personal_access_tokens/self").private_token(&token).send().expect(204);
    }
    token
}

#[test]
fn a_rate_limit_answers_as_gitlab_does_on_the_clock_of_the_sandbox() {
    let server = stand_in();
    server.put("/_accountd/clock").json(json!({"now": "2030-01-01T12:00:20Z", "frozen": true})).send().expect(200);
    create_fault(&server, json!({"match": {"user": "root"}, "effect": {"rate": {"limit": 2, "per": "1m"}}}));
    let statuses = [(); 3].map(|()| me(&server, ROOT).status);
    assert_eq!(statuses, [200, 200, 429]);
    let limited = me(&server, ROOT);
    for (name, value) in [
        ("retry-after", "40"),
        ("ratelimit-limit", "2"),
        ("ratelimit-name", "throttle_authenticated_api"),
        ("ratelimit-observed", "4"),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "1893499260"),
        ("ratelimit-resettime", "Tue, 01 Jan 2030 12:01:00 GMT"),
    ] {
        assert_eq!(limited.header(name), Some(value), "{name}");
    }
    assert_eq!(limited.json()["message"], "429 Too Many Requests");
    me(&server, JOHN).expect(200);
    assert_eq!(fault_hits(&server, 1), 2);
    server.post("/_accountd/clock/advance").json(json!({"by": "40s"})).send().expect(200);
    assert_eq!([(); 3].map(|()| me(&server, ROOT).status), [200, 200, 429]);
}

#[test]
fn a_delay_comes_before_the_handler_or_the_answer() {
    let server = stand_in();
    for when in ["before", "after_commit"] {
        let wanted = json!({"user": "root"});
        let id = create_fault(&server, json!({"match": wanted, "when": when, "effect": {"delay_ms": 150}}));
        let started = Instant::now();
        me(&server, ROOT).expect(200);
        assert!(started.elapsed() >= Duration::from_millis(150), "{when}");
        server.delete(&format!("/_accountd/faults/{id}")).send();
    }
}

#[test]
fn a_reset_and_a_stop_end_a_delay() {
    let mut server = stand_in();
    let fault = json!({"match": {"user": "root"}, "effect": {"delay_ms": 600_000, "status": 503}});
    create_fault(&server, fault.clone());
    let url = server.url();
    let call = || {
        let request = Request::to("GET", &format!("{url}/api/v4/user")).private_token(ROOT);
        let call = std::thread::spawn(move || request.send().status);
        let started = Instant::now();
        while fault_hits(&server, 1) == 0 {
            assert!(started.elapsed() < Duration::from_secs(5), "the request did not arrive");
            std::thread::sleep(Duration::from_millis(10));
        }
        call
    };
    let delayed = call();
    reset(&server, "seed");
    assert_eq!(delayed.join().unwrap(), 503);
    create_fault(&server, fault);
    let delayed = call();
    let started = Instant::now();
    assert!(server.stop().success());
    assert_eq!(delayed.join().unwrap(), 503);
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[test]
fn the_journal_names_the_fault() {
    let server = stand_in();
    create_fault(&server, json!({"match": {"user": "root"}, "times": 1, "effect": {"status": 503}}));
    me(&server, ROOT);
    me(&server, ROOT);
    let entries = requests(&server);
    assert_eq!((&entries[0]["fault"], &entries[0]["answer"]["status"]), (&json!(1), &json!(503)));
    assert_eq!(entries[0]["answer"]["body"]["message"], "503 Service Unavailable");
    assert_eq!((&entries[1]["fault"], &entries[1]["answer"]["status"]), (&Value::Null, &json!(200)));
    // The caller is known, and no handler was called.
    assert_eq!((&entries[0]["user"], &entries[0]["ignored"]), (&json!("root"), &json!([])));
}

#[test]
fn faults_are_listed_and_deleted() {
    let server = stand_in();
    let rule = json!({
        "match": {"operation": "gitlab.v4.users.create", "header": {"PRIVATE-TOKEN": ROOT}},
        "after": 1, "times": 2, "when": "after_commit",
        "effect": {"status": 503, "headers": {"Retry-After": "1"}, "delay_ms": 50}
    });
    let created = server.post("/_accountd/faults").json(rule).send().expect(201);
    assert!(!created.to_string().contains(ROOT), "{created}");
    assert_eq!((&created["id"], &created["hits"], &created["when"]), (&json!(1), &json!(0), &json!("after_commit")));
    assert_eq!(created["effect"], json!({"status": 503, "headers": {"Retry-After": "1"}, "delay_ms": 50}));
    create_fault(&server, json!({"effect": {"status": 500}}));
    let list = server.get("/_accountd/faults").send().expect(200);
    assert_eq!(list["faults"].as_array().unwrap().len(), 2);
    assert_eq!(list["faults"][0], created);
    assert_eq!(server.get("/_accountd/faults/1").send().expect(200), created);
    assert_eq!(server.delete("/_accountd/faults/2").send().status, 204);
    me(&server, ROOT).expect(200);
    for missing in ["2", "x", "+1", "01"] {
        for method in ["GET", "DELETE"] {
            let refused = refusal(server.call(method, &format!("/_accountd/faults/{missing}")).send());
            assert_eq!(refused, (404, "not_found".to_owned()), "{method} {missing}");
        }
    }
    assert_eq!(server.delete("/_accountd/faults").send().status, 204);
    assert_eq!(server.get("/_accountd/faults").send().expect(200), json!({"faults": []}));
}

#[test]
fn faults_belong_to_a_sandbox_and_end_with_a_reset() {
    let server = stand_in();
    let created = server.post("/_accountd/sandboxes").json(json!({"name": "one"})).send().expect(201);
    create_fault(&server, json!({"effect": {"status": 503}}));
    create_user(created["url"].as_str().unwrap(), "ada");
    me(&server, ROOT).expect(503);
    reset(&server, "seed");
    me(&server, ROOT).expect(200);
    assert_eq!(create_fault(&server, json!({"effect": {"status": 503}})), 1, "ids begin again");
}

#[test]
fn the_number_of_faults_is_bounded() {
    let server = stand_in();
    let fault = json!({"match": {"user": "nobody"}, "effect": {"status": 503}});
    (0..256).for_each(|_| assert!(create_fault(&server, fault.clone()) > 0));
    assert_eq!(refusal(server.post("/_accountd/faults").json(fault).send()), (429, "too_many".to_owned()));
    me(&server, ROOT).expect(200);
}

#[test]
fn a_fault_that_makes_no_sense_is_refused() {
    let server = stand_in();
    for (fault, status, error) in [
        (json!({}), 400, "unreadable"),
        (json!({"effect": {}}), 422, "invalid"),
        (json!({"effect": {"status": 503}, "match": {"operation": "gitlab.v4.user.create"}}), 400, "unknown_operation"),
        (json!({"effect": {"status": 503}, "match": {"dialect": "gitlab.v5"}}), 400, "unknown_dialect"),
        (json!({"effect": {"status": 503}, "macth": {}}), 400, "unknown_key"),
        (json!({"effect": {"status": 503}, "match": {"usr": "x"}}), 400, "unknown_key"),
        (json!({"effect": {"stauts": 503}}), 400, "unknown_key"),
        (json!({"effect": {"status": 503}, "when": "later"}), 400, "unreadable"),
        (json!({"effect": {"status": 503}, "times": 0}), 422, "invalid"),
        (json!({"effect": {"status": 503}, "times": -1}), 400, "unreadable"),
        (json!({"effect": {"status": 199}}), 422, "invalid"),
        (json!({"effect": {"status": 600}}), 422, "invalid"),
        (json!({"effect": {"body": "x"}}), 422, "invalid"),
        (json!({"effect": {"headers": {"X-A": "a"}, "body": "x"}}), 422, "invalid"),
        (json!({"effect": {"status": 503, "body": "x".repeat(65_536)}}), 422, "invalid"),
        (json!({"effect": {"delay_ms": 600_001}}), 422, "invalid"),
        (json!({"effect": {"headers": {"a b": "c"}}}), 422, "invalid"),
        (json!({"effect": {"headers": {"a": "c\r\nd"}}}), 422, "invalid"),
        (json!({"effect": {"headers": {"Content-Length": "7"}}}), 422, "invalid"),
        (json!({"effect": {"credential": "lost"}}), 400, "unreadable"),
        (json!({"effect": {"credential": "expired", "status": 500}}), 422, "invalid"),
        (json!({"effect": {"credential": "expired"}, "when": "after_commit"}), 422, "invalid"),
        (json!({"effect": {"rate": {"limit": 1, "per": "1d"}}}), 422, "invalid"),
        (json!({"effect": {"rate": {"limit": 1}}}), 400, "unreadable"),
        (json!({"effect": {"rate": {"limit": 1, "per": "1m"}}, "times": 2}), 422, "invalid"),
        (json!({"effect": {"rate": {"limit": 1, "per": "1m"}}, "when": "after_commit"}), 422, "invalid"),
        (json!({"effect": {"connection": "explode"}}), 400, "unreadable"),
        (json!({"effect": {"connection": {"dribble_ms": 0}}}), 422, "invalid"),
        (json!({"effect": {"connection": {"dribble_ms": 60_001}}}), 422, "invalid"),
        (json!({"effect": {"connection": "reset", "status": 500}}), 422, "invalid"),
        (json!({"effect": {"connection": "hang", "headers": {"a": "b"}}}), 422, "invalid"),
    ] {
        let refused = server.post("/_accountd/faults").json(fault.clone()).send();
        assert_eq!(refusal(refused), (status, error.to_owned()), "{fault}");
    }
    assert_eq!(server.get("/_accountd/faults").send().expect(200), json!({"faults": []}));
}
