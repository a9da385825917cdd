//! `accountd import`: an archive is imported completely or not at all.

use super::{Commands, Database, light};
use crate::harness::read_file;
use serde_json::{Value, json};

fn key(name: &str) -> String {
    read_file(&format!("fixtures/keys/accepted/{name}.pub")).trim_end().to_owned()
}

/// A valid user, with these fields added or replaced.
fn user_with(more: Value) -> Value {
    let mut user = json!({"username": "eve", "emails": [{"email": "eve@example.com"}]});
    user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    user
}

/// Imports an archive of a valid user and `last`, which must be refused; returns the error message.
#[track_caller]
fn import_refused(database: &Database, last: Value) -> String {
    let good = json!({"username": "ada", "emails": [{"email": "ada@example.com"}],
        "keys": [{"title": "desk", "key": key("rsa-2048")}],
        "tokens": [{"token": "ada-token-for-this-test", "scopes": ["api"]}]});
    let file = database.file("bad.json", json!({"users": [good, last]}).to_string());
    let line = database.refused(&["import", &file]);
    assert!(line.starts_with(&format!("accountd: {file}: ")), "{line}");
    line
}

#[test]
fn an_invalid_value_is_reported_with_its_location() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    let long = "x".repeat(256);
    let private = read_file("fixtures/keys/refused/private-openssh");
    let table = [
        (json!({"username": ""}), "users[1].username"),
        (json!({"username": "eve.git"}), "users[1].username"),
        (json!({"username": long}), "users[1].username"),
        (json!({"name": "a\nb"}), "users[1].name"),
        (json!({"bio": long}), "users[1].bio"),
        (json!({"twitter": "\u{202e}"}), "users[1].twitter"),
        (json!({"profile_url": "javascript:alert(1)"}), "users[1].profile_url"),
        (json!({"gravatar_email": "nobody"}), "users[1].gravatar_email"),
        (json!({"password": "short"}), "users[1].password"),
        (json!({"password_hash": "plain"}), "users[1].password_hash"),
        (json!({"password": "correct-horse", "password_hash": "x"}), "users[1].password"),
        (json!({"extern_uid": "eve"}), "users[1].extern_uid"),
        (json!({"emails": []}), "users[1].emails"),
        (json!({"emails": [{"email": "eve"}]}), "users[1].emails[0].email"),
        (
            json!({"emails": [{"email": "e@e.example", "primary": true}, {"email": "f@e.example", "primary": true}]}),
            "users[1].emails",
        ),
        (json!({"id": 0}), "users[1].id"),
        (json!({"id": -1}), "users[1].id"),
        (json!({"keys": [{"title": " ", "key": key("ed25519")}]}), "users[1].keys[0].title"),
        (json!({"keys": [{"title": "x", "key": private}]}), "users[1].keys[0].key"),
        (json!({"keys": [{"id": 0, "title": "x", "key": key("ed25519")}]}), "users[1].keys[0].id"),
        (json!({"tokens": [{"token": "short", "scopes": ["api"]}]}), "users[1].tokens[0].token"),
        (json!({"tokens": [{"token": "long-enough", "scopes": ["all"]}]}), "users[1].tokens[0].scopes"),
        (json!({"tokens": [{"token": "long-enough", "scopes": []}]}), "users[1].tokens[0].scopes"),
        (json!({"tokens": [{"scopes": ["api"]}]}), "users[1].tokens[0].token"),
        (json!({"tokens": [{"token_hash": "abc", "scopes": ["api"]}]}), "users[1].tokens[0].token_hash"),
    ];
    for (more, place) in table {
        let line = import_refused(&database, user_with(more.clone()));
        assert!(line.contains(&format!(": {place}")), "{more}: {line}");
        assert!(!line.contains("b3BlbnNzaC1rZXk"), "{line}");
    }
    assert_eq!(database.ok(&["export"]), before);
}

