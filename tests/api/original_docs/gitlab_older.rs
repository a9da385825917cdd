//! The older document of the GitLab Users API, where it adds to the newer one or differs from it.

use super::{
    PRINTED_FINGERPRINT, PRINTED_KEY, assert_answer, assert_gitlab_key, assert_gitlab_user, current_john, jack, john,
    printed_key_on_one_line,
};
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};

const IDENTITY: Option<(&str, &str)> = Some(("provider_name", "john.smith"));

#[test]
fn list_users() {
    let users = Server::demo().get("/api/v3/users").private_token(JOHN).send().expect(200);
    let users = users.as_array().unwrap();
    let ids: Vec<i64> = users.iter().map(|user| user["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5]);
    assert_gitlab_user(&users[0], &john(), IDENTITY);
    let mut jack = jack();
    jack["id"] = 3.into();
    assert_gitlab_user(&users[2], &jack, Some(("provider_name", "jack.smith")));
    // janedoe is from the docker documents and has no identity.
    assert_eq!(users[1]["extern_uid"], Value::Null);
    assert_eq!(users[1]["identities"], json!([]));
}

#[test]
fn single_user() {
    let user = Server::demo().get("/api/v3/users/1").private_token(JOHN).send().expect(200);
    assert_gitlab_user(&user, &john(), IDENTITY);
}

#[test]
fn user_creation_is_201_on_success_or_404_on_fail() {
    let server = Server::demo();
    let body = |email: &str, username: &str| json!({ "email": email, "password": "jills-password", "username": username, "name": "Jill Smith" });
    let create = |body: Value| server.post("/api/v3/users").private_token(ROOT).json(body).send();
    assert_answer(
        &create(body("john@example.com", "jill_smith")),
        404,
        json!({ "message": "Email has already been taken by john_smith" }),
    );
    assert_answer(
        &create(body("jill@example.com", "john_smith")),
        404,
        json!({ "message": "Username has already been taken" }),
    );
    let invalid = create(body("jill@example.com", "jill smith"));
    assert_eq!(invalid.status, 404);
    assert_eq!(crate::harness::names(&invalid.json()["message"]), ["username"]);
    let user = create(body("jill@example.com", "jill_smith")).expect(201);
    let documented = json!({
        "id": user["id"], "username": "jill_smith", "email": "jill@example.com", "name": "Jill Smith",
        "blocked": false, "created_at": user["created_at"], "bio": null, "skype": "", "linkedin": "", "twitter": "",
        "dark_scheme": false, "extern_uid": null, "provider": null, "theme_id": 1
    });
    assert_gitlab_user(&user, &documented, None);
    super::assert_default_attributes(&user);
}

#[test]
fn user_modification_is_200_on_success_or_404_on_fail() {
    let server = Server::demo();
    let user = server.put("/api/v3/users/1").private_token(ROOT).json(json!({ "name": "Johnny" })).send().expect(200);
    let mut expected = john();
    expected["name"] = "Johnny".into();
    assert_gitlab_user(&user, &expected, IDENTITY);
    let unknown = server.put("/api/v3/users/4711").private_token(ROOT).json(json!({ "name": "Johnny" })).send();
    assert_answer(&unknown, 404, json!({ "message": "404 Not found" }));
    let taken = server.put("/api/v3/users/1").private_token(ROOT).json(json!({ "username": "jack_smith" })).send();
    assert_answer(&taken, 404, json!({ "message": "Username has already been taken" }));
    assert_eq!(server.get("/api/v3/users/1").private_token(ROOT).send().expect(200), user);
}

#[test]
fn user_deletion_gives_the_deleted_user() {
    let user = Server::demo().delete("/api/v3/users/1").private_token(ROOT).send().expect(200);
    assert_gitlab_user(&user, &john(), IDENTITY);
}

#[test]
fn current_user() {
    let user = Server::demo().get("/api/v3/user").private_token(JOHN).send().expect(200);
    assert_gitlab_user(&user, &current_john(), IDENTITY);
}

#[test]
fn ssh_keys() {
    let server = Server::demo();
    let keys = server.get("/api/v3/user/keys").private_token(JOHN).send().expect(200);
    assert_gitlab_key(&keys[0], 1, "Public key", &printed_key_on_one_line(), PRINTED_FINGERPRINT);
    assert_eq!((&keys[1]["id"], &keys[1]["title"]), (&json!(3), &json!("Another Public key")));
    assert_eq!(keys.as_array().unwrap().len(), 2);
    let key = server.get("/api/v3/user/keys/1").private_token(JOHN).send().expect(200);
    assert_eq!(key, keys[0]);
}

/// The document shows the same key twice, but a key can exist only once: "404 Not found on fail".
#[test]
fn add_ssh_key_is_404_on_fail() {
    let server = Server::demo();
    let body = json!({ "title": "Another Public key", "key": PRINTED_KEY });
    let taken = json!({
        "message": { "key": ["has already been taken"], "fingerprint": ["has already been taken"] }
    });
    assert_answer(&server.post("/api/v3/user/keys").private_token(JOHN).json(body.clone()).send(), 404, taken.clone());
    assert_answer(&server.post("/api/v3/users/3/keys").private_token(ROOT).json(body).send(), 404, taken);
    let keys = server.get("/api/v3/user/keys").private_token(JOHN).send().expect(200);
    assert_eq!(keys.as_array().unwrap().len(), 2);
}

#[test]
fn add_ssh_key_without_a_required_attribute() {
    let server = Server::demo();
    for (body, missing) in [(json!({ "title": "laptop" }), "key"), (json!({ "key": PRINTED_KEY }), "title")] {
        let expected = json!({ "message": format!("400 (Bad request) \"{missing}\" not given") });
        assert_answer(
            &server.post("/api/v3/user/keys").private_token(JOHN).json(body.clone()).send(),
            400,
            expected.clone(),
        );
        assert_answer(&server.post("/api/v3/users/3/keys").private_token(ROOT).json(body).send(), 400, expected);
    }
}

#[test]
fn delete_ssh_key() {
    let server = Server::demo();
    let deleted = server.delete("/api/v3/user/keys/1").private_token(JOHN).send().expect(200);
    assert_gitlab_key(&deleted, 1, "Public key", &printed_key_on_one_line(), PRINTED_FINGERPRINT);
    server.get("/api/v3/user/keys/1").private_token(JOHN).send().expect(404);
}
