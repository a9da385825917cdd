//! Access control: every v3 endpoint with each kind of caller, as in the table of src/gitlab/README.md.

use super::{forbidden, not_found, public_key, unauthorized};
use crate::harness::{JACK, JANE, JOHN, ROOT, Request, Server};
use serde_json::{Value, json};

/// The callers who may use an endpoint.
#[derive(Clone, Copy, PartialEq)]
enum Access {
    SignedIn,
    Administrator,
}
use Access::{Administrator, SignedIn};

/// Method, path, access and the status on success, in an order in which an administrator can call all of them.
const ENDPOINTS: [(&str, &str, Access, u16); 17] = [
    ("GET", "/users", SignedIn, 200),
    ("HEAD", "/users", SignedIn, 200),
    ("GET", "/users/1", SignedIn, 200),
    ("GET", "/user", SignedIn, 200),
    ("GET", "/user/keys", SignedIn, 200),
    ("POST", "/user/keys", SignedIn, 201),
    ("GET", "/user/keys/4", SignedIn, 200),
    ("DELETE", "/user/keys/4", SignedIn, 200),
    ("POST", "/users", Administrator, 201),
    ("PUT", "/users/1", Administrator, 200),
    ("PUT", "/users/1/block", Administrator, 200),
    ("PUT", "/users/1/unblock", Administrator, 200),
    ("GET", "/users/1/keys", Administrator, 200),
    ("HEAD", "/users/1/keys", Administrator, 200),
    ("POST", "/users/1/keys", Administrator, 201),
    ("DELETE", "/users/1/keys/3", Administrator, 200),
    ("DELETE", "/users/1", Administrator, 200),
];

fn body(method: &str, path: &str) -> Option<Value> {
    match (method, path) {
        ("POST", "/user/keys") => Some(json!({"title": "own", "key": public_key("ecdsa-384.pub")})),
        ("POST", "/users/1/keys") => Some(json!({"title": "someone else's", "key": public_key("ecdsa-521.pub")})),
        ("POST", "/users") => Some(super::new_user("newuser")),
        ("PUT", "/users/1") => Some(json!({"name": "Changed"})),
        _ => None,
    }
}

fn call(server: &Server, method: &str, path: &str) -> Request {
    let call = server.call(method, &format!("/api/v3{path}"));
    match body(method, path) {
        Some(body) => call.json(body),
        None => call,
    }
}

#[test]
fn an_administrator_may_call_every_endpoint() {
    let server = Server::demo();
    for (method, path, _, status) in ENDPOINTS {
        let answer = call(&server, method, path).private_token(ROOT).send();
        assert_eq!(answer.status, status, "{method} {path} {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path}");
    }
}

#[test]
fn every_endpoint_is_401_without_a_token() {
    let server = Server::demo();
    for (method, path, _, _) in ENDPOINTS {
        let answer = call(&server, method, path).send();
        assert_eq!(answer.status, 401, "{method} {path}");
        if method != "HEAD" {
            assert_eq!(answer.json(), unauthorized(), "{method} {path}");
        }
    }
    assert_unchanged(&server);
}

#[test]
fn a_user_may_call_only_the_user_endpoints() {
    let server = Server::demo();
    for (method, path, access, status) in ENDPOINTS {
        let answer = call(&server, method, path).private_token(JOHN).send();
        let expected = if access == SignedIn { status } else { 403 };
        assert_eq!(answer.status, expected, "{method} {path} {answer:?}");
        if expected == 403 && method != "HEAD" {
            assert_eq!(answer.json(), forbidden(), "{method} {path}");
        }
    }
    assert_unchanged(&server);
}

#[test]
fn a_read_only_token_may_call_only_the_user_endpoints_that_read() {
    let server = Server::demo();
    for (method, path, access, _) in ENDPOINTS {
        let answer = call(&server, method, &path.replace("/user/keys/4", "/user/keys/2")).private_token(JACK).send();
        let reads = access == SignedIn && ["GET", "HEAD"].contains(&method);
        assert_eq!(answer.status, if reads { 200 } else { 403 }, "{method} {path} {answer:?}");
    }
    assert_unchanged(&server);
}

#[test]
fn a_token_with_only_docker_scopes_may_call_no_endpoint() {
    let server = Server::demo();
    for (method, path, _, _) in ENDPOINTS {
        let answer = call(&server, method, path).bearer(JANE).send();
        assert_eq!(answer.status, 403, "{method} {path} {answer:?}");
    }
    assert_unchanged(&server);
}

