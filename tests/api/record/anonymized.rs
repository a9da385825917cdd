//! `--anonymize`: a recording that can be committed to a repository.

use super::super::cli::{Commands, Database};
use super::round_trip::{fixture, server};
use super::{of_each, record, recorded};
use crate::harness::read_file;
use serde_json::{Value, json};

/// All texts in a JSON value, but not the names of its keys.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn nothing_that_names_a_person_remains() {
    let original = fixture(20);
    let server = server(&original);
    let (recording, _) = recorded(record(&server.url(), &["--anonymize"]));
    // What may be equal: states, times, providers, and types of keys, which are beside their base64.
    let may_stay = |text: &str| {
        let states = ["blocked", "banned", "deactivated", "blocked_pending_approval", "signing", "auth"];
        states.contains(&text) || text.starts_with("202") || ["ldapmain", "github"].contains(&text)
    };
    let text = recording.to_string();
    let mut names = 0;
    for secret in texts(&original).iter().filter(|text| !may_stay(text)) {
        // One letter is part of other words.
        let quoted = if secret.len() == 1 { format!("\"{secret}\"") } else { secret.clone() };
        assert!(!text.contains(&quoted), "{secret}");
        names += 1;
    }
    assert!(names > 100);
    for key in ["ed25519-long-comment", "rsa-2048", "ecdsa-521"] {
        for word in read_file(&format!("fixtures/keys/accepted/{key}.pub")).split_whitespace().skip(1) {
            assert!(!text.contains(word), "{key}: {word}");
        }
    }
    for part in ["corp", "home.example", "Number", "person"] {
        assert!(!text.contains(part), "{part}");
    }
}

#[test]
fn the_made_up_accounts_are_stable_and_complete() {
    let server = server(&fixture(20));
    let (real, _) = recorded(record(&server.url(), &[]));
    let (first, _) = recorded(record(&server.url(), &["--anonymize"]));
    let (second, _) = recorded(record(&server.url(), &["--anonymize"]));
    assert_eq!(first, second);
    for key in ["id", "state", "admin", "created_at", "external", "projects_limit", "theme_id", "provider"] {
        assert_eq!(of_each(&first, key), of_each(&real, key), "{key}");
    }
    let user = &first["users"][5];
    assert_eq!((&user["username"], &user["name"]), (&json!("user-60"), &json!("User 60")));
    let expected = json!([["user-60@example.com", false], ["user-60-2@example.com", true]]);
    let emails = user["emails"].as_array().unwrap().iter().map(|email| json!([email["email"], email["verified"]]));
    assert_eq!(Value::from_iter(emails), expected);
    assert_eq!(user["public_email"], "user-60-2@example.com");
    // A value that was empty stays empty, and the others are there.
    for key in ["bio", "note", "location", "company", "profile_url", "skype", "discord", "extern_uid"] {
        let is_set = |value: &&Value| !value.is_null() && **value != "";
        let set = |recording| of_each(recording, key).iter().map(is_set).collect::<Vec<_>>();
        assert!(set(&first) == set(&real) && set(&first).contains(&true), "{key}");
    }
    let kinds = |recording: &Value| {
        let keys = of_each(recording, "keys").into_iter().flat_map(|keys| keys.as_array().unwrap());
        keys.map(|key| {
            let line = key["key"].as_str().unwrap();
            (key["id"].clone(), line.split(' ').next().unwrap().to_owned(), line.split(' ').nth(1).unwrap().len())
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(kinds(&first), kinds(&real), "types and sizes");
    let other = Database::none();
    other.ok(&["import", &other.file("seed.json", first.to_string())]);
    assert_eq!(other.json(&["export"]), first);
}
