//! A recording of accountd itself is what it exports, without the secrets.

use super::super::cli::{Commands, Database, on_a_terminal};
use super::fake_gitlab::{FakeGitlab, user};
use super::{TOKEN, of_each, record, record_with, recorded, refused};
use crate::harness::{Server, accountd, read_file, run};
use serde_json::{Value, json};

/// So many that the list has several pages, and few enough for a second.
const USERS: i64 = 250;

const PASSWORD_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";

/// A fixture in which some user has each value that v4 shows. v4's times have milliseconds.
pub fn fixture(users: i64) -> Value {
    let file = |name: &str| read_file(&format!("fixtures/keys/accepted/{name}.pub")).trim_end().to_owned();
    let user = |id: i64| {
        let name = format!("person{id}");
        json!({
            "id": id, "username": name, "name": format!("Person Number{id}"), "created_at": "2020-02-03T04:05:06.789Z",
            "password_hash": PASSWORD_HASH, "can_create_group": id % 2 == 0, "projects_limit": id,
            "theme_id": 2, "color_scheme_id": 3, "external": id % 5 == 0, "private_profile": id % 7 == 0,
            "emails": [
                {"email": format!("{name}@corp.example"), "verified": id % 3 > 0},
                {"email": format!("{name}@home.example"), "confirmed_at": "2021-01-01T00:00:00Z"},
            ],
            "tokens": [{"token": format!("secret-token-{id}-of-this-test"), "scopes": ["read_user"]}],
        })
    };
    let mut users: Vec<Value> = (1..=users).map(|id| user(10 * id)).collect();
    let mut set = |at: usize, more: Value| users[at].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    set(0, json!({"admin": true, "tokens": [{"token": TOKEN, "scopes": ["read_api"]}]}));
    set(1, json!({"state": "blocked", "note": "Äh: \"quoted\"\\", "bio": "Reads <b>books</b>"}));
    set(
        2,
        json!({"state": "banned", "extern_uid": "uid=3,ou=people", "provider": "ldapmain",
        "identities": [{"provider": "github", "extern_uid": "333"}]}),
    );
    set(
        3,
        json!({"state": "deactivated", "location": "Bern", "company": "Corp", "profile_url": "https://p.example/a?b"}),
    );
    set(4, json!({"state": "blocked_pending_approval", "skype": "s", "linkedin": "l", "twitter": "t", "discord": "d"}));
    set(5, json!({"public_email": "person60@home.example"}));
    set(
        6,
        json!({"keys": [
        {"id": 9, "title": "laptop", "key": file("ed25519-long-comment"), "created_at": "2021-02-03T04:05:06.5Z"},
        {"id": 8, "title": "old", "key": file("rsa-2048"), "usage_type": "signing", "created_at": "2021-02-03T04:05:06Z",
         "expires_at": "2022-01-01T00:00:00Z"}]}),
    );
    set(
        7,
        json!({"keys": [{"id": 3, "title": "x", "key": file("ecdsa-521"), "usage_type": "auth",
        "created_at": "2021-02-03T04:05:06Z"}]}),
    );
    json!({ "users": users })
}

/// A server with this fixture in a file.
pub fn server(fixture: &Value) -> Server {
    let database = Database::none();
    let file = database.file("fixture.json", fixture.to_string());
    database.ok(&["import", &file]);
    let path = database.path().to_str().unwrap().to_owned();
    Server::start_in(database.folder, &["--db", &path])
}

/// An export without what a recording leaves out.
fn without_secrets(mut exported: Value) -> Value {
    for user in exported["users"].as_array_mut().unwrap() {
        user.as_object_mut().unwrap().remove("password_hash").unwrap();
        user["tokens"] = json!([]);
    }
    exported
}

#[test]
fn a_recording_imports_as_a_whole_and_exports_the_same() {
    let server = server(&fixture(USERS));
    let (recording, lines) = recorded(record(&server.url(), &[]));
    let summary = format!("recorded {USERS} users, {} addresses and 3 keys of {} in ", 2 * USERS, server.url());
    assert!(lines.len() == 1 && lines[0].starts_with(&summary), "{lines:?}");
    let other = Database::none();
    other.ok(&["import", &other.file("seed.json", recording.to_string())]);
    let exported = other.json(&["export"]);
    assert_eq!(exported, without_secrets(server.json(&["export"])));
    assert_eq!(recording, exported, "in the same form");
}

