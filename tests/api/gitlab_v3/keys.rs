//! SSH keys: a user's own, and other users' as an administrator.

use super::{fingerprint, not_found, not_given, public_key};
use crate::harness::{JOHN, ROOT, Response, Server, names, read_file};
use serde_json::{Value, json};

fn post(server: &Server, path: &str, token: &str, body: Value) -> Response {
    server.post(&format!("/api/v3{path}")).private_token(token).json(body).send()
}

fn ids(server: &Server, user: i64) -> Vec<i64> {
    let keys = server.get(&format!("/api/v3/users/{user}/keys")).private_token(ROOT).send().expect(200);
    keys.as_array().unwrap().iter().map(|key| key["id"].as_i64().unwrap()).collect()
}

#[test]
fn a_user_can_add_get_list_and_delete_a_key() {
    let server = Server::demo();
    let body = json!({"title": "Laptop ü", "key": public_key("ecdsa-384.pub")});
    let answer = post(&server, "/user/keys", JOHN, body.clone());
    assert_eq!(answer.status, 201, "{answer:?}");
    let key = answer.json();
    assert_eq!(names(&key), ["id", "title", "key", "created_at", "fingerprint"]);
    assert_eq!((&key["id"], &key["title"], &key["key"]), (&json!(4), &body["title"], &body["key"]));
    assert_eq!(key["fingerprint"], fingerprint("ecdsa-384.pub"));
    assert_eq!(server.get("/api/v3/user/keys/4").private_token(JOHN).send().body, answer.body);
    assert_eq!(server.get("/api/v3/user/keys").private_token(JOHN).send().expect(200)[2], key);
    assert_eq!(server.delete("/api/v3/user/keys/4").private_token(JOHN).send().expect(200), key);
    assert_eq!(server.get("/api/v3/user/keys/4").private_token(JOHN).send().expect(404), not_found());
    assert_eq!(ids(&server, 1), [1, 3]);
    assert_eq!(server.delete("/api/v3/user/keys/4").private_token(JOHN).send().body, "null");
}

#[test]
fn an_administrator_can_add_list_and_delete_a_users_keys() {
    let server = Server::demo();
    let body = json!({"title": "by root", "key": public_key("rsa-2048.pub")});
    let key = post(&server, "/users/2/keys", ROOT, body).expect(201);
    assert_eq!(key["fingerprint"], fingerprint("rsa-2048.pub"));
    assert_eq!(server.get("/api/v3/users/2/keys").private_token(ROOT).send().expect(200), json!([key]));
    assert_eq!(server.get("/api/v3/user/keys").private_token(ROOT).send().expect(200), json!([]));
    let path = format!("/api/v3/users/2/keys/{}", key["id"]);
    assert_eq!(server.delete(&path).private_token(ROOT).send().expect(200), key);
    assert_eq!(server.delete(&path).private_token(ROOT).send().expect(404), not_found());
    assert_eq!(ids(&server, 2), [0; 0]);
}

#[test]
fn every_supported_key_type_is_accepted() {
    let server = Server::demo();
    for file in [
        "rsa-1024.pub",
        "rsa-2048.pub",
        "rsa-3072.pub",
        "rsa-4096.pub",
        "ecdsa-384.pub",
        "ecdsa-521.pub",
        "ed25519-no-comment.pub",
        "ed25519-long-comment.pub",
        "sk-ssh-ed25519.pub",
        "sk-ecdsa.pub",
    ] {
        let key = post(&server, "/user/keys", JOHN, json!({"title": file, "key": public_key(file)})).expect(201);
        assert_eq!((&key["key"], &key["fingerprint"]), (&json!(public_key(file)), &json!(fingerprint(file))), "{file}");
    }
}

#[test]
fn a_key_with_line_breaks_is_stored_as_one_line() {
    let server = Server::demo();
    let wrapped = read_file("fixtures/keys/accepted/gitlab-docs-wrapped.pub");
    assert!(wrapped.trim().contains('\n'));
    let before = server.delete("/api/v3/user/keys/1").private_token(JOHN).send().expect(200);
    let key = post(&server, "/user/keys", JOHN, json!({"title": "Public key", "key": wrapped})).expect(201);
    assert_eq!(key["key"], before["key"]);
    let spaced = wrapped.replace('\n', " \r\n\t ");
    server.delete(&format!("/api/v3/user/keys/{}", key["id"])).private_token(JOHN).send().expect(200);
    assert_eq!(
        post(&server, "/user/keys", JOHN, json!({"title": "x", "key": spaced})).expect(201)["key"],
        before["key"]
    );
}

