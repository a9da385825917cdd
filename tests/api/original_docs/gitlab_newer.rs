//! The newer document of the GitLab Users API: gitlabhq/doc/api/users.md of March 2013.

use super::{
    PRINTED_FINGERPRINT, PRINTED_KEY, assert_answer, assert_gitlab_key, assert_gitlab_user, current_john, jack, john,
};
use super::{assert_default_attributes, assert_whole_seconds, printed_key_on_one_line};
use crate::harness::{JACK, JOHN, ROOT, Server, file};
use serde_json::{Value, json};

const IDENTITY: Option<(&str, &str)> = Some(("provider_name", "john.smith"));

/// Key 3 in fixtures/README.md.
const ANOTHER_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINP+od5Bvk9rE3r0JDfRwLZ/72vb3p/wsWyM0uLPlPVA john@example.com";
const ANOTHER_FINGERPRINT: &str = "SHA256:m927zBqicIFR6Aha0xRWP5/nhO+odD0ypuCU1aWXr/8";

/// Every parameter of "User creation".
fn everything() -> Value {
    json!({
        "email": "jill@example.com", "password": "jills-password", "username": "jill_smith", "name": "Jill Smith",
        "skype": "jill.skype", "linkedin": "jill-linkedin", "twitter": "@jill", "projects_limit": 7,
        "extern_uid": "jill.smith", "provider": "provider_name", "bio": "Went up the hill."
    })
}

/// The answer to [`everything`], with the id and the time of `user`.
fn jill(user: &Value) -> Value {
    json!({
        "id": user["id"], "username": "jill_smith", "email": "jill@example.com", "name": "Jill Smith",
        "blocked": false, "created_at": user["created_at"], "bio": "Went up the hill.", "skype": "jill.skype",
        "linkedin": "jill-linkedin", "twitter": "@jill", "dark_scheme": false, "extern_uid": "jill.smith",
        "provider": "provider_name", "theme_id": 1
    })
}

#[test]
fn list_users() {
    let seed = file("fixtures/gitlab.json");
    let server = Server::start(&["--memory", "--seed", seed.to_str().unwrap()]);
    let users = server.get("/api/v3/users").private_token(JOHN).send().expect(200);
    let users = users.as_array().unwrap();
    assert_eq!(users.len(), 3);
    assert_gitlab_user(&users[0], &john(), IDENTITY);
    assert_gitlab_user(&users[1], &jack(), Some(("provider_name", "jack.smith")));
    assert_default_attributes(&users[0]);
    assert_default_attributes(&users[1]);
    // The administrator in the fixture, who is not in the documents.
    assert_eq!((&users[2]["username"], &users[2]["is_admin"]), (&json!("root"), &json!(true)));
}

#[test]
fn single_user() {
    let server = Server::demo();
    let user = server.get("/api/v3/users/1").private_token(JOHN).send().expect(200);
    assert_gitlab_user(&user, &john(), IDENTITY);
    assert_default_attributes(&user);
    let mut jack = jack();
    jack["id"] = 3.into();
    let user = server.get("/api/v3/users/3").private_token(JOHN).send().expect(200);
    assert_gitlab_user(&user, &jack, Some(("provider_name", "jack.smith")));
}

#[test]
fn user_creation() {
    let server = Server::demo();
    let user = server.post("/api/v3/users").private_token(ROOT).json(everything()).send().expect(201);
    assert_gitlab_user(&user, &jill(&user), Some(("provider_name", "jill.smith")));
    assert_whole_seconds(&user["created_at"]);
    assert_eq!((&user["projects_limit"], &user["is_admin"]), (&json!(7), &json!(false)));
    assert!(user["id"].as_i64().unwrap() > 5, "an id of a demo user: {user}");
    assert!(!user.to_string().contains("jills-password"), "{user}");
    let path = format!("/api/v3/users/{}", user["id"]);
    assert_eq!(server.get(&path).private_token(JOHN).send().expect(200), user);
    let session = json!({ "login": "jill_smith", "password": "jills-password" });
    server.post("/api/v3/session").json(session).send().expect(201);
}

#[test]
fn user_creation_is_only_for_administrators() {
    let answer = Server::demo().post("/api/v3/users").private_token(JOHN).json(everything()).send();
    assert_answer(&answer, 403, json!({ "message": "403 Forbidden" }));
}

#[test]
fn user_modification() {
    let server = Server::demo();
    let user = server.put("/api/v3/users/3").private_token(ROOT).json(everything()).send().expect(200);
    let mut expected = jill(&user);
    expected["id"] = 3.into();
    expected["created_at"] = "2012-05-23T08:01:01Z".into();
    expected["dark_scheme"] = true.into();
    assert_gitlab_user(&user, &expected, Some(("provider_name", "jill.smith")));
    assert_eq!(user["projects_limit"], 7);
    assert_eq!(server.get("/api/v3/users/3").private_token(ROOT).send().expect(200), user);
    // The password changed, too. His tokens stay valid, and he signs in with the new name.
    server.get("/api/v3/user").private_token(JACK).send().expect(200);
    let session = |login: &str, password: &str| {
        server.post("/api/v3/session").json(json!({ "login": login, "password": password })).send().status
    };
    assert_eq!(session("jill_smith", "jills-password"), 201);
    assert_eq!(session("jill_smith", "jack-password"), 401);
    assert_eq!(session("jack_smith", "jills-password"), 401);
}

/// "at the moment this method does only return a 404 error, even in cases where a 409 (Conflict) would be more
/// appropriate, e.g. when renaming the email address to some exsisting one."
#[test]
fn user_modification_to_an_existing_address_is_404() {
    let server = Server::demo();
    let answer = server.put("/api/v3/users/3").private_token(ROOT).json(json!({ "email": "john@example.com" })).send();
    assert_answer(&answer, 404, json!({ "message": "Email has already been taken by john_smith" }));
    let unchanged = server.get("/api/v3/users/3").private_token(ROOT).send().expect(200);
    assert_eq!(unchanged["email"], "jack@example.com");
}

