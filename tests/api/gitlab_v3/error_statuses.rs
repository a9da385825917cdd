//! The table of refusals in src/gitlab/README.md, row by row, in both modes of `--gitlab-errors`.

use super::{forbidden, merged, new_user, not_found, not_given, public_key};
use crate::harness::{JACK, JOHN, ROOT, Response, Server};
use serde_json::{Value, json};

fn call(server: &Server, method: &str, path: &str, token: &str, body: Option<Value>) -> Response {
    let call = server.call(method, &format!("/api/v3{path}")).private_token(token);
    match body {
        Some(body) => call.json(body),
        None => call,
    }
    .send()
}

/// Method, path, token and body of a request; its status in the modes `documented` and `precise`; the response body,
/// which is the same in both modes.
type Case = (&'static str, &'static str, &'static str, Option<Value>, (u16, u16), Value);

fn cases() -> Vec<Case> {
    let long = json!(["is too long (maximum is 255 characters)"]);
    let taken = |attribute: &str| json!({"message": format!("{attribute} has already been taken")});
    let email_taken = json!({"message": "Email has already been taken by jack_smith"});
    let key_taken = json!({"message": {"key": ["has already been taken"], "fingerprint": ["has already been taken"]}});
    let jacks_key = json!({"title": "x", "key": public_key("ecdsa-256.pub")});
    let long_name = json!({"name": "x".repeat(256)});
    let long_title = json!({"title": "x".repeat(256), "key": public_key("ecdsa-384.pub")});
    let without = |name: &str| {
        let mut user = new_user("newuser");
        user.as_object_mut().unwrap().remove(name);
        Some(user)
    };
    vec![
        // A required attribute is absent.
        ("POST", "/users", ROOT, without("email"), (400, 400), not_given("email")),
        ("POST", "/users", ROOT, without("name"), (400, 400), not_given("name")),
        ("POST", "/user/keys", JOHN, Some(json!({"title": "x"})), (400, 400), not_given("key")),
        ("POST", "/users/1/keys", ROOT, Some(json!({"key": "x"})), (400, 400), not_given("title")),
        // An attribute is invalid: on create, on update, and of a key.
        (
            "POST",
            "/users",
            ROOT,
            Some(merged(new_user("a"), long_name.clone())),
            (404, 400),
            json!({"message": {"name": long}}),
        ),
        ("PUT", "/users/1", ROOT, Some(long_name), (404, 400), json!({"message": {"name": long}})),
        ("POST", "/user/keys", JOHN, Some(long_title.clone()), (404, 400), json!({"message": {"title": long}})),
        ("POST", "/users/1/keys", ROOT, Some(long_title), (404, 400), json!({"message": {"title": long}})),
        // The address, username or key is taken.
        (
            "POST",
            "/users",
            ROOT,
            Some(merged(new_user("a"), json!({"email": "Jack@example.com"}))),
            (404, 409),
            email_taken.clone(),
        ),
        (
            "POST",
            "/users",
            ROOT,
            Some(merged(new_user("a"), json!({"username": "Jack_smith"}))),
            (404, 409),
            taken("Username"),
        ),
        ("PUT", "/users/1", ROOT, Some(json!({"email": "jack@example.com"})), (404, 409), email_taken),
        ("PUT", "/users/1", ROOT, Some(json!({"username": "JACK_SMITH"})), (404, 409), taken("Username")),
        ("POST", "/user/keys", JOHN, Some(jacks_key.clone()), (404, 400), key_taken.clone()),
        ("POST", "/users/1/keys", ROOT, Some(jacks_key.clone()), (404, 400), key_taken.clone()),
        ("POST", "/users/3/keys", ROOT, Some(jacks_key), (404, 400), key_taken),
        // DELETE of the caller's own key that does not exist.
        ("DELETE", "/user/keys/999", JOHN, None, (200, 200), Value::Null),
        ("DELETE", "/user/keys/2", JOHN, None, (200, 200), Value::Null),
        // No such user or key in any other request.
        ("GET", "/users/999", JOHN, None, (404, 404), not_found()),
        ("PUT", "/users/999", ROOT, Some(json!({"name": "x"})), (404, 404), not_found()),
        ("PUT", "/users/999/block", ROOT, None, (404, 404), not_found()),
        ("PUT", "/users/999/unblock", ROOT, None, (404, 404), not_found()),
        ("GET", "/users/999/keys", ROOT, None, (404, 404), not_found()),
        ("POST", "/users/999/keys", ROOT, Some(json!({})), (404, 404), not_found()),
        ("DELETE", "/users/999/keys/1", ROOT, None, (404, 404), not_found()),
        ("DELETE", "/users/1/keys/999", ROOT, None, (404, 404), not_found()),
        ("DELETE", "/users/1/keys/2", ROOT, None, (404, 404), not_found()),
        ("GET", "/user/keys/999", JOHN, None, (404, 404), not_found()),
        ("GET", "/user/keys/2", JOHN, None, (404, 404), not_found()),
        // The caller is not an administrator.
        ("POST", "/users", JOHN, Some(new_user("a")), (403, 403), forbidden()),
        ("PUT", "/users/1", JOHN, Some(json!({"name": "x"})), (403, 403), forbidden()),
        ("DELETE", "/users/1", JOHN, None, (403, 403), forbidden()),
        ("DELETE", "/users/999", JOHN, None, (403, 403), forbidden()),
        ("GET", "/users/1/keys", JOHN, None, (403, 403), forbidden()),
        ("DELETE", "/users/3/keys/2", JACK, None, (403, 403), forbidden()),
    ]
}

const CHECKED_PATHS: [&str; 3] = ["/users", "/users/1/keys", "/users/3/keys"];

fn snapshot(server: &Server) -> [String; 3] {
    CHECKED_PATHS.map(|path| call(server, "GET", path, ROOT, None).body)
}

#[test]
fn documented_mode_uses_the_statuses_of_the_2013_documents() {
    for args in [&[][..], &["--gitlab-errors", "documented"]] {
        let server = Server::demo_with(args);
        let before = snapshot(&server);
        for (method, path, token, body, (status, _), expected) in cases() {
            let answer = call(&server, method, path, token, body.clone());
            assert_eq!((answer.status, answer.json()), (status, expected), "{method} {path} {body:?}");
        }
        let answer = call(&server, "DELETE", "/users/999", ROOT, None);
        assert_eq!((answer.status, answer.body.as_str()), (200, "null"));
        assert_eq!(snapshot(&server), before);
    }
}

#[test]
fn precise_mode_uses_the_statuses_of_later_versions() {
    let server = Server::demo_with(&["--gitlab-errors", "precise"]);
    let before = snapshot(&server);
    for (method, path, token, body, (_, status), expected) in cases() {
        let answer = call(&server, method, path, token, body.clone());
        assert_eq!((answer.status, answer.json()), (status, expected), "{method} {path} {body:?}");
    }
    let answer = call(&server, "DELETE", "/users/999", ROOT, None);
    assert_eq!((answer.status, answer.json()), (404, not_found()));
    assert_eq!(snapshot(&server), before);
}

#[test]
fn deleting_a_user_twice_differs_between_the_modes() {
    for (mode, second) in [("documented", (200, Value::Null)), ("precise", (404, not_found()))] {
        let server = Server::demo_with(&["--gitlab-errors", mode]);
        assert_eq!(call(&server, "DELETE", "/users/5", ROOT, None).expect(200)["username"], "username");
        let answer = call(&server, "DELETE", "/users/5", ROOT, None);
        assert_eq!((answer.status, answer.json()), second, "{mode}");
    }
}

#[test]
fn the_docker_dialect_ignores_the_mode() {
    for mode in ["documented", "precise"] {
        let server = Server::demo_with(&["--gitlab-errors", mode]);
        let call = server.post("/api/v1.1/users/john_smith/emails/").bearer(JOHN);
        call.json(json!({"email": "jack@example.com"})).send().expect(400);
    }
}
