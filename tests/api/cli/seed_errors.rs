//! Errors in the text of a seed, as an operator sees them.

use super::{Commands, Database, light, refused};
use crate::harness::run;

#[test]
fn a_wrong_type_or_key_is_explained_without_rust_types() {
    let database = Database::none();
    for (text, expected) in [
        (
            "{\"users\": [{\"username\": \"jane\",\n  \"emails\": [\"jane@example.com\"]}]}",
            "users[0].emails[0]: expected an object such as {\"email\": \"jane@example.com\"}, not a string, at line 2 column",
        ),
        (
            "{\"users\": [{\"username\": \"jane\",\n  \"pasword\": \"correct-horse\"}]}",
            "users[0]: unknown key `pasword` (did you mean `password`?), at line 2 column",
        ),
        ("{\"users\": {}}", "users: expected an array, not an object, at line 1 column"),
        ("{\"users\": [", "not valid JSON: EOF while parsing a list at line 1 column"),
    ] {
        let seed = database.file("seed.json", text);
        let line = database.refused(&["import", &seed]);
        assert!(line.starts_with(&format!("accountd: {seed}: {expected} ")), "{line}");
        let line = refused(run(&["serve", "--memory", "--listen", "127.0.0.1:0", "--log", "error", "--seed", &seed]));
        assert!(line.starts_with(&format!("accountd: seed {seed}: {expected} ")), "{line}");
        assert!(!line.contains("Entry") && !line.contains("struct") && !line.contains("correct-horse"), "{line}");
    }
}

#[test]
fn a_byte_order_mark_does_not_matter() {
    let database = Database::none();
    let file = database.file("bom.json", format!("\u{feff}{}", light()));
    assert_eq!(database.ok(&["import", &file]), "imported 2 users and 0 applications\n");
}
