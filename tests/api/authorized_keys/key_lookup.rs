//! Finding the owner of a key: `GET /api/v3/keys/:id`, `GET /api/v4/keys?fingerprint=…` and
//! `GET /api/accountd/authorized_keys`.

use super::{ADMIN, Database, bare, fingerprint, key};
use crate::harness::{JACK, JOHN, ROOT, Response, Server, file};
use serde_json::{Value, json};
use std::process::Command;

/// The MD5 fingerprint as `ssh-keygen -l -E md5` prints it: `MD5:16:27:…`.
fn md5(name: &str) -> String {
    let path = file(&format!("fixtures/keys/accepted/{name}.pub"));
    let output = Command::new("ssh-keygen").args(["-l", "-E", "md5", "-f"]).arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').nth(1).unwrap().to_owned()
}

/// Jack's key in fixtures/demo.json and its user, as other endpoints of the same server show them.
fn jacks_key(server: &Server) -> Value {
    let keys = server.get("/api/v3/users/3/keys").private_token(ROOT).send().expect(200);
    let mut key = keys[0].clone();
    assert_eq!((&key["id"], &key["fingerprint"]), (&json!(2), &json!(fingerprint("ecdsa-256"))));
    key["user"] = server.get("/api/v3/users/3").private_token(ROOT).send().expect(200);
    assert_eq!(key["user"]["username"], "jack_smith");
    key
}

#[test]
fn a_key_is_found_by_id_with_its_user() {
    let server = Server::demo();
    let expected = jacks_key(&server);
    for path in ["/api/v3/keys/2", "/api/v3/keys/2/"] {
        let answer = server.get(path).private_token(ROOT).send();
        assert_eq!(answer.names(), ["id", "title", "key", "created_at", "fingerprint", "user"]);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.expect(200), expected, "{path}");
    }
    let v4 = server.get("/api/v4/keys/2").private_token(ROOT).send();
    // GitLab's documentation, "Keys API", 17.9.
    let names = ["id", "title", "key", "created_at", "expires_at", "last_used_at", "usage_type", "user"];
    assert_eq!(v4.names(), names);
    let v4 = v4.expect(200);
    assert_eq!((&v4["id"], &v4["key"], &v4["user"]["username"]), (&json!(2), &expected["key"], &json!("jack_smith")));
}

#[test]
fn a_key_is_found_by_fingerprint_in_every_notation() {
    let server = Server::demo();
    let expected = jacks_key(&server);
    let sha = fingerprint("ecdsa-256");
    // This fingerprint contains plus signs, which mean spaces in a query unless they are encoded.
    assert!(sha.contains("++"));
    let md5 = md5("ecdsa-256");
    let hex = md5.strip_prefix("MD5:").unwrap();
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    for text in [sha.clone(), encoded(&sha), sha.replace('+', "%2B"), md5.clone(), encoded(&md5), hex.to_owned()] {
        for version in ["v3", "v4"] {
            let answer = server.get(&format!("/api/{version}/keys?fingerprint={text}")).private_token(ROOT).send();
            let found = answer.expect(200);
            assert_eq!((&found["id"], &found["key"]), (&expected["id"], &expected["key"]), "{version} {text}");
            assert_eq!(found["user"]["username"], "jack_smith", "{version} {text}");
        }
    }
}

#[track_caller]
fn assert_message(answer: Response, status: u16, message: &str) {
    assert_eq!(answer.expect(status), json!({"message": message}));
}

#[test]
fn unknown_ids_and_fingerprints_are_not_found() {
    let server = Server::demo();
    let other = fingerprint("rsa-4096");
    for path in ["keys/99", "keys/0", "keys/-1", "keys/x", "keys/99999999999999999999"] {
        assert_message(server.get(&format!("/api/v3/{path}")).private_token(ROOT).send(), 404, "404 Not found");
    }
    let unknown =
        [other.as_str(), "nonsense", "SHA256:", "SHA256:short", "MD5:", "MD5:00:11", &md5("rsa-4096"), "MD5:zz"];
    for text in unknown {
        assert_message(
            server.get(&format!("/api/v3/keys?fingerprint={text}")).private_token(ROOT).send(),
            404,
            "404 Not found",
        );
        assert_message(
            server.get(&format!("/api/v4/keys?fingerprint={text}")).private_token(ROOT).send(),
            404,
            "404 Key Not Found",
        );
    }
    for path in ["/api/v3/keys", "/api/v3/keys?fingerprint="] {
        assert_message(server.get(path).private_token(ROOT).send(), 400, "400 (Bad request) \"fingerprint\" not given");
    }
    assert_eq!(server.get("/api/v4/keys").private_token(ROOT).send().status, 400);
}

