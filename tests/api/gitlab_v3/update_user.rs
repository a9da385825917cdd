//! `PUT` and `DELETE /users/:id`, block and unblock.

use super::{merged, not_found, show, unauthorized, update};
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};

/// Queries whose rows must not change when an update changes no attribute.
const UNCHANGED_ROWS: [&str; 4] = [
    "SELECT * FROM users ORDER BY id",
    "SELECT * FROM emails ORDER BY id",
    "SELECT user_id, provider, extern_uid FROM identities ORDER BY id",
    "SELECT * FROM ssh_keys ORDER BY id",
];

#[test]
fn updating_one_attribute_changes_nothing_else() {
    let server = Server::demo();
    for (attribute, value, shown) in [
        ("name", json!("John Roe"), "name"),
        ("username", json!("John.Roe"), "username"),
        ("skype", json!("john.skype"), "skype"),
        ("linkedin", json!("john-in"), "linkedin"),
        ("twitter", json!("@john"), "twitter"),
        ("bio", json!("Once upon a time…"), "bio"),
        ("website_url", json!("http://john.example/"), "website_url"),
        ("projects_limit", json!(5), "projects_limit"),
        ("can_create_group", json!(false), "can_create_group"),
        ("admin", json!(true), "is_admin"),
        ("admin", json!(false), "is_admin"),
    ] {
        let before = show(&server, 1);
        let after = update(&server, 1, json!({attribute: value})).expect(200);
        assert_eq!(after, merged(before, json!({shown: value})), "{attribute}");
        assert_eq!(show(&server, 1), after, "{attribute}");
    }
}

#[test]
fn one_form_can_update_several_attributes() {
    let server = Server::demo();
    let form = [("name", "J"), ("bio", "B & B"), ("projects_limit", "0"), ("admin", "1"), ("confirm", "false")];
    let after = server.put("/api/v3/users/1").private_token(ROOT).form(&form).send().expect(200);
    for (name, value) in [
        ("name", json!("J")),
        ("bio", json!("B & B")),
        ("projects_limit", json!(0)),
        ("can_create_project", json!(false)),
        ("is_admin", json!(true)),
    ] {
        assert_eq!(after[name], value, "{name}");
    }
}

#[test]
fn putting_a_whole_user_back_changes_nothing() {
    let server = Server::on_file_without_passwords(&[]);
    let before = UNCHANGED_ROWS.map(|query| server.rows(query));
    for id in 1..=5 {
        let user = show(&server, id);
        assert_eq!(update(&server, id, user.clone()).expect(200), user);
        let extended = merged(user.clone(), json!({"confirm": "false", "password": null, "admin": null}));
        assert_eq!(update(&server, id, extended).expect(200), user);
        // Clients that send forms write null as an empty value and leave nested values out.
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let pairs: Vec<(String, String)> = user
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != "identities")
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let path = format!("/api/v3/users/{id}");
        assert_eq!(server.put(&path).private_token(ROOT).form(&pairs).send().expect(200), user);
    }
    assert_eq!(UNCHANGED_ROWS.map(|query| server.rows(query)), before);
}

#[test]
fn an_update_without_known_attributes_changes_nothing() {
    let server = Server::demo();
    let before = show(&server, 1);
    for change in [
        json!({}),
        json!({"confirm": "false"}),
        json!({"name": null, "username": null, "email": null, "password": null, "projects_limit": null, "admin": null}),
        json!({"unknown": {"deep": [1, 2, {}]}, "theme_id": "x", "color_scheme_id": [], "avatar": null}),
    ] {
        assert_eq!(update(&server, 1, change.clone()).expect(200), before, "{change}");
    }
    assert_eq!(server.put("/api/v3/users/1").private_token(ROOT).send().expect(200), before);
    server.post("/api/v3/session").json(json!({"login": "john_smith", "password": "john-password"})).send().expect(201);
}

