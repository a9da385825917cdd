//! The pages of administrators, used like a browser does.

mod accounts;
mod actions;
mod applications;
mod defences;
mod links;
mod log;
mod overview;
mod users;

use super::{Browser, assert_page, execute, hidden_field, seeded, unescaped};
use crate::harness::{Response, Server};
use serde_json::{Value, json};

/// An administrator with a password.
const BOSS: (&str, &str) = ("boss", "boss-password");
const TOKEN: &str = "token-of-the-administrator";
const KEY: &str = include_str!("../../../../fixtures/keys/accepted/ed25519.pub");
const HOSTILE: &str = "\"><script>alert('&')</script>";

/// A server whose users are boss (id 1), jane (2), who has something of each kind, and deputy (3), an administrator.
fn server() -> Server {
    let user = |id: u64, name: &str, admin: bool| {
        json!({"id": id, "username": name, "password": format!("{name}-password"), "admin": admin,
               "emails": [{"email": format!("{name}@example.com"), "verified": true, "primary": true}]})
    };
    let mut users = [user(1, "boss", true), user(2, "jane", false), user(3, "deputy", true)];
    users[0]["tokens"] = json!([{"name": "t", "token": TOKEN, "scopes": ["api"]}]);
    users[1]["emails"] = json!([
        {"email": "jane@example.com", "verified": true, "primary": true}, {"email": "jane@work.example"},
    ]);
    users[1]["keys"] = json!([{"id": 10, "title": "laptop", "key": KEY.trim()}]);
    users[1]["tokens"] = json!([{"name": "ci", "token": "token-of-jane", "scopes": ["read_user"]}]);
    let applications = json!([{"name": "Wiki", "client_id": "wiki", "client_secret": "secret-of-wiki",
                               "redirect_uris": ["https://wiki.example/cb"], "scopes": ["read_user"]}]);
    seeded(&json!({ "users": users, "applications": applications }), &[])
}

/// Opens the page of a form and submits it.
fn submit(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Response {
    let page = browser.get(path);
    assert_eq!(page.status, 200, "{path}: {page:?}");
    // The first is that of the button to sign out, which has the same value.
    let csrf = hidden_field(&page, "csrf");
    browser.post(path, &[&[("csrf", csrf.as_str())], fields].concat())
}

#[track_caller]
fn assert_redirected(answer: &Response, to: &str) {
    assert_eq!((answer.status, answer.header("location"), &*answer.body), (303, Some(to), ""), "{answer:?}");
}

/// The problem beside a field.
#[track_caller]
fn problem(page: &Response, field: &str) -> String {
    let start = format!("<p class=\"field-problem\" id=\"{field}-problem\">");
    let (_, rest) = page.body.split_once(&start).unwrap_or_else(|| panic!("no problem of {field}: {page:?}"));
    unescaped(rest.split_once("</p>").unwrap().0)
}

/// Checks that the page shows the message of the form before it.
#[track_caller]
fn assert_message(page: &Response, text: &str) {
    assert!(page.body.contains(&format!("<p class=\"message\" role=\"status\">{text}</p>")), "{page:?}");
}

/// A user, as the API shows it to an administrator.
fn api_user(server: &Server, id: u64) -> Value {
    server.get(&format!("/api/v4/users/{id}")).private_token(TOKEN).send().expect(200)
}

/// Adds a grant of jane to the application, and returns its access token.
fn grant(server: &Server) -> &'static str {
    use sha2::{Digest, Sha256};
    let hash: String = Sha256::digest("acd_of-the-wiki").iter().map(|byte| format!("{byte:02x}")).collect();
    execute(
        server,
        &format!(
            "INSERT INTO authorizations (user_id, application_id, scopes, created_at, expires_at, code_hash, code_used_at)
             SELECT 2, id, 'read_user', 1, (unixepoch() + 1000) * 1000000, randomblob(32), 1 FROM applications;
             INSERT INTO tokens (user_id, kind, name, hash, scopes, created_at, authorization_id)
             VALUES (2, 'oauth', 'Wiki', x'{hash}', 'read_user', 1, last_insert_rowid());"
        ),
    );
    "acd_of-the-wiki"
}
