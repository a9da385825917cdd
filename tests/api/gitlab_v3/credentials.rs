//! Where v3 accepts a token, and what each scope allows.

use super::{forbidden, public_key, unauthorized};
use crate::harness::{JACK, JANE, JOHN, ROOT, Server};
use serde_json::json;

#[test]
fn a_token_is_accepted_as_a_header_a_query_parameter_and_a_bearer_token() {
    let server = Server::demo();
    let get = || server.get("/api/v3/user");
    for call in [
        get().private_token(JOHN),
        get().header("private-token", JOHN),
        get().bearer(JOHN),
        get().header("Authorization", &format!("bearer {JOHN}")),
        server.get(&format!("/api/v3/user?private_token={JOHN}")),
        server.get(&format!("/api/v3/user?x=%FF&private_token={}&y", JOHN.replace('-', "%2D"))),
        server.get(&format!("/api/v3/user/?private_token={JOHN}")),
    ] {
        assert_eq!(call.send().expect(200)["username"], "john_smith");
    }
}

#[test]
fn a_token_is_accepted_in_json_form_and_multipart_bodies() {
    let server = Server::demo();
    let key = |file: &str, title: &str| (public_key(file), title.to_owned());
    let (json_key, json_title) = key("ecdsa-384.pub", "json");
    let body = json!({"private_token": JOHN, "title": json_title, "key": json_key});
    assert_eq!(server.post("/api/v3/user/keys").json(body).send().expect(201)["title"], "json");

    let (form_key, form_title) = key("ecdsa-521.pub", "form");
    let form = [("private_token", JOHN), ("title", &form_title), ("key", &form_key)];
    assert_eq!(server.post("/api/v3/user/keys").form(&form).send().expect(201)["title"], "form");

    let (multipart_key, title) = key("rsa-2048.pub", "multipart");
    let part =
        |name: &str, value: &str| format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let body = part("private_token", JOHN) + &part("title", &title) + &part("key", &multipart_key) + "--B--\r\n";
    let call = server.post("/api/v3/user/keys").header("Content-Type", "multipart/form-data; boundary=B").body(body);
    assert_eq!(call.send().expect(201)["title"], "multipart");

    server.delete("/api/v3/user/keys/1").json(json!({"private_token": JOHN})).send().expect(200);
}

#[test]
fn a_token_in_the_body_of_a_get_is_ignored() {
    let server = Server::demo();
    assert_eq!(server.get("/api/v3/user").json(json!({"private_token": JOHN})).send().expect(401), unauthorized());
}

#[test]
fn any_other_credential_is_401_with_a_challenge() {
    let server = Server::demo();
    let get = || server.get("/api/v3/user");
    for call in [
        get(),
        get().basic("john_smith", "john-password"),
        get().basic("john_smith", JOHN),
        get().basic(JOHN, ""),
        get().private_token(""),
        get().private_token("wrong"),
        get().private_token(&JOHN.to_uppercase()),
        get().private_token(&JOHN[1..]),
        get().private_token(&format!("{JOHN}x")),
        get().private_token("john-password"),
        get().private_token("é"),
        get().bearer(""),
        get().bearer("wrong"),
        get().header("Authorization", "Bearer"),
        get().header("Authorization", JOHN),
        get().header("Authorization", &format!("Token {JOHN}")),
        get().header("Authorization", &format!("PRIVATE-TOKEN {JOHN}")),
        get().header("Cookie", &format!("private_token={JOHN}")),
        server.get("/api/v3/user?private_token="),
        server.get("/api/v3/user?private_token=wrong"),
        server.get("/api/v3/user?private_token=%FF"),
        server.get(&format!("/api/v3/user?Private_Token={JOHN}")),
        server.get("/api/v3/user?private_token=a%00b"),
    ] {
        let answer = call.clone().send();
        assert_eq!((answer.status, answer.json()), (401, unauthorized()));
        assert!(answer.header("www-authenticate").is_some_and(|text| text.starts_with("Bearer ")), "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[test]
fn a_read_user_token_can_read_but_not_write() {
    let server = Server::demo();
    for path in ["/user", "/users", "/users/1", "/user/keys", "/user/keys/2"] {
        server.get(&format!("/api/v3{path}")).private_token(JACK).send().expect(200);
        server.get(&format!("/api/v3{path}")).bearer(JACK).send().expect(200);
    }
    let key = json!({"title": "new", "key": public_key("ecdsa-384.pub")});
    for call in [server.post("/api/v3/user/keys").json(key), server.delete("/api/v3/user/keys/2")] {
        let answer = call.private_token(JACK).send();
        assert_eq!((answer.status, answer.json()), (403, forbidden()));
        // RFC 6750, section 3.1.
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
        assert!(challenge.contains(r#"scope="api""#), "{challenge}");
    }
    assert_eq!(server.get("/api/v3/user/keys").private_token(JACK).send().expect(200).as_array().unwrap().len(), 1);
}

#[test]
fn a_token_with_only_docker_scopes_is_refused() {
    let server = Server::demo();
    server.get("/api/v1.1/users/janedoe/").bearer(JANE).send().expect(200);
    for path in ["/user", "/users", "/users/2", "/user/keys", "/user/keys/1"] {
        let answer = server.get(&format!("/api/v3{path}")).private_token(JANE).send();
        assert_eq!((answer.status, answer.json()), (403, forbidden()), "{path}");
        assert!(answer.header("www-authenticate").unwrap().contains(r#"scope="read_user""#), "{answer:?}");
        assert_eq!(server.get(&format!("/api/v3{path}")).bearer(JANE).send().expect(403), forbidden());
    }
}

#[test]
fn an_administrators_read_user_token_can_read_admin_resources_but_not_write() {
    let server = Server::on_file_without_passwords(&[]);
    let created = server.cli(&["token", "create", "root", "--scope", "read_user", "--json"]);
    let created: serde_json::Value = serde_json::from_slice(&created.stdout).unwrap();
    let token = created["token"].as_str().unwrap();
    assert_eq!(server.get("/api/v3/users/1/keys").private_token(token).send().expect(200).as_array().unwrap().len(), 2);
    for (method, path) in [
        ("POST", "/users"),
        ("PUT", "/users/1"),
        ("DELETE", "/users/1"),
        ("PUT", "/users/1/block"),
        ("POST", "/users/1/keys"),
        ("DELETE", "/users/1/keys/1"),
    ] {
        let answer = server.call(method, &format!("/api/v3{path}")).private_token(token).send();
        assert_eq!((answer.status, answer.json()), (403, forbidden()), "{method} {path}");
    }
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM users WHERE state = 'active'"), 5);
    assert_eq!(server.sql::<i64>("SELECT count(*) FROM ssh_keys"), 3);
}

#[test]
fn a_revoked_token_is_refused_immediately() {
    let server = Server::on_file_without_passwords(&[]);
    server.get("/api/v3/user").private_token(ROOT).send().expect(200);
    let id: i64 = server.sql("SELECT t.id FROM tokens t JOIN users u ON u.id = t.user_id WHERE u.username = 'root'");
    assert!(server.cli(&["token", "revoke", &id.to_string()]).status.success());
    assert_eq!(server.get("/api/v3/user").private_token(ROOT).send().expect(401), unauthorized());
}