/// Checks that the demo's five users and their keys are as the fixture has them.
fn assert_unchanged(server: &Server) {
    let users = server.get("/api/v3/users").private_token(ROOT).send().expect(200);
    let methods: Vec<_> = users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!(methods, ["john_smith", "janedoe", "jack_smith", "root", "username"]);
    assert!(users.as_array().unwrap().iter().all(|user| user["state"] == "active"), "{users}");
    assert_eq!(users[0]["name"], "John Smith");
    for (user, ids) in [(1, vec![1, 3]), (2, vec![]), (3, vec![2])] {
        let keys = server.get(&format!("/api/v3/users/{user}/keys")).private_token(ROOT).send().expect(200);
        let found: Vec<_> = keys.as_array().unwrap().iter().map(|key| key["id"].as_i64().unwrap()).collect();
        assert_eq!(found, ids, "{user}");
    }
}

#[test]
fn authentication_and_authorization_come_before_the_user_and_the_body() {
    let server = Server::demo();
    for (method, path) in [
        ("PUT", "/users/999"),
        ("PUT", "/users/x"),
        ("DELETE", "/users/999"),
        ("PUT", "/users/999/block"),
        ("GET", "/users/999/keys"),
        ("POST", "/users/999/keys"),
        ("DELETE", "/users/999/keys/1"),
        ("POST", "/users"),
    ] {
        let path = format!("/api/v3{path}");
        let broken = |call: Request| call.header("Content-Type", "application/json").body("{broken");
        assert_eq!(broken(server.call(method, &path)).send().expect(401), unauthorized(), "{method} {path}");
        let answer = broken(server.call(method, &path)).private_token(JOHN).send();
        assert_eq!((answer.status, answer.json()), (403, forbidden()), "{method} {path}");
    }
}

#[test]
fn an_unknown_or_malformed_id_is_404() {
    let server = Server::demo();
    for id in
        ["999", "0", "-1", "x", "1.0", "1e0", "+1", "%31x", "9223372036854775807", "9223372036854775808", "%00", "١"]
    {
        let path = percent_encoding::utf8_percent_encode(id, percent_encoding::CONTROLS).to_string();
        for (method, rest) in [("GET", ""), ("PUT", ""), ("GET", "/keys"), ("PUT", "/block"), ("PUT", "/unblock")] {
            let answer = server.call(method, &format!("/api/v3/users/{path}{rest}")).private_token(ROOT).send();
            assert_eq!((answer.status, answer.json()), (404, not_found()), "{method} {id}{rest}");
        }
        let answer = server.get(&format!("/api/v3/user/keys/{path}")).private_token(JOHN).send();
        assert_eq!((answer.status, answer.json()), (404, not_found()), "key {id}");
        let answer = server.delete(&format!("/api/v3/users/1/keys/{path}")).private_token(ROOT).send();
        assert_eq!((answer.status, answer.json()), (404, not_found()), "key {id}");
    }
}

#[test]
fn a_percent_encoded_id_and_a_trailing_slash_reach_the_same_user() {
    let server = Server::demo();
    for path in ["/users/1", "/users/1/", "/users/%31", "/users/%31/"] {
        assert_eq!(server.get(&format!("/api/v3{path}")).private_token(JOHN).send().expect(200)["id"], 1, "{path}");
    }
    for path in ["/users/", "/user/", "/user/keys/", "/user/keys/1/"] {
        server.get(&format!("/api/v3{path}")).private_token(JOHN).send().expect(200);
    }
}

#[test]
fn a_wrong_method_is_405_with_the_allowed_methods() {
    let server = Server::demo();
    for (method, path, allow) in [
        ("PATCH", "/users", "GET, HEAD, POST"),
        ("DELETE", "/users", "GET, HEAD, POST"),
        ("POST", "/users/1", "GET, HEAD, PUT, DELETE"),
        ("PATCH", "/users/1", "GET, HEAD, PUT, DELETE"),
        ("PUT", "/user", "GET, HEAD"),
        ("DELETE", "/user/keys", "GET, HEAD, POST"),
        ("PUT", "/user/keys/1", "GET, HEAD, DELETE"),
        ("PUT", "/users/1/keys", "GET, HEAD, POST"),
        ("PUT", "/users/1/keys/1", "DELETE"),
    ] {
        let answer = server.call(method, &format!("/api/v3{path}")).private_token(ROOT).send();
        assert_eq!(answer.status, 405, "{method} {path} {answer:?}");
        assert_eq!(methods(answer.header("allow").unwrap()), methods(allow), "{method} {path}");
        assert!(answer.json()["message"].is_string() && answer.names() == ["message"], "{answer:?}");
    }
}

fn methods(allow: &str) -> std::collections::BTreeSet<&str> {
    allow.split(", ").collect()
}

#[test]
fn an_unknown_path_is_404_in_gitlabs_format() {
    let server = Server::demo();
    for path in
        ["", "/", "/nothing", "/users/1/nothing", "/user/keys/1/nothing", "/users/1/keys/1/x", "//users", "/users//"]
    {
        let answer = server.get(&format!("/api/v3{path}")).private_token(ROOT).send();
        assert_eq!((answer.status, answer.json()), (404, not_found()), "{path}");
    }
}