#[test]
fn user_deletion() {
    let server = Server::demo();
    let before = server.get("/api/v3/users/1").private_token(ROOT).send().expect(200);
    let deleted = server.delete("/api/v3/users/1").private_token(ROOT).send().expect(200);
    assert_eq!(deleted.to_string(), before.to_string());
    assert_gitlab_user(&deleted, &john(), IDENTITY);
    server.get("/api/v3/users/1").private_token(ROOT).send().expect(404);
    // "calling this function for a non-existent user id still returns a status code 200 Ok": "in the latter not".
    for path in ["/api/v3/users/1", "/api/v3/users/4711"] {
        assert_answer(&server.delete(path).private_token(ROOT).send(), 200, Value::Null);
    }
}

#[test]
fn current_user() {
    let user = Server::demo().get("/api/v3/user").private_token(JOHN).send().expect(200);
    assert_gitlab_user(&user, &current_john(), IDENTITY);
    assert_default_attributes(&user);
    assert!(user.get("extern_uid").is_none() && user.get("provider").is_none());
}

#[test]
fn list_ssh_keys() {
    let keys = Server::demo().get("/api/v3/user/keys").private_token(JOHN).send().expect(200);
    assert_eq!(keys.as_array().unwrap().len(), 2);
    assert_gitlab_key(&keys[0], 1, "Public key", &printed_key_on_one_line(), PRINTED_FINGERPRINT);
    assert_gitlab_key(&keys[1], 3, "Another Public key", ANOTHER_KEY, ANOTHER_FINGERPRINT);
}

#[test]
fn single_ssh_key() {
    let server = Server::demo();
    let key = server.get("/api/v3/user/keys/1").private_token(JOHN).send().expect(200);
    assert_gitlab_key(&key, 1, "Public key", &printed_key_on_one_line(), PRINTED_FINGERPRINT);
    let key = server.get("/api/v3/user/keys/3").private_token(JOHN).send().expect(200);
    assert_gitlab_key(&key, 3, "Another Public key", ANOTHER_KEY, ANOTHER_FINGERPRINT);
}

#[test]
fn add_ssh_key_as_it_is_printed() {
    let server = Server::demo();
    server.delete("/api/v3/user/keys/1").private_token(JOHN).send().expect(200);
    let body = json!({ "title": "Public key", "key": PRINTED_KEY });
    let key = server.post("/api/v3/user/keys").private_token(JOHN).json(body).send().expect(201);
    let id = key["id"].as_i64().unwrap();
    assert_gitlab_key(&key, id, "Public key", &printed_key_on_one_line(), PRINTED_FINGERPRINT);
    assert!(id > 3, "an id was reused: {id}");
    assert_eq!(server.get(&format!("/api/v3/user/keys/{id}")).private_token(JOHN).send().expect(200), key);
}

#[test]
fn add_ssh_key_as_it_is_printed_in_a_form() {
    let server = Server::demo();
    server.delete("/api/v3/user/keys/1").private_token(JOHN).send().expect(200);
    // Browsers send the contents of a text area with CRLF.
    let pasted = PRINTED_KEY.replace('\n', "\r\n");
    let form = [("title", "Public key"), ("key", pasted.as_str())];
    let key = server.post("/api/v3/user/keys").private_token(JOHN).form(&form).send().expect(201);
    assert_gitlab_key(&key, key["id"].as_i64().unwrap(), "Public key", &printed_key_on_one_line(), PRINTED_FINGERPRINT);
}

#[test]
fn add_ssh_key_for_user() {
    let server = Server::demo();
    server.delete("/api/v3/user/keys/1").private_token(JOHN).send().expect(200);
    let body = json!({ "title": "Public key", "key": PRINTED_KEY });
    let key = server.post("/api/v3/users/3/keys").private_token(ROOT).json(body.clone()).send().expect(201);
    assert_gitlab_key(&key, key["id"].as_i64().unwrap(), "Public key", &printed_key_on_one_line(), PRINTED_FINGERPRINT);
    let his = server.get("/api/v3/user/keys").private_token(JACK).send().expect(200);
    assert!(his.as_array().unwrap().contains(&key), "{his}");
    // "Will return … 404 Not found on fail": an unknown user.
    server.post("/api/v3/users/4711/keys").private_token(ROOT).json(body.clone()).send().expect(404);
    let answer = server.post("/api/v3/users/3/keys").private_token(JOHN).json(body).send();
    assert_answer(&answer, 403, json!({ "message": "403 Forbidden" }));
}

#[test]
fn delete_ssh_key() {
    let server = Server::demo();
    let deleted = server.delete("/api/v3/user/keys/1").private_token(JOHN).send().expect(200);
    assert_gitlab_key(&deleted, 1, "Public key", &printed_key_on_one_line(), PRINTED_FINGERPRINT);
    let left = server.get("/api/v3/user/keys").private_token(JOHN).send().expect(200);
    assert_eq!(left.as_array().unwrap().len(), 1);
    // "calling it on a key that is already deleted or not available results in 200 Ok"
    for path in ["/api/v3/user/keys/1", "/api/v3/user/keys/4711", "/api/v3/user/keys/2"] {
        assert_answer(&server.delete(path).private_token(JOHN).send(), 200, Value::Null);
    }
    // Key 2 belongs to another user. It was not available, and still exists.
    let his = server.get("/api/v3/user/keys/2").private_token(JACK).send().expect(200);
    assert_eq!(his["title"], "Public key");
}
