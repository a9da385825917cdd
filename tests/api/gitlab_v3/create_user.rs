//! `POST /users`.

use super::{create, merged, new_user, not_given, show};
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};

fn total(server: &Server) -> String {
    server.get("/api/v3/users").private_token(ROOT).send().header("x-total").unwrap().to_owned()
}

#[test]
fn the_required_attributes_are_sufficient() {
    let server = Server::demo();
    let answer = server.post("/api/v3/users").private_token(ROOT).json(new_user("New.User")).send();
    let mut user = answer.expect(201);
    assert_eq!(show(&server, 6), user);
    let fields = user.as_object_mut().unwrap();
    for field in ["created_at", "avatar_url", "color_scheme_id", "confirmed_at"] {
        assert!(fields.shift_remove(field).is_some(), "{field}");
    }
    assert_eq!(
        user,
        json!({
            "id": 6, "username": "New.User", "email": "New.User@example.com", "name": "New", "blocked": false,
            "bio": null, "skype": "", "linkedin": "", "twitter": "", "dark_scheme": false, "extern_uid": null,
            "provider": null, "theme_id": 1, "state": "active", "is_admin": false, "can_create_group": true,
            "can_create_project": true, "projects_limit": 100, "website_url": "", "identities": [],
            "location": null, "organization": "", "external": false
        })
    );
    let session = json!({"login": "new.user", "password": "a-password"});
    server.post("/api/v3/session").json(session).send().expect(201);
    let emails = server.get("/api/v1.1/users/new.user/emails/").basic("new.user", "a-password").send().expect(200);
    assert_eq!(emails, json!([{"email": "New.User@example.com", "verified": true, "primary": true}]));
}

fn full_user() -> Value {
    json!({
        "email": "whole@example.com", "password": "a-password", "username": "whole", "name": "Whole Ünïcödé 😀",
        "skype": "whole.skype", "linkedin": "whole-in", "twitter": "@whole", "projects_limit": 7,
        "extern_uid": "uid=whole,dc=example", "provider": "ldap", "bio": "All of it.", "admin": true,
        "can_create_group": false, "website_url": "https://whole.example/?a=b", "confirm": false
    })
}

fn assert_full_user(user: &Value) {
    for (name, value) in [
        ("email", json!("whole@example.com")),
        ("username", json!("whole")),
        ("name", json!("Whole Ünïcödé 😀")),
        ("skype", json!("whole.skype")),
        ("linkedin", json!("whole-in")),
        ("twitter", json!("@whole")),
        ("projects_limit", json!(7)),
        ("extern_uid", json!("uid=whole,dc=example")),
        ("provider", json!("ldap")),
        ("identities", json!([{"provider": "ldap", "extern_uid": "uid=whole,dc=example"}])),
        ("bio", json!("All of it.")),
        ("is_admin", json!(true)),
        ("can_create_group", json!(false)),
        ("website_url", json!("https://whole.example/?a=b")),
        ("state", json!("active")),
    ] {
        assert_eq!(user[name], value, "{name}");
    }
}

#[test]
fn every_attribute_is_stored() {
    let server = Server::demo();
    let id = create(&server, full_user());
    assert_full_user(&show(&server, id));
    let session = json!({"login": "whole", "password": "a-password"});
    let session = server.post("/api/v3/session").json(session).send().expect(201);
    let token = session["private_token"].as_str().unwrap();
    server.post("/api/v3/users").private_token(token).json(new_user("made_by_new_admin")).send().expect(201);
}

#[test]
fn a_form_sets_the_same_attributes_as_json() {
    let server = Server::demo();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let body = full_user();
    let pairs: Vec<(String, String)> =
        body.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let borrowed: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let created = server.post("/api/v3/users").private_token(ROOT).form(&borrowed).send().expect(201);
    assert_full_user(&created);
}

#[test]
fn a_multipart_form_sets_the_same_attributes_as_json() {
    let server = Server::demo();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let part = |(name, value): (&String, &Value)| {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{}\r\n", text(value))
    };
    let body = full_user().as_object().unwrap().iter().map(part).collect::<String>() + "--B--\r\n";
    let call =
        server.post("/api/v3/users").private_token(ROOT).header("Content-Type", "multipart/form-data; boundary=B");
    assert_full_user(&call.body(body).send().expect(201));
}

