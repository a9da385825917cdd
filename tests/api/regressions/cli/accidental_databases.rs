//! `accountd user add` without `--db`, in a shell with another home directory than the server's, made a second database
//! and did not say so: the new user could not sign in. A misspelt `--db` even made the folders of its path.

use crate::cli::{Commands, Database, created, light, light_server, refused};
use crate::harness::{Server, accountd, run};
use crate::serving::wait_for;
use std::path::Path;
use std::process::Output;

const ADD_USER: [&str; 6] = ["user", "add", "ada", "--email", "ada@example.com", "--generate"];

/// Asserts success, and that the only line on stderr says that this database was created.
#[track_caller]
fn assert_created(output: &Output, path: &Path) {
    assert!(output.status.success() && created(output) == path.to_str(), "{output:?}");
}

/// Each command that creates a missing database, with files that it needs in this folder.
fn creating_commands(folder: &Database) -> Vec<Vec<String>> {
    let archive = folder.file("archive.json", light().to_string());
    let backup = folder.folder.path().join("backup.db").to_str().unwrap().to_owned();
    Database::light().ok(&["backup", &backup]);
    let commands: [&[&str]; 3] = [&ADD_USER, &["import", &archive], &["restore", &backup]];
    commands.map(|command| command.iter().map(|arg| (*arg).to_owned()).collect()).into()
}

#[test]
fn every_command_that_creates_a_database_says_so_with_its_path() {
    let files = Database::none();
    for command in creating_commands(&files) {
        for json in [&[][..], &["--json"]] {
            let new = Database::none();
            let output = accountd(json).args(&command).arg("--db").arg(new.path()).output().unwrap();
            assert_created(&output, new.path());
            let stdout = String::from_utf8(output.stdout).unwrap();
            assert!(!stdout.contains("created "), "{stdout}");
            assert!(json.is_empty() || serde_json::from_str::<serde_json::Value>(&stdout).is_ok(), "{stdout}");
        }
    }
}

#[test]
fn the_default_database_is_named_when_it_is_created() {
    let home = tempfile::tempdir().unwrap();
    let output = accountd(&ADD_USER).env("HOME", home.path()).output().unwrap();
    assert_created(&output, &home.path().join(".local/share/accountd.db"));
    let mut second = accountd(&["user", "add", "eve", "--email", "eve@example.com", "--generate"]);
    let output = second.env("HOME", home.path()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_database_in_an_empty_file_is_named_when_it_is_created() {
    let database = Database::none();
    database.file("test.db", "");
    assert_created(&database.run(&ADD_USER), database.path());
}

#[test]
fn a_command_on_an_existing_database_says_nothing_about_it() {
    let database = Database::light();
    let output = database.run(&ADD_USER);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let backup = database.folder.path().join("backup.db");
    database.ok(&["backup", backup.to_str().unwrap()]);
    let output = database.run(&["restore", backup.to_str().unwrap(), "--force"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn an_explicit_path_does_not_create_folders() {
    let files = Database::none();
    let mut commands = creating_commands(&files);
    commands.push(["serve", "--listen", "127.0.0.1:0", "--log", "error"].map(str::to_owned).into());
    for command in commands {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("misspelt/folder/test.db");
        let option = accountd(&[]).args(&command).arg("--db").arg(&path).output().unwrap();
        let variable = accountd(&[]).args(&command).env("ACCOUNTD_DB", &path).output().unwrap();
        for output in [option, variable] {
            let line = refused(output);
            let parent = path.parent().unwrap().display();
            let expected = format!("accountd: {}: cannot be created: there is no folder {parent}", path.display());
            assert_eq!(line, expected, "{command:?}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{command:?}");
    }
}

/// The level and the text of the records in the log that name this path.
fn records_with(server: &Server, path: &Path) -> Vec<(String, String)> {
    let log = server.log();
    let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let lines = whole.lines().filter(|line| line.contains(path.to_str().unwrap()));
    let level =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["level"].as_str().unwrap().to_owned();
    lines.map(|line| (level(line), line.to_owned())).collect()
}

#[test]
fn serve_logs_the_file_that_it_serves() {
    let server = light_server();
    let records = wait_for(|| Some(records_with(&server, &server.db)).filter(|records| !records.is_empty()));
    assert!(records.iter().any(|(level, _)| level == "INFO"), "{records:?}");
    assert!(records.iter().all(|(_, record)| !record.contains("created")), "{records:?}");
}

#[test]
fn serve_logs_that_it_created_the_file() {
    let new = Database::none();
    let path = new.path().to_owned();
    let server = Server::start_in(new.folder, &["--db", path.to_str().unwrap()]);
    wait_for(|| records_with(&server, &path).into_iter().find(|(_, record)| record.contains("created")));
}

#[test]
fn a_refused_command_that_needs_a_database_names_the_missing_file() {
    let new = Database::none();
    let line = refused(run(&["user", "list", "--db", new.path().to_str().unwrap()]));
    assert!(line.contains(new.path().to_str().unwrap()), "{line}");
    assert!(!new.path().exists());
}
