//! `GET /USERNAME.keys`, as GitHub and GitLab have it.

use super::super::harness::{Answer, JOHN, ROOT, Server};
use super::{ADMIN, Database, bare, key};
use serde_json::json;

fn of_jane() -> String {
    ["ed25519", "rsa-2048", "sk-ssh-ed25519"].map(|name| bare(&key(name)) + "\n").concat()
}

#[track_caller]
fn not_found(answer: &Answer) {
    assert_eq!((answer.status, &*answer.body), (404, "404 Not Found\n"), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("etag"), None);
}

#[test]
fn a_key_a_line_without_comments_for_everybody() {
    let server = Database::new().serve(&[]);
    for path in ["/Jane.keys", "/jane.keys", "/JANE.keys", "/%4aane.keys", "/jane.keys/", "/jane.keys?x=y"] {
        let answer = server.get(path).send();
        assert_eq!((answer.status, &answer.body), (200, &of_jane()), "{path}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        assert!(!answer.body.contains('@') || answer.body.contains("sk-ssh-ed25519@openssh.com"));
        assert!(!answer.body.contains("laptop"));
    }
    let none = server.get("/joan.keys").send();
    assert_eq!((none.status, &*none.body), (200, ""));
}

#[test]
fn whoever_asks_and_with_whatever_credential() {
    let server = Database::new().serve(&[]);
    let ask = || server.get("/jane.keys");
    for call in
        [ask().private(ADMIN), ask().private("nonsense"), ask().bearer("nonsense"), ask().basic("jane", "wrong")]
    {
        assert_eq!(call.send().body, of_jane());
    }
}

#[test]
fn unknown_and_blocked_users_look_alike() {
    let server = Database::new().serve(&[]);
    for path in ["/nobody.keys", "/bob.keys", "/BOB.keys"] {
        not_found(&server.get(path).send());
    }
    server.put("/api/v3/users/3/block").private(ADMIN).send().expect(200);
    not_found(&server.get("/john.keys").send());
    server.put("/api/v3/users/3/unblock").private(ADMIN).send().expect(200);
    assert_eq!(server.get("/john.keys").send().body, bare(&key("ecdsa-256")) + "\n");
    server.delete("/api/v3/users/3").private(ADMIN).send().expect(200);
    not_found(&server.get("/john.keys").send());
}

#[test]
fn other_files_at_the_top_are_not_there() {
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
fn a_name_may_end_like_the_file() {
    let email = json!({"email": "x@example.com"});
    let keys = json!([{"title": "x", "key": key("ed25519")}]);
    let users = json!({"users": [{"username": "jane.keys", "emails": [email], "keys": keys}]});
    let server = Database::of(&users).serve(&[]);
    assert_eq!(server.get("/jane.keys.keys").send().body, bare(&key("ed25519")) + "\n");
    assert_eq!(server.get("/jane.keys").send().status, 404);
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
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
        assert_eq!((answer.status, &answer.body), (200, &of_jane()), "{given}");
    }
    // Another user's, and the same user's after a change.
    assert_eq!(server.get("/john.keys").header("If-None-Match", &tag).send().status, 200);
    server.delete("/api/v3/users/2/keys/12").private(ADMIN).send().expect(200);
    let changed = ask(&tag);
    assert_eq!((changed.status, changed.body.lines().count()), (200, 2));
    assert_ne!(changed.header("etag"), Some(&*tag));
    // Nothing on the way may answer for us: a key may be gone.
    assert!(matches!(changed.header("cache-control"), Some("no-cache" | "no-store")));
}

#[test]
fn what_is_blocked_is_not_unchanged() {
    let server = Database::new().serve(&[]);
    let tag = server.get("/john.keys").send().header("etag").unwrap().to_owned();
    server.put("/api/v3/users/3/block").private(ADMIN).send().expect(200);
    not_found(&server.get("/john.keys").header("If-None-Match", &tag).send());
    not_found(&server.get("/john.keys").header("If-None-Match", "*").send());
}

#[test]
fn head_says_what_get_would() {
    let server = Database::new().serve(&[]);
    let (get, head) = (server.get("/jane.keys").send(), server.call("HEAD", "/jane.keys").send());
    assert_eq!((head.status, &*head.body), (200, ""));
    for name in ["content-type", "content-length", "etag", "cache-control"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    let tag = get.header("etag").unwrap();
    assert_eq!(server.call("HEAD", "/jane.keys").header("If-None-Match", tag).send().status, 304);
    assert_eq!(server.call("HEAD", "/bob.keys").send().status, 404);
}

#[test]
fn it_is_read_only() {
    let server = Server::demo();
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let answer = server.call(method, "/john_smith.keys").private(ROOT).send();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    assert_eq!(server.get("/john_smith.keys").send().body.lines().count(), 2);
}

#[test]
fn a_key_is_public_when_the_call_has_answered() {
    let server = Server::demo();
    let body = json!({"title": "new", "key": key("rsa-2048")});
    let id = server.post("/api/v3/user/keys").private(JOHN).json(body).send().expect(201)["id"].clone();
    let line = bare(&key("rsa-2048"));
    assert!(server.get("/john_smith.keys").send().body.lines().any(|found| found == line));
    server.delete(&format!("/api/v3/user/keys/{id}")).private(JOHN).send().expect(200);
    assert!(!server.get("/john_smith.keys").send().body.contains(&line));
}

#[test]
fn turned_off_it_is_as_if_there_were_no_users() {
    let server = Server::demo_with(&["--no-public-keys"]);
    for path in ["/john_smith.keys", "/nobody.keys", "/root.keys"] {
        let answer = server.get(path).send();
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("ssh-"), "{answer:?}");
    }
    let unknown = server.get("/nobody.keys").send();
    assert_eq!(server.get("/john_smith.keys").send().body, unknown.body);
    // For those who may, it is there all the same.
    assert_eq!(server.get("/allowed_signers").private(ROOT).send().status, 200);
}
