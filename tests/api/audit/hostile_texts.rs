//! Names that users choose cannot forge a line, a column or a terminal sequence.

use super::events;
use crate::cli::{Commands, JOE, light_server};
use rusqlite::Connection;
use serde_json::json;

/// Texts that the server accepts, and such that only a damaged or older database can hold.
const ACCEPTED: &str = "x\"}  uid 0  user.created  root  \\u0000 ' $(id) <b>=1";
const STORED: &str = "a\nb\r\u{1b}[2J\u{202e}c\u{2028}d\u{7f}\u{0}\u{9b}31m";

#[test]
fn a_hostile_title_stays_a_quoted_text() {
    let server = light_server();
    let key = include_str!("../../../fixtures/keys/accepted/rsa-2048.pub").trim();
    let new = json!({"title": ACCEPTED, "key": key});
    server.post("/api/v4/user/keys").private_token(JOE).json(new).send().expect(201);
    assert_eq!(events(&server, &[])[1]["details"]["title"], ACCEPTED);
    let text = server.ok(&["log"]);
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains(&format!("title={}", json!(ACCEPTED))), "{text}");
}

#[test]
fn stored_control_characters_reach_no_terminal() {
    let server = light_server();
    let conn = Connection::open(&server.db).unwrap();
    let details = json!({ "title": STORED }).to_string();
    let sql = "INSERT INTO audit_log (at, event, actor, via, address, subject, subject_id, details)
               VALUES (unixepoch() * 1000000 + 5000000, ?1, ?1, ?1, ?1, ?1, 2, ?2)";
    conn.execute(sql, (STORED, details)).unwrap();
    for args in [&["log"][..], &["log", "--json"]] {
        let text = server.ok(args);
        assert_eq!(text.lines().count(), if args.len() == 1 { 3 } else { 2 });
        let unsafe_in_a_terminal =
            |c: char| c.is_control() && c != '\n' || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}');
        assert!(!text.contains(unsafe_in_a_terminal), "{text:?}");
    }
    let last = server.ok(&["log", "--json"]).lines().last().unwrap().to_owned();
    let event: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!((&event["actor"], &event["details"]["title"]), (&json!(STORED), &json!(STORED)));
}

/// Each text may have its greatest length, in characters that JSON escapes.
#[test]
fn the_longest_texts_have_room_in_a_row() {
    let server = light_server();
    let longest = "\"".repeat(255);
    let (title, long_name) = ("\\".repeat(255), "n".repeat(255));
    let key = include_str!("../../../fixtures/keys/accepted/rsa-2048.pub").trim();
    let token = json!({"name": longest, "scopes": ["api"], "description": longest});
    let jane = crate::cli::JANE;
    let secret =
        server.post("/api/v4/users/2/personal_access_tokens").private_token(jane).json(token).send().expect(201);
    let change = json!({
        "username": long_name, "name": longest, "bio": longest, "location": longest, "company": longest, "note": longest,
        "email": format!("{}@{}.example", "e".repeat(64), "d".repeat(60)), "pronouns": longest, "discord": longest,
        "skype": longest, "linkedin": longest, "twitter": longest, "admin": true, "external": true,
        "private_profile": true, "theme_id": 2, "color_scheme_id": 2, "can_create_group": false, "projects_limit": 1,
        "password": "correct-horse", "provider": "p".repeat(255), "extern_uid": longest, "dark_scheme": true,
    });
    server.put("/api/v4/users/2").private_token(jane).json(change).send().expect(200);
    let secret = secret["token"].as_str().unwrap();
    server.post("/api/v4/user/keys").private_token(secret).json(json!({"title": title, "key": key})).send().expect(201);
    let path = format!("/api/v4/users/2/identities/{}", "p".repeat(255));
    server.delete(&path).private_token(jane).send().expect(204);
    let found = events(&server, &[]);
    assert_eq!(found[3]["via"], format!("personal token 3 ({longest})"));
    assert_eq!((&found[3]["actor"], &found[3]["details"]["title"]), (&json!(long_name), &json!(title)));
    let app = server.json(&["app", "create", "--name", &longest, "--redirect-uri", "https://x.example/"]);
    server.ok(&["app", "delete", app["client_id"].as_str().unwrap()]);
}
