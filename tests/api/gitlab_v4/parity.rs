//! Changes made through v4 are visible in v3, docker and the command line, and the reverse.

use super::{create_ada, create_token, secret};
use crate::harness::{ROOT, Server, run};
use serde_json::{Value, json};

fn cli(server: &Server, args: &[&str]) -> Value {
    let output = server.cli(&[args, &["--json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

fn v4(server: &Server, path: &str) -> Value {
    server.get(&format!("/api/v4/{path}")).private_token(ROOT).send().expect(200)
}

#[test]
fn a_user_created_in_v4_is_the_same_user_in_every_interface() {
    let server = Server::on_file(&[]);
    create_ada(&server);
    let body = json!({ "bio": "counts", "organization": "Analytical", "location": "London" });
    server.put("/api/v4/users/6").private_token(ROOT).json(body).send().expect(200);
    let v3 = server.get("/api/v3/users/6").private_token(ROOT).send().expect(200);
    assert_eq!((&v3["username"], &v3["bio"], &v3["blocked"]), (&json!("ada"), &json!("counts"), &json!(false)));
    let docker = server.get("/api/v1.1/users/ada/").basic("ada", "correct-horse").send().expect(200);
    assert_eq!((&docker["company"], &docker["location"]), (&json!("Analytical"), &json!("London")));
    let shown = cli(&server, &["user", "show", "ada"]);
    assert_eq!((&shown["id"], &shown["state"]), (&json!(6), &json!("active")));
}

#[test]
fn a_users_state_is_the_same_in_every_interface() {
    let server = Server::on_file(&[]);
    server.post("/api/v4/users/1/ban").private_token(ROOT).send().expect(201);
    let v3 = server.get("/api/v3/users/1").private_token(ROOT).send().expect(200);
    assert_eq!((&v3["blocked"], &v3["state"]), (&json!(true), &json!("banned")));
    assert_eq!(cli(&server, &["user", "show", "john_smith"])["blocked"], true);
    // Only v4 can lift a ban: v3 and the command line do not know the state.
    server.put("/api/v3/users/1/unblock").private_token(ROOT).send().expect(403);
    assert_eq!(v4(&server, "users/1")["state"], "banned");
    server.post("/api/v4/users/1/unban").private_token(ROOT).send().expect(201);
    assert_eq!(v4(&server, "users/1")["state"], "active");
    cli(&server, &["user", "block", "john_smith"]);
    assert_eq!(v4(&server, "users/1")["state"], "blocked");
    server.post("/api/v4/users/1/unblock").private_token(ROOT).send().expect(201);
    assert_eq!(cli(&server, &["user", "show", "john_smith"])["state"], "active");
}

#[test]
fn confirmed_in_v4_is_verified_in_docker() {
    let server = Server::demo();
    let john = |call: crate::harness::Request| call.basic("john_smith", "john-password").send();
    let emails = "/api/v1.1/users/john_smith/emails/";
    john(server.post(emails).json(json!({ "email": "j@example.com" }))).expect(201);
    let row = v4(&server, "users/1/emails")[0].clone();
    assert_eq!((&row["email"], &row["confirmed_at"]), (&json!("j@example.com"), &Value::Null));
    john(server.patch(emails).json(json!({ "email": "j@example.com", "verified": true }))).expect(200);
    super::assert_is_timestamp(&v4(&server, "users/1/emails")[0]["confirmed_at"]);
    let body = json!({ "email": "k@example.com", "skip_confirmation": true });
    server.post("/api/v4/users/1/emails").private_token(ROOT).json(body).send().expect(201);
    let all = john(server.get(emails)).expect(200);
    assert_eq!(all[2], json!({ "email": "k@example.com", "verified": true, "primary": false }));
}

#[test]
fn a_token_created_in_v4_works_and_is_revoked_in_every_interface() {
    let server = Server::on_file(&[]);
    let token = create_token(&server, 1, "personal_access_tokens", &["api"]);
    assert_eq!(server.get("/api/v3/user").private_token(secret(&token)).send().status, 200);
    assert_eq!(server.get("/api/v1.1/users/john_smith/").bearer(secret(&token)).send().status, 200);
    cli(&server, &["token", "revoke", &token["id"].to_string()]);
    server.get("/api/v4/user").private_token(secret(&token)).send().expect(401);
    assert_eq!(v4(&server, &format!("personal_access_tokens/{}", token["id"]))["revoked"], true);
    let listed = cli(&server, &["token", "list", "john_smith"]);
    assert!(listed.as_array().unwrap().iter().all(|other| other["id"] != token["id"]), "{listed}");
    // A token created on the command line is shown by v4.
    let made = cli(&server, &["token", "create", "john_smith", "--name", "cli", "--scope", "read_api"]);
    let shown = v4(&server, &format!("personal_access_tokens/{}", made["id"]));
    assert_eq!((&shown["name"], &shown["scopes"]), (&json!("cli"), &json!(["read_api"])));
}

#[test]
fn a_key_added_in_v4_is_served_to_sshd_and_shown_in_v3() {
    let server = Server::demo();
    let key = crate::harness::read_file("fixtures/keys/accepted/ecdsa-384.pub");
    let body = json!({ "title": "new", "key": key, "usage_type": "auth" });
    server.post("/api/v4/users/1/keys").private_token(ROOT).json(body).send().expect(201);
    let blob = key.split(' ').nth(1).unwrap();
    assert!(server.get("/john_smith.keys").send().body.contains(blob));
    let v3 = server.get("/api/v3/users/1/keys").private_token(ROOT).send();
    assert!(v3.body.contains(blob) && !v3.body.contains("usage_type"), "{}", v3.body);
}

#[test]
fn export_and_import_preserve_everything_that_v4_sets() {
    let server = Server::on_file(&[]);
    create_ada(&server);
    let body = json!({
        "note": "n", "discord": "d", "pronouns": "she", "external": true, "private_profile": true, "theme_id": 2,
        "color_scheme_id": 3, "public_email": "ada@example.com", "provider": "github", "extern_uid": "1"
    });
    server.put("/api/v4/users/6").private_token(ROOT).json(body).send().expect(200);
    let second = json!({ "provider": "google", "extern_uid": "2" });
    server.put("/api/v4/users/6").private_token(ROOT).json(second).send().expect(200);
    server.post("/api/v4/users/6/ban").private_token(ROOT).send().expect(201);
    let token = create_token(&server, 1, "impersonation_tokens", &["api"]);
    let key = crate::harness::read_file("fixtures/keys/accepted/ecdsa-384.pub");
    let body = json!({ "title": "new", "key": key, "usage_type": "signing" });
    server.post("/api/v4/users/6/keys").private_token(ROOT).json(body).send().expect(201);

    let exported = server.cli(&["export"]);
    let file = server.folder.path().join("export.json");
    std::fs::write(&file, &exported.stdout).unwrap();
    let copy = server.folder.path().join("copy.db");
    let imported = run(&["import", file.to_str().unwrap(), "--db", copy.to_str().unwrap()]);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let again = run(&["export", "--db", copy.to_str().unwrap()]);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), String::from_utf8(exported.stdout).unwrap());

    let second = Server::start(&["--db", copy.to_str().unwrap()]);
    let (before, mut after) = (v4(&server, "users/6"), v4(&second, "users/6"));
    // The file does not contain the creator of the account.
    after["created_by"] = before["created_by"].clone();
    after["web_url"] = before["web_url"].clone();
    assert_eq!(after, before);
    assert_eq!(second.get("/api/v4/user").private_token(secret(&token)).send().expect(200)["id"], 1);
}
