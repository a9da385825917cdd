//! What commands tell the operator.

use super::{Commands, Database};
use crate::harness::file;

/// There is no terminal here, so a prompt would be an error of its own.
#[test]
fn user_add_checks_name_and_address_before_it_prompts() {
    let database = Database::light();
    for (username, email, expected) in [
        ("joe", "ada@example.com", "username has already been taken"),
        ("JOE", "ada@example.com", "username has already been taken"),
        ("ada", "Joe@Work.example", "email has already been taken"),
        ("a b", "ada@example.com", "username "),
        ("ada", "nobody", "email "),
        ("ada", "ada@example.com", "there is no terminal to prompt for a password"),
    ] {
        let line = database.refused(&["user", "add", username, "--email", email]);
        assert!(line.starts_with(&format!("accountd: {expected}")), "{username} {email}: {line}");
    }
}

#[test]
fn the_owner_of_a_taken_key_is_named() {
    let database = Database::light();
    let key = file("fixtures/keys/accepted/ed25519.pub");
    let key = key.to_str().unwrap();
    let expected = "accountd: the key has already been taken by user jane (key 1)";
    assert_eq!(database.refused(&["key", "add", "joe", key]), expected);
    assert_eq!(database.refused(&["key", "add", "jane", key]), expected);
    let output = database.run(&["key", "import", "joe", "--from", key]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with(" refused: has already been taken by user jane (key 1)\n"), "{text}");
}

/// The commands know two of GitLab's five states, and must not lift the others.
#[test]
fn unblock_does_not_lift_a_ban() {
    let database = Database::light();
    let state = |state: &str| {
        let conn = rusqlite::Connection::open(database.path()).unwrap();
        conn.execute("UPDATE users SET state = ?1 WHERE id = 2", [state]).unwrap();
    };
    assert_eq!(database.ok(&["user", "block", "joe"]), "user joe (id 2) blocked\n");
    assert_eq!(database.ok(&["user", "block", "joe"]), "user joe (id 2) is already blocked\n");
    assert_eq!(database.ok(&["user", "unblock", "joe"]), "user joe (id 2) unblocked\n");
    assert_eq!(database.ok(&["user", "unblock", "joe"]), "user joe (id 2) is already unblocked\n");
    for name in ["banned", "deactivated"] {
        state(name);
        let line = database.refused(&["user", "unblock", "joe"]);
        assert!(line.starts_with("accountd: user \"joe\": ") && line.contains(name), "{line}");
        assert_eq!(database.value::<String>("SELECT state FROM users WHERE id = 2"), name);
    }
}
