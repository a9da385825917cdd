//! `-` for stdin and stdout.

use super::{Commands, Database, light, ok, refused};
use crate::harness::{BINARY, run_with_stdin};
use std::process::{Command, Stdio};

#[test]
fn import_reads_stdin() {
    let database = Database::none();
    let db = database.path().to_str().unwrap();
    let text = ok(run_with_stdin(&["import", "-", "--db", db], &light().to_string()));
    assert_eq!(text, "imported 2 users and 0 applications\n");
    let line = refused(run_with_stdin(&["import", "-", "--db", db], r#"{"users": [{}]}"#));
    assert!(line.starts_with("accountd: stdin: users[0]: `username` is missing"), "{line}");
    let line = refused(run_with_stdin(&["import", "-", "--db", db], &light().to_string()));
    assert!(line.starts_with("accountd: stdin: users[0]"), "{line}");
}

#[test]
fn backup_writes_the_database_to_stdout() {
    let database = Database::light();
    let output = database.run(&["backup", "-"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{:?}", output.status);
    let copy = database.file("copy.db", output.stdout);
    let new = Database::none();
    new.ok(&["restore", &copy]);
    assert_eq!(new.ok(&["export"]), database.ok(&["export"]));
}

#[test]
fn a_backup_is_not_written_to_a_terminal() {
    let database = Database::light();
    let line = format!("'{BINARY}' backup - --db '{}'", database.path().display());
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).stdin(Stdio::null());
    let output = script.output().unwrap();
    let seen = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && seen.contains("stdout is a terminal") && !seen.contains("SQLite"), "{seen}");
}

#[test]
fn a_backup_whose_reader_leaves_is_a_failure() {
    let database = Database::light();
    let line = format!("set -o pipefail; '{BINARY}' backup - --db '{}' | true", database.path().display());
    let output = Command::new("bash").args(["--norc", "-c", &line]).output().unwrap();
    // The pipe holds 64 KiB: a smaller backup may have been written before its reader left.
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() || said.starts_with("accountd: stdout: "), "{said}");
}