#[test]
fn null_clears_an_optional_text() {
    let server = Server::demo();
    let texts =
        |value: Value| json!({"bio": value, "skype": value, "linkedin": value, "twitter": value, "website_url": value});
    let before = show(&server, 1);
    for empty in [json!(null), json!("")] {
        let full =
            update(&server, 1, merged(texts(json!("x")), json!({"website_url": "http://x.example/"}))).expect(200);
        assert_eq!((&full["bio"], &full["twitter"]), (&json!("x"), &json!("x")));
        assert_eq!(update(&server, 1, texts(empty)).expect(200), before);
    }
}

#[test]
fn a_refused_update_changes_nothing() {
    let server = Server::demo();
    let before = show(&server, 1);
    update(&server, 1, json!({"name": "Changed", "bio": "Changed", "username": "bad name"})).expect(404);
    update(&server, 1, json!({"name": "Changed", "email": "jack@example.com"})).expect(404);
    update(&server, 1, json!({"email": "new@example.com", "username": "jack_smith"})).expect(404);
    update(&server, 1, json!({"password": "another-password", "username": "root"})).expect(404);
    assert_eq!(show(&server, 1), before);
    server.post("/api/v3/session").json(json!({"login": "john_smith", "password": "john-password"})).send().expect(201);
}

#[test]
fn a_username_can_change_its_case_and_a_former_one_is_free() {
    let server = Server::demo();
    assert_eq!(update(&server, 1, json!({"username": "JOHN_Smith"})).expect(200)["username"], "JOHN_Smith");
    update(&server, 1, json!({"username": "renamed"})).expect(200);
    update(&server, 3, json!({"username": "john_smith"})).expect(200);
    server.get("/api/v1.1/users/renamed/").bearer(JOHN).send().expect(200);
    server.get("/api/v1.1/users/john_smith/").bearer(JOHN).send().expect(403);
}

#[test]
fn granting_and_revoking_administrator_rights_take_effect_immediately() {
    let server = Server::demo();
    update(&server, 1, json!({"admin": true})).expect(200);
    server.get("/api/v3/users/3/keys").private_token(JOHN).send().expect(200);
    update(&server, 1, json!({"admin": "false"})).expect(200);
    server.get("/api/v3/users/3/keys").private_token(JOHN).send().expect(403);
}

#[test]
fn a_blocked_user_cannot_authenticate_until_unblocked() {
    let server = Server::demo();
    for _ in 0..2 {
        assert_eq!(server.put("/api/v3/users/1/block").private_token(ROOT).send().expect(200), json!(true));
        assert_eq!(show(&server, 1)["state"], "blocked");
        assert_eq!(server.get("/api/v3/user").private_token(JOHN).send().expect(401), unauthorized());
        server.get("/api/v1.1/users/john_smith/").basic("john_smith", "john-password").send().expect(401);
    }
    assert_eq!(server.put("/api/v3/users/1/unblock").private_token(ROOT).send().expect(200), json!(true));
    assert_eq!(show(&server, 1)["blocked"], false);
    server.get("/api/v3/user").private_token(JOHN).send().expect(200);
    server.get("/api/v1.1/users/john_smith/").basic("john_smith", "john-password").send().expect(200);
}

#[test]
fn deleting_a_user_deletes_everything_of_theirs() {
    let server = Server::on_file_without_passwords(&[]);
    let before = show(&server, 1);
    assert_eq!(server.delete("/api/v3/users/1").private_token(ROOT).send().expect(200), before);
    assert_eq!(server.get("/api/v3/users/1").private_token(ROOT).send().expect(404), not_found());
    assert_eq!(server.get("/api/v3/user").private_token(JOHN).send().expect(401), unauthorized());
    for table in ["emails", "ssh_keys", "tokens", "identities"] {
        assert_eq!(server.sql::<i64>(&format!("SELECT count(*) FROM {table} WHERE user_id = 1")), 0, "{table}");
    }
    // The username, address, identity and key are free again.
    let again = json!({"email": "john@example.com", "password": "a-password", "username": "john_smith", "name": "J",
        "extern_uid": "john.smith", "provider": "provider_name"});
    let id = super::create(&server, again);
    let key = json!({"title": "again", "key": super::public_key("ed25519.pub")});
    server.post(&format!("/api/v3/users/{id}/keys")).private_token(ROOT).json(key).send().expect(201);
}
