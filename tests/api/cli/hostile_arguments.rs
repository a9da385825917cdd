//! Command-line arguments with untrusted values.

use super::{Commands, Database, ok, refused};
use crate::harness::{accountd, run};

/// Texts that could forge a line, send terminal escapes or end an SQL statement.
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
fn error_messages_escape_hostile_text() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    for text in TEXTS {
        // `refused` asserts that the message has no control characters.
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
fn harmless_text_is_stored_unchanged() {
    let database = Database::light();
    for text in
        ["'; DROP TABLE users; --", "\" OR 1=1", "%s%n{}", "東京 ✓ é", "<script>alert(1)</script>", "  blanks  "]
    {
        assert_eq!(database.json(&["user", "update", "joe", "--name", text])["name"], text);
        assert_eq!(database.json(&["user", "show", "joe"])["name"], text);
    }
}

#[test]
fn wildcards_in_a_search_match_literally() {
    let database = Database::light();
    for text in TEXTS[..3].iter().chain(&["%", "_", "*", "\\"]) {
        assert_eq!(database.json(&["user", "list", "--search", text]), serde_json::json!([]), "{text:?}");
    }
}

#[test]
fn a_very_long_value_is_refused_with_one_line() {
    let database = Database::light();
    // Linux limits one argument to 128 KiB.
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
fn an_argument_that_is_not_utf8_is_a_usage_error() {
    use std::os::unix::ffi::OsStrExt;
    let database = Database::light();
    let mut command = accountd(&["user", "show"]);
    let output =
        command.arg(std::ffi::OsStr::from_bytes(b"caf\xe9")).arg("--db").arg(database.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn an_argument_with_a_leading_dash_needs_a_double_dash() {
    let database = Database::light();
    assert_eq!(database.run(&["user", "show", "-x"]).status.code(), Some(2));
    let args = ["user", "show", "--db", database.path().to_str().unwrap(), "--", "-x"];
    assert!(refused(run(&args)).contains("\"-x\""));
    let email = ["email", "add", "--db", database.path().to_str().unwrap(), "--", "joe", "-x@example.com"];
    assert!(ok(run(&email)).contains("-x@example.com"));
}

#[test]
fn a_line_break_in_a_file_name_does_not_split_the_error_message() {
    let database = Database::none();
    let file = database.file("two\nlines.json", "{\"users\": [}");
    let line = database.refused(&["import", &file]);
    assert!(line.contains("line 1 column 12"), "{line}");
    refused(run(&["key", "check", "no\nfile"]));
    refused(run(&["user", "list", "--db", "no\nfile"]));
}
