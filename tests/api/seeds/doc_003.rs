//! GitLab's older document, where it says more than document 004, or something else.

use super::{PRINTED_FINGERPRINT, PRINTED_KEY, current_john, exactly, gitlab_key, gitlab_user, jack, john, one_line};
use crate::harness::{JOHN, ROOT, Server};
use serde_json::{Value, json};

const IDENTITY: Option<(&str, &str)> = Some(("provider_name", "john.smith"));

#[test]
fn doc_003_list_users() {
    let users = Server::demo().get("/api/v3/users").private(JOHN).send().expect(200);
    let users = users.as_array().unwrap();
    let ids: Vec<i64> = users.iter().map(|user| user["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5]);
    gitlab_user(&users[0], &john(), IDENTITY);
    let mut jack = jack();
    jack["id"] = 3.into();
    gitlab_user(&users[2], &jack, Some(("provider_name", "jack.smith")));
    // Of the docker documents: she signs in nowhere else.
    assert_eq!(users[1]["extern_uid"], Value::Null);
    assert_eq!(users[1]["identities"], json!([]));
}

#[test]
fn doc_003_single_user() {
    let user = Server::demo().get("/api/v3/users/1").private(JOHN).send().expect(200);
    gitlab_user(&user, &john(), IDENTITY);
}

#[test]
fn doc_003_user_creation_is_201_on_success_or_404_on_fail() {
    let server = Server::demo();
    let body = |email: &str, username: &str| json!({ "email": email, "password": "jills-password", "username": username, "name": "Jill Smith" });
    let create = |body: Value| server.post("/api/v3/users").private(ROOT).json(body).send();
    exactly(&create(body("john@example.com", "jill_smith")), 404, json!({ "message": "Email has already been taken" }));
    exactly(
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
    gitlab_user(&user, &documented, None);
    super::ordinary(&user);
}

#[test]
fn doc_003_user_modification_is_200_on_success_or_404_on_fail() {
    let server = Server::demo();
    let user = server.put("/api/v3/users/1").private(ROOT).json(json!({ "name": "Johnny" })).send().expect(200);
    let mut expected = john();
    expected["name"] = "Johnny".into();
    gitlab_user(&user, &expected, IDENTITY);
    let unknown = server.put("/api/v3/users/4711").private(ROOT).json(json!({ "name": "Johnny" })).send();
    exactly(&unknown, 404, json!({ "message": "404 Not found" }));
    let taken = server.put("/api/v3/users/1").private(ROOT).json(json!({ "username": "jack_smith" })).send();
    exactly(&taken, 404, json!({ "message": "Username has already been taken" }));
    assert_eq!(server.get("/api/v3/users/1").private(ROOT).send().expect(200), user);
}

#[test]
fn doc_003_user_deletion_gives_the_deleted_user() {
    let user = Server::demo().delete("/api/v3/users/1").private(ROOT).send().expect(200);
    gitlab_user(&user, &john(), IDENTITY);
}

#[test]
fn doc_003_current_user() {
    let user = Server::demo().get("/api/v3/user").private(JOHN).send().expect(200);
    gitlab_user(&user, &current_john(), IDENTITY);
}

#[test]
fn doc_003_ssh_keys() {
    let server = Server::demo();
    let keys = server.get("/api/v3/user/keys").private(JOHN).send().expect(200);
    gitlab_key(&keys[0], 1, "Public key", &one_line(), PRINTED_FINGERPRINT);
    assert_eq!((&keys[1]["id"], &keys[1]["title"]), (&json!(3), &json!("Another Public key")));
    assert_eq!(keys.as_array().unwrap().len(), 2);
    let key = server.get("/api/v3/user/keys/1").private(JOHN).send().expect(200);
    assert_eq!(key, keys[0]);
}

/// The document prints one key twice. That cannot be had: "404 Not found on fail".
#[test]
fn doc_003_add_ssh_key_is_404_on_fail() {
    let server = Server::demo();
    let body = json!({ "title": "Another Public key", "key": PRINTED_KEY });
    let taken = json!({
        "message": { "key": ["has already been taken"], "fingerprint": ["has already been taken"] }
    });
    exactly(&server.post("/api/v3/user/keys").private(JOHN).json(body.clone()).send(), 404, taken.clone());
    exactly(&server.post("/api/v3/users/3/keys").private(ROOT).json(body).send(), 404, taken);
    let keys = server.get("/api/v3/user/keys").private(JOHN).send().expect(200);
    assert_eq!(keys.as_array().unwrap().len(), 2);
}

#[test]
fn doc_003_add_ssh_key_without_a_required_attribute() {
    let server = Server::demo();
    for (body, missing) in [(json!({ "title": "laptop" }), "key"), (json!({ "key": PRINTED_KEY }), "title")] {
        let expected = json!({ "message": format!("400 (Bad request) \"{missing}\" not given") });
        exactly(&server.post("/api/v3/user/keys").private(JOHN).json(body.clone()).send(), 400, expected.clone());
        exactly(&server.post("/api/v3/users/3/keys").private(ROOT).json(body).send(), 400, expected);
    }
}

#[test]
fn doc_003_delete_ssh_key() {
    let server = Server::demo();
    let deleted = server.delete("/api/v3/user/keys/1").private(JOHN).send().expect(200);
    gitlab_key(&deleted, 1, "Public key", &one_line(), PRINTED_FINGERPRINT);
    server.get("/api/v3/user/keys/1").private(JOHN).send().expect(404);
}
