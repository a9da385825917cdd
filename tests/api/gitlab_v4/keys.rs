//! `user_keys.md` and `keys.md`.

use super::assert_is_timestamp;
use crate::harness::{JOHN, ROOT, Server, names, read_file};
use serde_json::{Value, json};

const FIELDS: [&str; 7] = ["id", "title", "key", "created_at", "expires_at", "last_used_at", "usage_type"];

fn key() -> String {
    read_file("fixtures/keys/accepted/ecdsa-384.pub").trim().to_owned()
}

#[test]
fn a_users_keys_are_public_by_id_and_by_username() {
    let server = Server::demo();
    for user in ["1", "john_smith", "John_Smith"] {
        let keys = server.get(&format!("/api/v4/users/{user}/keys")).send();
        assert_eq!(keys.header("x-total"), Some("2"));
        let keys = keys.expect(200);
        assert_eq!(names(&keys[0]), FIELDS);
        assert_eq!(keys[0]["usage_type"], "auth_and_signing");
        let one = server.get(&format!("/api/v4/users/{user}/keys/1")).send().expect(200);
        assert_eq!(one, keys[0]);
    }
    let missing = |what: &str| json!({ "message": format!("404 {what} Not Found") });
    assert_eq!(server.get("/api/v4/users/nobody/keys").send().expect(404), missing("User"));
    assert_eq!(server.get("/api/v4/users/1/keys/2").send().expect(404), missing("Key"));
    assert_eq!(server.get("/api/v4/users/1/keys/x").send().expect(404), missing("Key"));
    // Anonymous callers do not see a blocked user's keys; signed-in callers do.
    server.post("/api/v4/users/1/block").private_token(ROOT).send().expect(201);
    assert_eq!(server.get("/api/v4/users/1/keys").send().expect(404), missing("User"));
    server.get("/api/v4/users/1/keys").private_token(ROOT).send().expect(200);
}

#[test]
fn a_key_can_be_added_with_an_expiry_and_a_usage_type_and_deleted() {
    let server = Server::demo();
    let body = json!({ "title": "new", "key": key(), "expires_at": "2031-01-21", "usage_type": "signing" });
    let added = server.post("/api/v4/user/keys").private_token(JOHN).json(body).send().expect(201);
    assert_eq!(names(&added), FIELDS);
    assert_eq!(added["expires_at"], "2031-01-21T00:00:00.000Z");
    assert_eq!(added["usage_type"], "signing");
    assert_is_timestamp(&added["created_at"]);
    // A signing key is not offered to sshd.
    assert!(!server.get("/john_smith.keys").send().body.contains(key().split(' ').nth(1).unwrap()));
    let one = format!("/api/v4/user/keys/{}", added["id"]);
    assert_eq!(server.get(&one).private_token(JOHN).send().expect(200), added);
    let deleted = server.delete(&one).private_token(JOHN).json(json!({})).send();
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    // In v3 this is 200 with null.
    assert_eq!(server.delete(&one).private_token(JOHN).send().expect(404), json!({ "message": "404 Key Not Found" }));
}

#[test]
fn an_invalid_key_is_400_with_a_reason() {
    let server = Server::demo();
    let add = |body: Value| server.post("/api/v4/users/3/keys").private_token(ROOT).json(body).send().expect(400);
    assert_eq!(add(json!({})), json!({ "error": "title is missing, key is missing" }));
    let taken = server.get("/api/v4/users/1/keys/1").send().expect(200)["key"].clone();
    let reason = json!(["has already been taken"]);
    let expected = json!({ "message": { "fingerprint": reason, "key": reason } });
    assert_eq!(add(json!({ "title": "x", "key": taken })), expected);
    let wrong = add(json!({ "title": "x", "key": key(), "usage_type": "all" }));
    assert_eq!(wrong, json!({ "error": "usage_type does not have a valid value" }));
    let past = add(json!({ "title": "x", "key": key(), "expires_at": "2001-01-01" }));
    assert_eq!(names(&past["message"]), ["expires_at"]);
    let nonsense = add(json!({ "title": "", "key": "nonsense" }));
    assert_eq!(names(&nonsense["message"]), ["title", "key"]);
}

#[test]
fn administrators_can_manage_other_users_keys() {
    let server = Server::demo();
    let body = json!({ "title": "new", "key": key() });
    let added = server.post("/api/v4/users/3/keys").private_token(ROOT).json(body.clone()).send().expect(201);
    let other = server.post("/api/v4/users/3/keys").private_token(JOHN).json(body).send();
    assert_eq!(other.expect(403), json!({ "message": "403 Forbidden" }));
    let path = format!("/api/v4/users/1/keys/{}", added["id"]);
    assert_eq!(server.delete(&path).private_token(ROOT).send().expect(404), json!({ "message": "404 Key Not Found" }));
    let path = format!("/api/v4/users/3/keys/{}", added["id"]);
    assert_eq!(server.delete(&path).private_token(ROOT).send().status, 204);
}

#[test]
fn an_administrator_finds_a_key_and_its_owner_by_id_and_fingerprint() {
    let server = Server::demo();
    let by_id = server.get("/api/v4/keys/1").private_token(ROOT).send().expect(200);
    assert_eq!(names(&by_id)[..7], FIELDS);
    assert_eq!(by_id["user"]["username"], "john_smith");
    assert_eq!(by_id["user"]["email"], "john@example.com");
    assert_eq!(by_id["user"]["web_url"], format!("{}/john_smith", server.url()));
    for fingerprint in
        ["SHA256:MQHWhS9nhzUezUdD42ytxubZoBKrZLbyBZzxCkmnxXc", "SHA256%3AMQHWhS9nhzUezUdD42ytxubZoBKrZLbyBZzxCkmnxXc"]
    {
        let found =
            server.get(&format!("/api/v4/keys?fingerprint={fingerprint}")).private_token(ROOT).send().expect(200);
        assert_eq!(found, by_id);
    }
    // As `ssh-keygen -l -E md5` prints it for fixtures/keys/accepted/ed25519.pub, with and without the prefix.
    let md5 = "ff:32:37:04:87:b7:6e:e2:4f:06:b7:7a:53:1a:3e:98";
    for fingerprint in [md5.to_owned(), format!("MD5:{md5}")] {
        let found =
            server.get(&format!("/api/v4/keys?fingerprint={fingerprint}")).private_token(ROOT).send().expect(200);
        assert_eq!((&found["id"], &found["user"]["id"]), (&json!(3), &json!(1)));
    }
    let missing = server.get("/api/v4/keys").private_token(ROOT).send();
    assert_eq!(missing.expect(400), json!({ "error": "fingerprint is missing" }));
    let unknown =
        server.get("/api/v4/keys?fingerprint=ba:81:59:68:d7:6c:cd:02:02:bf:6a:9b:55:4e:af:d1").private_token(ROOT);
    assert_eq!(unknown.send().expect(404), json!({ "message": "404 Key Not Found" }));
    server.get("/api/v4/keys/1").private_token(JOHN).send().expect(403);
    server.get("/api/v4/keys/1").send().expect(401);
}
