//! Service accounts: `user_service_accounts.md`.

use super::{create_token, secret};
use crate::harness::{JOHN, ROOT, Server, names};
use serde_json::{Value, json};

const PATH: &str = "/api/v4/service_accounts";

fn create(server: &Server, body: Value) -> Value {
    server.post(PATH).private_token(ROOT).json(body).send().expect(201)
}

#[test]
fn a_service_account_has_no_password_and_can_have_tokens() {
    let server = Server::demo();
    let made = create(&server, json!({ "name": "sshd", "username": "sshd", "email": "sshd@example.com" }));
    let expected = json!({ "id": made["id"], "username": "sshd", "name": "sshd", "email": "sshd@example.com" });
    assert_eq!(made, expected);
    let id = made["id"].as_i64().unwrap();
    let token = create_token(&server, id, "personal_access_tokens", &["read_user"]);
    assert_eq!(server.get("/api/v4/user").private_token(secret(&token)).send().expect(200)["username"], "sshd");
    let user = format!("/api/v4/users/{id}");
    let password = server.put(&user).private_token(ROOT).json(json!({ "password": "correct-horse" })).send();
    let refused = json!({ "message": { "password": ["cannot be set for a service account"] } });
    assert_eq!(password.expect(400), refused);
    let session = json!({ "login": "sshd", "password": "correct-horse" });
    server.post("/api/v3/session").json(session).send().expect(401);
    // Everything else is as for other users.
    server.post(&format!("{user}/block")).private_token(ROOT).send().expect(201);
    server.get("/api/v4/user").private_token(secret(&token)).send().expect(401);
    server.delete(&user).private_token(ROOT).send().expect(204);
    assert_eq!(server.get(PATH).private_token(ROOT).send().expect(200), json!([]));
}

#[test]
fn what_is_not_given_is_made_up() {
    let server = Server::demo();
    let (one, other) = (create(&server, json!({})), create(&server, json!({})));
    assert_eq!(names(&one), ["id", "username", "name", "email"]);
    let username = one["username"].as_str().unwrap();
    assert!(username.starts_with("service_account_") && username.len() == 48, "{one}");
    assert_eq!(one["name"], "Service account user");
    assert_eq!(one["email"], format!("{username}@noreply.invalid"));
    assert_ne!(one["username"], other["username"]);
}

#[test]
fn a_bad_or_taken_value_is_refused() {
    let server = Server::demo();
    let post = |body: Value| server.post(PATH).private_token(ROOT).json(body).send();
    let invalid = post(json!({ "name": " ", "username": "-x", "email": "x" })).expect(400);
    assert_eq!(names(&invalid["message"]), ["name", "username", "email"]);
    let taken = post(json!({ "username": "ROOT" })).expect(409);
    assert_eq!(taken, json!({ "message": "Username has already been taken" }));
    post(json!({ "email": "admin@example.com" })).expect(409);
}

#[test]
fn administrators_list_service_accounts() {
    let server = Server::demo();
    let ids: Vec<Value> = ["b", "a", "c"].map(|name| create(&server, json!({ "username": name }))["id"].clone()).into();
    let list = |query: &str| -> Vec<Value> {
        let list = server.get(&format!("{PATH}{query}")).private_token(ROOT).send().expect(200);
        list.as_array().unwrap().iter().map(|user| user["id"].clone()).collect()
    };
    assert_eq!(list(""), [ids[2].clone(), ids[1].clone(), ids[0].clone()]);
    assert_eq!(list("?sort=asc"), ids);
    assert_eq!(list("?order_by=username&sort=asc"), [ids[1].clone(), ids[0].clone(), ids[2].clone()]);
    assert_eq!(list("?per_page=1&page=2"), [ids[1].clone()]);
    let bad = server.get(&format!("{PATH}?order_by=name")).private_token(ROOT).send().expect(400);
    assert_eq!(bad, json!({ "error": "order_by does not have a valid value" }));
    // The list of users has them too, and can leave them out.
    let users = |query: &str| {
        let list = server.get(&format!("/api/v4/users?{query}")).private_token(ROOT).send();
        list.header("x-total").unwrap().parse::<u32>().unwrap()
    };
    assert_eq!([users(""), users("humans=true"), users("exclude_humans=true")], [8, 5, 3]);
}

#[test]
fn only_administrators_can_use_service_accounts() {
    let server = Server::demo();
    for call in [server.get(PATH), server.post(PATH).json(json!({}))] {
        assert_eq!(call.clone().private_token(JOHN).send().expect(403), json!({ "message": "403 Forbidden" }));
        call.send().expect(401);
    }
    let read = create_token(&server, 4, "personal_access_tokens", &["read_api"]);
    server.get(PATH).private_token(secret(&read)).send().expect(200);
    server.post(PATH).private_token(secret(&read)).json(json!({})).send().expect(403);
}

#[test]
fn an_export_keeps_a_service_account_one() {
    let server = Server::on_file_without_passwords(&[]);
    let made = create(&server, json!({ "username": "sshd" }));
    let (exported, copy) = super::export_and_import(&server);
    let users = exported["users"].as_array().unwrap();
    let marked: Vec<_> = users.iter().filter(|user| user["service_account"] == true).collect();
    assert_eq!((marked.len(), &marked[0]["username"]), (1, &json!("sshd")));
    assert_eq!(copy.get(PATH).private_token(ROOT).send().expect(200), json!([made]));
    let path = format!("/api/v4/users/{}", made["id"]);
    copy.put(&path).private_token(ROOT).json(json!({ "password": "correct-horse" })).send().expect(400);
}
