//! GitLab API v3 (src/gitlab/README.md). "The document" is the GitLab Users API of 2013-03.

mod access;
mod create_user;
mod credentials;
mod email_updates;
mod emails;
mod entity_fields;
mod error_statuses;
mod identities;
mod keys;
mod last_administrator;
mod last_release;
mod moderation;
mod pagination;
mod round_trips;
mod search;
mod session;
mod update_user;
mod validation;

use crate::harness::{ROOT, Response, Server};
use serde_json::{Value, json};

pub fn unauthorized() -> Value {
    json!({"message": "401 Unauthorized"})
}

pub fn forbidden() -> Value {
    json!({"message": "403 Forbidden"})
}

pub fn not_found() -> Value {
    json!({"message": "404 Not found"})
}

pub fn not_given(attribute: &str) -> Value {
    json!({"message": format!("400 (Bad request) \"{attribute}\" not given")})
}

/// The required attributes of a new user, and no others.
pub fn new_user(name: &str) -> Value {
    json!({"email": format!("{name}@example.com"), "password": "a-password", "username": name, "name": "New"})
}

/// The object with these members added or replaced.
pub fn merged(mut object: Value, members: Value) -> Value {
    object.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    object
}

/// Creates a user as the administrator and returns the id.
#[track_caller]
pub fn create(server: &Server, user: Value) -> i64 {
    let created = server.post("/api/v3/users").private_token(ROOT).json(user).send().expect(201);
    created["id"].as_i64().unwrap()
}

/// Updates a user as the administrator.
pub fn update(server: &Server, id: i64, change: Value) -> Response {
    server.put(&format!("/api/v3/users/{id}")).private_token(ROOT).json(change).send()
}

#[track_caller]
pub fn show(server: &Server, id: i64) -> Value {
    server.get(&format!("/api/v3/users/{id}")).private_token(ROOT).send().expect(200)
}

/// A public key from fixtures/keys/accepted, without the final line break.
pub fn public_key(file: &str) -> String {
    crate::harness::read_file(&format!("fixtures/keys/accepted/{file}")).trim().to_owned()
}

/// The fingerprint that `ssh-keygen -l` printed for the key.
pub fn fingerprint(file: &str) -> String {
    let all = crate::harness::read_file("fixtures/keys/fingerprints.txt");
    let line = all.lines().find_map(|line| line.strip_prefix(file)?.strip_prefix('\t')).unwrap();
    line.split(' ').nth(1).unwrap().to_owned()
}
