//! Sign-ins, sign-outs and failed attempts.

use super::{event, events, names};
use crate::cli::{Commands, basic};
use crate::harness::{OTHER_ADDRESS, Server, connect_from};
use crate::web::{Browser, JOHN};
use serde_json::json;
use std::io::{Read, Write};

const HERE: Option<&str> = Some("127.0.0.1");

/// A server with one user. Only that password is hashed, which takes longer than anything else here.
fn server() -> Server {
    let user = json!({"username": JOHN.0, "password": JOHN.1, "emails": [{"email": "john@example.com"}]});
    let folder = tempfile::tempdir().unwrap();
    let (seed, db) = (folder.path().join("seed.json"), folder.path().join("test.db"));
    std::fs::write(&seed, json!({"users": [user]}).to_string()).unwrap();
    let (seed, db) = (seed.to_str().unwrap().to_owned(), db.to_str().unwrap().to_owned());
    Server::start_in(folder, &["--db", &db, "--seed", &seed, "--login-rate", "3/m"])
}

#[test]
fn sessions_begin_and_end_and_a_basic_request_is_no_sign_in() {
    let server = server();
    let body = json!({"login": JOHN.0, "password": JOHN.1});
    server.post("/api/v3/session").json(body).send().expect(201);
    for _ in 0..2 {
        let profile = server.get("/api/v1.1/users/john_smith/").header("Authorization", &basic(JOHN.0, JOHN.1));
        profile.send().expect(200);
    }
    let mut browser = Browser::signed_in(&server, JOHN);
    let csrf = browser.csrf();
    assert_eq!(browser.post("/account/sign-out", &[("csrf", &csrf)]).status, 303);
    let by_john =
        |name, via, kind| event(name, [Some(JOHN.0), Some(via), HERE, Some(JOHN.0)], json!({"session": kind}));
    assert_eq!(
        events(&server, &["--user", JOHN.0]),
        [
            by_john("session.started", "password", "token"),
            by_john("session.started", "password", "browser"),
            by_john("session.ended", "browser session", "browser"),
        ]
    );
}

/// Sends a sign-in with this password from another address.
fn attempt(server: &Server, login: &str, password: &str) {
    let body = json!({"login": login, "password": password}).to_string();
    let mut stream = connect_from(OTHER_ADDRESS, server.address);
    let head =
        format!("POST /api/v3/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    stream.write_all(format!("{head}Content-Type: application/json\r\n\r\n{body}").as_bytes()).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn failed_sign_ins_are_one_row_for_each_address_without_what_was_typed() {
    let mut server = server();
    for _ in 0..5 {
        let wrong = json!({"login": JOHN.0, "password": "wrong-guess"});
        let status = server.post("/api/v3/session").json(wrong).send().status;
        assert!([401, 429].contains(&status), "{status}");
    }
    attempt(&server, "typed-password-as-name", "wrong-guess");
    attempt(&server, JOHN.0, "wrong-guess");
    assert!(server.stop().success());

    let mut found = events(&server, &[]);
    assert_eq!(found.remove(0)["event"], "accounts.imported");
    for event in &mut found {
        let first = event["details"].as_object_mut().unwrap().remove("first").unwrap();
        first.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    }
    let other = OTHER_ADDRESS.to_string();
    assert_eq!(
        found,
        [
            event("sign_in.failed", [None, None, HERE, Some(JOHN.0)], json!({"attempts": 5})),
            event("sign_in.failed", [None, None, Some(&other), None], json!({"attempts": 2})),
        ]
    );
    let text = server.ok(&["log", "--json"]);
    assert!(!text.contains("typed-password") && !text.contains("wrong-guess"));
    assert_eq!(names(&server, &["--user", JOHN.0]), ["sign_in.failed"]);
}

#[test]
fn a_sign_in_that_ends_dormancy_is_two_events() {
    let server = server();
    let conn = rusqlite::Connection::open(&server.db).unwrap();
    conn.execute("UPDATE users SET state = 'deactivated' WHERE username = ?1", [JOHN.0]).unwrap();
    let body = json!({"login": JOHN.0, "password": JOHN.1});
    server.post("/api/v3/session").json(body).send().expect(201);
    let activated = event("user.activated", [Some(JOHN.0), Some("password"), HERE, Some(JOHN.0)], json!({}));
    let found = events(&server, &["--user", JOHN.0]);
    assert_eq!((found.len(), &found[0], &found[1]["event"]), (2, &activated, &json!("session.started")));
}
