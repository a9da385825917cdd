//! Getting, creating, updating and deleting one user: `users.md`.

use super::user_fields::{View, fields};
use super::{assert_is_timestamp, create_ada};
use crate::harness::{JOHN, ROOT, Server, names};
use serde_json::{Value, json};

/// "Get a single user", "As a regular user".
#[test]
fn a_regular_user_sees_only_public_fields_of_another_user() {
    let server = Server::demo();
    let answer = server.get("/api/v4/users/3").private_token(JOHN).send();
    assert_eq!(answer.names(), fields(View::Public));
    assert!(!answer.body.contains("jack@example.com"), "{}", answer.body);
}

/// "As an administrator".
#[test]
fn an_administrator_sees_every_field_of_a_user() {
    let server = Server::demo();
    let answer = server.get("/api/v4/users/1").private_token(ROOT).send();
    assert_eq!(answer.names(), fields(View::AdminSingle));
}

#[test]
fn an_unknown_or_malformed_id_is_a_404_user_not_found() {
    let server = Server::demo();
    for id in ["999", "0", "john_smith", "-1", "1.0", "9999999999999999999"] {
        let answer = server.get(&format!("/api/v4/users/{id}")).private_token(ROOT).send();
        assert_eq!(answer.expect(404), json!({ "message": "404 User Not Found" }), "{id}");
    }
}

#[test]
fn creating_a_user_returns_every_attribute() {
    let server = Server::demo();
    let body = json!({
        "username": "ada", "name": "Ada Lovelace", "email": "ada@example.com", "password": "correct-horse",
        "admin": true, "bio": "counts", "can_create_group": false, "projects_limit": 3, "external": true,
        "location": "London", "organization": "Analytical", "note": "first", "discord": "1815", "pronouns": "she",
        "private_profile": true, "theme_id": 2, "color_scheme_id": 3, "skip_confirmation": true,
        "provider": "github", "extern_uid": "42", "website_url": "https://ada.example/",
        "public_email": "ada@example.com"
    });
    let ada = server.post("/api/v4/users").private_token(ROOT).json(body.clone()).send().expect(201);
    let not_in_the_answer = ["password", "admin", "skip_confirmation", "provider", "extern_uid", "pronouns"];
    for (name, value) in body.as_object().unwrap() {
        if !not_in_the_answer.contains(&name.as_str()) {
            assert_eq!(ada[name], *value, "{name}");
        }
    }
    assert_eq!(ada["is_admin"], true);
    assert_eq!(ada["state"], "active");
    assert_eq!(ada["identities"], json!([{ "provider": "github", "extern_uid": "42" }]));
    assert_is_timestamp(&ada["created_at"]);
    assert_is_timestamp(&ada["confirmed_at"]);
    assert_eq!(names(&ada["created_by"]), fields(View::Basic));
    assert_eq!(ada["created_by"]["username"], "root");
    let single = server.get("/api/v4/users/6").private_token(ROOT).send().expect(200);
    assert_eq!(single["pronouns"], "she");
}

#[test]
fn a_new_users_address_is_confirmed_only_with_skip_confirmation() {
    let server = Server::demo();
    let body = json!({ "username": "ada", "name": "Ada", "email": "ada@example.com", "password": "correct-horse" });
    let ada = server.post("/api/v4/users").private_token(ROOT).json(body).send().expect(201);
    assert_eq!(ada["confirmed_at"], Value::Null);
    let emails = server.get("/api/v1.1/users/ada/emails/").basic("ada", "correct-horse").send().expect(200);
    assert_eq!(emails, json!([{ "email": "ada@example.com", "verified": false, "primary": true }]));
}

#[test]
fn a_password_is_required_unless_it_is_reset_or_random() {
    let server = Server::demo();
    for (n, option) in ["reset_password", "force_random_password"].into_iter().enumerate() {
        let email = format!("u{n}@example.com");
        let body = json!({ "username": format!("u{n}"), "name": "U", "email": email, option: true });
        server.post("/api/v4/users").private_token(ROOT).json(body).send().expect(201);
    }
    let body = json!({ "username": "x", "name": "X", "email": "x@example.com", "reset_password": false });
    let refused = server.post("/api/v4/users").private_token(ROOT).json(body).send().expect(400);
    assert_eq!(refused, json!({ "error": "password is missing" }));
}

#[test]
fn one_response_names_every_missing_parameter() {
    let server = Server::demo();
    let body = json!({ "username": "x", "name": "X" });
    let refused = server.post("/api/v4/users").private_token(ROOT).json(body).send().expect(400);
    assert_eq!(refused, json!({ "error": "email is missing, password is missing" }));
}

#[test]
fn refusals_have_gitlabs_status_and_format() {
    let server = Server::demo();
    let new = |change: Value| {
        let mut body =
            json!({ "username": "ada", "name": "Ada", "email": "ada@example.com", "password": "correct-horse" });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        server.post("/api/v4/users").private_token(ROOT).json(body).send()
    };
    let message = |text: &str| json!({ "message": text });
    let taken = new(json!({ "email": "JOHN@example.com", "username": "john_smith" }));
    assert_eq!(taken.expect(409), message("Email has already been taken by john_smith"));
    assert_eq!(new(json!({ "username": "John_Smith" })).expect(409), message("Username has already been taken"));
    let blank = new(json!({ "name": " ", "password": "short" })).expect(400);
    let reasons = json!({ "password": ["is too short (minimum is 8 characters)"], "name": ["can't be blank"] });
    assert_eq!(blank, json!({ "message": reasons }));
    assert_eq!(new(json!({ "admin": "maybe" })).expect(400), json!({ "error": "admin is invalid" }));
    let half = new(json!({ "provider": "github" })).expect(400);
    assert_eq!(half, json!({ "error": "extern_uid, provider provide all or none of parameters" }));
    let foreign = new(json!({ "public_email": "john@example.com" })).expect(400);
    assert_eq!(foreign, json!({ "message": { "public_email": ["is not an email you own"] } }));
    assert_eq!(server.get("/api/v4/users?username=ada").private_token(ROOT).send().expect(200), json!([]));
}