#[test]
fn an_archive_says_who_vouched_for_an_address() {
    let database = Database::light();
    let emails = json!([
        {"email": "a@example.com"},
        {"email": "b@example.com", "verified": true},
        {"email": "c@example.com", "verified_by": "self"},
        {"email": "d@example.com", "verified": true, "verified_by": "administrator"},
        {"email": "e@example.com"},
    ]);
    database.ok(&[
        "import",
        &database.file("ada.json", json!({"users": [{"username": "ada", "emails": emails}]}).to_string()),
    ]);
    let exported: Value = serde_json::from_str(&database.ok(&["export"])).unwrap();
    let vouched: Vec<_> = exported["users"][2]["emails"]
        .as_array()
        .unwrap()
        .iter()
        .map(|email| email.get("verified_by").cloned())
        .collect();
    let (administrator, user) = (Some(json!("administrator")), Some(json!("self")));
    assert_eq!(vouched, [administrator.clone(), administrator.clone(), user, administrator, None]);
    for (email, expected) in [
        (json!({"verified_by": "mail"}), "must be self or administrator"),
        (json!({"verified_by": ""}), "must be self or administrator"),
        (json!({"verified_by": 1}), "expected a string, not a number"),
        (json!({"verified": false, "verified_by": "self"}), "is only for a verified address"),
    ] {
        let mut entry = json!({"email": "f@example.com"});
        entry.as_object_mut().unwrap().extend(email.as_object().unwrap().clone());
        let line = import_refused(&database, user_with(json!({"emails": [entry]})));
        assert!(line.contains(": users[1].emails[0].verified_by") && line.contains(expected), "{email}: {line}");
    }
}

#[test]
fn a_duplicate_is_reported_whether_in_the_file_or_in_the_database() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    let ada = "ada-token-for-this-test";
    let table = [
        (json!({"username": "ADA"}), "users[1].username"),
        (json!({"username": "JANE"}), "users[1].username"),
        (json!({"emails": [{"email": "Ada@Example.com"}]}), "users[1].emails"),
        (json!({"emails": [{"email": "e@e.example"}, {"email": "JOE@work.example"}]}), "users[1].emails"),
        (json!({"emails": [{"email": "e@e.example"}, {"email": "E@e.example"}]}), "users[1].emails"),
        (json!({"id": 1}), "users[1].id"),
        (json!({"keys": [{"title": "x", "key": key("rsa-2048")}]}), "users[1].keys"),
        (json!({"keys": [{"title": "x", "key": key("ed25519")}]}), "users[1].keys"),
        (json!({"tokens": [{"token": ada, "scopes": ["api"]}]}), "users[1].tokens"),
        (json!({"tokens": [{"token": super::JANE, "scopes": ["api"]}]}), "users[1].tokens"),
    ];
    for (more, place) in table {
        let line = import_refused(&database, user_with(more.clone()));
        assert!(line.contains(&format!(": {place}")) && line.ends_with("has already been taken"), "{more}: {line}");
    }
    assert_eq!(database.ok(&["export"]), before);
}

#[test]
fn an_import_cannot_reuse_the_id_of_a_deleted_row() {
    let database = Database::light();
    database.ok(&["user", "delete", "joe"]);
    database.ok(&["key", "remove", "1"]);
    let before = database.ok(&["export"]);
    for more in [json!({"id": 2}), json!({"keys": [{"id": 1, "title": "x", "key": key("ed25519")}]})] {
        let line = import_refused(&database, user_with(more));
        assert!(line.contains("users[1]") && line.contains("used before"), "{line}");
    }
    assert_eq!(database.ok(&["export"]), before);
}

#[test]
fn an_unknown_field_is_reported_with_line_and_column() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    let emails = "\"emails\": [{\"email\": \"eve@example.com\"}]";
    let table = [
        ("{\"user\": []}".to_owned(), "user", 1),
        ("{\"users\": [], \"comment\": \"\"}".to_owned(), "comment", 1),
        (format!("{{\"users\": [\n{{\"username\": \"eve\", {emails},\n\"is_admin\": true}}]}}"), "is_admin", 3),
        (
            "{\"users\": [\n{\"username\": \"eve\", \"emails\": [{\n\n\"address\": \"e@e.example\"}]}]}".to_owned(),
            "address",
            4,
        ),
        (format!("{{\"users\": [{{\"username\": \"eve\", {emails},\n\"keys\": [{{\"name\": \"\"}}]}}]}}"), "name", 2),
        (format!("{{\"users\": [{{\"username\": \"eve\", {emails},\n\"tokens\": [{{\"scope\": []}}]}}]}}"), "scope", 2),
        ("{\"applications\": [\n{\"redirect_uri\": []}]}".to_owned(), "redirect_uri", 2),
    ];
    for (text, name, at) in table {
        let file = database.file("typo.json", &text);
        let line = database.refused(&["import", &file]);
        assert!(line.contains(&format!("`{name}`")) && line.contains(&format!("line {at} column ")), "{text}: {line}");
    }
    assert_eq!(database.ok(&["export"]), before);
}