#[test]
fn a_recording_contains_no_secrets() {
    let server = server(&fixture(20));
    let output = record(&server.url(), &[]);
    let (_, _) = recorded(output.clone());
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let exported = server.json(&["export"]);
    let mut secrets = vec![TOKEN.to_owned(), "secret-token-".into(), "argon2id".into()];
    for user in exported["users"].as_array().unwrap() {
        secrets.push(user["tokens"][0]["token_hash"].as_str().unwrap().to_owned());
    }
    assert_eq!(secrets.len(), 23);
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret}");
    }
    assert!(!server.log().contains(TOKEN));
}

#[test]
fn filters_are_those_of_gitlab() {
    let server = server(&fixture(20));
    let (blocked, _) = recorded(record(&server.url(), &["--filter", "blocked=true"]));
    assert!(
        !of_each(&blocked, "id").is_empty() && of_each(&blocked, "blocked").iter().all(|blocked| **blocked == true)
    );
    let (found, _) =
        recorded(record(&server.url(), &["--filter", "search=Number10&0", "--filter", "created_after=2019-01-01"]));
    assert!(of_each(&found, "id").is_empty(), "values are escaped");
    for bad in ["page=2", "per_page=1", "private_token=x", "blocked", "=true"] {
        let output = record(&server.url(), &["--filter", bad]);
        assert!(super::super::cli::wrong_usage(output).contains("--filter"), "{bad}");
    }
}

#[test]
fn the_token_must_be_an_administrators() {
    let mut fixture = fixture(20);
    fixture["users"][1]["state"] = "active".into();
    let server = server(&fixture);
    let line = refused(record_with("wrong-token-of-this-test", &server.url(), &[]));
    assert!(line.contains(&format!("{}/api/v4/users?", server.url())) && line.contains("401"), "{line}");
    let line = refused(record_with("secret-token-20-of-this-test", &server.url(), &[]));
    assert!(line.contains("an administrator's") && line.contains("read_api"), "{line}");
    let output =
        accountd(&["record", "--from-gitlab", &server.url(), "--token-file", "/nonexistent"]).output().unwrap();
    assert!(refused(output).contains("/nonexistent"));
}

#[test]
fn the_token_can_come_from_stdin_but_not_go_over_http_to_others() {
    let gitlab = FakeGitlab::with_users(json!([user(1, json!({}))]));
    let args = ["record", "--from-gitlab", &gitlab.url(), "--token-file", "-"];
    recorded(crate::harness::run_with_stdin(&args, &format!("{TOKEN}\n")));
    assert!(
        gitlab.heads().iter().all(|head| head.contains(&format!("uthorization: Bearer {TOKEN}\r\n"))),
        "{:?}",
        gitlab.heads()
    );
    for url in ["http://gitlab.invalid", "ftp://gitlab.invalid", "gitlab.invalid", "https://root:pw@gitlab.invalid"] {
        let output = run(&["record", "--from-gitlab", url, "--token-file", "/nonexistent"]);
        assert!(super::super::cli::wrong_usage(output).contains("--from-gitlab"), "{url}");
    }
    let allowed =
        run(&["record", "--from-gitlab", "http://gitlab.invalid", "--allow-http", "--token-file", "/nonexistent"]);
    assert!(refused(allowed).contains("/nonexistent"));
}

#[test]
fn progress_and_summary_are_for_people() {
    let gitlab = FakeGitlab::with_users(json!([user(1, json!({})), user(2, json!({}))]));
    let (_, lines) = recorded(record(&gitlab.url(), &["--quiet"]));
    assert!(lines.is_empty(), "{lines:?}");
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let args = ["record", "--from-gitlab", &gitlab.url(), "--token-file", token.to_str().unwrap()];
    let (screen, done) = on_a_terminal(&args, &[]);
    assert!(done && screen.contains(" users, ") && screen.contains("recorded 2 users"), "{screen}");
}