#[test]
fn only_administrators_can_look_up_keys() {
    let server = Server::demo();
    let sha = fingerprint("ecdsa-256");
    // Key 2 is Jack's own. He must not learn either that key 99 does not exist.
    for path in ["/api/v3/keys/2", "/api/v3/keys/99", &format!("/api/v4/keys?fingerprint={sha}"), "/api/v4/keys"] {
        assert_message(server.get(path).send(), 401, "401 Unauthorized");
        for token in [JACK, JOHN] {
            assert_message(server.get(path).private_token(token).send(), 403, "403 Forbidden");
        }
    }
}

#[test]
fn other_methods_are_not_allowed() {
    let server = Server::demo();
    for path in ["/api/v3/keys/2", "/api/v4/keys/2", "/api/v4/keys"] {
        let answer = server.delete(path).private_token(ROOT).send();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{path}");
    }
    assert_eq!(server.call("HEAD", "/api/v4/keys/2").private_token(ROOT).send().status, 200);
}

#[test]
fn expired_keys_and_keys_of_blocked_users_are_found() {
    let mut fixture = super::accounts();
    fixture["users"][2]["keys"][0]["expires_at"] = "2020-01-01T00:00:00Z".into();
    let server = Database::of(&fixture).serve(&[]);
    let key = server.get("/api/v4/keys/14").private_token(ADMIN).send().expect(200);
    assert_eq!((&key["expires_at"], &key["user"]["username"]), (&json!("2020-01-01T00:00:00.000Z"), &json!("john")));
    let key = server.get("/api/v4/keys/15").private_token(ADMIN).send().expect(200);
    assert_eq!((&key["user"]["username"], &key["user"]["state"]), (&json!("bob"), &json!("blocked")));
}

const AUTHORIZED_KEYS: &str = "/api/accountd/authorized_keys";

#[test]
fn a_host_receives_authorized_keys_as_json() {
    let server = Database::new().serve(&[]);
    let ask = |query: &str| server.get(&format!("{AUTHORIZED_KEYS}?{query}")).private_token(ADMIN).send().expect(200);
    let entry = json!({
        "user_id": 3, "username": "john", "key_id": 14, "key": bare(&key("ecdsa-256")), "expires_at": null
    });
    let sha = form_urlencoded::byte_serialize(fingerprint("ecdsa-256").as_bytes()).collect::<String>();
    for query in ["username=JOHN".to_owned(), format!("fingerprint={sha}"), format!("username=john&fingerprint={sha}")]
    {
        assert_eq!(ask(&query), json!([entry]), "{query}");
    }
    let ids = |query: &str| ask(query).as_array().unwrap().iter().map(|key| key["key_id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids("username=jane"), [11, 12, 13]);
    for query in ["username=bob", "username=joan", "username=nobody", &format!("username=jane&fingerprint={sha}")] {
        assert_eq!(ask(query), json!([]), "{query}");
    }
}

#[test]
fn invalid_or_unauthorized_host_requests_are_refused() {
    let server = Server::demo();
    let ask = |query: &str| server.get(&format!("{AUTHORIZED_KEYS}{query}"));
    for query in ["", "?username=", "?fingerprint=", "?fingerprint=MD5:00", "?fingerprint=x&username=john_smith"] {
        let answer = ask(query).private_token(ROOT).send();
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.body.starts_with("400 ") && answer.body.lines().count() == 1, "{answer:?}");
    }
    assert_eq!(ask("?username=john_smith").send().body, "401 Unauthorized\n");
    for token in [JOHN, JACK] {
        let answer = ask("?username=john_smith").private_token(token).send();
        assert_eq!(answer.status, 403);
        assert!(!answer.body.contains("ssh-"), "{answer:?}");
    }
    let wrong = server.post(AUTHORIZED_KEYS).private_token(ROOT).send();
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET, HEAD")));
}
