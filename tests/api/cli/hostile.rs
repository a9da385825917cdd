//! Values that somebody else may have chosen, on the command line.

use super::{Commands, Database, ok, refused};
use crate::harness::{accountd, run};

/// Texts that would forge a line, break a terminal or end a statement.
const TEXTS: [&str; 12] = [
    "line\nbreak",
    "carriage\rreturn",
    "tab\ttab",
    "\u{1b}[2J",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{202e}eman",
    "'; DROP TABLE users; --",
    "\" OR 1=1",
    "../../etc/passwd",
    "%s%n{}",
];

#[test]
fn no_text_reaches_stderr_raw() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    for text in TEXTS {
        // `refused` looks for control characters.
        database.refused(&["user", "show", text]);
        database.refused(&["user", "add", text, "--email", "ada@example.com", "--generate"]);
        database.refused(&["email", "add", "joe", text]);
    }
    for text in &TEXTS[..2] {
        let table: [&[&str]; 6] = [
            &["user", "add", "ada", "--email", text, "--generate"],
            &["user", "update", "joe", "--rename", text],
            &["user", "delete", text],
            &["email", "remove", "joe", text],
            &["token", "list", text],
            &["user", "show", text, "--json"],
        ];
        table.iter().for_each(|args| drop(database.refused(args)));
    }
    assert_eq!(database.ok(&["export"]), before);
}

#[test]
fn a_harmless_text_is_kept_as_it_is() {
    let database = Database::light();
    for text in
        ["'; DROP TABLE users; --", "\" OR 1=1", "%s%n{}", "東京 ✓ é", "<script>alert(1)</script>", "  blanks  "]
    {
        assert_eq!(database.json(&["user", "update", "joe", "--name", text])["name"], text);
        assert_eq!(database.json(&["user", "show", "joe"])["name"], text);
    }
}

#[test]
fn wild_cards_in_a_search_are_letters() {
    let database = Database::light();
    for text in TEXTS[..3].iter().chain(&["%", "_", "*", "\\"]) {
        assert_eq!(database.json(&["user", "list", "--search", text]), serde_json::json!([]), "{text:?}");
    }
}

#[test]
fn a_very_long_value_is_refused_in_one_line() {
    let database = Database::light();
    // Linux takes no more than 128 KiB in one argument.
    let long = "x".repeat(100_000);
    let table: [&[&str]; 6] = [
        &["user", "add", &long, "--email", "ada@example.com", "--generate"],
        &["user", "add", "ada", "--email", &long, "--generate"],
        &["user", "update", "joe", "--name", &long],
        &["user", "show", &long],
        &["email", "add", "joe", &long],
        &["token", "create", "joe", "--scope", "api", "--name", &long],
    ];
    table.iter().for_each(|args| drop(database.refused(args)));
    assert_eq!(database.json(&["user", "list", "--search", &long]), serde_json::json!([]));
    refused(run(&["user", "list", "--db", &long]));
    refused(run(&["key", "check", &long]));
}

#[test]
fn bytes_that_are_no_text_are_wrong_usage() {
    use std::os::unix::ffi::OsStrExt;
    let database = Database::light();
    let mut command = accountd(&["user", "show"]);
    let output =
        command.arg(std::ffi::OsStr::from_bytes(b"caf\xe9")).arg("--db").arg(database.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn a_dash_in_front_needs_the_two_dashes() {
    let database = Database::light();
    assert_eq!(database.run(&["user", "show", "-x"]).status.code(), Some(2));
    let args = ["user", "show", "--db", database.path().to_str().unwrap(), "--", "-x"];
    assert!(refused(run(&args)).contains("\"-x\""));
    let email = ["email", "add", "--db", database.path().to_str().unwrap(), "--", "joe", "-x@example.com"];
    assert!(ok(run(&email)).contains("-x@example.com"));
}

#[test]
fn a_file_name_with_a_line_break_makes_no_second_line() {
    let database = Database::none();
    let file = database.file("two\nlines.json", "{\"users\": [}");
    let line = database.refused(&["import", &file]);
    assert!(line.contains("line 1 column 12"), "{line}");
    refused(run(&["key", "check", "no\nfile"]));
    refused(run(&["user", "list", "--db", "no\nfile"]));
}
