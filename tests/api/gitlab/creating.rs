//! `POST /users`.

use super::{create, new_user, not_given, show, with};
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};

fn total(server: &Server) -> String {
    server.get("/api/v3/users").private(ROOT).send().header("x-total").unwrap().to_owned()
}

#[test]
fn the_required_attributes_are_enough() {
    let server = Server::demo();
    let answer = server.post("/api/v3/users").private(ROOT).json(new_user("Some.body")).send();
    let mut user = answer.expect(201);
    assert_eq!(show(&server, 6), user);
    let fields = user.as_object_mut().unwrap();
    for changing in ["created_at", "avatar_url", "color_scheme_id"] {
        assert!(fields.shift_remove(changing).is_some(), "{changing}");
    }
    assert_eq!(
        user,
        json!({
            "id": 6, "username": "Some.body", "email": "Some.body@example.com", "name": "New", "blocked": false,
            "bio": null, "skype": "", "linkedin": "", "twitter": "", "dark_scheme": false, "extern_uid": null,
            "provider": null, "theme_id": 1, "state": "active", "is_admin": false, "can_create_group": true,
            "can_create_project": true, "projects_limit": 100, "website_url": "", "identities": []
        })
    );
    let session = json!({"login": "some.body", "password": "a-password"});
    server.post("/api/v3/session").json(session).send().expect(201);
    let emails = server.get("/api/v1.1/users/some.body/emails/").basic("some.body", "a-password").send().expect(200);
    assert_eq!(emails, json!([{"email": "Some.body@example.com", "verified": true, "primary": true}]));
}

fn whole() -> Value {
    json!({
        "email": "whole@example.com", "password": "a-password", "username": "whole", "name": "Whole Ünïcödé 😀",
        "skype": "whole.skype", "linkedin": "whole-in", "twitter": "@whole", "projects_limit": 7,
        "extern_uid": "uid=whole,dc=example", "provider": "ldap", "bio": "All of it.", "admin": true,
        "can_create_group": false, "website_url": "https://whole.example/?a=b", "confirm": false
    })
}

fn assert_whole(user: &Value) {
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
fn every_attribute_is_taken() {
    let server = Server::demo();
    let id = create(&server, whole());
    assert_whole(&show(&server, id));
    let session = json!({"login": "whole", "password": "a-password"});
    let session = server.post("/api/v3/session").json(session).send().expect(201);
    let token = session["private_token"].as_str().unwrap();
    server.post("/api/v3/users").private(token).json(new_user("made_by_whole")).send().expect(201);
}

#[test]
fn a_form_means_the_same() {
    let server = Server::demo();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let body = whole();
    let pairs: Vec<(String, String)> =
        body.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let borrowed: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let created = server.post("/api/v3/users").private(ROOT).form(&borrowed).send().expect(201);
    assert_whole(&created);
}

#[test]
fn a_multipart_form_means_the_same() {
    let server = Server::demo();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let part = |(name, value): (&String, &Value)| {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{}\r\n", text(value))
    };
    let body = whole().as_object().unwrap().iter().map(part).collect::<String>() + "--B--\r\n";
    let call = server.post("/api/v3/users").private(ROOT).header("Content-Type", "multipart/form-data; boundary=B");
    assert_whole(&call.body(body).send().expect(201));
}

#[test]
fn what_is_required_and_absent_is_named() {
    let server = Server::demo();
    for missing in ["email", "password", "username", "name"] {
        let mut user = new_user("somebody");
        user.as_object_mut().unwrap().remove(missing);
        for call in [user.clone(), with(user.clone(), json!({missing: null})), with(user, json!({missing: ""}))] {
            let answer = server.post("/api/v3/users").private(ROOT).json(call.clone()).send();
            assert_eq!((answer.status, answer.json()), (400, not_given(missing)), "{call}");
        }
    }
    assert_eq!(server.post("/api/v3/users").private(ROOT).send().expect(400), not_given("email"));
    assert_eq!(total(&server), "5");
}

#[test]
fn what_clients_add_is_no_error() {
    let server = Server::demo();
    for (name, more) in [
        ("a", json!({"confirm": "false"})),
        ("b", json!({"confirm": true, "force_random_password": [1], "external": {"a": {"b": null}}})),
        ("c", json!({"bio": null, "skype": null, "linkedin": null, "twitter": null, "website_url": null})),
        ("d", json!({"extern_uid": null, "provider": null, "projects_limit": null, "admin": null})),
        ("e", json!({"extern_uid": "", "provider": "", "bio": "", "skype": "", "website_url": ""})),
        ("f", json!({"projects_limit": "10", "admin": "0", "can_create_group": "false"})),
    ] {
        let user = with(new_user(name), more);
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
fn a_wrong_type_is_a_400_that_names_the_attribute() {
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
        let answer =
            server.post("/api/v3/users").private(ROOT).json(with(new_user("somebody"), json!({attribute: value})));
        let body = answer.send().expect(400);
        let message = body["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("400 (Bad request) \"{attribute}\" ")), "{attribute} {value}: {message}");
    }
    assert_eq!(total(&server), "5");
}

#[test]
fn no_project_can_be_made_where_the_limit_is_0() {
    let server = Server::demo();
    let id = create(&server, with(new_user("somebody"), json!({"projects_limit": 0})));
    let user = show(&server, id);
    assert_eq!((&user["projects_limit"], &user["can_create_project"]), (&json!(0), &json!(false)));
}

#[test]
fn the_rows_are_a_user_and_a_verified_primary_address() {
    let server = Server::on_file_without_passwords(&[]);
    let id = create(&server, new_user("somebody"));
    assert_eq!(
        server.rows(&format!(
            "SELECT u.username, e.address, e.verified, e.id = u.primary_email_id, u.admin, u.state <> 'active'
             FROM users u JOIN emails e ON e.user_id = u.id WHERE u.id = {id}"
        )),
        json!([["somebody", "somebody@example.com", 1, 1, 0, 0]])
    );
    let hash: String = server.sql(&format!("SELECT password_hash FROM users WHERE id = {id}"));
    assert!(hash.starts_with("$argon2id$"), "{hash}");
}

#[test]
fn a_plain_user_makes_nobody() {
    let server = Server::demo();
    let call = server.post("/api/v3/users").private(JOHN).json(with(new_user("somebody"), json!({"admin": true})));
    assert_eq!(call.send().expect(403), super::forbidden());
    assert_eq!(total(&server), "5");
}
