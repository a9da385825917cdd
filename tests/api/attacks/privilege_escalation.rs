//! Privilege escalation: acting with another user's or an administrator's rights.

use super::{DEMO_USERNAMES, assert_still_serves, raw, request, usernames};
use crate::harness::{JACK, JANE, JOHN, ROOT, Server, read_file};
use serde_json::{Value, json};

/// Every route for administrators, with a body that would have an effect.
fn admin_routes() -> Vec<(&'static str, &'static str, Value)> {
    let user =
        json!({"email": "evil@example.com", "password": "a-password", "username": "evil", "name": "E", "admin": true});
    let key = json!({"title": "evil", "key": read_file("fixtures/keys/accepted/ecdsa-384.pub")});
    vec![
        ("POST", "/users", user),
        ("PUT", "/users/1", json!({"admin": true})),
        ("PUT", "/users/4", json!({"password": "evil-password"})),
        ("PUT", "/users/4/block", json!({})),
        ("PUT", "/users/4/unblock", json!({})),
        ("DELETE", "/users/1", json!({})),
        ("DELETE", "/users/4", json!({})),
        ("GET", "/users/4/keys", json!({})),
        ("GET", "/users/1/keys", json!({})),
        ("POST", "/users/4/keys", key.clone()),
        ("POST", "/users/1/keys", key),
        ("DELETE", "/users/3/keys/2", json!({})),
        ("DELETE", "/users/1/keys/1", json!({})),
    ]
}

#[track_caller]
fn assert_nothing_changed(server: &Server) {
    assert_eq!(usernames(server), DEMO_USERNAMES);
    let users = server.get("/api/v3/users").private_token(ROOT).send().expect(200);
    for user in users.as_array().unwrap() {
        assert_eq!(user["is_admin"], user["username"] == "root", "{user}");
        assert_eq!(user["state"], "active", "{user}");
    }
    for (user, keys) in [(1, 2), (3, 1), (4, 0)] {
        let found = server.get(&format!("/api/v3/users/{user}/keys")).private_token(ROOT).send().expect(200);
        assert_eq!(found.as_array().unwrap().len(), keys, "{user}");
    }
    let session = json!({"login": "root", "password": "root-password"});
    server.post("/api/v3/session").json(session).send().expect(201);
    assert_still_serves(server);
}

#[test]
fn a_regular_user_on_every_admin_route() {
    let server = Server::demo();
    let session = json!({"login": "john_smith", "password": "john-password"});
    let session = server.post("/api/v3/session").json(session).send().expect(201);
    for token in [JOHN, session["private_token"].as_str().unwrap()] {
        for (method, path, body) in admin_routes() {
            let call = server.call(method, &format!("/api/v3{path}")).json(body);
            for call in [call.clone().private_token(token), call.bearer(token)] {
                let answer = call.send();
                assert_eq!(
                    (answer.status, answer.json()),
                    (403, json!({"message": "403 Forbidden"})),
                    "{method} {path}"
                );
            }
        }
    }
    assert_nothing_changed(&server);
}

#[test]
fn impersonation_by_header_or_parameter() {
    let server = Server::demo();
    for (method, path, body) in admin_routes() {
        let call =
            |query: &str| server.call(method, &format!("/api/v3{path}{query}")).private_token(JOHN).json(body.clone());
        for attempt in [
            call("").header("SUDO", "root"),
            call("?sudo=root"),
            call("?sudo=4"),
            call("?is_admin=true&admin=1"),
            call("").header("X-Forwarded-User", "root"),
            call("").header("X-Remote-User", "root"),
            call("").header("REMOTE-USER", "root"),
            call("").header("X-Forwarded-For", "127.0.0.1"),
            call("").header("Cookie", "_session=root"),
            call(&format!("?private_token={ROOT}x")),
        ] {
            assert_eq!(attempt.send().status, 403, "{method} {path}");
        }
    }
    for header in ["X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE", "X-Method-Override: DELETE"] {
        let headers = format!("PRIVATE-TOKEN: {ROOT}\r\n{header}\r\n");
        assert_eq!(raw(&server, &request("GET", "/api/v3/users/3?_method=DELETE", &headers)).0, [200]);
        assert_eq!(raw(&server, &request("POST", "/api/v3/users/3?_method=DELETE", &headers)).0, [405]);
    }
    assert_nothing_changed(&server);
}

