//! Mass assignment: attributes that a caller may not set, sent along with one that they may.

use crate::harness::{JANE, ROOT, Server, read_file};
use serde_json::{Value, json};

const JANE_PATH: &str = "/api/v1.1/users/janedoe/";

/// Every column of a user except those that the request may change and `last_active_at`, which the server writes with a
/// delay.
fn row(server: &Server, id: i64, except: &[&str]) -> Value {
    let columns = server.rows("SELECT name FROM pragma_table_info('users')");
    let names: Vec<&str> = columns
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row[0].as_str())
        .filter(|name| !except.contains(name) && *name != "last_active_at")
        .collect();
    assert!(names.len() > 10);
    server.rows(&format!("SELECT {} FROM users WHERE id = {id}", names.join(", ")))
}

#[test]
fn protected_attributes_in_dockers_profile_patch() {
    let server = Server::on_file_without_passwords(&[]);
    let before = row(&server, 2, &["company", "updated_at"]);
    let emails = server.rows("SELECT * FROM emails ORDER BY id");
    for protected in [
        json!({"is_active": false}),
        json!({"admin": true, "is_admin": true, "is_staff": true, "is_superuser": true}),
        json!({"id": 99, "user_id": 99, "pk": 99}),
        json!({"username": "root2", "url": "http://evil.example/", "type": "Organization"}),
        json!({"date_joined": "1970-01-01T00:00:00.000000Z", "created_at": 0}),
        json!({"email": "evil@example.com", "emails": [{"email": "evil@example.com"}], "primary_email_id": 1}),
        json!({"password": "evil-password", "password_hash": "x", "blocked": true, "state": "blocked"}),
        json!({"name": "x", "bio": "x", "projects_limit": 0, "can_create_group": false}),
        json!({"extern_uid": "x", "provider": "x", "identities": [{"extern_uid": "x", "provider": "x"}]}),
        json!({"gravatar_url": "http://evil.example/", "scopes": ["api"], "__proto__": {"admin": true}}),
    ] {
        let mut body = protected.clone();
        body["company"] = json!(protected.to_string());
        let user = server.patch(JANE_PATH).bearer(JANE).json(body).send().expect(200);
        assert_eq!(user["company"], protected.to_string());
        assert_eq!((&user["username"], &user["is_active"]), (&json!("janedoe"), &json!(true)), "{protected}");
        assert_eq!(row(&server, 2, &["company", "updated_at"]), before, "{protected}");
        // A request with only protected attributes succeeds and changes nothing.
        server.patch(JANE_PATH).bearer(JANE).json(protected.clone()).send().expect(200);
        assert_eq!(row(&server, 2, &["company", "updated_at"]), before, "{protected}");
    }
    assert_eq!(server.rows("SELECT * FROM emails ORDER BY id"), emails);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM identities WHERE user_id = 2"), 0);
}

#[test]
fn protected_attributes_of_a_new_docker_address() {
    let server = Server::on_file_without_passwords(&[]);
    let body =
        json!({"email": "new@example.com", "verified": true, "primary": true, "user_id": 4, "id": 1, "user": "root"});
    let email = server.post("/api/v1.1/users/janedoe/emails/").bearer(JANE).json(body).send().expect(201);
    assert_eq!(email, json!({"email": "new@example.com", "verified": false, "primary": false}));
    assert_eq!(
        server.rows(
            "SELECT e.user_id, e.verified, e.id = u.primary_email_id FROM emails e JOIN users u ON u.id = e.user_id
             WHERE e.address = 'new@example.com'"
        ),
        json!([[2, 0, 0]])
    );
}

#[test]
fn protected_attributes_in_gitlabs_user_update() {
    let server = Server::on_file_without_passwords(&[]);
    let before = row(&server, 1, &["name", "updated_at"]);
    for protected in [
        json!({"id": 99, "user_id": 99}),
        json!({"created_at": "1970-01-01T00:00:00Z", "updated_at": "1970-01-01T00:00:00Z"}),
        json!({"state": "blocked", "blocked": true}),
        json!({"is_admin": true}),
        json!({"password_hash": "x", "encrypted_password": "x", "private_token": ROOT, "token": "x"}),
        json!({"theme_id": 7, "color_scheme_id": 7, "avatar_url": "http://evil.example/", "dark_scheme": true}),
        json!({"identities": [{"provider": "evil", "extern_uid": "evil"}], "emails": ["evil@example.com"]}),
        json!({"can_create_project": false, "company": "x"}),
    ] {
        let mut body = protected.clone();
        body["name"] = json!("Changed");
        let call = server.put("/api/v3/users/1").private_token(ROOT).json(body);
        let user = call.send().expect(200);
        assert_eq!(
            (&user["id"], &user["name"], &user["is_admin"]),
            (&json!(1), &json!("Changed"), &json!(false)),
            "{protected}"
        );
        assert_eq!(row(&server, 1, &["name", "updated_at"]), before, "{protected}");
    }
    assert_eq!(
        server.rows("SELECT provider, extern_uid FROM identities WHERE user_id = 1"),
        json!([["provider_name", "john.smith"]])
    );
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM tokens"), 4);
}

#[test]
fn protected_attributes_of_a_new_gitlab_user_and_key() {
    let server = Server::on_file_without_passwords(&[]);
    let user = json!({"id": 1, "email": "new@example.com", "password": "a-password", "username": "new", "name": "N",
        "is_admin": true, "blocked": true, "state": "blocked", "created_at": "1970-01-01T00:00:00Z"});
    let user = server.post("/api/v3/users").private_token(ROOT).json(user).send().expect(201);
    assert_eq!((&user["id"], &user["is_admin"], &user["state"]), (&json!(6), &json!(false), &json!("active")));
    assert!(user["created_at"].as_str().unwrap() > "2020", "{user}");
    let key = json!({"id": 1, "user_id": 4, "title": "new", "key": read_file("fixtures/keys/accepted/ecdsa-384.pub"),
        "fingerprint": "SHA256:x", "created_at": "1970-01-01T00:00:00Z"});
    let key = server.post("/api/v3/users/6/keys").private_token(ROOT).json(key).send().expect(201);
    assert_eq!(key["id"], 4);
    assert!(key["created_at"].as_str().unwrap() > "2020" && key["fingerprint"] != "SHA256:x", "{key}");
    assert_eq!(server.sql::<i64>("SELECT user_id FROM ssh_keys WHERE id = 4"), 6);
}
