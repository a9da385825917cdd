//! The gitlab dialect's v4, from GitLab's documentation (17.9; pages below `doc/api/`).

mod anonymous;
mod current;
mod emails;
mod keys;
mod list;
mod moderation;
mod paging;
mod parity;
mod rotation;
mod sudo;
mod tokens;
mod users;

use crate::harness::{ROOT, Server};
use serde_json::{Value, json};

/// A user whom the administrator makes.
fn make_ada(server: &Server) -> Value {
    let ada = json!({
        "username": "ada", "name": "Ada", "email": "ada@example.com", "password": "correct-horse",
        "skip_confirmation": true
    });
    server.post("/api/v4/users").private(ROOT).json(ada).send().expect(201)
}

/// A token of that kind for a user, made by the administrator.
fn make_token(server: &Server, user: i64, kind: &str, scopes: &[&str]) -> Value {
    let body = json!({ "name": "test", "scopes": scopes });
    server.post(&format!("/api/v4/users/{user}/{kind}")).private(ROOT).json(body).send().expect(201)
}

fn secret(token: &Value) -> &str {
    token["token"].as_str().unwrap()
}

/// `2012-05-23T08:00:58.000Z`
#[track_caller]
fn is_time(value: &Value) {
    let text = value.as_str().unwrap_or_else(|| panic!("{value}"));
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{text}");
}