#[test]
fn a_key_belongs_to_one_user_whatever_its_comment_and_white_space() {
    for (mode, status) in [("documented", 404), ("precise", 400)] {
        let server = Server::demo_with(&["--gitlab-errors", mode]);
        let taken = json!({"message": {"key": ["has already been taken"], "fingerprint": ["has already been taken"]}});
        let plain = public_key("ed25519.pub");
        let blob = plain.split(' ').nth(1).unwrap();
        for key in [plain.clone(), format!("ssh-ed25519 {blob}"), format!("  ssh-ed25519 {blob} another comment\n")] {
            for (path, token) in
                [("/user/keys", JOHN), ("/user/keys", ROOT), ("/users/1/keys", ROOT), ("/users/2/keys", ROOT)]
            {
                let answer = post(&server, path, token, json!({"title": "x", "key": key}));
                assert_eq!((answer.status, answer.json()), (status, taken.clone()), "{mode} {path} {key}");
            }
        }
        assert_eq!((ids(&server, 1), ids(&server, 2), ids(&server, 4)), (vec![1, 3], vec![], vec![]));
        server.delete("/api/v3/user/keys/3").private_token(JOHN).send().expect(200);
        post(&server, "/user/keys", ROOT, json!({"title": "x", "key": plain})).expect(201);
    }
}

#[test]
fn another_users_key_is_404() {
    let server = Server::demo();
    assert_eq!(server.get("/api/v3/user/keys/2").private_token(JOHN).send().expect(404), not_found());
    assert_eq!(server.get("/api/v3/user/keys/2").private_token(ROOT).send().expect(404), not_found());
    assert_eq!(server.delete("/api/v3/users/1/keys/2").private_token(ROOT).send().expect(404), not_found());
    for token in [JOHN, ROOT] {
        assert_eq!(server.delete("/api/v3/user/keys/2").private_token(token).send().expect(200), Value::Null);
    }
    assert_eq!(ids(&server, 3), [2]);
}

#[test]
fn title_and_key_are_required() {
    let server = Server::demo();
    let (title, key) = (json!("x"), json!(public_key("ecdsa-384.pub")));
    for (path, token) in [("/user/keys", JOHN), ("/users/1/keys", ROOT)] {
        for (body, missing) in [
            (json!({}), "title"),
            (json!({"key": key}), "title"),
            (json!({"title": null, "key": key}), "title"),
            (json!({"title": "", "key": key}), "title"),
            (json!({"title": title}), "key"),
            (json!({"title": title, "key": null}), "key"),
            (json!({"title": title, "key": ""}), "key"),
        ] {
            assert_eq!(post(&server, path, token, body.clone()).expect(400), not_given(missing), "{path} {body}");
        }
    }
    assert_eq!(ids(&server, 1), [1, 3]);
}

#[test]
fn a_title_is_one_line_of_at_most_255_characters() {
    let server = Server::demo();
    let key = public_key("ecdsa-384.pub");
    let add = |title: &str| post(&server, "/user/keys", JOHN, json!({"title": title, "key": key}));
    for title in ["é".repeat(255), "x".into()] {
        let added = add(&title).expect(201);
        assert_eq!(added["title"], title);
        server.delete(&format!("/api/v3/user/keys/{}", added["id"])).private_token(JOHN).send().expect(200);
    }
    let long = add(&"é".repeat(256));
    let message = json!({"message": {"title": ["is too long (maximum is 255 characters)"]}});
    assert_eq!((long.status, long.json()), (404, message));
    for control in ["a\nssh-rsa AAAA", "a\rb", "a\u{0}b", "a\u{1b}[31m", "a\u{85}b"] {
        let answer = add(control);
        assert_eq!((answer.status, names(&answer.json()["message"])), (404, vec!["title".to_owned()]), "{control:?}");
    }
    assert_eq!(ids(&server, 1), [1, 3]);
}

#[test]
fn an_unsupported_key_is_refused_with_a_reason_and_not_stored() {
    let server = Server::demo_with(&["--gitlab-errors", "precise"]);
    let mut refused = 0;
    for entry in std::fs::read_dir(crate::harness::file("fixtures/keys/refused")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let key = std::fs::read_to_string(&path).unwrap();
        if name == "empty" {
            continue;
        }
        for (path, token) in [("/user/keys", JOHN), ("/users/1/keys", ROOT)] {
            let answer = post(&server, path, token, json!({"title": "x", "key": key}));
            assert_eq!(answer.status, 400, "{name} {answer:?}");
            assert_eq!(names(&answer.json()["message"]), ["key"], "{name}");
            let reason = answer.json()["message"]["key"][0].as_str().unwrap().to_owned();
            assert!(reason.len() > 20 && !answer.body.contains("AAAA"), "{name}: {reason}");
        }
        refused += 1;
    }
    assert!(refused > 50, "{refused}");
    assert_eq!(ids(&server, 1), [1, 3]);
}

#[test]
fn min_rsa_bits_raises_the_minimum_rsa_key_size() {
    let server = Server::demo_with(&["--min-rsa-bits", "2048", "--gitlab-errors", "precise"]);
    let add = |file: &str| post(&server, "/user/keys", JOHN, json!({"title": "x", "key": public_key(file)}));
    assert_eq!(names(&add("rsa-1024.pub").expect(400)["message"]), ["key"]);
    add("rsa-2048.pub").expect(201);
    add("ecdsa-384.pub").expect(201);
}
