//! `accountd user list --db FILE` on an empty file, such as a download that failed, wrote a database into it and
//! printed an empty list.

use crate::cli::{Commands, Database};

#[test]
fn a_command_that_needs_a_database_refuses_an_empty_file_and_leaves_it_empty() {
    let database = Database::none();
    database.file("test.db", "");
    let commands: [&[&str]; 10] = [
        &["user", "list"],
        &["user", "show", "jane"],
        &["user", "update", "jane", "--name", "x"],
        &["user", "delete", "jane"],
        &["email", "list", "jane"],
        &["key", "list", "jane"],
        &["token", "revoke", "1"],
        &["export"],
        &["backup", "/nonexistent/copy.db"],
        &["check"],
    ];
    for args in commands {
        let line = database.refused(args);
        assert!(line.contains(database.path().to_str().unwrap()), "{args:?}: {line}");
        assert_eq!(std::fs::metadata(database.path()).unwrap().len(), 0, "{args:?}");
        assert_eq!(std::fs::read_dir(database.folder.path()).unwrap().count(), 1, "{args:?}");
    }
}
