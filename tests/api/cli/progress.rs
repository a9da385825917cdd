//! What commands that can take long show on a terminal.

use super::{Commands, Database, light, on_a_terminal};
use crate::harness::{file, read_file};
use serde_json::json;

/// Runs the command with these arguments on a terminal; returns the screen.
#[track_caller]
fn screen(database: &Database, args: &[&str]) -> String {
    let (screen, done) = on_a_terminal(&[args, &["--db", database.path().to_str().unwrap()]].concat(), &[]);
    assert!(done, "{screen}");
    screen
}

#[test]
fn each_long_command_says_how_much_it_did_where_and_in_what_time() {
    let database = Database::none();
    let light = database.file("light.json", light().to_string());
    let key = read_file("fixtures/keys/accepted/rsa-2048.pub");
    let keys = database.file("keys", key);
    let backup = database.folder.path().join("backup.db");
    let (db, backup) = (database.path().to_str().unwrap(), backup.to_str().unwrap());
    let table: [(&[&str], String); 6] = [
        (&["import", &light], format!("imported 2 users into {db} in ")),
        (&["export"], format!("exported 2 users, 3 addresses and 1 keys from {db} in ")),
        (&["key", "import", "joe", "--from", &keys], format!("read 1 lines of {keys} in ")),
        (&["backup", backup], format!("KiB from {db} to {backup} in ")),
        (&["restore", "--force", backup], format!("KiB from {backup} to {db} in ")),
        (&["check"], format!("KiB of {db} in ")),
    ];
    for (args, summary) in table {
        let shown = screen(&database, args);
        let line = shown.lines().find(|line| line.contains(&summary)).unwrap_or_else(|| panic!("{args:?}: {shown}"));
        assert!(line.trim_end().ends_with(" s") && shown.lines().last() == Some(line), "{shown}");
        // The bar is drawn, and is gone at the end.
        let unit = [" users, ", " lines, ", " pages, ", " checks, "].into_iter().find(|unit| shown.contains(unit));
        let (bar, rest) = shown.split_once(unit.unwrap_or_else(|| panic!("{args:?}: {shown}"))).unwrap();
        assert!(!bar.contains(&summary) && rest.contains("\u{1b}["), "{shown}");
    }
}

#[test]
fn quiet_commands_and_those_that_print_json_show_the_result_alone() {
    let database = Database::light();
    let eve = json!({"users": [{"username": "eve", "emails": [{"email": "eve@example.com"}]}]});
    let eve = database.file("eve.json", eve.to_string());
    assert_eq!(screen(&database, &["import", "--quiet", &eve]), "imported 1 users and 0 applications\r\n");
    assert_eq!(screen(&database, &["check", "-q"]), "no damage found\r\n");
    assert!(screen(&database, &["check", "--json"]).starts_with('{'));
    assert!(screen(&database, &["export", "--quiet"]).starts_with('{'));
}

#[test]
fn a_command_that_fails_shows_its_error_and_no_summary() {
    let database = Database::light();
    let file = file("fixtures/keys/README.md");
    let args = ["import", file.to_str().unwrap(), "--db", database.path().to_str().unwrap()];
    let (screen, done) = on_a_terminal(&args, &[]);
    assert!(!done && screen.contains("not valid JSON") && !screen.contains("imported"), "{screen}");
}
