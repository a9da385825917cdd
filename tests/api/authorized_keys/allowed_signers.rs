//! `GET /allowed_signers` and `accountd allowed-signers` (ssh-keygen(1), "ALLOWED SIGNERS").

use super::{ADMIN, Database, accounts, bare, key, ok};
use crate::harness::{JACK, JANE, JOHN, ROOT, Server};
use serde_json::json;

fn line(address: &str, file: &str) -> String {
    format!("{address} namespaces=\"git\" {}\n", bare(&key(file)))
}

fn all_lines() -> String {
    let of_jane = ["ed25519", "rsa-2048", "sk-ssh-ed25519"].map(|file| line("Jane@example.com", file)).concat();
    of_jane + &line("john@example.com", "ecdsa-256")
}

#[test]
fn every_key_of_every_active_user_is_listed() {
    let db = Database::new();
    assert_eq!(ok(&db.cli(&["allowed-signers"])), all_lines());
    assert_eq!(db.serve(&[]).get("/allowed_signers").private_token(ADMIN).send().body, all_lines());
}

#[test]
fn only_the_named_users_are_listed() {
    let db = Database::new();
    assert_eq!(ok(&db.cli(&["allowed-signers", "JOHN"])), line("john@example.com", "ecdsa-256"));
    assert_eq!(ok(&db.cli(&["allowed-signers", "john", "jane"])), all_lines());
    assert_eq!(ok(&db.cli(&["allowed-signers", "bob", "joan"])), "");
    // A misspelt name must not empty the file that git trusts.
    let unknown = db.cli(&["allowed-signers", "john", "nobody"]);
    assert_eq!((unknown.status.code(), unknown.stdout.len()), (Some(1), 0));
    assert_eq!(String::from_utf8(unknown.stderr).unwrap(), "accountd: no such user: nobody\n");
}

#[test]
fn the_endpoint_requires_the_read_user_scope() {
    let server = Server::demo();
    let none = server.get("/allowed_signers").send();
    assert_eq!((none.status, &*none.body), (401, "401 Unauthorized\n"));
    assert_eq!(none.header("www-authenticate"), Some("Bearer realm=\"accountd\""));
    assert_eq!(server.get("/allowed_signers").private_token("nonsense").send().status, 401);
    assert_eq!(server.get("/allowed_signers").basic("john_smith", "john-password").send().status, 401);
    let without = server.get("/allowed_signers").private_token(JANE).send();
    assert_eq!(without.status, 403);
    assert!(!without.body.contains('@'), "{without:?}");
    for token in [JACK, JOHN, ROOT] {
        let answer = server.get("/allowed_signers").bearer(token).send();
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain; charset=utf-8")));
        assert_eq!(answer.body.lines().count(), 3);
    }
    server.put("/api/v3/users/3/block").private_token(ROOT).send().expect(200);
    assert_eq!(server.get("/allowed_signers").private_token(JACK).send().status, 401);
}

#[test]
fn an_unchanged_list_is_not_sent_again() {
    let server = Server::demo();
    let ask = || server.get("/allowed_signers").private_token(JACK);
    let tag = ask().send().header("etag").unwrap().to_owned();
    let same = ask().header("If-None-Match", &tag).send();
    assert_eq!((same.status, &*same.body), (304, ""));
    // A matching ETag does not replace the token.
    assert_eq!(server.get("/allowed_signers").header("If-None-Match", &tag).send().status, 401);
    server.delete("/api/v3/users/1/keys/1").private_token(ROOT).send().expect(200);
    let changed = ask().header("If-None-Match", &tag).send();
    assert_eq!((changed.status, changed.body.lines().count()), (200, 2));
    assert!(changed.header("etag").is_some_and(|changed| changed != tag), "{changed:?}");
    assert_eq!(
        server.call("HEAD", "/allowed_signers").private_token(JACK).send().header("etag"),
        changed.header("etag")
    );
    let wrong = server.post("/allowed_signers").private_token(JACK).send();
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET, HEAD")));
}

/// An unverified address must not be accepted as a signer, nor one that ssh-keygen would read as a pattern.
#[test]
fn only_verified_addresses_without_patterns_are_listed() {
    let mut fixture = accounts();
    let address = |email: &str, verified: bool| json!({"email": email, "verified": verified});
    fixture["users"][2]["emails"] = json!([
        address("john@example.com", true),
        address("claimed@example.com", false),
        address("john+git@example.org", true),
        address("*@example.com", true),
        address("?ohn@example.com", true),
        address("!john@example.com", true),
        address("#john@example.com", true),
    ]);
    // A user without a usable address gets no line.
    fixture["users"][1]["emails"] = json!([address("*@example.net", true), address("jane@example.net", false)]);
    let db = Database::of(&fixture);
    assert_eq!(ok(&db.cli(&["allowed-signers"])), line("john@example.com,john+git@example.org", "ecdsa-256"));
}

/// Over docker's API, users mark any address as their own.
#[test]
fn only_an_administrators_word_makes_an_address_a_principal() {
    let mut fixture = accounts();
    let address = |email: &str, by: &str| json!({"email": email, "verified_by": by});
    fixture["users"][1]["emails"] = json!([address("ceo@example.com", "self")]);
    fixture["users"][2]["emails"] =
        json!([address("john@example.com", "administrator"), address("ceo@example.org", "self")]);
    let db = Database::of(&fixture);
    let trusting = db.cli(&["allowed-signers", "--trust-self-verified", "john"]);
    assert_eq!(ok(&trusting), line("john@example.com,ceo@example.org", "ecdsa-256"));
    let vouched = line("john@example.com", "ecdsa-256");
    assert_eq!(ok(&db.cli(&["allowed-signers"])), vouched);
    let mut server = db.serve(&[]);
    assert_eq!(server.get("/allowed_signers").private_token(ADMIN).send().body, vouched);
    server.stop();
    let db = server.folder.path().join("test.db");
    let server = Server::start(&["--db", db.to_str().unwrap(), "--trust-self-verified"]);
    let body = server.get("/allowed_signers").private_token(ADMIN).send().body;
    assert!(body.contains("ceo@example.com ") && body.contains("john@example.com,ceo@example.org "), "{body}");
}

#[test]
fn expired_keys_are_left_out_and_expiry_times_are_listed() {
    let mut fixture = accounts();
    fixture["users"][1]["keys"][0]["expires_at"] = "2030-01-02T03:04:05Z".into();
    fixture["users"][1]["keys"][1]["expires_at"] = "2020-01-01T00:00:00Z".into();
    let signers = ok(&Database::of(&fixture).cli(&["allowed-signers", "jane"]));
    let key = |name| bare(&key(name));
    assert_eq!(
        signers,
        format!(
            "Jane@example.com namespaces=\"git\",valid-before=\"20300102030405Z\" {}\nJane@example.com namespaces=\"git\" {}\n",
            key("ed25519"),
            key("sk-ssh-ed25519")
        )
    );
}
