//! Changes over HTTP: who made them, with which credential, and from where.

use super::{event, events, names};
use crate::cli::{Commands, JANE, JOE, light_server};
use crate::harness::{OTHER_ADDRESS, Server, connect_from};
use serde_json::{Value, json};
use std::io::{Read, Write};

const FINGERPRINT: &str = "SHA256:";
const HERE: Option<&str> = Some("127.0.0.1");
const JANES: Option<&str> = Some("personal token 1 (test)");
const JOES: Option<&str> = Some("personal token 2 (test)");

/// The events after those that the archive and earlier calls made.
fn after(server: &Server, seen: usize) -> Vec<Value> {
    events(server, &[]).split_off(seen)
}

#[test]
fn a_user_who_changes_their_account_is_actor_and_subject() {
    let server = light_server();
    let key = include_str!("../../../fixtures/keys/accepted/rsa-2048.pub").trim();
    let new = json!({"title": "desk", "key": key});
    let added = server.post("/api/v4/user/keys").private_token(JOE).json(new).send().expect(201);
    let path = format!("/api/v4/user/keys/{}", added["id"]);
    server.delete(&path).private_token(JOE).send().expect(204);
    let email = json!({"email": "joe@home.example"});
    let added_email = server.post("/api/v4/user/emails").private_token(JOE).json(email).send().expect(201);
    let path = format!("/api/v4/user/emails/{}", added_email["id"]);
    server.delete(&path).private_token(JOE).send().expect(204);
    server.patch("/api/v1.1/users/joe/").bearer(JOE).json(json!({"company": "Roe Ltd"})).send().expect(200);
    server.patch("/api/v1.1/users/joe/").bearer(JOE).json(json!({"company": "Roe Ltd"})).send().expect(200);

    let by_joe = |name, details| event(name, [Some("joe"), JOES, HERE, Some("joe")], details);
    let found = after(&server, 1);
    let fingerprint = found[0]["details"]["fingerprint"].as_str().unwrap().to_owned();
    assert!(fingerprint.starts_with(FINGERPRINT));
    let key = json!({"key": 2, "title": "desk", "fingerprint": fingerprint, "expires_at": null});
    let email = json!({"email": "joe@home.example", "primary": false, "verified_by": null});
    assert_eq!(
        found,
        [
            by_joe("key.added", key.clone()),
            by_joe("key.removed", key),
            by_joe("email.added", email.clone()),
            by_joe("email.removed", email),
            by_joe("user.updated", json!({"changed": ["company"]})),
        ]
    );
    assert_eq!(events(&server, &["--user", "joe"]), found);
}

#[test]
fn an_administrator_is_the_actor_even_as_another_user() {
    let server = light_server();
    let change = json!({"username": "joseph", "admin": true, "bio": "secret plans", "password": "correct-horse"});
    server.put("/api/v4/users/2").private_token(JANE).json(change).send().expect(200);
    let block = |action: &str| server.post(&format!("/api/v4/users/2/{action}")).private_token(JANE).send();
    block("block").expect(201);
    block("block").expect(201);
    block("unblock").expect(201);
    let email = json!({"email": "joe@home.example"});
    let call = server.post("/api/v4/user/emails").private_token(JANE).header("Sudo", "joseph");
    call.json(email).send().expect(201);
    server.delete("/api/v4/users/2").private_token(JANE).send().expect(204);

    let by_jane =
        |name, via: &str, subject, details| event(name, [Some("jane"), Some(via), HERE, Some(subject)], details);
    let token = JANES.unwrap();
    let updated = json!({
        "changed": ["username", "admin", "bio", "password"], "username": "joseph", "admin": true,
    });
    let email = json!({"email": "joe@home.example", "primary": false, "verified_by": null});
    let expected = [
        by_jane("user.updated", token, "joe", updated),
        by_jane("user.blocked", token, "joseph", json!({})),
        by_jane("user.unblocked", token, "joseph", json!({})),
        by_jane("email.added", &format!("{token}, sudo as joseph"), "joseph", email),
        by_jane("user.deleted", token, "joseph", json!({})),
    ];
    let mut found = after(&server, 1);
    found[0]["details"]["changed"]
        .as_array_mut()
        .unwrap()
        .sort_by_key(|name| ["username", "admin", "bio", "password"].iter().position(|known| name == known));
    assert_eq!(found, expected);
    // The rows of a deleted user stay, and are found by the last name.
    assert_eq!(names(&server, &["--user", "JOSEPH"]).len(), 5);
    assert_eq!(names(&server, &["--user", "jane"]).len(), 5);
}

