//! `accountd key add` of a key that another user has said only `fingerprint has already been taken`, so that the
//! operator had to search for its owner.

use crate::cli::{Commands, Database, JOE, light_server};
use crate::harness::{file, read_file};
use serde_json::json;

#[test]
fn key_add_and_key_import_of_a_known_key_name_its_owner() {
    let database = Database::light();
    let key = file("fixtures/keys/accepted/ed25519.pub");
    let key = key.to_str().unwrap();
    for user in ["joe", "jane"] {
        let line = database.refused(&["key", "add", user, key, "--title", "copy"]);
        assert_eq!(line, "accountd: the key has already been taken by user jane (key 1)");
    }
    let output = database.run(&["key", "import", "joe", "--from", key]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with(" refused: has already been taken by user jane (key 1)\n"), "{text}");
}

/// Only the operator may learn whose key it is.
#[test]
fn the_api_does_not_name_the_owner_of_a_known_key() {
    let server = light_server();
    let body = json!({"title": "copy", "key": read_file("fixtures/keys/accepted/ed25519.pub")});
    let answer = server.post("/api/v3/user/keys").private_token(JOE).json(body).send();
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("has already been taken") && !answer.body.contains("jane"), "{answer:?}");
}
