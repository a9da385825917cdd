//! `accountd user add jane` asked for a password twice before it said that the name or the address is taken.

use crate::cli::{Commands, Database, on_a_terminal};

#[test]
fn user_add_validates_name_and_address_before_it_asks_for_a_password() {
    let database = Database::light();
    let db = database.path().to_str().unwrap();
    for (username, address, why) in [
        ("ada lovelace", "ada@example.com", "username"),
        ("", "ada@example.com", "username"),
        ("ada", "ada", "email"),
        ("ada", "ada@", "email"),
        ("JANE", "ada@example.com", "has already been taken"),
        ("ada", "Joe@Example.com", "has already been taken"),
    ] {
        let (screen, succeeded) = on_a_terminal(&["user", "add", username, "--email", address, "--db", db], &[]);
        assert!(!succeeded && screen.contains(why), "{username:?} {address:?}: {screen}");
        assert!(!screen.contains("Password"), "{username:?} {address:?}: {screen}");
    }
    assert_eq!(database.value::<i64>("SELECT count(*) FROM users"), 2);
}

/// Without a terminal, a prompt would be an error of its own.
#[test]
fn user_add_without_a_terminal_reports_the_name_and_the_address_first() {
    let database = Database::light();
    for (username, address, expected) in [
        ("joe", "ada@example.com", "username has already been taken"),
        ("JOE", "ada@example.com", "username has already been taken"),
        ("ada", "Joe@Example.com", "email has already been taken by joe"),
        ("a b", "ada@example.com", "username "),
        ("ada", "nobody", "email "),
        ("ada", "ada@example.com", "there is no terminal to prompt for a password"),
    ] {
        let line = database.refused(&["user", "add", username, "--email", address]);
        assert!(line.starts_with(&format!("accountd: {expected}")), "{username} {address}: {line}");
    }
}

#[test]
fn user_add_still_asks_for_the_password_of_a_valid_user() {
    let database = Database::light();
    let args = ["user", "add", "ada", "--email", "ada@example.com", "--db", database.path().to_str().unwrap()];
    let (screen, succeeded) = on_a_terminal(&args, &[("Password: ", "correct-horse"), ("Again: ", "correct-horse")]);
    assert!(succeeded, "{screen}");
    assert_eq!(database.value::<i64>("SELECT count(*) FROM users"), 3);
}
