//! A seed with a value of the wrong type, a misspelt field or a byte order mark produced the wording of the JSON
//! library: `invalid type: string "ada@example.com", expected struct EmailEntry at line 1 column 55`, or a list of 34
//! field names.

use crate::cli::{Commands, Database, light, refused};
use crate::harness::{Server, run};
use serde_json::{Value, json};

/// Imports this text, which must be refused; returns the message after the name of the file. `serve --seed` must refuse
/// it in the same words.
#[track_caller]
fn error_in(text: &str) -> String {
    let database = Database::light();
    let before = database.ok(&["export"]);
    let file = database.file("seed.json", text);
    let line = database.refused(&["import", &file]);
    let message = line.strip_prefix(&format!("accountd: {file}: ")).unwrap_or_else(|| panic!("{line}")).to_owned();
    for wording in
        ["invalid type", "unknown field", "missing field", "expected struct", "expected one of", "a sequence", "a map"]
    {
        assert!(!message.contains(wording), "{message}");
    }
    assert_eq!(database.ok(&["export"]), before);
    let serve = refused(run(&["serve", "--memory", "--listen", "127.0.0.1:0", "--log", "warn", "--seed", &file]));
    assert_eq!(serve, format!("accountd: seed {file}: {message}"));
    message
}

#[test]
fn errors_are_explained_in_the_terms_of_the_format() {
    for (text, expected) in [
        (
            "{\"users\": [{\"username\": \"jane\",\n  \"emails\": [\"jane@example.com\"]}]}",
            "users[0].emails[0]: expected an object such as {\"email\": \"jane@example.com\"}, not a string, at line 2 column ",
        ),
        (
            "{\"users\": [{\"username\": \"jane\",\n  \"pasword\": \"correct-horse\"}]}",
            "users[0]: unknown key `pasword` (did you mean `password`?), at line 2 column ",
        ),
        ("{\"users\": {}}", "users: expected an array, not an object, at line 1 column "),
        ("{\"users\": [", "not valid JSON: EOF while parsing a list at line 1 column "),
    ] {
        let message = error_in(text);
        assert!(message.starts_with(expected) && !message.contains("correct-horse"), "{message}");
    }
}

fn user(field: &str, value: Value) -> String {
    let mut user = json!({"username": "ada", "emails": [{"email": "ada@example.com"}]});
    user[field] = value;
    json!({"users": [user]}).to_string()
}

#[test]
fn a_value_of_the_wrong_type_is_reported_with_its_location() {
    let message = error_in(&user("emails", json!(["ada@example.com"])));
    assert!(message.starts_with("users[0].emails[0]: expected an object such as {\"email\":"), "{message}");
    let message = error_in(&user("emails", json!([{"email": "a@b.example"}, {"email": 7}])));
    assert!(message.starts_with("users[0].emails[1].email: expected "), "{message}");
    for (field, value) in [
        ("username", json!(7)),
        ("admin", json!("yes")),
        ("id", json!("7")),
        ("emails", json!("ada@example.com")),
        ("keys", json!({})),
        ("tokens", json!(true)),
        ("projects_limit", json!("many")),
        ("bio", json!([])),
    ] {
        let message = error_in(&user(field, value));
        assert!(message.starts_with(&format!("users[0].{field}: expected ")), "{field}: {message}");
    }
    for (field, value) in [("users", json!({})), ("applications", json!("none"))] {
        let message = error_in(&json!({field: value}).to_string());
        assert!(message.starts_with(&format!("{field}: expected ")), "{field}: {message}");
    }
    let message = error_in("[]");
    assert!(message.contains("expected an object"), "{message}");
}

#[test]
fn a_missing_field_is_named_with_its_location() {
    let message = error_in(r#"{"users": [{"emails": [{"email": "ada@example.com"}]}]}"#);
    assert!(message.contains("users[0]") && message.contains("username"), "{message}");
    let message = error_in(r#"{"users": [{"username": "ada"}]}"#);
    assert!(message.contains("users[0]") && message.contains("emails"), "{message}");
}

#[test]
fn a_misspelt_field_is_named_with_a_suggestion() {
    for (field, meant) in [("pasword", "password"), ("Username", "username"), ("e-mails", "emails"), ("key", "keys")] {
        let message = error_in(&user(field, json!("x")));
        assert!(message.contains("users[0]") && message.contains(field), "{message}");
        assert!(message.contains(&format!("did you mean `{meant}`?")), "{message}");
        assert!(message.len() < 200, "{message}");
    }
    // Nothing similar exists.
    let message = error_in(&user("frobnicate", json!("x")));
    assert!(message.contains("users[0]") && message.contains("frobnicate"), "{message}");
    assert!(!message.contains("did you mean"), "{message}");
}

/// RFC 8259, section 8.1: a parser may ignore a byte order mark. Some editors write one.
#[test]
fn a_byte_order_mark_is_ignored() {
    let database = Database::none();
    let seed = database.file("seed.json", format!("\u{feff}{}", light()));
    let output = database.run(&["import", &seed]);
    assert!(output.status.success(), "{output:?}");
    let server = Server::start(&["--memory", "--seed", &seed]);
    assert_eq!(server.get("/api/v3/user").private_token(crate::cli::JOE).send().status, 200);
}
