//! `GET /USERNAME.keys`, as on GitHub and GitLab.

use super::{ADMIN, Database, bare, key};
use crate::harness::{JOHN, ROOT, Response, Server};
use serde_json::json;

fn janes_lines() -> String {
    ["ed25519", "rsa-2048", "sk-ssh-ed25519"].map(|name| bare(&key(name)) + "\n").concat()
}

#[track_caller]
fn assert_not_found(answer: &Response) {
    assert_eq!((answer.status, &*answer.body), (404, "404 Not Found\n"), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("etag"), None);
}

#[test]
fn keys_are_public_one_per_line_without_comments() {
    let server = Database::new().serve(&[]);
    for path in ["/Jane.keys", "/jane.keys", "/JANE.keys", "/%4aane.keys", "/jane.keys/", "/jane.keys?x=y"] {
        let answer = server.get(path).send();
        assert_eq!((answer.status, &answer.body), (200, &janes_lines()), "{path}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        // The name of one key type contains an at sign; comments such as jane@laptop would, too.
        assert!(!answer.body.replace("sk-ssh-ed25519@openssh.com", "").contains('@'));
        assert!(!answer.body.contains("laptop"));
    }
    let none = server.get("/joan.keys").send();
    assert_eq!((none.status, &*none.body), (200, ""));
}

#[test]
fn credentials_do_not_change_the_answer() {
    let server = Database::new().serve(&[]);
    let ask = || server.get("/jane.keys");
    for call in [
        ask().private_token(ADMIN),
        ask().private_token("nonsense"),
        ask().bearer("nonsense"),
        ask().basic("jane", "wrong"),
    ] {
        assert_eq!(call.send().body, janes_lines());
    }
}

#[test]
fn unknown_and_blocked_users_get_the_same_answer() {
    let server = Database::new().serve(&[]);
    for path in ["/nobody.keys", "/bob.keys", "/BOB.keys"] {
        assert_not_found(&server.get(path).send());
    }
    server.put("/api/v3/users/3/block").private_token(ADMIN).send().expect(200);
    assert_not_found(&server.get("/john.keys").send());
    server.put("/api/v3/users/3/unblock").private_token(ADMIN).send().expect(200);
    assert_eq!(server.get("/john.keys").send().body, bare(&key("ecdsa-256")) + "\n");
    server.delete("/api/v3/users/3").private_token(ADMIN).send().expect(200);
    assert_not_found(&server.get("/john.keys").send());
}

#[test]
fn other_top_level_paths_are_not_found() {
    let server = Database::new().serve(&[]);
    for path in [
        "/jane",
        "/jane.key",
        "/jane.keys.keys",
        "/.keys",
        "/jane.KEYS",
        "/jane.gpg",
        "/a/jane.keys",
        "/%2e%2e%2fjane.keys",
    ] {
        assert_eq!(server.get(path).send().status, 404, "{path}");
    }
}

#[test]
fn a_user_name_may_end_in_dot_keys() {
    let email = json!({"email": "x@example.com"});
    let keys = json!([{"title": "x", "key": key("ed25519")}]);
    let users = json!({"users": [{"username": "jane.keys", "emails": [email], "keys": keys}]});
    let server = Database::of(&users).serve(&[]);
    assert_eq!(server.get("/jane.keys.keys").send().body, bare(&key("ed25519")) + "\n");
    assert_eq!(server.get("/jane.keys").send().status, 404);
}

#[test]
fn an_unchanged_list_is_not_sent_again() {
    let server = Database::new().serve(&[]);
    let first = server.get("/jane.keys").send();
    let tag = first.header("etag").unwrap().to_owned();
    assert!(tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let ask = |given: &str| server.get("/jane.keys").header("If-None-Match", given).send();
    for given in [tag.as_str(), &format!("W/{tag}"), &format!("\"x\", {tag}"), &format!("{tag},\"x\""), "*"] {
        let answer = ask(given);
        assert_eq!((answer.status, &*answer.body, answer.header("etag")), (304, "", Some(&*tag)), "{given}");
    }
    for given in ["\"x\"", "", tag.trim_matches('"'), "\"\""] {
        let answer = ask(given);
        assert_eq!((answer.status, &answer.body), (200, &janes_lines()), "{given}");
    }
    // The tag does not match another user's list, nor the same list after a change.
    assert_eq!(server.get("/john.keys").header("If-None-Match", &tag).send().status, 200);
    server.delete("/api/v3/users/2/keys/12").private_token(ADMIN).send().expect(200);
    let changed = ask(&tag);
    assert_eq!((changed.status, changed.body.lines().count()), (200, 2));
    assert_ne!(changed.header("etag"), Some(&*tag));
    // A cache must not answer without asking the server, because a key may have been removed.
    assert!(matches!(changed.header("cache-control"), Some("no-cache" | "no-store")));
}

#[test]
fn a_blocked_user_is_not_found_even_with_a_matching_etag() {
    let server = Database::new().serve(&[]);
    let tag = server.get("/john.keys").send().header("etag").unwrap().to_owned();
    server.put("/api/v3/users/3/block").private_token(ADMIN).send().expect(200);
    assert_not_found(&server.get("/john.keys").header("If-None-Match", &tag).send());
    assert_not_found(&server.get("/john.keys").header("If-None-Match", "*").send());
}

#[test]
fn head_returns_the_headers_of_get() {
    let server = Database::new().serve(&[]);
    let (get, head) = (server.get("/jane.keys").send(), server.call("HEAD", "/jane.keys").send());
    assert_eq!((head.status, &*head.body), (200, ""));
    for name in ["content-type", "content-length", "etag", "cache-control"] {
        assert!(get.header(name).is_some(), "{name}");
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    let tag = get.header("etag").unwrap();
    assert_eq!(server.call("HEAD", "/jane.keys").header("If-None-Match", tag).send().status, 304);
    assert_eq!(server.call("HEAD", "/bob.keys").send().status, 404);
}

#[test]
fn only_get_and_head_are_allowed() {
    let server = Server::demo();
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let answer = server.call(method, "/john_smith.keys").private_token(ROOT).send();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    assert_eq!(server.get("/john_smith.keys").send().body.lines().count(), 2);
}

#[test]
fn a_new_key_is_public_as_soon_as_the_request_is_answered() {
    let server = Server::demo();
    let body = json!({"title": "new", "key": key("rsa-2048")});
    let id = server.post("/api/v3/user/keys").private_token(JOHN).json(body).send().expect(201)["id"].clone();
    let line = bare(&key("rsa-2048"));
    assert!(server.get("/john_smith.keys").send().body.lines().any(|found| found == line));
    server.delete(&format!("/api/v3/user/keys/{id}")).private_token(JOHN).send().expect(200);
    assert!(!server.get("/john_smith.keys").send().body.contains(&line));
}

#[test]
fn no_public_keys_hides_every_user() {
    let server = Server::demo_with(&["--no-public-keys"]);
    for path in ["/john_smith.keys", "/nobody.keys", "/root.keys"] {
        let answer = server.get(path).send();
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("ssh-"), "{answer:?}");
    }
    let unknown = server.get("/nobody.keys").send();
    assert_eq!(server.get("/john_smith.keys").send().body, unknown.body);
    // The option does not affect callers with a token.
    assert_eq!(server.get("/allowed_signers").private_token(ROOT).send().status, 200);
}