#[test]
fn a_missing_required_attribute_is_named() {
    let server = Server::demo();
    for missing in ["email", "password", "username", "name"] {
        let mut user = new_user("newuser");
        user.as_object_mut().unwrap().remove(missing);
        for call in [user.clone(), merged(user.clone(), json!({missing: null})), merged(user, json!({missing: ""}))] {
            let answer = server.post("/api/v3/users").private_token(ROOT).json(call.clone()).send();
            assert_eq!((answer.status, answer.json()), (400, not_given(missing)), "{call}");
        }
    }
    assert_eq!(server.post("/api/v3/users").private_token(ROOT).send().expect(400), not_given("email"));
    assert_eq!(total(&server), "5");
}

#[test]
fn extra_null_and_empty_attributes_are_accepted() {
    let server = Server::demo();
    for (name, more) in [
        ("a", json!({"confirm": "false"})),
        ("b", json!({"confirm": true, "force_random_password": [1], "elsewhere": {"a": {"b": null}}})),
        ("c", json!({"bio": null, "skype": null, "linkedin": null, "twitter": null, "website_url": null})),
        ("d", json!({"extern_uid": null, "provider": null, "projects_limit": null, "admin": null})),
        ("e", json!({"extern_uid": "", "provider": "", "bio": "", "skype": "", "website_url": ""})),
        ("f", json!({"projects_limit": "10", "admin": "0", "can_create_group": "false"})),
    ] {
        let user = merged(new_user(name), more);
        let id = create(&server, user);
        let made = show(&server, id);
        assert_eq!(
            (&made["bio"], &made["skype"], &made["website_url"]),
            (&json!(null), &json!(""), &json!("")),
            "{name}"
        );
        assert_eq!((&made["extern_uid"], &made["is_admin"]), (&json!(null), &json!(false)), "{name}");
        let (limit, group) = if name == "f" { (10, false) } else { (100, true) };
        assert_eq!((&made["projects_limit"], &made["can_create_group"]), (&json!(limit), &json!(group)), "{name}");
    }
}

#[test]
fn a_wrong_type_is_400_and_names_the_attribute() {
    let server = Server::demo();
    for (attribute, value) in [
        ("email", json!(1)),
        ("password", json!(12345678)),
        ("username", json!(["x"])),
        ("name", json!({"x": 1})),
        ("bio", json!(true)),
        ("projects_limit", json!("ten")),
        ("projects_limit", json!(1.5)),
        ("projects_limit", json!(true)),
        ("admin", json!("yes")),
        ("admin", json!(2)),
        ("can_create_group", json!([])),
        ("extern_uid", json!(7)),
        ("website_url", json!(7)),
    ] {
        let answer = server
            .post("/api/v3/users")
            .private_token(ROOT)
            .json(merged(new_user("newuser"), json!({attribute: value})));
        let body = answer.send().expect(400);
        let message = body["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("400 (Bad request) \"{attribute}\" ")), "{attribute} {value}: {message}");
    }
    assert_eq!(total(&server), "5");
}

#[test]
fn a_user_with_a_projects_limit_of_0_cannot_create_projects() {
    let server = Server::demo();
    let id = create(&server, merged(new_user("newuser"), json!({"projects_limit": 0})));
    let user = show(&server, id);
    assert_eq!((&user["projects_limit"], &user["can_create_project"]), (&json!(0), &json!(false)));
}

#[test]
fn a_new_user_is_one_user_row_with_a_verified_primary_address() {
    let server = Server::on_file_without_passwords(&[]);
    let id = create(&server, new_user("newuser"));
    assert_eq!(
        server.rows(&format!(
            "SELECT u.username, e.address, e.verified, e.id = u.primary_email_id, u.admin, u.state <> 'active'
             FROM users u JOIN emails e ON e.user_id = u.id WHERE u.id = {id}"
        )),
        json!([["newuser", "newuser@example.com", 1, 1, 0, 0]])
    );
    let hash: String = server.sql(&format!("SELECT password_hash FROM users WHERE id = {id}"));
    assert!(hash.starts_with("$argon2id$"), "{hash}");
}

#[test]
fn a_regular_user_cannot_create_users() {
    let server = Server::demo();
    let call =
        server.post("/api/v3/users").private_token(JOHN).json(merged(new_user("newuser"), json!({"admin": true})));
    assert_eq!(call.send().expect(403), super::forbidden());
    assert_eq!(total(&server), "5");
}
