//! Resets, snapshots, import and state.

use super::{create_user, refusal, reset, stand_in, users};
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};
use std::io::{Read, Write};

const SEEDED: [&str; 5] = ["username", "root", "jack_smith", "janedoe", "john_smith"];

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

fn seeded() -> Vec<String> {
    sorted(SEEDED.map(str::to_owned).into())
}

#[test]
fn a_reset_restores_the_rows_and_the_ids_of_the_seed() {
    let server = stand_in();
    let url = server.url();
    let first = create_user(&url, "ada");
    server.delete("/api/v4/users/1").private_token(ROOT).send();
    let answer = reset(&server, "seed");
    assert_eq!(answer["epoch"], 2);
    assert!(answer["took_us"].as_u64().is_some_and(|micros| micros > 0), "{answer}");
    assert_eq!(sorted(users(&url)), seeded());
    assert_eq!(create_user(&url, "grace"), first, "ids begin again");
}

#[test]
fn a_reset_restores_what_is_outside_of_the_database() {
    let server = stand_in();
    // Cached by the requests that come before the reset.
    let created = server.post("/api/v4/users/1/personal_access_tokens").private_token(ROOT);
    let token = created.json(json!({"name": "t", "scopes": ["api"]})).send().expect(201);
    let token = token["token"].as_str().unwrap().to_owned();
    server.get("/api/v4/user").private_token(&token).send().expect(200);
    let session = server.post("/api/v3/session").json(json!({"login": "john_smith", "password": "john-password"}));
    let session = session.send().expect(201)["private_token"].as_str().unwrap().to_owned();
    server.put("/api/v3/users/1").private_token(ROOT).json(json!({"name": "Renamed"})).send().expect(200);
    assert_eq!(server.get("/api/v3/user").private_token(JOHN).send().expect(200)["name"], "Renamed");
    reset(&server, "seed");
    for old in [&token, &session] {
        server.get("/api/v3/user").private_token(old).send().expect(401);
    }
    assert_eq!(server.get("/api/v3/user").private_token(JOHN).send().expect(200)["name"], "John Smith");
}

#[test]
fn a_connection_that_is_open_sees_the_new_state() {
    let server = stand_in();
    let mut stream = server.connect();
    let mut ask = || {
        write!(stream, "GET /api/v3/users?username=ada HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT}\r\n\r\n").unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        String::from_utf8(body).unwrap()
    };
    create_user(&server.url(), "ada");
    assert!(ask().contains("ada@example.com"));
    reset(&server, "seed");
    assert_eq!(ask(), "[]");
}

#[test]
fn a_request_that_a_reset_overtakes_is_refused_with_its_epoch() {
    let server = stand_in();
    let body = br#"{"username": "late", "name": "Late", "email": "late@example.com", "password": "correct-horse"}"#;
    let mut stream = server.connect();
    write!(
        stream,
        "POST /api/v3/users HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    )
    .unwrap();
    // The server asks for the body only after it has authenticated the caller: the request has begun.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(interim.as_slice(), b"HTTP/1.1 100 Continue\r\n\r\n");
    reset(&server, "seed");
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("\r\nx-accountd-epoch: 1\r\n"), "{answer}");
    assert!(!users(&server.url()).contains(&"late".to_owned()));
}

#[test]
fn a_reset_to_nothing_leaves_no_account_and_import_fills_it() {
    let server = stand_in();
    reset(&server, "empty");
    let state = server.get("/_accountd/state").send().expect(200);
    assert_eq!(state, json!({"users": [], "applications": []}));
    let fixture = json!({"users": [
        {"username": "jane", "admin": true, "emails": [{"email": "jane@example.com"}],
         "tokens": [{"name": "t", "token": "token-of-jane-for-this-test", "scopes": ["api"]}]},
        {"id": 7, "username": "joe", "emails": [{"email": "joe@example.com"}]},
    ]});
    let imported = server.post("/_accountd/import").json(fixture).send().expect(200);
    assert_eq!(imported, json!({"users": [{"username": "jane", "id": 1}, {"username": "joe", "id": 7}]}));
    let jane = server.get("/api/v3/user").private_token("token-of-jane-for-this-test").send().expect(200);
    assert_eq!(jane["email"], "jane@example.com");
    reset(&server, "seed");
    assert_eq!(sorted(users(&server.url())), seeded());
}

