//! `accountd export | ssh host accountd import -` failed because there is no file `-`, and `accountd backup - | gzip`
//! wrote a file of that name. Both mean stdin and stdout, as for `key add`.

use crate::cli::{Commands, Database, ok, on_a_terminal, refused};
use crate::harness::{accountd, binary, run, run_with_stdin};
use std::io::Write;
use std::process::{Command, Stdio};

#[test]
fn import_of_a_dash_reads_stdin() {
    let database = Database::light();
    let archive = database.ok(&["export"]);
    let other = Database::none();
    let mut command = accountd(&["import", "-", "--db", other.path().to_str().unwrap()]);
    command.current_dir(other.folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(archive.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "imported 2 users and 0 applications\n");
    assert_eq!(other.ok(&["export"]), archive);
    let line = refused(run_with_stdin(&["import", "-", "--db", other.path().to_str().unwrap()], &archive));
    assert!(line.starts_with("accountd: stdin: users[0]"), "{line}");
}

#[test]
fn an_error_in_stdin_is_reported_with_its_location() {
    let database = Database::light();
    let before = database.ok(&["export"]);
    let archive = r#"{"users": [{"username": "", "emails": [{"email": "ada@example.com"}]}]}"#;
    let args = ["import", "-", "--db", database.path().to_str().unwrap()];
    let line = refused(run_with_stdin(&args, archive));
    assert!(line.starts_with("accountd: stdin: users[0].username"), "{line}");
    assert_eq!(database.ok(&["export"]), before);
}

#[test]
fn backup_to_a_dash_writes_stdout() {
    let database = Database::light();
    let mut command = accountd(&["backup", "-", "--db", database.path().to_str().unwrap()]);
    let output = command.current_dir(database.folder.path()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert!(!database.folder.path().join("-").exists(), "a file called - was written");
    let copy = database.file("copy.db", &output.stdout);
    assert_eq!(ok(run(&["check", "--db", &copy])), "no damage found\n");
    assert_eq!(ok(run(&["export", "--db", &copy])), database.ok(&["export"]));
    let mut names: Vec<_> =
        std::fs::read_dir(database.folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["copy.db", "light.json", "test.db"], "temporary files are left");
}

#[test]
fn a_backup_is_not_written_to_a_terminal() {
    let database = Database::light();
    let (screen, succeeded) = on_a_terminal(&["backup", "-", "--db", database.path().to_str().unwrap()], &[]);
    assert!(!succeeded && screen.contains("stdout is a terminal") && !screen.contains("SQLite"), "{screen}");
}

#[test]
fn a_backup_whose_reader_closes_the_pipe_is_a_failure() {
    let database = Database::light();
    // A pipe holds 64 KiB, so that this backup cannot be written before its reader exits.
    assert!(database.path().metadata().unwrap().len() > 65_536);
    let binary = binary();
    let line = format!("set -o pipefail; '{binary}' backup - --db '{}' | true", database.path().display());
    let output = Command::new("bash").args(["--norc", "-c", &line]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && stderr.starts_with("accountd: stdout: "), "{stderr}");
}
