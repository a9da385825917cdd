//! `GET /allowed_signers` and `accountd allowed-signers` (ssh-keygen(1), "ALLOWED SIGNERS").

use super::super::harness::{JACK, JANE, JOHN, ROOT, Server};
use super::{ADMIN, Database, accounts, bare, key, ok};
use serde_json::json;

fn line(address: &str, file: &str) -> String {
    format!("{address} namespaces=\"git\" {}\n", bare(&key(file)))
}

fn everybody() -> String {
    let of_jane = ["ed25519", "rsa-2048", "sk-ssh-ed25519"].map(|file| line("Jane@example.com", file)).concat();
    of_jane + &line("john@example.com", "ecdsa-256")
}

#[test]
fn a_line_a_key_of_everybody_who_is_not_blocked() {
    let db = Database::new();
    assert_eq!(ok(&db.cli(&["allowed-signers"])), everybody());
    assert_eq!(db.serve(&[]).get("/allowed_signers").private(ADMIN).send().body, everybody());
}

#[test]
fn only_the_users_that_are_named() {
    let db = Database::new();
    assert_eq!(ok(&db.cli(&["allowed-signers", "JOHN"])), line("john@example.com", "ecdsa-256"));
    assert_eq!(ok(&db.cli(&["allowed-signers", "john", "jane"])), everybody());
    assert_eq!(ok(&db.cli(&["allowed-signers", "bob", "joan"])), "");
    // A typo must not empty the file that git trusts.
    let unknown = db.cli(&["allowed-signers", "john", "nobody"]);
    assert_eq!((unknown.status.code(), unknown.stdout.len()), (Some(1), 0));
    assert_eq!(String::from_utf8(unknown.stderr).unwrap(), "accountd: no such user: nobody\n");
}

#[test]
fn the_file_needs_a_token_that_reads_users() {
    let server = Server::demo();
    let none = server.get("/allowed_signers").send();
    assert_eq!((none.status, &*none.body), (401, "401 Unauthorized\n"));
    assert_eq!(none.header("www-authenticate"), Some("Bearer realm=\"accountd\""));
    assert_eq!(server.get("/allowed_signers").private("nonsense").send().status, 401);
    assert_eq!(server.get("/allowed_signers").basic("john_smith", "john-password").send().status, 401);
    let without = server.get("/allowed_signers").private(JANE).send();
    assert_eq!(without.status, 403);
    assert!(!without.body.contains('@'), "{without:?}");
    for token in [JACK, JOHN, ROOT] {
        let answer = server.get("/allowed_signers").bearer(token).send();
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain; charset=utf-8")));
        assert_eq!(answer.body.lines().count(), 3);
    }
    server.put("/api/v3/users/3/block").private(ROOT).send().expect(200);
    assert_eq!(server.get("/allowed_signers").private(JACK).send().status, 401);
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let server = Server::demo();
    let ask = || server.get("/allowed_signers").private(JACK);
    let tag = ask().send().header("etag").unwrap().to_owned();
    let same = ask().header("If-None-Match", &tag).send();
    assert_eq!((same.status, &*same.body), (304, ""));
    // Not without the token.
    assert_eq!(server.get("/allowed_signers").header("If-None-Match", &tag).send().status, 401);
    server.delete("/api/v3/users/1/keys/1").private(ROOT).send().expect(200);
    let changed = ask().header("If-None-Match", &tag).send();
    assert_eq!((changed.status, changed.body.lines().count()), (200, 2));
    assert_eq!(server.call("HEAD", "/allowed_signers").private(JACK).send().header("etag"), changed.header("etag"));
    let wrong = server.post("/allowed_signers").private(JACK).send();
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET, HEAD")));
}

/// An address that somebody only claims must not sign; nor may one that ssh-keygen reads as a pattern.
#[test]
fn only_verified_addresses_that_mean_themselves() {
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
    // No address left: no line.
    fixture["users"][1]["emails"] = json!([address("*@example.net", true), address("jane@example.net", false)]);
    let db = Database::of(&fixture);
    assert_eq!(ok(&db.cli(&["allowed-signers"])), line("john@example.com,john+git@example.org", "ecdsa-256"));
}

#[test]
fn an_expired_key_is_left_out_and_the_end_of_others_is_told() {
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
