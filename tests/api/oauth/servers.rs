//! The servers of these tests, with their applications.

use super::client::{EXAMPLE, IDLE, PHONE, PHONE_SECOND, READER, WIKI, WIKI_SECOND};
use crate::harness::{Server, file, read_file};
use serde_json::{Value, json};

fn applications() -> Value {
    let all = ["profile_read", "profile_write", "email_read", "email_write", "read_user", "read_api", "api"];
    json!([
        {"name": "Wiki", "client_id": WIKI.id, "client_secret": WIKI.secret, "redirect_uris": [WIKI.uri, WIKI_SECOND],
         "scopes": all},
        {"name": "Phone", "client_id": PHONE.id, "redirect_uris": [PHONE.uri, PHONE_SECOND],
         "scopes": ["profile_read", "email_read"]},
        {"name": "Reader", "client_id": READER.id, "client_secret": READER.secret, "redirect_uris": [READER.uri],
         "scopes": ["read_user"]},
        {"name": "Idle", "client_id": IDLE.id, "client_secret": IDLE.secret, "redirect_uris": [IDLE.uri], "scopes": []},
    ])
}

/// A server with fixtures/demo.json and the applications above.
pub fn start(memory: bool, args: &[&str]) -> Server {
    let mut seed: Value = serde_json::from_str(&read_file("fixtures/demo.json")).unwrap();
    if !memory {
        // To hash five passwords at full cost takes longer than most tests.
        for user in seed["users"].as_array_mut().unwrap() {
            user.as_object_mut().unwrap().remove("password");
        }
    }
    seed["applications"].as_array_mut().unwrap().extend(applications().as_array().unwrap().iter().cloned());
    let folder = tempfile::tempdir().unwrap();
    let (db, path) = (folder.path().join("test.db"), folder.path().join("seed.json"));
    std::fs::write(&path, seed.to_string()).unwrap();
    let (db, path) = (db.to_str().unwrap().to_owned(), path.to_str().unwrap().to_owned());
    let place: &[&str] = if memory { &["--memory"] } else { &["--db", &db] };
    Server::start_in(folder, &[place, &["--seed", &path], args].concat())
}

/// A server with an in-memory database, fixtures/demo.json and the applications above. Users sign in and give consent.
pub fn server_with_consent() -> Server {
    start(true, &[])
}

/// A server with an in-memory database that approves every request as janedoe.
pub fn auto_approving() -> Server {
    start(true, &["--auto-approve", "janedoe"])
}

/// A server with a database file that approves every request as janedoe. No user has a password.
pub fn auto_approving_on_file() -> Server {
    start(false, &["--auto-approve", "janedoe"])
}

#[test]
fn the_demo_application_is_the_one_in_the_documents() {
    let demo: Value = serde_json::from_str(&std::fs::read_to_string(file("fixtures/demo.json")).unwrap()).unwrap();
    let expected = json!([{"name": "Example", "client_id": EXAMPLE.id, "client_secret": EXAMPLE.secret,
        "redirect_uris": [EXAMPLE.uri], "scopes": ["profile_read", "email_read"]}]);
    assert_eq!(demo["applications"], expected);
}
