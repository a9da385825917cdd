//! `accountd user update joe` without an option said `user joe (id 2) changed`.

use crate::cli::{Commands, Database, wrong_usage};

#[test]
fn user_update_without_an_option_is_wrong_usage() {
    let database = Database::light();
    let before = std::fs::read(database.path()).unwrap();
    for json in [&[][..], &["--json"]] {
        let stderr = wrong_usage(database.run(&[&["user", "update", "joe"], json].concat()));
        assert!(stderr.contains("--help"), "{stderr}");
    }
    assert!(std::fs::read(database.path()).unwrap() == before, "the database was written to");
}
