//! The fields of users and keys, in order: those of the 2013 document first, then those that later v3 versions added.

use super::{fingerprint, show};
use crate::harness::{JACK, JOHN, ROOT, Server, names};
use crate::original_docs::ADDED_LATER;
use serde_json::{Value, json};

const DOCUMENTED: [&str; 14] = [
    "id",
    "username",
    "email",
    "name",
    "blocked",
    "created_at",
    "bio",
    "skype",
    "linkedin",
    "twitter",
    "dark_scheme",
    "extern_uid",
    "provider",
    "theme_id",
];

/// The fields of a user that the 2013 document lists.
fn documented(user: &Value) -> Value {
    DOCUMENTED.iter().map(|name| ((*name).to_owned(), user[*name].clone())).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn the_example_users_match_the_document() {
    let server = Server::demo();
    let users = server.get("/api/v3/users").private_token(JACK).send().expect(200);
    assert_eq!(
        documented(&users[0]),
        json!({
            "id": 1, "username": "john_smith", "email": "john@example.com", "name": "John Smith", "blocked": false,
            "created_at": "2012-05-23T08:00:58Z", "bio": null, "skype": "", "linkedin": "", "twitter": "",
            "dark_scheme": false, "extern_uid": "john.smith", "provider": "provider_name", "theme_id": 1
        })
    );
    // The document gives this user the id 2; fixtures/README.md explains why the fixture uses 3.
    assert_eq!(
        documented(&users[2]),
        json!({
            "id": 3, "username": "jack_smith", "email": "jack@example.com", "name": "Jack Smith", "blocked": false,
            "created_at": "2012-05-23T08:01:01Z", "bio": null, "skype": "", "linkedin": "", "twitter": "",
            "dark_scheme": true, "extern_uid": "jack.smith", "provider": "provider_name", "theme_id": 1
        })
    );
}

#[test]
fn the_added_fields_describe_the_account() {
    let server = Server::demo();
    // The last value is Gravatar's hash of the address: `printf %s john@example.com | md5sum`.
    for (id, state, admin, website, identities, gravatar) in [
        (
            1,
            "active",
            false,
            "",
            json!([{"provider": "provider_name", "extern_uid": "john.smith"}]),
            "d4c74594d841139328695756648b6bd6",
        ),
        (2, "active", false, "https://docker.io/", json!([]), "0cba00ca3da1b283a57287bcceb17e35"),
        (4, "active", true, "", json!([]), "e64c7d89f26bd1972efa854d13d7dd61"),
    ] {
        let user = show(&server, id);
        assert_eq!((&user["state"], &user["is_admin"]), (&json!(state), &json!(admin)), "{id}");
        assert_eq!((&user["website_url"], &user["identities"]), (&json!(website), &identities), "{id}");
        assert_eq!((&user["projects_limit"], &user["can_create_group"]), (&json!(100), &json!(true)), "{id}");
        assert_eq!(user["can_create_project"], true, "{id}");
        assert!(user["color_scheme_id"].is_u64(), "{id}");
        let avatar = user["avatar_url"].as_str().unwrap();
        assert!(
            avatar.starts_with("https://") && avatar.contains(&format!("gravatar.com/avatar/{gravatar}")),
            "{avatar}"
        );
    }
}

#[test]
fn fields_are_in_the_documented_order() {
    let server = Server::demo();
    let all_fields = [&DOCUMENTED[..], &ADDED_LATER[..]].concat();
    let list = server.get("/api/v3/users").private_token(JOHN).send().expect(200);
    for user in list.as_array().unwrap() {
        assert_eq!(names(user), all_fields);
        assert_eq!(
            server.get(&format!("/api/v3/users/{}", user["id"])).private_token(JOHN).send().body,
            user.to_string()
        );
    }
    let created = server.post("/api/v3/users").private_token(ROOT).json(super::new_user("newuser")).send();
    assert_eq!(created.names(), all_fields);
    assert_eq!(super::update(&server, 1, json!({})).names(), all_fields);
    assert_eq!(server.delete("/api/v3/users/1").private_token(ROOT).send().names(), all_fields);
}

#[test]
fn the_current_user_lacks_extern_uid_and_provider() {
    let server = Server::demo();
    for (token, id) in [(JOHN, 1), (JACK, 3), (ROOT, 4)] {
        let mut expected = show(&server, id);
        for name in ["extern_uid", "provider"] {
            expected.as_object_mut().unwrap().shift_remove(name).unwrap();
        }
        assert_eq!(server.get("/api/v3/user").private_token(token).send().body, expected.to_string());
    }
}

#[test]
fn created_at_has_whole_seconds() {
    let server = Server::demo();
    // The fixture has 17:58:01.431312.
    assert_eq!(show(&server, 2)["created_at"], "2014-02-12T17:58:01Z");
}

#[test]
fn a_blocked_user_has_blocked_true_and_state_blocked() {
    let server = Server::demo();
    server.put("/api/v3/users/1/block").private_token(ROOT).send().expect(200);
    let user = show(&server, 1);
    assert_eq!((&user["blocked"], &user["state"]), (&json!(true), &json!("blocked")));
}

#[test]
fn users_contain_no_secrets() {
    let server = Server::demo();
    for path in ["/users", "/users/1", "/user"] {
        let answer = server.get(&format!("/api/v3{path}")).private_token(JOHN).send();
        for secret in ["argon2", "password", JOHN, ROOT, "token"] {
            assert!(!answer.body.contains(secret), "{path}: {secret}");
        }
    }
}

#[test]
fn the_example_keys_match_the_document() {
    let server = Server::demo();
    let keys = server.get("/api/v3/user/keys").private_token(JOHN).send().expect(200);
    for key in keys.as_array().unwrap() {
        assert_eq!(names(key), ["id", "title", "key", "created_at", "fingerprint"]);
        let created = key["created_at"].as_str().unwrap();
        assert!(created.len() == 20 && created.ends_with('Z') && created.as_bytes()[10] == b'T', "{created}");
    }
    assert_eq!(keys.as_array().unwrap().len(), 2);
    assert_eq!((&keys[0]["id"], &keys[0]["title"]), (&json!(1), &json!("Public key")));
    // The document prints this key with line breaks inside the base64.
    assert_eq!(
        keys[0]["key"],
        "ssh-rsa AAAAB3NzaC1yc2EAAAABJQAAAIEAiPWx6WM4lhHNedGfBpPJNPpZ7yKu+dnn1SJejgt4596k6YjzGGphH2TUxwKzxcKDKKezwkpfnx\
         PkSMkuEspGRt/aZZ9wa++Oi7Qkr8prgHc4soW6NUlfDzpvZK2H5E7eQaSeP3SAwGmQKUFHCddNaP0L+hM7zhFNzjFvpaMgJw0="
    );
    assert_eq!(keys[0]["fingerprint"], fingerprint("gitlab-docs-wrapped.pub"));
    assert_eq!((&keys[1]["id"], &keys[1]["title"]), (&json!(3), &json!("Another Public key")));
    assert_eq!(keys[1]["fingerprint"], fingerprint("ed25519.pub"));
    for key in keys.as_array().unwrap() {
        let one = server.get(&format!("/api/v3/user/keys/{}", key["id"])).private_token(JOHN).send();
        assert_eq!((one.status, one.body), (200, key.to_string()));
    }
}