#[test]
fn only_administrators_can_change_users() {
    let server = Server::demo();
    for call in [
        server.post("/api/v4/users").json(json!({})),
        server.put("/api/v4/users/1").json(json!({ "name": "x" })),
        server.delete("/api/v4/users/3"),
        server.delete("/api/v4/users/1/identities/provider_name"),
        server.get("/api/v4/users/1/memberships"),
        server.get("/api/v4/users?provider=provider_name&extern_uid=john.smith"),
    ] {
        assert_eq!(call.private_token(JOHN).send().expect(403), json!({ "message": "403 Forbidden" }));
    }
}

#[test]
fn an_update_changes_only_the_given_attributes_and_accepts_multipart() {
    let server = Server::demo();
    let part =
        |name: &str, value: &str| format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let body = part("bio", "new") + &part("external", "true") + &part("note", "") + "--XX--\r\n";
    let call = server.put("/api/v4/users/1").private_token(ROOT);
    let john = call.header("Content-Type", "multipart/form-data; boundary=XX").body(body).send().expect(200);
    assert_eq!((&john["bio"], &john["external"], &john["note"]), (&json!("new"), &json!(true), &Value::Null));
    assert_eq!((&john["name"], &john["email"]), (&json!("John Smith"), &json!("john@example.com")));
    let conflict = json!({ "email": "jack@example.com" });
    let refused = server.put("/api/v4/users/1").private_token(ROOT).json(conflict).send().expect(409);
    assert_eq!(refused, json!({ "message": "Email has already been taken by jack_smith" }));
}

#[test]
fn a_user_has_one_identity_per_provider() {
    let server = Server::demo();
    let put = |provider: &str, uid: &str| {
        let body = json!({ "provider": provider, "extern_uid": uid });
        server.put("/api/v4/users/1").private_token(ROOT).json(body).send().expect(200)["identities"].clone()
    };
    let one = json!({ "provider": "provider_name", "extern_uid": "john.smith" });
    let github = |uid: &str| json!({ "provider": "github", "extern_uid": uid });
    assert_eq!(put("github", "7"), json!([one, github("7")]));
    assert_eq!(put("github", "8"), json!([one, github("8")]));
    let delete = |provider: &str| {
        server.delete(&format!("/api/v4/users/1/identities/{provider}")).private_token(ROOT).json(json!({})).send()
    };
    assert_eq!(delete("provider_name").status, 204);
    assert_eq!(delete("provider_name").expect(404), json!({ "message": "404 Identity Not Found" }));
    let john = server.get("/api/v4/users/1").private_token(ROOT).send().expect(200);
    assert_eq!(john["identities"], json!([github("8")]));
}

#[test]
fn deleting_a_user_answers_204_without_a_body() {
    let server = Server::demo();
    create_ada(&server);
    let deleted = server.delete("/api/v4/users/6?hard_delete=true").private_token(ROOT).json(json!({})).send();
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    let again = server.delete("/api/v4/users/6").private_token(ROOT).send();
    assert_eq!(again.expect(404), json!({ "message": "404 User Not Found" }));
    let last = server.delete("/api/v4/users/4").private_token(ROOT).send().expect(403);
    assert!(last["message"].as_str().unwrap().starts_with("403 Forbidden - "), "{last}");
}

#[test]
fn lists_of_projects_events_and_memberships_are_empty() {
    let server = Server::demo();
    for path in ["projects", "events", "contributed_projects", "starred_projects"] {
        for user in ["1", "john_smith"] {
            let answer = server.get(&format!("/api/v4/users/{user}/{path}")).private_token(JOHN).send();
            assert_eq!(answer.header("x-total"), Some("0"));
            assert_eq!(answer.expect(200), json!([]));
        }
        let unknown = server.get(&format!("/api/v4/users/999/{path}")).private_token(JOHN).send();
        assert_eq!(unknown.expect(404), json!({ "message": "404 User Not Found" }));
    }
    assert_eq!(server.get("/api/v4/users/1/memberships").private_token(ROOT).send().expect(200), json!([]));
    let wrong = server.get("/api/v4/users/1/memberships?type=Group").private_token(ROOT).send();
    assert_eq!(wrong.expect(400), json!({ "error": "type does not have a valid value" }));
    let none = json!({ "groups_count": 0, "projects_count": 0, "issues_count": 0, "merge_requests_count": 0 });
    for (token, user, status) in [(ROOT, 1, 200), (JOHN, 1, 200), (JOHN, 3, 403)] {
        let answer = server.get(&format!("/api/v4/users/{user}/associations_count")).private_token(token).send();
        let expected = if status == 200 { none.clone() } else { json!({ "message": "403 Forbidden" }) };
        assert_eq!(answer.expect(status), expected);
    }
}
