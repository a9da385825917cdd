//! GitLab API v4. Sources named in these files are pages of GitLab's documentation (17.9, below `doc/api/`).

mod anonymous;
mod current_user;
mod custom_attributes;
mod emails;
mod ended_tokens;
mod keys;
mod list_users;
mod moderation;
mod pagination;
mod parity;
mod preferences;
mod service_accounts;
mod status;
mod sudo;
mod token_lifetimes;
mod token_rotation;
mod tokens;
mod user_fields;
mod users;

use crate::harness::{ROOT, Server};
use serde_json::{Value, json};

/// Creates the user ada (id 6 in the demo) as the administrator.
fn create_ada(server: &Server) -> Value {
    let ada = json!({
        "username": "ada", "name": "Ada", "email": "ada@example.com", "password": "correct-horse",
        "skip_confirmation": true
    });
    server.post("/api/v4/users").private_token(ROOT).json(ada).send().expect(201)
}

/// Creates a token as the administrator; `kind` is the last segment of the path.
fn create_token(server: &Server, user: i64, kind: &str, scopes: &[&str]) -> Value {
    let body = json!({ "name": "test", "scopes": scopes });
    server.post(&format!("/api/v4/users/{user}/{kind}")).private_token(ROOT).json(body).send().expect(201)
}

fn secret(token: &Value) -> &str {
    token["token"].as_str().unwrap()
}

/// Checks for the format `2012-05-23T08:00:58.000Z`.
#[track_caller]
fn assert_is_timestamp(value: &Value) {
    let text = value.as_str().unwrap_or_else(|| panic!("{value}"));
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{text}");
}

/// What `accountd export` prints, and a server that has imported it.
fn export_and_import(server: &Server) -> (Value, Server) {
    let output = server.cli(&["export"]);
    let exported = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.json");
    std::fs::write(&path, output.stdout).unwrap();
    let copy = Server::start(&["--memory", "--seed", path.to_str().unwrap()]);
    (exported, copy)
}