#[test]
fn a_file_that_is_not_an_archive_is_refused() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    let emails = "\"emails\": [{\"email\": \"eve@example.com\"}]";
    let table = [
        (String::new(), "EOF"),
        ("null".into(), "line 1"),
        ("[]".into(), "line 1"),
        ("{\"users\": [}".into(), "line 1 column 12"),
        ("{\"users\": []} {}".into(), "line 1 column 15"),
        ("{\"users\": [{}]}".into(), "`username`"),
        ("{\"users\": [{\"username\": \"eve\"}]}".into(), "`emails`"),
        (format!("{{\"users\": [{{\"username\": 7, {emails}}}]}}"), "line 1"),
        (format!("{{\"users\": [{{\"username\": \"eve\", \"username\": \"eva\", {emails}}}]}}"), "`username`"),
        (format!("{{\"users\": [{{\"id\": 1.5, \"username\": \"eve\", {emails}}}]}}"), "1.5"),
        (format!("{{\"users\": [{{\"id\": \"7\", \"username\": \"eve\", {emails}}}]}}"), "line 1"),
        (
            format!("{{\"users\": [{{\"id\": 9223372036854775808, \"username\": \"eve\", {emails}}}]}}"),
            "9223372036854775808",
        ),
        (
            format!("{{\"users\": [{{\"created_at\": \"yesterday\", \"username\": \"eve\", {emails}}}]}}"),
            "line 1 column",
        ),
        (
            format!("{{\"users\": [{{\"projects_limit\": -1, \"username\": \"eve\", {emails}}}]}}"),
            "users[0].projects_limit",
        ),
        ("[".repeat(100_000), "line 1"),
    ];
    for (text, why) in table {
        let file = database.file("none.json", &text);
        let line = database.refused(&["import", &file]);
        assert!(line.contains(why), "{:.80}: {line}", text);
    }
    let file = database.file("none.json", b"{\"users\": [{\"username\": \"caf\xe9\"");
    database.refused(&["import", &file]);
    for path in ["/nonexistent/file.json", database.folder.path().to_str().unwrap()] {
        assert!(database.refused(&["import", path]).contains(path));
    }
    assert_eq!(database.ok(&["export"]), before);
}

#[test]
fn an_invalid_application_rejects_the_whole_archive() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    let application = |more: Value| {
        let mut application = json!({"name": "App", "client_id": "app", "redirect_uris": ["https://my.app/"]});
        application.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        application
    };
    let table = [
        (json!({"name": ""}), "name"),
        (json!({"client_id": ""}), "client_id"),
        (json!({"redirect_uris": []}), "redirect_uris"),
        (json!({"redirect_uris": ["/auth"]}), "redirect_uris[0]"),
        (json!({"redirect_uris": ["https://my.app/#here"]}), "redirect_uris[0]"),
        (json!({"scopes": ["all"]}), "scopes"),
        (json!({"client_secret": "a-secret-of-ours", "client_secret_hash": "00"}), "client_secret"),
    ];
    for (more, place) in table {
        let fixture = json!({"users": [user_with(json!({}))], "applications": [application(more.clone())]});
        let line = database.refused(&["import", &database.file("bad.json", fixture.to_string())]);
        assert!(line.contains(&format!(": applications[0].{place}")), "{more}: {line}");
        assert!(!line.contains("a-secret-of-ours"), "{line}");
    }
    let twice =
        json!({"users": [user_with(json!({}))], "applications": [application(json!({})), application(json!({}))]});
    let line = database.refused(&["import", &database.file("bad.json", twice.to_string())]);
    assert!(line.contains("applications[1].client_id"), "{line}");
    assert_eq!(database.ok(&["export"]), before);
}

#[test]
fn a_user_needs_only_a_name_and_an_address() {
    let database = Database::light();
    let file = database.file("least.json", json!({"users": [user_with(json!({}))]}).to_string());
    assert_eq!(database.json(&["import", &file]), json!({"users": 1, "applications": 0}));
    let eve = database.json(&["user", "show", "eve"]);
    assert_eq!(
        (&eve["id"], &eve["name"], &eve["admin"], &eve["blocked"]),
        (&json!(3), &json!(""), &json!(false), &json!(false))
    );
    assert_eq!((&eve["bio"], &eve["skype"], &eve["projects_limit"]), (&Value::Null, &json!(""), &json!(100)));
    let empty = database.file("empty.json", "{}");
    assert_eq!(database.ok(&["import", &empty]), "imported 0 users and 0 applications\n");
    assert_eq!(
        light()["users"].as_array().unwrap().len() as i64 + 1,
        database.value::<i64>("SELECT count(*) FROM users")
    );
}
