//! A user who works only with a password in `Authorization: Basic` counts as dormant, so an administrator can
//! deactivate the account while it is in use.

use crate::harness::{ROOT, Server};
use serde_json::{Value, json};

/// A server on a file with ada (id 6), who was created long ago and has never signed in.
fn server() -> Server {
    let root = json!({"id": 4, "username": "root", "admin": true, "emails": [{"email": "root@example.com"}],
        "tokens": [{"token": ROOT, "scopes": ["api"]}]});
    let ada = json!({"id": 6, "username": "ada", "emails": [{"email": "ada@example.com"}],
        "password": "correct-horse", "created_at": "2015-01-01T00:00:00Z"});
    let folder = tempfile::tempdir().unwrap();
    let (db, seed) = (folder.path().join("test.db"), folder.path().join("seed.json"));
    std::fs::write(&seed, json!({"users": [root, ada]}).to_string()).unwrap();
    let args = ["--db", db.to_str().unwrap(), "--seed", seed.to_str().unwrap()].map(str::to_owned);
    Server::start_in(folder, &args.each_ref().map(String::as_str))
}

fn use_docker(server: &Server, password: &str) -> u16 {
    server.get("/api/v1.1/users/ada/").basic("ada", password).send().status
}

fn deactivate(server: &Server) -> (u16, Value) {
    let answer = server.post("/api/v4/users/6/deactivate").private_token(ROOT).send();
    (answer.status, answer.json())
}

fn ada(server: &Server) -> Value {
    server.get("/api/v4/users/6").private_token(ROOT).send().expect(200)
}

fn today() -> String {
    jiff::Timestamp::now().to_string()[..10].to_owned()
}

#[test]
fn a_user_of_basic_authentication_cannot_be_deactivated_as_dormant() {
    let server = server();
    assert_eq!(use_docker(&server, "correct-horse"), 200);
    let (status, body) = deactivate(&server);
    assert_eq!(status, 403, "{body}");
    assert!(body["message"].as_str().unwrap().contains("has been active in the past 90 days"), "{body}");
    assert_eq!(ada(&server)["state"], "active");
}

#[test]
fn the_day_of_a_basic_sign_in_is_the_last_activity() {
    let mut server = server();
    assert_eq!(ada(&server)["last_activity_on"], Value::Null);
    let earliest = today();
    // The second login comes from the cache.
    for _ in 0..2 {
        assert_eq!(use_docker(&server, "correct-horse"), 200);
    }
    assert!(server.stop().success());
    let db = server.db.to_str().unwrap();
    let restarted = Server::start(&["--db", db]);
    let active = ada(&restarted)["last_activity_on"].clone();
    assert!(active == earliest || active == today(), "{active}");
    assert_eq!(deactivate(&restarted).0, 403);
}

#[test]
fn a_wrong_password_is_no_activity() {
    let server = server();
    assert_eq!(use_docker(&server, "wrong-password"), 401);
    assert_eq!(ada(&server)["last_activity_on"], Value::Null);
    assert_eq!(deactivate(&server), (201, json!(true)));
}