#[test]
fn alternative_spellings_of_an_admin_route() {
    let server = Server::demo();
    for (method, path) in [
        ("DELETE", "/api/v3/users/%33"),
        ("DELETE", "/api/v3/users/3/"),
        ("DELETE", "/api/v3/users/3?"),
        ("DELETE", "/api/v3/users/3#x"),
        ("DELETE", "/api/v3//users/3"),
        ("DELETE", "/api/v3/users//3"),
        ("DELETE", "/api/v3/user/../users/3"),
        ("DELETE", "/api/v3/user/keys/../../users/3"),
        ("DELETE", "/api/v3/users/3;x"),
        ("DELETE", "/api/v3/users/3%00"),
        ("DELETE", "/api/v3/users/3%2F"),
        ("DELETE", "/API/V3/USERS/3"),
        ("DELETE", "/api/v1.1/users/3"),
        ("delete", "/api/v3/users/3"),
        ("DELETE", "http://localhost/api/v3/users/3"),
    ] {
        let (statuses, answer) = raw(&server, &request(method, path, &format!("PRIVATE-TOKEN: {JOHN}\r\n")));
        assert!(statuses.len() == 1 && (400..500).contains(&statuses[0]), "{method} {path}: {answer}");
    }
    assert_nothing_changed(&server);
}

#[test]
fn a_read_only_token_on_every_writing_route() {
    let server = Server::demo();
    let key = json!({"title": "x", "key": read_file("fixtures/keys/accepted/ecdsa-384.pub")});
    let mut routes: Vec<(&str, String, Value)> = admin_routes()
        .into_iter()
        .filter(|(method, _, _)| *method != "GET")
        .map(|(method, path, body)| (method, format!("/api/v3{path}"), body))
        .collect();
    let emails = "/api/v1.1/users/jack_smith/emails/";
    routes.extend([
        ("POST", "/api/v3/user/keys".into(), key),
        ("DELETE", "/api/v3/user/keys/2".into(), json!({})),
        ("PATCH", "/api/v1.1/users/jack_smith/".into(), json!({"company": "x"})),
        ("POST", emails.into(), json!({"email": "new@example.com"})),
        ("PATCH", emails.into(), json!({"email": "jack@example.com", "verified": true})),
        ("DELETE", emails.into(), json!({"email": "jack@example.com"})),
    ]);
    for (method, path, body) in routes {
        let answer = server.call(method, &path).bearer(JACK).json(body).send();
        assert_eq!(answer.status, 403, "{method} {path} {answer:?}");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.contains("insufficient_scope"), "{method} {path} {challenge}");
    }
    assert_nothing_changed(&server);
}

#[test]
fn another_users_account_in_the_docker_dialect() {
    let server = Server::demo();
    for (method, rest, body) in [
        ("GET", "", json!({})),
        ("PATCH", "", json!({"full_name": "Evil"})),
        ("GET", "emails/", json!({})),
        ("POST", "emails/", json!({"email": "evil@example.com"})),
        ("PATCH", "emails/", json!({"email": "jane.doe@example.com", "primary": true})),
        ("DELETE", "emails/", json!({"email": "jane.doe@example.com"})),
    ] {
        // The docker dialect gives administrators no more rights than others.
        for token in [JOHN, ROOT] {
            let call = server.call(method, &format!("/api/v1.1/users/janedoe/{rest}")).bearer(token).json(body.clone());
            let answer = call.send();
            assert_eq!((answer.status, answer.names()), (403, vec!["detail".to_owned()]), "{method} {rest}");
            assert!(!answer.body.contains("jane"), "{answer:?}");
        }
    }
    let emails = server.get("/api/v1.1/users/janedoe/emails/").bearer(JANE).send().expect(200);
    assert_eq!(emails, json!([{"email": "jane.doe@example.com", "verified": true, "primary": true}]));
    assert_nothing_changed(&server);
}

#[test]
fn another_users_keys_by_id() {
    let server = Server::demo();
    for id in ["2", "%32", "02", "2.0", "+2", "1,2", "1%002", "*", "-2"] {
        let path = format!("/api/v3/user/keys/{id}");
        let answer = server.get(&path).private_token(JOHN).send();
        assert_eq!((answer.status, answer.json()), (404, json!({"message": "404 Not found"})), "{id}");
        let answer = server.delete(&path).private_token(JOHN).send();
        assert!(answer.body == "null" || answer.status == 404, "{id} {answer:?}");
        assert!(!answer.body.contains("ecdsa"), "{id}");
    }
    assert_nothing_changed(&server);
}
