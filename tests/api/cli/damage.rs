//! Commands on a damaged database.

use super::{Commands, Database, refused};
use crate::harness::run;

/// Overwrites all pages but the first, so that the file still looks like a database.
fn damage(database: &Database) {
    let path = database.path().to_str().unwrap();
    let copy = database.folder.path().join("copy.db");
    // Without a log.
    database.ok(&["backup", copy.to_str().unwrap()]);
    let mut bytes = std::fs::read(&copy).unwrap();
    bytes[4096..].iter_mut().for_each(|byte| *byte ^= 0xff);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn every_command_names_the_damaged_file_and_the_remedy_once() {
    let database = Database::light();
    damage(&database);
    let path = database.path().to_str().unwrap().to_owned();
    let file = database.file("more.json", r#"{"users": [{"username": "x", "emails": [{"email": "x@y.example"}]}]}"#);
    let table: [&[&str]; 12] = [
        &["user", "list"],
        &["user", "show", "jane"],
        &["user", "add", "ada", "--email", "ada@example.com", "--generate"],
        &["user", "delete", "joe"],
        &["email", "add", "joe", "j@e.example"],
        &["key", "list", "jane"],
        &["token", "list", "jane"],
        &["app", "list"],
        &["import", &file],
        &["export"],
        &["authorized-keys", "jane"],
        &["allowed-signers"],
    ];
    for args in table {
        let line = database.refused(args);
        for (what, times) in [(path.as_str(), 1), ("`accountd restore --force BACKUP`", 1), ("damaged", 1)] {
            assert_eq!(line.matches(what).count(), times, "{args:?}: {line}");
        }
    }
    let output = database.run(&["check"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&path) && said.contains("`accountd restore --force BACKUP`"), "{said}");
    let line = refused(run(&["serve", "--listen", "127.0.0.1:0", "--log", "off", "--db", &path]));
    assert!(line.contains(&path), "{line}");
}

/// Damage in a table that opening the database does not touch shows in the middle of a use case.
#[test]
fn damage_in_one_table_is_named_by_the_command_that_meets_it() {
    let database = Database::light();
    let conn = rusqlite::Connection::open(database.path()).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'ssh_keys'";
    let page: usize = conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    conn.close().unwrap();
    let mut bytes = std::fs::read(database.path()).unwrap();
    bytes[(page - 1) * 4096..page * 4096].iter_mut().for_each(|byte| *byte ^= 0xff);
    std::fs::write(database.path(), bytes).unwrap();
    database.ok(&["user", "list"]);
    for args in [&["key", "list", "jane"][..], &["export"], &["key", "show", "1"]] {
        let line = database.refused(args);
        let path = database.path().to_str().unwrap();
        assert!(line.starts_with(&format!("accountd: {path}: ")), "{args:?}: {line}");
        assert!(line.contains("malformed") && line.contains("`accountd restore --force BACKUP`"), "{args:?}: {line}");
    }
    // Whoever asks for a log gets it, and the line that ends it.
    let output = database.run(&["key", "list", "jane", "--log", "error"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.lines().count() == 2 && said.contains("malformed"), "{said}");
}

#[test]
fn a_file_without_a_header_is_not_taken_for_a_database() {
    let database = Database::light();
    let bytes = std::fs::read(database.path()).unwrap();
    std::fs::write(database.path(), vec![0x55; bytes.len()]).unwrap();
    let line = database.refused(&["user", "list"]);
    assert!(line.contains("is not an accountd database") && line.contains("accountd restore BACKUP"), "{line}");
}
