//! `accountd token …`

use super::{Commands, Connection, Database, JANE, light_server, wrong_usage};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};

const DOCKER: &str = "/api/v1.1/users/joe/";

#[test]
fn token_create_and_revoke_take_effect_on_an_open_connection() {
    let server = light_server();
    let mut open = Connection::to(&server);
    let created = server.json(&["token", "create", "joe", "--name", "ci", "--scope", "api"]);
    let token = created["token"].as_str().unwrap();
    assert_eq!((&created["name"], &created["scopes"]), (&json!("ci"), &json!(["api"])));
    assert_eq!(open.by(token, "/api/v3/user").0, 200);
    assert_eq!(open.by(token, DOCKER).0, 200);
    server.ok(&["token", "revoke", &created["id"].to_string()]);
    assert_eq!(open.by(token, "/api/v3/user").0, 401);
    assert_eq!(open.by(token, DOCKER).0, 401);
    assert_eq!(open.by(JANE, "/api/v3/user").0, 200);
}

#[test]
fn a_new_token_has_256_bits_and_only_its_hash_is_stored() {
    let database = Database::light();
    let printed = database.ok(&["token", "create", "joe", "--scope", "api"]);
    let other = database.ok(&["token", "create", "joe", "--scope", "api"]);
    let token = printed.trim_end();
    let (prefix, bits) = token.split_once('_').unwrap();
    assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(bits).unwrap().len(), 32, "{token}");
    assert!(other.starts_with(prefix) && other != printed);
    let hash: String = Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect();
    let found = format!("SELECT count(*) FROM tokens WHERE lower(hex(hash)) = '{hash}'");
    assert_eq!(database.value::<i64>(&found), 1);
    let bytes = std::fs::read(database.path()).unwrap();
    assert!(!bytes.windows(bits.len()).any(|window| window == bits.as_bytes()));
}

#[test]
fn token_list_shows_everything_but_the_secret() {
    let database = Database::light();
    let args = ["token", "create", "joe", "--name", "ci", "--scope", "read_user", "--expires", "2099-01-01"];
    let mut created = database.json(&args);
    let token = created.as_object_mut().unwrap().remove("token").unwrap();
    let list = database.json(&["token", "list", "joe"]);
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert_eq!(list[1], created);
    assert_eq!((&list[1]["expires_at"], &list[0]["expires_at"]), (&json!("2099-01-01T00:00:00Z"), &Value::Null));
    let text = database.ok(&["token", "list", "joe"]);
    assert!(text.contains("ci") && text.contains("read_user") && text.contains("2099-01-01T00:00:00Z"), "{text}");
    assert!(!text.contains(token.as_str().unwrap()) && !text.contains("hash"));
}

#[test]
fn each_scope_permits_only_its_own_operations() {
    let server = light_server();
    let table = [
        ("profile_read", "GET", DOCKER, 200),
        ("profile_read", "PATCH", DOCKER, 403),
        ("profile_write", "GET", DOCKER, 200),
        ("profile_write", "PATCH", DOCKER, 200),
        ("email_read", "GET", "/api/v1.1/users/joe/emails/", 200),
        ("email_read", "GET", DOCKER, 403),
        ("email_write", "GET", "/api/v1.1/users/joe/emails/", 200),
        ("profile_read,email_read", "GET", DOCKER, 200),
        ("profile_read,email_read", "GET", "/api/v1.1/users/joe/emails/", 200),
        ("read_user", "GET", "/api/v3/user", 200),
        ("read_user", "POST", "/api/v3/user/keys", 403),
        ("read_user", "GET", DOCKER, 403),
        ("profile_read", "GET", "/api/v3/user", 403),
        ("api", "PATCH", DOCKER, 200),
        ("api", "GET", "/api/v3/user/keys", 200),
    ];
    for (scope, method, path, status) in table {
        let token = server.ok(&["token", "create", "joe", "--scope", scope]);
        let answer = server.call(method, path).bearer(token.trim_end()).json(json!({})).send();
        assert_eq!(answer.status, status, "{scope} {method} {path}: {answer:?}");
    }
    let several = server.json(&["token", "create", "joe", "--scope", "email_read", "--scope", "read_user"]);
    assert_eq!(several["scopes"], json!(["email_read", "read_user"]));
}

#[test]
fn expires_accepts_a_date_a_time_or_a_duration() {
    let database = Database::light();
    let expiry = |when: &str| {
        let created = database.json(&["token", "create", "joe", "--scope", "api", "--expires", when]);
        created["expires_at"].as_str().unwrap().to_owned()
    };
    assert_eq!(expiry("2099-12-31"), "2099-12-31T00:00:00Z");
    assert_eq!(expiry("2099-12-31T12:30:00Z"), "2099-12-31T12:30:00Z");
    assert_eq!(expiry("2099-12-31T12:30:00+02:00"), "2099-12-31T10:30:00Z");
    let now = database.value::<i64>("SELECT unixepoch()");
    for (span, seconds) in [("90d", 90 * 86_400), ("12h", 12 * 3600)] {
        let at = database.value::<i64>(&format!("SELECT unixepoch('{}')", expiry(span)));
        assert!((now + seconds - 1..now + seconds + 60).contains(&at), "{span}: {at}");
    }
}

#[test]
fn an_expired_token_is_refused_on_an_open_connection() {
    let server = light_server();
    let mut open = Connection::to(&server);
    let token = server.ok(&["token", "create", "joe", "--scope", "api", "--expires", "2s"]);
    assert_eq!(open.by(token.trim_end(), "/api/v3/user").0, 200);
    let started = Instant::now();
    while open.by(token.trim_end(), "/api/v3/user").0 == 200 {
        assert!(started.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(open.by(token.trim_end(), "/api/v3/user").0, 401);
}

#[test]
fn invalid_token_options_are_usage_errors() {
    let database = Database::light();
    let table: [(&[&str], &str); 9] = [
        (&[], "--scope"),
        (&["--scope", "everything"], "everything"),
        (&["--scope", ""], "--scope"),
        (&["--scope", "api,,"], "--scope"),
        (&["--scope", "API"], "API"),
        (&["--scope", "api", "--expires", "2001-01-01"], "--expires"),
        (&["--scope", "api", "--expires=-1d"], "--expires"),
        (&["--scope", "api", "--expires", "tomorrow"], "tomorrow"),
        (&["--scope", "api", "--expires", "2099-02-30"], "2099-02-30"),
    ];
    for (args, why) in table {
        let stderr = wrong_usage(database.run(&[&["token", "create", "joe"], args].concat()));
        assert!(stderr.contains(why), "{args:?}: {stderr}");
    }
    let long = "x".repeat(256);
    for name in ["a\nb", &long] {
        let line = database.refused(&["token", "create", "joe", "--scope", "api", "--name", name]);
        assert!(line.contains("name"), "{line}");
    }
    assert_eq!(database.value::<i64>("SELECT count(*) FROM tokens"), 2);
}

#[test]
fn an_unknown_token_id_is_named() {
    let database = Database::light();
    assert_eq!(database.refused(&["token", "revoke", "99"]), "accountd: token 99: not found");
    wrong_usage(database.run(&["token", "revoke", JANE]));
    let revoked = database.json(&["token", "revoke", "1"]);
    assert_eq!((&revoked["id"], &revoked["name"]), (&json!(1), &json!("test")));
    assert_eq!(database.refused(&["token", "revoke", "1"]), "accountd: token 1: not found");
}