#[test]
fn an_imported_state_is_the_state_again() {
    let server = stand_in();
    create_user(&server.url(), "ada");
    let state = server.get("/_accountd/state").send().expect(200);
    assert!(!state.to_string().contains("correct-horse") && !state.to_string().contains(ROOT), "{state}");
    reset(&server, "empty");
    server.post("/_accountd/import").json(state.clone()).send().expect(200);
    assert_eq!(server.get("/_accountd/state").send().expect(200), state);
}

#[test]
fn a_refused_fixture_changes_nothing() {
    let server = stand_in();
    let before = server.get("/_accountd/state").send().expect(200);
    let user = |name: &str, email: &str| json!({"username": name, "emails": [{"email": email}]});
    for (fixture, status, error) in [
        (json!({"users": [user("new", "new@example.com"), user("root", "other@example.com")]}), 409, "conflict"),
        (json!({"users": [user("new", "new@example.com"), user("-bad", "other@example.com")]}), 422, "rejected"),
        (json!({"users": [{"username": "new", "emials": []}]}), 400, "unknown_key"),
        (json!([1]), 400, "unreadable"),
    ] {
        let refused = server.post("/_accountd/import").json(fixture.clone()).send();
        if status == 400 {
            let body: Value = refused.json();
            assert!(body["line"] == 1 && body["column"].as_u64().is_some_and(|column| column > 0), "{body}");
        }
        assert_eq!(refusal(refused), (status, error.to_owned()), "{fixture}");
    }
    assert_eq!(server.get("/_accountd/state").send().expect(200), before);
}

#[test]
fn snapshots_survive_resets() {
    let server = stand_in();
    let url = server.url();
    create_user(&url, "ada");
    server.put("/_accountd/snapshots/with-ada").send().expect(200);
    reset(&server, "empty");
    reset(&server, "snapshot:with-ada");
    assert!(users(&url).contains(&"ada".to_owned()));
    // Replaced by the current state.
    reset(&server, "seed");
    server.put("/_accountd/snapshots/with-ada").send().expect(200);
    reset(&server, "snapshot:with-ada");
    assert_eq!(sorted(users(&url)), seeded());
    let list = server.get("/_accountd/snapshots").send().expect(200);
    assert_eq!(list["snapshots"].as_array().unwrap().len(), 1);
    assert_eq!(list["snapshots"][0]["name"], "with-ada");
    assert_eq!(server.delete("/_accountd/snapshots/with-ada").send().status, 204);
    assert_eq!(refusal(server.delete("/_accountd/snapshots/with-ada").send()), (404, "not_found".to_owned()));
    let gone = server.post("/_accountd/reset").json(json!({"to": "snapshot:with-ada"})).send();
    assert_eq!(refusal(gone), (404, "not_found".to_owned()));
}

#[test]
fn snapshots_are_bounded_in_number_and_name() {
    let server = stand_in();
    let put = |name: &str| server.put(&format!("/_accountd/snapshots/{name}")).send();
    (0..64).for_each(|n| drop(put(&format!("s{n}")).expect(200)));
    assert_eq!(refusal(put("s64")), (429, "too_many".to_owned()));
    put("s0").expect(200);
    for bad in ["%2e%2e%2f", "a%20b", &"x".repeat(65)] {
        assert_eq!(refusal(put(bad)), (422, "invalid".to_owned()), "{bad}");
    }
}

#[test]
fn a_reset_names_what_it_does_not_understand() {
    let server = stand_in();
    for (body, status, error) in [
        ("{\"to\": \"seeds\"}", 422, "invalid"),
        ("{\"too\": \"seed\"}", 400, "unknown_key"),
        ("{\"to\": 1}", 400, "unreadable"),
        ("{\"to\": \"seed\"", 400, "unreadable"),
        ("\"seed\"", 400, "unreadable"),
    ] {
        let request = server.post("/_accountd/reset").header("Content-Type", "application/json").body(body);
        assert_eq!(refusal(request.send()), (status, error.to_owned()), "{body}");
    }
    assert_eq!(server.get("/_accountd/health").send().expect(200)["epoch"], 1);
}

/// Two hundred resets leave no file descriptor, thread or megabyte behind.
#[test]
fn resets_cost_nothing_that_stays() {
    let server = stand_in();
    let descriptors = |server: &Server| std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count();
    (0..20).for_each(|_| drop(reset(&server, "seed")));
    let before = descriptors(&server);
    (0..200).for_each(|_| drop(reset(&server, "seed")));
    assert!(descriptors(&server) <= before + 20, "{before} file descriptors became {}", descriptors(&server));
}
