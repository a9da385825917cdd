//! `accountd export`, and the import of its output.

use super::{Commands, Connection, Database, JANE, light_server};
use crate::harness::{self, JOHN, ROOT, Server, file};
use serde_json::{Value, json};

/// The accounts of fixtures/demo.json, with every attribute set for some user.
fn full_database() -> Database {
    let database = Database::none();
    database.ok(&["import", file("fixtures/demo.json").to_str().unwrap()]);
    let table: [&[&str]; 9] = [
        &[
            "user",
            "update",
            "janedoe",
            "--bio",
            "Writes \"quoted\"\u{a0}text.",
            "--skype",
            "jane.s",
            "--twitter",
            "jane.t",
        ],
        &["user", "update", "janedoe", "--gravatar-email", "face@doe.example", "--projects-limit", "0"],
        &["user", "update", "janedoe", "--extern-uid", "uid=jane,ou=people", "--provider", "ldap"],
        &[
            "user",
            "update",
            "jack_smith",
            "--can-create-group",
            "false",
            "--linkedin",
            "jack",
            "--email",
            "new@example.com",
        ],
        &["email", "add", "janedoe", "z@doe.example", "--verified"],
        &["email", "add", "janedoe", "a@doe.example"],
        &["email", "primary", "janedoe", "a@doe.example"],
        &["token", "create", "janedoe", "--name", "ci", "--scope", "read_user,email_read", "--expires", "2099-01-01"],
        &["user", "block", "jack_smith"],
    ];
    table.iter().for_each(|args| drop(database.ok(args)));
    // Gaps in the ids of users and keys.
    database.ok(&["user", "delete", "username"]);
    database.ok(&["user", "add", "ada", "--email", "ada@example.com", "--generate"]);
    database.ok(&["key", "add", "ada", file("fixtures/keys/accepted/ed25519-long-comment.pub").to_str().unwrap()]);
    database.ok(&["key", "remove", "1"]);
    database
}

#[test]
fn an_imported_export_exports_identically() {
    let database = full_database();
    let exported = database.ok(&["export"]);
    assert_eq!(database.ok(&["export", "--json"]), exported);
    let other = Database::none();
    other.ok(&["import", &other.file("export.json", &exported)]);
    assert_eq!(other.ok(&["export"]), exported);
    for args in
        [&["user", "list"][..], &["user", "show", "janedoe"], &["email", "list", "janedoe"], &["key", "list", "ada"]]
    {
        assert_eq!(other.json(args), database.json(args), "{args:?}");
    }
    assert_eq!(other.ok(&["check"]), "no damage found\n");
    // Importing again is refused as a whole: everything in it exists already.
    assert!(other.refused(&["import", &other.file("export.json", &exported)]).contains("taken"));
    assert_eq!(other.ok(&["export"]), exported);
}

#[test]
fn exported_users_can_sign_in_after_an_import() {
    let database = full_database();
    let exported = database.ok(&["export"]);
    let other = Database::none();
    other.ok(&["import", &other.file("export.json", &exported)]);
    let db = other.path().to_str().unwrap().to_owned();
    let server = Server::start_in(other.folder, &["--db", &db]);
    let jane = server.get("/api/v1.1/users/janedoe/").basic("janedoe", "password").send().expect(200);
    assert_eq!((&jane["id"], &jane["date_joined"]), (&json!(2), &json!("2014-02-12T17:58:01.431312Z")));
    assert_eq!((&jane["email"], &jane["full_name"]), (&json!("a@doe.example"), &json!("Jane Doe")));
    let emails = server.get("/api/v1.1/users/janedoe/emails/").bearer(harness::JANE).send().expect(200);
    let expected =
        [("a@doe.example", false, true), ("jane.doe@example.com", true, false), ("z@doe.example", true, false)];
    assert_eq!(emails, json!(expected.map(|(address, verified, primary)| super::email(address, verified, primary))));
    assert_eq!(server.get("/api/v3/user").private_token(JOHN).send().expect(200)["id"], 1);
    assert_eq!(server.get("/api/v3/user").private_token(ROOT).send().expect(200)["is_admin"], true);
    assert_eq!(server.get("/api/v3/user/keys/3").private_token(JOHN).send().expect(200)["title"], "Another Public key");
    assert_eq!(server.get("/api/v3/user").private_token(harness::JACK).send().status, 401, "blocked");
    let session = server.post("/api/v3/session").form(&[("login", "root"), ("password", "root-password")]).send();
    assert_eq!(session.expect(201)["username"], "root");
}

#[test]
fn an_export_has_hashes_and_no_secrets() {
    let database = full_database();
    let exported = database.ok(&["export"]);
    let fixture: Value = serde_json::from_str(&harness::read_file("fixtures/demo.json")).unwrap();
    let mut secrets = vec!["TestClientSecret".to_owned()];
    for user in fixture["users"].as_array().unwrap() {
        secrets.push(user["password"].as_str().unwrap().to_owned());
        secrets
            .extend(user["tokens"].as_array().unwrap().iter().map(|token| token["token"].as_str().unwrap().to_owned()));
    }
    for secret in secrets {
        // In quotes, because the password "password" is also part of a field name.
        assert!(!exported.contains(&format!("\"{secret}\"")), "{secret}");
    }
    let exported: Value = serde_json::from_str(&exported).unwrap();
    for user in exported["users"].as_array().unwrap() {
        assert!(user["password_hash"].as_str().unwrap().starts_with("$argon2id$"), "{user}");
        for token in user["tokens"].as_array().unwrap() {
            assert_eq!(token["token_hash"].as_str().unwrap().len(), 64, "{token}");
        }
    }
    assert_eq!(exported["applications"][0]["client_secret_hash"].as_str().unwrap().len(), 64);
}

#[test]
fn sessions_are_not_exported() {
    let server = Server::on_file(&[]);
    let session = server.post("/api/v3/session").form(&[("login", "root"), ("password", "root-password")]).send();
    session.expect(201);
    assert_eq!(server.value::<i64>("SELECT count(*) FROM tokens WHERE kind = 'session'"), 1);
    let exported: Value = serde_json::from_str(&server.ok(&["export"])).unwrap();
    let users = exported["users"].as_array().unwrap();
    let root = users.iter().find(|user| user["username"] == "root").unwrap();
    assert_eq!(root["tokens"].as_array().unwrap().len(), 1);
}

#[test]
fn imported_users_appear_on_an_open_connection() {
    let server = light_server();
    let mut open = Connection::to(&server);
    assert_eq!(open.by("eve-token-for-this-test", "/api/v3/user").0, 401);
    assert_eq!(open.by(JANE, "/api/v3/users/77").0, 404);
    let eve = json!({"users": [{"id": 77, "username": "eve", "emails": [{"email": "eve@example.com"}],
        "tokens": [{"token": "eve-token-for-this-test", "scopes": ["api"]}]}]});
    let path = server.folder.path().join("eve.json");
    std::fs::write(&path, eve.to_string()).unwrap();
    assert_eq!(server.ok(&["import", path.to_str().unwrap()]), "imported 1 users and 0 applications\n");
    assert_eq!(open.by("eve-token-for-this-test", "/api/v3/user").1["username"], "eve");
    assert_eq!(open.by(JANE, "/api/v3/users/77").1["username"], "eve");
    let exported: Value = serde_json::from_str(&server.ok(&["export"])).unwrap();
    assert_eq!(exported["users"][2]["id"], 77);
}
