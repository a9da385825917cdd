//! The docker dialect (src/docker/README.md).

mod credentials;
mod email_updates;
mod emails;
mod permissions;
mod profile;

use crate::harness::{Request, Server};
use serde_json::{Value, json};

pub const PROFILE: &str = "/api/v1.1/users/janedoe/";
pub const EMAILS: &str = "/api/v1.1/users/janedoe/emails/";

/// The six endpoints: method, path below the user's, required scope, and a body that is accepted.
pub fn endpoints() -> [(&'static str, &'static str, &'static str, Value); 6] {
    [
        ("GET", "", "profile_read", Value::Null),
        ("PATCH", "", "profile_write", json!({ "company": "Changed" })),
        ("GET", "emails/", "email_read", Value::Null),
        ("POST", "emails/", "email_write", json!({ "email": "new@example.com" })),
        ("PATCH", "emails/", "email_write", json!({ "email": "second@example.com", "verified": true })),
        ("DELETE", "emails/", "email_write", json!({ "email": "second@example.com" })),
    ]
}

/// Every scope. For each, janedoe has a token: `janedoe-SCOPE-token`.
pub const SCOPES: [&str; 6] = ["profile_read", "profile_write", "email_read", "email_write", "read_user", "api"];

pub fn token(scope: &str) -> String {
    format!("janedoe-{scope}-token")
}

/// A server in memory with accounts that the demo lacks: a user with a secondary address, a token for each scope and an
/// expired token, a blocked user, and a user (`bare`) with only the required attributes.
pub fn test_server() -> Server {
    let mut tokens: Vec<Value> =
        SCOPES.iter().map(|scope| json!({ "name": scope, "token": token(scope), "scopes": [scope] })).collect();
    tokens.push(json!({
        "name": "expired", "token": "janedoe-ended-token", "scopes": ["api"], "expires_at": "2020-01-01T00:00:00Z"
    }));
    let fixture = json!({ "users": [
        {
            "id": 2, "username": "janedoe", "password": "password", "name": "Jane Doe",
            "created_at": "2014-02-12T17:58:01.431312Z", "location": "San Francisco, CA",
            "company": "Success, Inc.", "profile_url": "https://docker.io/",
            "emails": [
                { "email": "second@example.com", "verified": false, "primary": false },
                { "email": "jane.doe@example.com", "verified": true, "primary": true },
            ],
            "tokens": tokens
        },
        { "id": 3, "username": "bare", "password": "bare-password", "created_at": "2012-05-23T08:00:58Z",
          "emails": [{ "email": "bare@example.com", "verified": true, "primary": true }] },
        { "id": 4, "username": "root", "password": "root-password", "admin": true,
          "emails": [{ "email": "admin@example.com" }],
          "tokens": [{ "name": "api", "token": "root-api-token", "scopes": ["api"] }] },
        { "id": 5, "username": "blocked", "password": "blocked-password", "blocked": true,
          "emails": [{ "email": "blocked@example.com" }],
          "tokens": [{ "name": "api", "token": "blocked-api-token", "scopes": ["api"] }] },
    ]});
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("test_server.json");
    std::fs::write(&seed, fixture.to_string()).unwrap();
    let seed = seed.to_str().unwrap().to_owned();
    Server::start_in(folder, &["--memory", "--seed", &seed])
}

/// A request to one of the endpoints for this user, without a credential.
pub fn call(server: &Server, user: &str, (method, rest, _, body): &(&str, &str, &str, Value)) -> Request {
    let call = server.call(method, &format!("/api/v1.1/users/{user}/{rest}"));
    if body.is_null() { call } else { call.json(body.clone()) }
}

pub trait JanesPassword {
    /// Authenticates as janedoe, with the password.
    fn janes_password(self) -> Self;
}

impl JanesPassword for Request {
    fn janes_password(self) -> Self {
        self.basic("janedoe", "password")
    }
}

pub fn emails(server: &Server) -> Value {
    server.get(EMAILS).janes_password().send().expect(200)
}

pub fn user(server: &Server) -> Value {
    server.get(PROFILE).janes_password().send().expect(200)
}

/// Checks that janedoe's profile and addresses are as the fixture has them.
#[track_caller]
pub fn assert_unchanged(server: &Server) {
    let url = format!("{}{PROFILE}", server.url());
    let expected = json!({
        "id": 2, "username": "janedoe", "url": url, "date_joined": "2014-02-12T17:58:01.431312Z", "type": "User",
        "full_name": "Jane Doe", "location": "San Francisco, CA", "company": "Success, Inc.",
        "profile_url": "https://docker.io/",
        "gravatar_url": "https://secure.gravatar.com/avatar/0cba00ca3da1b283a57287bcceb17e35.jpg?s=80&r=g&d=mm",
        "email": "jane.doe@example.com", "is_active": true
    });
    assert_eq!(user(server).to_string(), expected.to_string());
    let expected = json!([
        { "email": "jane.doe@example.com", "verified": true, "primary": true },
        { "email": "second@example.com", "verified": false, "primary": false },
    ]);
    assert_eq!(emails(server), expected);
}

/// Checks that the body of a 400 is `{"field": ["reason", …]}` for exactly these fields.
#[track_caller]
pub fn assert_names_fields(body: &Value, fields: &[&str]) {
    let body = body.as_object().unwrap_or_else(|| panic!("not an object: {body}"));
    let mut found: Vec<&str> = body.keys().map(String::as_str).collect();
    let mut wanted = fields.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    for reasons in body.values() {
        let reasons = reasons.as_array().unwrap_or_else(|| panic!("not a list: {reasons}"));
        assert!(!reasons.is_empty());
        assert!(reasons.iter().all(|reason| reason.as_str().is_some_and(|text| !text.is_empty())), "{reasons:?}");
    }
}

/// Checks that the body is `{"detail": "…"}` and nothing else.
#[track_caller]
pub fn assert_detail(body: &Value) {
    assert_eq!(crate::harness::names(body), ["detail"]);
    assert!(body["detail"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
}
