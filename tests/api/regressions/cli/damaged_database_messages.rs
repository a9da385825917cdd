//! With a damaged database, most commands said `database disk image is malformed`: neither which file it was nor that
//! `accountd restore --force` replaces it by a backup. `serve` said it twice.

use crate::cli::{Commands, Database, light};
use crate::harness::run;
use std::path::Path;

/// Overwrites the first page of this table, or of the schema, with inverted bytes.
fn damage(path: &Path, table: &str) {
    let conn = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM
               (SELECT name, rootpage FROM sqlite_schema UNION ALL SELECT 'sqlite_schema', 1) WHERE name = ?1";
    let (page, size) = conn.query_row(sql, [table], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).unwrap();
    conn.close().unwrap();
    let (page, size) = (usize::try_from(page).unwrap(), usize::try_from(size).unwrap());
    let mut bytes = std::fs::read(path).unwrap();
    // The first 100 bytes of the file are its header, by which it is recognised as a database of accountd.
    let start = if page == 1 { 100 } else { (page - 1) * size };
    bytes[start..page * size].iter_mut().for_each(|byte| *byte ^= 0xff);
    std::fs::write(path, bytes).unwrap();
}

/// Asserts exit code 1, and that stderr names the file and the command that helps exactly once. Everything is in one
/// line, except that `serve` may log in other lines.
#[track_caller]
fn assert_names_file_and_remedy(path: &Path, args: &[&str]) {
    let path = path.to_str().unwrap();
    let output = run(&[args, &["--db", path]].concat());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
    let messages: Vec<_> = stderr.lines().filter(|line| line.contains("accountd: ")).collect();
    let [message] = messages[..] else { panic!("{args:?}: {stderr}") };
    assert!(message.starts_with("accountd: ") && message.contains(path), "{args:?}: {stderr}");
    assert!(message.contains("`accountd restore --force BACKUP`"), "{args:?}: {stderr}");
    assert_eq!(stderr.matches("--force").count(), 1, "{args:?}: {stderr}");
    assert_eq!(message.matches(path).count(), 1, "{args:?}: {stderr}");
    assert_eq!(message.matches("damaged").count(), 1, "{args:?}: {stderr}");
    assert!(stderr.matches("malformed").count() <= 1, "{args:?}: {stderr}");
    assert!(args[0] == "serve" || stderr.lines().count() == 1, "{args:?}: {stderr}");
}

#[test]
fn every_command_names_a_damaged_file_and_the_command_that_helps_once() {
    for table in ["sqlite_schema", "users"] {
        let database = Database::light();
        let archive = database.file("archive.json", light().to_string());

        let key = crate::harness::file("fixtures/keys/accepted/ecdsa-256.pub");
        damage(database.path(), table);
        let commands: [&[&str]; 18] = [
            &["serve", "--listen", "127.0.0.1:0"],
            &["user", "add", "ada", "--email", "ada@example.com", "--generate"],
            &["user", "list"],
            &["user", "show", "joe"],
            &["user", "update", "joe", "--name", "Joseph"],
            &["user", "password", "joe", "--generate"],
            &["user", "block", "joe"],
            &["user", "delete", "joe"],
            &["email", "list", "joe"],
            &["email", "add", "joe", "joe@other.example"],
            &["key", "list", "joe"],
            &["key", "add", "joe", key.to_str().unwrap()],
            &["token", "create", "joe", "--scope", "api"],
            &["token", "list", "joe"],
            &["import", &archive],
            &["export"],
            &["authorized-keys", "joe"],
            &["allowed-signers"],
        ];
        for args in commands {
            assert_names_file_and_remedy(database.path(), args);
        }
    }
}

#[test]
fn a_truncated_file_is_named_too() {
    let database = Database::light();
    let bytes = std::fs::read(database.path()).unwrap();
    std::fs::write(database.path(), &bytes[..bytes.len() / 2]).unwrap();
    for args in [&["user", "list"][..], &["export"], &["authorized-keys", "joe"], &["serve", "--listen", "127.0.0.1:0"]]
    {
        assert_names_file_and_remedy(database.path(), args);
    }
}

/// Opening the database does not read this table, so that the damage shows in the middle of a command.
#[test]
fn damage_in_one_table_is_named_by_the_commands_that_read_it() {
    let database = Database::light();
    damage(database.path(), "ssh_keys");
    database.ok(&["user", "list"]);
    for args in [&["key", "list", "jane"][..], &["export"], &["key", "show", "1"]] {
        assert_names_file_and_remedy(database.path(), args);
    }
    // An operator who wants a log gets it, and then the message.
    let output = database.run(&["key", "list", "jane", "--log", "error"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.lines().count() == 2 && stderr.contains("malformed"), "{stderr}");
}

#[test]
fn a_file_without_a_header_is_not_taken_for_a_database() {
    let database = Database::light();
    let bytes = std::fs::read(database.path()).unwrap();
    std::fs::write(database.path(), vec![0x55; bytes.len()]).unwrap();
    let line = database.refused(&["user", "list"]);
    assert!(line.contains("is not an accountd database") && line.contains("accountd restore BACKUP"), "{line}");
}

/// `check` prints its findings on stdout, and then the same message.
#[test]
fn check_names_the_file_and_the_command_that_helps() {
    for table in ["sqlite_schema", "users", "ssh_keys"] {
        let database = Database::light();
        damage(database.path(), table);
        assert_names_file_and_remedy(database.path(), &["check"]);
    }
}

#[test]
fn backup_of_a_damaged_database_names_it_and_leaves_no_copy() {
    let database = Database::light();
    let copy = database.folder.path().join("copy.db");
    damage(database.path(), "sqlite_schema");
    assert_names_file_and_remedy(database.path(), &["backup", copy.to_str().unwrap()]);
    assert!(!copy.exists());
}