#[test]
fn tokens_are_named_with_their_kind_and_never_by_their_secret() {
    let server = light_server();
    let expires_at = "2999-01-01T00:00:00Z";
    let new = json!({"name": "ci", "scopes": ["api"], "expires_at": expires_at});
    let path = "/api/v4/users/2/personal_access_tokens";
    let created = server.post(path).private_token(JANE).json(new).send().expect(201);
    let secret = created["token"].as_str().unwrap();
    server.patch("/api/v1.1/users/joe/").bearer(secret).json(json!({"company": "x"})).send().expect(200);
    let own = server
        .post("/api/v4/personal_access_tokens/3/rotate")
        .private_token(JANE)
        .json(json!({"expires_at": expires_at}));
    let rotated = own.send().expect(200);
    server.get("/api/v4/user").private_token(secret).send().expect(401);
    server.get("/api/v4/user").private_token(secret).send().expect(401);

    let details =
        |id: i64| json!({"token": id, "kind": "personal", "name": "ci", "scopes": "api", "expires_at": expires_at});
    let mut rotation = details(4);
    rotation["replaces"] = json!(3);
    let by_jane = |name, details| event(name, [Some("jane"), JANES, HERE, Some("joe")], details);
    let found = after(&server, 1);
    assert_eq!(
        found,
        [
            by_jane("token.created", details(3)),
            event(
                "user.updated",
                [Some("joe"), Some("personal token 3 (ci)"), HERE, Some("joe")],
                json!({"changed": ["company"]})
            ),
            by_jane("token.rotated", rotation),
            event("token.reused", [None, Some("token 3"), HERE, Some("joe")], json!({"token": 3})),
        ]
    );
    let text = server.ok(&["log"]) + &server.ok(&["log", "--json"]);
    for secret in [secret, rotated["token"].as_str().unwrap(), JANE, JOE] {
        assert!(!text.contains(secret));
    }
}

#[test]
fn a_token_that_revokes_itself_is_still_named() {
    let server = light_server();
    server.delete("/api/v4/personal_access_tokens/self").private_token(JOE).send().expect(204);
    let details = json!({"token": 2, "kind": "personal", "name": "test", "scopes": "api", "expires_at": null});
    assert_eq!(after(&server, 1), [event("token.revoked", [Some("joe"), JOES, HERE, Some("joe")], details)]);
}

#[test]
fn the_address_is_the_clients_own_or_what_a_trusted_proxy_says() {
    let server = light_server();
    let body = r#"{"company": "x"}"#;
    let request = format!(
        "PATCH /api/v1.1/users/joe/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {JOE}\r\nX-Forwarded-For: 192.0.2.7\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let send = |server: &Server| {
        let mut stream = connect_from(OTHER_ADDRESS, server.address);
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    };
    send(&server);
    let server = crate::cli::reopen(stopped(server), &["--trusted-proxy", "127.0.0.0/8"]);
    server.patch("/api/v1.1/users/joe/").bearer(JOE).json(json!({"company": "y"})).send().expect(200);
    let request = request.replace("\"x\"", "\"z\"");
    let mut stream = connect_from(OTHER_ADDRESS, server.address);
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    let from: Vec<_> = after(&server, 1).iter().map(|event| event["from"].clone()).collect();
    assert_eq!(from, [json!(OTHER_ADDRESS.to_string()), json!("127.0.0.1"), json!("192.0.2.7")]);
}

fn stopped(mut server: Server) -> Server {
    assert!(server.stop().success());
    server
}

#[test]
fn simultaneous_changes_have_one_row_each_and_refused_ones_none() {
    let server = light_server();
    std::thread::scope(|scope| {
        for n in 0..40 {
            let server = &server;
            scope.spawn(move || {
                // Half of the addresses are taken.
                let email = json!({"email": format!("joe{}@home.example", n / 2)});
                server.post("/api/v4/user/emails").private_token(JOE).json(email).send()
            });
        }
    });
    let found = after(&server, 1);
    assert_eq!(found.len(), 20);
    let stored: i64 = server.value("SELECT count(*) FROM emails WHERE address LIKE 'joe%@home.example'");
    assert_eq!(stored, 20);
}
